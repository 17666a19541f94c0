//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// openWith gives a database with articles named a, b, c ...
func openWith(t testing.TB, names ...string) *DB {
	t.Helper()
	db := openTest(t, newClock().Now)
	for _, n := range names {
		a := article("https://"+n+".example/", "en", "Title "+n, "The text of "+n+".")
		a.ID = n
		save(t, db, a)
	}
	return db
}

// assign writes works as "w1: a b" with the canonical edition first.
func assign(t testing.TB, db *DB, works ...string) {
	t.Helper()
	var list []WorkAssignment
	for _, w := range works {
		id, members, _ := strings.Cut(w, ":")
		wa := WorkAssignment{Work: id}
		for i, m := range strings.Fields(members) {
			member := WorkMember{Article: m, Relation: tamiz.Original}
			if i > 0 {
				member = WorkMember{Article: m, Relation: tamiz.Reprint, Match: tamiz.Match{A: m, B: wa.Members[0].Article, Kind: "near", Similarity: .9, Reason: "alike"}}
			}
			wa.Members = append(wa.Members, member)
		}
		list = append(list, wa)
	}
	write(t, db, func(tx *Tx) error { return tx.SetWorks(list) })
}

// works writes all works as assign reads them.
func works(t testing.TB, db *DB) string {
	t.Helper()
	ids, err := texts(context.Background(), db.read, `SELECT id FROM works ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, id := range ids {
		w, err := db.Work(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		s := w.ID + ":"
		for _, e := range w.Editions {
			s += " " + e.Article.ID
		}
		list = append(list, s)
	}
	return strings.Join(list, "; ")
}

func TestSetWorks(t *testing.T) {
	// An article's own work, which it founded, is written as w(a).
	for _, tt := range []struct {
		name  string
		steps [][]string
		want  string
		alias map[string]string
	}{
		{"nothing set", nil, "w(a): a; w(b): b; w(c): c", nil},
		{"joined", [][]string{{"w1: a b"}}, "w(c): c; w1: a b", map[string]string{"w(a)": "w1", "w(b)": "w1"}},
		{"joined in one of the present works", [][]string{{"w(b): b a c"}}, "w(b): b a c", map[string]string{"w(a)": "w(b)", "w(c)": "w(b)"}},
		{"split again", [][]string{{"w1: a b c"}, {"w1: b c", "w2: a"}}, "w1: b c; w2: a", map[string]string{"w(a)": "w1"}},
		{"split into the first id", [][]string{{"w1: a b c"}, {"w1: b c", "w(a): a"}}, "w(a): a; w1: b c", map[string]string{"w(b)": "w1"}},
		{"other order", [][]string{{"w1: a b c"}, {"w1: c b a"}}, "w1: c b a", nil},
		{"moved to another id", [][]string{{"w1: a b c"}, {"w2: a b c"}}, "w2: a b c", map[string]string{"w1": "w2", "w(a)": "w2"}},
		{"parted: the id follows the first edition", [][]string{{"w1: a b c"}, {"w2: c", "w3: a b"}}, "w2: c; w3: a b", map[string]string{"w1": "w3"}},
		{"only one named", [][]string{{"w1: a b c"}, {"w1: b"}}, "w1: b a c", nil},
		{"one taken out", [][]string{{"w1: a b c"}, {"w2: a"}}, "w1: b c; w2: a", nil},
		{"exchanged", [][]string{{"w1: a b", "w2: c"}, {"w1: c", "w2: a b"}}, "w1: c; w2: a b", nil},
		{"no id: a new work", [][]string{{"w1: a b"}, {": b"}}, "w(b): b; w(c): c; w1: a", map[string]string{"w(a)": "w1"}},
		{"no id: the canonical edition's work", [][]string{{"w1: a b"}, {": a c"}}, "w1: a c b", map[string]string{"w(c)": "w1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openWith(t, "a", "b", "c")
			own := strings.NewReplacer("w(a)", workID("a"), "w(b)", workID("b"), "w(c)", workID("c"))
			for _, step := range tt.steps {
				for i := range step {
					step[i] = own.Replace(step[i])
				}
				assign(t, db, step...)
			}
			got := works(t, db)
			for _, n := range []string{"a", "b", "c"} {
				got = strings.ReplaceAll(got, workID(n), "w("+n+")")
			}
			parts := strings.Split(got, "; ")
			slices.Sort(parts)
			if diff := cmp.Diff(tt.want, strings.Join(parts, "; ")); diff != "" {
				t.Errorf("works (-want +got):\n%s", diff)
			}
			for alias, target := range tt.alias {
				w, err := db.Work(context.Background(), own.Replace(alias))
				if err != nil {
					t.Errorf("former work %s: %v", alias, err)
				} else if w.ID != own.Replace(target) {
					t.Errorf("former work %s is %s now, want %s", alias, w.ID, target)
				}
			}
			checked(t, db)
		})
	}
}

func TestWorkTellsWhy(t *testing.T) {
	ctx := context.Background()
	db := openWith(t, "b", "a")
	assign(t, db, "w1: b a")
	w, err := db.Work(ctx, "w1")
	if err != nil {
		t.Fatal(err)
	}
	if m := w.Editions[0].Match; m != (tamiz.Match{}) {
		t.Errorf("the first edition is tied to %+v", m)
	}
	want := tamiz.Match{A: "a", B: "b", Kind: "near", Similarity: .9, Reason: "alike"}
	if diff := cmp.Diff(want, w.Editions[1].Match); diff != "" {
		t.Errorf("tie (-want +got):\n%s", diff)
	}
	if _, err := db.Work(ctx, "w9"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Work: %v, want %v", err, ErrNotFound)
	}
	err = db.Write(ctx, func(tx *Tx) error {
		return tx.SetWorks([]WorkAssignment{{Work: "w2", Members: []WorkMember{{Article: "nobody"}}}})
	})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("SetWorks with an unknown article: %v, want %v", err, ErrNotFound)
	}
}

func TestComponent(t *testing.T) {
	db := openWith(t, "a", "b", "c", "d", "e", "f", "g")
	match := func(a, b string, s float64) tamiz.Match {
		return tamiz.Match{A: a, B: b, Kind: "near", Similarity: s, Reason: "r"}
	}
	assign(t, db, "w1: d e")
	write(t, db, func(tx *Tx) error {
		if err := tx.SaveMatches([]tamiz.Match{
			match("b", "a", .9), match("b", "c", .3), match("c", "d", .2), match("f", "a", .04), match("a", "gone", .9),
		}); err != nil {
			return err
		}
		return tx.SaveConstraint("g", "e", false)
	})
	for _, tt := range []struct {
		name  string
		ids   []string
		least float64
		limit int
		want  string
		edges int
		trunc bool
	}{
		{"alone: a score that says nothing is not kept", []string{"f"}, 0, 0, "f", 0, false},
		{"through matches, works and the user's word", []string{"a"}, 0, 0, "a b c d e g", 3, false},
		{"strong matches only", []string{"a"}, .25, 0, "a b c", 2, false},
		{"from the other end", []string{"g"}, .25, 0, "d e g", 0, false},
		{"two at once", []string{"a", "f"}, .5, 0, "a b f", 1, false},
		{"the weakest left out", []string{"a"}, 0, 3, "a b c", 2, true},
		{"all that were asked for", []string{"a", "f", "g"}, 0, 1, "a f g", 0, true},
		{"unknown", []string{"nobody"}, 0, 0, "", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Component
			write(t, db, func(tx *Tx) (err error) {
				c, err = tx.Component(tt.ids, tt.least, tt.limit)
				return err
			})
			var ids []string
			for _, m := range c.Members {
				ids = append(ids, m.ID)
			}
			if diff := cmp.Diff(tt.want, strings.Join(ids, " ")); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if len(c.Edges) != tt.edges || c.Truncated != tt.trunc {
				t.Errorf("%d edges, truncated %t; want %d, %t", len(c.Edges), c.Truncated, tt.edges, tt.trunc)
			}
		})
	}
	t.Run("what a member tells", func(t *testing.T) {
		write(t, db, func(tx *Tx) error {
			if err := tx.SaveSource(tamiz.Source{Name: "blog", Rank: 3}); err != nil {
				return err
			}
			a := full()
			if _, err := tx.SaveArticle(a, ArticleMeta{}); err != nil {
				return err
			}
			c, err := tx.Component([]string{a.ID}, 0, 0)
			if err != nil {
				return err
			}
			want := []Member{{ID: a.ID, Work: a.Work, Relation: tamiz.Original, URL: a.URL, CanonicalURL: a.CanonicalURL, Host: a.Host, Title: a.Title,
				Language: "es", FirstSeen: tx.Now(), Source: "blog", SourceRank: 3, WordCount: 2, TextHash: uint64(textHash(a.Text)), TranslationOf: a.TranslationOf}}
			want[0].Published, err = tamiz.ParseDate(a.Published.String())
			if err != nil {
				return err
			}
			if diff := cmp.Diff(want, c.Members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			return nil
		})
	})
}

func TestMatchesAreReplaced(t *testing.T) {
	db := openWith(t, "a", "b")
	edges := func(matches ...tamiz.Match) []tamiz.Match {
		var c Component
		write(t, db, func(tx *Tx) (err error) {
			if err := tx.SaveMatches(matches); err != nil {
				return err
			}
			c, err = tx.Component([]string{"a", "b"}, 0, 0)
			return err
		})
		return c.Edges
	}
	first := tamiz.Match{A: "a", B: "b", Kind: "near", Similarity: .5, Reason: "one"}
	second := tamiz.Match{A: "a", B: "b", Kind: "exact", Similarity: 1, Reason: "two"}
	if diff := cmp.Diff([]tamiz.Match{first}, edges(first)); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	turned := second
	turned.A, turned.B = "b", "a"
	if diff := cmp.Diff([]tamiz.Match{second}, edges(turned)); diff != "" {
		t.Errorf("second, the other way round (-want +got):\n%s", diff)
	}
	second.Similarity = 0
	if got := edges(second); got != nil {
		t.Errorf("a score that says nothing: %v, want no edge", got)
	}
	if got := edges(tamiz.Match{A: "a", B: "a", Similarity: 1}); got != nil {
		t.Errorf("an article and itself: %v, want no edge", got)
	}
	edges(first)
	save(t, db, &tamiz.Article{URL: "https://a.example/", Text: "Written anew."})
	if got := edges(); got != nil {
		t.Errorf("after a new text: %v, want no edge", got)
	}
}

func TestConstraints(t *testing.T) {
	ctx := context.Background()
	clock := newClock()
	db := openWith(t, "a", "b", "c")
	assign(t, db, "w1: a", "w2: b", "w3: c")
	write(t, db, func(tx *Tx) error {
		if err := tx.SaveConstraint("b", "a", true); err != nil {
			return err
		}
		if err := tx.SaveConstraint("a", "c", true); err != nil {
			return err
		}
		return tx.SaveConstraint("c", "a", false)
	})
	got, err := db.Constraints(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []Constraint{{A: "a", B: "b", Same: true, At: clock.Now()}, {A: "a", B: "c", Same: false, At: clock.Now()}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("constraints (-want +got):\n%s", diff)
	}
	if ids, err := db.Ungrouped(ctx, 9); err != nil || len(ids) != 3 {
		t.Errorf("ungrouped %v, %v; want those the user spoke about", ids, err)
	}
}

func TestSignatures(t *testing.T) {
	ctx := context.Background()
	db := openWith(t, "a", "b", "c")
	write(t, db, func(tx *Tx) error {
		if err := tx.SaveSignature("b", []byte("sb")); err != nil {
			return err
		}
		if err := tx.SaveSignature("gone", []byte("x")); err != nil {
			return err
		}
		return tx.SaveSignature("a", []byte("sa"))
	})
	got, err := db.Signatures(ctx, []string{"a", "c", "gone"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]byte{"a": []byte("sa")}, got); diff != "" {
		t.Errorf("Signatures (-want +got):\n%s", diff)
	}
	all := func() string {
		s := ""
		err := db.EachSignature(ctx, func(id string, b []byte) error {
			s += fmt.Sprintf("%s=%s ", id, b)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := all(); got != "a=sa b=sb c= " {
		t.Errorf("EachSignature: %s", got)
	}
	if n, err := db.CountSignatures(ctx); n != 2 || err != nil {
		t.Errorf("CountSignatures: %d, %v; want 2", n, err)
	}
	save(t, db, &tamiz.Article{URL: "https://a.example/", Text: "Written anew."})
	if got := all(); got != "a= b=sb c= " {
		t.Errorf("EachSignature after a new text: %s", got)
	}
	assign(t, db, "w1: a b c")
	write(t, db, func(tx *Tx) error { return tx.UngroupAll() })
	if got := all(); got != "a= b= c= " {
		t.Errorf("EachSignature after UngroupAll: %s", got)
	}
	if n, err := db.CountUngrouped(ctx); n != 3 || err != nil {
		t.Errorf("CountUngrouped: %d, %v; want 3", n, err)
	}
}
