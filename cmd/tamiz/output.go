package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"tamiz"
)

// clean makes crawled text safe to print on one line of a terminal: control
// and format characters (escape sequences, carriage returns, bidirectional
// overrides) become visible escapes or spaces.
func clean(s string) string {
	bad := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
	}
	if !strings.ContainsFunc(s, bad) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case bad(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cleanLines is clean for a text of many lines.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return strings.Join(lines, "\n")
}

// table makes a plain table: aligned columns, also for wide characters.
func (a *app) table(w io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true, SeparateRows: false}
	style.Format.Header = text.FormatLower
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	return t
}

// shorten cuts a string to n columns, with an ellipsis.
func shorten(s string, n int) string {
	if text.StringWidthWithoutEscSequences(s) <= n {
		return s
	}
	return text.Snip(s, n, "…")
}

// count says "1 article" or "2 articles".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if first, rest, ok := strings.Cut(noun, " "); ok {
		return fmt.Sprintf("%d %ss %s", n, first, rest)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

type outcomeCount struct {
	outcome tamiz.Outcome
	n       int
}

// sortedCounts orders outcomes: what came in, what was skipped, what failed.
func sortedCounts(c tamiz.Counts) []outcomeCount {
	var out []outcomeCount
	for o, n := range c {
		out = append(out, outcomeCount{o, n})
	}
	classes := map[string]int{"ok": 0, "skipped": 1, "failed": 2}
	slices.SortFunc(out, func(x, y outcomeCount) int {
		return cmp.Or(cmp.Compare(classes[x.outcome.Class()], classes[y.outcome.Class()]), cmp.Compare(y.n, x.n), cmp.Compare(x.outcome, y.outcome))
	})
	return out
}

// distance is the Levenshtein distance, for suggestions.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		prev := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			prev, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, prev+cost)
		}
	}
	return row[len(y)]
}

// failedURLs says how many URLs or files failed.
func failedURLs(n int) string {
	if n == 1 {
		return "1 URL or file"
	}
	return fmt.Sprintf("%d URLs or files", n)
}

func row(cells ...any) table.Row { return cells }
