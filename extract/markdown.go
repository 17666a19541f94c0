package extract

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz/weburl"
)

// Markdown is written from the kept blocks, not from the tree: what was removed
// leaves no trace, and the Markdown says word for word what the text says. A
// converter of trees would need the removed nodes cut out of the page first,
// while blocks that share an item, a row or a cell know it.
//
// The output is CommonMark with GitHub's tables and strike-through. Emphasis
// that would not be read as such, because it touches a letter from outside, is
// left out rather than written wrongly.

// Limits of the rendering.
const (
	maxArticleLinks = 500
	maxTableColumns = 100
	maxListDepth    = 8 // deeper items are written at this depth
)

// rendered is the article in Markdown, with the links of its text.
type rendered struct {
	markdown string
	links    []string // canonical, in order, each once
}

// renderer writes one article.
type renderer struct {
	blocks []Block
	base   string
	images []placedImage
	out    strings.Builder
	links  []string
	seen   map[string]bool   // links that are listed
	refs   map[string]string // canonical form of an href, "" if it is not kept

	pending []placedImage // held back until the list or table ends

	// The open list: the nodes and marker widths by depth.
	lists     []listLevel
	listQuote int // quotes around it
}

type listLevel struct {
	list   *html.Node
	item   *html.Node
	width  int
	marker byte // '-', '*', '.' or ')'
}

// renderMarkdown writes the kept blocks. Images are written where they stand.
func renderMarkdown(blocks []Block, base string, images []placedImage) rendered {
	r := &renderer{blocks: blocks, base: base, images: images, seen: map[string]bool{}, refs: map[string]string{}}
	for i := 0; i < len(blocks); {
		b := &blocks[i]
		for len(r.images) > 0 && r.images[0].at <= i {
			r.pending = append(r.pending, r.images[0])
			r.images = r.images[1:]
		}
		if !b.Kept {
			i++
			continue
		}
		switch {
		case b.Kind == TableCell && b.table != nil:
			r.endList()
			r.flushImages()
			i = r.table(i)
			continue
		case b.Kind == ListItem:
			r.listItem(b)
		default:
			r.endList()
			r.flushImages()
			r.block(b)
		}
		i++
	}
	r.endList()
	r.pending = append(r.pending, r.images...)
	r.flushImages()
	return rendered{markdown: r.out.String(), links: r.links}
}

// paragraph begins a new one: a blank line, with the marks of quotes.
func (r *renderer) paragraph() {
	if r.out.Len() > 0 {
		r.out.WriteString("\n\n")
	}
}

func (r *renderer) endList() { r.lists = r.lists[:0] }

func (r *renderer) flushImages() {
	for _, img := range r.pending {
		r.paragraph()
		r.out.WriteString("![")
		r.out.WriteString(escapeText(img.Alt, true))
		r.out.WriteString("](")
		r.out.WriteString(destination(img.URL))
		if img.Caption != "" {
			r.out.WriteString(` "`)
			r.out.WriteString(escapeTitle(img.Caption))
			r.out.WriteByte('"')
		}
		r.out.WriteByte(')')
	}
	r.pending = r.pending[:0]
}

func (r *renderer) block(b *Block) {
	prefix := strings.Repeat("> ", min(b.Quote, maxListDepth))
	if r.out.Len() > 0 {
		// Paragraphs of one quote are joined by a line that is quoted, too.
		if prefix != "" && r.quoted() {
			r.out.WriteString("\n" + strings.TrimRight(prefix, " ") + "\n")
		} else {
			r.out.WriteString("\n\n")
		}
	}
	var body string
	switch b.Kind {
	case Heading:
		body = strings.Repeat("#", min(max(b.Level, 1), 6)) + " " + strings.TrimRight(escapeTrailing(r.inline(b, inlineHeading)), " ")
	case Code:
		body = fence(b)
	default:
		body = r.inline(b, inlineText)
	}
	r.out.WriteString(prefix)
	if prefix != "" || strings.Contains(body, "\n") {
		body = strings.ReplaceAll(body, "\n", "\n"+prefix)
	}
	r.out.WriteString(body)
}

// quoted reports whether the last line written is quoted.
func (r *renderer) quoted() bool {
	s := r.out.String()
	return strings.HasPrefix(s[strings.LastIndexByte(s, '\n')+1:], ">")
}

// fence writes preformatted text between fences longer than any inside.
func fence(b *Block) string {
	ticks := 3
	run := 0
	for i := 0; i < len(b.Text); i++ {
		if b.Text[i] == '`' {
			run++
			ticks = max(ticks, run+1)
		} else {
			run = 0
		}
	}
	mark := strings.Repeat("`", ticks)
	return mark + codeLanguage(b) + "\n" + strings.TrimRight(b.Text, "\n") + "\n" + mark
}

// codeLanguage reads the language from the classes around a piece of code.
func codeLanguage(b *Block) string {
	try := func(n *html.Node) string {
		if v := attr(n, "data-lang"); v != "" {
			return v
		}
		if v := attr(n, "data-language"); v != "" {
			return v
		}
		words := strings.Fields(attr(n, "class"))
		for i, w := range words {
			for _, p := range [...]string{"language-", "lang-", "highlight-source-", "brush:"} {
				if v, ok := strings.CutPrefix(strings.ToLower(w), p); ok {
					if v == "" && i+1 < len(words) {
						v = words[i+1]
					}
					return strings.TrimRight(v, ";")
				}
			}
		}
		return ""
	}
	lang := ""
	if len(b.leaves) > 0 {
		for p, up := b.leaves[0].Parent, 0; p != nil && up < 5 && lang == ""; p, up = p.Parent, up+1 {
			lang = try(p)
		}
	}
	for i := 0; i < len(lang); i++ {
		c := lang[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '#' || c == '.') || i > 20 {
			return ""
		}
	}
	return lang
}

// listItem writes an item, or a further paragraph of one.
func (r *renderer) listItem(b *Block) {
	depth := min(max(b.Level, 1), maxListDepth)
	// Quotes around the list come before its marks, quotes inside an item after.
	quote := min(b.Quote, maxListDepth)
	if len(r.lists) > 0 && quote < r.listQuote {
		r.endList()
	}
	if len(r.lists) == 0 {
		r.listQuote = quote
	}
	prefix := strings.Repeat("> ", r.listQuote)
	inner := strings.Repeat("> ", quote-r.listQuote)
	// An item below one that is not there moves up.
	depth = min(depth, len(r.lists)+1)
	again := b.item != nil && len(r.lists) >= depth && r.lists[depth-1].item == b.item
	if again {
		r.lists = r.lists[:depth]
		indent := r.indent(depth)
		indent += inner
		r.out.WriteString("\n" + strings.TrimRight(prefix, " ") + "\n" + prefix + indent)
		r.out.WriteString(strings.ReplaceAll(r.inline(b, inlineText), "\n", "\n"+prefix+indent))
		return
	}
	level := listLevel{list: b.list, item: b.item, marker: '-'}
	if b.Ordinal > 0 || b.list != nil && b.list.DataAtom == atom.Ol {
		level.marker = '.'
	}
	fresh := len(r.lists) < depth
	if !fresh {
		old := r.lists[depth-1]
		sameKind := (level.marker == '-') == (old.marker == '-' || old.marker == '*')
		switch {
		case old.list == b.list && sameKind:
			level.marker = old.marker
		default:
			// Another list right after: the other mark keeps the two apart.
			fresh = depth == 1
			if other := map[byte]byte{'-': '*', '*': '-', '.': ')', ')': '.'}[old.marker]; sameKind {
				level.marker = other
			}
		}
	}
	mark := string(level.marker) + " "
	if level.marker == '.' || level.marker == ')' {
		mark = strconv.Itoa(min(max(b.Ordinal, 1), 999_999_999)) + mark
	}
	level.width = len(mark)
	r.lists = append(r.lists[:depth-1], level)
	indent := r.indent(depth - 1)
	switch {
	case r.out.Len() == 0:
	case fresh && depth == 1:
		r.flushImages()
		r.out.WriteString("\n\n")
	case fresh && b.Ordinal > 1:
		// A list that does not begin at one cannot follow a paragraph directly.
		r.out.WriteString("\n" + strings.TrimRight(prefix, " ") + "\n")
	default:
		r.out.WriteByte('\n')
	}
	r.out.WriteString(prefix + indent + mark + inner)
	cont := "\n" + prefix + r.indent(depth) + inner
	r.out.WriteString(strings.ReplaceAll(r.inline(b, inlineText), "\n", cont))
}

// indent is that of the content of an item at a depth.
func (r *renderer) indent(depth int) string {
	n := 0
	for _, l := range r.lists[:min(depth, len(r.lists))] {
		n += l.width
	}
	return strings.Repeat(" ", n)
}

// table writes the rows of one table from block i on and returns the block
// after it. The first row is its head, as the format needs one.
func (r *renderer) table(i int) int {
	table := r.blocks[i].table
	quote := r.blocks[i].Quote
	type cell struct {
		node *html.Node
		text string
	}
	var rows [][]cell
	var last *html.Node
	end := i
	columns := 0
	for ; end < len(r.blocks); end++ {
		b := &r.blocks[end]
		if !b.Kept {
			continue
		}
		if b.table != table || b.Kind != TableCell {
			break
		}
		if b.row != last || len(rows) == 0 {
			last = b.row
			rows = append(rows, nil)
		}
		row := &rows[len(rows)-1]
		if n := len(*row); n > 0 && (*row)[n-1].node == b.cell {
			(*row)[n-1].text += " " + r.inline(b, inlineCell)
			continue
		}
		// Cells without text stand between those with some.
		for want := cellIndex(b.row, b.cell); len(*row) < want; {
			*row = append(*row, cell{})
		}
		*row = append(*row, cell{b.cell, r.inline(b, inlineCell)})
	}
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	prefix := strings.Repeat("> ", min(quote, maxListDepth))
	r.paragraph()
	for n, row := range rows {
		if n > 0 {
			r.out.WriteByte('\n')
		}
		r.out.WriteString(prefix + "|")
		for c := range columns {
			text := ""
			if c < len(row) {
				text = row[c].text
			}
			r.out.WriteString(" " + text + " |")
		}
		if n == 0 {
			r.out.WriteString("\n" + prefix + "|" + strings.Repeat(" --- |", columns))
		}
	}
	return end
}

// cellIndex is the column of a cell in its row, counting the columns that
// wider cells before it take up.
func cellIndex(row, cell *html.Node) int {
	if row == nil {
		return 0
	}
	n := 0
	for c := row.FirstChild; c != nil && n < maxTableColumns; c = c.NextSibling {
		if c == cell {
			return n
		}
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			n += min(max(attrInt(c, "colspan", 1), 1), maxTableColumns-n)
		}
	}
	return 0
}

// inlineMode says where inline text stands.
type inlineMode uint8

const (
	inlineText inlineMode = iota
	inlineHeading
	inlineCell
)

// style is the mark-up of a piece of text. One kind of emphasis is kept: that
// of the innermost element that has any.
type style struct {
	link *html.Node
	mark string // "**", "*", "~~", "`" or empty
}

type piece struct {
	style
	text string
	br   bool
}

// inline writes the text of a block with its inline mark-up.
func (r *renderer) inline(b *Block, mode inlineMode) string {
	if len(b.leaves) == 0 {
		return escapeStart(escapeText(b.Text, mode == inlineCell))
	}
	pieces := r.pieces(b, mode)
	var out strings.Builder
	for i := 0; i < len(pieces); {
		p := pieces[i]
		if p.br {
			if mode == inlineText && out.Len() > 0 && i+1 < len(pieces) {
				s := strings.TrimRight(out.String(), " ")
				out.Reset()
				out.WriteString(s + "\\\n")
			} else {
				out.WriteByte(' ')
			}
			i++
			continue
		}
		if p.link == nil {
			r.emphasis(&out, p, pieces, i, mode)
			i++
			continue
		}
		// The pieces of one link.
		var text strings.Builder
		j := i
		for j < len(pieces) && pieces[j].link == p.link && !pieces[j].br {
			r.emphasis(&text, pieces[j], pieces[i:], j-i, mode)
			j++
		}
		s := text.String()
		label := strings.TrimSpace(s)
		if dest := r.target(p.link); dest != "" && label != "" {
			lead := s[:len(s)-len(strings.TrimLeft(s, " "))]
			trail := s[len(strings.TrimRight(s, " ")):]
			out.WriteString(lead + "[" + label + "](" + destination(dest) + ")" + trail)
		} else {
			out.WriteString(s)
		}
		i = j
	}
	s := strings.TrimSpace(collapse(out.String()))
	if mode == inlineText {
		s = escapeStart(s)
		if strings.Contains(s, "\\\n") {
			lines := strings.Split(s, "\n")
			for i := 1; i < len(lines); i++ {
				lines[i] = escapeStart(strings.TrimLeft(lines[i], " "))
			}
			s = strings.Join(lines, "\n")
		}
	}
	return s
}

// pieces cuts a block at the borders of its mark-up. White space is folded over
// the borders, as in the text of the block.
func (r *renderer) pieces(b *Block, mode inlineMode) []piece {
	var out []piece
	var folded strings.Builder
	for _, leaf := range b.leaves {
		if leaf.Type == html.ElementNode {
			if leaf.DataAtom == atom.Br {
				foldInto(&folded, " ", 0)
				out = append(out, piece{br: true})
			}
			continue
		}
		from := folded.Len()
		foldInto(&folded, leaf.Data, 0)
		text := folded.String()[from:]
		if text == "" {
			continue
		}
		st := styleOf(leaf, b.element, mode)
		if n := len(out); n > 0 && out[n-1].style == st && !out[n-1].br {
			out[n-1].text += text
		} else {
			out = append(out, piece{style: st, text: text})
		}
	}
	return out
}

// styleOf looks at the inline elements between a text and its block.
func styleOf(leaf, block *html.Node, mode inlineMode) style {
	var s style
	for p, up := leaf.Parent, 0; p != nil && p != block && up < 200; p, up = p.Parent, up+1 {
		switch p.DataAtom {
		case atom.A:
			if s.link == nil && hasAttr(p, "href") {
				s.link = p
			}
		case atom.B, atom.Strong:
			if s.mark == "" && mode != inlineHeading {
				s.mark = "**"
			}
		case atom.I, atom.Em, atom.Cite, atom.Dfn, atom.Var:
			if s.mark == "" {
				s.mark = "*"
			}
		case atom.S, atom.Strike, atom.Del:
			if s.mark == "" {
				s.mark = "~~"
			}
		case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
			s.mark = "`"
		}
	}
	return s
}

// emphasis writes piece i with its mark, if the mark can be read there.
func (r *renderer) emphasis(out *strings.Builder, p piece, pieces []piece, i int, mode inlineMode) {
	if p.mark == "" {
		out.WriteString(escapeText(p.text, mode == inlineCell))
		return
	}
	inner := strings.TrimSpace(p.text)
	lead := p.text[:len(p.text)-len(strings.TrimLeft(p.text, " "))]
	trail := p.text[len(strings.TrimRight(p.text, " ")):]
	if p.mark == "`" && inner != "" {
		out.WriteString(lead + codeSpan(inner, mode == inlineCell) + trail)
		return
	}
	escaped := escapeText(inner, mode == inlineCell)
	before, after := ' ', ' '
	if lead == "" && out.Len() > 0 {
		before, _ = utf8.DecodeLastRuneInString(out.String())
	}
	if trail == "" && i+1 < len(pieces) && !pieces[i+1].br {
		after = firstRune(pieces[i+1].text)
		if pieces[i+1].mark != "" && !strings.HasPrefix(pieces[i+1].text, " ") {
			after = '*'
		}
	}
	first := firstRune(escaped)
	last, _ := utf8.DecodeLastRuneInString(escaped)
	if inner == "" || !flanks(before, first) || !flanks(after, last) {
		out.WriteString(lead + escaped + trail)
		return
	}
	out.WriteString(lead + p.mark + escaped + p.mark + trail)
}

// flanks reports whether an emphasis mark between an outer and an inner
// character is read as one: the inner is no space, and a mark of punctuation
// only if the outer is a space or punctuation.
func flanks(outer, inner rune) bool {
	if unicode.IsSpace(inner) || outer == '*' || outer == '~' || outer == '_' || inner == '*' || inner == '~' || inner == '_' {
		return false
	}
	if unicode.IsPunct(inner) || unicode.IsSymbol(inner) {
		return unicode.IsSpace(outer) || unicode.IsPunct(outer) || unicode.IsSymbol(outer)
	}
	return true
}

// codeSpan writes code between more ticks than it holds.
func codeSpan(s string, cell bool) string {
	ticks, run := 1, 0
	for i := 0; i < len(s); i++ {
		if s[i] == '`' {
			run++
			ticks = max(ticks, run+1)
		} else {
			run = 0
		}
	}
	if cell {
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	mark := strings.Repeat("`", ticks)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		return mark + " " + s + " " + mark
	}
	return mark + s + mark
}

// target is where a link leads, in canonical form; empty for what is no page,
// for a place in this page and for share buttons.
func (r *renderer) target(a *html.Node) string {
	ref := strings.TrimSpace(attr(a, "href"))
	if ref == "" || ref[0] == '#' {
		return ""
	}
	if u, ok := r.refs[ref]; ok {
		return u
	}
	u := ""
	if low := strings.ToLower(ref); strings.HasPrefix(low, "mailto:") {
		// "mailto:?subject=" is a share button.
		if addr := ref[len("mailto:"):]; addr != "" && addr[0] != '?' && isMailAddress(addr) {
			u = "mailto:" + addr
		}
	} else if v, err := weburl.Resolve(r.base, ref); err == nil && !isShareLink(v) {
		u = v
		if !r.seen[u] && len(r.links) < maxArticleLinks {
			r.seen[u] = true
			r.links = append(r.links, u)
		}
	}
	r.refs[ref] = u
	return u
}

func isMailAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	if at <= 0 || len(s) > 254 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("<>()[]\"'\\,;:?&", c) >= 0 {
			return false
		}
	}
	return true
}

// shareLinks are the addresses behind share buttons.
var shareLinks = []string{
	"facebook.com/sharer", "facebook.com/share.php", "facebook.com/dialog/", "twitter.com/intent/", "x.com/intent/", "twitter.com/share", "linkedin.com/sharearticle", "linkedin.com/sharing/", "linkedin.com/cws/share",
	"pinterest.com/pin/create", "reddit.com/submit", "t.me/share", "telegram.me/share", "wa.me/?", "api.whatsapp.com/send", "web.whatsapp.com/send", "vk.com/share", "connect.ok.ru/", "tumblr.com/share", "tumblr.com/widgets/share", "getpocket.com/save", "getpocket.com/edit",
	"news.ycombinator.com/submitlink", "line.me/r/msg", "social-plugins.line.me/", "b.hatena.ne.jp/entry", "service.weibo.com/share", "addtoany.com/", "addthis.com/bookmark", "share.flipboard.com/", "bsky.app/intent/", "threads.net/intent/", "mastodonshare.com/",
}

func isShareLink(u string) bool {
	low := strings.ToLower(u)
	for _, s := range shareLinks {
		if strings.Contains(low, s) {
			return true
		}
	}
	return false
}

// destination writes an address so that it ends where it ends.
func destination(u string) string {
	if strings.ContainsAny(u, "()<> ") {
		return "<" + strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20").Replace(u) + ">"
	}
	return u
}

// escapeText escapes what Markdown would read as mark-up inside a line.
func escapeText(s string, cell bool) string {
	if !strings.ContainsAny(s, "\\`*_[]<&~|!\n") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '\n':
			b.WriteByte(' ')
			continue
		case '\\', '`', '*', '[', ']', '~':
			b.WriteByte('\\')
		case '_':
			// Inside a word it is no emphasis.
			if i == 0 || i+1 == len(s) || !isWordByte(s[i-1]) || !isWordByte(s[i+1]) {
				b.WriteByte('\\')
			}
		case '<':
			if i+1 == len(s) || s[i+1]|0x20 >= 'a' && s[i+1]|0x20 <= 'z' || strings.IndexByte("/!?", s[i+1]) >= 0 {
				b.WriteByte('\\')
			}
		case '&':
			if isEntity(s[i:]) {
				b.WriteByte('\\')
			}
		case '|':
			if cell {
				b.WriteByte('\\')
			}
		case '!':
			if i+1 == len(s) || s[i+1] == '[' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// isEntity reports whether s begins like a character reference.
func isEntity(s string) bool {
	for i := 1; i < len(s) && i < 34; i++ {
		c := s[i]
		switch {
		case c == ';':
			return i > 1
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '#' && i == 1:
		default:
			return false
		}
	}
	return false
}

// escapeStart escapes what only the beginning of a line makes a mark.
func escapeStart(s string) string {
	if s == "" {
		return s
	}
	switch c := s[0]; c {
	case '#':
		n := len(s) - len(strings.TrimLeft(s, "#"))
		if n <= 6 && (n == len(s) || s[n] == ' ') {
			return `\` + s
		}
	case '-', '+':
		if len(s) == 1 || s[1] == ' ' || strings.Trim(s, "- ") == "" {
			return `\` + s
		}
	case '>', '=':
		return `\` + s
	case '~':
		if strings.HasPrefix(s, "~~~") {
			return `\` + s
		}
	case '|':
		return `\` + s
	}
	n := 0
	for n < len(s) && n < 10 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n > 0 && n < 10 && n < len(s) && (s[n] == '.' || s[n] == ')') && (n+1 == len(s) || s[n+1] == ' ') {
		return s[:n] + `\` + s[n:]
	}
	return s
}

// escapeTrailing keeps a heading's own number signs.
func escapeTrailing(s string) string {
	if strings.HasSuffix(s, "#") {
		return s[:len(s)-1] + `\#`
	}
	return s
}

// escapeTitle escapes the text between the quotes of an image's title.
func escapeTitle(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "&", "&amp;").Replace(s)
}

// collapse makes one space of several, outside of line ends.
func collapse(s string) string {
	if !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	prev := byte(0)
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' && prev == ' ' {
			continue
		}
		prev = s[i]
		b.WriteByte(prev)
	}
	return b.String()
}
