package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// applicationID marks the file as ours in its header ("tamz").
const applicationID = 0x74616d7a

// leastPage divides the size of every SQLite file.
const leastPage = 512

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered step; PRAGMA user_version holds the last one taken.
type migration struct {
	number int
	name   string
	sql    string
}

// migrations gives the steps in order. The numbers run from 1 without a gap.
func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []migration
	for i, name := range names { // Glob sorts
		base := strings.TrimPrefix(name, "migrations/")
		number, err := strconv.Atoi(base[:min(4, len(base))])
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %s should be number %04d", base, i+1)
		}
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{number: number, name: base, sql: string(text)})
	}
	return steps, nil
}

// inspect looks at the file without changing it and reports whether it is new
// (missing or empty). It runs before the writing connection is opened, because
// that one would turn any SQLite file it is given into one with a log.
//
// It asks SQLite rather than read the file's first bytes: to close a file takes
// away all locks that this process has on it, also those of another handle.
func inspect(ctx context.Context, path string, readOnly bool) (fresh bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && readOnly:
		return false, fmt.Errorf("there is no database yet: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case info.IsDir():
		return false, fmt.Errorf("%w: it is a folder", ErrNotDatabase)
	case info.Size() == 0 && readOnly:
		return false, fmt.Errorf("%w: the file is empty", ErrNotDatabase)
	case info.Size() == 0:
		return true, nil
	}
	if info.Size()%leastPage != 0 { // SQLite takes a very short file for an empty one
		return false, ErrNotDatabase
	}
	ro := pool(path, 1, url.Values{"mode": {"ro"}}, "")
	defer func() { err = errors.Join(err, ro.Close()) }()
	var app, version, objects int
	err = patiently(ctx, func() error {
		return ro.QueryRowContext(ctx, `
			SELECT (SELECT application_id FROM pragma_application_id),
			       (SELECT user_version FROM pragma_user_version),
			       (SELECT count(*) FROM sqlite_schema)`).Scan(&app, &version, &objects)
	})
	if err != nil {
		return false, translate(err)
	}
	steps, err := migrations()
	if err != nil {
		return false, err
	}
	switch {
	case app == 0 && version == 0 && objects == 0: // killed while it was being created
		if readOnly {
			return false, fmt.Errorf("%w: the file is empty", ErrNotDatabase)
		}
		return false, nil
	case app != applicationID:
		return false, fmt.Errorf("%w: it is an SQLite file of another program", ErrNotDatabase)
	case version > len(steps):
		return false, fmt.Errorf("%w: its schema has number %d, this program knows up to %d", ErrNewer, version, len(steps))
	case version < len(steps) && readOnly:
		return false, ErrOlder
	}
	return false, nil
}

// migrate takes the steps the file has not seen, each in a transaction of its
// own that also sets the number: killed in between, it goes on from there the
// next time. Two processes may do this at once; the second finds the work done.
func (db *DB) migrate(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	if err := patiently(ctx, func() error { return db.write.PingContext(ctx) }); err != nil {
		return err
	}
	for _, step := range steps {
		err := db.Write(ctx, func(tx *Tx) error {
			var version int
			if err := tx.row(`SELECT user_version FROM pragma_user_version`).Scan(&version); err != nil {
				return err
			}
			if version > len(steps) { // by a newer program, since inspect looked
				return ErrNewer
			}
			if version >= step.number {
				return nil
			}
			if err := tx.run(step.sql); err != nil {
				return err
			}
			return tx.run(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, step.number))
		})
		if err != nil {
			return fmt.Errorf("bring schema to %s: %w", step.name, err)
		}
	}
	return db.refold(ctx)
}

// patiently opens a connection, and tries again for a while where SQLite gives
// up at once: when another process is just turning a new file into one with a
// log, or is the last to close the file and takes the log away.
func patiently(ctx context.Context, open func() error) error {
	const tries, pause = 60, 50 * time.Millisecond
	for try := 1; ; try++ {
		err := open()
		if err == nil || try == tries || !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// refold builds the full-text index again when the program folds words in
// another way than the one that built it.
func (db *DB) refold(ctx context.Context) error {
	var have string
	err := db.write.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'fold'`).Scan(&have)
	if err == nil && have == strconv.Itoa(foldVersion) {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return db.Write(ctx, func(tx *Tx) error { return tx.Reindex() })
}

// Schema is the database's present schema as SQL, one statement per object, in
// a fixed order.
func (db *DB) Schema(ctx context.Context) (string, error) {
	var b strings.Builder
	err := each(ctx, db.read, `
		SELECT sql FROM sqlite_schema
		 WHERE sql IS NOT NULL AND name NOT LIKE 'articles_fts_%'
		 ORDER BY type = 'table' DESC, type = 'index' DESC, tbl_name, name`, nil,
		func(scan func(...any) error) error {
			var s string
			if err := scan(&s); err != nil {
				return err
			}
			b.WriteString(s)
			b.WriteString(";\n\n")
			return nil
		})
	if err != nil {
		return "", fmt.Errorf("read schema: %w", err)
	}
	return b.String(), nil
}
