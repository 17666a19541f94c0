package source_test

import (
	"fmt"
	"strings"
	"testing"

	"tamiz"
	"tamiz/source"
)

// web is a made-up site: which links a page has, and whether it is an article.
type web func(url string) (links []string, article bool)

// crawl follows a web breadth-first, asking a guard about each link when it is
// found, as an ingest run does. It stops after limit pages.
func crawl(t *testing.T, start string, site web, limit int) (fetched, articles int) {
	t.Helper()
	guard := source.NewTrapGuard()
	selector, err := source.NewSelector(source.Selection{Site: start, Traps: guard})
	if err != nil {
		t.Fatal(err)
	}
	queue := []tamiz.Link{{URL: start, Follow: true}}
	seen := map[string]bool{start: true}
	for len(queue) > 0 && fetched < limit {
		l := queue[0]
		queue = queue[1:]
		if outcome, _ := selector.Judge(l); outcome != "" {
			continue
		}
		fetched++
		refs, article := site(l.URL)
		if article {
			articles++
		}
		guard.Yielded(l, article)
		var found []tamiz.Link
		for _, ref := range refs {
			if !seen[ref] {
				seen[ref] = true
				found = append(found, tamiz.Link{URL: ref, Via: l.URL, Follow: true})
			}
		}
		kept, _ := selector.Select(found)
		queue = append(queue, kept...)
	}
	return fetched, articles
}

const host = "https://site.example"

// numbers reads the numbers of a URL that has the given form.
func numbers(url, form string, n ...any) bool {
	read, err := fmt.Sscanf(strings.TrimPrefix(url, host), form, n...)
	return err == nil && read == len(n)
}

func TestEndlessSitesStop(t *testing.T) {
	t.Parallel()
	tests := map[string]web{
		"months in the path": func(u string) ([]string, bool) {
			y, m := 2026, 11
			if !numbers(u, "/calendar/%d/%d", &y, &m) {
				return []string{host + "/calendar/2026/11"}, false
			}
			return []string{fmt.Sprintf("%s/calendar/%d/%02d", host, y+m/12, m%12+1), fmt.Sprintf("%s/calendar/%d/%02d", host, y-1, m)}, false
		},
		"months and their days": func(u string) (links []string, _ bool) {
			y, m, d := 2026, 11, 0
			if numbers(u, "/events/%d/%d/%d", &y, &m, &d) {
				return nil, false
			}
			numbers(u, "/events/%d/%d", &y, &m)
			for day := range 30 {
				links = append(links, fmt.Sprintf("%s/events/%d/%02d/%02d", host, y, m, day+1))
			}
			return append(links, fmt.Sprintf("%s/events/%d/%02d", host, y+m/12, m%12+1)), false
		},
		"a month in a parameter": func(u string) ([]string, bool) {
			y, m := 2026, 11
			numbers(u, "/agenda?month=%d-%d", &y, &m)
			return []string{fmt.Sprintf("%s/agenda?month=%d-%02d", host, y+m/12, m%12+1)}, false
		},
		"a token in a parameter": func(u string) ([]string, bool) {
			n := 0
			numbers(u, "/?visit=a%dz", &n)
			return []string{fmt.Sprintf("%s/?visit=a%dz", host, n+1), fmt.Sprintf("%s/?visit=a%dz", host, n+2)}, false
		},
		"filters that combine": func(u string) (links []string, _ bool) {
			_, query, _ := strings.Cut(u, "?")
			for i := range 26 {
				if name := string(rune('a'+i)) + "x"; !strings.Contains(query, name) {
					links = append(links, strings.TrimSuffix(host+"/shop?"+name+"=on&"+query, "&"))
				}
			}
			return links, false
		},
	}
	for name, site := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fetched, _ := crawl(t, host+"/", site, 10_000)
			t.Logf("%d pages fetched", fetched)
			if fetched > 100 {
				t.Errorf("%d pages were fetched, want at most 100", fetched)
			}
		})
	}
}

func TestMazeOfWordsStops(t *testing.T) {
	t.Parallel()
	words := strings.Fields("amber birch cedar delta ember fjord grove heath")
	fetched, _ := crawl(t, host+"/", func(u string) (links []string, _ bool) {
		if strings.Count(u, "-") > 12 {
			return nil, false
		}
		for _, w := range words {
			links = append(links, strings.TrimSuffix(u, "/")+"-"+w)
		}
		if u == host+"/" {
			links = []string{host + "/maze/start"}
		}
		return links, false
	}, 10_000)
	if fetched > 500 {
		t.Errorf("%d pages were fetched, want at most 500", fetched)
	}
}

// TestSoundSitesAreComplete: sites whose addresses look just like those of the
// traps, with 2,000 articles each, next to an endless calendar.
func TestSoundSitesAreComplete(t *testing.T) {
	t.Parallel()
	const total, perPage = 2000, 10
	calendar := func(u string) []string {
		y, m := 2026, 11
		numbers(u, "/calendar/%d/%d", &y, &m)
		return []string{fmt.Sprintf("%s/calendar/%d/%02d", host, y+m/12, m%12+1)}
	}
	tests := map[string]struct{ article, list string }{
		"numbers in paths":      {"/post/%d", "/page/%d"},
		"numbers in parameters": {"/?p=%d", "/?paged=%d"},
		"dates in paths":        {"/2026/11/05/n%d", "/archive/%d"},
		"mixed":                 {"/news/%d.html", "/news?start=%d"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := func(u string) (links []string, article bool) {
				if strings.Contains(u, "/calendar/") {
					return calendar(u), false
				}
				n := 0
				if numbers(u, tt.article, &n) {
					return []string{host + "/calendar/2026/11"}, true
				}
				page := 1
				numbers(u, tt.list, &page)
				for i := range perPage {
					links = append(links, host+fmt.Sprintf(tt.article, (page-1)*perPage+i+1))
				}
				if page*perPage < total {
					links = append(links, host+fmt.Sprintf(tt.list, page+1))
				}
				return append(links, host+"/calendar/2026/11"), false
			}
			fetched, articles := crawl(t, host+"/", site, 10_000)
			if articles != total {
				t.Errorf("%d of %d articles were fetched (%d pages)", articles, total, fetched)
			}
			if spare := fetched - total - total/perPage; spare > 100 {
				t.Errorf("%d pages beyond the site's own were fetched", spare)
			}
		})
	}
}

// TestListsComeBeforeTheirArticles: all list pages are fetched first, and the
// articles only prove their worth afterwards.
func TestListsComeBeforeTheirArticles(t *testing.T) {
	t.Parallel()
	guard := source.NewTrapGuard()
	for page := range 150 {
		l := tamiz.Link{URL: fmt.Sprintf("%s/blog/page/%d", host, page+1), Via: host + "/blog"}
		if reason := guard.Check(l); reason != "" {
			t.Fatalf("list page %d is refused: %s", page+1, reason)
		}
		guard.Yielded(l, false)
	}
	if reason := guard.Check(tamiz.Link{URL: host + "/blog/post/7", Via: host + "/blog/page/1"}); reason != "" {
		t.Errorf("an article is refused: %s", reason)
	}
}

func TestGuardKeepsHostsApart(t *testing.T) {
	t.Parallel()
	guard := source.NewTrapGuard()
	for n := range 500 {
		guard.Yielded(tamiz.Link{URL: fmt.Sprintf("%s/calendar/%d", host, n)}, false)
	}
	if guard.Check(tamiz.Link{URL: host + "/calendar/501"}) == "" {
		t.Error("an exhausted shape is not refused")
	}
	for _, l := range []tamiz.Link{
		{URL: host + ":8080/calendar/501"},
		{URL: "https://other.example/calendar/501"},
		{URL: host + "/about"},
		{URL: host + "/calendar/501", Kind: tamiz.LinkSitemap},
		{URL: host + "/calendar/501", Kind: tamiz.LinkFeed},
		{URL: host + "/%D0%B1%D0%BB%D0%BE%D0%B3/%D0%BA%D0%B0%D0%BA"},
	} {
		if reason := guard.Check(l); reason != "" {
			t.Errorf("%v is refused: %s", l, reason)
		}
	}
}
