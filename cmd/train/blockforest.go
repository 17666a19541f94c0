package main

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"tamiz/extract"
)

// blockRows are the blocks a forest learns from: their signals cut into bins,
// one column per signal, and what is to be learned of each.
type blockRows struct {
	cuts    [][]float32 // upper bounds of the bins of each signal, all but the last
	columns [][]uint8
	labels  []float32
	weights []float32
}

// blockBoosting are the settings of one forest of the block model.
type blockBoosting struct {
	trees   int
	rate    float64
	rows    float64 // share of the blocks a tree sees
	columns float64 // share of the signals
	seed    uint64
}

const (
	blockDepth   = 6 // of extract's trees
	blockBins    = 64
	blockRidge   = 2.0
	blockHessian = 0.2 // least weight of a leaf, in pages
)

// cutBlocks puts rows of signals into bins of about equal size.
func cutBlocks(n int, row func(i int) []float32) ([][]float32, [][]uint8) {
	cuts := make([][]float32, extract.Signals)
	columns := make([][]uint8, extract.Signals)
	step := max(1, n/30000)
	eachSignal(func(f int) {
		var values []float32
		for i := 0; i < n; i += step {
			values = append(values, row(i)[f])
		}
		slices.Sort(values)
		values = slices.Compact(values)
		if len(values) > blockBins {
			// Values that occur often take one bin: quantiles of the different
			// values and of all of them are mixed.
			var all []float32
			for i := 0; i < n; i += step {
				all = append(all, row(i)[f])
			}
			slices.Sort(all)
			var c []float32
			for k := 1; k < blockBins*2/3; k++ {
				c = append(c, all[k*len(all)/(blockBins*2/3)])
			}
			for k := 1; k < blockBins/3; k++ {
				c = append(c, values[k*len(values)/(blockBins/3)])
			}
			slices.Sort(c)
			cuts[f] = slices.Compact(c)
		} else {
			for k := range len(values) - 1 {
				cuts[f] = append(cuts[f], (values[k]+values[k+1])/2)
			}
		}
		columns[f] = make([]uint8, n)
		for i := range n {
			k, _ := slices.BinarySearch(cuts[f], row(i)[f])
			columns[f][i] = uint8(k)
		}
	})
	return cuts, columns
}

func eachSignal(do func(f int)) {
	var wg sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for f := range work {
				do(f)
			}
		})
	}
	for f := range extract.Signals {
		work <- f
	}
	close(work)
	wg.Wait()
}

// gradients are the first and second derivatives of the loss of one block, or
// their sum over many.
type gradients struct{ g, h float64 }

type blockSplit struct {
	signal, bin int
	gain        float64
}

// boostBlocks grows a forest on the blocks in use by gradient boosting on the
// logistic loss, in second-order steps over histograms. The histogram of the
// larger child of a node is what the smaller one leaves of its parent's. Sums
// run in the order of the blocks, whichever processor adds them, so that the
// same blocks always give the same forest.
func boostBlocks(r *blockRows, use []int32, o blockBoosting) extract.Forest {
	rng := rand.New(rand.NewPCG(o.seed, 17))
	var pos, all float64
	for _, i := range use {
		all += float64(r.weights[i])
		pos += float64(r.weights[i] * r.labels[i])
	}
	p := min(max(pos/max(all, 1e-9), 1e-4), 1-1e-4)
	forest := extract.Forest{Bias: float32(math.Log(p / (1 - p)))}
	score := make([]float64, len(r.labels))
	for i := range score {
		score[i] = float64(forest.Bias)
	}
	gh := make([][2]float32, len(r.labels))
	for range o.trees {
		sample := make([]int32, 0, len(use))
		for _, i := range use {
			if rng.Float64() < o.rows {
				sample = append(sample, i)
				p := 1 / (1 + math.Exp(-score[i]))
				w := r.weights[i]
				gh[i] = [2]float32{w * float32(p-float64(r.labels[i])), w * float32(p*(1-p))}
			}
		}
		signals := make([]bool, extract.Signals)
		for f := range signals {
			signals[f] = rng.Float64() < o.columns && len(r.cuts[f]) > 0
		}
		tree := growBlocks(r, sample, gh, signals, o.rate)
		forest.Trees = append(forest.Trees, tree.Tree)
		parallelRows(use, func(i int32) { score[i] += float64(tree.leaf(r, i)) })
	}
	return forest
}

func parallelRows(use []int32, do func(i int32)) {
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for k := range n {
		part := use[k*len(use)/n : (k+1)*len(use)/n]
		wg.Go(func() {
			for _, i := range part {
				do(i)
			}
		})
	}
	wg.Wait()
}

// binnedTree is a tree together with its splits by bin.
type binnedTree struct {
	extract.Tree
	bins [1 << blockDepth]uint8
}

func (t *binnedTree) leaf(r *blockRows, i int32) float32 {
	k := 0
	for range blockDepth {
		right := r.columns[t.Signals[k]][i] > t.bins[k]
		k = 2*k + 1
		if right {
			k++
		}
	}
	return t.Leaves[k-(1<<blockDepth-1)]
}

// growBlocks grows one tree, level by level.
func growBlocks(r *blockRows, sample []int32, gh [][2]float32, signals []bool, rate float64) binnedTree {
	var t binnedTree
	type histogram [blockBins]gradients
	// hist[signal][node of the level]
	hist := make([][]histogram, extract.Signals)
	bounds := []int{0, len(sample)} // of the nodes of the level, in sample
	next := make([]int32, len(sample))
	for level := range blockDepth {
		nodes := 1 << level
		splits := make([]blockSplit, nodes)
		var mu sync.Mutex
		eachSignal(func(f int) {
			if !signals[f] {
				return
			}
			old := hist[f]
			now := make([]histogram, nodes)
			column := r.columns[f]
			add := func(k int) {
				h := &now[k]
				for _, i := range sample[bounds[k]:bounds[k+1]] {
					c := &h[column[i]%blockBins]
					c.g += float64(gh[i][0])
					c.h += float64(gh[i][1])
				}
			}
			if level == 0 {
				add(0)
			} else {
				for k := 0; k < nodes; k += 2 {
					small, large := k, k+1
					if bounds[k+1]-bounds[k] > bounds[k+2]-bounds[k+1] {
						small, large = large, small
					}
					add(small)
					for b := range blockBins {
						now[large][b].g = old[k/2][b].g - now[small][b].g
						now[large][b].h = old[k/2][b].h - now[small][b].h
					}
				}
			}
			hist[f] = now
			best := make([]blockSplit, nodes)
			for k := range nodes {
				best[k] = splitBlocks(now[k][:], f)
			}
			mu.Lock()
			for k, s := range best {
				if s.gain > splits[k].gain || s.gain == splits[k].gain && s.gain > 0 && s.signal < splits[k].signal {
					splits[k] = s
				}
			}
			mu.Unlock()
		})
		first := nodes - 1
		newBounds := make([]int, 0, 2*nodes+1)
		newBounds = append(newBounds, 0)
		out := next[:0]
		for k, s := range splits {
			part := sample[bounds[k]:bounds[k+1]]
			if s.gain <= 0 {
				// No split helps: everything goes left.
				t.Thresholds[first+k], t.bins[first+k] = math.MaxFloat32, math.MaxUint8
				out = append(out, part...)
				newBounds = append(newBounds, len(out), len(out))
				continue
			}
			t.Signals[first+k], t.Thresholds[first+k], t.bins[first+k] = uint8(s.signal), r.cuts[s.signal][s.bin], uint8(s.bin)
			column := r.columns[s.signal]
			for _, i := range part {
				if int(column[i]) <= s.bin {
					out = append(out, i)
				}
			}
			newBounds = append(newBounds, len(out))
			for _, i := range part {
				if int(column[i]) > s.bin {
					out = append(out, i)
				}
			}
			newBounds = append(newBounds, len(out))
		}
		sample, next, bounds = out, sample, newBounds
	}
	for l := range 1 << blockDepth {
		var sum gradients
		for _, i := range sample[bounds[l]:bounds[l+1]] {
			sum.g += float64(gh[i][0])
			sum.h += float64(gh[i][1])
		}
		t.Leaves[l] = float32(-rate * sum.g / (sum.h + blockRidge))
	}
	return t
}

func splitBlocks(hist []gradients, f int) blockSplit {
	var all gradients
	for _, c := range hist {
		all.g += c.g
		all.h += c.h
	}
	base := all.g * all.g / (all.h + blockRidge)
	out := blockSplit{signal: f}
	var l gradients
	for b, c := range hist[:len(hist)-1] {
		l.g += c.g
		l.h += c.h
		rh := all.h - l.h
		if l.h < blockHessian || rh < blockHessian {
			continue
		}
		rg := all.g - l.g
		if gain := l.g*l.g/(l.h+blockRidge) + rg*rg/(rh+blockRidge) - base; gain > out.gain+1e-9 {
			out.gain, out.bin = gain, b
		}
	}
	return out
}
