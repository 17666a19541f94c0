package extract

import "tamiz"

// Study is a page as the learning of a [Model] sees it: its blocks, and a row
// of signals for each.
type Study struct {
	s *survey
	a *surroundings
}

// Signals is how many signals a row of a [Study] has.
const Signals = signalCount

// Study lays a page out for learning, without deciding anything. It is nil for
// a page without text.
func (e *Extractor) Study(page *tamiz.Page) (*Study, error) {
	root, _, err := parse(cleanInput(page.Body))
	if err != nil {
		return nil, err
	}
	d := newDocument(root, addressOf(page), e.opts.MaxBlocks)
	if len(d.blocks) == 0 {
		return nil, nil
	}
	meta := readMetadata(d, metaContext{now: e.opts.Now(), language: languageOf(d).language})
	c := &decider{d: d, meta: meta, titles: declaredTitles(root)}
	c.findAnchor()
	c.imageCaptions()
	c.captionPairs()
	x := c.newContext()
	all := make([]evidence, len(d.blocks))
	for i := range d.blocks {
		c.weigh(x, i, &all[i])
	}
	return &Study{s: c.newSurvey(x, all)}, nil
}

// Blocks are the blocks of the page.
func (t *Study) Blocks() []Block { return t.s.c.d.blocks }

// Learnable reports whether the model decides about block i, and whether it is
// shown when the page is opened.
func (t *Study) Learnable(i int) (decides, visible bool) {
	b := &t.s.c.d.blocks[i]
	if !learnable(b) {
		return false, false
	}
	return true, (t.s.c.d.elems[b.elem].hints|b.feat.inline)&(hintHidden|hintDialog) == 0
}

// Guess sets what is thought of the blocks so far, of which the surroundings in
// the rows are computed: the probabilities of the first stage, or nil for the
// weights set by hand.
func (t *Study) Guess(p []float32) {
	if p == nil {
		p = t.s.prior
	}
	t.a = t.s.around(p)
}

// Row writes the signals of block i into out, which has room for [Signals].
func (t *Study) Row(i int, out []float32) {
	var r row
	t.s.own(i, &r)
	t.s.fill(i, t.a, &r)
	copy(out, r[:signalCount])
}
