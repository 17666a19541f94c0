package extract

import (
	"math"

	"golang.org/x/net/html/atom"
)

// evidence is what is known about one block when it is decided: its own shape,
// the share of the page's prose that stands around it at several distances,
// what the template calls its surroundings, where it stands. All values lie
// between 0 and 1 or are small; none depends on a language.
//
// The sum of the evidence times the weights below is a first guess, which the
// learned [Model] starts from; the evidence is part of what it sees.
type evidence [evidenceCount]float32

// The pieces of evidence; evidenceWeights says what each means.
const (
	evBias = iota
	evHeavy
	evLength
	evStopEnd
	evNoStop
	evLinks
	evAllLinks
	evHeading
	evItem
	evCell
	evCode
	evQuote
	evShare1
	evShare2
	evShare3
	evShare4
	evShare6
	evSameShape
	evSamePath
	evCore80
	evCore50
	evBeforeTitle
	evHead
	evBefore
	evAfter
	evAlone
	evRepeated
	evTeaser
	evThread
	evBodyHint
	evHints // the first of the hints of hintEvidence
)

// evidenceWeights name each piece of evidence, for [WriteExplain], and weigh it.
// The figures follow a logistic regression over the blocks of 1,450 development
// pages, rounded, with those set by hand that would have rested on a few sites.
var evidenceWeights = [evHints]struct {
	name   string
	weight float32
}{
	evBias:        {"too little speaks for it", -2.0},
	evHeavy:       {"prose", 0.6},
	evLength:      {"length", -1.4}, // × log2(words+1)/8: long blocks outside the article weigh more
	evStopEnd:     {"ends like a sentence", 0.9},
	evNoStop:      {"no sentence", -0.8},
	evLinks:       {"links", -2.5},
	evAllLinks:    {"one link", 0.6},
	evHeading:     {"heading", 1.3},
	evItem:        {"list item", 0.5},
	evCell:        {"table cell", 0.5},
	evCode:        {"code", 0.5},
	evQuote:       {"quote", 2.0},
	evShare1:      {"prose of its element", -0.9},
	evShare3:      {"prose around it", 0.8},
	evShare4:      {"prose around it", 0.2},
	evShare6:      {"prose around it", 0.2},
	evSameShape:   {"shape of the prose", 0.5},
	evSamePath:    {"place of the prose", 1.2},
	evCore80:      {"inside the article", 0.6},
	evCore50:      {"inside the article", 1.4},
	evBeforeTitle: {"above the title", -2.2},
	evBefore:      {"first prose", 1.0},
	evAfter:       {"after the last prose", -1.3},
	evAlone:       {"stands alone", -1.1},
	evRepeated:    {"said before", -3.5},
	evTeaser:      {"teaser", -2.2},
	evThread:      {"thread of remarks", -2.1},
	evBodyHint:    {"called the body", 0.6},
}

// hintEvidence are the hints in the order of their evidence.
var hintEvidence = [...]struct {
	hint   hint
	name   string
	weight float32
}{
	{hintNav, "navigation", -0.5},
	{hintPage, "page links", -0.5},
	{hintFooter, "footer", -1.4},
	{hintHeader, "header", 0},
	{hintAside, "aside", -0.8},
	{hintForm, "form", -2.4},
	{hintButton, "button", -1.2},
	{hintHidden, "hidden", 0},
	{hintComment, "comments", -3.4},
	{hintShare, "share buttons", -1.3},
	{hintRelated, "related", -0.6},
	{hintPromo, "promotion", -1.2},
	{hintAd, "advertisement", -0.5},
	{hintAuthor, "about the author", -2.8},
	{hintByline, "byline", -0.7},
	{hintTags, "tags", -0.5},
	{hintCookie, "cookie notice", -3.0},
	{hintDialog, "dialog", -1.4},
	{hintLegal, "legal notice", -1.7},
	{hintMedia, "media", 0},
	{hintTOC, "table of contents", -0.5},
	{hintQuoteBox, "pull quote", -0.5},
	{hintDeck, "standfirst", -0.4},
	{hintUnit, "card", 0},
}

const evidenceCount = evHints + len(hintEvidence)

// Where the prose is.
const (
	coreShare      = 0.8 // of all prose, in the element that is the core
	coreHalf       = 0.5
	linksTolerated = 0.3 // link density that costs nothing
	repeatedWords  = 8   // words of a block that is not said twice in an article
	titleLatest    = 0.8 // share of the prose that can stand before the title
	lengthMost     = 100 // words: longer blocks are not more suspect
)

// context is what the evidence of all blocks of a page is computed from.
type context struct {
	core80, core50 int32
	mass           float32 // of core80
	byShape        map[uint32]float32
	paths          []int32   // number of the path of each block
	byPath         []float32 // mass of each path
	before         []float32 // share of the prose before each block
	texts          map[string]int32
	firstHeavy     int // in core80
	title          int
}

func (c *decider) newContext() *context {
	d := c.d
	x := &context{
		core80: d.core(coreShare), core50: d.core(coreHalf), title: c.title,
		byShape: make(map[uint32]float32, 64), paths: make([]int32, len(d.blocks)),
		before: make([]float32, len(d.blocks)), texts: make(map[string]int32, len(d.blocks)), firstHeavy: -1,
	}
	core := &d.elems[x.core80]
	x.mass = max(core.mass, 1)
	total := float32(0)
	numbers := make(map[uint64]int32, 64)
	for i := range d.blocks {
		b := &d.blocks[i]
		x.before[i] = total
		if b.elem < 0 {
			continue
		}
		if i > 0 && d.blocks[i-1].elem == b.elem {
			x.paths[i] = x.paths[i-1]
		} else {
			p := d.path(b.elem)
			k, ok := numbers[p]
			if !ok {
				k = int32(len(x.byPath))
				numbers[p] = k
				x.byPath = append(x.byPath, 0)
			}
			x.paths[i] = k
		}
		if b.feat.mass > 0 {
			total += b.feat.mass
			x.byShape[d.elems[b.elem].sig] += b.feat.mass
			x.byPath[x.paths[i]] += b.feat.mass
			if x.firstHeavy < 0 && b.feat.mass > heavyMass && int32(i) >= core.first && int32(i) < core.last {
				x.firstHeavy = i
			}
		}
		if b.feat.words >= repeatedWords {
			if _, ok := x.texts[b.Text]; !ok {
				x.texts[b.Text] = int32(i)
			}
		}
	}
	for i := range x.before {
		x.before[i] /= max(total, 1)
	}
	if x.title >= 0 && x.before[x.title] > titleLatest {
		x.title = -1 // the title in a list of other articles, or said once more below
	}
	return x
}

// path is the signature of an element and of two above it.
func (d *document) path(e int32) uint64 {
	h := uint64(0)
	for n := 0; n < 3 && e >= 0; n, e = n+1, d.elems[e].parent {
		h = h*0x9e3779b97f4a7c15 + uint64(d.elems[e].sig) + 1
	}
	return h
}

// evidenceOf computes the evidence of block i.
func (c *decider) evidenceOf(x *context, i int, v *evidence) {
	d := c.d
	b := &d.blocks[i]
	f := &b.feat
	e := &d.elems[b.elem]
	*v = evidence{evBias: 1}
	set := func(k int, on bool) {
		if on {
			v[k] = 1
		}
	}
	set(evHeavy, f.mass > heavyMass)
	v[evLength] = float32(math.Log2(float64(min(f.words, lengthMost))+1)) / 8
	set(evStopEnd, f.stopEnd)
	set(evNoStop, f.stops == 0 && f.mass == 0 && b.Kind == Paragraph)
	ld := f.linkDensity()
	v[evLinks] = max(ld-linksTolerated, 0) / (1 - linksTolerated)
	set(evAllLinks, ld > 0.95)
	switch b.Kind {
	case Heading:
		v[evHeading] = 1
	case ListItem:
		v[evItem] = 1
	case TableCell:
		v[evCell] = 1
	case Code:
		v[evCode] = 1
	}
	set(evQuote, b.Quote > 0)
	at, level := b.elem, 0
	for k, n := range [...]int{0, 1, 2, 3, 5} {
		at, level = d.ancestor(at, n-level), n
		v[evShare1+k] = min(d.elems[at].mass/x.mass, 1)
	}
	v[evSameShape] = min(x.byShape[e.sig]/x.mass, 1)
	v[evSamePath] = min(x.byPath[x.paths[i]]/x.mass, 1)
	set(evCore80, int32(i) >= d.elems[x.core80].first && int32(i) < d.elems[x.core80].last)
	set(evCore50, int32(i) >= d.elems[x.core50].first && int32(i) < d.elems[x.core50].last)
	if x.title >= 0 {
		set(evBeforeTitle, i < x.title)
		set(evHead, i >= x.title && i < x.firstHeavy)
	}
	set(evBefore, x.before[i] < 0.02)
	set(evAfter, x.before[i] > 0.98 && f.mass == 0)
	set(evAlone, e.count == 1 && e.same <= 1 && e.node.DataAtom != atom.P)
	if first, ok := x.texts[b.Text]; ok && first < int32(i) {
		v[evRepeated] = 1
	}
	set(evTeaser, e.teaser)
	set(evThread, e.thread)
	h := e.hints | f.inline
	set(evBodyHint, h&hintBody != 0)
	for k := range hintEvidence {
		set(evHints+k, h&hintEvidence[k].hint != 0)
	}
}

// weigh sums the evidence on a block up: a first guess, which the learned model
// starts from, and the reason that is given for what is removed.
func (c *decider) weigh(x *context, i int, v *evidence) {
	b := &c.d.blocks[i]
	if b.elem < 0 {
		b.Rule = "outside the page"
		return
	}
	if b.Kind == Caption {
		b.drop("caption")
		return
	}
	c.evidenceOf(x, i, v)
	sum, worst := float32(0), float32(0)
	against := evidenceWeights[evBias].name
	for k := range evidenceWeights {
		if v[k] == 0 {
			continue
		}
		w := v[k] * evidenceWeights[k].weight
		sum += w
		if w < worst && k != evBias && k != evLength && k != evShare1 {
			worst, against = w, evidenceWeights[k].name
		}
	}
	for k := range hintEvidence {
		if v[evHints+k] == 0 {
			continue
		}
		w := hintEvidence[k].weight
		sum += w
		if w < worst {
			worst, against = w, hintEvidence[k].name
		}
	}
	b.Score, b.Rule = float64(sum), against
}

// score decides every block by its evidence alone.
func (c *decider) score(x *context) {
	blocks := c.d.blocks
	all := make([]evidence, len(blocks))
	for i := range blocks {
		c.weigh(x, i, &all[i])
	}
	m := c.model
	if m == nil {
		m = blockModel()
	}
	if len(m.First.Trees) > 0 {
		s := c.newSurvey(x, all)
		p := m.judge(s)
		at := logit(threshold(blocks, p, s.articleLike()))
		for i := range blocks {
			if learnable(&blocks[i]) {
				blocks[i].Score = float64(logit(p[i]) - at)
			}
		}
		c.remarks(s)
	}
	for i := range blocks {
		b := &blocks[i]
		if !learnable(b) || b.Score <= 0 {
			continue
		}
		b.Kept, b.Rule = true, "stands among the prose"
		if b.feat.mass > 0 {
			b.Rule = "prose of the article"
		}
	}
}

// Remarks of readers below an article.
const (
	remarkBeside = 40  // words that are kept besides
	remarkForum  = 0.3 // share of the page's text above which the remarks are the page
)

// remarks removes what is called a comment, or about the author, where the page
// has a text of its own: pages of forums and profiles taught the model that
// these can be the content.
func (c *decider) remarks(s *survey) {
	const share = 12 // of the page's signals
	called := hintAuthor
	if s.page[share] < remarkForum {
		called |= hintComment
	}
	d := c.d
	beside := float32(0)
	for i := range d.blocks {
		if b := &d.blocks[i]; b.elem >= 0 && b.Score > 0 && d.elems[b.elem].hints&called == 0 {
			beside += b.feat.words
		}
	}
	if beside < remarkBeside {
		return
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.elem < 0 || b.Score <= 0 {
			continue
		}
		switch h := d.elems[b.elem].hints & called; {
		case h&hintComment != 0:
			b.Score, b.Rule = -1, "comments"
		case h != 0:
			b.Score, b.Rule = -1, "about the author"
		}
	}
}
