//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

func TestPages(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openTest(t, clock.Now)
	page := func(url string, at time.Time) *tamiz.Page {
		return &tamiz.Page{
			URL: url, FinalURL: url + "?final", Source: "blog", Status: 200, MediaType: "text/html", Charset: "windows-1251", Truncated: true,
			Header:    http.Header{"Content-Type": {"text/html"}, "X-Robots-Tag": {"noindex", "nofollow"}},
			FetchedAt: at, Body: []byte(strings.Repeat("<p>страница</p>", 1000)),
		}
	}
	want := page("https://a.example/1", clock.Now())
	saved := *want
	saved.Header = want.Header.Clone()
	saved.Header.Set("Set-Cookie", "secret") // not kept
	write(t, db, func(tx *Tx) error {
		for _, p := range []*tamiz.Page{&saved, page("https://b.example/1", clock.Now().Add(-time.Hour)), page("https://a.example/2", clock.Now())} {
			if err := tx.SavePage(p); err != nil {
				return err
			}
		}
		return tx.AddAlias(want.URL, want.FinalURL)
	})
	for _, url := range []string{want.FinalURL, want.URL} {
		got, err := db.Page(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("page by %s (-want +got):\n%s", url, diff)
		}
	}
	list := func(host string) string {
		t.Helper()
		var urls []string
		if err := db.EachPage(ctx, host, func(p *tamiz.Page) error { urls = append(urls, p.URL); return nil }); err != nil {
			t.Fatal(err)
		}
		return strings.Join(urls, " ")
	}
	for host, want := range map[string]string{
		"":          "https://a.example/1 https://a.example/2 https://b.example/1",
		"a.example": "https://a.example/1 https://a.example/2",
		"c.example": "",
	} {
		if diff := cmp.Diff(want, list(host)); diff != "" {
			t.Errorf("pages of host %q (-want +got):\n%s", host, diff)
		}
	}
	if hosts, err := db.PageHosts(ctx); err != nil || !cmp.Equal(hosts, []string{"a.example", "b.example"}) {
		t.Errorf("PageHosts: %v, %v", hosts, err)
	}
	write(t, db, func(tx *Tx) error {
		n, err := tx.PrunePages(clock.Now())
		if n != 1 {
			t.Errorf("pruned %d pages, want the one of an hour ago", n)
		}
		return err
	})
	if _, err := db.Page(ctx, "https://b.example/1?final"); !errors.Is(err, ErrNotFound) {
		t.Errorf("pruned page: %v, want %v", err, ErrNotFound)
	}
	var stored int
	if err := db.read.QueryRow(`SELECT max(length(body)) FROM pages`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if stored > len(want.Body)/10 {
		t.Errorf("%d bytes stored for a page of %d", stored, len(want.Body))
	}
}

// TestEmptyPage checks that a page without a body comes back as one.
func TestEmptyPage(t *testing.T) {
	db := openTest(t, nil)
	write(t, db, func(tx *Tx) error { return tx.SavePage(&tamiz.Page{URL: "https://a.example/"}) })
	p, err := db.Page(context.Background(), "https://a.example/")
	if err != nil || len(p.Body) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestSites(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	if b, err := db.Site(ctx, "a.example"); b != nil || err != nil {
		t.Errorf("Site of an unknown host: %v, %v", b, err)
	}
	write(t, db, func(tx *Tx) error {
		if err := tx.SaveSite("a.example", []byte("few"), 2); err != nil {
			return err
		}
		if err := tx.SaveSite("a.example", []byte("learned"), 30); err != nil {
			return err
		}
		b, err := tx.Site("a.example")
		if string(b) != "learned" {
			t.Errorf("Site in the transaction: %q", b)
		}
		return err
	})
	if b, err := db.Site(ctx, "a.example"); string(b) != "learned" || err != nil {
		t.Errorf("Site: %q, %v", b, err)
	}
	sites, err := db.Sites(ctx)
	if diff := cmp.Diff([]LearnedSite{{Host: "a.example", Pages: 30}}, sites); diff != "" || err != nil {
		t.Errorf("Sites: %v (-want +got):\n%s", err, diff)
	}
}

func TestStalePages(t *testing.T) {
	db := openTest(t, nil)
	for _, p := range []struct {
		url   string
		pages int
		keep  bool
	}{
		{"https://a.example/early", 1, true}, {"https://a.example/late", 9, true},
		{"https://a.example/gone", 1, false}, {"https://b.example/early", 1, true},
	} {
		write(t, db, func(tx *Tx) error {
			if p.keep {
				if err := tx.SavePage(&tamiz.Page{URL: p.url, Body: []byte("x")}); err != nil {
					return err
				}
			}
			_, err := tx.SaveArticle(article(p.url, "en", "T", "Text."), ArticleMeta{CleanedWith: p.pages})
			return err
		})
	}
	got, err := db.StalePages(context.Background(), "a.example", 9)
	if diff := cmp.Diff([]string{"https://a.example/early"}, got); diff != "" || err != nil {
		t.Errorf("StalePages: %v (-want +got):\n%s", err, diff)
	}
}
