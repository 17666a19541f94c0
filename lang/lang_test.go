package lang_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"tamiz/lang"
)

// readTexts gives the lines of testdata/texts.tsv as language and text.
func readTexts(t testing.TB) [][2]string {
	t.Helper()
	return readLabelled(t, "testdata/texts.tsv")
}

func readLabelled(t testing.TB, path string) [][2]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var texts [][2]string
	for line := range strings.Lines(string(data)) {
		if tag, text, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
			texts = append(texts, [2]string{tag, text})
		}
	}
	return texts
}

func TestIdentify(t *testing.T) {
	tested := make(map[string]bool)
	for _, text := range readTexts(t) {
		tested[text[0]] = true
		got := lang.Identify(text[1])
		if got.Language != text[0] {
			t.Errorf("%s taken for %q (%.2f): %s", text[0], got.Language, got.Confidence, text[1])
		}
		if got := lang.Identify(strings.ToUpper(text[1])); got.Language != text[0] {
			t.Errorf("%s in capitals taken for %q (%.2f)", text[0], got.Language, got.Confidence)
		}
		if got := lang.Identify(norm.NFD.String(text[1])); got.Language != text[0] {
			t.Errorf("%s with separate marks taken for %q (%.2f)", text[0], got.Language, got.Confidence)
		}
	}
	for _, tag := range lang.Languages() {
		if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag {
			t.Errorf("%q is not a BCP 47 tag as usually written: %v, %v", tag, parsed, err)
		}
		switch tag {
		case "bo", "or", "sa": // nobody here can write a text in them
		default:
			if !tested[tag] {
				t.Errorf("no text in %s", tag)
			}
		}
	}
}

// A short article is enough to tell close languages apart; of single sentences
// a few may be both, and then the answer must not be certain.
func TestIdentifyClose(t *testing.T) {
	const sentence = 15 // words
	wrong, sure, sentences := 0, 0, 0
	for _, text := range readLabelled(t, "testdata/close.tsv") {
		want := text[0]
		if got := lang.Identify(text[1]); got.Language != want {
			t.Errorf("%s taken for %q (%.3f): %.80s", want, got.Language, got.Confidence, text[1])
		}
		for words := range slices.Chunk(strings.Fields(text[1]), sentence) {
			if len(words) < sentence {
				continue
			}
			sentences++
			if got := lang.Identify(strings.Join(words, " ")); got.Language != want {
				wrong++
				if got.Confidence > 0.98 {
					sure++
					t.Logf("%s taken for %q (%.3f): %s", want, got.Language, got.Confidence, strings.Join(words, " "))
				}
			}
		}
	}
	t.Logf("of %d pieces of %d words %d wrong, %d of them with certainty", sentences, sentence, wrong, sure)
	if sentences < 200 || wrong*15 > sentences || sure*100 > sentences {
		t.Errorf("of %d pieces of %d words %d wrong, %d of them with certainty; want at most 5 %% and 1 %%", sentences, sentence, wrong, sure)
	}
}

func TestIdentifyAmongEnglish(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"terms of the trade in Indonesian", "Tim marketing B2B di HubSpot memakai CRM untuk email campaign dan lead scoring supaya sales bisa follow up lebih cepat.", "id"},
		{"terms of the trade in Spanish", "Los equipos de marketing B2B usan HubSpot y Salesforce Marketing Cloud para el lead nurturing y el email marketing.", "es"},
		{"terms of the trade in German", "Customer Experience und Content Marketing: Wie Marketing Operations Teams ihren Tech Stack mit HubSpot aufräumen.", "de"},
		{"terms of the trade in Japanese", "HubSpot の Marketing Hub と Salesforce Sales Cloud を連携する方法", "ja"},
		{"terms of the trade in Chinese", "HubSpot Marketing Hub 与 Salesforce Sales Cloud 集成指南", "zh"},
		{"terms of the trade in Korean", "HubSpot Marketing Hub와 Salesforce Sales Cloud를 연동하는 방법", "ko"},
		{"terms of the trade in Russian", "Marketing automation: как HubSpot и Salesforce помогают B2B", "ru"},
		{"terms of the trade in Tamil", "HubSpot Marketing Hub மூலம் email campaign அனுப்புவது எப்படி", "ta"},
		{"addresses", "Više na https://www.example.com/the-best-marketing-tools-of-the-year?from=the+newsletter i pišite nam na support-team@example.com ako nešto ne radi kako treba.", "hr"},
		{"code", "Ensuite, ajoutez cette ligne à votre fichier :\n\nfor (const item of list) { console.log(item.getName()); return default_value; }\n\net relancez le serveur pour voir le résultat dans le navigateur.", "fr"},
		{"quotation in another language", "As the French say, c'est la vie: the team lost the deal, learned from it and won the next one.", "en"},
		{"names from everywhere", "Nguyễn Văn Thành, Łukasz Żak, Jürgen Müller and İbrahim Yılmaz will speak at the conference in the spring.", "en"},
		{"title in English", "How Marketing Teams Measure What Matters", "en"},
		{"English in capitals", "WHAT WE LEARNED THIS YEAR", "en"},
		{"traditional title", "行銷團隊的新挑戰", "zh-Hant"},
		{"simplified title", "营销团队的新挑战", "zh"},
		{"Chinese about Japan", "他在东京的一家餐厅学会了做寿司，店名叫さくら，每天只招待二十位客人。", "zh"},
	}
	for _, test := range tests {
		if got := lang.Identify(test.text); got.Language != test.want {
			t.Errorf("%s: %q (%.2f); want %s", test.name, got.Language, got.Confidence, test.want)
		}
	}
}

func TestIdentifyUnsure(t *testing.T) {
	for _, text := range []string{"", " \n", "2026-11-22", "100 % — €5", "https://example.com/a/b", "B2B", "🙂🙂", "\xff\xfe"} {
		if got := lang.Identify(text); got.Language != "" || got.Confidence > 0.3 {
			t.Errorf("Identify(%q) = %+v; want no language", text, got)
		}
	}
}

func TestIdentifyConfidence(t *testing.T) {
	long := lang.Identify("Los equipos de marketing aprenden cada semana algo nuevo sobre sus lectores.")
	short := lang.Identify("Plan total")
	if long.Confidence < 0.99 || short.Confidence >= long.Confidence {
		t.Errorf("confidence %.3f for a sentence, %.3f for two words of many languages", long.Confidence, short.Confidence)
	}
	for _, text := range readTexts(t) {
		if got := lang.Identify(text[1]); got.Confidence <= 0 || got.Confidence > 1 {
			t.Errorf("%s: confidence %v", text[0], got.Confidence)
		}
	}
}

// A long text is read in places: what stands between does not matter.
func TestIdentifyLongText(t *testing.T) {
	texts := make(map[string]string)
	for _, text := range readTexts(t) {
		texts[text[0]] = text[1]
	}
	text := texts["en"] + "\n\n" + strings.Repeat(texts["pl"]+"\n\n", 2000)
	if got := lang.Identify(text); got.Language != "pl" {
		t.Errorf("Polish after an English lead taken for %q", got.Language)
	}
	if got := lang.Identify(strings.Repeat("long", 1<<20)); got.Confidence > 1 {
		t.Errorf("one long word: %+v", got)
	}
}

func TestLearn(t *testing.T) {
	learn := func(reverse bool) []byte {
		texts := readTexts(t)
		if reverse {
			slices.Reverse(texts)
		}
		l := lang.NewLearner()
		for _, text := range texts {
			l.Add(text[0], text[1])
		}
		return l.Model()
	}
	data := learn(false)
	if !bytes.Equal(data, learn(true)) {
		t.Error("the model depends on the order of the texts")
	}
	m, err := lang.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range readTexts(t) {
		if got := m.Identify(text[1]); got.Language != text[0] {
			t.Errorf("%s taken for %q although its text was learned", text[0], got.Language)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	l := lang.NewLearner()
	l.Add("es", "hola mundo")
	l.Add("en", "hello world")
	good := l.Model()
	if _, err := lang.Load(good); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(good)
	changed[len(changed)-1] ^= 1
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"another file":  []byte("SQLite format 3"),
		"cut off":       good[:len(good)-1],
		"longer":        append(bytes.Clone(good), 0),
		"one bit wrong": changed,
	} {
		if _, err := lang.Load(data); !errors.Is(err, lang.ErrModel) {
			t.Errorf("%s: error %v; want %v", name, err, lang.ErrModel)
		}
	}
}

// Any text is read without a panic, tells the same twice, and gives a language
// of the list.
func FuzzIdentify(f *testing.F) {
	for _, text := range readTexts(f) {
		f.Add(text[1])
	}
	f.Add("\xff@http://www.\u0301ーñA1_")
	languages := lang.Languages()
	f.Fuzz(func(t *testing.T, text string) {
		got := lang.Identify(text)
		if got != lang.Identify(text) {
			t.Error("two answers for one text")
		}
		if got.Language != "" && !slices.Contains(languages, got.Language) {
			t.Errorf("unknown language %q", got.Language)
		}
		if got.Confidence < 0 || got.Confidence > 1 {
			t.Errorf("confidence %v", got.Confidence)
		}
		if n := lang.Words(text); n < 0 || n > utf8.RuneCountInString(text) {
			t.Errorf("%d words in %d characters", n, utf8.RuneCountInString(text))
		}
	})
}

func FuzzLoad(f *testing.F) {
	l := lang.NewLearner()
	l.Add("es", "hola mundo")
	l.Add("ru", "привет мир")
	f.Add(l.Model())
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := lang.Load(data); err == nil {
			m.Identify("hola mundo, привет мир")
		}
	})
}

func BenchmarkIdentifyShort(b *testing.B) {
	texts := readTexts(b)
	for i := 0; b.Loop(); i++ {
		lang.Identify(texts[i%len(texts)][1])
	}
}

func BenchmarkLoad(b *testing.B) {
	data, err := os.ReadFile("model.bin")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := lang.Load(data); err != nil {
			b.Fatal(err)
		}
	}
}
