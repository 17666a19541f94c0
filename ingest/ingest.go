// Package ingest takes what a source offers through the stages and stores what
// comes of it. It is the one place where the stages meet:
//
//	links ─▶ crawler ─page─▶ source, extract ─article─▶ dedup ─▶ store
//
// [Pipeline.Crawl] runs sources once, [Pipeline.Import] takes in files,
// [Pipeline.Reclean] and [Pipeline.Regroup] repeat a stage from what is stored.
// Every URL and every file ends in one stored outcome; an article and the
// outcome of its URL are written in one transaction, so that a process killed
// at any moment leaves neither half an article nor a lost URL.
//
// A page is cleaned with what its host's earlier pages have taught. When a run
// ends, pages that were cleaned before enough was known are cleaned again from
// their stored bytes, and only then are the run's articles grouped into works.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"tamiz"
	"tamiz/crawler"
	"tamiz/extract"
	"tamiz/source"
	"tamiz/store"
	"tamiz/weburl"
)

// Options are what a Pipeline is made of. Crawler may be nil when nothing is
// to be fetched.
type Options struct {
	DB        *store.DB
	Crawler   *crawler.Crawler
	Extractor *extract.Extractor
	Progress  func(Event) // called from several goroutines, must not block; may be nil
	Logger    *slog.Logger
	Now       func() time.Time
}

// Event tells whoever watches what has just happened.
type Event struct {
	Source  string
	Stage   Stage
	URL     string // of a fetched page or file
	Outcome tamiz.Outcome
	Reason  string
	Done    int // URLs of the run with an outcome, or items of a later stage
	Total   int // URLs of the run seen so far, or items of a later stage
}

// Stage names the part of a run an Event is about.
type Stage string

// The stages of a run.
const (
	StageFetch   Stage = "fetch"
	StageImport  Stage = "import"
	StageReclean Stage = "reclean"
	StageGroup   Stage = "group"
	StageEnd     Stage = "end"
)

// Pipeline runs the stages over one database. It is safe for concurrent use.
type Pipeline struct {
	db       *store.DB
	crawler  *crawler.Crawler
	extract  *extract.Extractor
	progress func(Event)
	log      *slog.Logger
	now      func() time.Time
	sites    *sites
	works    *works
}

// New makes a Pipeline.
func New(o Options) *Pipeline {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(Event) {}
	}
	return &Pipeline{
		db: o.DB, crawler: o.Crawler, extract: o.Extractor, progress: o.Progress, log: o.Logger, now: o.Now,
		sites: newSites(o.DB), works: newWorks(o.DB, o.Logger),
	}
}

const (
	// leaseTargets is how many URLs of a host one lease carries: few enough
	// that a stop gives little back, enough that the frontier is asked seldom.
	leaseTargets = 8
	// groupEvery is after how many new articles a long run groups what it has,
	// so that works appear while it goes on.
	groupEvery = 500
	// maxNextPages bounds the pagination of listings that a run follows without
	// counting it as depth: the first pages hold what is new.
	maxNextPages = 10
	// maxSitemapDepth bounds sitemap indexes that lead to further indexes.
	maxSitemapDepth = 3
)

// Crawl runs the sources once, all together, each host at its own pace, and
// returns one Run per source in the same order. A source that another process
// is just running is reported by an error that wraps [store.ErrBusy]; the
// others go on. When ctx ends, what is in flight is finished and the rest stays
// in the frontier: the next Crawl of the source goes on from there.
func (p *Pipeline) Crawl(ctx context.Context, sources []tamiz.Source, trigger string) ([]tamiz.Run, error) {
	s := &session{p: p, runs: map[int64]*crawlRun{}}
	keep := context.WithoutCancel(ctx) // what was fetched is stored, come what may
	var errs []error
	for _, src := range sources {
		if ctx.Err() != nil {
			break
		}
		if err := s.start(keep, src, trigger); err != nil {
			errs = append(errs, fmt.Errorf("source %s: %w", src.Name, err))
		}
	}
	defer s.unlock(keep)
	var runErr error
	if len(s.runs) > 0 {
		runErr = p.crawler.Run(ctx, s, func(_ context.Context, f *tamiz.Fetch) error { return s.handle(keep, f) })
	}
	state := "done"
	switch {
	case ctx.Err() != nil:
		state = "stopped"
		if runErr == nil || errors.Is(runErr, context.Canceled) {
			runErr = ctx.Err()
		}
	case runErr != nil:
		state = "failed"
	}
	var runs []tamiz.Run
	for _, id := range s.order {
		r := s.runs[id]
		if err := p.settle(keep, r.src.Name, r.hosts()); err != nil {
			errs = append(errs, fmt.Errorf("source %s: %w", r.src.Name, err))
		}
		run, err := p.finish(keep, r, state, runErr)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		runs = append(runs, *run)
		p.progress(Event{Source: r.src.Name, Stage: StageEnd, Done: run.Counts.Total(), Total: run.Counts.Total()})
	}
	return runs, errors.Join(append(errs, runErr)...)
}

// settle cleans again what was cleaned too early and groups what is new.
func (p *Pipeline) settle(ctx context.Context, name string, hosts []string) error {
	if err := p.sites.flush(ctx); err != nil {
		return err
	}
	if err := p.recleanStale(ctx, name, hosts); err != nil {
		return err
	}
	return p.groupNew(ctx, name)
}

func (p *Pipeline) finish(ctx context.Context, r *crawlRun, state string, runErr error) (*tamiz.Run, error) {
	msg := ""
	if runErr != nil {
		msg = runErr.Error()
	}
	err := p.db.Write(ctx, func(tx *store.Tx) error { return tx.FinishRun(r.id, state, msg) })
	if err != nil {
		return nil, fmt.Errorf("finish run of %s: %w", r.src.Name, err)
	}
	run, err := p.db.Run(ctx, r.id)
	return &run, err
}

// session is one Crawl: its runs, which do not change once it has begun, and
// the frontier view over them.
type session struct {
	p     *Pipeline
	runs  map[int64]*crawlRun
	order []int64
}

// crawlRun is the running state of one source.
type crawlRun struct {
	id    int64
	src   tamiz.Source
	lock  *store.SourceLock
	scope map[string]bool // sites the crawl stays in
	guard *source.TrapGuard
	pick  *source.Selector

	mu        sync.Mutex
	touched   map[string]bool // hosts that gave articles
	pages     int             // fetches that count against MaxPages
	done      int
	seen      int
	fresh     int // new or updated articles since the last grouping
	limitHit  bool
	nextPages int
}

func (r *crawlRun) hosts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.touched))
}

// start locks the source, opens or resumes its run and puts its start URLs
// into the frontier.
func (s *session) start(ctx context.Context, src tamiz.Source, trigger string) error {
	lock, err := s.p.db.LockSource(ctx, src.Name, store.ThisProcess())
	if err != nil {
		return err
	}
	r := &crawlRun{src: src, lock: lock, scope: map[string]bool{}, guard: source.NewTrapGuard(), touched: map[string]bool{}}
	r.pick, err = source.NewSelector(source.Selection{Include: src.Include, Exclude: src.Exclude, Since: src.Since, Traps: r.guard})
	if err != nil {
		return errors.Join(err, lock.Release(ctx))
	}
	var seeds []tamiz.Link
	for _, u := range src.URLs {
		r.scope[weburl.Site(weburl.Host(u))] = true
		seeds = append(seeds, tamiz.Link{URL: u, Kind: seedKind(src.Kind), Source: src.Name, Follow: true})
	}
	err = s.p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SaveSource(src); err != nil {
			return err
		}
		var resumed bool
		if r.id, resumed, err = tx.ResumeRun(src.Name, runKey(src)); err != nil {
			return err
		}
		if resumed {
			s.p.log.Info("going on with an interrupted run", "source", src.Name, "run", r.id)
		} else if r.id, err = tx.StartRun(src.Name, trigger, runKey(src)); err != nil {
			return err
		}
		if _, err := tx.AddLinks(r.id, seeds); err != nil {
			return err
		}
		r.seen, err = tx.Pending(r.id)
		return err
	})
	if err != nil {
		return errors.Join(err, lock.Release(ctx))
	}
	s.runs[r.id] = r
	s.order = append(s.order, r.id)
	return nil
}

func (s *session) unlock(ctx context.Context) {
	for _, r := range s.runs {
		if err := r.lock.Release(ctx); err != nil {
			s.p.log.Warn("release source", "source", r.src.Name, "err", err)
		}
	}
}

// runKey says what a run fetches, so that an interrupted run is only gone on
// with when the same is asked for again.
func runKey(src tamiz.Source) string {
	return fmt.Sprintf("%s %v depth=%d,%v pages=%d include=%q exclude=%q since=%s", src.Kind, src.URLs, src.Depth, src.DepthGiven, src.MaxPages, src.Include, src.Exclude, src.Since.Format(time.DateOnly))
}

func seedKind(k tamiz.SourceKind) tamiz.LinkKind {
	switch k {
	case tamiz.KindFeed:
		return tamiz.LinkFeed
	case tamiz.KindSitemap:
		return tamiz.LinkSitemap
	case tamiz.KindListing:
		return tamiz.LinkListing
	case tamiz.KindPages:
		return tamiz.LinkArticle
	default:
		return tamiz.LinkUnknown
	}
}

// Lease and Release make the session the crawler's frontier.

// Lease hands out one host of the session's runs.
func (s *session) Lease(ctx context.Context) (l *tamiz.Lease, wait time.Duration, done bool, err error) {
	err = s.p.db.Write(ctx, func(tx *store.Tx) error {
		l, wait, done, err = tx.Lease(store.LeaseRequest{Owner: store.ThisProcess().String(), Runs: s.order, Max: leaseTargets})
		return err
	})
	if l != nil {
		if r := s.runs[l.Run]; r != nil && r.src.Delay > l.Delay {
			l.Delay = r.src.Delay
		}
	}
	return l, wait, done, err
}

// Release gives a lease back.
func (s *session) Release(ctx context.Context, l *tamiz.Lease, unfinished []tamiz.Link, h tamiz.HostState) error {
	err := s.p.db.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error { return tx.Release(l, unfinished, h) })
	if errors.Is(err, store.ErrStaleLease) {
		// Somebody else has the host since; its links wait for them.
		s.p.log.Warn("lease expired before it was given back", "host", l.Host)
		return nil
	}
	return err
}
