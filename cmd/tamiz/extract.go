package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"tamiz"
	"tamiz/crawler"
	"tamiz/extract"
	"tamiz/ingest"
	"tamiz/weburl"
)

type extractCmd struct {
	Targets      []string `arg:"" name:"path-or-url" help:"Files, folders (walked) or URLs."`
	Format       string   `enum:"text,markdown,json,jsonl" default:"text" help:"text, markdown, json or jsonl."`
	Explain      bool     `help:"Print every block with kept or removed and the rule that decided."`
	AllowPrivate bool     `help:"Allow private and loopback addresses."`
}

func (extractCmd) Help() string {
	return `Examples:

  tamiz extract page.html                       the clean text
  tamiz extract page.html --format markdown
  tamiz extract https://example.org/article --format json
  tamiz extract saved-pages/ --format jsonl     a folder, one record a line
  tamiz extract page.html --explain             what was removed, and why

Needs no database. The files of one folder teach each other what repeats.`
}

// input is one page to extract, or why there is none.
type input struct {
	name string
	page *tamiz.Page
	host string
	err  error
}

func (c *extractCmd) Run(a *app) error {
	x, err := a.extractor(func(o *extract.Options) { o.Explain, o.AnyKind = c.Explain, true })
	if err != nil {
		return err
	}
	inputs, err := c.inputs(a)
	if err != nil {
		return err
	}
	sites := learn(x, inputs)
	out := bufio.NewWriter(a.out)
	failed, printed := 0, 0
	// Pages are cleaned side by side and printed in order.
	const ahead = 64
	for start := 0; start < len(inputs); start += ahead {
		part := inputs[start:min(start+ahead, len(inputs))]
		results := make([]*extract.Result, len(part))
		errs := make([]error, len(part))
		var g errgroup.Group
		g.SetLimit(runtime.GOMAXPROCS(0))
		for i := range part {
			g.Go(func() error {
				results[i], errs[i] = c.one(x, &part[i], sites)
				return nil
			})
		}
		_ = g.Wait() // errors are kept per input
		for i, in := range part {
			err := errs[i]
			if err == nil {
				err = c.print(out, in.name, results[i], printed > 0)
			}
			if err != nil {
				failed++
				fmt.Fprintf(a.err, "tamiz: %s: %s\n", clean(in.name), clean(plain(err)))
				continue
			}
			printed++
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	switch {
	case failed == len(inputs) && len(inputs) == 1:
		return partialError{"nothing was extracted"}
	case failed > 0:
		return partialError{fmt.Sprintf("finished, but %d of %d inputs failed", failed, len(inputs))}
	}
	return nil
}

// plain takes the path or URL out of errors: the line already begins with it.
func plain(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	var ce *crawler.Error
	if errors.As(err, &ce) {
		return ce.Reason
	}
	return err.Error()
}

// inputs lists the files below the arguments and fetches the URLs among them.
func (c *extractCmd) inputs(a *app) ([]input, error) {
	var ins []input
	var cr *crawler.Crawler
	for _, t := range c.Targets {
		if !strings.Contains(t, "://") {
			for _, f := range ingest.Walk([]string{t}) {
				if kind, why := ingest.FileType(f.Path); f.Err == nil && kind != "html" && kind != "text" {
					if f.Path == t {
						if kind == "jsonl" {
							why = "records are clean already: \"tamiz import\" takes them in"
						}
						ins = append(ins, input{name: f.Path, err: errors.New(why)})
					}
					continue
				}
				ins = append(ins, input{name: f.Path, err: f.Err})
			}
			continue
		}
		u, err := weburl.Canonical(t)
		if err != nil {
			return nil, usagef("extract", "%s: %v", t, err)
		}
		if cr == nil {
			if cr, err = a.crawler(nil, func(o *crawler.Options) { o.AllowPrivate = o.AllowPrivate || c.AllowPrivate }); err != nil {
				return nil, err
			}
		}
		page, err := cr.Get(a.drain, u)
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		ins = append(ins, input{name: t, page: page, host: weburl.Host(u), err: err})
	}
	if len(ins) == 0 {
		return nil, fmt.Errorf("%s: no pages or texts in it (.html[.gz], .txt, .md)", strings.Join(c.Targets, " "))
	}
	return ins, nil
}

// load reads an input's file, unless it was fetched.
func (in *input) load() (*tamiz.Page, string, error) {
	if in.err != nil || in.page != nil {
		return in.page, in.host, in.err
	}
	return ingest.ReadFile(in.name)
}

// learn lets the pages of each host or folder teach each other what repeats.
// Pages are read twice rather than all held in memory.
func learn(x *extract.Extractor, inputs []input) map[string]*extract.Site {
	hosts := map[string]int{}
	for i := range inputs {
		if _, host, err := inputs[i].load(); err == nil {
			hosts[host]++
		}
	}
	sites := map[string]*extract.Site{}
	for i := range inputs {
		page, host, err := inputs[i].load()
		if err != nil || hosts[host] < 2 {
			continue
		}
		if sites[host] == nil {
			sites[host] = extract.NewSite(host)
		}
		if res, err := x.Extract(page, nil); err == nil && res.Kind == extract.KindArticle {
			sites[host].Observe(res.Seen, page.FinalURL)
		}
	}
	return sites
}

func (c *extractCmd) one(x *extract.Extractor, in *input, sites map[string]*extract.Site) (*extract.Result, error) {
	page, host, err := in.load()
	if err != nil {
		return nil, err
	}
	res, err := x.Extract(page, sites[host])
	if err != nil {
		return nil, err
	}
	if (res.Article == nil || res.Article.Text == "") && !c.Explain {
		return nil, fmt.Errorf("no main content found (%s); --explain shows what was removed", res.Kind)
	}
	if a := res.Article; a != nil {
		a.Source = in.name
		if !strings.HasPrefix(page.FinalURL, "file:") {
			a.URL = page.FinalURL
			if a.CanonicalURL == "" {
				a.CanonicalURL = a.URL
			}
		}
		a.FetchedAt = page.FetchedAt
	}
	return res, nil
}

func (c *extractCmd) print(w *bufio.Writer, name string, res *extract.Result, more bool) error {
	if c.Explain {
		if more {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "== %s\n", clean(name))
		return extract.WriteExplain(w, res)
	}
	a := res.Article
	switch c.Format {
	case "json", "jsonl":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if c.Format == "json" {
			enc.SetIndent("", "  ")
		}
		return enc.Encode(record(a))
	case "markdown":
		if more {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "# %s\n\n%s\n", clean(a.Title), cleanLines(strings.TrimSpace(a.Markdown)))
	default:
		if more {
			fmt.Fprintln(w)
		}
		if a.Title != "" {
			fmt.Fprintf(w, "%s\n\n", clean(a.Title))
		}
		fmt.Fprintf(w, "%s\n", cleanLines(strings.TrimSpace(a.Text)))
	}
	return nil
}
