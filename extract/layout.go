package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// Limits of the walk. Real pages stay far below: of 1,700 pages measured the
// largest has about 30,000 elements and 12,000 blocks.
const (
	maxElements   = 300_000
	defaultBlocks = 50_000
)

// Noscript rescue: pages that show nothing without scripts sometimes carry
// their text in <noscript>.
const (
	noscriptVisible = 1500 // characters of visible text below which it is tried
	noscriptLeast   = 1500 // bytes a noscript must have
	noscriptShare   = 8    // visible text must be less than one part in so many of it
)

// aloneChars is how long a line can be that ends at a single <br>.
const aloneChars = 120

// inlineTags are transparent; every other tag, unknown and custom ones too,
// ends a run of text.
var inlineTags = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.Acronym: true, atom.B: true, atom.Bdi: true, atom.Bdo: true,
	atom.Big: true, atom.Cite: true, atom.Code: true, atom.Data: true, atom.Del: true, atom.Dfn: true,
	atom.Em: true, atom.Font: true, atom.I: true, atom.Img: true, atom.Ins: true, atom.Kbd: true,
	atom.Mark: true, atom.Nobr: true, atom.Q: true, atom.Rb: true, atom.Rt: true, atom.Ruby: true,
	atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strike: true,
	atom.Strong: true, atom.Sub: true, atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true,
	atom.Var: true, atom.Wbr: true, atom.Picture: true, atom.Source: true, atom.Br: true,
}

// skippedTags hold nothing a reader reads.
var skippedTags = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Svg: true, atom.Iframe: true,
	atom.Textarea: true, atom.Math: true, atom.Canvas: true, atom.Noscript: true, atom.Head: true,
	atom.Object: true, atom.Embed: true, atom.Audio: true, atom.Video: true, atom.Select: true,
	atom.Datalist: true, atom.Map: true, atom.Noembed: true, atom.Noframes: true, atom.Rp: true,
	atom.Input: true, atom.Rt: true,
}

// tagHints are what tags and ARIA roles say by themselves.
var tagHints = map[atom.Atom]hint{
	atom.Nav: hintNav, atom.Footer: hintFooter, atom.Aside: hintAside, atom.Form: hintForm,
	atom.Button: hintButton, atom.Figcaption: hintCaption, atom.Caption: hintCaption, atom.Dialog: hintDialog,
	atom.Address: hintByline, atom.Label: hintButton, atom.Header: hintHeader, atom.Menu: hintNav,
}

var roleHints = map[string]hint{
	"navigation": hintNav, "banner": hintHeader, "contentinfo": hintFooter, "complementary": hintAside,
	"form": hintForm, "search": hintForm, "button": hintButton, "dialog": hintDialog, "alertdialog": hintDialog,
	"menu": hintNav, "menubar": hintNav, "toolbar": hintNav, "tooltip": hintDialog, "tablist": hintNav,
}

// layout walks the tree once, in document order, and lays it out as elements
// and blocks.
//
// A block is a run of text nodes between two block-level boundaries. The state
// of the walk is the innermost block-level element and what encloses it (list,
// table, quote, link); a boundary closes the run that is open. All text goes
// into one buffer, blocks are slices of it.
type layout struct {
	doc     *document
	text    strings.Builder
	spans   [][2]int // of blocks in text
	leaves  []*html.Node
	lspans  [][2]int
	cache   map[string]hint // hints of a class or id, by its text
	noscr   []*html.Node
	visible int // characters of text seen

	// The open run.
	start      int // offset in text
	leafStart  int
	cur        features
	inlineSeen bool
	brs        int  // <br> since the last text
	chain      bool // the lines since the last boundary are read one by one

	frame
	stopped bool
}

// frame is what encloses the place where the walk is.
type frame struct {
	elem    int32 // innermost block-level element
	link    int   // depths of links, bold text, preformatted text, quotes
	bold    int
	pre     int
	quote   int
	inline  hint // of the inline elements around
	list    *html.Node
	depth   int // of the list
	item    *html.Node
	table   *html.Node
	row     *html.Node
	cell    *html.Node
	heading int
}

// newDocument lays out a parsed page.
func newDocument(root *html.Node, pageURL string, limit int) *document {
	if limit <= 0 {
		limit = defaultBlocks
	}
	l := &layout{
		doc:   &document{root: root, url: pageURL, maxBlocks: limit},
		cache: make(map[string]hint, 128),
		frame: frame{elem: -1},
	}
	l.doc.elems = make([]element, 0, 1024)
	l.doc.blocks = make([]Block, 0, 512)
	l.spans = make([][2]int, 0, 512)
	l.lspans = make([][2]int, 0, 512)
	l.leaves = make([]*html.Node, 0, 1024)
	l.walk(root)
	l.flush()
	l.rescue()
	l.finish()
	return l.doc
}

// rescue walks the largest noscript when the page shows next to nothing
// without it. Its nodes are put into the tree, so that everything that looks
// at the tree later sees them.
func (l *layout) rescue() {
	var best *html.Node
	for _, n := range l.noscr {
		if n.FirstChild != nil && (best == nil || len(n.FirstChild.Data) > len(best.FirstChild.Data)) {
			best = n
		}
	}
	if best == nil || best.FirstChild.Type != html.TextNode {
		return
	}
	raw := best.FirstChild.Data
	if len(raw) < noscriptLeast || l.visible > noscriptVisible || l.visible*noscriptShare > len(raw) {
		return
	}
	nodes, err := html.ParseFragment(strings.NewReader(raw), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return
	}
	best.RemoveChild(best.FirstChild)
	best.Data, best.DataAtom = "div", atom.Div
	for _, n := range nodes {
		best.AppendChild(n)
	}
	l.elem = -1
	l.walk(best)
	l.flush()
}

func (l *layout) walk(n *html.Node) {
	if l.stopped {
		return
	}
	switch n.Type {
	case html.TextNode:
		l.addText(n)
		return
	case html.DocumentNode:
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			l.walk(c)
		}
		return
	case html.ElementNode:
	default:
		return
	}
	a := n.DataAtom
	if skippedTags[a] {
		if a == atom.Noscript {
			l.noscr = append(l.noscr, n)
		}
		if a == atom.Iframe || a == atom.Video || a == atom.Embed || a == atom.Object {
			l.flush()
		}
		return
	}
	if n.Namespace != "" && n.Namespace != "html" {
		return
	}
	switch a {
	case atom.Br:
		l.addBreak(n)
		return
	case atom.Hr:
		l.flush()
		return
	case atom.Img:
		l.leaves = append(l.leaves, n)
		l.cur.images++
		if l.elem >= 0 {
			l.doc.elems[l.elem].images++
		}
		return
	}
	if inlineTags[a] {
		l.walkInline(n, a)
		return
	}
	l.walkBlock(n, a)
}

func (l *layout) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		l.walk(c)
	}
}

func (l *layout) walkInline(n *html.Node, a atom.Atom) {
	own, _ := l.hintsOf(n, a)
	old := l.inline
	l.inline |= own
	switch a {
	case atom.A:
		if hasAttr(n, "href") {
			l.link++
			l.cur.links++
			l.children(n)
			l.link--
			l.inline = old
			return
		}
	case atom.B, atom.Strong:
		l.bold++
		l.children(n)
		l.bold--
		l.inline = old
		return
	case atom.Time:
		l.cur.times++
	}
	l.children(n)
	l.inline = old
}

func (l *layout) walkBlock(n *html.Node, a atom.Atom) {
	if len(l.doc.elems) >= maxElements {
		l.stop("elements")
		return
	}
	l.flush()
	own, sig := l.hintsOf(n, a)
	e := element{node: n, parent: l.elem, first: int32(len(l.doc.blocks)), own: own, sig: sig}
	e.hints = own | l.inline
	if l.elem >= 0 {
		e.hints |= l.doc.elems[l.elem].hints
		e.depth = l.doc.elems[l.elem].depth + 1
	}
	enclosing := l.frame
	l.doc.elems = append(l.doc.elems, e)
	l.elem = int32(len(l.doc.elems) - 1)
	me := l.elem
	switch a {
	case atom.Ul, atom.Ol, atom.Dl:
		l.list, l.depth, l.item = n, l.depth+1, nil
	case atom.Li, atom.Dt, atom.Dd:
		l.item = n
	case atom.Table:
		l.table, l.row, l.cell = nil, nil, nil
		if isDataTable(n) {
			l.table = n
		}
	case atom.Tr:
		l.row = n
	case atom.Td, atom.Th:
		l.cell = n
	case atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext:
		l.pre++
	case atom.Blockquote:
		l.quote++
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		l.heading = int(n.Data[1] - '0')
	}
	l.children(n)
	l.flush()
	l.frame = enclosing
	l.doc.elems[me].last = int32(len(l.doc.blocks))
}

func (l *layout) stop(what string) {
	l.stopped = true
	l.doc.limits = append(l.doc.limits, what)
}

// addBreak counts a <br>: one is a space (a line break in preformatted text),
// two end the block.
func (l *layout) addBreak(n *html.Node) {
	if l.pre > 0 {
		l.text.WriteByte('\n')
		l.leaves = append(l.leaves, n)
		return
	}
	l.brs++
	if l.brs >= 2 {
		l.flush()
		l.brs = 2 // a third break opens nothing
		return
	}
	if l.lineAlone() {
		l.flush()
		l.brs, l.chain = 1, true
		return
	}
	l.chain = false
	if l.text.Len() > l.start {
		foldInto(&l.text, " ", l.start)
		l.leaves = append(l.leaves, n)
		l.cur.breaks++
	}
}

// lineAlone reports whether the open run is a date line, or one of the short
// lines that follow it: "date<br>credit<br>caption" above an article without
// other mark-up.
func (l *layout) lineAlone() bool {
	s := l.text.String()[l.start:]
	if l.cur.chars == 0 || l.cur.chars > aloneChars || l.link > 0 {
		return false
	}
	var f features
	f.measure(s)
	return f.dated || l.chain && !f.stopEnd && f.words <= datedWords
}

func (l *layout) addText(n *html.Node) {
	s := n.Data
	if l.pre > 0 {
		l.text.WriteString(strings.ToValidUTF8(s, ""))
		l.leaves = append(l.leaves, n)
		l.count(s)
		return
	}
	before := l.text.Len()
	foldInto(&l.text, s, l.start)
	if l.text.Len() == before {
		return
	}
	l.leaves = append(l.leaves, n)
	if got := l.text.String()[before:]; got != " " {
		l.brs = 0
		l.count(got)
	}
}

// count adds a piece of text to the features that depend on where it stands.
func (l *layout) count(s string) {
	n := int32(0)
	for i := 0; i < len(s); i++ {
		// Continuation bytes and white space are not characters.
		if c := s[i]; c > ' ' && c&0xc0 != 0x80 {
			n++
		}
	}
	if n == 0 {
		return
	}
	l.visible += int(n)
	l.cur.chars += n
	if l.link > 0 {
		l.cur.linkChars += n
	}
	if l.bold > 0 {
		l.cur.boldChars += n
	}
	if !l.inlineSeen {
		l.cur.inline, l.inlineSeen = l.inline, true
	} else {
		l.cur.inline &= l.inline
	}
}

// flush closes the open run.
func (l *layout) flush() {
	s := l.text.String()[l.start:]
	trimmed := strings.TrimSpace(s)
	if l.pre > 0 {
		trimmed = strings.Trim(s, "\n\r")
	}
	if l.cur.chars == 0 || trimmed == "" {
		// Images between blocks belong to no text, but to the element.
		l.reset()
		return
	}
	if len(l.doc.blocks) >= l.doc.maxBlocks {
		l.stop("blocks")
		l.reset()
		return
	}
	off := l.start + strings.Index(s, trimmed)
	b := Block{Quote: l.quote, elem: l.elem, feat: l.cur}
	if l.elem >= 0 {
		b.element = l.doc.elems[l.elem].node
	}
	var elemHints hint
	if l.elem >= 0 {
		elemHints = l.doc.elems[l.elem].hints
	}
	b.list, b.item = l.list, l.item
	switch {
	case l.heading > 0:
		b.Kind, b.Level = Heading, l.heading
	case elemHints&hintCaption != 0 || b.feat.inline&hintCaption != 0:
		b.Kind = Caption
	case l.pre > 0:
		b.Kind = Code
	case l.table != nil && l.cell != nil:
		b.Kind, b.table, b.row, b.cell = TableCell, l.table, l.row, l.cell
	case l.item != nil:
		b.Kind, b.Level = ListItem, max(l.depth, 1)
	}
	l.doc.blocks = append(l.doc.blocks, b)
	l.spans = append(l.spans, [2]int{off, off + len(trimmed)})
	l.lspans = append(l.lspans, [2]int{l.leafStart, len(l.leaves)})
	l.reset()
}

func (l *layout) reset() {
	l.start = l.text.Len()
	l.leafStart = len(l.leaves)
	l.cur = features{}
	l.inlineSeen = false
	l.brs = 0
	l.chain = false
}

// finish slices the buffer into the blocks' texts, measures them and sums the
// elements up.
func (l *layout) finish() {
	d := l.doc
	text := l.text.String()
	for i := range d.blocks {
		b := &d.blocks[i]
		b.Text = text[l.spans[i][0]:l.spans[i][1]]
		if !norm.NFC.IsNormalString(b.Text) {
			b.Text = norm.NFC.String(b.Text)
		}
		b.leaves = l.leaves[l.lspans[i][0]:l.lspans[i][1]:l.lspans[i][1]]
		b.feat.measure(b.Text)
	}
	numberItems(d.blocks)
	d.sum()
}

// numberItems gives the items of ordered lists their numbers, each list being
// counted once from its first item.
func numberItems(blocks []Block) {
	numbers := map[*html.Node]int{}
	seen := map[*html.Node]int{}
	for i := range blocks {
		b := &blocks[i]
		if b.Kind != ListItem || b.list == nil || b.list.DataAtom != atom.Ol || b.item == nil {
			continue
		}
		if n, ok := seen[b.item]; ok {
			b.Ordinal = n
			continue
		}
		n, ok := numbers[b.list]
		if !ok {
			n = attrInt(b.list, "start", 1) - 1
		}
		n++
		numbers[b.list], seen[b.item] = n, n
		b.Ordinal = n
	}
}

// hintsOf gives what the element says about itself, and its signature: the tag
// and the first class.
func (l *layout) hintsOf(n *html.Node, a atom.Atom) (hint, uint32) {
	h := tagHints[a]
	sig := uint32(a) * 2654435761
	for i := range n.Attr {
		at := &n.Attr[i]
		switch at.Key {
		case "class":
			h |= l.named(at.Val, true)
			first := strings.TrimLeft(at.Val, " \t\n\r\f")
			if j := strings.IndexAny(first, " \t\n\r\f"); j >= 0 {
				first = first[:j]
			}
			if first != "" {
				sig ^= uint32(xxh3.HashString(first))
			}
		case "id":
			h |= l.named(at.Val, false)
		case "role":
			h |= roleHints[at.Val]
		case "hidden":
			// React streams parts of a page into hidden elements "S:1" and moves
			// them by script.
			if at.Val != "until-found" && !strings.HasPrefix(attr(n, "id"), "S:") {
				h |= hintHidden
			}
		case "aria-hidden":
			if at.Val == "true" {
				h |= hintHidden
			}
		case "style":
			if hidesByStyle(at.Val) {
				h |= hintHidden
			}
		case "itemprop":
			if at.Val == "articleBody" {
				h |= hintBody
			}
		}
	}
	switch a {
	case atom.Html, atom.Body:
		// Classes of the whole page describe its template, not a part of it.
		h = 0
	case atom.Main, atom.Article:
		h &^= hintNav | hintFooter | hintHeader | hintAside | hintPromo | hintRelated | hintComment | hintAd | hintHidden | hintTags | hintMedia
	}
	return h, sig
}

func (l *layout) named(s string, class bool) hint {
	if s == "" {
		return 0
	}
	if h, ok := l.cache[s]; ok {
		return h
	}
	var h hint
	if class {
		h = hints().class(s)
	} else {
		h = hints().find(s)
	}
	l.cache[s] = h
	return h
}

func hidesByStyle(s string) bool {
	s = s[:min(len(s), maxHintBytes)]
	i := strings.Index(s, "display")
	if i >= 0 {
		v := strings.TrimLeft(s[i+len("display"):], " :")
		return strings.HasPrefix(v, "none")
	}
	i = strings.Index(s, "visibility")
	return i >= 0 && strings.HasPrefix(strings.TrimLeft(s[i+len("visibility"):], " :"), "hidden")
}

// What makes a table one of data rather than of layout.
const (
	tableCells    = 4   // at least so many cells
	tableColumns  = 2   // in at least one row
	tableCellText = 400 // bytes a cell of data has at most on average
	tableVisit    = 4000
)

// isDataTable tells data from layout: more than one row and column, no table
// inside, short cells.
func isDataTable(table *html.Node) bool {
	rows, columns, cells, text, visits := 0, 0, 0, 0, 0
	nested := false
	var walk func(n *html.Node, inRow int) int
	walk = func(n *html.Node, depth int) int {
		count := 0
		for c := n.FirstChild; c != nil && visits < tableVisit && !nested; c = c.NextSibling {
			visits++
			switch {
			case c.Type == html.TextNode:
				text += len(strings.TrimSpace(c.Data))
			case c.Type != html.ElementNode || skippedTags[c.DataAtom]:
			case c.DataAtom == atom.Table || c.DataAtom == atom.Form:
				nested = true
			case c.DataAtom == atom.Tr:
				k := walk(c, depth+1)
				if k > 0 {
					rows++
					columns = max(columns, k)
				}
			case c.DataAtom == atom.Td, c.DataAtom == atom.Th:
				count++
				cells++
				walk(c, depth+1)
			default:
				count += walk(c, depth+1)
			}
		}
		return count
	}
	walk(table, 0)
	return !nested && rows >= 2 && columns >= tableColumns && cells >= tableCells && text/max(cells, 1) <= tableCellText
}

func hasAttr(n *html.Node, key string) bool {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return true
		}
	}
	return false
}

func attrInt(n *html.Node, key string, def int) int {
	for i := range n.Attr {
		if n.Attr[i].Key != key {
			continue
		}
		v := 0
		for _, c := range []byte(n.Attr[i].Val) {
			if c < '0' || c > '9' || v > 1_000_000 {
				return def
			}
			v = v*10 + int(c-'0')
		}
		if n.Attr[i].Val != "" {
			return v
		}
	}
	return def
}

// foldInto appends s to b with every run of white space folded into one space
// and without zero-width and control characters. Nothing before start is
// looked at.
func foldInto(b *strings.Builder, s string, start int) {
	space := func() {
		if n := b.Len(); n > start && b.String()[n-1] != ' ' {
			b.WriteByte(' ')
		}
	}
	for i := 0; i < len(s); {
		// Plain ASCII is copied in pieces.
		j := i
		for j < len(s) && s[j] > ' ' && s[j] < 0x7f {
			j++
		}
		if j > i {
			b.WriteString(s[i:j])
			i = j
			continue
		}
		c := s[i]
		if c < utf8.RuneSelf {
			if c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' {
				space()
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1, isZeroWidth(r):
		case r == '\u00a0', r > 0x1000 && unicode.IsSpace(r):
			space()
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
}

// isZeroWidth reports whether r is an invisible character that text is cleaned
// of. The zero-width joiner and non-joiner stay: Persian, the scripts of India
// and emoji need them.
func isZeroWidth(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u2060', '\ufeff', '\u200e', '\u200f', '\ufffc':
		return true
	}
	return r >= 0x80 && r < 0xa0
}
