package source

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"tamiz"
	"tamiz/weburl"
)

// How many pages without an article of a kind are fetched before the rest of
// that kind is taken for a trap. Chosen on generated sites (see the tests): an
// endless calendar of months and days is left before its hundredth page, and a
// site of 2,000 numbered articles behind 200 numbered list pages is complete.
const (
	// budgetShape is for URLs that differ in numbers or parameter values only.
	budgetShape = 50
	// budgetList is for those among them that turn the pages of a list: long
	// archives have many, and their articles may come up late.
	budgetList = 200
	// budgetQueries is for all combinations of parameters of one path, whose
	// shapes differ: the filters of a shop.
	budgetQueries = 80
	// budgetNumbers is for all URLs with numbers in one area of a site: the
	// years, months and days of a calendar.
	budgetNumbers = 60
	// budgetArea is for all pages in one area: mazes of words.
	budgetArea = 300
	// creditArticle is what an article adds to the budgets its URL and that of
	// the page it stood on count for. A list page with one new article among
	// three is worth its fetch.
	creditArticle = 3
	// maxShapes bounds the memory of a guard: what comes later is counted
	// together. 100,000 take about 20 MB.
	maxShapes = 100_000
)

// TrapGuard notices when a site goes on for ever: a calendar that always has a
// next month, filters that combine without end. No single URL shows it. What
// shows it is that many URLs which look alike were fetched and no article came
// of them.
//
// So pages are counted by what their URLs look like, in several ways, coarse
// and fine. Each count has a budget, which grows with every article it leads
// to. When one is used up, its links are refused. A site whose numbered pages
// are articles earns more than it spends.
//
// A guard serves one run and may be used by several goroutines.
type TrapGuard struct {
	mu     sync.Mutex
	counts map[string]*count
}

// count is what one kind of URL has cost and brought.
type count struct {
	barren   int // pages without an article
	articles int
}

// NewTrapGuard makes a guard that has seen nothing.
func NewTrapGuard() *TrapGuard {
	return &TrapGuard{counts: make(map[string]*count)}
}

// Yielded tells the guard what became of a fetched page. Articles are new,
// changed and unchanged ones; what turned out to be a duplicate, a list or no
// article is none. Pages that could not be had, feeds and sitemaps are not
// reported.
func (g *TrapGuard) Yielded(l tamiz.Link, isArticle bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := kinds(l.URL)
	if !isArticle {
		for _, k := range all {
			g.count(k.key).barren++
		}
		return
	}
	if l.Via != "" {
		all = append(all, kinds(l.Via)...)
	}
	credited := make(map[string]bool, len(all))
	for _, k := range all {
		if !credited[k.key] {
			credited[k.key] = true
			g.count(k.key).articles++
		}
	}
}

// Check says why a link is refused; an empty reason says that it is not. Feeds
// and sitemaps never are.
func (g *TrapGuard) Check(l tamiz.Link) string {
	if l.Kind == tamiz.LinkFeed || l.Kind == tamiz.LinkSitemap {
		return ""
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range kinds(l.URL) {
		c, ok := g.counts[k.key]
		if !ok {
			if len(g.counts) < maxShapes {
				continue
			}
			c = g.count(k.key)
		}
		if c.barren >= k.budget+creditArticle*c.articles {
			return fmt.Sprintf("%d pages like %s gave %s", c.barren, k.shape, articles(c.articles))
		}
	}
	return ""
}

func articles(n int) string {
	if n == 0 {
		return "no article"
	}
	return fmt.Sprintf("only %d articles", n)
}

// count finds a count or begins it. Beyond the limit all share one.
func (g *TrapGuard) count(key string) *count {
	c, ok := g.counts[key]
	if !ok {
		if len(g.counts) >= maxShapes {
			key = ""
			if c = g.counts[key]; c != nil {
				return c
			}
		}
		c = &count{}
		g.counts[key] = c
	}
	return c
}

// kind is one way in which a URL is like others.
type kind struct {
	key    string // what is counted together
	shape  string // the same for people
	budget int
}

// listWords are the parameters and path segments by which software numbers the
// pages of a list, in the languages such addresses are written in.
var listWords = func() map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(`page paged p pg pagina pagenum page_num pageno pn offset start from
		seite pagine strona stranica stranka sida side oldal sayfa halaman trang sivu lehekylg`) {
		set[w] = true
	}
	return set
}()

// kinds lists the ways in which a canonical URL is like others.
func kinds(u string) []kind {
	host := weburl.Host(u)
	_, rest, _ := strings.Cut(u, "://")
	path, query, _ := strings.Cut(rest[len(host):], "?")
	shape, numbered := mask(path)
	segments := strings.Split(strings.Trim(shape, "/"), "/")
	area := "/"
	if len(segments) > 1 || query != "" {
		area += segments[0]
	}
	list := len(segments) > 1 && numbered && listWords[segments[len(segments)-2]] && segments[len(segments)-1] == "#"

	var names []string
	for p := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(p, "=")
		if name = strings.ToLower(name); name == "" {
			continue
		}
		names = append(names, name)
		if _, digits := mask(value); digits {
			numbered = true
			list = list || listWords[name]
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)

	var all []kind
	add := func(class, shape string, budget int) {
		all = append(all, kind{key: class + " " + host + shape, shape: host + shape, budget: budget})
	}
	full := shape
	if len(names) > 0 {
		full += "?" + strings.Join(names, "&")
	}
	switch {
	case list:
		add("list", full, budgetList)
	case numbered || len(names) > 0:
		add("shape", full, budgetShape)
	}
	if len(names) > 0 && !list {
		add("query", shape+"?…", budgetQueries)
	}
	if numbered && !list {
		add("number", strings.TrimSuffix(area, "/")+"/…#…", budgetNumbers)
	}
	add("area", strings.TrimSuffix(area, "/")+"/…", budgetArea)
	return all
}

// mask replaces every run of letters and digits that holds a digit by "#", and
// makes the rest lower case: "/Post-123/4f6a" becomes "/post-#/#". It reports
// whether there was one. An escape is a letter, whatever digits it is made of.
func mask(s string) (masked string, numbered bool) {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		j, digit := i, false
		for j < len(s) {
			if s[j] == '%' && j+2 < len(s) {
				j += 3
				continue
			}
			if !isAlnum(s[j]) {
				break
			}
			digit = digit || '0' <= s[j] && s[j] <= '9'
			j++
		}
		switch {
		case j == i:
			b.WriteByte(s[i])
			j++
		case digit:
			b.WriteByte('#')
			numbered = true
		default:
			b.WriteString(strings.ToLower(s[i:j]))
		}
		i = j
	}
	return b.String(), numbered
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
