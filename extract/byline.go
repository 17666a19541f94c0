package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of names.
const (
	maxNameRunes  = 60
	maxNameWords  = 6
	maxBylineText = 300 // bytes of an element named for the author
)

// bylineWords are the words that lead to a name, folded.
var bylineWords = labelIndex(`
by author authors writer written words text story reported posted published contributed interview reviewed compiled
von vom autor autorin autoren verfasst text redaktion door auteur auteurs av skribent af skrevet forfatter tekst foto
por autora autores escrito texto par rédigé écrit propos recueillis di autore autori scritto a cura de del da scris
przez autorka autorzy napisał napisała napsal napsala redaktor
автор авторы текст написал написала от автора автори подготовил подготовила
tarafından yazar yazan kirjoittanut teksti kirjoittaja szerző szerzők írta
oleh penulis ditulis reporter pewarta editor
bởi tác giả viết του συντάκτης συντάκτρια από γράφει ο η
بقلم كتب كتبت الكاتب מאת
लेखक द्वारा โดย`)

// bylinePrefixes lead to a name at the beginning of a line; the short ones that
// are words of a sentence as well ("de", "a") are not here.
var bylinePrefixes = labelIndex(`
by author authors von autor autorin door auteur av af por autora par di autore przez autorka
автор авторы текст автора tarafından yazar yazan szerző írta oleh penulis bởi συντάκτης γράφει بقلم מאת โดย`)

// cjkByline are the labels of names in scripts without spaces.
var cjkByline = []string{"作者", "记者", "記者", "文/", "文／", "文：", "撰文", "责任编辑", "責任編輯", "编辑", "編輯", "著者", "執筆者", "執筆", "筆者", "ライター", "取材・文", "文・", "投稿者", "글", "기자", "작성자", "글쓴이"}

// roleWords say what somebody does; a part of a byline that holds one is no name.
var roleWords = labelIndex(`
editor editors reporter correspondent contributor contributors columnist writer staff ceo cto cfo cmo coo founder cofounder co-founder director manager president vice officer head chief
professor analyst consultant specialist strategist engineer designer developer producer photographer journalist blogger author expert coach nutritionist dietitian attorney lawyer physician partner lead senior junior associate assistant
redakteur redakteurin korrespondent geschäftsführer redactor redactora periodista corresponsal editora directora rédacteur rédactrice journaliste correspondant giornalista redattore jornalista repórter redactie redaktör
корреспондент редактор обозреватель журналист reporter redaktor dziennikarz redaktorka muhabir editör wartawan kontributor
reading read minutes minute min mins views view comments comment shares share updated published posted last on at in follow subscribe image photo photos getty reuters courtesy`)

// nobody are names that stand for no person; they are taken only where the page
// shows them as its byline.
var teamWords = labelIndex(`
team staff editorial editors editor admin administrator webmaster contributor guest desk newsroom news redaktion redacción rédaction redazione redação redactie redakcja redakce
редакция редакція redaksi tim department group inc llc ltd gmbh corp company press release association society foundation institute university magazine agency studio media network services
construction marketing dental clinic solutions systems online blog store shop`)

// readAuthors chooses who wrote the article. The places that name an author are
// asked in order of trust; the first that names a person wins, and names what
// the page shows in its byline before a team or the site itself.
func (m *metadata) readAuthors(mk *markup, ld *linkedData, article jsonNode, names []string, ctx metaContext) {
	type group struct {
		origin string
		names  []string
		shown  bool
	}
	var groups []group
	add := func(origin string, shown bool, values ...string) {
		var out []string
		for _, v := range values {
			for _, n := range splitNames(v) {
				out = appendName(out, n)
			}
		}
		if len(out) > 0 {
			m.note("authors", origin, strings.Join(out, "; "))
			groups = append(groups, group{origin, out, shown})
		}
	}
	var declared []string
	if article != nil {
		for _, key := range [...]string{"author", "creator"} {
			for _, o := range ld.objects(article[key]) {
				name := o.text("name")
				if name == "" {
					name = strings.TrimSpace(o.text("givenName") + " " + o.text("familyName"))
				}
				declared = append(declared, name)
			}
			if len(declared) > 0 {
				break
			}
		}
		add("JSON-LD author", false, declared...)
	}
	add("meta author", false, mk.allMetas("author", "article:author", "og:article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator", "article.author", "authors", "cxenseparse:author", "rnews:creator", "twitter:data1")...)
	add("citation_author", false, mk.allMetas("citation_author", "citation_authors")...)

	body := m.bodyStart(mk)
	var rel, classed, far []string
	for i := range mk.marks {
		k := &mk.marks[i]
		if k.kind&markAuthor == 0 {
			continue
		}
		near := m.near(k.block, body)
		if !near && (mk.dim(min(k.block, len(mk.d.blocks)-1)) || mk.unit(k.block)) {
			continue
		}
		v := k.value
		if v == "" || strings.Contains(v, "://") {
			v = mk.authorText(k)
		}
		if v == "" || len(v) > maxBylineText {
			continue
		}
		switch {
		case near && k.kind&markStrong != 0 && k.kind&markRel|k.kind&markStrong != 0 && k.kind&markRel != 0:
			rel = append(rel, v)
		case near:
			classed = append(classed, v)
		default:
			far = append(far, v)
		}
	}
	visible := m.visibleBylines(mk, body)
	add("rel=author by the title", true, rel...)
	add("byline by the title", true, visible...)
	if len(visible) == 0 {
		add("element named for the author by the title", true, firstNames(classed)...)
	}
	add("element named for the author", false, firstNames(far)...)

	// Persons first, in the order of trust.
	for _, g := range groups {
		var people []string
		for _, n := range g.names {
			if isPerson(n, names) {
				people = append(people, n)
			}
		}
		if len(people) > 0 {
			m.authors = people[:min(len(people), maxAuthors)]
			m.first("authors", strings.Join(g.names, "; "))
			return
		}
	}
	// A team or a company, where the byline shows it.
	for _, g := range groups {
		if g.shown {
			m.authors = g.names[:min(len(g.names), maxAuthors)]
			m.first("authors", strings.Join(g.names, "; "))
			return
		}
	}
}

func (mk *markup) allMetas(names ...string) []string {
	for _, n := range names {
		var out []string
		for _, v := range mk.metas[n] {
			if v = cleanText(v); v != "" && !strings.Contains(v, "://") && len(v) <= maxBylineText {
				out = append(out, v)
			}
		}
		if len(out) > 0 {
			if n == "twitter:data1" && !strings.EqualFold(mk.get("twitter:label1"), "written by") {
				return nil
			}
			return out
		}
	}
	return nil
}

// authorText is the name inside an element named for the author: that of an
// element inside named for the name, if there is one.
func (mk *markup) authorText(k *mark) string {
	return shortText(k.node, maxBylineText+50)
}

// firstNames keeps the values up to the second person: elements named for an
// author nest, and repeat one name in several forms.
func firstNames(values []string) []string {
	for _, v := range values {
		if names := splitNames(v); len(names) > 0 {
			return []string{v}
		}
	}
	return nil
}

// visibleBylines are the texts around the title that begin like a byline.
func (m *metadata) visibleBylines(mk *markup, body int) []string {
	blocks := mk.d.blocks
	from := max(m.titleBlock-headBefore, 0)
	to := min(max(m.titleBlock, 0)+headReach, len(blocks)-1, body+1)
	for i := from; i <= to; i++ {
		b := &blocks[i]
		if i == m.titleBlock || len(b.Text) > maxBylineText || b.Kind == Heading && b.Level == 1 {
			continue
		}
		if b.elem >= 0 && mk.d.elems[b.elem].hints&(hintComment|hintRelated|hintFooter|hintNav) != 0 {
			continue
		}
		name, alone, ok := bylineOf(b.Text)
		if !ok {
			continue
		}
		if alone { // "By" stands by itself, the name follows
			if i+1 < len(blocks) && len(blocks[i+1].Text) <= 2*maxNameRunes {
				name = blocks[i+1].Text
			} else {
				continue
			}
		}
		if len(splitNames(name)) > 0 {
			m.headBlocks = append(m.headBlocks, i)
			return []string{name}
		}
	}
	return nil
}

// bylineOf reads a line that begins like a byline and gives what follows.
func bylineOf(s string) (rest string, alone, ok bool) {
	toks := dateTokens(s)
	if len(toks) == 0 {
		return "", false, false
	}
	for _, p := range cjkByline {
		if i := strings.Index(s, p); i >= 0 && i <= 24 && utf8.RuneCountInString(s) <= 60 {
			after := strings.TrimLeft(s[i+len(p):], " :：/／・|　")
			if i == 0 || !strings.ContainsAny(p, "기자글") {
				return after, after == "", true
			}
			return s[:i], false, true // "홍길동 기자"
		}
	}
	// "Written by", "Posted on July 24 by": the last lead word of the first few.
	for i := 0; i < len(toks) && i < 2; i++ {
		if toks[i].kind != 'w' {
			break
		}
		w := foldWord(s[toks[i].start:toks[i].end])
		if !bylineWords[w] {
			break
		}
		if bylinePrefixes[w] {
			rest = strings.TrimLeft(s[toks[i].end:], " :：\u00a0|–—-")
			return rest, rest == "", true
		}
	}
	// "July 24, 2021 by Jane Doe"
	low := strings.ToLower(s)
	if len(s) <= maxDateLine {
		if i := strings.Index(low, " by "); i > 0 && len(low) == len(s) && len(findDates(s[:i], "")) > 0 {
			return s[i+4:], false, true
		}
	}
	return "", false, false
}

// splitNames cuts a byline into names: without labels, dates, roles, addresses
// and what stands behind separators.
func splitNames(s string) []string {
	s = foldSpace(s)
	if s == "" || len(s) > 2000 {
		return nil
	}
	if hits := findDates(s, ""); len(hits) > 0 {
		// What stands before the date, or after it if nothing does.
		if before := strings.TrimSpace(s[:hits[0].start]); lettersIn(before) > 2 {
			s = before
		} else {
			s = s[hits[len(hits)-1].end:]
		}
	}
	s = dropParentheses(s)
	for _, sep := range []string{" | ", "|", " • ", "•", " · ", "·", " – ", " — ", "—", " - ", " // ", " / "} {
		if i := strings.Index(s, sep); i > 0 && lettersIn(s[:i]) > 1 {
			if n := bylineTail(s[:i]); n != "" {
				s = s[:i]
			} else {
				s = s[i+len(sep):]
			}
		}
	}
	s = bylineTail(s)
	var out []string
	for _, part := range cutNames(s) {
		if n := cleanName(part); n != "" {
			out = appendName(out, n)
			if len(out) >= maxAuthors {
				break
			}
		}
	}
	return out
}

func lettersIn(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

func dropParentheses(s string) string {
	for {
		i := strings.IndexAny(s, "([<")
		if i < 0 {
			return s
		}
		j := strings.IndexAny(s[i:], ")]>")
		if j < 0 {
			return strings.TrimSpace(s[:i])
		}
		s = s[:i] + " " + s[i+j+1:]
	}
}

// bylineTail takes the words that lead to a name off the beginning.
func bylineTail(s string) string {
	s = strings.TrimSpace(s)
	for range 4 {
		toks := dateTokens(s)
		if len(toks) == 0 {
			return ""
		}
		for _, p := range cjkByline {
			if strings.HasPrefix(s, p) {
				s = strings.TrimLeft(s[len(p):], " :：/／・|　")
				toks = dateTokens(s)
				break
			}
		}
		if len(toks) == 0 || toks[0].kind != 'w' {
			return s
		}
		w := s[toks[0].start:toks[0].end]
		f := foldWord(w)
		next := strings.TrimLeft(s[toks[0].end:], " \u00a0")
		switch {
		case strings.HasPrefix(next, ":") && (bylineWords[f] || roleWords[f]):
			s = strings.TrimSpace(next[1:])
		case bylinePrefixes[f] && (len(toks) > 1 || next == ""), bylineWords[f] && len(toks) > 1 && (strings.ToLower(w) == w || bylineWords[foldWord(s[toks[1].start:toks[1].end])]):
			s = next
		default:
			return s
		}
	}
	return s
}

// nameJoints are the words that join two names.
var nameJoints = labelIndex(`and und et y e en och og i a with i и та і ve ja és dan và και و mit con avec`)

// cutNames splits at the marks and words that join names.
func cutNames(s string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;&/、，；＆・\n+", r) }) {
		words := strings.Fields(p)
		start := 0
		for i, w := range words {
			// A joint stands between two names, in lower case.
			if i > 0 && i < len(words)-1 || i == 0 && len(words) > 1 {
				if nameJoints[foldWord(w)] && (w == strings.ToLower(w) || strings.EqualFold(w, "and")) && (i-start >= 2 || i == 0 || strings.EqualFold(w, "and") || strings.EqualFold(w, "und")) {
					if i > start {
						out = append(out, strings.Join(words[start:i], " "))
					}
					start = i + 1
				}
			}
		}
		out = append(out, strings.Join(words[start:], " "))
	}
	return out
}

// credentials are what may hang on a name after a comma.
func isCredential(s string) bool {
	letters, upper := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
			if unicode.IsUpper(r) {
				upper++
			}
		}
	}
	return letters <= 6 && upper >= 2 && upper*2 >= letters || s == "Jr" || s == "Jr." || s == "Sr." || s == "Esq." || s == "II" || s == "III"
}

// cleanName gives the name in a part of a byline, empty if it holds none.
func cleanName(s string) string {
	s = strings.TrimSpace(strings.Trim(s, " \t.,:;|-–—·•*\"“”'‘’«»#\u00a0"))
	if i := strings.IndexByte(s, '@'); i >= 0 {
		s = strings.TrimSpace(strings.TrimLeft(s, "@"))
		if strings.ContainsAny(s, "@ ") {
			return ""
		}
	}
	s = strings.Map(func(r rune) rune {
		if r >= 0x2190 && r <= 0x2BFF || r >= 0x1F000 || r == 0xFE0F || r == 0x200D {
			return -1 // arrows, emoji
		}
		return r
	}, s)
	s = foldSpace(s)
	n := utf8.RuneCountInString(s)
	if n < 2 || n > maxNameRunes || lettersIn(s) < 2 || isCredential(s) {
		return ""
	}
	low := strings.ToLower(s)
	if strings.Contains(low, "://") || strings.HasPrefix(low, "www.") || strings.Contains(low, ".com/") {
		return ""
	}
	words := strings.Fields(s)
	if len(words) > maxNameWords+2 {
		return ""
	}
	digits := 0
	lower, roles := 0, 0
	for i, w := range words {
		for _, r := range w {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		r, _ := utf8.DecodeRuneInString(w)
		if unicode.IsLower(r) && !nameParticle[strings.ToLower(strings.Trim(w, "'’"))] {
			lower++
		}
		if roleWords[foldWord(strings.Trim(w, ".,:"))] && !teamWords[foldWord(strings.Trim(w, ".,:"))] && (i > 0 || len(words) == 1 || unicode.IsLower(r)) {
			roles++
		}
	}
	switch {
	case digits > 4:
		return ""
	case roles > 0 && len(words) > 1:
		return ""
	case len(words) > 1 && lower > len(words)/2 && lower > 1:
		return "" // words of a sentence
	case len(words) == 1 && roleWords[foldWord(s)] && !teamWords[foldWord(s)]:
		return ""
	}
	return caseName(words)
}

var nameParticle = labelIndex(`de la del der den von van zu zum di da du dos das do el al bin ibn le e y of the and für ter ten af av und et`)

// caseName writes a name in capitals the usual way.
func caseName(words []string) string {
	s := strings.Join(words, " ")
	if len(words) < 2 || s != strings.ToUpper(s) {
		return s
	}
	for i, w := range words {
		if utf8.RuneCountInString(w) <= 2 || strings.Contains(w, ".") {
			continue
		}
		up := true
		words[i] = strings.Map(func(r rune) rune {
			if !unicode.IsLetter(r) {
				up = true
				return r
			}
			if up {
				up = false
				return r
			}
			return unicode.ToLower(r)
		}, w)
	}
	return strings.Join(words, " ")
}

// isPerson reports whether a name can be a person's: not the site's, not a
// team's, not a company's.
func isPerson(s string, names []string) bool {
	if isSiteName(s, names) && len(strings.Fields(s)) != 2 {
		return false
	}
	for _, n := range names {
		if squash(n) == squash(s) {
			// A person's own site bears their name.
			return len(strings.Fields(s)) == 2 && !hasTeamWord(s) && strings.Contains(s, " ")
		}
	}
	return !hasTeamWord(s)
}

func hasTeamWord(s string) bool {
	for _, w := range strings.Fields(s) {
		if teamWords[foldWord(strings.Trim(w, ".,'’s"))] || teamWords[foldWord(strings.Trim(w, ".,"))] {
			return true
		}
	}
	return false
}

// appendName adds a name that is not there yet; of two forms of one name the
// longer stays.
func appendName(names []string, n string) []string {
	k := squash(n)
	if k == "" {
		return names
	}
	for i, old := range names {
		o := squash(old)
		switch {
		case o == k:
			return names
		case len(k) > len(o) && len(o) >= 6 && strings.Contains(k, o):
			names[i] = n
			return names
		case len(o) > len(k) && strings.Contains(o, k) && len(k) >= 6:
			return names
		}
	}
	return append(names, n)
}
