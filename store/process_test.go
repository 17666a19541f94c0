//go:build sqlite_fts5 || fts5

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tamiz"
)

// The tests of this file start the test binary again as another process; what
// it is to do stands in the environment.
const (
	childRole = "TAMIZ_STORE_TEST_CHILD"
	childFile = "TAMIZ_STORE_TEST_FILE"
	childName = "TAMIZ_STORE_TEST_NAME"
)

func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv(childRole); role {
	case "":
		os.Exit(m.Run())
	case "crawl":
		err = crawlForEver(os.Getenv(childFile), os.Getenv(childName))
	case "write":
		err = writeMuch(os.Getenv(childFile), os.Getenv(childName))
	default:
		err = fmt.Errorf("unknown role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(t testing.TB, role, path, name string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childRole+"="+role, childFile+"="+path, childName+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

const crawlPages = 5000 // more than the killed crawls together get to

// crawlForEver resumes a crawl, page after page, each in one transaction with
// its article, and prints the URLs that are safely stored.
func crawlForEver(path, round string) error {
	ctx := context.Background()
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	var run int64
	err = db.Write(ctx, func(tx *Tx) error {
		var ok bool
		if run, ok, err = tx.ResumeRun("blog", "key"); err != nil || ok {
			return err
		}
		if run, err = tx.StartRun("blog", "crawl", "key"); err != nil {
			return err
		}
		for i := range crawlPages {
			if _, err := tx.AddLinks(run, []tamiz.Link{link(fmt.Sprintf("https://h%d.example/%d", i%7, i))}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		var l *tamiz.Lease
		err := db.Write(ctx, func(tx *Tx) (err error) {
			l, _, _, err = tx.Lease(LeaseRequest{Runs: []int64{run}})
			return err
		})
		if err != nil || l == nil {
			return errors.Join(err, errors.New("nothing left to crawl"))
		}
		for _, target := range l.Targets {
			url := target.Link.URL
			err := db.Write(ctx, func(tx *Tx) error {
				// The text changes with every round, so that revisions come about.
				a := article("https://shared.example/"+strconv.Itoa(len(url)%3), "en", "Round "+round, "Text of "+url+" in round "+round)
				if _, err := tx.SaveArticle(a, ArticleMeta{Signature: []byte(url)}); err != nil {
					return err
				}
				if _, err := tx.SaveArticle(article(url, "en", "Title", prose(2000)), ArticleMeta{}); err != nil {
					return err
				}
				if err := tx.SavePage(&tamiz.Page{URL: url, Body: []byte(prose(3000))}); err != nil {
					return err
				}
				return tx.FinishFetch(run, &tamiz.Fetch{Link: target.Link, Outcome: tamiz.OutcomeNew, Status: 200})
			})
			if err != nil {
				return err
			}
			fmt.Println(url)
		}
		if err := db.Write(ctx, func(tx *Tx) error { return tx.Release(l, nil, tamiz.HostState{}) }); err != nil {
			return err
		}
	}
}

// TestKilledCrawl kills a crawling process ten times at a moment chosen by
// chance. Each time the file must be sound, hold everything the process said
// was stored, and have every URL either waiting or finished; the next process
// goes on without fetching anything twice.
func TestKilledCrawl(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	chance := rand.New(rand.NewPCG(1, 2))
	stored := map[string]int{}
	for round := range 10 {
		cmd := child(t, "crawl", path, strconv.Itoa(round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() || lines.Text() != "ready" {
			t.Fatalf("round %d: the process said %q", round, lines.Text())
		}
		fuse := time.AfterFunc(time.Duration(20+chance.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			stored[lines.Text()]++
		}
		fuse.Stop()
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
			t.Fatalf("round %d: the process ended by itself: %v", round, err)
		}

		db, err := Open(ctx, path, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checked(t, db)
		var waiting, finished, articles int
		err = db.read.QueryRow(`
			SELECT (SELECT count(*) FROM frontier), (SELECT count(*) FROM fetches),
			       (SELECT count(*) FROM articles WHERE url LIKE 'https://h_.example/%' AND revision_of IS NULL)`).
			Scan(&waiting, &finished, &articles)
		if err != nil {
			t.Fatal(err)
		}
		if waiting+finished != crawlPages || finished != articles || finished < len(stored) {
			t.Errorf("round %d: %d waiting, %d finished, %d articles, %d said to be stored, of %d", round, waiting, finished, articles, len(stored), crawlPages)
		}
		for url := range stored {
			if u, err := db.URL(ctx, url); err != nil || u.Outcome != tamiz.OutcomeNew || u.Article == "" {
				t.Errorf("round %d: %s was stored and is %+v, %v", round, url, u, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(stored) < 50 {
		t.Fatalf("only %d pages were crawled", len(stored))
	}
	for url, n := range stored {
		if n > 1 {
			t.Errorf("%s was fetched %d times", url, n)
		}
	}
}

// Figures of the processes that write at the same time.
const (
	writers    = 3 // processes
	writesEach = 60
)

// writeMuch stores articles, reading what is there before each write.
func writeMuch(path, name string) error {
	ctx := context.Background()
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	for i := range writesEach {
		err := db.Write(ctx, func(tx *Tx) error {
			var n int
			if err := tx.row(`SELECT value FROM meta WHERE name = 'counter'`).Scan(&n); err != nil && !errors.Is(none(err), ErrNotFound) {
				return err
			}
			if err := tx.run(`INSERT OR REPLACE INTO meta VALUES ('counter', ?)`, strconv.Itoa(n+1)); err != nil {
				return err
			}
			_, err := tx.SaveArticle(article(fmt.Sprintf("https://%s.example/%d", name, i), "en", "Title", prose(1000)), ArticleMeta{})
			return err
		})
		if err != nil {
			return fmt.Errorf("write %d: %w", i, err)
		}
		if _, _, err := db.Search(ctx, SearchRequest{Query: "title", Limit: 1}); err != nil {
			return fmt.Errorf("read %d: %w", i, err)
		}
	}
	return db.Close()
}

// TestProcessesWriteTogether has several processes create, migrate and write
// one file at once, beside two handles of this process. Nobody may be turned
// away, and no change may be lost.
func TestProcessesWriteTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	for i := range writers {
		cmd := child(t, "write", path, fmt.Sprint("process", i))
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	for i := range 2 {
		wg.Go(func() {
			if err := writeMuch(path, fmt.Sprint("handle", i)); err != nil {
				t.Errorf("handle %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	db := openAt(t, path, nil)
	checked(t, db)
	var counter string
	if err := db.read.QueryRow(`SELECT value FROM meta WHERE name = 'counter'`).Scan(&counter); err != nil {
		t.Fatal(err)
	}
	want := (writers + 2) * writesEach
	if counter != strconv.Itoa(want) {
		t.Errorf("counted to %s, want %d", counter, want)
	}
	if _, n, err := db.Search(context.Background(), SearchRequest{Query: "title"}); err != nil || n != want {
		t.Errorf("%d articles, %v; want %d", n, err, want)
	}
}

// TestHostIsOutOnceAcrossHandles takes leases from two handles at once.
func TestHostIsOutOnceAcrossHandles(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "x.db")
	first := openAt(t, path, nil)
	var links []tamiz.Link
	for i := range 40 {
		links = append(links, link(fmt.Sprintf("https://h%d.example/", i)))
	}
	run := startRun(t, first, "s", links...)
	var mu sync.Mutex
	var hosts []string
	var wg sync.WaitGroup
	for range 4 {
		db := openAt(t, path, nil)
		wg.Go(func() {
			for {
				var l *tamiz.Lease
				err := db.Write(ctx, func(tx *Tx) (err error) {
					l, _, _, err = tx.Lease(LeaseRequest{Runs: []int64{run}})
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if l == nil {
					return
				}
				mu.Lock()
				hosts = append(hosts, l.Host)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, h := range hosts {
		if seen[h] {
			t.Errorf("host %s is out twice", h)
		}
		seen[h] = true
	}
	if len(seen) != len(links) {
		t.Errorf("%d hosts were leased (%s), want %d", len(seen), strings.Join(hosts, " "), len(links))
	}
}
