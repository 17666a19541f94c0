package extract

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Plain text has no mark-up, but whoever saved a page as text kept its blank
// lines. A text is read as lines and gaps:
//
//   - The usual gap between paragraphs (none or one blank line) is measured
//     first; what stands between larger gaps is an island. An island of few
//     short lines in the middle of prose is something put in by the template:
//     a tagline, a form, a promotion.
//   - Above the first prose stand menu lines, the title, the date line and the
//     caption of the lead image.
//   - A line like a heading near the end, followed by short lines without full
//     stops up to the last one, opens a list of other articles.
//
// Hard-wrapped texts are unwrapped first.

// Limits and thresholds of plain text.
const (
	maxTextLines  = 200_000
	wrapLeast     = 45  // characters: a text whose lines mostly end between these
	wrapMost      = 100 // is hard-wrapped
	islandBlocks  = 5   // lines an island has at most
	islandWords   = 75
	islandShare   = 0.35 // of all lines: with more of them, gaps mean nothing
	smallIsland   = 45   // words of an island in a text of many
	shortLine     = 9    // words of a short line
	taglineLines  = 3
	statusLine    = 6  // words of a line below a form
	dateLineReach = 14 // lines in which the date line is looked for
)

// textLine is one line with what stood around it.
type textLine struct {
	text   string
	gap    int // blank lines before it
	indent int // columns it is indented
}

// newTextDocument makes blocks of a plain text, or of Markdown when markdown
// is set.
func newTextDocument(body string, pageURL string, limit int, markdown bool) *document {
	if limit <= 0 {
		limit = defaultBlocks
	}
	d := &document{url: pageURL, maxBlocks: limit, plain: true}
	lines := textLines(body)
	if len(lines) >= maxTextLines {
		d.limits = append(d.limits, "lines")
	}
	if markdown {
		d.markdownBlocks(lines)
	} else {
		if isWrapped(lines) {
			lines = unwrap(lines)
		}
		for _, l := range lines {
			if !d.addLine(Block{Text: l.text, gap: l.gap, indent: l.indent}) {
				break
			}
		}
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		b.elem = -1
		b.feat.measure(b.Text)
		b.feat.chars = int32(utf8.RuneCountInString(b.Text))
		b.feat.mass = proseMass(&b.feat, b.Kind)
		b.feat.soft = float32(b.feat.chars)
	}
	return d
}

func (d *document) addLine(b Block) bool {
	if len(d.blocks) >= d.maxBlocks {
		d.limits = append(d.limits, "blocks")
		return false
	}
	if b.Text != "" {
		d.blocks = append(d.blocks, b)
	}
	return true
}

// textLines splits and folds.
func textLines(body string) []textLine {
	body = strings.TrimPrefix(body, "\ufeff")
	var out []textLine
	gap := 0
	for raw := range strings.Lines(body) {
		if len(out) >= maxTextLines {
			break
		}
		indent := 0
		for _, r := range raw {
			switch r {
			case ' ', '\u00a0':
				indent++
			case '\t':
				indent += 4
			case '\u3000':
				indent += 2
			default:
				goto measured
			}
		}
	measured:
		// Carriage returns alone were line ends once; foldText makes them spaces.
		text := foldText(raw)
		if !norm.NFC.IsNormalString(text) {
			text = norm.NFC.String(text)
		}
		if text == "" {
			gap++
			continue
		}
		out = append(out, textLine{text, gap, indent})
		gap = 0
	}
	return out
}

// isWrapped reports whether the lines were broken at a column: most of those
// that are followed by another line of their paragraph end near it, in the
// middle of a sentence.
func isWrapped(lines []textLine) bool {
	inner, broken := 0, 0
	for i := 0; i+1 < len(lines); i++ {
		if lines[i+1].gap > 0 {
			continue
		}
		inner++
		n := utf8.RuneCountInString(lines[i].text)
		last, _ := utf8.DecodeLastRuneInString(lines[i].text)
		if n >= wrapLeast && n <= wrapMost && !isStop(last) && last != ':' {
			broken++
		}
	}
	return inner >= 3 && broken*10 >= inner*7
}

// unwrap joins the lines of each paragraph.
func unwrap(lines []textLine) []textLine {
	var out []textLine
	for _, l := range lines {
		if n := len(out) - 1; n >= 0 && l.gap == 0 && l.indent <= out[n].indent+1 {
			prev, _ := utf8.DecodeLastRuneInString(out[n].text)
			next, _ := utf8.DecodeRuneInString(l.text)
			switch {
			case isUnspaced(prev) && isUnspaced(next):
				out[n].text += l.text
			default:
				out[n].text += " " + l.text
			}
			continue
		}
		out = append(out, l)
	}
	return out
}

// markdownBlocks reads the block structure of Markdown: headings, lists,
// quotes, fences. Inline marks are stripped; reference definitions, tables'
// rulers and HTML comments are dropped.
func (d *document) markdownBlocks(lines []textLine) {
	fence := ""
	var code []string
	front := len(lines) > 0 && lines[0].text == "---"
	for i, l := range lines {
		t := l.text
		if front {
			// Front matter is metadata of another program.
			if i > 0 && (t == "---" || t == "...") {
				front = false
			}
			continue
		}
		if fence != "" {
			if strings.HasPrefix(t, fence) {
				if !d.addLine(Block{Kind: Code, Text: strings.Join(code, "\n"), gap: 1}) {
					return
				}
				fence, code = "", nil
			} else {
				code = append(code, strings.Repeat("\n", l.gap)+strings.Repeat(" ", min(l.indent, 40))+t)
			}
			continue
		}
		if strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
			fence = t[:3]
			continue
		}
		b := Block{gap: l.gap, indent: l.indent}
		for strings.HasPrefix(t, ">") {
			b.Quote++
			t = strings.TrimSpace(t[1:])
		}
		level := 0
		for level < len(t) && t[level] == '#' {
			level++
		}
		switch {
		case level > 0 && level <= 6 && level < len(t) && t[level] == ' ':
			b.Kind, b.Level = Heading, level
			t = strings.TrimSpace(strings.TrimRight(t[level:], "# "))
		case t != "" && strings.Trim(t, "-*_= ") == "":
			// A rule, or the underline of a heading.
			if n := len(d.blocks); n > 0 && l.gap == 0 && (t[0] == '=' || t[0] == '-') && len(t) >= 3 {
				d.blocks[n-1].Kind, d.blocks[n-1].Level = Heading, 2
				if t[0] == '=' {
					d.blocks[n-1].Level = 1
				}
			}
			continue
		case strings.HasPrefix(t, "|") && strings.Trim(t, "|-: ") == "":
			continue
		default:
			if marker, number := listMarker(t); marker > 0 {
				b.Kind, b.Level, b.Ordinal = ListItem, 1+min(l.indent/2, 5), number
				t = strings.TrimSpace(t[marker:])
			}
		}
		b.Text = stripInline(t)
		// A line that follows without a gap goes on with the paragraph.
		if n := len(d.blocks); n > 0 && l.gap == 0 && b.Kind == Paragraph && b.Text != "" && !strings.HasPrefix(t, "|") &&
			(d.blocks[n-1].Kind == Paragraph || d.blocks[n-1].Kind == ListItem) && d.blocks[n-1].Quote == b.Quote && endsOpen(d.blocks[n-1].Text) {
			d.blocks[n-1].Text += " " + b.Text
			continue
		}
		if !d.addLine(b) {
			return
		}
	}
	if len(code) > 0 {
		d.addLine(Block{Kind: Code, Text: strings.Join(code, "\n"), gap: 1})
	}
}

// endsOpen reports whether a line does not end like a sentence: in Markdown the
// next line then belongs to it.
func endsOpen(s string) bool {
	var f features
	f.measure(s)
	return !f.stopEnd && f.words > 4
}

// listMarker gives the length of "- ", "* ", "12. " at the beginning, and the
// number.
func listMarker(s string) (length, number int) {
	if len(s) > 2 && (s[0] == '-' || s[0] == '*' || s[0] == '+') && s[1] == ' ' {
		return 2, 0
	}
	i := 0
	for i < len(s) && i < 4 && s[i] >= '0' && s[i] <= '9' {
		number = number*10 + int(s[i]-'0')
		i++
	}
	if i > 0 && i+1 < len(s) && (s[i] == '.' || s[i] == ')') && s[i+1] == ' ' {
		return i + 2, number
	}
	return 0, 0
}

// stripInline removes the inline marks of Markdown: links and images leave
// their text, emphasis and code their content.
func stripInline(s string) string {
	if !strings.ContainsAny(s, "[*_`\\<") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && s[i+1] > ' ' && s[i+1] < 0x7f:
			b.WriteByte(s[i+1])
			i += 2
		case c == '`', c == '*':
			i++
		case c == '_' && (i == 0 || s[i-1] == ' ' || i+1 == len(s) || s[i+1] == ' '):
			i++
		case c == '!' && i+1 < len(s) && s[i+1] == '[':
			// An image is no text.
			if text, end := linkParts(s[i+1:]); end > 0 {
				_ = text
				i += 1 + end
			} else {
				b.WriteByte(c)
				i++
			}
		case c == '[':
			if text, end := linkParts(s[i:]); end > 0 {
				b.WriteString(text)
				i += end
			} else {
				b.WriteByte(c)
				i++
			}
		case c == '<' && strings.HasPrefix(s[i:], "<http"):
			end := strings.IndexByte(s[i:], '>')
			if end < 0 {
				b.WriteByte(c)
				i++
				continue
			}
			b.WriteString(s[i+1 : i+end])
			i += end + 1
		default:
			b.WriteByte(c)
			i++
		}
	}
	return strings.TrimSpace(b.String())
}

// linkParts reads "[text](target)" and gives the text and the length, 0 if
// there is no such link.
func linkParts(s string) (text string, length int) {
	const reach = 600 // bytes: bounds the search for the closing marks
	close := strings.Index(s[:min(len(s), reach)], "](")
	if close < 1 {
		return "", 0
	}
	end := strings.IndexByte(s[close:min(len(s), close+reach)], ')')
	if end < 0 {
		return "", 0
	}
	return strings.TrimLeft(s[1:close], "["), close + end + 1
}

// gapOf gives the usual number of blank lines between paragraphs of prose.
func gapOf(blocks []Block) int {
	counts := [4]int{}
	for i := 1; i < len(blocks); i++ {
		if blocks[i].feat.mass > heavyMass && blocks[i-1].feat.mass > heavyMass {
			counts[min(blocks[i].gap, 3)]++
		}
	}
	best := 0
	for g, n := range counts {
		if n > counts[best] {
			best = g
		}
	}
	if counts[best] == 0 {
		return 1
	}
	return best
}

// markIslands gives every run of blocks between larger gaps a number, and
// tells whether it is an island: small, in a text where most gaps are usual.
func (c *decider) markIslands() {
	blocks := c.d.blocks
	usual := gapOf(blocks)
	c.usualGap = usual
	c.island = make([]int32, len(blocks))
	islands := 0
	for i := 0; i < len(blocks); {
		j := i + 1
		words := blocks[i].feat.words
		for j < len(blocks) && blocks[j].gap <= usual {
			words += blocks[j].feat.words
			j++
		}
		if j-i <= islandBlocks && words <= islandWords && (i > 0 || j < len(blocks)) {
			islands++
			for k := i; k < j; k++ {
				c.island[k] = int32(islands)
			}
		}
		i = j
	}
	inside, all := float32(0), float32(0)
	for i, n := range c.island {
		all += blocks[i].feat.words
		if n > 0 {
			inside += blocks[i].feat.words
		}
	}
	if inside <= islandShare*all {
		return
	}
	// Many islands: the paragraphs between them are small as well. Only what has
	// the shape of an insertion counts.
	inside = 0
	for i := 0; i < len(blocks); {
		j := i + 1
		for j < len(blocks) && c.island[j] == c.island[i] {
			j++
		}
		if c.island[i] > 0 && !insertion(blocks[i:j]) {
			clear(c.island[i:j])
		}
		words := float32(0)
		for k := i; k < j; k++ {
			words += blocks[k].feat.words
		}
		if c.island[i] > 0 {
			inside += words
		}
		i = j
	}
	if inside > islandShare*all {
		clear(c.island)
	}
}

// insertion reports whether an island has the shape of a tagline (two or three
// short sentences) or of an offer (a longer line, then short ones). Lines of a
// list or a table have neither.
func insertion(blocks []Block) bool {
	words, long, stops := float32(0), 0, 0
	for i := range blocks {
		f := &blocks[i].feat
		if blocks[i].Kind != Paragraph || blocks[i].indent > blocks[0].indent {
			return false
		}
		words += f.words
		if f.words > shortLine {
			long++
		}
		if f.stopEnd {
			stops++
		}
	}
	if len(blocks) < 2 || words > smallIsland {
		return false
	}
	return long == 0 && len(blocks) <= taglineLines && stops == len(blocks) ||
		long == 1 && blocks[0].feat.words > shortLine && stops > 0
}

// scorePlain decides the blocks of a plain text before rules and bounds:
// everything is text until something speaks against it.
func (c *decider) scorePlain() {
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		b.Kept, b.Score, b.Rule = true, 1, "stands among the prose"
		if b.feat.mass > 0 {
			b.Score, b.Rule = 2, "prose of the article"
		}
	}
	c.markIslands()
}

// plainHead reads what stands above the text: menu lines, title, date, caption.
func (c *decider) plainHead() {
	blocks := c.d.blocks
	first := 0 // first block of prose
	for first < len(blocks) && !(blocks[first].feat.mass > heavyMass && blocks[first].feat.stopEnd) {
		first++
	}
	if first == len(blocks) {
		first = min(dateLineReach, len(blocks))
	}
	// A standfirst may stand between title and date, so the date line may come
	// after the first prose.
	date := -1
	for i := 0; i < min(max(first, 4), len(blocks), dateLineReach); i++ {
		if _, ok := findDateLine(blocks[i].Text, c.language); ok {
			date = i
			break
		}
	}
	top := first
	if date >= 0 {
		top = date
	}
	var lines []int // that may be the title
	for i := 0; i < top; i++ {
		b := &blocks[i]
		if c.hits[i].found.has(famMenu) || c.hits[i].found.has(famShare) || c.learnedAt(i) {
			b.drop("menu")
			continue
		}
		// Without a date line below it, a title must look like one.
		if date >= 0 || b.Kind == Heading && b.Level == 1 || b.feat.words <= 30 && !endsPlain(b.Text) && i+1 < len(blocks) {
			lines = append(lines, i)
		}
	}
	c.title = c.plainTitle(lines, top, date >= 0)
	for i := 0; i < top; i++ {
		b := &blocks[i]
		if !b.Kept {
			continue
		}
		if i == c.title {
			b.drop("title")
			continue
		}
		if i < c.title {
			b.drop("above the title")
			continue
		}
		if date >= 0 && i < date {
			if b.feat.words >= 8 && b.feat.mass > 0 {
				c.standfirst = i
				b.drop("standfirst")
			} else {
				b.drop("above the text")
			}
		}
	}
	if date >= 0 {
		c.dateLine = date
		blocks[date].drop("date line")
	}
	for i := max(date, c.title) + 1; i < first; i++ {
		b := &blocks[i]
		if !b.Kept {
			continue
		}
		if _, ok := findDateLine(b.Text, c.language); ok {
			b.drop("date line")
			continue
		}
		if c.hits[i].found.has(famByline) && !b.feat.stopEnd {
			b.drop("byline")
			c.byline = i
		}
	}
	c.captions()
}

// titleShare is the share of a line's words that the text takes up from which
// the line is taken for its title; menu lines have hardly any.
const titleShare = 0.34

// titleBetter is how much larger that share must be for a later line to be
// preferred: below a menu line the title's is, below a title the standfirst's
// is not.
const titleBetter = 0.3

// plainTitle picks the title among the lines above the text: the first that
// speaks of what the text does, unless a later one does so much more, else the one right above the date, else the
// first.
func (c *decider) plainTitle(lines []int, top int, dated bool) int {
	blocks := c.d.blocks
	if len(lines) == 0 {
		return -1
	}
	if len(lines) == 1 {
		return lines[0]
	}
	said := map[string]bool{}
	for i := top; i < len(blocks) && len(said) < 4000; i++ {
		for _, w := range titleStems(cut(blocks[i].Text, maxRuleBytes*4)) {
			said[w] = true
		}
	}
	best, most := -1, 0.0
	for _, i := range lines {
		if blocks[i].Kind == Heading && blocks[i].Level == 1 {
			return i
		}
		words := titleStems(blocks[i].Text)
		n := 0
		for _, w := range words {
			if said[w] {
				n++
			}
		}
		if len(words) == 0 {
			continue
		}
		share := float64(n) / float64(len(words))
		if best < 0 && share >= titleShare || best >= 0 && share >= most+titleBetter {
			best, most = i, share
		}
	}
	if best >= 0 {
		return best
	}
	if dated {
		return lines[len(lines)-1]
	}
	return lines[0]
}

// titleStems are the content words of a line, cut to five letters; in scripts
// without spaces, pairs of characters.
func titleStems(s string) []string {
	var out []string
	words := titleWords(s)
	for i, w := range words {
		r := []rune(w)
		switch {
		case isUnspaced(r[0]):
			if i+1 < len(words) {
				out = append(out, w+words[i+1])
			}
		case len(r) > 5:
			out = append(out, string(r[:5]))
		case len(r) > 3:
			out = append(out, w)
		}
	}
	return out
}

// endsPlain reports whether a text ends with a full stop, unlike most titles.
func endsPlain(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == '.' || r == '。' || r == '।' || r == '…' || r == ':'
}

// captions finds the two lines an image leaves in a text: its alternative
// text, and right below a caption that begins with it or says the same.
func (c *decider) captions() {
	blocks := c.d.blocks
	for i := 0; i+1 < len(blocks); i++ {
		a, b := &blocks[i], &blocks[i+1]
		if !a.Kept || !b.Kept || b.gap > 0 || a.Kind != Paragraph || b.Kind != Paragraph {
			continue
		}
		if a.feat.stopEnd || a.feat.words > 25 || b.feat.words > 45 || a.feat.words < 1 {
			continue
		}
		fa, fb := foldRule(a.Text), foldRule(b.Text)
		if fa == "" || !strings.HasPrefix(fb, fa) {
			continue
		}
		a.drop("alternative text of an image")
		b.drop("caption")
		c.images = append(c.images, [2]int{i, i + 1})
		i++
	}
}
