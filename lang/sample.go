package lang

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How much of a text is read. Three pieces of a long one, because its beginning
// may be a quotation and its end a list of English names; together they are
// some 600 words, by which the decision has long been made.
const (
	samplePieces = 3
	samplePiece  = 2048 // bytes
)

// maxWordLetters cuts off runs that are no words: encoded data, stretched
// exclamations.
const maxWordLetters = 40

// excerpt gives the pieces of a text that are read, in NFC: the model knows
// letters with their marks as one rune.
func excerpt(text string) string {
	if len(text) > samplePieces*samplePiece {
		var b strings.Builder
		for i := range samplePieces {
			start := i * (len(text) - samplePiece) / (samplePieces - 1)
			piece := text[start : start+samplePiece]
			// Whole words only: up to the first and from the last space, where
			// there are spaces.
			if cut := strings.IndexAny(piece, " \n"); i > 0 && cut >= 0 {
				piece = piece[cut:]
			}
			if cut := strings.LastIndexAny(piece, " \n"); i < samplePieces-1 && cut >= 0 {
				piece = piece[:cut]
			}
			b.WriteString(piece)
			b.WriteByte('\n')
		}
		text = b.String()
	}
	return norm.NFC.String(text)
}

// eachWord calls yield with the script and the lower-case letters of every
// word of the text that may tell its language. Left out are names that are the
// same in all languages: addresses, identifiers, words with digits or capitals
// inside, and acronyms unless all is in capitals. Words with a capital are
// marked as possible names. Both kana come as Hiragana, Han runs by themselves.
// The letters are only valid during the call.
func eachWord(text string, yield func(script Script, letters []rune, name bool)) {
	shouting := isShouting(text)
	var word []rune
	script := Common     // of the word
	upper, lower := 0, 0 // letters of each case in the word
	inner := false       // a capital after a lower-case letter
	tainted := false     // a digit, "_" or "@" touches the word
	flush := func(next rune) {
		identifier := (script == Latin || script == Cyrillic) &&
			(tainted || next == '@' || inner || upper > 1 && lower == 0 && !shouting)
		if len(word) > 0 && !identifier && len(word) <= maxWordLetters {
			yield(script, word, upper > 0 && !shouting)
		}
		word, script, upper, lower, inner, tainted = word[:0], Common, 0, 0, false, false
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		s := ScriptOf(r)
		if s == Common {
			switch {
			case unicode.IsMark(r) && len(word) > 0:
				word = append(word, r)
			case r == '_' || '0' <= r && r <= '9':
				tainted = true
			case len(word) > 0 && isAddress(word, text[i:]):
				word = word[:0]
				flush(r)
				i += addressLength(text[i:])
				continue
			default:
				flush(r)
				tainted = r == '@'
			}
			i += size
			continue
		}
		if s == Katakana {
			s = Hiragana // one word may have both
		}
		if len(word) > 0 && s != script {
			flush(r)
		}
		script = s
		if s == Latin || s == Cyrillic {
			switch {
			case unicode.IsUpper(r):
				inner = inner || lower > 0
				upper++
				r = unicode.ToLower(r)
			case unicode.IsLower(r):
				lower++
			}
		}
		if len(word) <= maxWordLetters {
			word = append(word, r)
		}
		i += size
	}
	flush(0)
}

// isShouting reports whether most letters that could be small are capitals.
func isShouting(text string) bool {
	upper, lower := 0, 0
	for _, r := range text {
		if r < 0x80 {
			switch {
			case 'a' <= r && r <= 'z':
				lower++
			case 'A' <= r && r <= 'Z':
				upper++
			}
		} else if unicode.IsLower(r) {
			lower++
		} else if unicode.IsUpper(r) {
			upper++
		}
	}
	return upper > 2*lower
}

// isAddress reports whether a word and what follows it begin an address.
func isAddress(word []rune, rest string) bool {
	switch string(word) {
	case "http", "https":
		return strings.HasPrefix(rest, "://")
	case "www":
		return strings.HasPrefix(rest, ".")
	}
	return false
}

// addressLength gives the length of the address's rest: addresses are written
// in ASCII, so that a text without spaces may go on behind them.
func addressLength(rest string) int {
	end := strings.IndexFunc(rest, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	if end < 0 {
		return len(rest)
	}
	return end
}
