package crawler

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tamiz"
)

const (
	// idleMost is the longest a run with nothing to do takes the frontier's
	// word for it.
	idleMost = time.Second

	// idleLeast keeps a frontier that answers "now" from being asked in a loop.
	idleLeast = 5 * time.Millisecond

	// releaseTime is what giving back a lease may take after a stop.
	releaseTime = 10 * time.Second
)

// Frontier hands out host leases: package store implements it.
type Frontier interface {
	// Lease gives a host with some of its links. A nil lease means that there
	// is nothing to lease now: wait says when to ask again, done that nothing
	// is pending at all.
	Lease(ctx context.Context) (l *tamiz.Lease, wait time.Duration, done bool, err error)

	// Release ends a lease and gives back the links that were not finished.
	Release(ctx context.Context, l *tamiz.Lease, unfinished []tamiz.Link, h tamiz.HostState) error
}

// Emit takes what became of a link. It is called from many goroutines, at most
// Options.Workers at a time, once for each link of a lease that is not given
// back. A fetch with RetryAt set is not final: the link is to be leased again
// after that time, with Attempts as its attempts so far. An error stops the
// run, and the link is given back. The context outlives Run's by the grace.
type Emit = func(context.Context, *tamiz.Fetch) error

// run is one call of Run.
//
// A lease is worked on by a goroutine of its own, which spends most of its time
// asleep until its host may be asked again; what is scarce, requests on the
// network and pages being handled, is counted apart. So the pace of one host
// never holds up another.
type run struct {
	c        *Crawler
	frontier Frontier
	emit     Emit

	soft, hard context.Context // nothing begins after the first, everything is cut by the second
	drain, cut context.CancelCauseFunc
	leases     chan struct{} // one per lease held
	handlers   chan struct{} // one per emit running
	woken      chan struct{} // holds a token when a worker has done something
	workers    sync.WaitGroup

	mu  sync.Mutex
	out int   // leases held
	err error // why the run stops, if not by its context
}

// Run works on what the frontier hands out until nothing is pending and every
// lease is back, or until the context ends. Links added to the frontier
// meanwhile are picked up.
//
// When the context ends, no request begins, what is in flight may finish within
// Options.Grace, all leases are given back with the links left over, and Run
// returns the context's error. [Crawler.StopNow] ends the grace. Run returns the
// first error of the frontier or of emit, after winding up in the same way; its
// goroutines have ended when it returns.
func (c *Crawler) Run(ctx context.Context, f Frontier, emit func(context.Context, *tamiz.Fetch) error) error {
	r := &run{
		c: c, frontier: f, emit: emit,
		leases: make(chan struct{}, c.opts.Hosts), handlers: make(chan struct{}, c.opts.Workers),
		woken: make(chan struct{}, 1),
	}
	r.soft, r.drain = context.WithCancelCause(ctx)
	r.hard, r.cut = context.WithCancelCause(context.WithoutCancel(ctx))
	c.mu.Lock()
	c.runs[r] = struct{}{}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.runs, r)
		c.mu.Unlock()
		r.drain(nil)
		r.cut(nil)
	}()

	r.dispatch()

	if r.soft.Err() != nil {
		grace := time.AfterFunc(c.opts.Grace, func() { r.cut(ErrStopped) })
		defer grace.Stop()
	}
	r.workers.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	return ctx.Err()
}

// StopNow ends the grace of every run that has been stopped, and stops the
// others: what is in flight is cut and its links are given back. It returns at
// once; Run returns soon after.
func (c *Crawler) StopNow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.runs {
		r.fail(ErrStopped)
		r.cut(ErrStopped)
	}
}

// fail stops the run; the first reason counts.
func (r *run) fail(err error) {
	r.mu.Lock()
	if r.err == nil && r.soft.Err() == nil {
		r.err = err
	}
	r.mu.Unlock()
	r.drain(err)
}

// dispatch leases hosts and starts a worker for each, until the work is done or
// the run stops.
func (r *run) dispatch() {
	for {
		select {
		case r.leases <- struct{}{}:
		case <-r.soft.Done():
			return
		}
		if r.soft.Err() != nil {
			return
		}
		// "Done" from a frontier counts only if no worker could have added to
		// it after the answer.
		r.mu.Lock()
		out := r.out
		r.mu.Unlock()
		var lease *tamiz.Lease
		var wait time.Duration
		var done bool
		err := r.c.safely("lease", func() (err error) {
			lease, wait, done, err = r.frontier.Lease(r.soft)
			return err
		})
		switch {
		case err != nil:
			if r.soft.Err() == nil {
				r.fail(fmt.Errorf("lease a host: %w", err))
			}
			return
		case lease != nil:
			r.mu.Lock()
			r.out++
			r.mu.Unlock()
			r.workers.Go(func() { r.work(lease) })
			continue
		case done && out == 0:
			return
		}
		<-r.leases
		if done {
			// Only a worker can bring more.
			select {
			case <-r.woken:
			case <-r.soft.Done():
			}
			continue
		}
		r.idle(min(max(wait, idleLeast), idleMost))
	}
}

// idle sleeps until the time is over or a worker has done something.
func (r *run) idle(d time.Duration) {
	ctx, cancel := context.WithCancel(r.soft)
	defer cancel()
	slept := make(chan error, 1)
	go func() { slept <- r.c.sleep(ctx, d) }()
	var err error
	select {
	case err = <-slept:
	case <-r.woken:
		cancel()
		err = <-slept
	}
	if err != nil && ctx.Err() == nil {
		r.fail(fmt.Errorf("sleep: %w", err))
	}
}

// wake ends the dispatcher's sleep.
func (r *run) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}

// work fetches the targets of a lease one after the other and gives it back.
func (r *run) work(l *tamiz.Lease) {
	c := r.c
	g := c.gates.enter(l.Host)
	g.adopt(l)
	left := l.Targets
	defer func() {
		unfinished := make([]tamiz.Link, len(left))
		for i, target := range left {
			unfinished[i] = target.Link
		}
		state := g.state(c.now(), c.opts.Patience)
		g.leave()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.hard), releaseTime)
		err := c.safely("release", func() error { return r.frontier.Release(ctx, l, unfinished, state) })
		cancel()
		if err != nil {
			r.fail(fmt.Errorf("release host %s: %w", l.Host, err))
		}
		r.mu.Lock()
		r.out--
		r.mu.Unlock()
		<-r.leases
		r.wake()
	}()

	for len(left) > 0 && r.soft.Err() == nil {
		if _, closed := g.closed(c.now(), c.opts.Patience); !closed && !r.inTime(l, g, len(left)) {
			return
		}
		if !r.keepsUp() {
			return // stopped
		}
		fetch, err := c.fetch(r.soft, r.hard, left[0])
		if err != nil {
			return // stopped
		}
		fetch.Run = l.Run
		if err := r.hand(fetch); err != nil {
			return
		}
		left = left[1:]
		r.wake()
	}
}

// keepsUp waits until a handler is free, lest pages pile up in memory when they
// are fetched faster than they are handled. It holds nothing meanwhile: a
// handler may be waiting for a request of its own.
func (r *run) keepsUp() bool {
	select {
	case r.handlers <- struct{}{}:
		<-r.handlers
		return true
	case <-r.soft.Done():
		return false
	}
}

// inTime reports whether the next request can be sent soon, and answered within
// the lease: if not, the frontier had better keep the links. The first of a
// lease is sent anyway, or a short lease would get nowhere.
func (r *run) inTime(l *tamiz.Lease, g *gate, left int) bool {
	now := r.c.now()
	at := g.heldUntil()
	if at.Before(now) {
		at = now
	}
	if at.Sub(now) > holdMost {
		return false
	}
	if left < len(l.Targets) {
		at = at.Add(r.c.opts.Timeout)
	}
	return l.Expires.IsZero() || at.Before(l.Expires)
}

// hand gives a fetch to emit. After an error the link is to be given back.
func (r *run) hand(fetch *tamiz.Fetch) error {
	select {
	case r.handlers <- struct{}{}:
		defer func() { <-r.handlers }()
	case <-r.hard.Done():
	}
	if err := r.hard.Err(); err != nil {
		return err
	}
	err := r.c.safely("emit", func() error { return r.emit(r.hard, fetch) })
	if err != nil && r.hard.Err() == nil {
		r.fail(fmt.Errorf("handle %s: %w", fetch.Link.URL, err))
	}
	return err
}
