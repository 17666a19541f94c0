package dedup

import (
	"cmp"
	"math"
	"slices"
)

// Sizes of the index: which keys of a signature are indexed, and how long a
// list is read.
const (
	indexedTerms    = 48
	indexedShingles = 20
	listCap         = 4000 // a list is read from its newest end
	perLanguage     = 2    // best hits of each language that always come along
)

// Index finds the articles that may be one work with a given one. It holds, in
// memory, for each article the keys under which it can be found: its 48
// heaviest concepts, its 20 smallest shingles, its text's hash, its URLs and
// the URLs that it declares as alternates.
//
// It grows linearly: about 75 keys of 8 bytes for each article, plus 16 bytes
// for each distinct key: 0.8 to 1.1 KB an article. A query reads at most 4,000
// entries under each key, so its time grows with the corpus only up to there.
// An Index is not safe for concurrent use, queries included.
type Index struct {
	ids     []string // by slot; "" when removed
	langs   []string
	slots   map[string]uint32
	lists   map[uint64]list
	entries []entry
	live    int

	scores  []float32 // by slot, all zero between queries
	touched []uint32
}

// list is a chain of entries, newest first.
type list struct {
	head  uint32 // index into entries, plus one; 0 ends
	count uint32
}

type entry struct {
	next   uint32
	packed uint32 // slot<<6 | weight
}

// Kinds of keys: the upper half of a key.
const (
	keyTerm uint64 = iota << 56
	keyShingle
	keyText
	keyURL
	keyNeutral
)

// NewIndex makes an empty index.
func NewIndex() *Index {
	return &Index{slots: map[string]uint32{}, lists: map[uint64]list{}}
}

// Len is the number of articles in the index.
func (ix *Index) Len() int { return ix.live }

type weighedKey struct {
	key    uint64
	weight float64
}

// keys are what a signature is found by. URLs that it declares are only
// queried, as are its own by those that declare it.
func keys(s *Signature) []weighedKey {
	order := make([]int, len(s.terms))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(s.document[j], s.document[i]), cmp.Compare(s.terms[i].term, s.terms[j].term))
	})
	var out []weighedKey
	for _, i := range order[:min(len(order), indexedTerms)] {
		out = append(out, weighedKey{keyTerm | uint64(s.terms[i].term), float64(s.document[i])})
	}
	for _, sh := range s.shingles[:min(len(s.shingles), indexedShingles)] {
		out = append(out, weighedKey{keyShingle | uint64(sh.masked), shingleWeight})
	}
	if s.text != 0 {
		out = append(out, weighedKey{keyText | s.text>>8, certain})
	}
	if s.neutral != 0 {
		out = append(out, weighedKey{keyNeutral | s.neutral>>8, neutralWeight})
	}
	for _, u := range slices.Concat(s.self, s.declared) {
		out = append(out, weighedKey{keyURL | u>>8, certain})
	}
	return out
}

// Weights of keys that are no concepts, against concept products that add up to
// a cosine.
const (
	shingleWeight = .35
	certain       = 10
	neutralWeight = 2
)

// Add puts an article into the index, in place of an earlier one of its ID.
func (ix *Index) Add(s *Signature) {
	ix.Remove(s.ID)
	slot := uint32(len(ix.ids))
	ix.ids = append(ix.ids, s.ID)
	ix.langs = append(ix.langs, s.Language)
	ix.slots[s.ID] = slot
	ix.live++
	for _, k := range keys(s) {
		w := uint32(math.Round(min(k.weight, 1) * 63))
		l := ix.lists[k.key]
		ix.entries = append(ix.entries, entry{l.head, slot<<6 | w})
		ix.lists[k.key] = list{uint32(len(ix.entries)), l.count + 1}
	}
}

// Remove takes an article out. Its entries are freed once half of the index is
// dead.
func (ix *Index) Remove(id string) {
	slot, ok := ix.slots[id]
	if !ok {
		return
	}
	delete(ix.slots, id)
	ix.ids[slot] = ""
	ix.live--
	if dead := len(ix.ids) - ix.live; dead > 1000 && dead > ix.live {
		ix.compact()
	}
}

// compact rewrites the index without what was removed.
func (ix *Index) compact() {
	const gone = math.MaxUint32
	moved := make([]uint32, len(ix.ids))
	n := uint32(0)
	for slot, id := range ix.ids {
		if id == "" {
			moved[slot] = gone
			continue
		}
		moved[slot] = n
		ix.ids[n], ix.langs[n] = id, ix.langs[slot]
		ix.slots[id] = n
		n++
	}
	ix.ids, ix.langs = slices.Clip(ix.ids[:n]), slices.Clip(ix.langs[:n])
	entries := make([]entry, 0, len(ix.entries)/2)
	var chain []uint32
	for key, l := range ix.lists {
		chain = chain[:0]
		for at := l.head; at != 0; at = ix.entries[at-1].next {
			if e := ix.entries[at-1]; moved[e.packed>>6] != gone {
				chain = append(chain, moved[e.packed>>6]<<6|e.packed&63)
			}
		}
		if len(chain) == 0 {
			delete(ix.lists, key)
			continue
		}
		head := uint32(0)
		for _, packed := range slices.Backward(chain) {
			entries = append(entries, entry{head, packed})
			head = uint32(len(entries))
		}
		ix.lists[key] = list{head, uint32(len(chain))}
	}
	ix.entries = entries
}

// Candidates gives the ids of the articles most likely to be one work with s,
// best first, at most limit of them and never s itself. Compare tells which of
// them are.
//
// An article's score is the cosine of the indexed concepts, each weighed by
// its rarity in the corpus at hand, and a fixed amount for each shared shingle,
// hash or URL. The best two of every language come along even if another
// language fills the list: scores of different languages are not on one scale.
func (ix *Index) Candidates(s *Signature, limit int) []string {
	if ix.live == 0 || limit <= 0 {
		return nil
	}
	self, has := ix.slots[s.ID]
	if len(ix.scores) < len(ix.ids) {
		ix.scores = make([]float32, len(ix.ids)+len(ix.ids)/4)
	}
	touched := ix.touched[:0]
	score := func(packed uint32, v float32) {
		slot := packed >> 6
		if v == 0 {
			return // would enter the slot twice
		}
		if ix.scores[slot] == 0 {
			touched = append(touched, slot)
		}
		ix.scores[slot] += v
	}
	for _, k := range keys(s) {
		l, ok := ix.lists[k.key]
		if !ok {
			continue
		}
		rarity := math.Log(1+float64(ix.live)/float64(l.count)) / math.Log(1+float64(ix.live))
		weight := k.weight * min(rarity*rarity, 1)
		at := l.head
		for range listCap {
			if at == 0 {
				break
			}
			e := ix.entries[at-1]
			at = e.next
			if k.key < keyShingle {
				score(e.packed, float32(weight)*float32(e.packed&63)/63)
			} else {
				score(e.packed, float32(weight))
			}
		}
	}
	ix.touched = touched

	// One pass keeps the best of all, and the best few of each language.
	var top hits
	firsts := map[string]hits{}
	for _, slot := range touched {
		h := hit{slot, ix.scores[slot], ix.ids[slot]}
		ix.scores[slot] = 0
		if h.id == "" || has && slot == self {
			continue
		}
		top.offer(h, limit)
		f := firsts[ix.langs[slot]]
		if f.offer(h, perLanguage) {
			firsts[ix.langs[slot]] = f
		}
	}
	slices.SortFunc(top, hit.compare)
	if len(top) == limit {
		// The last places go to the best of languages that are not among the first.
		var late hits
		for _, f := range firsts {
			for _, h := range f {
				if !slices.Contains(top, h) {
					late = append(late, h)
				}
			}
		}
		slices.SortFunc(late, hit.compare)
		late = late[:min(len(late), limit/4)]
		top = append(top[:limit-len(late)], late...)
	}
	out := make([]string, len(top))
	for i, h := range top {
		out[i] = h.id
	}
	return out
}

// hit is a found article with its score.
type hit struct {
	slot  uint32
	score float32
	id    string
}

// compare orders hits best first, equal scores by id.
func (a hit) compare(b hit) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
}

// hits is a heap with the worst hit on top.
type hits []hit

// offer takes h in if it is among the best n, and reports whether it is.
func (p *hits) offer(h hit, n int) bool {
	q := *p
	if len(q) < n {
		q = append(q, h)
		for i := len(q) - 1; i > 0 && q[(i-1)/2].compare(q[i]) < 0; i = (i - 1) / 2 {
			q[i], q[(i-1)/2] = q[(i-1)/2], q[i]
		}
		*p = q
		return true
	}
	if h.compare(q[0]) >= 0 {
		return false
	}
	q[0] = h
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(q) {
			return true
		}
		if c+1 < len(q) && q[c].compare(q[c+1]) < 0 {
			c++
		}
		if q[i].compare(q[c]) >= 0 {
			return true
		}
		q[i], q[c] = q[c], q[i]
		i = c
	}
}
