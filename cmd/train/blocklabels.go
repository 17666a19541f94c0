package main

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
)

// tokensOf splits a text for alignment: lower-cased runs of letters and digits;
// each character of a script written without spaces stands alone.
func tokensOf(s string) []string {
	var out []string
	s = strings.ToLower(s)
	start := -1
	for i, r := range s {
		word := r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
		if word && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
			if start >= 0 {
				out = append(out, s[start:i])
				start = -1
			}
			out = append(out, string(r))
			continue
		}
		if word && start < 0 {
			start = i
		}
		if !word && start >= 0 {
			out = append(out, s[start:i])
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}

// Limits of the alignment.
const (
	maxCandidates = 8   // places of a block in the gold text
	maxPlaces     = 60  // places of one trigram that are looked at
	leastMatch    = 0.5 // share of a block's tokens that must be there
	leastFree     = 0.7 // share of a place no other block may have taken
	copyMatch     = 0.8 // of a second copy of what is there already
)

// span is a place where a block may stand in the gold text.
type span struct {
	block      int
	start, end int
	matched    int
}

var seedOfHash = maphash.MakeSeed()

func trigram(t []string) uint64 {
	var h maphash.Hash
	h.SetSeed(seedOfHash)
	for _, w := range t[:3] {
		_, _ = h.WriteString(w) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// align tells which blocks are in the gold text: 1 there, 0 not, -1 unknown (a
// second copy). Every block gets a few candidate places, by the diagonals on
// which most of its trigrams lie; the heaviest chain of places that rises in
// both orders is taken, then what is out of order and not taken yet.
func align(blocks [][]string, visible []bool, gold []string) []int8 {
	index := map[uint64][]int{}
	for i := 0; i+3 <= len(gold); i++ {
		h := trigram(gold[i:])
		if len(index[h]) < maxPlaces {
			index[h] = append(index[h], i)
		}
	}
	words := map[string][]int{}
	for i, w := range gold {
		if len(words[w]) < maxPlaces {
			words[w] = append(words[w], i)
		}
	}
	out := make([]int8, len(blocks))
	var spans []span
	of := make([][]span, len(blocks))
	for b, t := range blocks {
		of[b] = places(b, t, gold, index, words)
		spans = append(spans, of[b]...)
	}
	// The heaviest chain: best[i] is the weight of a chain that ends with span
	// i; a tree over gold positions gives the best one that ended before.
	tree := make([]int, len(gold)+2) // index of the best span, plus one
	best := make([]int, len(spans))
	from := make([]int, len(spans))
	query := func(at int) int {
		top := 0
		for ; at > 0; at -= at & -at {
			if k := tree[at]; k > 0 && (top == 0 || best[k-1] > best[top-1]) {
				top = k
			}
		}
		return top
	}
	last := 0
	for i := 0; i < len(spans); {
		j := i
		for ; j < len(spans) && spans[j].block == spans[i].block; j++ {
			s := spans[j]
			k := query(s.start + 1)
			best[j] = 4 * s.matched
			if visible[s.block] {
				best[j] += 2
			}
			if k > 0 {
				best[j] += best[k-1]
			}
			from[j] = k
		}
		for ; i < j; i++ {
			for at := spans[i].end + 1; at < len(tree); at += at & -at {
				if k := tree[at]; k == 0 || best[i] > best[k-1] {
					tree[at] = i + 1
				}
			}
			if last == 0 || best[i] > best[last-1] {
				last = i + 1
			}
		}
	}
	taken := make([]bool, len(gold))
	take := func(s span) {
		out[s.block] = 1
		for k := s.start; k < s.end; k++ {
			taken[k] = true
		}
	}
	for k := last; k > 0; k = from[k-1] {
		take(spans[k-1])
	}
	for b := range blocks {
		if out[b] == 1 {
			continue
		}
		for _, s := range of[b] {
			free := 0
			for k := s.start; k < s.end; k++ {
				if !taken[k] {
					free++
				}
			}
			if float64(free) >= leastFree*float64(s.end-s.start) && (len(blocks[b]) >= 3) {
				take(s)
				break
			}
			if float64(s.matched) >= copyMatch*float64(len(blocks[b])) && len(blocks[b]) >= 4 {
				out[b] = -1
			}
		}
	}
	return out
}

func places(b int, t, gold []string, index map[uint64][]int, words map[string][]int) []span {
	if len(t) == 0 {
		return nil
	}
	var out []span
	if len(t) < 3 {
		for _, at := range words[t[0]] {
			if at+len(t) <= len(gold) && slices.Equal(t, gold[at:at+len(t)]) {
				out = append(out, span{b, at, at + len(t), len(t)})
			}
		}
		return out[:min(len(out), maxPlaces)]
	}
	votes := map[int]int{}
	for i := 0; i+3 <= len(t); i++ {
		for _, at := range index[trigram(t[i:])] {
			votes[at-i]++
		}
	}
	diagonals := make([]int, 0, len(votes))
	for d := range votes {
		diagonals = append(diagonals, d)
	}
	slices.SortFunc(diagonals, func(x, y int) int {
		if votes[x] != votes[y] {
			return votes[y] - votes[x]
		}
		return x - y
	})
	for _, d := range diagonals[:min(len(diagonals), maxCandidates)] {
		s := span{block: b, start: -1}
		for i := max(0, -d); i < len(t) && i+d < len(gold); i++ {
			if t[i] == gold[i+d] {
				s.matched++
				if s.start < 0 {
					s.start = i + d
				}
				s.end = i + d + 1
			}
		}
		// A block may miss a few words of the gold and so lie on two diagonals.
		for _, d2 := range diagonals[:min(len(diagonals), maxCandidates)] {
			if d2 != d && d2-d < 12 && d-d2 < 12 {
				s.matched += votes[d2]
			}
		}
		s.matched = min(s.matched, len(t))
		if float64(s.matched) >= leastMatch*float64(len(t)) && s.end > s.start {
			out = append(out, s)
		}
	}
	return out
}
