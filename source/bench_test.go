package source_test

import (
	"fmt"
	"strings"
	"testing"

	"tamiz/source"
)

func BenchmarkRead(b *testing.B) {
	var feed, urls strings.Builder
	feed.WriteString(rssHead)
	text := strings.Repeat("&lt;p&gt;A paragraph about campaigns.&lt;/p&gt;", 100)
	for i := range 500 {
		fmt.Fprintf(&feed, "<item><title>Item %d</title><link>https://example.org/%d</link><description>%s</description></item>\n", i, i, text)
	}
	feed.WriteString(rssTail)
	urls.WriteString("<urlset>")
	for i := range 50_000 {
		fmt.Fprintf(&urls, "<url><loc>https://example.org/post/%d</loc><lastmod>2026-11-%02d</lastmod></url>\n", i, i%28+1)
	}
	urls.WriteString("</urlset>")
	for name, body := range map[string]string{
		"feed":        feed.String(),
		"feed cut":    strings.TrimSuffix(feed.String(), rssTail),
		"feed broken": strings.Replace(feed.String(), "Item 250<", "Item <<x", 1),
		"sitemap":     urls.String(),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if _, err := source.Read(page(body, "text/xml")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
