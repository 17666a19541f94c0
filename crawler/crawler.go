// Package crawler fetches the pages articles stand on, politely: one request at
// a time to a host, never sooner than the host's delay, robots.txt and its
// complaints allow, and never to an address inside the private network unless
// that was allowed. What comes back is a [tamiz.Page] with its body decoded to
// UTF-8, or an outcome that says why there is none.
//
//	c, err := crawler.New(crawler.Options{UserAgent: crawler.UserAgent("1.0", "https://example.org/bot")})
//	defer c.Close()
//	page, err := c.Get(ctx, "https://example.org/blog/")  // one page
//	err = c.Run(ctx, frontier, emit)                      // everything a frontier holds
//
// # How a fetch goes
//
// The URL's host has a gate that lets one request through at a time and paces
// them. Before a URL is asked for, its origin's robots.txt ([Robots]) is had
// and obeyed, and so again for every URL a redirect leads to. The request goes
// through a colly collector, whose transport decodes the body and counts its
// bytes. Failures that may pass are tried again after a pause, which the whole
// host is granted.
//
// Colly does the exchange and nothing else. Its own limits, robots.txt rules,
// redirects, cache and character sets are off: they would be shared between
// hosts, never expire, or be wrong.
package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tamiz"
)

// The defaults of [Options].
const (
	DefaultDelay         = time.Second
	DefaultCrawlDelayMax = 30 * time.Second
	DefaultTimeout       = 30 * time.Second
	DefaultMaxBytes      = 10 << 20
	DefaultMaxRedirects  = 10
	DefaultRetries       = 2
	DefaultBackoff       = time.Second
	DefaultPatience      = 5 * time.Minute
	DefaultWorkers       = 16
	DefaultHosts         = 256
	DefaultGrace         = 10 * time.Second
)

// None switches off a Delay, the Retries, the MaxRedirects or the Grace, whose
// zero value is the default.
const None = -1

// Options set up a crawler. The zero value of each is its default.
type Options struct {
	// UserAgent is sent with every request; it starts with [tamiz.Product].
	UserAgent string

	// Delay is the least time between two requests to a host that no lease
	// speaks for: in Get, and for redirects to other hosts. A lease brings its
	// own.
	Delay time.Duration

	// CrawlDelayMax is the longest Crawl-delay of a robots.txt that is kept to.
	// Hosts that ask for more are not crawled.
	CrawlDelayMax time.Duration

	Timeout      time.Duration // for one try: robots.txt, redirects and body together
	MaxBytes     int64         // of a decoded body; longer ones are cut and marked
	MaxRedirects int
	Retries      int           // tries after the first
	Backoff      time.Duration // first pause after a failure; doubles with each

	// Patience is the longest pause a run sits out. A host that wants to be
	// left alone for longer fails its URLs for this run.
	Patience time.Duration

	Workers int           // requests at a time that are not stuck, and pages handled at a time
	Hosts   int           // leases held at a time, most of them waiting for their turn
	Grace   time.Duration // for what is in flight when Run's context ends

	// AllowPrivate lets requests go to private and loopback addresses;
	// AllowPrivateFor does so for single hosts (host[:port] as in the URL).
	AllowPrivate    bool
	AllowPrivateFor func(host string) bool

	// Transport replaces the network. Names are then resolved by it, so that
	// only literal private addresses are refused.
	Transport http.RoundTripper

	Robots RobotsCache // nil: robots.txt files are remembered in memory only
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error // returns early when the context ends
	Logger *slog.Logger
}

// UserAgent makes the User-Agent header by which the crawler says who it is and
// whom to complain to: a URL or an address.
func UserAgent(version, contact string) string {
	ua := tamiz.Product + "/" + version
	if contact != "" {
		ua += " (+" + contact + ")"
	}
	return ua
}

// ErrStopped is what Run returns when [Crawler.StopNow] ended it.
var ErrStopped = errors.New("crawl stopped")

// Crawler fetches pages. It is safe for concurrent use, and it is what makes
// the requests of everybody who uses it polite together: a process has one.
type Crawler struct {
	opts     Options
	log      *slog.Logger
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	guarded  http.RoundTripper // refuses private addresses
	open     http.RoundTripper
	gates    *gates
	policies *policies
	shells   sync.Pool
	slots    chan struct{} // one per request on the network

	mu   sync.Mutex
	runs map[*run]struct{}
}

// New makes a crawler. An error names the option that cannot be.
func New(opts Options) (*Crawler, error) {
	if opts.UserAgent == "" {
		opts.UserAgent = UserAgent("devel", "")
	}
	if err := checkUserAgent(opts.UserAgent); err != nil {
		return nil, err
	}
	setDefault(&opts.Delay, DefaultDelay)
	setDefault(&opts.CrawlDelayMax, DefaultCrawlDelayMax)
	setDefault(&opts.Timeout, DefaultTimeout)
	setDefault(&opts.MaxBytes, DefaultMaxBytes)
	setDefault(&opts.MaxRedirects, DefaultMaxRedirects)
	setDefault(&opts.Retries, DefaultRetries)
	setDefault(&opts.Backoff, DefaultBackoff)
	setDefault(&opts.Patience, DefaultPatience)
	setDefault(&opts.Workers, DefaultWorkers)
	setDefault(&opts.Hosts, DefaultHosts)
	setDefault(&opts.Grace, DefaultGrace)
	for name, negative := range map[string]bool{
		"Timeout": opts.Timeout < 0, "MaxBytes": opts.MaxBytes < 0, "Workers": opts.Workers < 0, "Hosts": opts.Hosts < 0,
	} {
		if negative {
			return nil, fmt.Errorf("crawler option %s is negative", name)
		}
	}
	opts.Delay, opts.MaxRedirects, opts.Retries = max(opts.Delay, 0), max(opts.MaxRedirects, 0), max(opts.Retries, 0)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Sleep == nil {
		opts.Sleep = sleep
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Crawler{
		opts: opts, log: opts.Logger, now: opts.Now, sleep: opts.Sleep,
		guarded: opts.Transport, open: opts.Transport,
		gates: &gates{
			hosts: make(map[string]*gate), delay: opts.Delay, now: opts.Now, sleep: opts.Sleep,
		},
		policies: newPolicies(),
		slots:    make(chan struct{}, opts.Workers),
		runs:     make(map[*run]struct{}),
	}
	if opts.Transport == nil {
		resolver := &net.Resolver{PreferGo: true}
		c.guarded, c.open = newTransport(false, resolver), newTransport(true, resolver)
	}
	return c, nil
}

func setDefault[T int | int64 | time.Duration](option *T, value T) {
	if *option == 0 {
		*option = value
	}
}

// checkUserAgent makes sure that a site owner who reads the header in a log can
// address the crawler in robots.txt.
func checkUserAgent(ua string) error {
	if agentToken(ua) != tamiz.Product {
		return fmt.Errorf("user agent %q does not start with %q", ua, tamiz.Product)
	}
	if strings.ContainsFunc(ua, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return fmt.Errorf("user agent %q holds characters that cannot be sent", ua)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close drops idle connections. Nothing may be in flight.
func (c *Crawler) Close() {
	for _, t := range []http.RoundTripper{c.guarded, c.open} {
		if idle, ok := t.(interface{ CloseIdleConnections() }); ok {
			idle.CloseIdleConnections()
		}
	}
}

func (c *Crawler) mayBePrivate(host string) bool {
	return c.opts.AllowPrivate || c.opts.AllowPrivateFor != nil && c.opts.AllowPrivateFor(host)
}

// Error says why [Crawler.Get] has no page.
type Error struct {
	URL     string
	Outcome tamiz.Outcome
	Reason  string
	Status  int       // last HTTP status, 0 without a response
	RetryAt time.Time // when asking again may help; zero if it will not
}

func (e *Error) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = string(e.Outcome)
	}
	return fmt.Sprintf("fetch %s: %s", e.URL, reason)
}

// Get fetches one page, with retries. Errors are a *[Error], or the context's.
// It waits its turn like everybody, and for no pause longer than a minute.
func (c *Crawler) Get(ctx context.Context, url string) (*tamiz.Page, error) {
	const longest = time.Minute
	target := tamiz.Target{Link: tamiz.Link{URL: url}}
	for {
		f, err := c.fetch(ctx, ctx, target)
		switch {
		case err != nil:
			return nil, fmt.Errorf("fetch %s: %w", url, err)
		case f.Page != nil:
			return f.Page, nil
		}
		wait := f.RetryAt.Sub(c.now())
		if f.RetryAt.IsZero() || wait > longest {
			return nil, &Error{URL: url, Outcome: f.Outcome, Reason: f.Reason, Status: f.Status, RetryAt: f.RetryAt}
		}
		if err := c.sleep(ctx, max(wait, 0)); err != nil {
			return nil, fmt.Errorf("fetch %s: %w", url, err)
		}
		target.Attempts = f.Attempts
	}
}

// safely calls a function of the caller's, whose panic must not end the others'
// work.
func (c *Crawler) safely(what string, call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error(what+" panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%s panicked: %v", what, p)
		}
	}()
	return call()
}
