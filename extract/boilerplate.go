package extract

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz/lang"
)

// Reach and size of the evidence around a block that a rule needs.
const (
	nearForm      = 3 // blocks before and after in which other parts of a form count
	callWords     = 12
	readWords     = 6   // words of a label that calls to read
	statusWords   = 10  // words of the status line of a form
	sayWords      = 14  // words of a line that is a sentence, whatever label it begins with
	offerWords    = 60  // words of the paragraph above a call to download
	apartShare    = 0.3 // share of the prose below which a container stands apart
	closingAfter  = 0.3 // share of the kept prose after which a closing list can begin
	closingProse  = 0.3 // share of words in sentences below which a section is a list
	closingLast   = 0.2 // share of the kept prose a closing section may hold
	shortEntry    = 25  // words of an entry of such a list
	maxClosings   = 100 // headings that are tried: each looks at all that follows
	closingWords  = 12  // words of a heading of a closing list
	proseWords    = 12  // words of a block that counts as a sentence there
	namingWords   = 12  // words of a sentence that names the site
	maxSiteNames  = 8
	siteNameWords = 4
	leastSiteName = 5 // bytes of a site's name that says something in a sentence
	listLines     = 3 // lines of a list in one run, its heading among them
	missionWords  = 9 // words of each line of a tagline
	excerptWords  = 6 // words of another page's beginning below its title
	learnedPages  = 3 // pages a line must have been seen on
	learnedFew    = 2 // the same on a site of few pages, with other evidence
	learnedShort  = 4 // words below which a line needs a share of the pages
	learnedShare  = 0.3
	learnedWords  = 0.7 // share of the words of a block whose sentences must be known
	maxMaskWords  = 14  // words of a line whose numbers are masked
	maxLearnWords = 200
	maxLabelLine  = 30 // words of a line that can begin with a label
	maxLabelWords = 6
	maxLabelBytes = 80
	labelShare    = 0.5 // share of the pages on which a label before a date is the template's anywhere
	maxSplitWords = 45  // words of a block that is counted by sentence too
	maxSplit      = 4   // its sentences
)

// findRules looks up the rule table for every short block.
func (c *decider) findRules() {
	x := rules()
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if b.Kind == Code || len(b.Text) > maxRuleBytes || b.feat.words > 90 {
			continue
		}
		if !b.Kept && b.Score < -3.5 {
			continue // far off: nothing will bring it back
		}
		c.hits[i] = x.match(newRuleText(b.Text, b.feat.words))
	}
}

// apart reports whether a block's container holds little of the prose: a box
// of its own rather than a paragraph among others. In plain text, an island.
func (c *decider) apart(i int) bool {
	if c.d.plain {
		return c.island[i] > 0
	}
	b := &c.d.blocks[i]
	if b.elem < 0 || c.coreMass == 0 {
		return false
	}
	return c.d.elems[c.d.ancestor(b.elem, 1)].mass < apartShare*c.coreMass
}

// partOfForm reports whether something near the block belongs to a form.
func (c *decider) partOfForm(i int) bool {
	blocks := c.d.blocks
	for k := max(0, i-nearForm); k <= i+nearForm && k < len(blocks); k++ {
		if k == i {
			continue
		}
		if c.hits[k].whole.has(famForm) || blocks[k].Rule == famForm.String() {
			return true
		}
		if blocks[k].elem >= 0 && c.d.elems[blocks[k].elem].hints&(hintForm|hintButton|hintPromo) != 0 && !blocks[k].Kept {
			return true
		}
	}
	return false
}

// applyRules removes what its own words and its shape tell to be put in by the
// template. Every family asks for more than the words where an article could
// use the same ones.
func (c *decider) applyRules() {
	blocks := c.d.blocks
	for i := range blocks {
		b := &blocks[i]
		h := c.hits[i]
		f := &b.feat
		if !b.Kept && h.found.has(famDownload) && f.words <= callWords && i > c.firstBody && i < c.lastBody {
			c.offer(i) // the call has gone for being a link, what it calls for has not
		}
		if !b.Kept || h.found == 0 {
			continue
		}
		linked := f.linkDensity() > 0.5
		inside := i > c.firstBody && i < c.lastBody
		apart := c.apart(i)
		switch {
		case h.found.has(famMenu) && (!inside || linked):
			b.drop(famMenu.String())
		case h.found.has(famShare) && (!inside || linked || f.words >= 3 && b.Kind == Paragraph && !f.stopEnd) && b.Kind != Heading:
			b.drop(famShare.String())
		case h.whole.has(famAd) && f.words <= 4 && b.Kind != Heading && b.Kind != TableCell:
			b.drop(famAd.String())
		case h.found.has(famForm) && strings.Contains(b.Text, "..") || h.found.has(famForm) && strings.Contains(b.Text, "…") && f.words <= maxWordsOf[famForm],
			h.whole.has(famForm) && (f.words <= 6 || apart || c.partOfForm(i)), h.found.has(famForm) && !inside && !f.stopEnd && c.partOfForm(i):
			b.drop(famForm.String())
		case twoDots(b.Text) && f.words <= statusWords && b.Kind == Paragraph:
			b.drop(famForm.String())
		case h.found.has(famInvite) && f.stops <= 1 && b.Kind == Paragraph && c.aboveStatus(i):
			b.drop(famSignup.String())
		case h.found.has(famRead) && b.Kind == Paragraph && !endsPlain(b.Text) && readsLabel(b.Text):
			b.drop(famNext.String())
		case h.found.has(famSignup) && (c.partOfForm(i) || apart && b.Kind != Heading || linked && f.words < 20):
			b.drop(famSignup.String())
		case h.found.has(famDownload) && (h.whole.has(famDownload) || apart || linked || c.calls(i)) && b.Kind != Heading && b.Kind != TableCell:
			b.drop(famDownload.String())
			c.offer(i)
		case h.found.has(famNext) && b.Kind != TableCell && (h.colon.has(famNext) && (b.Kind != ListItem || linked) && (f.words > 2 || linked || apart) || linked):
			if f.words <= 3 && !linked && b.Kind == Heading || !linked && !apart && c.saysNext(i) {
				continue
			}
			b.drop(famNext.String())
		case h.found.has(famDisclaim), h.found.has(famReserve) && b.Kind == Paragraph && i > c.firstBody && c.closesProse(i):
			b.drop(famDisclaim.String())
		case h.found.has(famCookie) && (!inside || apart || c.partOfForm(i)):
			b.drop(famCookie.String())
		case h.found.has(famLegal) && b.Kind != Heading && (strings.ContainsRune(b.Text, '©') || !inside && f.digits >= 4 || !inside && !strings.HasPrefix(foldRule(b.Text), "copyright")):
			b.drop(famLegal.String())
		case h.colon.has(famCredit) && b.Kind == Paragraph && !(f.stopEnd && f.words > 12):
			b.drop(famCredit.String())
		case h.found.has(famContinue) && (h.whole.has(famContinue) || linked || !f.stopEnd && apart):
			b.drop(famContinue.String())
		case h.found.has(famByline) && i < c.firstBody && !f.stopEnd && b.Kind == Paragraph:
			b.drop(famByline.String())
		}
	}
	c.taglines()
	if c.d.plain {
		c.islands()
	} else {
		c.runs()
	}
}

// twoDots reports whether a text ends with exactly two full stops, as only
// status lines do.
func twoDots(s string) bool {
	return strings.HasSuffix(s, "..") && !strings.HasSuffix(s, "...")
}

// aboveStatus reports whether the next line is the status text of a form, or in
// a form.
func (c *decider) aboveStatus(i int) bool {
	if i+1 >= len(c.d.blocks) {
		return false
	}
	n := &c.d.blocks[i+1]
	if !n.Kept && n.elem >= 0 && c.d.elems[n.elem].hints&hintForm != 0 {
		return true
	}
	return n.feat.words <= statusWords && (twoDots(n.Text) || c.hits[i+1].whole.has(famForm) || c.hits[i+1].found.has(famForm) && strings.ContainsAny(n.Text, "…"))
}

// readsLabel reports whether a line is a short label, a colon and something
// behind it.
func readsLabel(s string) bool {
	at := strings.IndexAny(s, ":：")
	if at <= 0 || at > maxLabelBytes || lang.Words(s[:at]) > readWords {
		return false
	}
	_, size := utf8.DecodeRuneInString(s[at:])
	return strings.TrimSpace(s[at+size:]) != "" && !strings.ContainsAny(s[:at], ",，、;；0123456789")
}

// saysNext reports whether a block is a sentence that begins with a single word
// such as "Next:", which articles do as well: titles end without a full stop.
func (c *decider) saysNext(i int) bool {
	b := &c.d.blocks[i]
	at := strings.IndexAny(b.Text, ":：")
	if at < 0 || b.feat.words <= sayWords || !endsPlain(b.Text) {
		return false
	}
	_, size := utf8.DecodeRuneInString(b.Text[at:])
	return lang.Words(b.Text[:at]) <= 1 && !c.site.hasTitle(xxh3.HashString(foldRule(b.Text[at+size:])))
}

// closesProse reports whether no prose of the article comes after a block: none
// at all, or only what the rules know, or a list under a known heading.
func (c *decider) closesProse(i int) bool {
	blocks := c.d.blocks
	for j := i + 1; j <= c.lastBody; j++ {
		if c.headingLike(j) && c.knownTail(j) {
			return true
		}
		if blocks[j].Kept && blocks[j].feat.mass > heavyMass && c.hits[j].found == 0 {
			return false
		}
	}
	return true
}

// calls reports whether a short block that names a download is a call for it:
// an exclamation, or the line after a question.
func (c *decider) calls(i int) bool {
	b := &c.d.blocks[i]
	if b.feat.words > callWords {
		return false
	}
	return exclaims(b.Text) || i > 0 && c.d.blocks[i-1].feat.words <= offerWords && asksFirst(c.d.blocks[i-1].Text)
}

// offer removes what a call to download follows from: what stands in the same
// box above it, or the short paragraph right above it that begins with a
// question.
func (c *decider) offer(i int) {
	blocks := c.d.blocks
	for k := i - 1; k >= 0 && k >= i-2; k-- {
		b := &blocks[k]
		if b.feat.words > offerWords || b.Kind == Code || b.Kind == TableCell {
			return
		}
		if !c.sameBox(k, i) {
			if k == i-1 && b.Kept && asksFirst(b.Text) {
				b.drop(famDownload.String())
			}
			return
		}
		if b.Kept {
			b.drop(famDownload.String())
		}
	}
}

// sameBox reports whether two blocks stand together and apart from the prose.
func (c *decider) sameBox(a, b int) bool {
	if c.d.plain {
		return c.island[b] > 0 && c.island[a] == c.island[b]
	}
	return c.apart(a) && c.apart(b) && c.d.ancestor(c.d.blocks[a].elem, 1) == c.d.ancestor(c.d.blocks[b].elem, 1)
}

// asksFirst reports whether the first sentence is a question.
func asksFirst(s string) bool {
	for i, r := range s {
		switch r {
		case '?', '？', '؟':
			rest := strings.TrimSpace(s[i+utf8.RuneLen(r):])
			return rest != ""
		case '!', '。', '！':
			return false
		case '.':
			if i+1 < len(s) && s[i+1] == ' ' {
				return false
			}
		}
	}
	return false
}

// taglines removes what a site says of itself in two short lines: "This is X.
// This is our mission."
func (c *decider) taglines() {
	blocks := c.d.blocks
	x := rules()
	for i := range blocks {
		b := &blocks[i]
		if !b.Kept || b.feat.words > 2*missionWords || b.Kind == Heading || b.Kind == TableCell || b.Kind == Code {
			continue
		}
		// Both sentences in one block.
		if s := sentences(b.Text); len(s) == 2 && b.feat.stops >= 2 {
			if hit := x.match(newRuleText(s[1], b.feat.words/2)); hit.found.has(famMission) && sameStart(s[0], s[1]) || c.namesSite(s[0]) {
				b.drop(famMission.String())
			}
			continue
		}
		if i == 0 || b.feat.words > missionWords {
			continue
		}
		p := &blocks[i-1]
		if b.feat.stopEnd && p.Kept && p.feat.stopEnd && p.Kind == Paragraph && p.feat.words <= namingWords && i-1 > c.firstBody && i < c.lastBody && c.namesSite(p.Text) {
			p.drop(famMission.String())
			b.drop(famMission.String())
			continue
		}
		if !c.hits[i].found.has(famMission) {
			continue
		}
		if p.Kept && p.feat.words <= missionWords && p.Kind != Heading && (sameStart(p.Text, b.Text) || c.apart(i) && c.apart(i-1)) {
			p.drop(famMission.String())
			b.drop(famMission.String())
		}
	}
}

// namesSite reports whether a short sentence names the site: by the name the
// page declares or puts behind its title, or by a name that stands in the
// heading of its closing list ("New on …") too.
func (c *decider) namesSite(s string) bool {
	text := " " + foldRule(s) + " "
	for _, name := range c.siteNames() {
		if strings.Contains(text, " "+name+" ") {
			return true
		}
	}
	return false
}

// siteNames collects, folded, what the page calls its site.
func (c *decider) siteNames() []string {
	if c.names != nil {
		return c.names
	}
	c.names = []string{}
	add := func(s string) {
		if name := foldRule(s); len(name) >= leastSiteName && len(c.names) < maxSiteNames {
			c.names = append(c.names, name)
		}
	}
	if c.meta != nil {
		add(c.meta.siteName)
	}
	for _, t := range c.titles {
		for _, mark := range [...]string{" | ", " – ", " — ", " - ", " · "} {
			if at := strings.LastIndex(t, mark); at > 0 && lang.Words(t[at+len(mark):]) <= siteNameWords {
				add(t[at+len(mark):])
			}
		}
	}
	for i := c.firstBody + 1; i > 0 && i < len(c.d.blocks); i++ {
		b := &c.d.blocks[i]
		opens := b.Rule == famTail.String() && (b.feat.breaks > 0 || c.d.blocks[i-1].Rule != famTail.String())
		head := b.Text
		if opens && b.feat.breaks > 0 {
			head = runsOf(b)[0].text
		} else if !c.headingLike(i) {
			continue
		}
		if opens || c.hits[i].found.has(famTail) {
			// Names: capital letters, other than the first word's.
			var name []string
			for k, w := range strings.Fields(head) {
				if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) && (k > 0 || b.feat.cjk > 0) {
					name = append(name, w)
				} else if len(name) > 0 {
					break
				}
			}
			add(strings.Join(name, " "))
		}
	}
	return c.names
}

// sameStart reports whether two short sentences begin alike, as in "Esto es"
// and "Esta es".
func sameStart(a, b string) bool {
	x, y := []rune(foldRule(a)), []rune(foldRule(b))
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	if isUnspaced(y[0]) {
		return x[0] == y[0] || isUnspaced(x[0])
	}
	n := min(2, len(x), len(y))
	return string(x[:n]) == string(y[:n])
}

// sentences splits a short text after its stops.
func sentences(s string) []string {
	var out []string
	start := 0
	ended := false
	for i, r := range s {
		if ended && !isCloser(r) {
			if part := strings.TrimSpace(s[start:i]); part != "" {
				out = append(out, part)
			}
			start, ended = i, false
		}
		if isStop(r) && (r >= 0x80 || i+1 == len(s) || s[i+1] == ' ' || isCloser(rune(s[i+1]))) {
			ended = true
		}
	}
	if part := strings.TrimSpace(s[start:]); part != "" {
		out = append(out, part)
	}
	return out
}

// run is one line of a block between single <br>.
type run struct {
	text   string
	linked bool // all of it
}

// runsOf splits a block at its line breaks.
func runsOf(b *Block) []run {
	var out []run
	var text strings.Builder
	linked, plain := 0, 0
	end := func() {
		if s := foldText(text.String()); s != "" {
			out = append(out, run{s, linked > 0 && plain == 0})
		}
		text.Reset()
		linked, plain = 0, 0
	}
	for _, n := range b.leaves {
		if n.Type == html.ElementNode {
			if n.DataAtom == atom.Br {
				end()
			}
			continue
		}
		text.WriteString(n.Data)
		if len(lettersOf(n.Data)) == 0 {
			continue
		}
		in := false
		for p := n.Parent; p != nil && p != b.element && !in; p = p.Parent {
			in = p.DataAtom == atom.A
		}
		if in {
			linked++
		} else {
			plain++
		}
	}
	end()
	return out
}

// lettersOf gives what is left of a text without spaces, bullets and marks.
func lettersOf(s string) string {
	return strings.TrimSpace(foldRule(s))
}

// runs removes lists that stand in one block, line by line: the title with the
// date line below it, and lists of other articles under a heading that is known.
func (c *decider) runs() {
	blocks := c.d.blocks
	x := rules()
	for i := range blocks {
		b := &blocks[i]
		if !b.Kept || b.Kind != Paragraph || b.feat.breaks == 0 {
			continue
		}
		lines := runsOf(b)
		if len(lines) < 2 {
			continue
		}
		head := foldRule(lines[0].text)
		last := lines[len(lines)-1].text
		if i <= c.firstBody && len(lines) <= 3 && !endsPlain(last) && slices.ContainsFunc(c.titles, func(t string) bool { return head != "" && foldRule(t) == head }) {
			b.drop("title")
			continue
		}
		if i <= c.firstBody || len(lines) < listLines || endsPlain(lines[0].text) {
			continue
		}
		words := float32(lang.Words(lines[0].text))
		known := words <= maxWordsOf[famTail] && x.match(newRuleText(lines[0].text, words)).found.has(famTail)
		if n, _ := c.site.repeats(RepeatTail, c.language, xxh3.HashString(head)); n >= learnedFew {
			known = true
		}
		if !known {
			continue
		}
		links, open := 0, 0
		for _, l := range lines[1:] {
			if l.linked {
				links++
			}
			if !endsPlain(l.text) {
				open++
			}
		}
		if links >= 2 || open == len(lines)-1 {
			b.drop(famTail.String())
		}
	}
}

// islands removes, from plain text, what stands apart in the middle of prose
// and has the shape of an insertion: all lines short, or a call as last line.
func (c *decider) islands() {
	blocks := c.d.blocks
	for i := 0; i < len(blocks); {
		n := c.island[i]
		if n == 0 {
			i++
			continue
		}
		j := i
		allShort, hinted, sentence := true, false, 0
		for ; j < len(blocks) && c.island[j] == n; j++ {
			f := &blocks[j].feat
			if f.words > shortLine {
				allShort = false
			}
			if f.words > 25 && !strings.ContainsAny(blocks[j].Text, "?？؟!！¡¿") {
				sentence++
			}
			hinted = hinted || !blocks[j].Kept
		}
		inside := i > c.firstBody && j <= c.lastBody
		last := &blocks[j-1]
		call := j-i >= 2 && last.feat.words <= shortLine && blocks[i].feat.words > shortLine
		switch {
		case !inside || sentence > 0 && !hinted:
		case j-i >= 2 && allShort && endsLike(blocks[i:j]):
			c.dropRange(i, j, "lines standing apart")
		case j-i >= 2 && hinted:
			c.dropRange(i, j, "lines standing apart")
		case call && (exclaims(last.Text) || asksFirst(blocks[i].Text)):
			c.dropRange(i, j, "promotion standing apart")
		case j-i >= 3 && call && statusLines(blocks[i+1:j]):
			c.dropRange(i, j, "form standing apart")
		}
		i = j
	}
}

// statusLines reports whether all lines are as short as what a form says below
// its fields.
func statusLines(blocks []Block) bool {
	for i := range blocks {
		if blocks[i].feat.words > statusLine {
			return false
		}
	}
	return true
}

// endsLike reports whether the lines look like one thing: all of them end with
// a stop, or none does. A heading above its first line does not.
func endsLike(blocks []Block) bool {
	stops := 0
	for i := range blocks {
		if blocks[i].feat.stopEnd {
			stops++
		}
	}
	return stops == len(blocks) || stops == 0 && len(blocks) >= 2
}

func exclaims(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == '!' || r == '！'
}

func (c *decider) dropRange(i, j int, rule string) {
	for ; i < j; i++ {
		if c.d.blocks[i].Kept {
			c.d.blocks[i].drop(rule)
		}
	}
}

// closing cuts the lists that follow an article: other articles, comments, the
// author. They begin with a line like a heading that the rule table or the
// site's repetition knows, or, in plain text, that stands apart and is
// followed by nothing but short lines up to the end.
func (c *decider) closing() {
	blocks := c.d.blocks
	if c.firstBody < 0 {
		return
	}
	// In plain text, where only short lines are left to come.
	short := len(blocks)
	for c.d.plain && short > 0 && (blocks[short-1].feat.stops <= 1 && blocks[short-1].feat.words <= shortEntry || !blocks[short-1].feat.stopEnd) {
		short--
	}
	before := float32(0)
	tried := 0
	for i := c.firstBody; i < len(blocks) && tried < maxClosings; i++ {
		b := &blocks[i]
		known := false
		if i > c.firstBody && c.headingLike(i) && (before > closingAfter*c.bodyMass || i > c.lastBody) {
			known = c.knownTail(i)
			// A heading that fell by itself still tells what stands below it.
			if known && (b.Kept || !c.d.plain) || c.d.plain && b.Kept && i+1 >= short {
				tried++
				end := c.sectionEnd(i)
				if rule := c.closes(i, end); rule != "" {
					c.dropRange(i, end, rule)
				}
			}
		}
		if b.Kept || known {
			before += b.feat.mass
		}
	}
}

// knownTail reports whether the rule table or the site knows a line as the
// heading of a closing list.
func (c *decider) knownTail(i int) bool {
	if c.hits[i].found.has(famTail) {
		return true
	}
	n, _ := c.site.repeats(RepeatTail, c.language, c.mask(i))
	return n >= learnedFew
}

// headingLike reports whether a block can be the heading of what follows it.
func (c *decider) headingLike(i int) bool {
	b := &c.d.blocks[i]
	if b.feat.words > closingWords || b.Kind == TableCell || b.Kind == Code {
		return false
	}
	return b.Kind == Heading || !b.feat.stopEnd && b.Kind != ListItem
}

// sectionEnd gives where the section under a heading ends: at the next heading
// of its level, or where prose resumes.
func (c *decider) sectionEnd(i int) int {
	blocks := c.d.blocks
	b := &blocks[i]
	if c.d.plain {
		return len(blocks)
	}
	// A box of its own ends with its section.
	end := len(blocks)
	for e := b.elem; e > 0; e = c.d.elems[e].parent {
		if last := int(c.d.elems[e].last); last > i+1 {
			end = last
			break
		}
	}
	for j := i + 1; j < end; j++ {
		n := &blocks[j]
		if n.Kind == Heading && (b.Kind != Heading || n.Level <= b.Level) && n.Kept {
			return j
		}
		if b.Kind != Heading && n.Kept && n.feat.mass > heavyMass && n.feat.stopEnd {
			return j
		}
	}
	return end
}

// closes gives the rule by which the section from i to end is a closing list,
// or nothing.
func (c *decider) closes(i, end int) string {
	blocks := c.d.blocks
	b := &blocks[i]
	words, prose, mass := float32(0), float32(0), float32(0)
	lines, items := 0, 0
	for j := i + 1; j < end; j++ {
		n := &blocks[j]
		f := &n.feat
		if !n.Kept && !c.d.plain {
			continue
		}
		lines++
		words += f.words
		if f.stopEnd && f.words >= proseWords && f.linkDensity() < massLinks {
			prose += f.words
		}
		if n.indent > b.indent || !f.stopEnd || f.words <= shortEntry && f.stops <= 1 {
			items++
		}
		mass += f.mass
	}
	list := prose <= closingProse*words
	h := c.hits[i]
	last := end == len(blocks) || end > c.lastBody
	if known, of := c.site.repeats(RepeatTail, c.language, c.mask(i)); known >= learnedFew && (list || known >= learnedPages && of >= known) && last {
		return "closing list of the site"
	}
	if h.found.has(famTail) && (list || h.whole.has(famTail) && last && mass < closingLast*c.bodyMass) && last {
		return famTail.String()
	}
	if c.d.plain && lines >= 2 && items == lines && list && b.Kind == Paragraph {
		indented := 0
		for j := i + 1; j < end; j++ {
			if blocks[j].indent > b.indent+1 {
				indented++
			}
		}
		if indented*10 >= lines*8 && (b.gap > 0 || c.usualGap == 0 && lines >= 3) || b.gap > c.usualGap && prose == 0 {
			return famTail.String()
		}
	}
	return ""
}

// mask gives the fingerprint of a block: its folded text, in short lines with
// the numbers and the date masked.
func (c *decider) mask(i int) uint64 {
	b := &c.d.blocks[i]
	s := b.Text
	if b.feat.words > maxMaskWords || b.feat.stopEnd && b.feat.words > 5 || b.feat.digits == 0 {
		return xxh3.HashString(foldRule(s))
	}
	if hits := findDates(s, c.language); len(hits) > 0 {
		var masked strings.Builder
		at := 0
		for _, h := range hits {
			if h.start < at || h.end > len(s) {
				continue
			}
			masked.WriteString(s[at:h.start])
			masked.WriteString(" 0 ")
			at = h.end
		}
		masked.WriteString(s[at:])
		s = masked.String()
	}
	var out strings.Builder
	number := false
	for _, r := range foldRule(s) {
		if r >= '0' && r <= '9' {
			if !number {
				out.WriteByte('0')
			}
			number = true
			continue
		}
		number = false
		out.WriteRune(r)
	}
	return xxh3.HashString(out.String())
}

// fingerprints gives what the page teaches its site.
func (c *decider) fingerprints() []Fingerprint {
	blocks := c.d.blocks
	var out []Fingerprint
	main := false
	add := func(i int, kept bool) {
		b := &blocks[i]
		if len(out) >= maxSeen || b.Kind == Code || b.feat.words > maxLearnWords && !kept || b.feat.chars < 3 {
			return
		}
		out = append(out, Fingerprint{
			Kind: RepeatLine, Hash: c.mask(i), Language: c.language, Words: b.feat.words, Main: kept, Sample: cut(b.Text, maxSample),
		})
	}
	title := ""
	if c.title >= 0 {
		title = foldRule(blocks[c.title].Text)
	}
	out = append(out, Fingerprint{Kind: repeatPage, Hash: xxh3.HashString(title), Language: c.language})
	for i := range blocks {
		if blocks[i].Kept {
			add(i, true)
			main = true
		}
	}
	if !main {
		return nil
	}
	before := float32(0)
	for i := range blocks {
		b := &blocks[i]
		before += b.feat.mass
		if !b.Kept {
			// Links count too: what one template links, another only says.
			if i != c.title && !c.excerptAt(i) && (b.feat.linkDensity() < 0.5 || b.feat.words >= learnedShort && b.feat.words <= maxLabelLine) {
				add(i, false)
			}
			continue
		}
	}
	for i := range blocks {
		if !blocks[i].Kept && c.excerptAt(i) {
			continue
		}
		for _, s := range c.sentencesOf(i) {
			if len(out) < maxSeen {
				out = append(out, Fingerprint{Kind: RepeatLine, Hash: xxh3.HashString(foldRule(s)), Language: c.language, Sample: cut(s, maxSample)})
			}
		}
	}
	labels := c.labels()
	for i := range blocks {
		if l, ok := labels[i]; ok && len(out) < maxSeen {
			out = append(out, Fingerprint{Kind: RepeatLabel, Hash: l.hash, Language: c.language, Sample: cut(strings.TrimSuffix(blocks[i].Text, l.rest), maxSample) + "…"})
		}
	}
	for i := range blocks {
		// The same in one block, line by line.
		if i > c.firstBody && blocks[i].feat.breaks >= listLines-1 && blocks[i].Kind == Paragraph && len(out) < maxSeen+50 {
			if lines := runsOf(&blocks[i]); len(lines) >= listLines && !endsPlain(lines[0].text) && lang.Words(lines[0].text) <= closingWords {
				out = append(out, Fingerprint{Kind: RepeatTail, Hash: xxh3.HashString(foldRule(lines[0].text)), Language: c.language, Sample: cut(lines[0].text, maxSample)})
			}
		}
		// Headings of what may be a closing list.
		if i > c.firstBody && c.headingLike(i) && i+1 < len(blocks) && (i > c.lastBody || blocks[i].Rule == famTail.String()) && len(out) < maxSeen+50 {
			out = append(out, Fingerprint{
				Kind: RepeatTail, Hash: c.mask(i), Language: c.language, Words: blocks[i].feat.words, Sample: cut(blocks[i].Text, maxSample),
			})
		}
	}
	return out
}

// excerptAt reports whether a removed block looks like the beginning of another
// page below its linked title. It is a sentence of that page: learning it as a
// line of the template would remove it there.
func (c *decider) excerptAt(i int) bool {
	if i == 0 || c.d.plain {
		return false
	}
	b, p := &c.d.blocks[i], &c.d.blocks[i-1]
	if p.Kept || p.feat.linkDensity() < 0.5 || p.feat.stopEnd || p.feat.words < learnedShort && p.feat.cjk < 2*learnedShort {
		return false
	}
	return b.feat.stopEnd && (b.feat.words >= excerptWords || b.feat.cjk >= 2*excerptWords)
}

// lineLabel is the beginning of a short line whose rest changes from page to page.
type lineLabel struct {
	hash uint64
	rest string // behind the colon; empty for a label before a date
}

// labelOf takes the label of block i: what stands before its first colon, or
// before its date.
func (c *decider) labelOf(i int) (lineLabel, bool) {
	b := &c.d.blocks[i]
	if b.Kind == Heading || b.Kind == Code || b.Kind == TableCell || b.feat.words > maxLabelLine {
		return lineLabel{}, false
	}
	if at := strings.IndexAny(b.Text, ":："); at > 0 && at <= maxLabelBytes {
		_, size := utf8.DecodeRuneInString(b.Text[at:])
		head, rest := b.Text[:at], strings.TrimSpace(b.Text[at+size:])
		if lang.Words(head) <= maxLabelWords && rest != "" && !strings.ContainsAny(head, "0123456789") {
			return lineLabel{xxh3.HashString(foldRule(head)), rest}, true
		}
	}
	if b.feat.digits == 0 || b.feat.words > maxMaskWords || b.feat.stopEnd {
		return lineLabel{}, false
	}
	if hits := findDates(b.Text, c.language); len(hits) > 0 && hits[0].start > 0 && hits[0].start <= maxLabelBytes {
		head := foldRule(b.Text[:hits[0].start])
		return lineLabel{xxh3.HashString(head + " 0"), ""}, head != ""
	}
	return lineLabel{}, false
}

// labels gives the label of every block that has one of its own: what stands
// twice on a page is the article's way of writing, such as the turns of an
// interview.
func (c *decider) labels() map[int]lineLabel {
	out := map[int]lineLabel{}
	count := map[uint64]int{}
	for i := range c.d.blocks {
		if l, ok := c.labelOf(i); ok {
			out[i] = l
			count[l.hash]++
		}
	}
	for i, l := range out {
		if count[l.hash] > 1 {
			delete(out, i)
		}
	}
	return out
}

// learnedLabel reports whether the site puts other words behind the label of
// block i on its other pages. The beginning alone is not proof: the rest must be
// the title of another page, a link, or no sentence.
func (c *decider) learnedLabel(i int, l lineLabel) bool {
	b := &c.d.blocks[i]
	n, of := c.site.repeats(RepeatLabel, c.language, l.hash)
	if n < learnedPages || float64(n) < learnedShare*float64(of) {
		return false
	}
	if l.rest == "" {
		return i < c.firstBody || i > c.lastBody || !b.feat.stopEnd && float64(n) >= labelShare*float64(of)
	}
	return c.site.hasTitle(xxh3.HashString(foldRule(l.rest))) || b.feat.linkDensity() > 0.3 || !b.feat.stopEnd && b.Kind == Paragraph
}

// learnedSentences reports whether the sentences of a short block are lines
// that the site repeats, but for a few words at most.
func (c *decider) learnedSentences(i int) bool {
	known, all := 0, 0
	for _, s := range c.sentencesOf(i) {
		words := lang.Words(s)
		all += words
		if n, of := c.site.repeats(RepeatLine, c.language, xxh3.HashString(foldRule(s))); n >= learnedPages && float64(n) >= learnedShare/2*float64(of) {
			known += words
		}
	}
	return known >= learnedShort && float64(known) >= learnedWords*float64(all)
}

// sentencesOf splits a short block of a few sentences.
func (c *decider) sentencesOf(i int) []string {
	b := &c.d.blocks[i]
	if b.feat.words > maxSplitWords || b.Kind == Code || b.Kind == TableCell || b.feat.stops < 1 {
		return nil
	}
	if parts := sentences(b.Text); len(parts) >= 2 && len(parts) <= maxSplit {
		return parts
	}
	return nil
}

// learnedAt reports whether the site says the line of block i on its other
// pages too.
func (c *decider) learnedAt(i int) bool {
	b := &c.d.blocks[i]
	n, of := c.site.repeats(RepeatLine, c.language, c.mask(i))
	if n < learnedPages && c.learnedSentences(i) {
		return true
	}
	if n < learnedFew {
		return false
	}
	words := b.feat.words
	if words < learnedShort && float64(n) < learnedShare*float64(of) {
		return false
	}
	if n >= learnedPages {
		return true
	}
	// Two pages: only with other evidence.
	return of <= 4 && (c.hits[i].found != 0 || c.apart(i) || i < c.firstBody || i > c.lastBody || b.feat.linkDensity() > 0.5)
}

// learned removes what the site repeats and reports whether there was any.
func (c *decider) learned() bool {
	if c.site == nil || c.site.total == 0 {
		return false
	}
	c.bounds()
	found := false
	labels := c.labels()
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		// A heading is left to what follows it: many articles have a
		// "Conclusion".
		if !b.Kept || b.Kind == Heading || b.Kind == Code || b.Kind == TableCell {
			continue
		}
		if c.learnedAt(i) {
			b.drop("repeated by the site")
			found = true
		} else if l, ok := labels[i]; ok && c.learnedLabel(i, l) {
			b.drop("label repeated by the site")
			found = true
		}
	}
	return found || c.site.total >= learnedFew
}
