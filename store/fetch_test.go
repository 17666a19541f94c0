//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

func TestFinishFetchIsReadBack(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openTest(t, clock.Now)
	l := tamiz.Link{URL: "https://a.example/1", Source: "blog", Via: "https://a.example/feed", Depth: 1, Kind: tamiz.LinkArticle, Title: "One"}
	run := startRun(t, db, "blog", l)
	page := &tamiz.Page{URL: l.URL, Body: []byte("hello"), Validators: tamiz.Validators{ETag: `"1"`}}
	hops := []tamiz.Hop{{URL: l.URL, Status: 301, To: "https://a.example/one"}}
	write(t, db, func(tx *Tx) error {
		return tx.FinishFetch(run, &tamiz.Fetch{Link: l, Outcome: tamiz.OutcomeNew, Reason: "a\x00 reason", Page: page, Hops: hops, Status: 200,
			Attempts: 2, StartedAt: clock.Now().Add(-time.Second), Duration: 1234 * time.Millisecond, Bytes: 5})
	})
	var got []FetchRecord
	if err := db.Outcomes(ctx, run, func(r FetchRecord) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []FetchRecord{{Run: run, URL: l.URL, Outcome: tamiz.OutcomeNew, Reason: "a reason", Status: 200, Bytes: 5,
		Duration: 1234 * time.Millisecond, Attempts: 2, Depth: 1, Via: l.Via, Hops: hops, At: clock.Now().Add(-time.Second)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	u, err := db.URL(ctx, l.URL)
	if err != nil {
		t.Fatal(err)
	}
	wantURL := URLRecord{URL: l.URL, Host: "a.example", Source: "blog", Kind: tamiz.LinkArticle, FirstSeen: clock.Now(),
		Outcome: tamiz.OutcomeNew, Reason: "a reason", Status: 200, Validators: page.Validators,
		FetchedAt: clock.Now().Add(-time.Second), BodyHash: BodyHash(page.Body)}
	if diff := cmp.Diff(wantURL, u); diff != "" {
		t.Errorf("URL (-want +got):\n%s", diff)
	}
	seen, err := db.Sightings(ctx, l.URL)
	if err != nil {
		t.Fatal(err)
	}
	wantSeen := []Sighting{{Source: "blog", URL: l.URL, Run: run, Via: l.Via, Title: "One", FirstSeen: clock.Now(), LastSeen: clock.Now()}}
	if diff := cmp.Diff(wantSeen, seen); diff != "" {
		t.Errorf("sightings (-want +got):\n%s", diff)
	}
}

// TestValidatorsAreKeptWithCare checks that a page that came to nothing is not
// asked for conditionally the next time, or it would never come to anything.
func TestValidatorsAreKeptWithCare(t *testing.T) {
	ctx := context.Background()
	old, fresh := tamiz.Validators{ETag: "old"}, tamiz.Validators{ETag: "fresh"}
	page := func(v tamiz.Validators) *tamiz.Page { return &tamiz.Page{Validators: v} }
	for _, tt := range []struct {
		name        string
		fetch       tamiz.Fetch
		want        tamiz.Validators
		wantOutcome tamiz.Outcome
		wantFails   int
		again       bool // counts as fetched now
	}{
		{"changed", tamiz.Fetch{Outcome: tamiz.OutcomeUpdated, Status: 200, Page: page(fresh)}, fresh, tamiz.OutcomeUpdated, 0, true},
		{"no article in it", tamiz.Fetch{Outcome: tamiz.OutcomeNoArticle, Status: 200, Page: page(fresh)}, fresh, tamiz.OutcomeNoArticle, 0, true},
		{"the same text without validators", tamiz.Fetch{Outcome: tamiz.OutcomeUnchanged, Status: 200, Page: page(tamiz.Validators{})}, tamiz.Validators{}, tamiz.OutcomeUnchanged, 0, true},
		{"not modified", tamiz.Fetch{Outcome: tamiz.OutcomeUnchanged, Status: 304}, old, tamiz.OutcomeUnchanged, 0, true},
		{"broken", tamiz.Fetch{Outcome: tamiz.OutcomeBroken, Status: 200, Page: page(fresh)}, old, tamiz.OutcomeBroken, 1, false},
		{"server error", tamiz.Fetch{Outcome: tamiz.OutcomeServer, Status: 503}, old, tamiz.OutcomeServer, 1, false},
		{"not asked for: recent", tamiz.Fetch{Outcome: tamiz.OutcomeRecent}, old, tamiz.OutcomeNew, 0, false},
		{"not asked for: limit", tamiz.Fetch{Outcome: tamiz.OutcomeLimit}, old, tamiz.OutcomeNew, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := newClock()
			db := openTest(t, clock.Now)
			l := tamiz.Link{URL: "https://a.example/1"}
			first := startRun(t, db, "s", l)
			write(t, db, func(tx *Tx) error {
				return tx.FinishFetch(first, &tamiz.Fetch{Link: l, Outcome: tamiz.OutcomeNew, Status: 200, Page: page(old)})
			})
			before := clock.Now()
			clock.Add(time.Hour)
			second := startRun(t, db, "s", l)
			tt.fetch.Link = l
			write(t, db, func(tx *Tx) error { return tx.FinishFetch(second, &tt.fetch) })
			u, err := db.URL(ctx, l.URL)
			if err != nil {
				t.Fatal(err)
			}
			if u.Validators != tt.want || u.Outcome != tt.wantOutcome || u.Fails != tt.wantFails {
				t.Errorf("validators %v, outcome %s, %d failures; want %v, %s, %d", u.Validators, u.Outcome, u.Fails, tt.want, tt.wantOutcome, tt.wantFails)
			}
			wantAt := before
			if tt.again {
				wantAt = clock.Now()
			}
			if !u.FetchedAt.Equal(wantAt) {
				t.Errorf("fetched at %s, want %s", u.FetchedAt, wantAt)
			}
		})
	}
}

func TestOutcomeCanBeReplaced(t *testing.T) {
	db := openTest(t, nil)
	run := startRun(t, db, "s", link("https://a.example/1"))
	finish(t, db, run, "https://a.example/1", tamiz.OutcomeFetched)
	finish(t, db, run, "https://a.example/1", tamiz.OutcomeNew)
	r, err := db.Run(context.Background(), run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tamiz.Counts{tamiz.OutcomeNew: 1}, r.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestAliases(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name  string
		pairs [][2]string
		want  map[string]string
	}{
		{"one", [][2]string{{"a", "b"}}, map[string]string{"a": "b", "b": "b", "c": "c"}},
		{"itself", [][2]string{{"a", "a"}}, map[string]string{"a": "a"}},
		{"chain from the front", [][2]string{{"a", "b"}, {"b", "c"}}, map[string]string{"a": "c", "b": "c"}},
		{"chain from the back", [][2]string{{"b", "c"}, {"a", "b"}}, map[string]string{"a": "c", "b": "c"}},
		{"turned round", [][2]string{{"a", "b"}, {"b", "a"}}, map[string]string{"a": "a", "b": "a"}},
		{"turned round with a follower", [][2]string{{"x", "b"}, {"a", "b"}, {"b", "a"}}, map[string]string{"a": "a", "b": "a", "x": "a"}},
		{"a ring of three", [][2]string{{"a", "b"}, {"b", "c"}, {"c", "a"}}, map[string]string{"a": "a", "b": "a", "c": "a"}},
		{"moved", [][2]string{{"a", "b"}, {"a", "c"}}, map[string]string{"a": "c", "b": "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openTest(t, nil)
			for _, p := range tt.pairs {
				write(t, db, func(tx *Tx) error { return tx.AddAlias(p[0], p[1]) })
			}
			got := map[string]string{}
			for url := range tt.want {
				target, err := db.ResolveAlias(ctx, url)
				if err != nil {
					t.Fatal(err)
				}
				got[url] = target
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownURL(t *testing.T) {
	db := openTest(t, nil)
	if _, err := db.URL(context.Background(), "https://nowhere.example/"); !errors.Is(err, ErrNotFound) {
		t.Errorf("URL: %v, want %v", err, ErrNotFound)
	}
	err := db.Write(context.Background(), func(tx *Tx) error { return tx.FinishFetch(1, &tamiz.Fetch{}) })
	if err == nil {
		t.Error("a fetch without a URL was stored")
	}
}
