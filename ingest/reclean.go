package ingest

import (
	"context"
	"errors"
	"math"

	"tamiz"
	"tamiz/extract"
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
		// What a killed process had learned and not stored is learned again.
		if err := p.recleanPages(ctx, name, st, urls, known < len(urls)); err != nil {
			return err
		}
	}
	return p.sites.flush(ctx)
}

// recleanPages extracts stored pages of one host again, with teach after they
// have taught the host's repetition.
func (p *Pipeline) recleanPages(ctx context.Context, name string, st *site, urls []string, teach bool) error {
	if teach {
		for _, u := range urls {
			if err := p.teachPage(ctx, u, st); err != nil {
				return err
			}
		}
	}
	for i, u := range urls {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.recleanPage(ctx, u, st); err != nil {
			return err
		}
		p.progress(Event{Source: name, Stage: StageReclean, Done: i + 1, Total: len(urls)})
	}
	return nil
}

// extractStored extracts a stored page with what is known of its host. The
// result is nil if there is no page any more, or no article in it: what was an
// article stays one.
func (p *Pipeline) extractStored(ctx context.Context, url string, st *site) (*tamiz.Page, *extract.Result, int, error) {
	page, err := p.db.Page(ctx, url)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, 0, nil
	}
	if err != nil {
		return nil, nil, 0, err
	}
	st.mu.RLock()
	defer st.mu.RUnlock()
	res, err := p.extract.Extract(page, st.s)
	if err != nil {
		p.log.Warn("page cannot be cleaned again", "url", url, "err", err)
		return nil, nil, 0, nil
	}
	if res.Article == nil {
		return nil, nil, 0, nil
	}
	return page, res, st.s.Pages(), nil
}

// teachPage lets one stored page teach its host's repetition.
func (p *Pipeline) teachPage(ctx context.Context, url string, st *site) error {
	_, res, _, err := p.extractStored(ctx, url, st)
	if err == nil && res != nil {
		st.observe(res.Seen, url)
	}
	return err
}

// recleanPage extracts one stored page again and stores its article.
func (p *Pipeline) recleanPage(ctx context.Context, url string, st *site) error {
	page, res, learned, err := p.extractStored(ctx, url, st)
	if err != nil || res == nil {
		return err
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
// host) of all, and groups what changed. It returns how many pages were looked
// at.
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
		urls, err := p.db.StalePages(ctx, h, math.MaxInt32)
		if err != nil {
			return pages, err
		}
		if err := p.recleanPages(ctx, h, st, urls, true); err != nil {
			return pages, err
		}
		pages += len(urls)
	}
	if err := p.sites.flush(ctx); err != nil {
		return pages, err
	}
	return pages, p.groupNew(ctx, "reclean")
}
