package main

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tamiz"
	"tamiz/internal/mirrorsite"
	"tamiz/store"
)

// TestKilledCrawlsLoseNothing kills a crawl ten times at some moment. Every
// time the database must open and be whole; the last crawl finishes the work.
func TestKilledCrawlsLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a dozen processes")
	}
	m := mirrorsite.New()
	bases := m.Start(t)
	path := filepath.Join(t.TempDir(), "t.db")
	args := []string{"crawl", bases[0] + "/", bases[1] + "/", "--db", path, "--depth", "4", "--delay", "0s", "--allow-private", "--quiet"}
	r := rand.New(rand.NewPCG(2026, 11))
	for range 10 {
		cmd := exec.Command("tamiz", args...)
		cmd.Stderr = io.Discard
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(50+r.IntN(350)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
		checkWhole(t, path)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("tamiz", args...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if ee := new(exec.ExitError); !asExit(err, &ee) || ee.ExitCode() != statusPartial {
			t.Fatalf("the last crawl: %v\n%s", err, stderr.String())
		}
	}
	db := checkWhole(t, path)
	n := 0
	works := map[string]bool{}
	err := db.Articles(t.Context(), store.ArticleFilter{AllEditions: true}, func(a *tamiz.Article) error {
		n++
		works[a.Work] = true
		if a.Text == "" || a.Title == "" || a.Work == "" {
			t.Errorf("half an article: %s", a.URL)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := m.Expect()
	if n != want.Articles || len(works) != len(want.Works) {
		t.Errorf("%d articles in %d works, want %d in %d", n, len(works), want.Articles, len(want.Works))
	}
	// A page is fetched again only if the kill came before it was stored.
	for host := range bases {
		asked := map[string]int{}
		twice := 0
		for _, req := range m.Requests(host) {
			if asked[req.Path]++; req.Status == 200 && asked[req.Path] > 1 {
				twice++
			}
		}
		if most := 10 * (16 + 1); twice > most {
			t.Errorf("host %d: %d pages were fetched again, more than were in flight", host, twice)
		}
	}
}

func asExit(err error, to **exec.ExitError) bool {
	ee, ok := err.(*exec.ExitError) //nolint:errorlint // Run returns it as it is
	*to = ee
	return ok
}

// checkWhole opens the database and runs every check on it.
func checkWhole(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	rep, err := db.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rep.Problems {
		t.Errorf("after a kill: %s", p)
	}
	return db
}
