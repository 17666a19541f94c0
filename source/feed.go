package source

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"tamiz"
)

// readFeed reads RSS, RDF and Atom.
//
// The feed reader wants a whole document or gives nothing, and many feeds are
// not whole: cut off by a time-out of their server or by a size limit, with one
// entry somebody's plugin broke, with an open element in the head that swallows
// the rest. So the entries are found first, by a scan that only knows tags. Then
// there are three attempts, until one gives as many entries as the scan found:
//
//  1. The document as it is.
//  2. Its head and its complete entries, closed properly: the cut is mended.
//  3. Each entry by itself, in the root element: only the broken ones are lost.
//
// A document that is known to be cut, too long or too deep skips the first.
func (d *document) readFeed(body []byte) error {
	scan := scanFeed(body)
	if scan.rootEnd == 0 || scan.rootEnd > maxRootTag {
		return fmt.Errorf("%w: no usable root element", ErrBroken)
	}
	entries := d.limitEntries(scan)
	whole := len(entries) == len(scan.entries) && scan.closed && scan.unfinished == 0 && scan.tooDeep == 0
	var feed *gofeed.Feed
	var err error
	if whole {
		feed, err = parseFeed(body)
	}
	if feed == nil || len(feed.Items) < len(entries) {
		if err != nil {
			d.warn("the feed is broken: %v", err)
		}
		body = escapeText(body)
		scan = scanFeed(body)
		entries = scan.entries[:min(len(scan.entries), maxEntries)]
		if feed, err = parseFeed(scan.mend(body, entries...)); err != nil || len(feed.Items) < len(entries) {
			feed = d.parseEach(body, scan, entries)
		}
	}
	if feed == nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	d.reading.Title = plainText(feed.Title)
	d.reading.Language = languageTag(feed.Language)
	var authors Entry // by RFC 4287, those of an Atom feed are its entries'
	if feed.FeedType == "atom" {
		for _, p := range feed.Authors {
			authors.addAuthor(p.Name)
		}
	}
	for _, item := range feed.Items {
		d.addItem(item, authors.Authors)
	}
	return nil
}

// limitEntries gives the entries to read and says which are not.
func (d *document) limitEntries(scan *feedScan) []span {
	entries := scan.entries
	switch {
	case scan.unfinished > 0:
		d.warn("entries cut off: %d", scan.unfinished)
	case !scan.closed:
		d.warn("the feed is cut off")
	}
	if scan.tooDeep > 0 {
		d.warn("entries nested too deep: %d", scan.tooDeep)
	}
	if len(entries) > maxEntries {
		entries = entries[:maxEntries]
		d.warn("only the first %d entries were read", maxEntries)
	}
	return entries
}

// parseFeed hands a document to the feed reader. A panic in it is an error.
func parseFeed(doc []byte) (feed *gofeed.Feed, err error) {
	defer func() {
		if r := recover(); r != nil {
			feed, err = nil, fmt.Errorf("panic in the feed reader: %v", r)
		}
	}()
	feed, err = gofeed.NewParser().Parse(bytes.NewReader(doc))
	if err == nil && feed == nil {
		err = errors.New("nothing was read")
	}
	return feed, err
}

// parseEach reads every entry for itself and puts them into one feed; nil if
// neither head nor entries can be read.
func (d *document) parseEach(body []byte, scan *feedScan, entries []span) *gofeed.Feed {
	all, headErr := parseFeed(scan.mend(body))
	if headErr != nil {
		all = &gofeed.Feed{} // no title, then
	}
	all.Items = nil
	lost := 0
	for _, e := range entries {
		feed, err := parseFeed(scan.frame(body, e))
		if err != nil {
			lost++
			continue
		}
		all.Items = append(all.Items, feed.Items...)
	}
	if lost > 0 {
		d.warn("broken entries left out: %d", lost)
	}
	if len(all.Items) == 0 && headErr != nil {
		return nil
	}
	return all
}

// addItem takes over one entry of a feed. The feed's authors are those of
// entries that name none.
func (d *document) addItem(item *gofeed.Item, feedAuthors []string) {
	e := Entry{
		Title:     plainText(item.Title),
		Published: feedTime(item.PublishedParsed),
		Modified:  feedTime(item.UpdatedParsed),
		Language:  d.reading.Language,
		Content:   strings.TrimSpace(item.Content),
		Summary:   strings.TrimSpace(item.Description),
	}
	if dc := item.DublinCoreExt; dc != nil {
		for _, l := range dc.Language {
			if tag := languageTag(l); tag != "" {
				e.Language = tag
				break
			}
		}
		for _, name := range dc.Creator {
			e.addAuthor(name)
		}
	}
	for _, p := range item.Authors {
		if p != nil {
			e.addAuthor(p.Name)
		}
	}
	for _, c := range item.Categories {
		e.addTag(c)
	}
	if len(e.Authors) == 0 {
		e.Authors = slices.Clone(feedAuthors)
	}
	d.addEntry(e, itemURLs(item))
}

// itemURLs gives the addresses of an entry, the best first. Feedburner puts its
// own redirect into the link and the article's address into an extension. The
// identifier is one only if it looks like one.
func itemURLs(item *gofeed.Item) []string {
	var refs []string
	for _, name := range []string{"origLink", "origlink"} {
		for _, e := range item.Extensions["feedburner"][name] {
			refs = append(refs, e.Value)
		}
	}
	refs = append(refs, item.Link)
	refs = append(refs, item.Links...)
	if strings.HasPrefix(item.GUID, "http://") || strings.HasPrefix(item.GUID, "https://") {
		refs = append(refs, item.GUID)
	}
	return refs
}

// addEntry appends an entry with its link, whose URL is the best of refs. An
// entry without an address has no identity in the database and is left out.
func (d *document) addEntry(e Entry, refs []string) {
	known := d.invalid
	u, ok := d.resolve(refs...)
	if !ok {
		if d.invalid == known {
			d.reject(e.Title)
		}
		return
	}
	e.URL = u
	isNew := d.add(tamiz.Link{
		URL: e.URL, Kind: tamiz.LinkArticle, Title: e.Title,
		Published: e.Published, Modified: e.Modified, Language: e.Language,
	})
	if isNew {
		d.reading.Entries = append(d.reading.Entries, e)
	}
}

func (e *Entry) addAuthor(name string) { e.Authors = appendName(e.Authors, name, maxAuthors) }

func (e *Entry) addTag(name string) { e.Tags = appendName(e.Tags, name, maxTags) }

// appendName appends what is not yet there.
func appendName(names []string, name string, limit int) []string {
	name = plainText(name)
	if name == "" || len(names) == limit {
		return names
	}
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return names
		}
	}
	return append(names, name)
}

func feedTime(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return plausible(*t)
}

// span is a part of a document.
type span struct{ start, end int }

// feedScan is what a scan of a feed's tags found.
type feedScan struct {
	root       string // name as written, with prefix
	rootEnd    int    // where the root element's start tag is over
	headEnd    int    // where the first entry starts
	channel    string // name of the channel element around the entries, if any
	entries    []span
	unfinished int  // entries that do not end before the next, or at all
	tooDeep    int  // entries left out because of their depth
	closed     bool // the root element ends
}

// scanFeed finds the entries of a feed whose root element starts the document.
// It reads tags as a browser would, and takes a "<" that starts none for text.
// Linear in the length.
func scanFeed(b []byte) *feedScan {
	s := &feedScan{root: writtenName(b, 1), headEnd: len(b)}
	prefix, local, prefixed := strings.Cut(strings.ToLower(s.root), ":")
	if !prefixed {
		prefix, local = "", prefix
	}
	entry := "item"
	if local == "feed" {
		entry = "entry"
		if prefix != "" {
			entry = prefix + ":" + entry
		}
	}
	start, depth, deepest := -1, 0, 0
	for i := 0; i < len(b); {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			break
		}
		i += j
		end, kind := markup(b, i)
		if kind == markupCut {
			break
		}
		if kind == markupOther {
			i = end
			continue
		}
		nameAt := i + 1
		if kind == markupEnd {
			nameAt++
		}
		name := tagName(b[nameAt:min(nameAt+64, len(b))])
		switch {
		case kind == markupStart && s.rootEnd == 0:
			s.rootEnd = end
		case kind == markupStart && name == entry:
			if start >= 0 {
				s.unfinished++
			}
			s.headEnd = min(s.headEnd, i)
			start, depth, deepest = i, 0, 0
		case kind == markupEnd && name == entry && start >= 0:
			if deepest <= maxDepth {
				s.entries = append(s.entries, span{start, end})
			} else {
				s.tooDeep++
			}
			start = -1
		case kind == markupStart && start < 0 && name == "channel" && len(s.entries) == 0:
			s.channel = writtenName(b, nameAt)
		case kind == markupEnd && name == "channel" && len(s.entries) == 0 && start < 0:
			s.channel = "" // RDF: the entries stand beside it
		case kind == markupEnd && name == strings.ToLower(s.root):
			s.closed = true
			s.headEnd = min(s.headEnd, i)
		case kind == markupStart:
			depth++
			deepest = max(deepest, depth)
		case kind == markupEnd:
			depth--
		}
		i = end
	}
	if start >= 0 {
		s.unfinished++
	}
	return s
}

// mend writes a document of the head and the given entries.
func (s *feedScan) mend(body []byte, entries ...span) []byte {
	var b bytes.Buffer
	b.Write(body[:s.headEnd])
	for _, e := range entries {
		b.Write(body[e.start:e.end])
	}
	s.close(&b)
	return b.Bytes()
}

// frame writes a document of the root element and one entry.
func (s *feedScan) frame(body []byte, e span) []byte {
	var b bytes.Buffer
	b.Write(body[:s.rootEnd])
	if s.channel != "" {
		b.WriteString("<" + s.channel + ">")
	}
	b.Write(body[e.start:e.end])
	s.close(&b)
	return b.Bytes()
}

func (s *feedScan) close(b *bytes.Buffer) {
	if s.channel != "" {
		b.WriteString("</" + s.channel + ">")
	}
	b.WriteString("</" + s.root + ">")
}

// escapeText escapes every "<" that starts no markup: "5 < 7" in a title.
func escapeText(b []byte) []byte {
	var out bytes.Buffer
	done := 0
	for i := 0; i < len(b); {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			break
		}
		i += j
		end, _ := markup(b, i)
		if end == i+1 {
			out.Write(b[done:i])
			out.WriteString("&lt;")
			done = end
		}
		i = end
	}
	if done == 0 {
		return b
	}
	out.Write(b[done:])
	return out.Bytes()
}

// writtenName reads the name at i as it is written.
func writtenName(b []byte, i int) string {
	i = min(i, len(b))
	return string(b[i : i+len(tagName(b[i:]))])
}

// The kinds of markup a "<" can start.
type markupKind int

const (
	markupStart markupKind = iota // a start tag
	markupEnd                     // an end tag
	markupOther                   // an empty element, comment, CDATA section, or mere text
	markupCut                     // something that does not end
)

// markup tells what the "<" at i starts and where that is over.
func markup(b []byte, i int) (end int, kind markupKind) {
	rest := b[i:]
	until := func(close string) (int, markupKind) {
		if n := indexAfter(rest, close); n > 0 {
			return i + n, markupOther
		}
		return len(b), markupCut
	}
	switch {
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return until("]]>")
	case bytes.HasPrefix(rest, []byte("<!--")):
		return until("-->")
	case bytes.HasPrefix(rest, []byte("<?")):
		return until("?>")
	case bytes.HasPrefix(rest, []byte("<!")):
		return until(">")
	case len(rest) > 2 && rest[1] == '/' && isNameByte(rest[2]):
		if n := bytes.IndexByte(rest, '>'); n > 0 {
			return i + n + 1, markupEnd
		}
		return len(b), markupCut
	case len(rest) < 2 || !isNameByte(rest[1]) || '0' <= rest[1] && rest[1] <= '9':
		return i + 1, markupOther
	}
	var quote byte
	for n := 1; n < len(rest); n++ {
		switch c := rest[n]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && rest[n-1] == '=':
			quote = c
		case c == '>':
			if rest[n-1] == '/' {
				return i + n + 1, markupOther
			}
			return i + n + 1, markupStart
		}
	}
	return len(b), markupCut
}
