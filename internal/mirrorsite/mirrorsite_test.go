package mirrorsite_test

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"tamiz"
	"tamiz/demo"
	"tamiz/internal/mirrorsite"
)

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks for a URL; header holds names and values in turn.
func get(t *testing.T, url string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// length counts words, or letters where a script has no spaces.
func length(lang, text string) int {
	if lang != "ja" && lang != "zh" {
		return len(strings.Fields(text))
	}
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

func TestContentIsWhatTheMirrorPromises(t *testing.T) {
	e := mirrorsite.New().Expect()
	perLang := map[string]int{}
	inNine := 0
	for id, editions := range e.Works {
		langs := map[string]bool{}
		for i, ed := range editions {
			if (ed.Relation == tamiz.Original) != (i == 0) {
				t.Errorf("work %s: edition %d is %q; want exactly one original, the first", id, i, ed.Relation)
			}
			if ed.Relation == tamiz.Translation && langs[ed.Language] {
				t.Errorf("work %s: two editions in %s", id, ed.Language)
			}
			if ed.Relation != tamiz.Duplicate {
				langs[ed.Language] = true
			}
			perLang[ed.Language]++
			low, high := 170, 350
			if ed.Language == "ja" || ed.Language == "zh" {
				low, high = 300, 900
			}
			if n := length(ed.Language, e.Texts[ed.Path]); n < low || n > high {
				t.Errorf("%s has length %d, want %d to %d", ed.Path, n, low, high)
			}
		}
		if len(langs) == 9 {
			inNine++
		}
	}
	if inNine < 3 {
		t.Errorf("%d works in all nine languages, want at least 3", inNine)
	}
	for _, lang := range []string{"es", "id", "ru", "fr", "en", "de", "cs", "ja", "zh"} {
		if perLang[lang] < 5 {
			t.Errorf("%d articles in %s, want at least 5", perLang[lang], lang)
		}
	}
	if e.Articles < 50 {
		t.Errorf("%d articles, want at least 50", e.Articles)
	}
}

// TestSharesNothingWithTheDemo keeps the two sites apart: no paragraph of one
// is in the other.
func TestSharesNothingWithTheDemo(t *testing.T) {
	in := map[string]bool{}
	for _, text := range demo.New().Expect().Texts {
		for para := range strings.SplitSeq(text, "\n\n") {
			in[para] = true
		}
	}
	for path, text := range mirrorsite.New().Expect().Texts {
		for para := range strings.SplitSeq(text, "\n\n") {
			if in[para] {
				t.Errorf("%s: %q stands in the demo too", path, para)
			}
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

func TestEveryArticlePageHoldsItsWholeTextInOrder(t *testing.T) {
	m := mirrorsite.New()
	bases := m.Start(t)
	e := m.Expect()
	unescape := strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&")
	cyrillic := 0
	for _, editions := range e.Works {
		for _, ed := range editions {
			got := get(t, bases[ed.Host]+ed.Path)
			raw := got.body
			if got.status != http.StatusOK || strings.Contains(raw, "template failed") {
				t.Errorf("%s: status %d, %s", ed.Path, got.status, raw[max(0, len(raw)-200):])
				continue
			}
			if other := get(t, bases[1-ed.Host]+ed.Path); other.status != http.StatusNotFound {
				t.Errorf("%s: the other host has status %d, want 404", ed.Path, other.status)
			}
			if !utf8.ValidString(raw) {
				cyrillic++
			}
			enc, _, _ := charset.DetermineEncoding([]byte(raw), got.header.Get("Content-Type"))
			body, err := enc.NewDecoder().String(raw)
			if err != nil {
				t.Errorf("%s: %v", ed.Path, err)
				continue
			}
			page := strings.Join(strings.Fields(unescape.Replace(tags.ReplaceAllString(body, " "))), " ")
			at := 0
			for para := range strings.SplitSeq(e.Texts[ed.Path], "\n\n") {
				i := strings.Index(page[at:], strings.Join(strings.Fields(strings.ReplaceAll(para, " | ", " ")), " "))
				if i < 0 {
					t.Errorf("%s: paragraph is missing or out of place: %q", ed.Path, para)
					break
				}
				at += i
			}
			if ed.Language != "ru" && !utf8.ValidString(raw) {
				t.Errorf("%s is not UTF-8", ed.Path)
			}
			tag := got.header.Get("ETag")
			if again := get(t, bases[ed.Host]+ed.Path, "If-None-Match", tag); again.status != http.StatusNotModified {
				t.Errorf("%s with its ETag: status %d, want 304", ed.Path, again.status)
			}
		}
	}
	russian := 0
	for path := range e.Texts {
		if strings.HasPrefix(path, "/ru/") {
			russian++
		}
	}
	if cyrillic != russian {
		t.Errorf("%d pages in windows-1251, want all %d Russian ones", cyrillic, russian)
	}
}

var href = regexp.MustCompile(`href="([^"#][^"]*)"`)

// TestTheMirrorCanBeWalked follows every link of both hosts, a year of the
// calendar included, and finds every article and nothing broken.
func TestTheMirrorCanBeWalked(t *testing.T) {
	m := mirrorsite.New()
	bases := m.Start(t)
	e := m.Expect()
	seen := map[string]bool{bases[0] + "/": true, bases[1] + "/": true}
	queue := slices.Collect(maps.Keys(seen))
	crossed := 0
	for ; len(queue) > 0; queue = queue[1:] {
		url := queue[0]
		if strings.Contains(url, "/diary/") && !strings.Contains(url, "/diary/2026-") {
			continue
		}
		got := get(t, url)
		if got.status != http.StatusOK {
			t.Errorf("%s: status %d", url, got.status)
		}
		base := bases[0]
		if strings.HasPrefix(url, bases[1]) {
			base = bases[1]
		}
		for _, match := range href.FindAllStringSubmatch(got.body, -1) {
			to := strings.ReplaceAll(match[1], "&amp;", "&")
			if strings.HasPrefix(to, "/") {
				to = base + to
			} else if !strings.HasPrefix(to, base) {
				crossed++
			}
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	for _, editions := range e.Works {
		for _, ed := range editions {
			if !seen[bases[ed.Host]+ed.Path] {
				t.Errorf("no page links to %s", ed.Path)
			}
			if !seen[bases[ed.Host]+ed.Path+"?print=1"] {
				t.Errorf("no page links to the print copy of %s", ed.Path)
			}
		}
	}
	for h := range bases {
		for _, path := range []string{"/private/notes", "/diary/2027-01"} {
			if !seen[bases[h]+path] {
				t.Errorf("host %d: nothing links to %s", h, path)
			}
		}
		if robots := get(t, bases[h]+"/robots.txt").body; !strings.Contains(robots, "Disallow: /private/") || strings.Contains(robots, "print") {
			t.Errorf("host %d: robots.txt is %q", h, robots)
		}
		if len(m.Requests(h)) == 0 {
			t.Errorf("host %d has no log", h)
		}
	}
	if crossed == 0 {
		t.Error("no page links to the other host")
	}
}
