package dedup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokenize(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"words are cut to six letters", "Marketing operations", []string{"market", "operat"}},
		{"articles and endings at apostrophes", "l’entreprise d'Anna company's", []string{"entrep", "anna", "compan"}},
		{"letters with digits stay together", "B2B HTML5", []string{"b2b", "html5"}},
		{"Cyrillic", "Маркетинговые", []string{"маркет"}},
		{"Han in pairs", "营销技术", []string{"营销", "销技", "技术"}},
		{"katakana in threes, hiragana left out", "データをマップする", []string{"データ", "マップ"}},
		{"Hangul in pairs", "데이터를", []string{"데이", "이터", "터를"}},
		{"thousands", "500.000 500,000; 500 000 and 1’200", []string{"#500000", "#500000", "#500000", "and", "#1200"}},
		{"decimals", "3,5 3.5 1.234,5", []string{"#3.5", "#3.5", "#1234.5"}},
		{"versions", "3.1.2 4.10", []string{"#3.1.2", "#4.10"}},
		{"numbers of other scripts", "١٢٣ 50万 3億", []string{"#123", "#500000", "#300000000"}},
		{"a space between numbers", "in 2021 300 people", []string{"in", "#2021", "#300", "people"}},
		{"lone letters say nothing", "a b 7", []string{"#7"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			tokenize(clean(tt.text, maxTextBytes), false, func(t token) {
				f := t.form
				if t.class == number {
					f = "#" + f
				}
				got = append(got, f)
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tokens differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnchors(t *testing.T) {
	tests := []struct {
		name, text string
		foreign    bool
		want       []string
	}{
		{"inner capitals and acronyms, also first", "HubSpot and CRM", false, []string{"hubspo", "crm"}},
		{"names inside a sentence only", "Yesterday Ingrid spoke", false, []string{"ingrid"}},
		{"Latin words in other scripts", "компания marketo выросла", true, []string{"market"}},
		{"numbers of two digits", "7 of 62", false, []string{"62"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			tokenize(tt.text, tt.foreign, func(t token) {
				if t.anchor {
					got = append(got, t.self)
				}
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("anchors differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSentences(t *testing.T) {
	text := "Version 3.1 is out. Is it? Yes!\n\nNode.js runs it… 它来了。好！"
	var got []string
	for _, s := range sentences(text) {
		got = append(got, text[s.start:s.end])
	}
	want := []string{"Version 3.1 is out.", "Is it?", "Yes!", "Node.js runs it…", "它来了。", "好！"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sentences differ (-want +got):\n%s", diff)
	}
}

func TestForeignNamesMeet(t *testing.T) {
	for russian, latin := range map[string]string{"Бринкер": "brinke", "Марина": "marina", "Αθήνα": "athina"} {
		if got := transliterate([]rune(russian)); got != latin {
			t.Errorf("%s becomes %q, want %q", russian, got, latin)
		}
	}
	if got := foldLatin([]rune("žižkaß")); got != "zizkass" {
		t.Errorf("folded to %q", got)
	}
}
