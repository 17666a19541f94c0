package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A source is run by one process at a time, wherever it was started: by the
// schedule, by hand, or by a second daemon. The lock is a row with a heartbeat.
// It is taken over when the heartbeat stops, or at once when its holder's
// process on this machine is gone (killed, say); a process number that has
// been given to another process since is told apart by its start time.
const (
	lockStale = 30 * time.Second // without a heartbeat the lock is free
	lockBeat  = 10 * time.Second // so that two beats may be missed
)

// Owner says which process holds a lock.
type Owner struct {
	Host    string    `json:"host"`    // name of the machine
	Machine string    `json:"machine"` // boot and process namespace, where known: process numbers compare within it
	PID     int       `json:"pid"`
	Started string    `json:"started"` // start of the process in the system's own units, where known
	Since   time.Time `json:"since"`   // when the lock was taken
	Beat    time.Time `json:"beat"`    // last sign of life
}

// ThisProcess describes the calling process.
func ThisProcess() Owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	o := Owner{Host: host, PID: os.Getpid(), Started: processStart(os.Getpid())}
	// Containers share the boot but not the numbers of their processes.
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err == nil {
		space, _ := os.Readlink("/proc/self/ns/pid")
		o.Machine = strings.TrimSpace(string(boot)) + " " + space
	}
	return o
}

func (o Owner) String() string {
	return fmt.Sprintf("process %d on %s", o.PID, o.Host)
}

// processStart is field 22 of /proc/PID/stat, empty where there is no /proc.
// The second field is the program's name and may hold spaces and brackets.
func processStart(pid int) string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	_, rest, ok := cutLast(string(stat), ") ")
	fields := strings.Fields(rest)
	const startField = 22 - 3
	if !ok || len(fields) <= startField {
		return ""
	}
	return fields[startField]
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// stale reports whether a holder has given its lock up without saying so.
func stale(holder, me Owner, now time.Time) bool {
	if now.Sub(holder.Beat) > lockStale {
		return true
	}
	sameMachine := holder.Host == me.Host && holder.Machine == me.Machine
	return sameMachine && dead(holder.PID, holder.Started)
}

// dead reports whether the process is known to be gone.
func dead(pid int, started string) bool {
	if runtime.GOOS == "windows" || pid <= 0 {
		return false // cannot be asked without opening the process
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
		return true
	}
	now := processStart(pid)
	return started != "" && now != "" && now != started
}

// BusyError tells who runs the source. It is an [ErrBusy].
type BusyError struct {
	Source string
	Owner  Owner
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("source %s is being run by %s since %s", e.Source, e.Owner, e.Owner.Since.Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrBusy) hold.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// SourceLock is the right to run one source.
type SourceLock struct {
	Source string
	Token  int64 // greater than that of every earlier holder

	db   *DB
	lost chan struct{}
	stop chan struct{}
	once sync.Once
	done sync.WaitGroup
}

// LockSource takes the right to run a source or gives a [*BusyError] saying who
// has it. A goroutine keeps the lock alive until [SourceLock.Release].
func (db *DB) LockSource(ctx context.Context, name string, owner Owner) (*SourceLock, error) {
	l := &SourceLock{Source: name, db: db, lost: make(chan struct{}), stop: make(chan struct{})}
	err := db.Write(ctx, func(tx *Tx) error {
		var held bool
		var holder Owner
		var since, beat timeColumn
		err := tx.row(`SELECT token, held, host, machine, pid, started, since, beat FROM source_locks WHERE source = ?`, name).
			Scan(&l.Token, &held, &holder.Host, &holder.Machine, &holder.PID, &holder.Started, &since, &beat)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		holder.Since, holder.Beat = since.Time, beat.Time
		if held && !stale(holder, owner, tx.now) {
			return &BusyError{Source: name, Owner: holder}
		}
		if held {
			db.log.Warn("source lock taken over", "source", name, "from", holder.String())
		}
		l.Token++
		return tx.run(`
			INSERT INTO source_locks (source, token, held, host, machine, pid, started, since, beat)
			VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?7)
			ON CONFLICT (source) DO UPDATE SET token = ?2, held = 1, host = ?3, machine = ?4,
			       pid = ?5, started = ?6, since = ?7, beat = ?7`,
			name, l.Token, owner.Host, owner.Machine, owner.PID, owner.Started, stamp(tx.now))
	})
	if err != nil {
		return nil, fmt.Errorf("lock source: %w", err)
	}
	l.done.Add(1)
	go l.keep(context.WithoutCancel(ctx))
	return l, nil
}

// keep beats until Release stops it or the lock is lost.
func (l *SourceLock) keep(ctx context.Context) {
	defer l.done.Done()
	tick := time.NewTicker(lockBeat)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		err := l.Heartbeat(ctx)
		if errors.Is(err, ErrStaleLease) {
			close(l.lost)
			return
		}
		if err != nil {
			l.db.log.Warn("source lock not renewed", "source", l.Source, "error", err)
		}
	}
}

// Lost is closed when somebody else took the lock over, which happens to a
// process that was suspended for longer than the heartbeat allows. Its run
// must stop then.
func (l *SourceLock) Lost() <-chan struct{} { return l.lost }

// Heartbeat renews the lock. The lock's own goroutine does so every ten
// seconds; [ErrStaleLease] says that the lock was taken over.
func (l *SourceLock) Heartbeat(ctx context.Context) error {
	err := l.db.Write(ctx, func(tx *Tx) error {
		n, err := tx.count(`UPDATE source_locks SET beat = ? WHERE source = ? AND token = ? AND held = 1`,
			stamp(tx.now), l.Source, l.Token)
		if err == nil && n == 0 {
			err = ErrStaleLease
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("renew lock of source %s: %w", l.Source, err)
	}
	return nil
}

// Release gives the lock back and ends its goroutine. Releasing a lock that was
// taken over, or twice, does nothing.
func (l *SourceLock) Release(ctx context.Context) error {
	l.once.Do(func() { close(l.stop) })
	l.done.Wait()
	err := l.db.Write(ctx, func(tx *Tx) error {
		return tx.run(`UPDATE source_locks SET held = 0 WHERE source = ? AND token = ?`, l.Source, l.Token)
	})
	if err != nil {
		return fmt.Errorf("release source %s: %w", l.Source, err)
	}
	return nil
}
