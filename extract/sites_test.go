package extract

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html/charset"

	"tamiz"
	"tamiz/demo"
	"tamiz/demo/site"
	"tamiz/internal/mirrorsite"
)

// builtInPage fetches an article of a built-in site, twice if the first answer is
// an error, and decodes it.
func builtInPage(t *testing.T, address string) *tamiz.Page {
	t.Helper()
	for range 2 {
		res, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		media := res.Header.Get("Content-Type")
		r, err := charset.NewReader(res.Body, media)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if closing := res.Body.Close(); err == nil {
			err = closing
		}
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK {
			kind, _, err := mime.ParseMediaType(media)
			if err != nil {
				t.Fatal(err)
			}
			return &tamiz.Page{URL: address, FinalURL: address, MediaType: kind, Body: body, FetchedAt: testNow}
		}
	}
	t.Fatalf("%s: no page", address)
	return nil
}

// Every page of the two built-in sites says what it says about itself: each is
// read by itself, without anything learned from the others.
func TestSitesMetadata(t *testing.T) {
	d := httptest.NewServer(demo.New())
	t.Cleanup(d.Close)
	m := mirrorsite.New()
	for _, test := range []struct {
		name  string
		bases [2]string
		want  site.Expectation
	}{
		{"demo", [2]string{d.URL, d.URL}, demo.New().Expect()},
		{"mirror", m.Start(t), m.Expect()},
	} {
		t.Run(test.name, func(t *testing.T) { testSite(t, test.bases, test.want) })
	}
}

func testSite(t *testing.T, bases [2]string, want site.Expectation) {
	e, err := New(Options{Now: func() time.Time { return testNow }, AnyKind: true, Explain: true})
	if err != nil {
		t.Fatal(err)
	}
	var editions []site.Edition
	for _, w := range want.Works {
		editions = append(editions, w...)
	}
	sort.Slice(editions, func(i, j int) bool { return editions[i].Path < editions[j].Path })
	right := map[string]int{}
	for _, ed := range editions {
		res, err := e.Extract(builtInPage(t, bases[ed.Host]+ed.Path), nil)
		if err != nil {
			t.Fatal(err)
		}
		a := res.Article
		check := func(field, got, want string) {
			if got == want {
				right[field]++
			} else {
				t.Errorf("%s: %s %q; want %q", ed.Path, field, got, want)
				for _, o := range res.Origins {
					if o.Field == field {
						t.Logf("    %+v", o)
					}
				}
			}
		}
		check("title", a.Title, ed.Title)
		check("authors", strings.Join(a.Authors, "; "), strings.Join(ed.Authors, "; "))
		check("published", a.Published.Time.Format("2006-01-02"), ed.Published)
		check("standfirst", a.Standfirst, ed.Standfirst)
		check("language", a.Language, ed.Language)
	}
	var report []string
	for _, field := range []string{"title", "authors", "published", "standfirst", "language"} {
		report = append(report, fmt.Sprintf("%s %d", field, right[field]))
	}
	t.Logf("right of %d pages: %s", len(editions), strings.Join(report, ", "))
}
