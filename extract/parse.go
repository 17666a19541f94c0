package extract

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxDepth is how deep elements may nest: html.Parse refuses documents with
// more than 512 open elements, and misnested formatting tags multiply what is
// open, so the limiter stays well below.
const maxDepth = 200

// parse makes the tree of a page. A page nested too deep for html.Parse is
// flattened first: tags below maxDepth are dropped, their text stays.
func parse(body []byte) (root *html.Node, limited bool, err error) {
	root, err = html.Parse(bytes.NewReader(body))
	if err == nil {
		return root, false, nil
	}
	root, err = html.Parse(bytes.NewReader(flatten(body)))
	if err != nil {
		return nil, true, fmt.Errorf("parse page: %w", err)
	}
	return root, true, nil
}

// flatten rewrites a page token by token without what is nested too deep, and
// without the formatting and table tags whose misnesting html.Parse repairs by
// opening more.
func flatten(body []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(body))
	z := html.NewTokenizer(bytes.NewReader(body))
	depth := 0
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			return out.Bytes()
		}
		raw := z.Raw()
		if tt != html.StartTagToken && tt != html.EndTagToken {
			out.Write(raw)
			continue
		}
		name, _ := z.TagName()
		a := atom.Lookup(name)
		switch {
		case voidTags[a]:
			out.Write(raw)
		case inlineTags[a] && !unclosedTags[a]:
			// Formatting is lost; spaces around it stand in the text.
		case unclosedTags[a]:
			if depth <= maxDepth {
				out.Write(raw)
			} else {
				out.WriteByte('\n')
			}
		default:
			levels := 1
			if a == atom.Table {
				levels = 4 // with the body, row and cell that stand in it
			}
			if tt == html.StartTagToken {
				depth += levels
			}
			if depth <= maxDepth {
				out.Write(raw)
			} else {
				out.WriteByte('\n')
			}
			if tt == html.EndTagToken {
				depth = max(depth-levels, 0)
			}
		}
	}
}

// unclosedTags are often not closed and close one another: they cannot nest
// without one of the counted tags between them.
var unclosedTags = map[atom.Atom]bool{
	atom.P: true, atom.Li: true, atom.Dt: true, atom.Dd: true, atom.Tr: true, atom.Td: true, atom.Th: true,
	atom.Tbody: true, atom.Thead: true, atom.Tfoot: true, atom.Option: true, atom.Optgroup: true, atom.A: true,
}

// voidTags have no end tag.
var voidTags = map[atom.Atom]bool{
	atom.Area: true, atom.Base: true, atom.Br: true, atom.Col: true, atom.Embed: true, atom.Hr: true,
	atom.Img: true, atom.Input: true, atom.Link: true, atom.Meta: true, atom.Source: true,
	atom.Track: true, atom.Wbr: true,
}

// cleanInput drops what no text may hold: nul and other control bytes, and
// what is no UTF-8. Pages are decoded when they are fetched; files and stored
// pages may still be broken.
func cleanInput(b []byte) []byte {
	if bytes.IndexByte(b, 0) < 0 && utf8.Valid(b) {
		return b
	}
	return []byte(strings.ReplaceAll(strings.ToValidUTF8(string(b), "\ufffd"), "\x00", ""))
}
