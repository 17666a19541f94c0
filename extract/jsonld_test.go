package extract

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestLinkedData(t *testing.T) {
	for _, tt := range []struct{ name, script, headline, author, date string }{
		{"plain", `{"@type":"Article","headline":"Cards","author":"Jane Doe","datePublished":"2021-07-24"}`, "Cards", "Jane Doe", "2021-07-24"},
		{"graph with references", `{"@graph":[{"@type":"Article","headline":"Cards","author":{"@id":"#p"}},{"@id":"#p","@type":"Person","name":"Jane Doe"}]}`, "Cards", "Jane Doe", ""},
		{"list of scripts", `[{"@type":"BreadcrumbList"},{"@type":["NewsArticle","Article"],"headline":["Cards"],"author":[{"name":"Jane Doe"}]}]`, "Cards", "Jane Doe", ""},
		{"type with its vocabulary", `{"@type":"http://schema.org/BlogPosting","headline":"Cards"}`, "Cards", "", ""},
		{"entities", `{"@type":"Article","headline":"Cards &amp;amp; walls"}`, "Cards & walls", "", ""},
		{"raw line breaks", "{\"@type\":\"Article\",\"headline\":\"Cards\non\ta wall\"}", "Cards on a wall", "", ""},
		{"commas too many", `{"@type":"Article",,"headline":"Cards",}`, "Cards", "", ""},
		{"commas too few", `{"@type":"Article" "headline":"Cards" "datePublished":"2021-07-24"}`, "Cards", "", "2021-07-24"},
		{"comments", "// ours\n{\"@type\":\"Article\",/* old */\"headline\":\"Cards\"}", "Cards", "", ""},
		{"CDATA", "//<![CDATA[\n{\"@type\":\"Article\",\"headline\":\"Cards\"}\n//]]>", "Cards", "", ""},
		{"HTML comment", "<!-- {\"@type\":\"Article\",\"headline\":\"Cards\"} -->", "Cards", "", ""},
		{"cut off", `{"@type":"Article","headline":"Cards","articleBody":"The te`, "Cards", "", ""},
		{"quotes not escaped", `{"@type":"Article","headline":"The "wall" of cards","datePublished":"2021-07-24"}`, `The "wall" of cards`, "", "2021-07-24"},
		{"escapes", `{"@type":"Article","headline":"\u00dcber \ud83d\ude00 \/ \"x\""}`, `Über 😀 / "x"`, "", ""},
		{"two objects in a row", `{"@type":"WebSite","name":"S"}{"@type":"Article","headline":"Cards"}`, "Cards", "", ""},
		{"nothing of use", `var x = 1;`, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ld := readLinkedData([]string{tt.script})
			n := ld.mainArticle(nil, nil)
			author := ""
			for _, o := range ld.objects(n["author"]) {
				author = o.text("name")
			}
			got := []string{n.text("headline"), author, n.text("datePublished")}
			if diff := cmp.Diff([]string{tt.headline, tt.author, tt.date}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMainArticle(t *testing.T) {
	ld := readLinkedData([]string{`[
		{"@type":"Article","headline":"Other news","url":"https://a.example/other"},
		{"@type":"Article","headline":"Cards on a wall","mainEntityOfPage":{"@id":"https://a.example/cards/"}},
		{"@type":"Review","headline":"Cards on a wall","datePublished":"2021-07-24"}]`})
	if n := ld.mainArticle(map[string]bool{"https://a.example/cards": true}, nil); n.text("headline") != "Cards on a wall" {
		t.Errorf("by address: %v", n)
	}
	if n := ld.mainArticle(nil, []string{"Cards on a wall | A"}); n.text("headline") != "Cards on a wall" {
		t.Errorf("by title: %v", n)
	}
	if n := ld.mainArticle(nil, nil); n.text("headline") != "Other news" {
		t.Errorf("the first: %v", n)
	}
}

func FuzzLinkedData(f *testing.F) {
	f.Add(`{"@graph":[{"@id":"a","@type":"Person"},{"author":{"@id":"a"}}]}`)
	f.Add(`[{"a":"\u12","b":'c',},}]`)
	f.Add(`//<![CDATA[ /* {"`)
	f.Fuzz(func(t *testing.T, s string) {
		ld := readLinkedData([]string{s})
		for _, n := range ld.nodes {
			for _, v := range append(n.types(), n.text("headline", "name")) {
				if strings.ToValidUTF8(s, "") == s && !utf8.ValidString(v) {
					t.Fatalf("%q", v)
				}
			}
			for _, o := range ld.objects(n["author"]) {
				o.text("name")
			}
		}
		ld.mainArticle(nil, []string{"a"})
	})
}
