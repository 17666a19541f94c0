package extract

import (
	"strings"

	"golang.org/x/net/html/atom"

	"tamiz/weburl"
)

// What counts as prose. The figures are those the measurements on the
// development pages settled on; none is sensitive within a third of its value.
const (
	massWords     = 10  // words a block of prose has
	massCJK       = 25  // or characters of a script without spaces
	massLinks     = 0.4 // link density it stays below
	massCJKFactor = 2.2 // such a character says as much as so many letters
	massNoStop    = 0.4 // factor without any full stop
	massHinted    = 0.3 // factor inside hidden, dialog, form, aside
	massForeign   = 0.1 // factor inside comments, related items, promotion
	heavyMass     = 30  // mass of a heavy block

	cjkWord = 0.6 // words one such character counts
)

// Hints by what they do to the mass of a block.
const (
	hintsNoMass  = hintNav | hintFooter | hintButton | hintCookie
	hintsForeign = hintComment | hintRelated | hintPromo | hintAd | hintShare | hintAuthor | hintTags | hintLegal
	hintsWeak    = hintHidden | hintDialog | hintForm | hintAside
)

// dominates is the share of the page's prose above which an element's hint is
// not believed: the name belongs to the frame of the page. Comments, consent
// dialogs and the like can be longer than a short article and need more.
const (
	dominates      = 0.5
	dominatesTruly = 0.85
	hintsStubborn  = hintComment | hintCookie | hintDialog | hintFooter

	// Names for things made of links are not believed of an element with a good
	// part of the prose and few links.
	captionRules = 0.25
	proseRules   = 0.15
	proseLinks   = 0.25
	hintsOfLinks = hintNav | hintPage | hintTags | hintTOC | hintShare | hintButton | hintHeader
)

// namedByTag reports whether the tag itself is a hint.
func namedByTag(a atom.Atom) bool { return tagHints[a] != 0 }

// measure counts the text of a block.
func (f *features) measure(s string) {
	inWord := false
	words := 0
	for _, r := range s {
		switch {
		case r < 0x80:
			switch {
			case r >= 'a' && r <= 'z':
				if !inWord {
					words++
				}
				inWord = true
			case r >= 'A' && r <= 'Z':
				if !inWord {
					words++
					f.upper++
				}
				inWord = true
			case r >= '0' && r <= '9':
				f.digits++
				if !inWord {
					words++
				}
				inWord = true
			case r == '.' || r == '!' || r == '?':
				f.stops++
				inWord = false
			case r == ',' || r == ';':
				f.commas++
				inWord = false
			case r == '\'':
			default:
				inWord = false
			}
		case isUnspaced(r):
			f.cjk++
			inWord = false
		case r == '。' || r == '！' || r == '？' || r == '．' || r == '…' || r == '।' || r == '۔' || r == '؟':
			f.stops++
			inWord = false
		case r == '，' || r == '、' || r == '،' || r == '；':
			f.commas++
			inWord = false
		case isPunct(r):
			if r != '’' {
				inWord = false
			}
		default:
			if !inWord {
				words++
				if isUpper(r) {
					f.upper++
				}
			}
			inWord = true
		}
		switch {
		case isStop(r):
			f.stopEnd = true
		case r != ' ' && !isCloser(r):
			f.stopEnd = false
		}
	}
	f.words = float32(words) + cjkWord*float32(f.cjk)
	f.dated = f.words <= datedWords && f.digits >= 3 && hasClock(s)
}

// datedWords are the words a line with a date or a time has at most.
const datedWords = 14

// hasClock reports whether a text has a time of day or a year of our time.
func hasClock(s string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	for i := range len(s) {
		switch {
		case s[i] == ':' && digit(i-1) && digit(i+1) && digit(i+2):
			return true
		case (s[i] == '2' && i+3 < len(s) && s[i+1] == '0' || s[i] == '1' && i+3 < len(s) && s[i+1] == '9') &&
			digit(i+2) && digit(i+3) && !digit(i+4) && !digit(i-1):
			return true
		}
	}
	return false
}

// isUnspaced reports whether r belongs to a script written without spaces:
// Chinese, Japanese, Thai, Lao, Khmer, Burmese. Korean has spaces.
func isUnspaced(r rune) bool {
	return r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff ||
		r >= 0x20000 && r <= 0x3ffff || r >= 0x0e00 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f ||
		r >= 0x1780 && r <= 0x17ff || r >= 0xff66 && r <= 0xff9d
}

func isPunct(r rune) bool {
	return r >= 0x2000 && r <= 0x206f || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff0f ||
		r >= 0xff1a && r <= 0xff20 || r >= 0xa0 && r <= 0xbf || r >= 0x2100 && r <= 0x2bff
}

// isUpper covers the Latin, Greek and Cyrillic capitals.
func isUpper(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 0xc0 && r <= 0xde || r >= 0x391 && r <= 0x3a9 || r >= 0x400 && r <= 0x42f ||
		r >= 0x100 && r <= 0x17f && r&1 == 0
}

// isStop reports whether r ends a sentence.
func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '。', '！', '？', '．', '…', '।', '۔', '؟', '‽', '։':
		return true
	}
	return false
}

// isCloser reports whether r may follow the stop that ends a sentence.
func isCloser(r rune) bool {
	switch r {
	case '"', '\'', ')', ']', '”', '’', '»', '›', '」', '』', '）', '】', '“', '‘', '*':
		return true
	}
	return isStop(r)
}

// sum hands the hints down, gives every block its mass and sums both up.
func (d *document) sum() {
	// Prose without regard to hints tells which elements are the page itself.
	total := float32(0)
	for i := range d.blocks {
		b := &d.blocks[i]
		f := &b.feat
		if b.elem >= 0 {
			f.mass = proseMass(f, b.Kind)
			d.elems[b.elem].mass += f.mass
			d.elems[b.elem].chars += float32(f.chars)
			d.elems[b.elem].linkChars += float32(f.linkChars)
			total += f.mass
		}
	}
	for i := len(d.elems) - 1; i > 0; i-- {
		if p := d.elems[i].parent; p >= 0 {
			d.elems[p].mass += d.elems[i].mass
			d.elems[p].chars += d.elems[i].chars
			d.elems[p].linkChars += d.elems[i].linkChars
		}
	}
	for i := range d.elems {
		e := &d.elems[i]
		own := e.own
		if total > 0 {
			if e.mass > dominates*total {
				own &= hintBody | hintsStubborn
			}
			if e.mass > dominatesTruly*total {
				own &= hintBody
			}
			if e.mass > captionRules*total && e.node.DataAtom != atom.Figcaption {
				own &^= hintCaption
			}
			if e.mass > proseRules*total && e.linkChars < proseLinks*e.chars && !namedByTag(e.node.DataAtom) {
				own &^= hintsOfLinks
			}
		}
		e.hints = own
		if e.parent >= 0 {
			e.hints |= d.elems[e.parent].hints
		}
	}
	for i := range d.elems {
		d.elems[i].mass, d.elems[i].chars, d.elems[i].linkChars = 0, 0, 0
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		f := &b.feat
		if b.elem < 0 {
			continue
		}
		e := &d.elems[b.elem]
		h := e.hints | f.inline
		if b.Kind == Caption {
			if h&hintCaption != 0 {
				f.mass = 0
			} else {
				b.Kind = Paragraph // the name was not believed
			}
		}
		f.mass *= hintFactor(h)
		if h&(hintsNoMass|hintHeader|hintForm) == 0 {
			f.soft = float32(f.chars) * (1 - f.linkDensity())
		}
		e.mass += f.mass
		e.soft += f.soft
		e.chars += float32(f.chars)
		e.linkChars += float32(f.linkChars)
		e.words += f.words
		e.stops += int32(f.stops)
		e.count++
		if f.mass > heavyMass {
			e.heavy++
		}
		if f.linkDensity() > leadDensity && (f.words >= leadWords || b.Kind == Heading && f.words >= 2) && d.leadsInside(b) {
			e.leads++
		}
		if f.dated {
			e.dates++
		}
		if b.Kind == Heading {
			e.headings++
		}
	}
	for i := len(d.elems) - 1; i > 0; i-- {
		e := &d.elems[i]
		if e.parent < 0 {
			continue
		}
		p := &d.elems[e.parent]
		p.mass += e.mass
		p.soft += e.soft
		p.chars += e.chars
		p.linkChars += e.linkChars
		p.words += e.words
		p.stops += e.stops
		p.count += e.count
		p.heavy += e.heavy
		p.images += e.images
		p.leads += e.leads
		p.dates += e.dates
		p.headings += e.headings
	}
	d.siblings()
}

// What makes siblings of one shape teasers: units that lead elsewhere on the
// site. A list of brands or trails, each with a linked heading and a paragraph,
// has the same shape; it differs by where its links lead, by the length of its
// units and by how little prose the page has besides.
const (
	leadDensity   = 0.8 // link density of a linked headline
	leadWords     = 4   // words it has, if it is no heading
	teaserUnits   = 3   // units of the group
	teaserShare   = 0.6 // share of them that have a linked headline
	teaserShort   = 45  // words of a unit on average
	teaserLong    = 110 // the same, on a page with an article besides
	teaserBeside  = 100 // words of prose outside such groups
	articleBeside = 250
)

// What makes siblings of one shape a thread of remarks: a line with a date or
// time in each, no headings, and an article above. Liveblogs and release notes
// have headings or no article above them.
const (
	threadUnits  = 2
	threadDates  = 0.7  // share of units with a date
	threadHeads  = 0.1  // headings per unit, at most
	threadBefore = 60   // words of prose before the first
	threadOfAll  = 0.08 // share of all prose before the first
)

// siblings counts, for every element, its siblings of the same signature that
// hold any text, and marks the groups of teasers among them. A unit that holds
// far more than the others is not marked: it is the article, printed like the
// teasers of others.
func (d *document) siblings() {
	type key struct {
		parent int32
		sig    uint32
	}
	type group struct {
		n, leads    int32
		dates       int32
		headings    int32
		first       int32 // block
		words, most float32
	}
	groups := make(map[key]group, len(d.elems))
	for i := range d.elems {
		e := &d.elems[i]
		if e.count == 0 {
			continue
		}
		k := key{e.parent, e.sig}
		g := groups[k]
		e.index = g.n
		g.n++
		g.words += e.words
		g.most = max(g.most, e.words)
		if e.leads > 0 {
			g.leads++
		}
		if e.dates > 0 {
			g.dates++
		}
		if g.n == 1 {
			g.first = e.first
		}
		g.headings += e.headings
		groups[k] = g
	}
	// Words of prose before each block.
	before := make([]float32, len(d.blocks)+1)
	for i := range d.blocks {
		before[i+1] = before[i]
		if d.blocks[i].feat.mass > heavyMass {
			before[i+1] += d.blocks[i].feat.words
		}
	}
	for i := range d.elems {
		e := &d.elems[i]
		if e.parent >= 0 && d.elems[e.parent].thread {
			e.thread = true
			continue
		}
		if e.dates == 0 {
			continue
		}
		switch e.node.DataAtom {
		case atom.P, atom.Td, atom.Th, atom.Tr, atom.Tbody, atom.Section, atom.Blockquote:
			continue
		}
		g := groups[key{e.parent, e.sig}]
		above := before[g.first]
		e.thread = g.n >= threadUnits && float32(g.dates) >= threadDates*float32(g.n) && float32(g.headings) <= threadHeads*float32(g.n) &&
			above >= threadBefore && above >= threadOfAll*before[len(d.blocks)]
	}
	for pass := range 2 {
		beside := float32(0) // words of prose outside the groups
		if pass == 1 {
			for i := range d.blocks {
				b := &d.blocks[i]
				if b.elem >= 0 && b.feat.mass > heavyMass && !d.elems[b.elem].teaser {
					beside += b.feat.words
				}
			}
			if beside >= articleBeside {
				return
			}
		}
		for i := range d.elems {
			e := &d.elems[i]
			up := e.parent >= 0 && d.elems[e.parent].teaser
			if e.count == 0 {
				continue
			}
			g := groups[key{e.parent, e.sig}]
			e.same = g.n
			switch e.node.DataAtom {
			case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.Td, atom.Th, atom.Tr, atom.Tbody:
				e.teaser = up
				continue
			}
			limit := float32(teaserLong)
			if pass == 1 {
				// The less there is besides, the shorter a teaser must be.
				limit = 0
				if beside >= teaserBeside {
					limit = teaserShort + (teaserLong-teaserShort)*(beside-teaserBeside)/(articleBeside-teaserBeside)
				}
			}
			e.teaser = up || g.n >= teaserUnits && float32(g.leads) >= teaserShare*float32(g.n) &&
				(g.words-g.most)/float32(g.n-1) < limit && (e.words < teaserLong || e.words < g.most)
		}
	}
}

// leadsInside reports whether a block's link leads to the same site.
func (d *document) leadsInside(b *Block) bool {
	for _, n := range b.leaves {
		for p := n.Parent; p != nil && p != b.element.Parent; p = p.Parent {
			if p.DataAtom != atom.A {
				continue
			}
			href := strings.TrimSpace(attr(p, "href"))
			if i := strings.Index(href, "//"); i >= 0 && i <= 6 {
				host := weburl.Host(d.url)
				return host == "" || strings.Contains(cut(href, 300), strings.TrimPrefix(host, "www."))
			}
			return true
		}
	}
	return true
}

func proseMass(f *features, kind BlockKind) float32 {
	ld := f.linkDensity()
	if kind == Code {
		return float32(f.chars) * 0.5
	}
	if kind == Heading || ld >= massLinks || f.words < massWords && f.cjk < massCJK {
		return 0
	}
	m := float32(f.chars) * (1 - ld)
	if f.cjk*2 > f.chars {
		m *= massCJKFactor
	}
	if f.stops == 0 {
		m *= massNoStop
	}
	return m
}

func hintFactor(h hint) float32 {
	if h&hintsNoMass != 0 {
		return 0
	}
	m := float32(1)
	if h&hintsForeign != 0 {
		m *= massForeign
	}
	if h&hintsWeak != 0 {
		m *= massHinted
	}
	return m
}

// ancestor gives the element n levels above (0 is the element itself), or the
// topmost one.
func (d *document) ancestor(e int32, n int) int32 {
	for ; n > 0 && e > 0 && d.elems[e].parent >= 0; n-- {
		e = d.elems[e].parent
	}
	return e
}

// core gives the innermost element that holds nearly all prose of the page.
func (d *document) core(share float32) int32 {
	if len(d.elems) == 0 {
		return -1
	}
	at := int32(0)
	total := d.elems[0].mass
	if total == 0 {
		return 0
	}
	// The children of an element are those behind it whose parent it is; the
	// walk down visits each element once.
	best := make([]int32, len(d.elems)) // heaviest child
	for i := 1; i < len(d.elems); i++ {
		p := d.elems[i].parent
		if p < 0 {
			continue
		}
		if b := best[p]; b == 0 || d.elems[i].mass > d.elems[b].mass {
			best[p] = int32(i)
		}
	}
	for {
		c := best[at]
		if c == 0 || d.elems[c].mass < share*total || d.elems[c].node.DataAtom == atom.P {
			return at
		}
		at = c
	}
}
