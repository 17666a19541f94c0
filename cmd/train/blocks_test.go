package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz/extract"
)

func TestBlocksAreAlignedWithTheGoldText(t *testing.T) {
	t.Parallel()
	gold := "The ferry left at dawn with nine people on board. Rates\n\nBy noon the harbour had lost sight of it, and the wind had turned to the north."
	blocks := []struct {
		text   string
		hidden bool
		want   int8
	}{
		{"Home", false, 0},
		{"By noon the harbour had lost sight of it, and the wind had turned to the north.", true, -1}, // the hidden copy
		{"The ferry left at dawn with nine people on board.", false, 1},
		{"Rates", false, 1},
		{"By noon the harbour had lost sight of it, and the wind had turned to the north.", false, 1},
		{"Subscribe to the letter of the harbour", false, 0},
		{"Rates", false, 0},
	}
	var tokens [][]string
	var visible []bool
	var want []int8
	for _, b := range blocks {
		tokens, visible, want = append(tokens, tokensOf(b.text)), append(visible, !b.hidden), append(want, b.want)
	}
	if diff := cmp.Diff(want, align(tokens, visible, tokensOf(gold))); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestTokensOfScriptsWithoutSpacesAreCharacters(t *testing.T) {
	t.Parallel()
	if got, want := strings.Join(tokensOf("Ab 港に着いた 3"), "|"), "ab|港|に|着|い|た|3"; got != want {
		t.Errorf("tokens %q, want %q", got, want)
	}
}

// Two signals decide together; neither does alone.
func TestBlockForestLearnsWhatTwoSignalsSayTogether(t *testing.T) {
	t.Parallel()
	const n = 4000
	rows := make([]float32, n*extract.Signals)
	row := func(i int) []float32 { return rows[i*extract.Signals : (i+1)*extract.Signals] }
	data := &blockRows{}
	var use []int32
	for i := range n {
		x, y := float32(i%10)/10, float32(i/10%10)/10
		row(i)[0], row(i)[7] = x, y
		label := float32(0)
		if (x > .45) != (y > .25) {
			label = 1
		}
		data.labels, data.weights, use = append(data.labels, label), append(data.weights, .1), append(use, int32(i))
	}
	data.cuts, data.columns = cutBlocks(n, row)
	learn := func() extract.Forest {
		return boostBlocks(data, use, blockBoosting{trees: 30, rate: .3, rows: .8, columns: 1, seed: 1})
	}
	f := learn()
	for i := range n {
		if p := scoreBinned(data, &f, i); (p > .5) != (data.labels[i] > .5) {
			t.Fatalf("block %d of label %v has probability %v", i, data.labels[i], p)
		}
	}
	if diff := cmp.Diff(f, learn()); diff != "" {
		t.Errorf("the same blocks gave another forest:\n%s", diff)
	}
}
