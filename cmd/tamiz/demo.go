package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"tamiz"
	"tamiz/crawler"
	"tamiz/demo"
	"tamiz/extract"
	"tamiz/store"
)

type demoCmd struct{}

func (demoCmd) Help() string {
	return `Examples:

  tamiz demo                     into demo.db in this folder
  tamiz demo --db /tmp/try.db    into another file

Serves a small multilingual magazine on loopback, written for this purpose, and
crawls it with the real crawler; nothing leaves this machine. The database stays
for you to query. The exit status is 1 if what was found is not what the
magazine holds.`
}

func (c *demoCmd) Run(a *app) error {
	cfg := Default() // the demo does not depend on anybody's configuration
	cfg.Database = "demo.db"
	if a.DB != "" {
		cfg.Database = a.DB
	}
	a.cfg = cfg
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen on loopback: %w", err)
	}
	site := demo.New()
	srv := &http.Server{Handler: site, ReadHeaderTimeout: 5 * time.Second}
	go srv.Serve(ln) //nolint:errcheck // ends with Close below
	defer srv.Close()
	base := "http://" + ln.Addr().String()

	// Each demo run has its own port, and so its own URLs: start afresh.
	if err := removeDemo(a, cfg.Database); err != nil {
		return err
	}
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	if !a.Quiet {
		fmt.Fprintf(a.err, "Serving %s, a made-up magazine, at %s and crawling it.\n\n", demo.Name, base)
	}
	src := tamiz.Source{Name: "demo", Kind: tamiz.KindAuto, URLs: []string{base + "/"}, Depth: 4, DepthGiven: true, MaxPages: 1000, Private: true}
	bars := a.newProgress()
	cr, err := a.crawler(db, func(o *crawler.Options) { o.Delay, o.AllowPrivate = crawler.None, true })
	if err != nil {
		return err
	}
	p, err := a.pipeline(db, cr, bars.event)
	if err != nil {
		return err
	}
	runs, err := p.Crawl(a.drain, []tamiz.Source{src}, "demo")
	bars.close()
	if err != nil {
		return err
	}
	return c.reportRun(a, db, site, base, runs)
}

// removeDemo deletes the database of an earlier demo; any other is left alone.
func removeDemo(a *app, path string) error {
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	db, err := store.Open(a.ctx, path, store.Options{ReadOnly: true, Logger: a.log})
	if err != nil {
		return err
	}
	sources, err := db.Sources(a.ctx)
	db.Close()
	if err != nil {
		return err
	}
	for _, s := range sources {
		if s.Source.Name != "demo" {
			return withHint(fmt.Errorf("%s holds other sources than the demo's", path), "Name another file with --db.")
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// reportRun shows what came out and compares it with what the site holds.
func (c *demoCmd) reportRun(a *app, db *store.DB, site *demo.Site, base string, runs []tamiz.Run) error {
	a.printRuns(runs)
	works, err := worksOf(a, db)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\n%s\n\n", "Works, each once, with the languages it was found in:")
	t := a.table(a.out)
	t.AppendHeader(row("work", "editions", "languages", "title"))
	for _, w := range works {
		t.AppendRow(row(w.ID, len(w.Editions), strings.Join(languagesOf(w), " "), shorten(clean(w.Editions[0].Article.Title), 60)))
	}
	t.Render()
	if err := c.learned(a, db, base); err != nil {
		return err
	}
	if err := c.sample(a, db); err != nil {
		return err
	}
	problems := compare(works, site.Expect(), base)
	if len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(a.err, "tamiz demo:", clean(p))
		}
		return errors.New("what was found is not what the site holds")
	}
	fmt.Fprintf(a.out, "\nRight: %s in %s, as published. Next:\n\n", count(site.Expect().Articles, "article"), count(len(works), "work"))
	for _, line := range []string{
		"search consent --db %s", "search 'plataforma datos' --lang es --db %s",
		"show " + works[0].ID + " --db %s", "stats --db %s", "export --format jsonl --db %s | head -1",
	} {
		fmt.Fprintf(a.out, "  %s "+line+"\n", os.Args[0], db.Path())
	}
	fmt.Fprintf(a.out, "  %[1]s init && %[1]s crawl     your own sources\n", os.Args[0])
	return nil
}

func worksOf(a *app, db *store.DB) ([]*tamiz.Work, error) {
	var ids []string
	err := db.Articles(a.ctx, store.ArticleFilter{}, func(art *tamiz.Article) error {
		ids = append(ids, art.Work)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var works []*tamiz.Work
	for _, id := range ids {
		w, err := db.Work(a.ctx, id)
		if err != nil {
			return nil, err
		}
		works = append(works, w)
	}
	slices.SortStableFunc(works, func(x, y *tamiz.Work) int { return len(y.Editions) - len(x.Editions) })
	return works, nil
}

func languagesOf(w *tamiz.Work) []string {
	var ls []string
	for _, e := range w.Editions {
		if !slices.Contains(ls, e.Article.Language) {
			ls = append(ls, e.Article.Language)
		}
	}
	return ls
}

// learned prints lines that the site's own repetition gave away.
func (c *demoCmd) learned(a *app, db *store.DB, base string) error {
	blob, err := db.Site(a.ctx, strings.TrimPrefix(base, "http://"))
	if err != nil {
		return err
	}
	s := extract.NewSite("")
	if err := s.UnmarshalBinary(blob); err != nil {
		return fmt.Errorf("read what was learned: %w", err)
	}
	const perLanguage = 3
	lines := s.Learned()
	fmt.Fprintf(a.out, "\nLearned to drop from repetition alone (%s in all, among them):\n\n", count(len(lines), "line"))
	shown := map[string]int{}
	for _, l := range lines {
		if shown[l.Language]++; shown[l.Language] <= perLanguage {
			fmt.Fprintf(a.out, "  %s  on %2d of %2d pages  %s\n", l.Language, l.Pages, l.Of, shorten(clean(l.Sample), 80))
		}
	}
	return nil
}

func (c *demoCmd) sample(a *app, db *store.DB) error {
	const q = "consent"
	hits, total, err := db.Search(a.ctx, store.SearchRequest{Query: q, Limit: 3})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\ntamiz search %s   (%s)\n\n", q, count(total, "work"))
	for _, h := range hits {
		fmt.Fprintf(a.out, "  %s  [%s]  %s\n", h.Article.ID, strings.Join(h.Languages, " "), shorten(clean(h.Article.Title), 60))
	}
	return nil
}

// compare says where the works found differ from those published.
func compare(works []*tamiz.Work, want demo.Expectation, base string) []string {
	found := map[string]string{} // URL path -> work id
	texts := map[string]string{}
	n := 0
	for _, w := range works {
		for _, e := range w.Editions {
			if e.Relation == tamiz.Revision {
				continue
			}
			path := strings.TrimPrefix(e.Article.URL, base)
			found[path], texts[path] = w.ID, e.Article.Text
			n++
		}
	}
	var problems []string
	if n != want.Articles {
		problems = append(problems, fmt.Sprintf("found %d articles, published are %d", n, want.Articles))
	}
	owner := map[string]string{} // work id -> the work it stands for
	for _, name := range slices.Sorted(maps.Keys(want.Works)) {
		id := ""
		for _, ed := range want.Works[name] {
			got, ok := found[ed.Path]
			delete(found, ed.Path)
			switch {
			case !ok:
				problems = append(problems, "not found: "+ed.Path)
			case id != "" && got != id:
				problems = append(problems, fmt.Sprintf("%s is not in the work of its other editions (%s)", ed.Path, name))
			case owner[got] != "" && owner[got] != name:
				problems = append(problems, fmt.Sprintf("%s (%s) is in one work with %s", ed.Path, name, owner[got]))
			}
			if ok {
				id, owner[got] = got, name
				if texts[ed.Path] != want.Texts[ed.Path] {
					problems = append(problems, "text differs: "+ed.Path+firstDifference(texts[ed.Path], want.Texts[ed.Path]))
				}
			}
		}
	}
	for path := range found {
		problems = append(problems, "not an article: "+path)
	}
	return problems
}

// firstDifference shows the first paragraph in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n\n"), strings.Split(want, "\n\n")
	for i := range max(len(g), len(w)) {
		x, y := "(nothing)", "(nothing)"
		if i < len(g) {
			x = g[i]
		}
		if i < len(w) {
			y = w[i]
		}
		if x != y {
			return fmt.Sprintf(": paragraph %d is %q, published is %q", i+1, shorten(x, 80), shorten(y, 80))
		}
	}
	return ""
}
