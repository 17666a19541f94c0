package extract

import (
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz"
	"tamiz/weburl"
)

// Limits of what is taken from a page's links.
const (
	maxLinks          = 6000
	maxPageAlternates = 300
	maxLinkTitle      = 300 // bytes of anchor text
)

// pageLinks are the links and declarations of a page: where it leads and what
// it says about itself to crawlers.
type pageLinks struct {
	links      []tamiz.Link // in document order
	canonical  string       // canonical form, empty if none is declared
	alternates []tamiz.Alternate
	noIndex    bool
	noFollow   bool
	ogType     string
	limited    bool
}

// feedTypes are the media types by which pages announce feeds.
var feedTypes = map[string]bool{
	"application/rss+xml": true, "application/atom+xml": true, "application/feed+json": true,
	"application/rdf+xml": true, "text/rss+xml": true,
}

// collectLinks reads every link of the tree in document order. Links are
// resolved against <base> and the URL the page came from.
func collectLinks(root *html.Node, pageURL string) *pageLinks {
	p := &pageLinks{}
	base := pageURL
	seenBase := false
	seen := make(map[string]int, 64)
	add := func(ref, title string, kind tamiz.LinkKind, follow bool) {
		ref = strings.TrimSpace(ref)
		if ref == "" || ref[0] == '#' {
			return
		}
		if len(p.links) >= maxLinks {
			p.limited = true
			return
		}
		// The same reference many times over is resolved once. A link is
		// followed unless every mention of it says not to.
		if i, ok := seen[ref]; ok {
			if i >= 0 {
				l := &p.links[i]
				l.Follow = l.Follow || follow
				if l.Title == "" {
					l.Title = title
				}
			}
			return
		}
		seen[ref] = -1
		u, err := weburl.Resolve(base, ref)
		if err != nil {
			return
		}
		seen[ref] = len(p.links)
		p.links = append(p.links, tamiz.Link{URL: u, Kind: kind, Via: pageURL, Title: title, Follow: follow})
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode {
			switch n.DataAtom {
			case atom.Base:
				if href := attr(n, "href"); href != "" && !seenBase {
					if u, err := weburl.Resolve(pageURL, href); err == nil {
						base, seenBase = u, true
					}
				}
			case atom.Link:
				p.declared(n, base, add)
			case atom.Meta:
				p.meta(n)
			case atom.A, atom.Area:
				if href := attr(n, "href"); href != "" {
					rel := strings.ToLower(attr(n, "rel"))
					title := foldText(anchorText(n, maxLinkTitle))
					if title == "" {
						title = foldText(cut(attr(n, "title"), maxLinkTitle))
					}
					kind := tamiz.LinkUnknown
					if relHas(rel, "next") {
						kind = tamiz.LinkListing
					}
					add(href, title, kind, !relHas(rel, "nofollow") && !relHas(rel, "sponsored"))
				}
			case atom.Script, atom.Style, atom.Template, atom.Svg:
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	for i := range p.links {
		l := &p.links[i]
		if p.noFollow {
			l.Follow = false
		}
		if l.Kind == tamiz.LinkUnknown {
			l.Kind = guessKind(l.URL)
		}
	}
	return p
}

// declared takes what a <link> says: the canonical URL, other editions, feeds,
// the next page of a listing, sitemaps.
func (p *pageLinks) declared(n *html.Node, base string, add func(string, string, tamiz.LinkKind, bool)) {
	rel := strings.ToLower(attr(n, "rel"))
	href := attr(n, "href")
	if rel == "" || href == "" {
		return
	}
	mediaType := strings.ToLower(strings.TrimSpace(attr(n, "type")))
	mediaType, _, _ = strings.Cut(mediaType, ";")
	feed := feedTypes[mediaType] || mediaType == "application/json" && strings.Contains(href, "feed")
	switch {
	case relHas(rel, "canonical"):
		if u, err := weburl.Resolve(base, href); err == nil && p.canonical == "" {
			p.canonical = u
		}
	case relHas(rel, "alternate") && feed:
		if !strings.Contains(href, "/comments/feed") {
			add(href, foldText(cut(attr(n, "title"), maxLinkTitle)), tamiz.LinkFeed, true)
		}
	case relHas(rel, "alternate") && attr(n, "hreflang") != "":
		if u, err := weburl.Resolve(base, href); err == nil && len(p.alternates) < maxPageAlternates {
			p.alternates = append(p.alternates, tamiz.Alternate{Language: cut(attr(n, "hreflang"), 40), URL: u})
		}
	case relHas(rel, "next"):
		add(href, "", tamiz.LinkListing, true)
	case relHas(rel, "sitemap"):
		add(href, "", tamiz.LinkSitemap, true)
	}
}

// meta takes what a <meta> says to crawlers, and what the page says it is.
func (p *pageLinks) meta(n *html.Node) {
	switch name := strings.ToLower(attr(n, "name")); name {
	case "robots", tamiz.Product:
		for _, w := range strings.FieldsFunc(strings.ToLower(attr(n, "content")), func(r rune) bool { return r == ',' || r == ' ' }) {
			switch w {
			case "noindex":
				p.noIndex = true
			case "nofollow":
				p.noFollow = true
			case "none":
				p.noIndex, p.noFollow = true, true
			}
		}
	}
	if p.ogType == "" && attr(n, "property") == "og:type" {
		p.ogType = strings.ToLower(strings.TrimSpace(attr(n, "content")))
	}
}

// relHas reports whether a lower-case rel value has a token.
func relHas(rel, token string) bool {
	for rest := rel; rest != ""; {
		i := strings.Index(rest, token)
		if i < 0 {
			return false
		}
		j := i + len(token)
		if (i == 0 || rest[i-1] == ' ' || rest[i-1] == ',') && (j == len(rest) || rest[j] == ' ' || rest[j] == ',') {
			return true
		}
		rest = rest[j:]
	}
	return false
}

// listingParts are path segments under which sites keep lists of articles.
//
//nolint:misspell // words of other languages
var listingParts = map[string]bool{
	"tag": true, "tags": true, "category": true, "categories": true, "topic": true, "topics": true,
	"author": true, "authors": true, "page": true, "archive": true, "archives": true, "search": true,
	"section": true, "label": true, "rubrik": true, "rubrique": true, "categoria": true, "etiqueta": true,
	"kategori": true, "kategorie": true, "kategoria": true, "autor": true, "auteur": true, "temas": true,
	"themen": true, "rubriky": true, "stitek": true, "metka": true, "rubrika": true,
}

// guessKind tells from its URL alone what a link leads to, where that is plain.
func guessKind(u string) tamiz.LinkKind {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return tamiz.LinkUnknown
	}
	_, rest, _ = strings.Cut(rest, "/")
	p, query, _ := strings.Cut(rest, "?")
	p = strings.Trim(p, "/")
	if p == "" {
		if query == "" {
			return tamiz.LinkListing
		}
		return tamiz.LinkUnknown
	}
	low := strings.ToLower(p)
	last := path.Base(low)
	switch {
	case strings.HasPrefix(last, "sitemap") && (strings.HasSuffix(last, ".xml") || strings.HasSuffix(last, ".xml.gz")):
		return tamiz.LinkSitemap
	case last == "feed" || last == "rss" || last == "atom" || last == "rss.xml" || last == "atom.xml" || last == "feed.xml" ||
		last == "index.xml" || last == "feed.json" || strings.HasSuffix(last, ".rss") || strings.HasSuffix(last, ".atom"):
		return tamiz.LinkFeed
	}
	parts := strings.Split(low, "/")
	for i, s := range parts {
		if listingParts[s] && i < 3 && len(parts)-i <= 3 {
			return tamiz.LinkListing
		}
	}
	// A long name of several words or a date in the path is an article's.
	name := strings.TrimSuffix(last, path.Ext(last))
	if strings.Count(name, "-")+strings.Count(name, "_") >= 3 || datedPath(parts) {
		return tamiz.LinkArticle
	}
	if dec, err := url.PathUnescape(name); err == nil && dec != name && len([]rune(dec)) >= 12 {
		return tamiz.LinkArticle
	}
	return tamiz.LinkUnknown
}

// datedPath reports whether a path holds a year and a month with a name after them.
func datedPath(parts []string) bool {
	for i := 0; i+2 < len(parts); i++ {
		if len(parts[i]) == 4 && (strings.HasPrefix(parts[i], "19") || strings.HasPrefix(parts[i], "20")) &&
			isDigits(parts[i]) && len(parts[i+1]) <= 2 && isDigits(parts[i+1]) && !isDigits(parts[len(parts)-1]) {
			return true
		}
	}
	return false
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// anchorText is the text under n, at most so many bytes of it.
func anchorText(n *html.Node, limit int) string {
	if n.FirstChild != nil && n.FirstChild == n.LastChild && n.FirstChild.Type == html.TextNode {
		return cut(n.FirstChild.Data, limit)
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && b.Len() < limit; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(cut(c.Data, limit-b.Len()))
			case c.Type == html.ElementNode && !skippedTags[c.DataAtom]:
				if !inlineTags[c.DataAtom] || c.DataAtom == atom.Br {
					b.WriteByte(' ')
				}
				walk(c)
				if !inlineTags[c.DataAtom] {
					b.WriteByte(' ')
				}
			}
		}
	}
	walk(n)
	return b.String()
}

// foldText folds white space and drops what is invisible.
func foldText(s string) string {
	var b strings.Builder
	foldInto(&b, s, 0)
	return strings.TrimSpace(b.String())
}

// cut shortens s to at most n bytes at the start of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
