package schedule_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz/schedule"
)

// rig runs a scheduler in a bubble of false time. Its clock begins at a chosen
// moment and can be set, which the time of the bubble cannot.
type rig struct {
	t    *testing.T
	zone *time.Location
	opts schedule.Options
	log  bytes.Buffer

	mu    sync.Mutex
	shift time.Duration
	runs  []string
	due   map[string]time.Time

	cancel  context.CancelFunc
	stopped chan error
}

// newRig must be called inside the bubble.
func newRig(t *testing.T, zone, start string) *rig {
	t.Helper()
	loc, err := schedule.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, zone: loc, due: map[string]time.Time{}, stopped: make(chan error, 1)}
	r.shift = time.Until(mustTime(t, start))
	r.opts = schedule.Options{
		Now:    r.now,
		Logger: slog.New(slog.NewTextHandler(&r.log, nil)),
		SetNextDue: func(name string, at time.Time) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.due[name] = at
		},
	}
	return r
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.shift)
}

// set moves the clock by d from one moment to the next.
func (r *rig) set(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shift += d
}

// job notes its runs, then takes its time.
func (r *rig) job(name, line string, takes time.Duration) schedule.Job {
	r.t.Helper()
	spec, err := schedule.Parse(line, r.zone.String())
	if err != nil {
		r.t.Fatal(err)
	}
	return schedule.Job{Name: name, Spec: spec, Run: func(ctx context.Context) error {
		r.note(name)
		select {
		case <-time.After(takes):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

func (r *rig) note(what string) {
	at := r.now().In(r.zone).Format("02 15:04:05")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs = append(r.runs, at+" "+what)
}

func (r *rig) start(jobs ...schedule.Job) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	s := schedule.New(r.opts)
	go func() { r.stopped <- s.Run(ctx, jobs) }()
	synctest.Wait()
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// stop ends the scheduler and compares the runs, those of one moment in any order.
func (r *rig) stop(want ...string) {
	r.t.Helper()
	r.cancel()
	if err := <-r.stopped; err != nil {
		r.t.Errorf("Run: %v", err)
	}
	slices.Sort(want)
	slices.Sort(r.runs)
	if diff := cmp.Diff(want, r.runs); diff != "" {
		r.t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestJobsRunAtTheirTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T05:00:00Z")
		r.start(r.job("news", "30 6,7 * * *", time.Minute), r.job("blog", "@every 45m", time.Minute))
		r.pass(2*time.Hour + 31*time.Minute)
		if got, want := r.due["news"].Format(time.RFC3339), "2026-11-23T06:30:00Z"; got != want {
			t.Errorf("news is due %s, want %s", got, want)
		}
		r.stop("22 05:45:00 blog", "22 06:30:00 news", "22 06:30:00 blog", "22 07:15:00 blog", "22 07:30:00 news")
	})
}

func TestMissedRunsAreCaughtUpOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T12:10:00Z")
		last := map[string]string{
			"hourly":   "2026-11-19T12:00:00Z", // three days of runs were missed
			"fresh":    "2026-11-22T12:00:00Z", // nothing was
			"daily":    "2026-11-21T06:00:00Z",
			"steady":   "2026-11-22T11:30:00Z", // the interval goes on from there
			"future":   "2027-11-22T12:00:00Z", // the clock was wrong then
			"interval": "2026-11-22T09:00:00Z",
		}
		r.opts.LastRun = func(name string) time.Time {
			if last[name] == "" {
				return time.Time{}
			}
			return mustTime(t, last[name])
		}
		r.start(
			r.job("hourly", "@hourly", 0), r.job("fresh", "@hourly", 0), r.job("daily", "0 6 * * *", 0),
			r.job("steady", "@every 1h", 0), r.job("future", "20 * * * *", 0), r.job("never", "0 * * * *", 0),
			r.job("interval", "@every 2h", 0),
		)
		r.pass(51 * time.Minute)
		r.stop("22 12:10:00 hourly", "22 12:10:02 daily", "22 12:10:04 interval", "22 12:20:00 future",
			"22 12:30:00 steady", "22 13:00:00 hourly", "22 13:00:00 fresh", "22 13:00:00 never")
	})
}

func TestNewJobsRunAtTheStartIfAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T12:10:00Z")
		r.opts.RunNew = true
		r.opts.Stagger = 10 * time.Second
		r.start(r.job("a", "@daily", 0), r.job("b", "@every 24h", 0))
		r.pass(time.Hour)
		r.stop("22 12:10:00 a", "22 12:10:10 b")
	})
}

func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		zone, start string
		want        []string
	}{
		"forward": {"America/New_York", "2026-03-08T00:00:00-05:00",
			[]string{"08 01:30:00 early", "08 03:00:00 gap", "08 04:00:00 late"}},
		"back": {"America/New_York", "2026-11-01T00:00:00-04:00",
			[]string{"01 01:30:00 early", "01 02:30:00 gap", "01 04:00:00 late"}},
		"half an hour forward": {"Australia/Lord_Howe", "2026-10-04T00:00:00+10:30",
			[]string{"04 01:30:00 early", "04 02:30:00 gap", "04 04:00:00 late"}},
		"half an hour back": {"Australia/Lord_Howe", "2026-04-05T00:00:00+11:00",
			[]string{"05 01:30:00 early", "05 02:30:00 gap", "05 04:00:00 late"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, tt.zone, tt.start)
				r.start(r.job("early", "30 1 * * *", 0), r.job("gap", "30 2 * * *", 0), r.job("late", "0 4 * * *", 0))
				r.pass(20 * time.Hour)
				r.stop(tt.want...)
			})
		})
	}
}

func TestRunningJobSkipsItsNextTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T11:59:00Z")
		r.start(r.job("slow", "*/10 * * * *", 25*time.Minute), r.job("quick", "*/30 * * * *", time.Second))
		r.pass(62 * time.Minute)
		r.stop("22 12:00:00 slow", "22 12:00:00 quick", "22 12:30:00 slow", "22 12:30:00 quick",
			"22 13:00:00 slow", "22 13:00:00 quick")
		if n := strings.Count(r.log.String(), "still running"); n != 4 {
			t.Errorf("%d skipped times were logged, want 4", n)
		}
	})
}

func TestJobThatEndsOnItsNextTimeRunsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T12:00:00Z")
		r.start(r.job("tight", "@every 10m", 10*time.Minute-time.Millisecond))
		r.pass(25 * time.Minute)
		r.stop("22 12:10:00 tight", "22 12:20:00 tight")
	})
}

func TestParallelJobsAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T11:59:30Z")
		r.opts.Parallel = 2
		var jobs []schedule.Job
		for i := range 5 {
			jobs = append(jobs, r.job(fmt.Sprint("job ", i), "0 * * * *", 10*time.Minute))
		}
		busy, most := 0, 0
		for i := range jobs {
			run := jobs[i].Run
			jobs[i].Run = func(ctx context.Context) error {
				r.mu.Lock()
				busy++
				most = max(most, busy)
				r.mu.Unlock()
				err := run(ctx)
				r.mu.Lock()
				busy--
				r.mu.Unlock()
				return err
			}
		}
		r.start(jobs...)
		r.pass(45 * time.Minute)
		if most != 2 {
			t.Errorf("%d jobs ran at a time, want 2", most)
		}
		for i, run := range r.runs {
			_, r.runs[i], _ = strings.Cut(run, " 12:") // which job gets a slot first is open
			r.runs[i], _, _ = strings.Cut(r.runs[i], " ")
		}
		r.stop("00:00", "00:00", "10:00", "10:00", "20:00")
	})
}

func TestClockJumpsMakeNoStorm(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	tests := map[string]struct {
		jump time.Duration
		want []string
	}{
		"an hour ahead": {time.Hour,
			[]string{"22 12:15:00 quarter", "22 12:20:00 every", "22 13:21:00 quarter", "22 13:21:00 every",
				"22 13:30:00 quarter"}},
		"a year ahead": {year,
			[]string{"22 12:15:00 quarter", "22 12:20:00 every", "22 12:21:00 quarter", "22 12:21:00 noon",
				"22 12:21:00 every", "22 12:30:00 quarter"}},
		"an hour back: no time is used twice": {-time.Hour,
			[]string{"22 12:15:00 quarter", "22 12:20:00 every"}},
		"a year back: planned anew": {-year,
			[]string{"22 12:15:00 quarter", "22 12:20:00 every", "22 12:30:00 quarter"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, "", "2026-11-22T12:05:30Z")
				r.start(r.job("quarter", "*/15 * * * *", 0), r.job("noon", "0 12 * * *", 0), r.job("every", "@every 14m30s", 0))
				r.pass(15 * time.Minute) // 12:20:30
				r.set(tt.jump)
				r.pass(13 * time.Minute) // noticed within a minute
				r.stop(tt.want...)
			})
		})
	}
}

func TestPanicsAndErrorsAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T12:00:00Z")
		bad := r.job("bad", "@every 5m", 0)
		bad.Run = func(context.Context) error { r.note("bad"); panic("unexpected page") }
		ill := r.job("ill", "@every 7m", 0)
		ill.Run = func(context.Context) error { r.note("ill"); return errors.New("no disk") }
		r.start(bad, ill)
		r.pass(11 * time.Minute)
		r.stop("22 12:05:00 bad", "22 12:07:00 ill", "22 12:10:00 bad")
		log := r.log.String()
		for _, want := range []string{"source=bad", "unexpected page", "source=ill", `err="no disk"`} {
			if !strings.Contains(log, want) {
				t.Errorf("log does not say %q:\n%s", want, log)
			}
		}
	})
}

func TestStopWaitsForRunningJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "", "2026-11-22T11:59:00Z")
		r.opts.Parallel = 1
		slow := r.job("slow", "0 * * * *", 0)
		slow.Run = func(ctx context.Context) error {
			r.note("slow")
			<-ctx.Done()
			time.Sleep(5 * time.Second) // hands back what it holds
			r.note("slow ends")
			return ctx.Err()
		}
		r.start(slow, r.job("waits for a slot", "1 * * * *", 0), r.job("later", "5 * * * *", 0))
		r.pass(2 * time.Minute)
		r.stop("22 12:00:00 slow", "22 12:01:05 slow ends")
		if strings.Contains(r.log.String(), "level=ERROR") {
			t.Errorf("a stopped job was logged as failed:\n%s", r.log.String())
		}
	})
}

func TestRunRefusesBadJobs(t *testing.T) {
	t.Parallel()
	spec, err := schedule.Parse("@daily", "")
	if err != nil {
		t.Fatal(err)
	}
	run := func(context.Context) error { return nil }
	for name, jobs := range map[string][]schedule.Job{
		"no name":        {{Spec: spec, Run: run}},
		"no spec":        {{Name: "a", Run: run}},
		"nothing to do":  {{Name: "a", Spec: spec}},
		"one name twice": {{Name: "a", Spec: spec, Run: run}, {Name: "a", Spec: spec, Run: run}},
	} {
		if err := schedule.New(schedule.Options{}).Run(t.Context(), jobs); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
