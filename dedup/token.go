package dedup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of what is read of one article. A longer text is compared by its
// first part: two editions share their beginning.
const (
	maxTextBytes  = 400_000
	maxTitleBytes = 1_000
	maxWordRunes  = 64 // longer runs (base64, digests) are cut
)

// prefixRunes is how much of an alphabetic word stands for it: cuts off most
// endings in inflected languages without a stemmer per language.
const prefixRunes = 6

// class says how a token is looked up.
type class uint8

const (
	word   class = iota // alphabetic, cut to prefixRunes
	gram                // piece of an unspaced script
	number              // digits, normalised
)

// token is a comparable unit of text.
type token struct {
	form     string // what the lexicon knows: lower case, prefix or n-gram, or the number
	self     string // Latin letters standing for the word itself; "" when the script offers none
	class    class
	anchor   bool // looks the same in every language: a name, an acronym, code, a number of two digits
	numbered bool // letters and digits: "preview2", "B2B"
	strong   bool // anchor even at the start of a sentence: inner capitals, digits, Latin in other scripts
}

// sentence is a stretch of text between two sentence ends, as byte offsets.
type sentence struct {
	start, end int
	para       int
}

// clean makes text comparable byte by byte: valid UTF-8, composed, of bounded length.
func clean(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, n := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && n == 1 {
			s = s[:len(s)-1]
		}
	}
	s = strings.ToValidUTF8(s, " ")
	return norm.NFC.String(s)
}

// sentences cuts text at paragraph breaks and at sentence ends. An end needs
// white space behind it, save for the full-width marks, so that "3.1", "API.md"
// and "Node.js" stay whole.
func sentences(text string) []sentence {
	var out []sentence
	start, para := 0, 0
	flush := func(end int) {
		a, b := start, end
		for a < b && isSpaceAt(text, a) {
			_, n := utf8.DecodeRuneInString(text[a:])
			a += n
		}
		if strings.TrimSpace(text[a:b]) != "" {
			out = append(out, sentence{start: a, end: a + len(strings.TrimRightFunc(text[a:b], unicode.IsSpace)), para: para})
		}
		start = end
	}
	for i, r := range text {
		switch r {
		case '\n':
			flush(i)
			para++
		case '。', '！', '？', '｡', '।', '۔', '။':
			flush(i + utf8.RuneLen(r))
		case '.', '!', '?', '؟', '…', '։':
			if next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):]); unicode.IsSpace(next) {
				flush(i + utf8.RuneLen(r))
			}
		}
	}
	flush(len(text))
	return out
}

func isSpaceAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsSpace(r)
}

// writing groups scripts by how words are cut out of them.
type writing uint8

const (
	none     writing = iota
	latin            // prefix; stands for itself
	alphabet         // prefix; Cyrillic and Greek also stand for themselves, transliterated
	han              // 2-grams
	katakana         // 3-grams
	hangul           // 2-grams inside a word: endings stick to the stem
	hiragana         // mostly grammar: left out
	unspaced         // Thai, Lao, Khmer, Burmese: 4-grams
)

func writingOf(r rune) writing {
	switch {
	case r < 0x80:
		if r|0x20 >= 'a' && r|0x20 <= 'z' {
			return latin
		}
		return none
	case r == 'ー' || (r >= 0x30A0 && r <= 0x30FF && r != '・') || (r >= 0xFF66 && r <= 0xFF9F):
		return katakana
	case r >= 0x3040 && r <= 0x309F:
		return hiragana
	case unicode.Is(unicode.Latin, r):
		return latin
	case unicode.Is(unicode.Han, r):
		return han
	case unicode.Is(unicode.Hangul, r):
		return hangul
	case unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return unspaced
	case unicode.IsLetter(r) || unicode.Is(unicode.M, r):
		return alphabet
	}
	return none
}

// gramSize is the length of the n-grams of a writing without word limits.
func gramSize(w writing) int {
	switch w {
	case katakana:
		return 3
	case unspaced:
		return 4
	}
	return 2
}

// tokenize calls emit for every token of one sentence. Where the text as a
// whole is not in Latin letters (foreign), a Latin word in it is an anchor.
func tokenize(s string, foreign bool, emit func(token)) {
	rs := []rune(s)
	first := true // no word of the sentence seen yet
	for i := 0; i < len(rs); {
		r := rs[i]
		if d := digit(r); d >= 0 {
			n, t := scanNumber(rs[i:])
			// Letters right behind make it code: 4K, 3D, 90s. Those in front
			// were taken with the word.
			emit(t)
			i += n
			first = false
			continue
		}
		w := writingOf(r)
		if w == none {
			i++
			continue
		}
		j := i + 1
		for j < len(rs) && (writingOf(rs[j]) == w || w == latin && joins(rs, j) || w == alphabet && rs[j] == '\u200d') {
			j++
		}
		run := rs[i:j]
		switch w {
		case latin, alphabet:
			emitWord(run, w, first, foreign, emit)
			first = false
		case hiragana:
		default:
			emitGrams(run, gramSize(w), emit)
			first = false
		}
		i = j
	}
}

// joins reports whether rs[j] continues a Latin word: a digit (B2B, HTML5) or
// an apostrophe between letters.
func joins(rs []rune, j int) bool {
	if rs[j] >= '0' && rs[j] <= '9' {
		return true
	}
	return (rs[j] == '\'' || rs[j] == '’') && j+1 < len(rs) && writingOf(rs[j+1]) == latin
}

func emitWord(run []rune, w writing, first, foreign bool, emit func(token)) {
	if len(run) > maxWordRunes {
		run = run[:maxWordRunes]
	}
	// What follows an apostrophe is an ending ("company's"), what precedes it
	// after one or two letters an article ("l'entreprise").
	for k, r := range run {
		if r == '\'' || r == '’' {
			if k <= 2 {
				emitWord(run[k+1:], w, false, foreign, emit)
				return
			}
			run = run[:k]
			break
		}
	}
	if len(run) == 0 {
		return
	}
	upper, digits := 0, 0
	for k, r := range run {
		if unicode.IsUpper(r) && k > 0 {
			upper++
		}
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	t := token{class: word}
	t.numbered = digits > 0
	t.strong = len(run) > 1 && (upper > 0 || digits > 0 || foreign && w == latin)
	t.anchor = t.strong || len(run) > 1 && !first && unicode.IsUpper(run[0])
	if len(run) == 1 && digits == 0 && w == latin {
		return // a lone letter says nothing
	}
	n := len(run)
	if digits == 0 {
		n = min(n, prefixRunes)
	} else {
		n = min(n, 2*prefixRunes)
	}
	low := make([]rune, n)
	for k := range low {
		low[k] = unicode.ToLower(run[k])
	}
	t.form = string(low)
	if w == latin {
		t.self = foldLatin(low)
	} else {
		t.self = transliterate(run)
	}
	emit(t)
}

func emitGrams(run []rune, n int, emit func(token)) {
	if len(run) <= n {
		emit(token{form: string(run), class: gram})
		return
	}
	for k := 0; k+n <= len(run); k++ {
		emit(token{form: string(run[k : k+n]), class: gram})
	}
}

// digit gives the value of a decimal digit of any script, or -1.
func digit(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	if r < 0x660 || !unicode.Is(unicode.Nd, r) {
		return -1
	}
	// Every block of decimal digits starts at its zero and zeros stand on
	// multiples of ten within their range.
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return int(r-rune(t.Lo)) % 10
		}
	}
	return -1
}

// scanNumber reads the number at the start of rs: groups of digits joined by
// one of the separators of thousands or decimals. "500.000", "500,000" and
// "500 000" are one number, and so are "3,5" and "3.5"; several dots that do not
// separate thousands make a version ("3.1.2"). 万 and 億 multiply.
func scanNumber(rs []rune) (length int, t token) {
	var groups []string
	var seps []rune
	i := 0
	for i < len(rs) {
		start := i
		var b strings.Builder
		for i < len(rs) && digit(rs[i]) >= 0 && i-start < 20 {
			b.WriteByte(byte('0' + digit(rs[i])))
			i++
		}
		groups = append(groups, b.String())
		if i+1 >= len(rs) || digit(rs[i+1]) < 0 || len(groups) >= 6 {
			break
		}
		sep := rs[i]
		switch sep {
		case '.', ',', '\'', '’', '\u00a0', '\u202f', '\u2009', '٬', '٫':
		case ' ':
			// A plain space separates thousands only before exactly three digits,
			// and never beside another separator: "1,200 300" are two numbers.
			if !threeDigits(rs[i+1:]) || len(groups[len(groups)-1]) > 3 || len(seps) > 0 && seps[0] != ' ' {
				sep = 0
			}
		default:
			sep = 0
		}
		if sep == 0 {
			break
		}
		seps = append(seps, sep)
		i++
	}
	thousands := len(groups) > 1 && len(groups[0]) <= 3 && groups[0] != "0"
	for _, g := range groups[1:] {
		thousands = thousands && len(g) == 3
	}
	s := ""
	switch {
	case thousands:
		s = strings.Join(groups, "")
	case len(groups) > 2 && seps[0] != seps[len(seps)-1] && len(groups[len(groups)-1]) != 3:
		// 1.234,5
		s = strings.Join(groups[:len(groups)-1], "") + "." + groups[len(groups)-1]
	default:
		s = strings.Join(groups, ".")
	}
	if i < len(rs) && !strings.Contains(s, ".") && len(s) <= 12 {
		switch rs[i] {
		case '万', '萬', '만':
			s += "0000"
			i++
		case '億', '亿', '억':
			s += "00000000"
			i++
		}
	}
	s = strings.TrimLeft(s, "0")
	if s == "" || s[0] == '.' {
		s = "0" + s
	}
	return i, token{form: s, self: s, class: number, anchor: len(s) > 1, strong: len(s) > 1}
}

func threeDigits(rs []rune) bool {
	for k := range 3 {
		if k >= len(rs) || digit(rs[k]) < 0 {
			return false
		}
	}
	return len(rs) == 3 || digit(rs[3]) < 0
}

// foldLatin takes the marks off lower-case Latin letters, so that a name keeps
// one form in the languages that write them and those that do not.
func foldLatin(low []rune) string {
	ascii := true
	for _, r := range low {
		if r >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return string(low)
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(string(low)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case latinFold[r] != "":
			b.WriteString(latinFold[r])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// latinFold holds the letters that do not decompose.
var latinFold = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ħ': "h",
}

// transliterate writes a Cyrillic or Greek word in Latin letters, roughly as
// news agencies do, cut to prefixRunes; "" for other scripts.
func transliterate(run []rune) string {
	var b strings.Builder
	for _, r := range run {
		if b.Len() >= prefixRunes {
			break
		}
		low := unicode.ToLower(r)
		l, ok := romanization[low]
		if !ok {
			return ""
		}
		b.WriteString(l)
	}
	s := b.String()
	return s[:min(len(s), prefixRunes)]
}

var romanization = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i",
	'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t",
	'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "sh", 'ъ': "", 'ы': "y", 'ь': "",
	'э': "e", 'ю': "iu", 'я': "ia", 'і': "i", 'ї': "i", 'є': "e", 'ґ': "g", 'ў': "u", 'ј': "j", 'љ': "l",
	'њ': "n", 'ћ': "c", 'ђ': "d", 'џ': "dz",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k",
	'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t",
	'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o", 'ά': "a", 'έ': "e", 'ή': "i", 'ί': "i", 'ό': "o",
	'ύ': "y", 'ώ': "o", 'ϊ': "i", 'ϋ': "y",
}

// width is the length of text in units that are alike across scripts: a Han
// character or Hangul syllable says about as much as two and a half letters.
func width(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch writingOf(r) {
		case han:
			w += 2.5
		case katakana, hiragana:
			w += 1.5
		case hangul:
			w += 2
		case none:
			if !unicode.IsSpace(r) {
				w += 1
			} else {
				w += .5
			}
		default:
			w++
		}
	}
	return w
}

// foreignText reports whether most letters of text are not Latin.
func foreignText(s string) bool {
	lat, other, n := 0, 0, 0
	for _, r := range s {
		switch writingOf(r) {
		case none:
			continue
		case latin:
			lat++
		case han, hangul, katakana, hiragana:
			other += 3
		default:
			other++
		}
		if n++; n > 4000 {
			break
		}
	}
	return other > lat
}
