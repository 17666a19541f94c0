package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tamiz"
)

// Run states.
const (
	stateRunning = "running"
	stateDone    = "done"
	stateStopped = "stopped"
	stateFailed  = "failed"
)

// StartRun begins a run of a source. key says what is run (start URLs, depth
// and so on, however the caller writes it), so that [Tx.ResumeRun] knows the
// same job again. The caller holds the source's lock: an earlier run of the
// source that never ended is given up, and what it had not fetched ends as
// stopped.
func (tx *Tx) StartRun(source, trigger, key string) (int64, error) {
	id, err := tx.startRun(source, trigger, key)
	if err != nil {
		return 0, fmt.Errorf("start run of %s: %w", source, err)
	}
	return id, nil
}

func (tx *Tx) startRun(source, trigger, key string) (int64, error) {
	left, err := tx.unfinished(source)
	if err != nil {
		return 0, err
	}
	for _, run := range left {
		if err := tx.takeBack(run.id); err != nil {
			return 0, err
		}
		if _, err := tx.DropPending(run.id, tamiz.OutcomeStopped, "the run ended before its turn came"); err != nil {
			return 0, err
		}
		if run.state == stateRunning {
			if err := tx.FinishRun(run.id, stateStopped, "the process ended before the run did"); err != nil {
				return 0, err
			}
			continue
		}
		if err := tx.recount(run.id); err != nil {
			return 0, err
		}
	}
	res, err := tx.exec(`INSERT INTO runs (source, cause, key, state, started_at) VALUES (?, ?, ?, ?, ?)`,
		source, trigger, key, stateRunning, stamp(tx.now))
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

type unfinishedRun struct {
	id         int64
	key, state string
}

// unfinished lists the runs of a source that still run, as far as the file
// says, or were stopped with links left; the newest first.
func (tx *Tx) unfinished(source string) ([]unfinishedRun, error) {
	var list []unfinishedRun
	err := each(tx.ctx, tx.tx, `
		SELECT id, key, state FROM runs
		 WHERE source = ?1 AND (state = ?2 OR state = ?3 AND EXISTS (SELECT 1 FROM frontier f WHERE f.run = runs.id))
		 ORDER BY id DESC`, []any{source, stateRunning, stateStopped},
		func(scan func(...any) error) error {
			var r unfinishedRun
			if err := scan(&r.id, &r.key, &r.state); err != nil {
				return err
			}
			list = append(list, r)
			return nil
		})
	return list, err
}

// ResumeRun goes on with the newest run of the source that has the same key and
// was stopped, or whose process died, with links still waiting: what was
// fetched stays fetched, what was handed out is waiting again. ok is false if
// there is none. The caller holds the source's lock, so nobody else is at it.
func (tx *Tx) ResumeRun(source, key string) (id int64, ok bool, err error) {
	left, err := tx.unfinished(source)
	if err != nil {
		return 0, false, fmt.Errorf("resume run of %s: %w", source, err)
	}
	for _, run := range left {
		if run.key != key {
			continue
		}
		if err := tx.takeBack(run.id); err != nil {
			return 0, false, fmt.Errorf("resume run %d of %s: %w", run.id, source, err)
		}
		n, err := tx.Pending(run.id)
		if err != nil {
			return 0, false, err
		}
		if n == 0 {
			continue // died after its last link: StartRun closes it
		}
		err = tx.run(`UPDATE runs SET state = ?, finished_at = NULL, message = '', counts = NULL WHERE id = ?`,
			stateRunning, run.id)
		if err != nil {
			return 0, false, fmt.Errorf("resume run %d of %s: %w", run.id, source, err)
		}
		return run.id, true, nil
	}
	return 0, false, nil
}

// takeBack makes everything a dead process had in hand wait again.
func (tx *Tx) takeBack(run int64) error {
	// First the queues of other runs that wait for one of its hosts.
	if err := tx.run(`UPDATE queues SET ready_at = ? WHERE host IN (SELECT host FROM hosts WHERE lease_run = ?)`,
		stamp(tx.now), run); err != nil {
		return err
	}
	if err := tx.run(`UPDATE hosts SET lease_until = '', lease_owner = '', lease_run = 0 WHERE lease_run = ?`, run); err != nil {
		return err
	}
	if err := tx.run(`UPDATE frontier SET lease = 0, not_before = '' WHERE run = ? AND lease <> 0`, run); err != nil {
		return err
	}
	return tx.run(`UPDATE queues SET ready_at = ? WHERE run = ?`, stamp(tx.now), run)
}

// FinishRun ends a run: state is "done", "stopped" or "failed". Its counts are
// those of the stored outcomes, and the source's health follows from its start
// URLs: it is well if at least one of them could be had.
func (tx *Tx) FinishRun(id int64, state, message string) error {
	if err := tx.finishRun(id, state, message); err != nil {
		return fmt.Errorf("finish run %d: %w", id, err)
	}
	return nil
}

func (tx *Tx) finishRun(id int64, state, message string) error {
	if state != stateDone && state != stateStopped && state != stateFailed {
		return fmt.Errorf("unknown state %q", state)
	}
	n, err := tx.count(`UPDATE runs SET state = ?, message = ?, finished_at = ? WHERE id = ?`,
		state, clean(message, maxFieldBytes), stamp(tx.now), id)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotFound
	}
	if err := tx.recount(id); err != nil {
		return err
	}

	succeeded, class := false, ""
	err = each(tx.ctx, tx.tx, `SELECT outcome FROM fetches WHERE run = ? AND via = '' ORDER BY at, url`, []any{id},
		func(scan func(...any) error) error {
			var o tamiz.Outcome
			if err := scan(&o); err != nil {
				return err
			}
			switch {
			case o.Class() != "failed":
				succeeded = true
			case class == "":
				class = string(o)
			}
			return nil
		})
	if err != nil {
		return err
	}
	if state == stateFailed {
		succeeded = false
		if class == "" {
			class = stateFailed
		}
	}
	return tx.run(`
		UPDATE sources SET last_run = ?1, error_class = ?2,
		       last_success = CASE WHEN ?3 THEN ?4 ELSE last_success END,
		       failures = CASE WHEN ?3 OR ?2 = '' THEN 0 ELSE failures + 1 END
		 WHERE name = (SELECT source FROM runs WHERE id = ?1)`, id, class, succeeded, stamp(tx.now))
}

// recount stores the counts of a run as its outcomes have them.
func (tx *Tx) recount(id int64) error {
	counts, err := runCounts(tx.ctx, tx.tx, id)
	if err != nil {
		return err
	}
	text, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	return tx.run(`UPDATE runs SET counts = ? WHERE id = ?`, string(text), id)
}

func runCounts(ctx context.Context, q querier, id int64) (tamiz.Counts, error) {
	counts := tamiz.Counts{}
	err := each(ctx, q, `SELECT outcome, count(*) FROM fetches WHERE run = ? GROUP BY outcome`, []any{id},
		func(scan func(...any) error) error {
			var o tamiz.Outcome
			var n int
			if err := scan(&o, &n); err != nil {
				return err
			}
			counts[o] = n
			return nil
		})
	return counts, err
}

// RunFilter selects runs. The zero value selects all.
type RunFilter struct {
	ID     int64
	Source string
	State  string
	Limit  int // 0: no limit
}

// Runs lists runs, the newest first. The counts of one that is still running
// are those of this moment.
func (db *DB) Runs(ctx context.Context, f RunFilter) ([]tamiz.Run, error) {
	where, args := []string{"1"}, []any{}
	if f.ID != 0 {
		where, args = append(where, "id = ?"), append(args, f.ID)
	}
	if f.Source != "" {
		where, args = append(where, "source = ?"), append(args, f.Source)
	}
	if f.State != "" {
		where, args = append(where, "state = ?"), append(args, f.State)
	}
	limit := -1
	if f.Limit > 0 {
		limit = f.Limit
	}
	var runs []tamiz.Run
	err := each(ctx, db.read, `
		SELECT id, source, cause, state, started_at, finished_at, message, counts
		  FROM runs WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, limit),
		func(scan func(...any) error) error {
			var r tamiz.Run
			var started, finished timeColumn
			if err := scan(&r.ID, &r.Source, &r.Trigger, &r.State, &started, &finished, &r.Message, jsonColumn{&r.Counts}); err != nil {
				return err
			}
			r.StartedAt, r.FinishedAt = started.Time, finished.Time
			runs = append(runs, r)
			return nil
		})
	for i := range runs {
		if err == nil && runs[i].Counts == nil {
			runs[i].Counts, err = runCounts(ctx, db.read, runs[i].ID)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return runs, nil
}

// Run gives one run, or [ErrNotFound].
func (db *DB) Run(ctx context.Context, id int64) (tamiz.Run, error) {
	runs, err := db.Runs(ctx, RunFilter{ID: id, Limit: 1})
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("run %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return tamiz.Run{}, err
	}
	return runs[0], nil
}

// PruneRuns forgets the outcomes of single URLs in runs that ended before a
// time; the runs and their counts stay. It gives the number of outcomes removed.
func (tx *Tx) PruneRuns(before time.Time) (int, error) {
	n, err := tx.count(`
		DELETE FROM fetches WHERE run IN (
		       SELECT id FROM runs WHERE finished_at < ? AND NOT EXISTS (SELECT 1 FROM frontier f WHERE f.run = runs.id))`,
		stamp(before))
	if err != nil {
		return 0, fmt.Errorf("prune runs: %w", err)
	}
	return n, nil
}

// scanOne scans a row that may not be there.
func scanOne(row *sql.Row, into ...any) (found bool, err error) {
	err = row.Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
