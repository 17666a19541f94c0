package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tamiz/lang"
)

// Limits of names.
const (
	maxNameRunes   = 60
	maxNameWords   = 6
	maxForeignName = 24  // characters of a foreign name in Chinese or Japanese
	maxBylineText  = 300 // bytes of an element named for the author
)

// bylineWords are the words that lead to a name, folded.
//
//nolint:misspell // words of many languages
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
//
//nolint:misspell // words of many languages
var bylinePrefixes = labelIndex(`
by author authors writer contributors reporter von autor autorin door auteur av af por autora par di autore przez autorka
автор авторы текст автора tarafından yazar yazan szerző írta oleh penulis bởi συντάκτης γράφει بقلم מאת โดย`)

// colonLabels lead to a name where a colon follows: alone they are too common.
//
//nolint:misspell // words of many languages
var colonLabels = labelIndex(`
text words story copy article column essay texte textes article récit texto textos testo testi parole words relato nota crónica reportaje artículo artigo
tekst teksti szöveg tekstas teksts tekst slova słowa riječi reči besedilo text artikel wort worte beitrag bericht tulisan teks naskah penulisan
текст слова материал стаття матеріал статия κείμενο metin yazı bài tulis texto report reportage
por par von da door oleh av af di przez autor author escribe firma signature scrie`)

// otherCredits are labels with a colon behind which a name or two capitalised
// words stand that are not the author's: pictures, translations, and what the
// article is filed under.
//
//nolint:misspell // words of many languages
var otherCredits = labelIndex(`
photo photos photograph photography photographer photographs image images picture pictures illustration illustrations illustrator illustrated graphic graphics graphik art artwork video camera cover credit credits courtesy source sources via
foto fotos fotografie fotografin fotograf fotografía fotografia fotografías fotó zdjęcie zdjęcia snímek bild bilder titelbild bildquelle grafik abbildung illustratie illustrationen ilustración ilustracja ilustrace ilustrasi ilustrasjon ilustração immagine immagini imagen imágenes imagem crédito crédits gambar kredit obrázek kuva valokuva
фото фотография фотографии фотограф иллюстрация иллюстрации изображение видео зображення світлина снимка источник джерело
quelle quellen fuente fuentes fonte fonti bron källa kilde zdroj źródło sumber kaynak izvor
translation translator translated traducción traductor traductora traduction traducteur traduzione traduttore tradução tradutor übersetzung übersetzer übersetzt vertaling vertaald översättning oversettelse oversættelse překlad preklad tłumaczenie tłumacz перевод переводчик переклад превод terjemahan penerjemah diterjemahkan çeviri çeviren fordítás fordította käännös
category categories topic topics section sections tag tags tagged filed series theme subject subjects type format keyword keywords label related read next previous see more rubrik kategorie kategorien thema themen schlagwort schlagworte schlagwörter serie ressort categoría categorías tema temas etiquetas sección catégorie catégories rubrique thème étiquettes mots categoria categorie argomento argomenti sezione categorias assunto assuntos editoria kategori topik rubrika štítky témata kategoria kategoria kategorie temat tematy konu рубрика рубрики категория категории раздел теги тема темы категорія розділ
location place venue where city country address region phone email client customer company industry ort land stadt adresse firma branche kunde lugar ubicación ciudad país empresa cliente sector lieu ville pays entreprise client luogo città azienda local cidade lokasi tempat miasto misto место город компания
editor editors editing edited redaktion redacción edición rédaction redazione redaktor редактор editora lektorat producer producers production interview subject guest host with featuring speaker speakers moderator recorded music note update correction language languages sprache idioma langue lingua bahasa язык title titel título titre titolo judul название rating price print`)

// cjkOtherCredits are the same in scripts without spaces.
var cjkOtherCredits = []string{"写真", "撮影", "図", "画像", "摄影", "攝影", "图", "圖", "翻译", "翻譯", "译", "譯", "訳", "来源", "來源", "出典", "分类", "分類", "标签", "標籤", "カテゴリ", "タグ", "场所", "場所", "사진", "번역", "출처", "분류"}

// cjkByline are the labels of names in scripts without spaces.
var cjkByline = []string{"作者", "记者", "記者", "文/", "文／", "文：", "撰文", "责任编辑", "責任編輯", "编辑", "編輯", "著者", "執筆者", "執筆", "筆者", "ライター", "取材・文", "文・", "投稿者", "글", "기자", "작성자", "글쓴이"}

// roleWords say what somebody does; a part of a byline that holds one is no name.
//
//nolint:misspell // words of many languages
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

// How much each place that names an author is worth. A byline that says "by"
// beside the title is what the reader sees; the head of the page often names
// the account that uploaded the text.
const (
	trustByline      = 3.0 // "By Jane Doe" beside the title
	trustCitation    = 2.9 // scholarly pages name everybody there
	trustAuthorLD    = 2.6
	trustAuthorRel   = 2.5 // rel=author or an address of an author's page, beside the title
	trustAuthorMeta  = 2.2
	trustAuthorClass = 2.0 // element named for the author beside the title
	trustBylineFar   = 1.3 // "Written by Jane Doe" under the text
	trustNameByDate  = 1.2 // what looks like a name, beside the date
	trustAuthorFar   = 1.0
	trustAgree       = 0.3 // share of another place's worth that agreement adds
	handlePenalty    = 1.5 // for "jdoe42", the name of an account, and the site's own name
)

// authorGroup is what one place of the page says about the authors.
type authorGroup struct {
	names  []string
	weight float64
	shown  bool // beside the title, for the reader to see
	whole  bool // names every author, and nobody else
}

// has reports whether the group holds a name, or a longer or shorter form of it.
func (g *authorGroup) has(n string) bool {
	k := squash(n)
	for _, o := range g.names {
		if q := squash(o); q == k || len(k) >= 5 && strings.Contains(q, k) || len(q) >= 5 && strings.Contains(k, q) {
			return true
		}
	}
	return false
}

// readAuthors chooses who wrote the article. Persons come before teams and
// companies; the site itself counts only where the byline names it.
func (m *metadata) readAuthors(mk *markup, ld *linkedData, article jsonNode, names []siteName) {
	var groups []authorGroup
	companies := map[string]bool{} // names whose node says that it is no person
	add := func(origin string, weight float64, shown bool, values ...string) {
		var out []string
		for _, v := range values {
			for _, n := range splitNames(v) {
				out = appendName(out, n)
			}
		}
		if len(out) > 0 {
			m.note("authors", origin, strings.Join(out, "; "))
			whole := weight == trustByline || weight == trustAuthorLD || weight == trustAuthorMeta || weight == trustCitation
			groups = append(groups, authorGroup{out, weight, shown, whole})
		}
	}
	if article != nil {
		var declared []string
		for _, key := range [...]string{"author", "creator"} {
			for _, o := range ld.objects(article[key]) {
				name := o.text("name")
				if name == "" {
					name = strings.TrimSpace(o.text("givenName") + " " + o.text("familyName"))
				}
				declared = append(declared, capitalName(name))
				if o.is(isOrganizationType) {
					companies[squash(name)] = true
				}
			}
			if len(declared) > 0 {
				break
			}
		}
		add("JSON-LD author", trustAuthorLD, false, declared...)
	}
	add("meta author", trustAuthorMeta, false, mk.allMetas(metaAuthor...)...)
	citation := mk.allMetas("citation_author", "citation_authors")
	for i, c := range citation {
		if last, first, ok := strings.Cut(c, ", "); ok && !strings.Contains(first, ",") && len(strings.Fields(last)) <= 2 {
			citation[i] = first + " " + last
		}
	}
	add("citation_author", trustCitation, false, citation...)

	body := m.bodyStart(mk)
	rel, classed, far := m.markedAuthors(mk, body)
	byline, beside := m.visibleBylines(mk, names, body)
	if m.office != "" {
		m.note("authors", "office in the byline", m.office)
		groups = append(groups, authorGroup{names: []string{m.office}, weight: trustByline, shown: true})
	}
	add("byline by the title", trustByline, true, byline...)
	add("author's link by the title", trustAuthorRel, true, linkedNames(rel, names)...)
	add("element named for the author by the title", trustAuthorClass, true, nameLike(classed, 1, names)...)
	add("name by the date", trustNameByDate, true, nameLike(beside, 1, names)...)
	add("byline under the text", trustBylineFar, true, m.closingByline(mk, body)...)
	add("element named for the author", trustAuthorFar, false, nameLike(far, 1, names)...)
	m.chooseAuthors(groups, names, companies)
}

// metaAuthor are the names under which a page's head names its author.
var metaAuthor = []string{
	"author", "article:author", "og:article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator",
	"article.author", "authors", "cxenseparse:author", "rnews:creator", "twitter:data1",
}

// markedAuthors are the texts of elements named for the author: links to an
// author's page by the title, others by the title, and those elsewhere.
func (m *metadata) markedAuthors(mk *markup, body int) (rel, classed, far []string) {
	for i := range mk.marks {
		k := &mk.marks[i]
		if k.kind&markAuthor == 0 {
			continue
		}
		near := m.near(k.block, body)
		if !near && (mk.dim(min(k.block, len(mk.d.blocks)-1)) || mk.unit(k.block)) {
			continue
		}
		pieces := []string{k.value}
		if k.value == "" || strings.Contains(k.value, "://") {
			pieces = strings.Split(authorText(k.node), "\n")
		}
		for _, v := range pieces {
			if v == "" || len(v) > maxBylineText {
				continue
			}
			switch {
			case near && k.kind&markRel != 0:
				rel = append(rel, v)
			case near:
				classed = append(classed, v)
			case k.kind&(markRel|markStrong) != 0:
				far = append(far, v)
			}
		}
	}
	return rel, classed, far
}

// chooseAuthors weighs the groups. A name that is the site's as well counts as
// a person's if it has the shape of one and no node says that it is a company.
func (m *metadata) chooseAuthors(groups []authorGroup, names []siteName, companies map[string]bool) {
	var people []authorGroup
	for _, g := range groups {
		p := authorGroup{weight: g.weight, shown: g.shown, whole: g.whole}
		handles := 0
		for _, n := range g.names {
			n = withoutSite(n, names)
			site := isSiteName(n, names)
			if hasTeamWord(n) || site && (!ownSite(n) || companies[squash(n)]) {
				continue
			}
			p.names = append(p.names, n)
			if site || isHandle(n) {
				handles++
			}
		}
		if len(p.names) > 0 {
			if handles == len(p.names) {
				p.weight -= handlePenalty
			}
			people = append(people, p)
		}
	}
	best, top := -1, 0.0
	for i := range people {
		sum := people[i].weight
		for j := range people {
			if i != j && people[j].has(people[i].names[0]) {
				sum += trustAgree * people[j].weight
			}
		}
		if sum > top+1e-9 {
			best, top = i, sum
		}
	}
	if best < 0 {
		m.chooseTeam(groups, names)
		return
	}
	m.authors = people[best].names
	if people[best].shown && len(m.authors) == 1 {
		m.authors = []string{declaredWithin(m.authors[0], people)}
	}
	// A place that agrees and names more people is more complete.
	for i := range people {
		g := &people[i]
		if len(g.names) <= len(m.authors) || !g.whole || len(g.names) > 2*len(m.authors)+4 {
			continue
		}
		all := true
		for _, n := range m.authors {
			all = all && g.has(n)
		}
		if all {
			m.authors = g.names
		}
	}
	m.authors = m.authors[:min(len(m.authors), maxAuthors)]
	m.first("authors", strings.Join(m.authors, "; "))
}

// declaredWithin gives the declared name with which a shown one begins: what
// follows it there is the next field, glued on.
func declaredWithin(shown string, groups []authorGroup) string {
	for _, g := range groups {
		if g.shown || !g.whole || len(g.names) != 1 {
			continue
		}
		if n := g.names[0]; strings.HasPrefix(shown, n+" ") && looksLikeName(n) {
			return n
		}
	}
	return shown
}

// chooseTeam takes a team or a company as the author: where the byline shows
// it, or where it is declared and not just the site's own name.
func (m *metadata) chooseTeam(groups []authorGroup, names []siteName) {
	for _, shown := range [...]bool{true, false} {
		for _, g := range groups {
			if g.shown != shown || !shown && isSiteName(g.names[0], names) && !hasTeamWord(g.names[0]) || isHandle(g.names[0]) {
				continue
			}
			m.authors = g.names[:min(len(g.names), maxAuthors)]
			m.first("authors", strings.Join(g.names, "; "))
			return
		}
	}
}

// capitalName writes a declared name of two or three words that is all in lower
// case with capitals.
func capitalName(s string) string {
	words := strings.Fields(s)
	if len(words) < 2 || len(words) > 3 || s != strings.ToLower(s) || strings.ContainsAny(s, "@_/0123456789") {
		return s
	}
	for i, w := range words {
		r, n := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(r)) + w[n:]
	}
	return strings.Join(words, " ")
}

// allMetas are the values under the first of the names that is there.
func (mk *markup) allMetas(names ...string) []string {
	for _, n := range names {
		var out []string
		for _, v := range mk.metas[n] {
			if v = cleanText(v); v != "" && !strings.Contains(v, "://") && len(v) <= maxBylineText {
				out = append(out, capitalName(v))
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

// authorText is the text of an element named for the author, a line for each
// block inside. Where an inline element begins or ends, two words that touch
// are taken apart: "By<a>Jane Doe</a><time>24 July" is written without spaces.
func authorText(n *html.Node) string {
	const limit = maxBylineText + 50
	var b strings.Builder
	boundary := false
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		for c := n.FirstChild; c != nil && b.Len() < limit && depth < 100; c = c.NextSibling {
			switch c.Type {
			case html.TextNode:
				t := cutBytes(c.Data, limit)
				if boundary && t != "" && b.Len() > 0 {
					last, _ := utf8.DecodeLastRuneInString(b.String())
					first := firstRune(t)
					if (unicode.IsLetter(last) || unicode.IsDigit(last)) && (unicode.IsUpper(first) || unicode.IsDigit(first)) {
						b.WriteByte(' ')
					}
				}
				boundary = false
				b.WriteString(strings.Map(func(r rune) rune {
					if r == '\n' || r == '\r' {
						return ' '
					}
					return r
				}, c.Data[:min(len(c.Data), limit)]))
			case html.ElementNode:
				if skippedTags[c.DataAtom] || c.DataAtom == atom.Img {
					continue
				}
				block := !inlineTags[c.DataAtom] || c.DataAtom == atom.Br
				if block {
					b.WriteByte('\n')
				}
				boundary = true
				walk(c, depth+1)
				boundary = true
				if block {
					b.WriteByte('\n')
				}
			}
		}
	}
	walk(n, 0)
	return strings.ToValidUTF8(b.String(), "")
}

// nameLike keeps the first values that look like the name of somebody: classes
// are given carelessly, and an element named for the author may hold the
// section or a button.
func nameLike(values []string, most int, names []siteName) []string {
	var out []string
	for _, v := range values {
		for _, n := range splitNames(v) {
			if looksLikeName(n) || isSiteName(n, names) && len(out) == 0 {
				out = append(out, v)
				break
			}
		}
		if len(out) >= most {
			break
		}
	}
	return out
}

// linkedNames are the texts of links to an author's page: such a name may be a
// single word.
func linkedNames(values []string, names []siteName) []string {
	out := nameLike(values, 12, names)
	if len(out) > 0 {
		return out
	}
	for _, v := range values {
		v = foldSpace(v)
		f := foldWord(v)
		if !strings.Contains(v, " ") && unicode.IsUpper(firstRune(v)) && !notNames[f] && !roleWords[f] && !bylineWords[f] {
			return []string{v}
		}
	}
	return nil
}

// looksLikeName reports whether a text has the shape of a person's name: two to
// six capitalised words, or a few characters of a script without cases.
func looksLikeName(s string) bool {
	words := strings.Fields(s)
	if len(words) > maxNameWords || hasTeamWord(s) || strings.ContainsAny(s, "?!:;/\\_0123456789") {
		return false
	}
	upper := 0
	for i, w := range words {
		f := foldWord(strings.Trim(w, ".,"))
		if roleWords[f] || notNames[f] || bylineWords[f] && i > 0 && !nameParticle[f] {
			return false
		}
		r := firstRune(strings.TrimLeft(w, "'’\""))
		switch {
		case isIdeographic(r):
			if strings.ContainsAny(s, "·・") {
				return utf8.RuneCountInString(s) <= maxForeignName
			}
			return utf8.RuneCountInString(s) <= 8
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLetter(r) && !unicode.IsLower(r):
			upper++ // Arabic, Hebrew, Hindi and others have no cases
		case i > 0 && nameParticle[f]:
		default:
			return false
		}
	}
	return upper >= 2
}

// notNames are capitalised words of menus and labels that stand where names do.
var notNames = labelIndex(`
home news blog about contact more read all view our your my this these how what why when where who which new best top get go see learn meet share save
search menu login sign subscribe newsletter download register join start free guide guides tips insights from posts post articles article categories category tags topics
english español français deutsch privacy policy terms cookie cookies table contents introduction overview summary key takeaways hardware software research development health wellness prevention
business marketing technology science sports opinion politics world culture travel food lifestyle entertainment money finance education reviews review strategy community product products resources customer
full bio text size font living forum facts blogs list print listen click here join watch video videos episode podcast
inhalt startseite inicio accueil noticias actualités nachrichten`)

// isHandle reports whether a name is that of an account: "jdoe42", "j.doe".
func isHandle(s string) bool {
	if strings.Contains(s, " ") {
		return false
	}
	r := firstRune(s)
	return unicode.IsLower(r) && r < 0x250 && utf8.RuneCountInString(s) > 3 || strings.ContainsAny(s, "_0123456789")
}

// visibleBylines are the text beside the title that begins like a byline, or
// else those that merely look like a name and stand beside the date.
func (m *metadata) visibleBylines(mk *markup, names []siteName, body int) (byline, beside []string) {
	blocks := mk.d.blocks
	from := max(m.titleBlock-bylineBefore, 0)
	to := min(max(m.titleBlock, 0)+bylineReach, len(blocks)-1, body+1)
	for i := from; i <= to; i++ {
		if i == m.titleBlock || mk.hints(i)&(hintComment|hintRelated|hintFooter|hintNav) != 0 {
			continue
		}
		if name, ok := m.bylineAt(mk, i); ok {
			return []string{name}, nil
		}
	}
	if name, ok := m.labelledBeside(mk, from, to, names); ok {
		return nil, []string{name}
	}
	for _, d := range m.headBlocks {
		for _, i := range [...]int{d, d - 1, d + 1, d - 2, d + 2} {
			if i < from || i > to || i == m.titleBlock || len(blocks[i].Text) > maxNameRunes || blocks[i].Kind == Heading && blocks[i].Level < 4 {
				continue
			}
			if mk.hints(i)&(hintNav|hintFooter|hintRelated|hintTags|hintPage) != 0 || linksToSection(&blocks[i]) {
				continue
			}
			if isOtherCredit(blocks[i].Text) {
				continue
			}
			for _, n := range splitNames(spacedText(&blocks[i])) {
				if looksLikeName(n) && len(strings.Fields(n)) <= 3 && !strings.ContainsAny(n, "'’") && !isSiteName(n, names) && titleSimilarity(n, m.title) < 0.3 {
					beside = append(beside, n)
				}
			}
		}
	}
	return nil, beside
}

// labelledBeside reads a name behind an unknown label, where it stands in the
// line of the date or next to it.
func (m *metadata) labelledBeside(mk *markup, from, to int, names []siteName) (string, bool) {
	blocks := mk.d.blocks
	for _, d := range m.headBlocks {
		for _, i := range [...]int{d, d + 1, d - 1} {
			if i < from || i > to || i == m.titleBlock || len(blocks[i].Text) > maxBylineText || blocks[i].Kind == Heading {
				continue
			}
			if mk.hints(i)&(hintNav|hintFooter|hintRelated|hintTags|hintPage|hintComment) != 0 || linksToSection(&blocks[i]) {
				continue
			}
			for _, line := range blockLines(&blocks[i]) {
				if hits := findDates(line, ""); len(hits) > 0 {
					line = strings.TrimLeft(line[hits[len(hits)-1].end:], " .,;|–—-/")
				}
				for part := range strings.FieldsFuncSeq(line, isSeparator) {
					if n, ok := labelledName(strings.TrimSpace(part)); ok && !isSiteName(n, names) && titleSimilarity(n, m.title) < 0.3 {
						return n, true
					}
				}
			}
		}
	}
	return "", false
}

// bylineAt reads a byline in block i; where the block holds only "By" the name
// follows in the next.
func (m *metadata) bylineAt(mk *markup, i int) (string, bool) {
	blocks := mk.d.blocks
	b := &blocks[i]
	if len(b.Text) > maxBylineText || b.Kind == Heading && b.Level == 1 {
		return "", false
	}
	name, alone, ok := bylineAmong(b)
	if !ok {
		return "", false
	}
	at := i
	if alone {
		if i+1 >= len(blocks) || len(blocks[i+1].Text) > 2*maxNameRunes {
			return "", false
		}
		at = i + 1
		name = spacedText(&blocks[at])
	}
	found := splitNames(name)
	if len(found) == 0 && isOffice(b.Text, name) {
		m.office = name
	} else if len(found) == 0 || !plausibleByline(found, name, b) {
		return "", false
	}
	m.headBlocks = append(m.headBlocks, i)
	if at > i {
		m.headBlocks = append(m.headBlocks, at)
	}
	return name, true
}

// isOffice reports whether what follows a byline's label and colon is an author
// that is no person: "Text: The harbour master's office".
func isOffice(text, name string) bool {
	before, _, found := strings.Cut(text, name)
	before = strings.TrimSpace(before)
	n := len(strings.Fields(name))
	return found && (strings.HasSuffix(before, ":") || strings.HasSuffix(before, "：")) && n > 1 && n <= maxNameWords &&
		unicode.IsUpper(firstRune(name)) && len(name) <= maxNameRunes && !strings.ContainsAny(name, ".,:;!?/@0123456789")
}

// bylineAmong reads the byline of a block: of its text, or of a line or a part
// of it: "Published: 24 July 2021 | By Jane Doe".
func bylineAmong(b *Block) (name string, alone, ok bool) {
	if name = bylineElement(b); name != "" {
		return name, false, true
	}
	lines := blockLines(b)
	if len(lines) == 1 {
		if name, alone, ok = bylineOf(lines[0]); ok {
			return name, alone, ok
		}
	}
	for i, line := range lines {
		if name, alone, ok = bylineOf(line); ok {
			if alone && i+1 < len(lines) {
				return lines[i+1], false, true
			}
			if !alone || i == len(lines)-1 {
				return name, alone, true
			}
		}
		for part := range strings.FieldsFuncSeq(line, isSeparator) {
			if name, alone, ok = bylineOf(strings.TrimSpace(part)); ok && !alone {
				return name, false, true
			}
		}
		// "12 June 2025 Words: Jane Doe"
		if hits := findDates(line, ""); len(hits) > 0 && len(line) <= maxDateLine {
			after := strings.TrimLeft(line[hits[len(hits)-1].end:], " .,;|–—-/")
			if name, alone, ok = bylineOf(after); ok && !alone {
				return name, false, true
			}
		}
	}
	return "", false, false
}

// bylineElement gives the name of a byline that ends with its element, where
// another element with the date follows: "<span>By Jane Doe</span> <time>Put
// online on 24 July 2021". Glued together, where the name ends would depend on
// knowing the words before the date.
func bylineElement(b *Block) string {
	const most = 12 // leaves looked at
	if len(b.Text) > maxBylineText {
		return ""
	}
	name, found := "", false
	var parent *html.Node
	for i, leaf := range b.leaves {
		text := foldSpace(cutBytes(leaf.Data, maxBylineText))
		if leaf.Type != html.TextNode || text == "" {
			continue
		}
		if i >= most {
			return ""
		}
		if !found {
			rest, alone, ok := bylineOf(text)
			if !ok || !alone && !looksLikeName(rest) {
				return ""
			}
			name, found = rest, true
			parent = leaf.Parent
			continue
		}
		if name == "" { // the label stood by itself
			if !looksLikeName(text) {
				return ""
			}
			name, parent = text, leaf.Parent
			continue
		}
		first := firstRune(text)
		if leaf.Parent != parent && leaf.Parent.DataAtom != atom.A && (unicode.IsUpper(first) || unicode.IsDigit(first)) && len(findDates(text, "")) > 0 {
			return name
		}
		return ""
	}
	return ""
}

// blockLines are the lines into which <br> cuts the text of a short block, at
// least one.
func blockLines(b *Block) []string {
	var lines []string
	from := 0
	for i, leaf := range b.leaves {
		if leaf.Type == html.TextNode || leaf.DataAtom != atom.Br {
			continue
		}
		if l := spacedText(&Block{leaves: b.leaves[from:i]}); l != "" {
			lines = append(lines, l)
		}
		from = i + 1
	}
	last := b
	if from > 0 {
		last = &Block{leaves: b.leaves[from:]}
	}
	if l := spacedText(last); l != "" || len(lines) == 0 {
		lines = append(lines, l)
	}
	return lines
}

// isSeparator reports whether a character separates the parts of a line about
// the article.
func isSeparator(r rune) bool { return strings.ContainsRune("|•·⋅∙●◦▪■｜　", r) }

// linksToSection reports whether a block is a link to a section or a tag.
func linksToSection(b *Block) bool {
	for _, leaf := range b.leaves {
		for p, up := leaf.Parent, 0; p != nil && up < 4; p, up = p.Parent, up+1 {
			if p.DataAtom != atom.A {
				continue
			}
			href := attr(p, "href")
			for _, w := range [...]string{"categor", "/tag", "/topic", "/section", "/kategori", "/rubri", "/tema"} {
				if strings.Contains(href, w) {
					return true
				}
			}
			return !strings.Contains(href, "/") || strings.Count(strings.Trim(href, "/"), "/") == 0
		}
	}
	return false
}

// spacedText is the text of a short block with a space where two elements touch
// and the second begins with a capital or a digit: "Jane Doe</a><span>Published".
func spacedText(b *Block) string {
	var out strings.Builder
	for _, leaf := range b.leaves {
		if leaf.Type != html.TextNode {
			out.WriteByte(' ')
			continue
		}
		if out.Len() > 2*maxBylineText {
			break
		}
		t := cutBytes(leaf.Data, 2*maxBylineText)
		last, _ := utf8.DecodeLastRuneInString(out.String())
		first := firstRune(t)
		if (unicode.IsLetter(last) || unicode.IsDigit(last)) && (unicode.IsUpper(first) || unicode.IsDigit(first)) {
			out.WriteByte(' ')
		}
		if r := firstRune(leaf.Data); unicode.IsSpace(r) {
			out.WriteByte(' ')
		}
		out.WriteString(t)
		if r, _ := utf8.DecodeLastRuneInString(leaf.Data); unicode.IsSpace(r) {
			out.WriteByte(' ')
		}
	}
	if out.Len() == 0 {
		return b.Text
	}
	return foldSpace(out.String())
}

// plausibleByline keeps sentences that begin with "By" out: a byline is short
// and names people.
func plausibleByline(found []string, name string, b *Block) bool {
	if b.feat.mass > heavyMass && b.feat.words > 14 {
		return false
	}
	words := 0
	for _, n := range found {
		words += len(strings.Fields(n))
		if len(found) > 1 && unicode.IsLower(firstRune(n)) {
			return false
		}
	}
	n := len(strings.Fields(name))
	return n <= 8 || words*2 >= n || len(findDates(name, "")) > 0
}

// closingByline is a byline under the text, "Written by Jane Doe", or beside it,
// "Author" with the name below.
func (m *metadata) closingByline(mk *markup, body int) []string {
	blocks := mk.d.blocks
	for i := body; i < len(blocks); i++ {
		b := &blocks[i]
		if len(b.Text) > 2*maxNameRunes || b.feat.words > 10 || mk.hints(i)&(hintsOther&^hintAside) != 0 {
			continue
		}
		name, alone, ok := bylineOf(b.Text)
		if !ok || !alone && (mk.hints(i)&hintAside != 0 || mk.unit(i)) {
			continue
		}
		if alone {
			if i+1 >= len(blocks) || len(blocks[i+1].Text) > maxNameRunes {
				continue
			}
			name = blocks[i+1].Text
		}
		if names := splitNames(name); len(names) > 0 && looksLikeName(names[0]) {
			return []string{name}
		}
	}
	return nil
}

// bylineOf reads a line that begins like a byline and gives what follows.
func bylineOf(s string) (rest string, alone, ok bool) {
	// The lead words stand at the beginning.
	toks := dateTokens(cutBytes(s, 80))
	if len(toks) == 0 {
		return "", false, false
	}
	spaceless := false
	for _, t := range toks {
		spaceless = spaceless || t.kind == 'c'
	}
	for _, p := range cjkByline {
		if !spaceless {
			break
		}
		i := strings.Index(s, p)
		if before, _ := utf8.DecodeLastRuneInString(s[:max(i, 0)]); i > 0 && isIdeographic(before) && !strings.ContainsAny(p, "기자글") {
			continue // inside a word
		}
		if i >= 0 && i <= 80 && utf8.RuneCountInString(s) <= 60 {
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
		if !bylineWords[w] && !publishedLabelIndex[w] && !colonLabels[w] {
			break
		}
		if bylinePrefixes[w] || colonLabels[w] && hasColon(s[toks[i].end:]) {
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

// hasColon reports whether s goes on with a colon.
func hasColon(s string) bool {
	r := firstRune(strings.TrimLeft(s, " \u00a0"))
	return r == ':' || r == '：'
}

// labelledName reads "Words: Jane Doe" with any label that is not known to lead
// to something else: one or two words, a colon, and what looks like a name.
func labelledName(s string) (string, bool) {
	if len(s) > maxDateLine {
		return "", false
	}
	i := strings.IndexAny(s, ":：")
	if i <= 0 {
		return "", false
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	label, name := strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+size:])
	toks := dateTokens(label)
	words, spaceless := 0, 0
	for _, t := range toks {
		w := foldWord(label[t.start:t.end])
		switch {
		case t.kind == 'w' && !publishedLabelIndex[w] && !modifiedLabelIndex[w] && !notNames[w]:
			words++
		case t.kind == 'c':
			spaceless++
		default:
			return "", false
		}
	}
	if isOtherCredit(s) {
		return "", false
	}
	if r := firstRune(label); unicode.IsLower(r) || words > 2 || spaceless > 4 || words > 0 && spaceless > 0 {
		return "", false
	}
	if !looksLikeName(name) || len(strings.Fields(name)) > 4 {
		return "", false
	}
	return name, true
}

// isOtherCredit reports whether a line begins with the label of something else
// than the author: "Photo: Jane Doe".
func isOtherCredit(s string) bool {
	i := strings.IndexAny(s, ":：")
	if i <= 0 || i > maxNameRunes {
		return false
	}
	for _, w := range strings.Fields(s[:i]) {
		if otherCredits[foldWord(w)] {
			return true
		}
	}
	for _, l := range cjkOtherCredits {
		if strings.HasPrefix(s, l) {
			return true
		}
	}
	return false
}

// splitNames cuts a byline into names: without labels, dates, roles, addresses
// and what stands behind separators.
func splitNames(s string) []string {
	s = foldSpace(s)
	if s == "" || len(s) > 2000 || strings.Contains(s, "://") {
		return nil
	}
	if hits := findDates(s, ""); len(hits) > 0 {
		// What stands before the date, or after it if nothing does.
		if before := dropParticles(s[:hits[0].start]); lettersIn(before) > 2 {
			s = before
		} else {
			s = s[hits[len(hits)-1].end:]
		}
	}
	s = dropParentheses(s)
	for _, sep := range []string{" | ", "|", " • ", "•", " · ", "·", " – ", " — ", "—", " - ", " // ", " / "} {
		if i := separatorIndex(s, sep); i > 0 && lettersIn(s[:i]) > 1 {
			if n := bylineTail(s[:i]); n != "" {
				s = s[:i]
			} else {
				s = s[i+len(sep):]
			}
		}
	}
	s = bylineTail(s)
	s = cutAtStop(afterPostsBy(s))
	if isIdeographic(firstRune(s)) {
		s = beforeLabel(s)
	}
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

// separatorIndex finds a separator, but not the dot inside a foreign name as
// Chinese and Japanese write it: "亨宁·布罗克曼".
func separatorIndex(s, sep string) int {
	if sep != "·" {
		return strings.Index(s, sep)
	}
	for from := 0; ; {
		i := strings.Index(s[from:], sep)
		if i < 0 {
			return -1
		}
		i += from
		if !insideName(s, i, len(sep)) {
			return i
		}
		from = i + len(sep)
	}
}

// insideName reports whether the dot of size bytes at i joins the parts of one
// name: characters on both sides, and of Japanese only katakana, for between
// two names in Chinese characters the dot means "and".
func insideName(s string, i, size int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after := firstRune(s[i+size:])
	if strings.HasPrefix(s[i:], "・") {
		return lang.ScriptOf(before) == lang.Katakana && lang.ScriptOf(after) == lang.Katakana
	}
	return isIdeographic(before) && isIdeographic(after)
}

// bylineStops end the name in a byline that runs on: "Jane Doe Published",
// "Jane Doe in Travel", "Jane Doe, medically reviewed by".
var bylineStops = labelIndex(`in on at for reviewed medically fact edited with is view photography photos illustration translated updated published posted last read min`)

func cutAtStop(s string) string {
	toks := dateTokens(s)
	for i, t := range toks {
		if i == 0 || t.kind != 'w' {
			continue
		}
		w := s[t.start:t.end]
		f := foldWord(w)
		label := publishedLabelIndex[f] || modifiedLabelIndex[f] || monthOf(w, "") != 0 && i+1 < len(toks) && toks[i+1].kind == 'n'
		if !label && !bylineStops[f] {
			continue
		}
		// A label of several words begins before the one that is known best:
		// "Fecha de publicación".
		cut := i
		for label && cut > 2 && toks[cut-1].kind == 'w' {
			before := s[toks[cut-1].start:toks[cut-1].end]
			known := foldWord(before)
			if !publishedLabelIndex[known] && !modifiedLabelIndex[known] && (!dateParticleIndex[known] || before != known) {
				break
			}
			cut--
		}
		if i >= 2 && (bylineStops[f] || w == strings.ToLower(w) || strings.HasPrefix(strings.TrimSpace(s[t.end:]), ":") || i == len(toks)-1 || toks[i+1].kind == 'n') {
			return strings.TrimSpace(s[:toks[cut].start])
		}
	}
	return s
}

// afterPostsBy gives the name in "View all posts by Jane Doe" and "About Jane
// Doe", as links to authors' pages say.
func afterPostsBy(s string) string {
	low := strings.ToLower(s)
	if len(low) != len(s) {
		return s
	}
	for _, p := range [...]string{"posts by ", "articles by ", "stories by ", "more from ", "more about ", "about ", "article by ", "photo of ", "picture of "} {
		if i := strings.Index(low, p); i >= 0 && i <= 12 {
			return s[i+len(p):]
		}
	}
	return s
}

// dropParticles takes the words that lead to a date off the end: "Jane Doe op".
func dropParticles(s string) string {
	s = strings.TrimSpace(s)
	for range 3 {
		i := strings.LastIndexByte(s, ' ')
		if i < 0 || !dateParticleIndex[foldWord(s[i+1:])] || s[i+1:] != strings.ToLower(s[i+1:]) {
			break
		}
		s = strings.TrimSpace(s[:i])
	}
	return s
}

// beforeLabel ends a Chinese or Japanese name where the next label begins:
// "王小明 发布时间：".
func beforeLabel(s string) string {
	var kept []string
	for _, w := range strings.Fields(s) {
		for _, labels := range [...][]string{cjkPublished, cjkModified, cjkByline} {
			for _, l := range labels {
				if strings.Contains(w, l) {
					return strings.Join(kept, " ")
				}
			}
		}
		if strings.ContainsAny(w, ":：") {
			break
		}
		kept = append(kept, w)
	}
	return strings.Join(kept, " ")
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
	for _, p := range splitMarks(s) {
		words := strings.Fields(p)
		start := 0
		for i, w := range words {
			// A joint stands in lower case between two names of two words:
			// "Centre for Evaluation and Research" is one name.
			if i > 0 && i < len(words)-1 || i == 0 && len(words) > 1 {
				if nameJoints[foldWord(w)] && w == strings.ToLower(w) && (i == 0 || i-start >= 2 && len(words)-i > 2) {
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

// splitMarks splits at the marks that join names.
func splitMarks(s string) []string {
	var out []string
	from := 0
	for i, r := range s {
		if !strings.ContainsRune(",;&/、，；＆・\n+", r) || r == '・' && insideName(s, i, len("・")) {
			continue
		}
		out = append(out, s[from:i])
		from = i + utf8.RuneLen(r)
	}
	return append(out, s[from:])
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
	return letters <= 6 && upper >= 2 && upper*2 >= letters && !strings.Contains(s, " ") || s == "Jr" || s == "Jr." || s == "Sr." || s == "Esq." || s == "II" || s == "III"
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
	if s == "undefined" || s == "null" || s == "admin" || s == "N/A" {
		return ""
	}
	if n < 2 || n > maxNameRunes || lettersIn(s) < 2 || isCredential(s) {
		return ""
	}
	low := strings.ToLower(s)
	if strings.Count(s, ".") > 1 && !strings.Contains(s, " ") && s == low {
		return "" // the name of a variable
	}
	if strings.Contains(low, "://") || strings.HasPrefix(low, "www.") || strings.Contains(low, ".com/") {
		return ""
	}
	words := strings.Fields(s)
	if len(words) > maxNameWords+2 {
		return ""
	}
	digits := 0
	lower, roles, jobs := 0, 0, 0
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
		if roleWords[foldWord(strings.Trim(w, ".,:"))] {
			jobs++
		}
		if roleWords[foldWord(strings.Trim(w, ".,:"))] && !teamWords[foldWord(strings.Trim(w, ".,:"))] && (i > 0 || len(words) == 1 || unicode.IsLower(r)) {
			roles++
		}
	}
	switch {
	case digits > 4:
		return ""
	case len(words) > 1 && (roles > 0 || jobs == len(words)):
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

// ownSite reports whether the name of a site can be that of a person.
func ownSite(s string) bool {
	n := len(strings.Fields(s))
	return (n == 2 || n == 3) && looksLikeName(s)
}

// withoutSite takes the site's name off the end of a person's: "Jane Doe, The
// Example" is written without a comma in some templates.
func withoutSite(s string, names []siteName) string {
	for _, n := range names {
		if cut, ok := strings.CutSuffix(s, " "+n.name); ok && len(strings.Fields(cut)) >= 2 {
			return cut
		}
	}
	return s
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
