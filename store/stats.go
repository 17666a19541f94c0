package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"tamiz"
)

// Count is a number of articles under a name.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Stats are the totals of the library.
type Stats struct {
	Works        int     `json:"works"`
	Articles     int     `json:"articles"` // current ones: the editions of all works
	Revisions    int     `json:"revisions"`
	Multilingual int     `json:"multilingual"` // works in more than one language
	Languages    []Count `json:"languages"`
	Sites        []Count `json:"sites"`
	Sources      []Count `json:"sources"`
	Months       []Count `json:"months"` // of publication, "2021-07"; an empty name is not known; the newest first
	URLs         int     `json:"urls"`
	Pending      int     `json:"pending"`    // links in the frontier
	Pages        int     `json:"pages"`      // kept as received
	PageBytes    int64   `json:"page_bytes"` // as they are stored
	LearnedSites int     `json:"learned_sites"`
	Tombstones   int     `json:"tombstones"`
	FileBytes    int64   `json:"file_bytes"` // with the log
}

// Stats counts.
func (db *DB) Stats(ctx context.Context) (Stats, error) {
	s, err := db.stats(ctx)
	if err != nil {
		return Stats{}, fmt.Errorf("count: %w", translate(err))
	}
	return s, nil
}

func (db *DB) stats(ctx context.Context) (s Stats, err error) {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	err = tx.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM works),
		       (SELECT count(*) FROM articles WHERE revision_of IS NULL),
		       (SELECT count(*) FROM articles WHERE revision_of IS NOT NULL),
		       (SELECT count(*) FROM (SELECT 1 FROM editions e JOIN articles a ON a.key = e.article
		                               GROUP BY e.work HAVING count(DISTINCT a.language) > 1)),
		       (SELECT count(*) FROM urls),
		       (SELECT count(*) FROM frontier),
		       (SELECT count(*) FROM pages),
		       (SELECT coalesce(sum(length(body)), 0) FROM pages),
		       (SELECT count(*) FROM sites),
		       (SELECT count(*) FROM tombstones)`).
		Scan(&s.Works, &s.Articles, &s.Revisions, &s.Multilingual, &s.URLs, &s.Pending, &s.Pages, &s.PageBytes,
			&s.LearnedSites, &s.Tombstones)
	if err != nil {
		return s, err
	}
	for _, group := range []struct {
		into  *[]Count
		name  string
		order string
	}{
		{&s.Languages, `language`, `n DESC, name`},
		{&s.Sites, `CASE WHEN site <> '' THEN site ELSE host END`, `n DESC, name`},
		{&s.Sources, `source`, `n DESC, name`},
		{&s.Months, `substr(published_at, 1, 7)`, `name DESC`},
	} {
		err := each(ctx, tx, `
			SELECT `+group.name+` AS name, count(*) AS n FROM articles WHERE revision_of IS NULL
			 GROUP BY 1 ORDER BY `+group.order, nil,
			func(scan func(...any) error) error {
				var c Count
				err := scan(&c.Name, &c.N)
				*group.into = append(*group.into, c)
				return err
			})
		if err != nil {
			return s, err
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(db.path + suffix); err == nil {
			s.FileBytes += info.Size()
		}
	}
	return s, nil
}

// CheckReport is the result of [DB.Check].
type CheckReport struct {
	SQLite   string   // version
	Schema   int      // number of the last migration
	Problems []string // what is wrong, in words; empty if all is well
}

// maxProblems is the number of complaints of one check that are reported.
const maxProblems = 20

// Check looks for damage: SQLite's own quick check, rows that refer to
// nothing, an index that is not in step with the articles, works without
// editions and articles without a work. It reads the whole file.
func (db *DB) Check(ctx context.Context) (CheckReport, error) {
	var r CheckReport
	if err := db.check(ctx, &r); err != nil {
		return r, fmt.Errorf("check database: %w", translate(err))
	}
	return r, nil
}

func (db *DB) check(ctx context.Context, r *CheckReport) (err error) {
	// A connection of its own: the full-text index keeps a picture of its parts
	// per connection, and the check of an old picture finds parts missing.
	ro := pool(db.path, 1, url.Values{"mode": {"ro"}, "_query_only": {"on"}}, "")
	defer func() { err = errors.Join(err, ro.Close()) }()
	if err := ro.QueryRowContext(ctx, `SELECT sqlite_version(), (SELECT user_version FROM pragma_user_version)`).
		Scan(&r.SQLite, &r.Schema); err != nil {
		return err
	}
	notes, err := texts(ctx, ro, `SELECT quick_check FROM pragma_quick_check LIMIT ?`, maxProblems)
	if err != nil {
		return err
	}
	for _, n := range notes {
		if n != "ok" {
			r.Problems = append(r.Problems, "damaged: "+n)
		}
	}
	notes, err = texts(ctx, ro, `
		SELECT DISTINCT "table" || ' refers to a missing row of ' || parent FROM pragma_foreign_key_check LIMIT ?`, maxProblems)
	if err != nil {
		return err
	}
	r.Problems = append(r.Problems, notes...)
	for _, c := range []struct{ what, query string }{
		{"articles are missing from the full-text index", `SELECT count(*) FROM articles WHERE revision_of IS NULL AND key NOT IN (SELECT id FROM articles_fts_docsize)`},
		{"entries of the full-text index have no article", `SELECT count(*) FROM articles_fts_docsize WHERE id NOT IN (SELECT key FROM articles WHERE revision_of IS NULL)`},
		{"articles have no text", `SELECT count(*) FROM articles WHERE key NOT IN (SELECT article FROM texts)`},
		{"articles belong to no work", `SELECT count(*) FROM articles WHERE revision_of IS NULL AND key NOT IN (SELECT article FROM editions)`},
		{"works have no edition", `SELECT count(*) FROM works WHERE key NOT IN (SELECT work FROM editions)`},
		{"works have no first edition", `SELECT count(*) FROM works WHERE key NOT IN (SELECT work FROM editions WHERE position = 0)`},
		{"waiting links have no URL", `SELECT count(*) FROM frontier WHERE url NOT IN (SELECT id FROM urls)`},
		{"waiting links have an outcome", `SELECT count(*) FROM frontier f JOIN fetches x ON x.run = f.run AND x.url = f.url`},
		{"waiting links are in no queue", `SELECT count(*) FROM frontier f WHERE NOT EXISTS (SELECT 1 FROM queues q WHERE q.run = f.run AND q.host = f.host)`},
	} {
		var n int
		if err := ro.QueryRowContext(ctx, c.query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			r.Problems = append(r.Problems, fmt.Sprintf("%d %s", n, c.what))
		}
	}
	if db.write == nil {
		return nil
	}
	// The index checks itself, which needs the right to write.
	err = db.Write(ctx, func(tx *Tx) error {
		return tx.run(`INSERT INTO articles_fts (articles_fts, rank) VALUES ('integrity-check', 0)`)
	})
	if errors.Is(err, ErrCorrupt) {
		r.Problems = append(r.Problems, "the full-text index is damaged: build it again")
		err = nil
	}
	return err
}

// Reindex builds the full-text index again from the stored texts.
func (tx *Tx) Reindex() error {
	if err := tx.reindex(); err != nil {
		return fmt.Errorf("build full-text index: %w", err)
	}
	return nil
}

func (tx *Tx) reindex() error {
	if err := tx.run(`INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')`); err != nil {
		return err
	}
	err := each(tx.ctx, tx.tx, `
		SELECT a.key, a.title, a.standfirst, t.text, a.authors, a.tags
		  FROM articles a JOIN texts t ON t.article = a.key WHERE a.revision_of IS NULL ORDER BY a.key`, nil,
		func(scan func(...any) error) error {
			var key int64
			var a tamiz.Article
			if err := scan(&key, &a.Title, &a.Standfirst, &a.Text, jsonColumn{&a.Authors}, jsonColumn{&a.Tags}); err != nil {
				return err
			}
			return tx.index(key, &a)
		})
	if err != nil {
		return err
	}
	return tx.run(`INSERT INTO meta (name, value) VALUES ('fold', ?1) ON CONFLICT (name) DO UPDATE SET value = ?1`, strconv.Itoa(foldVersion))
}
