package crawler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tamiz"
)

// TestPauses checks when requests are sent, on a clock that stands still but
// for sleeping. An answer takes no time, so the pauses are the gaps.
func TestPauses(t *testing.T) {
	tests := []struct {
		name        string
		delay       time.Duration
		robots      string
		answerTakes time.Duration
		want        []time.Duration // after robots.txt, of three pages
	}{
		{"the configured delay", 2 * time.Second, "", 0, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}},
		{"no delay", None, "", 0, nil},
		{"the crawl delay", time.Second, "User-agent: *\nCrawl-delay: 7", 0, []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second}},
		{"the longer of both", 9 * time.Second, "User-agent: *\nCrawl-delay: 7", 0, []time.Duration{9 * time.Second, 9 * time.Second, 9 * time.Second}},
		{"measured from when the request was sent", 5 * time.Second, "", 3 * time.Second, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}},
		{"a slow answer needs no pause", 2 * time.Second, "", 3 * time.Second, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clock := newClock()
			c := newCrawler(t, Options{
				Now: clock.Now, Sleep: clock.Sleep, Delay: test.delay,
				Transport: memory(func(r *http.Request) (int, string) {
					clock.advance(test.answerTakes)
					if r.URL.Path == "/robots.txt" {
						return 200, test.robots
					}
					return 200, "page"
				}),
			})
			for i := range 3 {
				c.get(t, fmt.Sprintf("http://x.example/%d", i))
			}
			if fmt.Sprint(clock.slept) != fmt.Sprint(test.want) {
				t.Errorf("pauses %v, want %v", clock.slept, test.want)
			}
		})
	}
}

// memory is a transport whose answers never touch a network.
func memory(answer func(r *http.Request) (status int, body string)) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		status, body := answer(r)
		return &http.Response{
			StatusCode: status, Request: r, ContentLength: int64(len(body)),
			Header: http.Header{"Content-Type": {"text/html"}}, Body: stringBody(body),
		}, nil
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func stringBody(s string) readCloser { return readCloser{strings.NewReader(s)} }

func TestRequestsToAHostAreApart(t *testing.T) {
	const delay, jitter = 150 * time.Millisecond, 40 * time.Millisecond
	pages := map[string]http.HandlerFunc{"/robots.txt": text("")}
	var busy, most atomic.Int32
	for i := range 4 {
		pages[fmt.Sprintf("/%d", i)] = func(w http.ResponseWriter, r *http.Request) {
			most.Store(max(most.Load(), busy.Add(1)))
			time.Sleep(20 * time.Millisecond)
			busy.Add(-1)
			htmlPage("x")(w, r)
		}
	}
	s := newSite(t, pages)
	other := newSite(t, map[string]http.HandlerFunc{"/": redirect(302, s.URL+"/3")})
	c := newCrawler(t, Options{Delay: delay})
	var fetches sync.WaitGroup
	for _, url := range []string{s.URL + "/0", s.URL + "/1", s.URL + "/2", other.URL + "/"} {
		fetches.Go(func() {
			if _, err := c.Get(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	fetches.Wait()
	if got := most.Load(); got != 1 {
		t.Errorf("%d requests at a time", got)
	}
	if len(s.times) != 5 {
		t.Fatalf("asked for %v", s.asked())
	}
	for i := 1; i < len(s.times); i++ {
		if gap := s.times[i].Sub(s.times[i-1]); gap < delay-jitter {
			t.Errorf("gap of %v before %s", gap, s.asked()[i])
		}
	}
}

func TestHostsDoNotWaitForOneAnother(t *testing.T) {
	const hosts = 50
	var together sync.WaitGroup
	together.Add(hosts)
	c := newCrawler(t, Options{Workers: hosts, Transport: memory(func(r *http.Request) (int, string) {
		if r.URL.Path != "/robots.txt" {
			together.Done()
			together.Wait() // all of them at the same time, or never
		}
		return 200, ""
	})})
	var fetches sync.WaitGroup
	for i := range hosts {
		fetches.Go(func() {
			if f := c.get(t, fmt.Sprintf("http://h%d.example/", i)); f.Outcome != tamiz.OutcomeFetched {
				t.Errorf("outcome %s (%s)", f.Outcome, f.Reason)
			}
		})
	}
	fetches.Wait()
}

func TestHostsThatHangStarveNobody(t *testing.T) {
	c := newCrawler(t, Options{Workers: 2, Timeout: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	var hanging sync.WaitGroup
	for range 4 {
		arrived := make(chan struct{})
		url := rawServer(t, func(_ net.Conn, stop <-chan struct{}) {
			close(arrived)
			<-stop
		})
		hanging.Go(func() {
			if _, err := c.Get(ctx, url+"/"); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		})
		<-arrived
	}
	s := newSite(t, map[string]http.HandlerFunc{"/": htmlPage("x")})
	if _, err := c.Get(ctx, s.URL+"/"); err != nil {
		t.Error(err)
	}
	cancel()
	hanging.Wait()
}

func TestRetryAfter(t *testing.T) {
	clock := newClock()
	now := clock.Now()
	tests := []struct {
		name, value string
		want        time.Duration
	}{
		{"none", "", 0},
		{"seconds", "120", 2 * time.Minute},
		{"seconds with zeros", "0000000000120", 2 * time.Minute},
		{"a date", now.Add(time.Hour).Format(http.TimeFormat), time.Hour},
		{"now", "0", 0},
		{"a date past", now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"too many seconds", "864000", retryAfterMost},
		{"absurdly many seconds", strings.Repeat("9", 40), retryAfterMost},
		{"a date in another century", "Fri, 01 Jan 2199 00:00:00 GMT", retryAfterMost},
		{"negative", "-5", 0},
		{"a fraction", "1.5", 0},
		{"rubbish", "soon", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := retryAfter(http.Header{"Retry-After": {test.value}}, now); got != test.want {
				t.Errorf("retryAfter(%q) = %v, want %v", test.value, got, test.want)
			}
		})
	}
}

func TestHostIsLeftAlone(t *testing.T) {
	clock := newClock()
	answer, after := 200, ""
	var requests int
	c := newCrawler(t, Options{
		Now: clock.Now, Sleep: clock.Sleep,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/robots.txt" {
				return &http.Response{StatusCode: 404, Header: http.Header{}, Body: http.NoBody}, nil
			}
			requests++
			return &http.Response{StatusCode: answer, Header: http.Header{
				"Retry-After": {after}, "Content-Type": {"text/html"},
			}, Body: http.NoBody}, nil
		}),
	})
	const url = "http://x.example/"
	g := c.gates.enter("x.example")
	defer g.leave()

	answer = 503
	var last time.Duration
	for n := 1; n <= 4; n++ {
		f := c.get(t, url)
		hold := g.heldUntil().Sub(clock.Now())
		if least := DefaultBackoff << (n - 1); hold < least || hold > least*3/2 {
			t.Errorf("failure %d: left alone for %v", n, hold)
		}
		if hold <= last {
			t.Errorf("failure %d: %v is no longer than %v", n, hold, last)
		}
		if f.RetryAt.Before(g.heldUntil()) {
			t.Errorf("failure %d: retry at %v, host is free at %v", n, f.RetryAt, g.heldUntil())
		}
		if s := g.state(clock.Now(), DefaultPatience); s.Failures != n || s.Reason != "status 503 Service Unavailable" || !s.NextAt.Equal(g.heldUntil()) {
			t.Errorf("failure %d: state %+v", n, s)
		}
		last = hold
		clock.advance(hold)
	}

	after = "20"
	c.get(t, url)
	if hold := g.heldUntil().Sub(clock.Now()); hold < 20*time.Second {
		t.Errorf("left alone for %v, asked for 20 s", hold)
	}
	clock.advance(time.Minute)
	answer, after = 200, ""
	if f := c.get(t, url); f.Outcome != tamiz.OutcomeFetched {
		t.Errorf("outcome %s", f.Outcome)
	}
	if s := g.state(clock.Now(), DefaultPatience); s.Failures != 0 || s.Reason != "" {
		t.Errorf("state %+v after a success", s)
	}

	t.Run("failing too often closes it", func(t *testing.T) {
		answer = 500
		for range failuresMost {
			clock.advance(time.Hour)
			c.get(t, url)
		}
		before := requests
		f := c.get(t, url)
		if f.Outcome != tamiz.OutcomeServer || !f.RetryAt.IsZero() || !strings.Contains(f.Reason, "6 failures in a row") {
			t.Errorf("outcome %s (%s), retry at %v", f.Outcome, f.Reason, f.RetryAt)
		}
		if requests != before {
			t.Error("the host was asked")
		}
		clock.advance(time.Hour)
		if c.get(t, url); requests != before+1 {
			t.Error("the host was not asked when its time had come")
		}
		answer = 200
		clock.advance(time.Hour)
		c.get(t, url)
	})
	t.Run("asking for more than the patience closes it", func(t *testing.T) {
		answer, after = 429, "3600"
		if f := c.get(t, url); !f.RetryAt.IsZero() {
			t.Errorf("retry at %v", f.RetryAt)
		}
		before := requests
		if f := c.get(t, url); f.Outcome != tamiz.OutcomeServer || requests != before {
			t.Errorf("outcome %s (%s)", f.Outcome, f.Reason)
		}
	})
}

func TestGateRefusesLongWaits(t *testing.T) {
	clock := newClock()
	gs := &gates{hosts: map[string]*gate{}, now: clock.Now, sleep: clock.Sleep}
	g := gs.enter("x.example")
	g.adopt(&tamiz.Lease{NextAt: clock.Now().Add(holdMost + time.Second)})
	err := gs.pass(t.Context(), "x.example", g, 0)
	var held *heldError
	if !errors.As(err, &held) || !held.until.Equal(clock.Now().Add(holdMost+time.Second)) {
		t.Fatalf("error %v", err)
	}
	clock.advance(2 * time.Second)
	if err := gs.pass(t.Context(), "x.example", g, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := gs.pass(ctx, "x.example", g, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v while another holds the turn", err)
	}
	g.done()
}

func TestGatesAreForgotten(t *testing.T) {
	clock := newClock()
	gs := &gates{hosts: map[string]*gate{}, now: clock.Now, sleep: clock.Sleep}
	used := gs.enter("used.example")
	used.sent(clock.Now())
	held := gs.enter("held.example")
	held.adopt(&tamiz.Lease{NextAt: clock.Now().Add(time.Hour)})
	held.leave()
	for i := range gatesMost - 2 {
		gs.enter(fmt.Sprintf("h%d.example", i)).leave()
	}
	clock.advance(time.Minute + gateIdle)
	gs.enter("new.example")
	if len(gs.hosts) != 3 || gs.hosts["used.example"] != used || gs.hosts["held.example"] != held {
		t.Errorf("%d gates left", len(gs.hosts))
	}
}
