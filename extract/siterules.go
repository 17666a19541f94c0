package extract

import (
	"fmt"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"tamiz"
	"tamiz/weburl"
)

// SiteRules are what a user says about one host, as CSS selectors. They go
// before everything the extractor finds out by itself.
type SiteRules struct {
	Keep  []string // only what stands inside these is text
	Drop  []string // nothing inside these is text
	Title string   // the first match shows the title
	Date  string   // the first match shows the date of publication
}

type siteRules struct {
	keep, drop  []goquery.Matcher
	title, date goquery.Matcher
}

func compileRules(all map[string]SiteRules) (map[string]*siteRules, error) {
	if len(all) == 0 {
		return nil, nil
	}
	out := make(map[string]*siteRules, len(all))
	for host, r := range all {
		var c siteRules
		read := func(s string) (goquery.Matcher, error) {
			m, err := cascadia.Compile(s)
			if err != nil {
				return nil, fmt.Errorf("read selector %q of %s: %w", s, host, err)
			}
			return m, nil
		}
		for _, l := range []struct {
			in  []string
			out *[]goquery.Matcher
		}{{r.Keep, &c.keep}, {r.Drop, &c.drop}} {
			for _, s := range l.in {
				m, err := read(s)
				if err != nil {
					return nil, err
				}
				*l.out = append(*l.out, m)
			}
		}
		for _, l := range []struct {
			in  string
			out *goquery.Matcher
		}{{r.Title, &c.title}, {r.Date, &c.date}} {
			if l.in == "" {
				continue
			}
			m, err := read(l.in)
			if err != nil {
				return nil, err
			}
			*l.out = m
		}
		out[strings.ToLower(host)] = &c
	}
	return out, nil
}

// rulesFor gives the rules of a URL's host, or of the site it belongs to.
func (e *Extractor) rulesFor(u string) *siteRules {
	if len(e.rules) == 0 {
		return nil
	}
	host := weburl.Host(u)
	if r := e.rules[host]; r != nil {
		return r
	}
	if r := e.rules[strings.TrimPrefix(host, "www.")]; r != nil {
		return r
	}
	return e.rules[weburl.Site(host)]
}

// configured applies the user's selectors to the blocks.
func (c *decider) configured() {
	if c.rules == nil || c.d.plain {
		return
	}
	keep, drop := within(c.d, c.rules.keep), within(c.d, c.rules.drop)
	for i := range c.d.blocks {
		b := &c.d.blocks[i]
		if b.elem < 0 {
			continue
		}
		switch {
		case drop[b.elem]:
			b.drop("configured: drop")
			b.fixed = true
		case len(c.rules.keep) > 0 && keep[b.elem]:
			b.Kept, b.Rule, b.fixed = b.Kind != Caption, "configured: keep", true
		case len(c.rules.keep) > 0:
			b.drop("configured: not kept")
			b.fixed = true
		}
	}
}

// within marks the elements that match a selector or stand in one that does.
func within(d *document, selectors []goquery.Matcher) []bool {
	matched := map[*html.Node]bool{}
	for _, m := range selectors {
		for _, n := range goquery.NewDocumentFromNode(d.root).FindMatcher(m).Nodes {
			matched[n] = true
		}
	}
	in := make([]bool, len(d.elems))
	for i := range d.elems {
		e := &d.elems[i]
		in[i] = e.parent >= 0 && in[e.parent] || matched[e.node]
	}
	return in
}

// selected takes title and date from where the user says they stand.
func (c *decider) selected(a *tamiz.Article, now time.Time) {
	if c.rules == nil {
		return
	}
	doc := goquery.NewDocumentFromNode(c.d.root)
	if c.rules.title != nil {
		if t := foldText(cut(doc.FindMatcher(c.rules.title).First().Text(), maxFieldBytes)); t != "" {
			a.Title = t
		}
	}
	if c.rules.date == nil {
		return
	}
	at := doc.FindMatcher(c.rules.date).First()
	for _, v := range []string{at.AttrOr("datetime", ""), at.AttrOr("content", ""), foldText(cut(at.Text(), maxFieldBytes))} {
		if d, ok := parseDate(v, c.language); ok && usable(d, now) {
			a.Published = d
			return
		}
	}
}
