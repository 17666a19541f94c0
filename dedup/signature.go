package dedup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/zeebo/xxh3"

	"tamiz"
	"tamiz/weburl"
)

// Sizes of a signature. They were chosen so that an article of 1,500 words
// fits into 4 KB; longer texts keep their heaviest terms.
const (
	maxSegments  = 40   // of sentences; more are merged evenly
	minSegment   = 30.0 // width below which a sentence joins the next
	leadWidth    = 350.0
	maxTerms     = 640
	maxPosts     = 1600
	maxShingles  = 160
	shingleWords = 3
	maxURLs      = 64 // declared alternates that are kept
)

// titleSegment is the segment number of what stands in the title.
const titleSegment = 63

// Signature is an article prepared for comparison: what it says, as weighted
// concepts per sentence, and how, as a sample of its word sequences. It is a
// pure function of the article and of the lexicon in this build.
type Signature struct {
	ID       string
	Language string // as the lexicon names it; "" when unknown

	text     uint64 // hash of the text without case, space and punctuation; 0 for an empty text
	title    uint64 // the same of the title
	self     []uint64
	declared []uint64 // hashes of URLs said to be other editions
	neutral  uint64   // hash of the URL without its language element
	variant  bool     // the URL has a language element
	width    float64
	coverage float64 // share of the words that the lexicon knows
	ratio    float64 // usual width of the language over that of English
	segments []uint16
	terms    []termEntry
	starts   []uint16 // by term: its first post; one more at the end
	posts    []post
	shingles []shingle // smallest hashes first
	complete bool      // shingles holds all of them

	// Derived from the above, not stored.
	weights  []float32 // by post, each segment of unit length
	document []float32 // by term, unit length
	lead     int       // segments that make up the opening
}

type termEntry struct {
	term  term
	flags uint8 // idf | anchor | number
}

const (
	flagIDF    = 0x0f
	flagAnchor = 0x10
	flagNumber = 0x20
)

func (e termEntry) idf() float32 { return float32(e.flags&flagIDF) / 15 }

// post says that a term stands in a segment, and how strongly: an index into
// postWeights.
type post struct {
	segment uint8
	level   uint8
}

// postWeights are the four levels to which log(1+probability) is rounded.
var postWeights = [4]float32{.15, .35, .7, 1.1}

// shingle is a run of three words: hash with every number masked, and a hash of
// the numbers alone.
type shingle struct {
	masked  uint32
	numbers uint8
}

// Prepare makes the signature of an article, with the lexicon of this build. It
// reads ID, Title, Text, Language, URL, CanonicalURL, Alternates and
// TranslationOf; it takes about a millisecond for a page of text.
func Prepare(a *tamiz.Article) *Signature { return Default().Prepare(a) }

// Prepare makes the signature of an article.
func (m *Matcher) Prepare(a *tamiz.Article) *Signature {
	s, _ := m.prepare(a)
	return s
}

// occurrence is a concept found in a segment, before adding up.
type occurrence struct {
	term    term
	segment uint8
	flags   uint8
	p       float32
}

// prepare also gives the segments' places in the cleaned text, for Explain.
func (m *Matcher) prepare(a *tamiz.Article) (*Signature, []string) {
	language := LexiconLanguage(a.Language)
	s := &Signature{
		ID: a.ID, Language: language,
		text: fingerprint(a.Text), title: fingerprint(a.Title),
		ratio: m.lexicon.widthRatio(language),
	}
	s.urls(a)
	title, text := clean(a.Title, maxTitleBytes), clean(a.Text, maxTextBytes)
	foreign := foreignText(text)
	spans := segment(text, sentences(text))
	var occ []occurrence
	var seq []token
	words, known := 0, 0
	add := func(seg uint8, t token) {
		before := len(occ)
		found := m.concepts(language, t, seg, &occ)
		if t.class != number && seg != titleSegment {
			words++
			if found || len(occ) > before && (language == "en" || t.strong) {
				known++
			}
		}
	}
	tokenize(title, foreign, func(t token) { add(titleSegment, t) })
	texts := make([]string, len(spans))
	for i, sp := range spans {
		texts[i] = text[sp.start:sp.end]
		w := width(texts[i])
		s.width += w
		s.segments = append(s.segments, uint16(min(math.Round(w), math.MaxUint16)))
		for _, sen := range sp.sentences {
			tokenize(text[sen.start:sen.end], foreign, func(t token) {
				add(uint8(i), t)
				seq = append(seq, t)
			})
		}
	}
	s.width = math.Round(s.width)
	if words > 0 {
		s.coverage = math.Round(255*float64(known)/float64(words)) / 255
	}
	s.ratio = float64(float32(s.ratio))
	s.collect(occ)
	s.sample(seq)
	s.derive()
	return s, texts
}

// fingerprint hashes the letters and digits of a text, case folded; 0 when
// there are none.
func fingerprint(s string) uint64 {
	h := xxh3.New()
	buf := make([]byte, 0, 4096)
	any := false
	for _, r := range clean(s, len(s)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) {
			continue
		}
		any = true
		buf = append(buf, string(unicode.ToLower(r))...)
		if len(buf) > 4000 {
			_, _ = h.Write(buf)
			buf = buf[:0]
		}
	}
	if !any {
		return 0
	}
	_, _ = h.Write(buf)
	return max(h.Sum64(), 1)
}

// TextHash is equal for articles whose texts differ in case, white space and
// punctuation at most; 0 for an article without text.
func (s *Signature) TextHash() uint64 { return s.text }

func (s *Signature) urls(a *tamiz.Article) {
	if a.URL != "" {
		s.self = append(s.self, xxh3.HashString(a.URL))
		_, neutral, ok := weburl.LanguageVariant(a.URL)
		s.neutral, s.variant = xxh3.HashString(neutral), ok
	}
	if a.CanonicalURL != "" && a.CanonicalURL != a.URL {
		s.self = append(s.self, xxh3.HashString(a.CanonicalURL))
	}
	for _, alt := range a.Alternates {
		if alt.URL != "" && len(s.declared) < maxURLs {
			s.declared = append(s.declared, xxh3.HashString(alt.URL))
		}
	}
	if a.TranslationOf != "" {
		s.declared = append(s.declared, xxh3.HashString(a.TranslationOf))
	}
	slices.Sort(s.declared)
	s.declared = slices.Compact(s.declared)
}

// span is a segment: sentences that lie side by side.
type span struct {
	start, end int
	sentences  []sentence
}

// segment joins sentences into at most maxSegments segments. Headings and
// scraps join what follows them, so that a translator's choice of full stops
// matters little; of a long text as many neighbours are merged as it takes,
// evenly by width.
func segment(text string, sens []sentence) []span {
	var out []span
	open := false
	for _, sen := range sens {
		if open {
			last := &out[len(out)-1]
			last.end = sen.end
			last.sentences = append(last.sentences, sen)
		} else {
			out = append(out, span{sen.start, sen.end, []sentence{sen}})
		}
		last := out[len(out)-1]
		open = width(text[last.start:last.end]) < minSegment
	}
	if open && len(out) > 1 { // a scrap at the end joins what is before it
		last := out[len(out)-1]
		out = out[:len(out)-1]
		p := &out[len(out)-1]
		p.end = last.end
		p.sentences = append(p.sentences, last.sentences...)
	}
	if len(out) <= maxSegments {
		return out
	}
	total := 0.0
	widths := make([]float64, len(out))
	for i, sp := range out {
		widths[i] = width(text[sp.start:sp.end])
		total += widths[i]
	}
	var merged []span
	at := 0.0
	for i, sp := range out {
		slot := min(int((at+widths[i]/2)/total*maxSegments), maxSegments-1)
		at += widths[i]
		if len(merged) > 0 && slot < len(merged) {
			p := &merged[len(merged)-1]
			p.end = sp.end
			p.sentences = append(p.sentences, sp.sentences...)
			continue
		}
		merged = append(merged, sp)
	}
	return merged
}

// Weights that were set by hand: how much a term tells that no training text
// holds, and the parts a word's own form plays.
const (
	unknownIDF = 12  // a word in Latin letters that nobody knows: likely a name
	scrapedIDF = 7   // the same, transliterated
	minLink    = .05 // links of less are noise
)

// concepts appends what a token means in a segment; found tells whether the
// lexicon knew the word.
func (m *Matcher) concepts(language string, t token, seg uint8, occ *[]occurrence) (found bool) {
	if t.class == number {
		f := uint8(flagNumber) | numberIDF(t.form)
		if t.anchor {
			f |= flagAnchor
		}
		*occ = append(*occ, occurrence{numberTerm(t.form), seg, f, 1})
		return true
	}
	anchor := uint8(0)
	if t.anchor {
		anchor = flagAnchor
	}
	if t.numbered {
		anchor |= flagNumber
	}
	if language != "en" {
		links := m.lexicon.lookup(language, t.form)
		if links == nil && sibling[language] != "" {
			links = m.lexicon.lookup(sibling[language], t.form)
		}
		for _, l := range links {
			c := m.lexicon.concepts[l>>8]
			*occ = append(*occ, occurrence{c.term, seg, c.idf, float32(l&0xff) / 255})
		}
		found = links != nil
	}
	if t.self == "" || t.class == gram || found && !t.strong {
		return found
	}
	id := wordTerm(t.self)
	idf, seen := m.lexicon.idf(id)
	switch {
	case seen && language == "en":
		found = true
	case t.numbered:
		idf = unknownIDF
	case seen && t.anchor:
		idf = max(idf, scrapedIDF)
	case seen:
	case t.self == t.form || t.anchor:
		idf = unknownIDF
	default:
		idf = scrapedIDF
	}
	*occ = append(*occ, occurrence{id, seg, idf | anchor, 1})
	return found
}

// numberIDF: the more digits, the less likely by chance; years are common.
func numberIDF(form string) uint8 {
	switch n := len(form); {
	case strings.Contains(form, "."):
		return 12
	case n == 1:
		return 3
	case n == 2:
		return 6
	case n == 4 && (form[:2] == "19" || form[:2] == "20"):
		return 7
	case n == 3:
		return 10
	}
	return 13
}

// collect adds occurrences up into terms and posts.
func (s *Signature) collect(occ []occurrence) {
	slices.SortFunc(occ, func(a, b occurrence) int {
		if a.term != b.term {
			return int(a.term) - int(b.term)
		}
		return int(a.segment) - int(b.segment)
	})
	type weighed struct {
		entry termEntry
		posts []post
		sum   float32
	}
	var all []weighed
	for i := 0; i < len(occ); {
		w := weighed{entry: termEntry{term: occ[i].term}}
		idf := uint8(0)
		for i < len(occ) && occ[i].term == w.entry.term {
			seg, p := occ[i].segment, float32(0)
			for ; i < len(occ) && occ[i].term == w.entry.term && occ[i].segment == seg; i++ {
				p += occ[i].p
				idf = max(idf, occ[i].flags&flagIDF)
				w.entry.flags |= occ[i].flags &^ flagIDF
			}
			if p < minLink {
				continue
			}
			l := level(float32(math.Log1p(float64(p))))
			w.posts = append(w.posts, post{seg, l})
			w.sum += postWeights[l]
		}
		w.entry.flags |= idf
		w.sum = float32(math.Log1p(float64(w.sum))) * w.entry.idf()
		if len(w.posts) > 0 && idf > 0 {
			all = append(all, w)
		}
	}
	posts := 0
	for _, w := range all {
		posts += len(w.posts)
	}
	if len(all) > maxTerms || posts > maxPosts {
		slices.SortFunc(all, func(a, b weighed) int {
			if a.sum != b.sum {
				if a.sum > b.sum {
					return -1
				}
				return 1
			}
			return int(a.entry.term) - int(b.entry.term)
		})
		n := 0
		for posts = 0; n < min(len(all), maxTerms) && posts+len(all[n].posts) <= maxPosts; n++ {
			posts += len(all[n].posts)
		}
		all = all[:n]
		slices.SortFunc(all, func(a, b weighed) int { return int(a.entry.term) - int(b.entry.term) })
	}
	for _, w := range all {
		s.terms = append(s.terms, w.entry)
		s.starts = append(s.starts, uint16(len(s.posts)))
		s.posts = append(s.posts, w.posts...)
	}
	s.starts = append(s.starts, uint16(len(s.posts)))
}

func level(v float32) uint8 {
	best := 0
	for l, w := range postWeights {
		if math.Abs(float64(w-v)) < math.Abs(float64(postWeights[best]-v)) {
			best = l
		}
	}
	return uint8(best)
}

// sample keeps the shingles with the smallest hashes: a sample that two texts
// draw alike, so that the share of one text that stands in another can be read
// off it, however different their lengths.
func (s *Signature) sample(seq []token) {
	n := max(len(seq)-shingleWords+1, min(len(seq), 1))
	all := make([]shingle, 0, n)
	var buf []byte
	for i := range n {
		buf = buf[:0]
		var numbers uint64
		for _, t := range seq[i:min(i+shingleWords, len(seq))] {
			if t.class == number {
				buf = append(buf, '#')
				numbers = numbers*31 + xxh3.HashString(t.form)
			} else {
				buf = append(buf, t.form...)
			}
			buf = append(buf, ' ')
		}
		all = append(all, shingle{uint32(xxh3.Hash(buf) >> 32), uint8(numbers >> 56)})
	}
	slices.SortFunc(all, func(a, b shingle) int {
		if a.masked != b.masked {
			if a.masked < b.masked {
				return -1
			}
			return 1
		}
		return int(a.numbers) - int(b.numbers)
	})
	all = slices.CompactFunc(all, func(a, b shingle) bool { return a.masked == b.masked })
	s.complete = len(all) <= maxShingles
	s.shingles = slices.Clip(all[:min(len(all), maxShingles)])
}

// derive computes the vectors.
//
// A term weighs less in a segment the more segments of the article it stands
// in: the topic of the whole article aligns nothing. That needs no statistics
// of other articles, so a score depends on the two articles alone.
func (s *Signature) derive() {
	n := len(s.segments)
	s.weights = make([]float32, len(s.posts))
	s.document = make([]float32, len(s.terms))
	norms := make([]float64, maxSegments)
	total := 0.0
	for i, e := range s.terms {
		posts := s.posts[s.starts[i]:s.starts[i+1]]
		in := 0
		var sum float64
		for _, p := range posts {
			w := postWeights[p.level]
			sum += float64(w)
			if p.segment != titleSegment {
				in++
			}
		}
		idf := float64(e.idf())
		isf := 1.0
		if n > 1 && in > 1 {
			isf = math.Log(1+float64(n)/float64(in)) / math.Log(1+float64(n))
		}
		for k, p := range posts {
			w := float64(postWeights[p.level]) * idf * idf * isf
			s.weights[int(s.starts[i])+k] = float32(w)
			if p.segment < maxSegments {
				norms[p.segment] += w * w
			}
		}
		d := math.Log1p(sum) * idf * idf
		s.document[i] = float32(d)
		total += d * d
	}
	for i := range norms {
		norms[i] = math.Sqrt(norms[i])
	}
	for k, p := range s.posts {
		if p.segment < maxSegments && norms[p.segment] > 0 {
			s.weights[k] /= float32(norms[p.segment])
		}
	}
	if total > 0 {
		for i := range s.document {
			s.document[i] /= float32(math.Sqrt(total))
		}
	}
	s.lead = 0
	for w := 0.0; s.lead < n && w < leadWidth; s.lead++ {
		w += float64(s.segments[s.lead])
	}
}

// WithoutAnchors gives a signature that lacks a share of its names, acronyms and
// numbers, chosen by their hash and the seed: training with it keeps a model
// from leaning on them alone.
func (s *Signature) WithoutAnchors(share float64, seed uint64) *Signature {
	out := *s
	out.terms, out.starts, out.posts = nil, nil, nil
	for i, e := range s.terms {
		if e.flags&flagAnchor != 0 && chance(uint64(e.term), seed) < share {
			continue
		}
		out.terms = append(out.terms, e)
		out.starts = append(out.starts, uint16(len(out.posts)))
		out.posts = append(out.posts, s.posts[s.starts[i]:s.starts[i+1]]...)
	}
	out.starts = append(out.starts, uint16(len(out.posts)))
	out.derive()
	return &out
}

// signatureVersion changes with the format, the tokenizer and the lexicon's
// file: signatures of different versions cannot be compared.
const signatureVersion = 1

// ErrVersion says that a stored signature was made by another version: prepare
// the article again.
var ErrVersion = errors.New("signature of another version")

// MarshalBinary packs the signature, about 1 KB for a news item and 4 KB for a
// long article.
func (s *Signature) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, 4096)
	b = append(b, signatureVersion)
	b = binary.LittleEndian.AppendUint32(b, lexiconSum())
	for _, v := range []string{s.ID, s.Language} {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	b = binary.LittleEndian.AppendUint64(b, s.text)
	b = binary.LittleEndian.AppendUint64(b, s.title)
	b = binary.LittleEndian.AppendUint64(b, s.neutral)
	b = append(b, boolByte(s.variant)|boolByte(s.complete)<<1)
	for _, list := range [][]uint64{s.self, s.declared} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, v := range list {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
	}
	b = binary.AppendUvarint(b, uint64(s.width))
	b = append(b, byte(math.Round(s.coverage*255)))
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(s.ratio)))
	b = binary.AppendUvarint(b, uint64(len(s.segments)))
	for _, w := range s.segments {
		b = binary.AppendUvarint(b, uint64(w))
	}
	b = binary.AppendUvarint(b, uint64(len(s.terms)))
	prev := uint64(0)
	for i, e := range s.terms {
		b = binary.AppendUvarint(b, uint64(e.term)-prev)
		prev = uint64(e.term)
		posts := s.posts[s.starts[i]:s.starts[i+1]]
		b = append(b, e.flags|boolByte(len(posts) == 1)<<6)
		if len(posts) != 1 {
			b = binary.AppendUvarint(b, uint64(len(posts)))
		}
		for _, p := range posts {
			b = append(b, p.segment|p.level<<6)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(s.shingles)))
	prev = 0
	for _, sh := range s.shingles {
		b = binary.AppendUvarint(b, uint64(sh.masked)-prev)
		prev = uint64(sh.masked)
		b = append(b, sh.numbers)
	}
	return b, nil
}

// UnmarshalBinary unpacks what MarshalBinary packed. It returns [ErrVersion] for
// data of another version.
func (s *Signature) UnmarshalBinary(b []byte) error {
	if len(b) < 5 || b[0] != signatureVersion || binary.LittleEndian.Uint32(b[1:]) != lexiconSum() {
		return ErrVersion
	}
	d := &decoder{b: b[5:]}
	*s = Signature{}
	s.ID = string(d.take(d.count(1 << 16)))
	s.Language = string(d.take(d.count(64)))
	s.text, s.title, s.neutral = d.uint64(), d.uint64(), d.uint64()
	flags := d.byte()
	s.variant, s.complete = flags&1 != 0, flags&2 != 0
	for _, list := range []*[]uint64{&s.self, &s.declared} {
		for range d.count(maxURLs + 2) {
			*list = append(*list, d.uint64())
		}
	}
	s.width = float64(d.count(1 << 30))
	s.coverage = float64(d.byte()) / 255
	if raw := d.take(4); raw != nil {
		s.ratio = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw)))
	}
	for range d.count(maxSegments) {
		s.segments = append(s.segments, uint16(d.count(math.MaxUint16)))
	}
	n := d.count(maxTerms)
	s.terms = make([]termEntry, 0, n)
	s.starts = make([]uint16, 0, n+1)
	prev := uint64(0)
	for range n {
		prev += d.uvarint()
		flags := d.byte()
		posts := 1
		if flags>>6&1 == 0 {
			posts = d.count(maxSegments + 1)
		}
		s.terms = append(s.terms, termEntry{term(prev & (1<<termBits - 1)), flags & 0x3f})
		s.starts = append(s.starts, uint16(len(s.posts)))
		for range posts {
			p := d.byte()
			if seg := int(p & 0x3f); seg >= len(s.segments) && seg != titleSegment || len(s.posts) >= maxPosts {
				d.err = errCut
				break
			}
			s.posts = append(s.posts, post{p & 0x3f, p >> 6})
		}
	}
	s.starts = append(s.starts, uint16(len(s.posts)))
	prev = 0
	for range d.count(maxShingles) {
		prev += d.uvarint()
		s.shingles = append(s.shingles, shingle{uint32(prev), d.byte()})
	}
	if d.err != nil {
		return fmt.Errorf("read signature: %w", d.err)
	}
	if math.IsNaN(s.ratio) || s.ratio <= 0 || s.ratio > 100 {
		return fmt.Errorf("read signature: %w", errCut)
	}
	s.complete = s.complete || len(s.shingles) == 0
	s.derive()
	return nil
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
