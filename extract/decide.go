package extract

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// decider decides which blocks of one page are its article.
//
// The order matters: every block is scored by itself; the rule table speaks;
// what shows the metadata is taken out; head and tail are trimmed against the
// first and last block of prose that are left. What the site repeats comes
// last, in a second round over what was kept, so that what a page teaches its
// site does not depend on what the site had learned before.
type decider struct {
	d        *document
	meta     *metadata
	titles   []string
	site     *Site
	rules    *siteRules // of the user, or nil
	model    *Model     // nil: the embedded one
	language string

	coreMass  float32
	bodyMass  float32 // of the kept blocks
	firstBody int     // first and last kept heavy block, or -1
	lastBody  int
	hits      []ruleHit // of each block

	// Where the fields are shown, -1 for nowhere.
	title      int
	standfirst int
	dateLine   int
	byline     int
	images     [][2]int // blocks of alternative text and caption
	names      []string // what the page calls its site, once looked for

	// Of plain text.
	island   []int32 // number of the island a block stands in, 0 for none
	usualGap int
}

// decide marks the blocks to keep and gives what the page teaches its site.
func (c *decider) decide() []Fingerprint {
	d := c.d
	c.title, c.standfirst, c.dateLine, c.byline = -1, -1, -1, -1
	if len(d.blocks) == 0 {
		return nil
	}
	c.hits = make([]ruleHit, len(d.blocks))
	if d.plain {
		c.scorePlain()
		c.findRules()
		c.plainHead()
	} else {
		c.findAnchor()
		c.imageCaptions()
		c.captionPairs()
		x := c.newContext()
		c.coreMass = x.mass
		c.score(x)
		c.findRules()
		c.fields()
		c.configured()
	}
	c.trim()
	seen := c.fingerprints()
	if c.learned() {
		c.trim()
	}
	return seen
}

// findAnchor finds the block that shows the title.
func (c *decider) findAnchor() {
	c.title = -1
	if c.meta != nil && c.meta.titleBlock < len(c.d.blocks) {
		c.title = c.meta.titleBlock
	}
	if c.title < 0 {
		c.title = c.findTitle()
	}
}

// trim applies the rules and cuts head and tail.
func (c *decider) trim() {
	c.bounds()
	c.applyRules()
	c.bounds()
	if !c.d.plain {
		c.head()
	}
	c.closing()
	c.names = nil // closing lists name the site
	c.taglines()
	c.bounds()
	c.headings()
	if !c.d.plain {
		c.tail()
		c.headings()
		c.subheads()
	}
}

// Limits of a subheading that is not marked up as one.
const (
	subheadWords = 12
	subheadScore = -0.8 // a score below has more against it than its shape
	subheadBold  = -1.8 // the same for a line that is bold throughout
)

func subheadScoreOf(f *features) float64 {
	if f.boldChars == f.chars {
		return subheadBold
	}
	return subheadScore
}

// subheads keeps short lines right above a paragraph of the body, inside the
// same element: headings of pages that know no heading tags.
func (c *decider) subheads() {
	d := c.d
	for i := c.firstBody + 1; i > 0 && i < c.lastBody; i++ {
		b, n := &d.blocks[i], &d.blocks[i+1]
		f := &b.feat
		if b.Kept || b.fixed || b.Kind != Paragraph || b.Score < subheadScoreOf(f) || f.words > subheadWords || f.words < 2 && f.cjk < 4 ||
			f.linkChars > 0 || f.stopEnd || c.hits[i].found != 0 {
			continue
		}
		if !n.Kept || n.Kind != Paragraph || n.feat.mass <= heavyMass || n.feat.stops == 0 || d.ancestor(b.elem, 1) != d.ancestor(n.elem, 1) {
			continue
		}
		if seen, _ := c.site.repeats(RepeatLine, c.language, c.mask(i)); seen >= learnedPages {
			continue
		}
		b.Kept, b.Rule = true, "heads the next paragraph"
	}
}

// fields takes out what shows the metadata.
func (c *decider) fields() {
	if c.meta == nil {
		return
	}
	blocks := c.d.blocks
	if i := c.meta.standfirstBlock; i >= 0 && i < len(blocks) {
		c.standfirst = i
		blocks[i].drop("standfirst")
	}
	for _, i := range c.meta.headBlocks {
		if i >= 0 && i < len(blocks) {
			blocks[i].drop("byline or date")
		}
	}
}

// drop removes a block and says why; the first reason stays.
func (b *Block) drop(rule string) {
	if b.fixed {
		return
	}
	if b.Kept || b.Rule == "" {
		b.Rule = rule
	}
	b.Kept = false
}

// bounds finds the first and last kept block of prose.
func (c *decider) bounds() {
	c.firstBody, c.lastBody, c.bodyMass = -1, -1, 0
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if b.Kept && b.feat.mass > heavyMass {
			if c.firstBody < 0 {
				c.firstBody = i
			}
			c.lastBody = i
			c.bodyMass += b.feat.mass
		}
	}
}

// head removes what stands above the body: title, standfirst, byline, date.
func (c *decider) head() {
	d := c.d
	if c.firstBody < 0 {
		return
	}
	from := 0
	if c.title >= 0 && c.title < c.firstBody {
		from = c.title
	}
	for i := 0; i < c.firstBody; i++ {
		b := &d.blocks[i]
		if !b.Kept {
			continue
		}
		switch {
		case i < from:
			b.drop("above the title")
		case i == from && i == c.title:
			b.drop("title")
		case b.Kind == Heading:
			// decided with what follows it
		case !b.feat.stopEnd && b.Kind == Paragraph:
			b.drop("above the text")
		}
	}
	if c.title >= 0 {
		d.blocks[c.title].drop("title")
	}
}

// headings keeps a heading only where kept text follows before the next
// heading of its level.
func (c *decider) headings() {
	blocks := c.d.blocks
	next := 7 // the level of the heading that kept text hangs from, going up
	follows := false
	gap := 0
	for i := len(blocks) - 1; i >= 0; i-- {
		b := &blocks[i]
		if b.Kind != Heading {
			if b.Kept {
				follows, gap = true, 0
				next = 7
			} else {
				gap++
			}
			continue
		}
		if !b.Kept {
			continue
		}
		if !follows || gap > headingGap {
			b.drop("heading without text")
			continue
		}
		if b.Level > next {
			b.drop("heading without text")
			continue
		}
		next = min(next, b.Level)
	}
}

// headingGap is how many removed blocks may stand between a heading and its text.
const headingGap = 12

// tail removes what stands below the body.
func (c *decider) tail() {
	d := c.d
	if c.lastBody < 0 {
		return
	}
	last := &d.blocks[c.lastBody]
	ended := false // something that is no text stood between
	for i := c.lastBody + 1; i < len(d.blocks); i++ {
		b := &d.blocks[i]
		if !b.Kept {
			ended = true
			continue
		}
		if ended && b.Kind == Paragraph && b.feat.words < proseWords && asksOnly(b.Text) {
			b.drop("below the text") // the title of another article
			continue
		}
		near := int32(i) < d.elems[d.ancestor(last.elem, 1)].last || b.item != nil && last.item != nil
		if near && (b.feat.stopEnd || b.Kind == ListItem || b.Kind == TableCell || b.Kind == Code) {
			continue
		}
		if b.Kind == Heading && near {
			continue
		}
		b.drop("below the text")
	}
}

// asksOnly reports whether a text ends with a question mark.
func asksOnly(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(s))
	return r == '?' || r == '？' || r == '؟'
}

// Title anchor: the block that overlaps most with the titles the page declares.
const (
	titleOverlap  = 0.55
	titleH1       = 0.35
	titleHeading  = 0.1
	titleMaxWords = 60
)

func (c *decider) findTitle() int {
	type bag map[string]int
	split := func(s string) []string {
		return titleWords(s)
	}
	var bags []bag
	var sizes []int
	for _, t := range c.titles {
		words := split(t)
		if len(words) == 0 || len(words) > 4*titleMaxWords {
			continue
		}
		m := bag{}
		for _, w := range words {
			m[w]++
		}
		bags = append(bags, m)
		sizes = append(sizes, len(words))
	}
	best, at := 0.0, -1
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if b.feat.words > titleMaxWords || b.Kind == TableCell {
			continue
		}
		words := split(b.Text)
		if len(words) == 0 {
			continue
		}
		bonus := 0.0
		if b.Kind == Heading {
			bonus = titleHeading
			if b.Level == 1 {
				bonus = titleH1
			}
		}
		top := 0.0
		for k, m := range bags {
			n := 0
			for _, w := range words {
				if m[w] > 0 {
					n++
				}
			}
			top = max(top, 2*float64(n)/float64(len(words)+sizes[k]))
		}
		if len(bags) == 0 && b.Kind == Heading && b.Level == 1 {
			top = titleOverlap
		}
		if top >= titleOverlap && top+bonus > best {
			best, at = top+bonus, i
		}
	}
	return at
}

// titleWords splits a short text for comparison: lower case, letters and
// digits; characters of scripts without spaces stand alone.
func titleWords(s string) []string {
	var out []string
	start := -1
	s = strings.ToLower(s)
	for i, r := range s {
		word := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x80 && !isPunct(r)
		if word && isUnspaced(r) {
			if start >= 0 {
				out = append(out, s[start:i])
				start = -1
			}
			out = append(out, string(r))
			continue
		}
		if word {
			if start < 0 {
				start = i
			}
		} else if start >= 0 && r != '\'' && r != '’' {
			out = append(out, s[start:i])
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}

// declaredTitles are the titles in the head of the page.
func declaredTitles(root *html.Node) []string {
	var out []string
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			switch c.DataAtom {
			case atom.Title:
				if c.FirstChild != nil && c.Namespace == "" {
					out = append(out, c.FirstChild.Data)
				}
			case atom.Meta:
				p, v := attr(c, "property"), ""
				if p == "" {
					p = attr(c, "name")
				}
				if p == "og:title" || p == "twitter:title" {
					v = attr(c, "content")
				}
				if v != "" {
					out = append(out, v)
				}
			case atom.Html, atom.Head:
				walk(c, depth+1)
			}
		}
	}
	walk(root, 0)
	return out
}

func attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val
		}
	}
	return ""
}
