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
		{"Lucía Ferrán Fecha de publicación: 2026-03-08", []string{"Lucía Ferrán"}},
		{"Par Inès Duarte Date de parution : 8 mars 2026", []string{"Inès Duarte"}},
		{"Von Jonas Breitner Erschienen am 8. März 2026", []string{"Jonas Breitner"}},
		{"Di Marta Bellini Data di pubblicazione: 3 maggio 2026", []string{"Marta Bellini"}},
		{"Автор: Анна Петрова Дата публикации: 08.03.2026", []string{"Анна Петрова"}},
		{"亨宁·布罗克曼", []string{"亨宁·布罗克曼"}},
		{"ヘニング・ブロックマン", []string{"ヘニング・ブロックマン"}},
		{"山田花子・田中太郎", []string{"山田花子", "田中太郎"}},
		{"文：玛蒂尔德·凯尔弗朗 2026年3月8日", []string{"玛蒂尔德·凯尔弗朗"}},
		{"Jane Doe · Travel", []string{"Jane Doe"}},
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
		{"words for the text", `<h1>Title here</h1><p>Palavras: João Pires</p><p>5 de março de 2026</p>` + prose, []string{"João Pires"}},
		{"a label nobody knows", `<h1>Title here</h1><p>3 mars 2026</p><p>Penna: Karin Ek</p>` + prose, []string{"Karin Ek"}},
		{"date and name in one line", `<h1>Title here</h1><p>Im Netz seit dem 12. Juni 2025 Text: Henning Brockmann</p>` + prose, []string{"Henning Brockmann"}},
		{"date and name in one line, unknown label", `<h1>Title here</h1><p>12 Mart 2026 Kalem: Ayşe Demir</p>` + prose, []string{"Ayşe Demir"}},
		{"date and name cut by a line break", `<h1>Title here</h1><div>Na webu od 12. května 2025<br>Slova: Radek Vondra<br></div>` + prose, []string{"Radek Vondra"}},
		{"name before the date's label", `<h1>Title here</h1><p><span>Di Marta Bellini</span> <time datetime="2026-05-03">Messo in rete il 3 maggio 2026</time></p>` + prose, []string{"Marta Bellini"}},
		{"glued, but declared", `<meta name="author" content="Marta Bellini"><h1>Title here</h1><p>Di Marta Bellini Sul sito dal 3 maggio 2026</p>` + prose, []string{"Marta Bellini"}},
		{"an office", `<h1>Title here</h1><p>Words: The harbour master's office</p><p>24 July 2021</p>` + prose, []string{"The harbour master's office"}},
		{"Chinese label", `<h1>整理日程表</h1><p>上线日期：2026年3月8日</p><p>文：亨宁·布罗克曼</p>` + prose, []string{"亨宁·布罗克曼"}},
		{"not who took the picture", `<h1>Title here</h1><p>3 mars 2026</p><p>Foto: Karin Ek</p>` + prose, nil},
		{"not the section", `<h1>Title here</h1><p>3 mars 2026</p><p>Kategorie: Digital Marketing</p>` + prose, nil},
		{"not the translator", `<h1>Title here</h1><p>3. März 2026</p><p>Übersetzung: Karin Eck</p>` + prose, nil},
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
