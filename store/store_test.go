//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"flag"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tamiz"
)

var update = flag.Bool("update", false, "write golden files")

// clock is a time that tests move by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// openTest gives an empty database that is closed with the test.
func openTest(t testing.TB, now func() time.Time) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "articles.db"), now)
}

func openAt(t testing.TB, path string, now func() time.Time) *DB {
	t.Helper()
	db, err := Open(context.Background(), path, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// write runs fn in a transaction that must succeed.
func write(t testing.TB, db *DB, fn func(tx *Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// save stores an article that must be accepted.
func save(t testing.TB, db *DB, a *tamiz.Article) tamiz.Outcome {
	t.Helper()
	var o tamiz.Outcome
	write(t, db, func(tx *Tx) (err error) {
		o, err = tx.SaveArticle(a, ArticleMeta{})
		return err
	})
	return o
}

// checked fails the test if the database is not sound.
func checked(t testing.TB, db *DB) {
	t.Helper()
	r, err := db.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Errorf("check: %s", p)
	}
}

func TestSmoke(t *testing.T) {
	db := openTest(t, newClock().Now)
	a := &tamiz.Article{URL: "https://example.org/uno", Title: "El correo", Text: "La niña envía correos.\n\nOtra línea.", Language: "es", Markdown: "La niña"}
	if o := save(t, db, a); o != tamiz.OutcomeNew {
		t.Fatal(o)
	}
	b := &tamiz.Article{URL: "https://example.org/zh", Title: "开源", Text: "这是一个开源项目。", Language: "zh"}
	save(t, db, b)
	for _, q := range []string{"nina", "CORREO", `"nina envia"`, "源项", "开源*", "foo OR niña -bar", ""} {
		hits, total, err := db.Search(context.Background(), SearchRequest{Query: q})
		t.Log(q, total, err)
		for _, h := range hits {
			t.Logf("%q %q %v %d %v", h.Heading, h.Snippet, h.Score, h.Editions, h.Languages)
		}
	}
	checked(t, db)
}
