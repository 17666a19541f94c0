package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"tamiz"
	"tamiz/store"
	"tamiz/web"
)

const payload = `"><script>alert(1)</script><img src=x onerror=alert(2)>`

// newServer serves two articles, one of them hostile in every field.
func newServer(t *testing.T) (http.Handler, []*tamiz.Article) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	arts := []*tamiz.Article{
		{URL: "https://example.org/a", Title: "Lanterns on the quay", Language: "en", Site: "Example", Source: "one", Text: "The lanterns were lit at seven.\n\nNobody had asked for them.", WordCount: 10},
		{URL: "https://example.org/b", Title: payload, Standfirst: payload, Authors: []string{payload}, Language: payload, Site: payload, Source: payload, Text: "lanterns " + payload, Excerpt: payload},
	}
	err = db.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.SaveSource(tamiz.Source{Name: payload, Kind: tamiz.KindFeed}); err != nil {
			return err
		}
		for _, a := range arts {
			if _, err := tx.SaveArticle(a, store.ArticleMeta{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return web.New(db, web.Options{Listen: "127.0.0.1:8088"}), arts
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = "127.0.0.1:8088"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesAnswer(t *testing.T) {
	h, arts := newServer(t)
	for _, test := range []struct {
		name, path string
		status     int
		want       string
	}{
		{"newest first without a query", "/", 200, "2 works, newest first"},
		{"search marks the hit", "/?q=quay", 200, "Lanterns on the quay"},
		{"search in the text", "/?q=seven", 200, "<mark>seven</mark>"},
		{"nothing found", "/?q=zeppelin", 200, "Nothing found"},
		{"bad query says where", "/?q=%28%28%28", 200, `role="alert"`},
		{"bad date", "/?since=tomorrow", 200, "want a date"},
		{"a work", "/works/" + arts[0].Work, 200, "Nobody had asked for them."},
		{"unknown work", "/works/w000000000000", 404, "not found"},
		{"sources", "/sources", 200, "Last runs"},
		{"style", "/static/style.css", 200, "color-scheme"},
		{"health", "/healthz", 200, "ok"},
		{"unknown path", "/nope", 404, ""},
		{"api search", "/api/v1/search?q=quay", 200, `"total":1`},
		{"api bad query", "/api/v1/search?q=%22", 400, `"error"`},
		{"api bad limit", "/api/v1/search?limit=-1", 400, `"error"`},
		{"api work", "/api/v1/works/" + arts[0].Work, 200, `"editions"`},
		{"api article by id", "/api/v1/articles/" + arts[0].ID, 200, "Lanterns on the quay"},
		{"api article by URL", "/api/v1/articles?url=https://example.org/a", 200, "Lanterns on the quay"},
		{"api unknown article", "/api/v1/articles/a000000000000", 404, `"error"`},
		{"api stats", "/api/v1/stats", 200, "{"},
		{"api runs", "/api/v1/runs", 200, `"runs"`},
		{"api sources", "/api/v1/sources", 200, `"sources"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := get(h, test.path)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("status %d, want %d with %q in\n%s", w.Code, test.status, test.want, w.Body)
			}
			if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("security headers are missing")
			}
			if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()) {
				t.Errorf("invalid JSON: %s", w.Body)
			}
		})
	}
}

func TestStoredTextIsNeverMarkup(t *testing.T) {
	h, arts := newServer(t)
	for _, path := range []string{"/", "/?q=lanterns", "/?q=" + "%3Cscript%3E", "/works/" + arts[1].Work, "/sources"} {
		body := get(h, path).Body.String()
		for _, bad := range []string{"<script>alert", "<img src=x"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q stands in the page as markup", path, bad)
			}
		}
	}
}

func TestForeignHostNamesAreRefused(t *testing.T) {
	h, _ := newServer(t)
	for host, want := range map[string]int{"127.0.0.1:8088": 200, "localhost:8088": 200, "[::1]:8088": 200, "evil.example": 421, "127.0.0.1.evil.example:8088": 421, "192.0.2.7:8088": 421} {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/stats", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: status %d, want %d", host, w.Code, want)
		}
	}
}

func TestOnlyReadingIsOffered(t *testing.T) {
	h, _ := newServer(t)
	for _, path := range []string{"/", "/sources", "/api/v1/search"} {
		r := httptest.NewRequest(http.MethodPost, path, nil)
		r.Host = "localhost:8088"
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: status %d", path, w.Code)
		}
	}
}
