package extract

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stump splits at one signal.
func stump(signal uint8, at, left, right float32) Tree {
	var t Tree
	for k := range t.Thresholds {
		t.Thresholds[k] = 1e30
	}
	t.Signals[0], t.Thresholds[0] = signal, at
	t.Leaves[0], t.Leaves[treeLeaves/2] = left, right
	return t
}

func TestForestSumsItsTrees(t *testing.T) {
	t.Parallel()
	f := Forest{Bias: 0.5}
	for k := range 6 {
		f.Trees = append(f.Trees, stump(uint8(k), float32(k), -1, 2))
	}
	var r row
	if got, want := f.score(&r), float32(0.5-6); got != want {
		t.Errorf("all left: score %v, want %v", got, want)
	}
	r[1], r[5] = 1, 5.5 // not above 1, above 5
	if got, want := f.score(&r), float32(0.5-5+2); got != want {
		t.Errorf("one right: score %v, want %v", got, want)
	}
}

func TestModelIsPackedAndUnpacked(t *testing.T) {
	t.Parallel()
	m := &Model{First: Forest{Bias: -1, Trees: []Tree{stump(3, 0.25, 1, 2)}}, Second: Forest{Bias: 1}}
	m.Second.Trees = []Tree{}
	b := m.Pack()
	got, err := UnpackModel(b)
	if err != nil {
		t.Fatal(err)
	}
	// What lies beyond the last node is not packed.
	m.First.Trees[0].Thresholds[treeNodes] = 0
	if diff := cmp.Diff(m, got); diff != "" {
		t.Errorf("model (-want +got):\n%s", diff)
	}
	for n := range len(b) {
		if _, err := UnpackModel(b[:n]); err == nil {
			t.Fatalf("a model cut to %d bytes was read", n)
		}
	}
	b[len(modelMark)]++
	if _, err := UnpackModel(b); err == nil {
		t.Error("a model made for other signals was read")
	}
}

func TestEmbeddedModelFitsItsSignals(t *testing.T) {
	t.Parallel()
	m, err := UnpackModel(embeddedModel)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.First.Trees) == 0 || len(m.Second.Trees) == 0 {
		t.Error("the embedded model has no trees")
	}
	if len(embeddedModel) > 1_500_000 {
		t.Errorf("the embedded model has %d bytes", len(embeddedModel))
	}
	for _, f := range []*Forest{&m.First, &m.Second} {
		for i := range f.Trees {
			for _, s := range f.Trees[i].Signals {
				if int(s) >= signalCount {
					t.Fatalf("tree %d asks for signal %d of %d", i, s, signalCount)
				}
			}
		}
	}
}

func TestThresholdFallsWhereLittleIsSure(t *testing.T) {
	t.Parallel()
	blocks := make([]Block, 4)
	for i := range blocks {
		blocks[i].feat.words = 50
	}
	sure := threshold(blocks, []float32{1, 1, 0, 0}, false)
	unsure := threshold(blocks, []float32{0.35, 0.3, 0.3, 0.25}, false)
	if sure < 0.45 || unsure >= 0.35 || unsure < leastThreshold {
		t.Errorf("thresholds %v and %v", sure, unsure)
	}
	if got := threshold(blocks, []float32{0.3, 0.3, 0.3, 0.3}, true); got != articleProse {
		t.Errorf("threshold of an article %v, want %v", got, articleProse)
	}
}
