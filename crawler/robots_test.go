package crawler

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRobotsAllowed(t *testing.T) {
	const site = "https://news.example"
	tests := []struct {
		name, file, url string
		want            bool
		line            string
	}{
		{"no file", "", "/a", true, ""},
		{"everything disallowed", "User-agent: *\nDisallow: /", "/a", false, "Disallow: /"},
		{"the file itself is always allowed", "User-agent: *\nDisallow: /", "/robots.txt", true, ""},
		{"empty disallow disallows nothing", "User-agent: *\nDisallow:", "/a", true, ""},
		{"rules before any agent belong to nobody", "Disallow: /\nUser-agent: other\nDisallow: /", "/a", true, ""},

		{"own group beats the star", "User-agent: *\nDisallow: /\n\nUser-agent: tamiz\nDisallow: /drafts", "/a", true, ""},
		{"own group is found in any case", "user-agent: TAMIZ\ndisallow: /", "/a", false, "disallow: /"},
		{"own group with a version", "User-agent: Tamiz/2.0\nDisallow: /", "/a", false, "Disallow: /"},
		{"own group without rules allows", "User-agent: tamiz\nCrawl-delay: 2\n\nUser-agent: *\nSitemap: https://x.example/s\n", "/a", true, ""},
		{"a longer name is another agent", "User-agent: tamizbot\nDisallow: /", "/a", true, ""},
		{"a name with a dash is another agent", "User-agent: tamiz-news\nDisallow: /", "/a", true, ""},
		{"groups of one agent count together", "User-agent: tamiz\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: tamiz\nDisallow: /c", "/c/d", false, "Disallow: /c"},
		{"agents listed together share rules", "User-agent: x\nUser-agent: tamiz\nDisallow: /a", "/a", false, "Disallow: /a"},
		{"a sitemap line does not end a list of agents", "User-agent: tamiz\nSitemap: https://x.example/s\nUser-agent: x\nDisallow: /a", "/a", false, "Disallow: /a"},
		{"a crawl delay does not end a list of agents", "User-agent: tamiz\nCrawl-delay: 1\nUser-agent: x\nDisallow: /a", "/a", false, "Disallow: /a"},

		{"longest match wins", "User-agent: *\nAllow: /blog/public\nDisallow: /blog", "/blog/public/1", true, "Allow: /blog/public"},
		{"longest match wins in any order", "User-agent: *\nDisallow: /blog\nAllow: /blog/public", "/blog/private", false, "Disallow: /blog"},
		{"allow wins a tie", "User-agent: *\nDisallow: /blog\nAllow: /blog", "/blog", true, "Allow: /blog"},
		{"paths are compared with their case", "User-agent: *\nDisallow: /Blog", "/blog", true, ""},
		{"a rule is a prefix", "User-agent: *\nDisallow: /blog", "/blogroll", false, "Disallow: /blog"},
		{"a rule holds for the query", "User-agent: *\nDisallow: /*?print=", "/a/b?print=1", false, "Disallow: /*?print="},
		{"the fragment is no part of it", "User-agent: *\nDisallow: /*top", "/a#top", true, ""},
		{"the host is no part of it", "User-agent: *\nDisallow: /news", "/a", true, ""},
		{"an empty path is the root", "User-agent: *\nDisallow: /$", "", false, "Disallow: /$"},

		{"dollar ends the path", "User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", true, ""},
		{"dollar matches the end", "User-agent: *\nDisallow: /*.pdf$", "/a.pdf.pdf", false, "Disallow: /*.pdf$"},
		{"dollar elsewhere is a character", "User-agent: *\nDisallow: /a$b", "/a$bc", false, "Disallow: /a$b"},
		{"star may match nothing", "User-agent: *\nDisallow: /a*b", "/ab", false, "Disallow: /a*b"},
		{"stars match in order", "User-agent: *\nDisallow: /*b*a", "/ab", true, ""},
		{"many stars", "User-agent: *\nDisallow: /**x**y**$", "/1x2y3", false, "Disallow: /**x**y**$"},
		{"an escaped star is a character", "User-agent: *\nDisallow: /a%2A", "/ab", true, ""},
		{"an escaped star matches a star", "User-agent: *\nDisallow: /a%2a", "/a*", false, "Disallow: /a%2a"},
		{"an escaped dollar at the end is a character", "User-agent: *\nDisallow: /a%24", "/a", true, ""},

		{"letters outside ASCII are escaped", "User-agent: *\nDisallow: /новости", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1", false, "Disallow: /новости"},
		{"escapes match in any case", "User-agent: *\nDisallow: /a%2fb", "/a%2Fb", false, "Disallow: /a%2fb"},
		{"an escaped slash is no slash", "User-agent: *\nDisallow: /a/b", "/a%2Fb", true, ""},
		{"escaped letters are letters", "User-agent: *\nDisallow: /%61b", "/a%62c", false, "Disallow: /%61b"},
		{"a lone percent sign", "User-agent: *\nDisallow: /100%", "/100%25", false, "Disallow: /100%"},

		{"comments end a line", "User-agent: * # all\nDisallow: /a#b", "/ac", false, "Disallow: /a"},
		{"a byte order mark", "\xef\xbb\xbfUser-agent: *\nDisallow: /", "/a", false, "Disallow: /"},
		{"old line ends", "User-agent: *\rDisallow: /a\r\nDisallow: /b\n\r", "/b", false, "Disallow: /b"},
		{"space around everything", " \tUser-agent \t:\t * \n  Disallow :  /a  ", "/a", false, "Disallow :  /a"},
		{"a missing colon", "User-agent *\nDisallow /a", "/a", false, "Disallow /a"},
		{"a sentence without a colon is no rule", "User-agent: *\nDisallow /a please", "/a", true, ""},
		{"a frequent misspelling", "User-agent: *\nDissallow: /a", "/a", false, "Dissallow: /a"},
		{"an index page stands for its folder", "User-agent: *\nDisallow: /\nAllow: /blog/index.html", "/blog/", true, "Allow: /blog/index.html"},
		{"but not for what is in it", "User-agent: *\nDisallow: /\nAllow: /blog/index.html", "/blog/1", false, "Disallow: /"},
		{"rubbish", "<!doctype html><title>Not found</title>\x00\xff\xfe:::\n::", "/a", true, ""},
		{"invalid UTF-8 in a rule", "User-agent: *\nDisallow: /\xe9", "/x", true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			robots := ParseRobots([]byte(test.file))
			got, line := robots.Allowed("tamiz/1.0 (+https://tamiz.example)", site+test.url)
			if got != test.want || line != test.line {
				t.Errorf("Allowed(%q) = %v by %q, want %v by %q", test.url, got, line, test.want, test.line)
			}
		})
	}
}

func TestRobotsDelayAndSitemaps(t *testing.T) {
	robots := ParseRobots([]byte(`
User-agent: *
Crawl-delay: 10
Disallow: /a

User-agent: tamiz
Crawl-delay: 1.5
Crawl-delay: soon
Crawl-delay: -3
Crawl-delay: NaN

User-agent: patient
Crawl-delay: 1e300

User-agent: eager
Disallow:

Sitemap: https://x.example/sitemap.xml
Sitemap: /relative.xml
sitemap: HTTP://x.example/news.xml?a=b # newest
`))
	for agent, want := range map[string]time.Duration{
		"tamiz": 1500 * time.Millisecond, "patient": 24 * time.Hour, "eager": 0, "anybody": 10 * time.Second,
	} {
		if got := robots.CrawlDelay(agent); got != want {
			t.Errorf("CrawlDelay(%q) = %v, want %v", agent, got, want)
		}
	}
	want := []string{"https://x.example/sitemap.xml", "HTTP://x.example/news.xml?a=b"}
	if diff := cmp.Diff(want, robots.Sitemaps()); diff != "" {
		t.Errorf("Sitemaps (-want +got):\n%s", diff)
	}
}

func TestRobotsReadsItsFirstBytes(t *testing.T) {
	const start, rule = "User-agent: *\nDisallow: /early\n", "Disallow: /late"
	tests := []struct {
		name    string
		size    int // of what stands before the rule
		allowed bool
	}{
		{"just inside", MaxRobotsBytes - len(rule), false},
		{"cut in the middle", MaxRobotsBytes - len(rule) + 1, true},
		{"beyond", MaxRobotsBytes + 1<<10, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			filler := strings.Repeat("# nothing\n", test.size/10+1)[:test.size-len(start)-1] + "\n"
			robots := ParseRobots([]byte(start + filler + rule + "\n"))
			if got, _ := robots.Allowed("tamiz", "/late"); got != test.allowed {
				t.Errorf("allowed /late = %v, want %v", got, test.allowed)
			}
			if got, _ := robots.Allowed("tamiz", "/early"); got {
				t.Error("allowed /early")
			}
		})
	}
}

func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /a*b$\nAllow: /%61", "/a/b?c")
	f.Add("user-agent tamiz\r\ndisallow: /*/*/*\rcrawl-delay: 3", "https://x.example/1/2/3")
	f.Add("\xef\xbb\xbf:\n#\nDisallow: \xff%\x00%4", "%%%")
	f.Add("0", "%%370")
	f.Fuzz(func(t *testing.T, file, url string) {
		robots := ParseRobots([]byte(file))
		allowed, line := robots.Allowed("tamiz", url)
		if !allowed && line == "" {
			t.Error("disallowed by no line")
		}
		if line != strings.ToValidUTF8(line, "\uFFFD") {
			t.Errorf("line %q is not UTF-8", line)
		}
		if d := robots.CrawlDelay("tamiz"); d < 0 || d > 24*time.Hour {
			t.Errorf("crawl delay %v", d)
		}
		// A line more that disallows everything wins or loses; it never allows.
		stricter := ParseRobots([]byte("User-agent: tamiz\nDisallow: /\n\n"))
		if allowed, _ := stricter.Allowed("tamiz", url); allowed && normalPath(url) != "/robots.txt" {
			t.Errorf("%q allowed where everything is disallowed", url)
		}
		if path := normalPath(url); path != normalOctets(path, "*$") {
			t.Errorf("path %q is not normal", path)
		}
	})
}
