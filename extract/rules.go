package extract

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The rule table speaks for the first page of a site, when nothing has been
// learned yet. A rule is a phrase; what it may do depends on its family, and
// on the shape of the block it is found in: rules look at short blocks only,
// and nearly all of them only at their beginning, so that a sentence of an
// article which happens to use the same words stays.
//
// Texts and phrases are compared folded: lower case, Latin letters without
// diacritics, punctuation turned into spaces. In a phrase, a word that ends
// with "*" stands for every word with that beginning, and "…" for any words
// in between; a phrase that begins with "…" is found anywhere in the block.

// family is what a rule's phrase is a sign of.
type family uint8

const (
	famNone     family = iota
	famMenu            // menu toggles, skip links, site map: made of these words only
	famShare           // share, print, comment buttons: made of these words only
	famAd              // "advertisement": the whole block
	famForm            // status texts of sign-up forms
	famSignup          // invitation to subscribe
	famInvite          // its first word alone
	famRead            // "read …:"
	famDownload        // "click here to download"
	famNext            // "read next: …"
	famTail            // heading of a list of other articles, of comments, of the author's bio
	famDisclaim        // opinions of the guest author, translation notices, affiliate notices
	famReserve         // words of the same that articles use too
	famMission         // "this is our mission"
	famCookie          // cookie notice
	famLegal           // copyright
	famCredit          // photo credit
	famByline          // "by …", "x min read"
	famContinue        // "story continues below"
	families
)

// String names the family for people.
func (f family) String() string {
	return [...]string{"", "menu", "share buttons", "advertisement label", "form status", "sign-up", "sign-up", "read-next line", "download promotion",
		"read-next line", "closing list", "disclaimer", "disclaimer", "tagline", "cookie notice", "copyright", "photo credit", "byline",
		"continuation label"}[f]
}

// maxWordsOf is how long a block may be, in words, for a family to apply.
var maxWordsOf = [families]float32{
	famMenu: 8, famShare: 10, famAd: 6, famForm: 14, famSignup: 32, famInvite: 25, famRead: 45, famDownload: 16, famNext: 45, famTail: 10,
	famDisclaim: 90, famReserve: 60, famMission: 14, famCookie: 90, famLegal: 45, famCredit: 18, famByline: 12, famContinue: 12,
}

// maxRuleBytes bounds the blocks rules look at.
const maxRuleBytes = 700

// phrase is a compiled rule.
type phrase struct {
	family   family
	anywhere bool
	segments [][]phraseWord
}

type phraseWord struct {
	text string
	open bool // further letters may follow
}

// phraseKey is the first two characters of a word, the second 0 in a word of
// one: some 3,000 phrases come apart into lists of a few.
type phraseKey [2]rune

// keyAt is the key of the word that begins s.
func keyAt(s string) phraseKey {
	r, size := utf8.DecodeRuneInString(s)
	second, n := utf8.DecodeRuneInString(s[size:])
	if n == 0 || second == ' ' {
		second = 0
	}
	return phraseKey{r, second}
}

type ruleIndex struct {
	first map[phraseKey][]*phrase
	vocab [families]map[string]bool
}

var rules = sync.OnceValue(func() *ruleIndex {
	x := &ruleIndex{first: map[phraseKey][]*phrase{}}
	for _, g := range ruleTable {
		for _, line := range g.phrases {
			for text := range strings.SplitSeq(line, "|") {
				x.add(g.family, text)
			}
		}
	}
	return x
})

func (x *ruleIndex) add(f family, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if f == famMenu || f == famShare {
		if x.vocab[f] == nil {
			x.vocab[f] = map[string]bool{}
		}
		for _, w := range titleWords(foldRule(text)) {
			x.vocab[f][w] = true
		}
		return
	}
	p := &phrase{family: f}
	if strings.HasPrefix(text, "…") {
		p.anywhere = true
		text = strings.TrimPrefix(text, "…")
	}
	for seg := range strings.SplitSeq(text, "…") {
		var words []phraseWord
		for w := range strings.FieldsSeq(seg) {
			open := strings.HasSuffix(w, "*")
			if w = strings.TrimSpace(foldRule(strings.TrimSuffix(w, "*"))); w != "" {
				words = append(words, phraseWord{w, open})
			}
		}
		if len(words) > 0 {
			p.segments = append(p.segments, words)
		}
	}
	if len(p.segments) == 0 {
		return
	}
	k := keyAt(p.segments[0][0].text)
	x.first[k] = append(x.first[k], p)
}

// ruleText is a short text prepared for the rules.
type ruleText struct {
	folded string
	words  []string // of the folded text, split like titles
	raw    string
	n      float32 // words as features count them
}

func newRuleText(s string, words float32) *ruleText {
	return &ruleText{folded: foldRule(s), raw: s, n: words}
}

// ruleHit is what the rules found in a block.
type ruleHit struct {
	found familySet
	whole familySet // the phrase is all there is, give or take a word
	colon familySet // a colon follows the phrase
}

// match gives the families whose phrases are found.
func (x *ruleIndex) match(t *ruleText) ruleHit {
	var hit ruleHit
	colon := -1
	if i := strings.IndexAny(t.raw, ":："); i >= 0 {
		colon = len(foldRule(t.raw[:i]))
	}
	for at := 0; at < len(t.folded); at = nextStart(t.folded, at) {
		if t.folded[at] == ' ' {
			continue
		}
		k := keyAt(t.folded[at:])
		x.matchAt(t, at, k, colon, &hit)
		if k[1] != 0 {
			x.matchAt(t, at, phraseKey{k[0], 0}, colon, &hit)
		}
	}
	for _, f := range []family{famMenu, famShare} {
		if t.n <= maxWordsOf[f] && x.madeOf(f, t) {
			hit.found |= 1 << f
			hit.whole |= 1 << f
		}
	}
	return hit
}

// matchAt tries the phrases of one key where a word begins.
func (x *ruleIndex) matchAt(t *ruleText, at int, k phraseKey, colon int, hit *ruleHit) {
	for _, p := range x.first[k] {
		if !p.anywhere && at > 0 || t.n > maxWordsOf[p.family] || hit.whole.has(p.family) {
			continue
		}
		end := p.matches(t.folded, at)
		if end < 0 {
			continue
		}
		whole := at == 0 && fewLeft(t.folded[end:])
		if p.family == famTail && len(p.segments) == 1 && len(p.segments[0]) == 1 && !whole {
			continue // one word alone says too little
		}
		hit.found |= 1 << p.family
		if whole {
			hit.whole |= 1 << p.family
		}
		if at == 0 && end == colon {
			hit.colon |= 1 << p.family
		}
	}
}

// fewLeft reports whether at most one word, or three characters of a script
// without spaces, are left of a folded text.
func fewLeft(s string) bool {
	s = strings.TrimSpace(s)
	r, _ := utf8.DecodeRuneInString(s)
	if isUnspaced(r) {
		return utf8.RuneCountInString(s) <= 3
	}
	return !strings.Contains(s, " ")
}

// madeOf reports whether the text consists of the family's words and numbers
// only.
func (x *ruleIndex) madeOf(f family, t *ruleText) bool {
	if t.words == nil {
		t.words = titleWords(t.folded)
	}
	known := 0
	for _, w := range t.words {
		if x.vocab[f][w] {
			known++
		} else if !isDigits(w) {
			return false
		}
	}
	return known > 0
}

type familySet uint32

func (s familySet) has(f family) bool { return s&(1<<f) != 0 }

// matches gives the end of the phrase if it begins at the given place, else -1.
func (p *phrase) matches(s string, at int) int {
	end := matchWords(s, at, p.segments[0])
	for _, seg := range p.segments[1:] {
		if end < 0 {
			return -1
		}
		found := -1
		for i := end; i < len(s) && found < 0; i = nextStart(s, i) {
			if s[i] != ' ' {
				found = matchWords(s, i, seg)
			}
		}
		end = found
	}
	return end
}

// nextStart gives the next place after i where a word can begin: after a
// space, or at each character of a script without spaces.
func nextStart(s string, i int) int {
	r, size := utf8.DecodeRuneInString(s[i:])
	i += size
	if isUnspaced(r) || r == ' ' {
		return i
	}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == ' ' || isUnspaced(r) {
			break
		}
		i += size
	}
	return i
}

// matchWords gives the end of the words if they begin at the given place,
// else -1.
func matchWords(s string, at int, words []phraseWord) int {
	for i, w := range words {
		if i > 0 {
			for at < len(s) && s[at] == ' ' {
				at++
			}
		}
		if !strings.HasPrefix(s[at:], w.text) {
			return -1
		}
		at += len(w.text)
		last, _ := utf8.DecodeLastRuneInString(w.text)
		if isUnspaced(last) {
			continue
		}
		for at < len(s) {
			r, size := utf8.DecodeRuneInString(s[at:])
			if r == ' ' || isUnspaced(r) {
				break
			}
			if !w.open {
				return -1
			}
			at += size
		}
	}
	return at
}

// foldRule folds a text for comparison with the rules.
func foldRule(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := true
	for _, r := range s {
		switch {
		case r < 0x80 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			b.WriteByte(byte(r))
			space = false
		case r >= 'A' && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
			space = false
		case r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == '©'):
			if r < 0x250 || r >= 0x1e00 && r < 0x1f00 {
				b.WriteString(foldLatin(r))
			} else if r == 'ё' || r == 'Ё' {
				b.WriteString("е")
			} else if !unicode.Is(unicode.Mn, r) || isUnspaced(r) {
				b.WriteRune(unicode.ToLower(r))
			}
			space = false
		case r == '\'' || r == '’' || r == '`' || r == '´':
			// Elisions split: "l'auteur" is "l auteur".
			fallthrough
		default:
			if !space {
				b.WriteByte(' ')
				space = true
			}
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// foldLatin gives a Latin letter without its diacritics, in lower case.
func foldLatin(r rune) string {
	switch r {
	case 'ł', 'Ł':
		return "l"
	case 'đ', 'Đ', 'ð', 'Ð':
		return "d"
	case 'ø', 'Ø':
		return "o"
	case 'ı', 'İ':
		return "i"
	case 'ß':
		return "ss"
	case 'æ', 'Æ':
		return "ae"
	case 'œ', 'Œ':
		return "oe"
	}
	d, _ := utf8.DecodeRuneInString(norm.NFD.String(string(unicode.ToLower(r))))
	return string(d)
}
