package main

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"tamiz/dedup"
)

// example is a measured pair with the truth.
type example struct {
	signals []float32
	same    bool
	weight  float32
}

// Settings of the boosting. Depth and rate are those of the published
// practice for a few dozen signals; more trees only fit the training set
// better.
const (
	trees        = 140
	depth        = 4 // dedup's trees are complete trees of this depth
	learningRate = .1
	bins         = 64
	minHessian   = 8   // weight that a leaf needs: nothing is learned from a handful of pairs
	ridge        = 2.0 // pulls leaves towards zero
)

// boost trains a forest by gradient boosting on the logistic loss, with
// second-order steps and histograms (as in XGBoost and LightGBM): signals are
// cut into 64 bins of equal weight, each tree is grown level by level, and each
// node takes the split that lowers the loss most.
func boost(examples []example) dedup.Forest {
	n := len(examples)
	if n == 0 {
		return dedup.Forest{}
	}
	signals := len(examples[0].signals)
	cuts := make([][]float32, signals)
	binned := make([][]uint8, signals)
	for f := range signals {
		cuts[f] = quantiles(examples, f)
		binned[f] = make([]uint8, n)
		for i, e := range examples {
			k, _ := slices.BinarySearch(cuts[f], e.signals[f])
			binned[f][i] = uint8(k)
		}
	}
	var pos, all float64
	for _, e := range examples {
		all += float64(e.weight)
		if e.same {
			pos += float64(e.weight)
		}
	}
	p := min(max(pos/all, 1e-4), 1-1e-4)
	out := dedup.Forest{Bias: float32(math.Log(p / (1 - p)))}
	score := make([]float64, n)
	for i := range score {
		score[i] = float64(out.Bias)
	}
	g, h := make([]float32, n), make([]float32, n)
	node := make([]int32, n)
	for range trees {
		for i, e := range examples {
			p := 1 / (1 + math.Exp(-score[i]))
			y := 0.0
			if e.same {
				y = 1
			}
			g[i] = e.weight * float32(p-y)
			h[i] = e.weight * float32(p*(1-p))
			node[i] = 0
		}
		var tree dedup.Tree
		for level := range depth {
			first := int32(1<<level - 1)
			splits := bestSplits(binned, g, h, node, first, 1<<level)
			for k, s := range splits {
				at := int(first) + k
				if s.gain <= 0 {
					// No split helps: send everything left.
					tree.Features[at], tree.Thresholds[at] = 0, math.MaxFloat32
					continue
				}
				tree.Features[at], tree.Thresholds[at] = s.signal, cuts[s.signal][s.bin]
			}
			for i := range n {
				s := splits[node[i]-first]
				right := s.gain > 0 && int(binned[s.signal][i]) > s.bin
				node[i] = 2*node[i] + 1
				if right {
					node[i]++
				}
			}
		}
		const leaves = 1 << depth
		var sg, sh [leaves]float64
		for i := range n {
			sg[node[i]-(leaves-1)] += float64(g[i])
			sh[node[i]-(leaves-1)] += float64(h[i])
		}
		for l := range leaves {
			tree.Leaves[l] = round(-learningRate * sg[l] / (sh[l] + ridge))
		}
		for i := range n {
			score[i] += float64(tree.Leaves[node[i]-(leaves-1)])
		}
		out.Trees = append(out.Trees, tree)
	}
	return out
}

func round(v float64) float32 { return float32(math.Round(v*1e5) / 1e5) }

// quantiles are the upper bounds of the bins of a signal, all but the last.
func quantiles(examples []example, f int) []float32 {
	step := max(1, len(examples)/20000)
	var values []float32
	for i := 0; i < len(examples); i += step {
		values = append(values, examples[i].signals[f])
	}
	slices.Sort(values)
	var out []float32
	for k := 1; k < bins; k++ {
		v := round(float64(values[k*len(values)/bins]))
		if len(out) == 0 || v > out[len(out)-1] {
			out = append(out, v)
		}
	}
	return out
}

type split struct {
	signal, bin int
	gain        float64
}

func bestSplits(binned [][]uint8, g, h []float32, node []int32, first int32, nodes int) []split {
	out := make([]split, nodes)
	var mu sync.Mutex
	var wg sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			hist := make([][2]float64, nodes*bins)
			for f := range work {
				clear(hist)
				for i, b := range binned[f] {
					c := &hist[int(node[i]-first)*bins+int(b)]
					c[0] += float64(g[i])
					c[1] += float64(h[i])
				}
				mu.Lock()
				for k := range nodes {
					s := splitOf(hist[k*bins:(k+1)*bins], f)
					if s.gain > out[k].gain || s.gain == out[k].gain && s.gain > 0 && s.signal < out[k].signal {
						out[k] = s
					}
				}
				mu.Unlock()
			}
		})
	}
	for f := range binned {
		work <- f
	}
	close(work)
	wg.Wait()
	return out
}

func splitOf(hist [][2]float64, f int) split {
	var g, h float64
	for _, c := range hist {
		g += c[0]
		h += c[1]
	}
	base := g * g / (h + ridge)
	out := split{signal: f}
	var gl, hl float64
	for b, c := range hist[:len(hist)-1] {
		gl += c[0]
		hl += c[1]
		gr, hr := g-gl, h-hl
		if hl < minHessian || hr < minHessian {
			continue
		}
		if gain := gl*gl/(hl+ridge) + gr*gr/(hr+ridge) - base; gain > out.gain+1e-9 {
			out.gain, out.bin = gain, b
		}
	}
	return out
}
