package crawler

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

const (
	russian  = "Маркетинговые рассылки снова приносят доход: издатели считают подписчиков, а не показы."
	japanese = "読者に届くニュースレターは、広告よりも長く読まれています。"
	french   = "Les éditeurs comptent désormais leurs abonnés plutôt que les pages vues, été comme hiver."
)

// encoded gives text in an encoding.
func encoded(t *testing.T, label, text string) []byte {
	t.Helper()
	e, _ := charset.Lookup(label)
	if e == nil {
		t.Fatalf("no encoding %q", label)
	}
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	page := func(head, text string) string {
		return "<html><head>" + head + "</head><body><p>" + text + "</p></body></html>"
	}
	long := strings.Repeat("<!-- a long head -->", 200)
	tests := []struct {
		name        string
		body        []byte
		contentType string
		want        string // text that must be there
		charset     string
	}{
		{"UTF-8 undeclared", []byte(page("", russian)), "text/html", russian, "utf-8"},
		{"header", encoded(t, "windows-1251", page("", russian)), "text/html; charset=windows-1251", russian, "windows-1251"},
		{"header in quotes and capitals", encoded(t, "koi8-r", page("", russian)), `Text/HTML; Charset="KOI8-R"`, russian, "koi8-r"},
		{"meta", encoded(t, "windows-1251", page(`<meta charset="windows-1251">`, russian)), "text/html", russian, "windows-1251"},
		{"meta of the old kind", encoded(t, "shift_jis", page(`<META http-equiv=Content-Type content="text/html; charset=Shift_JIS">`, japanese)), "text/html", japanese, "shift_jis"},
		{"meta far down", encoded(t, "euc-jp", page(long+`<meta charset=euc-jp>`, japanese)), "text/html", japanese, "euc-jp"},
		{"meta in a comment does not count", []byte(page(`<!-- <meta charset=windows-1251> -->`, russian)), "text/html", russian, "utf-8"},
		{"meta in a script does not count", []byte(page(`<script>"<meta charset=koi8-r>"</script>`, french)), "text/html", french, "utf-8"},
		{"header beats meta", encoded(t, "windows-1251", page(`<meta charset="koi8-r">`, russian)), "text/html; charset=windows-1251", russian, "windows-1251"},
		{"unknown header leaves it to meta", encoded(t, "koi8-r", page(`<meta charset="koi8-r">`, russian)), "text/html; charset=none", russian, "koi8-r"},
		{"XML declaration", encoded(t, "windows-1251", `<?xml version="1.0" encoding="windows-1251"?><rss><title>`+russian+`</title></rss>`), "application/rss+xml", russian, "windows-1251"},
		{"byte order mark beats the header", append([]byte("\xef\xbb\xbf"), page("", russian)...), "text/html; charset=koi8-r", russian, "utf-8"},
		{"UTF-16 with a mark", append([]byte("\xff\xfe"), encoded(t, "utf-16le", page("", japanese))...), "text/html", japanese, "utf-16le"},
		{"UTF-16 big endian", append([]byte("\xfe\xff"), encoded(t, "utf-16be", page("", japanese))...), "text/html", japanese, "utf-16be"},
		{"UTF-16 without a mark", encoded(t, "utf-16be", page("", japanese)), "text/html", japanese, "utf-16be"},
		{"meta of UTF-16 in ASCII is UTF-8", []byte(page(`<meta charset="utf-16">`, russian)), "text/html", russian, "utf-8"},
		{"header of Latin-1 over UTF-8", []byte(page("", russian)), "text/html; charset=ISO-8859-1", russian, "utf-8"},
		{"header of UTF-8 over a legacy encoding", encoded(t, "windows-1251", page(`<meta charset=windows-1251>`, russian)), "text/html; charset=utf-8", russian, "windows-1251"},
		{"guessed Cyrillic", encoded(t, "windows-1251", page("", strings.Repeat(russian, 5))), "text/html", russian, "windows-1251"},
		{"guessed Japanese", encoded(t, "euc-jp", page("", strings.Repeat(japanese, 5))), "text/html", japanese, "euc-jp"},
		{"damaged UTF-8", []byte(page("", russian+"\xff"+russian)), "text/html", russian + "\uFFFD" + russian, "utf-8"},
		{"JSON is UTF-8", []byte(`{"title":"` + russian + `"}`), "application/json", russian, "utf-8"},
		{"nothing", nil, "text/html", "", "utf-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, name := Decode(test.body, test.contentType, mediaTypeOf(test.contentType))
			if name != test.charset {
				t.Errorf("charset %q, want %q", name, test.charset)
			}
			if !strings.Contains(string(got), test.want) {
				t.Errorf("text %q\nlacks %q", got, test.want)
			}
			if !utf8.Valid(got) {
				t.Errorf("%q is not UTF-8", got)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("<meta charset=gbk>\xd6\xd0"), "text/html")
	f.Add([]byte("\xfe\xff\x00"), "text/plain; charset=utf-16")
	f.Add([]byte("\x1b$B\xff"), "text/html; charset=iso-2022-jp")
	f.Add([]byte(`<?xml encoding="x-user-defined"?>`+"\x80"), "text/xml;charset")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, name := Decode(body, contentType, mediaTypeOf(contentType))
		if !utf8.Valid(text) {
			t.Errorf("%q as %s is not UTF-8", text, name)
		}
		if name == "" {
			t.Error("encoding without a name")
		}
		const most = 12 // bytes of UTF-8 for one of anything, U+FFFD included
		if len(text) > most*len(body)+most {
			t.Errorf("%d bytes became %d", len(body), len(text))
		}
	})
}
