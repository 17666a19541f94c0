package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"tamiz"
	"tamiz/dedup"
	"tamiz/extract"
	"tamiz/source"
	"tamiz/store"
	"tamiz/weburl"
)

// found is what one fetch leads to: an outcome, perhaps an article, links.
type found struct {
	outcome tamiz.Outcome
	reason  string
	follow  []tamiz.Link
	skipped []source.Skipped
	article *tamiz.Article
	meta    store.ArticleMeta
	keep    bool           // the raw page is stored for later cleaning
	alias   string         // URL under which the article is known already, by its canonical link
	absorb  *tamiz.Article // known copy that names this page as its canonical URL
}

// handle takes one finished fetch through the stages and stores all that comes
// of it in one transaction.
func (s *session) handle(ctx context.Context, f *tamiz.Fetch) error {
	r := s.runs[f.Run]
	got := found{outcome: f.Outcome, reason: f.Reason}
	if f.Outcome == tamiz.OutcomeFetched {
		got = s.p.read(ctx, r, f)
	}
	if f.Outcome == tamiz.OutcomeUnchanged {
		p := s.p
		got.follow, got.skipped = p.knownLinks(ctx, r, f)
		r.guard.Yielded(f.Link, true)
	}
	var added int
	err := s.p.db.Write(ctx, func(tx *store.Tx) error {
		var err error
		added, err = s.store(ctx, tx, r, f, &got)
		return err
	})
	if err != nil {
		return fmt.Errorf("store %s: %w", f.Link.URL, err)
	}
	s.account(ctx, r, f, &got, added)
	return nil
}

// store writes one fetch: article, raw page, aliases, new links and the
// outcome, which is what takes the URL out of the frontier.
func (s *session) store(ctx context.Context, tx *store.Tx, r *crawlRun, f *tamiz.Fetch, got *found) (added int, err error) {
	if got.article != nil {
		if err := s.p.storeArticle(tx, f, got); err != nil {
			return 0, err
		}
	}
	if got.keep {
		if err := tx.SavePage(f.Page); err != nil {
			return 0, err
		}
	}
	for _, sk := range got.skipped {
		if err := skip(tx, r.id, sk); err != nil {
			return 0, err
		}
	}
	r.mu.Lock()
	room := r.src.MaxPages == 0 || r.pages < r.src.MaxPages
	r.mu.Unlock()
	if len(got.follow) > 0 && room {
		if added, err = tx.AddLinks(r.id, got.follow); err != nil {
			return 0, err
		}
	}
	done := *f
	done.Outcome, done.Reason = got.outcome, got.reason
	return added, tx.FinishFetch(r.id, &done)
}

// skip records a link that is not to be fetched, unless the run has met it.
func skip(tx *store.Tx, run int64, sk source.Skipped) error {
	pending, finished, err := tx.Seen(run, sk.Link.URL)
	if err != nil || pending || finished {
		return err
	}
	return tx.FinishFetch(run, &tamiz.Fetch{Link: sk.Link, Outcome: sk.Outcome, Reason: sk.Reason})
}

func (p *Pipeline) storeArticle(tx *store.Tx, f *tamiz.Fetch, got *found) error {
	a := got.article
	if got.alias != "" {
		got.outcome, got.reason = tamiz.OutcomeAlias, "declares "+got.alias+" as its canonical URL and says the same"
		got.article, got.keep = nil, false
		return tx.AddAlias(f.Link.URL, got.alias)
	}
	if got.absorb != nil {
		if err := tx.DeleteArticle(got.absorb.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := tx.AddAlias(got.absorb.URL, a.URL); err != nil {
			return err
		}
	}
	var err error
	got.outcome, err = tx.SaveArticle(a, got.meta)
	if errors.Is(err, store.ErrForgotten) {
		got.outcome, got.reason, got.article, got.keep = tamiz.OutcomeForgotten, "erased by the user, kept out", nil, false
		return nil
	}
	if err != nil {
		return err
	}
	if len(f.Hops) > 0 && got.outcome != tamiz.OutcomeNew {
		got.outcome, got.reason = tamiz.OutcomeAlias, "redirects to "+a.URL
	}
	for _, u := range append([]string{f.Link.URL}, hopURLs(f)...) {
		if u != a.URL {
			if err := tx.AddAlias(u, a.URL); err != nil {
				return err
			}
		}
	}
	return nil
}

func hopURLs(f *tamiz.Fetch) []string {
	var us []string
	for _, h := range f.Hops {
		us = append(us, h.URL)
	}
	return us
}

// account updates the run's figures and enforces its page limit.
func (s *session) account(ctx context.Context, r *crawlRun, f *tamiz.Fetch, got *found, added int) {
	if !f.RetryAt.IsZero() {
		return
	}
	r.mu.Lock()
	r.done++
	r.seen += added
	if f.Status != 0 {
		r.pages++
	}
	if got.article != nil {
		r.touched[got.article.Host] = true
		if got.outcome == tamiz.OutcomeNew || got.outcome == tamiz.OutcomeUpdated {
			r.fresh++
		}
	}
	groupNow := r.fresh >= groupEvery
	if groupNow {
		r.fresh = 0
	}
	stop := r.src.MaxPages > 0 && r.pages >= r.src.MaxPages && !r.limitHit
	r.limitHit = r.limitHit || stop
	ev := Event{Source: r.src.Name, Stage: StageFetch, URL: f.Link.URL, Outcome: got.outcome, Reason: got.reason, Done: r.done, Total: max(r.seen, r.done)}
	r.mu.Unlock()
	s.p.progress(ev)
	s.p.log.Debug("fetched", "source", r.src.Name, "url", f.Link.URL, "outcome", got.outcome, "status", f.Status, "ms", f.Duration.Milliseconds(), "reason", got.reason)
	if stop {
		err := s.p.db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.DropPending(r.id, tamiz.OutcomeLimit, fmt.Sprintf("the run's limit of %d pages was reached (max_pages)", r.src.MaxPages))
			return err
		})
		if err != nil {
			s.p.log.Error("drop what is over the page limit", "source", r.src.Name, "err", err)
		}
	}
	if groupNow {
		if err := s.p.groupNew(ctx, r.src.Name); err != nil {
			s.p.log.Error("group new articles", "source", r.src.Name, "err", err)
		}
	}
}

// read tells what a page is and takes it apart. A page that brings the
// extractor down is recorded as broken, with the place, and the crawl goes on.
func (p *Pipeline) read(ctx context.Context, r *crawlRun, f *tamiz.Fetch) (got found) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("page cannot be processed", "url", f.Link.URL, "panic", v, "stack", string(debug.Stack()))
			got = found{outcome: tamiz.OutcomeBroken, reason: fmt.Sprintf("internal error while reading the page: %v", v)}
		}
	}()
	page := f.Page
	page.Source = r.src.Name
	if page.FinalURL != f.Link.URL && f.Link.Depth > 0 {
		to := f.Link
		to.URL = page.FinalURL
		if outcome, why := r.pick.Judge(to); outcome != "" {
			return found{outcome: outcome, reason: "redirects to " + page.FinalURL + ": " + why}
		}
	}
	reading, err := source.Read(page)
	if err != nil {
		return found{outcome: tamiz.OutcomeBroken, reason: err.Error()}
	}
	switch {
	case reading.Format.Links():
		return p.readIndex(ctx, r, f, reading)
	case reading.Format == source.FormatUnknown:
		return found{outcome: tamiz.OutcomeMediaType, reason: "neither a page nor a feed or sitemap (" + page.MediaType + ")"}
	default:
		return p.readPage(ctx, r, f)
	}
}

// knownLinks reads the links of a page that has not changed from its stored
// copy: what it leads to may have.
func (p *Pipeline) knownLinks(ctx context.Context, r *crawlRun, f *tamiz.Fetch) ([]tamiz.Link, []source.Skipped) {
	if f.Link.Depth >= r.src.Depth && f.Link.Depth > 0 && f.Link.Kind != tamiz.LinkFeed && f.Link.Kind != tamiz.LinkSitemap {
		return nil, nil
	}
	page, err := p.db.Page(ctx, f.Link.URL)
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			p.log.Error("read stored page", "url", f.Link.URL, "err", err)
		}
		return nil, nil
	}
	again := *f
	again.Page = page
	got := p.read(ctx, r, &again)
	return got.follow, got.skipped
}

// readIndex takes the links of a feed, sitemap or URL list.
func (p *Pipeline) readIndex(ctx context.Context, r *crawlRun, f *tamiz.Fetch, reading *source.Reading) found {
	got := found{outcome: tamiz.OutcomeLinks, keep: true}
	var links []tamiz.Link
	for _, l := range reading.Links {
		l.Source, l.Via, l.Follow = r.src.Name, f.Link.URL, true
		l.Depth = f.Link.Depth + 1
		if l.Kind == tamiz.LinkSitemap && l.Depth > maxSitemapDepth {
			got.skipped = append(got.skipped, source.Skipped{Link: l, Outcome: tamiz.OutcomeTrap, Reason: "sitemap indexes nested too deep"})
			continue
		}
		links = append(links, l)
	}
	follow, skipped := r.pick.Select(links)
	got.follow, got.skipped = p.recent(ctx, r, follow), append(got.skipped, skipped...)
	got.reason = fmt.Sprintf("%s with %d links", reading.Format, len(reading.Links))
	for _, w := range reading.Warnings {
		got.reason += "; " + w
	}
	return got
}

// recent takes out article links that were fetched within the recheck time.
func (p *Pipeline) recent(ctx context.Context, r *crawlRun, links []tamiz.Link) []tamiz.Link {
	if r.src.Recheck == 0 {
		return links
	}
	kept := links[:0]
	for _, l := range links {
		known, err := p.db.URL(ctx, l.URL)
		if err == nil && known.Article != "" && p.now().Sub(known.FetchedAt) < r.src.Recheck && !l.Modified.After(known.FetchedAt) {
			continue
		}
		kept = append(kept, l)
	}
	return kept
}

// readPage extracts an HTML or text page.
func (p *Pipeline) readPage(ctx context.Context, r *crawlRun, f *tamiz.Fetch) found {
	page := f.Page
	host := weburl.Host(page.FinalURL)
	st, err := p.sites.get(ctx, host)
	if err != nil {
		return found{outcome: tamiz.OutcomeBroken, reason: err.Error()}
	}
	st.mu.RLock()
	learned := st.s.Pages()
	res, err := p.extract.Extract(page, st.s)
	st.mu.RUnlock()
	if err != nil {
		return found{outcome: tamiz.OutcomeBroken, reason: err.Error()}
	}
	isArticle := res.Kind == extract.KindArticle && res.Article != nil
	r.guard.Yielded(f.Link, isArticle)
	got := found{outcome: tamiz.OutcomeNoArticle, reason: "no main content (" + string(res.Kind) + ")"}
	if res.Kind == extract.KindListing {
		got = found{outcome: tamiz.OutcomeLinks, reason: "a page of links", keep: true}
	}
	if follows(r, f, res, isArticle) {
		got.follow, got.skipped = p.pageLinks(ctx, r, f, res)
	}
	if !isArticle {
		return got
	}
	st.observe(res.Seen, page.FinalURL)
	a := res.Article
	finishArticle(a, f, r.src.Name, host)
	switch {
	case res.NoIndex:
		got.outcome, got.reason = tamiz.OutcomeFiltered, "the page asks not to be indexed (noindex)"
	case !r.src.Since.IsZero() && !a.Published.IsZero() && a.Published.Time.Before(r.src.Since):
		got.outcome, got.reason = tamiz.OutcomeFiltered, "published before "+r.src.Since.Format(time.DateOnly)
	default:
		got.article, got.keep, got.reason = a, true, ""
		got.meta = articleMeta(page, learned)
		known, err := p.sameByCanonical(ctx, a)
		if err != nil {
			return found{outcome: tamiz.OutcomeBroken, reason: err.Error()}
		}
		switch {
		case known == nil:
		case a.CanonicalURL == a.URL:
			got.absorb = known
		default:
			got.alias = known.URL
		}
	}
	return got
}

// finishArticle fills in what the fetch knows and the page does not say.
func finishArticle(a *tamiz.Article, f *tamiz.Fetch, source, host string) {
	a.URL, a.Source, a.Host, a.FetchedAt = f.Page.FinalURL, source, host, f.Page.FetchedAt
	if a.CanonicalURL == "" {
		a.CanonicalURL = a.URL
	}
	if a.Published.IsZero() && !f.Link.Published.IsZero() {
		at := f.Link.Published
		a.Published = tamiz.Date{Time: at, HasTime: !at.Equal(at.Truncate(24 * time.Hour))}
	}
	if a.Title == "" {
		a.Title = f.Link.Title
	}
	if len(a.Alternates) == 0 {
		a.Alternates = f.Link.Alternates
	}
}

// follows decides whether the links of a page belong to the crawl. The start
// URL of a one-off crawl may be a single article: somebody who names an article
// wants that one, unless a depth was asked for.
func follows(r *crawlRun, f *tamiz.Fetch, res *extract.Result, isArticle bool) bool {
	if res.NoFollow || f.Link.Depth >= r.src.Depth || f.Link.Kind == tamiz.LinkArticle && !r.src.DepthGiven && f.Link.Depth == 0 {
		return false
	}
	if f.Link.Depth == 0 && isArticle && f.Link.Kind == tamiz.LinkUnknown && !r.src.DepthGiven {
		return isHome(f.Page.FinalURL) || res.Confidence < surelyArticle
	}
	return true
}

// surelyArticle is the confidence from which a start page is taken for a single
// article; below, its links are followed too: a few fetches too many cost less
// than a crawl that finds nothing.
const surelyArticle = 0.8

// isHome reports whether a URL is a site's or a language section's front page.
func isHome(u string) bool {
	_, rest, _ := strings.Cut(u, "://")
	_, path, _ := strings.Cut(rest, "/")
	return len(strings.Trim(path, "/")) <= len("zh-hant") && !strings.Contains(strings.Trim(path, "/"), "/")
}

// pageLinks picks the links of a page that the crawl follows: inside the site,
// one step deeper; the next page of a listing on the same level.
func (p *Pipeline) pageLinks(ctx context.Context, r *crawlRun, f *tamiz.Fetch, res *extract.Result) ([]tamiz.Link, []source.Skipped) {
	var links []tamiz.Link
	for _, l := range res.Links {
		if !l.Follow || !r.scope[weburl.Site(weburl.Host(l.URL))] {
			continue
		}
		l.Source, l.Via, l.Depth = r.src.Name, f.Link.URL, f.Link.Depth+1
		if l.Next && res.Kind == extract.KindListing && r.nextPage() {
			l.Depth = f.Link.Depth
		}
		links = append(links, l)
	}
	follow, skipped := r.pick.Select(links)
	return p.recent(ctx, r, follow), skipped
}

// nextPage counts the pagination of the run's listings against its bound.
func (r *crawlRun) nextPage() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nextPages++
	return r.nextPages <= maxNextPages
}

// articleMeta says how an article was made: from which bytes, with how much
// learned, by which rules.
func articleMeta(page *tamiz.Page, learned int) store.ArticleMeta {
	return store.ArticleMeta{PageHash: store.BodyHash(page.Body), CleanedWith: learned, ExtractVersion: extract.Version}
}

// sameByCanonical finds the known article that is the same as this one by a
// canonical link: the one this page names, or one that names this page. A
// canonical link holds within a language only; across languages it is a hint for
// the works. A site may also name one URL on every page: a different text is
// never swallowed.
func (p *Pipeline) sameByCanonical(ctx context.Context, a *tamiz.Article) (*tamiz.Article, error) {
	if !weburl.SameSite(a.CanonicalURL, a.URL) {
		return nil, nil
	}
	known, err := p.db.Article(ctx, a.CanonicalURL)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if known.URL == a.URL || known.Language != a.Language || dedup.Prepare(known).TextHash() != dedup.Prepare(a).TextHash() {
		return nil, nil
	}
	return known, nil
}
