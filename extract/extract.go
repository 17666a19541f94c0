// Package extract makes an article of a page: it finds the main content, the
// metadata and the language, and removes what is not the article.
package extract

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/html"

	"tamiz"
)

// Options configure an [Extractor]. The zero value is ready for use.
type Options struct {
	Now       func() time.Time // for dates that cannot lie in the future; nil: time.Now
	MaxBlocks int              // blocks looked at in one page; 0: 50,000
	Explain   bool             // keep every block in Result.Blocks
}

// Extractor cleans pages. It may be used by several goroutines at once.
type Extractor struct {
	opts Options
}

// New makes an extractor.
func New(opts Options) *Extractor {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Extractor{opts: opts}
}

// Result is what one page gave.
type Result struct {
	Article *tamiz.Article
	Blocks  []Block
	Limits  []string
}

// Site is what repeats across a host's pages.
type Site struct{}

// Extract cleans one page.
func (e *Extractor) Extract(page *tamiz.Page, site *Site) (*Result, error) {
	root, err := html.Parse(bytes.NewReader(page.Body))
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", err)
	}
	d := newDocument(root, page.URL, e.opts.MaxBlocks)
	c := decider{d: d, titles: declaredTitles(root), site: site}
	c.decide()
	a := &tamiz.Article{Text: textOf(d.blocks)}
	if c.title >= 0 {
		a.Title = d.blocks[c.title].Text
	}
	r := &Result{Article: a, Limits: d.limits}
	if e.opts.Explain {
		r.Blocks = d.blocks
	}
	return r, nil
}

// textOf joins the kept blocks: paragraphs are separated by a blank line, items
// of one list and rows of one table stand on lines of their own.
func textOf(blocks []Block) string {
	var b strings.Builder
	var prev *Block
	for i := range blocks {
		cur := &blocks[i]
		if !cur.Kept {
			continue
		}
		if prev != nil {
			switch {
			case cur.row != nil && cur.row == prev.row:
				b.WriteString(" | ")
			case cur.table != nil && cur.table == prev.table:
				b.WriteByte('\n')
			default:
				b.WriteString("\n\n")
			}
		}
		b.WriteString(cur.Text)
		prev = cur
	}
	return b.String()
}
