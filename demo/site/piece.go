package site

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strings"
	"time"

	"tamiz"
)

// Piece is one text of a site with what its head says about it.
type Piece struct {
	Work       string
	Lang       string // BCP 47, the folder the file stands in
	Slug       string // the file's name without its extension
	Title      string
	Standfirst string
	Author     string
	Tags       []string
	Published  time.Time
	Modified   time.Time // zero: never changed
	Relation   tamiz.Relation
	Layout     string // name of the page template
	Path       string // URL path; empty until the site decides
	Old        string // URL path that redirects to Path
	Charset    string // "": UTF-8; "meta" or "header": windows-1251, declared there alone
	Declared   bool   // hreflang names the editions of the work
	Flaky      bool   // the page answers 503 the first time
	Comments   bool   // readers' comments stand below the text
	Host       int    // index of the host that serves it
	Blocks     []Block

	copyOf string // "lang/slug" of the piece whose text this is
}

// BlockKind says what a block of a piece's body is.
type BlockKind int

// The kinds of block.
const (
	Paragraph BlockKind = iota
	Heading
	List
	Quote
	Table
	Figure
)

// Block is one block of a body. Lines holds the paragraph, the heading, the
// list's items or the quotation's paragraphs; Rows a table, head first.
type Block struct {
	Kind    BlockKind
	Lines   []string
	Rows    [][]string
	Src     string // figure
	Alt     string // figure
	Caption string // figure
}

// LoadPieces reads every <dir>/<lang>/<slug>.md, sorted by language and slug.
// Errors name the file.
func LoadPieces(fsys fs.FS, dir string) ([]*Piece, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*", "*.md"))
	if err != nil {
		return nil, fmt.Errorf("list pieces: %w", err)
	}
	sort.Strings(names)
	var pieces []*Piece
	bySlug := map[string]*Piece{}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read piece: %w", err)
		}
		p, err := ParsePiece(string(b))
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		p.Lang = path.Base(path.Dir(name))
		p.Slug = strings.TrimSuffix(path.Base(name), ".md")
		pieces = append(pieces, p)
		bySlug[p.Lang+"/"+p.Slug] = p
	}
	for _, p := range pieces {
		if p.copyOf == "" {
			continue
		}
		of, ok := bySlug[p.copyOf]
		if !ok {
			return nil, fmt.Errorf("piece %s/%s: copy of unknown %q", p.Lang, p.Slug, p.copyOf)
		}
		p.copyFrom(of)
	}
	return pieces, nil
}

// copyFrom makes p an exact copy of another piece, but for its own place, date
// and layout.
func (p *Piece) copyFrom(of *Piece) {
	p.Work, p.Title, p.Author, p.Blocks = of.Work, of.Title, of.Author, of.Blocks
	p.Relation = tamiz.Duplicate
	if p.Published.IsZero() {
		p.Published = of.Published
	}
}

// ParsePiece reads a piece's head and body. Lang, Slug and Path are the
// caller's to set.
func ParsePiece(text string) (*Piece, error) {
	head, body, _ := strings.Cut(text, "\n\n")
	p := &Piece{Relation: tamiz.Original}
	for line := range strings.Lines(head) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			return nil, fmt.Errorf("head line %q has no colon", line)
		}
		if err := p.set(key, strings.TrimSpace(value)); err != nil {
			return nil, err
		}
	}
	if p.copyOf != "" {
		return p, nil
	}
	switch {
	case p.Work == "":
		return nil, errors.New("no work in the head")
	case p.Title == "":
		return nil, errors.New("no title in the head")
	case p.Published.IsZero():
		return nil, errors.New("no date in the head")
	}
	p.Blocks = parseBody(body)
	if len(p.Blocks) == 0 {
		return nil, errors.New("no body")
	}
	return p, nil
}

func (p *Piece) set(key, value string) error {
	var err error
	switch key {
	case "work":
		p.Work = value
	case "title":
		p.Title = value
	case "standfirst":
		p.Standfirst = value
	case "author":
		p.Author = value
	case "tags":
		for t := range strings.SplitSeq(value, ",") {
			p.Tags = append(p.Tags, strings.TrimSpace(t))
		}
	case "date":
		p.Published, err = time.Parse(time.DateOnly, value)
	case "modified":
		p.Modified, err = time.Parse(time.DateOnly, value)
	case "relation":
		p.Relation = tamiz.Relation(value)
	case "layout":
		p.Layout = value
	case "path":
		p.Path = value
	case "old":
		p.Old = value
	case "charset":
		p.Charset = value
	case "declared":
		p.Declared = value == "yes"
	case "flaky":
		p.Flaky = value == "yes"
	case "comments":
		p.Comments = value == "yes"
	case "copy":
		p.copyOf = value
	default:
		return fmt.Errorf("unknown key %q in the head", key)
	}
	if err != nil {
		return fmt.Errorf("head key %s: %w", key, err)
	}
	return nil
}

var figureMark = regexp.MustCompile(`^!\[([^\]]*)\]\((\S+)(?: "([^"]*)")?\)$`)

// parseBody splits a body at its blank lines. A list, a quotation and a table
// are runs of lines with one mark; a paragraph may be broken over lines.
func parseBody(body string) []Block {
	var blocks []Block
	for raw := range strings.SplitSeq(body, "\n\n") {
		raw = strings.TrimSpace(raw)
		if raw == "" {
			continue
		}
		lines := strings.Split(raw, "\n")
		if m := figureMark.FindStringSubmatch(raw); m != nil {
			blocks = append(blocks, Block{Kind: Figure, Alt: m[1], Src: m[2], Caption: m[3]})
			continue
		}
		switch {
		case strings.HasPrefix(raw, "## "):
			blocks = append(blocks, Block{Kind: Heading, Lines: []string{raw[3:]}})
		case strings.HasPrefix(raw, "- "):
			blocks = append(blocks, Block{Kind: List, Lines: trimMarks(lines, "- ")})
		case strings.HasPrefix(raw, "> "):
			blocks = append(blocks, Block{Kind: Quote, Lines: trimMarks(lines, "> ")})
		case strings.HasPrefix(raw, "| "):
			b := Block{Kind: Table}
			for _, l := range lines {
				cells := strings.Split(strings.Trim(strings.TrimSpace(l), "|"), "|")
				for i := range cells {
					cells[i] = strings.TrimSpace(cells[i])
				}
				b.Rows = append(b.Rows, cells)
			}
			blocks = append(blocks, b)
		default:
			blocks = append(blocks, Block{Kind: Paragraph, Lines: []string{strings.Join(lines, " ")}})
		}
	}
	return blocks
}

func trimMarks(lines []string, mark string) []string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		out = append(out, strings.TrimSpace(strings.TrimPrefix(l, mark)))
	}
	return out
}

// Text is what a reader came for: headings, paragraphs, list items and
// quotations, each its own paragraph, and tables (a line for each row, cells
// separated by " | "), separated by a blank line. Title, standfirst, byline, date
// and figures are not in it.
func (p *Piece) Text() string {
	var out []string
	for _, b := range p.Blocks {
		for _, l := range b.Lines {
			out = append(out, plainInline(l))
		}
		if len(b.Rows) > 0 {
			var rows []string
			for _, r := range b.Rows {
				rows = append(rows, plainInline(strings.Join(r, " | ")))
			}
			out = append(out, strings.Join(rows, "\n"))
		}
	}
	return strings.Join(out, "\n\n")
}

// Lead is the first paragraph, cut to at most n runes at a space, for teasers.
func (p *Piece) Lead(n int) string {
	for _, b := range p.Blocks {
		if b.Kind != Paragraph {
			continue
		}
		r := []rune(plainInline(b.Lines[0]))
		if len(r) <= n {
			return string(r)
		}
		cut := string(r[:n])
		if i := strings.LastIndexByte(cut, ' '); i > 0 {
			cut = cut[:i]
		}
		return cut + " …"
	}
	return ""
}

// LastChange is the day of the last change, for Last-Modified and lastmod.
func (p *Piece) LastChange() time.Time {
	if p.Modified.IsZero() {
		return p.Published
	}
	return p.Modified
}

var (
	strongMark = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	linkMark   = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
)

// plainInline drops the inline marks.
func plainInline(s string) string {
	return linkMark.ReplaceAllString(strongMark.ReplaceAllString(s, "$1"), "$1")
}

// htmlInline turns the inline marks into HTML and escapes the rest.
func htmlInline(s string) string {
	s = template.HTMLEscapeString(s)
	s = strongMark.ReplaceAllString(s, "<strong>$1</strong>")
	return linkMark.ReplaceAllString(s, `<a href="$2">$1</a>`)
}

// Style says how blocks become HTML.
type Style int

// The styles, from the best markup to the worst.
const (
	Semantic Style = iota // p, h2, blockquote, figure, th
	Divs                  // paragraphs and headings are divs
	Breaks                // text straight in the parent, separated by <br><br>
)

// HTML gives the block's markup in a style.
func (b Block) HTML(style Style) template.HTML {
	var s strings.Builder
	switch b.Kind {
	case Paragraph:
		wrap(&s, style, "p", `div class="tx"`, htmlInline(b.Lines[0]))
	case Heading:
		text := htmlInline(b.Lines[0])
		if style == Breaks {
			text = "<b>" + text + "</b>"
		}
		wrap(&s, style, "h2", `div class="hd"`, text)
	case List:
		s.WriteString("<ul>\n")
		for _, l := range b.Lines {
			fmt.Fprintf(&s, "<li>%s</li>\n", htmlInline(l))
		}
		s.WriteString("</ul>")
	case Quote:
		s.WriteString("<blockquote>")
		for i, l := range b.Lines {
			if style == Breaks {
				if i > 0 {
					s.WriteString("<br><br>")
				}
				s.WriteString(htmlInline(l))
			} else {
				fmt.Fprintf(&s, "<p>%s</p>", htmlInline(l))
			}
		}
		s.WriteString("</blockquote>")
	case Table:
		s.WriteString("<table>\n")
		for i, row := range b.Rows {
			cell := "td"
			if i == 0 && style == Semantic {
				cell = "th"
			}
			s.WriteString("<tr>")
			for _, c := range row {
				fmt.Fprintf(&s, "<%s>%s</%s>", cell, htmlInline(c), cell)
			}
			s.WriteString("</tr>\n")
		}
		s.WriteString("</table>")
	case Figure:
		img := fmt.Sprintf(`<img src="%s" alt="%s" width="640" height="360">`,
			template.HTMLEscapeString(b.Src), template.HTMLEscapeString(b.Alt))
		if style == Semantic {
			fmt.Fprintf(&s, "<figure>%s<figcaption>%s</figcaption></figure>", img, htmlInline(b.Caption))
		} else {
			fmt.Fprintf(&s, `<div class="pic">%s<div class="pic-caption">%s</div></div>`, img, htmlInline(b.Caption))
		}
	}
	return template.HTML(s.String()) // every piece of text above is escaped
}

// wrap writes text in the element the style has for it.
func wrap(s *strings.Builder, style Style, semantic, div, text string) {
	switch style {
	case Semantic:
		fmt.Fprintf(s, "<%s>%s</%s>", semantic, text, semantic)
	case Divs:
		fmt.Fprintf(s, "<%s>%s</div>", div, text)
	default:
		s.WriteString(text + "<br><br>")
	}
}

// Part is a stretch of a body: a block's markup, or the name of an insert that
// the page template puts there (a tagline, a form, a promo).
type Part struct {
	HTML   template.HTML
	Insert string
}

// Parts interleaves a body with inserts, spread evenly and only between two
// paragraphs or before a subheading, never inside a list or right after a
// heading: where editors' systems drop them.
func (p *Piece) Parts(style Style, inserts ...string) []Part {
	var gaps []int // indexes of blocks before which an insert may stand
	for i := 1; i < len(p.Blocks); i++ {
		before, after := p.Blocks[i-1].Kind, p.Blocks[i].Kind
		if before == Paragraph && (after == Paragraph || after == Heading) {
			gaps = append(gaps, i)
		}
	}
	at := map[int][]string{}
	for k, name := range inserts {
		i := len(p.Blocks)
		if n := len(gaps); n > 0 {
			i = gaps[(2*k+1)*n/(2*len(inserts))]
		}
		at[i] = append(at[i], name)
	}
	var parts []Part
	for i := 0; i <= len(p.Blocks); i++ {
		for _, name := range at[i] {
			parts = append(parts, Part{Insert: name})
		}
		if i < len(p.Blocks) {
			parts = append(parts, Part{HTML: p.Blocks[i].HTML(style)})
		}
	}
	return parts
}
