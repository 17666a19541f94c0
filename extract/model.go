package extract

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
)

//go:embed blocks.bin
var embeddedModel []byte

// treeDepth is the depth of the complete trees of a [Forest].
const treeDepth = 6

const (
	treeNodes  = 1<<treeDepth - 1
	treeLeaves = 1 << treeDepth
)

// Model decides which blocks are the article: two forests, the second of which
// sees what the first thinks of a block's surroundings.
type Model struct {
	First, Second Forest
}

// Forest is a sum of trees, in logits.
type Forest struct {
	Bias  float32
	Trees []Tree
}

// Tree is a complete binary tree laid out level by level: the children of node
// k are 2k+1 and 2k+2. A block goes right where its signal exceeds the
// threshold. A tree that needs fewer splits has thresholds that nothing
// exceeds.
type Tree struct {
	Signals    [treeLeaves]uint8 // the last one is not used
	Thresholds [treeLeaves]float32
	Leaves     [treeLeaves]float32
}

// score sums the trees up, four at a time: they do not depend on one another,
// so that the processor can walk down all of them at once, and no step of the
// way is a branch it could predict wrongly.
//
// A block that the first trees think nothing of is not looked at by the rest:
// most blocks of a page are menus and lists of links.
func (f *Forest) score(r *row) float32 {
	sum := f.Bias
	t := f.Trees
	for len(t) >= 4 {
		if len(t) == len(f.Trees)-firstTrees && sum < firstHopeless {
			return min(sum, hopeless-1)
		}
		a, b, c, d := &t[0], &t[1], &t[2], &t[3]
		var i, j, k, l uint
		for range treeDepth {
			i = 2*i + 1 + above(r, a, i)
			j = 2*j + 1 + above(r, b, j)
			k = 2*k + 1 + above(r, c, k)
			l = 2*l + 1 + above(r, d, l)
		}
		sum += a.Leaves[(i-treeNodes)%treeLeaves] + b.Leaves[(j-treeNodes)%treeLeaves] +
			c.Leaves[(k-treeNodes)%treeLeaves] + d.Leaves[(l-treeNodes)%treeLeaves]
		t = t[4:]
	}
	for n := range t {
		k := uint(0)
		for range treeDepth {
			k = 2*k + 1 + above(r, &t[n], k)
		}
		sum += t[n].Leaves[(k-treeNodes)%treeLeaves]
	}
	return sum
}

func above(r *row, t *Tree, k uint) uint {
	k %= treeLeaves
	bit := uint(0)
	if r[t.Signals[k]] > t.Thresholds[k] {
		bit = 1
	}
	return bit
}

// A packed model begins with a mark, the number of signals a row has and a
// checksum of how they are laid out; then follow the forests.
const (
	modelMark    = "tamizblk"
	signalLayout = uint32(evidenceCount)<<24 ^ shapeSignals<<20 ^ ancestorSignals<<16 ^ groupSignals<<12 ^ placeSignals<<8 ^ nearSignals<<4 ^ pageSignals ^ aroundSignals<<10
)

// Pack writes the model as it is embedded.
func (m *Model) Pack() []byte {
	out := []byte(modelMark)
	out = binary.LittleEndian.AppendUint32(out, uint32(signalCount))
	out = binary.LittleEndian.AppendUint32(out, signalLayout)
	for _, f := range []*Forest{&m.First, &m.Second} {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(f.Trees)))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(f.Bias))
		for i := range f.Trees {
			t := &f.Trees[i]
			out = append(out, t.Signals[:treeNodes]...)
			for _, v := range t.Thresholds[:treeNodes] {
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
			}
			for _, v := range t.Leaves {
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
			}
		}
	}
	return out
}

// maxTrees bounds what a packed forest may say it has.
const maxTrees = 1000

// UnpackModel reads a packed model. It fails on a model made for other signals.
func UnpackModel(b []byte) (*Model, error) {
	head := len(modelMark) + 8
	if len(b) < head || string(b[:len(modelMark)]) != modelMark {
		return nil, errors.New("unpack block model: no model")
	}
	if n, layout := binary.LittleEndian.Uint32(b[len(modelMark):]), binary.LittleEndian.Uint32(b[len(modelMark)+4:]); n != uint32(signalCount) || layout != signalLayout {
		return nil, fmt.Errorf("unpack block model: made for %d signals, not for these %d", n, signalCount)
	}
	b = b[head:]
	m := &Model{}
	const size = treeNodes + 4*treeNodes + 4*treeLeaves
	for _, f := range []*Forest{&m.First, &m.Second} {
		if len(b) < 8 {
			return nil, errors.New("unpack block model: cut short")
		}
		n := binary.LittleEndian.Uint32(b)
		f.Bias = math.Float32frombits(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		if n > maxTrees || len(b) < int(n)*size {
			return nil, errors.New("unpack block model: cut short")
		}
		f.Trees = make([]Tree, n)
		for i := range f.Trees {
			t := &f.Trees[i]
			copy(t.Signals[:], b[:treeNodes])
			for k := range treeNodes {
				t.Thresholds[k] = math.Float32frombits(binary.LittleEndian.Uint32(b[treeNodes+4*k:]))
			}
			for k := range treeLeaves {
				t.Leaves[k] = math.Float32frombits(binary.LittleEndian.Uint32(b[5*treeNodes+4*k:]))
			}
			b = b[size:]
		}
	}
	return m, nil
}

// blockModel is the embedded model.
var blockModel = sync.OnceValue(func() *Model {
	m, err := UnpackModel(embeddedModel)
	if err != nil {
		panic(err) // the tests read it
	}
	return m
})

// Thresholds of the decision.
const (
	hopeless       = -4.6 // logit of the first stage below which a block is not looked at again: 1 %
	firstTrees     = 32   // a multiple of 4
	firstHopeless  = -3.7 // logit after so many trees that the rest would not lift
	mostRows       = 4000 // rows that are kept for the second stage, 1 KB each; more are computed again
	leastThreshold = 0.2
	mostThreshold  = 0.6
	articleProse   = 0.5 // threshold on pages like articles
)

// threshold gives the probability above which blocks of a page are kept: half
// of the best F1 that can be expected of any choice, which is where adding a
// block stops raising it. On a page that is sure of little, half of a small
// number keeps what .5 would throw away.
func threshold(blocks []Block, p []float32, article bool) float32 {
	if article {
		return articleProse
	}
	const steps = 200
	var words [steps + 1]float32 // of blocks by probability
	total := float32(0)
	for i := range blocks {
		w := blocks[i].feat.words
		words[int(p[i]*steps)] += w
		total += w * p[i]
	}
	best, got, n := float32(0), float32(0), float32(0)
	for k := steps; k > 0; k-- {
		n += words[k]
		got += words[k] * (float32(k) + 0.5) / steps
		best = max(best, 2*got/(n+total))
	}
	return min(max(best/2, leastThreshold), mostThreshold)
}

func logit(p float32) float32 {
	p = min(max(p, 1e-4), 1-1e-4)
	return float32(math.Log(float64(p / (1 - p))))
}

func sigmoid(x float32) float32 { return 1 / (1 + float32(math.Exp(-float64(x)))) }

// judge gives every block the probability that it is of the article.
func (m *Model) judge(s *survey) []float32 {
	n := len(s.prior)
	p := make([]float32, n)
	rows := make([]row, 0, min(n/4+1, mostRows))
	which := make([]int32, 0, n/4+1)
	var r row
	a := s.around(s.prior)
	blocks := s.c.d.blocks
	for i := range blocks {
		if !learnable(&blocks[i]) {
			continue
		}
		s.own(i, &r)
		s.fill(i, a, &r)
		z := m.First.score(&r)
		p[i] = sigmoid(z)
		if z >= hopeless && len(m.Second.Trees) > 0 {
			which = append(which, int32(i))
			if len(rows) < mostRows {
				rows = append(rows, r)
			}
		}
	}
	if len(which) == 0 {
		return p
	}
	a = s.around(p)
	out := append([]float32(nil), p...)
	for k, i := range which {
		v := &r
		if k < len(rows) {
			v = &rows[k]
		} else {
			s.own(int(i), v)
		}
		s.fill(int(i), a, v)
		// The mean of both is right more often than either.
		out[i] = sigmoid((m.Second.score(v) + logit(p[i])) / 2)
	}
	return out
}

// learnable reports whether the model decides about a block.
func learnable(b *Block) bool { return b.elem >= 0 && b.Kind != Caption }
