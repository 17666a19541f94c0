package extract

import (
	"math"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// What the model sees of a block. The first part of a row is the evidence of
// evidence.go; then follow the block's own shape, its ancestors, the group of
// repeated units it belongs to, the title, its neighbours and the page. The
// last part, the surroundings, is computed from a first guess of all blocks:
// in the first stage the weighted evidence, in the second the first stage.
//
// Everything is a share, a logarithm or a small count, so that no value depends
// on the size of a page, and nothing is a word of any language.
const (
	shapeSignals    = 27
	ancestorSignals = 13 // of each level
	groupSignals    = 10
	placeSignals    = 20
	nearSignals     = 26
	pageSignals     = 20
	aroundSignals   = 30

	ownSignals  = evidenceCount + shapeSignals + len(ancestorLevels)*ancestorSignals + groupSignals + placeSignals + nearSignals + pageSignals
	signalCount = ownSignals + aroundSignals
)

// ancestorLevels are the ancestors that are looked at; 0 is the block's own
// element. Most mark-up nests a paragraph in two or three elements below the
// one that separates the article from the rest.
var ancestorLevels = [...]int{0, 1, 2, 3, 5}

// row is what the model sees of one block. It is longer than what is in use:
// an index of one byte then needs no check of its bounds.
type row [256]float32

// log2 is a logarithm to the base 2 of x+1, linear between powers of two. It
// rises strictly, which is all that a tree needs.
func log2(x float32) float32 {
	bits := math.Float32bits(x + 1)
	return float32(bits)/(1<<23) - 127
}

func ratio(a, b float32) float32 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// tagClass orders tags by how much they are like prose.
func tagClass(a atom.Atom) float32 {
	switch a {
	case atom.P:
		return 10
	case atom.Blockquote:
		return 9
	case atom.Li, atom.Dd, atom.Dt:
		return 8
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return 7
	case atom.Article, atom.Main:
		return 6
	case atom.Section:
		return 5
	case atom.Div:
		return 4
	case atom.Td, atom.Th:
		return 3
	case atom.Ul, atom.Ol, atom.Dl:
		return 2
	case atom.Body, atom.Html:
		return 1
	}
	return 0
}

// survey is what the rows of all blocks of a page are computed from.
type survey struct {
	c        *decider
	x        *context
	evidence []evidence
	prior    []float32 // first guess: the probability by weighted evidence

	ofElem   []elemSurvey
	total    float32 // mass
	soft     float32
	words    []float32 // before each block
	heavyUp  []int32   // last heavy block before
	heavyDn  []int32   // next heavy block behind
	headUp   []int32   // last heading before
	page     [pageSignals]float32
	lastCore int
	guess    []elemGuess
	pathSum  [][2]float32
}

// elemSurvey is what is known of an element beside its sums.
type elemSurvey struct {
	toTitle, toCore int16   // levels up to the path from the root to the title, or to the core
	meet            float32 // share of mass of the element where the way to the title begins
	group           int32   // ancestor or self with the most siblings of one shape, or -1
	done            bool
	v               [ancestorSignals]float32
}

// elemGuess sums up the guess inside an element.
type elemGuess struct{ p, n float32 }

func (c *decider) newSurvey(x *context, all []evidence) *survey {
	d := c.d
	n := len(d.blocks)
	prior := make([]float32, n)
	for i := range d.blocks {
		if learnable(&d.blocks[i]) {
			prior[i] = sigmoid(float32(d.blocks[i].Score))
		}
	}
	s := &survey{
		c: c, x: x, evidence: all, prior: prior, ofElem: make([]elemSurvey, len(d.elems)), words: make([]float32, n+1),
		heavyUp: make([]int32, n), heavyDn: make([]int32, n), headUp: make([]int32, n),
		guess: make([]elemGuess, len(d.elems)),
	}
	s.total, s.soft = max(d.elems[0].mass, 1), max(d.elems[0].soft, 1)
	titleElem, coreElem := int32(-1), x.core50
	if x.title >= 0 {
		titleElem = d.blocks[x.title].elem
	}
	onWay := func(target int32, set func(e *elemSurvey)) {
		for e := target; e >= 0; e = d.elems[e].parent {
			set(&s.ofElem[e])
		}
	}
	for i := range s.ofElem {
		s.ofElem[i].toTitle, s.ofElem[i].toCore = -1, -1
	}
	onWay(titleElem, func(e *elemSurvey) { e.toTitle = 0 })
	onWay(coreElem, func(e *elemSurvey) { e.toCore = 0 })
	for i := range d.elems {
		e, o := &d.elems[i], &s.ofElem[i]
		o.group = -1
		share := e.mass / s.total
		if e.parent >= 0 {
			up := &s.ofElem[e.parent]
			o.group = up.group
			if o.toTitle < 0 {
				o.toTitle, share = up.toTitle+1, up.meet
			}
			if o.toCore < 0 {
				o.toCore = up.toCore + 1
			}
		}
		o.meet = share
		if e.same < 2 || e.count < 2 {
			continue
		}
		switch e.node.DataAtom {
		case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.Td, atom.Th, atom.Tr, atom.Li:
			continue
		}
		if o.group < 0 || d.elems[o.group].same < e.same {
			o.group = int32(i)
		}
	}
	s.lines()
	s.ofPage()
	return s
}

// lines notes, for every block, where the last and next prose and the last
// heading are.
func (s *survey) lines() {
	d := s.c.d
	heavy, head := int32(-1), int32(-1)
	for i := range d.blocks {
		b := &d.blocks[i]
		s.words[i+1] = s.words[i] + b.feat.words
		s.heavyUp[i], s.headUp[i] = heavy, head
		if b.feat.mass > heavyMass {
			heavy = int32(i)
			s.lastCore = i
		}
		if b.Kind == Heading {
			head = int32(i)
		}
	}
	s.pathSum = make([][2]float32, len(s.x.byPath))
	heavy = -1
	for i := len(d.blocks) - 1; i >= 0; i-- {
		s.heavyDn[i] = heavy
		if d.blocks[i].feat.mass > heavyMass {
			heavy = int32(i)
		}
	}
}

// ofPage computes what is the same for all blocks.
func (s *survey) ofPage() {
	d, x := s.c.d, s.x
	var items, cells, headings, comment, unit, related, hidden, teaser, thread, stops, all float32
	h1, articles := float32(0), float32(0)
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.elem < 0 {
			continue
		}
		w := b.feat.words
		e := &d.elems[b.elem]
		all += w
		switch b.Kind {
		case ListItem:
			items += w
		case TableCell:
			cells += w
		case Heading:
			headings++
			if b.Level == 1 {
				h1++
			}
		}
		soft := b.feat.soft
		if e.hints&hintComment != 0 {
			comment += soft
		}
		if e.hints&hintUnit != 0 {
			unit += soft
		}
		if e.hints&(hintRelated|hintPromo|hintAd) != 0 {
			related += soft
		}
		if e.hints&(hintHidden|hintDialog) != 0 {
			hidden += soft
		}
		if e.teaser {
			teaser += w
		}
		if e.thread {
			thread += w
		}
		stops += float32(b.feat.stops)
	}
	for i := range d.elems {
		if d.elems[i].node.DataAtom == atom.Article {
			articles++
		}
	}
	root := &d.elems[0]
	declared, dated := float32(0), float32(0)
	if s.c.meta != nil {
		declared = float32(declaredKind("", s.c.meta.types))
		if !s.c.meta.published.IsZero() {
			dated = 1
		}
	}
	isRoot, isListing := pathKind(d.url)
	path := float32(0)
	if isRoot {
		path = 2
	} else if isListing {
		path = 1
	}
	s.page = [pageSignals]float32{
		log2(all), log2(root.mass), ratio(root.linkChars, root.chars), x.mass / s.total, d.elems[x.core50].mass / s.total,
		log2(float32(root.heavy)), ratio(root.mass, root.soft), ratio(items, all), ratio(cells, all), ratio(headings, float32(len(d.blocks))),
		min(h1, 10), min(articles, 20), ratio(comment, s.soft), ratio(unit, s.soft), ratio(related, s.soft), ratio(hidden, s.soft),
		ratio(teaser, all), ratio(thread, all), ratio(stops, all), declared + 4*dated + 8*path,
	}
}

// own fills the part of a row that depends on no guess.
func (s *survey) own(i int, r *row) {
	d := s.c.d
	b := &d.blocks[i]
	f := &b.feat
	n := copy(r[:], s.evidence[i][:])
	put := func(x float32) {
		r[n] = x
		n++
	}
	flag := func(on bool) {
		if on {
			r[n] = 1
		} else {
			r[n] = 0
		}
		n++
	}
	e := &d.elems[b.elem]

	// Shape.
	chars := float32(f.chars)
	put(min(f.words, 200))
	put(log2(chars))
	put(f.linkDensity())
	put(ratio(float32(f.stops), f.words))
	put(ratio(float32(f.commas), f.words))
	put(ratio(float32(f.digits), chars))
	put(ratio(float32(f.upper), f.words))
	put(ratio(float32(f.boldChars), chars))
	put(min(float32(f.links), 20))
	put(min(float32(f.images), 5))
	put(min(float32(f.times), 3))
	put(min(float32(f.breaks), 20))
	put(min(float32(f.stops), 20))
	put(ratio(float32(f.cjk), chars))
	flag(f.dated)
	put(float32(b.Level))
	put(float32(min(b.Quote, 3)))
	put(float32(firstClass(b.Text)))
	put(float32(lastClass(b.Text)))
	put(tagClass(e.node.DataAtom))
	up := d.ancestor(b.elem, 1)
	put(tagClass(d.elems[up].node.DataAtom))
	put(tagClass(d.elems[d.ancestor(up, 1)].node.DataAtom))
	put(log2(f.mass))
	put(log2(f.soft))
	put(float32(min(e.depth, 40)))
	put(float32(e.first-int32(i)) + float32(e.count))
	flag(f.inline != 0)

	at, level := b.elem, 0
	for _, l := range ancestorLevels {
		at, level = d.ancestor(at, l-level), l
		n += copy(r[n:], s.element(at)[:])
	}
	n += s.group(i, r[n:n+groupSignals])
	n += s.place(i, r[n:n+placeSignals])
	n += s.near(i, r[n:n+nearSignals])
	copy(r[n:], s.page[:])
}

// firstClass tells the first character: lower case, upper case, digit, other.
func firstClass(t string) int {
	r, size := utf8.DecodeRuneInString(t)
	switch {
	case size == 0:
		return 0
	case r >= 'a' && r <= 'z':
		return 1
	case isUpper(r):
		return 2
	case r >= '0' && r <= '9':
		return 3
	case r < 0x80 || isPunct(r):
		return 4
	}
	return 0
}

// lastClass tells the last character: stop, colon, question, closer, digit, other.
func lastClass(t string) int {
	if t == "" {
		return 0
	}
	r := rune(t[len(t)-1])
	switch {
	case r >= 0x80:
		for k := len(t) - 1; k >= 0 && k > len(t)-4; k-- {
			if t[k]&0xc0 == 0xc0 {
				for _, u := range t[k:] {
					if isStop(u) {
						return 1
					}
					if u == '：' {
						return 2
					}
					if isCloser(u) {
						return 4
					}
				}
			}
		}
		return 0
	case r == '?':
		return 3
	case isStop(r):
		return 1
	case r == ':':
		return 2
	case isCloser(r):
		return 4
	case r >= '0' && r <= '9':
		return 5
	}
	return 0
}

// element gives the sums of an element as signals.
func (s *survey) element(at int32) *[ancestorSignals]float32 {
	o := &s.ofElem[at]
	if o.done {
		return &o.v
	}
	e := &s.c.d.elems[at]
	count := max(float32(e.count), 1)
	o.v = [ancestorSignals]float32{
		e.mass / s.total, e.soft / s.soft, ratio(e.linkChars, e.chars), log2(e.chars), float32(min(e.same, 50)),
		ratio(float32(e.index), float32(e.same)), log2(count), float32(e.heavy) / count, ratio(float32(e.stops), e.words),
		min(float32(e.images)/count, 3), float32(e.dates) / count, float32(e.leads) / count, float32(e.headings) / count,
	}
	o.done = true
	return &o.v
}

// group describes the unit of a repeated group the block stands in.
func (s *survey) group(i int, v []float32) int {
	d := s.c.d
	g := s.ofElem[d.blocks[i].elem].group
	clear(v)
	if g < 0 {
		return len(v)
	}
	e := &d.elems[g]
	v[0] = float32(min(e.same, 50))
	v[1] = float32(min(e.index, 50))
	v[2] = ratio(float32(e.index), float32(e.same))
	v[3] = e.mass / s.total
	v[4] = log2(e.words)
	v[5] = float32(d.elems[d.blocks[i].elem].depth - e.depth)
	v[6] = ratio(float32(e.leads), float32(e.count))
	v[7] = min(float32(e.dates), 3)
	if t := int32(s.x.title); t >= 0 {
		if t >= e.first && t < e.last {
			v[8] = 2
		} else if e.parent >= 0 && t >= d.elems[e.parent].first && t < d.elems[e.parent].last {
			v[8] = 1
		}
	}
	if e.parent >= 0 {
		v[9] = d.elems[e.parent].mass / s.total
	}
	return len(v)
}

// place says where on the page the block stands: seen from the title, from the
// core and from the prose.
func (s *survey) place(i int, v []float32) int {
	d, x := s.c.d, s.x
	clear(v)
	b := &d.blocks[i]
	o := &s.ofElem[b.elem]
	signed := func(n int) float32 {
		if n < 0 {
			return -log2(float32(-n))
		}
		return log2(float32(n))
	}
	if t := x.title; t >= 0 {
		v[0] = signed(i - t)
		v[1] = float32(min(o.toTitle, 20))
		v[2] = o.meet
		if i > t {
			v[3] = log2(s.words[i] - s.words[t+1])
		} else {
			v[3] = -log2(s.words[t] - s.words[i])
		}
		if i == t {
			v[4] = 1
		}
	} else {
		v[0], v[1] = -20, -1
	}
	v[5] = float32(min(o.toCore, 20))
	core := &d.elems[x.core80]
	v[6] = ratio(float32(int32(i)-core.first), float32(core.last-core.first))
	half := &d.elems[x.core50]
	v[7] = ratio(float32(int32(i)-half.first), float32(half.last-half.first))
	v[8] = x.before[i]
	v[9] = float32(i) / float32(len(d.blocks))
	v[10] = s.words[i] / max(s.words[len(d.blocks)], 1)
	v[11] = signed(i - x.firstHeavy)
	v[12] = signed(s.lastCore - i)
	v[13], v[14] = 30, 30
	if h := s.heavyUp[i]; h >= 0 {
		v[13] = float32(min(i-int(h), 30))
		v[15] = float32(d.blocks[h].elem-b.elem) / float32(len(d.elems))
		if d.elems[d.blocks[h].elem].sig == d.elems[b.elem].sig {
			v[16] = 1
		}
	}
	if h := s.heavyDn[i]; h >= 0 {
		v[14] = float32(min(int(h)-i, 30))
		if d.elems[d.blocks[h].elem].sig == d.elems[b.elem].sig {
			v[16] += 2
		}
	}
	if h := s.headUp[i]; h >= 0 {
		hb := &d.blocks[h]
		v[17] = float32(hb.Level)
		v[18] = hb.feat.linkDensity()
		v[19] = log2(s.words[i] - s.words[h+1])
	}
	return len(v)
}

// near describes the neighbours in document order.
func (s *survey) near(i int, v []float32) int {
	d := s.c.d
	clear(v)
	sig := d.elems[d.blocks[i].elem].sig
	n := 0
	for _, k := range [...]int{-2, -1, 1, 2} {
		if j := i + k; j >= 0 && j < len(d.blocks) && d.blocks[j].elem >= 0 {
			b := &d.blocks[j]
			v[n] = log2(b.feat.words)
			v[n+1] = b.feat.linkDensity()
			v[n+2] = float32(b.Kind)
			if b.feat.stopEnd {
				v[n+3] = 1
			}
			v[n+4] = log2(b.feat.mass)
			if d.elems[b.elem].sig == sig {
				v[n+5] = 1
			}
		} else {
			v[n] = -1
		}
		n += 6
	}
	if i >= 3 {
		v[n] = log2(d.blocks[i-3].feat.mass)
	}
	if i+3 < len(d.blocks) {
		v[n+1] = log2(d.blocks[i+3].feat.mass)
	}
	return len(v)
}

// sum adds a guess up: per element, per path, before each block.
func (s *survey) sum(p []float32) (before []float32) {
	d := s.c.d
	clear(s.guess)
	clear(s.pathSum)
	before = make([]float32, len(p)+1)
	for i := range d.blocks {
		b := &d.blocks[i]
		w := min(b.feat.words, 60) + 1
		before[i+1] = before[i] + w*p[i]
		if b.elem < 0 {
			continue
		}
		g := &s.guess[b.elem]
		g.p += w * p[i]
		g.n += w
		t := &s.pathSum[s.x.paths[i]]
		t[0] += w * p[i]
		t[1] += w
	}
	for i := len(d.elems) - 1; i > 0; i-- {
		if up := d.elems[i].parent; up >= 0 {
			s.guess[up].p += s.guess[i].p
			s.guess[up].n += s.guess[i].n
		}
	}
	return before
}

// likely is the probability above which a block counts as content when
// distances are measured.
const likely = 0.5

// surroundings are the sums and distances of one guess.
type surroundings struct {
	p        []float32
	before   []float32
	up, down []int32 // nearest likely block before and behind, or -1
}

func (s *survey) around(p []float32) *surroundings {
	a := &surroundings{p: p, before: s.sum(p), up: make([]int32, len(p)), down: make([]int32, len(p))}
	last := int32(-1)
	for i := range p {
		a.up[i] = last
		if p[i] > likely {
			last = int32(i)
		}
	}
	last = -1
	for i := len(p) - 1; i >= 0; i-- {
		a.down[i] = last
		if p[i] > likely {
			last = int32(i)
		}
	}
	return a
}

// fill fills the part of a row that depends on the guess.
func (s *survey) fill(i int, a *surroundings, r *row) {
	d := s.c.d
	b := &d.blocks[i]
	p := a.p
	v := r[ownSignals:signalCount]
	n := 0
	for k := -4; k <= 4; k++ {
		v[n] = -1
		if j := i + k; j >= 0 && j < len(p) {
			v[n] = p[j]
		}
		n++
	}
	window := func(k int) float32 {
		lo, hi := max(i-k, 0), min(i+k+1, len(p))
		sum := a.before[hi] - a.before[lo]
		words := s.words[hi] - s.words[lo] + float32(hi-lo)
		return ratio(sum, words)
	}
	v[n], v[n+1] = window(3), window(8)
	n += 2
	at := b.elem
	for range 6 {
		g := &s.guess[at]
		v[n] = ratio(g.p, g.n)
		n++
		at = d.ancestor(at, 1)
	}
	t := &s.pathSum[s.x.paths[i]]
	w := min(b.feat.words, 60) + 1
	v[n], v[n+1] = ratio(t[0], t[1]), ratio(t[0]-w*p[i], t[1]-w)
	n += 2
	total := a.before[len(p)]
	v[n], v[n+1], v[n+2] = ratio(a.before[i], total), ratio(total-a.before[i+1], total), log2(total)
	n += 3
	v[n], v[n+1] = 40, 40
	if u := a.up[i]; u >= 0 {
		v[n] = float32(min(i-int(u), 40))
		v[n+2] = log2(s.words[i] - s.words[u+1])
	}
	if u := a.down[i]; u >= 0 {
		v[n+1] = float32(min(int(u)-i, 40))
		v[n+3] = log2(s.words[u] - s.words[i+1])
	}
	n += 4
	// The section under the last heading, and the guess of that heading.
	v[n], v[n+1] = -1, -1
	if h := s.headUp[i]; h >= 0 {
		v[n] = p[h]
		v[n+1] = ratio(a.before[i]-a.before[h+1], s.words[i]-s.words[h+1]+float32(i-int(h)-1))
	}
	n += 2
	v[n] = 0
	if g := s.ofElem[b.elem].group; g >= 0 {
		v[n] = ratio(s.guess[g].p, s.guess[g].n)
	}
	v[n+1] = ratio(total, s.words[len(p)])
}

// articleLike reports whether the page is one text rather than many: most of
// its prose in one place, little of it in cards, lists and remarks.
func (s *survey) articleLike() bool {
	const words, core, comment, unit, teaser = 0, 4, 12, 13, 16
	p := &s.page
	return p[words] > 7 && p[core] > 0.5 && p[comment]+p[unit]+p[teaser] < 0.5
}
