package extract

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"tamiz"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var testNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// metadataOf reads the metadata of a page at an address of the test's own.
func metadataOf(t testing.TB, page string) (*metadata, *document) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	d := newDocument(root, "https://notes.example/2021/campaign-calendar", 0)
	return readMetadata(d, metaContext{now: testNow}), d
}

func TestMetadataGolden(t *testing.T) {
	pages, err := filepath.Glob("testdata/metadata/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, page := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(page), ".html"), func(t *testing.T) {
			body, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			m, _ := metadataOf(t, string(body))
			got, err := json.MarshalIndent(map[string]any{
				"title": m.title, "standfirst": m.standfirst, "authors": m.authors,
				"published": m.published, "modified": m.modified, "site": m.siteName, "language": m.language,
				"tags": m.tags, "description": m.description, "translation_of": m.translationOf, "origins": m.list(),
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(page, ".html") + ".golden"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", page, diff)
			}
		})
	}
}

// prose is enough text to be the body of a page.
const prose = `<p>The team had spent two years adding meetings, sheets and reminders, and every one of them had made the next launch a little later than the one before it.</p>
<p>So they stopped. On a Monday in March they wrote every campaign on a card, pinned the cards to a wall, and agreed that a campaign without a card did not exist.</p>`

func TestPublished(t *testing.T) {
	for _, tt := range []struct{ name, page, published, modified string }{
		{"the head alone", `<head><meta property="article:published_time" content="2021-07-24T10:15:00Z"></head>` + prose, "2021-07-24T10:15:00Z", ""},
		{"the original wins over the change",
			`<head><meta property="article:modified_time" content="2022-01-05"><meta name="pubdate" content="2021-07-24"></head>` + prose, "2021-07-24", "2022-01-05"},
		{"a change is better than nothing", `<h1>Title</h1><p>Last updated: 5 January 2022</p>` + prose, "2022-01-05", ""},
		{"what the page shows wins over generated markup",
			`<head><title>Cards on a wall</title><script type="application/ld+json">{"@type":"Article","headline":"Cards on a wall","datePublished":"2025-06-12"}</script></head><h1>Cards on a wall</h1><p>July 24, 2021</p>` + prose, "2021-07-24", ""},
		{"two places of the head win over the page",
			`<head><title>Cards on a wall</title><meta property="article:published_time" content="2021-07-24"><meta name="date" content="2021-07-24"></head><h1>Cards on a wall</h1><p>July 30, 2021</p>` + prose, "2021-07-24", ""},
		{"nothing from the future", `<head><meta property="article:published_time" content="2031-07-24"></head><h1>Title</h1><p>24 July 2021</p>` + prose, "2021-07-24", ""},
		{"nothing from before the web", `<h1>Title</h1><p>1 January 1970</p>` + prose, "", ""},
		{"label in a block of its own", `<h1>Title</h1>` + prose + `<aside><h4>Published</h4><p>24 July 2021</p></aside>`, "2021-07-24", ""},
		{"not the date of a teaser", `<h1>Title</h1>` + prose + `<div class="related"><h4>More</h4><time datetime="2022-05-01">1 May 2022</time></div>`, "", ""},
		{"a date in a sentence is part of the story", `<h1>Title</h1>` + prose + `<p>On 24 July 2021 the wall came down, and the cards went into a drawer.</p>`, "", ""},
		{"elements that touch", `<h1>Title</h1><p><a>Jane Doe</a><span>July 24, 2021</span></p>` + prose, "2021-07-24", ""},
		{"itemprop", `<h1>Title</h1><span itemprop="datePublished" content="2021-07-24"></span>` + prose, "2021-07-24", ""},
		{"time labelled as changed", `<h1>Title</h1><p>Updated <time datetime="2022-01-05">5 January 2022</time></p><p>Published 24 July 2021</p>` + prose, "2021-07-24", "2022-01-05"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := metadataOf(t, tt.page)
			if m.published.String() != tt.published || m.modified.String() != tt.modified {
				t.Errorf("published %q, modified %q; want %q, %q\n%v", m.published, m.modified, tt.published, tt.modified, m.origins)
			}
		})
	}
}

func TestReadLines(t *testing.T) {
	for _, tt := range []struct {
		date, byline, published, modified string
		authors                           []string
	}{
		{"Published: 2021-07-24", "", "2021-07-24", "", nil},
		{"Published: 2021-07-24 | Updated: 2021-08-02", "By Jane Doe", "2021-07-24", "2021-08-02", []string{"Jane Doe"}},
		{"Опубликовано: 24 июля 2021 | Автор: Анна Петрова", "", "2021-07-24", "", []string{"Анна Петрова"}},
		{"公開日：2021年7月24日", "著者：山田花子", "2021-07-24", "", []string{"山田花子"}},
		{"Published: 2031-07-24", "", "", "", nil},
		{"", "By autumn everything had changed", "", "", nil},
		{"", "", "", "", nil},
	} {
		a := &tamiz.Article{}
		readLines(a, tt.date, tt.byline, metaContext{now: testNow})
		if a.Published.String() != tt.published || a.Modified.String() != tt.modified {
			t.Errorf("readLines(%q) dates %q, %q; want %q, %q", tt.date, a.Published, a.Modified, tt.published, tt.modified)
		}
		if diff := cmp.Diff(tt.authors, a.Authors); diff != "" {
			t.Errorf("readLines(%q, %q) authors (-want +got):\n%s", tt.date, tt.byline, diff)
		}
	}
}

// TestHeadsOfManyLanguages reads the usual heads of articles without any markup
// that says what is what.
func TestHeadsOfManyLanguages(t *testing.T) {
	for _, tt := range []struct{ head, author, modified string }{
		{`<html lang=es><title>El muro de tarjetas | Notas del puerto</title><h1>El muro de tarjetas</h1><p>Por María Pérez | 24 de julio de 2021 | 5 min de lectura</p>`, "María Pérez", ""},
		{`<html lang=id><title>Dinding kartu - Catatan</title><h1>Dinding kartu</h1><p>Oleh Budi Santoso</p><p>Diterbitkan: 24 Juli 2021</p>`, "Budi Santoso", ""},
		{`<html lang=fr><title>Le mur de fiches</title><h1>Le mur de fiches</h1><p>Par Jean Dupont, publié le 24 juillet 2021 à 10h15, mis à jour le 2 août 2021</p>`, "Jean Dupont", "2021-08-02"},
		{`<html lang=de><title>Die Kartenwand</title><h1>Die Kartenwand</h1><p>Von Erika Mustermann, veröffentlicht am 24.07.2021, 10:15 Uhr</p>`, "Erika Mustermann", ""},
		{`<html lang=cs><title>Zeď z karet</title><h1>Zeď z karet</h1><p>Autor: Jan Novák</p><p>Zveřejněno 24. července 2021</p>`, "Jan Novák", ""},
		{`<html lang=ru><title>Стена карточек</title><h1>Стена карточек</h1><p>Анна Петрова, 24 июля 2021</p>`, "Анна Петрова", ""},
		{`<html lang=zh><title>墙上的卡片</title><h1>墙上的卡片</h1><p>作者：王小明　发布时间：2021年7月24日 10:15</p>`, "王小明", ""},
		{`<html lang=zh><title>墙上的卡片</title><h1>墙上的卡片</h1><p>2021-07-24 10:15 来源：港口日报 记者 王小明</p>`, "王小明", ""},
		{`<html lang=ja><title>カードの壁</title><h1>カードの壁</h1><p>2021.07.24</p><p>文・山田花子</p>`, "山田花子", ""},
		{`<html lang=ko><title>카드의 벽</title><h1>카드의 벽</h1><p>홍길동 기자</p><p>입력 2021.07.24. 오전 10:15</p>`, "홍길동", ""},
		{`<html lang=pl><title>Ściana kart</title><h1>Ściana kart</h1><p>Autor: Jan Kowalski, 24 lipca 2021</p>`, "Jan Kowalski", ""},
		{`<html lang=tr><title>Kart duvarı</title><h1>Kart duvarı</h1><p>Yazar: Ayşe Yılmaz · Yayınlanma: 24 Temmuz 2021 · Güncelleme: 2 Ağustos 2021</p>`, "Ayşe Yılmaz", "2021-08-02"},
		{`<html lang=ar><title>جدار البطاقات</title><h1>جدار البطاقات</h1><p>بقلم أحمد علي</p><p>نشر في 24 يوليو 2021</p>`, "أحمد علي", ""},
		{`<html lang=pt><title>O muro</title><h1>O muro</h1><p>Por João Silva - 24/07/2021 10h15</p>`, "João Silva", ""},
		{`<html lang=it><title>Il muro</title><h1>Il muro</h1><p>di Mario Rossi, 24 luglio 2021</p>`, "Mario Rossi", ""},
		{`<html lang=nl><title>De muur</title><h1>De muur</h1><p>Door Jan de Vries op 24 juli 2021</p>`, "Jan de Vries", ""},
		{`<html lang=vi><title>Bức tường</title><h1>Bức tường</h1><p>Đăng bởi Nguyễn Văn An - 24 tháng 7, 2021</p>`, "Nguyễn Văn An", ""},
		{`<html lang=uk><title>Стіна карток</title><h1>Стіна карток</h1><p>Автор: Олена Коваль | Опубліковано 24 липня 2021</p>`, "Олена Коваль", ""},
		{`<html lang=sv><title>Kortväggen</title><h1>Kortväggen</h1><p>Av Anna Svensson, publicerad 24 juli 2021</p>`, "Anna Svensson", ""},
	} {
		t.Run(tt.author, func(t *testing.T) {
			m, _ := metadataOf(t, tt.head+prose)
			got := []string{strings.Join(m.authors, "; "), m.published.String(), m.modified.String()}
			if diff := cmp.Diff([]string{tt.author, "2021-07-24", tt.modified}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.head, diff)
			}
			if !strings.Contains(tt.head, "<h1>"+m.title+"</h1>") {
				t.Errorf("title %q", m.title)
			}
		})
	}
}

func TestURLDate(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"https://a.example/2021/07/24/title", "2021-07-24"},
		{"https://a.example/news/2021-07-24-title.html", "2021-07-24"},
		{"https://a.example/20210724/title", "2021-07-24"},
		{"https://a.example/2021/jul/24/title", "2021-07-24"},
		{"https://a.example/2021/07/title", ""},
		{"https://a.example/item/120210724", ""},
		{"https://a.example/2021/13/24/title", ""},
		{"https://a.example/?d=2021/07/24", ""},
	} {
		d, _ := urlDate(tt.url)
		if d.String() != tt.want {
			t.Errorf("urlDate(%q) = %q, want %q", tt.url, d, tt.want)
		}
	}
}

func TestTranslation(t *testing.T) {
	m, _ := metadataOf(t, `<head><script type="application/ld+json">{"@type":"Article","headline":"X","inLanguage":"es",
		"translationOfWork":{"@id":"https://notes.example/en/cards"},
		"workTranslation":[{"@type":"Article","inLanguage":"fr","url":"/fr/fiches"}]}</script></head>`+prose)
	if m.translationOf != "https://notes.example/en/cards" {
		t.Errorf("translation of %q", m.translationOf)
	}
	want := []tamiz.Alternate{{Language: "fr", URL: "https://notes.example/fr/fiches"}}
	if diff := cmp.Diff(want, m.translations); diff != "" {
		t.Errorf("translations (-want +got):\n%s", diff)
	}
}

// What a page declares of its editions reaches the article, each address once.
func TestTranslationOfArticle(t *testing.T) {
	e, err := New(Options{Now: func() time.Time { return testNow }, AnyKind: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Extract(&tamiz.Page{URL: "https://notes.example/es/fichas", MediaType: "text/html", Body: []byte(`<html><head><title>Fichas</title>
		<link rel="alternate" hreflang="de" href="/de/karten"><link rel="alternate" hreflang="fr" href="/fr/fiches">
		<script type="application/ld+json">{"@type":"Article","headline":"Fichas","inLanguage":"es",
		"translationOfWork":{"@type":"Article","url":"/en/cards"},
		"workTranslation":[{"@type":"Article","inLanguage":"fr","url":"/fr/fiches"},{"@id":"https://notes.example/pl/karty","inLanguage":"pl"}]}</script></head>
		<body><h1>Fichas</h1>` + prose + `</body></html>`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []tamiz.Alternate{
		{Language: "de", URL: "https://notes.example/de/karten"},
		{Language: "fr", URL: "https://notes.example/fr/fiches"},
		{Language: "pl", URL: "https://notes.example/pl/karty"},
	}
	if diff := cmp.Diff(want, r.Article.Alternates); diff != "" {
		t.Errorf("alternates (-want +got):\n%s", diff)
	}
	if got := r.Article.TranslationOf; got != "https://notes.example/en/cards" {
		t.Errorf("translation of %q", got)
	}
}

func TestTags(t *testing.T) {
	m, _ := metadataOf(t, `<head><meta name="keywords" content="spam, more spam"></head><h1>Title</h1>`+prose+
		`<p>Filed under <a rel="tag" href="/t/a">#Planning</a> <a rel="category tag" href="/t/b">Teams</a> <a rel="tag" href="/t/a">planning</a></p>`)
	if diff := cmp.Diff([]string{"Planning", "Teams"}, m.tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestMetadataIsLinear(t *testing.T) {
	// Each of these is cheap to write and dear to read for code that looks at
	// everything from everywhere. The counts stay within the limits, and the
	// test ends.
	for name, page := range map[string]string{
		"many bylines":  strings.Repeat(`<p class="byline author date">By Jane Doe 24 July 2021</p>`, 20_000),
		"many headings": `<title>` + strings.Repeat("word ", 150) + `</title>` + strings.Repeat(`<h1>word word word word</h1>`, 20_000),
		"many metas":    strings.Repeat(`<meta name="author" content="Jane Doe"><meta property="article:tag" content="a,b,c">`, 20_000),
		"deep JSON":     `<script type="application/ld+json">` + strings.Repeat(`{"@graph":[`, 50_000) + `</script>`,
		"wide JSON":     `<script type="application/ld+json">[` + strings.Repeat(`{"@type":"Article","author":{"@id":"#a"}},`, 50_000) + `]</script>`,
		"one long line": `<h1>T</h1><p class="date">` + strings.Repeat("24 July ", 100_000) + `</p>`,
		"long names":    `<h1>T</h1><p>By ` + strings.Repeat("A & ", 200_000) + `</p>`,
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := metadataOf(t, page)
			if len(m.tags) > maxTags || len(m.authors) > maxAuthors || len(m.title) > maxFieldBytes {
				t.Errorf("limits: %d tags, %d authors, title of %d bytes", len(m.tags), len(m.authors), len(m.title))
			}
		})
	}
}

func FuzzMetadata(f *testing.F) {
	pages, _ := filepath.Glob("testdata/metadata/*.html")
	for _, p := range pages {
		if b, err := os.ReadFile(p); err == nil {
			f.Add(string(b))
		}
	}
	f.Add(`<script type=application/ld+json>{"@type":["Article"],"author":[[{"@id":"x"}],{"name":{}}],"datePublished":["\ud800"]}</script><h1><br><p>By`)
	f.Fuzz(func(t *testing.T, page string) {
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			return
		}
		d := newDocument(root, "https://notes.example/", 0)
		m := readMetadata(d, metaContext{now: testNow})
		for _, s := range append(append([]string{m.title, m.standfirst, m.siteName, m.description, m.translationOf}, m.authors...), m.tags...) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\n\x00") {
				t.Fatalf("%q", s)
			}
		}
		if m.titleBlock >= len(d.blocks) || m.standfirstBlock >= len(d.blocks) {
			t.Fatalf("blocks %d, %d of %d", m.titleBlock, m.standfirstBlock, len(d.blocks))
		}
		if !m.published.IsZero() && !usable(m.published, testNow) {
			t.Fatalf("published %v", m.published)
		}
		for i := range d.blocks {
			d.blocks[i].Kept = i%3 != 0 && d.blocks[i].Kind != Caption
		}
		images := imagesOf(d, d.url, m.titleBlock)
		md := renderMarkdown(d.blocks, d.url, images)
		if !utf8.ValidString(md.markdown) || !utf8.ValidString(leadOf(d.blocks)) {
			t.Fatal("invalid UTF-8")
		}
		if len(images) > maxImages || len(md.links) > maxArticleLinks {
			t.Fatalf("%d images, %d links", len(images), len(md.links))
		}
	})
}
