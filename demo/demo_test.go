package demo_test

import (
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html/charset"

	"tamiz"
	"tamiz/demo"
)

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// serve gives the site's base URL, and a getter that does not follow redirects
// and takes header names and values in turn.
func serve(t *testing.T, s *demo.Site) (base string, get func(path string, header ...string) answer) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	client := srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return srv.URL, func(path string, header ...string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := client.Do(req)
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
}

// words counts words, or characters where a script has no spaces.
func words(text string) int { return len(strings.Fields(text)) }

func TestContentIsWhatTheSitePromises(t *testing.T) {
	e := demo.New().Expect()
	if len(e.Works) < 10 {
		t.Errorf("%d works, want at least 10", len(e.Works))
	}
	inFour := 0
	for id, editions := range e.Works {
		langs := map[string]bool{}
		for i, ed := range editions {
			if (ed.Relation == tamiz.Original) != (i == 0) {
				t.Errorf("work %s: edition %d is %q; want exactly one original, the first", id, i, ed.Relation)
			}
			if ed.Published == "" || ed.Title == "" {
				t.Errorf("%s: title or date is missing", ed.Path)
			}
			if ed.Relation == tamiz.Translation && langs[ed.Language] {
				t.Errorf("work %s: two editions in %s", id, ed.Language)
			}
			if ed.Relation == tamiz.Original || ed.Relation == tamiz.Translation {
				langs[ed.Language] = true
			}
			if n := words(e.Texts[ed.Path]); n < 250 {
				t.Errorf("%s has %d words, want at least 250", ed.Path, n)
			}
			if !utf8.ValidString(e.Texts[ed.Path]) {
				t.Errorf("%s is not valid UTF-8", ed.Path)
			}
		}
		if len(langs) >= 4 {
			inFour++
		}
	}
	if inFour < 5 {
		t.Errorf("%d works in four languages or more, want at least 5", inFour)
	}
	if got := len(e.Texts); got != e.Articles {
		t.Errorf("%d texts for %d articles", got, e.Articles)
	}
}

// Tags within a line join words, all others part them.
var (
	inline = regexp.MustCompile(`</?(a|strong|b)\b[^>]*>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

func TestEveryArticlePageHoldsItsWholeTextInOrder(t *testing.T) {
	s := demo.New()
	e := s.Expect()
	_, get := serve(t, s)
	authors := map[string]string{}
	for _, editions := range e.Works {
		for _, ed := range editions {
			authors[ed.Path] = strings.Join(ed.Authors, ", ")
		}
	}
	unescape := strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&")
	for _, path := range slices.Sorted(maps.Keys(e.Texts)) {
		got := get(path)
		if got.status == http.StatusServiceUnavailable {
			got = get(path)
		}
		if got.status != http.StatusOK || strings.Contains(got.body, "template failed") {
			t.Errorf("%s: status %d, %s", path, got.status, got.body[max(0, len(got.body)-200):])
			continue
		}
		enc, _, _ := charset.DetermineEncoding([]byte(got.body), got.header.Get("Content-Type"))
		body, err := enc.NewDecoder().String(got.body)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		page := strings.Join(strings.Fields(unescape.Replace(tags.ReplaceAllString(inline.ReplaceAllString(body, ""), " "))), " ")
		if !strings.Contains(page, authors[path]) {
			t.Errorf("%s does not name its author %q", path, authors[path])
		}
		at := 0
		for para := range strings.SplitSeq(e.Texts[path], "\n\n") {
			i := strings.Index(page[at:], strings.Join(strings.Fields(strings.ReplaceAll(para, " | ", " ")), " "))
			if i < 0 {
				t.Errorf("%s: paragraph is missing or out of place: %q", path, para)
				break
			}
			at += i
		}
	}
}

func TestPagesWithoutArticle(t *testing.T) {
	s := demo.New()
	e := s.Expect()
	_, get := serve(t, s)
	for _, path := range append(e.Plain, "/intern/desk", "/events/2026/11/", "/events/9998/12/") {
		got := get(path)
		if got.status != http.StatusOK || strings.Contains(got.body, "template failed") {
			t.Errorf("%s: status %d, %s", path, got.status, got.body[max(0, len(got.body)-200):])
		}
	}
	for _, path := range append(e.Missing, "/events/", "/events/2026/13/", "/nowhere") {
		if got := get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, got.status)
		}
	}
	if n := len(e.Plain) + e.Articles; n < 60 || n > 100 {
		t.Errorf("%d pages, want 60 to 100", n)
	}
}

// href finds what a page links to.
var href = regexp.MustCompile(`(?:href|src)="([^"#][^"]*)"`)

// TestEveryLinkLeadsSomewhere walks the whole site from its home page and finds
// every article, and nothing that is not foreseen.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	s := demo.New()
	e := s.Expect()
	base, get := serve(t, s)
	seen := map[string]bool{"/": true}
	for queue := []string{"/"}; len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		if strings.HasPrefix(path, e.Calendar) && !strings.HasPrefix(path, e.Calendar+"2026/") {
			continue // one year of the calendar is enough
		}
		got := get(path)
		if got.status == http.StatusServiceUnavailable {
			got = get(path)
		}
		switch {
		case got.status == http.StatusMovedPermanently:
			if to := got.header.Get("Location"); to != e.Moved[path] {
				t.Errorf("%s leads to %q, want %q", path, to, e.Moved[path])
			}
			got.body = `href="` + e.Moved[path] + `"`
		case got.status == http.StatusNotFound:
			if !slices.Contains(e.Missing, path) {
				t.Errorf("%s is linked and missing", path)
			}
		case got.status != http.StatusOK:
			t.Errorf("%s: status %d", path, got.status)
		}
		if !strings.Contains(got.header.Get("Content-Type"), "html") {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(got.body, -1) {
			to := strings.TrimPrefix(strings.ReplaceAll(m[1], "&amp;", "&"), base)
			if strings.HasPrefix(to, "/") && !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	for path := range e.Texts {
		if !seen[path] {
			t.Errorf("no page links to %s", path)
		}
	}
	for _, want := range []string{"/intern/desk", "?print=1", "utm_source="} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("no page links to %s", want)
		}
	}
}

func TestFeedsAndSitemaps(t *testing.T) {
	s := demo.New()
	e := s.Expect()
	base, get := serve(t, s)

	feeds := []string{"/feed.xml", "/en/feed.xml", "/es/feed.xml", "/id/feed.xml", "/ru/feed.xml", "/fr/feed.xml", "/de/feed.xml"}
	for _, path := range feeds {
		feed, err := gofeed.NewParser().ParseString(get(path).body)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if len(feed.Items) == 0 {
			t.Errorf("%s has no items", path)
		}
		for _, item := range feed.Items {
			p, _, _ := strings.Cut(strings.TrimPrefix(item.Link, base), "?")
			if e.Texts[p] == "" || item.PublishedParsed == nil || item.Title == "" {
				t.Errorf("%s: item %q is not an article with title and date", path, item.Link)
			}
		}
	}

	var index struct {
		Locs []string `xml:"sitemap>loc"`
	}
	if err := xml.Unmarshal([]byte(get("/sitemap.xml").body), &index); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, loc := range index.Locs {
		var set struct {
			URLs []struct {
				Loc  string `xml:"loc"`
				Mod  string `xml:"lastmod"`
				Alts []struct {
					Href string `xml:"href,attr"`
				} `xml:"link"`
			} `xml:"url"`
		}
		if err := xml.Unmarshal([]byte(get(strings.TrimPrefix(loc, base)).body), &set); err != nil {
			t.Errorf("%s: %v", loc, err)
		}
		for _, u := range set.URLs {
			listed[strings.TrimPrefix(u.Loc, base)] = true
			for _, a := range u.Alts {
				if e.Texts[strings.TrimPrefix(a.Href, base)] == "" {
					t.Errorf("%s: alternate %s is no article", u.Loc, a.Href)
				}
			}
		}
	}
	for _, editions := range e.Works {
		for _, ed := range editions {
			own := ed.Relation == tamiz.Original || ed.Relation == tamiz.Translation
			if listed[ed.Path] != own {
				t.Errorf("%s (%s) in a sitemap: %t, want %t", ed.Path, ed.Relation, listed[ed.Path], own)
			}
		}
	}

	robots := get("/robots.txt").body
	for _, line := range []string{"Disallow: /intern/", "Disallow: /*?print=", "Sitemap: " + base + "/sitemap.xml"} {
		if !strings.Contains(robots, line) {
			t.Errorf("robots.txt lacks %q", line)
		}
	}
}

func TestBusyPageAnswersTheSecondTime(t *testing.T) {
	s := demo.New()
	_, get := serve(t, s)
	e := s.Expect()
	if len(e.Flaky) == 0 {
		t.Fatal("no page is busy at first")
	}
	for _, path := range e.Flaky {
		got := get(path)
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "1" {
			t.Errorf("%s: status %d, Retry-After %q; want 503 and 1", path, got.status, got.header.Get("Retry-After"))
		}
		if got := get(path); got.status != http.StatusOK {
			t.Errorf("%s the second time: status %d", path, got.status)
		}
	}
}

func TestUnchangedPagesAnswer304(t *testing.T) {
	s := demo.New()
	_, get := serve(t, s)
	e := s.Expect()
	paths := append(slices.Collect(maps.Keys(e.Texts)), e.Plain...)
	for _, path := range append(paths, "/feed.xml", "/sitemap.xml", "/img/open-rate.png") {
		got := get(path)
		if got.status == http.StatusServiceUnavailable {
			got = get(path)
		}
		tag, mod := got.header.Get("ETag"), got.header.Get("Last-Modified")
		if tag == "" || mod == "" {
			t.Errorf("%s has no validators", path)
			continue
		}
		if got := get(path, "If-None-Match", tag); got.status != http.StatusNotModified || got.body != "" {
			t.Errorf("%s with its ETag: status %d", path, got.status)
		}
		if got := get(path, "If-Modified-Since", mod); got.status != http.StatusNotModified {
			t.Errorf("%s with its date: status %d", path, got.status)
		}
		if got := get(path, "If-None-Match", `"other"`); got.status != http.StatusOK {
			t.Errorf("%s with another ETag: status %d", path, got.status)
		}
	}
}

func TestRequestsAreLogged(t *testing.T) {
	s := demo.New()
	_, get := serve(t, s)
	get("/en/?x=1", "User-Agent", "probe/1")
	get("/nowhere", "If-None-Match", `"a"`)
	got := s.Requests()
	for i := range got {
		if got[i].Time.IsZero() {
			t.Errorf("request %d has no time", i)
		}
		got[i].Time = time.Time{}
	}
	want := []demo.Request{
		{Method: "GET", Path: "/en/?x=1", Agent: "probe/1", Status: 200},
		{Method: "GET", Path: "/nowhere", Agent: "Go-http-client/1.1", Conditional: true, Status: 404},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestCyrillicPagesAreNotUTF8(t *testing.T) {
	s := demo.New()
	_, get := serve(t, s)
	declared := map[string]int{}
	for path := range s.Expect().Texts {
		got := get(path)
		if got.status != http.StatusOK || utf8.ValidString(got.body) {
			continue
		}
		inHeader := strings.Contains(got.header.Get("Content-Type"), "windows-1251")
		inMeta := strings.Contains(got.body, "charset=windows-1251")
		switch {
		case inHeader && !inMeta:
			declared["header"]++
		case inMeta && !inHeader:
			declared["meta"]++
		default:
			t.Errorf("%s declares windows-1251 in header %t, meta %t; want one of them", path, inHeader, inMeta)
		}
	}
	if declared["header"] == 0 || declared["meta"] == 0 {
		t.Errorf("windows-1251 pages by where it is declared: %v, want some of each", declared)
	}
}
