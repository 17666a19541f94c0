package dedup

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// indexed makes an article about a few made-up things: different for each i.
func indexed(i int) *Signature {
	name := func(k int) string {
		return string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+k)) + "orex"
	}
	var b strings.Builder
	for k := range 12 {
		fmt.Fprintf(&b, "The %s of %s bought a %s. ", name(k), name(k+1), name(k+2))
	}
	return Prepare(&tamiz.Article{ID: fmt.Sprintf("id%04d", i), Language: "en", Title: name(0), Text: b.String(), URL: fmt.Sprintf("https://x.example/%d", i)})
}

func TestCandidates(t *testing.T) {
	ix := NewIndex()
	for i := range 200 {
		ix.Add(indexed(i))
	}
	s := indexed(17)
	if got := ix.Candidates(s, 10); slices.Contains(got, s.ID) {
		t.Errorf("an article is its own candidate: %v", got)
	}
	s.ID = "copy"
	if got := ix.Candidates(s, 10); len(got) == 0 || got[0] != "id0017" {
		t.Errorf("candidates of a copy: %v", got)
	}
	if got := ix.Candidates(s, 0); got != nil {
		t.Errorf("no candidates wanted, got %v", got)
	}
	ix.Add(s)
	ix.Add(s) // again: in place of the first
	if ix.Len() != 201 {
		t.Errorf("%d articles, want 201", ix.Len())
	}
	ix.Remove("copy")
	ix.Remove("copy")
	ix.Remove("never there")
	if ix.Len() != 200 {
		t.Errorf("%d articles, want 200", ix.Len())
	}
	if got := ix.Candidates(indexed(17), 10); slices.Contains(got, "copy") {
		t.Errorf("what was removed is found: %v", got)
	}
}

func TestDeclaredEditionsAreCandidates(t *testing.T) {
	ix := NewIndex()
	english := Prepare(&tamiz.Article{ID: "en", Language: "en", Text: "Snow fell on the harbour.", URL: "https://x.example/en/snow"})
	ix.Add(english)
	for i := range 100 {
		ix.Add(indexed(i))
	}
	for name, a := range map[string]*tamiz.Article{
		"hreflang":         {Alternates: []tamiz.Alternate{{Language: "en", URL: "https://x.example/en/snow"}}},
		"translationOf":    {TranslationOf: "https://x.example/en/snow"},
		"language in path": {URL: "https://x.example/xx/snow"},
	} {
		a.ID, a.Language, a.Text = "xx", "xx", "Nothing in common whatever."
		if name == "language in path" {
			a.URL = "https://x.example/de/snow"
		}
		if got := ix.Candidates(Prepare(a), 5); !slices.Contains(got, "en") {
			t.Errorf("%s: candidates %v lack the declared edition", name, got)
		}
	}
}

func TestIndexForgetsWhatIsRemoved(t *testing.T) {
	ix := NewIndex()
	sigs := make([]*Signature, 2600)
	for i := range sigs {
		sigs[i] = indexed(i % 676)
		sigs[i].ID = fmt.Sprint("n", i)
		ix.Add(sigs[i])
	}
	before := ix.Candidates(sigs[2599], 3)
	entries := len(ix.entries)
	for i := range 1400 {
		ix.Remove(sigs[i].ID)
	}
	if len(ix.entries) > entries*2/3 {
		t.Errorf("%d of %d entries are left after half of the articles went", len(ix.entries), entries)
	}
	if ix.Len() != 1200 {
		t.Errorf("%d articles, want 1200", ix.Len())
	}
	after := ix.Candidates(sigs[2599], 3)
	var want []string
	for _, id := range before {
		if _, ok := ix.slots[id]; ok {
			want = append(want, id)
		}
	}
	if diff := cmp.Diff(want, after[:len(want)]); diff != "" {
		t.Errorf("candidates changed (-want +got):\n%s", diff)
	}
}
