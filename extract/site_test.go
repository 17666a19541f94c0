package extract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// The pages of these tests are written in words that are in no language and in
// no rule table: only repetition can tell what belongs to the template.
var (
	syllables  = []string{"bal", "dor", "min", "tek", "rus", "fan", "gol", "pir", "sum", "vek", "lot", "hab", "nur", "zet", "kom", "wil"}
	siteChrome = struct{ before, promo, label, after string }{
		before: "Zorbu klaam nifto",
		promo:  "Grelta wompu dristo vaneku plimso traku neldo fimbara grusto.",
		label:  "Vemplo drasku: ",
		after:  "Trompa gruldi neskovar plintu dromma skelfo brannitu vosk gralm.",
	}
)

// babble makes sentences of invented words, different for every seed.
func babble(seed, sentences int) string {
	x := uint32(seed)*2654435761 + 12345
	next := func(n int) int {
		x = x*1664525 + 1013904223
		return int(x>>16) % n
	}
	var b strings.Builder
	for s := range sentences {
		if s > 0 {
			b.WriteByte(' ')
		}
		for w := range 9 + next(8) {
			word := syllables[next(16)] + syllables[next(16)] + syllables[next(16)]
			if w == 0 {
				word = strings.ToUpper(word[:1]) + word[1:]
			} else {
				b.WriteByte(' ')
			}
			b.WriteString(word)
		}
		b.WriteByte('.')
	}
	return b.String()
}

// sitePageOf is page n of the invented site.
func sitePageOf(n int, promo bool) (body string, paras []string) {
	paras = []string{babble(n*10+1, 3), babble(n*10+2, 4), babble(n*10+3, 3), babble(n*10+4, 3)}
	var b strings.Builder
	fmt.Fprintf(&b, "<html><head><title>%[1]s</title></head><body><div><p>%[2]s</p><h1>%[1]s</h1><p>%[3]s</p>",
		strings.TrimSuffix(babble(n*10+9, 1), "."), siteChrome.before, paras[0])
	fmt.Fprintf(&b, "<p>%s</p>", paras[1])
	if promo {
		fmt.Fprintf(&b, "<p>%s</p>", siteChrome.promo)
	}
	fmt.Fprintf(&b, "<p>%s</p><p>%s</p><p>%s</p></div></body></html>", paras[2], paras[3], siteChrome.after)
	return b.String(), paras
}

func extractAt(t testing.TB, e *Extractor, url, body string, site *Site) *Result {
	t.Helper()
	r, err := e.Extract(&tamiz.Page{URL: url, MediaType: "text/html", Body: []byte(body)}, site)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func textBlocks(r *Result) []string {
	if r.Article == nil {
		return nil
	}
	return strings.Split(r.Article.Text, "\n\n")
}

func TestSiteLearnsWhatRepeats(t *testing.T) {
	e := newExtractor(t, Options{})
	site := NewSite("invented.example")
	for n := range 6 {
		url := fmt.Sprintf("https://invented.example/%d", n)
		body, _ := sitePageOf(n, n%2 == 0)
		if n == 2 && site.Ready() {
			t.Errorf("ready after %d pages", site.Pages())
		}
		site.Observe(extractAt(t, e, url, body, site).Seen, url)
	}
	if !site.Ready() || site.Pages() != 6 {
		t.Errorf("ready %v after %d pages, want ready after 6", site.Ready(), site.Pages())
	}
	body, want := sitePageOf(0, true)
	r := extractAt(t, e, "https://invented.example/0", body, site)
	if diff := cmp.Diff(want, textBlocks(r)); diff != "" {
		t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
	}
	body, want = sitePageOf(77, true) // a page it has not seen
	r = extractAt(t, e, "https://invented.example/77", body, site)
	if diff := cmp.Diff(want, textBlocks(r)); diff != "" {
		t.Errorf("text of a new page (-want +got):\n%s\n%s", diff, explained(r))
	}
	learned := map[string]bool{}
	for _, l := range site.Learned() {
		learned[l.Sample] = true
	}
	for _, line := range []string{siteChrome.promo, siteChrome.after} {
		if !learned[line] {
			t.Errorf("not among the learned lines: %s", line)
		}
	}
}

func TestSiteObservesEachURLOnce(t *testing.T) {
	e := newExtractor(t, Options{})
	site := NewSite("invented.example")
	body, _ := sitePageOf(1, true)
	for range 5 {
		site.Observe(extractAt(t, e, "https://invented.example/1", body, site).Seen, "https://invented.example/1")
	}
	if site.Pages() != 1 || len(site.Learned()) != 0 {
		t.Errorf("%d pages and %d lines from one URL, want 1 and 0", site.Pages(), len(site.Learned()))
	}
}

// The same article at several addresses must not teach the site that its
// sentences are boilerplate.
func TestSiteIgnoresCopies(t *testing.T) {
	e := newExtractor(t, Options{})
	site := NewSite("invented.example")
	for n := range 4 {
		url := fmt.Sprintf("https://invented.example/%d", n)
		body, _ := sitePageOf(n, true)
		site.Observe(extractAt(t, e, url, body, nil).Seen, url)
	}
	body, want := sitePageOf(2, true)
	for _, copy := range []string{"print", "amp", "archive", "mobile"} {
		url := "https://invented.example/" + copy
		site.Observe(extractAt(t, e, url, body, nil).Seen, url)
	}
	if site.Pages() != 4 {
		t.Errorf("%d pages, want the 4 different ones", site.Pages())
	}
	r := extractAt(t, e, "https://invented.example/2", body, site)
	if diff := cmp.Diff(want, textBlocks(r)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// Subheadings and short answers repeat from article to article and stay.
func TestSiteKeepsHeadingsOfArticles(t *testing.T) {
	e := newExtractor(t, Options{})
	site := NewSite("invented.example")
	page := func(n int) string {
		return fmt.Sprintf("<html><body><article><h1>%s</h1><p>%s</p><h2>Klompa</h2><p>%s</p><h2>Drentu fals</h2><p>%s</p></article></body></html>",
			strings.TrimSuffix(babble(n+500, 1), "."), babble(n+600, 4), babble(n+700, 4), babble(n+800, 4))
	}
	for n := range 6 {
		url := fmt.Sprintf("https://invented.example/s/%d", n)
		site.Observe(extractAt(t, e, url, page(n), site).Seen, url)
	}
	r := extractAt(t, e, "https://invented.example/s/3", page(3), site)
	got := textBlocks(r)
	want := []string{babble(603, 4), "Klompa", babble(703, 4), "Drentu fals", babble(803, 4)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
	}
}

// Chrome in one language does not count for pages in another.
func TestSiteCountsByLanguage(t *testing.T) {
	site := NewSite("mirror.example")
	line := func(lang string, page int) []Fingerprint {
		return []Fingerprint{
			{Kind: repeatPage, Hash: uint64(page), Language: lang},
			{Kind: RepeatLine, Hash: 42, Language: lang, Words: 3, Main: true, Sample: "three words here"},
			{Kind: RepeatLine, Hash: uint64(1000 + page), Language: lang, Words: 200, Main: true},
		}
	}
	for n := range 4 {
		site.Observe(line("es", n), fmt.Sprintf("https://mirror.example/es/%d", n))
	}
	site.Observe(line("fr", 9), "https://mirror.example/fr/9")
	if n, of := site.repeats(RepeatLine, "es", 42); n != 4 || of != 4 {
		t.Errorf("es: %d of %d, want 4 of 4", n, of)
	}
	if n, of := site.repeats(RepeatLine, "fr", 42); n != 1 || of != 1 {
		t.Errorf("fr: %d of %d, want 1 of 1", n, of)
	}
}

func TestSiteKeepsItsSize(t *testing.T) {
	site := NewSite("large.example")
	for n := range 3000 {
		seen := []Fingerprint{{Kind: repeatPage, Hash: uint64(n), Language: "en"}}
		for k := range 40 {
			seen = append(seen, Fingerprint{
				Kind: RepeatLine, Hash: uint64(n*1000+k) * 0x9e3779b97f4a7c15, Language: "en", Words: 20, Main: true, Sample: strings.Repeat("x", 300),
			})
		}
		seen = append(seen, Fingerprint{Kind: RepeatLine, Hash: 7, Language: "en", Words: 9, Main: true, Sample: "the line on every page"})
		site.Observe(seen, fmt.Sprintf("https://large.example/%d", n))
	}
	b, err := site.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > maxSiteBytes {
		t.Errorf("%d bytes, want at most %d", len(b), maxSiteBytes)
	}
	var back Site
	if err := back.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(site.Learned(), back.Learned()); diff != "" {
		t.Errorf("learned (-want +got):\n%s", diff)
	}
	if n, of := back.repeats(RepeatLine, "en", 7); n < of-1 || n < 100 {
		t.Errorf("the line of every page: %d of %d", n, of)
	}
	again, err := back.MarshalBinary()
	if err != nil || !cmp.Equal(b, again) {
		t.Errorf("written, read and written again: %d and %d bytes, error %v", len(b), len(again), err)
	}
}

func TestSiteRefusesWhatItDidNotWrite(t *testing.T) {
	good, err := NewSite("a.example").MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"something else":  []byte("hello, world"),
		"another version": append([]byte{'t', 's', siteVersion + 1}, good[3:]...),
		"cut off":         good[:len(good)-1],
	} {
		if err := new(Site).UnmarshalBinary(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzSiteUnmarshal(f *testing.F) {
	site := NewSite("a.example")
	for n := range 3 {
		site.Observe([]Fingerprint{{Kind: repeatPage, Hash: uint64(n)}, {Hash: 5, Language: "en", Words: 4, Main: true, Sample: "said on each"}}, fmt.Sprint(n))
	}
	b, err := site.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("ts\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Site
		if s.UnmarshalBinary(b) != nil {
			return
		}
		s.Observe([]Fingerprint{{Hash: 1, Language: "en", Main: true, Words: 3}}, "https://a.example/")
		if _, err := s.MarshalBinary(); err != nil {
			t.Fatal(err)
		}
		s.Learned()
	})
}
