package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tamiz"
)

// yieldRuns is the number of last runs whose new articles make a source's yield.
const yieldRuns = 5

// SourceHealth is a source and how it fares.
type SourceHealth struct {
	Source      tamiz.Source `json:"source"`
	LastRun     *tamiz.Run   `json:"last_run"`              // nil before the first
	LastSuccess time.Time    `json:"last_success,omitzero"` // end of the last run in which a start URL could be had
	NextDue     time.Time    `json:"next_due,omitzero"`
	ErrorClass  string       `json:"error_class,omitempty"` // outcome of a start URL that failed in the last run, or "failed"
	Failures    int          `json:"failures"`              // runs in a row without a success
	Articles    int          `json:"articles"`              // current articles that came from it
	Yield       int          `json:"yield"`                 // new articles of its last five runs
	Holder      *Owner       `json:"holder,omitempty"`      // who is running it now, as far as the lock says
}

// SaveSource stores a source's configuration; its health is kept.
func (tx *Tx) SaveSource(s tamiz.Source) error {
	config, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save source %s: %w", s.Name, err)
	}
	err = tx.run(`
		INSERT INTO sources (name, kind, rank, delay, config, saved_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, rank = excluded.rank,
		       delay = excluded.delay, config = excluded.config, saved_at = excluded.saved_at`,
		s.Name, string(s.Kind), s.Rank, millis(s.Delay), string(config), stamp(tx.now))
	if err != nil {
		return fmt.Errorf("save source %s: %w", s.Name, err)
	}
	return nil
}

// SetNextDue stores when a source is to run next; the zero time means not by
// itself. It gives [ErrNotFound] for a source that was never saved.
func (tx *Tx) SetNextDue(name string, at time.Time) error {
	n, err := tx.count(`UPDATE sources SET next_due = ? WHERE name = ?`, nullStamp(at), name)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("set next run of %s: %w", name, err)
	}
	return nil
}

// Sources gives every source that was ever saved, by name.
func (db *DB) Sources(ctx context.Context) ([]SourceHealth, error) {
	var list []SourceHealth
	var lastRuns []int64
	err := each(ctx, db.read, `
		SELECT s.config, s.next_due, s.last_success, s.error_class, s.failures, coalesce(s.last_run, 0),
		       (SELECT count(*) FROM articles a WHERE a.source = s.name AND a.revision_of IS NULL),
		       (SELECT coalesce(sum(coalesce(counts ->> '$.new', 0)), 0) FROM
		           (SELECT counts FROM runs r WHERE r.source = s.name ORDER BY r.id DESC LIMIT ?)),
		       coalesce(l.held, 0), coalesce(l.host, ''), coalesce(l.machine, ''), coalesce(l.pid, 0),
		       coalesce(l.started, ''), l.since, l.beat
		  FROM sources s LEFT JOIN source_locks l ON l.source = s.name
		 ORDER BY s.name`, []any{yieldRuns},
		func(scan func(...any) error) error {
			var h SourceHealth
			var o Owner
			var nextDue, lastSuccess, since, beat timeColumn
			var run int64
			var held bool
			err := scan(jsonColumn{&h.Source}, &nextDue, &lastSuccess, &h.ErrorClass, &h.Failures, &run,
				&h.Articles, &h.Yield, &held, &o.Host, &o.Machine, &o.PID, &o.Started, &since, &beat)
			if err != nil {
				return err
			}
			h.NextDue, h.LastSuccess = nextDue.Time, lastSuccess.Time
			if held {
				o.Since, o.Beat = since.Time, beat.Time
				if !stale(o, ThisProcess(), db.now()) {
					h.Holder = &o
				}
			}
			list = append(list, h)
			lastRuns = append(lastRuns, run)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	for i, id := range lastRuns {
		if id == 0 {
			continue
		}
		runs, err := db.Runs(ctx, RunFilter{ID: id, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("list sources: %w", err)
		}
		if len(runs) == 1 {
			list[i].LastRun = &runs[0]
		}
	}
	return list, nil
}
