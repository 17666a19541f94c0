package extract

import (
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"

	"tamiz"
	"tamiz/weburl"
)

// Limits of metadata.
const (
	maxMetas        = 600
	maxMarks        = 2000
	maxScripts      = 60
	maxTranslations = 50
	maxTags         = 30
	maxTagRunes     = 60
	maxAuthors      = 20
	maxFieldBytes   = 1000 // of a title or standfirst
	bylineReach     = 14   // blocks after the title in which byline and date are looked for
	bylineBefore    = 6    // and before it
)

// candidate is one value of a field and where the page gave it.
type candidate struct {
	value  string
	origin string
}

// Origin is one value that a page gives for a field, and where it gives it. The
// values of a field stand together, the chosen one first; the others agreed or
// were overruled.
type Origin struct {
	Field  string // "title", "standfirst", "authors", "published", "modified", "tags", "translation of"
	Value  string
	From   string // "JSON-LD headline", "byline by the title", …
	Chosen bool
}

// originFields is the order in which origins are told.
var originFields = []string{"title", "standfirst", "authors", "published", "modified", "tags", "translation of"}

// metadata is what a page says about its article. The fields hold what was
// chosen; origins hold all there was, what was chosen first.
type metadata struct {
	title      string
	standfirst string
	authors    []string
	published  tamiz.Date
	modified   tamiz.Date

	base          string // address that relative links are relative to
	siteName      string
	language      string // as declared: a hint
	translationOf string // URL of the work this page is declared to translate
	translations  []tamiz.Alternate
	tags          []string
	description   string
	types         []string // schema.org types of the JSON-LD nodes

	// Blocks that show the fields, -1 for none: they are not the text.
	titleBlock      int
	standfirstBlock int
	headBlocks      []int  // byline and date lines near the title
	office          string // named by the byline, no person: "The harbour master's office"

	origins map[string][]candidate
}

func (m *metadata) note(field, origin, value string) {
	if value == "" || len(m.origins[field]) >= 40 {
		return
	}
	m.origins[field] = append(m.origins[field], candidate{value, origin})
}

// list gives the origins of all fields.
func (m *metadata) list() []Origin {
	var out []Origin
	chosen := map[string]bool{
		"title": m.title != "", "standfirst": m.standfirst != "", "authors": len(m.authors) > 0,
		"published": !m.published.IsZero(), "modified": !m.modified.IsZero(), "translation of": m.translationOf != "",
	}
	for _, f := range originFields {
		for i, c := range m.origins[f] {
			out = append(out, Origin{f, c.value, c.origin, f == "tags" || i == 0 && chosen[f]})
		}
	}
	return out
}

// first moves the candidates with the chosen value to the front.
func (m *metadata) first(field, value string) {
	sort.SliceStable(m.origins[field], func(i, j int) bool {
		return m.origins[field][i].value == value && m.origins[field][j].value != value
	})
}

// markup is what the metadata is read from: the head, the scripts with
// structured data and the elements that the template names.
type markup struct {
	lang    string
	title   string
	metas   map[string][]string // by lower-case name, property or itemprop
	nmetas  int
	scripts []string
	links   []*html.Node // of the head, and rel=canonical, alternate anywhere
	marks   []mark
	base    string

	d       *document
	classes map[string]markKind
	next    int // the block that the next text node opens
	inBody  bool
}

// markKind is what an element is named for.
type markKind uint16

const (
	markAuthor markKind = 1 << iota
	markPublished
	markModified
	markTime // a <time> element
	markTitle
	markDeck
	markTag
	markStrong // named by rel, itemprop or a class that means nothing else
	markRel
)

// mark is an element named for a field.
type mark struct {
	kind  markKind
	node  *html.Node
	value string // attribute that holds the value: content or datetime
	block int    // first block that begins inside or after it
}

// readMarkup walks the whole tree once.
func readMarkup(d *document) *markup {
	mk := &markup{d: d, metas: make(map[string][]string, 32), classes: make(map[string]markKind, 64)}
	mk.walk(d.root, 0)
	return mk
}

func (mk *markup) walk(n *html.Node, depth int) {
	if depth > 2000 {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if mk.next < len(mk.d.blocks) && len(mk.d.blocks[mk.next].leaves) > 0 && mk.d.blocks[mk.next].leaves[0] == c {
			mk.next++
		}
		if c.Type != html.ElementNode {
			continue
		}
		if c.Namespace != "" {
			continue
		}
		mk.element(c)
		switch c.DataAtom {
		case atom.Style, atom.Template, atom.Iframe, atom.Select, atom.Script, atom.Title, atom.Svg:
			continue
		}
		mk.walk(c, depth+1)
	}
}

func (mk *markup) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Html:
		mk.lang = strings.TrimSpace(attr(n, "lang"))
		if mk.lang == "" {
			mk.lang = strings.TrimSpace(attr(n, "xml:lang"))
		}
		return
	case atom.Body:
		if mk.lang == "" {
			mk.lang = strings.TrimSpace(attr(n, "lang"))
		}
		mk.inBody = true
		return
	case atom.Title:
		if mk.title == "" && n.FirstChild != nil {
			mk.title = cleanText(n.FirstChild.Data)
		}
		return
	case atom.Base:
		if mk.base == "" {
			mk.base = attr(n, "href")
		}
		return
	case atom.Script:
		if n.FirstChild != nil && len(mk.scripts) < maxScripts && strings.Contains(strings.ToLower(attr(n, "type")), "ld+json") {
			mk.scripts = append(mk.scripts, n.FirstChild.Data)
		}
		return
	case atom.Meta:
		mk.meta(n)
		return
	case atom.Link:
		if len(mk.links) < 400 && attr(n, "href") != "" {
			mk.links = append(mk.links, n)
		}
		return
	case atom.H1, atom.H2, atom.H3, atom.P, atom.Li, atom.Ul, atom.Img, atom.Br:
		if len(n.Attr) == 0 {
			return
		}
	}
	if len(mk.marks) >= maxMarks {
		return
	}
	var kind markKind
	value := ""
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "class", "id", "data-testid", "data-qa":
			kind |= mk.class(a.Val)
		case "rel":
			for _, r := range strings.Fields(a.Val) {
				switch strings.ToLower(r) {
				case "author":
					kind |= markAuthor | markStrong | markRel
				case "tag":
					kind |= markTag | markRel
				}
			}
		case "itemprop", "property":
			kind |= mk.property(a.Val)
		case "content", "datetime":
			value = a.Val
		}
	}
	switch n.DataAtom {
	case atom.Time:
		kind |= markTime
	case atom.A:
		if isAuthorPage(attr(n, "href")) {
			kind |= markAuthor | markRel
		}
	}
	if kind == 0 {
		return
	}
	mk.marks = append(mk.marks, mark{kind: kind, node: n, value: strings.TrimSpace(value), block: mk.next})
}

// isAuthorPage reports whether an address has the form of an author's page.
func isAuthorPage(href string) bool {
	if len(href) > 400 {
		return false
	}
	for _, p := range authorPaths {
		if i := strings.Index(href, p); i >= 0 && len(href) > i+len(p)+1 {
			return true
		}
	}
	return false
}

// authorPaths are parts of the addresses of authors' pages.
//
//nolint:misspell // words of many languages
var authorPaths = []string{"/author/", "/authors/", "/autor/", "/autores/", "/auteur/", "/auteurs/", "/autori/", "/autore/", "/contributor/", "/contributors/", "/byline/", "/penulis/", "/yazar/"}

// property reads an itemprop or RDFa property, one or several words.
func (mk *markup) property(v string) markKind {
	var kind markKind
	for _, w := range strings.Fields(v) {
		if i := strings.LastIndexAny(w, ":/"); i >= 0 {
			w = w[i+1:]
		}
		switch w {
		case "author", "creator":
			kind |= markAuthor | markStrong
		case "datePublished", "dateCreated", "published":
			kind |= markPublished | markStrong
		case "dateModified", "modified":
			kind |= markModified | markStrong
		case "headline":
			kind |= markTitle | markStrong
		case "alternativeHeadline":
			kind |= markDeck | markStrong
		case "keywords":
			kind |= markTag
		}
	}
	return kind
}

// class tells the fields that classes and ids are named for.
func (mk *markup) class(v string) markKind {
	if v == "" || len(v) > 1000 {
		return 0
	}
	if k, ok := mk.classes[v]; ok {
		return k
	}
	k := classKind(strings.ToLower(v))
	mk.classes[v] = k
	return k
}

// classParts are what every name below holds one of; most classes hold none.
var classParts = []string{"auth", "byl", "writ", "fn", "contrib", "by", "date", "publ", "post", "mod", "time", "datum", "fecha", "dtrev", "created"}

func classKind(v string) markKind {
	var kind markKind
	named := false
	for _, part := range classParts {
		if strings.Contains(v, part) {
			named = true
			break
		}
	}
	if !named {
		return 0
	}
	for _, w := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }) {
		has := func(s string) bool { return strings.Contains(w, s) }
		if has("author") && !has("authority") && !has("authoriz") || has("byline") || has("writer") && !has("typewriter") || w == "fn" || has("p-author") || has("contributor") || has("created-by") || has("posted-by") || has("postedby") {
			if !has("bio") && !has("desc") && !has("img") && !has("image") && !has("avatar") && !has("photo") && !has("social") && !has("about") && !has("title") && !has("role") && !has("job") {
				kind |= markAuthor
				if has("author-name") || has("author_name") || has("authorname") || has("author__name") || has("byline-name") || has("byline__name") || w == "fn" || w == "p-author" || w == "author" || w == "byline" {
					kind |= markStrong
				}
			}
		}
		switch {
		case has("updated") || has("modified") || has("lastmod") || has("dateupdate") || has("last-update") || has("updatedate"):
			// "published updated" is one element of a theme for both.
			kind |= markModified
		case has("publish") && !has("publisher"), has("pubdate"), has("posted") && !has("posted-by") && !has("posted-in"), has("dtreviewed"), has("date") && !has("update") && !has("candidate") && !has("mandate") && !has("datepick") && !has("validate") && !has("data-"),
			has("timestamp"), has("dateline"), w == "time" || has("-time") && !has("read") || has("time-"), has("datum"), has("fecha"), has("created-at"):
			kind |= markPublished
		}
	}
	if kind&(markPublished|markModified) == markPublished|markModified && !strings.Contains(v, "updated-") {
		// "entry-date published updated": the post was not changed since.
		kind &^= markModified
	}
	return kind
}

func (mk *markup) meta(n *html.Node) {
	if mk.nmetas >= maxMetas {
		return
	}
	var names [4]string
	k := 0
	content := ""
	itemprop := false
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "name", "property", "itemprop", "http-equiv":
			if k < len(names) {
				names[k] = strings.ToLower(strings.TrimSpace(a.Val))
				k++
			}
			itemprop = itemprop || a.Key == "itemprop"
		case "content", "value":
			if content == "" {
				content = a.Val
			}
		}
	}
	content = strings.TrimSpace(content)
	if content == "" || k == 0 {
		return
	}
	// Microdata of a list of posts is not about the page.
	if itemprop && mk.inBody {
		if mk.next < len(mk.d.blocks) && mk.dim(mk.next) {
			return
		}
	}
	mk.nmetas++
	for _, name := range names[:k] {
		if len(mk.metas[name]) < 100 && name != "" {
			mk.metas[name] = append(mk.metas[name], content)
		}
	}
}

// get is the first non-empty value under one of the names.
func (mk *markup) get(names ...string) string {
	for _, n := range names {
		for _, v := range mk.metas[n] {
			if v = cleanText(v); v != "" {
				return v
			}
		}
	}
	return ""
}

// hintsOther are the parts of a page that are about something else.
const hintsOther = hintComment | hintRelated | hintAside | hintFooter | hintNav

// dim reports whether block i stands in a part of the page that is about
// something else than the article.
func (mk *markup) dim(i int) bool {
	if i >= len(mk.d.blocks) {
		return true
	}
	return mk.hints(i)&hintsOther != 0
}

// hints are those of the elements around block i.
func (mk *markup) hints(i int) hint {
	if e := mk.d.blocks[i].elem; e >= 0 {
		return mk.d.elems[e].hints
	}
	return 0
}

// metaContext is what the reading of the metadata needs besides the page.
type metaContext struct {
	now      time.Time
	language string // of the text where it is known already, else empty
}

// readMetadata reads what the page says about its article. It needs the blocks
// and elements, and no decision about them.
func readMetadata(d *document, ctx metaContext) *metadata {
	mk := readMarkup(d)
	m := &metadata{origins: make(map[string][]candidate), titleBlock: -1, standfirstBlock: -1}
	ld := readLinkedData(mk.scripts)
	for _, n := range ld.nodes {
		if len(m.types) < 100 {
			m.types = append(m.types, n.types()...)
		}
	}
	m.language = mk.language()
	if ctx.language == "" {
		ctx.language = m.language
	} else if primaryLanguage(ctx.language) == primaryLanguage(m.language) {
		ctx.language = m.language // the declared one may have a country
	}
	m.description = mk.get("og:description", "description", "twitter:description", "dc.description", "dcterms.description")
	base := mk.baseURL()
	m.base = base
	canonical := mk.declaredAddress(base)
	addresses := map[string]bool{}
	for _, u := range []string{d.url, canonical} {
		if u != "" {
			addresses[strings.TrimRight(u, "/")] = true
		}
	}
	declared := []string{mk.title, mk.get("og:title")}
	article := ld.mainArticle(addresses, declared)
	names := readSiteNames(mk, ld, article, d.url)
	if len(names) > 0 {
		m.siteName = names[0].name
	}
	m.readTitle(mk, article, names)
	if article != nil && m.description == "" {
		m.description = article.text("description")
	}
	m.readStandfirst(mk)
	m.readDates(mk, ld, article, ctx)
	m.readAuthors(mk, ld, article, names)
	m.readTags(mk, article)
	m.readTranslation(ld, article, base, canonical)
	return m
}

func (mk *markup) baseURL() string {
	if mk.base != "" {
		if u, err := weburl.Resolve(mk.d.url, mk.base); err == nil {
			return u
		}
	}
	return mk.d.url
}

// language is the declared language in BCP 47 form.
func (mk *markup) language() string {
	for _, v := range []string{mk.lang, mk.get("content-language", "dc.language", "dcterms.language", "language", "inlanguage"), mk.get("og:locale")} {
		v = strings.ReplaceAll(strings.TrimSpace(v), "_", "-")
		v, _, _ = strings.Cut(v, ",")
		if len(v) >= 2 && len(v) <= 20 && isLanguageTag(v) {
			return v
		}
	}
	return ""
}

func isLanguageTag(s string) bool {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z' || s[i] >= '0' && s[i] <= '9' && i > 2:
			n++
		case s[i] == '-' && n >= 2:
		default:
			return false
		}
	}
	primary, _, _ := strings.Cut(s, "-")
	return len(primary) <= 3 && !strings.HasSuffix(s, "-")
}

// declaredAddress is the page's address as it declares it.
func (mk *markup) declaredAddress(base string) string {
	for _, n := range mk.links {
		if strings.EqualFold(strings.TrimSpace(attr(n, "rel")), "canonical") {
			if u, err := weburl.Resolve(base, attr(n, "href")); err == nil {
				return u
			}
		}
	}
	if u, err := weburl.Resolve(base, mk.get("og:url")); err == nil {
		return u
	}
	return ""
}

// siteName is a name of the site or its publisher.
type siteName struct {
	name  string
	key   string // letters and digits only, lower case
	words int
}

// readSiteNames collects the names of the site and its publisher, the best
// first.
func readSiteNames(mk *markup, ld *linkedData, article jsonNode, pageURL string) []siteName {
	var out []siteName
	seen := map[string]bool{}
	title := ""
	if article != nil {
		title = squash(article.text("headline"))
	}
	if title == "" {
		title = squash(mk.get("og:title"))
	}
	add := func(s string) {
		s = cleanText(s)
		k := strings.ToLower(s)
		if s == "" || len(s) > 120 || seen[k] || strings.Contains(s, "://") {
			return
		}
		seen[k] = true
		// Some sites give the page's title as the site's name.
		if key := squash(s); key != "" && len(strings.Fields(s)) <= 8 && key != title {
			out = append(out, siteName{s, key, len(strings.Fields(s))})
		}
	}
	add(mk.get("og:site_name"))
	for _, n := range ld.nodes {
		if n.is(func(t string) bool { return t == "WebSite" }) {
			add(n.text("name"))
			add(n.text("alternateName"))
		}
	}
	if article != nil {
		for _, p := range ld.objects(article["publisher"]) {
			add(p.text("name"))
		}
	}
	for _, n := range ld.nodes {
		if n.is(isOrganizationType) && len(out) < 12 {
			add(n.text("name"))
		}
	}
	add(mk.get("application-name", "apple-mobile-web-app-title", "al:iphone:app_name", "citation_journal_title", "dc.publisher", "publisher"))
	host := weburl.Host(pageURL)
	if host != "" {
		host = strings.TrimPrefix(host, "www.")
		add(host)
		site := weburl.Site(host)
		if label, _, ok := strings.Cut(site, "."); ok && len(label) > 3 {
			add(label)
		}
	}
	return out
}

// readLines takes dates and names from the date line and the byline of a plain
// text, either of which may be empty.
func readLines(a *tamiz.Article, date, byline string, ctx metaContext) {
	if d, ok := readDateLine(date, ctx.language); ok {
		if a.Published = d.date(); !usable(a.Published, ctx.now) {
			a.Published = tamiz.Date{}
		}
		if usable(d.modified, ctx.now) && dayNumber(d.modified) > dayNumber(a.Published) {
			a.Modified = d.modified
		}
	}
	for _, line := range [...]string{byline, date} {
		for part := range strings.FieldsFuncSeq(line, isSeparator) {
			rest, _, ok := bylineOf(strings.TrimSpace(part))
			if !ok {
				continue
			}
			for _, n := range splitNames(rest) {
				if looksLikeName(n) {
					a.Authors = appendName(a.Authors, n)
				}
			}
		}
		if len(a.Authors) > 0 {
			return
		}
	}
}

// readTags collects the subjects the page gives for its article.
func (m *metadata) readTags(mk *markup, article jsonNode) {
	seen := map[string]bool{}
	add := func(origin, v string) {
		for _, t := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(",;、，；|\n", r) }) {
			t = strings.Trim(cleanText(t), "#＃ .\"'")
			k := strings.ToLower(t)
			if t == "" || utf8.RuneCountInString(t) > maxTagRunes || seen[k] || len(m.tags) >= maxTags || strings.Contains(t, "://") {
				continue
			}
			seen[k] = true
			m.tags = append(m.tags, t)
			m.note("tags", origin, t)
		}
	}
	for _, v := range mk.metas["article:tag"] {
		add("article:tag", v)
	}
	if article != nil {
		for _, v := range strings1(article["keywords"]) {
			add("JSON-LD keywords", v)
		}
	}
	for i := range mk.marks {
		k := &mk.marks[i]
		if k.kind&markTag == 0 {
			continue
		}
		if k.kind&markRel != 0 && k.block < len(mk.d.blocks) && mk.d.blocks[k.block].elem >= 0 && mk.d.elems[mk.d.blocks[k.block].elem].hints&(hintRelated|hintAside|hintNav) != 0 {
			continue
		}
		v := k.value
		if v == "" {
			v = shortText(k.node, 4*maxTagRunes)
		}
		add("rel=tag", v)
	}
	if len(m.tags) == 0 {
		for _, name := range []string{"news_keywords", "parsely-tags", "sailthru.tags", "dc.subject", "dcterms.subject", "citation_keywords", "keywords"} {
			for _, v := range mk.metas[name] {
				add(name, v)
			}
			if len(m.tags) > 0 {
				break
			}
		}
	}
}

// readTranslation reads what this page is declared to be a translation of.
func (m *metadata) readTranslation(ld *linkedData, article jsonNode, base, canonical string) {
	if article == nil {
		return
	}
	for _, key := range [...]string{"translationOfWork", "isBasedOn", "isBasedOnUrl"} {
		for _, n := range ld.objects(article[key]) {
			for _, k := range [...]string{"url", "@id", "name"} {
				v, _ := n[k].(string)
				if !strings.Contains(v, "/") {
					continue
				}
				u, err := weburl.Resolve(base, v)
				if err != nil || u == canonical {
					continue
				}
				if m.translationOf == "" && key == "translationOfWork" {
					m.translationOf = u
				}
				m.note("translation of", "JSON-LD "+key, u)
				break
			}
		}
	}
	if m.translationOf == "" && len(m.origins["translation of"]) > 0 {
		m.translationOf = m.origins["translation of"][0].value
	}
	for _, n := range ld.objects(article["workTranslation"]) {
		v := n.text("url", "@id")
		lang := n.text("inLanguage")
		if v == "" || len(m.translations) >= maxTranslations {
			continue
		}
		if u, err := weburl.Resolve(base, v); err == nil {
			m.translations = append(m.translations, tamiz.Alternate{Language: lang, URL: u})
		}
	}
}

// withTranslations adds the editions that structured data names to those of the
// page's hreflang links.
func (m *metadata) withTranslations(alternates []tamiz.Alternate) []tamiz.Alternate {
	for _, t := range m.translations {
		known := slices.ContainsFunc(alternates, func(a tamiz.Alternate) bool { return a.URL == t.URL })
		if !known && len(alternates) < maxPageAlternates {
			alternates = append(alternates, t)
		}
	}
	return alternates
}

// shortText is the text of an element, folded, at most limit bytes of it.
func shortText(n *html.Node, limit int) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil && b.Len() < limit; c = c.NextSibling {
			switch c.Type {
			case html.TextNode:
				foldInto(&b, c.Data[:min(len(c.Data), 4*limit)], 0)
			case html.ElementNode:
				if skippedTags[c.DataAtom] {
					continue
				}
				if !inlineTags[c.DataAtom] || c.DataAtom == atom.Br {
					foldInto(&b, " ", 0)
				}
				walk(c)
				if !inlineTags[c.DataAtom] {
					foldInto(&b, " ", 0)
				}
			}
		}
	}
	walk(n)
	return foldSpace(b.String())
}

// foldSpace folds white space, drops what cannot be seen and normalises.
func foldSpace(s string) string {
	var b strings.Builder
	foldInto(&b, s, 0)
	s = strings.TrimSpace(b.String())
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return s
}

// cutBytes cuts a text to at most limit bytes, between characters.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}
