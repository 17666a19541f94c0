package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tamiz"
	"tamiz/store"
)

// filterFlags are the filters that search and export share.
type filterFlags struct {
	Lang     string `placeholder:"TAG" help:"Only this language, such as es or zh-Hant."`
	Source   string `placeholder:"NAME" help:"Only this source."`
	Site     string `placeholder:"HOST" help:"Only this site."`
	Author   string `placeholder:"NAME" help:"Only this author (part of the name)."`
	Since    string `placeholder:"DATE" help:"Published on this day or later, as 2026-01-31."`
	Until    string `placeholder:"DATE" help:"Published on this day or earlier."`
	Editions string `enum:"one,all" default:"one" help:"one: each work once; all: every edition."`
}

// filter makes the store's filter.
func (f *filterFlags) filter(since, until tamiz.Date) store.Filter {
	return store.Filter{Lang: f.Lang, Source: f.Source, Site: f.Site, Author: f.Author, Since: since, Until: until}
}

// dates parses the two dates.
func (f *filterFlags) dates(command string) (since, until tamiz.Date, err error) {
	if since, err = tamiz.ParseDate(f.Since); err != nil {
		return since, until, usagef(command, "--since %q: want a date such as 2026-01-31", f.Since)
	}
	if until, err = tamiz.ParseDate(f.Until); err != nil {
		return since, until, usagef(command, "--until %q: want a date such as 2026-01-31", f.Until)
	}
	if !since.IsZero() && !until.IsZero() && until.Time.Before(since.Time) {
		return since, until, usagef(command, "--until %s is before --since %s", f.Until, f.Since)
	}
	return since, until, nil
}

type searchCmd struct {
	Query []string `arg:"" optional:"" help:"Words, \"a phrase\", -not, OR, prefix*. Several arguments are read as one query."`
	filterFlags
	Limit  int    `default:"20" help:"Rows at most (1 to 10000)."`
	Format string `enum:"table,json,jsonl,csv,markdown" default:"table" help:"table, json, jsonl, csv or markdown."`
}

func (searchCmd) Help() string {
	return `Examples:

  tamiz search consent
  tamiz search '"marketing operations" -budget' --lang es --since 2026-01-01
  tamiz search 开源                              two-character words are found, too
  tamiz search deliver* --format jsonl
  tamiz search --source martech-feed             no query: the newest first

Words match whatever their case and accents. Each work is one row, found by any
of its editions; --editions all shows every edition that matches.`
}

func (c *searchCmd) Run(a *app) error {
	since, until, err := c.dates("search")
	if err != nil {
		return err
	}
	if c.Limit < 1 || c.Limit > 10_000 {
		return usagef("search", "--limit %d: want 1 to 10000", c.Limit)
	}
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	hits, total, err := db.Search(a.ctx, store.SearchRequest{
		Query: strings.ReplaceAll(strings.Join(c.Query, " "), minus, "-"), Filter: c.filter(since, until), Limit: c.Limit, AllEditions: c.Editions == "all",
	})
	var qe *store.QueryError
	if errors.As(err, &qe) {
		return usageError{err: err, command: "search"}
	}
	if err != nil {
		return err
	}
	if err := c.print(a, hits); err != nil {
		return err
	}
	if c.Format == "table" && !a.Quiet {
		noun := "work"
		if c.Editions == "all" {
			noun = "edition"
		}
		fmt.Fprintf(a.err, "%d of %s\n", len(hits), count(total, noun))
	}
	return nil
}

func (c *searchCmd) print(a *app, hits []store.Hit) error {
	switch c.Format {
	case "json":
		enc := json.NewEncoder(a.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if hits == nil {
			hits = []store.Hit{}
		}
		return enc.Encode(hits)
	case "jsonl":
		enc := json.NewEncoder(a.out)
		enc.SetEscapeHTML(false)
		for _, h := range hits {
			if err := enc.Encode(h); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		w := csv.NewWriter(a.out)
		rows := [][]string{{"id", "work", "published", "languages", "editions", "site", "title", "url", "snippet"}}
		for _, h := range hits {
			rows = append(rows, []string{h.Article.ID, h.Article.Work, h.Article.Published.String(), strings.Join(h.Languages, " "),
				strconv.Itoa(h.Editions), h.Article.Site, h.Article.Title, h.Article.URL, unmark(h.Snippet, "", "")})
		}
		return w.WriteAll(formulaSafe(rows))
	case "markdown":
		for _, h := range hits {
			fmt.Fprintf(a.out, "- [%s](<%s>)  \n  %s%s  \n  %s\n", mdEscape(clean(title(h.Article))), clean(h.Article.URL),
				prefixed(dayOf(h.Article.Published), " · "), strings.Join(h.Languages, " "), mdEscape(clean(unmark(h.Snippet, "", ""))))
		}
		return nil
	}
	if len(hits) == 0 {
		fmt.Fprintln(a.out, "Nothing found. Fewer words or filters may help; \"tamiz stats\" shows what there is.")
		return nil
	}
	t := a.table(a.out)
	t.AppendHeader(row("id", "date", "languages", "site", "title"))
	for _, h := range hits {
		t.AppendRow(row(h.Article.ID, dayOf(h.Article.Published), shorten(strings.Join(h.Languages, " "), 20), shorten(clean(h.Article.Site), 24), shorten(clean(title(h.Article)), 70)))
	}
	t.Render()
	return nil
}

func title(a *tamiz.Article) string {
	if a.Title == "" {
		return "(no title)"
	}
	return a.Title
}

func dayOf(d tamiz.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Time.Format("2006-01-02")
}

// prefixed puts a separator behind a string that is not empty.
func prefixed(s, sep string) string {
	if s == "" {
		return ""
	}
	return s + sep
}

// unmark replaces the hit marks of a snippet.
func unmark(snippet, open, end string) string {
	return strings.NewReplacer(store.MarkStart, open, store.MarkEnd, end).Replace(snippet)
}

// mdEscape keeps crawled text from being read as Markdown.
func mdEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`).Replace(s)
}

// formulaSafe keeps spreadsheets from running crawled text as a formula.
func formulaSafe(rows [][]string) [][]string {
	for _, r := range rows[1:] {
		for i, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				r[i] = "'" + cell
			}
		}
	}
	return rows
}

type showCmd struct {
	Ref    string `arg:"" name:"id-or-url" help:"Article id, work id or URL."`
	Format string `enum:"text,markdown,json" default:"text" help:"text, markdown or json."`
}

func (showCmd) Help() string {
	return `Examples:

  tamiz show a1b2c3d4e5f6
  tamiz show https://example.org/article
  tamiz show w1b2c3d4e5f6 --format json

Shows the article with its metadata, the other editions of its work, how each
relates and why it belongs there.`
}

func (c *showCmd) Run(a *app) error {
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	art, err := a.article(db, c.Ref)
	if err != nil {
		return err
	}
	w, err := db.Work(a.ctx, art.Work)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		enc := json.NewEncoder(a.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		type edition struct {
			ID       string         `json:"id"`
			Relation tamiz.Relation `json:"relation"`
			Language string         `json:"language"`
			Title    string         `json:"title"`
			URL      string         `json:"url"`
			Match    *tamiz.Match   `json:"match"`
		}
		out := struct {
			*tamiz.Article
			Editions []edition `json:"editions"`
		}{Article: record(art)}
		for _, e := range w.Editions {
			ed := edition{ID: e.Article.ID, Relation: e.Relation, Language: e.Article.Language, Title: e.Article.Title, URL: e.Article.URL}
			if e.Match.Kind != "" {
				ed.Match = &e.Match
			}
			out.Editions = append(out.Editions, ed)
		}
		return enc.Encode(out)
	}
	body := art.Text
	heading := ""
	if c.Format == "markdown" {
		body, heading = art.Markdown, "# "
	}
	fmt.Fprintf(a.out, "%s%s\n\n", heading, clean(title(art)))
	for _, f := range [][2]string{
		{"id", art.ID}, {"work", art.Work}, {"relation", string(art.Relation)}, {"url", art.URL}, {"canonical", differing(art.CanonicalURL, art.URL)},
		{"source", art.Source}, {"site", art.Site}, {"authors", strings.Join(art.Authors, ", ")}, {"published", art.Published.String()},
		{"modified", art.Modified.String()}, {"language", art.Language}, {"words", strconv.Itoa(art.WordCount)}, {"tags", strings.Join(art.Tags, ", ")},
	} {
		if f[1] != "" {
			fmt.Fprintf(a.out, "%-10s %s\n", f[0], clean(f[1]))
		}
	}
	if art.Standfirst != "" {
		fmt.Fprintf(a.out, "\n%s\n", clean(art.Standfirst))
	}
	fmt.Fprintf(a.out, "\n%s\n\nEditions of work %s:\n\n", cleanLines(strings.TrimSpace(body)), w.ID)
	for _, e := range w.Editions {
		fmt.Fprintf(a.out, "  %s  %-8s %-11s %s\n", e.Article.ID, e.Article.Language, e.Relation, shorten(clean(title(e.Article)), 70))
		fmt.Fprintf(a.out, "      %s\n", clean(e.Article.URL))
		if e.Match.Kind != "" {
			other := e.Match.A
			if other == e.Article.ID {
				other = e.Match.B
			}
			fmt.Fprintf(a.out, "      %s with %s, %.0f %%: %s\n", e.Match.Kind, other, 100*e.Match.Similarity, clean(e.Match.Reason))
		}
	}
	return nil
}

func differing(a, b string) string {
	if a == b {
		return ""
	}
	return a
}

// record makes lists that are empty [] rather than null.
func record(a *tamiz.Article) *tamiz.Article {
	r := *a
	if r.Authors == nil {
		r.Authors = []string{}
	}
	if r.Images == nil {
		r.Images = []tamiz.Image{}
	}
	if r.Tags == nil {
		r.Tags = []string{}
	}
	if r.Links == nil {
		r.Links = []string{}
	}
	return &r
}
