package extract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

func TestImages(t *testing.T) {
	at := func(path string) string { return "https://notes.example" + path }
	for _, tt := range []struct {
		name, page string
		want       []tamiz.Image
	}{
		{"plain", prose + `<img src="/a.jpg" alt="A wall">` + prose, []tamiz.Image{{URL: at("/a.jpg"), Alt: "A wall"}}},
		{"inside a paragraph", `<p>Before the wall <img src="/a.jpg"> and after it.</p>`, []tamiz.Image{{URL: at("/a.jpg")}}},
		{"figure", prose + `<figure><img src="/a.jpg" alt="A wall"><figcaption>In spring.</figcaption></figure>` + prose,
			[]tamiz.Image{{URL: at("/a.jpg"), Alt: "A wall", Caption: "In spring."}}},
		{"caption in a class", prose + `<div class="wp-caption"><img src="/a.jpg" alt="A wall"><p class="wp-caption-text">In spring.</p></div>` + prose,
			[]tamiz.Image{{URL: at("/a.jpg"), Alt: "A wall", Caption: "In spring."}}},
		{"loaded by a script", prose + `<img src="data:image/gif;base64,R0" data-src="/a.jpg">` + prose, []tamiz.Image{{URL: at("/a.jpg")}}},
		{"in a noscript", prose + `<img src="/blank.gif"><noscript><img src="/a.jpg"></noscript>` + prose, []tamiz.Image{{URL: at("/a.jpg")}}},
		{"the widest variant", prose + `<img src="/s.jpg" srcset="/s.jpg 300w, /l.jpg 1200w, /m.jpg 600w">` + prose, []tamiz.Image{{URL: at("/l.jpg")}}},
		{"picture", prose + `<picture><source srcset="/b.webp 2x, /a.webp"><img alt="A wall"></picture>` + prose, []tamiz.Image{{URL: at("/b.webp"), Alt: "A wall"}}},
		{"above the text", `<h1>Cards</h1><img src="/a.jpg" width="800" height="400">` + prose, []tamiz.Image{{URL: at("/a.jpg")}}},
		{"each once", prose + `<img src="/a.jpg">` + prose + `<img src="/a.jpg#x">` + prose, []tamiz.Image{{URL: at("/a.jpg")}}},
		{"a file's name is no text", prose + `<img src="/a.jpg" alt="IMG_2041.JPG">` + prose, []tamiz.Image{{URL: at("/a.jpg")}}},
		{"icons, avatars, pixels", prose + `<img src="/x.png" width="16" height="16"><img class="avatar" src="/j.jpg"><img src="https://pixel.wp.com/g.gif"><img src="/t.gif" width="1" height="1">` + prose, nil},
		{"among related links", prose + `<div class="related"><img src="/r.jpg"><a href="/r">Budgets rise</a></div>` + prose, nil},
		{"outside the text", `<header><img src="/top.jpg"></header>` + prose + `<footer><img src="/f.jpg"><p>Imprint</p></footer>`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := keepAll(t, tt.page)
			for i := range d.blocks {
				b := &d.blocks[i]
				b.Kept = b.Kept && d.elems[b.elem].hints&(hintRelated|hintFooter) == 0 && !(b.Kind == Heading && b.Level == 1)
			}
			var got []tamiz.Image
			for _, img := range imagesOf(d, d.url, -1) {
				got = append(got, img.Image)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestImagesStandWhereTheyStood(t *testing.T) {
	d := keepAll(t, `<p>One.</p><img src="/a.jpg" alt="A &quot;wall&quot; [x]"><p>Two.</p><ul><li>Three<img src="/b.jpg"></li><li>Four</li></ul><p>Five.</p>`)
	got := renderMarkdown(d.blocks, d.url, imagesOf(d, d.url, -1)).markdown
	want := "One.\n\n![A \"wall\" \\[x\\]](https://notes.example/a.jpg)\n\nTwo.\n\n- Three\n- Four\n\n![](https://notes.example/b.jpg)\n\nFive."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
