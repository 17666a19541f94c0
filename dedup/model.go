package dedup

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/zeebo/xxh3"
)

//go:embed pairs.json
var embeddedModel []byte

// treeDepth is the depth of every tree of a [Forest]; a tree is complete, so
// it has 2^depth-1 splits and 2^depth leaves.
const treeDepth = 4

// Tree is one complete tree: node i has the children 2i+1 (value at most the
// threshold) and 2i+2.
type Tree struct {
	Features   [1<<treeDepth - 1]int     `json:"f"`
	Thresholds [1<<treeDepth - 1]float32 `json:"t"`
	Leaves     [1 << treeDepth]float32   `json:"l"`
}

// Forest is a sum of trees: the logarithm of the odds that a pair is one work.
type Forest struct {
	Bias  float32 `json:"bias"`
	Trees []Tree  `json:"trees"`
}

// Score gives the log odds of a pair's signals.
func (fo *Forest) Score(f []float64) float64 {
	sum := float64(fo.Bias)
	for k := range fo.Trees {
		t := &fo.Trees[k]
		i := 0
		for range treeDepth {
			if float32(f[t.Features[i]]) <= t.Thresholds[i] {
				i = 2*i + 1
			} else {
				i = 2*i + 2
			}
		}
		sum += float64(t.Leaves[i-(1<<treeDepth-1)])
	}
	return sum
}

// Model judges pairs: those of two languages, and those of one.
type Model struct {
	Signals     []string `json:"signals"` // must be FeatureNames
	Translation Forest   `json:"translation"`
	Near        Forest   `json:"near"`
}

// ReadModel reads a model and checks that it fits the signals of this build.
func ReadModel(r io.Reader) (*Model, error) {
	var m Model
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return nil, fmt.Errorf("read pair model: %w", err)
	}
	if len(m.Signals) != featureCount {
		return nil, fmt.Errorf("read pair model: %d signals, want %d", len(m.Signals), featureCount)
	}
	for i, name := range m.Signals {
		if name != FeatureNames[i] {
			return nil, fmt.Errorf("read pair model: signal %d is %q, want %q", i, name, FeatureNames[i])
		}
	}
	for _, fo := range []*Forest{&m.Translation, &m.Near} {
		for _, t := range fo.Trees {
			for _, f := range t.Features {
				if f < 0 || f >= featureCount {
					return nil, fmt.Errorf("read pair model: no signal %d", f)
				}
			}
		}
	}
	return &m, nil
}

// Matcher prepares and compares articles with a given lexicon and model. It is
// safe for concurrent use.
type Matcher struct {
	lexicon *Lexicon
	model   *Model
}

// NewMatcher makes a matcher from learned tables; training and measuring need
// it, everybody else uses [Default].
func NewMatcher(lx *Lexicon, m *Model) *Matcher { return &Matcher{lexicon: lx, model: m} }

// Default is the matcher with the tables of this build, read on first use (about
// a tenth of a second). It panics if the build is broken, which a test excludes.
var Default = sync.OnceValue(func() *Matcher {
	lx, err := defaultLexicon()
	if err != nil {
		panic(err)
	}
	m, err := ReadModel(bytes.NewReader(embeddedModel))
	if err != nil {
		panic(err)
	}
	return NewMatcher(lx, m)
})

// lexiconSum tells the lexicon of this build from others.
var lexiconSum = sync.OnceValue(func() uint32 { return uint32(xxh3.Hash(embeddedLexicon)) })

// Features measures a pair: one value for each of [FeatureNames].
func (m *Matcher) Features(a, b *Signature) []float64 {
	f, _ := features(a, b)
	return f[:]
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
