package extract

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz"
	"tamiz/weburl"
)

// Limits of images.
const (
	maxImages       = 100
	maxImageText    = 1000  // bytes of an alternative text or a caption
	leastImageSide  = 60    // pixels: smaller ones are icons, where the page gives a size
	leadImageBlocks = 8     // blocks above the text in which a lead image may stand
	maxNoscript     = 8_000 // bytes of a noscript that is parsed for its image
	widestUseful    = 2600  // pixels: wider variants are for print
)

// placedImage is an image of the body and the block before which it stands.
type placedImage struct {
	tamiz.Image
	at int
}

// imageFinder walks the tree once, after the decision, and keeps the images that
// stand among the kept blocks, or between the title and the first of them. An
// image stands among them if the nearest element around it that holds any text
// holds kept text, or nothing but captions; in a teaser that was removed it
// does not.
type imageFinder struct {
	d           *document
	base        string
	first, last int // kept blocks
	title       int
	next        int // block that the next leaf opens
	nextElem    int // element that comes next in the walk
	stack       []int32
	seen        map[string]bool
	kept        []int // kept blocks before each block
	captions    []int // captions before each block
	out         []placedImage
}

// imagesOf finds the images of the kept body. title is the block that shows the
// title, or -1.
func imagesOf(d *document, base string, title int) []placedImage {
	f := &imageFinder{d: d, base: base, first: -1, title: title, seen: map[string]bool{}}
	f.kept = make([]int, len(d.blocks)+1)
	f.captions = make([]int, len(d.blocks)+1)
	for i := range d.blocks {
		f.kept[i+1], f.captions[i+1] = f.kept[i], f.captions[i]
		switch b := &d.blocks[i]; {
		case b.Kept:
			f.kept[i+1]++
			if f.first < 0 {
				f.first = i
			}
			f.last = i
		case b.Kind == Caption:
			f.captions[i+1]++
		}
	}
	if f.first < 0 || d.root == nil {
		return nil
	}
	f.walk(d.root, 0)
	return f.out
}

func (f *imageFinder) walk(n *html.Node, depth int) {
	if depth > 2000 || len(f.out) >= maxImages {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if f.next < len(f.d.blocks) && len(f.d.blocks[f.next].leaves) > 0 && f.d.blocks[f.next].leaves[0] == c {
			f.next++
		}
		if c.Type != html.ElementNode {
			continue
		}
		if c.DataAtom == atom.Img || c.Data == "amp-img" {
			f.image(c)
			continue
		}
		if f.nextElem < len(f.d.elems) && f.d.elems[f.nextElem].node == c {
			f.stack = append(f.stack, int32(f.nextElem))
			f.nextElem++
			f.walk(c, depth+1)
			f.stack = f.stack[:len(f.stack)-1]
			continue
		}
		if skippedTags[c.DataAtom] && c.DataAtom != atom.Noscript {
			continue
		}
		f.walk(c, depth+1)
	}
}

// imageForeign are the parts of a page whose images are not the article's.
const imageForeign = hintNav | hintFooter | hintComment | hintRelated | hintPromo | hintAd | hintAuthor | hintShare | hintCookie | hintDialog | hintTags

// image looks at one <img>.
func (f *imageFinder) image(n *html.Node) {
	at := f.next
	inside := at > f.first && at <= f.last+1
	lead := !inside && at <= f.first && at > f.title && at >= f.first-leadImageBlocks
	if !inside && !lead {
		return
	}
	if len(f.stack) == 0 {
		return
	}
	holder := int32(-1) // the nearest element around it with text
	for i := len(f.stack) - 1; i >= 0; i-- {
		e := &f.d.elems[f.stack[i]]
		if holder < 0 && e.last > e.first {
			holder = f.stack[i]
		}
		// The header of the page, not of the article.
		if lead && e.own&hintHeader != 0 && f.kept[e.last] == f.kept[e.first] && (f.title < int(e.first) || f.title >= int(e.last)) {
			return
		}
	}
	inner := &f.d.elems[f.stack[len(f.stack)-1]]
	if inner.hints&imageForeign != 0 {
		return
	}
	if holder >= 0 && inside {
		e := &f.d.elems[holder]
		texts := int(e.last - e.first)
		if f.kept[e.last] == f.kept[e.first] && f.captions[e.last]-f.captions[e.first] < texts {
			return
		}
	}
	if isSmall(n) || isDecoration(n) {
		return
	}
	u := f.address(n)
	if u == "" || f.seen[u] || isDecorationURL(u) {
		return
	}
	f.seen[u] = true
	img := tamiz.Image{URL: u, Alt: altText(n), Caption: f.caption(n)}
	if img.Alt == "" && strings.HasSuffix(strings.ToLower(u), ".svg") {
		return // an ornament or a badge
	}
	if strings.EqualFold(img.Caption, img.Alt) {
		img.Alt = ""
	}
	f.out = append(f.out, placedImage{img, at})
}

// address chooses the best source of an image: the widest of its variants,
// else the address that scripts would load, else src. Placeholders that scripts
// replace are passed over; a <noscript> beside them holds the image then.
func (f *imageFinder) address(n *html.Node) string {
	resolve := func(ref string) string {
		ref = strings.TrimSpace(ref)
		if ref == "" || strings.HasPrefix(ref, "data:") || isPlaceholder(ref) {
			return ""
		}
		u, err := weburl.Resolve(f.base, ref)
		if err != nil {
			return ""
		}
		return u
	}
	for _, key := range [...]string{"srcset", "data-srcset", "data-lazy-srcset"} {
		if u := resolve(widest(attr(n, key))); u != "" {
			return u
		}
	}
	for _, key := range [...]string{"data-src", "data-lazy-src", "data-original", "data-orig-file", "data-large-file", "data-hi-res-src", "data-image", "data-url", "data-full-src", "src"} {
		if u := resolve(attr(n, key)); u != "" {
			return u
		}
	}
	if p := n.Parent; p != nil && p.DataAtom == atom.Picture {
		for c := p.FirstChild; c != nil; c = c.NextSibling {
			if c.DataAtom == atom.Source {
				for _, key := range [...]string{"srcset", "data-srcset"} {
					if u := resolve(widest(attr(c, key))); u != "" {
						return u
					}
				}
			}
		}
	}
	for s, hops := n.NextSibling, 0; s != nil && hops < 3; s, hops = s.NextSibling, hops+1 {
		if s.DataAtom != atom.Noscript || s.FirstChild == nil || len(s.FirstChild.Data) > maxNoscript {
			continue
		}
		nodes, err := html.ParseFragment(strings.NewReader(s.FirstChild.Data), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
		if err != nil {
			continue
		}
		for _, m := range nodes {
			if m.DataAtom == atom.Img {
				if u := resolve(attr(m, "src")); u != "" {
					return u
				}
			}
		}
	}
	return ""
}

// widest gives the widest variant of a srcset that is still meant for screens.
func widest(set string) string {
	best, top := "", -1.0
	for len(set) > 0 {
		set = strings.TrimLeft(set, " \t\n\r\f,")
		// An address may hold commas; it ends at white space, a comma at its
		// end ends the entry.
		end := strings.IndexAny(set, " \t\n\r\f")
		if end < 0 {
			end = len(set)
		}
		ref := set[:end]
		set = set[end:]
		size := 1.0
		if trimmed := strings.TrimRight(ref, ","); trimmed != ref {
			ref = trimmed
		} else {
			desc := set
			if i := strings.IndexByte(set, ','); i >= 0 {
				desc, set = set[:i], set[i+1:]
			} else {
				set = ""
			}
			desc = strings.TrimSpace(desc)
			if desc != "" {
				if v, err := strconv.ParseFloat(desc[:len(desc)-1], 64); err == nil && v > 0 {
					size = v
				}
			}
		}
		if size > widestUseful {
			size = 1 / size
		}
		if ref != "" && size > top {
			best, top = ref, size
		}
	}
	return best
}

// isSmall reports whether the page gives a size that only icons have.
func isSmall(n *html.Node) bool {
	w, h := pixels(attr(n, "width")), pixels(attr(n, "height"))
	return w > 0 && h > 0 && w <= leastImageSide && h <= leastImageSide || w > 0 && w <= 3 || h > 0 && h <= 3
}

func pixels(s string) int {
	s = strings.TrimSuffix(strings.TrimSpace(s), "px")
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 {
		return 0
	}
	return v
}

// decorations are what classes and addresses of images that belong to the
// template say.
var decorations = []string{"avatar", "gravatar", "icon", "logo", "emoji", "smiley", "wp-smiley", "sprite", "badge", "spinner", "loader", "spacer", "tracking", "pixel"}

func isDecoration(n *html.Node) bool {
	for _, key := range [...]string{"class", "id", "role", "itemprop"} {
		v := strings.ToLower(attr(n, key))
		if v == "" || len(v) > 500 {
			continue
		}
		if v == "presentation" || v == "logo" {
			return true
		}
		for _, w := range decorations {
			if i := strings.Index(v, w); i >= 0 && !(w == "icon" && strings.Contains(v, "iconic")) && w != "pixel" {
				return true
			}
		}
	}
	return false
}

// isDecorationURL reports whether an address is that of a tracker, an avatar or
// an icon.
func isDecorationURL(u string) bool {
	low := strings.ToLower(u)
	for _, w := range [...]string{
		"gravatar.com/", "/avatar", "/emoji/", "/smilies/", "/icons/", "/spacer", "/pixel", "pixel.gif", "1x1.", "/blank.gif", "/transparent.", "/tracking", "/beacon",
		"doubleclick.net", "facebook.com/tr", "scorecardresearch.com", "feedburner.com/~", "feeds.wordpress.com/1.0/", "pixel.wp.com", "google-analytics.com", "count.gif", "stats.wordpress.com",
	} {
		if strings.Contains(low, w) {
			return true
		}
	}
	path, _, _ := strings.Cut(low, "?")
	name := path[strings.LastIndexByte(path, '/')+1:]
	return strings.HasPrefix(name, "logo") || strings.HasPrefix(name, "icon-") || strings.HasSuffix(name, "-icon.svg") || strings.HasSuffix(name, "-icon.png")
}

// isPlaceholder reports whether a source stands in for one that scripts load.
func isPlaceholder(ref string) bool {
	low := strings.ToLower(ref)
	return strings.Contains(low, "placeholder") || strings.HasSuffix(low, "blank.gif") || strings.Contains(low, "lazy-load") || strings.Contains(low, "lazyload") || strings.HasPrefix(low, "about:")
}

// altText is the alternative text, unless it is a file's name.
func altText(n *html.Node) string {
	alt := cutBytes(cleanText(attr(n, "alt")), maxImageText)
	if !strings.Contains(alt, " ") {
		low := strings.ToLower(alt)
		for _, ext := range [...]string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".avif"} {
			if strings.HasSuffix(low, ext) {
				return ""
			}
		}
	}
	return alt
}

// caption is the text of the captions in the smallest element around the image
// that holds any, if it holds no other text but little.
func (f *imageFinder) caption(n *html.Node) string {
	if fig := n.Parent; fig != nil {
		for up := 0; fig != nil && up < 6; fig, up = fig.Parent, up+1 {
			if fig.DataAtom != atom.Figure {
				continue
			}
			for c := fig.FirstChild; c != nil; c = c.NextSibling {
				if c.DataAtom == atom.Figcaption {
					return cutBytes(shortText(c, maxImageText), maxImageText)
				}
			}
			break
		}
	}
	for i := len(f.stack) - 1; i >= max(0, len(f.stack)-4); i-- {
		e := &f.d.elems[f.stack[i]]
		n := int(e.last - e.first)
		if n == 0 {
			continue
		}
		caps := f.captions[e.last] - f.captions[e.first]
		if caps == 0 || n-caps > 0 && f.kept[e.last] > f.kept[e.first] || n > 4 {
			// In a container of several, only the caption that comes right after.
			if caps > 0 && f.next < int(e.last) && f.d.blocks[f.next].Kind == Caption {
				return cutBytes(f.d.blocks[f.next].Text, maxImageText)
			}
			return ""
		}
		var parts []string
		for j := e.first; j < e.last; j++ {
			if f.d.blocks[j].Kind == Caption {
				parts = append(parts, f.d.blocks[j].Text)
			}
		}
		return cutBytes(strings.Join(parts, " "), maxImageText)
	}
	return ""
}

// Limits of the excerpt, in characters.
const (
	excerptMost  = 300
	excerptLeast = 120 // a sentence that ends earlier is followed by the next
)

// leadOf is the beginning of the article's prose, without headings, tables and
// code, cut at the end of a sentence, or of a word with an ellipsis.
func leadOf(blocks []Block) string {
	var b strings.Builder
	n := 0
	for i := range blocks {
		bl := &blocks[i]
		if !bl.Kept || bl.Kind == Heading || bl.Kind == TableCell || bl.Kind == Code {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(cutBytes(foldSpace(cutBytes(bl.Text, 8*excerptMost)), 8*excerptMost))
		n += utf8.RuneCountInString(bl.Text)
		if n > excerptMost {
			break
		}
	}
	return cutSentence(b.String(), excerptMost, excerptLeast)
}

// cutSentence cuts a text to at most most characters.
func cutSentence(s string, most, least int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	sentence, word, end := -1, -1, 0
	n := 0
	stop := false // a full stop, and only closing quotes since
	for i, r := range s {
		if n++; n > most {
			break
		}
		end = i + utf8.RuneLen(r)
		switch {
		case strings.ContainsRune("。！？", r):
			if n >= least {
				sentence = end
			}
		case r == ' ':
			word = i
			if n >= least && stop {
				sentence = i
			}
		case isIdeographic(r):
			word = end
		}
		switch {
		case strings.ContainsRune(".!?…؟।", r):
			stop = true
		case !strings.ContainsRune("”\"»’')", r):
			stop = false
		}
	}
	if sentence > 0 {
		return s[:sentence]
	}
	if word > 0 {
		end = word
	}
	return strings.TrimRight(s[:end], " ,;:–—-、，") + "…"
}
