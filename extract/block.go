package extract

import (
	"golang.org/x/net/html"
)

// BlockKind says what a block is in the text it stands in.
type BlockKind uint8

// The kinds of block.
const (
	Paragraph BlockKind = iota
	Heading             // Level is 1 to 6
	ListItem            // Level is the depth of the list, from 1; Ordinal its number or 0
	Code                // preformatted: Text keeps its line breaks
	TableCell           // cell of a table that holds data, not layout
	Caption             // caption of a figure or table: goes to the images, never to the text
)

// String names the kind for people.
func (k BlockKind) String() string {
	return [...]string{"paragraph", "heading", "list item", "code", "table cell", "caption"}[k]
}

// Block is a run of text between two block-level boundaries: tags that open or
// close a block, <hr>, or two and more <br>. It is the unit that is kept or
// removed. White space is folded, except in Code.
//
// Several blocks may share one list item (item), one table row (row) or one
// cell (cell): what belongs together is told by the nodes being the same. All
// nodes are nil in blocks that come from plain text.
type Block struct {
	Kind    BlockKind
	Level   int
	Ordinal int
	Quote   int    // how many block quotes enclose it
	Text    string // NFC, valid UTF-8, without zero-width characters

	Kept  bool
	Rule  string  // what decided, in words
	Score float64 // above 0 speaks for keeping

	// leaves are the text, br and img nodes of the run in document order; their
	// ancestors below element are the inline mark-up.
	leaves  []*html.Node
	element *html.Node // nearest block-level element around the run
	list    *html.Node // innermost ul, ol or dl
	item    *html.Node // innermost li, dt or dd
	table   *html.Node // innermost data table
	row     *html.Node // its tr
	cell    *html.Node // its td or th

	fixed  bool  // the user's rules decided
	gap    int   // blank lines before it, in plain text
	indent int   // columns, in plain text
	elem   int32 // index of element in document.elems, -1 in plain text
	feat   features
}

// features are what the text of a block and its inline mark-up say about it,
// whatever stands around it.
type features struct {
	chars, linkChars, boldChars int32 // in characters, not bytes; spaces not counted
	words                       float32
	cjk                         int32 // characters of scripts written without spaces
	links, images, times        int16
	breaks                      int16 // single <br>
	stops, commas, digits       int16
	upper                       int16 // words that begin in upper case
	stopEnd                     bool  // ends like a sentence
	dated                       bool  // a short line with a date or a time of day
	inline                      hint  // of the inline elements around the whole block
	mass, soft                  float32
}

// linkDensity is the share of the block's characters that are links.
func (f *features) linkDensity() float32 {
	if f.chars == 0 {
		return 0
	}
	return float32(f.linkChars) / float32(f.chars)
}

// element is one element of the page. The array is in document order, so that a
// parent stands before its children: one pass from the end to the start sums
// everything up, one pass forward hands everything down.
type element struct {
	node        *html.Node
	parent      int32 // index, -1 for the root
	first, last int32 // blocks inside: [first, last)
	sig         uint32
	own         hint // what its own tag, role, class and id say
	hints       hint // own and its ancestors'
	depth       int16

	// Sums over the blocks inside.
	chars, linkChars float32
	words            float32
	mass, soft       float32
	heavy, count     int32
	stops            int32
	images           int32
	leads            int32 // blocks that are a headline linked elsewhere
	dates, headings  int32
	teaser           bool // one of several units of one shape that lead elsewhere
	thread           bool // one of several remarks: units of one shape with a time each

	// Siblings with the same signature, and the place among them.
	same, index int32
}

// document is a parsed page: the tree, laid out flat.
type document struct {
	root   *html.Node
	url    string
	elems  []element
	blocks []Block
	limits []string

	plain     bool // made of plain text: no elements, no nodes
	maxBlocks int
}
