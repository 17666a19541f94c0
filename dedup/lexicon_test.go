package dedup

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

func TestLexiconRoundTrip(t *testing.T) {
	b := NewLexiconBuilder()
	b.Language("es", 1.1)
	b.Concept("house", .6)
	b.Concept("home", .5)
	b.Word("es", "casa", []Link{{"home", .2}, {"house", .7}, {"unknown", .9}})
	for i := range 5000 {
		b.Word("xx", fmt.Sprint("w", i), []Link{{"house", .5}})
	}
	var first, second bytes.Buffer
	if _, err := b.WriteTo(&first); err != nil {
		t.Fatal(err)
	}
	if _, err := b.WriteTo(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same entries give different files")
	}
	lx, err := ReadLexicon(&first)
	if err != nil {
		t.Fatal(err)
	}
	if lx.Words() != 5001 {
		t.Errorf("%d words, want 5001", lx.Words())
	}
	links := lx.lookup("es", "casa")
	if len(links) != 2 || lx.concepts[links[0]>>8].term != wordTerm("house") || links[0]&0xff != 179 {
		t.Errorf("links of casa: %v", links)
	}
	for i := range 5000 {
		if lx.lookup("xx", fmt.Sprint("w", i)) == nil {
			t.Fatalf("word %d is lost", i)
		}
	}
	if lx.lookup("fr", "casa") != nil {
		t.Error("a word is found in another language")
	}
	if v, ok := lx.idf(wordTerm("house")); !ok || v != 9 {
		t.Errorf("idf of house %d, %v", v, ok)
	}
	if got := lx.Thin(.5, 1).Words(); got < 2200 || got > 2800 {
		t.Errorf("half of 5001 words is %d", got)
	}
}

// The tables of the build must load: Default relies on it.
func TestEmbeddedTables(t *testing.T) {
	lx, err := defaultLexicon()
	if err != nil {
		t.Fatal(err)
	}
	if len(embeddedLexicon) > 9<<20 {
		t.Errorf("the lexicon takes %d bytes", len(embeddedLexicon))
	}
	for language, form := range map[string]string{
		"es": "client", "id": "pelang", "ru": "клиент", "fr": "client", "de": "kunde", "cs": "zákazn", "ja": "顧客", "zh": "客户", "pt": "client",
		"it": "client", "pl": "użytko", "tr": "kullan", "uk": "корист", "vi": "người", "ko": "사용", "ar": "المستخ"[:12],
	} {
		if lx.lookup(language, form) == nil {
			t.Errorf("%s: %q is unknown", language, form)
		}
	}
	if _, err := ReadModel(bytes.NewReader(embeddedModel)); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedTablesAreRefused(t *testing.T) {
	cut := embeddedLexicon[:len(embeddedLexicon)/2]
	if _, err := ReadLexicon(bytes.NewReader(cut)); err == nil {
		t.Error("half a lexicon is accepted")
	}
	if _, err := ReadLexicon(bytes.NewReader(nil)); !errors.Is(err, errLexicon) {
		t.Errorf("an empty lexicon: %v", err)
	}
	for _, s := range []string{"", "{}", `{"signals":["cosine"]}`} {
		if _, err := ReadModel(bytes.NewReader([]byte(s))); err == nil {
			t.Errorf("model %q is accepted", s)
		}
	}
}

func TestLexiconLanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"es-MX": "es", "zh-Hant": "zh-hant", "zh_TW": "zh-hant", "zh-Hans-HK": "zh", "notalanguage": "", "zh": "zh", "nn": "nb", "pt-BR": "pt", "": "",
	} {
		if got := LexiconLanguage(tag); got != want {
			t.Errorf("LexiconLanguage(%q) = %q, want %q", tag, got, want)
		}
	}
}
