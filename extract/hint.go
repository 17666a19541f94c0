package extract

import (
	"strings"
	"sync"
)

// hint is a set of things that tags, roles, classes and ids say an element is
// for. A single hint is weak evidence: templates name things carelessly.
type hint uint32

// The hints.
const (
	hintNav hint = 1 << iota
	hintFooter
	hintHeader
	hintAside
	hintForm
	hintButton
	hintHidden
	hintComment
	hintShare
	hintRelated
	hintPromo // newsletter, subscription, call to action, donation
	hintAd
	hintAuthor // about the author
	hintByline // byline or date
	hintTags
	hintCaption
	hintCookie
	hintDeck // standfirst
	hintBody // where the author of the template put the text
	hintDialog
	hintLegal // disclaimer, copyright
	hintPage  // pagination, breadcrumbs, skip links
	hintTitle
	hintMedia // galleries, players, sliders
	hintTOC
	hintQuoteBox // pull quotes
	hintUnit     // card, teaser, item: one of many
)

// hintWord ties a part of a class or id to a hint. A word that begins with "^"
// counts only where a name part begins, one that ends with "$" only where it
// ends: "^ad$" is found in "top-ad" and "adBox" but not in "header". "=hidden"
// is found only as a whole name, not in "label-hidden".
type hintWord struct {
	hint  hint
	words []string
}

// hintWords are the names templates use. They were collected from the class
// attributes of the development pages and from the default themes of common
// publishing systems (WordPress, Drupal, Joomla, Ghost, TYPO3, Bitrix).
var hintWords = []hintWord{
	{hintNav, []string{"^nav", "^menu", "navbar", "navigation", "submenu", "hamburger", "sitemap", "^lang-switch", "language-switcher"}},
	{hintPage, []string{"breadcrumb", "pagination", "paginat", "pager$", "^skip-", "skiplink", "nav-links", "post-nav", "prevnext", "prev-next"}},
	{hintFooter, []string{"^footer", "footer$", "^foot$", "colophon", "^bottom-bar"}},
	{hintHeader, []string{"masthead", "site-header", "^topbar", "page-header", "header-top"}},
	{hintAside, []string{"sidebar", "^aside", "^widget", "side-bar", "^rail$", "right-rail", "rightcol", "right-col", "sidecol"}},
	{hintForm, []string{"^form$", "signup-form", "contact-form"}},
	{hintHidden, []string{"=hidden", "visually-hidden", "visuallyhidden", "^sr-only", "screen-reader", "screenreader", "^d-none$", "print-only", "printonly"}},
	{hintComment, []string{"comment", "koment", "kommentar", "comentari", "commenti$", "otzyv", "^reacties", "^opinie$", "^yorum", "articlecomm", "reader-", "disqus", "^respond$", "^replies$", "^reply", "^discussion", "trackback", "pingback", "livefyre", "^reviews$"}},
	{hintShare, []string{"^share", "sharing", "^social", "addthis", "addtoany", "sharedaddy", "^follow", "sharethis", "a2a-kit", "shareaholic"}},
	{hintRelated, []string{"^related", "recommend", "^read-more", "readmore", "^readnext", "^read-next", "^also-", "^more-", "^most-", "popular", "trending", "outbrain", "taboola", "^similar", "^suggest", "^latest", "^teaser", "zemanta", "^upnext", "^up-next", "crosslink", "^onward", "jp-relatedposts", "^seealso", "see-also", "recirc", "powiazan", "podobn", "polecan", "souvisej", "verwandt", "relacionad", "correlat", "lire-aussi", "leia-tambem", "pohozh", "^similar"}},
	{hintPromo, []string{"newsletter", "subscri", "signup", "sign-up", "^promo", "^cta$", "call-to-action", "^donat", "paywall", "optin", "opt-in", "mailchimp", "^upsell", "^mc-embed", "lead-magnet", "^membership", "^banner", "hellobar", "^nag$"}},
	{hintAd, []string{"^reklam", "^werbung", "^anzeige", "publicidad", "^publicite", "^inzerc", "^ad$", "^ads$", "^advert", "^adsense", "adsbygoogle", "^dfp", "sponsor", "^ad-", "adslot", "ad-slot", "adunit", "^gpt-", "google-ad", "^taboola"}},
	{hintAuthor, []string{"author-bio", "authorbio", "about-author", "aboutauthor", "about-the-author", "author-box", "authorbox", "author-info", "author-desc", "author-card", "author-profile", "^bio$", "post-author-box", "abh_box", "contributor-bio", "author-block"}},
	{hintByline, []string{"byline", "^author$", "^authors$", "^date$", "^dateline", "^published", "publish-date", "pubdate", "post-date", "entry-date", "entry-meta", "post-meta", "article-meta", "meta-data", "postmeta", "^posted", "timestamp", "post-info", "article-info", "^meta$", "^credit", "read-time", "reading-time", "^writer", "article__meta", "entry-header-meta"}},
	{hintTags, []string{"^tags$", "^tag-", "taglist", "tag-list", "post-tags", "entry-tags", "^topics$", "^keywords", "^categories$", "article-tags", "tag-cloud", "tagcloud", "cat-links", "^cats$"}},
	{hintCaption, []string{"caption", "^cutline", "image-credit", "photo-credit", "img-credit", "image-desc", "^figcap"}},
	{hintCookie, []string{"cookie", "gdpr", "^consent", "onetrust", "privacy-", "^cc-window"}},
	{hintDeck, []string{"standfirst", "^dek$", "^deck$", "subtitle", "sub-title", "subhead$", "sub-headline", "subheadline", "^excerpt", "^lede", "article-summary", "post-excerpt", "^intro$", "article-intro", "^kicker", "^abstract$", "article-lead", "^chapo$", "^vorspann", "^entradilla", "^perex", "^chapeau"}},
	{hintBody, []string{"articlebody", "article-body", "entry-content", "post-content", "article-content", "post-body", "story-body", "body-content", "post-entry", "articletext", "article-text", "story-content", "content-body", "post-text", "single-content", "article__body", "article__content", "blog-content", "storytext", "rich-text", "richtext"}},
	{hintDialog, []string{"^modal", "^popup", "^overlay", "lightbox", "^tooltip", "^hovercard", "hover-card", "^dropdown", "^toast", "^flyout", "^drawer", "^offcanvas", "off-canvas"}},
	{hintLegal, []string{"disclaimer", "copyright", "^legal", "disclosure", "^imprint$", "^license"}},
	{hintTitle, []string{"^headline", "post-title", "entry-title", "article-title", "page-title"}},
	{hintMedia, []string{"gallery", "slideshow", "carousel", "^slider", "^player", "^swiper", "^video", "^jwplayer", "^playlist", "^infobox", "^factbox", "^wp-video"}},
	{hintTOC, []string{"^toc$", "^toc-", "table-of-contents", "tableofcontents", "ez-toc"}},
	{hintQuoteBox, []string{"pullquote", "pull-quote", "click-to-tweet", "clicktotweet", "tweetthis", "bctt"}},
	{hintUnit, []string{"^card", "^teaser", "^tile$", "^item$", "^listing", "^hentry", "^post$", "^entry$", "^snippet"}},
}

// hintMatcher finds all hint words in one pass over a class or id: an
// Aho–Corasick automaton over the letters, laid out as one table. (A loop of
// strings.Contains over some 200 words cost as much as parsing the page.)
type hintMatcher struct {
	next [][hintLetters]uint16
	out  [][]hintEnd // words that end in each state
}

type hintEnd struct {
	hint       hint
	length     int
	start, end bool // must begin or end a name part
	whole      bool // must be the whole name
}

// hintLetters are a to z, one symbol for whatever separates name parts.
const hintLetters = 27

var hints = sync.OnceValue(func() *hintMatcher {
	m := &hintMatcher{next: make([][hintLetters]uint16, 1), out: make([][]hintEnd, 1)}
	for _, g := range hintWords {
		for _, w := range g.words {
			e := hintEnd{hint: g.hint}
			switch w[0] {
			case '^':
				e.start, w = true, w[1:]
			case '=':
				e.whole, w = true, w[1:]
			}
			if w[len(w)-1] == '$' {
				e.end, w = true, w[:len(w)-1]
			}
			e.length = len(w)
			state := uint16(0)
			for i := range len(w) {
				c := hintLetter(w[i])
				if m.next[state][c] == 0 {
					m.next = append(m.next, [hintLetters]uint16{})
					m.out = append(m.out, nil)
					m.next[state][c] = uint16(len(m.next) - 1)
				}
				state = m.next[state][c]
			}
			m.out[state] = append(m.out[state], e)
		}
	}
	// Breadth first, each state's missing steps are taken from its fallback.
	fallback := make([]uint16, len(m.next))
	queue := []uint16{}
	for _, s := range m.next[0] {
		if s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		m.out[s] = append(m.out[s], m.out[fallback[s]]...)
		for c := range hintLetters {
			t := m.next[s][c]
			if t == 0 {
				m.next[s][c] = m.next[fallback[s]][c]
				continue
			}
			fallback[t] = m.next[fallback[s]][c]
			queue = append(queue, t)
		}
	}
	return m
})

func hintLetter(c byte) uint8 {
	switch {
	case c >= 'a' && c <= 'z':
		return c - 'a'
	case c >= 'A' && c <= 'Z':
		return c - 'A'
	}
	return hintLetters - 1
}

// maxHintBytes bounds what is read of one class or id; longer ones are lists of
// utility classes that say nothing.
const maxHintBytes = 300

// saysOtherwise are beginnings of class names that tell of something elsewhere
// on the page, or that it is missing: "has-sidebar", "no-comments".
var saysOtherwise = []string{"has-", "no-", "with-", "without-", "is-", "not-", "show-", "hide-", "page-template", "post-type", "under-", "enable", "category-", "theme-"}

// class gives the hints in a class attribute: those of its names one by one.
// The classes of posts by which themes name their topics say nothing.
func (m *hintMatcher) class(s string) hint {
	s = s[:min(len(s), maxHintBytes)]
	post := strings.Contains(s, "hentry") || strings.Contains(s, "type-post")
	var found hint
names:
	for name := range strings.FieldsSeq(s) {
		for _, p := range saysOtherwise {
			if len(name) > len(p) && name[:len(p)] == p {
				continue names
			}
		}
		if post && strings.HasPrefix(name, "tag-") || strings.Contains(name, "--") && (strings.HasSuffix(name, "false") || strings.HasSuffix(name, "hidden")) {
			continue
		}
		found |= m.find(name)
	}
	return found
}

// find gives the hints in one name of a class, or in an id.
func (m *hintMatcher) find(s string) hint {
	s = s[:min(len(s), maxHintBytes)]
	var found hint
	state := uint16(0)
	for i := range len(s) {
		state = m.next[state][hintLetter(s[i])]
		for _, e := range m.out[state] {
			if found&e.hint == 0 && (!e.whole || e.length == len(s)) && (!e.start || partStart(s, i+1-e.length)) && (!e.end || partStart(s, i+1)) {
				found |= e.hint
			}
		}
	}
	return found
}

// partStart reports whether a name part can begin at i: after a character that
// is no letter, at a change from lower to upper case, at either end.
func partStart(s string, i int) bool {
	if i == 0 || i == len(s) {
		return true
	}
	if hintLetter(s[i-1]) == hintLetters-1 || hintLetter(s[i]) == hintLetters-1 {
		return true
	}
	return s[i-1] >= 'a' && s[i] <= 'Z'
}
