//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// startRun begins a run with some links in its frontier.
func startRun(t testing.TB, db *DB, source string, links ...tamiz.Link) int64 {
	t.Helper()
	var run int64
	write(t, db, func(tx *Tx) (err error) {
		if run, err = tx.StartRun(source, "crawl", "key"); err != nil {
			return err
		}
		_, err = tx.AddLinks(run, links)
		return err
	})
	return run
}

// lease asks for a host; the lease is nil if there is none.
func lease(t testing.TB, db *DB, most int, runs ...int64) (l *tamiz.Lease, wait time.Duration, done bool) {
	t.Helper()
	write(t, db, func(tx *Tx) (err error) {
		l, wait, done, err = tx.Lease(LeaseRequest{Owner: "test", Runs: runs, Max: most})
		return err
	})
	return l, wait, done
}

func release(t testing.TB, db *DB, l *tamiz.Lease, unfinished []tamiz.Link, h tamiz.HostState) {
	t.Helper()
	write(t, db, func(tx *Tx) error { return tx.Release(l, unfinished, h) })
}

// finish gives a URL an outcome.
func finish(t testing.TB, db *DB, run int64, url string, o tamiz.Outcome) {
	t.Helper()
	write(t, db, func(tx *Tx) error {
		return tx.FinishFetch(run, &tamiz.Fetch{Link: tamiz.Link{URL: url}, Outcome: o, Status: 200})
	})
}

func link(url string) tamiz.Link {
	return tamiz.Link{URL: url, Source: "s", Via: "https://via.example/"}
}

func urlsOf(l *tamiz.Lease) []string {
	var urls []string
	if l != nil {
		for _, t := range l.Targets {
			urls = append(urls, t.Link.URL)
		}
	}
	return urls
}

func TestLinksAreAddedOnce(t *testing.T) {
	db := openTest(t, newClock().Now)
	run := startRun(t, db, "s", link("https://a.example/1"))
	finish(t, db, run, "https://a.example/1", tamiz.OutcomeNew)
	var added int
	write(t, db, func(tx *Tx) (err error) {
		added, err = tx.AddLinks(run, []tamiz.Link{
			link("https://a.example/1"), link("https://a.example/2"), link("https://a.example/2"),
		})
		return err
	})
	if added != 1 {
		t.Errorf("added %d links, want 1: one is finished, one is there twice", added)
	}
	second := startRun(t, db, "other", link("https://a.example/1"))
	if l, _, _ := lease(t, db, 5, second); len(urlsOf(l)) != 1 {
		t.Error("a second run does not fetch what the first fetched")
	}
	checked(t, db)
}

func TestLeaseOrder(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 2, d, 0, 0, 0, 0, time.UTC) }
	links := []tamiz.Link{
		{URL: "https://a.example/undated", Via: "v"},
		{URL: "https://a.example/old", Via: "v", Published: day(1)},
		{URL: "https://a.example/new", Via: "v", Published: day(20)},
		{URL: "https://a.example/changed", Via: "v", Modified: day(10)},
		{URL: "https://a.example/page/2", Via: "v", Kind: tamiz.LinkListing},
		{URL: "https://a.example/feed", Via: "v", Kind: tamiz.LinkFeed},
		{URL: "https://a.example/"},
	}
	db := openTest(t, newClock().Now)
	run := startRun(t, db, "s", links...)
	l, _, _ := lease(t, db, 100, run)
	want := []string{
		"https://a.example/", "https://a.example/feed", "https://a.example/page/2",
		"https://a.example/new", "https://a.example/changed", "https://a.example/old", "https://a.example/undated",
	}
	if diff := cmp.Diff(want, urlsOf(l)); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

// TestLeaseKeepsWhatIsKnown checks that a link comes out as it went in, with
// what earlier fetches left.
func TestLeaseKeepsWhatIsKnown(t *testing.T) {
	clock := newClock()
	db := openTest(t, clock.Now)
	want := tamiz.Link{
		URL: "https://a.example/1", Kind: tamiz.LinkArticle, Source: "s", Via: "https://a.example/", Depth: 2, Title: "Título",
		Published: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC), Modified: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC),
		Language: "es", Alternates: []tamiz.Alternate{{Language: "fr", URL: "https://a.example/fr"}}, Follow: true, Next: true,
	}
	first := startRun(t, db, "s", want)
	write(t, db, func(tx *Tx) error {
		return tx.FinishFetch(first, &tamiz.Fetch{Link: want, Outcome: tamiz.OutcomeNew, Status: 200,
			Page: &tamiz.Page{URL: want.URL, Validators: tamiz.Validators{ETag: `"x"`, LastModified: "yesterday"}}})
	})
	write(t, db, func(tx *Tx) error {
		return tx.SaveSource(tamiz.Source{Name: "s", Delay: 1500 * time.Millisecond})
	})
	second := startRun(t, db, "s", want)
	l, _, _ := lease(t, db, 5, second)
	wantLease := &tamiz.Lease{
		Host: "a.example", Run: second, Token: 1, Delay: 1500 * time.Millisecond, Expires: clock.Now().Add(leaseTime),
		Targets: []tamiz.Target{{Link: want, Validators: tamiz.Validators{ETag: `"x"`, LastModified: "yesterday"}}},
	}
	if diff := cmp.Diff(wantLease, l); diff != "" {
		t.Errorf("lease (-want +got):\n%s", diff)
	}
}

// TestHostIsOutOnce checks that no host is leased twice, that its politeness
// holds for all runs, and that other hosts do not wait for it.
func TestHostIsOutOnce(t *testing.T) {
	clock := newClock()
	db := openTest(t, clock.Now)
	one := startRun(t, db, "one", link("https://a.example/1"), link("https://a.example/2"), link("https://b.example/1"))
	two := startRun(t, db, "two", link("https://a.example/3"))

	a, _, _ := lease(t, db, 1, one)
	if a == nil || a.Host != "a.example" {
		t.Fatalf("first lease: %+v, want host a.example", a)
	}
	if l, _, done := lease(t, db, 1, two); l != nil || done {
		t.Fatalf("run two got %+v, done %t while the host is out", l, done)
	}
	if l, _, _ := lease(t, db, 1, one); l == nil || l.Host != "b.example" {
		t.Fatalf("second lease: %+v, want host b.example", l)
	}
	finish(t, db, one, "https://a.example/1", tamiz.OutcomeNew)
	release(t, db, a, nil, tamiz.HostState{NextAt: clock.Now().Add(2 * time.Second)})
	if l, _, _ := lease(t, db, 1, two); l != nil {
		t.Fatalf("run two got host %s before its time", l.Host)
	}
	clock.Add(2 * time.Second)
	l, _, _ := lease(t, db, 1, one, two)
	if l == nil || l.Host != "a.example" || l.Token != 2 {
		t.Fatalf("third lease: %+v, want host a.example under token 2", l)
	}
	if l.NextAt.After(clock.Now()) {
		t.Errorf("leased %s too early", l.NextAt.Sub(clock.Now()))
	}
	checked(t, db)
}

func TestReleaseGivesBackWhatIsUnfinished(t *testing.T) {
	clock := newClock()
	db := openTest(t, clock.Now)
	run := startRun(t, db, "s", link("https://a.example/1"), link("https://a.example/2"), link("https://a.example/3"))
	l, _, _ := lease(t, db, 3, run)
	finish(t, db, run, "https://a.example/1", tamiz.OutcomeNew)
	release(t, db, l, []tamiz.Link{link("https://a.example/3")}, tamiz.HostState{})
	// 2 was fetched, says the worker; its outcome is still on the way.
	again, _, _ := lease(t, db, 3, run)
	if diff := cmp.Diff([]string{"https://a.example/3"}, urlsOf(again)); diff != "" {
		t.Errorf("leased again (-want +got):\n%s", diff)
	}
	release(t, db, again, nil, tamiz.HostState{})
	finish(t, db, run, "https://a.example/3", tamiz.OutcomeNew)
	if l, wait, done := lease(t, db, 3, run); l != nil || done || wait > time.Second {
		t.Errorf("with one outcome on the way: lease %v, wait %s, done %t", l, wait, done)
	}
	finish(t, db, run, "https://a.example/2", tamiz.OutcomeNew)
	if l, _, done := lease(t, db, 3, run); l != nil || !done {
		t.Errorf("with every outcome there: lease %v, done %t", l, done)
	}
	checked(t, db)
}

func TestRetryWaitsItsTime(t *testing.T) {
	clock := newClock()
	db := openTest(t, clock.Now)
	run := startRun(t, db, "s", link("https://a.example/1"))
	l, _, _ := lease(t, db, 3, run)
	retry := func() {
		write(t, db, func(tx *Tx) error {
			return tx.FinishFetch(run, &tamiz.Fetch{Link: link("https://a.example/1"), Outcome: tamiz.OutcomeServer, Status: 503,
				Attempts: 1, RetryAt: clock.Now().Add(time.Minute)})
		})
	}
	retry()
	release(t, db, l, nil, tamiz.HostState{NextAt: clock.Now().Add(5 * time.Second), Failures: 1, Reason: "503"})
	clock.Add(59 * time.Second)
	if l, _, done := lease(t, db, 3, run); l != nil || done {
		t.Fatalf("before its time: %v, done %t", l, done)
	}
	clock.Add(time.Second)
	l, _, _ = lease(t, db, 3, run)
	if l == nil || l.Targets[0].Attempts != 1 {
		t.Fatalf("at its time: %+v, want one target with one attempt", l)
	}
	finish(t, db, run, "https://a.example/1", tamiz.OutcomeServer)
	retry() // late news of a finished URL
	if l, _, done := lease(t, db, 3, run); l != nil || !done {
		t.Errorf("after its outcome: %v, done %t", l, done)
	}
	checked(t, db)
}

// TestRetryAfterRelease is a retry whose outcome is stored after the lease has
// ended, when the host has no other link.
func TestRetryAfterRelease(t *testing.T) {
	clock := newClock()
	db := openTest(t, clock.Now)
	run := startRun(t, db, "s", link("https://a.example/1"))
	l, _, _ := lease(t, db, 3, run)
	release(t, db, l, nil, tamiz.HostState{})
	write(t, db, func(tx *Tx) error {
		return tx.FinishFetch(run, &tamiz.Fetch{Link: link("https://a.example/1"), RetryAt: clock.Now().Add(time.Second)})
	})
	clock.Add(time.Second)
	if l, _, _ := lease(t, db, 3, run); l == nil {
		t.Error("the link was lost")
	}
}

func TestExpiredLease(t *testing.T) {
	clock := newClock()
	db := openTest(t, clock.Now)
	run := startRun(t, db, "s", link("https://a.example/1"))
	lost, _, _ := lease(t, db, 3, run)
	clock.Add(leaseTime - time.Second)
	if l, _, _ := lease(t, db, 3, run); l != nil {
		t.Fatal("leased again before it expired")
	}
	clock.Add(2 * time.Second)
	l, _, _ := lease(t, db, 3, run)
	if l == nil || l.Token <= lost.Token {
		t.Fatalf("after it expired: %+v, want a greater token than %d", l, lost.Token)
	}
	err := db.Write(context.Background(), func(tx *Tx) error {
		return tx.Release(lost, nil, tamiz.HostState{NextAt: clock.Now().Add(time.Hour)})
	})
	if !errors.Is(err, ErrStaleLease) {
		t.Errorf("Release of the lost lease: %v, want %v", err, ErrStaleLease)
	}
	release(t, db, l, urlLinks(l), tamiz.HostState{})
	if l, _, _ := lease(t, db, 3, run); l == nil {
		t.Error("what the lost worker said about the host was believed")
	}
}

func urlLinks(l *tamiz.Lease) []tamiz.Link {
	var links []tamiz.Link
	for _, t := range l.Targets {
		links = append(links, t.Link)
	}
	return links
}

func TestDropPending(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, newClock().Now)
	run := startRun(t, db, "s", link("https://a.example/1"), link("https://a.example/2"), link("https://b.example/1"))
	l, _, _ := lease(t, db, 1, run)
	var n int
	write(t, db, func(tx *Tx) (err error) {
		n, err = tx.DropPending(run, tamiz.OutcomeLimit, "enough")
		return err
	})
	if n != 2 {
		t.Errorf("dropped %d links, want the 2 that were waiting", n)
	}
	finish(t, db, run, urlsOf(l)[0], tamiz.OutcomeNew)
	release(t, db, l, nil, tamiz.HostState{})
	if l, _, done := lease(t, db, 1, run); l != nil || !done {
		t.Errorf("afterwards: lease %v, done %t", l, done)
	}
	r, err := db.Run(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tamiz.Counts{tamiz.OutcomeLimit: 2, tamiz.OutcomeNew: 1}, r.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	// The limit says nothing about the URLs themselves.
	if u, err := db.URL(ctx, "https://b.example/1"); err != nil || u.Outcome != "" {
		t.Errorf("URL: %+v, %v; want no outcome", u, err)
	}
	checked(t, db)
}

// TestEveryURLEndsOnce drives a crawl by chance: workers that finish, retry,
// give back, die and are late, on several hosts. In the end every URL has one
// outcome, and no host was out twice at any time.
func TestEveryURLEndsOnce(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			chance := rand.New(rand.NewPCG(seed, 1))
			clock := newClock()
			db := openTest(t, clock.Now)
			var links []tamiz.Link
			for host := range 5 {
				for page := range 20 {
					links = append(links, link(fmt.Sprintf("https://h%d.example/%d", host, page)))
				}
			}
			run := startRun(t, db, "s", links[:40]...)
			out := map[string]*tamiz.Lease{}
			more := links[40:]
			for step := 0; ; step++ {
				if step > 5000 {
					t.Fatal("the crawl does not end")
				}
				if len(more) > 0 && chance.IntN(3) == 0 {
					write(t, db, func(tx *Tx) error {
						_, err := tx.AddLinks(run, more[:1])
						return err
					})
					more = more[1:]
				}
				l, wait, done := lease(t, db, 1+chance.IntN(4), run)
				if done && len(more) == 0 {
					break
				}
				if l == nil {
					clock.Add(max(wait, 10*time.Second))
				} else if other := out[l.Host]; other != nil && clock.Now().Before(other.Expires) {
					t.Fatalf("host %s is out twice", l.Host)
				} else {
					out[l.Host] = l
				}
				for host, l := range out {
					if chance.IntN(2) == 0 {
						continue // slow
					}
					delete(out, host)
					if chance.IntN(10) == 0 {
						continue // died
					}
					var unfinished []tamiz.Link
					for _, target := range l.Targets {
						switch chance.IntN(5) {
						case 0:
							unfinished = append(unfinished, target.Link)
						case 1:
							write(t, db, func(tx *Tx) error {
								return tx.FinishFetch(run, &tamiz.Fetch{Link: target.Link, Outcome: tamiz.OutcomeServer, RetryAt: clock.Now().Add(time.Second)})
							})
						default:
							finish(t, db, run, target.Link.URL, tamiz.OutcomeNew)
						}
					}
					err := db.Write(context.Background(), func(tx *Tx) error {
						return tx.Release(l, unfinished, tamiz.HostState{NextAt: clock.Now().Add(time.Duration(chance.IntN(5000)) * time.Millisecond)})
					})
					if err != nil && !errors.Is(err, ErrStaleLease) {
						t.Fatal(err)
					}
				}
			}
			write(t, db, func(tx *Tx) error { return tx.FinishRun(run, "done", "") })
			r, err := db.Run(context.Background(), run)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tamiz.Counts{tamiz.OutcomeNew: len(links)}, r.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			checked(t, db)
		})
	}
}

func TestRobotsAreKept(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openTest(t, clock.Now)
	if _, ok, err := db.LoadRobots(ctx, "https://a.example"); ok || err != nil {
		t.Fatalf("LoadRobots of nothing: %t, %v", ok, err)
	}
	want := Robots{Origin: "https://a.example", Status: 200, Body: []byte("User-agent: *\n"), FetchedAt: clock.Now(), ExpiresAt: clock.Now().Add(time.Hour)}
	for range 2 {
		if err := db.SaveRobots(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := db.LoadRobots(ctx, want.Origin)
	if err != nil || !ok {
		t.Fatalf("LoadRobots: %t, %v", ok, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("robots (-want +got):\n%s", diff)
	}
}

func BenchmarkAddLinks(b *testing.B) {
	db := openTest(b, nil)
	run := startRun(b, db, "s")
	for i := 0; b.Loop(); i++ {
		var links []tamiz.Link
		for j := range 100 { // a page's links, most of them known
			n := i
			if j > 20 {
				n = 0
			}
			links = append(links, link(fmt.Sprintf("https://h%d.example/%d", j%10, n*100+j)))
		}
		write(b, db, func(tx *Tx) error {
			_, err := tx.AddLinks(run, links)
			return err
		})
	}
}

// BenchmarkLease measures taking and giving back a lease with a hundred
// thousand links waiting on a thousand hosts.
func BenchmarkLease(b *testing.B) {
	clock := newClock()
	db := openTest(b, clock.Now)
	run := startRun(b, db, "s")
	write(b, db, func(tx *Tx) error {
		for host := range 1000 {
			var links []tamiz.Link
			for page := range 100 {
				links = append(links, link(fmt.Sprintf("https://h%d.example/%d", host, page)))
			}
			if _, err := tx.AddLinks(run, links); err != nil {
				return err
			}
		}
		return nil
	})
	b.ResetTimer()
	for b.Loop() {
		l, _, _ := lease(b, db, 8, run)
		if l == nil {
			b.Fatal("nothing to lease")
		}
		release(b, db, l, urlLinks(l), tamiz.HostState{NextAt: clock.Now().Add(time.Second)})
		clock.Add(10 * time.Millisecond)
	}
}
