package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tamiz"
	"tamiz/store"
)

type exportCmd struct {
	filterFlags
	Query  string `placeholder:"QUERY" help:"Only what this search query finds."`
	Format string `enum:"jsonl,csv,markdown,parquet,atom" default:"jsonl" help:"jsonl, csv or markdown (a folder); parquet and atom come with a later release."`
	Out    string `short:"o" placeholder:"PATH" help:"File, or folder for markdown (default: stdout; markdown: ./articles)."`
}

func (exportCmd) Help() string {
	return `Examples:

  tamiz export > works.jsonl                        one record per work
  tamiz export --editions all -o all.jsonl          every edition
  tamiz export --format csv --lang es --since 2026-01-01 > es.csv
  tamiz export --format markdown -o articles/       one file per work, with front matter

The records hold every field of an article; "tamiz import" reads them back.`
}

func (c *exportCmd) Run(a *app) error {
	if c.Format == "parquet" || c.Format == "atom" {
		return usagef("export", "--format %s comes with a later release; jsonl, csv and markdown are there today", c.Format)
	}
	since, until, err := c.dates("export")
	if err != nil {
		return err
	}
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	f := store.ArticleFilter{Filter: c.filter(since, until), Query: c.Query, AllEditions: c.Editions == "all", Revisions: c.Editions == "all"}
	if c.Format == "markdown" {
		return c.folder(a, db, f)
	}
	out, end, err := c.output(a)
	if err != nil {
		return err
	}
	n := 0
	each := c.jsonl(out)
	var table *csv.Writer
	if c.Format == "csv" {
		table = csv.NewWriter(out)
		if err := table.Write(csvHeader); err != nil {
			return err
		}
		each = func(art *tamiz.Article) error { return table.Write(csvRow(art)) }
	}
	err = db.Articles(a.ctx, f, func(art *tamiz.Article) error {
		n++
		return each(art)
	})
	if table != nil {
		table.Flush()
		if err == nil {
			err = table.Error()
		}
	}
	if eerr := end(); err == nil {
		err = eerr
	}
	if err == nil && c.Out != "" && !a.Quiet {
		fmt.Fprintf(a.err, "Wrote %s to %s.\n", count(n, "record"), c.Out)
	}
	return err
}

// output opens what is written to; end flushes and closes it.
func (c *exportCmd) output(a *app) (w *bufio.Writer, end func() error, err error) {
	if c.Out == "" || c.Out == "-" {
		w = bufio.NewWriter(a.out)
		return w, w.Flush, nil
	}
	f, err := os.Create(c.Out)
	if err != nil {
		return nil, nil, fmt.Errorf("write export: %w", err)
	}
	w = bufio.NewWriter(f)
	return w, func() error {
		err := w.Flush()
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		return err
	}, nil
}

func (c *exportCmd) jsonl(w io.Writer) func(*tamiz.Article) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(art *tamiz.Article) error { return enc.Encode(record(art)) }
}

var csvHeader = []string{"id", "work", "relation", "url", "canonical_url", "source", "site", "title", "standfirst", "authors",
	"published", "modified", "fetched_at", "language", "word_count", "tags", "excerpt", "text"}

func csvRow(a *tamiz.Article) []string {
	fetched := ""
	if !a.FetchedAt.IsZero() {
		fetched = a.FetchedAt.Format("2006-01-02T15:04:05Z07:00")
	}
	rows := formulaSafe([][]string{nil, {a.ID, a.Work, string(a.Relation), a.URL, a.CanonicalURL, a.Source, a.Site, a.Title, a.Standfirst, strings.Join(a.Authors, "; "),
		a.Published.String(), a.Modified.String(), fetched, a.Language, strconv.Itoa(a.WordCount), strings.Join(a.Tags, "; "), a.Excerpt, a.Text}})
	return rows[1]
}

// folder writes one Markdown file per record, named by its id, so that writing
// again overwrites rather than adds.
func (c *exportCmd) folder(a *app, db *store.DB, f store.ArticleFilter) error {
	dir := c.Out
	if dir == "" {
		dir = "articles"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	n := 0
	err := db.Articles(a.ctx, f, func(art *tamiz.Article) error {
		n++
		front, err := yaml.Marshal(frontMatter{
			ID: art.ID, Work: art.Work, Relation: string(art.Relation), Title: art.Title, Standfirst: art.Standfirst, Authors: art.Authors,
			Published: art.Published.String(), Modified: art.Modified.String(), Language: art.Language, URL: art.URL, Site: art.Site, Source: art.Source, Tags: art.Tags,
		})
		if err != nil {
			return err
		}
		body := fmt.Sprintf("---\n%s---\n\n# %s\n\n%s\n", front, mdEscape(strings.Join(strings.Fields(title(art)), " ")), strings.TrimSpace(art.Markdown))
		if err := os.WriteFile(filepath.Join(dir, art.ID+".md"), []byte(body), 0o644); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		return nil
	})
	if err == nil && !a.Quiet {
		fmt.Fprintf(a.err, "Wrote %s to %s.\n", count(n, "file"), dir)
	}
	return err
}

// frontMatter is the head of a Markdown file.
type frontMatter struct {
	ID         string   `yaml:"id"`
	Work       string   `yaml:"work"`
	Relation   string   `yaml:"relation"`
	Title      string   `yaml:"title"`
	Standfirst string   `yaml:"standfirst,omitempty"`
	Authors    []string `yaml:"authors,omitempty"`
	Published  string   `yaml:"published,omitempty"`
	Modified   string   `yaml:"modified,omitempty"`
	Language   string   `yaml:"language"`
	URL        string   `yaml:"url"`
	Site       string   `yaml:"site,omitempty"`
	Source     string   `yaml:"source"`
	Tags       []string `yaml:"tags,omitempty"`
}
