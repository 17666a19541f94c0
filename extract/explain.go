package extract

import (
	"fmt"
	"io"
	"strings"
)

// explainWidth is how much of a block WriteExplain prints, in characters.
const explainWidth = 100

// WriteExplain prints every block of a result with what became of it and by
// which rule. The extractor must have been made with Options.Explain.
func WriteExplain(w io.Writer, r *Result) error {
	kept := 0
	for i := range r.Blocks {
		if r.Blocks[i].Kept {
			kept++
		}
	}
	if _, err := fmt.Fprintf(w, "%s (confidence %.2f), %d of %d blocks kept\n", r.Kind, r.Confidence, kept, len(r.Blocks)); err != nil {
		return err
	}
	for _, l := range r.Limits {
		if _, err := fmt.Fprintf(w, "limit reached: %s\n", l); err != nil {
			return err
		}
	}
	for _, o := range r.Origins {
		chosen := "      "
		if o.Chosen {
			chosen = "chosen"
		}
		if _, err := fmt.Fprintf(w, "%-14s %s  %s  (%s)\n", o.Field, chosen, oneLine(o.Value), o.From); err != nil {
			return err
		}
	}
	for i := range r.Blocks {
		if _, err := fmt.Fprintln(w, r.Blocks[i].String()); err != nil {
			return err
		}
	}
	return nil
}

// String is one line for people: what became of the block, why, and its text.
func (b *Block) String() string {
	state := "removed"
	if b.Kept {
		state = "kept   "
	}
	kind := b.Kind.String()
	if b.Kind == Heading {
		kind = fmt.Sprintf("heading %d", b.Level)
	}
	text := oneLine(b.Text)
	return fmt.Sprintf("%s %5.1f  %-28s %-10s %s", state, b.Score, b.Rule, kind, text)
}

// oneLine cuts a text to the width that is printed.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if rs := []rune(s); len(rs) > explainWidth {
		s = string(rs[:explainWidth-1]) + "…"
	}
	return s
}
