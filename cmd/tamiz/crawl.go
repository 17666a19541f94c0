package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tamiz"
	"tamiz/crawler"
	"tamiz/store"
	"tamiz/weburl"
)

type crawlCmd struct {
	Targets      []string       `arg:"" optional:"" name:"url-or-source" help:"Names of configured sources, or URLs: an article, a listing page, a feed or a sitemap. None: every configured source."`
	Depth        *int           `placeholder:"N" help:"Links to follow inside the site (default: the source's, else 1; a single article is not followed unless this is given)."`
	MaxPages     *int           `placeholder:"N" help:"Pages to fetch at most (default: the source's, else the configured limit)."`
	Delay        *time.Duration `placeholder:"D" help:"Least time between two requests to one host, such as 500ms or 2s."`
	Since        string         `placeholder:"DATE" help:"Leave out articles published before, as 2026-01-31."`
	AllowPrivate bool           `help:"Allow private and loopback addresses."`
	DryRun       bool           `help:"Fetch only the start URLs and print what would be fetched; store nothing."`
}

func (crawlCmd) Help() string {
	return `Examples:

  tamiz crawl                                   every configured source
  tamiz crawl martech-feed                      one of them
  tamiz crawl https://example.org/blog/         a listing page and the articles it leads to
  tamiz crawl https://example.org/feed.xml --since 2026-01-01
  tamiz crawl https://example.org --depth 2 --max-pages 200 --delay 2s

An interrupted crawl goes on where it stopped when the same command is given again.
Exit status 3: finished, but some sources or pages failed.`
}

func (c *crawlCmd) Run(a *app) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	sources, err := c.sources(cfg)
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.dryRun(a, sources)
	}
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	files, sources := splitFiles(sources)
	runs, err := a.crawl(db, sources, "crawl")
	for _, src := range files {
		run, ferr := a.importFiles(db, src)
		if run != nil {
			runs = append(runs, *run)
		}
		err = errors.Join(err, ferr)
	}
	if perr := a.prune(db); err == nil {
		err = perr
	}
	return a.summary(db, runs, err)
}

// prune deletes raw pages over their keeping time.
func (a *app) prune(db *store.DB) error {
	ctx := context.WithoutCancel(a.ctx)
	return db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.PrunePages(time.Now().Add(-a.cfg.Crawl.KeepPages))
		if n > 0 {
			a.log.Info("deleted raw pages over their keeping time", "pages", n)
		}
		return err
	})
}

// splitFiles separates sources that are folders from those that are fetched.
func splitFiles(sources []tamiz.Source) (files, web []tamiz.Source) {
	for _, s := range sources {
		if s.Kind == tamiz.KindFiles {
			files = append(files, s)
		} else {
			web = append(web, s)
		}
	}
	return files, web
}

// sources resolves the arguments and applies the flags.
func (c *crawlCmd) sources(cfg *Config) ([]tamiz.Source, error) {
	var since time.Time
	if c.Since != "" {
		d, err := tamiz.ParseDate(c.Since)
		if err != nil {
			return nil, usagef("crawl", "--since %q: want a date such as 2026-01-31", c.Since)
		}
		since = d.Time
	}
	switch {
	case c.Depth != nil && (*c.Depth < 0 || *c.Depth > 50):
		return nil, usagef("crawl", "--depth %d: want 0 to 50", *c.Depth)
	case c.MaxPages != nil && *c.MaxPages < 1:
		return nil, usagef("crawl", "--max-pages %d: want 1 or more", *c.MaxPages)
	case c.Delay != nil && (*c.Delay < 0 || *c.Delay > time.Hour):
		return nil, usagef("crawl", "--delay %s: want 0 to 1h", *c.Delay)
	}
	configured := cfg.TamizSources()
	var out []tamiz.Source
	if len(c.Targets) == 0 {
		if len(configured) == 0 {
			return nil, usagef("crawl", "no sources are configured and no URL is given; try \"tamiz crawl https://example.org/blog/\" or \"tamiz init\"")
		}
		out = configured
	}
	for _, t := range c.Targets {
		src, err := target(cfg, configured, t)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(s tamiz.Source) bool { return s.Name == src.Name }) {
			out = append(out, src)
		}
	}
	for i := range out {
		s := &out[i]
		s.Recheck = 0 // whoever asks now wants an answer now
		if c.Depth != nil {
			s.Depth, s.DepthGiven = *c.Depth, true
		}
		if c.MaxPages != nil {
			s.MaxPages = *c.MaxPages
		}
		if c.Delay != nil {
			s.Delay = *c.Delay
		}
		if !since.IsZero() {
			s.Since = since
		}
		s.Private = s.Private || c.AllowPrivate
	}
	return out, nil
}

// target finds a source by name, or makes one of a URL.
func target(cfg *Config, configured []tamiz.Source, t string) (tamiz.Source, error) {
	for _, s := range configured {
		if s.Name == t {
			return s, nil
		}
	}
	if !strings.Contains(t, "://") {
		hint := "no source of that name is configured"
		if strings.Contains(t, ".") {
			hint = fmt.Sprintf("neither a configured source nor a URL; did you mean https://%s ?", t)
		} else if near := nearest(t, configured); near != "" {
			hint += fmt.Sprintf("; did you mean %q?", near)
		}
		return tamiz.Source{}, usagef("crawl", "%s: %s", t, hint)
	}
	u, err := weburl.Canonical(t)
	if err != nil {
		return tamiz.Source{}, usagef("crawl", "%s: %v", t, err)
	}
	return cfg.AdHoc(u), nil
}

// nearest names the configured source that is spelt most like a name.
func nearest(name string, configured []tamiz.Source) string {
	best, bestDist := "", len(name)/2+1
	for _, s := range configured {
		if d := distance(name, s.Name); d < bestDist {
			best, bestDist = s.Name, d
		}
	}
	return best
}

// crawl runs web sources with progress on stderr.
func (a *app) crawl(db *store.DB, sources []tamiz.Source, trigger string) ([]tamiz.Run, error) {
	if len(sources) == 0 {
		return nil, nil
	}
	private := map[string]bool{}
	for _, s := range sources {
		if s.Private {
			for _, u := range s.URLs {
				private[weburl.Site(weburl.Host(u))] = true
			}
		}
	}
	cr, err := a.crawler(db, func(o *crawler.Options) {
		o.AllowPrivateFor = func(host string) bool { return private[weburl.Site(host)] }
	})
	if err != nil {
		return nil, err
	}
	bars := a.newProgress()
	defer bars.close()
	p, err := a.pipeline(db, cr, bars.event)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(a.ctx, cr.StopNow)
	defer stop()
	return p.Crawl(a.drain, sources, trigger)
}

// summary prints what became of the URLs and turns failures into the exit
// status.
func (a *app) summary(db *store.DB, runs []tamiz.Run, err error) error {
	if !a.Quiet {
		a.printRuns(runs)
		if st, serr := db.Stats(context.WithoutCancel(a.ctx)); serr == nil {
			fmt.Fprintf(a.err, "%s now holds %s in %s, in %s.\n", db.Path(), count(st.Articles, "article"), count(st.Works, "work"), count(len(st.Languages), "language"))
		}
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			fmt.Fprintln(a.err, "tamiz:", clean(line))
		}
		if len(runs) == 0 {
			return withHint(errors.New("nothing was fetched"), "\"tamiz sources\" shows the state of each source.")
		}
		return partialError{"finished, but some sources failed"}
	}
	failed := 0
	for _, r := range runs {
		failed += r.Counts.Class("failed")
	}
	if failed > 0 {
		return partialError{fmt.Sprintf("finished, but %s failed; \"tamiz runs --urls failed\" lists them", failedURLs(failed))}
	}
	return nil
}

// dryRun fetches the start URLs into a throw-away database and prints the
// links that a real crawl would go on with.
func (c *crawlCmd) dryRun(a *app, sources []tamiz.Source) error {
	dir, err := os.MkdirTemp("", "tamiz-dry-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(a.ctx, filepath.Join(dir, "dry.db"), store.Options{Logger: a.log})
	if err != nil {
		return err
	}
	defer db.Close()
	limits := map[string]int{}
	for i := range sources {
		limits[sources[i].Name] = sources[i].MaxPages
		sources[i].MaxPages = len(sources[i].URLs)
	}
	_, web := splitFiles(sources)
	runs, err := a.crawl(db, web, "dry-run")
	if err != nil {
		return err
	}
	failed := 0
	for _, r := range runs {
		shown := 0
		err := db.Outcomes(a.ctx, r.ID, func(o store.FetchRecord) error {
			switch {
			case o.Outcome == tamiz.OutcomeLimit:
				if shown++; limits[r.Source] == 0 || shown < limits[r.Source] {
					fmt.Fprintln(a.out, o.URL)
				}
			case o.Outcome.Class() == "failed":
				failed++
				fmt.Fprintf(a.err, "tamiz: %s: %s: %s\n", clean(o.URL), o.Outcome, clean(o.Reason))
			default:
				fmt.Fprintln(a.out, o.URL)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if failed > 0 {
		return partialError{count(failed, "start URL") + " failed"}
	}
	return nil
}
