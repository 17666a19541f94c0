package extract

import (
	"strings"
	"testing"
)

func TestTitle(t *testing.T) {
	for _, tt := range []struct{ name, page, want string }{
		{"heading that agrees with the head", `<title>Cards on a wall | Notes</title><h1>Notes</h1><h1>Cards on a wall</h1>`, "Cards on a wall"},
		{"heading in other words", `<title>How cards on a wall tamed a calendar - Notes</title><h1>Cards on a wall tamed our calendar</h1>`, "Cards on a wall tamed our calendar"},
		{"second-level heading", `<title>Cards on a wall | Notes</title><h1>Notes</h1><h2>Cards on a wall</h2>`, "Cards on a wall"},
		{"no heading", `<title>Cards on a wall | Notes Magazine</title><meta property="og:site_name" content="Notes Magazine">`, "Cards on a wall"},
		{"site first", `<title>Notes Magazine: Cards on a wall</title><meta property="og:site_name" content="Notes Magazine">`, "Cards on a wall"},
		{"dash inside the title", `<title>Cards - and walls - at work - Notes</title><meta property="og:site_name" content="Notes">`, "Cards - and walls - at work"},
		{"headline when nothing else agrees", `<script type="application/ld+json">{"@type":"Article","headline":"Cards on a wall"}</script><h1>Welcome to all our readers</h1>`, "Cards on a wall"},
		{"only a heading", `<h1>Cards on a wall</h1>`, "Cards on a wall"},
		{"section beside it", `<title>Cards on a wall and how they got there - Planning - Notes</title><h1>Planning</h1><h2>Cards on a wall and how they got there</h2>`, "Cards on a wall and how they got there"},
		{"heading in pieces", `<title>Cards on a wall: how a team got there</title><h1><div>Cards on a wall:</div><div>how a team got there</div></h1>`, "Cards on a wall: how a team got there"},
		{"subtitle inside the heading", `<title>Cards on a wall got us there</title><h1>Cards on a wall got us there <small>A report from the harbour</small></h1>`, "Cards on a wall got us there"},
		{"date inside the heading", `<title>Notes: Cards on a wall got us there</title><h1>Cards on a wall got us there 24.07.2021 10:15</h1>`, "Cards on a wall got us there"},
		{"bold line", `<title>Порядок в календаре - Записки</title><div><b>Порядок в календаре</b></div>`, "Порядок в календаре"},
		{"Chinese", `<title>墙上的卡片_港口笔记</title><h1>墙上的卡片</h1>`, "墙上的卡片"},
		{"escaped twice", `<title>Cards &amp;amp; walls at work</title>`, "Cards & walls at work"},
		{"nothing", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := metadataOf(t, tt.page+prose)
			if m.title != tt.want {
				t.Errorf("title %q, want %q (%v)", m.title, tt.want, m.origins["title"])
			}
		})
	}
}

func TestStandfirst(t *testing.T) {
	const deck = "Three people, forty campaigns and one shared board."
	head := `<title>Cards on a wall</title><meta name="description" content="` + deck + `"><h1>Cards on a wall</h1>`
	for _, tt := range []struct{ name, page, want string }{
		{"named by the template", `<title>Cards on a wall</title><h1>Cards on a wall</h1><p class="standfirst">` + deck + `</p>` + prose, deck},
		{"description above the byline", head + `<p>` + deck + `</p><p>By Jane Doe, 24 July 2021</p>` + prose, deck},
		{"description as a heading", head + `<h2>` + deck + `</h2>` + prose, deck},
		{"the first paragraph is text", head + `<p>` + deck + `</p>` + prose, ""},
		{"only declared", head + prose, ""},
		{"a body that is named an intro", `<title>Cards on a wall</title><h1>Cards on a wall</h1><div class="intro">` + strings.Repeat(prose, 2) + `</div>`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := metadataOf(t, tt.page)
			if m.standfirst != tt.want {
				t.Errorf("standfirst %q, want %q", m.standfirst, tt.want)
			}
		})
	}
}
