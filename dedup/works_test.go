package dedup_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
	"tamiz/dedup"
)

var update = flag.Bool("update", false, "rewrite golden files")

// fixtures reads testdata/works: NAME.LANGUAGE.txt, the first line the title.
func fixtures(t testing.TB) map[string]*tamiz.Article {
	t.Helper()
	names, err := filepath.Glob("testdata/works/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	out := map[string]*tamiz.Article{}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(n), ".txt")
		_, language, _ := strings.Cut(id, ".")
		title, text, _ := strings.Cut(string(b), "\n")
		out[id] = &tamiz.Article{
			ID: id, Language: language, Title: title, Text: strings.TrimSpace(text),
			URL: "https://" + strings.ReplaceAll(id, ".", "-") + ".example/read",
		}
	}
	return out
}

// workOf names the work of a fixture: its name up to a hyphen's "reprint".
func workOf(id string) string {
	name, _, _ := strings.Cut(id, ".")
	return strings.TrimSuffix(name, "-reprint")
}

// group runs the articles through the whole package, in the given order.
func group(articles []*tamiz.Article, user ...dedup.Constraint) []dedup.Grouping {
	ix := dedup.NewIndex()
	sigs := map[string]*dedup.Signature{}
	var members []dedup.Member
	var edges []dedup.Edge
	for _, a := range articles {
		s := dedup.Prepare(a)
		for _, id := range ix.Candidates(s, 60) {
			if m := dedup.Compare(s, sigs[id]); dedup.Keep(m) {
				edges = append(edges, m)
			}
		}
		ix.Add(s)
		sigs[a.ID] = s
		members = append(members, dedup.Member{
			ID: a.ID, Language: a.Language, Published: a.Published, URL: a.URL, CanonicalURL: a.CanonicalURL,
			TranslationOf: a.TranslationOf, TextHash: s.TextHash(),
		})
	}
	return dedup.Group(members, edges, user)
}

func sets(groups []dedup.Grouping) [][]string {
	var out [][]string
	for _, g := range groups {
		var ids []string
		for _, e := range g.Editions {
			ids = append(ids, e.ID)
		}
		slices.Sort(ids)
		out = append(out, ids)
	}
	slices.SortFunc(out, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return out
}

// Two stories in up to nine languages, a shortened reprint, two issues of a
// newsletter, two releases of a product and two pages of one template: without
// dates, URLs or any declaration, every work comes out whole and alone,
// whatever the order of arrival.
func TestWorksComeOutWholeAndAlone(t *testing.T) {
	all := fixtures(t)
	var ids []string
	truth := map[string][]string{}
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		truth[workOf(id)] = append(truth[workOf(id)], id)
	}
	var want [][]string
	for _, set := range truth {
		want = append(want, set)
	}
	slices.SortFunc(want, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	for _, order := range []string{"forward", "backward"} {
		t.Run(order, func(t *testing.T) {
			var articles []*tamiz.Article
			for _, id := range ids {
				articles = append(articles, all[id])
			}
			if order == "backward" {
				slices.Reverse(articles)
			}
			if diff := cmp.Diff(want, sets(group(articles))); diff != "" {
				t.Errorf("works differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareIsSymmetric(t *testing.T) {
	all := fixtures(t)
	var sigs []*dedup.Signature
	for _, a := range all {
		sigs = append(sigs, dedup.Prepare(a))
	}
	for i, a := range sigs {
		for _, b := range sigs[i+1:] {
			if diff := cmp.Diff(dedup.Compare(a, b), dedup.Compare(b, a)); diff != "" {
				t.Fatalf("Compare(%s, %s) depends on the order (-ab +ba):\n%s", a.ID, b.ID, diff)
			}
		}
	}
}

func TestCompareNamesKind(t *testing.T) {
	all := fixtures(t)
	edit := func(id string, f func(a *tamiz.Article)) *tamiz.Article {
		a := *all[id]
		a.ID += "+"
		f(&a)
		return &a
	}
	tests := []struct {
		name string
		a, b *tamiz.Article
		kind string
		same bool
	}{
		{"equal text elsewhere", all["ferry.en"], edit("ferry.en", func(a *tamiz.Article) { a.URL = "https://copy.example/1" }), "exact", true},
		{"other case, space and punctuation", all["ferry.en"], edit("ferry.en", func(a *tamiz.Article) {
			a.Text = strings.ToUpper(strings.ReplaceAll(a.Text, "\n\n", "  \n")) + " ..."
		}), "exact", true},
		{"equal text, other issue in the title", edit("digest7.en", func(a *tamiz.Article) { a.ID = "x" }),
			edit("digest7.en", func(a *tamiz.Article) { a.Title = "The Harbour Letter, issue 8" }), "near", false},
		{"a line of text, other title", &tamiz.Article{ID: "a", Language: "en", Title: "Closed today", Text: "Read more on our site."},
			&tamiz.Article{ID: "b", Language: "en", Title: "Summer prices", Text: "Read more on our site."}, "near", false},
		{"no text", &tamiz.Article{ID: "a", Language: "en", Title: "One"}, &tamiz.Article{ID: "b", Language: "en", Title: "One"}, "near", false},
		{"shortened, noted and retitled", all["ferry.en"], all["ferry-reprint.en"], "near", true},
		{"translation", all["ferry.en"], all["ferry.zh"], "translation", true},
		{"two stories of the field", all["ferry.es"], all["museum.en"], "translation", false},
		{"two issues", all["digest7.en"], all["digest8.en"], "near", false},
		{"two issues across languages", all["digest7.en"], all["digest8.es"], "translation", false},
		{"two releases", all["release41.en"], all["release42.en"], "near", false},
		{"two releases across languages", all["release41.en"], all["release42.de"], "translation", false},
		{"two pages of a template", all["branch-leeds.en"], all["branch-derby.en"], "near", false},
		{"declared by both", edit("ferry.en", func(a *tamiz.Article) {
			a.Alternates = []tamiz.Alternate{{Language: "fr", URL: all["ferry.fr"].URL}}
		}), edit("ferry.fr", func(a *tamiz.Article) { a.TranslationOf = all["ferry.en"].URL }), "declared", true},
		{"declared, but the texts differ", edit("ferry.en", func(a *tamiz.Article) {
			a.Alternates = []tamiz.Alternate{{Language: "ja", URL: all["museum.ja"].URL}}
		}), edit("museum.ja", func(a *tamiz.Article) { a.TranslationOf = all["ferry.en"].URL }), "translation", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := dedup.Compare(dedup.Prepare(tt.a), dedup.Prepare(tt.b))
			if m.Kind != tt.kind || (m.Similarity >= dedup.Threshold) != tt.same {
				t.Errorf("Compare gives %s %.3f (%s), want %s and one work: %v", m.Kind, m.Similarity, m.Reason, tt.kind, tt.same)
			}
			if m.Reason == "" {
				t.Error("no reason")
			}
		})
	}
}

// Mirrors merge and split paragraphs: that may not matter.
func TestParagraphsDoNotMatter(t *testing.T) {
	all := fixtures(t)
	merged := *all["ferry.de"]
	merged.Text = strings.ReplaceAll(merged.Text, "\n\n", " ")
	split := *all["ferry.en"]
	split.Text = strings.ReplaceAll(split.Text, ". ", ".\n\n")
	before := dedup.Compare(dedup.Prepare(all["ferry.en"]), dedup.Prepare(all["ferry.de"])).Similarity
	after := dedup.Compare(dedup.Prepare(&split), dedup.Prepare(&merged)).Similarity
	if diff := before - after; diff > .02 || diff < -.02 {
		t.Errorf("similarity moves from %.3f to %.3f with the paragraphs", before, after)
	}
}

func TestExplain(t *testing.T) {
	all := fixtures(t)
	e := dedup.Explain(all["ferry.en"], all["ferry.es"])
	var b strings.Builder
	fmt.Fprintf(&b, "one work: %v\n", e.OneWork)
	for _, p := range e.Pairs {
		fmt.Fprintf(&b, "%s\n= %s\n", p.A, p.B)
	}
	golden := filepath.Join("testdata", "explain.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("explanation differs (-want +got):\n%s", diff)
	}
	if len(e.Evidence) < 5 {
		t.Errorf("only %d lines of evidence", len(e.Evidence))
	}
	if swapped := dedup.Explain(all["ferry.es"], all["ferry.en"]); !cmp.Equal(e, swapped) {
		t.Error("Explain depends on the order")
	}
}
