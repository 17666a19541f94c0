package extract

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// The paragraphs around which the tests of this file put things in.
var dykeParas = []string{
	"The dyke at Vessem was raised by forty centimetres last winter, and nobody in the village noticed until the cows stood higher than the church door.",
	"Engineers of the water board had promised a quiet job, and for once a promise of that kind was kept, because the sand came by barge and not by lorry.",
	"What remains is the question of the old lime trees, which drink from the ditch behind the dyke and have begun to lose their leaves in July.",
	"The board will water them for three summers and then decide again, with a forester from outside at the table.",
}

// An alternative text above a caption that begins with it goes with the image,
// whatever the template puts them in.
func TestCaptionsThatRepeatTheAlternativeText(t *testing.T) {
	const alt, caption = "The dyke at Vessem", "The dyke at Vessem, seen from the ferry in March."
	for _, tt := range []struct {
		name, between string
		url           string
	}{
		{"a box without meaning", `<x-box><img src="/d.jpg" alt="The dyke at Vessem"><span>` + caption + `</span></x-box>`, "https://a.example/d.jpg"},
		{"cells of a table", `<table><tr><td><img src="/d.jpg" alt="The dyke at Vessem"></td></tr><tr><td><font size="1">` + caption + `</font></td></tr></table>`, "https://a.example/d.jpg"},
		{"lines of one block", `<div><img src="/d.jpg" alt="The dyke at Vessem"><br>` + alt + `<br>` + caption + `<br><br></div>`, "https://a.example/d.jpg"},
		{"two lines below the image", `<div><img src="/d.jpg" alt="The dyke at Vessem"></div><div>` + alt + `</div><div>` + caption + `</div>`, "https://a.example/d.jpg"},
		{"two lines without an image", `<div>` + alt + `</div><div>` + caption + `</div>`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := "<html><head><title>Higher than the church door</title></head><body><div><h1>Higher than the church door</h1><div>" + dykeParas[0] + "</div>" +
				tt.between + "<div>" + strings.Join(dykeParas[1:], "</div><div>") + "</div></div></body></html>"
			r := extractAt(t, newExtractor(t, Options{}), "https://a.example/dyke", page, nil)
			if diff := cmp.Diff(dykeParas, textBlocks(r)); diff != "" {
				t.Fatalf("text (-want +got):\n%s\n%s", diff, explained(r))
			}
			want := []tamiz.Image{{URL: tt.url, Alt: alt, Caption: caption}}
			if diff := cmp.Diff(want, r.Article.Images); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
		})
	}
}

// Sections begin much alike too: only a pair set off like a caption goes.
func TestHeadingsAreNoCaptions(t *testing.T) {
	for _, pair := range [][2]string{
		{"The old lime trees", "The old lime trees are the real question, and nobody has an answer that pleases both the board and the village."},
		{"Water, sand and patience", "Water is what the trees want most of all, and the ditch has none left in July."},
	} {
		paras := []string{dykeParas[0], pair[0], pair[1], dykeParas[1], dykeParas[2]}
		page := "<html><head><title>Higher than the church door</title></head><body><div><h1>Higher than the church door</h1><div>" +
			strings.Join(paras, "</div><div>") + "</div></div></body></html>"
		r := extractAt(t, newExtractor(t, Options{}), "https://a.example/dyke", page, nil)
		if diff := cmp.Diff(paras, textBlocks(r)); diff != "" {
			t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
		}
	}
}

// Lists of other articles that a template prints into one block, line by line.
func TestListsInOneBlock(t *testing.T) {
	for _, tt := range []struct{ name, list string }{
		{"linked titles with excerpts", `<b>More from this section</b><br><a href="/a">The mill that pumps at night</a><br><font size="1">Nobody in the polder sleeps before the mill has …</font><br>` +
			`<a href="/b">Forty years of the same ferry</a><br><font size="1">The ferryman has kept a diary since 1983, and in it …</font><br>`},
		{"titles only", `<b>Just in on Low Country</b><br>• The mill that pumps at night<br>• Forty years of the same ferry<br>• Who owns the mud<br>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := "<html><head><title>Higher than the church door</title></head><body><table><tr><td><h1>Higher than the church door</h1><p>" +
				strings.Join(dykeParas, "<p>") + "</td><td>" + tt.list + "</td></tr></table></body></html>"
			r := extractAt(t, newExtractor(t, Options{}), "https://a.example/dyke", page, nil)
			if diff := cmp.Diff(dykeParas, textBlocks(r)); diff != "" {
				t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
			}
		})
	}
}

// A verse is lines in one block as well.
func TestVersesAreNoLists(t *testing.T) {
	verse := "New on the dyke the grass<br>leans where the wind has been<br>and nobody asks the cows"
	page := "<html><head><title>Higher than the church door</title></head><body><div><h1>Higher than the church door</h1><p>" +
		dykeParas[0] + "</p><p>" + dykeParas[1] + "</p><p>" + strings.Replace(verse, "New on", "High on", 1) + "</p><p>" + dykeParas[2] + "</p></div></body></html>"
	r := extractAt(t, newExtractor(t, Options{}), "https://a.example/dyke", page, nil)
	if !strings.Contains(r.Article.Text, "nobody asks the cows") {
		t.Errorf("the verse is gone\n%s", explained(r))
	}
}

// The beginning of an article below its linked title on other pages is learned
// by none of them.
func TestExcerptsElsewhereCostNoSentence(t *testing.T) {
	e := newExtractor(t, Options{})
	lead := "Tram number nine has a new driver."
	pageOf := func(n int) (string, string) {
		title := "Story " + babble(n*10+9, 1)[:20]
		first := lead
		if n > 0 {
			first = babble(n*10+5, 1)
		}
		return title, "<html><head><title>" + title + "</title></head><body><div><h1>" + title + "</h1><p>" + first + "</p><p>" +
			babble(n*10+1, 3) + "</p><p>" + babble(n*10+2, 4) + "</p><p>" + babble(n*10+3, 3) + "</p></div>" +
			`<div><div><a href="/0">Story of a tram in the morning</a><p>` + lead + `</p></div><div><a href="/x">Story of another thing again</a><p>` + babble(900+n, 1) + `</p></div></div></body></html>`
	}
	site := NewSite("trams.example")
	for n := range 6 {
		_, page := pageOf(n)
		url := "https://trams.example/" + string(rune('0'+n))
		site.Observe(extractAt(t, e, url, page, site).Seen, url)
	}
	_, page := pageOf(0)
	r := extractAt(t, e, "https://trams.example/0", page, site)
	if got := textBlocks(r); len(got) == 0 || got[0] != lead {
		t.Errorf("the text begins with %q, want %q\n%s", got[0], lead, explained(r))
	}
}

// Words of disclaimers that articles use too count below the text only.
func TestReservations(t *testing.T) {
	const sentence = "The figures of the board may not reflect what the village has seen with its own eyes."
	const disclaimer = "What stands here is the view of our guest writer, and Low Country may see it differently."
	page := "<html><head><title>Higher than the church door</title></head><body><div><h1>Higher than the church door</h1><p>" +
		dykeParas[0] + "</p><p>" + sentence + "</p><p>" + strings.Join(dykeParas[1:], "</p><p>") + "</p><p>" + disclaimer + "</p></div></body></html>"
	r := extractAt(t, newExtractor(t, Options{}), "https://a.example/dyke", page, nil)
	want := append([]string{dykeParas[0], sentence}, dykeParas[1:]...)
	if diff := cmp.Diff(want, textBlocks(r)); diff != "" {
		t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
	}
}

// Short texts are full of small runs between larger gaps; insertions are told by
// their shape, and tables and lists are none.
func TestShortTextsOfManyIslands(t *testing.T) {
	more := []string{
		"The tower of the church was measured as well, because the villagers wanted to know how far the sea would have to climb.",
		"It would have to climb far, the surveyor said, and folded his tripod before anyone could ask him about the mud.",
	}
	body := strings.Join([]string{
		"Higher than the church door", "", dykeParas[0], "", dykeParas[1], "", "",
		"Low country, high hopes.", "We measure both.", "", "",
		dykeParas[2], "", dykeParas[3], "", "",
		"Forty thousand neighbours read our letter on Sundays.", "", "Working …", "", "See what we promise.", "", "",
		"What was measured", "", "Place\tHeight", "Church\t2.1 m", "Dyke\t2.5 m", "", "",
		more[0], "", "",
		"Still no map of the polder? Ours shows every ditch on sixteen sheets.", "", "Order it here!", "", "",
		more[1],
	}, "\n")
	r, err := newExtractor(t, Options{}).Extract(&tamiz.Page{URL: "file:///dyke.txt", MediaType: "text/plain", Body: []byte(body)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := append(slices.Clone(dykeParas), "What was measured", "Place Height", "Church 2.1 m", "Dyke 2.5 m", more[0], more[1])
	if diff := cmp.Diff(want, textBlocks(r)); diff != "" {
		t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
	}
}

// A text without any blank line: the menu line speaks of nothing the text does,
// and indented lines below a heading at the end are other articles.
func TestTextWithoutBlankLines(t *testing.T) {
	body := "Zorbu klaam nifto village\nA village and its higher dyke\nPosted: 2024-03-05\n" + strings.Join(dykeParas, "\n") +
		"\nFreshly poured by Low Country\n    The mill that pumps at night\n    Forty years of the same ferry\n    Who owns the mud"
	r, err := newExtractor(t, Options{}).Extract(&tamiz.Page{URL: "file:///dyke.txt", MediaType: "text/plain", Body: []byte(body)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dykeParas, textBlocks(r)); diff != "" {
		t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
	}
	if want := "A village and its higher dyke"; r.Article.Title != want {
		t.Errorf("title %q, want %q", r.Article.Title, want)
	}
}

// Standing texts of templates in several languages, and the family each belongs
// to.
func TestStandingTexts(t *testing.T) {
	for _, tt := range []struct {
		family family
		texts  []string
	}{
		{famMenu, []string{"Índice del sitio Mostrar u ocultar el menú", "Indeks situs Tampilkan atau sembunyikan menu", "Указатель сайта", "Index du site", "Seitenverzeichnis", "Rejstřík webu", "サイト索引", "网站索引 显示菜单"}},
		{famForm, []string{"Sending … hold on", "Enviando… un momento", "Envoi en cours", "Wird gesendet …", "Odesílá se…", "Отправка…", "Mengirim …", "送信しています", "正在提交"}},
		{famSignup, []string{"Join 3,000 readers of our letter", "Súmese a los lectores", "Rejoignez les lecteurs", "Schließen Sie sich 3.000 Lesern an", "Přidejte se ke čtenářům", "Gabung dengan 3.000 pembaca"}},
		{famDownload, []string{"Get the free checklist", "Consiga la guía", "Demandez votre exemplaire", "Jetzt kostenlos anfordern", "Vyžádejte si průvodce", "Запросите отчёт", "Dapatkan panduannya", "ガイドを入手", "免费领取"}},
		{famNext, []string{"What to read next: the mill", "Para seguir leyendo: el molino", "À lire après : le moulin", "Danach lesen: die Mühle", "Dále: mlýn", "Читайте следом: мельница", "Selanjutnya: kincir", "次は: 風車", "接着看：风车"}},
		{famTail, []string{"Just published", "Recién publicado", "Viennent de paraître", "Soeben erschienen", "Právě vyšlo", "Недавно опубликовано", "Baru terbit", "最近の記事", "刚刚发布"}},
		{famInvite, []string{"Get the tide tables before breakfast.", "Reciba las mareas antes del desayuno.", "Recevez les marées avant le petit déjeuner.", "获取今天的潮汐表。"}},
		{famRead, []string{"Read this afterwards: the mill", "Lisez ceci ensuite : le moulin", "Baca ini nanti: kincir", "Читайте потом: мельница"}},
		{famDisclaim, []string{
			"She is a guest; the opinions are hers and not necessarily ours.", "Es una invitada; las opiniones son suyas y no necesariamente nuestras.",
			"Opinions here are those of the guest contributor.", "Los puntos de vista de este texto son de la autora invitada.", "Les points de vue sont ceux de l'auteur invité.",
			"Die Ansichten der Gastautorin sind ihre eigenen.", "Pohledy v textu patří hostující autorce.", "Взгляды принадлежат приглашённому автору.",
			"Pandangan di sini milik penulis tamu.", "この意見はゲスト筆者によるものです。", "文中看法属于客座作者。",
		}},
	} {
		for _, s := range tt.texts {
			var f features
			f.measure(s)
			if hit := rules().match(newRuleText(s, f.words)); !hit.found.has(tt.family) {
				t.Errorf("%q is no %s", s, tt.family)
			}
		}
	}
}

// Two short sentences in the middle, the first of which names the site, are its
// tagline, whatever they say.
func TestTaglinesThatNameTheSite(t *testing.T) {
	for _, tt := range []struct {
		name, mediaType, body string
		want                  []string
	}{
		{"the closing list names it", "text/plain", "Higher than the church door\nPosted: 2024-03-05\n" + dykeParas[0] + "\nYou hold Low Country.\nIt floats.\n" + strings.Join(dykeParas[1:], "\n") +
			"\nNew on Low Country\nThe mill that pumps at night\nWho owns the mud", dykeParas},
		{"a closing list of unknown words names it", "text/plain", "Higher than the church door\n\nPosted: 2024-03-05\n\n" + dykeParas[0] + "\n\nYou hold Low Country.\nIt floats.\n\n" + strings.Join(dykeParas[1:], "\n\n") +
			"\n\n\nPoured by Low Country\n\n    The mill that pumps at night\n\n    Who owns the mud", dykeParas},
		{"the title names it", "text/html", "<html><head><title>Higher than the church door | Low Country</title></head><body><div><h1>Higher than the church door</h1><p>" +
			dykeParas[0] + "</p><p><em>You hold Low Country.</em><br><em>It floats.</em></p><p>" + strings.Join(dykeParas[1:], "</p><p>") + "</p></div></body></html>", dykeParas},
		{"a closing list in one block names it", "text/html", "<html><head><title>Higher than the church door</title></head><body><div><h1>Higher than the church door</h1><p>" +
			dykeParas[0] + "</p><p>You hold Low Country.<br>It floats.</p><p>" + strings.Join(dykeParas[1:], "</p><p>") +
			"</p><p>Filed under: <a href=\"/t\">mud</a></p><p><b>New on Low Country</b><br>• The mill that pumps at night<br>• Who owns the mud<br>• Forty years of the same ferry</p></div></body></html>", dykeParas},
		{"nobody names it", "text/html", "<html><head><title>Higher than the church door | Low Country</title></head><body><div><h1>Higher than the church door</h1><p>" +
			dykeParas[0] + "</p><p>The dyke holds.</p><p>It floats.</p><p>" + strings.Join(dykeParas[1:], "</p><p>") + "</p></div></body></html>",
			slices.Concat(dykeParas[:1], []string{"The dyke holds.", "It floats."}, dykeParas[1:])},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := newExtractor(t, Options{}).Extract(&tamiz.Page{URL: "https://a.example/dyke", MediaType: tt.mediaType, Body: []byte(tt.body)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, textBlocks(r)); diff != "" {
				t.Errorf("text (-want +got):\n%s\n%s", diff, explained(r))
			}
		})
	}
}
