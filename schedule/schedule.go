// Package schedule decides when a source is asked for its new articles.
//
// [Parse] turns a schedule line and a time zone into a [Spec], which knows its
// next time; a line that is wrong or never fires is refused with a message for
// the person who wrote it. A [Scheduler] runs jobs, one per source, at the
// times of their specs:
//
//	spec, err := schedule.Parse("30 6 * * 1-5", "Europe/Madrid")
//	s := schedule.New(schedule.Options{LastRun: lastRun, SetNextDue: setNextDue})
//	err = s.Run(ctx, []schedule.Job{{Name: "news", Spec: spec, Run: ingest}})
//
// # What a scheduler promises
//
//   - A job never overlaps itself: a time that comes while it is running is
//     skipped, not queued.
//   - Runs missed while the process was down are caught up once, however many
//     there were. So are runs missed by a clock that jumped ahead.
//   - On the day the clocks go forward, a job whose time does not exist runs
//     when the gap ends. On the day they go back, a job at a time that exists
//     twice runs the first time only.
//   - A job that panics has failed, and nothing more.
//
// Only this package knows robfig/cron, of which it uses the parser and the
// calendar, not the runner.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Defaults and limits of a [Scheduler].
const (
	// DefaultParallel is how many jobs run at a time: each job is a crawl with
	// workers of its own, and most time is spent waiting for hosts.
	DefaultParallel = 4
	// DefaultStagger parts the jobs that are caught up at the start, so that a
	// daemon with many sources does not begin with a burst.
	DefaultStagger = 2 * time.Second
	// longestWait is how long the scheduler sleeps at most, so that it notices
	// within a minute that the clock was set or the machine was suspended.
	longestWait = time.Minute
	// clockSetBack is the jump backwards from which the clock counts as set
	// anew and every job is planned again. After a smaller one the jobs keep
	// their times, so that none is done twice. Vixie cron draws the line there.
	clockSetBack = 3 * time.Hour
)

// Job is something to do at the times of a spec.
type Job struct {
	Name string
	Spec Spec
	// Run does the job. Its context is the scheduler's: when it ends, Run is
	// expected to put things in order and return.
	Run func(ctx context.Context) error
}

// Options are the surroundings of a [Scheduler]. All may be left out.
type Options struct {
	Now    func() time.Time                       // default time.Now
	After  func(d time.Duration) <-chan time.Time // default time.After
	Logger *slog.Logger                           // default: discarded
	// LastRun tells when a job last started; the zero time says that it never
	// has. It is asked once for each job, when Run starts.
	LastRun func(name string) time.Time
	// SetNextDue is told whenever the next time of a job is settled. It is
	// called from the goroutine of Run and must not block for long.
	SetNextDue func(name string, t time.Time)
	// RunNew lets a job that has never run do so at the start instead of at its
	// first time.
	RunNew   bool
	Parallel int           // jobs at a time at most; default DefaultParallel
	Stagger  time.Duration // between two jobs caught up at the start; default DefaultStagger
}

// Scheduler runs jobs at their times. Make one with [New].
type Scheduler struct {
	o Options
}

// New fills in what the options leave out.
func New(o Options) *Scheduler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.LastRun == nil {
		o.LastRun = func(string) time.Time { return time.Time{} }
	}
	if o.SetNextDue == nil {
		o.SetNextDue = func(string, time.Time) {}
	}
	if o.Parallel <= 0 {
		o.Parallel = DefaultParallel
	}
	if o.Stagger <= 0 {
		o.Stagger = DefaultStagger
	}
	return &Scheduler{o: o}
}

// planned is a job with its next time. Only the goroutine of Run touches it.
type planned struct {
	Job
	due     time.Time // zero: never
	running bool
}

// Run runs the jobs at their times until ctx ends. Then it starts nothing more,
// waits for the jobs that are running, which see the end of ctx too, and
// returns nil. Jobs without a name, a spec or something to do, and two jobs of
// one name, are an error at once.
func (s *Scheduler) Run(ctx context.Context, jobs []Job) error {
	plan, err := s.plan(jobs)
	if err != nil {
		return err
	}
	var (
		wg       sync.WaitGroup
		slots    = make(chan struct{}, s.o.Parallel)
		finished = make(chan *planned, len(plan)) // room for all: no job waits to report
	)
	defer wg.Wait()
	before := s.now()
	for ctx.Err() == nil {
		now := s.now()
		if now.Before(before) {
			s.replan(plan, now, before.Sub(now))
		}
		before = now
		s.startDue(now, plan, func(p *planned) {
			wg.Go(func() {
				defer func() { finished <- p }()
				select {
				case slots <- struct{}{}:
					defer func() { <-slots }()
					s.runJob(ctx, p.Job)
				case <-ctx.Done():
				}
			})
		})
		select {
		case <-ctx.Done():
		case <-s.o.After(untilNext(plan, now)):
			// Jobs that ended while we slept must not look busy.
			for len(finished) > 0 {
				(<-finished).running = false
			}
		case p := <-finished:
			p.running = false
		}
	}
	s.o.Logger.Info("scheduler stops", "running", running(plan))
	return nil
}

// plan checks the jobs and settles their first times.
func (s *Scheduler) plan(jobs []Job) ([]*planned, error) {
	now := s.now()
	names := make(map[string]bool, len(jobs))
	plan := make([]*planned, 0, len(jobs))
	late := 0
	for _, j := range jobs {
		switch {
		case j.Name == "" || j.Run == nil || j.Spec.IsZero():
			return nil, fmt.Errorf("plan job %q: name, spec and run are needed", j.Name)
		case names[j.Name]:
			return nil, fmt.Errorf("plan job %q: there are two of that name", j.Name)
		}
		names[j.Name] = true
		p := &planned{Job: j}
		last := s.o.LastRun(j.Name)
		missed := last.IsZero() && s.o.RunNew
		if !last.IsZero() && !last.After(now) {
			due := j.Spec.Next(last)
			missed = !due.IsZero() && !due.After(now)
			if j.Spec.Interval() > 0 {
				p.due = due // an interval counts from the last run, not from the start
			}
		}
		if missed {
			p.due = now.Add(time.Duration(late) * s.o.Stagger)
			late++
		} else if p.due.IsZero() {
			p.due = j.Spec.Next(now)
		}
		s.settle(p, missed)
		plan = append(plan, p)
	}
	return plan, nil
}

// replan answers a clock that went back by the given time. After a small jump
// jobs at certain times wait for theirs to come again; an interval never takes
// longer than it says.
func (s *Scheduler) replan(plan []*planned, now time.Time, by time.Duration) {
	s.o.Logger.Warn("clock went back", "by", by)
	for _, p := range plan {
		next := p.Spec.Next(now)
		if by >= clockSetBack || p.Spec.Interval() > 0 && next.Before(p.due) {
			p.due = next
			s.settle(p, false)
		}
	}
}

// startDue starts the jobs whose time has come and settles their next times.
// These count from now, not from the time that has come: what lies in between
// was missed, and is not made up for one by one.
func (s *Scheduler) startDue(now time.Time, plan []*planned, start func(*planned)) {
	for _, p := range plan {
		if p.due.IsZero() || p.due.After(now) {
			continue
		}
		if p.running {
			s.o.Logger.Warn("job still running, skipped", "source", p.Name, "due", p.due)
		} else {
			p.running = true
			start(p)
		}
		p.due = p.Spec.Next(now)
		s.settle(p, false)
	}
}

// runJob runs one job and logs how it ended.
func (s *Scheduler) runJob(ctx context.Context, j Job) {
	log := s.o.Logger.With("source", j.Name)
	started := s.now()
	log.Info("job starts")
	err := protect(ctx, j.Run)
	took := s.now().Sub(started)
	switch {
	case err == nil:
		log.Info("job done", "took", took)
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		log.Info("job stopped", "took", took)
	default:
		log.Error("job failed", "took", took, "err", err)
	}
}

// protect turns a panic of run into an error.
func protect(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("run job: panic: %v\n%s", r, debug.Stack())
		}
	}()
	return run(ctx)
}

// settle tells about a job's next time.
func (s *Scheduler) settle(p *planned, late bool) {
	s.o.Logger.Debug("next run", "source", p.Name, "due", p.due, "late", late)
	s.o.SetNextDue(p.Name, p.due)
}

// now reads the clock on the wall. The monotonic reading is dropped, because it
// hides that the clock was set.
func (s *Scheduler) now() time.Time { return s.o.Now().Round(0) }

// untilNext is how long to sleep.
func untilNext(plan []*planned, now time.Time) time.Duration {
	wait := longestWait
	for _, p := range plan {
		if !p.due.IsZero() {
			wait = min(wait, p.due.Sub(now))
		}
	}
	return max(wait, 0)
}

func running(plan []*planned) int {
	n := 0
	for _, p := range plan {
		if p.running {
			n++
		}
	}
	return n
}
