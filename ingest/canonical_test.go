package ingest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamiz"
)

// page wraps a text in the least a page needs.
func page(lang, title, canonical, text string) string {
	if canonical != "" {
		canonical = fmt.Sprintf(`<link rel="canonical" href="%s">`, canonical)
	}
	return fmt.Sprintf(`<!doctype html><html lang="%s"><head><title>%s</title>%s</head><body><h1>%s</h1><p>%s</p></body></html>`,
		lang, title, canonical, title, strings.ReplaceAll(text, "\n", "</p><p>"))
}

const (
	kites = "The kite makers of Sandvik had a bad spring, because the wind, which had always come in March, came in May. By then the children were busy with bicycles, and the shop on the corner had sold eleven kites where it used to sell ninety.\n" +
		"Marta Lind, who has cut silk there since 1988, did not lower her prices. She hung the finished kites from the ceiling, opened the windows on both sides and waited. People came in to look up, and some of them stayed for coffee.\n" +
		"In the autumn she counted again. The coffee had earned more than the kites, and the kites had found their buyers after all, mostly among people who wanted something for their ceilings."
	cometas = "Los fabricantes de cometas de Sandvik tuvieron una mala primavera, porque el viento, que siempre había llegado en marzo, llegó en mayo. Para entonces los niños estaban ocupados con las bicicletas, y la tienda de la esquina había vendido once cometas donde antes vendía noventa.\n" +
		"Marta Lind, que corta seda allí desde 1988, no bajó los precios. Colgó las cometas terminadas del techo, abrió las ventanas de los dos lados y esperó. La gente entraba a mirar hacia arriba, y algunos se quedaban a tomar café.\n" +
		"En otoño volvió a contar. El café había dado más que las cometas, y las cometas habían encontrado al final sus compradores, sobre todo entre quienes querían algo para el techo."
	ferries = "The ferry between the two islands was cancelled for nine days, and on the tenth the mayor of the smaller one rowed across herself. She brought the mail, two sacks of flour and a letter to the shipping company.\n" +
		"The letter asked for nothing. It listed the nine days, hour by hour, with the wind as the harbour office had measured it, and on seven of them there had been hardly any. The company needed four weeks to answer.\n" +
		"Since then a second boat lies at the quay in winter. It is older and slower, but it leaves when the first one does not, and the mayor has gone back to rowing for pleasure."
)

func TestCanonicalLinks(t *testing.T) {
	for _, test := range []struct {
		name  string
		pages map[string]func(base string) string // by path, in the order of the home page
		order []string
		urls  []string // of the articles that are left
		works int
	}{
		{
			name: "a copy that comes later is an alias",
			pages: map[string]func(string) string{
				"/kites":       func(b string) string { return page("en", "Kites for the ceiling", b+"/kites", kites) },
				"/kites-again": func(b string) string { return page("en", "Kites for the ceiling", b+"/kites", kites) },
			},
			order: []string{"/kites", "/kites-again"}, urls: []string{"/kites"}, works: 1,
		},
		{
			name: "a copy that comes first gives way",
			pages: map[string]func(string) string{
				"/kites":       func(b string) string { return page("en", "Kites for the ceiling", b+"/kites", kites) },
				"/kites-again": func(b string) string { return page("en", "Kites for the ceiling", b+"/kites", kites) },
			},
			order: []string{"/kites-again", "/kites"}, urls: []string{"/kites"}, works: 1,
		},
		{
			name: "across languages it is a hint, not an alias",
			pages: map[string]func(string) string{
				"/kites":   func(b string) string { return page("en", "Kites for the ceiling", b+"/kites", kites) },
				"/cometas": func(b string) string { return page("es", "Cometas para el techo", b+"/kites", cometas) },
			},
			order: []string{"/kites", "/cometas"}, urls: []string{"/cometas", "/kites"}, works: 1,
		},
		{
			name: "another article is not swallowed by a wrong link",
			pages: map[string]func(string) string{
				"/kites":   func(b string) string { return page("en", "Kites for the ceiling", b+"/kites", kites) },
				"/ferries": func(b string) string { return page("en", "The mayor rows", b+"/kites", ferries) },
			},
			order: []string{"/kites", "/ferries"}, urls: []string{"/ferries", "/kites"}, works: 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				if p := test.pages[r.URL.Path]; p != nil {
					fmt.Fprint(w, p("http://"+r.Host))
					return
				}
				http.NotFound(w, r)
			}))
			defer srv.Close()
			db := mustOpen(t, filepath.Join(t.TempDir(), "t.db"))
			p := mustPipeline(t, db)
			for _, path := range test.order { // one crawl each: the order is certain
				src := tamiz.Source{Name: path, Kind: tamiz.KindPages, URLs: []string{srv.URL + path}, Private: true}
				if _, err := p.Crawl(t.Context(), []tamiz.Source{src}, "crawl"); err != nil {
					t.Fatal(err)
				}
			}
			got := editions(t, db)
			var urls []string
			works := map[string]bool{}
			for _, u := range slices.Sorted(maps.Keys(got)) {
				urls = append(urls, strings.TrimPrefix(u, srv.URL))
				works[got[u].Work] = true
			}
			if !slices.Equal(urls, test.urls) || len(works) != test.works {
				t.Errorf("articles %q in %d works, want %q in %d", urls, len(works), test.urls, test.works)
			}
			for _, path := range test.order {
				if _, err := db.Article(t.Context(), srv.URL+path); err != nil {
					t.Errorf("%s is not found any more: %v", path, err)
				}
			}
		})
	}
}
