package ingest_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tamiz"
	"tamiz/crawler"
	"tamiz/demo/site"
	"tamiz/extract"
	"tamiz/ingest"
	"tamiz/internal/mirrorsite"
	"tamiz/store"
)

// mustOpen opens a database that is closed with the test.
func mustOpen(t testing.TB, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// mustPipeline wires a pipeline that may crawl loopback without delay.
func mustPipeline(t testing.TB, db *store.DB) *ingest.Pipeline {
	t.Helper()
	c, err := crawler.New(crawler.Options{UserAgent: "tamiz/test", AllowPrivate: true, Workers: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	x, err := extract.New(extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ingest.New(ingest.Options{DB: db, Crawler: c, Extractor: x})
}

// mirrorSource is both hosts of a mirror as one source.
func mirrorSource(bases [2]string) tamiz.Source {
	return tamiz.Source{Name: "mirror", Kind: tamiz.KindAuto, URLs: []string{bases[0] + "/", bases[1] + "/"}, Depth: 4, DepthGiven: true, MaxPages: 600, Private: true}
}

// crawl runs one source over both hosts of a mirror.
func crawl(t testing.TB, p *ingest.Pipeline, bases [2]string) tamiz.Run {
	t.Helper()
	runs, err := p.Crawl(t.Context(), []tamiz.Source{mirrorSource(bases)}, "crawl")
	if err != nil {
		t.Fatal(err)
	}
	return runs[0]
}

// editions lists every current article with its work.
func editions(t testing.TB, db *store.DB) map[string]*tamiz.Article {
	t.Helper()
	all := map[string]*tamiz.Article{}
	err := db.Articles(t.Context(), store.ArticleFilter{AllEditions: true}, func(a *tamiz.Article) error {
		all[a.URL] = a
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCrawlOfAMirrorInNineLanguages crawls a site on two hosts and compares
// articles, texts and works with what it publishes.
func TestCrawlOfAMirrorInNineLanguages(t *testing.T) {
	m := mirrorsite.New()
	bases := m.Start(t)
	want := m.Expect()
	db := mustOpen(t, filepath.Join(t.TempDir(), "t.db"))
	p := mustPipeline(t, db)
	run := crawl(t, p, bases)
	if run.State != "done" {
		t.Errorf("run ended %q: %s", run.State, run.Message)
	}
	seen := 0
	err := db.Outcomes(t.Context(), run.ID, func(store.FetchRecord) error { seen++; return nil })
	if err != nil || run.Counts.Total() != seen {
		t.Errorf("counts add up to %d, URLs seen are %d (%v)", run.Counts.Total(), seen, err)
	}

	got := editions(t, db)
	if len(got) != want.Articles {
		t.Errorf("%d articles, want %d", len(got), want.Articles)
	}
	checkWorks(t, got, want, bases)
	checkTexts(t, got, want, bases)

	for host := range bases {
		for _, r := range m.Requests(host) {
			for _, part := range want.Never {
				if strings.Contains(r.Path, part) {
					t.Errorf("requested %s", r.Path)
				}
			}
			for _, prefix := range want.Disallowed {
				if strings.HasPrefix(r.Path, prefix) {
					t.Errorf("requested %s against robots.txt", r.Path)
				}
			}
		}
		before := len(m.Requests(host))
		if before > 250 {
			t.Errorf("host %d was asked %d times: the calendar did not stop", host, before)
		}
	}

	// The second crawl asks whether anything changed and changes nothing.
	before := [2]int{len(m.Requests(0)), len(m.Requests(1))}
	again := crawl(t, p, bases)
	if n := again.Counts[tamiz.OutcomeNew] + again.Counts[tamiz.OutcomeUpdated]; n != 0 {
		t.Errorf("the second crawl stored %d articles as new or updated", n)
	}
	for host := range bases {
		conditional, all := 0, 0
		for _, r := range m.Requests(host)[before[host]:] {
			if r.Status == 200 || r.Status == 304 {
				all++
			}
			if r.Conditional {
				conditional++
			}
		}
		if conditional < all/2 || conditional == 0 || all < (before[host]-1)/2 {
			t.Errorf("host %d: %d of %d requests of the second crawl were conditional (the first made %d)", host, conditional, all, before[host])
		}
	}
	after := editions(t, db)
	for u, a := range got {
		if b := after[u]; b == nil || b.ID != a.ID || b.Work != a.Work {
			t.Errorf("%s changed its ids in the second crawl", u)
		}
	}

	// Grouping again from the stored articles gives the same works.
	if err := p.Regroup(t.Context()); err != nil {
		t.Fatal(err)
	}
	for u, a := range editions(t, db) {
		if a.Work != got[u].Work {
			t.Errorf("%s moved from work %s to %s when grouped again", u, got[u].Work, a.Work)
		}
	}
}

// checkWorks compares the grouping with what is published.
func checkWorks(t *testing.T, got map[string]*tamiz.Article, want site.Expectation, bases [2]string) {
	t.Helper()
	owner := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(want.Works)) {
		id := ""
		for _, ed := range want.Works[name] {
			a := got[bases[ed.Host]+ed.Path]
			if a == nil {
				t.Errorf("%s (%s): not found", ed.Path, name)
				continue
			}
			if a.Language != ed.Language {
				t.Errorf("%s: language %q, want %q", ed.Path, a.Language, ed.Language)
			}
			if a.Title != ed.Title {
				t.Errorf("%s: title %q, want %q", ed.Path, a.Title, ed.Title)
			}
			if id == "" {
				id = a.Work
			}
			if a.Work != id {
				t.Errorf("%s is not in the work of the other editions of %s", ed.Path, name)
			}
			if o := owner[a.Work]; o != "" && o != name {
				t.Errorf("%s of %s is in one work with %s", ed.Path, name, o)
			}
			owner[a.Work] = name
		}
	}
}

// checkTexts wants every sentence of the articles and no line of the chrome.
func checkTexts(t *testing.T, got map[string]*tamiz.Article, want site.Expectation, bases [2]string) {
	t.Helper()
	for _, eds := range want.Works {
		for _, ed := range eds {
			a := got[bases[ed.Host]+ed.Path]
			if a == nil {
				continue
			}
			if d := difference(a.Text, want.Texts[ed.Path]); d != "" {
				t.Errorf("%s: %s", ed.Path, d)
			}
		}
	}
}

// difference lists the paragraphs that are missing or too many.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n\n"), strings.Split(want, "\n\n")
	var d []string
	for _, p := range w {
		if !slices.Contains(g, p) {
			d = append(d, fmt.Sprintf("missing %q", p))
		}
	}
	for _, p := range g {
		if !slices.Contains(w, p) {
			d = append(d, fmt.Sprintf("too much %q", p))
		}
	}
	if len(d) == 0 && got != want {
		return "paragraphs in another order"
	}
	return strings.Join(d, "; ")
}

// TestCrawlStopsAndGoesOn cancels a crawl in the middle; the next one finishes
// it without fetching anything twice.
func TestCrawlStopsAndGoesOn(t *testing.T) {
	m := mirrorsite.New()
	bases := m.Start(t)
	db := mustOpen(t, filepath.Join(t.TempDir(), "t.db"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, err := crawler.New(crawler.Options{UserAgent: "tamiz/test", AllowPrivate: true, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	x, err := extract.New(extract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := ingest.New(ingest.Options{DB: db, Crawler: c, Extractor: x, Progress: func(e ingest.Event) {
		if e.Stage == ingest.StageFetch && e.Done >= 25 {
			cancel()
		}
	}})
	runs, err := p.Crawl(ctx, []tamiz.Source{mirrorSource(bases)}, "crawl")
	if err == nil || len(runs) != 1 || runs[0].State != "stopped" {
		t.Fatalf("a stopped crawl gave %v, %v", runs, err)
	}
	p = mustPipeline(t, db)
	run := crawl(t, p, bases)
	if run.ID != runs[0].ID {
		t.Errorf("the next crawl made run %d, want it to go on with %d", run.ID, runs[0].ID)
	}
	if got := len(editions(t, db)); got != m.Expect().Articles {
		t.Errorf("%d articles after going on, want %d", got, m.Expect().Articles)
	}
	for host := range bases {
		asked := map[string]int{}
		for _, r := range m.Requests(host) {
			if asked[r.Path]++; asked[r.Path] > 1 && r.Path != "/robots.txt" && r.Status == 200 {
				t.Errorf("%s was fetched %d times", r.Path, asked[r.Path])
			}
		}
	}
}

// TestUsersWordHolds joins and splits by hand and groups again.
func TestUsersWordHolds(t *testing.T) {
	m := mirrorsite.New()
	bases := m.Start(t)
	db := mustOpen(t, filepath.Join(t.TempDir(), "t.db"))
	p := mustPipeline(t, db)
	crawl(t, p, bases)
	var multi, single []*tamiz.Article
	byWork := map[string][]*tamiz.Article{}
	for _, a := range editions(t, db) {
		byWork[a.Work] = append(byWork[a.Work], a)
	}
	for _, id := range slices.Sorted(maps.Keys(byWork)) {
		if as := byWork[id]; len(as) > 2 && multi == nil {
			multi = as
		} else if len(as) == 1 {
			single = append(single, as[0])
		}
	}
	if multi == nil || len(single) < 2 {
		t.Fatalf("want a work of several editions and two of one, have %d works", len(byWork))
	}
	if err := p.Join(t.Context(), single[0].ID, single[1].ID); err != nil {
		t.Fatal(err)
	}
	if alone, err := p.Split(t.Context(), multi[1].ID); err != nil || alone {
		t.Fatalf("split: alone %v, %v", alone, err)
	}
	if alone, err := p.Split(t.Context(), multi[1].ID); err == nil && !alone {
		a, _ := db.Article(t.Context(), multi[1].ID)
		t.Errorf("a split article is not alone: work %s", a.Work)
	}
	check := func(when string) {
		t.Helper()
		all := editions(t, db)
		if a, b := all[single[0].URL], all[single[1].URL]; a.Work != b.Work {
			t.Errorf("%s: joined articles are in works %s and %s", when, a.Work, b.Work)
		}
		if a, b := all[multi[0].URL], all[multi[1].URL]; a.Work == b.Work {
			t.Errorf("%s: split articles share work %s", when, a.Work)
		}
	}
	check("at once")
	if err := p.Regroup(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after grouping again")
}
