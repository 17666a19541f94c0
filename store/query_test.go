//go:build sqlite_fts5 || fts5

package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseQuery(t *testing.T) {
	for _, tt := range []struct{ name, query, want string }{
		{"nothing", "", ""},
		{"space", " \t\n", ""},
		{"a word", "correo", `"correo"`},
		{"folded", "ÑANDÚ Straße ёлка", `"nandu" AND "strasse" AND "елка"`},
		{"words", "email marketing", `"email" AND "marketing"`},
		{"AND between words", "email AND marketing & spam", `"email" AND "marketing" AND "spam"`},
		{"a phrase", `"email marketing" tips`, `"email marketing" AND "tips"`},
		{"other quotation marks", "“one two” «three four» „five six“ 「七八」", `"one two" AND "three four" AND "five six" AND "七 八"`},
		{"a word against a phrase", `a"b c"d`, `"a" AND "b c" AND "d"`},
		{"either", "cat OR dog", `("cat" OR "dog")`},
		{"either with a sign", "cat | dog || cow", `("cat" OR "dog" OR "cow")`},
		{"either binds closely", "big cat OR dog house", `"big" AND ("cat" OR "dog") AND "house"`},
		{"without", "email -spam", `("email") NOT ("spam")`},
		{"without, in words", "email NOT spam", `("email") NOT ("spam")`},
		{"without a phrase and a group", `email -"junk mail" -(a b)`, `("email") NOT ("junk mail" OR ("a" AND "b"))`},
		{"without first", "-spam email", `("email") NOT ("spam")`},
		{"brackets", "(cat OR dog) (food -raw)", `(("cat" OR "dog")) AND (("food") NOT ("raw"))`},
		{"empty brackets", "cat () OR ()", `"cat"`},
		{"prefix", "market*", `"market" *`},
		{"prefix of a phrase", `"email mark"* x`, `"email mark" * AND "x"`},
		{"prefix of a Chinese word", "开*", `"开" *`},
		{"a star inside", "a*b", `"a b"`},
		{"Chinese", "开源项目 and", `"开 源 项 目" AND "and"`},
		{"Korean", "보안 업데이트", `"보 안" AND "업 데 이 트"`},
		{"Thai", "การตลาด", `"ก า ร ต ล า ด"`},
		{"signs in words", "multi-agent who's C/C++ 3.5% a@b.c", `"multi agent" AND "who s" AND "c c" AND "3 5" AND "a b c"`},
		{"a dash by itself", "a - b -- c --d", `"a" AND "b" AND "c" AND "d"`},
		{"small operators are words", "to be or not to be and so", `"to" AND "be" AND "or" AND "not" AND "to" AND "be" AND "and" AND "so"`},
		{"what the index would take for its own", "title:x NEAR(a b) ^y {z} + \\", `"title x" AND "near" AND ("a" AND "b") AND "y" AND "z"`},
		{"a joined emoji", "go 👩‍💻 now", `"go" AND "now"`},
		{"bytes that are no text", "a\xff\xfeb", `"a" AND "b"`},
		{"a number in a ring", "①", `"1"`},
		{"a fraction", "½", `"1 2"`},
		{"full width", "ＡＢＣ", `"abc"`},
		{"a soft hyphen", "mar\u00adketing", `"marketing"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, err := ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, q.match); diff != "" {
				t.Errorf("expression (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseQueryRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		pos         int
		msg         string
	}{
		{"signs only", " ?!", 1, "no word"},
		{"a star", "*", 0, "no word"},
		{"empty quotation marks", `""`, 0, "no word"},
		{"empty brackets", "()", 0, "no word"},
		{"only without", "-spam", 0, "words to leave out"},
		{"only without, in brackets", "a OR (-b)", 5, "only words to leave out"},
		{"quotation mark not closed", `a "b c`, 2, "not closed"},
		{"bracket not closed", "a (b", 2, "not closed"},
		{"bracket not opened", "a) b", 1, "closes nothing"},
		{"OR at the end", "a OR", 4, "missing at the end"},
		{"OR at the start", "OR a", 0, "both sides"},
		{"OR before a bracket", "(a OR) b", 5, "before this bracket"},
		{"AND alone", "AND", 0, "both sides"},
		{"AND at the end", "a AND", 2, "both sides"},
		{"AND twice", "a AND AND b", 2, "both sides"},
		{"AND after OR", "a OR AND b", 5, "cannot stand here"},
		{"NOT at the end", "a NOT", 5, "missing at the end"},
		{"without after OR", "a OR -b", 5, "after OR"},
		{"short prefix", "x a*", 2, "at least 2 letters"},
		{"too long", strings.Repeat("a", maxQueryBytes+1), maxQueryBytes, "longer than"},
		{"too many words", strings.Repeat("a ", maxQueryWords+1), 2 * maxQueryWords, "more than"},
		{"too deep", strings.Repeat("(", 20) + "a" + strings.Repeat(")", 20), maxQueryDepth + 1, "deeper than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseQuery(tt.query)
			var q *QueryError
			if !errors.As(err, &q) {
				t.Fatalf("error %v, want a QueryError", err)
			}
			if q.Pos != tt.pos || !strings.Contains(q.Msg, tt.msg) {
				t.Errorf("error at %d: %s; want at %d: ... %s ...", q.Pos, q.Msg, tt.pos, tt.msg)
			}
		})
	}
}

// FuzzQuery checks that whatever is typed is understood by the index or
// refused by us, and that a snippet of any text is text.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"email marketing", `"a b" OR c -d*`, "(a (b OR c)) NOT d", "multi-agent who's", `AND`, `"`, "*", "title:x ^y {z}", "NEAR(a b, 3)",
		"开源 项目*", "การตลาด", "a\x00b", "½ ① ﷺ", "e\u0301 \u0301", "ﬁ ǆ İ ß", "𝕏 👩‍💻", "x -", "col : y", "a AND (b", "--- DROP TABLE", "\u200d", "ー", "\xe6\xe6(", "วำ",
	} {
		f.Add(s)
	}
	db := openTest(f, nil)
	save(f, db, article("https://a.example/", "en", "Email marketing", "A text about email marketing, 开源项目, ½ and ﷺ."))
	ctx := context.Background()
	f.Fuzz(func(t *testing.T, s string) {
		hits, _, err := db.Search(ctx, SearchRequest{Query: s})
		var q *QueryError
		if err != nil && !errors.As(err, &q) {
			t.Fatalf("Search(%q): %v", s, err)
		}
		if q != nil && (q.Pos < 0 || q.Pos > len(s)) {
			t.Errorf("error of %q at %d", s, q.Pos)
		}
		for _, h := range hits {
			if !utf8.ValidString(h.Snippet) || !utf8.ValidString(h.Heading) {
				t.Errorf("Search(%q): snippet %q", s, h.Snippet)
			}
		}
		// A text is found by itself, as far as it says something.
		words := strings.Fields(folded(s))
		if phrase := `"` + strings.Join(words, " ") + `"`; len(words) > 0 && len(words) <= maxQueryWords && len(phrase) <= maxQueryBytes {
			parsed, err := ParseQuery(phrase)
			if err != nil {
				t.Fatalf("ParseQuery(%q): %v", phrase, err)
			}
			if diff := cmp.Diff(words, parsed.terms[0].words); diff != "" {
				t.Errorf("folding %q twice changes it (-once +twice):\n%s", s, diff)
			}
		}
		if !utf8.ValidString(s) {
			return // stored text never is
		}
		terms := []term{{words: []string{"a"}}, {words: []string{"b", "c"}, prefix: true}}
		if marked := snippet(s, terms); !utf8.ValidString(marked) {
			t.Errorf("snippet of %q: %q", s, marked)
		}
	})
}
