//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tamiz"
)

// full is an article with every field of the record.
func full() *tamiz.Article {
	date := time.Date(2021, 7, 24, 10, 30, 0, 0, time.FixedZone("", 2*3600))
	return &tamiz.Article{
		URL: "https://a.example/es/uno", CanonicalURL: "https://a.example/uno", Source: "blog", Site: "A", Title: "Título",
		Standfirst: "De qué va.", Authors: []string{"Ana Núñez", "Li Wei"}, Published: tamiz.Date{Time: date, HasTime: true},
		Modified: tamiz.Date{Time: time.Date(2021, 7, 25, 0, 0, 0, 0, time.UTC)}, FetchedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Language: "es", Text: "Primero.\n\nSegundo.", Markdown: "Primero.\n\nSegundo.", Excerpt: "Primero.", WordCount: 2,
		Images: []tamiz.Image{{URL: "https://a.example/x.png", Alt: "alt", Caption: "caption"}}, Tags: []string{"correo"},
		Links: []string{"https://b.example/"}, Alternates: []tamiz.Alternate{{Language: "en", URL: "https://a.example/en/one"}},
		TranslationOf: "https://a.example/en/one", Host: "a.example",
	}
}

func TestArticleIsReadBack(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	a := full()
	if o := save(t, db, a); o != tamiz.OutcomeNew {
		t.Errorf("outcome %s, want %s", o, tamiz.OutcomeNew)
	}
	want := full()
	want.ID, want.Work, want.Relation = ArticleID(want.URL), workID(ArticleID(want.URL)), tamiz.Original
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("article as saved (-want +got):\n%s", diff)
	}
	for _, name := range []string{want.ID, want.URL, want.CanonicalURL, want.Work} {
		got, err := db.Article(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("article by %s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := db.Article(ctx, "nothing"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Article: %v, want %v", err, ErrNotFound)
	}
	empty := article("https://a.example/empty", "", "", "")
	save(t, db, empty)
	got, err := db.Article(ctx, empty.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Authors == nil || got.Images == nil || got.Tags == nil || got.Links == nil {
		t.Errorf("lists that are empty should be [] in the record: %+v", got)
	}
}

func TestSaveArticleAgain(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name      string
		change    func(*tamiz.Article)
		old, new  ArticleMeta
		want      tamiz.Outcome
		revisions int
		ungrouped bool
	}{
		{"nothing", func(*tamiz.Article) {}, ArticleMeta{}, ArticleMeta{}, tamiz.OutcomeUnchanged, 0, false},
		{"fetched later", func(a *tamiz.Article) { a.FetchedAt = a.FetchedAt.Add(time.Hour) }, ArticleMeta{}, ArticleMeta{}, tamiz.OutcomeUnchanged, 0, false},
		{"another title", func(a *tamiz.Article) { a.Title = "Otro" }, ArticleMeta{}, ArticleMeta{}, tamiz.OutcomeUnchanged, 0, true},
		{"more tags", func(a *tamiz.Article) { a.Tags = append(a.Tags, "x") }, ArticleMeta{}, ArticleMeta{}, tamiz.OutcomeUnchanged, 0, false},
		{"the text", func(a *tamiz.Article) { a.Text = "Tercero." }, ArticleMeta{}, ArticleMeta{}, tamiz.OutcomeUpdated, 1, true},
		{"another page", func(a *tamiz.Article) { a.Text = "Tercero." }, ArticleMeta{PageHash: "1"}, ArticleMeta{PageHash: "2"}, tamiz.OutcomeUpdated, 1, true},
		{"the same page cleaned otherwise", func(a *tamiz.Article) { a.Text = "Tercero." }, ArticleMeta{PageHash: "1"}, ArticleMeta{PageHash: "1"}, tamiz.OutcomeUpdated, 0, true},
		{"another page, only cleaned better", func(a *tamiz.Article) { a.Text = "Segundo." },
			ArticleMeta{PageHash: "1", CleanedWith: 1}, ArticleMeta{PageHash: "2", CleanedWith: 9}, tamiz.OutcomeUpdated, 0, true},
		{"another page, a paragraph gone", func(a *tamiz.Article) { a.Text = "Segundo." },
			ArticleMeta{PageHash: "1", CleanedWith: 1}, ArticleMeta{PageHash: "2", CleanedWith: 1}, tamiz.OutcomeUpdated, 1, true},
		{"another page, cleaned better and written anew", func(a *tamiz.Article) { a.Text = "Segundo.\n\nTercero." },
			ArticleMeta{PageHash: "1", CleanedWith: 1}, ArticleMeta{PageHash: "2", CleanedWith: 9}, tamiz.OutcomeUpdated, 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := openTest(t, nil)
			first := full()
			write(t, db, func(tx *Tx) error {
				if _, err := tx.SaveArticle(first, tt.old); err != nil {
					return err
				}
				return tx.SetWorks([]WorkAssignment{{Members: []WorkMember{{Article: first.ID, Relation: tamiz.Original}}}})
			})
			second := full()
			tt.change(second)
			want := *second
			write(t, db, func(tx *Tx) error {
				o, err := tx.SaveArticle(second, tt.new)
				if o != tt.want {
					t.Errorf("outcome %s, want %s", o, tt.want)
				}
				return err
			})
			w, err := db.Work(ctx, first.Work)
			if err != nil {
				t.Fatal(err)
			}
			want.ID, want.Work, want.Relation = first.ID, first.Work, first.Relation
			if diff := cmp.Diff(&want, w.Editions[0].Article); diff != "" {
				t.Errorf("current article (-want +got):\n%s", diff)
			}
			if n := len(w.Editions) - 1; n != tt.revisions {
				t.Fatalf("%d revisions, want %d", n, tt.revisions)
			}
			if tt.revisions == 1 {
				old := full()
				old.ID, old.Work, old.Relation = first.ID+"-r1", first.Work, tamiz.Revision
				if diff := cmp.Diff(tamiz.Edition{Article: old, Relation: tamiz.Revision}, w.Editions[1]); diff != "" {
					t.Errorf("revision (-want +got):\n%s", diff)
				}
			}
			ids, err := db.Ungrouped(ctx, 10)
			if err != nil {
				t.Fatal(err)
			}
			if (len(ids) == 1) != tt.ungrouped {
				t.Errorf("ungrouped: %v, want %t", ids, tt.ungrouped)
			}
			checked(t, db)
		})
	}
}

// TestRevisionsAreLimited is a page that shows another text with every visit.
func TestRevisionsAreLimited(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	for i := range maxRevisions + 10 {
		save(t, db, article("https://a.example/live", "en", "Live", fmt.Sprintf("Visitor number %d.", i)))
	}
	w, err := db.Work(ctx, workID(ArticleID("https://a.example/live")))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.Editions) - 1; n != maxRevisions {
		t.Errorf("%d revisions, want %d", n, maxRevisions)
	}
	if got := w.Editions[1].Article.Text; got != "Visitor number 28." {
		t.Errorf("newest revision says %q", got)
	}
	for query, want := range map[string]int{"28": 0, "29": 1} {
		if _, n, err := db.Search(ctx, SearchRequest{Query: query}); err != nil || n != want {
			t.Errorf("search for visitor %s finds %d, %v; want %d: revisions are not searched", query, n, err, want)
		}
	}
	checked(t, db)
}

func TestImportedIDs(t *testing.T) {
	db := openTest(t, nil)
	save(t, db, article("https://a.example/taken", "en", "Taken", "Text."))
	taken := ArticleID("https://a.example/taken")
	for _, tt := range []struct{ name, id, want string }{
		{"well formed and free", "abc-123.x_y", "abc-123.x_y"},
		{"taken", taken, ""},
		{"empty", "", ""},
		{"with a space", "a b", ""},
		{"a path", "../x", ""},
		{"too long", strings.Repeat("a", 65), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := article("https://a.example/"+tt.name, "en", "T", "Text.")
			a.ID = tt.id
			save(t, db, a)
			want := tt.want
			if want == "" {
				want = ArticleID(a.URL)
			}
			if a.ID != want {
				t.Errorf("id %q, want %q", a.ID, want)
			}
			again := article(a.URL, "en", "T", "Text.")
			again.ID = "other"
			save(t, db, again)
			if again.ID != want {
				t.Errorf("id %q the second time, want %q", again.ID, want)
			}
		})
	}
	checked(t, db)
}

// TestExportAndImport takes every edition out and in again, twice.
func TestExportAndImport(t *testing.T) {
	ctx := context.Background()
	export := func(db *DB) (list []*tamiz.Article) {
		t.Helper()
		err := db.Articles(ctx, ArticleFilter{AllEditions: true, Revisions: true}, func(a *tamiz.Article) error {
			list = append(list, a)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	from := openTest(t, nil)
	save(t, from, full())
	for i := range 3 {
		a := full()
		a.Text = fmt.Sprintf("Text %d.", i)
		save(t, from, a)
	}
	save(t, from, article("https://b.example/2", "fr", "Deux", "Texte."))
	want := export(from)
	if len(want) != 5 {
		t.Fatalf("exported %d records, want 5", len(want))
	}
	to := openTest(t, nil)
	for round := range 2 {
		for _, a := range export(from) {
			o := save(t, to, a)
			if round == 1 && o != tamiz.OutcomeUnchanged {
				t.Errorf("importing %s twice: %s, want %s", a.ID, o, tamiz.OutcomeUnchanged)
			}
		}
		ignore := cmpopts.IgnoreFields(tamiz.Article{}, "Alternates", "TranslationOf", "Host")
		if diff := cmp.Diff(want, export(to), ignore); diff != "" {
			t.Errorf("round %d (-want +got):\n%s", round, diff)
		}
	}
	checked(t, to)
}

func TestArticlesSelectsAndOrders(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	day := func(s string) tamiz.Date {
		d, err := tamiz.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	add := func(name, language, date string, work string, relation tamiz.Relation) {
		a := article("https://"+name+".example/", language, "Title "+name, "The text of "+name+".")
		a.Published = day(date)
		a.ID = name
		save(t, db, a)
		write(t, db, func(tx *Tx) error {
			mates, err := texts(tx.ctx, tx.tx, `SELECT a.id FROM editions e JOIN articles a ON a.key = e.article JOIN works w ON w.key = e.work WHERE w.id = ? AND a.id <> ? ORDER BY e.position`, work, name)
			if err != nil {
				return err
			}
			var members []WorkMember
			for _, id := range append(mates, name) {
				members = append(members, WorkMember{Article: id, Relation: relation})
			}
			return tx.SetWorks([]WorkAssignment{{Work: work, Members: members}})
		})
	}
	add("en", "en", "2026-01-01", "w2", tamiz.Original)
	add("es", "es", "2026-01-05", "w2", tamiz.Translation)
	add("mx", "es-MX", "2026-02-05T10:00:00+02:00", "w2", tamiz.Translation)
	add("solo", "es", "", "w1", tamiz.Original)
	anew := article("https://en.example/", "en", "Title en", "Another text of en.")
	anew.Published = day("2026-01-01")
	save(t, db, anew)

	for _, tt := range []struct {
		name   string
		filter ArticleFilter
		want   string
	}{
		{"one per work", ArticleFilter{}, "solo en"},
		{"one per work, newest first", ArticleFilter{NewestFirst: true}, "en solo"},
		{"all editions", ArticleFilter{AllEditions: true}, "solo en es mx"},
		{"all editions, newest first", ArticleFilter{AllEditions: true, NewestFirst: true}, "mx es en solo"},
		{"with revisions", ArticleFilter{AllEditions: true, Revisions: true}, "solo en en-r1 es mx"},
		{"limit", ArticleFilter{AllEditions: true, Limit: 2}, "solo en"},
		{"language", ArticleFilter{Filter: Filter{Lang: "ES"}}, "solo es"},
		{"language with region", ArticleFilter{Filter: Filter{Lang: "es-mx"}}, "mx"},
		{"language that is a pattern", ArticleFilter{Filter: Filter{Lang: "e%"}}, ""},
		{"since", ArticleFilter{Filter: Filter{Since: day("2026-01-05")}}, "es"},
		{"until, the day included", ArticleFilter{Filter: Filter{Until: day("2026-01-05")}, AllEditions: true}, "en es"},
		{"until a time", ArticleFilter{Filter: Filter{Until: day("2026-02-05T08:00:00Z")}, AllEditions: true}, "en es mx"},
		{"until a time before", ArticleFilter{Filter: Filter{Until: day("2026-02-05T07:59:59Z")}, AllEditions: true}, "en es"},
		{"site by host", ArticleFilter{Filter: Filter{Site: "ES.example"}}, "es"},
		{"query", ArticleFilter{Query: "mx"}, "mx"},
		{"nothing", ArticleFilter{Query: "nowhere"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := db.Articles(ctx, tt.filter, func(a *tamiz.Article) error {
				got = append(got, a.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("articles (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("bad query", func(t *testing.T) {
		var q *QueryError
		if err := db.Articles(ctx, ArticleFilter{Query: `"`}, nil); !errors.As(err, &q) {
			t.Errorf("error %v, want a QueryError", err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		enough := errors.New("enough")
		n := 0
		err := db.Articles(ctx, ArticleFilter{}, func(*tamiz.Article) error { n++; return enough })
		if !errors.Is(err, enough) || n != 1 {
			t.Errorf("%d articles, error %v; want 1, %v", n, err, enough)
		}
	})
	t.Run("writing meanwhile", func(t *testing.T) {
		n := 0
		err := db.Articles(ctx, ArticleFilter{}, func(a *tamiz.Article) error {
			n++
			save(t, db, article(fmt.Sprintf("https://new%d.example/", n), "en", "New", "New text."))
			return nil
		})
		if err != nil || n != 2 {
			t.Errorf("%d articles, error %v; want the 2 of the start", n, err)
		}
	})
}

func TestDeleteArticle(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	a, b := article("https://a.example/", "en", "Unique", "Text one."), article("https://b.example/", "fr", "Deux", "Texte deux.")
	save(t, db, a)
	save(t, db, b)
	write(t, db, func(tx *Tx) error {
		return tx.SetWorks([]WorkAssignment{{Work: "w", Members: []WorkMember{
			{Article: a.ID, Relation: tamiz.Original},
			{Article: b.ID, Relation: tamiz.Translation, Match: tamiz.Match{A: a.ID, B: b.ID, Kind: "translation", Similarity: .9, Reason: "r"}},
		}}})
	})
	save(t, db, article(a.URL, "en", "Unique", "Text two."))
	write(t, db, func(tx *Tx) error { return tx.DeleteArticle(a.ID) })
	if _, err := db.Article(ctx, a.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("Article: %v, want %v", err, ErrNotFound)
	}
	if _, n, err := db.Search(ctx, SearchRequest{Query: "unique"}); n != 0 || err != nil {
		t.Errorf("search finds %d, %v", n, err)
	}
	w, err := db.Work(ctx, "w")
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Editions) != 1 || w.Editions[0].Match != (tamiz.Match{}) {
		t.Errorf("work %+v, want one edition without a tie", w.Editions)
	}
	if ids, err := db.Ungrouped(ctx, 9); err != nil || !cmp.Equal(ids, []string{b.ID}) {
		t.Errorf("ungrouped %v, %v; want what was left", ids, err)
	}
	write(t, db, func(tx *Tx) error { return tx.DeleteArticle(b.ID) })
	if _, err := db.Work(ctx, "w"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Work: %v, want %v", err, ErrNotFound)
	}
	if err := db.Write(ctx, func(tx *Tx) error { return tx.DeleteArticle(b.ID) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("DeleteArticle twice: %v, want %v", err, ErrNotFound)
	}
	checked(t, db)
}

// TestStoredTextIsTidy gives rubbish in every field.
func TestStoredTextIsTidy(t *testing.T) {
	ctx := context.Background()
	db := openTest(t, nil)
	bad := "a\xff\x00\x02b\u0085c\nd\te"
	a := article("https://a.example/", bad, bad, bad)
	a.Authors, a.Tags, a.Links, a.Standfirst, a.Excerpt = []string{bad}, []string{bad}, []string{bad}, bad, bad
	a.Images = []tamiz.Image{{URL: bad, Alt: bad, Caption: bad}}
	save(t, db, a)
	got, err := db.Article(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	const want = "a\uFFFDbc\nd\te"
	for _, s := range []string{got.Title, got.Text, got.Markdown, got.Language, got.Authors[0], got.Tags[0], got.Links[0], got.Images[0].Alt} {
		if s != want {
			t.Errorf("stored %q, want %q", s, want)
		}
	}
	many := article("https://a.example/many", "en", strings.Repeat("é", maxFieldBytes), "Text.")
	for range maxLinks + 1 {
		many.Links, many.Authors = append(many.Links, "x"), append(many.Authors, "y")
	}
	save(t, db, many)
	if len(many.Links) != maxLinks || len(many.Authors) != maxAuthors || len(many.Title) > maxFieldBytes || !utf8.ValidString(many.Title) {
		t.Errorf("%d links, %d authors, title of %d bytes", len(many.Links), len(many.Authors), len(many.Title))
	}
	if err := db.Write(ctx, func(tx *Tx) error { _, err := tx.SaveArticle(&tamiz.Article{}, ArticleMeta{}); return err }); err == nil {
		t.Error("an article without a URL was stored")
	}
}

func BenchmarkSaveArticle(b *testing.B) {
	db := openTest(b, nil)
	text := prose(5000)
	for i := 0; b.Loop(); i++ {
		write(b, db, func(tx *Tx) error {
			for j := range 20 {
				a := article(fmt.Sprintf("https://a.example/%d/%d", i, j), "en", fmt.Sprintf("Title %d", i), text)
				if _, err := tx.SaveArticle(a, ArticleMeta{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/20, "µs/article")
}

// prose makes a text of so many bytes out of a few hundred words, the common
// ones more often.
func prose(size int) string {
	var s strings.Builder
	for i := 0; s.Len() < size; i++ {
		n := i * 7919 % 997
		fmt.Fprintf(&s, "w%dord ", n*n%601%(1+n))
		if i%60 == 59 {
			s.WriteString("\n\n")
		}
	}
	return s.String()
}
