package crawler

import (
	"container/list"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tamiz"
	"tamiz/weburl"
)

// How long and how many robots.txt files are kept.
const (
	// robotsFresh is the longest a file is believed (RFC 9309 section 2.4);
	// robotsFreshLeast keeps "no-cache" from doubling every request.
	robotsFresh      = 24 * time.Hour
	robotsFreshLeast = 5 * time.Minute

	// robotsRedirects is how many redirects a robots.txt may take (section
	// 2.3.1.2); after that it counts as not there.
	robotsRedirects = 5

	policiesMost      = 10_000
	policiesMostBytes = 64 << 20
)

// RobotsCache keeps robots.txt files beyond the life of a crawler. An origin is
// scheme://host[:port]. Status is 200 with the file, at most [MaxRobotsBytes] of
// it, or the 4xx (or 3xx, for a redirect that leads nowhere) that stands for "no
// rules" with no body.
type RobotsCache interface {
	// LoadRobots gives what was saved last; a zero fetchedAt says nothing was.
	LoadRobots(ctx context.Context, origin string) (status int, body []byte, fetchedAt, expires time.Time, err error)
	SaveRobots(ctx context.Context, origin string, status int, body []byte, fetchedAt, expires time.Time) error
}

// policy is what an origin's robots.txt says, or why nobody knows.
type policy struct {
	robots  *Robots
	busy    verdict // the file could not be had: nothing is allowed
	expires time.Time
	size    int
}

// policies are the origins' policies, the most recently used ones.
type policies struct {
	mu     sync.Mutex
	byName map[string]*list.Element // of *origin
	recent *list.List               // front: used last
	bytes  int
}

// origin is a place in policies. Whoever holds busy is finding the policy out.
type origin struct {
	name   string
	busy   chan struct{}
	policy *policy // guarded by busy
	size   int     // of policy, guarded by policies.mu
}

func newPolicies() *policies {
	return &policies{byName: make(map[string]*list.Element), recent: list.New()}
}

func (ps *policies) origin(name string) *origin {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if e := ps.byName[name]; e != nil {
		ps.recent.MoveToFront(e)
		return e.Value.(*origin)
	}
	o := &origin{name: name, busy: make(chan struct{}, 1)}
	ps.byName[name] = ps.recent.PushFront(o)
	ps.trim()
	return o
}

// keep accounts for a policy found out.
func (ps *policies) keep(o *origin, p *policy) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	o.policy = p
	if e := ps.byName[o.name]; e != nil && e.Value.(*origin) == o {
		ps.bytes += p.size - o.size
		o.size = p.size
		ps.trim()
	}
}

// trim forgets the least recently used origins. One that somebody is finding
// out at the moment is only forgotten here, not there.
func (ps *policies) trim() {
	for ps.recent.Len() > 1 && (ps.recent.Len() > policiesMost || ps.bytes > policiesMostBytes) {
		o := ps.recent.Remove(ps.recent.Back()).(*origin)
		delete(ps.byName, o.name)
		ps.bytes -= o.size
	}
}

// policy gives what the robots.txt of a URL's origin says. The first to ask
// fetches it, the others wait. An error is one of the try's contexts, a
// *heldError or a *privateError; a file that cannot be had is a policy too.
func (t *try) policy(url string) (*policy, error) {
	scheme, _, _ := strings.Cut(url, "://")
	o := t.c.policies.origin(scheme + "://" + weburl.Host(url))
	ctx := t.waiting()
	select {
	case o.busy <- struct{}{}:
		defer func() { <-o.busy }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if o.policy != nil && t.c.now().Before(o.policy.expires) {
		return o.policy, nil
	}
	p := t.storedPolicy(ctx, o.name)
	if p == nil {
		var err error
		if p, err = t.fetchPolicy(o.name); err != nil {
			return nil, err
		}
	}
	t.c.policies.keep(o, p)
	return p, nil
}

// storedPolicy gives the policy of an earlier process, nil if there is none.
func (t *try) storedPolicy(ctx context.Context, name string) *policy {
	if t.c.opts.Robots == nil {
		return nil
	}
	status, file, fetchedAt, expires, err := t.c.opts.Robots.LoadRobots(ctx, name)
	if err != nil {
		t.c.log.Warn("robots.txt not loaded", "origin", name, "error", err)
		return nil
	}
	if latest := fetchedAt.Add(robotsFresh); expires.After(latest) {
		expires = latest
	}
	if fetchedAt.IsZero() || !t.c.now().Before(expires) {
		return nil
	}
	p := &policy{robots: &Robots{}, expires: expires}
	if statusHasPage(status) {
		p.robots, p.size = ParseRobots(file), len(file)
	}
	return p
}

// fetchPolicy asks for /robots.txt. No answer, an error of the server and 429
// forbid everything for a while; any other refusal means there are no rules
// (RFC 9309 sections 2.3.1.2 to 2.3.1.4).
func (t *try) fetchPolicy(name string) (*policy, error) {
	url := name + "/robots.txt"
	for range robotsRedirects + 1 {
		ex, v, err := t.send(url, 0, tamiz.Validators{}, MaxRobotsBytes+1, true)
		if err != nil {
			return nil, err
		}
		now := t.c.now()
		switch {
		case v.outcome == tamiz.OutcomePrivate:
			return nil, &privateError{weburl.Host(url)}
		case v.strain || v.retry || ex == nil || statusHasPage(ex.status) && v.outcome != "":
			if v.outcome != tamiz.OutcomeRobotsBusy {
				v = robotsBusy(v)
			}
			return &policy{busy: v, expires: t.c.busyUntil(url, now)}, nil
		case statusHasPage(ex.status):
			return t.keepPolicy(name, http.StatusOK, cutRobots(ex.text), ex.response, now), nil
		case isRedirect(ex.status):
			next, _, err := follow(url, ex.location)
			if err != nil {
				return t.keepPolicy(name, ex.status, nil, ex.response, now), nil
			}
			url = next
		default:
			return t.keepPolicy(name, ex.status, nil, ex.response, now), nil
		}
	}
	return t.keepPolicy(name, http.StatusFound, nil, nil, t.c.now()), nil
}

// robotsBusy is the meaning of a robots.txt that could not be had.
func robotsBusy(v verdict) verdict {
	v.outcome, v.reason, v.retry = tamiz.OutcomeRobotsBusy, "robots.txt could not be had: "+v.reason, true
	return v
}

// busyUntil is when a robots.txt that could not be had is asked for again: when
// its host's back-off ends.
func (c *Crawler) busyUntil(url string, now time.Time) time.Time {
	g := c.gates.enter(weburl.Host(url))
	defer g.leave()
	if until := g.heldUntil(); until.After(now) {
		return until
	}
	return now.Add(c.opts.Backoff)
}

func (t *try) keepPolicy(name string, status int, file []byte, header http.Header, now time.Time) *policy {
	p := &policy{robots: ParseRobots(file), expires: now.Add(freshness(header)), size: len(file)}
	if t.c.opts.Robots != nil {
		if err := t.c.opts.Robots.SaveRobots(t.waiting(), name, status, file, now.UTC(), p.expires.UTC()); err != nil {
			t.c.log.Warn("robots.txt not saved", "origin", name, "error", err)
		}
	}
	return p
}

// freshness is how long a robots.txt file is believed.
func freshness(header http.Header) time.Duration {
	fresh := robotsFresh
	for _, value := range header.Values("Cache-Control") {
		for directive := range strings.SplitSeq(value, ",") {
			key, argument, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
			switch key {
			case "no-store", "no-cache":
				fresh = 0
			case "max-age":
				if seconds, err := strconv.ParseUint(strings.Trim(argument, `"`), 10, 31); err == nil {
					fresh = min(fresh, time.Duration(seconds)*time.Second)
				}
			}
		}
	}
	return max(fresh, robotsFreshLeast)
}

// decide says whether the policy lets the crawler have a URL; a zero verdict
// means yes, with the delay to keep.
func (c *Crawler) decide(p *policy, url string) (verdict, time.Duration) {
	if p.busy.outcome != "" {
		return p.busy, 0
	}
	if allowed, line := p.robots.Allowed(tamiz.Product, url); !allowed {
		return verdict{outcome: tamiz.OutcomeRobots, reason: oneLineText("robots.txt: " + line)}, 0
	}
	delay := p.robots.CrawlDelay(tamiz.Product)
	if delay > c.opts.CrawlDelayMax {
		return verdict{outcome: tamiz.OutcomeRobots, reason: fmt.Sprintf(
			"robots.txt asks for a Crawl-delay of %s, more than the limit of %s", delay, c.opts.CrawlDelayMax)}, 0
	}
	return verdict{}, delay
}
