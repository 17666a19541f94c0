package crawler

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"tamiz"
	"tamiz/weburl"
)

func TestFetchPage(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{
		"/blog/post": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/HTML; charset=utf-8")
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Last-Modified", "Sat, 21 Nov 2026 08:00:00 GMT")
			w.Header().Set("Set-Cookie", "visitor=1")
			fmt.Fprint(w, "<p>Hello")
		},
	})
	clock := newClock()
	c := newCrawler(t, Options{
		Now: clock.Now, Sleep: clock.Sleep, UserAgent: UserAgent("1.2", "https://tamiz.example/bot"),
	})
	f := c.get(t, s.URL+"/blog/post?utm_source=x#top")
	header := f.Page.Header
	f.Page.Header, f.Duration = nil, 0
	want := &tamiz.Fetch{
		Link:    tamiz.Link{URL: s.URL + "/blog/post?utm_source=x#top", Source: "test"},
		Outcome: tamiz.OutcomeFetched, Status: 200, Attempts: 1, StartedAt: clock.Now(), Bytes: 8,
		Page: &tamiz.Page{
			URL: s.URL + "/blog/post", FinalURL: s.URL + "/blog/post", Source: "test", Status: 200,
			MediaType: "text/html", Charset: "utf-8", Body: []byte("<p>Hello"), FetchedAt: clock.Now(),
			Validators: tamiz.Validators{ETag: `"v1"`, LastModified: "Sat, 21 Nov 2026 08:00:00 GMT"},
		},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("fetch (-want +got):\n%s", diff)
	}
	if got := header.Get("Content-Type"); got != "text/HTML; charset=utf-8" {
		t.Errorf("kept Content-Type %q", got)
	}
	if header.Get("Set-Cookie") != "" {
		t.Error("cookie was kept")
	}
	if diff := cmp.Diff([]string{"/robots.txt", "/blog/post"}, s.asked()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}

	c.get(t, s.URL+"/blog/post")
	sent := s.last().Header
	if got, want := sent.Get("User-Agent"), "tamiz/1.2 (+https://tamiz.example/bot)"; got != want {
		t.Errorf("User-Agent %q, want %q", got, want)
	}
	for _, name := range []string{"Cookie", "Authorization", "Referer", "If-None-Match", "If-Modified-Since"} {
		if got := sent.Get(name); got != "" {
			t.Errorf("sent %s: %s", name, got)
		}
	}
}

func TestFetchConditionally(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"v1"` && r.Header.Get("If-Modified-Since") == "Sat, 21 Nov 2026 08:00:00 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		htmlPage("changed")(w, r)
	}
	s := newSite(t, map[string]http.HandlerFunc{
		"/post": answer, "/old": redirect(301, "/post"), "/odd": status(http.StatusNotModified),
	})
	c := newCrawler(t, Options{})
	known := tamiz.Validators{ETag: `"v1"`, LastModified: "Sat, 21 Nov 2026 08:00:00 GMT"}
	tests := []struct {
		name, path string
		validators tamiz.Validators
		want       tamiz.Outcome
	}{
		{"unchanged", "/post", known, tamiz.OutcomeUnchanged},
		{"unchanged behind a redirect", "/old", known, tamiz.OutcomeUnchanged},
		{"changed", "/post", tamiz.Validators{ETag: `"v0"`}, tamiz.OutcomeFetched},
		{"validators that cannot be sent", "/post", tamiz.Validators{ETag: "\"v1\"\r\nX: y"}, tamiz.OutcomeFetched},
		{"not modified although not asked", "/odd", tamiz.Validators{}, tamiz.OutcomeHTTP},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := c.fetch(t.Context(), t.Context(), tamiz.Target{Link: tamiz.Link{URL: s.URL + test.path}, Validators: test.validators})
			if err != nil {
				t.Fatal(err)
			}
			if f.Outcome != test.want || (f.Page != nil) != (test.want == tamiz.OutcomeFetched) {
				t.Errorf("outcome %s with page %v, want %s", f.Outcome, f.Page, test.want)
			}
		})
	}
}

func TestFetchOutcomes(t *testing.T) {
	typed := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			fmt.Fprint(w, body)
		}
	}
	untyped := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			fmt.Fprint(w, body)
		}
	}
	tests := []struct {
		name      string
		answer    http.HandlerFunc
		want      tamiz.Outcome
		mediaType string // of a page
		retried   bool
	}{
		{"html", htmlPage("<p>x"), tamiz.OutcomeFetched, "text/html", false},
		{"empty page", htmlPage(""), tamiz.OutcomeFetched, "text/html", false},
		{"no content", status(204), tamiz.OutcomeFetched, "text/plain", false},
		{"xhtml", typed("application/xhtml+xml", "<html/>"), tamiz.OutcomeFetched, "application/xhtml+xml", false},
		{"rss", typed("application/rss+xml; charset=utf-8", "<rss/>"), tamiz.OutcomeFetched, "application/rss+xml", false},
		{"atom", typed("application/atom+xml", "<feed/>"), tamiz.OutcomeFetched, "application/atom+xml", false},
		{"json feed", typed("application/feed+json", "{}"), tamiz.OutcomeFetched, "application/feed+json", false},
		{"markdown", typed("text/markdown", "# x"), tamiz.OutcomeFetched, "text/markdown", false},
		{"two types in one header", typed("text/html, text/html;x=y", "<p>x"), tamiz.OutcomeFetched, "text/html", false},
		{"no type, html", untyped("<!doctype html><p>x"), tamiz.OutcomeFetched, "text/html", false},
		{"no type, xml", untyped(`<?xml version="1.0"?><rss/>`), tamiz.OutcomeFetched, "text/xml", false},
		{"no type, feed without declaration", untyped(`<rss version="2.0"><channel/></rss>`), tamiz.OutcomeFetched, "application/xml", false},
		{"no type, picture", untyped("\x89PNG\r\n\x1a\n"), tamiz.OutcomeMediaType, "", false},
		{"bytes that are xml", typed("application/octet-stream", `<?xml version="1.0"?><urlset/>`), tamiz.OutcomeFetched, "text/xml", false},
		{"picture", typed("image/png", "\x89PNG"), tamiz.OutcomeMediaType, "", false},
		{"vector picture", typed("image/svg+xml", "<svg/>"), tamiz.OutcomeMediaType, "", false},
		{"pdf", typed("application/pdf", "%PDF"), tamiz.OutcomeMediaType, "", false},
		{"not found", status(404), tamiz.OutcomeNotFound, "", false},
		{"gone", status(410), tamiz.OutcomeNotFound, "", false},
		{"unauthorized", status(401), tamiz.OutcomeDenied, "", false},
		{"forbidden", status(403), tamiz.OutcomeDenied, "", false},
		{"legal reasons", status(451), tamiz.OutcomeDenied, "", false},
		{"teapot", status(418), tamiz.OutcomeHTTP, "", false},
		{"request timeout", status(408), tamiz.OutcomeServer, "", true},
		{"too many requests", status(429), tamiz.OutcomeServer, "", true},
		{"server error", status(500), tamiz.OutcomeServer, "", true},
		{"unavailable", status(503), tamiz.OutcomeServer, "", true},
		{"partial content", status(206), tamiz.OutcomeBroken, "", false},
		{"redirect to nowhere", status(302), tamiz.OutcomeRedirect, "", false},
	}
	pages := map[string]http.HandlerFunc{}
	for i, test := range tests {
		pages[fmt.Sprintf("/%d", i)] = test.answer
	}
	s := newSite(t, pages)
	clock := newClock()
	c := newCrawler(t, Options{Now: clock.Now, Sleep: clock.Sleep})
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := c.get(t, fmt.Sprintf("%s/%d", s.URL, i))
			if f.Outcome != test.want {
				t.Errorf("outcome %s (%s), want %s", f.Outcome, f.Reason, test.want)
			}
			if f.Status == 0 {
				t.Error("no status")
			}
			if got := !f.RetryAt.IsZero(); got != test.retried {
				t.Errorf("retried = %v, want %v", got, test.retried)
			}
			switch {
			case test.mediaType == "" && f.Page != nil:
				t.Errorf("page %+v", f.Page)
			case test.mediaType == "" && f.Reason == "":
				t.Error("no reason")
			case test.mediaType != "" && (f.Page == nil || f.Page.MediaType != test.mediaType):
				t.Errorf("page %+v, want media type %s", f.Page, test.mediaType)
			}
		})
	}
}

func TestFetchRedirects(t *testing.T) {
	other := newSite(t, map[string]http.HandlerFunc{
		"/":           htmlPage("other"),
		"/robots.txt": text("User-agent: *\nDisallow: /private"),
		"/private":    htmlPage("private"),
	})
	pages := map[string]http.HandlerFunc{
		"/end":      htmlPage("end"),
		"/relative": redirect(302, "end"),
		"/campaign": redirect(301, "/end?utm_source=mail#part"),
		"/bounce": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("utm_source") == "" {
				redirect(302, "/bounce?utm_source=site")(w, r)
			} else {
				htmlPage("end")(w, r)
			}
		},
		"/across":     redirect(308, other.URL),
		"/disallowed": redirect(307, other.URL+"/private"),
		"/circle":     redirect(302, "/circle2"),
		"/circle2":    redirect(302, "/circle"),
		"/self":       redirect(302, "/self"),
		"/file":       redirect(302, "file:///etc/passwd"),
		"/script":     redirect(302, "javascript:alert(1)"),
		"/gopher":     redirect(302, "gopher://127.0.0.1/"),
		"/user":       redirect(302, strings.Replace(other.URL, "http://", "http://user:secret@", 1)),
		"/control":    redirect(302, "/end\x01"),
		"/missing":    redirect(301, "/nowhere"),
	}
	for i := range 13 {
		pages[fmt.Sprintf("/chain%d", i)] = redirect(302, fmt.Sprintf("/chain%d", i+1))
	}
	pages["/chain12"] = htmlPage("end")
	s := newSite(t, pages)
	c := newCrawler(t, Options{})
	tests := []struct {
		path  string
		want  tamiz.Outcome
		final string
		hops  []tamiz.Hop
	}{
		{"/relative", tamiz.OutcomeFetched, s.URL + "/end", []tamiz.Hop{{URL: s.URL + "/relative", Status: 302, To: s.URL + "/end"}}},
		{"/campaign", tamiz.OutcomeFetched, s.URL + "/end", []tamiz.Hop{{URL: s.URL + "/campaign", Status: 301, To: s.URL + "/end"}}},
		{"/bounce", tamiz.OutcomeFetched, s.URL + "/bounce", []tamiz.Hop{{URL: s.URL + "/bounce", Status: 302, To: s.URL + "/bounce"}}},
		{"/across", tamiz.OutcomeFetched, other.URL + "/", []tamiz.Hop{{URL: s.URL + "/across", Status: 308, To: other.URL + "/"}}},
		{"/user", tamiz.OutcomeFetched, other.URL + "/", []tamiz.Hop{{URL: s.URL + "/user", Status: 302, To: other.URL + "/"}}},
		{"/disallowed", tamiz.OutcomeRobots, "", []tamiz.Hop{{URL: s.URL + "/disallowed", Status: 307, To: other.URL + "/private"}}},
		{"/self", tamiz.OutcomeRedirect, "", []tamiz.Hop{{URL: s.URL + "/self", Status: 302, To: s.URL + "/self"}}},
		{"/circle", tamiz.OutcomeRedirect, "", []tamiz.Hop{
			{URL: s.URL + "/circle", Status: 302, To: s.URL + "/circle2"},
			{URL: s.URL + "/circle2", Status: 302, To: s.URL + "/circle"},
		}},
		{"/file", tamiz.OutcomeRedirect, "", nil},
		{"/script", tamiz.OutcomeRedirect, "", nil},
		{"/gopher", tamiz.OutcomeRedirect, "", nil},
		{"/missing", tamiz.OutcomeNotFound, "", []tamiz.Hop{{URL: s.URL + "/missing", Status: 301, To: s.URL + "/nowhere"}}},
	}
	for _, test := range tests {
		t.Run(strings.TrimPrefix(test.path, "/"), func(t *testing.T) {
			f := c.get(t, s.URL+test.path)
			if f.Outcome != test.want {
				t.Errorf("outcome %s (%s), want %s", f.Outcome, f.Reason, test.want)
			}
			final := ""
			if f.Page != nil {
				final = f.Page.FinalURL
			}
			if final != test.final {
				t.Errorf("final URL %q, want %q", final, test.final)
			}
			if diff := cmp.Diff(test.hops, f.Hops); diff != "" {
				t.Errorf("hops (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("ten are followed", func(t *testing.T) {
		if f := c.get(t, s.URL+"/chain2"); f.Outcome != tamiz.OutcomeFetched || len(f.Hops) != 10 {
			t.Errorf("outcome %s after %d hops", f.Outcome, len(f.Hops))
		}
		if f := c.get(t, s.URL+"/chain1"); f.Outcome != tamiz.OutcomeRedirect || len(f.Hops) != 11 {
			t.Errorf("outcome %s after %d hops", f.Outcome, len(f.Hops))
		}
	})
	for _, path := range other.asked() {
		if path == "/private" {
			t.Error("the disallowed page was requested")
		}
	}
	if got := other.last().Header.Get("Authorization"); got != "" {
		t.Errorf("credentials were sent: %s", got)
	}
}

func TestRobotsPolicy(t *testing.T) {
	page := htmlPage("page")
	hops := func(n int) map[string]http.HandlerFunc {
		pages := map[string]http.HandlerFunc{"/page": page, "/robots.txt": redirect(301, "/r1")}
		for i := 1; i < n; i++ {
			pages[fmt.Sprintf("/r%d", i)] = redirect(301, fmt.Sprintf("/r%d", i+1))
		}
		pages[fmt.Sprintf("/r%d", n)] = text("User-agent: *\nDisallow: /")
		return pages
	}
	just := func(robots http.HandlerFunc) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"/page": page, "/robots.txt": robots}
	}
	tests := []struct {
		name  string
		pages map[string]http.HandlerFunc
		want  tamiz.Outcome
	}{
		{"allowed", just(text("User-agent: *\nDisallow: /other")), tamiz.OutcomeFetched},
		{"disallowed", just(text("User-agent: tamiz\nDisallow: /page")), tamiz.OutcomeRobots},
		{"a page instead of rules", just(htmlPage("<html>not found")), tamiz.OutcomeFetched},
		{"a picture instead of rules", just(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			fmt.Fprint(w, "User-agent: *\nDisallow: /")
		}), tamiz.OutcomeRobots},
		{"401", just(status(401)), tamiz.OutcomeFetched},
		{"403", just(status(403)), tamiz.OutcomeFetched},
		{"404", just(status(404)), tamiz.OutcomeFetched},
		{"410", just(status(410)), tamiz.OutcomeFetched},
		{"429", just(status(429)), tamiz.OutcomeRobotsBusy},
		{"500", just(status(500)), tamiz.OutcomeRobotsBusy},
		{"503", just(status(503)), tamiz.OutcomeRobotsBusy},
		{"five redirects", hops(5), tamiz.OutcomeRobots},
		{"six redirects", hops(6), tamiz.OutcomeFetched},
		{"a redirect out of the web", just(redirect(301, "ftp://x.example/")), tamiz.OutcomeFetched},
		{"a reset connection", just(func(w http.ResponseWriter, _ *http.Request) {
			panic(http.ErrAbortHandler)
		}), tamiz.OutcomeRobotsBusy},
		{"no answer", just(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), tamiz.OutcomeRobotsBusy},
		{"half a file", just(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "User-agent: *\n")
		}), tamiz.OutcomeRobotsBusy},
		{"an endless file", just(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "User-agent: *\nDisallow: /page\n")
			for filler := strings.Repeat("# filler\n", 1000); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, filler); err != nil {
					return
				}
			}
		}), tamiz.OutcomeRobots},
		{"too long a crawl delay", just(text("User-agent: *\nCrawl-delay: 31")), tamiz.OutcomeRobots},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, test.pages)
			clock := newClock()
			opts := Options{Now: clock.Now, Sleep: clock.Sleep, Timeout: 5 * time.Second}
			if test.name == "no answer" {
				opts.Timeout = 100 * time.Millisecond
			}
			c := newCrawler(t, opts)
			f := c.get(t, s.URL+"/page")
			if f.Outcome != test.want {
				t.Errorf("outcome %s (%s), want %s", f.Outcome, f.Reason, test.want)
			}
			if got := f.RetryAt.IsZero(); got == (test.want == tamiz.OutcomeRobotsBusy) {
				t.Errorf("retried at %v", f.RetryAt)
			}
			for _, path := range s.asked() {
				if path == "/page" && test.want != tamiz.OutcomeFetched {
					t.Error("the page was requested")
				}
			}
		})
	}
}

func TestRobotsAreCached(t *testing.T) {
	header := ""
	rules := "User-agent: *\nDisallow: /b"
	s := newSite(t, map[string]http.HandlerFunc{
		"/a": htmlPage("a"), "/b": htmlPage("b"),
		"/robots.txt": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", header)
			text(rules)(w, r)
		},
	})
	asked := func() int { return strings.Count(strings.Join(s.asked(), "\n"), "/robots.txt") }
	tests := []struct {
		name, header string
		fresh, stale time.Duration
	}{
		{"a day by default", "", 23 * time.Hour, 25 * time.Hour},
		{"never longer", "public, max-age=864000", 23 * time.Hour, 25 * time.Hour},
		{"shorter if the server says so", "max-age=3600", 59 * time.Minute, 61 * time.Minute},
		{"not for nothing", "no-cache", 4 * time.Minute, 6 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header = test.header
			clock := newClock()
			store := &robotsStore{}
			before := asked()
			c := newCrawler(t, Options{Now: clock.Now, Sleep: clock.Sleep, Robots: store})
			c.get(t, s.URL+"/a")
			clock.advance(test.fresh)
			if f := c.get(t, s.URL+"/b"); f.Outcome != tamiz.OutcomeRobots {
				t.Errorf("outcome %s", f.Outcome)
			}
			// Another process, the same store.
			c = newCrawler(t, Options{Now: clock.Now, Sleep: clock.Sleep, Robots: store})
			if f := c.get(t, s.URL+"/b"); f.Outcome != tamiz.OutcomeRobots {
				t.Errorf("outcome %s after a restart", f.Outcome)
			}
			if got := asked() - before; got != 1 {
				t.Errorf("robots.txt asked for %d times while fresh", got)
			}
			clock.advance(test.stale - test.fresh)
			c.get(t, s.URL+"/a")
			if got := asked() - before; got != 2 {
				t.Errorf("robots.txt asked for %d times when stale", got)
			}
		})
	}
}

type robotsStore struct {
	status             int
	body               []byte
	fetchedAt, expires time.Time
}

func (s *robotsStore) LoadRobots(context.Context, string) (int, []byte, time.Time, time.Time, error) {
	return s.status, s.body, s.fetchedAt, s.expires, nil
}

func (s *robotsStore) SaveRobots(_ context.Context, _ string, status int, body []byte, fetchedAt, expires time.Time) error {
	s.status, s.body, s.fetchedAt, s.expires = status, body, fetchedAt, expires
	return nil
}

func TestPoliciesAreBounded(t *testing.T) {
	ps := newPolicies()
	for i := range policiesMost + 100 {
		o := ps.origin(fmt.Sprintf("http://h%d.example", i))
		ps.keep(o, &policy{size: policiesMostBytes / 100})
	}
	if got := ps.recent.Len(); got > 101 || len(ps.byName) != got {
		t.Errorf("%d policies kept, %d by name", got, len(ps.byName))
	}
	if ps.bytes > policiesMostBytes {
		t.Errorf("%d bytes kept", ps.bytes)
	}
}

// compressed gives a body in a coding.
func compressed(t *testing.T, coding string, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, err = flate.NewWriter(&b, flate.BestCompression)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	default:
		return body
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFetchBodies(t *testing.T) {
	plain := []byte("<!doctype html><p>" + strings.Repeat("Neu im Oktober. ", 500))
	sitemap := []byte(`<?xml version="1.0"?><urlset>` + strings.Repeat("<url/>", 100) + "</urlset>")
	const limit = 64 << 10
	bomb := append([]byte("<!doctype html>"), bytes.Repeat([]byte("a "), 32*limit)...)
	gz := compressed(t, "gzip", plain)
	tests := []struct {
		name, path, encoding, mediaType string
		body                            []byte
		outcome                         tamiz.Outcome
		want                            []byte
		truncated                       bool
	}{
		{"gzip", "/", "gzip", "text/html", gz, tamiz.OutcomeFetched, plain, false},
		{"deflate with its header", "/", "deflate", "text/html", compressed(t, "zlib", plain), tamiz.OutcomeFetched, plain, false},
		{"deflate without", "/", "deflate", "text/html", compressed(t, "flate", plain), tamiz.OutcomeFetched, plain, false},
		{"brotli", "/", "br", "text/html", compressed(t, "br", plain), tamiz.OutcomeFetched, plain, false},
		{"zstd", "/", "zstd", "text/html", compressed(t, "zstd", plain), tamiz.OutcomeFetched, plain, false},
		{"two codings", "/", "gzip, br", "text/html", compressed(t, "br", gz), tamiz.OutcomeFetched, plain, false},
		{"identity", "/", "identity", "text/html", plain, tamiz.OutcomeFetched, plain, false},
		{"gzip that is none", "/", "gzip", "text/html", plain, tamiz.OutcomeFetched, plain, false},
		{"gzip with padding", "/", "gzip", "text/html", append(bytes.Clone(gz), make([]byte, 64)...), tamiz.OutcomeFetched, plain, false},
		{"an empty body", "/", "gzip", "text/html", nil, tamiz.OutcomeFetched, nil, false},
		{"an unknown coding", "/", "compress", "text/html", plain, tamiz.OutcomeBroken, nil, false},
		{"a tower of codings", "/", "gzip,gzip,gzip,gzip", "text/html", gz, tamiz.OutcomeBroken, nil, false},
		{"half a gzip body", "/", "gzip", "text/html", gz[:len(gz)/2], tamiz.OutcomeNetwork, nil, false},
		{"a damaged gzip body", "/", "gzip", "text/html", append(append(bytes.Clone(gz[:20]), bytes.Repeat([]byte{0xff}, 40)...), gz[60:]...), tamiz.OutcomeBroken, nil, false},
		{"a damaged brotli body", "/", "br", "text/html", bytes.Repeat([]byte{0xff}, 100), tamiz.OutcomeBroken, nil, false},
		{"a damaged zstd body", "/", "zstd", "text/html", bytes.Repeat([]byte{0xff}, 100), tamiz.OutcomeBroken, nil, false},
		{"a packed sitemap by its type", "/sitemap", "", "application/x-gzip", compressed(t, "gzip", sitemap), tamiz.OutcomeFetched, sitemap, false},
		{"a packed sitemap by its name", "/sitemap.xml.gz", "", "text/xml", compressed(t, "gzip", sitemap), tamiz.OutcomeFetched, sitemap, false},
		{"a packed sitemap of bytes", "/sitemap.xml.gz", "", "application/octet-stream", compressed(t, "gzip", sitemap), tamiz.OutcomeFetched, sitemap, false},
		{"a packed sitemap unpacked on the way", "/sitemap.xml.gz", "gzip", "application/x-gzip", compressed(t, "gzip", sitemap), tamiz.OutcomeFetched, sitemap, false},
		{"a packed sitemap packed again", "/sitemap.xml.gz", "gzip", "application/x-gzip", compressed(t, "gzip", compressed(t, "gzip", sitemap)), tamiz.OutcomeFetched, sitemap, false},
		{"a packed archive", "/all.tar.gz", "", "application/gzip", compressed(t, "gzip", make([]byte, 1000)), tamiz.OutcomeMediaType, nil, false},
		{"just the limit", "/", "", "text/html", bomb[:limit], tamiz.OutcomeFetched, bomb[:limit], false},
		{"one byte more", "/", "", "text/html", bomb[:limit+1], tamiz.OutcomeFetched, bomb[:limit], true},
		{"a gzip bomb", "/", "gzip", "text/html", compressed(t, "gzip", bomb), tamiz.OutcomeFetched, bomb[:limit], true},
		{"a brotli bomb", "/", "br", "text/html", compressed(t, "br", bomb), tamiz.OutcomeFetched, bomb[:limit], true},
		{"a zstd bomb", "/", "zstd", "text/html", compressed(t, "zstd", bomb), tamiz.OutcomeFetched, bomb[:limit], true},
		{"a bomb in a bomb", "/", "gzip, gzip", "text/html", compressed(t, "gzip", compressed(t, "gzip", bomb)), tamiz.OutcomeFetched, bomb[:limit], true},
		{"nothing in many bytes", "/", "gzip", "text/html", bytes.Repeat(compressed(t, "gzip", nil), 60000), tamiz.OutcomeTooLarge, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, map[string]http.HandlerFunc{
				test.path: func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", test.mediaType)
					if test.encoding != "" {
						w.Header().Set("Content-Encoding", test.encoding)
					}
					fmt.Fprint(w, string(test.body))
				},
			})
			c := newCrawler(t, Options{MaxBytes: limit})
			f := c.get(t, s.URL+test.path)
			if f.Outcome != test.outcome {
				t.Fatalf("outcome %s (%s), want %s", f.Outcome, f.Reason, test.outcome)
			}
			if f.Page == nil {
				return
			}
			if !bytes.Equal(f.Page.Body, test.want) || f.Page.Truncated != test.truncated {
				t.Errorf("body of %d bytes %.60q, truncated %v; want %d bytes", len(f.Page.Body), f.Page.Body, f.Page.Truncated, len(test.want))
			}
		})
	}
}

func TestHostileServers(t *testing.T) {
	head := func(lines ...string) string {
		return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + strings.Join(append(lines, "", ""), "\r\n")
	}
	tests := []struct {
		name   string
		answer func(conn net.Conn, stop <-chan struct{})
		want   tamiz.Outcome
		retry  bool
	}{
		{"closes at once", func(net.Conn, <-chan struct{}) {}, tamiz.OutcomeNetwork, true},
		{"resets", func(conn net.Conn, _ <-chan struct{}) { _ = conn.(*net.TCPConn).SetLinger(0) }, tamiz.OutcomeNetwork, true},
		{"speaks another protocol", func(conn net.Conn, _ <-chan struct{}) { fmt.Fprint(conn, "220 mail ready\r\n") }, tamiz.OutcomeNetwork, true},
		{"never answers", func(_ net.Conn, stop <-chan struct{}) { <-stop }, tamiz.OutcomeTimeout, true},
		{"never ends its header", func(conn net.Conn, stop <-chan struct{}) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nX: ")
			<-stop
		}, tamiz.OutcomeTimeout, true},
		{"drips", func(conn net.Conn, stop <-chan struct{}) {
			fmt.Fprint(conn, head("Content-Length: 100000"))
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					if _, err := conn.Write([]byte("x")); err != nil {
						return
					}
				}
			}
		}, tamiz.OutcomeTimeout, true},
		{"sends less than it said", func(conn net.Conn, _ <-chan struct{}) {
			fmt.Fprint(conn, head("Content-Length: 100")+"<p>half a story")
		}, tamiz.OutcomeNetwork, true},
		{"breaks off between chunks", func(conn net.Conn, _ <-chan struct{}) {
			fmt.Fprint(conn, head("Transfer-Encoding: chunked")+"5\r\n<p>ha\r\n")
		}, tamiz.OutcomeNetwork, true},
		{"sends bad chunks", func(conn net.Conn, _ <-chan struct{}) {
			fmt.Fprint(conn, head("Transfer-Encoding: chunked")+"zz\r\n<p>\r\n")
		}, tamiz.OutcomeNetwork, true},
		{"sends a huge header", func(conn net.Conn, _ <-chan struct{}) {
			fmt.Fprint(conn, head("X: "+strings.Repeat("x", 100<<10)))
		}, tamiz.OutcomeTooLarge, false},
		{"sends endless headers", func(conn net.Conn, stop <-chan struct{}) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(conn, "X-%d: y\r\n", i); err != nil {
					return
				}
			}
		}, tamiz.OutcomeTooLarge, false},
		{"informs for ever", func(conn net.Conn, _ <-chan struct{}) {
			for {
				if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"); err != nil {
					return
				}
			}
		}, tamiz.OutcomeTooLarge, false},
		{"hides control characters in its type", func(conn net.Conn, _ <-chan struct{}) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: x\xff\u202e/\u009b31m\r\nContent-Length: 1\r\n\r\nx")
		}, tamiz.OutcomeMediaType, false},
		{"keeps the connection after 404", func(conn net.Conn, stop <-chan struct{}) {
			fmt.Fprint(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nx")
			<-stop
		}, tamiz.OutcomeNotFound, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := rawServer(t, test.answer)
			timeout := 20 * time.Second
			if test.want == tamiz.OutcomeTimeout || test.want == tamiz.OutcomeNotFound {
				timeout = 300 * time.Millisecond
			}
			c := newCrawler(t, Options{Timeout: timeout})
			f := c.get(t, url+"/")
			if f.Outcome != test.want || f.Page != nil {
				t.Errorf("outcome %s (%s), want %s", f.Outcome, f.Reason, test.want)
			}
			if !f.RetryAt.IsZero() != test.retry {
				t.Errorf("retry at %v", f.RetryAt)
			}
			if strings.ContainsFunc(f.Reason, func(r rune) bool { return r < ' ' || r == '\u202e' || 0x7f <= r && r < 0xa0 }) {
				t.Errorf("reason %q holds control characters", f.Reason)
			}
		})
	}
}

func TestBadTargets(t *testing.T) {
	c := newCrawler(t, Options{Retries: None})
	for _, url := range []string{"", "ftp://x.example/", "/a", "http://", "http://x y/", "javascript:1"} {
		f := c.get(t, url)
		if f.Outcome != tamiz.OutcomeBroken || f.Reason == "" {
			t.Errorf("%q: outcome %s (%s)", url, f.Outcome, f.Reason)
		}
	}
}

func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(htmlPage("x"))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c := newCrawler(t, Options{})
	f := c.get(t, s.URL+"/")
	if f.Outcome != tamiz.OutcomeRobotsBusy || !strings.Contains(f.Reason, "certificate") {
		t.Errorf("outcome %s (%s)", f.Outcome, f.Reason)
	}
}

func TestPanicsAreOutcomes(t *testing.T) {
	c := newCrawler(t, Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/robots.txt" {
			panic("out of order")
		}
		return &http.Response{StatusCode: 404, Header: http.Header{}, Body: http.NoBody}, nil
	})})
	for range 3 { // the host's turn and the network slot are free again
		f := c.get(t, "http://x.example/")
		if f.Outcome != tamiz.OutcomeBroken || !strings.Contains(f.Reason, "out of order") {
			t.Errorf("outcome %s (%s)", f.Outcome, f.Reason)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCollyEnvironmentIsIgnored(t *testing.T) {
	for name, value := range map[string]string{
		"USER_AGENT": "other", "MAX_BODY_SIZE": "3", "DETECT_CHARSET": "yes", "ALLOWED_DOMAINS": "x.example",
		"DISALLOWED_DOMAINS": "127.0.0.1", "CACHE_DIR": t.TempDir(), "IGNORE_ROBOTSTXT": "no",
		"PARSE_HTTP_ERROR_RESPONSE": "no", "MAX_REQUESTS": "1", "MAX_DEPTH": "0", "FOLLOW_REDIRECTS": "yes",
	} {
		t.Setenv("COLLY_"+name, value)
	}
	s := newSite(t, map[string]http.HandlerFunc{"/a": htmlPage("abcdef"), "/old": redirect(301, "/a"), "/gone": status(410)})
	c := newCrawler(t, Options{})
	if f := c.get(t, s.URL+"/old"); f.Page == nil || string(f.Page.Body) != "abcdef" || len(f.Hops) != 1 {
		t.Errorf("fetch %+v", f)
	}
	if f := c.get(t, s.URL+"/gone"); f.Outcome != tamiz.OutcomeNotFound {
		t.Errorf("outcome %s", f.Outcome)
	}
	if got := s.last().Header.Get("User-Agent"); !strings.HasPrefix(got, tamiz.Product) {
		t.Errorf("User-Agent %q", got)
	}
	if diff := cmp.Diff([]string{"/robots.txt", "/old", "/a", "/gone"}, s.asked()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestGetRetries(t *testing.T) {
	var requests atomic.Int32
	s := newSite(t, map[string]http.HandlerFunc{
		"/twice": func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) <= 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			htmlPage("at last")(w, r)
		},
		"/never": status(http.StatusBadGateway),
		"/limited": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"/missing": status(404),
	})
	get := func(path string) (*tamiz.Page, *Error, *clock) {
		clock := newClock()
		c := newCrawler(t, Options{Now: clock.Now, Sleep: clock.Sleep})
		page, err := c.Get(t.Context(), s.URL+path)
		var failed *Error
		if err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
		return page, failed, clock
	}

	page, _, clock := get("/twice")
	if page == nil || string(page.Body) != "at last" {
		t.Errorf("page %+v", page)
	}
	if len(clock.slept) != 2 || clock.slept[0] < time.Second || clock.slept[1] < 2*time.Second {
		t.Errorf("slept %v", clock.slept)
	}

	_, err, _ := get("/never")
	if err == nil || err.Outcome != tamiz.OutcomeServer || err.Status != 502 || !err.RetryAt.IsZero() {
		t.Errorf("error %+v", err)
	}
	if got := strings.Count(strings.Join(s.asked(), " "), "/never"); got != 1+DefaultRetries {
		t.Errorf("asked %d times", got)
	}

	_, err, clock = get("/limited")
	if err == nil || err.Outcome != tamiz.OutcomeServer || len(clock.slept) != 0 {
		t.Errorf("error %+v after sleeping %v", err, clock.slept)
	}

	_, err, _ = get("/missing")
	if err == nil || err.Outcome != tamiz.OutcomeNotFound || !strings.Contains(err.Error(), s.URL+"/missing: status 404") {
		t.Errorf("error %v", err)
	}
}

func TestGetStopsWithItsContext(t *testing.T) {
	url := rawServer(t, func(_ net.Conn, stop <-chan struct{}) { <-stop })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	c := newCrawler(t, Options{})
	if _, err := c.Get(ctx, url+"/"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, opts := range []Options{
		{UserAgent: "Mozilla/5.0 (compatible; tamiz)"}, {UserAgent: "tamizbot/1"}, {UserAgent: "tamiz/1\r\nX: y"},
		{Workers: -1}, {Timeout: -time.Second},
	} {
		if _, err := New(opts); err == nil {
			t.Errorf("New(%+v) succeeded", opts)
		}
	}
}

func TestHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			w.WriteHeader(http.StatusNotFound)
		case "/long":
			for i := range 100 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1<<10))
			}
		default:
			htmlPage(r.Proto)(w, r)
		}
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c := newCrawler(t, Options{})
	c.open.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	defer c.Close()
	if f := c.get(t, s.URL+"/"); f.Page == nil || string(f.Page.Body) != "HTTP/2.0" {
		t.Errorf("fetch %+v", f)
	}
	// How net/http words it depends on the frame in which the limit is met.
	if f := c.get(t, s.URL+"/long"); f.Page != nil || f.Outcome.Class() != "failed" {
		t.Errorf("outcome %s (%s)", f.Outcome, f.Reason)
	}
}

func FuzzFollow(f *testing.F) {
	f.Add("https://a.example/x/y?z", "../b?utm_source=q&c=%zz#d")
	f.Add("http://a.example/", `//user:pw@b.example\@c.example/%2e%2e/`)
	f.Add("http://a.example/", "http://0x7f.1/\u00e9\x00")
	f.Fuzz(func(t *testing.T, base, location string) {
		base, err := weburl.Canonical(base)
		if err != nil {
			return
		}
		next, canonical, err := follow(base, location)
		if err != nil {
			return
		}
		if same, err := weburl.Canonical(next); err != nil || same != canonical {
			t.Errorf("%q is sent for %q (%v)", next, canonical, err)
		}
		sent, err := url.Parse(next)
		if err != nil || sent.Host != weburl.Host(canonical) || sent.User != nil || sent.Fragment != "" {
			t.Errorf("%q goes to %+v (%v), not to %q", next, sent, err, canonical)
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), "gzip")
	f.Add([]byte("\x78\x9c\x01\x02"), "deflate, x")
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00"), "zstd")
	f.Add([]byte("\x8b\x02\x80"), "br,gzip")
	f.Fuzz(func(t *testing.T, coded []byte, coding string) {
		const limit = 1 << 16
		b := newBody(&http.Response{
			Header: http.Header{"Content-Encoding": {coding}}, Body: io.NopCloser(bytes.NewReader(coded)),
		}, limit)
		if _, err := b.peek(); err != nil {
			errorVerdict(err)
		}
		text, err := io.ReadAll(b)
		if err != nil {
			errorVerdict(err)
		}
		if len(text) > limit || b.cut && len(text) != limit {
			t.Errorf("%d bytes, cut %v", len(text), b.cut)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}
