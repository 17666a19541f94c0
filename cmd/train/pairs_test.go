package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

func TestBoostLearnsAnInteraction(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var examples []example
	for range 4000 {
		x, y := rng.Float32(), rng.Float32()
		examples = append(examples, example{[]float32{x, y, rng.Float32()}, (x > .5) != (y > .5), 1})
	}
	forest := boost(examples)
	wrong := 0
	for range 1000 {
		x, y := rng.Float64(), rng.Float64()
		if (forest.Score([]float64{x, y, rng.Float64()}) > 0) != ((x > .5) != (y > .5)) {
			wrong++
		}
	}
	if wrong > 50 {
		t.Errorf("%d of 1000 points are wrong", wrong)
	}
	if diff := cmp.Diff(forest, boost(examples)); diff != "" {
		t.Errorf("training twice gives two forests:\n%s", diff)
	}
}

func TestBoostIsCalibrated(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var examples []example
	for range 6000 {
		examples = append(examples, example{[]float32{rng.Float32()}, rng.Float32() < .2, 1})
	}
	forest := boost(examples)
	p := 1 / (1 + math.Exp(-forest.Score([]float64{.5})))
	if p < .1 || p > .3 {
		t.Errorf("a fifth of all pairs is positive, and the score says %.2f", p)
	}
}

func TestFilledChangesAlikeInEveryLanguage(t *testing.T) {
	english, n := filled("Prices rose by 18 percent in Lisbon, said Quill. In 2014 nobody asked Quill.", 5)
	spanish, _ := filled("Los precios subieron un 18 por ciento en Lisboa. En 2014 nadie preguntó a Quill.", 5)
	if n < 3 {
		t.Errorf("%d changes in %q", n, english)
	}
	number := func(s string) string { return strings.Map(keepDigit, s) }
	if number(english) != number(spanish) || number(english) == "182014" {
		t.Errorf("numbers became %s and %s", number(english), number(spanish))
	}
}

func TestReprintKeepsItsWork(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	d := document{&tamiz.Article{ID: "a", Title: "One title", Text: "First paragraph here.\n\nSecond one.\n\nThird one.\n\nFourth one.\n\nFifth one."}, "w", "s", ""}
	strange := &parallelText{Title: "Other", Paragraphs: []string{"A note."}}
	changed := 0
	for range 50 {
		r := reprint(d, strange, rng)
		if r.work != "w" || r.article.ID == "a" || r.article.Text == "" {
			t.Fatalf("reprint %+v", r.article)
		}
		if r.article.Text != d.article.Text {
			changed++
		}
	}
	if changed < 40 {
		t.Errorf("only %d of 50 reprints differ", changed)
	}
}

func TestCountPairs(t *testing.T) {
	doc := func(id, language, work string) document {
		return document{&tamiz.Article{ID: id, Language: language}, work, "", ""}
	}
	docs := []document{doc("a", "en", "1"), doc("b", "es", "1"), doc("c", "en", "1"), doc("d", "en", "2")}
	got := countPairs(docs, map[string]string{"a": "x", "b": "x", "c": "y", "d": "x"})
	want := map[string]counts{"translation": {2, 2, 1}, "near": {1, 1, 0}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(counts{})); diff != "" {
		t.Errorf("counts differ (-want +got):\n%s", diff)
	}
}
