//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"case and punctuation", "Hello, World! It's 3.5%", "hello world it s 3 5"},
		{"Latin diacritics", "Ñandú Übergröße naïve Łódź smørrebrød", "nandu ubergrosse naive lodz smorrebrod"},
		{"Vietnamese", "Tiếng Việt đường", "tieng viet duong"},
		{"Turkish", "İstanbul ışık", "istanbul isik"},
		{"decomposed", "cafe\u0301", "cafe"},
		{"Russian", "Ёжик съел мой йогурт", "ежик съел мой йогурт"},
		{"Ukrainian keeps its letters", "Її їжак", "її їжак"},
		{"Greek", "Καλημέρα κόσμος", "καλημερα κοσμοσ"},
		{"Arabic without vowels", "كِتَابٌ أحمد", "كتاب احمد"},
		{"Hebrew without points", "שָׁלוֹם", "שלום"},
		{"Hindi keeps its vowels", "हिन्दी में", "हिन्दी में"},
		{"Chinese by character", "开源项目2026年", "开 源 项 目 2026 年"},
		{"Japanese by character", "オープンソースが好き", "オー プ ン ソー ス が 好 き"},
		{"half-width kana", "ｶﾞｲﾄﾞ", "ガ イ ド"},
		{"Korean by character", "보안은 API", "보 안 은 api"},
		{"Thai by character with its marks", "เปิด", "เ ปิ ด"},
		{"mixed without a space", "iPhone用アプリ", "iphone 用 ア プ リ"},
		{"ligatures and full width", "ﬁne ＡＰＩ", "fine api"},
		{"soft hyphen and joiners", "co\u00adope\u200dration", "cooperation"},
		{"marks without a letter", "\u0301 \u0301a", "a"},
		{"nothing", " – … !", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := folded(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
			if again := folded(got); again != got {
				t.Errorf("folded twice: %q, once: %q", again, got)
			}
		})
	}
}

// TestQuickFoldingIsFolding compares the short cuts with the long way.
func TestQuickFoldingIsFolding(t *testing.T) {
	for r := range rune(0x10000) {
		if s := "a" + string(r) + "b"; utf8.ValidRune(r) && kindOf(r) == letter && fold(s, false) != foldSlowly(s) {
			t.Errorf("%U in a word: %q, slowly %q", r, fold(s, false), foldSlowly(s))
		}
		if unchanged(r) && (foldSlowly(string(r)) != string(r) || !unicode.In(r, unicode.L, unicode.Co, unicode.Cn)) {
			t.Errorf("%U is folded to %q", r, foldSlowly(string(r)))
		}
	}
}

// search lists the ids of what is found.
func search(t testing.TB, db *DB, r SearchRequest) (ids string, total int) {
	t.Helper()
	hits, total, err := db.Search(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, h := range hits {
		list = append(list, h.Article.ID)
	}
	return strings.Join(list, " "), total
}

// library gives a few articles in several languages, the older the longer their
// titles are; es and fr are editions of en's work.
func library(t testing.TB) *DB {
	t.Helper()
	db := openTest(t, newClock().Now)
	for _, a := range []*tamiz.Article{
		{ID: "en", Language: "en", Title: "Email marketing", Text: "Newsletters still work. The café opens early.", Authors: []string{"Ana Núñez", "John Smith"}, Site: "Example Blog", Source: "feed", Tags: []string{"growth"}},
		{ID: "es", Language: "es", Title: "Correo", Text: "Los boletines todavía funcionan; email.", Source: "feed"},
		{ID: "fr", Language: "fr", Title: "Courriel", Text: "Les lettres fonctionnent encore. Email, email, email.", Source: "other"},
		{ID: "zh", Language: "zh-Hans", Title: "开源营销", Text: "这是一个开源项目。营销自动化很重要。", Authors: []string{"John Doe", "Jane Smith"}},
		{ID: "ja", Language: "ja", Title: "マーケティング", Text: "オープンソースのツールです。"},
		{ID: "ko", Language: "ko", Title: "보안 업데이트", Text: "소프트웨어보안은 중요하다."},
		{ID: "th", Language: "th", Title: "การตลาด", Text: "การตลาดดิจิทัลสำคัญมาก"},
		{ID: "other", Language: "en", Title: "Cooking", Text: "Soup with email in it."},
	} {
		a.URL = "https://" + a.ID + ".example/"
		a.Published = tamiz.Date{Time: newClock().Now().AddDate(0, 0, -len(a.Title))}
		save(t, db, a)
	}
	assign(t, db, "w1: en es fr")
	return db
}

func TestSearch(t *testing.T) {
	db := library(t)
	date := func(s string) tamiz.Date {
		d, err := tamiz.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, tt := range []struct {
		name string
		r    SearchRequest
		want string
	}{
		{"a word of one edition finds the work by it", SearchRequest{Query: "boletines"}, "es"},
		{"one row per work, by its best edition; the title counts most", SearchRequest{Query: "email"}, "en other"},
		{"all editions", SearchRequest{Query: "email", AllEditions: true}, "en fr es other"},
		{"diacritics and case", SearchRequest{Query: "CAFE todavia"}, ""},
		{"diacritics", SearchRequest{Query: "CAFE"}, "en"},
		{"a phrase", SearchRequest{Query: `"still work"`}, "en"},
		{"a phrase the other way round", SearchRequest{Query: `"work still"`}, ""},
		{"without", SearchRequest{Query: "email -newsletters -lettres -boletines"}, "other"},
		{"prefix", SearchRequest{Query: "newslet*"}, "en"},
		{"either", SearchRequest{Query: "soup OR boletines", AllEditions: true}, "es other"},
		{"two Chinese characters", SearchRequest{Query: "开源"}, "zh"},
		{"two across words", SearchRequest{Query: "源项"}, "zh"},
		{"one Chinese character", SearchRequest{Query: "化"}, "zh"},
		{"two that are not together", SearchRequest{Query: "开项"}, ""},
		{"Japanese", SearchRequest{Query: "ソース"}, "ja"},
		{"Korean inside a word", SearchRequest{Query: "보안"}, "ko"},
		{"Thai", SearchRequest{Query: "ดิจิทัล"}, "th"},
		{"an author", SearchRequest{Query: "nunez"}, "en"},
		{"a tag", SearchRequest{Query: "growth"}, "en"},
		{"nothing", SearchRequest{Query: "nowhere"}, ""},
		{"filter by language", SearchRequest{Query: "email", Filter: Filter{Lang: "fr"}}, "fr"},
		{"filter by language with a script", SearchRequest{Filter: Filter{Lang: "zh"}}, "zh"},
		{"filter by author", SearchRequest{Filter: Filter{Author: "john smith"}}, "en"},
		{"filter by author without letters", SearchRequest{Filter: Filter{Author: "?"}}, ""},
		{"filter by source", SearchRequest{Filter: Filter{Source: "other"}}, "fr"},
		{"filter by site", SearchRequest{Filter: Filter{Site: "example blog"}}, "en"},
		{"filter by host", SearchRequest{Filter: Filter{Site: "ja.example"}}, "ja"},
		{"since", SearchRequest{Filter: Filter{Since: date("2026-02-23"), Lang: "es"}}, "es"},
		{"until", SearchRequest{Filter: Filter{Until: date("2026-02-10")}}, "ko th ja"},
		{"no query: one per work, the newest first", SearchRequest{}, "other zh en ko th ja"},
		{"no query, all editions", SearchRequest{AllEditions: true, Limit: 2, Offset: 1}, "other fr"},
		{"beyond the end", SearchRequest{Offset: 50}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := search(t, db, tt.r)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("pages of results", func(t *testing.T) {
		for _, all := range []bool{false, true} {
			for _, query := range []string{"", "email OR 开源 OR 보안"} {
				whole, total := search(t, db, SearchRequest{Query: query, AllEditions: all})
				var paged []string
				for offset := 0; offset < total; offset += 2 {
					ids, n := search(t, db, SearchRequest{Query: query, AllEditions: all, Limit: 2, Offset: offset})
					if n != total {
						t.Errorf("total %d at %d, want %d", n, offset, total)
					}
					paged = append(paged, ids)
				}
				if diff := cmp.Diff(whole, strings.Join(paged, " ")); diff != "" {
					t.Errorf("query %q, all editions %t: pages (-whole +paged):\n%s", query, all, diff)
				}
				if n := len(strings.Fields(whole)); n != total {
					t.Errorf("total %d for %d hits", total, n)
				}
			}
		}
	})
	t.Run("bad query", func(t *testing.T) {
		var q *QueryError
		if _, _, err := db.Search(context.Background(), SearchRequest{Query: "("}); !errors.As(err, &q) {
			t.Errorf("error %v, want a QueryError", err)
		}
	})
}

func TestNewestFirst(t *testing.T) {
	db := openTest(t, nil)
	for _, a := range []struct{ id, date string }{{"old", "2020-01-01"}, {"undated", ""}, {"new", "2026-01-01"}, {"same", "2020-01-01"}} {
		d, err := tamiz.ParseDate(a.date)
		if err != nil {
			t.Fatal(err)
		}
		save(t, db, &tamiz.Article{ID: a.id, URL: "https://" + a.id + ".example/", Text: "Text.", Published: d})
	}
	for _, r := range []SearchRequest{{}, {AllEditions: true}, {Filter: Filter{Until: tamiz.Date{Time: newClock().Now().AddDate(9, 0, 0)}}}} {
		want := "new same old undated"
		if !r.Until.IsZero() {
			want = "new same old" // what has no date is before no date
		}
		if got, _ := search(t, db, r); got != want {
			t.Errorf("%+v: %s, want %s", r, got, want)
		}
	}
}

func TestHit(t *testing.T) {
	db := library(t)
	hits, total, err := db.Search(context.Background(), SearchRequest{Query: "email newsletters"})
	if err != nil || total != 1 {
		t.Fatal(total, err)
	}
	h := hits[0]
	want := Hit{Editions: 3, Languages: []string{"en", "es", "fr"},
		Heading: "\x02Email\x03 marketing", Snippet: "\x02Newsletters\x03 still work. The café opens early."}
	got := h
	got.Article, got.Score = nil, 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hit (-want +got):\n%s", diff)
	}
	if h.Score <= 0 {
		t.Errorf("score %g", h.Score)
	}
	if h.Article.Work != "w1" || h.Article.Text != "" || h.Article.Title != "Email marketing" {
		t.Errorf("article %+v", h.Article)
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("Lorem ipsum dolor sit amet. ", 40)
	for _, tt := range []struct{ name, text, query, want string }{
		{"short", "One two three.", "two", "One <two> three."},
		{"nothing found", "One two three.", "four", ""},
		{"as written", "Ein GRÖSSTES Café", "groesstes cafe größtes", "Ein <GRÖSSTES> <Café>"},
		{"lines become one", "One\n\ntwo\tthree.", "two", "One <two> three."},
		{"phrase", "a b a b c b", `"a b c"`, "a b <a b c> b"},
		{"prefix", "market marketing marke", "market*", "<market> <marketing> marke"},
		{"Chinese", "这是开源项目。", "开源", "这是<开源>项目。"},
		{"touching finds share their marks", "开源项目", "开源 项目", "<开源项目>"},
		{"excluded words are not marked", "one two three", "one -two", "<one> two three"},
		{"the place with most different words", "alpha. " + long + "alpha beta. " + long + "alpha alpha alpha.", "alpha beta",
			"… Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. <alpha> <beta>. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. …"},
		{"at the start", "alpha " + long, "alpha",
			"<alpha> Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. Lorem …"},
		{"at the end", long + "alpha", "alpha", "… Lorem ipsum dolor sit amet. Lorem ipsum dolor sit amet. <alpha>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, err := ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.NewReplacer(MarkStart, "<", MarkEnd, ">").Replace(snippet(tt.text, q.terms))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("snippet (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReindex breaks the index and has it built again.
func TestReindex(t *testing.T) {
	ctx := context.Background()
	db := library(t)
	write(t, db, func(tx *Tx) error { return tx.run(`DELETE FROM articles_fts WHERE rowid IN (1, 4)`) })
	r, err := db.Check(ctx)
	if err != nil || len(r.Problems) != 1 || !strings.HasPrefix(r.Problems[0], "2 articles are missing") {
		t.Errorf("Check: %q, %v; want two missing articles", r.Problems, err)
	}
	write(t, db, func(tx *Tx) error { return tx.Reindex() })
	checked(t, db)
	if got, _ := search(t, db, SearchRequest{Query: "开源"}); got != "zh" {
		t.Errorf("found %q", got)
	}
}

// TestNewFoldingBuildsTheIndexAgain opens a file whose index was made by other rules.
func TestNewFoldingBuildsTheIndexAgain(t *testing.T) {
	db := library(t)
	write(t, db, func(tx *Tx) error {
		if err := tx.run(`UPDATE meta SET value = '0' WHERE name = 'fold'`); err != nil {
			return err
		}
		return tx.run(`DELETE FROM articles_fts`)
	})
	again := openAt(t, db.Path(), nil)
	if got, _ := search(t, again, SearchRequest{Query: "开源"}); got != "zh" {
		t.Errorf("found %q", got)
	}
	checked(t, again)
}

func TestStats(t *testing.T) {
	ctx := context.Background()
	db := library(t)
	save(t, db, &tamiz.Article{URL: "https://en.example/", Language: "en", Title: "Email marketing", Text: "Written anew."})
	run := startRun(t, db, "s", link("https://a.example/1"))
	finish(t, db, run, "https://a.example/2", tamiz.OutcomeNew)
	write(t, db, func(tx *Tx) error {
		if err := tx.SaveSite("a.example", []byte("x"), 1); err != nil {
			return err
		}
		if err := tx.SavePage(&tamiz.Page{URL: "https://a.example/2", Body: []byte("x")}); err != nil {
			return err
		}
		_, err := tx.Forget("https://gone.example/")
		return err
	})
	got, err := db.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got.FileBytes < 4096 || got.PageBytes < 1 {
		t.Errorf("%d bytes of file, %d of pages", got.FileBytes, got.PageBytes)
	}
	got.FileBytes, got.PageBytes = 0, 0
	want := Stats{
		Works: 6, Articles: 8, Revisions: 1, Multilingual: 1, URLs: 2, Pending: 1, Pages: 1, LearnedSites: 1, Tombstones: 1,
		Languages: []Count{{"en", 2}, {"es", 1}, {"fr", 1}, {"ja", 1}, {"ko", 1}, {"th", 1}, {"zh-Hans", 1}},
		Sites: []Count{{"en.example", 1}, {"es.example", 1}, {"fr.example", 1}, {"ja.example", 1}, {"ko.example", 1}, {"other.example", 1},
			{"th.example", 1}, {"zh.example", 1}},
		Sources: []Count{{"", 5}, {"feed", 2}, {"other", 1}},
		Months:  []Count{{"2026-02", 7}, {"", 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

// BenchmarkSearch asks a library of 2,000 articles of 5 KB.
func BenchmarkSearch(b *testing.B) {
	db := openTest(b, nil)
	text := prose(5000)
	write(b, db, func(tx *Tx) error {
		for i := range 2000 {
			body := text
			if i%100 == 0 {
				body += " rare"
			}
			if _, err := tx.SaveArticle(article(fmt.Sprintf("https://a.example/%d", i), "en", fmt.Sprintf("Title %d", i), body), ArticleMeta{}); err != nil {
				return err
			}
		}
		return nil
	})
	common := strings.Fields(text)[3]
	for _, bb := range []struct{ name, query string }{{"rare", "rare"}, {"common", common}, {"phrase", `"` + strings.Join(strings.Fields(text)[3:6], " ") + `"`}, {"newest", ""}} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if _, n, err := db.Search(context.Background(), SearchRequest{Query: bb.query}); err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkFold(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"ascii", prose(5000)},
		{"accents", strings.Repeat("El año pasado compró café en la estación. ", 120)},
		{"chinese", strings.Repeat("这是一个开源项目，营销自动化很重要。", 100)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				folded(bb.text)
			}
		})
	}
}
