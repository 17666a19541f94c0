package extract

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// The title is what the page shows as its headline: the level-one heading that
// agrees best with what the head of the page declares. What is declared alone
// carries the site's name, is shortened for search engines, or differs from
// the headline in wording; the heading alone may be the site's logo.
const (
	headingAgrees   = 0.5  // similarity to a declared title that makes a heading the title
	lesserAgrees    = 0.75 // the same for headings of lower level and other blocks
	partWeight      = 0.6  // of a small part of the declared title
	maxTitleWords   = 60
	standfirstLeast = 20  // bytes
	standfirstMost  = 350 // characters: what is longer is the text's first paragraph
	standfirstStops = 3   // and so is what has more sentences
)

// titleSeparators stand between a title and the site's name.
var titleSeparators = []string{" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", " ‹ ", " › ", " ⋆ ", " ~ ", "｜", " ／ ", " // ", "－", "_", " / ", " : ", ": ", "|", "--"}

// readTitle chooses the title and finds the block that shows it.
func (m *metadata) readTitle(mk *markup, article jsonNode, names []siteName) {
	var declared []candidate
	add := func(origin, v string) {
		v = cutBytes(cleanText(v), maxFieldBytes)
		if v == "" {
			return
		}
		declared = append(declared, candidate{v, origin})
		m.note("title", origin, v)
	}
	headline := ""
	if article != nil {
		headline = article.text("headline", "name")
		add("JSON-LD headline", headline)
	}
	add("og:title", mk.get("og:title"))
	for i := range mk.marks {
		if k := &mk.marks[i]; k.kind&markTitle != 0 && !mk.dim(k.block) {
			v := k.value
			if v == "" {
				v = shortText(k.node, maxFieldBytes)
			}
			add("itemprop headline", v)
			break
		}
	}
	add("twitter:title", mk.get("twitter:title"))
	add("meta title", mk.get("citation_title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title", "title", "headline", "article:title"))
	add("<title>", mk.title)

	// Variants of what is declared: as it is, and without the site's name.
	variants := newTitleIndex()
	for _, c := range declared {
		variants.add(stripSite(c.value, names), 1)
		variants.add(c.value, 1)
	}
	parts := titleParts(mk.title, names)
	largest := 0
	for _, s := range parts {
		largest = max(largest, len(s))
	}
	for _, s := range parts {
		// A small part of the title is the name of a section as often as not.
		weight := 1.0
		if 2*len(s) < largest {
			weight = partWeight
		}
		variants.add(s, weight)
	}
	best, at := 0.0, -1
	firstH1 := -1
	blocks := mk.d.blocks
	prose := 0 // where the first prose stands
	for prose < len(blocks) && blocks[prose].feat.mass <= heavyMass {
		prose++
	}
	for i := range blocks {
		b := &blocks[i]
		if b.feat.words > maxTitleWords || b.Kind == TableCell || b.Kind == Code {
			continue
		}
		h1 := b.Kind == Heading && b.Level == 1
		if chars := int(b.feat.chars); !h1 && (chars < variants.shortest*2/5 || chars > variants.longest*8/3) || b.Kind != Heading && (chars < variants.shortest*2/3 || chars > variants.longest*8/5) {
			continue
		}
		if h1 && isSiteName(b.Text, names) {
			continue
		}
		if h1 && firstH1 < 0 && !mk.dim(i) {
			firstH1 = i
		}
		if !h1 && b.Kind != Heading && i > 400 {
			continue
		}
		sim := variants.similarity(b.Text)
		need, bonus := lesserAgrees, 0.0
		switch {
		case h1:
			need, bonus = headingAgrees, 0.45
		case b.Kind == Heading:
			bonus = 0.15 - 0.01*float64(b.Level)
		default:
			need = 0.85
			if sim < need || b.feat.chars < 12 || isSiteName(b.Text, names) {
				continue
			}
		}
		if mk.d.blocks[i].elem >= 0 && mk.dim(i) {
			bonus -= 0.3
		}
		// The name of the site may agree as well; it stands further up.
		if sim >= need && (sim+bonus > best+1e-9 || i < prose && sim+bonus > best-1e-9) {
			best, at = max(best, sim+bonus), i
		}
	}
	if at >= 0 {
		m.titleBlock = at
		m.title = joinHeading(blocks, at, variants)
		m.note("title", "heading", m.title)
	}
	// A heading that says little more than the declared title's beginning, as
	// "Review" does, is not it; the declared headline is.
	if m.title == "" {
		switch {
		case headline != "" && !isSiteName(headline, names):
			m.title = stripSite(headline, names)
		case len(declared) > 0:
			for _, c := range declared {
				if s := stripSite(c.value, names); !isSiteName(s, names) {
					m.title = stripTail(s)
					break
				}
			}
		}
		if firstH1 >= 0 && (m.title == "" || titleLost(blocks[firstH1].Text, m.title)) {
			m.title, m.titleBlock = blocks[firstH1].Text, firstH1
		}
	}
	m.title = cutBytes(tidyTitle(m.title), maxFieldBytes)
	m.first("title", m.title)
}

// titleLost reports whether a declared title says next to nothing, so that the
// only heading is taken though it does not agree.
func titleLost(h1, title string) bool {
	return utf8.RuneCountInString(title) < 8 && utf8.RuneCountInString(h1) > 2*utf8.RuneCountInString(title)
}

// joinHeading puts together a heading that is cut into several blocks.
func joinHeading(blocks []Block, at int, variants *titleIndex) string {
	s := trimHeading(&blocks[at], variants)
	if blocks[at].Kind != Heading || s != blocks[at].Text {
		return s
	}
	best := variants.similarity(s)
	join := func(i int, joined string) bool {
		if i < 0 || i >= len(blocks) || blocks[i].Kind != Heading || blocks[i].Level != blocks[at].Level || len(joined) > 2*maxFieldBytes {
			return false
		}
		top := variants.similarity(joined)
		if top <= best+0.05 {
			return false
		}
		s, best = joined, top
		return true
	}
	for i := at - 1; i >= at-2 && i >= 0 && join(i, blocks[i].Text+" "+s); i-- {
	}
	for i := at + 1; i <= at+3 && i < len(blocks) && join(i, s+" "+blocks[i].Text); i++ {
	}
	return s
}

// trimHeading takes off a heading what the template puts into it behind the
// title: a subtitle or section in an element of its own, a date. What remains
// must be what the page declares.
func trimHeading(b *Block, variants *titleIndex) string {
	whole := squash(b.Text)
	for _, k := range variants.keys {
		if k == whole {
			return b.Text
		}
	}
	var text strings.Builder
	for _, leaf := range b.leaves {
		if leaf.Type == html.TextNode {
			foldInto(&text, leaf.Data, 0)
		}
		if text.Len() < 12 || text.Len() > maxFieldBytes {
			continue
		}
		key := squash(text.String())
		for i, k := range variants.keys {
			if k == key && variants.weights[i] == 1 && len(k) < len(whole) {
				return foldSpace(text.String())
			}
		}
	}
	if hits := findDates(b.Text, ""); len(hits) > 0 {
		h := hits[len(hits)-1]
		head := strings.TrimSpace(b.Text[:h.start])
		if len(b.Text)-h.end <= 8 && utf8.RuneCountInString(head) >= 15 && variants.similarity(head) > variants.similarity(b.Text) {
			return head
		}
	}
	return b.Text
}

// tidyTitle takes off what hangs on a title and is not part of it.
func tidyTitle(s string) string {
	return strings.TrimSpace(strings.TrimRight(cleanText(s), "¶#§"))
}

// stripSite takes the site's name off a declared title, at either end.
func stripSite(title string, names []siteName) string {
	for range 3 {
		cut := ""
		for _, sep := range titleSeparators {
			if i := strings.LastIndex(title, sep); i > 0 {
				tail := strings.TrimSpace(title[i+len(sep):])
				if isSiteName(tail, names) && i >= 4 {
					cut = strings.TrimSpace(title[:i])
					break
				}
			}
			if i := strings.Index(title, sep); i > 0 {
				head := strings.TrimSpace(title[:i])
				if rest := strings.TrimSpace(title[i+len(sep):]); isSiteName(head, names) && len(rest) >= 4 {
					cut = rest
					break
				}
			}
		}
		if cut == "" {
			return title
		}
		title = cut
	}
	return title
}

// stripTail takes off a declared title what stands behind its last bar, if that
// is short: the site's name in a form that is not known to be one.
func stripTail(title string) string {
	i := strings.LastIndex(title, " | ")
	if i < 0 {
		return title
	}
	head, tail := strings.TrimSpace(title[:i]), strings.TrimSpace(title[i+3:])
	if len(strings.Fields(tail)) <= 3 && utf8.RuneCountInString(head) >= 2*utf8.RuneCountInString(tail) {
		return head
	}
	return title
}

// titleParts are the parts of a declared title between separators that could
// be the title, and what remains when the last one or two are dropped.
func titleParts(title string, names []siteName) []string {
	var out []string
	for _, sep := range titleSeparators[:12] {
		parts := strings.Split(title, sep)
		if len(parts) < 2 || len(parts) > 8 {
			continue
		}
		for _, p := range parts {
			p = strings.TrimSpace(p)
			if utf8.RuneCountInString(p) >= 8 && !isSiteName(p, names) {
				out = append(out, p)
			}
		}
		for n := len(parts) - 1; n >= 2; n-- {
			out = append(out, strings.TrimSpace(strings.Join(parts[:n], sep)))
		}
	}
	return out
}

// isSiteName reports whether s is the name of the site, or close to it.
func isSiteName(s string, names []siteName) bool {
	f := squash(s)
	if f == "" {
		return true
	}
	for _, n := range names {
		g := n.key
		if f == g || f == "the"+g || "the"+f == g {
			return true
		}
		// "Example News" of "Example", "example.com" of "Example".
		if len(g) >= 5 && len(f)-len(g) <= 8 && (strings.HasPrefix(f, g) || strings.HasSuffix(f, g)) && len(strings.Fields(s)) <= n.words+2 {
			return true
		}
		if len(f) >= 5 && len(g) <= 2*len(f) && strings.HasPrefix(g, f) {
			return true
		}
	}
	return false
}

// squash keeps letters and digits, in lower case.
func squash(s string) string {
	return strings.Join(titleWords(s), "")
}

// titleIndex compares texts with several variants of a title at once: for each
// word the variants that hold it.
type titleIndex struct {
	words             map[string]*titleWord
	sizes             []int // letters of each variant
	weights           []float64
	keys              []string // of each variant: letters and digits
	seen              map[string]bool
	shortest, longest int
	round             int
	common            []int
}

type titleWord struct {
	variants uint64
	letters  int
	round    int // comparison that counted the word last
}

// maxTitleVariants is how many variants are compared with; more say the same.
const maxTitleVariants = 64

func newTitleIndex() *titleIndex {
	return &titleIndex{words: make(map[string]*titleWord, 64), seen: map[string]bool{}}
}

func (x *titleIndex) add(s string, weight float64) {
	s = cutBytes(s, 2*maxFieldBytes)
	if len(x.sizes) >= maxTitleVariants || x.seen[s] {
		return
	}
	x.seen[s] = true
	bit := uint64(1) << len(x.sizes)
	size := 0
	for _, w := range titleWords(s) {
		e := x.words[w]
		if e == nil {
			e = &titleWord{letters: utf8.RuneCountInString(w)}
			x.words[w] = e
		}
		if e.variants&bit == 0 {
			e.variants |= bit
			size += e.letters
		}
	}
	if size == 0 {
		return
	}
	if len(x.sizes) == 0 || size < x.shortest {
		x.shortest = size
	}
	x.longest = max(x.longest, size)
	x.sizes = append(x.sizes, size)
	x.weights = append(x.weights, weight)
	x.keys = append(x.keys, squash(s))
	x.common = append(x.common, 0)
}

// similarity is the F1 of the letters of the words a text has in common with
// the variant it is closest to.
func (x *titleIndex) similarity(s string) float64 {
	if len(x.sizes) == 0 {
		return 0
	}
	x.round++
	clear(x.common)
	size := 0
	for _, w := range titleWords(cutBytes(s, 2*maxFieldBytes)) {
		e := x.words[w]
		if e == nil {
			size += utf8.RuneCountInString(w)
			continue
		}
		if e.round == x.round {
			continue
		}
		e.round = x.round
		size += e.letters
		for v := range x.common {
			if e.variants&(1<<v) != 0 {
				x.common[v] += e.letters
			}
		}
	}
	best := 0.0
	for v, c := range x.common {
		if c > 0 {
			best = max(best, x.weights[v]*2*float64(c)/float64(size+x.sizes[v]))
		}
	}
	return best
}

// titleSimilarity compares two titles, from 0 to 1.
func titleSimilarity(a, b string) float64 {
	x := newTitleIndex()
	x.add(b, 1)
	return x.similarity(a)
}

// readStandfirst finds the visible deck: a block between the title and the body
// that the template names so, or that repeats the page's description above the
// byline. A description that is only declared, or that is the first paragraph
// of the text, is no standfirst.
func (m *metadata) readStandfirst(mk *markup) {
	blocks := mk.d.blocks
	if m.titleBlock < 0 {
		return
	}
	for i := m.titleBlock + 1; i < len(blocks) && i <= m.titleBlock+bylineReach; i++ {
		b := &blocks[i]
		if b.elem < 0 || mk.dim(i) || b.Kind == Caption || b.Kind == TableCell || b.Kind == Code || b.Kind == ListItem {
			continue
		}
		e := &mk.d.elems[b.elem]
		fits := len(b.Text) >= standfirstLeast && b.feat.chars <= standfirstMost && b.feat.stops <= standfirstStops && b.feat.linkDensity() < 0.5
		if fits && (e.hints|b.feat.inline)&hintDeck != 0 && e.hints&(hintsOther|hintByline|hintPromo|hintShare|hintTags) == 0 && !m.repeated(b.Text) {
			// A "deck" with much of the page's prose inside is the body.
			if !m.wide(mk, i) {
				m.standfirst, m.standfirstBlock = b.Text, i
				m.note("standfirst", "named by the template", b.Text)
				return
			}
		}
		if fits && i <= m.titleBlock+3 && !m.repeated(b.Text) && m.isDescription(b.Text) && (b.Kind == Heading || m.bylineFollows(mk, i)) {
			m.standfirst, m.standfirstBlock = b.Text, i
			m.note("standfirst", "description above the byline", b.Text)
			return
		}
		if b.feat.mass > heavyMass && b.Kind == Paragraph {
			return
		}
	}
}

func (m *metadata) repeated(s string) bool {
	return titleSimilarity(s, m.title) > 0.9
}

// wide reports whether the element named a deck holds several paragraphs.
func (m *metadata) wide(mk *markup, i int) bool {
	for e := mk.d.blocks[i].elem; e >= 0; e = mk.d.elems[e].parent {
		if mk.d.elems[e].own&hintDeck != 0 {
			return mk.d.elems[e].heavy > 2
		}
	}
	return false
}

func (m *metadata) isDescription(s string) bool {
	d := strings.TrimRight(m.description, ".… ")
	if len(d) < standfirstLeast {
		return false
	}
	return strings.HasPrefix(s, d) || titleSimilarity(s, d) > 0.85
}

// bylineFollows reports whether a date or byline stands between block i and the
// next paragraph.
func (m *metadata) bylineFollows(mk *markup, i int) bool {
	for j := i + 1; j < len(mk.d.blocks) && j <= i+4; j++ {
		b := &mk.d.blocks[j]
		if len(b.Text) <= maxDateLine {
			if _, ok := readDateLine(b.Text, ""); ok {
				return true
			}
			if b.elem >= 0 && (mk.d.elems[b.elem].hints|b.feat.inline)&hintByline != 0 {
				return true
			}
		}
		if b.feat.mass > heavyMass {
			return false
		}
	}
	return false
}
