package store

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tamiz"
)

// foldVersion numbers the way words are folded. An index built by another
// version is built again when the file is opened.
const foldVersion = 1

// A word in the index is folded so that what people type finds what authors
// write: lower case, compatibility forms replaced (full-width letters,
// ligatures), diacritics dropped, a few letters spelled out (ß as ss, ё as е,
// ø as o). Indexing, queries and snippets all go through [eachWord], so that
// they cannot disagree; SQLite's own tokenizer only splits the result at the
// spaces again.
//
// Scripts that do not put spaces between words (Chinese, Japanese, Thai, Lao,
// Khmer, Burmese), and Korean, which joins endings to words, are indexed
// character by character; a word of a query then is a phrase of characters.
// That finds a word of any length in any place, two characters and one
// included, where an index of trigrams finds nothing shorter than three, and
// costs less space.

// word is a token of a text: its folded form and where it stood.
type word struct {
	folded     string // in rare cases several words with spaces between
	start, end int    // bytes of the text
}

// split holds the scripts indexed by character.
var split = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// kind of a character, for finding the words of a text.
const (
	gap    = iota // separates words
	letter        // part of a word
	single        // a word by itself
	mark          // belongs to the character before it
	silent        // inside a word, without a meaning of its own
)

func kindOf(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return letter
		}
		return gap
	case 'À' <= r && r <= 'ɏ' && r != '×' && r != '÷', 'Ѐ' <= r && r <= 'ҁ', 'Ҋ' <= r && r <= 'ԯ': // most of what is not ASCII
		return letter
	case unchanged(r):
		return single
	case r == 'ー' || r == 'ｰ' || r == 'ﾞ' || r == 'ﾟ': // change the kana before them; of no script
		return mark
	case unicode.In(r, unicode.Mn, unicode.Mc):
		return mark
	case unicode.In(r, unicode.L, unicode.N):
		if r >= 0x0E00 && unicode.In(r, split...) {
			return single
		}
		return letter
	case r == 0xAD || r >= 0x200C && r <= 0x200F || r == 0x2060 || r == 0xFEFF: // soft hyphen, joiners, directions
		return silent
	default:
		return gap
	}
}

// eachWord hands the words of a text to fn in order, until fn returns false.
func eachWord(text string, fn func(word) bool) {
	scan(text, func(start, end int, plain bool) bool {
		w := word{folded: fold(text[start:end], plain), start: start, end: end}
		return w.folded == "" || fn(w)
	})
}

// scan finds the words of a text; plain says that one consists of small ASCII
// letters and digits.
func scan(text string, fn func(start, end int, plain bool) bool) {
	start, plain := -1, true
	flush := func(end int) bool {
		if start < 0 {
			return true
		}
		from, was := start, plain
		start, plain = -1, true
		return fn(from, end, was)
	}
	alone := false // the word that has begun is a single character with its marks
	for i, r := range text {
		kind := kindOf(r)
		if start >= 0 && (kind == gap || kind == single || alone && kind == letter) {
			if !flush(i) {
				return
			}
		}
		switch kind {
		case letter, single:
			if start < 0 {
				start, alone = i, kind == single
			}
		case mark:
			if start < 0 { // a mark without a character
				continue
			}
		}
		if r >= utf8.RuneSelf || 'A' <= r && r <= 'Z' {
			plain = false
		}
	}
	flush(len(text))
}

// spelled lists letters that no decomposition takes apart.
var spelled = strings.NewReplacer(
	"ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "ħ", "h", "ı", "i", "þ", "th",
	"ŧ", "t", "ŋ", "n", "ё", "е", "ς", "σ", "ـ", "", "ى", "ي",
	"\u0E4D\u0E32", "\u0E33", "\u0ECD\u0EB2", "\u0EB3", // the Thai and Lao am, which compatibility takes apart
)

// fold brings a word to the form in which it is indexed.
func fold(s string, plain bool) string {
	if plain {
		return s
	}
	if r, size := utf8.DecodeRuneInString(s); size == len(s) && unchanged(r) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r >= quickRunes || quick()[r] == "" {
			return foldSlowly(s)
		}
		b.WriteString(quick()[r])
	}
	return b.String()
}

// unchanged reports whether a character is a word that folding leaves alone:
// most of Chinese, Japanese and Korean.
func unchanged(r rune) bool {
	return 'ぁ' <= r && r <= 'ゖ' || 'ァ' <= r && r <= 'ヺ' || 0x3400 <= r && r <= 0x4DBF || 0x4E00 <= r && r <= 0x9FFF || '가' <= r && r <= '힣'
}

// quick holds what the letters of the scripts used most are folded to, one by
// one; without marks between them they do not affect each other. The few that
// hold a sign have no entry. It makes folding several times as fast.
const quickRunes = 0x530

var quick = sync.OnceValue(func() []string {
	table := make([]string, quickRunes)
	for r := range rune(quickRunes) {
		if piece := foldSlowly(string(r)); kindOf(r) == letter && foldSlowly("a"+string(r)+"b") == "a"+piece+"b" {
			table[r] = piece
		}
	}
	return table
})

func foldSlowly(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var base rune
	for _, r := range norm.NFKD.String(s) {
		if unicode.In(r, unicode.Mn) {
			if !dropped(base, r) {
				b.WriteRune(r)
			}
			continue
		}
		if kindOf(r) == silent {
			continue
		}
		base = unicode.ToLower(r)
		b.WriteRune(base)
	}
	s = spelled.Replace(norm.NFC.String(b.String()))

	// One character may stand for several words, such as ½ or ヿ.
	var words []string
	scan(s, func(start, end int, _ bool) bool {
		words = append(words, s[start:end])
		return true
	})
	return strings.Join(words, " ")
}

// dropped reports whether a mark over a letter is only a diacritic: accents of
// the European scripts, vowel points of Arabic and Hebrew. The marks of other
// scripts are vowels or change the consonant, and й, ї and ў are letters.
func dropped(base, m rune) bool {
	switch {
	case m == 0x0306 || m == 0x0308:
		return !unicode.Is(unicode.Cyrillic, base)
	case 0x0300 <= m && m <= 0x036F:
		return true
	case 0x0591 <= m && m <= 0x05C7:
		return true
	case 0x064B <= m && m <= 0x065F, m == 0x0670:
		return true
	default:
		return false
	}
}

// folded gives the words of a text as they stand in the index.
func folded(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	eachWord(text, func(w word) bool {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.folded)
		return true
	})
	return b.String()
}

// index puts the words of an article into the full-text index, in place of
// those that were there.
func (tx *Tx) index(key int64, a *tamiz.Article) error {
	if err := tx.run(`DELETE FROM articles_fts WHERE rowid = ?`, key); err != nil {
		return err
	}
	return tx.run(`INSERT INTO articles_fts (rowid, title, standfirst, text, authors, tags) VALUES (?, ?, ?, ?, ?, ?)`,
		key, folded(a.Title), folded(a.Standfirst), folded(a.Text),
		folded(strings.Join(a.Authors, " \n ")), folded(strings.Join(a.Tags, " \n ")))
}
