package extract

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Pages without <figure> show a caption as any other line below the image. What
// tells it is the image's alternative text: templates print it again, or begin
// the caption with it. Mirrors that lost the image print both as two lines.

// Limits of captions told by their words.
const (
	altWords        = 2 // least words of an alternative text that says something
	altCJK          = 3 // the same in characters of scripts without spaces
	mostAltWords    = 25
	mostCaption     = 45 // words
	captionFraction = 3  // a pair without an image stands in the first third of the page
)

// imageCaptions marks the captions that begin with the alternative text of the
// image above them, and the lines that repeat it.
func (c *decider) imageCaptions() {
	blocks := c.d.blocks
	for i, alt := range c.altsAbove() {
		b := &blocks[i]
		if b.Kind != Paragraph && b.Kind != TableCell || b.feat.words > mostCaption {
			continue
		}
		text := foldRule(b.Text)
		if !beginsWith(text, alt) {
			continue
		}
		// The alternative text, then the caption, in one run.
		if rest := strings.TrimPrefix(text, alt); beginsWith(strings.TrimSpace(rest), alt) {
			if at := secondStart(b.Text, utf8.RuneCountInString(alt)); at > 0 {
				b.Text = strings.TrimSpace(b.Text[at:])
			}
		} else if text == alt && i+1 < len(blocks) {
			n := &blocks[i+1]
			if n.Kind == Paragraph && n.feat.words <= mostCaption && n.feat.words > b.feat.words && beginsWith(foldRule(n.Text), alt) {
				// The caption is looked for right below the image.
				b.Text, n.Kind = n.Text, Caption
			}
		}
		b.Kind = Caption
	}
}

// altsAbove gives the folded alternative text of the image that stands right
// above a block, for every block below one.
func (c *decider) altsAbove() map[int]string {
	first := make(map[*html.Node]int, len(c.d.blocks))
	for i := range c.d.blocks {
		for _, n := range c.d.blocks[i].leaves {
			if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
				first[n] = i
				break
			}
		}
	}
	out := map[int]string{}
	alt := ""
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for k := n.FirstChild; k != nil && depth < maxCaptionDepth; k = k.NextSibling {
			switch {
			case k.Type == html.TextNode:
				if i, ok := first[k]; ok && alt != "" {
					out[i] = alt
				}
				if strings.TrimSpace(k.Data) != "" {
					alt = ""
				}
			case k.Type == html.ElementNode && k.DataAtom == atom.Img:
				alt = ""
				if a := altText(k); saysEnough(a) {
					alt = foldRule(a)
				}
			case k.Type == html.ElementNode && !skippedTags[k.DataAtom]:
				walk(k, depth+1)
			}
		}
	}
	walk(c.d.root, 0)
	return out
}

// maxCaptionDepth bounds the recursion; the tree itself is bounded too.
const maxCaptionDepth = 2000

// saysEnough reports whether an alternative text has words enough to know a
// caption by.
func saysEnough(alt string) bool {
	var f features
	f.measure(alt)
	return (f.words >= altWords || f.cjk >= altCJK) && f.words <= mostAltWords
}

// beginsWith reports whether a folded text begins with a phrase of whole words.
func beginsWith(text, phrase string) bool {
	if phrase == "" || !strings.HasPrefix(text, phrase) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(phrase)
	return len(text) == len(phrase) || text[len(phrase)] == ' ' || isUnspaced(last)
}

// secondStart gives where a text begins again with the words it began with;
// near is about the number of characters before. 0 if it does not.
func secondStart(s string, near int) int {
	head := foldRule(cutRunes(s, max(1, near/2)))
	n := 0
	for i := range s {
		if n++; n > near/2 && head != "" && strings.HasPrefix(foldRule(s[i:]), head) {
			return i
		}
		if n > near+8 {
			break
		}
	}
	return 0
}

// cutRunes gives the first n characters.
func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// captionPairs finds the two lines an image left on a page that lost it: its
// alternative text, and right below the same words again with what the caption
// adds, set off by a mark. It asks for a line of its own each, before most of
// the text, and no heading tags, because sections begin much alike.
func (c *decider) captionPairs() {
	blocks := c.d.blocks
	reach := float32(0)
	for i := range blocks {
		reach += blocks[i].feat.mass
	}
	reach /= captionFraction
	before := float32(0)
	for i := 0; i+1 < len(blocks) && before <= reach; i++ {
		a, b := &blocks[i], &blocks[i+1]
		before += a.feat.mass
		if a.Kind != Paragraph || b.Kind != Paragraph || a.elem < 0 || i == c.title || c.d.ancestor(a.elem, 1) != c.d.ancestor(b.elem, 1) {
			continue
		}
		if a.feat.stopEnd || a.feat.boldChars > 0 || a.feat.linkChars > 0 || b.feat.linkChars > 0 || b.feat.words > mostCaption || b.feat.stops > 2 || !saysEnough(a.Text) {
			continue
		}
		rest, ok := strings.CutPrefix(b.Text, a.Text)
		if mark := leadingMark(rest); !ok || mark == "" || !strings.Contains(":,;.，：。、；(（–—", mark) {
			continue
		}
		if len(sentences(b.Text)) > 2 {
			continue
		}
		a.drop("alternative text of an image")
		b.drop("caption")
		a.Kind, b.Kind = Caption, Caption
		c.images = append(c.images, [2]int{i, i + 1})
		i++
	}
}

func leadingMark(s string) string {
	s = strings.TrimSpace(s)
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}
