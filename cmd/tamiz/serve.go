package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"tamiz"
	"tamiz/crawler"
	"tamiz/ingest"
	"tamiz/schedule"
	"tamiz/store"
	"tamiz/web"
	"tamiz/weburl"
)

type serveCmd struct {
	Listen string `placeholder:"ADDR" help:"Address of the web page and API (default: the configuration's serve.listen, 127.0.0.1:8088)."`
}

func (serveCmd) Help() string {
	return `Examples:

  tamiz serve                          every source on its cron schedule
  tamiz serve --listen 127.0.0.1:9000

Runs until it is stopped. The first Ctrl-C (or SIGTERM) finishes what is in
flight and hands the rest back; the second stops at once. /healthz answers 200
while the database can be read. Runs that were missed while it was down are
caught up once.`
}

const (
	// daemonLock keeps a second daemon off the same database.
	daemonLock = "(serve)"
	// shutdownGrace is how long open requests of the web page may take.
	shutdownGrace = 5 * time.Second
	// retention is the job that deletes raw pages over their keeping time.
	retention     = "(retention)"
	retentionSpec = "17 3 * * *"
)

func (c *serveCmd) Run(a *app) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	addr := cfg.Serve.Listen
	if c.Listen != "" {
		addr = c.Listen
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return usagef("serve", "--listen %q: want host:port, such as 127.0.0.1:8088", addr)
	}
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	lock, err := db.LockSource(a.ctx, daemonLock, store.ThisProcess())
	var busy *store.BusyError
	if errors.As(err, &busy) {
		return withHint(fmt.Errorf("another tamiz serve runs on %s: %s", db.Path(), busy.Owner), "Stop it first, or give this one another --db.")
	}
	if err != nil {
		return err
	}
	defer lock.Release(context.WithoutCancel(a.ctx)) //nolint:errcheck // the process ends
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return withHint(fmt.Errorf("address %s is in use", addr), "Choose another with --listen, or stop what listens there.")
		}
		return fmt.Errorf("listen: %w", err)
	}
	jobs, err := c.jobs(a, db)
	if err != nil {
		ln.Close()
		return err
	}
	srv := &http.Server{
		Handler:           web.New(db, web.Options{Logger: a.log, Listen: ln.Addr().String()}),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }() // ends with Shutdown below
	a.log.Info("serving", "url", "http://"+ln.Addr().String()+"/", "sources", len(jobs)-1, "database", db.Path())

	ctx, cancel := context.WithCancel(a.drain)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- c.scheduler(a, db).Run(ctx, jobs) }()
	var runErr error
	select {
	case runErr = <-served:
		cancel()
		if err := <-stopped; err != nil {
			a.log.Error("scheduler", "err", err)
		}
	case runErr = <-stopped:
	}
	a.log.Info("stopping")
	grace, done := context.WithTimeout(context.WithoutCancel(a.ctx), shutdownGrace)
	defer done()
	if err := srv.Shutdown(grace); err != nil {
		srv.Close()
	}
	if errors.Is(runErr, http.ErrServerClosed) {
		runErr = nil
	}
	return runErr
}

// scheduler keeps the times of runs in the database, so that a restart knows
// what was missed.
func (c *serveCmd) scheduler(a *app, db *store.DB) *schedule.Scheduler {
	return schedule.New(schedule.Options{
		Logger: a.log,
		RunNew: true,
		LastRun: func(name string) time.Time {
			runs, err := db.Runs(context.WithoutCancel(a.ctx), store.RunFilter{Source: name, Limit: 1})
			if err != nil {
				a.log.Error("read last run", "source", name, "err", err)
			}
			if len(runs) == 0 {
				return time.Time{}
			}
			return runs[0].StartedAt
		},
		SetNextDue: func(name string, t time.Time) {
			if name == retention {
				return // no source: its next time is of no interest
			}
			err := db.Write(context.WithoutCancel(a.ctx), func(tx *store.Tx) error { return tx.SetNextDue(name, t) })
			if err != nil {
				a.log.Error("store next due", "source", name, "err", err)
			}
		},
	})
}

// jobs makes one job per scheduled source, and the one that deletes old pages.
func (c *serveCmd) jobs(a *app, db *store.DB) ([]schedule.Job, error) {
	cfg := a.cfg
	var private []string
	sources := cfg.TamizSources()
	for _, s := range sources {
		if s.Private {
			for _, u := range s.URLs {
				private = append(private, weburl.Site(weburl.Host(u)))
			}
		}
	}
	cr, err := a.crawler(db, func(o *crawler.Options) {
		o.AllowPrivateFor = func(host string) bool {
			site := weburl.Site(host)
			for _, p := range private {
				if p == site {
					return true
				}
			}
			return false
		}
	})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(a.ctx, cr.StopNow)
	p, err := a.pipeline(db, cr, func(e ingest.Event) {
		if e.Stage == ingest.StageFetch && e.Outcome.Class() == "failed" {
			a.log.Warn("not fetched", "source", e.Source, "url", e.URL, "outcome", e.Outcome, "reason", e.Reason)
		}
	})
	if err != nil {
		return nil, err
	}
	var jobs []schedule.Job
	for _, src := range sources {
		if err := db.Write(a.ctx, func(tx *store.Tx) error { return tx.SaveSource(src) }); err != nil {
			return nil, err
		}
		if src.Schedule == "" {
			a.log.Info("no schedule: only on demand", "source", src.Name)
			continue
		}
		spec, err := schedule.Parse(src.Schedule, src.TimeZone)
		if err != nil {
			return nil, usagef("serve", "source %s: %v", src.Name, err)
		}
		jobs = append(jobs, schedule.Job{Name: src.Name, Spec: spec, Run: func(ctx context.Context) error {
			return a.runJob(ctx, p, src)
		}})
	}
	if len(jobs) == 0 {
		a.log.Warn("no source has a schedule: only the web page is served; \"tamiz init\" shows how to set one")
	}
	spec, err := schedule.Parse(retentionSpec, cfg.TimeZone)
	if err != nil {
		return nil, err
	}
	return append(jobs, schedule.Job{Name: retention, Spec: spec, Run: func(context.Context) error {
		return a.prune(db)
	}}), nil
}

// runJob runs one source and logs the outcome.
func (a *app) runJob(ctx context.Context, p *ingest.Pipeline, src tamiz.Source) error {
	var runs []tamiz.Run
	var err error
	if src.Kind == tamiz.KindFiles {
		var run *tamiz.Run
		if run, err = p.Import(ctx, src); run != nil {
			runs = append(runs, *run)
		}
	} else {
		runs, err = p.Crawl(ctx, []tamiz.Source{src}, "schedule")
	}
	if errors.Is(err, store.ErrBusy) {
		a.log.Info("skipped: another process is running this source", "source", src.Name)
		return nil
	}
	for _, r := range runs {
		a.log.Info("run ended", "source", r.Source, "run", r.ID, "state", r.State, "urls", r.Counts.Total(),
			"outcomes", strings.ReplaceAll(brief(r.Counts), ", ", " "), "seconds", int(r.FinishedAt.Sub(r.StartedAt).Seconds()))
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
