package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tamiz"
)

// The frontier holds the links of the running runs that have no outcome yet.
// A link is in one of three states:
//
//	waiting   lease = 0, not_before has passed (or will: a retry)
//	out       lease = the token it was handed out under, not_before = the lease's expiry
//	finished  its row is gone and there is one in fetches
//
// Links are handed out by host, so that politeness has one place: the row in
// hosts says until when the host is leased, under which token, and when it may
// be asked next. A lease ends with Release, or by itself when it expires; links
// that are out and were not given back wait for their FinishFetch, which may
// come after the Release because storing a page takes longer than fetching it.
//
// Choosing a host must not look at a million links. The table queues has one
// row per run and host with the earliest time at which the host may be worth a
// look. That time is a lower bound, never later than the truth; Lease checks
// the host's own row and its links, and moves the bound up where it was too low.
const (
	leaseTime  = 5 * time.Minute        // default length of a lease; a worker that dies costs its host so long
	leaseLinks = 8                      // default number of links in one lease: keeps hosts turning over
	waitOut    = 100 * time.Millisecond // when to ask again while links are out and may bring others
	waitMost   = 1 * time.Second        // when to ask again at the latest
)

// Priorities of links within a host: what leads to other links comes first,
// so that the newest articles are known before the first is fetched.
const (
	priorityStart = iota
	priorityFeed
	priorityListing
	priorityOther
)

func priority(l tamiz.Link) int {
	switch {
	case l.Via == "":
		return priorityStart
	case l.Kind == tamiz.LinkFeed || l.Kind == tamiz.LinkSitemap:
		return priorityFeed
	case l.Kind == tamiz.LinkListing:
		return priorityListing
	default:
		return priorityOther
	}
}

// AddLinks puts links into a run's frontier and gives the number added. Links
// that the run has seen before, in whatever state, are left out, and so is what
// a tombstone keeps out.
func (tx *Tx) AddLinks(run int64, links []tamiz.Link) (added int, err error) {
	hosts := map[string]bool{}
	for _, l := range links {
		ok, err := tx.addLink(run, l)
		if err != nil {
			return added, fmt.Errorf("add link %s: %w", l.URL, err)
		}
		if ok {
			added++
			hosts[hostOf(l.URL)] = true
		}
	}
	for host := range hosts {
		if err := tx.queue(run, host, stamp(tx.now)); err != nil {
			return added, fmt.Errorf("queue host %s: %w", host, err)
		}
	}
	return added, nil
}

func (tx *Tx) addLink(run int64, l tamiz.Link) (bool, error) {
	if l.URL == "" {
		return false, errors.New("link without URL")
	}
	// Most links of a page are known: they are told by one look.
	var url int64
	var seen bool
	known, err := scanOne(tx.row(`
		SELECT id, EXISTS (SELECT 1 FROM frontier f WHERE f.run = ?1 AND f.url = u.id)
		           OR EXISTS (SELECT 1 FROM fetches f WHERE f.run = ?1 AND f.url = u.id)
		  FROM urls u WHERE u.url = ?2`, run, l.URL), &url, &seen)
	if err != nil || seen {
		return false, err
	}
	if gone, err := forgotten(tx.ctx, tx.tx, l.URL); err != nil || gone {
		return false, err
	}
	if !known {
		if url, err = tx.urlID(l); err != nil {
			return false, err
		}
	}
	newest := l.Published
	if newest.IsZero() {
		newest = l.Modified
	}
	var age int64
	if !newest.IsZero() {
		age = -newest.Unix()
	}
	err = tx.run(`
		INSERT INTO frontier (run, url, host, kind, source, via, depth, title, published, modified,
		                      language, alternates, follow, next, priority, age)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		run, url, hostOf(l.URL), string(l.Kind), l.Source, l.Via, l.Depth, clean(l.Title, maxFieldBytes),
		nullStamp(l.Published), nullStamp(l.Modified), l.Language, jsonText(l.Alternates), l.Follow, l.Next,
		priority(l), age)
	if err != nil {
		return false, err
	}
	return true, tx.see(run, url, l)
}

// urlID gives the row of a link's URL, which it makes if it is new.
func (tx *Tx) urlID(l tamiz.Link) (int64, error) {
	var id int64
	found, err := scanOne(tx.row(`SELECT id FROM urls WHERE url = ?`, l.URL), &id)
	if err != nil || found {
		return id, err
	}
	res, err := tx.exec(`INSERT INTO urls (url, host, source, kind, first_seen) VALUES (?, ?, ?, ?, ?)`,
		l.URL, hostOf(l.URL), l.Source, string(l.Kind), stamp(tx.now))
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// see notes that a source showed a URL.
func (tx *Tx) see(run, url int64, l tamiz.Link) error {
	if l.Source == "" {
		return nil
	}
	return tx.run(`
		INSERT INTO sightings (source, url, run, via, title, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
		ON CONFLICT (source, url) DO UPDATE SET run = ?3, via = ?4, last_seen = ?6,
		       title = CASE WHEN ?5 <> '' THEN ?5 ELSE title END`,
		l.Source, url, run, l.Via, clean(l.Title, maxFieldBytes), stamp(tx.now))
}

// queue makes sure that a host of a run is looked at no later than at.
func (tx *Tx) queue(run int64, host, at string) error {
	return tx.run(`
		INSERT INTO queues (run, host, ready_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (run, host) DO UPDATE SET ready_at = ?3 WHERE ready_at > ?3`, run, host, at)
}

// LeaseRequest asks for some links of one host.
type LeaseRequest struct {
	Owner string        // who asks, for people
	Runs  []int64       // whose links
	Max   int           // links at most; 0: the default, 8
	For   time.Duration // until the lease expires; 0: the default, 5 minutes
}

// Lease hands out one host that nobody has leased and that may be asked now,
// with some of its waiting links: start URLs, feeds and listings first, then
// the newest. No host is ever out twice, whatever the number of processes.
//
// With nothing to hand out the lease is nil; wait then says when to ask again,
// and done that the runs have no link left, neither waiting nor out.
func (tx *Tx) Lease(r LeaseRequest) (l *tamiz.Lease, wait time.Duration, done bool, err error) {
	if r.Max <= 0 {
		r.Max = leaseLinks
	}
	if r.For <= 0 {
		r.For = leaseTime
	}
	for {
		run, host, readyAt, err := tx.nextQueue(r.Runs)
		if errors.Is(err, ErrNotFound) || err == nil && readyAt > stamp(tx.now) {
			wait, done, err := tx.waitFor(r.Runs, readyAt)
			return nil, wait, done, err
		}
		if err != nil {
			return nil, 0, false, fmt.Errorf("lease a host: %w", err)
		}
		l, err := tx.leaseHost(r, run, host)
		if err != nil {
			return nil, 0, false, fmt.Errorf("lease host %s: %w", host, err)
		}
		if l != nil {
			return l, 0, false, nil
		}
		// The queue's bound was too low and has been moved up, or the queue is gone.
	}
}

// nextQueue gives the queue whose turn comes first.
func (tx *Tx) nextQueue(runs []int64) (run int64, host, readyAt string, err error) {
	err = ErrNotFound
	for _, id := range runs {
		var h, at string
		found, e := scanOne(tx.row(`SELECT host, ready_at FROM queues WHERE run = ? ORDER BY ready_at, host LIMIT 1`, id), &h, &at)
		if e != nil {
			return 0, "", "", e
		}
		if found && (err != nil || at < readyAt) {
			run, host, readyAt, err = id, h, at, nil
		}
	}
	return run, host, readyAt, err
}

// waitFor says when to ask again, or that nothing is left to wait for.
func (tx *Tx) waitFor(runs []int64, readyAt string) (wait time.Duration, done bool, err error) {
	pending, out := false, false
	for _, run := range runs {
		var p, o bool
		err := tx.row(`
			SELECT EXISTS (SELECT 1 FROM frontier WHERE run = ?1),
			       EXISTS (SELECT 1 FROM frontier WHERE run = ?1 AND lease <> 0)`, run).Scan(&p, &o)
		if err != nil {
			return 0, false, fmt.Errorf("look at frontier: %w", err)
		}
		if !p {
			if err := tx.run(`DELETE FROM queues WHERE run = ?`, run); err != nil {
				return 0, false, fmt.Errorf("clear queues: %w", err)
			}
		}
		pending, out = pending || p, out || o
	}
	if !pending {
		return 0, true, nil
	}
	wait = waitMost
	if out {
		wait = waitOut
	}
	var at timeColumn
	if err := at.Scan(readyAt); err != nil {
		return 0, false, fmt.Errorf("look at frontier: %w", err)
	}
	if until := at.Sub(tx.now); !at.IsZero() && until < wait {
		wait = max(until, time.Millisecond)
	}
	return wait, false, nil
}

// leaseHost leases a host to a run. If that cannot be, it corrects the host's
// queue and gives nil.
func (tx *Tx) leaseHost(r LeaseRequest, run int64, host string) (*tamiz.Lease, error) {
	now := stamp(tx.now)
	var nextAt, until string
	var token int64
	_, err := scanOne(tx.row(`SELECT next_at, lease_until, token FROM hosts WHERE host = ?`, host), &nextAt, &until, &token)
	if err != nil {
		return nil, err
	}
	if free := max(nextAt, until); free > now {
		return nil, tx.run(`UPDATE queues SET ready_at = ? WHERE run = ? AND host = ?`, free, run, host)
	}

	l := &tamiz.Lease{Host: host, Run: run, Token: token + 1, Expires: tx.now.Add(r.For)}
	rows, err := tx.waiting(l, r.Max)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, tx.requeue(run, host, "")
	}

	expires := stampAfter(l.Expires)
	for _, id := range rows {
		if err := tx.run(`UPDATE frontier SET lease = ?, not_before = ? WHERE id = ?`, l.Token, expires, id); err != nil {
			return nil, err
		}
	}
	if err := tx.run(`
		INSERT INTO hosts (host, token, lease_until, lease_owner, lease_run) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (host) DO UPDATE SET token = ?2, lease_until = ?3, lease_owner = ?4, lease_run = ?5`,
		host, l.Token, expires, r.Owner, run); err != nil {
		return nil, err
	}
	if err := tx.run(`UPDATE queues SET ready_at = ? WHERE host = ?`, expires, host); err != nil {
		return nil, err
	}

	var delay int64
	_, err = scanOne(tx.row(`SELECT s.delay FROM runs r JOIN sources s ON s.name = r.source WHERE r.id = ?`, run), &delay)
	l.Delay = fromMillis(delay)
	var next timeColumn
	if err == nil {
		err = next.Scan(nextAt)
	}
	l.NextAt = next.Time
	return l, err
}

// waiting fills the lease with the host's links that may be fetched now, and
// gives their rows.
func (tx *Tx) waiting(l *tamiz.Lease, most int) (rows []int64, err error) {
	err = each(tx.ctx, tx.tx, `
		SELECT f.id, u.url, f.kind, f.source, f.via, f.depth, f.title, f.published, f.modified, f.language,
		       f.alternates, f.follow, f.next, f.attempts, u.etag, u.last_modified
		  FROM frontier f JOIN urls u ON u.id = f.url
		 WHERE f.run = ? AND f.host = ? AND f.not_before <= ?
		 ORDER BY f.priority, f.age, f.id LIMIT ?`, []any{l.Run, l.Host, stamp(tx.now), most},
		func(scan func(...any) error) error {
			var id int64
			var t tamiz.Target
			var published, modified timeColumn
			err := scan(&id, &t.Link.URL, &t.Link.Kind, &t.Link.Source, &t.Link.Via, &t.Link.Depth, &t.Link.Title,
				&published, &modified, &t.Link.Language, jsonColumn{&t.Link.Alternates}, &t.Link.Follow, &t.Link.Next,
				&t.Attempts, &t.Validators.ETag, &t.Validators.LastModified)
			if err != nil {
				return err
			}
			t.Link.Published, t.Link.Modified = published.Time, modified.Time
			if len(t.Link.Alternates) == 0 {
				t.Link.Alternates = nil
			}
			rows = append(rows, id)
			l.Targets = append(l.Targets, t)
			return nil
		})
	return rows, err
}

// requeue sets when a host's queue is to be looked at: at once if a link is
// waiting (but not before least), else when the first may be fetched. A queue
// without links goes.
func (tx *Tx) requeue(run int64, host, least string) error {
	var at string
	found, err := scanOne(tx.row(`SELECT '' FROM frontier WHERE run = ? AND host = ? AND not_before <= ? LIMIT 1`,
		run, host, stamp(tx.now)), &at)
	if err != nil {
		return err
	}
	if !found {
		var first sql.NullString
		err := tx.row(`SELECT min(not_before) FROM frontier WHERE run = ? AND host = ?`, run, host).Scan(&first)
		if err != nil {
			return err
		}
		if !first.Valid {
			return tx.run(`DELETE FROM queues WHERE run = ? AND host = ?`, run, host)
		}
		at = first.String
	}
	return tx.run(`
		INSERT INTO queues (run, host, ready_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (run, host) DO UPDATE SET ready_at = ?3`, run, host, max(at, least, stamp(tx.now)))
}

// Release ends a lease. The links in unfinished wait again; the others are
// still out until their FinishFetch comes. It gives [ErrStaleLease] if the
// lease expired and the host was leased to somebody else: what the worker
// learned about the host is then out of date and is not stored.
func (tx *Tx) Release(l *tamiz.Lease, unfinished []tamiz.Link, h tamiz.HostState) error {
	if err := tx.release(l, unfinished, h); err != nil {
		return fmt.Errorf("release host %s: %w", l.Host, err)
	}
	return nil
}

func (tx *Tx) release(l *tamiz.Lease, unfinished []tamiz.Link, h tamiz.HostState) error {
	for _, link := range unfinished {
		if err := tx.run(`
			UPDATE frontier SET lease = 0, not_before = ''
			 WHERE run = ? AND lease = ? AND url = (SELECT id FROM urls WHERE url = ?)`,
			l.Run, l.Token, link.URL); err != nil {
			return err
		}
	}
	nextAt := stampAfter(h.NextAt)
	n, err := tx.count(`
		UPDATE hosts SET lease_until = '', lease_owner = '', lease_run = 0, next_at = ?, failures = ?, reason = ?
		 WHERE host = ? AND token = ? AND lease_until <> ''`,
		nextAt, h.Failures, clean(h.Reason, maxFieldBytes), l.Host, l.Token)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrStaleLease
	}
	var runs []int64
	if err := each(tx.ctx, tx.tx, `SELECT run FROM queues WHERE host = ?`, []any{l.Host},
		func(scan func(...any) error) error {
			var run int64
			err := scan(&run)
			runs = append(runs, run)
			return err
		}); err != nil {
		return err
	}
	for _, run := range runs {
		if err := tx.requeue(run, l.Host, nextAt); err != nil {
			return err
		}
	}
	return nil
}

// Pending is the number of links of a run without an outcome, waiting or out.
func (tx *Tx) Pending(run int64) (int, error) {
	var n int
	if err := tx.row(`SELECT count(*) FROM frontier WHERE run = ?`, run).Scan(&n); err != nil {
		return 0, fmt.Errorf("count links of run %d: %w", run, err)
	}
	return n, nil
}

// Seen says how a URL stands in a run: without an outcome yet, with one, or
// neither if the run has not met it.
func (tx *Tx) Seen(run int64, url string) (pending, finished bool, err error) {
	err = tx.row(`
		SELECT EXISTS (SELECT 1 FROM frontier f JOIN urls u ON u.id = f.url WHERE f.run = ?1 AND u.url = ?2),
		       EXISTS (SELECT 1 FROM fetches f JOIN urls u ON u.id = f.url WHERE f.run = ?1 AND u.url = ?2)`,
		run, url).Scan(&pending, &finished)
	if err != nil {
		return false, false, fmt.Errorf("look up %s in run %d: %w", url, run, err)
	}
	return pending, finished, nil
}

// DropPending gives every waiting link of a run the same outcome (at the page
// limit, say) and returns their number. Links that are out finish by themselves.
func (tx *Tx) DropPending(run int64, outcome tamiz.Outcome, reason string) (int, error) {
	const waiting = `run = ?1 AND (lease = 0 OR not_before <= ?2)`
	n, err := tx.count(`
		INSERT INTO fetches (run, url, outcome, reason, status, bytes, duration, attempts, depth, via, hops, at)
		SELECT run, url, ?3, ?4, 0, 0, 0, attempts, depth, via, '[]', ?2 FROM frontier WHERE `+waiting+`
		ON CONFLICT (run, url) DO NOTHING`,
		run, stamp(tx.now), string(outcome), clean(reason, maxFieldBytes))
	if err == nil {
		err = tx.run(`DELETE FROM frontier WHERE `+waiting, run, stamp(tx.now))
	}
	if err != nil {
		return 0, fmt.Errorf("drop links of run %d: %w", run, err)
	}
	return n, nil
}

// Robots is a robots.txt as it was received.
type Robots struct {
	Origin    string // scheme://host[:port]
	Status    int    // 0: no response
	Body      []byte
	FetchedAt time.Time
	ExpiresAt time.Time
}

// SaveRobots keeps a robots.txt in place of the one stored for its origin.
func (tx *Tx) SaveRobots(r Robots) error {
	body := r.Body
	if body == nil {
		body = []byte{}
	}
	err := tx.run(`
		INSERT INTO robots (origin, status, body, fetched_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (origin) DO UPDATE SET status = ?2, body = ?3, fetched_at = ?4, expires_at = ?5`,
		r.Origin, r.Status, body, stamp(r.FetchedAt), stamp(r.ExpiresAt))
	if err != nil {
		return fmt.Errorf("save robots.txt of %s: %w", r.Origin, err)
	}
	return nil
}
