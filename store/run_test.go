//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tamiz"
)

// TestResumeRun is a crawl whose process died with a host leased, one link
// finished, one in hand and one waiting.
func TestResumeRun(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openTest(t, clock.Now)
	run := startRun(t, db, "blog", link("https://a.example/1"), link("https://a.example/2"), link("https://a.example/3"))
	lost, _, _ := lease(t, db, 2, run)
	finish(t, db, run, lost.Targets[0].Link.URL, tamiz.OutcomeNew)
	other := startRun(t, db, "other", link("https://a.example/9"))

	resume := func(source, key string) (id int64, ok bool) {
		t.Helper()
		write(t, db, func(tx *Tx) (err error) {
			id, ok, err = tx.ResumeRun(source, key)
			return err
		})
		return id, ok
	}
	if _, ok := resume("blog", "another key"); ok {
		t.Error("a run with another key was resumed")
	}
	if _, ok := resume("nobody", "key"); ok {
		t.Error("a run of another source was resumed")
	}
	if id, ok := resume("blog", "key"); !ok || id != run {
		t.Fatalf("resumed %d, %t; want run %d", id, ok, run)
	}
	l, _, _ := lease(t, db, 5, run)
	if diff := cmp.Diff([]string{"https://a.example/2", "https://a.example/3"}, urlsOf(l)); diff != "" {
		t.Errorf("links of the resumed run (-want +got):\n%s", diff)
	}
	release(t, db, l, nil, tamiz.HostState{})
	finish(t, db, run, "https://a.example/2", tamiz.OutcomeNew)
	finish(t, db, run, "https://a.example/3", tamiz.OutcomeNotFound)
	if _, _, done := lease(t, db, 5, run); !done {
		t.Error("the resumed run does not end")
	}
	write(t, db, func(tx *Tx) error { return tx.FinishRun(run, "done", "") })
	if _, ok := resume("blog", "key"); ok {
		t.Error("a finished run was resumed")
	}
	got, err := db.Run(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	want := tamiz.Run{ID: run, Source: "blog", Trigger: "crawl", State: "done", StartedAt: clock.Now(), FinishedAt: clock.Now(),
		Counts: tamiz.Counts{tamiz.OutcomeNew: 2, tamiz.OutcomeNotFound: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	if l, _, _ := lease(t, db, 5, other); l == nil {
		t.Error("another run cannot have the dead run's host")
	}
	checked(t, db)
}

// TestStoppedRunIsResumed is Ctrl-C and the same command again.
func TestStoppedRunIsResumed(t *testing.T) {
	db := openTest(t, newClock().Now)
	run := startRun(t, db, "blog", link("https://a.example/1"), link("https://a.example/2"))
	finish(t, db, run, "https://a.example/1", tamiz.OutcomeNew)
	write(t, db, func(tx *Tx) error { return tx.FinishRun(run, "stopped", "interrupted") })
	write(t, db, func(tx *Tx) error {
		id, ok, err := tx.ResumeRun("blog", "key")
		if id != run || !ok {
			t.Errorf("resumed %d, %t; want run %d", id, ok, run)
		}
		return err
	})
	if r, err := db.Run(context.Background(), run); err != nil || r.State != "running" || !r.FinishedAt.IsZero() {
		t.Errorf("run %+v, %v; want it running", r, err)
	}
}

// TestNewRunGivesTheOldOneUp checks that what an abandoned run had not fetched
// ends with an outcome.
func TestNewRunGivesTheOldOneUp(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, newClock().Now)
	dead := startRun(t, db, "blog", link("https://a.example/1"), link("https://a.example/2"))
	lease(t, db, 1, dead)
	stopped := startRun(t, db, "news", link("https://b.example/1"))
	write(t, db, func(tx *Tx) error { return tx.FinishRun(stopped, "stopped", "interrupted") })
	startRun(t, db, "blog")
	startRun(t, db, "news")
	for id, want := range map[int64]tamiz.Run{
		dead:    {Source: "blog", State: "stopped", Message: "the process ended before the run did", Counts: tamiz.Counts{tamiz.OutcomeStopped: 2}},
		stopped: {Source: "news", State: "stopped", Message: "interrupted", Counts: tamiz.Counts{tamiz.OutcomeStopped: 1}},
	} {
		got, err := db.Run(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(tamiz.Run{}, "ID", "Trigger", "StartedAt", "FinishedAt")); diff != "" {
			t.Errorf("run %d (-want +got):\n%s", id, diff)
		}
	}
	checked(t, db)
}

func TestSourceHealth(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openTest(t, clock.Now)
	src := tamiz.Source{Name: "blog", Kind: tamiz.KindFeed, URLs: []string{"https://a.example/feed"}, Schedule: "@hourly", Delay: time.Second}
	write(t, db, func(tx *Tx) error {
		if err := tx.SaveSource(src); err != nil {
			return err
		}
		return tx.SetNextDue("blog", clock.Now().Add(time.Hour))
	})
	run := func(state string, start tamiz.Outcome, fresh int) {
		t.Helper()
		clock.Add(time.Minute)
		id := startRun(t, db, "blog")
		write(t, db, func(tx *Tx) error {
			if start != "" {
				if err := tx.FinishFetch(id, &tamiz.Fetch{Link: tamiz.Link{URL: "https://a.example/feed", Source: "blog"}, Outcome: start}); err != nil {
					return err
				}
			}
			for i := range fresh {
				l := link("https://a.example/" + string(rune('a'+i)))
				if err := tx.FinishFetch(id, &tamiz.Fetch{Link: l, Outcome: tamiz.OutcomeNew}); err != nil {
					return err
				}
			}
			return tx.FinishRun(id, state, "")
		})
	}
	health := func() SourceHealth {
		t.Helper()
		list, err := db.Sources(ctx)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	type state struct {
		Class           string
		Failures, Yield int
		Success         time.Duration // since the clock began
	}
	began := clock.Now()
	for _, step := range []struct {
		name  string
		state string
		start tamiz.Outcome
		fresh int
		want  state
	}{
		{"well", "done", tamiz.OutcomeLinks, 3, state{"", 0, 3, time.Minute}},
		{"down", "done", tamiz.OutcomeServer, 0, state{"server-error", 1, 3, time.Minute}},
		{"still down", "done", tamiz.OutcomeTimeout, 0, state{"timeout", 2, 3, time.Minute}},
		{"crashed", "failed", "", 0, state{"failed", 3, 3, time.Minute}},
		{"well again, nothing new", "done", tamiz.OutcomeUnchanged, 0, state{"", 0, 3, 5 * time.Minute}},
		{"the first run is too long ago for the yield", "done", tamiz.OutcomeLinks, 1, state{"", 0, 1, 6 * time.Minute}},
	} {
		run(step.state, step.start, step.fresh)
		h := health()
		got := state{h.ErrorClass, h.Failures, h.Yield, h.LastSuccess.Sub(began)}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		if h.LastRun == nil || h.LastRun.State != step.state {
			t.Errorf("%s: last run %+v, want it %s", step.name, h.LastRun, step.state)
		}
	}
	h := health()
	if diff := cmp.Diff(src, h.Source); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	if !h.NextDue.Equal(began.Add(time.Hour)) {
		t.Errorf("next due %s, want %s", h.NextDue, began.Add(time.Hour))
	}
	err := db.Write(ctx, func(tx *Tx) error { return tx.SetNextDue("nobody", clock.Now()) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("SetNextDue of an unknown source: %v, want %v", err, ErrNotFound)
	}
}

func TestRunsAreFilteredAndPruned(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openTest(t, clock.Now)
	old := startRun(t, db, "blog")
	finish(t, db, old, "https://a.example/1", tamiz.OutcomeNew)
	write(t, db, func(tx *Tx) error { return tx.FinishRun(old, "done", "") })
	clock.Add(time.Hour)
	young := startRun(t, db, "news", link("https://a.example/1"))
	finish(t, db, young, "https://a.example/1", tamiz.OutcomeUnchanged)

	ids := func(f RunFilter) []int64 {
		t.Helper()
		runs, err := db.Runs(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for _, r := range runs {
			ids = append(ids, r.ID)
		}
		return ids
	}
	for _, tt := range []struct {
		name   string
		filter RunFilter
		want   []int64
	}{
		{"all, the newest first", RunFilter{}, []int64{young, old}},
		{"limit", RunFilter{Limit: 1}, []int64{young}},
		{"source", RunFilter{Source: "blog"}, []int64{old}},
		{"state", RunFilter{State: "running"}, []int64{young}},
		{"id", RunFilter{ID: old}, []int64{old}},
		{"none", RunFilter{Source: "blog", State: "running"}, nil},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.filter)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := db.Run(ctx, 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("Run(99): %v, want %v", err, ErrNotFound)
	}

	history := func() (outcomes []tamiz.Outcome) {
		t.Helper()
		list, err := db.History(ctx, "https://a.example/1", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			outcomes = append(outcomes, r.Outcome)
		}
		return outcomes
	}
	if diff := cmp.Diff([]tamiz.Outcome{tamiz.OutcomeUnchanged, tamiz.OutcomeNew}, history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	write(t, db, func(tx *Tx) error {
		n, err := tx.PruneRuns(clock.Now())
		if n != 1 {
			t.Errorf("pruned %d outcomes, want 1", n)
		}
		return err
	})
	if diff := cmp.Diff([]tamiz.Outcome{tamiz.OutcomeUnchanged}, history()); diff != "" {
		t.Errorf("history after pruning (-want +got):\n%s", diff)
	}
	if r, err := db.Run(ctx, old); err != nil || r.Counts[tamiz.OutcomeNew] != 1 {
		t.Errorf("pruned run %+v, %v; want its counts kept", r, err)
	}
}
