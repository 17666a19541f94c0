package source

import (
	"bytes"
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
		link := tamiz.Link{Kind: tamiz.LinkFeed, Title: attribute(attrs, "title"), Language: attribute(attrs, "language")}
		if link.Title == "" {
			link.Title = attribute(attrs, "text")
		}
		ref := attribute(attrs, "xmlUrl")
		if ref == "" {
			link.Kind = tamiz.LinkUnknown
			if ref = attribute(attrs, "url"); ref == "" {
				ref = attribute(attrs, "htmlUrl")
			}
		}
		if u, ok := d.resolve(ref); ok {
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
		u, _ := listLine(string(line))
		if u == "" {
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
