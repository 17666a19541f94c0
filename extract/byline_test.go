package extract

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSplitNames(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"Jane Doe", []string{"Jane Doe"}},
		{"By Jane Doe", []string{"Jane Doe"}},
		{"Written by: Jane Doe", []string{"Jane Doe"}},
		{"By Jane Doe and John Roe", []string{"Jane Doe", "John Roe"}},
		{"Jane Doe, John Roe & Ann Poe", []string{"Jane Doe", "John Roe", "Ann Poe"}},
		{"Von Erika Mustermann und Max Mustermann", []string{"Erika Mustermann", "Max Mustermann"}},
		{"Por María José de la Cruz", []string{"María José de la Cruz"}},
		{"par Jean-Luc Dupont", []string{"Jean-Luc Dupont"}},
		{"Автор: Анна Петрова", []string{"Анна Петрова"}},
		{"Oleh Budi Santoso", []string{"Budi Santoso"}},
		{"作者：王小明", []string{"王小明"}},
		{"作者：王小明　发布时间：2021年7月24日", []string{"王小明"}},
		{"Door Jan de Vries op 24 juli 2021", []string{"Jan de Vries"}},
		{"Par Jean Dupont, publié le 24 juillet 2021", []string{"Jean Dupont"}},
		{"By Jane Doe | July 24, 2021", []string{"Jane Doe"}},
		{"July 24, 2021 by Jane Doe", []string{"Jane Doe"}},
		{"Jane Doe Published: Dec 19, 2021", []string{"Jane Doe"}},
		{"Jane Doe in Budget Travel", []string{"Jane Doe"}},
		{"Jane Doe, MD, PhD", []string{"Jane Doe"}},
		{"Jane Doe, Senior Editor", []string{"Jane Doe"}},
		{"JANE DOE", []string{"Jane Doe"}},
		{"J. R. R. Tolkien", []string{"J. R. R. Tolkien"}},
		{"Jane Doe (The Ledger)", []string{"Jane Doe"}},
		{"✍️ Jane Doe", []string{"Jane Doe"}},
		{"View all posts by Jane Doe", []string{"Jane Doe"}},
		{"jane@notes.example", nil},
		{"https://notes.example/author/jane", nil},
		{"5 min read", nil},
		{"Senior Editor", nil},
		{"", nil},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, splitNames(tt.in)); diff != "" {
				t.Errorf("splitNames(%q) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestAuthors(t *testing.T) {
	ld := func(author string) string {
		return `<script type="application/ld+json">{"@type":"Article","headline":"T","author":` + author + `}</script>`
	}
	for _, tt := range []struct {
		name, page string
		want       []string
	}{
		{"structured data", ld(`{"@type":"Person","name":"Jane Doe"}`) + `<h1>T</h1>` + prose, []string{"Jane Doe"}},
		{"the byline wins over the account", ld(`{"name":"uploader42"}`) + `<h1>Title here</h1><p>By Jane Doe</p>` + prose, []string{"Jane Doe"}},
		{"the byline wins over the person who uploaded", `<meta name="author" content="Carl Admin">` + `<h1>Title here</h1><p>By Jane Doe</p>` + prose, []string{"Jane Doe"}},
		{"the fuller list wins", ld(`"Jane Doe"`) + `<h1>Title here</h1><p>By Jane Doe, John Roe and Ann Poe</p>` + prose, []string{"Jane Doe", "John Roe", "Ann Poe"}},
		{"the site is no author", `<meta property="og:site_name" content="Harbour Notes">` + ld(`{"@type":"Organization","name":"Harbour Notes"}`) + `<h1>T</h1><p>24 July 2021</p>` + prose, nil},
		{"a team that is declared", `<meta property="og:site_name" content="Harbour Notes">` + ld(`{"name":"Harbour Notes Team"}`) + `<h1>T</h1>` + prose, []string{"Harbour Notes Team"}},
		{"a person before a team", `<meta name="author" content="Editorial Team">` + `<h1>Title here</h1><p>By Jane Doe</p>` + prose, []string{"Jane Doe"}},
		{"the site of a person", `<meta property="og:site_name" content="Jane Doe">` + ld(`"Jane Doe"`) + `<h1>T</h1>` + prose, []string{"Jane Doe"}},
		{"author's page", `<h1>Title here</h1><p><a href="/author/jane">Jane Doe</a></p>` + prose, []string{"Jane Doe"}},
		{"class", `<h1>Title here</h1><div class="post-author"><span>Jane Doe</span></div>` + prose, []string{"Jane Doe"}},
		{"class that holds a section", `<h1>Title here</h1><div class="post-author">Marketing Tips</div>` + prose, nil},
		{"name beside the date", `<h1>Title here</h1><p>Jane Doe</p><p>24 July 2021</p>` + prose, []string{"Jane Doe"}},
		{"elements that touch", `<h1>Title here</h1><p class="byline">By<a>Jane Doe</a><span>Published: 24 July 2021</span></p>` + prose, []string{"Jane Doe"}},
		{"label in a block of its own", `<h1>Title here</h1>` + prose + `<aside><h4>Author</h4><p>Jane Doe</p></aside>`, []string{"Jane Doe"}},
		{"under the text", `<h1>Title here</h1>` + prose + `<p>Written by Jane Doe</p>`, []string{"Jane Doe"}},
		{"Japanese", `<h1>予定表を整える</h1><p>著者：山田花子</p>` + prose, []string{"山田花子"}},
		{"citations turned round", `<meta name="citation_author" content="Doe, Jane"><meta name="citation_author" content="Roe, John">` + prose, []string{"Jane Doe", "John Roe"}},
		{"names in lower case", `<meta name="author" content="jane doe">` + prose, []string{"Jane Doe"}},
		{"not who commented", `<h1>Title here</h1>` + prose + `<div class="comments"><p class="author">Carl Carp</p><p>By Carl Carp</p></div>`, nil},
		{"a sentence is no byline", `<h1>Title here</h1><p>By autumn the whole team had moved, and nobody missed the sheets.</p>` + prose, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := metadataOf(t, `<title>Title here</title>`+tt.page)
			if diff := cmp.Diff(tt.want, m.authors); diff != "" {
				t.Errorf("authors (-want +got):\n%s%v", diff, m.origins["authors"])
			}
		})
	}
}

func FuzzSplitNames(f *testing.F) {
	for _, s := range []string{"By Jane Doe and John Roe", "作者：王小明", "Jane (Doe", "A & , & B", "24 July 2021 by X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		names := splitNames(s)
		if len(names) > maxAuthors {
			t.Fatalf("%d names", len(names))
		}
		for _, n := range names {
			if !utf8.ValidString(n) || utf8.RuneCountInString(n) > maxNameRunes {
				t.Fatalf("%q", n)
			}
		}
	})
}
