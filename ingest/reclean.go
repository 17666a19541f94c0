package ingest

import (
	"context"
	"errors"

	"tamiz"
	"tamiz/store"
)

// recleanAll bounds the hosts whose pages are all cleaned again whenever
// something new was learned; on larger hosts a page is cleaned again when the
// pages learned from have doubled, so that the work stays linear.
const recleanAll = 64

// recleanStale cleans again the pages that were cleaned when less was known of
// their host.
func (p *Pipeline) recleanStale(ctx context.Context, name string, hosts []string) error {
	for _, host := range hosts {
		st, err := p.sites.get(ctx, host)
		if err != nil {
			return err
		}
		known := st.pages()
		if known < 2 {
			continue
		}
		fewer := known
		if known > recleanAll {
			fewer = known/2 + 1
		}
		urls, err := p.db.StalePages(ctx, host, fewer)
		if err != nil {
			return err
		}
		// Learning may have been lost with a killed process: teach it first.
		for pass := range 2 {
			for i, u := range urls {
				if err := p.recleanPage(ctx, u, st, pass == 0); err != nil {
					return err
				}
				if pass == 1 {
					p.progress(Event{Source: name, Stage: StageReclean, Done: i + 1, Total: len(urls)})
				}
			}
			if pass == 0 && st.pages() == known {
				// Nothing was lost: the first pass only looked.
				continue
			}
		}
	}
	return p.sites.flush(ctx)
}

// recleanPage extracts one stored page again; with teach it only observes.
func (p *Pipeline) recleanPage(ctx context.Context, url string, st *site, teach bool) error {
	page, err := p.db.Page(ctx, url)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	st.mu.RLock()
	learned := st.s.Pages()
	res, err := p.extract.Extract(page, st.s)
	st.mu.RUnlock()
	if err != nil {
		p.log.Warn("page cannot be cleaned again", "url", url, "err", err)
		return nil
	}
	if res.Article == nil {
		return nil // what was an article stays one
	}
	if teach {
		st.observe(res.Seen, url)
		return nil
	}
	old, err := p.db.Article(ctx, url)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.SaveArticle(merge(old, res.Article), articleMeta(page, learned))
		return err
	})
}

// merge keeps what the fetch knew of an article beside what the page says.
func merge(old, a *tamiz.Article) *tamiz.Article {
	a.URL, a.Source, a.Host, a.FetchedAt = old.URL, old.Source, old.Host, old.FetchedAt
	if a.CanonicalURL == "" {
		a.CanonicalURL = old.CanonicalURL
	}
	if a.Published.IsZero() {
		a.Published = old.Published
	}
	if a.Title == "" {
		a.Title = old.Title
	}
	return a
}

// Reclean extracts every stored page again, of one host or (with an empty
// host) of all, and groups what changed. It returns how many articles were
// looked at.
func (p *Pipeline) Reclean(ctx context.Context, host string) (pages int, err error) {
	hosts := []string{host}
	if host == "" {
		if hosts, err = p.db.PageHosts(ctx); err != nil {
			return 0, err
		}
	}
	for _, h := range hosts {
		st, err := p.sites.get(ctx, h)
		if err != nil {
			return pages, err
		}
		urls, err := p.db.StalePages(ctx, h, 1<<30)
		if err != nil {
			return pages, err
		}
		for pass := range 2 {
			for i, u := range urls {
				if err := ctx.Err(); err != nil {
					return pages, err
				}
				if err := p.recleanPage(ctx, u, st, pass == 0); err != nil {
					return pages, err
				}
				if pass == 1 {
					pages++
					p.progress(Event{Source: h, Stage: StageReclean, Done: i + 1, Total: len(urls)})
				}
			}
		}
	}
	if err := p.sites.flush(ctx); err != nil {
		return pages, err
	}
	return pages, p.groupNew(ctx, "reclean")
}
