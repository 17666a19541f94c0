package extract

import (
	"math"
	"strings"

	"golang.org/x/net/html/atom"
)

// PageKind says what a page is.
type PageKind string

// The kinds of page.
const (
	KindArticle PageKind = "article"
	KindListing PageKind = "listing" // home, tag and archive pages: their links lead to articles
	KindEmpty   PageKind = "empty"   // nothing to read: shells, walls, stubs
)

// What tells an article from a listing: each sign adds to a score whose sign
// decides. The weights follow a logistic regression over 1,450 articles and 190
// listings of the development pages, rounded, with the constant moved towards
// the article: a listing taken for an article is seen and corrected, an article
// taken for a listing is lost.
const (
	kindConstant = -4.8
	kindLength   = 4.0 // × prose, of kindEnough words at most
	kindProse    = 1.5 // × share of the text that is prose
	kindCover    = 2.2 // × share of the page's own text that was kept
	kindDeclared = 0.9
	kindDate     = 2.5
	kindUnits    = -3.5 // × share of the page's own text that is teasers
	kindTeasers  = -6.0 // the same, if they are short
	kindRoot     = -4.5
	kindListing  = -2.8

	kindEnough = 150 // words
	leastWords = 25  // fewer are no article, whatever the page declares
	fewUnits   = 4   // so many teasers of one shape are a list
	shortUnit  = 40  // words of a short one
	ownEnough  = 250 // words of prose besides at which teasers no longer matter
)

// kindSigns are what the kind of a page is told by.
type kindSigns struct {
	words     float32 // of the kept text
	prose     float32 // share of it that stands in heavy blocks
	links     float32 // link density of the page's own part
	units     int     // teasers of one shape
	unitShare float32 // share of the page's soft mass in them
	unitWords float32 // words of one on average
	ownWords  float32 // words of kept prose outside them
	cover     float32 // share of all soft mass that was kept
	declared  int     // +1 declared an article, -1 declared a list or a site
	date      bool
	root      bool // the path is "/"
	listing   bool // the path is that of a tag, category, author or archive
}

// kindOf weighs the signs. The confidence is 0.5 to 1.
func kindOf(s kindSigns) (PageKind, float64) {
	list := s.units >= fewUnits || s.root || s.listing || s.links > 0.6
	if s.words < leastWords {
		if list {
			return KindListing, 0.8
		}
		return KindEmpty, 0.8
	}
	v := kindConstant + kindLength*min(float64(s.words*s.prose)/kindEnough, 1) + kindProse*float64(s.prose) +
		kindCover*float64(s.cover) + kindDeclared*float64(s.declared)
	if s.date {
		v += kindDate
	}
	if s.units >= fewUnits {
		weight := kindUnits
		if s.unitWords < shortUnit {
			weight = kindTeasers
		}
		// An article with enough prose of its own may have many teasers below.
		v += weight * float64(s.unitShare) * (1 - float64(min(s.ownWords, ownEnough))/ownEnough)
	}
	if s.root {
		v += kindRoot
	}
	if s.listing {
		v += kindListing
	}
	confidence := 1 / (1 + math.Exp(-math.Abs(v)))
	switch {
	case v > 0:
		return KindArticle, confidence
	case list:
		return KindListing, confidence
	}
	return KindEmpty, confidence
}

// declaredKind reads og:type and the schema.org types.
func declaredKind(ogType string, types []string) int {
	article, other := false, false
	for _, t := range types {
		switch {
		case isArticleType(t):
			article = true
		case t == "CollectionPage" || t == "SearchResultsPage" || t == "ItemList" || t == "ProfilePage" || t == "Blog":
			other = true
		}
	}
	switch {
	case strings.HasPrefix(ogType, "article"), article && !other:
		return 1
	case other, ogType == "website" && !article:
		return -1
	}
	return 0
}

// pathKind reads the path of the page's URL.
func pathKind(u string) (root, listing bool) {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return false, false
	}
	_, rest, _ = strings.Cut(rest, "/")
	p, query, _ := strings.Cut(rest, "?")
	p = strings.Trim(strings.ToLower(p), "/")
	if query == "" && (p == "" || p == "index.html" || p == "index.php" || p == "index.htm" || p == "home") {
		return true, false
	}
	parts := strings.Split(p, "/")
	for i, s := range parts {
		if listingParts[s] && i < 3 && len(parts)-i <= 3 {
			return false, true
		}
	}
	return len(p) == 2 && isLanguageTag(p), false // "/de" is the German home page
}

// signs collects what tells the kind of an HTML page once its blocks are
// decided.
func (c *decider) signs() kindSigns {
	d := c.d
	s := kindSigns{}
	var soft, kept, prose, chars, links float32
	for i := range d.blocks {
		b := &d.blocks[i]
		f := &b.feat
		soft += f.soft
		h := hint(0)
		if b.elem >= 0 {
			h = d.elems[b.elem].hints
		}
		if h&(hintNav|hintFooter|hintHeader) == 0 {
			chars += float32(f.chars)
			links += float32(f.linkChars)
		}
		if b.Kept {
			s.words += f.words
			kept += f.soft
			if f.mass > heavyMass {
				prose += f.words
			}
		}
	}
	if s.words > 0 {
		s.prose = prose / s.words
	}
	if soft > 0 {
		s.cover = kept / soft
	}
	if chars > 0 {
		s.links = links / chars
	}
	c.teasers(&s, soft)
	return s
}

// teasers counts the largest group of siblings of one shape that each lead
// elsewhere: a linked heading, or a link and some text.
func (c *decider) teasers(s *kindSigns, soft float32) {
	d := c.d
	linked := make([]bool, len(d.elems)) // the element holds a linked heading or an article link
	for i := range d.blocks {
		b := &d.blocks[i]
		f := &b.feat
		if b.elem < 0 || f.linkDensity() < 0.8 || f.words < 3 {
			continue
		}
		if b.Kind != Heading && (f.words < 5 || f.boldChars == 0) {
			continue
		}
		for e, n := b.elem, 0; e > 0 && n < 8; e, n = d.elems[e].parent, n+1 {
			linked[e] = true
		}
	}
	type group struct {
		parent int32
		sig    uint32
	}
	type tally struct {
		n           int
		soft, words float32
	}
	groups := map[group]tally{}
	for i := range d.elems {
		e := &d.elems[i]
		if !linked[i] || e.same < fewUnits || e.hints&(hintNav|hintFooter|hintAside|hintRelated|hintComment) != 0 || e.node.DataAtom == atom.H2 || e.node.DataAtom == atom.H3 {
			continue
		}
		k := group{e.parent, e.sig}
		t := groups[k]
		t.n++
		t.soft += e.soft + e.linkChars
		t.words += e.words
		groups[k] = t
	}
	var best tally
	var which group
	for k, t := range groups {
		if t.soft > best.soft || t.soft == best.soft && (t.n > best.n || t.n == best.n && k.parent < which.parent) {
			best, which = t, k
		}
	}
	inUnits := float32(0)
	for i := range d.elems {
		e := &d.elems[i]
		if best.n == 0 || !linked[i] || e.parent != which.parent || e.sig != which.sig {
			continue
		}
		for k := e.first; k < e.last; k++ {
			if b := &d.blocks[k]; b.Kept && b.feat.mass > heavyMass {
				inUnits += b.feat.words
			}
		}
	}
	s.ownWords = s.words*s.prose - inUnits
	if soft > 0 && best.n > 0 {
		s.units, s.unitShare, s.unitWords = best.n, min(best.soft/soft, 1), best.words/float32(best.n)
	}
}
