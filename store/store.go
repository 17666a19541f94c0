// Package store keeps what became of the articles in one SQLite file: the
// clean articles and their revisions, the works they are editions of, the pages
// they came from, the full-text index, and the crawl's own memory (sources,
// runs, frontier, the outcome of every URL).
//
// [Open] gives a [DB]. Reading methods stand on it and may be called from any
// goroutine. Everything that changes the file stands on [Tx] and runs inside
// [DB.Write], which is one transaction: either all of it is in the file
// afterwards or nothing. A caller that writes much puts many changes into one
// Write, because the transaction costs more than its statements:
//
//	db, err := store.Open(ctx, "articles.db", store.Options{})
//	...
//	err = db.Write(ctx, func(tx *store.Tx) error {
//		outcome, err := tx.SaveArticle(article, store.ArticleMeta{})
//		if err != nil {
//			return err
//		}
//		fetch.Outcome = outcome
//		return tx.FinishFetch(run, fetch)
//	})
//	...
//	hits, total, err := db.Search(ctx, store.SearchRequest{Query: "email marketing"})
//
// # The file
//
// The journal is a write-ahead log: one writer at a time over all processes,
// any number of readers that never wait. A process killed at any moment loses
// the transaction it was in and nothing else. With [Options.Durable] the same
// holds when the power fails; without it the last transactions may be missing
// then, but the file stays whole.
//
// Times are UTC text of fixed width, so that they sort and read well in plain
// SQL; the view "records" shows every edition as one row. The schema is
// described by the numbered files in migrations, which only ever move forward:
// a file written by a newer program is refused with [ErrNewer].
//
// Full-text search needs the build tag sqlite_fts5; without it Open fails with
// [ErrNoFullText].
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/mattn/go-sqlite3"
)

var (
	// ErrNotFound says that nothing is stored under the id or URL asked for.
	ErrNotFound = errors.New("not found")
	// ErrNewer says that the file was written by a newer program.
	ErrNewer = errors.New("the database was written by a newer version of tamiz")
	// ErrOlder says that the file must be brought up to date, which a
	// read-only handle cannot do.
	ErrOlder = errors.New("the database was written by an older version of tamiz; open it once for writing to bring it up to date")
	// ErrNotDatabase says that the file is something else; it was not touched.
	ErrNotDatabase = errors.New("not a tamiz database")
	// ErrCorrupt says that SQLite found the file damaged.
	ErrCorrupt = errors.New("the database file is damaged")
	// ErrNoFullText says that the program was built without full-text search.
	ErrNoFullText = errors.New("this program was built without full-text search: build it with -tags sqlite_fts5")
	// ErrReadOnly says that the handle, or the file, cannot be written.
	ErrReadOnly = errors.New("the database is read-only")
	// ErrFull says that there is no room left. Nothing of the transaction was kept.
	ErrFull = errors.New("no space left for the database")
	// ErrBusy says that somebody else holds what was asked for: a source
	// ([BusyError] tells who) or, for longer than any write should take, the file.
	ErrBusy = errors.New("in use")
	// ErrStaleLease says that the host has been leased to somebody else since.
	ErrStaleLease = errors.New("the lease is no longer valid")
	// ErrForgotten says that a tombstone keeps the URL out.
	ErrForgotten = errors.New("forgotten on request")
)

// Limits of the file handles.
const (
	readers       = 4                // connections that read at the same time
	cacheKB       = 16 << 10         // page cache per connection
	statements    = 128              // prepared statements kept per connection; there are about that many
	busyStep      = 1 * time.Second  // SQLite's own wait for the write lock, between looks at the context
	busyLimit     = 30 * time.Second // wait for the write lock in all; no write of ours takes nearly as long
	walLimitBytes = 64 << 20         // size the log is cut back to after a checkpoint
	leastSQLite   = 3_051_003        // earlier ones can corrupt a log that two processes reset
	maxPageBytes  = 256 << 20        // decoded size of one compressed value
	maxTextBytes  = 64 << 20         // of one article's text or Markdown
	maxFieldBytes = 1 << 20          // of any other text of an article
)

// Options change how a file is opened. The zero value is fine.
type Options struct {
	ReadOnly bool             // the file must exist and is not changed
	Durable  bool             // every transaction survives a power failure; several times slower
	Now      func() time.Time // default time.Now
	Logger   *slog.Logger     // default: discards
}

// DB is an open database. It may be used by several goroutines.
type DB struct {
	path  string
	now   func() time.Time
	log   *slog.Logger
	write *sql.DB // one connection; nil when read-only
	read  *sql.DB

	zip   *zstd.Encoder
	unzip *zstd.Decoder
}

// Open opens the file, creates it and its folder when they are missing, and
// brings its schema up to date. The errors that callers can act on are
// [ErrNotDatabase], [ErrNewer], [ErrOlder], [ErrNoFullText] and [ErrCorrupt].
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string, o Options) (*DB, error) {
	if path == "" {
		return nil, errors.New("no path given")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := checkLibrary(ctx); err != nil {
		return nil, err
	}
	fresh, err := inspect(ctx, path, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("create folder: %w", err)
		}
	}

	db := &DB{path: path, now: o.Now, log: o.Logger}
	if db.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("prepare compression: %w", err)
	}
	if db.unzip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(readers), zstd.WithDecoderMaxMemory(maxPageBytes)); err != nil {
		return nil, fmt.Errorf("prepare decompression: %w", err)
	}
	if !o.ReadOnly {
		sync := "NORMAL"
		if o.Durable {
			sync = "FULL"
		}
		db.write = pool(path, 1, url.Values{
			"_txlock":        {"immediate"},
			"_journal_mode":  {"WAL"},
			"_synchronous":   {sync},
			"_foreign_keys":  {"on"},
			"_secure_delete": {"on"}, // what is forgotten leaves no bytes behind
		}, fmt.Sprintf("PRAGMA journal_size_limit = %d; PRAGMA temp_store = MEMORY", walLimitBytes))
		if err := db.migrate(ctx); err != nil {
			_ = db.write.Close()
			return nil, cannotOpen(path, translate(err))
		}
	}
	db.read = pool(path, readers, url.Values{"mode": {"ro"}, "_query_only": {"on"}}, "")
	if err := patiently(ctx, func() error { return db.read.PingContext(ctx) }); err != nil {
		_ = db.Close()
		return nil, translate(err)
	}
	return db, nil
}

// cannotOpen gives the operating system's own reason, which SQLite swallows,
// if the folder cannot be written.
func cannotOpen(path string, err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) || e.Code != sqlite3.ErrCantOpen {
		return err
	}
	f, probe := os.CreateTemp(filepath.Dir(path), ".tamiz-probe-*")
	if probe != nil {
		return fmt.Errorf("%w: %w", err, probe)
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// checkLibrary refuses an SQLite without full-text search or with the defect
// that lets two processes corrupt a file by resetting its log.
func checkLibrary(ctx context.Context) error {
	if version, number, _ := sqlite3.Version(); number < leastSQLite {
		return fmt.Errorf("SQLite %s is too old: 3.51.3 is needed", version)
	}
	mem := pool("", 1, url.Values{"mode": {"memory"}}, "")
	defer func() { _ = mem.Close() }()
	var has bool
	if err := mem.QueryRowContext(ctx, `SELECT sqlite_compileoption_used('ENABLE_FTS5')`).Scan(&has); err != nil {
		return fmt.Errorf("ask SQLite for its options: %w", err)
	}
	if !has {
		return ErrNoFullText
	}
	return nil
}

// connector opens connections with settings that the driver has no name for.
type connector struct {
	dsn   string
	setup string
}

func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := (&sqlite3.SQLiteDriver{}).Open(c.dsn)
	if err != nil || c.setup == "" {
		return conn, err
	}
	if _, err := conn.(*sqlite3.SQLiteConn).Exec(c.setup, nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// pool opens connections to the file as they are needed. Settings go into the
// name because they hold for one connection only.
func pool(path string, size int, settings url.Values, setup string) *sql.DB {
	settings.Set("_busy_timeout", fmt.Sprint(busyStep.Milliseconds()))
	settings.Set("_cache_size", fmt.Sprint(-cacheKB))
	settings.Set("_stmt_cache_size", fmt.Sprint(statements))
	name := (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	name = strings.NewReplacer("?", "%3f", "#", "%23").Replace(name)
	p := sql.OpenDB(connector{dsn: "file:" + name + "?" + settings.Encode(), setup: setup})
	p.SetMaxOpenConns(size)
	p.SetMaxIdleConns(size)
	return p
}

// LibraryVersion is the version of SQLite.
func LibraryVersion() string {
	version, _, _ := sqlite3.Version()
	return version
}

// Ping reports whether the file can be read.
func (db *DB) Ping(ctx context.Context) error {
	var n int
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&n); err != nil {
		return fmt.Errorf("read the database: %w", translate(err))
	}
	return nil
}

// Path is the file's absolute path.
func (db *DB) Path() string { return db.path }

// ReadOnly reports whether the handle cannot write.
func (db *DB) ReadOnly() bool { return db.write == nil }

// Close moves the log into the file and closes it. Reads and writes that are
// under way are waited for.
func (db *DB) Close() error {
	var errs []error
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		db.foldIn(context.Background(), db.write)
		errs = append(errs, db.write.Close())
	}
	db.unzip.Close()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close database: %w", translate(err))
	}
	return nil
}

// Tx is a write transaction. It carries one fixed time and is valid only
// inside the function it was handed to.
type Tx struct {
	db  *DB
	ctx context.Context // not cancelled: a transaction that has begun is finished
	tx  *sql.Tx
	now time.Time

	emptyLog bool // after the commit
}

// Now is the time of the transaction.
func (tx *Tx) Now() time.Time { return tx.now }

// Write runs fn in one transaction and commits it if fn returns nil. It waits
// its turn among goroutines and processes; ctx ends that wait, but a
// transaction that has begun is not cut short, so that a page in hand when the
// program is told to stop is still stored. fn must not call Write.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if db.write == nil {
		return fmt.Errorf("write to database: %w", ErrReadOnly)
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("write to database: %w", translate(err))
	}
	defer func() { _ = conn.Close() }()
	whole := context.WithoutCancel(ctx)
	t, err := begin(ctx, whole, conn)
	if err != nil {
		return fmt.Errorf("write to database: %w", translate(err))
	}
	defer func() { _ = t.Rollback() }() // after a commit it does nothing; after a panic it cleans up

	tx := &Tx{db: db, ctx: whole, tx: t, now: db.now().UTC()}
	if err := fn(tx); err != nil {
		return translate(err)
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit: %w", translate(err))
	}
	if tx.emptyLog {
		db.foldIn(whole, conn)
	}
	return nil
}

// foldIn moves the log into the file and empties it. Another process that is
// reading may prevent that: then the log stays until the next time.
func (db *DB) foldIn(ctx context.Context, q querier) {
	var busy, pages, moved int
	err := q.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err == nil && busy != 0 {
		err = ErrBusy
	}
	if err != nil {
		db.log.Warn("database log not folded in", "database", db.path, "error", err)
	}
}

// begin takes the write lock. SQLite cannot be woken while it waits, so it
// waits in steps.
func begin(ctx, whole context.Context, conn *sql.Conn) (*sql.Tx, error) {
	for waited := time.Duration(0); ; waited += busyStep {
		t, err := conn.BeginTx(whole, nil)
		if err == nil || !isBusy(err) {
			return t, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if waited >= busyLimit {
			return nil, err
		}
	}
}

func isBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// translate joins SQLite's error with the sentinel a caller can act on.
func translate(err error) error {
	var e sqlite3.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	kind := map[sqlite3.ErrNo]error{
		sqlite3.ErrNotADB:   ErrNotDatabase,
		sqlite3.ErrCorrupt:  ErrCorrupt,
		sqlite3.ErrFull:     ErrFull,
		sqlite3.ErrReadonly: ErrReadOnly,
		sqlite3.ErrBusy:     ErrBusy,
	}[e.Code]
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// querier is what a transaction and the read pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (tx *Tx) exec(query string, args ...any) (sql.Result, error) {
	return tx.tx.ExecContext(tx.ctx, query, args...)
}

// run executes a statement of which only success matters.
func (tx *Tx) run(query string, args ...any) error {
	_, err := tx.exec(query, args...)
	return err
}

// count executes a statement and gives the number of rows it changed.
func (tx *Tx) count(query string, args ...any) (int, error) {
	res, err := tx.exec(query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

func (tx *Tx) row(query string, args ...any) *sql.Row {
	return tx.tx.QueryRowContext(tx.ctx, query, args...)
}

// each runs a query and hands every row to fn.
func each(ctx context.Context, q querier, query string, args []any, fn func(scan func(...any) error) error) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// none turns the driver's word for an empty result into ours.
func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
