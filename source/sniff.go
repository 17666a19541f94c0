package source

import (
	"bytes"
	"strings"

	"tamiz/weburl"
)

// How far into a document is looked for what it is.
const (
	sniffProlog = 64 << 10 // comments and stylesheets may precede a root element
	sniffJunk   = 4 << 10  // warnings of a server's software before the XML
	sniffLines  = 50       // of a plain text, to see whether they are URLs
)

// roots are the root elements of what is read here, without prefix and in
// lower case.
var roots = map[string]Format{
	"rss": FormatRSS, "rdf": FormatRSS, "feed": FormatAtom,
	"urlset": FormatSitemap, "sitemapindex": FormatIndex, "opml": FormatOPML,
}

// sniff tells what a document is and where it starts: for XML at its root
// element. The XML declaration before it goes, because the body has been
// decoded already and the encoding it names is no longer true; so does the
// document type, which has no use but to define entities.
//
// Content goes before the media type: feeds are often sent as text/html or
// text/plain, and an error page sent as application/xml is still a page. The
// media type decides about plain text, and breaks the tie for elements that are
// not known.
func sniff(body []byte, mediaType string) (f Format, start int) {
	head := body[:min(len(body), sniffProlog)]
	i := skipSpace(head, 0)
	if i == len(head) {
		return byMediaType(mediaType), 0
	}
	switch head[i] {
	case '<':
		root, at, doctype := rootElement(head, i)
		if f, ok := roots[localName(root)]; ok {
			return f, at
		}
		// "<br /><b>Warning</b>: …" before a feed.
		if f, at := rootAfterJunk(head); at > 0 && !strings.EqualFold(doctype, "html") && root != "html" {
			return f, at
		}
		if isXML(mediaType) && mediaType != "application/xhtml+xml" && root != "html" && !strings.EqualFold(doctype, "html") {
			return FormatUnknown, 0
		}
		if mediaType == "text/plain" && root == "" {
			return FormatText, 0
		}
		return FormatHTML, 0
	case '{':
		if looksLikeJSONFeed(head) {
			return FormatJSON, i
		}
	}
	if f, at := rootAfterJunk(head); at > 0 && !isHTML(mediaType) {
		return f, at
	}
	if !isHTML(mediaType) && looksLikeList(head) {
		return FormatList, 0
	}
	return byMediaType(mediaType), 0
}

func byMediaType(mediaType string) Format {
	switch {
	case isHTML(mediaType), mediaType == "":
		return FormatHTML
	case strings.HasPrefix(mediaType, "text/") && !isXML(mediaType):
		return FormatText
	}
	return FormatUnknown
}

func isHTML(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

func isXML(mediaType string) bool {
	return strings.HasSuffix(mediaType, "/xml") || strings.HasSuffix(mediaType, "+xml")
}

// rootElement walks over declaration, comments and document type to the first
// element: its name in lower case, where it starts, and the name in the
// document type.
func rootElement(b []byte, i int) (name string, at int, doctype string) {
	for i < len(b) && b[i] == '<' {
		rest := b[i:]
		end := 0
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			end = indexAfter(rest, "?>")
		case bytes.HasPrefix(rest, []byte("<!--")):
			end = indexAfter(rest, "-->")
		case bytes.HasPrefix(rest, []byte("<!")):
			if f := strings.Fields(strings.TrimRight(string(rest[:min(len(rest), 100)]), ">")); len(f) > 1 && strings.EqualFold(f[0], "<!doctype") {
				doctype, _, _ = strings.Cut(f[1], ">")
			}
			end = doctypeEnd(rest)
		default:
			return tagName(rest[1:]), i, doctype
		}
		if end <= 0 {
			break
		}
		i = skipSpace(b, i+end)
	}
	return "", i, doctype
}

// doctypeEnd finds the end of a document type, with its definitions in
// brackets if it has any.
func doctypeEnd(b []byte) int {
	depth := 0
	var quote byte
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && depth == 0:
			quote = c
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			return i + 1
		}
	}
	return 0
}

// rootAfterJunk finds the first root element within the first few KB.
func rootAfterJunk(b []byte) (Format, int) {
	b = b[:min(len(b), sniffJunk)]
	for i := 1; i < len(b); i++ {
		if b[i] != '<' {
			continue
		}
		if f, ok := roots[localName(tagName(b[i+1:]))]; ok {
			return f, i
		}
	}
	return "", 0
}

// tagName reads the name at the start of b in lower case.
func tagName(b []byte) string {
	n := 0
	for n < len(b) && n < 64 && isNameByte(b[n]) {
		n++
	}
	return strings.ToLower(string(b[:n]))
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == ':' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// localName drops the prefix of a name.
func localName(name string) string {
	if _, local, ok := strings.Cut(name, ":"); ok {
		return local
	}
	return name
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] <= ' ') {
		i++
	}
	return i
}

// indexAfter gives where the first end in b is over, 0 if there is none.
func indexAfter(b []byte, end string) int {
	if i := bytes.Index(b, []byte(end)); i >= 0 {
		return i + len(end)
	}
	return 0
}

func looksLikeJSONFeed(head []byte) bool {
	return bytes.Contains(head, []byte("jsonfeed.org/version")) ||
		bytes.Contains(head, []byte(`jsonfeed.org\/version`))
}

// looksLikeList reports whether a text is a list of URLs: the first line that
// says anything is one, and so are at least nine in ten.
func looksLikeList(head []byte) bool {
	lines, urls := 0, 0
	for line := range bytes.Lines(head) {
		u, ok := listLine(string(line))
		if u == "" {
			continue
		}
		lines++
		if ok {
			urls++
		} else if lines == 1 {
			return false
		}
		if lines == sniffLines {
			break
		}
	}
	return urls > 0 && urls*10 >= lines*9
}

// listLine reads a line of a URL list. Blank lines and comments ("# …") give
// nothing; ok tells whether it is a URL.
func listLine(line string) (u string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return "", false
	}
	if strings.ContainsAny(line, " \t") {
		return line, false
	}
	_, err := weburl.Canonical(line)
	return line, err == nil
}
