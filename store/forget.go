package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Tombstone kinds.
const (
	tombURL  = "url"
	tombHost = "host"
)

// ForgetReport counts what was erased.
type ForgetReport struct {
	Kind      string // "url" or "host"
	Articles  int    // current articles
	Revisions int
	Pages     int
	URLs      int
}

// Forget erases a URL, an article by its id, or everything of a host: articles,
// their revisions and words in the index, raw pages, outcomes, sightings,
// signatures, matches and aliases, and leaves a tombstone that keeps it out.
// What stands for the URL, and what the URL stands for, goes too. A name is
// taken for a host if it is no URL and nothing is stored under it.
//
// The bytes are overwritten, also in the index, which is rewritten for it (that
// takes seconds in a large library), and the log is emptied once the
// transaction has ended. Should another process be reading just then, they
// leave the log when it is next folded in.
func (tx *Tx) Forget(what string) (ForgetReport, error) {
	tx.emptyLog = true
	r, err := tx.forget(what)
	if err != nil {
		return ForgetReport{}, fmt.Errorf("forget %s: %w", what, err)
	}
	return r, nil
}

func (tx *Tx) forget(what string) (ForgetReport, error) {
	var r ForgetReport
	if _, err := scanOne(tx.row(`SELECT url FROM articles WHERE id = ?`, what), &what); err != nil {
		return r, err
	}
	isURL := strings.Contains(what, "://")
	if !isURL {
		var err error
		isURL, err = tx.exists(`
			SELECT 1 FROM urls WHERE url = ?1 UNION ALL SELECT 1 FROM articles WHERE url = ?1
			UNION ALL SELECT 1 FROM aliases WHERE alias = ?1 LIMIT 1`, what)
		if err != nil {
			return r, err
		}
	}

	// doomed holds the URLs, so that each table is cleared by one statement.
	if err := tx.run(`CREATE TEMP TABLE IF NOT EXISTS doomed (url TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`); err != nil {
		return r, err
	}
	if err := tx.run(`DELETE FROM doomed`); err != nil {
		return r, err
	}
	if isURL {
		r.Kind = tombURL
		if err := tx.run(`
			INSERT INTO doomed
			WITH final (url) AS (SELECT ?1 UNION SELECT target FROM aliases WHERE alias = ?1)
			SELECT url FROM final UNION SELECT alias FROM aliases WHERE target IN (SELECT url FROM final)`, what); err != nil {
			return r, err
		}
		if err := tx.run(`
			INSERT INTO tombstones (what, kind, at) SELECT url, ?, ? FROM doomed WHERE true
			ON CONFLICT (what) DO NOTHING`, tombURL, stamp(tx.now)); err != nil {
			return r, err
		}
	} else {
		r.Kind = tombHost
		what = strings.ToLower(what)
		if err := tx.run(`
			INSERT INTO doomed
			SELECT url FROM urls WHERE host = ?1 UNION SELECT url FROM articles WHERE host = ?1`, what); err != nil {
			return r, err
		}
		if err := tx.run(`
			INSERT INTO tombstones (what, kind, at) VALUES (?, ?, ?) ON CONFLICT (what) DO NOTHING`,
			what, tombHost, stamp(tx.now)); err != nil {
			return r, err
		}
		for _, statement := range []string{
			`DELETE FROM sites WHERE host = ?`,
			`DELETE FROM queues WHERE host = ?`,
			`UPDATE hosts SET reason = '' WHERE host = ?`, // the token must keep growing
		} {
			if err := tx.run(statement, what); err != nil {
				return r, err
			}
		}
		if err := tx.run(`DELETE FROM robots WHERE origin IN ('http://' || ?1, 'https://' || ?1)`, what); err != nil {
			return r, err
		}
	}
	names := []string{"//" + what}
	if isURL {
		var err error
		if names, err = texts(tx.ctx, tx.tx, `SELECT url FROM doomed`); err != nil {
			return r, err
		}
	}
	for _, name := range names { // reasons tell where a redirect or a canonical link led
		for _, table := range []string{"fetches", "urls"} {
			if err := tx.run(`UPDATE `+table+` SET reason = '' WHERE instr(reason, ?) > 0`, name); err != nil {
				return r, err
			}
		}
	}
	if err := tx.eraseDoomed(&r); err != nil {
		return r, err
	}
	return r, tx.run(`DELETE FROM doomed`)
}

func (tx *Tx) eraseDoomed(r *ForgetReport) error {
	ids, err := texts(tx.ctx, tx.tx, `SELECT id FROM articles WHERE url IN (SELECT url FROM doomed) AND revision_of IS NULL ORDER BY key`)
	if err != nil {
		return err
	}
	err = tx.row(`SELECT count(*) FROM articles WHERE url IN (SELECT url FROM doomed) AND revision_of IS NOT NULL`).Scan(&r.Revisions)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := tx.deleteArticle(id); err != nil {
			return err
		}
		if err := tx.run(`DELETE FROM constraints WHERE a = ?1 OR b = ?1`, id); err != nil {
			return err
		}
	}
	r.Articles = len(ids)
	if len(ids) > 0 {
		// Removed rows leave their words in the index until its parts are merged.
		if err := tx.run(`INSERT INTO articles_fts (articles_fts) VALUES ('optimize')`); err != nil {
			return err
		}
	}
	const doomedID = `(SELECT id FROM urls WHERE url IN (SELECT url FROM doomed))`
	if r.Pages, err = tx.count(`DELETE FROM pages WHERE url IN ` + doomedID); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM frontier WHERE url IN ` + doomedID,
		`DELETE FROM aliases WHERE alias IN (SELECT url FROM doomed) OR target IN (SELECT url FROM doomed)`,
		`UPDATE frontier SET via = '-' WHERE via IN (SELECT url FROM doomed)`,
		`UPDATE fetches SET via = '-' WHERE via IN (SELECT url FROM doomed)`,
		`UPDATE sightings SET via = '-' WHERE via IN (SELECT url FROM doomed)`,
		`UPDATE pages SET asked = '' WHERE asked IN (SELECT url FROM doomed)`,
		`UPDATE fetches SET hops = '[]' WHERE EXISTS (SELECT 1 FROM json_each(hops) h
		        WHERE h.value ->> '$.url' IN (SELECT url FROM doomed) OR h.value ->> '$.to' IN (SELECT url FROM doomed))`,
	} {
		if err := tx.run(statement); err != nil {
			return err
		}
	}
	// The foreign keys take sightings and fetches along.
	r.URLs, err = tx.count(`DELETE FROM urls WHERE url IN (SELECT url FROM doomed)`)
	return err
}

// Forgotten reports whether a tombstone keeps a URL out: its own or that of its
// host. (The aliases of a forgotten URL have tombstones of their own.)
func (db *DB) Forgotten(ctx context.Context, url string) (bool, error) {
	return forgotten(ctx, db.read, url)
}

// Forgotten is [DB.Forgotten] inside the transaction.
func (tx *Tx) Forgotten(url string) (bool, error) { return forgotten(tx.ctx, tx.tx, url) }

func forgotten(ctx context.Context, q querier, url string) (bool, error) {
	var n int
	found, err := scanOne(q.QueryRowContext(ctx, `SELECT 1 FROM tombstones WHERE what IN (?1, ?2) LIMIT 1`, url, hostOf(url)), &n)
	if err != nil {
		return false, fmt.Errorf("look for tombstone of %s: %w", url, err)
	}
	return found, nil
}

// Tombstone keeps a URL or a host out.
type Tombstone struct {
	What string
	Kind string // "url" or "host"
	At   time.Time
}

// Tombstones lists what was forgotten.
func (db *DB) Tombstones(ctx context.Context) ([]Tombstone, error) {
	var list []Tombstone
	err := each(ctx, db.read, `SELECT what, kind, at FROM tombstones ORDER BY what`, nil, func(scan func(...any) error) error {
		var t Tombstone
		var at timeColumn
		err := scan(&t.What, &t.Kind, &at)
		t.At = at.Time
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tombstones: %w", err)
	}
	return list, nil
}
