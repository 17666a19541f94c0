package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/zeebo/xxh3"

	"tamiz"
)

// BodyHash identifies a page's body.
func BodyHash(body []byte) string {
	sum := xxh3.Hash128(body).Bytes()
	return hex.EncodeToString(sum[:])
}

// saysNothing lists outcomes that are about a run rather than about the URL:
// they leave what is known about it alone.
var saysNothing = map[tamiz.Outcome]bool{
	tamiz.OutcomeRecent:   true,
	tamiz.OutcomeLimit:    true,
	tamiz.OutcomeStopped:  true,
	tamiz.OutcomeFiltered: true,
}

// FinishFetch stores what became of a link in a run and takes it out of the
// frontier; it may be one that never was in the frontier, such as a file. A
// second call for the same URL replaces the outcome. With RetryAt set there is
// no outcome yet: the link waits until then and remembers its attempts.
//
// The validators of a page are kept only if the page was put to use, because
// they let the server answer the next time that nothing has changed.
func (tx *Tx) FinishFetch(run int64, f *tamiz.Fetch) error {
	if err := tx.finishFetch(run, f); err != nil {
		return fmt.Errorf("store outcome of %s: %w", f.Link.URL, err)
	}
	return nil
}

func (tx *Tx) finishFetch(run int64, f *tamiz.Fetch) error {
	if f.Link.URL == "" {
		return errors.New("link without URL")
	}
	if !f.RetryAt.IsZero() {
		return tx.retry(run, f)
	}
	url, err := tx.urlID(f.Link)
	if err != nil {
		return err
	}
	waiting, err := tx.count(`DELETE FROM frontier WHERE run = ? AND url = ?`, run, url)
	if err != nil {
		return err
	}
	if waiting == 0 { // else it was seen when it was added
		if err := tx.see(run, url, f.Link); err != nil {
			return err
		}
	}
	at := f.StartedAt
	if at.IsZero() {
		at = tx.now
	}
	if err := tx.run(`
		INSERT INTO fetches (run, url, outcome, reason, status, bytes, duration, attempts, depth, via, hops, at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
		ON CONFLICT (run, url) DO UPDATE SET outcome = ?3, reason = ?4, status = ?5, bytes = ?6,
		       duration = ?7, attempts = ?8, depth = ?9, via = ?10, hops = ?11, at = ?12`,
		run, url, string(f.Outcome), clean(f.Reason, maxFieldBytes), f.Status, f.Bytes, millis(f.Duration),
		f.Attempts, f.Link.Depth, f.Link.Via, jsonText(f.Hops), stamp(at)); err != nil {
		return err
	}
	return tx.learnURL(url, at, f)
}

// learnURL updates what is known about a URL beyond the run.
func (tx *Tx) learnURL(url int64, at time.Time, f *tamiz.Fetch) error {
	if saysNothing[f.Outcome] {
		return tx.run(`UPDATE urls SET outcome = ?, reason = ? WHERE id = ? AND outcome = ''`,
			string(f.Outcome), clean(f.Reason, maxFieldBytes), url)
	}
	failed := f.Outcome.Class() == "failed"
	var fetchedAt any
	if !failed && f.Status > 0 {
		fetchedAt = stamp(at)
	}
	if err := tx.run(`
		UPDATE urls SET outcome = ?2, reason = ?3, status = ?4, kind = CASE WHEN ?5 <> '' THEN ?5 ELSE kind END,
		       fetched_at = coalesce(?6, fetched_at), fails = CASE WHEN ?7 THEN fails + 1 ELSE 0 END
		 WHERE id = ?1`,
		url, string(f.Outcome), clean(f.Reason, maxFieldBytes), f.Status, string(f.Link.Kind), fetchedAt, failed); err != nil {
		return err
	}
	useful := f.Outcome.Class() == "ok" || f.Outcome == tamiz.OutcomeNoArticle
	if f.Page == nil || !useful {
		return nil
	}
	return tx.run(`UPDATE urls SET etag = ?, last_modified = ?, body_hash = ? WHERE id = ?`,
		f.Page.Validators.ETag, f.Page.Validators.LastModified, BodyHash(f.Page.Body), url)
}

// retry puts a link back. One that has an outcome by now stays finished.
func (tx *Tx) retry(run int64, f *tamiz.Fetch) error {
	at := stampAfter(f.RetryAt)
	n, err := tx.count(`
		UPDATE frontier SET lease = 0, attempts = max(?, attempts + 1), not_before = ?
		 WHERE run = ? AND url = (SELECT id FROM urls WHERE url = ?)`, f.Attempts, at, run, f.Link.URL)
	if err != nil || n == 0 {
		return err
	}
	return tx.queue(run, hostOf(f.Link.URL), at)
}

// URLRecord is what is known about a URL.
type URLRecord struct {
	URL        string
	Host       string
	Source     string // that led here first
	Kind       tamiz.LinkKind
	FirstSeen  time.Time
	Outcome    tamiz.Outcome // of the last look at it; empty if there was none
	Reason     string
	Status     int
	Validators tamiz.Validators
	FetchedAt  time.Time // last response that was not a failure
	BodyHash   string
	Fails      int    // failures in a row
	Article    string // id of the article at this URL, if there is one
}

// URL gives what is known about a URL, or [ErrNotFound].
func (db *DB) URL(ctx context.Context, url string) (URLRecord, error) {
	return lookURL(ctx, db.read, url)
}

// URL is [DB.URL] inside the transaction.
func (tx *Tx) URL(url string) (URLRecord, error) { return lookURL(tx.ctx, tx.tx, url) }

func lookURL(ctx context.Context, q querier, url string) (URLRecord, error) {
	r := URLRecord{URL: url}
	var seen, fetched timeColumn
	err := q.QueryRowContext(ctx, `
		SELECT host, source, kind, first_seen, outcome, reason, status, etag, last_modified, fetched_at, body_hash, fails,
		       coalesce((SELECT a.id FROM articles a WHERE a.url = u.url AND a.revision_of IS NULL), '')
		  FROM urls u WHERE url = ?`, url).
		Scan(&r.Host, &r.Source, &r.Kind, &seen, &r.Outcome, &r.Reason, &r.Status, &r.Validators.ETag,
			&r.Validators.LastModified, &fetched, &r.BodyHash, &r.Fails, &r.Article)
	if err != nil {
		return URLRecord{}, fmt.Errorf("look up %s: %w", url, none(err))
	}
	r.FirstSeen, r.FetchedAt = seen.Time, fetched.Time
	return r, nil
}

// FetchRecord is the stored outcome of a URL in a run.
type FetchRecord struct {
	Run      int64
	URL      string
	Outcome  tamiz.Outcome
	Reason   string
	Status   int
	Bytes    int64
	Duration time.Duration
	Attempts int
	Depth    int
	Via      string
	Hops     []tamiz.Hop
	At       time.Time
}

const fetchColumns = `f.run, u.url, f.outcome, f.reason, f.status, f.bytes, f.duration, f.attempts, f.depth, f.via, f.hops, f.at`

func scanFetch(scan func(...any) error) (FetchRecord, error) {
	var r FetchRecord
	var duration int64
	var at timeColumn
	err := scan(&r.Run, &r.URL, &r.Outcome, &r.Reason, &r.Status, &r.Bytes, &duration, &r.Attempts, &r.Depth, &r.Via,
		jsonColumn{&r.Hops}, &at)
	r.Duration, r.At = fromMillis(duration), at.Time
	return r, err
}

// Outcomes hands every stored outcome of a run to fn, by URL.
func (db *DB) Outcomes(ctx context.Context, run int64, fn func(FetchRecord) error) error {
	err := each(ctx, db.read, `
		SELECT `+fetchColumns+` FROM fetches f JOIN urls u ON u.id = f.url WHERE f.run = ? ORDER BY u.url`, []any{run},
		func(scan func(...any) error) error {
			r, err := scanFetch(scan)
			if err != nil {
				return err
			}
			return fn(r)
		})
	if err != nil {
		return fmt.Errorf("list outcomes of run %d: %w", run, err)
	}
	return nil
}

// History gives the stored outcomes of a URL in the last runs that met it, the
// newest first, at most limit.
func (db *DB) History(ctx context.Context, url string, limit int) ([]FetchRecord, error) {
	var list []FetchRecord
	err := each(ctx, db.read, `
		SELECT `+fetchColumns+` FROM fetches f JOIN urls u ON u.id = f.url WHERE u.url = ? ORDER BY f.run DESC LIMIT ?`,
		[]any{url, limit},
		func(scan func(...any) error) error {
			r, err := scanFetch(scan)
			list = append(list, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list outcomes of %s: %w", url, err)
	}
	return list, nil
}

// AddAlias notes that a URL stands for another one: it redirects there, or
// names it as canonical in the same language. Chains are kept short: every
// alias names its final target. The newest word counts if two contradict.
func (tx *Tx) AddAlias(alias, target string) error {
	if err := tx.addAlias(alias, target); err != nil {
		return fmt.Errorf("add alias %s: %w", alias, err)
	}
	return nil
}

func (tx *Tx) addAlias(alias, target string) error {
	final, err := resolveAlias(tx.ctx, tx.tx, target)
	if err != nil {
		return err
	}
	if final == alias { // target was an alias of alias: turn round
		if target == alias {
			return nil
		}
		if err := tx.run(`DELETE FROM aliases WHERE alias = ?`, target); err != nil {
			return err
		}
		final = target
	}
	if err := tx.run(`UPDATE aliases SET target = ?1, at = ?2 WHERE target = ?3`, final, stamp(tx.now), alias); err != nil {
		return err
	}
	return tx.run(`
		INSERT INTO aliases (alias, target, at) VALUES (?1, ?2, ?3)
		ON CONFLICT (alias) DO UPDATE SET target = ?2, at = ?3`, alias, final, stamp(tx.now))
}

// ResolveAlias gives the URL that another one stands for; itself if it is no alias.
func (db *DB) ResolveAlias(ctx context.Context, url string) (string, error) {
	return resolveAlias(ctx, db.read, url)
}

// ResolveAlias is [DB.ResolveAlias] inside the transaction.
func (tx *Tx) ResolveAlias(url string) (string, error) { return resolveAlias(tx.ctx, tx.tx, url) }

func resolveAlias(ctx context.Context, q querier, url string) (string, error) {
	target := url
	if _, err := scanOne(q.QueryRowContext(ctx, `SELECT target FROM aliases WHERE alias = ?`, url), &target); err != nil {
		return "", fmt.Errorf("resolve %s: %w", url, err)
	}
	return target, nil
}

// Sighting says that a source showed a URL.
type Sighting struct {
	Source    string
	URL       string
	Run       int64  // the last one
	Via       string // page, feed or sitemap it stood in the last time
	Title     string
	FirstSeen time.Time
	LastSeen  time.Time
}

// Sightings lists the sources that showed a URL.
func (db *DB) Sightings(ctx context.Context, url string) ([]Sighting, error) {
	var list []Sighting
	err := each(ctx, db.read, `
		SELECT s.source, u.url, s.run, s.via, s.title, s.first_seen, s.last_seen
		  FROM sightings s JOIN urls u ON u.id = s.url WHERE u.url = ? ORDER BY s.first_seen, s.source`, []any{url},
		func(scan func(...any) error) error {
			var s Sighting
			var first, last timeColumn
			err := scan(&s.Source, &s.URL, &s.Run, &s.Via, &s.Title, &first, &last)
			s.FirstSeen, s.LastSeen = first.Time, last.Time
			list = append(list, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list sightings of %s: %w", url, err)
	}
	return list, nil
}

// LoadRobots gives the stored robots.txt of an origin; ok is false if there is
// none. It may have expired.
func (db *DB) LoadRobots(ctx context.Context, origin string) (r Robots, ok bool, err error) {
	r.Origin = origin
	var fetched, expires timeColumn
	ok, err = scanOne(db.read.QueryRowContext(ctx,
		`SELECT status, body, fetched_at, expires_at FROM robots WHERE origin = ?`, origin),
		&r.Status, &r.Body, &fetched, &expires)
	if err != nil {
		return Robots{}, false, fmt.Errorf("load robots.txt of %s: %w", origin, err)
	}
	r.FetchedAt, r.ExpiresAt = fetched.Time, expires.Time
	return r, ok, nil
}

// SaveRobots is [Tx.SaveRobots] in a transaction of its own.
func (db *DB) SaveRobots(ctx context.Context, r Robots) error {
	return db.Write(ctx, func(tx *Tx) error { return tx.SaveRobots(r) })
}
