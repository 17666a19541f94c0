package extract

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tamiz"
	"tamiz/demo"
)

// demoPages renders the articles of the demo site, wrapped in as much chrome as
// pages of the web have: about 80 KB each.
func demoPages(tb testing.TB) []*tamiz.Page {
	tb.Helper()
	site := demo.New()
	expect := site.Expect()
	var pages []*tamiz.Page
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range expect.Works {
			if !yield(n) {
				return
			}
		}
	}) {
		for _, ed := range expect.Works[name] {
			w := httptest.NewRecorder()
			site.ServeHTTP(w, httptest.NewRequest("GET", "http://demo.example"+ed.Path, nil))
			if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
				continue
			}
			body := w.Body.Bytes()
			if i := bytes.LastIndex(body, []byte("</body>")); i >= 0 {
				menu := bytes.Repeat([]byte(`<ul class="nav"><li class="item"><a href="/section/page" title="A section">Section of the site</a></li><li><a href="/other">Another one</a> <span class="count">12</span></li></ul>`), 400)
				body = slices.Concat(body[:i], []byte(`<footer><nav>`), menu, []byte(`</nav></footer></body></html>`))
			}
			u := "http://demo.example" + ed.Path
			pages = append(pages, &tamiz.Page{URL: u, FinalURL: u, Status: 200, MediaType: "text/html", Body: body})
		}
	}
	if len(pages) == 0 {
		tb.Fatal("the demo site has no pages")
	}
	return pages
}

// BenchmarkExtract measures the whole of extraction, metadata, language and
// Markdown included, and gives it as a multiple of html.Parse on the same pages
// in the same run.
func BenchmarkExtract(b *testing.B) {
	pages := demoPages(b)
	x, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	var parse, whole time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := pages[i%len(pages)]
		start := time.Now()
		if _, err := html.Parse(bytes.NewReader(p.Body)); err != nil {
			b.Fatal(err)
		}
		mid := time.Now()
		if _, err := x.Extract(p, nil); err != nil {
			b.Fatal(err)
		}
		parse, whole = parse+mid.Sub(start), whole+time.Since(mid)
	}
	b.ReportMetric(float64(whole)/float64(parse), "×html.Parse")
	b.ReportMetric(float64(whole.Microseconds())/float64(b.N), "µs/page")
}
