package source_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tamiz"
	"tamiz/source"
	"tamiz/weburl"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestReadGolden compares the reading of each document of testdata with the
// .golden file beside it.
func TestReadGolden(t *testing.T) {
	t.Parallel()
	pages := map[string]struct{ url, mediaType string }{
		"rss.xml":     {"https://kampania.example/feed/", "text/html"}, // as many servers have it
		"rdf.xml":     {"https://keiji.example/index.rdf", "application/rdf+xml"},
		"atom.xml":    {"https://messbar.example/blog/atom.xml", "application/atom+xml"},
		"feed.json":   {"https://embudo.example/feed.json", "application/json"},
		"sitemap.xml": {"https://www.revue.example/sitemap.xml", "application/xml"},
		"index.xml":   {"https://www.revue.example/sitemap_index.xml", "text/xml"},
		"opml.xml":    {"https://lists.example/reading.opml", "text/x-opml"},
		"urls.txt":    {"https://lists.example/urls.txt", "text/plain"},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			reading, err := source.Read(&tamiz.Page{URL: page.url, FinalURL: page.url, Source: "test", MediaType: page.mediaType, Body: body})
			if err != nil {
				t.Fatal(err)
			}
			got := printed(reading)
			for _, l := range reading.Links {
				if l.Source != "test" || l.Via != page.url || !l.Follow {
					t.Errorf("link %+v does not say where it comes from", l)
				}
			}
			checkReading(t, reading)
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

// printed writes a reading for people to check.
func printed(r *source.Reading) []byte {
	var b bytes.Buffer
	line := func(indent, name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, name, value)
		}
	}
	date := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.Format(time.RFC3339)
	}
	line("", "format", string(r.Format))
	line("", "title", r.Title)
	line("", "language", r.Language)
	for _, w := range r.Warnings {
		line("", "warning", w)
	}
	for _, l := range r.Links {
		fmt.Fprintf(&b, "\nlink %s\n", l.URL)
		line("  ", "kind", string(l.Kind))
		line("  ", "title", l.Title)
		line("  ", "published", date(l.Published))
		line("  ", "modified", date(l.Modified))
		line("  ", "language", l.Language)
		for _, a := range l.Alternates {
			line("  ", "alternate "+a.Language, a.URL)
		}
	}
	for _, e := range r.Entries {
		fmt.Fprintf(&b, "\nentry %s\n", e.URL)
		line("  ", "title", e.Title)
		line("  ", "authors", strings.Join(e.Authors, "; "))
		line("  ", "published", date(e.Published))
		line("  ", "modified", date(e.Modified))
		line("  ", "language", e.Language)
		line("  ", "tags", strings.Join(e.Tags, "; "))
		line("  ", "content", strings.ReplaceAll(e.Content, "\n", "⏎"))
		line("  ", "summary", e.Summary)
	}
	return b.Bytes()
}

func page(body, mediaType string) *tamiz.Page {
	return &tamiz.Page{URL: "https://example.org/feed", MediaType: mediaType, Body: []byte(body)}
}

const (
	rssHead = `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>`
	rssTail = `</channel></rss>`
)

func rssItem(n int) string {
	return fmt.Sprintf("<item><title>Item %d</title><link>https://example.org/%d</link></item>\n", n, n)
}

func TestFormats(t *testing.T) {
	t.Parallel()
	rss := rssHead + rssItem(1) + rssTail
	tests := map[string]struct {
		body, mediaType string
		want            source.Format
	}{
		"RSS as plain text":            {rss, "text/plain", source.FormatRSS},
		"RSS as a page":                {rss, "text/html", source.FormatRSS},
		"RSS as bytes":                 {rss, "application/octet-stream", source.FormatRSS},
		"RSS in capitals":              {strings.NewReplacer("<rss", "<RSS", "</rss", "</RSS").Replace(rss), "text/xml", source.FormatRSS},
		"RSS behind a byte order mark": {"\uFEFF\r\n<?xml version='1.0'?>" + rss, "text/xml", source.FormatRSS},
		"RSS behind a warning":         {"<br />\n<b>Warning</b>: cannot modify header in /srv/a.php on line 3<br />\n<?xml version='1.0'?>" + rss, "text/html", source.FormatRSS},
		"RSS behind words":             {"Notice: undefined index\n" + rss, "application/xml", source.FormatRSS},
		"RSS behind a document type":   {`<!DOCTYPE rss PUBLIC "-//x//DTD>//EN" "x.dtd" [<!ENTITY a "<rss>">]>` + rss, "text/xml", source.FormatRSS},
		"RSS behind a long comment":    {"<!-- " + strings.Repeat("licence ", 2000) + "-->" + rss, "text/xml", source.FormatRSS},
		"Atom with a prefix":           {`<a:feed xmlns:a="http://www.w3.org/2005/Atom"></a:feed>`, "text/xml", source.FormatAtom},
		"page":                         {"<!doctype html><title>x</title>", "text/html", source.FormatHTML},
		"page about feeds":             {"<!doctype html><html><body><pre><rss version=2></pre>", "text/html", source.FormatHTML},
		"fragment of a page":           {"<div>Text</div>", "text/html", source.FormatHTML},
		"page as XML":                  {`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>`, "application/xhtml+xml", source.FormatHTML},
		"error page sent as a feed":    {"<!DOCTYPE html><html><body>Not here", "application/rss+xml", source.FormatHTML},
		"page without a type":          {"<p>Text", "", source.FormatHTML},
		"page of words":                {"Only words", "text/html", source.FormatHTML},
		"other XML":                    {`<svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml", source.FormatUnknown},
		"prose":                        {"Dear readers,\nhttps://example.org/1\n", "text/plain", source.FormatText},
		"prose with one address":       {"https://example.org/1\nis what we read.\n", "text/plain", source.FormatText},
		"Markdown":                     {"# Heading\n\nWords", "text/markdown", source.FormatText},
		"addresses":                    {"https://example.org/1\nhttps://example.org/2\n", "text/plain", source.FormatList},
		"addresses sent as a page":     {"https://example.org/1\nhttps://example.org/2\n", "text/html", source.FormatHTML},
		"JSON":                         {`{"items": []}`, "application/json", source.FormatUnknown},
		"JSON Feed with escapes":       {`{"version": "https:\/\/jsonfeed.org\/version\/1", "items": []}`, "application/feed+json", source.FormatJSON},
		"nothing":                      {"", "text/html", source.FormatHTML},
		"nothing, as XML":              {" \n", "text/xml", source.FormatUnknown},
		"a picture":                    {"\x89PNG\r\n\x1a\n\x00\x00", "image/png", source.FormatUnknown},
		"only a declaration":           {"<?xml version='1.0'?>", "text/xml", source.FormatUnknown},
		"an unclosed comment":          {"<!-- rss", "text/xml", source.FormatUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := source.Read(page(tt.body, tt.mediaType))
			if err != nil {
				t.Fatal(err)
			}
			if r.Format != tt.want {
				t.Errorf("format %s, want %s", r.Format, tt.want)
			}
		})
	}
}

// TestBrokenDocuments: what can be read is read, with a warning.
func TestBrokenDocuments(t *testing.T) {
	t.Parallel()
	atomHead := `<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>`
	entry := func(n int) string {
		return fmt.Sprintf(`<entry><title>Item %d</title><link href="https://example.org/%d"/></entry>`, n, n)
	}
	rdfHead := `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>News</title></channel>`
	urls := func(locs ...string) string {
		var b strings.Builder
		for _, l := range locs {
			b.WriteString("<url><loc>" + l + "</loc></url>\n")
		}
		return b.String()
	}
	deep := strings.Repeat("<b>", 500) + strings.Repeat("</b>", 500)
	tests := map[string]struct {
		body    string
		want    string // numbers of the items read
		warning string // part of one
	}{
		"RSS cut off in an item":          {rssHead + rssItem(1) + rssItem(2) + "<item><title>Ite", "1 2", "entries cut off: 1"},
		"RSS cut off in a CDATA section":  {rssHead + rssItem(1) + "<item><description><![CDATA[ text <item>", "1", "entries cut off: 1"},
		"RSS cut off between items":       {rssHead + rssItem(1) + rssItem(2), "1 2", "cut off"},
		"RSS cut off in its last tag":     {rssHead + rssItem(1) + "</channel></rs", "1", "cut off"},
		"RSS with a broken item":          {rssHead + rssItem(1) + "<item><title>Two<link>https://example.org/2</item><item" + rssItem(3)[5:] + rssTail, "1 3", ""},
		"RSS with markup in a title":      {rssHead + rssItem(1) + "<item><title>a <b>c</title><link>https://example.org/2</link></item>" + rssItem(3) + rssTail, "1 2 3", ""},
		"RSS with words between items":    {rssHead + rssItem(1) + " oops " + rssItem(2) + rssTail, "1 2", ""},
		"RSS with a broken head":          {`<rss><channel><title>a</channel></title>` + rssItem(1) + rssItem(2) + rssTail, "1 2", ""},
		"RSS with a bare ampersand":       {rssHead + "<item><title>R&D & more &unknown; &eacute;</title><link>https://example.org/1?a=1&b=2</link></item>" + rssTail, "1?a=1&b=2", ""},
		"RSS with control characters":     {rssHead + "<item><title>a\x00\x0b\x1f&#0;&#x1F;&#xFFFF;</title><link>https://example.org/1</link></item>" + rssTail, "1", ""},
		"RSS with invalid UTF-8":          {rssHead + "<item><title>caf\xe9</title><link>https://example.org/1</link></item>" + rssTail, "1", ""},
		"RSS with a deep item":            {rssHead + rssItem(1) + "<item><link>https://example.org/2</link><x>" + deep + "</x></item>" + rssItem(3) + rssTail, "1 3", "nested too deep: 1"},
		"RSS with an item not closed":     {rssHead + "<item><link>https://example.org/1</link>" + rssItem(2) + rssTail, "2", "entries cut off: 1"},
		"RSS with a less-than in text":    {rssHead + "<item><title>5 < 7 <3</title><link>https://example.org/1</link></item>" + rssItem(2) + rssTail, "1 2", ""},
		"RSS without items":               {rssHead + rssTail, "", ""},
		"RDF cut off":                     {rdfHead + rssItem(1) + rssItem(2) + "<item>", "1 2", "cut off"},
		"Atom cut off":                    {atomHead + entry(1) + entry(2) + "<entry><ti", "1 2", "cut off"},
		"Atom with a prefix, cut off":     {`<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:link href="https://example.org/1"/></a:entry><a:entry>`, "1", "cut off"},
		"sitemap cut off":                 {"<urlset>" + urls("https://example.org/1", "https://example.org/2") + "<url><loc>https://example.or", "1 2", "may be missing"},
		"sitemap with a broken entry":     {"<urlset>" + urls("https://example.org/1") + "<url><loc>https://example.org/2</loc><x <<y></url>" + urls("https://example.org/3") + "</urlset>", "1 3", "may be missing"},
		"sitemap with an open element":    {"<urlset>" + "<url><loc>https://example.org/1</loc><priority>1</url>" + urls("https://example.org/2") + "</urlset>", "1 2", ""},
		"sitemap with bare ampersands":    {"<urlset>" + urls("https://example.org/?a=1&b=2") + "</urlset>", "?a=1&b=2", ""},
		"sitemap with a prefix":           {`<s:urlset xmlns:s="x"><s:url><s:loc>https://example.org/1</s:loc></s:url></s:urlset>`, "1", ""},
		"sitemap in a CDATA section":      {"<urlset>" + urls("<![CDATA[https://example.org/1]]>") + "</urlset>", "1", ""},
		"sitemap of another site":         {"<urlset>" + urls("https://example.net/1") + "</urlset>", "", "other sites left out: 1"},
		"sitemap without entries":         {"<urlset></urlset>", "", ""},
		"OPML cut off":                    {`<opml><body><outline xmlUrl="https://example.org/1"/><outline xmlU`, "1", "may be missing"},
		"JSON Feed cut off":               {`{"version":"https://jsonfeed.org/version/1","items":[{"url":"https://example.org/1"},{"url":"https://example.org/2"},{"url":"htt`, "1 2", "cut off"},
		"JSON Feed with rubbish after it": {`{"version":"https://jsonfeed.org/version/1","items":[{"url":"https://example.org/1"}]}]]`, "1", ""},
		"list with a stray line":          {strings.Repeat("https://example.org/1\n", 12) + "not an address\n", "1", "without a web address: 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := source.Read(page(tt.body, "text/plain"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range r.Links {
				got = append(got, strings.TrimPrefix(l.URL, "https://example.org/"))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("items (-want +got):\n%s\n%v", diff, r.Warnings)
			}
			if all := strings.Join(r.Warnings, "\n"); !strings.Contains(all, tt.warning) {
				t.Errorf("warnings %q do not say %q", all, tt.warning)
			}
			checkReading(t, r)
		})
	}
}

// TestHopelessDocuments are recognised and hold nothing that can be read.
func TestHopelessDocuments(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"RSS that only begins":       "<rss><channel><ti",
		"a root element of 100 KB":   `<rss xmlns:a="` + strings.Repeat("x", 100_000) + `"><channel>` + rssItem(1) + rssTail,
		"sitemap that only begins":   "<urlset><url><loc>https://example.org/",
		"sitemap of depth":           "<urlset>" + strings.Repeat("<a>", 1_000_000),
		"OPML that only begins":      "<opml><body><outline xml",
		"JSON Feed that is a list":   `{"version":"https://jsonfeed.org/version/1","items":{}}`,
		"JSON Feed that only begins": `{"version":"https://jsonfeed.org/version/1","ti`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r, err := source.Read(page(body, "text/xml")); !errors.Is(err, source.ErrBroken) {
				t.Errorf("Read = %+v, %v, want ErrBroken", r, err)
			}
		})
	}
}

// TestEntitiesAreNotExpanded: a document cannot define what it then multiplies,
// or fetches.
func TestEntitiesAreNotExpanded(t *testing.T) {
	t.Parallel()
	doctype := `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>`
	for name, body := range map[string]string{
		"feed":    doctype + rssHead + "<item><title>&b;&c;</title><link>https://example.org/1</link></item>" + rssTail,
		"sitemap": doctype + `<urlset xmlns:news="n"><url><loc>https://example.org/1</loc><news:news><news:title>&b;&c;</news:title></news:news></url></urlset>`,
	} {
		r, err := source.Read(page(body, "text/xml"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(r.Links) != 1 || r.Links[0].Title != "&b;&c;" {
			t.Errorf("%s: links %+v, want one titled %q", name, r.Links, "&b;&c;")
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	repeat := func(head string, n int, item func(int) string, tail string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range n {
			b.WriteString(item(i))
		}
		b.WriteString(tail)
		return b.String()
	}
	tests := map[string]struct {
		body string
		want int
	}{
		"feed":    {repeat(rssHead, 10_100, rssItem, rssTail), 10_000},
		"sitemap": {repeat("<urlset>", 50_100, func(i int) string { return fmt.Sprintf("<url><loc>/%d</loc></url>", i) }, "</urlset>"), 50_000},
		"OPML":    {repeat("<opml>", 10_100, func(i int) string { return fmt.Sprintf(`<outline xmlUrl="/%d"/>`, i) }, "</opml>"), 10_000},
		"list":    {repeat("", 50_100, func(i int) string { return fmt.Sprintf("https://example.org/%d\n", i) }, ""), 50_000},
		"JSON Feed": {repeat(`{"version":"https://jsonfeed.org/version/1","items":[`, 10_100, func(i int) string {
			return fmt.Sprintf(`{"url":"https://example.org/%d"},`, i)
		}, `{}]}`), 10_000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := source.Read(page(tt.body, "text/plain"))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Links) != tt.want || len(r.Warnings) == 0 || !strings.HasPrefix(r.Warnings[0], "only the first") {
				t.Errorf("%d links, warnings %q; want %d links and a warning", len(r.Links), r.Warnings, tt.want)
			}
		})
	}
}

// TestBrokenFeedsAreReadInLinearTime: no shape of rubbish makes the recovery
// slow. The sizes would take minutes if it were quadratic.
func TestBrokenFeedsAreReadInLinearTime(t *testing.T) {
	t.Parallel()
	const n = 50_000
	for name, body := range map[string]string{
		"open items":         rssHead + strings.Repeat("<item>", n),
		"less-than signs":    rssHead + strings.Repeat("<", 10*n) + rssTail,
		"open comments":      rssHead + strings.Repeat("<!--", n),
		"broken items":       rssHead + strings.Repeat("<item><a></b x=></item>", n/10) + rssTail,
		"open quotes":        rssHead + strings.Repeat(`<a b="`, n),
		"broken sitemap":     "<urlset>" + strings.Repeat("<url><", n) + "</urlset>",
		"open elements":      "<urlset>" + strings.Repeat("<url><loc>x<y></url>", n),
		"ends without start": "<urlset><url><loc>/1</loc></url>" + strings.Repeat("</a>", n) + "</urlset>",
		"comments first":     strings.Repeat("<!-- -->", n) + rssHead + rssTail,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r, err := source.Read(page(body, "text/xml")); err != nil && !errors.Is(err, source.ErrBroken) {
				t.Errorf("Read = %+v, %v", r, err)
			}
		})
	}
}

func TestRedirectedPageResolvesAgainstWhereItCameFrom(t *testing.T) {
	t.Parallel()
	r, err := source.Read(&tamiz.Page{
		URL: "https://example.org/rss", FinalURL: "https://www.example.com/blog/feed", Source: "blog", MediaType: "text/xml",
		Body: []byte(rssHead + "<item><link>post/1</link></item>" + rssTail),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []tamiz.Link{{URL: "https://www.example.com/blog/post/1", Kind: tamiz.LinkArticle, Source: "blog", Via: "https://www.example.com/blog/feed", Follow: true}}
	if diff := cmp.Diff(want, r.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// checkReading tests what holds for every reading.
func checkReading(t *testing.T, r *source.Reading) {
	t.Helper()
	seen := map[string]bool{}
	var last time.Time
	for i, l := range r.Links {
		if c, err := weburl.Canonical(l.URL); err != nil || c != l.URL {
			t.Errorf("link %q is not canonical", l.URL)
		}
		if seen[l.URL] {
			t.Errorf("link %q comes twice", l.URL)
		}
		seen[l.URL] = true
		at := l.Published
		if at.IsZero() {
			at = l.Modified
		}
		if i > 0 && at.After(last) {
			t.Errorf("link %q is newer than the one before it", l.URL)
		}
		last = at
		for _, s := range []string{l.Title, l.Language} {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\t") {
				t.Errorf("bad text %q", s)
			}
		}
	}
	for _, e := range r.Entries {
		if !seen[e.URL] {
			t.Errorf("entry %q has no link", e.URL)
		}
		for _, s := range append([]string{e.Title, e.Content, e.Summary, e.Language}, append(e.Authors, e.Tags...)...) {
			if !utf8.ValidString(s) {
				t.Errorf("bad text %q", s)
			}
		}
	}
	for _, w := range r.Warnings {
		if !utf8.ValidString(w) {
			t.Errorf("bad warning %q", w)
		}
	}
}

// FuzzRead: no document makes Read panic, and what it reads is in order.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if body, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, ".golden") {
			f.Add(body, "text/xml")
		}
	}
	f.Add([]byte(rssHead+rssItem(1)+"<item><title>cut"), "text/html")
	f.Add([]byte("<urlset><url><loc>/1</loc><x <<y></url><url><loc>/2</loc>"), "")
	f.Add([]byte("<!DOCTYPE a [<!ENTITY b 'c'>]><feed><entry><title>&b;"), "application/xml")
	f.Fuzz(func(t *testing.T, body []byte, mediaType string) {
		r, err := source.Read(&tamiz.Page{URL: "https://example.org/x", MediaType: mediaType, Body: body})
		if err != nil {
			if !errors.Is(err, source.ErrBroken) {
				t.Errorf("Read: %v", err)
			}
			return
		}
		checkReading(t, r)
	})
}
