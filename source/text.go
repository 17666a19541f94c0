package source

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// inline are the elements that feeds put into titles. Other names in angle
// brackets are words of the title ("When to use <section>").
var inline = map[string]bool{
	"a": true, "abbr": true, "b": true, "bdi": true, "big": true, "br": true, "cite": true, "code": true,
	"del": true, "em": true, "font": true, "i": true, "img": true, "ins": true, "kbd": true, "mark": true,
	"p": true, "q": true, "s": true, "small": true, "span": true, "strike": true, "strong": true,
	"sub": true, "sup": true, "tt": true, "u": true, "wbr": true,
}

// plainText makes a title of what a document gives for one: without the tags
// and entities that were escaped once too often, on one line, of bounded
// length.
func plainText(s string) string {
	s = clip(s, 4*maxTitle)
	if strings.ContainsAny(s, "<&") {
		var b strings.Builder
		z := html.NewTokenizer(strings.NewReader(s))
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			raw := string(z.Raw())
			switch kind {
			case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
				if name, _ := z.TagName(); inline[string(name)] {
					continue
				}
			case html.CommentToken:
				continue
			}
			b.WriteString(raw)
		}
		s = html.UnescapeString(b.String())
	}
	return clip(strings.Join(strings.Fields(s), " "), maxTitle)
}

// clip cuts a string to at most n bytes of valid UTF-8.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

var tagForm = regexp.MustCompile(`^(?:[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,4}|x-default)$`)

// languageTag gives a declared language in the form of BCP 47, or nothing for
// what is none.
func languageTag(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	if !tagForm.MatchString(s) {
		return ""
	}
	return s
}
