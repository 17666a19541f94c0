package lang_test

import (
	"testing"
	"unicode"

	"tamiz/lang"
)

func TestScriptOf(t *testing.T) {
	tests := []struct {
		runes string
		want  lang.Script
	}{
		{"aZéßłắſﬁ", lang.Latin},
		{"αΩ", lang.Greek},
		{"яЇђ", lang.Cyrillic},
		{"שא", lang.Hebrew},
		{"عپے", lang.Arabic},
		{"नम", lang.Devanagari},
		{"ক", lang.Bengali},
		{"ਪ", lang.Gurmukhi},
		{"த", lang.Tamil},
		{"ไท", lang.Thai},
		{"မ", lang.Burmese},
		{"ខ", lang.Khmer},
		{"ລ", lang.Lao},
		{"ქ", lang.Georgian},
		{"ህ", lang.Ethiopic},
		{"한ㅎ", lang.Hangul},
		{"漢𠀀々〇", lang.Han},
		{"かん", lang.Hiragana},
		{"カーﾅ", lang.Katakana},
		{"0 .،。-€🙂\u0301\ufffd", lang.Common},
	}
	for _, test := range tests {
		for _, r := range test.runes {
			if got := lang.ScriptOf(r); got != test.want {
				t.Errorf("ScriptOf(%q) = %v; want %v", r, got, test.want)
			}
		}
	}
	if got := lang.ScriptOf(-1); got != lang.Common {
		t.Errorf("ScriptOf(-1) = %v", got)
	}
}

// Every rune falls into the script that the Unicode tables give it.
func TestScriptOfAgreesWithUnicode(t *testing.T) {
	for s := lang.Latin; s.String() != "Common"; s++ {
		table := unicode.Scripts[s.String()]
		if table == nil {
			t.Fatalf("no script %v in Unicode", s)
		}
		for r := rune(0); r < 0x30000; r += 7 {
			if (lang.ScriptOf(r) == s) != unicode.Is(table, r) && r != 'ー' {
				t.Fatalf("ScriptOf(%U) = %v; Unicode says %v: %t", r, lang.ScriptOf(r), s, unicode.Is(table, r))
			}
		}
	}
}

func TestIsSpaceless(t *testing.T) {
	for r, want := range map[rune]bool{'漢': true, 'の': true, 'ー': true, 'ไ': true, 'မ': true, 'ខ': true, 'a': false, '한': false, 'न': false, '。': false} {
		if got := lang.IsSpaceless(r); got != want {
			t.Errorf("IsSpaceless(%q) = %t", r, got)
		}
	}
}

func TestDominant(t *testing.T) {
	for text, want := range map[string]lang.Script{
		"":                    lang.Common,
		"2026 — 100 %":        lang.Common,
		"HubSpot и маркетинг": lang.Cyrillic,
		"Release: выпуск 2.0": lang.Latin,
		"これは CRM のはなし":        lang.Hiragana,
		"ab яю":               lang.Latin,
		"\xff\xfe\xfd broken": lang.Latin,
	} {
		if got := lang.Dominant(text); got != want {
			t.Errorf("Dominant(%q) = %v; want %v", text, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	tests := []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"only punctuation", " — … !\n", 0},
		{"plain", "One two\nthree.", 3},
		{"inside a word", "Don't send an e-mail’s copy: 3.5, 1,000", 7},
		{"dashes between words", "one--two – three - four", 4},
		{"quotes around words", "'one' ‘two’ \"three\"", 3},
		{"marks belong to the word", "मार्केटिंग टीम", 2},
		{"letters with combining marks", "e\u0301te\u0301 fini", 2},
		{"Korean has spaces", "마케팅 팀의 하루", 3},
		{"Chinese by two characters", "营销团队", 2},
		{"odd numbers are rounded up", "营销部", 2},
		{"Chinese with a name", "使用HubSpot的团队", 4},
		{"Japanese", "チームの仕事", 3},
		{"Thai by four letters", "การตลาด", 2},
		{"not UTF-8", "ab\xffcd", 2},
	}
	for _, test := range tests {
		if got := lang.Words(test.text); got != test.want {
			t.Errorf("%s: Words(%q) = %d; want %d", test.name, test.text, got, test.want)
		}
	}
}
