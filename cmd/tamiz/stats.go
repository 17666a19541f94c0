package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"tamiz"
	"tamiz/schedule"
	"tamiz/store"
)

type sourcesCmd struct {
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

func (sourcesCmd) Help() string {
	return `Examples:

  tamiz sources
  tamiz sources --format json

One row per configured source, and per source that was ever run: the articles it
brought, its last success, when it is due next, and what is wrong with it.`
}

func (c *sourcesCmd) Run(a *app) error {
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	list, err := db.Sources(a.ctx)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return a.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(a.out, "No source has been run yet; \"tamiz crawl\" runs those of the configuration.")
		return nil
	}
	t := a.table(a.out)
	t.AppendHeader(row("source", "kind", "articles", "yield", "last success", "next due", "state"))
	for _, s := range list {
		state := "ok"
		switch {
		case s.Holder != nil:
			state = "running"
		case s.ErrorClass != "":
			state = s.ErrorClass
		case s.LastRun == nil:
			state = "not run yet"
		}
		t.AppendRow(row(shorten(clean(s.Source.Name), 50), s.Source.Kind, s.Articles, s.Yield, when(s.LastSuccess), when(s.NextDue), state))
	}
	t.Render()
	return nil
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

type runsCmd struct {
	Source string `placeholder:"NAME" help:"Only runs of this source."`
	Run_   int64  `name:"run" placeholder:"ID" help:"The run whose URLs are listed (default: the last one)."`
	URLs   string `name:"urls" enum:",all,ok,skipped,failed" default:"" placeholder:"CLASS" help:"List the URLs of one run: all, ok, skipped or failed, with the reason."`
	Limit  int    `default:"20" help:"Runs at most."`
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

func (runsCmd) Help() string {
	return `Examples:

  tamiz runs                            the last runs
  tamiz runs --source martech-feed
  tamiz runs --urls failed              what failed in the last run, and why
  tamiz runs --run 12 --urls all        every URL of run 12 with its outcome`
}

func (c *runsCmd) Run(a *app) error {
	if c.Limit < 1 || c.Limit > 10_000 {
		return usagef("runs", "--limit %d: want 1 to 10000", c.Limit)
	}
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.URLs != "" || c.Run_ != 0 {
		return c.listURLs(a, db)
	}
	runs, err := db.Runs(a.ctx, store.RunFilter{Source: c.Source, Limit: c.Limit})
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return a.printJSON(runs)
	}
	if len(runs) == 0 {
		fmt.Fprintln(a.out, "No runs yet.")
		return nil
	}
	t := a.table(a.out)
	t.AppendHeader(row("run", "source", "started", "took", "state", "urls", "new", "updated", "skipped", "failed"))
	for _, r := range runs {
		took := ""
		if !r.FinishedAt.IsZero() {
			took = r.FinishedAt.Sub(r.StartedAt).Round(100 * time.Millisecond).String()
		}
		t.AppendRow(row(r.ID, shorten(clean(r.Source), 40), when(r.StartedAt), took, r.State, r.Counts.Total(), r.Counts[tamiz.OutcomeNew], r.Counts[tamiz.OutcomeUpdated], r.Counts.Class("skipped"), r.Counts.Class("failed")))
	}
	t.Render()
	return nil
}

func (c *runsCmd) listURLs(a *app, db *store.DB) error {
	id := c.Run_
	if id == 0 {
		runs, err := db.Runs(a.ctx, store.RunFilter{Source: c.Source, Limit: 1})
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			return errors.New("no runs yet")
		}
		id = runs[0].ID
	}
	class := c.URLs
	if class == "" {
		class = "all"
	}
	found := false
	err := db.Outcomes(a.ctx, id, func(o store.FetchRecord) error {
		found = true
		if class == "all" || o.Outcome.Class() == class {
			reason := ""
			if o.Reason != "" {
				reason = "  (" + clean(o.Reason) + ")"
			}
			fmt.Fprintf(a.out, "%-15s %s%s\n", o.Outcome, clean(o.URL), reason)
		}
		return nil
	})
	if err == nil && !found {
		if _, err = db.Run(a.ctx, id); errors.Is(err, store.ErrNotFound) {
			return withHint(fmt.Errorf("no run %d", id), "\"tamiz runs\" lists them.")
		}
	}
	return err
}

type statsCmd struct {
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

func (statsCmd) Help() string {
	return `Examples:

  tamiz stats
  tamiz stats --format json`
}

func (c *statsCmd) Run(a *app) error {
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	st, err := db.Stats(a.ctx)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return a.printJSON(st)
	}
	fmt.Fprintf(a.out, "%s in %s, %d of them in several languages; %.1f MB in %s\n", count(st.Articles, "article"), count(st.Works, "work"), st.Multilingual, float64(st.FileBytes)/1e6, db.Path())
	for _, part := range []struct {
		name string
		rows []store.Count
		most int
	}{{"language", st.Languages, 60}, {"site", st.Sites, 20}, {"source", st.Sources, 20}, {"month", st.Months, 24}} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintln(a.out)
		t := a.table(a.out)
		t.AppendHeader(row(part.name, "articles"))
		for _, r := range part.rows[:min(len(part.rows), part.most)] {
			t.AppendRow(row(shorten(clean(cmp.Or(r.Name, "not known")), 50), r.N))
		}
		if more := len(part.rows) - part.most; more > 0 {
			t.AppendRow(row(fmt.Sprintf("and %d more", more), ""))
		}
		t.Render()
	}
	return nil
}

type doctorCmd struct{}

func (doctorCmd) Help() string {
	return `Examples:

  tamiz doctor
  tamiz doctor --config my.yaml --db other.db

Checks the configuration, the database file (integrity, index, counts), the disk
and the sources. Exit status 1 if something is wrong.`
}

// diskLow is the free space under which doctor warns.
const diskLow = 500 << 20

func (c *doctorCmd) Run(a *app) error {
	cfg, err := a.config()
	if err != nil {
		return err // every mistake, with its line
	}
	wrong := 0
	say := func(ok bool, what, detail string) {
		mark := "ok   "
		if !ok {
			mark = "WRONG"
			wrong++
		}
		fmt.Fprintf(a.out, "%s  %-14s %s\n", mark, what, clean(detail))
	}
	sources := cfg.TamizSources()
	scheduled := 0
	for _, s := range sources {
		if s.Schedule != "" {
			if _, err := schedule.Parse(s.Schedule, s.TimeZone); err == nil {
				scheduled++
			}
		}
	}
	say(true, "configuration", fmt.Sprintf("%s, %d scheduled", count(len(sources), "source"), scheduled))
	if _, err := os.Stat(cfg.Database); errors.Is(err, fs.ErrNotExist) {
		say(true, "database", cfg.Database+" is not there yet; the first crawl or import makes it")
	} else if db, err := store.Open(a.ctx, cfg.Database, store.Options{ReadOnly: true, Logger: a.log}); err != nil {
		say(false, "database", err.Error())
	} else {
		defer db.Close()
		c.database(a, db, say)
	}
	if free, err := freeSpace(cfg.Database); err == nil {
		say(free > diskLow, "disk", fmt.Sprintf("%.1f GB free", float64(free)/1e9))
	}
	if wrong > 0 {
		return fmt.Errorf("%s", count(wrong, "check")+" failed")
	}
	return nil
}

func (c *doctorCmd) database(a *app, db *store.DB, say func(bool, string, string)) {
	rep, err := db.Check(a.ctx)
	if err != nil {
		say(false, "database", err.Error())
		return
	}
	for _, p := range rep.Problems {
		say(false, "database", p)
	}
	if len(rep.Problems) == 0 {
		say(true, "database", fmt.Sprintf("%s: intact, index in step, schema %d, SQLite %s", db.Path(), rep.Schema, rep.SQLite))
	}
	list, err := db.Sources(a.ctx)
	if err != nil {
		say(false, "sources", err.Error())
		return
	}
	configured := a.cfg.TamizSources()
	for _, s := range list {
		if s.ErrorClass != "" && slices.ContainsFunc(configured, func(c tamiz.Source) bool { return c.Name == s.Source.Name }) {
			say(false, "source", fmt.Sprintf("%s: %s, %s in a row without success", s.Source.Name, s.ErrorClass, count(s.Failures, "run")))
		}
	}
}

type versionCmd struct{}

func (versionCmd) Help() string {
	return `Examples:

  tamiz version`
}

func (versionCmd) Run(a *app) error {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "devel" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	fmt.Fprintf(a.out, "tamiz %s\n%s %s/%s, SQLite %s\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH, store.LibraryVersion())
	return nil
}
