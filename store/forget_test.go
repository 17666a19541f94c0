//go:build sqlite_fts5 || fts5

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// secret is a word that stands in every place of what is to be forgotten, and
// nowhere else.
const secret = "xyzzyplugh"

// remember stores an article with everything around it.
func remember(t testing.TB, db *DB, run int64, url, word string) {
	t.Helper()
	write(t, db, func(tx *Tx) error {
		for version := range 2 {
			a := article(url, "en", "Title "+word, fmt.Sprintf("Text %d about %s, many words long.", version, word))
			a.Authors, a.Tags, a.Standfirst, a.Excerpt = []string{word}, []string{word}, word, word
			meta := ArticleMeta{Signature: []byte("signature " + word)}
			if _, err := tx.SaveArticle(a, meta); err != nil {
				return err
			}
		}
		l := tamiz.Link{URL: url, Source: "blog", Via: "https://list.example/", Title: word}
		if err := tx.SavePage(&tamiz.Page{URL: url, Body: []byte("<p>" + word + "</p>")}); err != nil {
			return err
		}
		if err := tx.FinishFetch(run, &tamiz.Fetch{Link: l, Outcome: tamiz.OutcomeNew, Reason: word, Status: 200}); err != nil {
			return err
		}
		from := tamiz.Link{URL: "https://c.example/from", Source: "blog", Via: url}
		hops := []tamiz.Hop{{URL: from.URL, Status: 301, To: url}}
		if err := tx.FinishFetch(run, &tamiz.Fetch{Link: from, Outcome: tamiz.OutcomeAlias, Reason: "leads to " + url, Hops: hops}); err != nil {
			return err
		}
		return tx.AddAlias(url+"?utm="+word, url)
	})
}

func TestForget(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name, what string
		want       ForgetReport
		tombstones []string
	}{
		{"a URL", "https://a.example/1", ForgetReport{Kind: "url", Articles: 1, Revisions: 1, Pages: 1, URLs: 1},
			[]string{"https://a.example/1", "https://a.example/1?utm=" + secret}},
		{"an alias", "https://a.example/1?utm=" + secret, ForgetReport{Kind: "url", Articles: 1, Revisions: 1, Pages: 1, URLs: 1},
			[]string{"https://a.example/1", "https://a.example/1?utm=" + secret}},
		{"an article", ArticleID("https://a.example/1"), ForgetReport{Kind: "url", Articles: 1, Revisions: 1, Pages: 1, URLs: 1},
			[]string{"https://a.example/1", "https://a.example/1?utm=" + secret}},
		{"a host", "A.Example", ForgetReport{Kind: "host", Articles: 1, Revisions: 1, Pages: 1, URLs: 2}, []string{"a.example"}},
		{"nothing that is there", "https://a.example/unknown", ForgetReport{Kind: "url"}, []string{"https://a.example/unknown"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			db := openAt(t, path, newClock().Now)
			write(t, db, func(tx *Tx) error { return tx.SaveSite("a.example", []byte(secret), 3) })
			run := startRun(t, db, "blog", link("https://a.example/waiting"), link("https://b.example/waiting"))
			remember(t, db, run, "https://b.example/1", "harmless")
			remember(t, db, run, "https://a.example/1", secret)
			for i := range 30 { // so that the index has parts that are not merged by themselves
				save(t, db, article(fmt.Sprintf("https://d.example/%d", i), "en", "Other", prose(2000)))
			}
			write(t, db, func(tx *Tx) error {
				a, b := ArticleID("https://a.example/1"), ArticleID("https://b.example/1")
				if err := tx.SaveMatches([]tamiz.Match{{A: a, B: b, Kind: "near", Similarity: .9, Reason: secret}}); err != nil {
					return err
				}
				return tx.SetWorks([]WorkAssignment{{Work: "w", Members: []WorkMember{
					{Article: a, Relation: tamiz.Original},
					{Article: b, Relation: tamiz.Reprint, Match: tamiz.Match{A: a, B: b, Kind: "near", Similarity: .9, Reason: secret}},
				}}})
			})
			var r ForgetReport
			write(t, db, func(tx *Tx) (err error) {
				r, err = tx.Forget(tt.what)
				return err
			})
			if diff := cmp.Diff(tt.want, r); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			var stones []string
			list, err := db.Tombstones(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				stones = append(stones, s.What)
			}
			if diff := cmp.Diff(tt.tombstones, stones); diff != "" {
				t.Errorf("tombstones (-want +got):\n%s", diff)
			}
			checked(t, db)
			if _, n, err := db.Search(ctx, SearchRequest{Query: "harmless"}); n != 1 || err != nil {
				t.Errorf("what stays is found %d times, %v", n, err)
			}
			if tt.want.Articles == 0 {
				return
			}

			if _, n, err := db.Search(ctx, SearchRequest{Query: secret}); n != 0 || err != nil {
				t.Errorf("what was forgotten is found %d times, %v", n, err)
			}
			for table, query := range map[string]string{
				"fetches":   `SELECT count(*) FROM fetches WHERE reason LIKE ?1 OR via LIKE ?1 OR hops LIKE ?1`,
				"urls":      `SELECT count(*) FROM urls WHERE url LIKE ?1 OR reason LIKE ?1`,
				"sightings": `SELECT count(*) FROM sightings WHERE via LIKE ?1`,
				"aliases":   `SELECT count(*) FROM aliases WHERE alias LIKE ?1 OR target LIKE ?1`,
				"editions":  `SELECT count(*) FROM editions WHERE reason LIKE '%` + secret + `%' AND ?1 <> ''`,
			} {
				var n int
				if err := db.read.QueryRow(query, "%https://a.example/1%").Scan(&n); err != nil || n != 0 {
					t.Errorf("%d rows of %s still tell of it, %v", n, table, err)
				}
			}
			if tt.name == "a host" { // the other tombstones hold the word themselves
				for _, suffix := range []string{"", "-wal"} {
					b, err := os.ReadFile(path + suffix)
					if err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Fatal(err)
					}
					// The index stores a word without the beginning it shares with the one before.
					if bytes.Contains(b, []byte(secret[2:])) {
						t.Errorf("the file x.db%s still holds the word", suffix)
					}
				}
			}

			for _, url := range []string{"https://a.example/1", "https://a.example/1?utm=" + secret} {
				if gone, err := db.Forgotten(ctx, url); !gone || err != nil {
					t.Errorf("Forgotten(%s): %t, %v", url, gone, err)
				}
			}
			if gone, err := db.Forgotten(ctx, "https://b.example/1"); gone || err != nil {
				t.Errorf("Forgotten of what stays: %t, %v", gone, err)
			}
			err = db.Write(ctx, func(tx *Tx) error {
				if n, err := tx.AddLinks(run, []tamiz.Link{link("https://a.example/1")}); n != 0 || err != nil {
					t.Errorf("added %d links to what was forgotten, %v", n, err)
				}
				if err := tx.SavePage(&tamiz.Page{URL: "https://a.example/1"}); !errors.Is(err, ErrForgotten) {
					t.Errorf("SavePage: %v, want %v", err, ErrForgotten)
				}
				_, err := tx.SaveArticle(article("https://a.example/1", "en", "Back", "Back again."), ArticleMeta{})
				return err
			})
			if !errors.Is(err, ErrForgotten) {
				t.Errorf("SaveArticle: %v, want %v", err, ErrForgotten)
			}
		})
	}
}

// TestForgetWaitingLinks checks that a host's links leave the frontier with it.
func TestForgetWaitingLinks(t *testing.T) {
	db := openTest(t, nil)
	run := startRun(t, db, "blog", link("https://a.example/1"), link("https://a.example/2"), link("https://b.example/1"))
	l, _, _ := lease(t, db, 1, run)
	if l.Host != "a.example" {
		t.Fatalf("leased %s", l.Host)
	}
	write(t, db, func(tx *Tx) error { _, err := tx.Forget("a.example"); return err })
	release(t, db, l, nil, tamiz.HostState{})
	l, _, _ = lease(t, db, 5, run)
	if diff := cmp.Diff([]string{"https://b.example/1"}, urlsOf(l)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	checked(t, db)
}
