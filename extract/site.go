package extract

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// A template says the same on every page; an article is said once. Site counts
// on how many pages of a host each line stood, and what stands on several
// different articles is not part of any. That needs no word lists and works in
// every language.
//
// Three things make it safe:
//
//   - A page counts once, however often it is fetched, and a line seen on one
//     URL only is never removed.
//   - The same article at two addresses (a print copy, a reprint) repeats
//     whole. A page most of whose text stood on one earlier page is a copy of
//     that page and counts for nothing.
//   - A host may serve nine languages, each with its own chrome: pages are
//     counted within their language.
//
// Lines are compared folded (case, punctuation, diacritics) and with their
// numbers and dates masked, so that "Published: 2021-07-24" is one line. Short
// lines of several sentences are counted by sentence too, because templates join
// with <br> what others set apart. Where only the beginning repeats, up to a
// colon or a date, that label is counted: "Read next: " before another title on
// every page, "On the net since " before date and author.
//
// Rejected: comparing DOM trees of pages pairwise (site style trees). It finds
// the same blocks, but must keep whole pages, and says nothing about text files.

// Limits and thresholds of a site's memory.
const (
	siteVersion   = 1
	maxSiteBytes  = 256 << 10
	maxSiteLines  = 6000 // lines kept in memory; those seen once go first
	maxSitePages  = 2048 // addresses remembered
	maxSample     = 120  // bytes of a line kept for reports
	maxSeen       = 600  // fingerprints of one page
	maxLinePages  = 6    // pages a line remembers, to find copies
	maxLanguages  = 64
	agePages      = 1024 // pages of one language after which counts are halved
	readyPages    = 3
	copyShare     = 0.85 // share of a page's text that makes it a copy of an earlier page
	copyShareSame = 0.5  // the same, when the titles are equal too
)

// LineKind says what kind of repetition a line was found by.
type LineKind uint8

// The kinds of repetition.
const (
	RepeatLine  LineKind = iota // the same line, numbers and dates aside
	RepeatTail                  // the heading of a closing list whose entries change
	repeatPage                  // the page itself: its title
	RepeatLabel                 // how a short line begins whose rest changes: "Read next: …"
)

// String names the kind for people.
func (k LineKind) String() string {
	return [...]string{"line", "closing list", "page", "label"}[min(k, 3)]
}

// Fingerprint is what one block of a page contributes to the knowledge of its
// site.
type Fingerprint struct {
	Kind     LineKind
	Hash     uint64
	Language string
	Words    float32
	Main     bool   // stood in what was kept before repetition was looked at
	Sample   string // the text, shortened
}

// Line is a line learned to repeat.
type Line struct {
	Kind     LineKind
	Language string
	Pages    int // pages it was seen on
	Of       int // pages seen in that language
	Sample   string
}

type siteLine struct {
	kind   LineKind
	lang   uint8
	count  uint16
	pages  []uint32 // ordinals of the first pages it was seen on
	sample string   // kept once it repeats
}

type sitePage struct {
	url, title uint64
}

// Site is what repeats across the pages of one host (or the files of one
// folder). It is not safe for concurrent use while pages are observed.
type Site struct {
	host      string
	languages []string
	counts    []int // pages by language
	lines     map[uint64]*siteLine
	pages     []sitePage // the last maxSitePages
	first     uint32     // ordinal of pages[0]
	known     map[uint64]bool
	total     int
}

// NewSite makes the memory of a host of which nothing is known.
func NewSite(host string) *Site {
	return &Site{host: host, lines: map[uint64]*siteLine{}, known: map[uint64]bool{}}
}

// Host is the host the site was made for.
func (s *Site) Host() string { return s.host }

// Pages is the number of different articles observed.
func (s *Site) Pages() int { return s.total }

// Ready reports whether enough pages were seen in some language for repetition
// to say something. A page cleaned before is worth cleaning again.
func (s *Site) Ready() bool {
	for _, n := range s.counts {
		if n >= readyPages {
			return true
		}
	}
	return false
}

// Observe adds what one page showed. A URL counts once; a copy of an earlier
// page does not count.
func (s *Site) Observe(seen []Fingerprint, url string) {
	if len(seen) == 0 {
		return
	}
	id := xxh3.HashString(url)
	if s.known[id] {
		return
	}
	var title uint64
	for i := range seen {
		if seen[i].Kind == repeatPage {
			title = seen[i].Hash
		}
	}
	s.remember(sitePage{id, title})
	ordinal := s.first + uint32(len(s.pages)) - 1
	if s.isCopy(seen, title, ordinal) {
		return
	}
	lang := -1
	done := make(map[uint64]bool, len(seen))
	for i := range seen[:min(len(seen), maxSeen)] {
		f := &seen[i]
		if lang < 0 {
			if lang = s.language(f.Language); lang < 0 {
				return
			}
			s.counts[lang]++
			s.total++
		}
		if f.Kind == repeatPage {
			continue
		}
		k := lineKey(f.Kind, f.Language, f.Hash)
		if done[k] {
			continue
		}
		done[k] = true
		l := s.lines[k]
		if l == nil {
			l = &siteLine{kind: f.Kind, lang: uint8(lang)}
			s.lines[k] = l
		}
		if l.count < 1<<15 {
			l.count++
		}
		if len(l.pages) < maxLinePages {
			l.pages = append(l.pages, ordinal)
		}
		if l.count >= 2 && l.sample == "" {
			l.sample = strings.ToValidUTF8(cut(f.Sample, maxSample), "")
		}
	}
	if s.counts[lang] >= agePages {
		s.age(lang)
	}
	if len(s.lines) > maxSiteLines {
		s.forget(maxSiteLines * 3 / 4)
	}
}

func lineKey(kind LineKind, lang string, hash uint64) uint64 {
	return hash ^ xxh3.HashString(lang)*31 ^ uint64(kind)*0x9e3779b97f4a7c15
}

func (s *Site) remember(p sitePage) {
	s.known[p.url] = true
	s.pages = append(s.pages, p)
	if len(s.pages) > maxSitePages {
		delete(s.known, s.pages[0].url)
		s.pages = slices.Clone(s.pages[1:])
		s.first++
	}
}

// isCopy reports whether most of the page's text stood together on one earlier
// page.
func (s *Site) isCopy(seen []Fingerprint, title uint64, self uint32) bool {
	shared := map[uint32]float32{}
	total := float32(0)
	for i := range seen {
		f := &seen[i]
		if !f.Main || f.Kind != RepeatLine {
			continue
		}
		total += f.Words
		if l := s.lines[lineKey(f.Kind, f.Language, f.Hash)]; l != nil {
			for _, p := range l.pages {
				if p != self {
					shared[p] += f.Words
				}
			}
		}
	}
	if total == 0 {
		return false
	}
	for p, w := range shared {
		share := w / total
		if share >= copyShare {
			return true
		}
		if share >= copyShareSame && title != 0 && p >= s.first && int(p-s.first) < len(s.pages) && s.pages[p-s.first].title == title {
			return true
		}
	}
	return false
}

// language gives the number of a language, -1 if there are too many.
func (s *Site) language(l string) int {
	if i := slices.Index(s.languages, l); i >= 0 {
		return i
	}
	if len(s.languages) >= maxLanguages {
		return -1
	}
	s.languages = append(s.languages, l)
	s.counts = append(s.counts, 0)
	return len(s.languages) - 1
}

// age halves the counts of a language, so that what a site stopped saying is
// forgotten.
func (s *Site) age(lang int) {
	s.counts[lang] /= 2
	for k, l := range s.lines {
		if int(l.lang) == lang {
			if l.count /= 2; l.count == 0 {
				delete(s.lines, k)
			}
		}
	}
}

// forget keeps the n lines seen most often, the latest first among equals.
func (s *Site) forget(n int) {
	keys := s.ranked()
	for _, k := range keys[min(n, len(keys)):] {
		delete(s.lines, k)
	}
}

func (s *Site) ranked() []uint64 {
	keys := make([]uint64, 0, len(s.lines))
	for k := range s.lines {
		keys = append(keys, k)
	}
	last := func(l *siteLine) uint32 {
		if len(l.pages) == 0 {
			return 0
		}
		return l.pages[len(l.pages)-1]
	}
	slices.SortFunc(keys, func(a, b uint64) int {
		x, y := s.lines[a], s.lines[b]
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(last(y), last(x)), cmp.Compare(a, b))
	})
	return keys
}

// repeats gives on how many pages of the language a line was seen, and of how
// many.
func (s *Site) repeats(kind LineKind, lang string, hash uint64) (pages, of int) {
	if s == nil {
		return 0, 0
	}
	l := s.lines[lineKey(kind, lang, hash)]
	if l == nil {
		return 0, 0
	}
	return int(l.count), s.counts[l.lang]
}

// hasTitle reports whether a page of that title has been seen lately.
func (s *Site) hasTitle(hash uint64) bool {
	return s != nil && slices.ContainsFunc(s.pages, func(p sitePage) bool { return p.title == hash })
}

// Learned lists the lines that repeat on enough pages to be removed, the most
// frequent first. Sentences of a line that is listed are left out.
func (s *Site) Learned() []Line {
	var all []Line
	for _, k := range s.ranked() {
		l := s.lines[k]
		if l.count < learnedPages {
			break
		}
		all = append(all, Line{Kind: l.kind, Language: s.languages[l.lang], Pages: int(l.count), Of: s.counts[l.lang], Sample: l.sample})
	}
	var out []Line
	for i, line := range all {
		part := false
		for j, o := range all[:min(len(all), maxReported)] {
			same := o.Sample == line.Sample
			if i != j && o.Language == line.Language && 2*o.Pages >= line.Pages && strings.Contains(o.Sample, line.Sample) && (!same || j < i) {
				part = true
				break
			}
		}
		if !part {
			out = append(out, line)
		}
	}
	return out
}

// maxReported bounds the comparisons of a report.
const maxReported = 400

// MarshalBinary writes the site in at most 256 KiB: what repeats first, then
// what was seen once.
func (s *Site) MarshalBinary() ([]byte, error) {
	b := []byte{'t', 's', siteVersion}
	str := func(v string) {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	str(cut(s.host, 300))
	b = binary.AppendUvarint(b, uint64(len(s.languages)))
	for i, l := range s.languages {
		str(cut(l, 40))
		b = binary.AppendUvarint(b, uint64(s.counts[i]))
	}
	b = binary.AppendUvarint(b, uint64(s.total))
	b = binary.AppendUvarint(b, uint64(s.first))
	b = binary.AppendUvarint(b, uint64(len(s.pages)))
	for _, p := range s.pages {
		b = binary.LittleEndian.AppendUint64(b, p.url)
		b = binary.LittleEndian.AppendUint64(b, p.title)
	}
	for _, k := range s.ranked() {
		l := s.lines[k]
		n := len(b)
		b = binary.LittleEndian.AppendUint64(b, k)
		b = append(b, byte(l.kind), l.lang)
		b = binary.AppendUvarint(b, uint64(l.count))
		b = append(b, byte(len(l.pages)))
		for _, p := range l.pages {
			b = binary.AppendUvarint(b, uint64(p))
		}
		str(l.sample)
		if len(b) > maxSiteBytes {
			b = b[:n]
			break
		}
	}
	return b, nil
}

// errSite is what UnmarshalBinary says of data it did not write.
var errSite = errors.New("not the memory of a site")

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *Site) UnmarshalBinary(data []byte) error {
	if len(data) < 3 || data[0] != 't' || data[1] != 's' {
		return errSite
	}
	if data[2] != siteVersion {
		return fmt.Errorf("%w: version %d", errSite, data[2])
	}
	r := siteReader{b: data[3:]}
	t := NewSite(r.str())
	for n := r.uint(maxLanguages); n > 0; n-- {
		t.languages = append(t.languages, r.str())
		t.counts = append(t.counts, int(r.uint(1<<30)))
	}
	t.total = int(r.uint(1 << 30))
	t.first = uint32(r.uint(1 << 31))
	for n := r.uint(maxSitePages); n > 0 && !r.bad; n-- {
		p := sitePage{r.uint64(), r.uint64()}
		t.pages = append(t.pages, p)
		t.known[p.url] = true
	}
	for len(r.b) > 0 && !r.bad {
		k := r.uint64()
		l := &siteLine{kind: LineKind(r.byte()), lang: r.byte(), count: uint16(r.uint(1 << 15))}
		for n := r.byte(); n > 0 && !r.bad; n-- {
			l.pages = append(l.pages, uint32(r.uint(1<<32)))
		}
		l.sample = strings.ToValidUTF8(r.str(), "")
		if int(l.lang) >= len(t.languages) || l.kind > RepeatLabel || len(l.pages) > maxLinePages {
			r.bad = true
		}
		t.lines[k] = l
	}
	if r.bad {
		return fmt.Errorf("%w: cut off or damaged", errSite)
	}
	*s = *t
	return nil
}

// siteReader reads the stored form; after the first fault everything is zero.
type siteReader struct {
	b   []byte
	bad bool
}

func (r *siteReader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return make([]byte, min(n, 8))
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *siteReader) byte() byte     { return r.take(1)[0] }
func (r *siteReader) uint64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *siteReader) uint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > limit {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *siteReader) str() string {
	n := r.uint(1 << 10)
	if r.bad || n == 0 {
		return ""
	}
	return string(r.take(int(n)))
}
