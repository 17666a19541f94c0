package dedup

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"
)

// A lexicon turns words of any language into concepts. It is learned from
// parallel texts (cmd/train lexicon): for a word of a language it holds up to
// four stems of English words it is likely to be a translation of, each with a
// probability. English needs no entries: an English stem is its own concept,
// and so is any word in Latin letters that the lexicon does not know, which lets
// names, products and loan words meet across languages.
//
// Words are kept as 40-bit hashes, concepts as 28-bit hashes, not as text: half
// a million words take 5 MB instead of 14. A word that is not in the lexicon is
// taken for one that is once in two million look-ups.
//
// The file, zstd-compressed:
//
//	"tamizlx1"
//	languages: count; each: name length, name, width ratio to English (float32)
//	concepts:  count; each: delta of the sorted 28-bit term, idf (byte)
//	words:     count; each: delta of the sorted 40-bit key, number of links,
//	           links (concept index, probability/255)
//
// Counts, lengths, deltas and indices are unsigned varints.
const lexiconMagic = "tamizlx1"

// Bounds of a lexicon file, against a damaged one.
const (
	maxLexiconBytes = 64 << 20
	maxEntries      = 4 << 20
	maxLinks        = 4
)

//go:embed lexicon.bin
var embeddedLexicon []byte

// term identifies a concept, a word that stands for itself or a number.
type term uint32

const termBits = 28

// wordTerm is the concept of an English stem or of a Latin word form.
func wordTerm(form string) term { return term(xxh3.HashString(form) >> (64 - termBits)) }

// numberTerm is the concept of a number in its normalised form.
func numberTerm(form string) term { return term(xxh3.HashString("#"+form) >> (64 - termBits)) }

// Link says that a word may mean a concept: an English stem of [Stem]'s form.
type Link struct {
	Stem string
	P    float64
}

// Lexicon is the learned word table. It is safe for concurrent use.
type Lexicon struct {
	ratio    map[string]float64 // by language: width of a text over that of its English edition
	concepts []concept          // sorted by term
	buckets  []uint32           // by the top bits of the key: first entry
	keys     []uint32           // low bits of the keys, sorted inside each bucket
	first    []uint32           // by entry: its first link; one more at the end
	links    []uint32           // concept index << 8 | probability
}

type concept struct {
	term term
	idf  uint8
}

// Keys have keyBits, of which the top bucketBits choose a bucket: about eight
// entries in each, found by a short scan.
const (
	keyBits    = 40
	bucketBits = 16
	lowBits    = keyBits - bucketBits
)

func wordKey(language, form string) uint64 {
	return xxh3.HashString(language+"\x00"+form) >> (64 - keyBits)
}

var defaultLexicon = sync.OnceValues(func() (*Lexicon, error) {
	return ReadLexicon(bytes.NewReader(embeddedLexicon))
})

var errLexicon = errors.New("not a lexicon of this version")

// ReadLexicon reads what [LexiconBuilder.WriteTo] wrote.
func ReadLexicon(r io.Reader) (*Lexicon, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxLexiconBytes))
	if err != nil {
		return nil, fmt.Errorf("read lexicon: %w", err)
	}
	defer z.Close()
	raw, err := io.ReadAll(io.LimitReader(z, maxLexiconBytes))
	if err != nil {
		return nil, fmt.Errorf("read lexicon: %w", err)
	}
	d := &decoder{b: raw}
	if string(d.take(len(lexiconMagic))) != lexiconMagic {
		return nil, fmt.Errorf("read lexicon: %w", errLexicon)
	}
	lx := &Lexicon{ratio: map[string]float64{}}
	for range d.count(1000) {
		name := string(d.take(d.count(32)))
		if b := d.take(4); b != nil {
			lx.ratio[name] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		}
	}
	n := d.count(maxEntries)
	lx.concepts = make([]concept, 0, n)
	prev := uint64(0)
	for range n {
		prev += d.uvarint()
		b := d.take(1)
		if d.err != nil {
			break
		}
		lx.concepts = append(lx.concepts, concept{term(prev), b[0]})
	}
	n = d.count(maxEntries)
	lx.keys = make([]uint32, 0, n)
	lx.first = make([]uint32, 0, n+1)
	lx.buckets = make([]uint32, 1<<bucketBits+1)
	prev = 0
	bucket := 0
	for range n {
		prev += d.uvarint()
		links := d.count(maxLinks)
		if d.err != nil || prev>>keyBits != 0 {
			break
		}
		for ; bucket <= int(prev>>lowBits); bucket++ {
			lx.buckets[bucket] = uint32(len(lx.keys))
		}
		lx.keys = append(lx.keys, uint32(prev&(1<<lowBits-1)))
		lx.first = append(lx.first, uint32(len(lx.links)))
		for range links {
			c := d.count(len(lx.concepts) - 1)
			p := d.take(1)
			if d.err != nil {
				break
			}
			lx.links = append(lx.links, uint32(c)<<8|uint32(p[0]))
		}
	}
	for ; bucket < len(lx.buckets); bucket++ {
		lx.buckets[bucket] = uint32(len(lx.keys))
	}
	lx.first = append(lx.first, uint32(len(lx.links)))
	if d.err != nil {
		return nil, fmt.Errorf("read lexicon: %w", d.err)
	}
	return lx, nil
}

// lookup gives the links of a word, nil if it is unknown.
func (lx *Lexicon) lookup(language, form string) []uint32 {
	k := wordKey(language, form)
	low := uint32(k & (1<<lowBits - 1))
	for i := lx.buckets[k>>lowBits]; i < lx.buckets[k>>lowBits+1]; i++ {
		if lx.keys[i] == low {
			return lx.links[lx.first[i]:lx.first[i+1]]
		}
	}
	return nil
}

// idf is how much a concept tells, 0 to 15; known is false for a term that the
// lexicon has not seen.
func (lx *Lexicon) idf(t term) (v uint8, known bool) {
	i := sort.Search(len(lx.concepts), func(i int) bool { return lx.concepts[i].term >= t })
	if i < len(lx.concepts) && lx.concepts[i].term == t {
		return lx.concepts[i].idf, true
	}
	return 0, false
}

// widthRatio is the usual width of a text of the language over that of its
// English edition; 1 for a language that was never seen.
func (lx *Lexicon) widthRatio(language string) float64 {
	if r := lx.ratio[language]; r > 0 {
		return r
	}
	return 1
}

// Words is the number of words with links, over all languages.
func (lx *Lexicon) Words() int { return len(lx.keys) }

// Languages is the number of languages with entries.
func (lx *Lexicon) Languages() int { return len(lx.ratio) }

// LexiconLanguage maps a BCP 47 tag to the name under which the lexicon keeps
// its words: the primary subtag, save for traditional Chinese.
func LexiconLanguage(tag string) string {
	tag = strings.ToLower(strings.ReplaceAll(tag, "_", "-"))
	base, rest, _ := strings.Cut(tag, "-")
	switch base {
	case "zh", "yue", "cmn":
		for sub := range strings.SplitSeq(rest, "-") {
			switch sub {
			case "hans":
				return "zh"
			case "hant", "tw", "hk", "mo":
				return "zh-hant"
			}
		}
		return "zh"
	case "no", "nn":
		return "nb"
	case "tl":
		return "fil"
	case "iw":
		return "he"
	case "in":
		return "id"
	}
	if len(base) > 8 {
		return "" // no language tag
	}
	return base
}

// sibling is a language whose words serve where the language's own are missing.
var sibling = map[string]string{
	"zh": "zh-hant", "zh-hant": "zh", "id": "ms", "ms": "id", "hr": "sl", "bs": "hr", "be": "ru", "mk": "bg", "gl": "pt", "ca": "es",
	"nb": "da", "da": "nb", "sk": "cs", "cs": "sk",
}

// Thin gives a lexicon that lacks a share of the words, chosen by their hash
// and the seed: training with it shows a model what texts look like whose
// vocabulary was never learned.
func (lx *Lexicon) Thin(share float64, seed uint64) *Lexicon {
	out := &Lexicon{ratio: lx.ratio, concepts: lx.concepts, buckets: make([]uint32, len(lx.buckets))}
	for b := range len(lx.buckets) - 1 {
		out.buckets[b] = uint32(len(out.keys))
		for i := lx.buckets[b]; i < lx.buckets[b+1]; i++ {
			if chance(uint64(b)<<lowBits|uint64(lx.keys[i]), seed) < share {
				continue
			}
			out.keys = append(out.keys, lx.keys[i])
			out.first = append(out.first, uint32(len(out.links)))
			out.links = append(out.links, lx.links[lx.first[i]:lx.first[i+1]]...)
		}
	}
	out.buckets[len(out.buckets)-1] = uint32(len(out.keys))
	out.first = append(out.first, uint32(len(out.links)))
	return out
}

// chance is a number in [0,1) that key and seed settle.
func chance(key, seed uint64) float64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], key)
	binary.LittleEndian.PutUint64(b[8:], seed)
	return float64(xxh3.Hash(b[:])>>11) / (1 << 53)
}

// LexiconBuilder collects the entries of a lexicon and writes its file.
type LexiconBuilder struct {
	ratio map[string]float64
	idf   map[term]uint8
	words map[uint64][]Link
}

// NewLexiconBuilder makes an empty builder.
func NewLexiconBuilder() *LexiconBuilder {
	return &LexiconBuilder{ratio: map[string]float64{}, idf: map[term]uint8{}, words: map[uint64][]Link{}}
}

// Language states how wide texts of a language are, compared to English.
func (b *LexiconBuilder) Language(name string, widthRatio float64) { b.ratio[name] = widthRatio }

// Concept states how much an English stem tells: idf from 0 (in every sentence)
// to 1 (in one).
func (b *LexiconBuilder) Concept(stem string, idf float64) {
	b.idf[wordTerm(stem)] = uint8(math.Round(15 * min(max(idf, 0), 1)))
}

// Word adds a word of a language, in the form of [Forms], with its links, the
// best four of which are kept. Links to stems that were not given to Concept
// are dropped.
func (b *LexiconBuilder) Word(language, form string, links []Link) {
	links = append([]Link(nil), links...)
	sort.Slice(links, func(i, j int) bool {
		if links[i].P != links[j].P {
			return links[i].P > links[j].P
		}
		return links[i].Stem < links[j].Stem
	})
	kept := links[:0]
	for _, l := range links {
		if _, ok := b.idf[wordTerm(l.Stem)]; ok && len(kept) < maxLinks {
			kept = append(kept, l)
		}
	}
	if len(kept) > 0 {
		b.words[wordKey(language, form)] = kept
	}
}

// WriteTo writes the file. The same entries give the same bytes.
func (b *LexiconBuilder) WriteTo(w io.Writer) (int64, error) {
	out := []byte(lexiconMagic)
	var names []string
	for n := range b.ratio {
		names = append(names, n)
	}
	sort.Strings(names)
	out = binary.AppendUvarint(out, uint64(len(names)))
	for _, n := range names {
		out = binary.AppendUvarint(out, uint64(len(n)))
		out = append(out, n...)
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(b.ratio[n])))
	}
	var terms []term
	for t := range b.idf {
		terms = append(terms, t)
	}
	sort.Slice(terms, func(i, j int) bool { return terms[i] < terms[j] })
	index := map[term]uint64{}
	out = binary.AppendUvarint(out, uint64(len(terms)))
	prev := uint64(0)
	for i, t := range terms {
		index[t] = uint64(i)
		out = binary.AppendUvarint(out, uint64(t)-prev)
		out = append(out, b.idf[t])
		prev = uint64(t)
	}
	var keys []uint64
	for k := range b.words {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	out = binary.AppendUvarint(out, uint64(len(keys)))
	prev = 0
	for _, k := range keys {
		out = binary.AppendUvarint(out, k-prev)
		prev = k
		links := b.words[k]
		out = binary.AppendUvarint(out, uint64(len(links)))
		for _, l := range links {
			out = binary.AppendUvarint(out, index[wordTerm(l.Stem)])
			out = append(out, byte(math.Round(255*min(max(l.P, 0), 1))))
		}
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, fmt.Errorf("write lexicon: %w", err)
	}
	if _, err := z.Write(out); err != nil {
		return 0, fmt.Errorf("write lexicon: %w", err)
	}
	if err := z.Close(); err != nil {
		return 0, fmt.Errorf("write lexicon: %w", err)
	}
	return int64(len(out)), nil
}

// Forms gives the words of a text in the form in which a lexicon keeps them,
// sentence by sentence; numbers and hiragana are left out.
func Forms(text string) [][]string {
	text = clean(text, maxTextBytes)
	foreign := foreignText(text)
	var out [][]string
	for _, s := range sentences(text) {
		var forms []string
		tokenize(text[s.start:s.end], foreign, func(t token) {
			if t.class != number {
				forms = append(forms, t.form)
			}
		})
		out = append(out, forms)
	}
	return out
}

// Stem is the concept form of an English word form.
func Stem(form string) string { return foldLatin([]rune(form)) }

// Width is the length of a text in units that are alike across scripts.
func Width(text string) float64 { return width(text) }
