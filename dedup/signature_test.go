package dedup

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

func sampleArticle() *tamiz.Article {
	return &tamiz.Article{
		ID: "a1", URL: "https://x.example/es/nota", CanonicalURL: "https://x.example/nota", Language: "es-MX",
		Title:      "La tienda que cerró los lunes",
		Text:       strings.Repeat("La tienda de Lola Pérez vendió 1.200 bicicletas en 2024. Nadie lo esperaba, dijo a HubSpot. ", 12),
		Alternates: []tamiz.Alternate{{Language: "en", URL: "https://x.example/en/note"}},
	}
}

func TestSignatureRoundTrip(t *testing.T) {
	want := Prepare(sampleArticle())
	b, err := want.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var got Signature
	if err := got.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got, cmp.AllowUnexported(Signature{}, termEntry{}, post{}, shingle{})); diff != "" {
		t.Errorf("signature changed on the way (-want +got):\n%s", diff)
	}
	if want.Language != "es" {
		t.Errorf("language %q, want es", want.Language)
	}
}

func TestSignatureStaysSmall(t *testing.T) {
	a := sampleArticle()
	var b strings.Builder
	for i := range 20_000 { // far more words than an article has
		b.WriteString("palabra" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + " ")
		if i%12 == 0 {
			b.WriteString(". ")
		}
	}
	a.Text = b.String()
	raw, err := Prepare(a).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 6<<10 {
		t.Errorf("signature of a long article takes %d bytes", len(raw))
	}
}

func TestOtherVersionsAreRefused(t *testing.T) {
	raw, err := Prepare(sampleArticle()).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"other format":  func(b []byte) []byte { b[0]++; return b },
		"other lexicon": func(b []byte) []byte { b[1]++; return b },
		"empty":         func([]byte) []byte { return nil },
	} {
		var s Signature
		if err := s.UnmarshalBinary(change(append([]byte(nil), raw...))); !errors.Is(err, ErrVersion) {
			t.Errorf("%s: error %v, want ErrVersion", name, err)
		}
	}
	var s Signature
	if err := s.UnmarshalBinary(raw[:len(raw)-10]); err == nil || errors.Is(err, ErrVersion) {
		t.Errorf("cut data: error %v, want one that is not ErrVersion", err)
	}
}

func TestPrepareTakesAnything(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "space": " \n\n ", "no letters": "— … !!! 🎉🎉", "one word": "Hola",
		"broken UTF-8": "Caf\xff\xfe y t\xc3", "long line": strings.Repeat("x", 1<<20), "digits": strings.Repeat("1234567890", 5000),
		"no full stop": strings.Repeat("palabra ", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			s := Prepare(&tamiz.Article{ID: name, Language: "es", Title: text, Text: text})
			m := Compare(s, Prepare(sampleArticle()))
			if m.Similarity >= Threshold {
				t.Errorf("similarity %.2f to an article it has nothing to do with", m.Similarity)
			}
			for _, p := range Explain(&tamiz.Article{ID: "x", Text: text}, sampleArticle()).Pairs {
				if !utf8.ValidString(p.A) {
					t.Error("invalid UTF-8 in an explanation")
				}
			}
		})
	}
}

func FuzzSignature(f *testing.F) {
	raw, err := Prepare(sampleArticle()).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:40])
	f.Add([]byte{})
	other := Prepare(sampleArticle())
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 5 {
			copy(b, raw[:5]) // past the version check
		}
		var s Signature
		if s.UnmarshalBinary(b) != nil {
			return
		}
		if m := Compare(&s, other); m.Similarity < 0 || m.Similarity > 1 {
			t.Errorf("similarity %v", m.Similarity)
		}
		ix := NewIndex()
		ix.Add(other)
		ix.Candidates(&s, 5)
		again, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var s2 Signature
		if err := s2.UnmarshalBinary(again); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}

func FuzzPrepare(f *testing.F) {
	f.Add("Título", "Texto con 3.141,59 y B2B. Otra frase。漢字とカタカナ", "es")
	f.Add("", "\xff\x00", "")
	f.Add("т", "Ещё 12 000 слов…", "ru")
	f.Fuzz(func(t *testing.T, title, text, language string) {
		s := Prepare(&tamiz.Article{ID: "a", Title: title, Text: text, Language: language})
		b, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got Signature
		if err := got.UnmarshalBinary(b); err != nil {
			t.Fatalf("own signature cannot be read: %v", err)
		}
		c := Prepare(&tamiz.Article{ID: "b", Title: title, Text: text, Language: language})
		if m := Compare(s, c); s.text != 0 && s.width >= minExactWidth && m.Kind != "exact" {
			t.Errorf("a copy is %s %.2f", m.Kind, m.Similarity)
		}
	})
}

func BenchmarkPrepare(b *testing.B) {
	a := sampleArticle()
	Prepare(a)
	for b.Loop() {
		Prepare(a)
	}
}

func BenchmarkCompare(b *testing.B) {
	x, y := Prepare(sampleArticle()), Prepare(sampleArticle())
	y.text++ // not an exact copy
	for b.Loop() {
		Compare(x, y)
	}
}
