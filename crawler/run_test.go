package crawler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// frontier keeps links in memory and leases them as a store would.
type frontier struct {
	t     *testing.T
	now   func() time.Time
	delay time.Duration
	size  int // links in a lease
	err   error

	mu      sync.Mutex
	pending map[string][]waiting // by host
	leased  map[string]bool
	known   map[string]tamiz.Target // by URL, as leased last
	nextAt  map[string]time.Time
	states  map[string]tamiz.HostState
	done    map[string][]*tamiz.Fetch // by URL: every attempt
	tokens  int64
}

type waiting struct {
	target tamiz.Target
	at     time.Time
}

func newFrontier(t *testing.T, now func() time.Time, urls ...string) *frontier {
	f := &frontier{
		t: t, now: now, size: 3, pending: map[string][]waiting{}, leased: map[string]bool{}, known: map[string]tamiz.Target{},
		nextAt: map[string]time.Time{}, states: map[string]tamiz.HostState{}, done: map[string][]*tamiz.Fetch{},
	}
	for _, url := range urls {
		f.add(tamiz.Target{Link: tamiz.Link{URL: url}}, time.Time{})
	}
	return f
}

func (f *frontier) add(target tamiz.Target, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	host, _, _ := strings.Cut(hostOf(target.Link.URL), "/")
	f.pending[host] = append(f.pending[host], waiting{target, at})
}

func (f *frontier) Lease(context.Context) (*tamiz.Lease, time.Duration, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, 0, false, f.err
	}
	now, pending := f.now(), 0
	soonest := time.Hour
	for host, links := range f.pending {
		pending += len(links)
		if f.leased[host] || len(links) == 0 {
			continue
		}
		if wait := f.nextAt[host].Sub(now); wait > 0 {
			soonest = min(soonest, wait)
			continue
		}
		lease := &tamiz.Lease{Host: host, Delay: f.delay, Expires: now.Add(time.Hour), Token: f.tokens}
		var rest []waiting
		for _, link := range links {
			if link.at.After(now) || len(lease.Targets) == f.size {
				soonest = min(soonest, max(link.at.Sub(now), time.Millisecond))
				rest = append(rest, link)
			} else {
				lease.Targets = append(lease.Targets, link.target)
				f.known[link.target.Link.URL] = link.target
			}
		}
		if len(lease.Targets) > 0 {
			f.pending[host], f.leased[host] = rest, true
			f.tokens++
			return lease, 0, false, nil
		}
	}
	return nil, soonest, pending == 0, nil
}

func (f *frontier) Release(_ context.Context, l *tamiz.Lease, unfinished []tamiz.Link, h tamiz.HostState) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.leased[l.Host] {
		f.t.Errorf("host %s released twice", l.Host)
	}
	f.leased[l.Host], f.nextAt[l.Host], f.states[l.Host] = false, h.NextAt, h
	for _, link := range unfinished {
		f.pending[l.Host] = append(f.pending[l.Host], waiting{f.known[link.URL], time.Time{}})
	}
	return nil
}

// emit keeps what became of a link, and takes it back if it is to be retried.
func (f *frontier) emit(_ context.Context, fetch *tamiz.Fetch) error {
	f.mu.Lock()
	f.done[fetch.Link.URL] = append(f.done[fetch.Link.URL], fetch)
	f.mu.Unlock()
	if !fetch.RetryAt.IsZero() {
		f.add(tamiz.Target{Link: fetch.Link, Attempts: fetch.Attempts}, fetch.RetryAt)
	}
	return nil
}

// outcomes gives the outcomes of a URL, one for each attempt.
func (f *frontier) outcomes(url string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, fetch := range f.done[url] {
		all = append(all, string(fetch.Outcome))
	}
	return strings.Join(all, " ")
}

// left gives the URLs that are pending, and checks that no lease is out.
func (f *frontier) left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var urls []string
	for host, links := range f.pending {
		if f.leased[host] {
			f.t.Errorf("host %s is still leased", host)
		}
		for _, link := range links {
			urls = append(urls, link.target.Link.URL)
		}
	}
	sort.Strings(urls)
	return urls
}

func TestRunFetchesEverything(t *testing.T) {
	var urls []string
	for host := range 20 {
		for page := range 7 {
			urls = append(urls, fmt.Sprintf("http://h%d.example/%d", host, page))
		}
	}
	clock := newClock()
	var mu sync.Mutex
	busy := map[string]bool{}
	c := newCrawler(t, Options{
		Now: clock.Now, Sleep: clock.Sleep, Workers: 4, Hosts: 8,
		Transport: memory(func(r *http.Request) (int, string) {
			mu.Lock()
			if busy[r.URL.Host] {
				t.Errorf("two requests to %s at a time", r.URL.Host)
			}
			busy[r.URL.Host] = true
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			busy[r.URL.Host] = false
			mu.Unlock()
			if r.URL.Path == "/robots.txt" {
				return 200, "User-agent: *\nDisallow: /3"
			}
			return 200, "<p>x"
		}),
	})
	f := newFrontier(t, clock.Now, urls...)
	f.delay = 10 * time.Second
	// A page leads to another one, found while it is handled.
	var found sync.Once
	err := c.Run(t.Context(), f, func(ctx context.Context, fetch *tamiz.Fetch) error {
		found.Do(func() { f.add(tamiz.Target{Link: tamiz.Link{URL: "http://late.example/"}}, time.Time{}) })
		return f.emit(ctx, fetch)
	})
	if err != nil {
		t.Fatal(err)
	}
	if left := f.left(); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	for _, url := range append(urls, "http://late.example/") {
		want := "fetched"
		if strings.HasSuffix(url, "/3") {
			want = "robots"
		}
		if got := f.outcomes(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestRunRetries(t *testing.T) {
	clock := newClock()
	tries := map[string]int{}
	var mu sync.Mutex
	c := newCrawler(t, Options{
		Now: clock.Now, Sleep: clock.Sleep,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			tries[r.URL.Host+r.URL.Path]++
			n := tries[r.URL.Host+r.URL.Path]
			res := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: http.NoBody}
			switch {
			case r.URL.Path == "/robots.txt" && r.URL.Host == "busy.example":
				res.StatusCode = 503
			case r.URL.Path == "/robots.txt":
				res.StatusCode = 404
			case r.URL.Path == "/once" && n == 1:
				res.StatusCode = 503
				res.Header.Set("Retry-After", "1")
			case r.URL.Path == "/broken":
				res.StatusCode = 500
			case r.URL.Path == "/gone":
				res.StatusCode = 410
			case r.URL.Host == "dead.example":
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			}
			return res, nil
		}),
	})
	urls := []string{"http://a.example/once", "http://b.example/broken", "http://b.example/fine", "http://c.example/gone"}
	for i := range 10 {
		urls = append(urls, fmt.Sprintf("http://busy.example/%d", i), fmt.Sprintf("http://dead.example/%d", i))
	}
	f := newFrontier(t, clock.Now, urls...)
	if err := c.Run(t.Context(), f, f.emit); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"http://a.example/once":   "server-error fetched",
		"http://b.example/broken": "server-error server-error server-error",
		"http://b.example/fine":   "fetched",
		"http://c.example/gone":   "not-found",
	} {
		if got := f.outcomes(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	for url, fetches := range f.done {
		for i, fetch := range fetches {
			if last := i == len(fetches)-1; fetch.RetryAt.IsZero() != last || fetch.Attempts != i+1 {
				t.Errorf("%s, attempt %d of %d: attempts %d, retry at %v", url, i+1, len(fetches), fetch.Attempts, fetch.RetryAt)
			}
		}
	}
	if left := f.left(); len(left) > 0 || len(f.done) != len(urls) {
		t.Errorf("%d of %d URLs ended, left over: %v", len(f.done), len(urls), left)
	}
	for url := range f.done {
		if strings.HasPrefix(url, "http://busy.example/") && strings.Trim(f.outcomes(url), "robts-wai ") != "" {
			t.Errorf("%s: %s", url, f.outcomes(url))
		}
	}
	// Each request to a host in trouble stands for itself until it is closed;
	// then one goes out whenever its time has come.
	for host, path := range map[string]string{"busy.example": "/robots.txt", "dead.example": ""} {
		asked := 0
		for url, n := range tries {
			if strings.HasPrefix(url, host+path) && (path != "" || !strings.HasSuffix(url, "/robots.txt")) {
				asked += n
			}
		}
		if asked < 3 || asked > 2*failuresMost {
			t.Errorf("%s was asked %d times for 10 pages", host, asked)
		}
	}
	if s := f.states["dead.example"]; s.Failures < failuresMost || s.Reason == "" {
		t.Errorf("state of the dead host: %+v", s)
	}
}

func TestRunStopsGently(t *testing.T) {
	arrived, finish := make(chan struct{}), make(chan struct{})
	s := newSite(t, map[string]http.HandlerFunc{
		"/0": func(w http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-finish
			htmlPage("in flight")(w, r)
		},
	})
	c := newCrawler(t, Options{Grace: time.Minute})
	f := newFrontier(t, time.Now, s.URL+"/0", s.URL+"/1", s.URL+"/2", s.URL+"/3")
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- c.Run(ctx, f, f.emit) }()
	<-arrived
	stop()
	close(finish)
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if got := f.outcomes(s.URL + "/0"); got != "fetched" {
		t.Errorf("what was in flight ended as %q", got)
	}
	want := []string{s.URL + "/1", s.URL + "/2", s.URL + "/3"}
	if diff := cmp.Diff(want, f.left()); diff != "" {
		t.Errorf("left over (-want +got):\n%s", diff)
	}
	if got := s.asked(); !slices.Equal(got, []string{"/robots.txt", "/0"}) {
		t.Errorf("requests %v", got)
	}
}

func TestRunIsCut(t *testing.T) {
	tests := []struct {
		name  string
		grace time.Duration
		end   func(stop context.CancelFunc, c *Crawler)
		want  error
	}{
		{"when the grace is over", 20 * time.Millisecond, func(stop context.CancelFunc, _ *Crawler) { stop() }, context.Canceled},
		{"without any grace", None, func(stop context.CancelFunc, _ *Crawler) { stop() }, context.Canceled},
		{"by a second signal", time.Hour, func(stop context.CancelFunc, c *Crawler) { stop(); c.StopNow() }, context.Canceled},
		{"by the only signal", time.Hour, func(_ context.CancelFunc, c *Crawler) { c.StopNow() }, ErrStopped},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			arrived := make(chan struct{})
			url := rawServer(t, func(_ net.Conn, stop <-chan struct{}) {
				close(arrived)
				<-stop
			})
			c := newCrawler(t, Options{Grace: test.grace, Timeout: time.Hour})
			f := newFrontier(t, time.Now, url+"/0", url+"/1")
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			result := make(chan error)
			go func() { result <- c.Run(ctx, f, f.emit) }()
			<-arrived
			test.end(stop, c)
			if err := <-result; !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if diff := cmp.Diff([]string{url + "/0", url + "/1"}, f.left()); diff != "" {
				t.Errorf("left over (-want +got):\n%s", diff)
			}
			if len(f.done) != 0 {
				t.Errorf("ended: %v", f.done)
			}
		})
	}
}

func TestRunEndsWithAnError(t *testing.T) {
	broken := errors.New("disk full")
	transport := memory(func(*http.Request) (int, string) { return 200, "" })
	urls := []string{"http://a.example/1", "http://a.example/2"}
	tests := []struct {
		name string
		emit Emit
		err  error
		want string
	}{
		{"of the handler", func(context.Context, *tamiz.Fetch) error { return broken }, nil, "handle http://a.example/1: disk full"},
		{"of the frontier", nil, broken, "lease a host: disk full"},
		{"of a panic", func(context.Context, *tamiz.Fetch) error { panic("lost") }, nil, "emit panicked: lost"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFrontier(t, time.Now, urls...)
			f.err = test.err
			err := newCrawler(t, Options{Transport: transport}).Run(t.Context(), f, test.emit)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if diff := cmp.Diff(urls, f.left()); diff != "" {
				t.Errorf("left over (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASleepingHostHoldsUpNobody(t *testing.T) {
	done := make(chan struct{})
	c := newCrawler(t, Options{
		Workers: 1, Hosts: 2,
		Transport: memory(func(*http.Request) (int, string) { return 200, "" }),
		Sleep: func(ctx context.Context, d time.Duration) error {
			if d > idleMost { // the slow host's delay never ends
				<-ctx.Done()
				return ctx.Err()
			}
			return sleep(ctx, d)
		},
	})
	slow := newFrontier(t, time.Now, "http://slow.example/1", "http://slow.example/2")
	slow.delay = 20 * time.Second
	fast := newFrontier(t, time.Now)
	for i := range 9 {
		fast.add(tamiz.Target{Link: tamiz.Link{URL: fmt.Sprintf("http://fast.example/%d", i)}}, time.Time{})
	}
	ctx, stop := context.WithCancel(t.Context())
	var runs sync.WaitGroup
	runs.Go(func() {
		if err := c.Run(ctx, slow, slow.emit); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	runs.Go(func() {
		defer close(done)
		if err := c.Run(ctx, fast, fast.emit); err != nil {
			t.Error(err)
		}
	})
	<-done
	stop()
	runs.Wait()
	if len(fast.done) != 9 || len(slow.done) > 1 {
		t.Errorf("%d of 9 fast pages, %d slow ones", len(fast.done), len(slow.done))
	}
}

func TestHandlersMayFetch(t *testing.T) {
	c := newCrawler(t, Options{Workers: 1, Transport: memory(func(*http.Request) (int, string) { return 200, "" })})
	f := newFrontier(t, time.Now, "http://a.example/1", "http://a.example/2", "http://b.example/1")
	err := c.Run(t.Context(), f, func(ctx context.Context, fetch *tamiz.Fetch) error {
		if _, err := c.Get(ctx, "http://a.example/feed"); err != nil {
			return err
		}
		return f.emit(ctx, fetch)
	})
	if err != nil || len(f.done) != 3 {
		t.Errorf("error %v after %d pages", err, len(f.done))
	}
}
