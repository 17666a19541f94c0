package lang

import (
	"unicode"
)

// How many letters of a script without spaces make a word on average. Chinese
// and Japanese words mostly have two characters. Thai, Lao, Khmer and Burmese
// words have about four letters, the marks above and below them not counted.
const (
	lettersPerHanWord  = 2
	lettersPerThaiWord = 4
)

// Words counts the words of a text roughly as its reader would. A word is a run
// of letters, marks and digits; one apostrophe, hyphen, point or comma inside
// does not end it ("don't", "e-mail", "3.5"). In scripts without spaces, two
// characters (Han, kana) or four letters (Thai, Lao, Khmer, Burmese, Tibetan)
// count as a word, rounded up over the whole text.
func Words(text string) int {
	words, han, thai := 0, 0, 0
	inWord := false
	var joiner rune // seen since the last letter or digit; 0: none
	for _, r := range text {
		if r < 0x80 {
			switch {
			case 'a' <= r|0x20 && r|0x20 <= 'z', '0' <= r && r <= '9':
				if !inWord {
					words++
				}
				inWord, joiner = true, 0
				continue
			}
		} else if s := ScriptOf(r); s.Spaceless() {
			if unicode.IsLetter(r) {
				if s == Han || s == Hiragana || s == Katakana {
					han++
				} else {
					thai++
				}
			}
			inWord, joiner = false, 0
			continue
		} else if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			if !inWord {
				words++
			}
			inWord, joiner = true, 0
			continue
		}
		switch r {
		case '\'', '’', '-', '‐', '.', ',', '\u00ad', '\u200c', '\u200d':
			if inWord && joiner == 0 {
				joiner = r
				continue
			}
		}
		inWord, joiner = false, 0
	}
	return words + (han+lettersPerHanWord-1)/lettersPerHanWord + (thai+lettersPerThaiWord-1)/lettersPerThaiWord
}
