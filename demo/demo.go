// Package demo is a small marketing-technology magazine that lives inside the
// binary: articles in six languages written for this project, translated,
// reprinted and syndicated among themselves, in all the clutter that surrounds
// such articles on the web. `tamiz demo` serves it on loopback and crawls it
// with the real crawler, so that a newcomer sees every stage at work without a
// network; tests use it because it knows what a right crawl must find.
//
// [New] gives a [Site], which is an http.Handler that works under any host and
// port. [Site.Expect] says what is there, [Site.Requests] who asked for what.
package demo

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/xml"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"time"

	"tamiz"
	"tamiz/demo/site"
)

// The site is described with the words of package site.
type (
	// Expectation is what a right crawl must find.
	Expectation = site.Expectation
	// Edition is an article as the site publishes it.
	Edition = site.Edition
	// Request is one entry of the log.
	Request = site.Request
)

// Name is what the site calls itself.
const Name = "OpsLetter"

const (
	perPage   = 6    // entries on a listing page
	inFeed    = 20   // entries in a feed
	newest    = 4    // linked entries of a closing "new on" list
	teasers   = 2    // entries of it without a link
	related   = 3    // cards beside an article
	wordsRead = 220  // words read in a minute
	firstYear = 2018 // the calendar's
)

// The languages in the order of the home page.
var languages = []string{"en", "es", "id", "ru", "fr", "de"}

// layouts names each language's usual page template: the editions were made by
// different publishers, some with good markup and some with none.
var layouts = map[string]string{
	"en": "semantic", "es": "divs", "id": "breaks", "ru": "table", "fr": "semantic", "de": "divs",
}

//go:embed content chrome template
var files embed.FS

// Site is the magazine. It is safe for concurrent use; what it remembers (the
// pages that were asked for, those that are 503 at first) is its own, so two
// Sites do not disturb each other.
type Site struct {
	host   site.Host
	pieces []*site.Piece // newest first
	chrome map[string]site.Chrome
	pages  *template.Template
	feeds  *texttemplate.Template
	plain  []string

	unsigned map[string]bool // paths of articles whose layout names no author
}

// New gives a fresh site. What it is made of is embedded and checked by the
// package's tests, so that it cannot fail at run time.
func New() *Site {
	pieces, err := site.LoadPieces(files, "content")
	if err != nil {
		panic(fmt.Sprintf("demo: embedded content: %v", err))
	}
	chrome, err := site.LoadChrome(files, "chrome")
	if err != nil {
		panic(fmt.Sprintf("demo: embedded chrome: %v", err))
	}
	s := &Site{pieces: pieces, chrome: chrome, unsigned: map[string]bool{}}
	for _, p := range s.pieces {
		if p.Path == "" {
			p.Path = "/" + p.Lang + "/" + p.Slug
		}
		if p.Layout == "" {
			p.Layout = layouts[p.Lang]
		}
		s.unsigned[p.Path] = p.Layout == "breaks"
	}
	slices.SortStableFunc(s.pieces, func(a, b *site.Piece) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.Path, b.Path))
	})
	s.pages = template.Must(template.ParseFS(files, "template/*.html"))
	s.feeds = texttemplate.Must(texttemplate.New("feeds").Funcs(texttemplate.FuncMap{
		"xml":        escapeXML,
		"alternates": s.alternates,
	}).ParseFS(files, "template/*.xml"))
	s.build()
	return s
}

// ServeHTTP answers a request; links lead to the host that was asked.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.host.ServeHTTP(w, r) }

// Requests gives the log so far, oldest first.
func (s *Site) Requests() []Request { return s.host.Requests() }

// Expect says what a right crawl of the site must find.
func (s *Site) Expect() Expectation {
	e := site.Expect(s.pieces)
	for _, editions := range e.Works {
		for i := range editions {
			if s.unsigned[editions[i].Path] {
				editions[i].Authors = nil
			}
		}
	}
	e.Plain = slices.Clone(s.plain)
	e.Disallowed = []string{"/intern/"}
	e.Never = []string{"/intern/", "?print="}
	e.Calendar = "/events/"
	for _, lang := range languages {
		e.Missing = append(e.Missing, "/"+lang+"/privacy-2019", "/"+lang+"/handbook.pdf")
	}
	return e
}

// build lays out every path of the site.
func (s *Site) build() {
	r := map[string]site.Resource{}
	s.host.Resources = r
	s.host.Find = s.find
	s.host.NotFound = func(base, path string) []byte {
		lang := s.langOf(path)
		return s.html("plain", plainPage{frame: s.frame(base, lang), Title: "404", Text: s.chrome[lang].S("missing")})
	}
	for i, p := range s.pieces {
		r[p.Path] = s.article(p, i)
		r[p.Path+"?print=1"] = s.printed(p, i)
		if p.Old != "" {
			r[p.Old] = site.Resource{Status: http.StatusMovedPermanently, Location: p.Path}
		}
	}
	latest := s.pieces[0].Published

	s.page("/", latest, func(base string) []byte {
		h := homePage{frame: s.frame(base, "en"), Latest: first(s.ofLang("en"), newest)}
		for _, lang := range languages {
			h.Sections = append(h.Sections, section{Lang: lang, Name: s.chrome[lang].S("language")})
		}
		return s.html("home", h)
	})
	s.page("/partners", latest, func(base string) []byte {
		p := plainPage{frame: s.frame(base, "en"), Title: "Partners"}
		for _, q := range s.pieces {
			if !s.listed(q) {
				p.Links = append(p.Links, q)
			}
		}
		return s.html("plain", p)
	})
	for _, lang := range languages {
		s.section(lang)
	}

	xmlPage := func(path, name string, data func(base string) feedPage) {
		r[path] = site.Resource{Type: "application/xml; charset=utf-8", Modified: latest, Body: func(base string) []byte {
			return s.feed(name, data(base))
		}}
	}
	xmlPage("/feed.xml", "rss", func(base string) feedPage {
		return feedPage{Base: base, Site: Name, Strap: s.chrome["en"].S("strap"), Pieces: first(s.ofLang(""), inFeed)}
	})
	xmlPage("/sitemap.xml", "sitemapindex", func(base string) feedPage {
		return feedPage{Base: base, Langs: languages}
	})
	for _, lang := range languages {
		xmlPage("/"+lang+"/feed.xml", "atom", func(base string) feedPage {
			own := s.ofLang(lang)
			return feedPage{Base: base, Site: Name, Lang: lang, Updated: own[0].LastChange(), Pieces: first(own, inFeed)}
		})
		xmlPage("/sitemap-"+lang+".xml", "sitemap", func(base string) feedPage {
			return feedPage{Base: base, Pieces: s.ofLang(lang)}
		})
	}
	r["/robots.txt"] = site.Resource{Type: "text/plain; charset=utf-8", Modified: latest, Body: func(base string) []byte {
		return []byte("# Welcome. Please leave the editors' desk and the print copies alone.\n" +
			"User-agent: *\nDisallow: /intern/\nDisallow: /*?print=\n\nSitemap: " + base + "/sitemap.xml\n")
	}}
	desk := site.Resource{Type: "text/html; charset=utf-8", Modified: latest, Body: func(base string) []byte {
		return s.html("plain", plainPage{frame: s.frame(base, "en"), Title: "Editors' desk", Text: "Drafts and passwords. You should not be here."})
	}}
	r["/intern/desk"] = desk
	for _, p := range s.pieces {
		for _, b := range p.Blocks {
			if b.Kind == site.Figure {
				r[b.Src] = site.Resource{Type: "image/png", Modified: p.Published, Body: func(string) []byte { return chart(b.Src) }}
			}
		}
	}
}

// page adds an HTML page that holds no article.
func (s *Site) page(path string, modified time.Time, body func(base string) []byte) {
	s.plain = append(s.plain, path)
	s.host.Resources[path] = site.Resource{Type: "text/html; charset=utf-8", Modified: modified, Body: body}
}

// section adds a language's listing pages and its page about the site.
func (s *Site) section(lang string) {
	own := s.ofLang(lang)
	total := (len(own) + perPage - 1) / perPage
	at := func(n int) string {
		switch {
		case n < 1 || n > total:
			return ""
		case n == 1:
			return "/" + lang + "/"
		}
		return "/" + lang + "/page/" + strconv.Itoa(n) + "/"
	}
	for n := 1; n <= total; n++ {
		s.page(at(n), own[0].Published, func(base string) []byte {
			l := listingPage{frame: s.frame(base, lang), N: n, Total: total, Newer: at(n - 1), Older: at(n + 1)}
			for _, p := range own[(n-1)*perPage : min(n*perPage, len(own))] {
				href := p.Path
				if p.Old != "" {
					href = p.Old // the listing still has the address of before the move
				}
				l.Entries = append(l.Entries, entry{P: p, Href: href, Date: s.chrome[lang].Date(p.Published)})
			}
			return s.html("listing", l)
		})
	}
	s.page("/"+lang+"/about", own[0].Published, func(base string) []byte {
		c := s.chrome[lang]
		return s.html("plain", plainPage{frame: s.frame(base, lang), Title: c.S("nav_about"), Text: c.S("about")})
	})
}

// listed reports whether the site's own listings, feeds and sitemaps show a
// piece. Reprints and copies are only linked from the page of partners.
func (s *Site) listed(p *site.Piece) bool {
	return p.Relation == tamiz.Original || p.Relation == tamiz.Translation
}

// ofLang gives a language's listed pieces, newest first; those of all languages
// for the empty string.
func (s *Site) ofLang(lang string) []*site.Piece {
	var out []*site.Piece
	for _, p := range s.pieces {
		if (lang == "" || p.Lang == lang) && s.listed(p) {
			out = append(out, p)
		}
	}
	return out
}

func first(pieces []*site.Piece, n int) []*site.Piece { return pieces[:min(n, len(pieces))] }

// langOf guesses from a path which language an error page should speak.
func (s *Site) langOf(path string) string {
	lang, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, ok := s.chrome[lang]; ok {
		return lang
	}
	return "en"
}

// alternates gives the listed editions of a piece's work, itself included,
// where the site declares them.
func (s *Site) alternates(p *site.Piece) []*site.Piece {
	if !p.Declared {
		return nil
	}
	var out []*site.Piece
	for _, q := range s.pieces {
		if q.Work == p.Work && q.Declared && s.listed(q) {
			out = append(out, q)
		}
	}
	return out
}

func (s *Site) article(p *site.Piece, i int) site.Resource {
	style := map[string]site.Style{"divs": site.Divs, "breaks": site.Breaks}[p.Layout]
	res := site.Resource{
		Type:     "text/html; charset=utf-8",
		Modified: p.LastChange(),
		Flaky:    p.Flaky,
		Cyrillic: p.Charset != "",
		Body: func(base string) []byte {
			a := s.articlePage(base, p, i)
			a.Parts = p.Parts(style, "tagline", "form", "next", "promo")
			return s.html(p.Layout, a)
		},
	}
	switch p.Charset {
	case "header":
		res.Type = "text/html; charset=windows-1251"
	case "meta":
		res.Type = "text/html"
	}
	return res
}

func (s *Site) printed(p *site.Piece, i int) site.Resource {
	return site.Resource{Type: "text/html; charset=utf-8", Modified: p.LastChange(), Body: func(base string) []byte {
		a := s.articlePage(base, p, i)
		a.Charset = "utf-8"
		a.Parts = p.Parts(site.Semantic)
		return s.html("print", a)
	}}
}

func (s *Site) articlePage(base string, p *site.Piece, i int) articlePage {
	c := s.chrome[p.Lang]
	a := articlePage{
		frame:      s.frame(base, p.Lang),
		P:          p,
		Charset:    "utf-8",
		ISO:        p.Published.Format(time.DateOnly),
		Date:       c.Date(p.Published),
		Minutes:    1 + len(strings.Fields(p.Text()))/wordsRead,
		Alternates: s.alternates(p),
		Teasers:    c.Some("teaser", i, teasers),
	}
	if p.Charset == "meta" {
		a.Charset = "windows-1251"
	}
	if !p.Modified.IsZero() {
		a.ISOModified = p.Modified.Format(time.DateOnly)
	}
	// The neighbours differ from page to page: each list begins elsewhere in
	// the ring of the language's other articles.
	var others []*site.Piece
	for _, q := range s.ofLang(p.Lang) {
		if q.Work != p.Work {
			others = append(others, q)
		}
	}
	take := func(from, n int) []*site.Piece {
		var out []*site.Piece
		for k := range min(n, len(others)) {
			out = append(out, others[(from+k)%len(others)])
		}
		return out
	}
	a.Latest = take(i, newest)
	a.Related = take(i+newest, related)
	if next := take(i+2*newest, 1); len(next) > 0 {
		a.Next = next[0]
	}
	return a
}

// find serves the calendar: every month links to the next, for ever.
func (s *Site) find(path string) (site.Resource, bool) {
	rest, ok := strings.CutPrefix(path, "/events/")
	if !ok {
		return site.Resource{}, false
	}
	month, err := time.Parse("2006/01/", rest)
	if err != nil || month.Year() < firstYear {
		return site.Resource{}, false
	}
	return site.Resource{Type: "text/html; charset=utf-8", Modified: s.pieces[0].Published, Body: func(base string) []byte {
		p := calendarPage{
			frame:     s.frame(base, "en"),
			Year:      month.Year(),
			Month:     int(month.Month()),
			MonthName: month.Month().String(),
			Next:      month.AddDate(0, 1, 0).Format("/events/2006/01/"),
		}
		if before := month.AddDate(0, -1, 0); before.Year() >= firstYear {
			p.Previous = before.Format("/events/2006/01/")
		}
		day := 1 - (int(month.Weekday())+6)%7 // weeks begin on Monday
		last := month.AddDate(0, 1, -1).Day()
		for day <= last {
			var week [7]int
			for k := range week {
				if day >= 1 && day <= last {
					week[k] = day
				}
				day++
			}
			p.Weeks = append(p.Weeks, week)
		}
		return s.html("calendar", p)
	}}, true
}

func (s *Site) frame(base, lang string) frame {
	return frame{Site: Name, Base: base, Lang: lang, C: s.chrome[lang]}
}

// html renders a page. A template that fails leaves its message in the page,
// which the tests look for: there is no caller who could do better.
func (s *Site) html(name string, data any) []byte {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, data); err != nil {
		fmt.Fprintf(&b, "\n<!-- template failed: %s -->", template.HTMLEscapeString(err.Error()))
	}
	return b.Bytes()
}

// feed renders a feed or sitemap. The base comes from the request's Host header,
// so it is escaped like any text.
func (s *Site) feed(name string, data feedPage) []byte {
	data.Base = escapeXML(data.Base)
	var b bytes.Buffer
	if err := s.feeds.ExecuteTemplate(&b, name, data); err != nil {
		fmt.Fprintf(&b, "\n<!-- template failed: %s -->", escapeXML(err.Error()))
	}
	return b.Bytes()
}

func escapeXML(s string) string {
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// chart draws a bar chart whose bars depend on its name, so that figures have
// something to show.
func chart(name string) []byte {
	const width, height, bars = 320, 180, 8
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{
		color.White, color.RGBA{R: 0x1f, G: 0x6f, B: 0x78, A: 0xff},
	})
	seed := uint32(len(name))
	for i := range bars {
		seed = seed*1664525 + 1013904223
		top := height - 20 - int(seed>>16)%(height-40)
		for x := i * width / bars; x < (i+1)*width/bars-8; x++ {
			for y := top; y < height; y++ {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	// A bytes.Buffer does not fail and the image is not too large.
	_ = png.Encode(&b, img)
	return b.Bytes()
}

// What the templates are given.
type (
	frame struct {
		Site, Base, Lang string
		C                site.Chrome
	}
	section  struct{ Lang, Name string }
	homePage struct {
		frame
		Sections []section
		Latest   []*site.Piece
	}
	entry struct {
		P          *site.Piece
		Href, Date string
	}
	listingPage struct {
		frame
		Entries      []entry
		N, Total     int
		Newer, Older string
	}
	plainPage struct {
		frame
		Title, Text string
		Links       []*site.Piece
	}
	calendarPage struct {
		frame
		Year, Month               int
		MonthName, Previous, Next string
		Weeks                     [][7]int
	}
	articlePage struct {
		frame
		P                *site.Piece
		Charset          string
		ISO, ISOModified string // YYYY-MM-DD
		Date             string // as the language writes it
		Minutes          int
		Parts            []site.Part
		Alternates       []*site.Piece
		Latest, Related  []*site.Piece
		Teasers          []string
		Next             *site.Piece
	}
	feedPage struct {
		Base, Site, Strap, Lang string
		Updated                 time.Time
		Pieces                  []*site.Piece
		Langs                   []string
	}
)
