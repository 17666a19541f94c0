// Package source finds out what a page offers: the links to articles in it,
// and what is known about them before any of them is fetched.
//
// [Read] takes a fetched page and tells by its content what it is: an RSS, RDF,
// Atom or JSON feed, a sitemap or an index of sitemaps, an OPML list of feeds,
// or a plain list of URLs. It returns the links, newest first, with the titles,
// dates, languages and translations the document declares, and the text that
// feed entries carry along. HTML and prose are recognised and left to package
// extract.
//
//	reading, err := source.Read(page)
//	if reading.Format.Links() {
//		kept, skipped := selector.Select(reading.Links)
//	}
//
// Documents are taken as they come: cut off, with broken entries, with control
// characters or undefined entities. What can be read is, and [Reading.Warnings]
// says what could not.
//
// A [Selector] decides which links are worth fetching, and a [TrapGuard] when a
// site goes on for ever.
package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tamiz"
	"tamiz/weburl"
)

// Limits of a document. What lies beyond is left out with a warning.
const (
	maxBytes    = 50 << 20 // sitemaps.org allows 50 MB
	maxURLs     = 50_000   // sitemaps.org allows 50,000 in a sitemap; also of a URL list
	maxEntries  = 10_000   // of a feed or OPML list; long archives have some thousands
	maxDepth    = 200      // nested elements; XHTML inside Atom rarely reaches 60
	maxRootTag  = 16 << 10 // bytes of a root element with its namespaces, usually under 1 KB
	maxTitle    = 1_000    // bytes of a title
	maxAuthors  = 50       // names of one entry
	maxTags     = 100      // tags of one entry
	maxVariants = 200      // declared translations of one URL
	maxWarnings = 20
)

// ErrBroken is wrapped when a document is recognised and nothing in it can be
// read.
var ErrBroken = errors.New("document is broken")

// Format is what a document turned out to be.
type Format string

// The formats.
const (
	FormatRSS     Format = "rss" // also RDF (RSS 1.0)
	FormatAtom    Format = "atom"
	FormatJSON    Format = "json-feed"
	FormatSitemap Format = "sitemap"
	FormatIndex   Format = "sitemap-index"
	FormatOPML    Format = "opml"
	FormatList    Format = "url-list" // plain text, each line a URL
	FormatHTML    Format = "html"     // for package extract
	FormatText    Format = "text"     // prose, for package extract
	FormatUnknown Format = "unknown"  // nothing tamiz reads
)

// Links reports whether documents of the format are read for their links here.
func (f Format) Links() bool {
	return f != FormatHTML && f != FormatText && f != FormatUnknown
}

// Feed reports whether the format has entries.
func (f Format) Feed() bool { return f == FormatRSS || f == FormatAtom || f == FormatJSON }

// Reading is what a page offers.
type Reading struct {
	Format   Format
	Title    string       // of the feed or list
	Language string       // BCP 47, as a feed declares it for all entries; may be empty
	Links    []tamiz.Link // newest first, each URL once; Depth is left to the caller
	Entries  []Entry      // of a feed, in the order of Links
	Warnings []string     // what was left out and why, one line each
}

// Entry is an article as its feed carries it.
type Entry struct {
	URL       string // that of its link
	Title     string
	Authors   []string
	Published time.Time // zero: unknown
	Modified  time.Time // zero: unknown
	Language  string    // BCP 47 as declared
	Tags      []string
	Content   string // HTML of the whole article; empty if the feed has none
	Summary   string // HTML of the description; some feeds hold the article here
}

// Read tells what a page is and reads its links. A page that is no list of
// links is no error: its [Format] says so. The error wraps [ErrBroken].
func Read(page *tamiz.Page) (*Reading, error) {
	d := &document{page: page, reading: &Reading{}, seen: map[string]int{}, base: page.FinalURL}
	if d.base == "" {
		d.base = page.URL
	}
	body := page.Body
	if len(body) > maxBytes {
		body = body[:maxBytes]
		d.warn("only the first %d MB were read", maxBytes>>20)
	} else if page.Truncated {
		d.warn("the document was cut off at the size limit")
	}
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))

	format, start := sniff(body, page.MediaType)
	d.reading.Format = format
	body = body[start:]
	var err error
	switch format {
	case FormatRSS, FormatAtom:
		err = d.readFeed(cleanXML(body))
	case FormatJSON:
		err = d.readJSONFeed(body)
	case FormatSitemap, FormatIndex:
		err = d.readSitemap(cleanXML(body))
	case FormatOPML:
		err = d.readOPML(cleanXML(body))
	case FormatList:
		d.readList(body)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", format, d.base, err)
	}
	d.finish()
	return d.reading, nil
}

// document is a page while it is being read.
type document struct {
	page    *tamiz.Page
	base    string // what relative URLs are relative to
	reading *Reading
	seen    map[string]int // canonical URL to its place in Links
	foreign int            // links to other sites left out
	invalid int            // links that are no web address
	bad     string         // the first of these
}

func (d *document) warn(format string, args ...any) {
	if len(d.reading.Warnings) < maxWarnings {
		d.reading.Warnings = append(d.reading.Warnings, clip(fmt.Sprintf(format, args...), maxTitle))
	}
}

// resolve gives the canonical form of the first of some URLs that has one. If
// none has, false is returned, and reject told unless all are empty.
func (d *document) resolve(refs ...string) (string, bool) {
	bad := ""
	for _, ref := range refs {
		if ref = strings.TrimSpace(ref); ref == "" {
			continue
		}
		if u, err := weburl.Resolve(d.base, ref); err == nil {
			return u, true
		}
		bad = cmp.Or(bad, ref)
	}
	if bad != "" {
		d.reject(bad)
	}
	return "", false
}

// reject counts something that should be a web address and is none.
func (d *document) reject(ref string) {
	d.invalid++
	d.bad = cmp.Or(d.bad, clip(ref, 100))
}

// add appends a link whose URL is canonical, and reports whether it was new. A
// URL named twice keeps its first place and gains what only the second knows.
func (d *document) add(l tamiz.Link) bool {
	l.Source, l.Via, l.Follow = d.page.Source, d.base, true
	i, known := d.seen[l.URL]
	if !known {
		d.seen[l.URL] = len(d.reading.Links)
		d.reading.Links = append(d.reading.Links, l)
		return true
	}
	first := &d.reading.Links[i]
	if first.Title == "" {
		first.Title = l.Title
	}
	if first.Published.IsZero() {
		first.Published = l.Published
	}
	if first.Modified.Before(l.Modified) {
		first.Modified = l.Modified
	}
	if len(first.Alternates) == 0 {
		first.Alternates = l.Alternates
	}
	return false
}

// finish puts links and entries in order and reports what was left out.
func (d *document) finish() {
	newest := func(a, b tamiz.Link) int { return when(b).Compare(when(a)) }
	r := d.reading
	slices.SortStableFunc(r.Links, newest) // without a date: last, in the order of the document
	for i, l := range r.Links {
		d.seen[l.URL] = i
	}
	slices.SortStableFunc(r.Entries, func(a, b Entry) int { return d.seen[a.URL] - d.seen[b.URL] })
	if d.foreign > 0 {
		d.warn("URLs of other sites left out: %d", d.foreign)
	}
	if d.invalid > 0 {
		d.warn("entries without a web address: %d, such as %q", d.invalid, d.bad)
	}
}

// when is the best known date of a link.
func when(l tamiz.Link) time.Time {
	if l.Published.IsZero() {
		return l.Modified
	}
	return l.Published
}

// plausible drops dates before the web and those far ahead, which are defaults
// of software ("1970-01-01") and misread fields.
func plausible(t time.Time) time.Time {
	if t.Year() < 1990 || t.Year() > 2100 {
		return time.Time{}
	}
	return t.UTC()
}

// Date forms of sitemaps (W3C date and time, and how it is misspelt), and those
// of HTTP and mail, which some generators write.
var dateForms = []string{
	time.RFC3339, time.DateOnly,
	"2006-01-02T15:04:05-0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", time.DateTime, "2006-01-02 15:04",
	"2006/01/02", "20060102", "2006-01", "2006",
	time.RFC1123Z, time.RFC1123, http.TimeFormat,
}

// parseDate reads a date of a sitemap or JSON feed; the zero time is none. A
// date without a zone is UTC.
func parseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) > 64 {
		return time.Time{}
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return plausible(t)
		}
	}
	return time.Time{}
}
