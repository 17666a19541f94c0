//go:build sqlite_fts5 || fts5

package store

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// article gives an article with a little text.
func article(url, language, title, text string) *tamiz.Article {
	return &tamiz.Article{URL: url, CanonicalURL: url, Language: language, Title: title, Text: text, Markdown: text}
}

func TestOpenCreatesFolderAndFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "what? #1 100%.db")
	db := openAt(t, path, nil)
	save(t, db, article("https://example.org/1", "en", "One", "A text."))
	if db.Path() != path {
		t.Errorf("Path() = %s, want %s", db.Path(), path)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	checked(t, db)
}

func TestOpenSettings(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name    string
		durable bool
		sync    int
	}{{"usual", false, 1}, {"durable", true, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			db, err := Open(ctx, filepath.Join(t.TempDir(), "x.db"), Options{Durable: tt.durable})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			type settings struct {
				Journal                      string
				Sync, ForeignKeys, SecureDel int
				Application                  int
			}
			var got settings
			err = db.write.QueryRow(`SELECT j.journal_mode, s.synchronous, f.foreign_keys, d.secure_delete, a.application_id
				FROM pragma_journal_mode j, pragma_synchronous s, pragma_foreign_keys f, pragma_secure_delete d, pragma_application_id a`).
				Scan(&got.Journal, &got.Sync, &got.ForeignKeys, &got.SecureDel, &got.Application)
			if err != nil {
				t.Fatal(err)
			}
			want := settings{"wal", tt.sync, 1, 1, applicationID}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if _, err := db.read.Exec(`DELETE FROM meta`); err == nil {
				t.Error("the read connections can write")
			}
		})
	}
}

// TestOpenRefuses checks that what is no database of ours is named and left as
// it was.
func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	other := pool(foreign, 1, url.Values{}, "")
	if _, err := other.Exec(`CREATE TABLE recipes (name TEXT)`); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	foreignBytes, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	newer := func() []byte {
		path := filepath.Join(t.TempDir(), "newer.db")
		db, err := Open(ctx, path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		write(t, db, func(tx *Tx) error { return tx.run(`PRAGMA user_version = 9999`) })
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}()
	for _, tt := range []struct {
		name     string
		content  []byte
		readOnly bool
		want     error
	}{
		{"a text file", []byte("Dear diary, this is not a database at all.\n"), false, ErrNotDatabase},
		{"a short file", []byte("x"), false, ErrNotDatabase},
		{"the magic and rubbish", append([]byte("SQLite format 3\x00"), bytes.Repeat([]byte{7}, 5000)...), false, ErrNotDatabase},
		{"another program's database", foreignBytes, false, ErrNotDatabase},
		{"a newer schema", newer, false, ErrNewer},
		{"a newer schema, read only", newer, true, ErrNewer},
		{"an empty file, read only", []byte{}, true, ErrNotDatabase},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file.db")
			if err := os.WriteFile(path, tt.content, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Open(ctx, path, Options{ReadOnly: tt.readOnly})
			if !errors.Is(err, tt.want) {
				t.Fatalf("Open: %v, want %v", err, tt.want)
			}
			if !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name the file: %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(after, tt.content) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		if _, err := Open(ctx, t.TempDir(), Options{}); !errors.Is(err, ErrNotDatabase) {
			t.Errorf("Open: %v, want %v", err, ErrNotDatabase)
		}
	})
	t.Run("nothing there, read only", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none.db")
		if _, err := Open(ctx, path, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Open: %v, want %v", err, os.ErrNotExist)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a file was made")
		}
	})
	t.Run("a folder that cannot be made", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(ctx, filepath.Join(file, "x.db"), Options{})
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("Open: %v, want an error that names %s", err, file)
		}
	})
}

func TestReadOnly(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := article("https://example.org/1", "en", "One", "A text.")
	save(t, db, a)
	for _, state := range []string{"open elsewhere", "closed"} {
		if state == "closed" {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		ro, err := Open(ctx, path, Options{ReadOnly: true})
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		if _, err := ro.Article(ctx, a.ID); err != nil {
			t.Errorf("%s: %v", state, err)
		}
		if err := ro.Write(ctx, func(*Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: Write: %v, want %v", state, err, ErrReadOnly)
		}
		checked(t, ro)
		if err := ro.Close(); err != nil {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// TestWriteKeepsNothingOfAFailure checks that an error and a panic undo the
// transaction and leave the handle usable.
func TestWriteKeepsNothingOfAFailure(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	sorry := errors.New("sorry")
	half := func(tx *Tx) {
		if _, err := tx.SaveArticle(article("https://example.org/half", "en", "Half", "Half a text."), ArticleMeta{}); err != nil {
			t.Error(err)
		}
	}
	if err := db.Write(ctx, func(tx *Tx) error { half(tx); return sorry }); !errors.Is(err, sorry) {
		t.Errorf("Write: %v, want %v", err, sorry)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Write(ctx, func(tx *Tx) error { half(tx); panic("oh") })
	}()
	if _, err := db.Article(ctx, "https://example.org/half"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Article: %v, want %v", err, ErrNotFound)
	}
	save(t, db, article("https://example.org/whole", "en", "Whole", "A whole text."))
	checked(t, db)
}

// TestWriteOutlivesItsContext checks that a transaction that has begun is
// finished although the program is told to stop.
func TestWriteOutlivesItsContext(t *testing.T) {
	db := openTest(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	err := db.Write(ctx, func(tx *Tx) error {
		cancel()
		_, err := tx.SaveArticle(article("https://example.org/1", "en", "One", "A text."), ArticleMeta{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Article(context.Background(), "https://example.org/1"); err != nil {
		t.Error(err)
	}
	if err := db.Write(ctx, func(*Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Write with an ended context: %v, want %v", err, context.Canceled)
	}
}

// TestFullDisk checks that running out of space is named, keeps nothing of the
// transaction and leaves the file readable.
func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	save(t, db, article("https://example.org/small", "en", "Small", "A text."))
	var pages int
	if err := db.write.QueryRow(`SELECT page_count FROM pragma_page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		var got int
		if err := db.write.QueryRow(fmt.Sprintf(`PRAGMA max_page_count = %d`, n)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 2)
	big := article("https://example.org/big", "en", "Big", strings.Repeat("A long text with many words. ", 4000))
	err := db.Write(ctx, func(tx *Tx) error {
		_, err := tx.SaveArticle(big, ArticleMeta{})
		return err
	})
	if !errors.Is(err, ErrFull) {
		t.Fatalf("Write: %v, want %v", err, ErrFull)
	}
	if _, err := db.Article(ctx, big.URL); !errors.Is(err, ErrNotFound) {
		t.Errorf("Article: %v, want %v", err, ErrNotFound)
	}
	checked(t, db)
	limit(1 << 30)
	if o := save(t, db, big); o != tamiz.OutcomeNew {
		t.Errorf("with room again: %s, want %s", o, tamiz.OutcomeNew)
	}
	checked(t, db)
}

// TestSchemaSnapshot keeps schema.sql, which is for reading, in step with the
// migrations.
func TestSchemaSnapshot(t *testing.T) {
	db := openTest(t, nil)
	got, err := db.Schema(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("schema.sql is out of date, run go test -tags sqlite_fts5 ./store -run Schema -update (-want +got):\n%s", diff)
	}
}

// TestDamageIsFound flips bytes in the middle of the file.
func TestDamageIsFound(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		save(t, db, article("https://example.org/"+string(rune('a'+i)), "en", "Title", strings.Repeat("Some words of a text. ", 200)))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096 * 3; i < len(b); i += 4096 { // the head of every page but the first
		copy(b[i:], bytes.Repeat([]byte{0xA5}, 100))
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err = Open(ctx, path, Options{ReadOnly: true})
	if err == nil {
		var r CheckReport
		r, err = db.Check(ctx)
		if err == nil && len(r.Problems) == 0 {
			t.Error("Check found nothing wrong")
		}
		_ = db.Close()
	}
	if err != nil && !errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, want %v", err, ErrCorrupt)
	}
}
