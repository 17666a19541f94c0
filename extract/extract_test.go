package extract

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"tamiz"
)

// bridge is an article body for tests that are about something else.
var bridge = []string{
	"The bridge was closed on a Monday, and by the end of the week the bakery on the far side had lost half of its customers.",
	"Engineers found cracks in two of the piers, none of them new, all of them longer than the last inspection had noted.",
	"For the people of the lower town, the detour takes forty minutes by bus, or twelve by the rowing boat that a retired teacher has put back into service.",
	"A repair would cost more than the yearly budget of the municipality, which is why the council has asked the region for help.",
}

func paragraphs(paras []string) string { return "<p>" + strings.Join(paras, "</p>\n<p>") + "</p>" }

func TestExtractKeepsWhatReadersCameFor(t *testing.T) {
	e := newExtractor(t, Options{})
	tests := []struct {
		name, body string
		want       []string
	}{
		{"lists, quotes, code and tables", `<article><h1>Bridges</h1>` + paragraphs(bridge[:2]) + `<h2>What was found</h2>
<ul><li>Two cracked piers</li><li>One loose railing</li></ul><ol><li>Close the road</li><li>Call the region</li></ol>
<blockquote><p>Nobody warned us that this could happen so quickly, said the baker.</p></blockquote>
<pre><code>load := weight / area
if load > limit {
	close()
}</code></pre>
<table><tr><th>Pier</th><th>Crack</th></tr><tr><td>North</td><td>3 cm</td></tr><tr><td>South</td><td>5 cm</td></tr></table>` + paragraphs(bridge[2:]) + `</article>`,
			[]string{bridge[0], bridge[1], "What was found", "Two cracked piers", "One loose railing", "Close the road", "Call the region",
				"Nobody warned us that this could happen so quickly, said the baker.",
				"load := weight / area\nif load > limit {\n\tclose()\n}", "Pier | Crack\nNorth | 3 cm\nSouth | 5 cm", bridge[2], bridge[3]}},
		{"text straight in divs", `<div id="top"><a href="/">Home</a> | <a href="/a">About</a></div><div><h1>Bridges</h1>` + strings.Join(bridge, "<br><br>\n") + `</div>`,
			bridge},
		{"white space, zero-width characters, decomposed letters", "<article><h1>Bridges</h1><p>The  bri\u200bdge\n\t was&nbsp;closed by the cafe\u0301, and the bakery lost half of its cus\u00adtomers within one week of that.</p>" + paragraphs(bridge[1:]) + "</article>",
			append([]string{"The bridge was closed by the café, and the bakery lost half of its customers within one week of that."}, bridge[1:]...)},
		{"comments below", `<article><h1>Bridges</h1>` + paragraphs(bridge) + `</article><div id="comments"><h3>2 comments</h3><div class="comment"><b>Ann</b> <span>3 May 2021, 10:12</span><p>I crossed it every day for thirty years, and I never once looked down at the piers, to be honest.</p></div><div class="comment"><b>Ben</b> <span>3 May 2021, 11:40</span><p>The rowing boat is the best thing that has happened to this town since the library opened its doors.</p></div></div>`,
			bridge},
		{"remarks without a hint in their classes", `<div class="c1"><h1>Bridges</h1>` + paragraphs(bridge) + `</div><div class="x9"><div class="u"><i>Ann, 03.05.2021 10:12</i><p>I crossed it every day for thirty years, and I never once looked down at the piers, to be honest.</p></div><div class="u"><i>Ben, 03.05.2021 11:40</i><p>The rowing boat is the best thing that has happened to this town since the library opened its doors.</p></div><div class="u"><i>Cy, 04.05.2021 08:01</i><p>Somebody should pay the teacher for the petrol, or at least bring a cake now and then, don't you think?</p></div></div>`,
			bridge},
		{"teasers below", `<main><article><h1>Bridges</h1>` + paragraphs(append(append([]string{}, bridge...), bridgeMore...)) + `</article><div class="grid">` +
			strings.Repeat(`<div class="item"><h3><a href="/other">A harbour learns to live with the silt of its river</a></h3><p>Dredging has stopped, and the fishermen now wait for the tide like their grandparents did.</p></div>`, 4) + `</div></main>`,
			append(append([]string{}, bridge...), bridgeMore...)},
		{"about the author", `<article><h1>Bridges</h1>` + paragraphs(bridge) + `<div class="author-bio"><p>Mara Lind writes about rivers and the people who live beside them, and she has never owned a car.</p></div></article>`,
			bridge},
		{"figure and caption", `<article><h1>Bridges</h1>` + paragraphs(bridge[:2]) + `<figure><img src="/pier.jpg" alt="A pier"><figcaption>The north pier in April, seen from the boat.</figcaption></figure>` + paragraphs(bridge[2:]) + `</article>`,
			bridge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := extractAt(t, e, "https://news.example/2021/05/bridges", "<html><head><title>Bridges</title></head><body>"+tt.body+"</body></html>", nil)
			if diff := cmp.Diff(tt.want, textBlocks(r)); diff != "" {
				t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
			}
		})
	}
}

var bridgeMore = []string{
	"The region has answered that it will send a team in autumn, once the floods that come with every September are over.",
	"Until then the mayor keeps the keys to the gate in her desk, next to a jar of nails from the first bridge, which was built of oak.",
	"Old photographs in the town hall show how three generations of carpenters replaced one plank after another without ever closing the road.",
	"Whether their successors can do the same with concrete is a question that the engineers answer with a shrug and a very long report.",
	"Nobody in the lower town has read it, but everybody knows the page on which the costs are added up, because the baker has framed it.",
	"It hangs between the price list and a picture of the rowing boat, and customers who still come from the other side are shown it first.",
	"A few of them have started to carry a nail in their pockets, for luck, and the teacher no longer asks anybody for the fare.",
}

// Sentences that use the words of the rule table stay when they are sentences
// of the article.
func TestRulesLeaveArticlesAlone(t *testing.T) {
	e := newExtractor(t, Options{})
	for _, s := range []string{
		"Processing power has doubled every two years, and so has the appetite of those who sell it.",
		"Sign up for the trial before Friday, the email said, and most of the staff did so within the hour.",
		"More people than ever read also the small print, according to the survey that was published in June.",
		"Copyright law protects the design of the bridge until 2040, which makes copies of it expensive.",
		"We use cookies to catch ants, explains the biologist, because they carry the crumbs straight to the nest.",
		"Our mission was to reach the other bank before dark, and we failed by a quarter of an hour.",
		"Share prices of the builder fell by a third when the report came out on Tuesday morning.",
		"New in the region is only the road; the bridge and its troubles are older than anybody living here.",
		"Por favor, espere a que baje el agua antes de cruzar, decía el cartel que nadie leía desde hacía años.",
		"Lesen Sie auch das Kleingedruckte, riet der Anwalt, bevor Sie einen Fuß auf die Brücke setzen.",
		"Read the plate on the pier: it gives the year and the name of the man who paid for all of it.",
		"Get the divers, the engineer said, and by noon there were four of them in the water below the pier.",
		"Download speeds fell in the whole town on that day, because the cable had lain under the bridge as well.",
		"Next on the list of repairs is the lock, and nobody knows who is going to pay for it before the autumn.",
		"One moment of silence, asked the mayor, and for a whole minute nobody in the hall dared to breathe.",
		"Un moment plus tard, le pont était vide, et les plongeurs remontaient l'un après l'autre sans un mot.",
		"Einen Moment lang sah es so aus, als würde der Pfeiler der Strömung doch nicht standhalten können.",
		"Next: the lock, said the engineer, turned the page of her notebook and began to draw the gate from memory.",
		"What the guest engineers say does not necessarily reflect what the council wants to hear, but it was printed in full.",
		"Читайте также между строк, советовал редактор, и молодые журналисты записывали это в блокноты.",
	} {
		body := "<html><head><title>Bridges</title></head><body><article><h1>Bridges</h1>" +
			paragraphs(bridge[:2]) + "<p>" + s + "</p>" + paragraphs(bridge[2:]) + "</article></body></html>"
		r := extractAt(t, e, "https://news.example/2021/05/bridges", body, nil)
		if r.Article == nil || !strings.Contains(r.Article.Text, s) {
			t.Errorf("removed: %s\n%s", s, explained(r))
		}
	}
}

func TestPageKind(t *testing.T) {
	e := newExtractor(t, Options{})
	teasers := strings.Repeat(`<article class="teaser"><h2><a href="/2021/05/one">A harbour learns to live with the silt of its river</a></h2><p>Dredging has stopped, and the fishermen now wait for the tide.</p><span>3 May 2021</span></article>`, 12)
	short := "Der Bahnhof bleibt bis Ende März geschlossen, teilte die Gemeinde am Dienstag mit. Reisende müssen auf den Bus ausweichen, der alle zwanzig Minuten vor der Post hält. Grund sind Schäden am Dach, die bei einem Sturm entstanden und größer sind als zunächst gedacht. Die Reparatur kostet rund zwei Millionen Euro, von denen das Land die Hälfte übernimmt. Bürgermeisterin Huber bat um Geduld und versprach, den Wartesaal noch vor dem Sommer wieder zu öffnen. Der Kiosk zieht für die Dauer der Arbeiten in einen Container auf dem Vorplatz um, und der Fahrkartenautomat steht so lange im Rathaus."
	chinese := "南门街上的铺子换了一茬又一茬，只有周师傅的修伞摊还在原来的地方。他今年七十三岁，从父亲手里接过这门手艺已经五十多年了。铺子一天只修五把伞，多了不接。有人出三倍的价钱想插队，他摇摇头，让对方坐下来喝杯茶，等下一个晴天再来取。去年街道办打算把这一带改成商场，住户们写了一封联名信，最后铺子留了下来，门口还多了一块牌子。"
	tests := []struct {
		name, url, body string
		want            PageKind
	}{
		{"article", "https://news.example/2021/05/bridges", "<h1>Bridges</h1>" + paragraphs(bridge), KindArticle},
		{"short article", "https://news.example/bahnhof-bleibt-zu", "<h1>Bahnhof bleibt zu</h1><p>" + short + "</p>", KindArticle},
		{"short Chinese article", "https://news.example/a/1", "<h1>修伞铺</h1><p>" + chinese + "</p>", KindArticle},
		{"home page", "https://news.example/", "<h1>News</h1>" + teasers, KindListing},
		{"home page in a language", "https://news.example/de/", "<h1>News</h1>" + teasers, KindListing},
		{"tag page", "https://news.example/tag/rivers", "<h1>Rivers</h1><p>All that we have written about rivers.</p>" + teasers, KindListing},
		{"archive by shape alone", "https://news.example/x/overview", "<h1>Overview</h1>" + teasers, KindListing},
		{"nothing", "https://news.example/a", "", KindEmpty},
		{"shell", "https://news.example/a", "<div id=root></div><p>Please enable JavaScript.</p>", KindEmpty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := extractAt(t, e, tt.url, "<html><head><title>x</title></head><body>"+tt.body+"</body></html>", nil)
			if r.Kind != tt.want || (r.Article != nil) != (tt.want == KindArticle) {
				t.Errorf("kind %s (%.2f), article %v, want %s\n%s", r.Kind, r.Confidence, r.Article != nil, tt.want, explained(r))
			}
		})
	}
}

func TestLinks(t *testing.T) {
	e := newExtractor(t, Options{})
	r := extractAt(t, e, "https://news.example/blog/", `<html><head><base href="/en/"><title>x</title>
<link rel="alternate" type="application/rss+xml" title="Feed" href="/feed.xml">
<link rel="alternate" hreflang="de" href="https://news.example/de/blog/"><link rel="canonical" href="/en/blog/"><link rel="next" href="/en/blog/page/2">
<meta name="robots" content="noindex, max-snippet:-1"></head><body>
<a href="a-long-story-of-rivers?utm_source=x#top">A <b>long</b>  story</a> <a rel="nofollow" href="/ad">Ad</a>
<a href="mailto:a@b.c">Mail</a> <a href="#here">Here</a> <a href="javascript:void(0)">No</a>
<a href="/ad">Ad again</a> <a href="https://other.example/tag/rivers">Rivers</a></body></html>`, nil)
	want := []tamiz.Link{
		{URL: "https://news.example/feed.xml", Kind: tamiz.LinkFeed, Title: "Feed", Follow: true},
		{URL: "https://news.example/en/blog/page/2", Kind: tamiz.LinkListing, Follow: true},
		{URL: "https://news.example/en/a-long-story-of-rivers", Kind: tamiz.LinkArticle, Title: "A long story", Follow: true},
		{URL: "https://news.example/ad", Title: "Ad", Follow: true},
		{URL: "https://other.example/tag/rivers", Kind: tamiz.LinkListing, Title: "Rivers", Follow: true},
	}
	for i := range want {
		want[i].Via = "https://news.example/blog/"
	}
	if diff := cmp.Diff(want, r.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if r.Canonical != "https://news.example/en/blog/" || !r.NoIndex || r.NoFollow {
		t.Errorf("canonical %q, noindex %v, nofollow %v", r.Canonical, r.NoIndex, r.NoFollow)
	}
	if diff := cmp.Diff([]tamiz.Alternate{{Language: "de", URL: "https://news.example/de/blog/"}}, r.Alternates); diff != "" {
		t.Errorf("alternates (-want +got):\n%s", diff)
	}
	r = extractAt(t, e, "https://news.example/", `<meta name=robots content=none><a href="/x">X</a>`, nil)
	if len(r.Links) != 1 || r.Links[0].Follow || !r.NoIndex || !r.NoFollow {
		t.Errorf("robots none: links %v, noindex %v, nofollow %v", r.Links, r.NoIndex, r.NoFollow)
	}
}

func TestConfiguredRules(t *testing.T) {
	e := newExtractor(t, Options{Rules: map[string]SiteRules{
		"news.example": {Keep: []string{"div.story", ".extra"}, Drop: []string{".odd > p"}, Title: "h2.name", Date: ".when"},
	}})
	body := `<html><head><title>Something else</title></head><body><h2 class="name">Bridges</h2><i class="when">3 May 2021</i>
<div class="story">` + paragraphs(bridge) + `<div class="odd"><p>This one is not wanted here, whatever it says.</p></div></div><div class="extra">Note.</div><p>` + bridgeMore[0] + `</p></body></html>`
	for url, ours := range map[string]bool{"https://news.example/a": true, "https://www.news.example/a": true, "https://other.example/a": false} {
		r := extractAt(t, e, url, body, nil)
		if r.Article == nil {
			t.Fatalf("%s: no article\n%s", url, explained(r))
		}
		got := r.Article.Title == "Bridges" && r.Article.Published.String() == "2021-05-03" &&
			r.Article.Text == strings.Join(append(append([]string{}, bridge...), "Note."), "\n\n")
		if got != ours {
			t.Errorf("%s: title %q, published %s, text\n%s", url, r.Article.Title, r.Article.Published, r.Article.Text)
		}
	}
	if _, err := New(Options{Rules: map[string]SiteRules{"a.example": {Drop: []string{"p["}}}}); err == nil || !strings.Contains(err.Error(), "p[") {
		t.Errorf("error %v, want one that names the selector", err)
	}
}

func TestPlainText(t *testing.T) {
	e := newExtractor(t, Options{})
	join := func(parts ...string) string { return strings.Join(parts, "\n") }
	wrapped := func(s string) string {
		var lines []string
		line := ""
		for w := range strings.FieldsSeq(s) {
			if len(line)+len(w) > 70 {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimSpace(line + " " + w)
		}
		return strings.Join(append(lines, line), "\n")
	}
	tests := []struct {
		name, mediaType, body, title string
		want                         []string
	}{
		{"hard-wrapped", "text/plain", join("Bridges", "", wrapped(bridge[0]), "", wrapped(bridge[1]), "", wrapped(bridge[2]), "", wrapped(bridge[3])), "Bridges", bridge},
		{"byte order mark and Windows line ends", "text/plain", "\ufeffBridges\r\n\r\n" + strings.Join(bridge, "\r\n\r\n"), "Bridges", bridge},
		{"no title", "text/plain", strings.Join(bridge, "\n\n"), "", bridge},
		{"a quotation that stands apart", "text/plain", join("Bridges", "", bridge[0], "", bridge[1], "", "", "“Nobody told us that the bridge could close so quickly,” said the baker, who lost half of his customers within a week of that Monday.", "", "", bridge[2], "", bridge[3]), "Bridges",
			[]string{bridge[0], bridge[1], "“Nobody told us that the bridge could close so quickly,” said the baker, who lost half of his customers within a week of that Monday.", bridge[2], bridge[3]}},
		{"closing list in words no rule knows", "text/plain", join("Bridges", "", bridge[0], "", bridge[1], "", bridge[2], "", bridge[3], "", "", "Vemplo drasku Tromba", "", "    Klimo varet son", "", "    Brasu delfin tomaro", "", "    Nestu vokal"), "Bridges", bridge},
		{"Markdown", "text/markdown", join("---", "tags: x", "---", "# Bridges", "", bridge[0], bridge[1], "", "## What was found", "", "- Two **cracked** piers", "- One [loose railing](https://a.example/)", "", "```go", "a := 1", "```", "", bridge[2], "", "![A pier](p.jpg)", "", bridge[3]), "Bridges",
			[]string{bridge[0], bridge[1], "What was found", "Two cracked piers", "One loose railing", "a := 1", bridge[2], bridge[3]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := e.Extract(&tamiz.Page{URL: "file:///x", MediaType: tt.mediaType, Body: []byte(tt.body)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, textBlocks(r)); diff != "" {
				t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
			}
			if r.Article != nil && r.Article.Title != tt.title {
				t.Errorf("title %q, want %q", r.Article.Title, tt.title)
			}
		})
	}
}

// Hostile pages give an article or none, never an error, and say which limit
// they met.
func TestLimits(t *testing.T) {
	e := newExtractor(t, Options{MaxBlocks: 1000})
	tests := []struct{ name, body, limit string }{
		{"100,000 nested divs", strings.Repeat("<div>", 100_000) + paragraphs(bridge), "depth"},
		{"10,000 nested tables", strings.Repeat("<table><tr><td>", 10_000) + paragraphs(bridge), "depth"},
		{"100,000 open bold tags", strings.Repeat("<b>", 100_000) + paragraphs(bridge), ""},
		{"5,000 paragraphs", strings.Repeat(paragraphs(bridge[:1]), 5000), "blocks"},
		{"20,000 links", strings.Repeat("<a href=/a>x</a> ", 20_000) + func() string {
			var b strings.Builder
			for i := range 7000 {
				fmt.Fprintf(&b, "<a href=/p%d>x</a> ", i)
			}
			return b.String()
		}(), "links"},
		{"100,000 attributes", "<p " + strings.Repeat("a=b ", 100_000) + ">" + bridge[0], ""},
		{"a megabyte in one paragraph", "<p>" + strings.Repeat(bridge[0]+" ", 9000), ""},
		{"not HTML", "\x00\xff\xfe<<<>>>&&&", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := extractAt(t, e, "https://news.example/a", tt.body, nil)
			if tt.limit != "" && !strings.Contains(strings.Join(r.Limits, " "), tt.limit) {
				t.Errorf("limits %q, want %q among them", r.Limits, tt.limit)
			}
			if tt.limit == "depth" && (r.Article == nil || !strings.Contains(r.Article.Text, bridge[3])) {
				t.Errorf("the text of a deep page is lost\n%s", explained(r))
			}
		})
	}
}

// The work grows with the page, not with its square: counted in the time of one
// run against that of a page a quarter as large, with room for noise.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	e := newExtractor(t, Options{MaxBlocks: 1 << 20})
	shapes := map[string]func(n int) string{
		"siblings": func(n int) string { return strings.Repeat("<div class=a><p>"+bridge[0]+"</p></div>", n) },
		"nested tables": func(n int) string {
			return strings.Repeat(strings.Repeat("<table><tr><td>", 30)+bridge[0]+strings.Repeat("</table>", 30), n/30)
		},
		"one paragraph": func(n int) string { return "<p>" + strings.Repeat(bridge[0]+" ", n) },
		"links":         func(n int) string { return strings.Repeat("<li><a href=/x>"+bridge[0]+"</a></li>", n) },
		"headings":      func(n int) string { return strings.Repeat("<h2>New on the site</h2><p>"+bridge[0]+"</p>", n) },
		"dated remarks": func(n int) string { return strings.Repeat("<div><i>3 May 2021 10:12</i><p>"+bridge[0]+"</p></div>", n) },
		"line breaks":   func(n int) string { return strings.Repeat("3 May 2021<br>Photo<br>"+bridge[0]+"<br><br>", n) },
		"list of tables": func(n int) string {
			return strings.Repeat("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", n)
		},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			cost := func(n int) time.Duration {
				body := shape(n)
				best := time.Duration(1 << 62)
				for range 3 {
					start := time.Now()
					extractAt(t, e, "https://news.example/a", body, nil)
					best = min(best, time.Since(start))
				}
				return best
			}
			small, large := cost(1000), cost(4000)
			if large > 12*small && large > 300*time.Millisecond {
				t.Errorf("four times the page took %.1f times as long (%v, %v)", float64(large)/float64(small), small, large)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{
		"<html><body><article><h1>T</h1>" + paragraphs(bridge) + "</article>",
		"<table><tr><td><p>x<table></p></td>", "<ul><li><pre>\n a\n</pre><ol start=99999999999><li>", "<noscript><p>a", "<a href='http://[::1'>x</a><base href=//>",
		"Menu\n\nTitle\n\n2021-07-24\nAlt\nAlt: caption\n\n" + strings.Join(bridge, "\n\n"), "# A\n\n- b\n  - c\n\n```\nx", "<svg><title>x</title><math><mi>y",
	} {
		f.Add(s, uint8(0))
		f.Add(s, uint8(1))
		f.Add(s, uint8(2))
	}
	e := newExtractor(f, Options{})
	f.Fuzz(func(t *testing.T, body string, kind uint8) {
		mediaType := [...]string{"text/html", "text/plain", "text/markdown"}[kind%3]
		site := NewSite("a.example")
		page := &tamiz.Page{URL: "https://a.example/x", MediaType: mediaType, Body: []byte(body)}
		r, err := e.Extract(page, site)
		if err != nil {
			t.Fatal(err)
		}
		site.Observe(r.Seen, "https://a.example/x")
		if _, err := e.Extract(page, site); err != nil {
			t.Fatal(err)
		}
		if err := WriteExplain(&strings.Builder{}, r); err != nil {
			t.Fatal(err)
		}
		if a := r.Article; a != nil {
			if !utf8.ValidString(a.Text) || !utf8.ValidString(a.Title) || !utf8.ValidString(a.Markdown) {
				t.Errorf("not UTF-8: %q", a.Text)
			}
			if !norm.NFC.IsNormalString(a.Text) {
				t.Errorf("not NFC: %q", a.Text)
			}
			if strings.Contains(a.Text, "\n\n\n") || a.Text != strings.TrimSpace(a.Text) && !strings.Contains(body, "pre") {
				t.Errorf("stray white space: %q", a.Text)
			}
		}
	})
}
