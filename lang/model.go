package lang

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A model knows, for each alphabet that several languages share, what it costs
// to write a letter after the letters before it in each of these languages.
//
// The cost of the letter c after the history h in language L is -log P(c|h, L)
// in costUnits. A row holds the costs of one n-gram hc, a byte for each
// language of the alphabet; histories of up to four letters begin at most at
// the space before the word. A word's cost is the sum over its letters, and the
// space after it, of the row of the longest n-gram known: the smoothing was
// done when the model was learned, so that there is nothing to back off at run
// time and one look at a row serves all languages.
//
// The file, integers little-endian:
//
//	magic "tamizLM1", CRC-32 (IEEE) of everything after it
//	alphabets: count byte, then of each
//	    script byte, order byte (longest n-gram), language count byte
//	    language tags, each a length byte and the tag
//	    n-gram count uint32
//	    hash of each n-gram, uint32, ascending
//	    rows, language count bytes each
//
// N-grams stand as hashes. Two learned n-grams never share one (see learn.go);
// that an n-gram which is not in the model looks like one that is happens once
// in 60,000 look-ups, and then costs a wrong row for one letter.
const modelMagic = "tamizLM1"

// costUnits is how many units of cost make a nat. The dearest letter that a
// byte can express is then one in e^15.9.
const (
	costUnits = 16
	maxCost   = 255
)

// boundary stands for the space at both ends of a word.
const boundary = ' '

// maxOrder is the longest n-gram of any alphabet.
const maxOrder = 5

// Limits on a model file, far above what is learned.
const (
	maxAlphabets = 16
	maxNgrams    = 1 << 22
)

// ErrModel is wrapped by errors about a model file that cannot be used.
var ErrModel = errors.New("invalid language model")

// Model tells languages apart. It is not changed by use, and safe for use by
// several goroutines.
type Model struct {
	alphabets [numScripts]*alphabet // nil: the script has one language or none
}

// alphabet is the part of a model that tells the languages of one script apart.
type alphabet struct {
	script    Script
	order     int
	languages []string
	relatives []relative // languages without rows of their own
	rivals    []rivals   // pairs of close languages
	loan      int        // index of the language that all others borrow from; -1: none
	rows      []byte
	table     []uint32 // open-addressed: index of the row plus 1, 0: free
	hashes    []uint32 // of the rows
	mask      uint32
}

// Load reads a model as Learner.Model writes it. The data must not change
// while the model is in use.
func Load(data []byte) (*Model, error) {
	fail := func(what string) (*Model, error) { return nil, fmt.Errorf("%w: %s", ErrModel, what) }
	if len(data) < len(modelMagic)+5 || string(data[:len(modelMagic)]) != modelMagic {
		return fail("not a model, or of another version")
	}
	data = data[len(modelMagic):]
	if binary.LittleEndian.Uint32(data) != crc32.ChecksumIEEE(data[4:]) {
		return fail("wrong checksum")
	}
	r := modelReader{data: data[4:]}
	m := new(Model)
	count := int(r.byte())
	if count > maxAlphabets {
		return fail("too many alphabets")
	}
	for range count {
		a := &alphabet{script: Script(r.byte()), order: int(r.byte()), loan: -1}
		if a.script == Common || a.script >= numScripts || a.order < 1 || a.order > maxOrder {
			return fail("unknown script or order")
		}
		for range r.byte() {
			a.languages = append(a.languages, string(r.bytes(int(r.byte()))))
		}
		n := int(r.uint32())
		if n > maxNgrams || len(a.languages) == 0 {
			return fail("wrong count")
		}
		hashes := r.bytes(4 * n)
		a.rows = r.bytes(n * len(a.languages))
		if r.failed {
			return fail("too short")
		}
		a.index(hashes)
		a.relate()
		m.alphabets[a.script] = a
	}
	if len(r.data) > 0 {
		return fail("data after the end")
	}
	return m, nil
}

// modelReader reads the fields of a file; after the first one that is not
// there, all are zero.
type modelReader struct {
	data   []byte
	failed bool
}

func (r *modelReader) bytes(n int) []byte {
	if n > len(r.data) {
		r.failed, r.data = true, nil
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *modelReader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *modelReader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// index builds the hash table, at most half full.
func (a *alphabet) index(hashes []byte) {
	n := len(hashes) / 4
	size := 4
	for size < 2*n {
		size *= 2
	}
	a.table, a.hashes, a.mask = make([]uint32, size), make([]uint32, n), uint32(size-1)
	for i := range n {
		h := binary.LittleEndian.Uint32(hashes[4*i:])
		a.hashes[i] = h
		slot := h & a.mask
		for a.table[slot] != 0 {
			slot = (slot + 1) & a.mask
		}
		a.table[slot] = uint32(i + 1)
	}
}

// row gives the costs of an n-gram by its hash, nil if it is not known.
func (a *alphabet) row(hash uint32) []byte {
	for slot := hash & a.mask; ; slot = (slot + 1) & a.mask {
		i := a.table[slot]
		if i == 0 {
			return nil
		}
		if a.hashes[i-1] == hash {
			n := len(a.languages)
			return a.rows[int(i-1)*n : int(i)*n]
		}
	}
}

// extendHash gives the state for an n-gram that is one letter longer at its
// beginning: hashes go backwards from the last letter, so that all n-grams that
// end in a letter are hashed in one pass. ngramHash ends the pass.
func extendHash(state uint64, r rune) uint64 {
	state = (state ^ uint64(r)) * 0x9e3779b97f4a7c15
	return state ^ state>>29
}

func ngramHash(state uint64) uint32 { return uint32(state * 0xbf58476d1ce4e5b9 >> 32) }

// cost adds the costs of a word to sums, one for each language. Letters that
// the model has never seen cost the same in all languages, which is nothing.
func (a *alphabet) cost(letters []rune, padded []rune, sums []int32) []rune {
	for i := range sums {
		sums[i] = 0
	}
	if a.spaced() {
		padded = append(padded[:0], boundary)
		padded = append(padded, letters...)
		padded = append(padded, boundary)
	} else {
		padded = append(padded[:0], letters...)
	}
	var hashes [maxOrder]uint32
	for i := range padded {
		if i == 0 && a.spaced() {
			continue
		}
		n := 0
		for state := uint64(0); n < a.order && n <= i; n++ {
			state = extendHash(state, padded[i-n])
			hashes[n] = ngramHash(state)
		}
		for n--; n >= 0; n-- {
			if row := a.row(hashes[n]); row != nil {
				sums := sums[:len(row)]
				for l, c := range row {
					sums[l] += int32(c)
				}
				break
			}
		}
	}
	return padded
}

// spaced reports whether words of the alphabet have an end.
func (a *alphabet) spaced() bool { return !a.script.Spaceless() }

func (a *alphabet) languageIndex(tag string) int {
	for i, l := range a.languages {
		if l == tag {
			return i
		}
	}
	return -1
}

// quantize gives the cost of a probability.
func quantize(p float64) byte {
	return byte(math.Max(0, math.Min(maxCost, math.Round(-math.Log(p)*costUnits))))
}
