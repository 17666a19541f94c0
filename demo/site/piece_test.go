package site

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"tamiz"
)

const sample = `work: lighthouse
title: The light
author: A. Keeper
date: 2025-02-03
tags: sea, light
declared: yes

A first paragraph
over two lines, with **strong words** and a [link](/there).

## A heading

- one
- two & three

> Quoted once.
> Quoted twice.

| place | height |
| tower | 28 m |

![a tower](/img/t.png "the tower")

The end.`

func TestParsePieceReadsHeadAndBody(t *testing.T) {
	got, err := ParsePiece(sample)
	if err != nil {
		t.Fatal(err)
	}
	want := &Piece{
		Work:      "lighthouse",
		Title:     "The light",
		Author:    "A. Keeper",
		Tags:      []string{"sea", "light"},
		Published: time.Date(2025, 2, 3, 0, 0, 0, 0, time.UTC),
		Relation:  tamiz.Original,
		Declared:  true,
		Blocks: []Block{
			{Kind: Paragraph, Lines: []string{"A first paragraph over two lines, with **strong words** and a [link](/there)."}},
			{Kind: Heading, Lines: []string{"A heading"}},
			{Kind: List, Lines: []string{"one", "two & three"}},
			{Kind: Quote, Lines: []string{"Quoted once.", "Quoted twice."}},
			{Kind: Table, Rows: [][]string{{"place", "height"}, {"tower", "28 m"}}},
			{Kind: Figure, Src: "/img/t.png", Alt: "a tower", Caption: "the tower"},
			{Kind: Paragraph, Lines: []string{"The end."}},
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Piece{})); diff != "" {
		t.Errorf("piece (-want +got):\n%s", diff)
	}
}

func TestTextLeavesOutMarksAndFigures(t *testing.T) {
	p, err := ParsePiece(sample)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"A first paragraph over two lines, with strong words and a link.",
		"A heading", "one", "two & three", "Quoted once.", "Quoted twice.",
		"place | height\ntower | 28 m", "The end.",
	}, "\n\n")
	if diff := cmp.Diff(want, p.Text()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestParsePieceNamesWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"head line without a colon", "work lighthouse\n\nText.", "no colon"},
		{"misspelt key", "work: a\ntilte: b\n\nText.", `unknown key "tilte"`},
		{"date that is none", "work: a\ndate: tomorrow\n\nText.", "head key date"},
		{"no work", "title: a\ndate: 2025-01-01\n\nText.", "no work"},
		{"no title", "work: a\ndate: 2025-01-01\n\nText.", "no title"},
		{"no date", "work: a\ntitle: b\n\nText.", "no date"},
		{"no body", "work: a\ntitle: b\ndate: 2025-01-01\n", "no body"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParsePiece(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestLoadPiecesResolvesCopies(t *testing.T) {
	fsys := fstest.MapFS{
		"c/en/light.md": {Data: []byte(sample)},
		"c/en/twin.md":  {Data: []byte("copy: en/light\ndate: 2025-03-01\n")},
	}
	pieces, err := LoadPieces(fsys, "c")
	if err != nil {
		t.Fatal(err)
	}
	if len(pieces) != 2 {
		t.Fatalf("%d pieces, want 2", len(pieces))
	}
	light, twin := pieces[0], pieces[1]
	if twin.Text() != light.Text() || twin.Work != light.Work || twin.Relation != tamiz.Duplicate || twin.Slug != "twin" {
		t.Errorf("the copy is %+v", twin)
	}
	if got := twin.Published.Format(time.DateOnly); got != "2025-03-01" {
		t.Errorf("the copy is of %s, want its own date", got)
	}

	fsys["c/en/lost.md"] = &fstest.MapFile{Data: []byte("copy: en/nobody\n")}
	if _, err := LoadPieces(fsys, "c"); err == nil || !strings.Contains(err.Error(), "en/nobody") {
		t.Errorf("error %v, want one that names the missing original", err)
	}
}

func TestPartsKeepEveryBlockAndPlaceEveryInsert(t *testing.T) {
	p, err := ParsePiece(sample)
	if err != nil {
		t.Fatal(err)
	}
	p.Blocks = append(p.Blocks, Block{Kind: Paragraph, Lines: []string{"One more."}}, Block{Kind: Paragraph, Lines: []string{"And one."}})
	var shape []string
	for _, part := range p.Parts(Semantic, "form", "promo") {
		if part.Insert != "" {
			shape = append(shape, "+"+part.Insert)
		} else {
			name, _, _ := strings.Cut(strings.Trim(string(part.HTML), "<"), ">")
			shape = append(shape, name)
		}
	}
	// Inserts fit before the heading and between the last three paragraphs.
	want := []string{"p", "+form", "h2", "ul", "blockquote", "table", "figure", "p", "p", "+promo", "p"}
	if diff := cmp.Diff(want, shape); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestHTMLEscapesText(t *testing.T) {
	b := Block{Kind: Paragraph, Lines: []string{`1 < 2 & "3" [x](/a"b)`}}
	want := `<p>1 &lt; 2 &amp; &#34;3&#34; <a href="/a&#34;b">x</a></p>`
	if diff := cmp.Diff(want, string(b.HTML(Semantic))); diff != "" {
		t.Errorf("HTML (-want +got):\n%s", diff)
	}
}

func TestLeadIsCutAtASpace(t *testing.T) {
	p, err := ParsePiece(sample)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Lead(20), "A first paragraph …"; got != want {
		t.Errorf("lead %q, want %q", got, want)
	}
}

// FuzzParsePiece checks that a page shows the words that Text promises (but for
// tables, where Text draws lines between cells), in every style and whatever the
// body looks like.
func FuzzParsePiece(f *testing.F) {
	f.Add("work:0\ntitle:0\ndate:0000-01-01\n\n| 0")
	f.Add(sample)
	f.Add("work: a\ntitle: b\ndate: 2025-01-01\n\n| x |\n\n- **[a](b)**\n\n> [**a](b)**\n\n<b>&amp; \"")
	f.Add("work: a\ntitle: b\ndate: 2025-01-01\n\n## \n\n![](x)\n\n*** [[x]](y) ** **")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			return // HTML replaces NUL
		}
		p, err := ParsePiece(text)
		if err != nil {
			return
		}
		want := []string{}
		for _, b := range p.Blocks {
			if len(b.Rows) == 0 {
				want = append(want, strings.Fields((&Piece{Blocks: []Block{b}}).Text())...)
			}
		}
		for _, style := range []Style{Semantic, Divs, Breaks} {
			var page strings.Builder
			for _, b := range p.Blocks {
				if b.Kind != Figure && b.Kind != Table {
					page.WriteString(string(b.HTML(style)) + "\n")
				}
			}
			if diff := cmp.Diff(want, shownWords(page.String())); diff != "" {
				t.Fatalf("style %d shows other words than Text (-text +page):\n%s", style, diff)
			}
		}
	})
}

// shownWords gives the words of the text of a piece of HTML; cells and items
// stand apart.
func shownWords(page string) []string {
	var text strings.Builder
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Fields(text.String())
		case html.TextToken:
			text.WriteString(string(z.Text()))
		case html.StartTagToken, html.EndTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "strong", "a", "b":
			default:
				text.WriteByte(' ')
			}
		}
	}
}
