package demo

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryLanguageHasTheSameFurniture finds words that one language lacks: a
// missing key would leave a hole in its pages.
func TestEveryLanguageHasTheSameFurniture(t *testing.T) {
	s := New()
	want := slices.Sorted(maps.Keys(s.chrome["en"]))
	for lang, c := range s.chrome {
		got := slices.Sorted(maps.Keys(c))
		if n := len(c.L("month")); n != 12 {
			// Japanese and Chinese write months as numbers.
			if n != 0 || (lang != "ja" && lang != "zh") {
				t.Errorf("%s has %d months", lang, n)
			}
			got = slices.Sorted(slices.Values(append(got, "month")))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-en +%s):\n%s", lang, lang, diff)
		}
	}
}
