package extract

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// chromeCase is one article in the boilerplate of its site, in one language.
type chromeCase struct {
	Lang, Title, Date, Menu string
	Alt, Caption            string
	Tagline, Form, Promo    []string
	Next, Disclaimer        string
	Head, Heading           string
	Closing                 []string
	Paras                   []string
}

func chromeCases(t testing.TB) []chromeCase {
	t.Helper()
	b, err := os.ReadFile("testdata/chrome/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []chromeCase
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// want is the text that must come out of every wrapping.
func (c *chromeCase) want() string {
	parts := []string{c.Paras[0], c.Paras[1], c.Heading}
	return strings.Join(append(parts, c.Paras[2:]...), "\n\n")
}

func (c *chromeCase) published() string {
	days := map[string]string{
		"es": "2023-03-14", "id": "2022-06-03", "ru": "2021-10-09", "fr": "2020-11-21", "en": "2024-02-05",
		"de": "2022-08-30", "cs": "2023-05-12", "ja": "2022-07-08", "zh": "2021-11-19",
	}
	return days[c.Lang]
}

// A wrapping prints a case as a mirror would have saved or served it.
var wrappings = []struct {
	name      string
	mediaType string
	print     func(c *chromeCase) string
}{
	{"text with blank lines", "text/plain", func(c *chromeCase) string {
		return strings.Join([]string{
			c.Menu, "", c.Title, "", c.Date, c.Alt, c.Caption, "",
			c.Paras[0], "", "", c.Tagline[0], c.Tagline[1], "", "",
			c.Paras[1], "", "", c.Form[0], "", c.Form[1], "", c.Form[2], "", "",
			c.Heading, "", c.Paras[2], "", c.Next, "", c.Paras[3], "", "",
			c.Promo[0], "", c.Promo[1], "", "",
			c.Paras[4], "", "", c.Disclaimer, "", "",
			c.Head, "", "    " + strings.Join(c.Closing, "\n\n    "),
		}, "\n")
	}},
	{"text without blank lines", "text/plain", func(c *chromeCase) string {
		return strings.Join([]string{
			c.Menu, c.Title, c.Date, c.Paras[0], "", c.Tagline[0], c.Tagline[1],
			c.Paras[1], "", c.Heading, c.Paras[2], c.Next, c.Paras[3], "", c.Promo[0], c.Promo[1], c.Paras[4],
			"", c.Disclaimer, "", c.Head, strings.Join(c.Closing, "\n"),
		}, "\n")
	}},
	{"semantic page", "text/html", func(c *chromeCase) string {
		return page(c, `<nav class="menu"><a href="/map">%[1]s</a></nav><main><article><header><h1>%[2]s</h1><p class="meta">%[3]s</p>
<figure><img src="/lead.jpg" alt="%[4]s"><figcaption>%[5]s</figcaption></figure></header>
<p>%[6]s</p><div class="box"><p>%[7]s</p><p>%[8]s</p></div><p>%[9]s</p>
<form action="/subscribe"><p>%[10]s</p><p>%[11]s</p><p>%[12]s</p></form>
<h2>%[13]s</h2><p>%[14]s</p><p>%[15]s</p><p>%[16]s</p>
<div class="box"><p>%[17]s</p><p><a href="/get">%[18]s</a></p></div><p>%[19]s</p>
<p><em>%[20]s</em></p></article><section><h3>%[21]s</h3><ul>%[22]s</ul></section></main><footer>© 2024</footer>`, "<li><a href=\"/other\">%s</a></li>")
	}},
	{"page of divs and line breaks", "text/html", func(c *chromeCase) string {
		return page(c, `<div>%[1]s</div><div>%[2]s</div><div>%[3]s<br>%[4]s<br>%[5]s<br><br>
%[6]s<br><br><br>%[7]s<br>%[8]s<br><br><br>%[9]s<br><br>%[10]s<br><br>%[11]s<br><br>%[12]s<br><br>
<b>%[13]s</b><br><br>%[14]s<br><br>%[15]s<br><br>%[16]s<br><br>%[17]s<br><br>%[18]s<br><br>%[19]s<br><br>
%[20]s<br><br><b>%[21]s</b><br><br>%[22]s</div>`, "%s<br><br>")
	}},
	{"page of paragraphs only", "text/html", func(c *chromeCase) string {
		return page(c, `<p>%[1]s</p><h1>%[2]s</h1><p>%[3]s</p><p><img src="a.jpg" alt="%[4]s"></p>
<p>%[6]s</p><p>%[7]s</p><p>%[8]s</p><p>%[9]s</p><p>%[10]s</p><p>%[11]s</p><p>%[12]s</p>
<h2>%[13]s</h2><p>%[14]s</p><p>%[15]s</p><p>%[16]s</p><p>%[17]s</p><p>%[18]s</p><p>%[19]s</p>
<p>%[20]s</p><h2>%[21]s</h2>%[22]s`, "<p><a href=\"/other\">%s</a></p>")
	}},
	{"page laid out in tables", "text/html", func(c *chromeCase) string {
		return page(c, `<table width="100%%"><tr><td colspan="2">%[1]s</td></tr><tr><td width="150"><a href="/a">A</a><br><a href="/b">B</a></td><td>
<table><tr><td><h1>%[2]s</h1><font size="1">%[3]s</font></td></tr><tr><td>
<p>%[6]s</p><p>%[7]s<br>%[8]s</p><p>%[9]s</p><p>%[10]s</p><p>%[11]s</p><p>%[12]s</p>
<h3>%[13]s</h3><p>%[14]s</p><p>%[15]s</p><p>%[16]s</p><p>%[17]s</p><p>%[18]s</p><p>%[19]s</p><p>%[20]s</p></td></tr>
<tr><td><b>%[21]s</b><br>%[22]s</td></tr></table></td></tr></table>`, "<a href=\"/other\">%s</a><br>")
	}},
	{"sections and cards", "text/html", func(c *chromeCase) string {
		return page(c, `<div class="top">%[1]s</div><h1>%[2]s</h1><div class="info"><span>%[3]s</span></div>
<div class="module"><div class="text"><p>%[6]s</p></div></div><div class="module"><div class="strip"><p>%[7]s</p><p>%[8]s</p></div></div>
<div class="module"><div class="text"><p>%[9]s</p></div></div>
<div class="module"><form><p>%[10]s</p><button>%[11]s</button><p>%[12]s</p></form></div>
<div class="module"><div class="text"><h2>%[13]s</h2><p>%[14]s</p></div></div><div class="module"><a href="/next">%[15]s</a></div>
<div class="module"><div class="text"><p>%[16]s</p></div></div><div class="module"><div class="strip"><p>%[17]s</p><a href="/get">%[18]s</a></div></div>
<div class="module"><div class="text"><p>%[19]s</p></div></div><div class="module"><div class="note"><p>%[20]s</p></div></div>
<div class="module"><h4>%[21]s</h4><ul>%[22]s</ul></div>`, "<li><a href=\"/other\">%s</a></li>")
	}},
}

func page(c *chromeCase, format, item string) string {
	var items strings.Builder
	for _, s := range c.Closing {
		fmt.Fprintf(&items, item, html.EscapeString(s))
	}
	e := html.EscapeString
	body := fmt.Sprintf(format, e(c.Menu), e(c.Title), e(c.Date), e(c.Alt), e(c.Caption),
		e(c.Paras[0]), e(c.Tagline[0]), e(c.Tagline[1]), e(c.Paras[1]), e(c.Form[0]), e(c.Form[1]), e(c.Form[2]),
		e(c.Heading), e(c.Paras[2]), e(c.Next), e(c.Paras[3]), e(c.Promo[0]), e(c.Promo[1]), e(c.Paras[4]),
		e(c.Disclaimer), e(c.Head), items.String())
	body, _, _ = strings.Cut(body, "%!(EXTRA")
	return "<!DOCTYPE html><html><head><title>" + e(c.Title) + "</title></head><body>" + body + "</body></html>"
}

func newExtractor(t testing.TB, opts Options) *Extractor {
	t.Helper()
	if opts.Now == nil {
		opts.Now = func() time.Time { return testNow }
	}
	opts.Explain = true
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Every kind of chrome goes, every sentence stays, in nine languages and seven
// wrappings, from one page alone.
func TestExtractChrome(t *testing.T) {
	e := newExtractor(t, Options{})
	for _, w := range wrappings {
		for _, c := range chromeCases(t) {
			t.Run(w.name+"/"+c.Lang, func(t *testing.T) {
				r, err := e.Extract(&tamiz.Page{
					URL: "https://mirror.example/" + c.Lang + "/story", MediaType: w.mediaType, Body: []byte(w.print(&c)),
				}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if r.Article == nil {
					t.Fatalf("kind %s, want an article\n%s", r.Kind, explained(r))
				}
				a := r.Article
				if diff := cmp.Diff(strings.Split(c.want(), "\n\n"), strings.Split(a.Text, "\n\n")); diff != "" {
					t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
				}
				if a.Title != c.Title {
					t.Errorf("title %q, want %q", a.Title, c.Title)
				}
				if got := a.Published.String(); got != c.published() {
					t.Errorf("published %q, want %q", got, c.published())
				}
				if a.Language != c.Lang {
					t.Errorf("language %q, want %q", a.Language, c.Lang)
				}
			})
		}
	}
}

// The same nine articles in seven wrappings each, all on one host: what is
// learned from copies and languages mixed must not cost a sentence.
func TestExtractChromeWithSite(t *testing.T) {
	e := newExtractor(t, Options{})
	site := NewSite("mirror.example")
	var pages []*tamiz.Page
	var cases []*chromeCase
	all := chromeCases(t)
	for k, w := range wrappings {
		for i := range all {
			p := &tamiz.Page{
				URL: fmt.Sprintf("https://mirror.example/%s/%d", all[i].Lang, k), MediaType: w.mediaType, Body: []byte(w.print(&all[i])),
			}
			r, err := e.Extract(p, site)
			if err != nil {
				t.Fatal(err)
			}
			site.Observe(r.Seen, p.URL)
			pages, cases = append(pages, p), append(cases, &all[i])
		}
	}
	for i, p := range pages {
		r, err := e.Extract(p, site)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(cases[i].want(), "\n\n"), textBlocks(r)); diff != "" {
			t.Errorf("%s: text (-want +got):\n%s\n%s", p.URL, diff, explained(r))
		}
	}
}

func explained(r *Result) string {
	var b strings.Builder
	if err := WriteExplain(&b, r); err != nil {
		return err.Error()
	}
	return b.String()
}
