package crawler

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tamiz"
)

// Back-off and how long anybody waits for a host.
const (
	// backoffMost caps the exponential back-off.
	backoffMost = 5 * time.Minute

	// retryAfterMost caps Retry-After: servers have been seen to ask for years.
	retryAfterMost = 24 * time.Hour

	// failuresMost in a row close a host for the rest of its back-off: with the
	// default back-off a dead host costs a run about a minute, not as many
	// minutes as it has URLs.
	failuresMost = 6

	// holdMost is the longest a worker sits on a lease, or on a redirect to
	// another host, waiting for its turn. Longer waits are the frontier's.
	holdMost = 30 * time.Second

	// gatesMost bounds the hosts remembered; idle ones go first after gateIdle.
	gatesMost = 10_000
	gateIdle  = 10 * time.Minute
)

// gate lets one request at a time through to a host, and not before the host's
// time has come. Time counts from when the request before was sent, so a slow
// answer is not followed by a pause of its own.
type gate struct {
	turn chan struct{} // holds one token: the one connection to the host

	mu       sync.Mutex
	users    int           // who holds a reference: not to be swept
	delay    time.Duration // configured, of the last lease
	gap      time.Duration // kept after the last request: delay or Crawl-delay
	sentAt   time.Time     // of the last request
	hold     time.Time     // Retry-After or back-off: nothing before
	failures int           // in a row
	trouble  verdict       // of the last failure
}

// gates are the gates of all hosts one crawler has talked to lately.
type gates struct {
	mu    sync.Mutex
	hosts map[string]*gate
	delay time.Duration // of hosts nobody has leased
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// enter gives the gate of a host, which the caller must leave.
func (gs *gates) enter(host string) *gate {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g := gs.hosts[host]
	if g == nil {
		if len(gs.hosts) >= gatesMost {
			gs.sweep()
		}
		g = &gate{turn: make(chan struct{}, 1), delay: gs.delay}
		gs.hosts[host] = g
	}
	g.mu.Lock()
	g.users++
	g.mu.Unlock()
	return g
}

// sweep forgets hosts nobody uses whose time came long ago.
func (gs *gates) sweep() {
	before := gs.now().Add(-gateIdle)
	for host, g := range gs.hosts {
		g.mu.Lock()
		if g.users == 0 && g.readyAt(g.gap).Before(before) {
			delete(gs.hosts, host)
		}
		g.mu.Unlock()
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	g.users--
	g.mu.Unlock()
}

// readyAt is when the next request may be sent. The caller holds mu.
func (g *gate) readyAt(gap time.Duration) time.Time {
	ready := g.hold
	if !g.sentAt.IsZero() {
		if after := g.sentAt.Add(gap); after.After(ready) {
			ready = after
		}
	}
	return ready
}

// heldError says that a host must not be asked before a time too far off.
type heldError struct {
	host  string
	until time.Time
}

func (e *heldError) Error() string {
	return fmt.Sprintf("%s must not be asked again before %s", e.host, e.until.UTC().Format(time.RFC3339))
}

// pass waits for the turn and the time of a request; the caller must call done.
// The gap to the request before is the host's delay or crawlDelay, whichever is
// longer. A wait longer than holdMost is refused with a *heldError.
func (gs *gates) pass(ctx context.Context, host string, g *gate, crawlDelay time.Duration) error {
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		g.mu.Lock()
		gap := max(g.delay, crawlDelay)
		ready := g.readyAt(gap)
		g.mu.Unlock()
		wait := ready.Sub(gs.now())
		var err error
		switch {
		case ctx.Err() != nil:
			err = ctx.Err()
		case wait <= 0:
			g.mu.Lock()
			g.gap = gap
			g.mu.Unlock()
			return nil
		case wait > holdMost:
			err = &heldError{host: host, until: ready}
		default:
			err = gs.sleep(ctx, wait)
		}
		if err != nil {
			<-g.turn
			return err
		}
	}
}

// sent notes when a request went out. Repeated by the transport, it counts from
// the last time.
func (g *gate) sent(at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.After(g.sentAt) {
		g.sentAt = at
	}
}

// settle notes how a request ended: a host in trouble is left alone until the
// given time, and any other answer ends its trouble.
func (g *gate) settle(v verdict, until func(failures int) time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !v.strain {
		g.failures, g.trouble = 0, verdict{}
		return
	}
	g.failures++
	g.trouble = v
	if hold := until(g.failures); hold.After(g.hold) {
		g.hold = hold
	}
}

// done ends the request that pass let through.
func (g *gate) done() { <-g.turn }

// adopt takes over what a lease says about its host.
func (g *gate) adopt(l *tamiz.Lease) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delay = max(l.Delay, 0)
	if l.NextAt.After(g.hold) {
		g.hold = l.NextAt
	}
}

// closed says why a host is not worth waiting for: it has failed too often in a
// row, or wants to be left alone for longer than anybody's patience. Its URLs
// fail at once, without being asked for.
func (g *gate) closed(now time.Time, patience time.Duration) (verdict, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isClosed(now, patience) {
		return verdict{}, false
	}
	v := verdict{outcome: tamiz.OutcomeServer, reason: "host left alone until " + g.hold.UTC().Format(time.RFC3339)}
	if g.failures > 0 {
		v.outcome = g.trouble.outcome
		v.reason += fmt.Sprintf(" after %s in a row, the last: %s", counted(g.failures, "failure"), g.trouble.reason)
	}
	return v, true
}

func (g *gate) isClosed(now time.Time, patience time.Duration) bool {
	wait := g.hold.Sub(now)
	return wait > 0 && (wait > patience || g.failures >= failuresMost)
}

// heldUntil gives when the host may be asked again.
func (g *gate) heldUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.readyAt(g.gap)
}

// state is what the frontier has to know about the host from now on. A closed
// host is not held back: the frontier is to hand out its links, so that they
// fail now instead of keeping the run from ending. The gate still knows.
func (g *gate) state(now time.Time, patience time.Duration) tamiz.HostState {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := tamiz.HostState{NextAt: g.readyAt(g.gap), Failures: g.failures}
	if g.hold.After(now) {
		s.Reason = g.trouble.reason
	}
	if g.isClosed(now, patience) {
		s.NextAt = now
	}
	return s
}

// backoff is the n-th pause: each twice as long as the one before, and up to
// half as long again at random, lest many URLs come back at once.
func backoff(base time.Duration, n int) time.Duration {
	d := base
	for i := 1; i < n && d < backoffMost; i++ {
		d *= 2
	}
	d = min(d, backoffMost)
	return d + time.Duration(rand.Float64()*float64(d)/2)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
