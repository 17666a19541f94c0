package source

import (
	"encoding/xml"
	"fmt"
	"strings"

	"tamiz"
	"tamiz/weburl"
)

// readSitemap reads a sitemap or an index of sitemaps. An entry gives a link
// with its lastmod, and what the news and hreflang extensions add.
//
// A sitemap speaks for its own site only (sitemaps.org, "Sitemap file
// location"): entries for others are left out, or else anybody could send the
// crawler anywhere. The translations of an entry may stand elsewhere; they are
// evidence about this page, not links to follow.
func (d *document) readSitemap(body []byte) error {
	entry, kind := "url", tamiz.LinkArticle
	if d.reading.Format == FormatIndex {
		entry, kind = "sitemap", tamiz.LinkSitemap
	}
	var link tamiz.Link
	count := 0
	open := func(path []string, attrs []xml.Attr) bool {
		switch name := localName(path[len(path)-1]); {
		case name == entry:
			if count == maxURLs {
				d.warn("only the first %d URLs were read", maxURLs)
				return false
			}
			count++
			link = tamiz.Link{Kind: kind}
		case name == "link" && parent(path) == entry && strings.EqualFold(attribute(attrs, "rel"), "alternate"):
			d.addAlternate(&link, attribute(attrs, "hreflang"), attribute(attrs, "href"))
		}
		return true
	}
	closed := func(path []string, text string) bool {
		switch name := localName(path[len(path)-1]); {
		case name == entry:
			d.addSitemapEntry(link)
			link = tamiz.Link{Kind: kind}
		case name == "loc" && parent(path) == entry:
			link.URL = text
		case name == "lastmod" && parent(path) == entry:
			link.Modified = parseDate(text)
		case name == "publication_date":
			link.Published = parseDate(text)
		case name == "title" && parent(path) == "news":
			link.Title = plainText(text)
		case name == "language" && parent(path) == "publication":
			link.Language = languageTag(text)
		}
		return true
	}
	fault := walkXML(body, entry, open, closed)
	if fault != nil {
		if len(d.reading.Links) == 0 && d.foreign == 0 {
			return fmt.Errorf("%w: %w", ErrBroken, fault)
		}
		d.warn("entries may be missing: %v", fault)
	}
	return nil
}

func (d *document) addSitemapEntry(link tamiz.Link) {
	u, ok := d.resolve(link.URL)
	if !ok {
		return
	}
	if !weburl.SameSite(d.base, u) {
		d.foreign++
		return
	}
	link.URL = u
	d.add(link)
}

// addAlternate notes a declared translation of the page a link leads to.
func (d *document) addAlternate(link *tamiz.Link, language, href string) {
	language = languageTag(language)
	if language == "" || len(link.Alternates) == maxVariants {
		return
	}
	if u, err := weburl.Resolve(d.base, strings.TrimSpace(href)); err == nil {
		link.Alternates = append(link.Alternates, tamiz.Alternate{Language: language, URL: u})
	}
}

// parent gives the local name of the element around the last of a path.
func parent(path []string) string {
	if len(path) < 2 {
		return ""
	}
	return localName(path[len(path)-2])
}
