package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"tamiz/crawler"
	"tamiz/extract"
	"tamiz/ingest"
	"tamiz/store"
)

// app is what the commands share: the streams, the flags every command knows,
// the two contexts of watchSignals and what is built from the configuration.
type app struct {
	Globals
	in       io.Reader
	out, err io.Writer
	ctx      context.Context // ends on the second Ctrl-C
	drain    context.Context // ends on the first
	log      *slog.Logger
	level    *slog.LevelVar
	daemon   bool // serve: logs as configured, having nobody to show progress to
	cfg      *Config
}

// setLogger builds the logger; serve logs more because it has nobody to show
// progress to.
func (a *app) setLogger(command string) error {
	a.level = new(slog.LevelVar)
	name := strings.ToLower(a.LogLevel)
	if name == "" {
		name = "warn"
		if a.daemon = strings.HasPrefix(command, "serve"); a.daemon {
			name = "info"
		}
	}
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[name]
	if !ok {
		return usagef("", "--log-level %q: want debug, info, warn or error", a.LogLevel)
	}
	a.level.Set(level)
	a.log = slog.New(tint.NewTextHandler(a.err, &tint.Options{Level: a.level, TimeFormat: time.DateTime, NoColor: !a.terminal(), ReplaceAttr: cleanAttr}))
	return nil
}

// cleanAttr keeps control characters of crawled text out of the log.
func cleanAttr(_ []string, at slog.Attr) slog.Attr {
	switch v := at.Value.Any().(type) {
	case string:
		at.Value = slog.StringValue(clean(v))
	case error:
		at.Value = slog.StringValue(clean(v.Error()))
	}
	return at
}

// terminal reports whether stderr is a person's terminal.
func (a *app) terminal() bool {
	f, ok := a.err.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb" && os.Getenv("NO_COLOR") == ""
}

// config loads the configuration once: --config, else config.yaml if it is
// there, else the defaults.
func (a *app) config() (*Config, error) {
	if a.cfg != nil {
		return a.cfg, nil
	}
	path := a.Config
	if path == "" {
		if _, err := os.Stat("config.yaml"); errors.Is(err, fs.ErrNotExist) {
			a.cfg = Default()
		} else {
			path = "config.yaml"
		}
	}
	if path != "" {
		cfg, err := Load(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usageError{err: fmt.Errorf("--config %s: no such file; \"tamiz init\" writes one", path)}
		}
		if err != nil {
			return nil, err
		}
		a.cfg = cfg
	}
	if a.DB != "" {
		a.cfg.Database = a.DB
	}
	if a.LogLevel == "" && a.daemon {
		var l slog.Level
		if l.UnmarshalText([]byte(a.cfg.Log.Level)) == nil {
			a.level.Set(l)
		}
	}
	if a.cfg.Log.Format == "json" {
		a.log = slog.New(slog.NewJSONHandler(a.err, &slog.HandlerOptions{Level: a.level, ReplaceAttr: cleanAttr}))
	}
	return a.cfg, nil
}

// open opens the configured database.
func (a *app) open(readOnly bool) (*store.DB, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	if readOnly {
		if _, err := os.Stat(cfg.Database); errors.Is(err, fs.ErrNotExist) {
			return nil, withHint(fmt.Errorf("database %s: no such file", cfg.Database),
				"Fill one first: \"tamiz demo\", \"tamiz crawl URL\" or \"tamiz import PATH\"; or name another with --db.")
		}
	}
	return store.Open(a.ctx, cfg.Database, store.Options{ReadOnly: readOnly, Logger: a.log})
}

// extractor builds the extractor with the configured site rules.
func (a *app) extractor(adjust func(*extract.Options)) (*extract.Extractor, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	rules := map[string]extract.SiteRules{}
	for _, r := range cfg.Rules {
		rules[cmp.Or(r.Host, r.Site)] = extract.SiteRules{Keep: r.Keep, Drop: r.Drop, Title: r.Title, Date: r.Date}
	}
	o := extract.Options{Rules: rules}
	if adjust != nil {
		adjust(&o)
	}
	x, err := extract.New(o)
	if err != nil {
		return nil, usageError{err: fmt.Errorf("rules: %w", err)}
	}
	return x, nil
}

// crawler builds the crawler from the configuration.
func (a *app) crawler(db *store.DB, adjust func(*crawler.Options)) (*crawler.Crawler, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	o := crawler.Options{
		UserAgent:     cfg.Agent(version),
		Delay:         explicit(cfg.Crawl.Delay),
		CrawlDelayMax: cfg.Crawl.CrawlDelayMax,
		Timeout:       cfg.Crawl.Timeout,
		MaxBytes:      cfg.Crawl.MaxBytes,
		Retries:       explicit(cfg.Crawl.Retries),
		Workers:       cfg.Crawl.Workers,
		AllowPrivate:  cfg.Crawl.AllowPrivate,
		Logger:        a.log,
	}
	if db != nil {
		o.Robots = robotsCache{db}
	}
	if adjust != nil {
		adjust(&o)
	}
	return crawler.New(o)
}

// explicit turns a configured zero into the crawler's word for none: there a
// zero asks for the default.
func explicit[T ~int | ~int64](v T) T {
	if v == 0 {
		return crawler.None
	}
	return v
}

// pipeline wires the stages over an open database.
func (a *app) pipeline(db *store.DB, c *crawler.Crawler, progress func(ingest.Event)) (*ingest.Pipeline, error) {
	x, err := a.extractor(nil)
	if err != nil {
		return nil, err
	}
	return ingest.New(ingest.Options{DB: db, Crawler: c, Extractor: x, Progress: progress, Logger: a.log}), nil
}

// robotsCache keeps robots.txt files in the database.
type robotsCache struct{ db *store.DB }

func (c robotsCache) LoadRobots(ctx context.Context, origin string) (status int, body []byte, fetchedAt, expires time.Time, err error) {
	r, _, err := c.db.LoadRobots(ctx, origin)
	return r.Status, r.Body, r.FetchedAt, r.ExpiresAt, err
}

func (c robotsCache) SaveRobots(ctx context.Context, origin string, status int, body []byte, fetchedAt, expires time.Time) error {
	return c.db.SaveRobots(ctx, store.Robots{Origin: origin, Status: status, Body: body, FetchedAt: fetchedAt, ExpiresAt: expires})
}
