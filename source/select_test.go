package source_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
	"tamiz/source"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	selector, err := source.NewSelector(source.Selection{
		Include: []string{`/blog/`, `/news/\d+`},
		Exclude: []string{`/private/`, `\.pdf$`},
		Site:    "https://www.example.org/",
		Since:   day("2026-01-01"),
	})
	if err != nil {
		t.Fatal(err)
	}
	links := []struct {
		link tamiz.Link
		want string // outcome and reason; empty: kept
	}{
		{tamiz.Link{URL: "https://www.example.org/blog/a"}, ""},
		{tamiz.Link{URL: "https://news.example.org/news/7"}, ""},
		{tamiz.Link{URL: "https://www.example.org/news/latest"}, "filtered: matches no include pattern"},
		{tamiz.Link{URL: "https://www.example.org/sitemap.xml", Kind: tamiz.LinkSitemap, Modified: day("2020-01-01")}, ""},
		{tamiz.Link{URL: "https://www.example.org/feed", Kind: tamiz.LinkFeed}, ""},
		{tamiz.Link{URL: "https://www.example.org/private/feed", Kind: tamiz.LinkFeed}, `filtered: matches exclude pattern "/private/"`},
		{tamiz.Link{URL: "https://www.example.org/blog/a.pdf"}, `filtered: matches exclude pattern "\\.pdf$"`},
		{tamiz.Link{URL: "https://example.com/blog/b"}, "filtered: on another site"},
		{tamiz.Link{URL: "https://www.example.org/blog/old", Published: day("2025-12-31")}, "filtered: dated 2025-12-31, before 2026-01-01"},
		{tamiz.Link{URL: "https://www.example.org/blog/untouched", Modified: day("2025-12-31")}, "filtered: dated 2025-12-31, before 2026-01-01"},
		{tamiz.Link{URL: "https://www.example.org/blog/new", Published: day("2026-01-01")}, ""},
		{tamiz.Link{URL: "https://www.example.org/blog/changed", Published: day("2026-02-01"), Modified: day("2025-02-01")}, ""},
		{tamiz.Link{URL: "https://www.example.org/blog/a?print=1"}, "trap: print copy"},
		{tamiz.Link{URL: "https://www.example.org/blog/x/x/x/x/x"}, "trap:"},
	}
	var all []tamiz.Link
	for i := range links {
		links[i].link.Follow = true
		all = append(all, links[i].link)
	}
	all = append(all, all[0], tamiz.Link{URL: "https://www.example.org/blog/nofollow"})

	kept, skipped := selector.Select(all)
	got := map[string]string{}
	for _, l := range kept {
		if _, again := got[l.URL]; again {
			t.Errorf("%s is kept twice", l.URL)
		}
		got[l.URL] = ""
	}
	for _, s := range skipped {
		got[s.Link.URL] = string(s.Outcome) + ": " + s.Reason
	}
	for _, l := range links {
		if why := got[l.link.URL]; !strings.HasPrefix(why, l.want) || (l.want == "") != (why == "") {
			t.Errorf("%s: %q, want %q", l.link.URL, why, l.want)
		}
	}
	if diff := cmp.Diff("filtered: marked nofollow", got["https://www.example.org/blog/nofollow"]); diff != "" {
		t.Errorf("nofollow (-want +got):\n%s", diff)
	}
	if len(kept)+len(skipped) != len(links)+1 {
		t.Errorf("%d kept and %d skipped of %d", len(kept), len(skipped), len(links)+1)
	}
}

func TestSelectorRefusesBadPatterns(t *testing.T) {
	t.Parallel()
	for _, s := range []source.Selection{{Include: []string{"*"}}, {Exclude: []string{"ok", "("}}} {
		if _, err := source.NewSelector(s); err == nil || !strings.Contains(err.Error(), "compile pattern") {
			t.Errorf("%+v gives %v", s, err)
		}
	}
}
