//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tamiz"
)

func TestSourceLock(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	path := filepath.Join(t.TempDir(), "x.db")
	db, other := openAt(t, path, clock.Now), openAt(t, path, clock.Now)
	elsewhere := Owner{Host: "elsewhere", PID: 1}

	first, err := db.LockSource(ctx, "blog", ThisProcess())
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.LockSource(ctx, "blog", elsewhere)
	var busy *BusyError
	if !errors.Is(err, ErrBusy) || !errors.As(err, &busy) || busy.Owner.PID != os.Getpid() {
		t.Fatalf("second lock: %v, want a BusyError naming this process", err)
	}
	if l, err := other.LockSource(ctx, "another", elsewhere); err != nil {
		t.Errorf("lock of another source: %v", err)
	} else if err := l.Release(ctx); err != nil {
		t.Error(err)
	}

	clock.Add(20 * time.Second)
	if err := first.Heartbeat(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Add(20 * time.Second)
	if _, err := other.LockSource(ctx, "blog", elsewhere); !errors.Is(err, ErrBusy) {
		t.Errorf("after a heartbeat: %v, want %v", err, ErrBusy)
	}
	clock.Add(20 * time.Second)
	second, err := other.LockSource(ctx, "blog", elsewhere)
	if err != nil {
		t.Fatalf("after the heartbeat stopped: %v", err)
	}
	if second.Token <= first.Token {
		t.Errorf("token %d after %d", second.Token, first.Token)
	}
	if err := first.Heartbeat(ctx); !errors.Is(err, ErrStaleLease) {
		t.Errorf("heartbeat of the lost lock: %v, want %v", err, ErrStaleLease)
	}
	if err := first.Release(ctx); err != nil { // must not free the other's lock
		t.Error(err)
	}
	if _, err := db.LockSource(ctx, "blog", ThisProcess()); !errors.Is(err, ErrBusy) {
		t.Errorf("after the lost lock was released: %v, want %v", err, ErrBusy)
	}
	for range 2 {
		if err := second.Release(ctx); err != nil {
			t.Error(err)
		}
	}
	third, err := db.LockSource(ctx, "blog", ThisProcess())
	if err != nil {
		t.Fatal(err)
	}
	if err := third.Release(ctx); err != nil {
		t.Error(err)
	}
}

// TestLockOfADeadProcess checks that a lock is free at once when its holder on
// this machine is gone, and that its process number alone does not hold it.
func TestLockOfADeadProcess(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, newClock().Now)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	gone := exec.Command(exe, "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	me := ThisProcess()
	dead := me
	dead.PID, dead.Started = gone.Process.Pid, "12345"
	reused := me
	reused.Started = "1"
	far := dead
	far.Host = "elsewhere"
	for _, tt := range []struct {
		name   string
		holder Owner
		free   bool
	}{
		{"dead", dead, true},
		{"number given to another process", reused, me.Started != ""},
		{"alive", me, false},
		{"dead here, but of another machine", far, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := db.LockSource(ctx, tt.name, tt.holder)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Release(ctx) }()
			second, err := db.LockSource(ctx, tt.name, me)
			if free := err == nil; free != tt.free {
				t.Errorf("free %t, want %t: %v", free, tt.free, err)
			}
			if second != nil {
				_ = second.Release(ctx)
			}
		})
	}
}

func TestSourcesShowTheHolder(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, newClock().Now)
	write(t, db, func(tx *Tx) error { return tx.SaveSource(tamiz.Source{Name: "blog"}) })
	holder := func() *Owner {
		t.Helper()
		list, err := db.Sources(ctx)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].Holder
	}
	if h := holder(); h != nil {
		t.Errorf("held by %v, want nobody", h)
	}
	l, err := db.LockSource(ctx, "blog", ThisProcess())
	if err != nil {
		t.Fatal(err)
	}
	if h := holder(); h == nil || h.PID != os.Getpid() {
		t.Errorf("held by %v, want this process", h)
	}
	if err := l.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if h := holder(); h != nil {
		t.Errorf("held by %v after the release", h)
	}
}
