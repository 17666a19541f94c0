package site

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testHost() *Host {
	day := time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)
	page := func(text string) func(string) []byte {
		return func(base string) []byte { return []byte(text + " at " + base) }
	}
	return &Host{
		Resources: map[string]Resource{
			"/a":         {Type: "text/plain", Modified: day, Body: page("a")},
			"/a?print=1": {Type: "text/plain", Modified: day, Body: page("printed")},
			"/old":       {Status: http.StatusMovedPermanently, Location: "/a"},
			"/busy":      {Type: "text/plain", Modified: day, Flaky: true, Body: page("busy")},
			"/ru":        {Type: "text/plain", Modified: day, Cyrillic: true, Body: func(string) []byte { return []byte("Да 川") }},
		},
		Find: func(path string) (Resource, bool) {
			return Resource{Type: "text/plain", Modified: day, Body: page("found")}, path == "/endless/1"
		},
		NotFound: func(_, path string) []byte { return []byte("no " + path) },
		Now:      func() time.Time { return day },
	}
}

func TestHostAnswers(t *testing.T) {
	h := testHost()
	for _, tt := range []struct {
		name, method, target string
		status               int
		body                 string
	}{
		{"page", "GET", "/a", 200, "a at http://example.com"},
		{"page with a query", "GET", "/a?utm_source=x", 200, "a at http://example.com"},
		{"print copy", "GET", "/a?print=1", 200, "printed at http://example.com"},
		{"head", "HEAD", "/a", 200, ""},
		{"redirect", "HEAD", "/old", 301, ""},
		{"path without end", "GET", "/endless/1", 200, "found at http://example.com"},
		{"missing", "GET", "/b", 404, "no /b"},
		{"busy at first", "GET", "/busy", 503, "busy, please come back in a second\n"},
		{"busy no more", "GET", "/busy", 200, "busy at http://example.com"},
		{"windows-1251", "GET", "/ru", 200, "\xc4\xe0 &#24029;"},
		{"other method", "POST", "/a", 405, "only GET and HEAD\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.target, nil))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("status %d, body %q; want %d, %q", w.Code, w.Body.String(), tt.status, tt.body)
			}
		})
	}
	log := h.Requests()
	if len(log) != 11 {
		t.Fatalf("%d requests in the log, want 11", len(log))
	}
	want := Request{Time: h.Now(), Method: "GET", Path: "/a?utm_source=x", Status: 200}
	if diff := cmp.Diff(want, log[1]); diff != "" {
		t.Errorf("second request (-want +got):\n%s", diff)
	}
}

func TestHostAnswersConditionalRequests(t *testing.T) {
	h := testHost()
	first := httptest.NewRecorder()
	h.ServeHTTP(first, httptest.NewRequest("GET", "/a", nil))
	for _, tt := range []struct {
		name, key, value string
		want             int
	}{
		{"same entity tag", "If-None-Match", first.Header().Get("ETag"), 304},
		{"other entity tag", "If-None-Match", `"x"`, 200},
		{"same date", "If-Modified-Since", first.Header().Get("Last-Modified"), 304},
		{"earlier date", "If-Modified-Since", "Wed, 30 Apr 2025 00:00:00 GMT", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/a", nil)
			r.Header.Set(tt.key, tt.value)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
			log := h.Requests()
			if last := log[len(log)-1]; !last.Conditional || last.Status != tt.want {
				t.Errorf("the log says %+v", last)
			}
		})
	}
}

func TestChrome(t *testing.T) {
	fsys := fstest.MapFS{"w/en.txt": {Data: []byte("# words\nhello: Hello {who}: {n}\nitem: a\nitem: b\nitem: c\n\ndate: {y}/{m}/{d}\n")}}
	all, err := LoadChrome(fsys, "w")
	if err != nil {
		t.Fatal(err)
	}
	c := all["en"]
	if got, want := c.S("hello", "who", "you", "n", 3), "Hello you: 3"; got != want {
		t.Errorf("S gives %q, want %q", got, want)
	}
	if got := c.S("nothing"); got != "" {
		t.Errorf("an unknown key gives %q", got)
	}
	if got, want := c.Date(time.Date(2025, 6, 7, 0, 0, 0, 0, time.UTC)), "2025/6/7"; got != want {
		t.Errorf("Date gives %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"c", "a"}, c.Some("item", 1, 2)); diff != "" {
		t.Errorf("Some (-want +got):\n%s", diff)
	}
	if got := c.Some("item", 5, 9); len(got) != 3 {
		t.Errorf("Some gives %d of 3 entries", len(got))
	}
	fsys["w/de.txt"] = &fstest.MapFile{Data: []byte("kein Doppelpunkt\n")}
	if _, err := LoadChrome(fsys, "w"); err == nil {
		t.Error("a line without a colon is accepted")
	}
}
