// Package extract makes an article of a page: it finds the main content, the
// metadata and the language, and leaves out what is not the article. It also
// tells a page that is an article from one that lists articles, and gives every
// link of either.
//
//	e := extract.New(extract.Options{})
//	r, err := e.Extract(page, nil)
//	if err == nil && r.Kind == extract.KindArticle {
//		fmt.Println(r.Article.Title)
//	}
//
// # How a page is read
//
// The page is parsed once. One walk lays the tree out flat: an array of
// elements and an array of blocks, a [Block] being a run of text between two
// block-level boundaries. Every block is then decided by itself: how much prose
// it has, how much of the page's prose stands around it, what classes and roles
// say, how much of it is links. A container is never picked as a whole: on one
// page in three the best one still holds a sign-up box, an author's bio or the
// next article, and on one in ten the body is spread over several.
//
// Boilerplate is found in three ways that back one another up: the structure
// just described; a multilingual rule table for the standing phrases of
// templates, which looks at short blocks only and asks for more evidence than
// the words; and what the site repeats on its other pages, learned by [Site]
// without any words. Each removed block names the rule that decided
// ([WriteExplain]).
//
// Plain text and Markdown go through the same decisions, with blank lines and
// indentation in the place of elements.
package extract

import (
	"fmt"
	"strings"
	"time"

	"tamiz"
	"tamiz/lang"
	"tamiz/weburl"
)

// Options configure an [Extractor]. The zero value is ready for use.
type Options struct {
	Now       func() time.Time     // dates of the future are not believed; nil: time.Now
	MaxBlocks int                  // blocks looked at in one page; 0: 50,000
	Rules     map[string]SiteRules // by host, as the configuration gives them
	Explain   bool                 // Result.Blocks is wanted
	// AnyKind makes an article of pages that are none, such as listings, as well
	// as it goes: for somebody who asks for this very page.
	AnyKind bool
	// Model decides about the blocks; nil: the one that is built in. A model
	// without trees leaves the decision to weights set by hand.
	Model *Model
}

// Extractor cleans pages. It may be used by several goroutines at once, but a
// [Site] must not be observed while pages are cleaned with it.
type Extractor struct {
	opts  Options
	rules map[string]*siteRules
}

// New makes an extractor. It fails if a selector of the rules cannot be read.
func New(opts Options) (*Extractor, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	rules, err := compileRules(opts.Rules)
	if err != nil {
		return nil, err
	}
	return &Extractor{opts: opts, rules: rules}, nil
}

// Result is what one page gave.
type Result struct {
	Article    *tamiz.Article // nil unless Kind is KindArticle or Options.AnyKind is set
	Kind       PageKind
	Confidence float64 // in Kind, 0.5 to 1

	Links      []tamiz.Link // every link of the page in document order, resolved and canonical
	Canonical  string       // as declared, canonical form
	Alternates []tamiz.Alternate
	NoIndex    bool
	NoFollow   bool

	Seen   []Fingerprint // what the page teaches its site
	Blocks []Block       // if Options.Explain is set

	Origins []Origin // where title, authors and dates came from, if Options.Explain is set
	Limits  []string // limits that were reached: "depth", "elements", "blocks", "links", "lines", "truncated"
}

// sampleBytes is how much prose the language is told from before the blocks
// are decided.
const sampleBytes = 1500

// Extract cleans one page: HTML, or plain text or Markdown by page.MediaType.
// With a site, what its other pages repeat is removed too; site may be nil.
// The error says that the page cannot be read at all.
func (e *Extractor) Extract(page *tamiz.Page, site *Site) (r *Result, err error) {
	defer func() {
		// Pages are hostile; one must not end the process that reads the others.
		if p := recover(); p != nil {
			r, err = nil, fmt.Errorf("extract page: %v", p)
		}
	}()
	switch page.MediaType {
	case "text/plain", "text/markdown", "text/x-markdown":
		return e.extractText(page, site), nil
	}
	return e.extractHTML(page, site)
}

// wanted reports whether a page of a kind is to give an article.
func (e *Extractor) wanted(k PageKind) bool { return k == KindArticle || e.opts.AnyKind }

func (e *Extractor) extractHTML(page *tamiz.Page, site *Site) (*Result, error) {
	root, limited, err := parse(cleanInput(page.Body))
	if err != nil {
		return nil, err
	}
	pageURL := addressOf(page)
	d := newDocument(root, pageURL, e.opts.MaxBlocks)
	if limited {
		d.limits = append(d.limits, "depth")
	}
	links := collectLinks(root, pageURL)
	said := languageOf(d)
	meta := readMetadata(d, metaContext{now: e.opts.Now(), language: said.language})
	links.alternates = meta.withTranslations(links.alternates)
	c := &decider{d: d, meta: meta, titles: declaredTitles(root), site: site, language: said.language, rules: e.rulesFor(pageURL), model: e.opts.Model}
	seen := c.decide()

	signs := c.signs()
	signs.declared = declaredKind(links.ogType, meta.types)
	signs.date = !meta.published.IsZero()
	signs.root, signs.listing = pathKind(pageURL)
	r := &Result{
		Links: links.links, Canonical: links.canonical, Alternates: links.alternates,
		NoIndex: links.noIndex, NoFollow: links.noFollow, Seen: seen, Limits: d.limits,
	}
	if links.limited {
		r.Limits = append(r.Limits, "links")
	}
	r.Kind, r.Confidence = kindOf(signs)
	if e.wanted(r.Kind) {
		a := &tamiz.Article{
			Title: meta.title, Standfirst: meta.standfirst, Authors: meta.authors,
			Published: meta.published, Modified: meta.modified, Site: meta.siteName,
			CanonicalURL: links.canonical, Alternates: links.alternates, TranslationOf: meta.translationOf,
			Tags: meta.tags, Language: meta.language,
		}
		c.selected(a, e.opts.Now())
		images := imagesOf(d, meta.base, meta.titleBlock)
		for _, img := range images {
			a.Images = append(a.Images, img.Image)
		}
		for _, p := range c.images {
			a.Images = append(a.Images, tamiz.Image{Alt: d.blocks[p[0]].Text, Caption: d.blocks[p[1]].Text})
		}
		e.finish(a, d, page, &said, renderMarkdown(d.blocks, meta.base, images))
		r.Article = a
	}
	if e.opts.Explain {
		r.Origins = meta.list()
	}
	e.explain(r, d, page)
	return r, nil
}

func (e *Extractor) extractText(page *tamiz.Page, site *Site) *Result {
	markdown := page.MediaType != "text/plain"
	d := newTextDocument(string(cleanInput(page.Body)), addressOf(page), e.opts.MaxBlocks, markdown)
	said := languageOf(d)
	c := &decider{d: d, site: site, language: said.language}
	r := &Result{Seen: c.decide(), Limits: d.limits}
	signs := c.signs()
	signs.date = c.dateLine >= 0
	r.Kind, r.Confidence = kindOf(signs)
	if e.wanted(r.Kind) {
		a := &tamiz.Article{}
		if c.title >= 0 {
			a.Title = d.blocks[c.title].Text
		}
		if c.standfirst >= 0 {
			a.Standfirst = d.blocks[c.standfirst].Text
		}
		readLines(a, d.lineAt(c.dateLine), d.lineAt(c.byline), metaContext{now: e.opts.Now(), language: c.language})
		for _, p := range c.images {
			a.Images = append(a.Images, tamiz.Image{Alt: d.blocks[p[0]].Text, Caption: d.blocks[p[1]].Text})
		}
		e.finish(a, d, page, &said, renderMarkdown(d.blocks, d.url, nil))
		r.Article = a
	}
	e.explain(r, d, page)
	return r
}

// lineAt is the text of a block, empty for none.
func (d *document) lineAt(i int) string {
	if i < 0 {
		return ""
	}
	return d.blocks[i].Text
}

// finish fills in what follows from the kept blocks.
func (e *Extractor) finish(a *tamiz.Article, d *document, page *tamiz.Page, said *sample, md rendered) {
	a.Text = textOf(d.blocks)
	a.Markdown, a.Links = md.markdown, md.links
	a.Excerpt = leadOf(d.blocks)
	declared := a.Language
	a.Language = said.language
	if !said.holds(d.blocks) {
		a.Language = lang.Identify(a.Text).Language
	}
	if a.Language == "" || sameLanguage(declared, a.Language) {
		// The declared tag may say more: "pt-BR".
		a.Language = declared
	}
	a.WordCount = lang.Words(a.Text)
	a.URL = d.url
	if a.CanonicalURL == "" {
		a.CanonicalURL = d.url
	}
	a.Source = page.Source
	a.FetchedAt = page.FetchedAt
	a.Host = weburl.Host(d.url)
	if a.Site == "" {
		a.Site = a.Host
	}
}

func (e *Extractor) explain(r *Result, d *document, page *tamiz.Page) {
	if page.Truncated {
		r.Limits = append(r.Limits, "truncated")
	}
	if e.opts.Explain {
		r.Blocks = d.blocks
	}
}

// addressOf is the address links of the page are relative to.
func addressOf(page *tamiz.Page) string {
	if page.FinalURL != "" {
		return page.FinalURL
	}
	return page.URL
}

// sample is the prose that a page's language was told from.
type sample struct {
	language string
	blocks   []int
}

// languageOf identifies the language of a page's prose, before it is known
// which of it is the article.
func languageOf(d *document) sample {
	var s sample
	var b strings.Builder
	for i := range d.blocks {
		bl := &d.blocks[i]
		if bl.feat.mass > heavyMass || d.plain && bl.feat.words > 5 {
			b.WriteString(cut(bl.Text, sampleBytes-b.Len()))
			b.WriteByte('\n')
			s.blocks = append(s.blocks, i)
			if b.Len() >= sampleBytes {
				break
			}
		}
	}
	s.language = lang.Identify(b.String()).Language
	return s
}

// holds reports whether the sample is a sample of what was kept.
func (s *sample) holds(blocks []Block) bool {
	kept := 0
	for _, i := range s.blocks {
		if blocks[i].Kept {
			kept++
		}
	}
	return s.language != "" && kept*10 >= len(s.blocks)*7
}

// sameLanguage compares the primary subtags.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a != "" && strings.EqualFold(a, b)
}

// textOf joins the kept blocks: paragraphs are separated by a blank line, cells
// of one row by a bar, rows of one table stand on lines of their own.
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
