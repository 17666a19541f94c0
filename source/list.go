package source

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"

	"tamiz"
)

// readOPML reads a list of feeds. An outline that names no feed gives a link to
// its page, which may be an article or the front of a site.
func (d *document) readOPML(body []byte) error {
	entries := 0
	open := func(path []string, attrs []xml.Attr) bool {
		if path[len(path)-1] != "outline" {
			return true
		}
		if entries == maxEntries {
			d.warn("only the first %d outlines were read", maxEntries)
			return false
		}
		entries++
		link := tamiz.Link{
			Title:    plainText(cmp.Or(attribute(attrs, "title"), attribute(attrs, "text"))),
			Language: languageTag(attribute(attrs, "language")),
		}
		ref := attribute(attrs, "xmlUrl")
		if ref != "" {
			link.Kind = tamiz.LinkFeed
		}
		if u, ok := d.resolve(cmp.Or(ref, attribute(attrs, "url"), attribute(attrs, "htmlUrl"))); ok {
			link.URL = u
			d.add(link)
		}
		return true
	}
	closed := func(path []string, text string) bool {
		if path[len(path)-1] == "title" && parent(path) == "head" {
			d.reading.Title = plainText(text)
		}
		return true
	}
	if fault := walkXML(body, "outline", open, closed); fault != nil {
		if len(d.reading.Links) == 0 {
			return fmt.Errorf("%w: %w", ErrBroken, fault)
		}
		d.warn("outlines may be missing: %v", fault)
	}
	return nil
}

// readList reads a plain text of URLs. What they lead to shows when they are
// fetched, so it may be anything: articles, feeds, sitemaps.
func (d *document) readList(body []byte) {
	for line := range bytes.Lines(body) {
		u, ok := listLine(string(line))
		if u == "" {
			continue
		}
		if !ok {
			d.reject(u)
			continue
		}
		if len(d.reading.Links) == maxURLs {
			d.warn("only the first %d URLs were read", maxURLs)
			return
		}
		if u, ok := d.resolve(u); ok {
			d.add(tamiz.Link{URL: u})
		}
	}
}
