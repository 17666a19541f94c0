package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIBM1FindsWhichWordMeansWhich(t *testing.T) {
	foreign, english := newVocabulary(), newVocabulary()
	foreign.id("")
	var pairs []pair
	for _, p := range [][2]string{{"la casa", "the house"}, {"la flor", "the flower"}, {"una casa verde", "a green house"}, {"la puerta", "the door"}, {"una flor", "a flower"}, {"puerta verde", "green door"}} {
		pairs = append(pairs, pair{append([]int32{0}, foreign.ids(strings.Fields(p[0]), nil)...), english.ids(strings.Fields(p[1]), nil), false})
	}
	links := ibm1(pairs, foreign.size(), english.size())
	got := map[string]string{}
	for f := 1; f < foreign.size(); f++ {
		if len(links[f]) > 0 {
			got[foreign.words[f]] = english.words[links[f][0].english]
		}
	}
	want := map[string]string{"la": "the", "casa": "house", "flor": "flower", "una": "a", "verde": "green", "puerta": "door"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dictionary differs (-want +got):\n%s", diff)
	}
}

func TestWordsSeenOnceNeedAPhrase(t *testing.T) {
	pairs := []pair{{[]int32{0, 1, 2, 3, 4}, []int32{0, 1, 2, 3}, false}, {[]int32{0, 5}, []int32{4}, true}}
	links := ibm1(pairs, 6, 5)
	if len(links[1]) > 0 || len(links[5]) == 0 {
		t.Errorf("links of a word in one sentence %v, of one in a phrase %v", links[1], links[5])
	}
}

func TestAlignParagraphs(t *testing.T) {
	para := func(n int) paragraph { return paragraph{float64(n), [][]string{{strings.Repeat("x", n)}}} }
	f := []paragraph{para(100), para(300), para(150), para(160), para(90)}
	e := []paragraph{para(105), para(310), para(305), para(88)}
	var got [][2]float64
	for _, b := range alignParagraphs(f, e) {
		got = append(got, [2]float64{b[0].width, b[1].width})
	}
	want := [][2]float64{{90, 88}, {310, 305}, {300, 310}, {100, 105}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("beads differ (-want +got):\n%s", diff)
	}
	if got := alignParagraphs(nil, e); got != nil {
		t.Errorf("nothing aligns with something: %v", got)
	}
}

func TestReadGlossaryAndCLDR(t *testing.T) {
	dir := t.TempDir()
	glossary := filepath.Join(dir, "g.tsv")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(glossary, "# note\nen\tes\tde\nboat\tbarco/bote\tBoot\n")
	for _, part := range cldrParts {
		write(filepath.Join(dir, part, "en.xml"), `<ldml><annotations><annotation cp="x" type="tts">red boat</annotation></annotations><other>left out</other></ldml>`)
	}
	write(filepath.Join(dir, "annotations", "es.xml"), `<ldml><annotations><annotation cp="x" type="tts">barco rojo</annotation></annotations><other>fuera</other></ldml>`)
	got, err := readPhrases(dir, glossary)
	if err != nil {
		t.Fatal(err)
	}
	count := map[phrase]int{}
	for _, p := range got {
		count[p]++
	}
	want := map[phrase]int{
		{"es", "barco rojo", "red boat", false}: 1,
		{"es", "barco", "boat", true}:           glossaryWeight,
		{"es", "bote", "boat", true}:            glossaryWeight,
		{"de", "Boot", "boat", true}:            glossaryWeight,
	}
	if diff := cmp.Diff(want, count, cmp.AllowUnexported(phrase{})); diff != "" {
		t.Errorf("phrases differ (-want +got):\n%s", diff)
	}
	write(glossary, "en\tes\nboat\tbarco\tBoot\n")
	if _, err := readGlossary(glossary); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a row too long gives %v", err)
	}
}

func TestLearnLexiconStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	texts := []parallelText{{Work: "w", Language: "en", Paragraphs: []string{"A boat."}}, {Work: "w", Language: "es", Paragraphs: []string{"Un barco."}}}
	if _, err := learnLexicon(ctx, slog.New(slog.DiscardHandler), texts, nil); err == nil {
		t.Error("a cancelled run goes on")
	}
}

// The committed glossary must fit its header: every cell has a language.
func TestCommittedGlossary(t *testing.T) {
	phrases, err := readGlossary("glossary.tsv")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, p := range phrases {
		seen[p.language]++
	}
	for _, language := range []string{"es", "fr", "de", "id", "ru", "cs", "pt", "it", "ja", "zh"} {
		if seen[language] < 300*glossaryWeight {
			t.Errorf("%s has %d phrases", language, seen[language])
		}
	}
}
