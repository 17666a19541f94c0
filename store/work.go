package store

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"time"

	"tamiz"
)

// leastSimilarity is the score below which a pair is not worth a row: far
// under anything that could join two articles, even through a third.
const leastSimilarity = 0.05

// workID is the id of the work that an article founds.
func workID(article string) string {
	if len(article) > 1 && article[0] == 'a' {
		return "w" + article[1:]
	}
	return "w" + shortHash("work "+article)
}

// freeWorkID gives the id for a work founded by an article that is not taken.
func (tx *Tx) freeWorkID(article string) (string, error) {
	id := workID(article)
	for n := 2; ; n++ {
		taken, err := tx.exists(`SELECT 1 FROM works WHERE id = ?`, id)
		if err != nil || !taken {
			return id, err
		}
		id = workID(article) + "-" + strconv.Itoa(n)
	}
}

// workNamedAfter gives the work whose canonical edition an article is now, else
// the id of a new one.
func (tx *Tx) workNamedAfter(article string) (string, error) {
	var id string
	found, err := scanOne(tx.row(`
		SELECT w.id FROM articles a JOIN editions e ON e.article = a.key JOIN works w ON w.key = e.work
		 WHERE a.id = ? AND e.position = 0`, article), &id)
	if err != nil || found {
		return id, err
	}
	return tx.freeWorkID(article)
}

// makeWork gives the row of a work, which it makes if there is none.
func (tx *Tx) makeWork(id string) (int64, error) {
	var key int64
	found, err := scanOne(tx.row(`SELECT key FROM works WHERE id = ?`, id), &key)
	if err != nil || found {
		return key, err
	}
	if err := tx.run(`DELETE FROM work_aliases WHERE alias = ?`, id); err != nil {
		return 0, err
	}
	res, err := tx.exec(`INSERT INTO works (id, created_at) VALUES (?, ?)`, id, stamp(tx.now))
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// settleWork removes a work that has no editions left, so that its id leads to
// heir from now on (empty: nowhere), and closes the gaps in one that has.
func (tx *Tx) settleWork(work int64, heir string) error {
	left, err := tx.exists(`SELECT 1 FROM editions WHERE work = ? LIMIT 1`, work)
	if err != nil {
		return err
	}
	if left {
		return tx.run(`
			UPDATE editions SET position = n FROM (
			       SELECT article AS at, row_number() OVER (ORDER BY position, article) - 1 AS n FROM editions WHERE work = ?1)
			 WHERE work = ?1 AND article = at AND position <> n`, work)
	}
	var id string
	if err := tx.row(`SELECT id FROM works WHERE key = ?`, work).Scan(&id); err != nil {
		return none(err)
	}
	if err := tx.run(`DELETE FROM works WHERE key = ?`, work); err != nil {
		return err
	}
	if heir == "" {
		return tx.run(`DELETE FROM work_aliases WHERE work = ?`, id)
	}
	if err := tx.run(`UPDATE work_aliases SET work = ? WHERE work = ?`, heir, id); err != nil {
		return err
	}
	return tx.run(`INSERT INTO work_aliases (alias, work) VALUES (?1, ?2) ON CONFLICT (alias) DO UPDATE SET work = ?2`, id, heir)
}

// WorkAssignment says which articles are the editions of a work, the canonical
// one first.
type WorkAssignment struct {
	Work    string // empty: the one its first member is the canonical edition of, else a new one
	Members []WorkMember
}

// WorkMember is an article of a work and what ties it in.
type WorkMember struct {
	Article  string // id
	Relation tamiz.Relation
	Match    tamiz.Match // zero for the first
}

// SetWorks puts articles into works. A work whose last edition moved away is
// removed; its id leads to the work that has its canonical edition now. The
// articles named are grouped afterwards, as [DB.Ungrouped] sees it.
func (tx *Tx) SetWorks(works []WorkAssignment) error {
	if err := tx.setWorks(works); err != nil {
		return fmt.Errorf("set works: %w", err)
	}
	return nil
}

func (tx *Tx) setWorks(works []WorkAssignment) error {
	type former struct {
		position int
		heir     string
	}
	left := map[int64]former{} // works that lost a member, and who got the first of them
	var touched []int64
	for _, w := range works {
		if len(w.Members) == 0 {
			continue
		}
		if w.Work == "" {
			var err error
			if w.Work, err = tx.workNamedAfter(w.Members[0].Article); err != nil {
				return err
			}
		}
		work, err := tx.makeWork(w.Work)
		if err != nil {
			return err
		}
		// Members that are not named keep their order, behind those that are.
		if err := tx.run(`UPDATE editions SET position = position + ? WHERE work = ?`, len(w.Members), work); err != nil {
			return err
		}
		for i, m := range w.Members {
			key, err := tx.key(m.Article)
			if err != nil {
				return err
			}
			var was int64
			var position int
			had, err := scanOne(tx.row(`SELECT work, position FROM editions WHERE article = ?`, key), &was, &position)
			if err != nil {
				return err
			}
			if had && was != work {
				if f, ok := left[was]; !ok || position < f.position {
					left[was] = former{position: position, heir: w.Work}
				}
			}
			tie := m.Match.A
			if tie == m.Article {
				tie = m.Match.B
			}
			if err := tx.run(`
				INSERT INTO editions (article, work, position, relation, tie, kind, similarity, reason)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
				ON CONFLICT (article) DO UPDATE SET work = ?2, position = ?3, relation = ?4, tie = ?5, kind = ?6,
				       similarity = ?7, reason = ?8`,
				key, work, i, string(m.Relation), tie, m.Match.Kind, m.Match.Similarity,
				clean(m.Match.Reason, maxFieldBytes)); err != nil {
				return err
			}
			if err := tx.run(`UPDATE articles SET ungrouped = 0 WHERE key = ?`, key); err != nil {
				return err
			}
		}
		touched = append(touched, work)
	}
	for work, f := range left {
		if err := tx.settleWork(work, f.heir); err != nil {
			return err
		}
	}
	for _, work := range touched { // one may have lost its members to a later one
		exists, err := tx.exists(`SELECT 1 FROM works WHERE key = ?`, work)
		if err != nil {
			return err
		}
		if exists {
			if err := tx.settleWork(work, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// Work gives a work and its editions, the canonical one first, revisions last.
// An id that a work had before it was joined with another one works too. The
// articles are whole. It gives [ErrNotFound] if there is none.
func (db *DB) Work(ctx context.Context, id string) (*tamiz.Work, error) {
	w, err := db.work(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("work %s: %w", id, err)
	}
	return w, nil
}

func (db *DB) work(ctx context.Context, id string) (*tamiz.Work, error) {
	w := &tamiz.Work{}
	var work int64
	err := db.read.QueryRowContext(ctx, `
		SELECT key, id FROM works WHERE id = ?1 OR id = (SELECT work FROM work_aliases WHERE alias = ?1)
		 ORDER BY id = ?1 DESC LIMIT 1`, id).Scan(&work, &w.ID)
	if err != nil {
		return nil, none(err)
	}
	var keys []int64
	err = each(ctx, db.read, `
		SELECT a.key, a.revision_of IS NOT NULL, e.relation, e.tie, e.kind, e.similarity, e.reason
		  FROM editions e JOIN articles a ON a.key = e.article OR a.revision_of = e.article
		 WHERE e.work = ? ORDER BY a.revision_of IS NOT NULL, e.position, a.revision DESC`, []any{work},
		func(scan func(...any) error) error {
			var key int64
			var revision bool
			var e tamiz.Edition
			var tie string
			if err := scan(&key, &revision, &e.Relation, &tie, &e.Match.Kind, &e.Match.Similarity, &e.Match.Reason); err != nil {
				return err
			}
			if revision {
				e = tamiz.Edition{Relation: tamiz.Revision}
			}
			e.Match.A = tie
			keys = append(keys, key)
			w.Editions = append(w.Editions, e)
			return nil
		})
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		e := &w.Editions[i]
		if e.Article, err = loadArticle(ctx, db.read, db, key); err != nil {
			return nil, err
		}
		if e.Relation != tamiz.Revision && e.Match.A != "" {
			e.Match.A, e.Match.B = ordered(e.Match.A, e.Article.ID)
		} else {
			e.Match = tamiz.Match{}
		}
	}
	return w, nil
}

func ordered(a, b string) (string, string) {
	if a > b {
		return b, a
	}
	return a, b
}

// SaveMatches stores scored pairs; a pair scored before gets the new score, and
// one whose score says nothing (under .05) loses its row. Pairs with an article
// that was erased meanwhile are passed over.
func (tx *Tx) SaveMatches(matches []tamiz.Match) error {
	for _, m := range matches {
		if err := tx.saveMatch(m); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("save match %s %s: %w", m.A, m.B, err)
		}
	}
	return nil
}

func (tx *Tx) saveMatch(m tamiz.Match) error {
	a, err := tx.key(m.A)
	if err != nil {
		return err
	}
	b, err := tx.key(m.B)
	if err != nil {
		return err
	}
	if a == b {
		return nil
	}
	if a > b {
		a, b = b, a
	}
	if m.Similarity < leastSimilarity {
		return tx.run(`DELETE FROM matches WHERE a = ? AND b = ?`, a, b)
	}
	return tx.run(`
		INSERT INTO matches (a, b, kind, similarity, reason) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (a, b) DO UPDATE SET kind = ?3, similarity = ?4, reason = ?5`,
		a, b, m.Kind, m.Similarity, clean(m.Reason, maxFieldBytes))
}

// DeleteMatches removes every scored pair of an article.
func (tx *Tx) DeleteMatches(id string) error {
	key, err := tx.key(id)
	if err == nil {
		err = tx.run(`DELETE FROM matches WHERE a = ?1 OR b = ?1`, key)
	}
	if err != nil {
		return fmt.Errorf("delete matches of %s: %w", id, err)
	}
	return nil
}

// Constraint is the user's word on a pair of articles. It always wins.
type Constraint struct {
	A, B string // article ids, A < B
	Same bool
	At   time.Time
}

// SaveConstraint stores the user's word on a pair, in place of what was said
// before. It is kept for ever, also while one of the articles is gone.
func (tx *Tx) SaveConstraint(a, b string, same bool) error {
	a, b = ordered(a, b)
	err := tx.run(`
		INSERT INTO constraints (a, b, same, at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (a, b) DO UPDATE SET same = ?3, at = ?4`, a, b, same, stamp(tx.now))
	if err == nil {
		err = tx.run(`UPDATE articles SET ungrouped = 1 WHERE id IN (?, ?) AND revision_of IS NULL`, a, b)
	}
	if err != nil {
		return fmt.Errorf("save constraint on %s and %s: %w", a, b, err)
	}
	return nil
}

// Constraints lists everything the user said.
func (db *DB) Constraints(ctx context.Context) ([]Constraint, error) {
	list, err := constraints(ctx, db.read, `SELECT a, b, same, at FROM constraints ORDER BY a, b`)
	if err != nil {
		return nil, fmt.Errorf("list constraints: %w", err)
	}
	return list, nil
}

func constraints(ctx context.Context, q querier, query string, args ...any) ([]Constraint, error) {
	var list []Constraint
	err := each(ctx, q, query, args, func(scan func(...any) error) error {
		var c Constraint
		var at timeColumn
		err := scan(&c.A, &c.B, &c.Same, &at)
		c.At = at.Time
		list = append(list, c)
		return err
	})
	return list, err
}

// Member is an article as grouping needs it.
type Member struct {
	ID           string
	Work         string
	Relation     tamiz.Relation // at present
	URL          string
	CanonicalURL string
	Host         string
	Title        string
	Language     string
	Published    tamiz.Date
	FirstSeen    time.Time
	Source       string
	SourceRank   int
	WordCount    int
	TextHash     uint64 // equal for texts that differ in case, diacritics, space and punctuation only
	// TranslationOf is the URL the page declares as the original, empty if none.
	TranslationOf string
}

// Component is a part of the library that must be grouped together.
type Component struct {
	Members     []Member      // by id
	Edges       []tamiz.Match // among the members
	Constraints []Constraint  // among the members
	Truncated   bool          // there was more than the limit allowed
}

// Component gathers what is connected to some articles: through pairs scored
// least or better, through the user's word, and through the works they are in
// now. It follows the strongest ties first, so that a limit (of members; 0 is
// none) leaves out the weakest. The articles asked for are always in, unless
// they are gone.
func (tx *Tx) Component(ids []string, least float64, limit int) (Component, error) {
	c, err := tx.component(ids, least, limit)
	if err != nil {
		return Component{}, fmt.Errorf("gather connected articles: %w", err)
	}
	return c, nil
}

// tie leads to an article; the strongest are followed first.
type tie struct {
	key      int64
	strength float64
}

type tieQueue []tie

func (q tieQueue) Len() int { return len(q) }
func (q tieQueue) Less(i, j int) bool {
	if q[i].strength != q[j].strength {
		return q[i].strength > q[j].strength
	}
	return q[i].key < q[j].key
}
func (q tieQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *tieQueue) Push(x any)   { *q = append(*q, x.(tie)) }
func (q *tieQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// Ties that outweigh every score.
const (
	tieAsked = 4
	tieUser  = 3
	tieWork  = 2
)

func (tx *Tx) component(ids []string, least float64, limit int) (Component, error) {
	var c Component
	var open tieQueue
	for _, id := range ids {
		var key int64
		found, err := scanOne(tx.row(`SELECT key FROM articles WHERE id = ? AND revision_of IS NULL`, id), &key)
		if err != nil {
			return c, err
		}
		if found {
			heap.Push(&open, tie{key: key, strength: tieAsked})
		}
	}
	in := map[int64]string{}
	for len(open) > 0 {
		next := heap.Pop(&open).(tie)
		if _, ok := in[next.key]; ok {
			continue
		}
		if limit > 0 && len(in) >= limit && next.strength < tieAsked {
			c.Truncated = true
			break
		}
		m, err := tx.member(next.key)
		if err != nil {
			return c, err
		}
		in[next.key] = m.ID
		c.Members = append(c.Members, m)
		err = each(tx.ctx, tx.tx, `
			SELECT b, similarity FROM matches WHERE a = ?1 AND similarity >= ?3
			UNION ALL SELECT a, similarity FROM matches WHERE b = ?1 AND similarity >= ?3
			UNION ALL SELECT other.article, ?4 FROM editions mine JOIN editions other ON other.work = mine.work WHERE mine.article = ?1
			UNION ALL SELECT x.key, ?5 FROM constraints k JOIN articles x ON x.id = k.b WHERE k.a = ?2
			UNION ALL SELECT x.key, ?5 FROM constraints k JOIN articles x ON x.id = k.a WHERE k.b = ?2`,
			[]any{next.key, m.ID, least, tieWork, tieUser},
			func(scan func(...any) error) error {
				var t tie
				err := scan(&t.key, &t.strength)
				if _, ok := in[t.key]; !ok && err == nil {
					heap.Push(&open, t)
				}
				return err
			})
		if err != nil {
			return c, err
		}
	}
	return c, tx.between(&c, in)
}

// WorkMates gives the ids of the current articles that share a work with one of
// the given articles, those themselves not among them.
func (db *DB) WorkMates(ctx context.Context, ids []string) ([]string, error) {
	given := map[string]bool{}
	for _, id := range ids {
		given[id] = true
	}
	var mates []string
	for _, id := range ids {
		err := each(ctx, db.read, `
			SELECT DISTINCT o.id FROM articles a JOIN editions mine ON mine.article = a.key
			  JOIN editions other ON other.work = mine.work JOIN articles o ON o.key = other.article
			 WHERE a.id = ? AND o.revision_of IS NULL ORDER BY o.key`, []any{id},
			func(scan func(...any) error) error {
				var mate string
				err := scan(&mate)
				if !given[mate] {
					given[mate] = true
					mates = append(mates, mate)
				}
				return err
			})
		if err != nil {
			return nil, fmt.Errorf("list editions beside %s: %w", id, err)
		}
	}
	return mates, nil
}

// between adds the edges and constraints among the members.
func (tx *Tx) between(c *Component, in map[int64]string) error {
	sort.Slice(c.Members, func(i, j int) bool { return c.Members[i].ID < c.Members[j].ID })
	for key, id := range in {
		err := each(tx.ctx, tx.tx, `SELECT b, kind, similarity, reason FROM matches WHERE a = ?`,
			[]any{key},
			func(scan func(...any) error) error {
				var other int64
				var m tamiz.Match
				err := scan(&other, &m.Kind, &m.Similarity, &m.Reason)
				if otherID, ok := in[other]; ok && err == nil {
					m.A, m.B = ordered(id, otherID)
					c.Edges = append(c.Edges, m)
				}
				return err
			})
		if err != nil {
			return err
		}
	}
	sort.Slice(c.Edges, func(i, j int) bool {
		a, b := c.Edges[i], c.Edges[j]
		return a.A < b.A || a.A == b.A && a.B < b.B
	})
	known := map[string]bool{}
	for _, m := range c.Members {
		known[m.ID] = true
	}
	for _, m := range c.Members {
		list, err := constraints(tx.ctx, tx.tx, `SELECT a, b, same, at FROM constraints WHERE a = ? ORDER BY b`, m.ID)
		if err != nil {
			return err
		}
		for _, k := range list {
			if known[k.B] {
				c.Constraints = append(c.Constraints, k)
			}
		}
	}
	return nil
}

func (tx *Tx) member(key int64) (Member, error) {
	var m Member
	var seen timeColumn
	var hash int64
	err := tx.row(`
		SELECT a.id, w.id, e.relation, a.url, a.canonical_url, a.host, a.title, a.language, a.published, a.first_seen,
		       a.source, coalesce(s.rank, 0), a.word_count, a.text_hash, a.translation_of
		  FROM `+articleTables+` LEFT JOIN sources s ON s.name = a.source WHERE a.key = ?`, key).
		Scan(&m.ID, &m.Work, &m.Relation, &m.URL, &m.CanonicalURL, &m.Host, &m.Title, &m.Language,
			dateColumn{&m.Published}, &seen, &m.Source, &m.SourceRank, &m.WordCount, &hash, &m.TranslationOf)
	m.FirstSeen, m.TextHash = seen.Time, uint64(hash)
	return m, none(err)
}

// SaveSignature stores what an article looks like to the comparison. One that
// was erased meanwhile is passed over.
func (tx *Tx) SaveSignature(id string, signature []byte) error {
	key, err := tx.key(id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil {
		err = tx.saveSignature(key, signature)
	}
	if err != nil {
		return fmt.Errorf("save signature: %w", err)
	}
	return nil
}

func (tx *Tx) saveSignature(key int64, signature []byte) error {
	if signature == nil {
		return nil
	}
	return tx.run(`
		INSERT INTO signatures (article, signature) VALUES (?1, ?2)
		ON CONFLICT (article) DO UPDATE SET signature = ?2`, key, signature)
}

// Signatures gives the stored signatures of some articles by id; those that
// have none are left out.
func (db *DB) Signatures(ctx context.Context, ids []string) (map[string][]byte, error) {
	found := make(map[string][]byte, len(ids))
	for _, id := range ids {
		var b []byte
		ok, err := scanOne(db.read.QueryRowContext(ctx, `
			SELECT s.signature FROM signatures s JOIN articles a ON a.key = s.article WHERE a.id = ?`, id), &b)
		if err != nil {
			return nil, fmt.Errorf("load signature of %s: %w", id, err)
		}
		if ok {
			found[id] = b
		}
	}
	return found, nil
}

// EachSignature hands every current article's id and signature to fn, in the
// order in which the articles came; the signature is nil where none is stored.
func (db *DB) EachSignature(ctx context.Context, fn func(id string, signature []byte) error) error {
	err := each(ctx, db.read, `
		SELECT a.id, s.signature FROM articles a LEFT JOIN signatures s ON s.article = a.key
		 WHERE a.revision_of IS NULL ORDER BY a.key`, nil,
		func(scan func(...any) error) error {
			var id string
			var b []byte
			if err := scan(&id, &b); err != nil {
				return err
			}
			return fn(id, b)
		})
	if err != nil {
		return fmt.Errorf("list signatures: %w", err)
	}
	return nil
}

// CountSignatures is how many articles have a signature.
func (db *DB) CountSignatures(ctx context.Context) (n int, err error) {
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM signatures`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count signatures: %w", err)
	}
	return n, nil
}

// UngroupAll forgets every signature and score, so that all articles are to be
// grouped again. Works and the user's word stay.
func (tx *Tx) UngroupAll() error {
	for _, q := range []string{`DELETE FROM signatures`, `DELETE FROM matches`, `UPDATE articles SET ungrouped = 1 WHERE revision_of IS NULL`} {
		if err := tx.run(q); err != nil {
			return fmt.Errorf("ungroup articles: %w", err)
		}
	}
	return nil
}
