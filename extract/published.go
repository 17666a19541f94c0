package extract

import (
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz"
)

// How much each place that gives a date is worth when they disagree: the sums
// per day are compared. What the page shows beside its title counts as much as
// what the markup declares, because copied or generated markup is wrong on one
// page in ten.
const (
	trustArticleMeta  = 3.0
	trustLinkedData   = 2.6
	trustMicrodata    = 2.4
	trustOtherMeta    = 2.0
	trustURL          = 2.5
	trustPageNode     = 1.6
	trustTimeNear     = 2.0 // <time> beside the title
	trustTimeFar      = 0.7
	trustLineLabelled = 2.6 // "Published: …" beside the title
	trustLine         = 2.8 // a date by itself beside the title
	trustClassNear    = 1.8
	trustLoose        = 1.6 // a few words unknown to us and a date, under the title
	trustLineFar      = 0.5
	trustModified     = 0.3 // a date of change, when there is no other
)

// dateVote collects the dates a page gives.
type dateVote struct {
	now   time.Time
	lang  string
	votes []struct {
		date   tamiz.Date
		weight float64
		origin string
	}
	m     *metadata
	field string
}

func (v *dateVote) add(origin, value string, weight float64) {
	if d, ok := parseDate(cleanText(cutBytes(value, maxDateLine)), v.lang); ok {
		v.addDate(origin, d, weight)
	}
}

func (v *dateVote) addDate(origin string, d tamiz.Date, weight float64) {
	if !usable(d, v.now) || len(v.votes) > 200 {
		return
	}
	for i := range v.votes {
		if v.votes[i].origin == origin && sameDay(v.votes[i].date, d) {
			return
		}
	}
	v.m.note(v.field, origin, d.String())
	v.votes = append(v.votes, struct {
		date   tamiz.Date
		weight float64
		origin string
	}{d, weight, origin})
}

func sameDay(a, b tamiz.Date) bool {
	return a.Time.Year() == b.Time.Year() && a.Time.YearDay() == b.Time.YearDay()
}

// winner is the day with the greatest sum; a day next to it, which is the same
// instant in another zone, counts half. Of equal sums the earlier wins.
func (v *dateVote) winner() (tamiz.Date, float64) {
	var best tamiz.Date
	top := 0.0
	for i := range v.votes {
		c := v.votes[i].date
		sum := 0.0
		for j := range v.votes {
			o := v.votes[j].date
			switch dayNumber(c) - dayNumber(o) {
			case 0:
				sum += v.votes[j].weight
			case 1, -1:
				sum += v.votes[j].weight / 2
			}
		}
		better := sum > top+1e-9
		if !better && sum > top-1e-9 {
			better = dayNumber(c) < dayNumber(best) || dayNumber(c) == dayNumber(best) && c.HasTime && !best.HasTime
		}
		if better {
			best, top = c, sum
		}
	}
	// The instant, where some place gives it for that day.
	if !best.HasTime {
		for i := range v.votes {
			if d := v.votes[i].date; d.HasTime && sameDay(d, best) {
				return d, top
			}
		}
	}
	return best, top
}

// dayNumber counts days in the date's own zone.
func dayNumber(d tamiz.Date) int {
	y, m, day := d.Time.Date()
	return int(time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// metaPublished and metaModified are the names under which a page's head gives
// its dates: Open Graph, Parse.ly, Sailthru, Dublin Core, Highwire and the
// names of content systems.
var (
	metaPublished = []string{
		"og:published_time", "og:article:published_time", "datepublished", "publishdate", "publish-date", "publish_date", "pubdate", "publication_date", "publicationdate",
		"article.published", "published-date", "published_date", "published", "article_date_original", "originalpublicationdate", "displaydate", "parsely-pub-date", "sailthru.date",
		"dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created", "dcterms.date", "dc.date", "citation_publication_date", "citation_date", "citation_online_date",
		"date", "rnews:datepublished", "shareaholic:article_published_time", "bt:pubdate", "article:publicationdate", "cxenseparse:recs:publishtime", "vr:published_time", "weibo:article:create_at", "datecreated", "date_created",
	}
	metaModified = []string{
		"article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "last-modified", "lastmod", "modified", "dc.date.modified", "dcterms.modified", "dateupdated", "article.updated", "revised", "shareaholic:article_modified_time", "article:updated_time", "weibo:article:update_at",
	}
)

// readDates chooses when the article was published and changed.
func (m *metadata) readDates(mk *markup, ld *linkedData, article jsonNode, ctx metaContext) {
	pub := dateVote{now: ctx.now, lang: ctx.language, m: m, field: "published"}
	mod := dateVote{now: ctx.now, lang: ctx.language, m: m, field: "modified"}
	for _, v := range mk.metas["article:published_time"] {
		pub.add("article:published_time", v, trustArticleMeta)
		break
	}
	for _, n := range metaPublished {
		for _, v := range mk.metas[n] {
			pub.add("meta "+n, v, trustOtherMeta)
			break
		}
	}
	for _, n := range metaModified {
		for _, v := range mk.metas[n] {
			mod.add("meta "+n, v, trustOtherMeta)
			break
		}
	}
	if article != nil {
		pub.add("JSON-LD datePublished", article.text("datePublished"), trustLinkedData)
		if article["datePublished"] == nil {
			pub.add("JSON-LD dateCreated", article.text("dateCreated", "uploadDate"), trustPageNode)
		}
		mod.add("JSON-LD dateModified", article.text("dateModified"), trustLinkedData)
	}
	if p := ld.pageNode(); p != nil {
		pub.add("JSON-LD page", p.text("datePublished"), trustPageNode)
		mod.add("JSON-LD page", p.text("dateModified"), trustPageNode)
	}
	if d, ok := urlDate(mk.d.url); ok {
		pub.addDate("URL", d, trustURL)
	}
	body := m.bodyStart(mk)
	m.markedDates(mk, &pub, &mod, body)
	m.visibleDates(mk, &pub, &mod, body)

	m.published, _ = pub.winner()
	m.modified, _ = mod.winner()
	if m.published.IsZero() && !m.modified.IsZero() {
		m.published = m.modified
	}
	if !m.modified.IsZero() && dayNumber(m.modified) < dayNumber(m.published) || m.modified.Time.Equal(m.published.Time) {
		m.modified = tamiz.Date{}
	}
	m.first("published", m.published.String())
	m.first("modified", m.modified.String())
}

// bodyStart is the first block of prose after the title.
func (m *metadata) bodyStart(mk *markup) int {
	for i := max(m.titleBlock, 0); i < len(mk.d.blocks); i++ {
		b := &mk.d.blocks[i]
		if i != m.titleBlock && i != m.standfirstBlock && b.feat.mass > heavyMass && b.Kind != Heading {
			return i
		}
	}
	return len(mk.d.blocks)
}

// near reports whether block i stands where the byline does: by the title.
func (m *metadata) near(i, body int) bool {
	if m.titleBlock < 0 {
		return i <= body && i <= 60
	}
	return i >= m.titleBlock-bylineBefore && i <= min(m.titleBlock+bylineReach, body+1)
}

// markedDates reads elements that are named for a date.
func (m *metadata) markedDates(mk *markup, pub, mod *dateVote, body int) {
	for i := range mk.marks {
		k := &mk.marks[i]
		if k.kind&(markPublished|markModified|markTime) == 0 {
			continue
		}
		near := m.near(k.block, body)
		if !near && (mk.dim(min(k.block, len(mk.d.blocks)-1)) || mk.unit(k.block)) {
			continue
		}
		text := k.value
		isTime := k.kind&markTime != 0
		micro := k.kind&markStrong != 0 && k.kind&(markPublished|markModified) != 0
		if text == "" || k.node.DataAtom != atom.Time && k.node.DataAtom != atom.Meta && !micro {
			text = shortText(k.node, maxDateLine)
			if len(text) >= maxDateLine {
				continue
			}
		}
		line, ok := readDateLine(text, pub.lang)
		if !ok {
			d, parsed := tamiz.Date{}, false
			if isTime || micro {
				d, parsed = parseDate(text, pub.lang)
			}
			if !parsed {
				continue
			}
			line = dateLine{published: d}
		}
		weight, origin := trustTimeFar, "element named for a date"
		switch {
		case micro:
			weight, origin = trustMicrodata, "itemprop"
			if !near {
				weight = trustTimeFar
			}
		case isTime && near:
			weight, origin = trustTimeNear, "<time> by the title"
		case isTime:
			origin = "<time>"
		case near:
			weight, origin = trustClassNear, "element named for a date by the title"
		default:
			weight = trustLineFar
		}
		changed := k.kind&markModified != 0 && k.kind&markPublished == 0
		if !changed && isTime && mk.labelledModified(k) {
			changed = true
		}
		if changed && line.modified.IsZero() {
			line.published, line.modified = tamiz.Date{}, line.published
		}
		if !line.published.IsZero() {
			pub.addDate(origin, line.published, weight)
		}
		if !line.modified.IsZero() {
			mod.addDate(origin, line.modified, weight)
		}
	}
}

// unit reports whether block i is one of several cards or teasers.
func (mk *markup) unit(i int) bool {
	if i >= len(mk.d.blocks) {
		return true
	}
	for e, n := mk.d.blocks[i].elem, 0; e >= 0 && n < 4; e, n = mk.d.elems[e].parent, n+1 {
		if mk.d.elems[e].own&hintUnit != 0 && mk.d.elems[e].same > 2 {
			return true
		}
	}
	return false
}

// labelledModified reports whether the block in which a <time> stands says that
// it is the time of a change.
func (mk *markup) labelledModified(k *mark) bool {
	for i := k.block - 1; i <= k.block && i < len(mk.d.blocks); i++ {
		if i < 0 || len(mk.d.blocks[i].Text) > maxDateLine || !contains(&mk.d.blocks[i], k.node) {
			continue
		}
		d, ok := readDateLine(mk.d.blocks[i].Text, "")
		return ok && !d.modified.IsZero() && d.published.IsZero()
	}
	return false
}

// contains reports whether one of the block's leaves stands inside n.
func contains(b *Block, n *html.Node) bool {
	for i, leaf := range b.leaves {
		if i >= 40 {
			break
		}
		for p, up := leaf.Parent, 0; p != nil && up < 8; p, up = p.Parent, up+1 {
			if p == n {
				return true
			}
		}
	}
	return false
}

// visibleDates reads the lines around the title, and, with little weight, the
// labelled dates elsewhere.
func (m *metadata) visibleDates(mk *markup, pub, mod *dateVote, body int) {
	blocks := mk.d.blocks
	for i := range blocks {
		b := &blocks[i]
		if len(b.Text) > maxDateLine || b.feat.digits < 2 && b.feat.cjk == 0 || i == m.titleBlock {
			continue
		}
		near := m.near(i, body)
		text := b.Text
		if near {
			text = spacedText(b)
		} else if mk.hints(i)&(hintsOther&^hintAside) != 0 {
			continue
		}
		line, ok := readDateLine(text, pub.lang)
		loose := false
		if !ok && near && i > m.titleBlock && m.titleBlock >= 0 && !(b.Kind == TableCell) {
			line, loose, ok = dateAmongLines(b, pub.lang)
		}
		if !ok {
			continue
		}
		// A label may stand in the block before: "Published" / "July 24, 2021".
		before := false
		if !line.labelled && i > 0 && len(blocks[i-1].Text) <= 40 {
			if l := readLabel(blocks[i-1].Text, true); l.words > 0 && l.others == 0 {
				line.labelled, before = true, true
				if l.modified {
					line.published, line.modified = tamiz.Date{}, line.published
				}
			}
		}
		if !near && !before && (mk.dim(i) || mk.unit(i)) {
			continue
		}
		weight, origin := trustLineFar, "labelled date"
		switch {
		case loose:
			weight, origin = trustLoose, "date and a few words under the title"
		case near && line.labelled:
			weight, origin = trustLineLabelled, "labelled date by the title"
		case near:
			weight, origin = trustLine, "date by the title"
		case before:
			weight = trustLine
		case !line.labelled:
			weight, origin = trustLineFar/2, "date"
		}
		if line.guessed {
			weight /= 2
		}
		if near && !(b.Kind == TableCell) {
			m.headBlocks = append(m.headBlocks, i)
		}
		if !line.published.IsZero() {
			pub.addDate(origin, line.published, weight)
		}
		if !line.modified.IsZero() {
			mod.addDate(origin, line.modified, weight)
		}
	}
}

// dateAmongLines reads the lines into which <br> cuts a block: the first that
// holds a date and little else, or one that merely ends in a date.
func dateAmongLines(b *Block, lang string) (line dateLine, loose, ok bool) {
	lines := blockLines(b)
	if len(lines) > 1 {
		for _, l := range lines {
			if line, ok = readDateLine(l, lang); ok {
				return line, false, true
			}
		}
	}
	for _, l := range lines {
		if d, found := looseDate(l, lang); found {
			return dateLine{published: d}, true, true
		}
	}
	return dateLine{}, false, false
}

// urlDate reads the day in the path of an address: /2021/07/24/, /2021-07-24-,
// /20210724/.
func urlDate(u string) (tamiz.Date, bool) {
	_, rest, ok := strings.Cut(u, "://")
	if !ok {
		return tamiz.Date{}, false
	}
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	toks := dateTokens(strings.ReplaceAll("/"+path, "_", "-"))
	s := strings.ReplaceAll("/"+path, "_", "-")
	for i := range toks {
		t := toks[i]
		if t.kind != 'n' || t.start == 0 || t.start > 0 && !strings.ContainsRune("/-.", rune(s[t.start-1])) {
			continue
		}
		whole := func(i int) bool {
			return toks[i].end == len(s) || strings.ContainsRune("/-.", rune(s[toks[i].end]))
		}
		switch {
		case t.digits == 8 && whole(i):
			if d, ok := parseDigits(s[t.start:t.end]); ok {
				return d, true
			}
		case t.digits == 4 && i+2 < len(toks) && s[t.end:toks[i+1].start] == s[toks[i+1].end:toks[i+2].start] && len(s[t.end:toks[i+1].start]) == 1:
			if toks[i+2].kind != 'n' || toks[i+2].digits > 2 || !whole(i+2) {
				continue
			}
			m := 0
			if toks[i+1].kind == 'n' && toks[i+1].digits <= 2 {
				m = toks[i+1].num
			} else if toks[i+1].kind == 'w' {
				m = monthOf(s[toks[i+1].start:toks[i+1].end], "en")
			}
			if d, ok := day(t.num, m, toks[i+2].num); ok {
				return d, true
			}
		}
	}
	return tamiz.Date{}, false
}
