package extract

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"
)

// keepAll lays a page out and keeps every block but the captions.
func keepAll(t testing.TB, page string) *document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	d := newDocument(root, "https://notes.example/2021/cards", 0)
	for i := range d.blocks {
		d.blocks[i].Kept = d.blocks[i].Kind != Caption
	}
	return d
}

func TestMarkdown(t *testing.T) {
	for _, tt := range []struct{ name, page, want string }{
		{"paragraphs and headings", `<h2>Cards</h2><p>One.</p><p>Two.</p><h3>Walls</h3>`, "## Cards\n\nOne.\n\nTwo.\n\n### Walls"},
		{"emphasis", `<p>A <b>bold</b>, <em>slanted</em>, <del>gone</del> and <code>x*y</code> word.</p>`, "A **bold**, *slanted*, ~~gone~~ and `x*y` word."},
		{"spaces stay outside", `<p>A<b> bold </b>word.</p>`, "A **bold** word."},
		{"emphasis that would not be read", `<p><b>Note:</b>text and <b>“quoted”</b>text</p>`, "Note:text and “quoted”text"},
		{"emphasis inside a word", `<p>un<b>believ</b>able</p>`, "un**believ**able"},
		{"no emphasis in headings", `<h2><strong>Cards</strong></h2>`, "## Cards"},
		{"links", `<p>See <a href="/a?utm_source=x">the <b>wall</b></a> or <a href="mailto:jane@notes.example">write</a>.</p>`,
			"See [the **wall**](https://notes.example/a) or [write](mailto:jane@notes.example)."},
		{"links that are not kept", `<p><a href="#top">a</a> <a href="javascript:x()">b</a> <a href="data:text/html,x">c</a> <a href="https://twitter.com/intent/tweet?url=x">d</a> <a href="mailto:?subject=x">e</a></p>`, "a b c d e"},
		{"parentheses in an address", `<p><a href="/w/Card_(game)">x</a></p>`, "[x](<https://notes.example/w/Card_(game)>)"},
		{"line breaks", `<p>One<br>two</p>`, "One\\\ntwo"},
		{"lists", `<ul><li>One</li><li>Two<ul><li>Deep</li><li>Deeper</li></ul></li><li>Three</li></ul>`, "- One\n- Two\n  - Deep\n  - Deeper\n- Three"},
		{"ordered lists", `<ol start="9"><li>Nine</li><li>Ten<ul><li>Deep</li></ul></li></ol>`, "9. Nine\n10. Ten\n    - Deep"},
		{"two lists in a row", `<ul><li>One</li></ul><ul><li>Two</li></ul><ol><li>A</li></ol><ol><li>B</li></ol>`, "- One\n\n* Two\n\n1. A\n\n1) B"},
		{"two paragraphs in an item", `<ul><li><p>One</p><p>more</p></li><li>Two</li></ul>`, "- One\n\n  more\n- Two"},
		{"quotes", `<blockquote><p>One.</p><p>Two.</p></blockquote><p>After.</p>`, "> One.\n>\n> Two.\n\nAfter."},
		{"quote of a list", `<blockquote><ul><li>One</li><li>Two</li></ul></blockquote>`, "> - One\n> - Two"},
		{"quote in an item", `<ul><li>One<blockquote>said</blockquote></li></ul>`, "- One\n\n  > said"},
		{"code", "<pre><code class=\"language-go\">a := 1\n\tb()\n</code></pre>", "```go\na := 1\n\tb()\n```"},
		{"code with fences inside", "<pre>```\nx\n```</pre>", "````\n```\nx\n```\n````"},
		{"table", `<table><tr><th>Name</th><th>Number</th></tr><tr><td>One|a</td><td>1</td></tr><tr><td></td><td>2</td></tr></table>`,
			"| Name | Number |\n| --- | --- |\n| One\\|a | 1 |\n|  | 2 |"},
		{"escapes", `<p>* not a list, [not] a_link_, 1 &lt; 2 &lt;b&gt; &amp;amp; \ and _this_</p>`, "\\* not a list, \\[not\\] a_link\\_, 1 < 2 \\<b> \\&amp; \\\\ and \\_this\\_"},
		{"escapes at the start", `<p># no heading</p><p>1. no list</p><p>- no list</p><p>> no quote</p><p>+ no list</p><p>#tag</p>`, "\\# no heading\n\n1\\. no list\n\n\\- no list\n\n\\> no quote\n\n\\+ no list\n\n#tag"},
		{"Chinese", `<p>这是<b>重点</b>内容。</p>`, "这是**重点**内容。"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := keepAll(t, tt.page)
			got := renderMarkdown(d.blocks, d.url, nil).markdown
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarkdownLinks(t *testing.T) {
	d := keepAll(t, `<p><a href="/a">one</a> <a href="https://notes.example/a#part">again</a> <a href="//other.example/b">two</a>
		<a href="https://www.facebook.com/sharer/sharer.php?u=x">share</a> <a href="mailto:jane@notes.example">mail</a></p>`)
	got := renderMarkdown(d.blocks, d.url, nil).links
	if diff := cmp.Diff([]string{"https://notes.example/a", "https://other.example/b"}, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// plainWords renders Markdown with another program and gives its words.
func plainWords(t testing.TB, markdown string) string {
	t.Helper()
	var out bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
	if err := md.Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return strings.Join(strings.Fields(b.String()), "")
}

// textWords are the words of the blocks' text, run together; cells are not
// told apart by a mark.
func textWords(blocks []Block) string {
	var b strings.Builder
	for i := range blocks {
		if blocks[i].Kept {
			b.WriteString(blocks[i].Text + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), "")
}

func TestMarkdownSaysWhatTheTextSays(t *testing.T) {
	for name, page := range map[string]string{
		"marks everywhere": `<p>*a* _b_ [c](d) <b>**e**</b> ~f~ ~~g~~ ` + "`h`" + ` &lt;i&gt; &amp;j; !<a href="/k">[k]</a> 5 * 6 * 7 __l__ \*m</p>`,
		"nested":           `<ol><li>a<ol start=3><li>b<blockquote><p>c<p>d<ul><li>e</ul></blockquote><li>f</ol><li><p>g<pre>h  i</pre><p>j</ol>`,
		"table in a quote": `<blockquote>x<table><tr><td><b>a</b> | b<td>c<br>d<tr><td colspan=2>e</table>y</blockquote>`,
		"touching marks":   `<p><b>a</b><i>b</i><b>c </b><i> d</i>e<b>f</b>,<i>g</i><b><i>h</i></b> <a href=/x><i>i</i></a><a href=/y>j</a></p>`,
		"odd spaces":       "<p>a\u00a0<b>\u00a0b\u00a0</b>\u200bc <i> </i>d<b></b>\u3000e</p>",
		"headings":         `<h1>a # b #</h1><h2>C#</h2><h3>1. d</h3><h6># e</h6>`,
		"autolinks":        `<p>http://a.example/_x_y_ and a@b.example, www.c.example/*</p>`,
		"setext":           `<p>a<br>===<br>---<br>- b<br>1. c<br># d</p><p>====</p><p>***</p><p>- - -</p>`,
		"definition":       `<p>[a]: /b "c"</p><p>| a | b |<br>| --- | --- |<br>| c | d |</p>`,
		"HTML":             `<p>&lt;script&gt;x&lt;/script&gt; &lt;!-- c --&gt; &lt;https://d.example&gt;</p>`,
	} {
		t.Run(name, func(t *testing.T) {
			d := keepAll(t, page)
			md := renderMarkdown(d.blocks, d.url, nil).markdown
			if diff := cmp.Diff(textWords(d.blocks), plainWords(t, md)); diff != "" {
				t.Errorf("(-text +markdown):\n%s\n%s", diff, md)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("The wall was full. ", 30)
	for _, tt := range []struct{ name, page, want string }{
		{"short text", `<h2>Cards</h2><p>One sentence.</p><p>Another.</p>`, "One sentence. Another."},
		{"cut at a sentence", `<p>` + long + `</p>`, strings.TrimSpace(strings.Repeat("The wall was full. ", 15))},
		{"a quote's end is not a sentence's", `<p>` + strings.Repeat("word ", 40) + `“so it was,” ` + strings.Repeat("word ", 40) + `</p>`,
			strings.Repeat("word ", 40) + "“so it was,” " + strings.TrimSpace(strings.Repeat("word ", 17)) + "…"},
		{"cut at a word", `<p>` + strings.Repeat("word ", 100) + `</p>`, strings.TrimSpace(strings.Repeat("word ", 60)) + "…"},
		{"Chinese", `<p>` + strings.Repeat("墙上贴满了卡片。", 60) + `</p>`, strings.Repeat("墙上贴满了卡片。", 37)},
		{"nothing", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, leadOf(keepAll(t, tt.page).blocks)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add(`<ol><li>a<ul><li>*b*</ul></ol><blockquote><p>c<table><tr><td>|</table></blockquote>`)
	f.Add("<p>_a_<b>**</b>[x](y)<br># z<pre>```</pre>")
	f.Fuzz(func(t *testing.T, page string) {
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			return
		}
		d := newDocument(root, "https://notes.example/", 0)
		for i := range d.blocks {
			d.blocks[i].Kept = true
		}
		md := renderMarkdown(d.blocks, d.url, nil)
		for _, bad := range []string{"](javascript:", "](data:", "](vbscript:"} {
			if strings.Contains(strings.ToLower(md.markdown), bad) && !strings.Contains(strings.ToLower(page), `\`) {
				t.Fatalf("%q", md.markdown)
			}
		}
	})
}
