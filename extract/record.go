package extract

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz"
	"tamiz/lang"
	"tamiz/weburl"
)

// Version is the version of the extractor's rules; it is stored beside what
// they made, so that a better version is told from a changed page.
const Version = 1

// declaredWindow is how far into a page its own URL is looked for.
const declaredWindow = 256 << 10

// DeclaredURL is the URL that a saved page declares for itself: its canonical
// link, else og:url, in canonical form; empty if it declares none.
func DeclaredURL(body []byte) string {
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), declaredWindow)]))
	og := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return og
		case html.EndTagToken:
			if name, _ := z.TagName(); atom.Lookup(name) == atom.Head {
				return og
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.DataAtom {
			case atom.Body:
				return og
			case atom.Link:
				if relHas(strings.ToLower(tokenAttr(t, "rel")), "canonical") {
					if u, err := weburl.Canonical(tokenAttr(t, "href")); err == nil {
						return u
					}
				}
			case atom.Meta:
				if strings.EqualFold(tokenAttr(t, "property"), "og:url") {
					if u, err := weburl.Canonical(tokenAttr(t, "content")); err == nil {
						og = u
					}
				}
			}
		}
	}
}

func tokenAttr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// Complete fills in what an imported record leaves out and follows from its
// text: language, word count, excerpt, site, Markdown. The declared language is
// a hint, the text decides; it stays where the text does not say.
func Complete(a *tamiz.Article) {
	a.Text = foldParagraphs(a.Text)
	if found := lang.Identify(a.Text).Language; found != "" && !sameLanguage(a.Language, found) {
		a.Language = found
	}
	a.WordCount = lang.Words(a.Text)
	if a.Excerpt == "" {
		a.Excerpt = cutSentence(strings.Join(strings.Fields(cutBytes(a.Text, 8*excerptMost)), " "), excerptMost, excerptLeast)
	}
	if a.Site == "" {
		a.Site = a.Host
	}
}

// foldParagraphs makes any run of blank lines one and trims every line; the
// text becomes valid UTF-8 without control characters.
func foldParagraphs(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(string(cleanInput([]byte(s))), "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	blank := false
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRight(line, " \t")
		if line == "" {
			blank = b.Len() > 0
			continue
		}
		switch {
		case blank:
			b.WriteString("\n\n")
		case b.Len() > 0:
			b.WriteByte('\n')
		}
		blank = false
		b.WriteString(line)
	}
	return b.String()
}
