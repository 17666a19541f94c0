// Package site holds what a built-in web site is made of: its texts ([Piece]),
// the words around them ([Chrome]), the server that hands them out ([Host]) and
// what a right crawl must find there ([Expectation]). The demo site and the
// mirror used in tests are put together from these parts; neither needs a
// network or a file outside the binary.
//
// A piece is a text file with a head of "key: value" lines and a body in a few
// marks of Markdown:
//
//	work: cdp-migration
//	title: Moving house with fourteen million profiles
//	author: Ines Duarte
//	date: 2026-03-04
//
//	A paragraph with **strong words** and a [link](https://example.org/).
//
//	## A subheading
//
//	- a list item
//
//	> a quotation
//
//	| a table | with a head |
//	| and | rows |
//
//	![alternative text](/img/chart.png "caption")
package site

import "tamiz"

// Expectation is what a right crawl of a site must find.
type Expectation struct {
	Works    map[string][]Edition // by work, the original first
	Articles int                  // editions of all works together
	Texts    map[string]string    // clean text by URL path, see [Piece.Text]

	Plain      []string // paths of pages that hold no article: listings, about, calendar
	Disallowed []string // path prefixes that robots.txt forbids and pages link to
	Never      []string // parts of a URL that must never be asked for, e.g. "?print="
	Missing    []string // paths that are linked and answer 404
	Flaky      []string // paths that answer 503 the first time
	Moved      map[string]string
	Calendar   string // path prefix of the calendar that never ends
}

// Edition is an article as the site publishes it.
type Edition struct {
	Host       int // index of the host that serves it; 0 where there is but one
	Path       string
	Language   string
	Title      string
	Standfirst string
	Authors    []string // none where the page names none
	Published  string   // YYYY-MM-DD
	Relation   tamiz.Relation
	Declared   bool // hreflang names the other editions
}

// Expect gathers the expectation about pieces: works, texts and counts.
func Expect(pieces []*Piece) Expectation {
	e := Expectation{
		Works: map[string][]Edition{},
		Texts: map[string]string{},
		Moved: map[string]string{},
	}
	for _, p := range pieces {
		ed := Edition{
			Host:       p.Host,
			Path:       p.Path,
			Language:   p.Lang,
			Title:      p.Title,
			Standfirst: p.Standfirst,
			Published:  p.Published.Format("2006-01-02"),
			Relation:   p.Relation,
			Declared:   p.Declared,
		}
		if p.Author != "" {
			ed.Authors = []string{p.Author}
		}
		if p.Relation == tamiz.Original {
			e.Works[p.Work] = append([]Edition{ed}, e.Works[p.Work]...)
		} else {
			e.Works[p.Work] = append(e.Works[p.Work], ed)
		}
		e.Articles++
		e.Texts[p.Path] = p.Text()
		if p.Flaky {
			e.Flaky = append(e.Flaky, p.Path)
		}
		if p.Old != "" {
			e.Moved[p.Old] = p.Path
		}
	}
	return e
}
