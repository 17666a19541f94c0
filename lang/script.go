package lang

import (
	"sort"
	"unicode"
)

// Script is a writing system, as far as telling languages apart needs it.
type Script uint8

// The scripts. Common stands for everything that is no letter of one of the
// others: digits, punctuation, symbols, marks that go with any script.
const (
	Common Script = iota
	Latin
	Greek
	Cyrillic
	Armenian
	Hebrew
	Arabic
	Devanagari
	Bengali
	Gurmukhi
	Gujarati
	Oriya
	Tamil
	Telugu
	Kannada
	Malayalam
	Sinhala
	Thai
	Lao
	Tibetan
	Burmese
	Georgian
	Ethiopic
	Khmer
	Hangul
	Han
	Hiragana
	Katakana
	numScripts
)

var scriptNames = [numScripts]string{
	"Common", "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Devanagari", "Bengali",
	"Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao",
	"Tibetan", "Myanmar", "Georgian", "Ethiopic", "Khmer", "Hangul", "Han", "Hiragana", "Katakana",
}

// String gives the script's name in Unicode.
func (s Script) String() string {
	if s >= numScripts {
		s = Common
	}
	return scriptNames[s]
}

// scriptRange says that the runes first to last belong to one script.
type scriptRange struct {
	first, last rune
	script      Script
}

// scriptRanges are in order of first; lowScripts repeats those of the runes
// below its length, where nearly all text lives, so that no search is needed.
var (
	scriptRanges = buildScriptRanges()
	lowScripts   = buildLowScripts()
)

func buildScriptRanges() []scriptRange {
	var ranges []scriptRange
	for s := Latin; s < numScripts; s++ {
		table := unicode.Scripts[scriptNames[s]]
		for _, r := range table.R16 {
			ranges = appendRange(ranges, rune(r.Lo), rune(r.Hi), rune(r.Stride), s)
		}
		for _, r := range table.R32 {
			ranges = appendRange(ranges, rune(r.Lo), rune(r.Hi), rune(r.Stride), s)
		}
	}
	sort.Slice(ranges, func(i, j int) bool { return ranges[i].first < ranges[j].first })
	return ranges
}

func appendRange(ranges []scriptRange, lo, hi, stride rune, s Script) []scriptRange {
	if stride == 1 {
		return append(ranges, scriptRange{lo, hi, s})
	}
	for r := lo; r <= hi; r += stride {
		ranges = append(ranges, scriptRange{r, r, s})
	}
	return ranges
}

func buildLowScripts() (low [0x3200]Script) {
	for _, r := range scriptRanges {
		for c := r.first; c <= r.last && int(c) < len(low); c++ {
			low[c] = r.script
		}
	}
	// Letters of both kana, among them the mark of long vowels.
	low['ー'] = Katakana
	return low
}

// ScriptOf gives the script of a rune. Combining marks and letters that
// several scripts share are Common.
func ScriptOf(r rune) Script {
	switch {
	case r < 0:
		return Common
	case int(r) < len(lowScripts):
		return lowScripts[r]
	case r >= 0x4e00 && r <= 0x9fff:
		return Han
	case r >= 0xac00 && r <= 0xd7a3:
		return Hangul
	}
	i := sort.Search(len(scriptRanges), func(i int) bool { return scriptRanges[i].last >= r })
	if i < len(scriptRanges) && scriptRanges[i].first <= r {
		return scriptRanges[i].script
	}
	return Common
}

// IsSpaceless reports whether r belongs to a script that is written without
// spaces between words: Han, kana, Thai, Lao, Khmer, Burmese, Tibetan.
func IsSpaceless(r rune) bool { return ScriptOf(r).Spaceless() }

// Spaceless reports whether the script is written without spaces between words.
func (s Script) Spaceless() bool {
	switch s {
	case Han, Hiragana, Katakana, Thai, Lao, Khmer, Burmese, Tibetan:
		return true
	}
	return false
}

// Dominant gives the script that most letters of the text belong to, Common if
// it has none. Of a tie the one that comes first in the list of scripts wins.
func Dominant(text string) Script {
	var counts [numScripts]int
	for _, r := range text {
		if s := ScriptOf(r); s != Common && unicode.IsLetter(r) {
			counts[s]++
		}
	}
	best := Common
	for s := Latin; s < numScripts; s++ {
		if counts[s] > counts[best] {
			best = s
		}
	}
	return best
}
