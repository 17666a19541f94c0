package weburl_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"tamiz/weburl"
)

func TestCanonical(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"already canonical", "https://example.org/post?id=7", "https://example.org/post?id=7"},
		{"letter case of scheme and host only", "HTTPS://Example.ORG/Post", "https://example.org/Post"},
		{"empty path", "https://example.org", "https://example.org/"},
		{"empty path before a query", "https://example.org?a=1", "https://example.org/?a=1"},
		{"fragment dropped", "https://example.org/a#b?c", "https://example.org/a"},
		{"user dropped", "https://me:secret@example.org/", "https://example.org/"},
		{"user that looks like a host", "https://good.org@evil.org/", "https://evil.org/"},
		{"backslash ends the host", `https://good.org\@evil.org/`, "https://good.org/@evil.org/"},
		{"default port of https", "https://example.org:443/", "https://example.org/"},
		{"default port of http", "http://example.org:080/", "http://example.org/"},
		{"other port kept", "http://example.org:443/", "http://example.org:443/"},
		{"empty port", "http://example.org:/", "http://example.org/"},
		{"final dot of the host", "https://example.org./", "https://example.org/"},
		{"spaces around", " \n https://example.org/a b \t", "https://example.org/a%20b"},
		{"newline inside", "https://example.org/lo\n\t ng", "https://example.org/lo%20ng"},
		{"too few and too many slashes", "https:/\\//example.org/", "https://example.org/"},

		{"international host", "https://Bücher.example/", "https://xn--bcher-kva.example/"},
		{"host in full-width letters", "https://ｅｘａｍｐｌｅ。org/", "https://example.org/"},
		{"sharp s is a letter of its own", "https://straße.example/", "https://xn--strae-oqa.example/"},
		{"escaped host", "https://ex%61mple.org/", "https://example.org/"},
		{"underscore in host", "https://my_blog.example.org/", "https://my_blog.example.org/"},
		{"hyphens in third place", "https://r3---sn.example.org/", "https://r3---sn.example.org/"},
		{"one number as address", "http://2130706433/", "http://127.0.0.1/"},
		{"short and hexadecimal address", "http://0x7f.1/", "http://127.0.0.1/"},
		{"octal address", "http://0177.0.0.1/", "http://127.0.0.1/"},
		{"IPv6 address", "http://[0:0::0:1]:8080/", "http://[::1]:8080/"},

		{"dot segments", "https://example.org/a/./b/../c", "https://example.org/a/c"},
		{"dot segments at the end", "https://example.org/a/b/..", "https://example.org/a/"},
		{"escaped dot segments", "https://example.org/a/%2e%2E/b", "https://example.org/b"},
		{"more dots than segments", "https://example.org/../../a", "https://example.org/a"},
		{"double slash kept", "https://example.org/a//b", "https://example.org/a//b"},
		{"backslashes in the path", `https://example.org/a\b?c\d`, "https://example.org/a/b?c%5Cd"},
		{"unreserved characters unescaped", "https://example.org/%7eme/%41%2d", "https://example.org/~me/A-"},
		{"escaped slash kept", "https://example.org/a%2fb", "https://example.org/a%2Fb"},
		{"reserved characters as they were", "https://example.org/a;b,c(d)'e!?q=[1]%5b2%5d", "https://example.org/a;b,c(d)'e!?q=[1]%5B2%5D"},
		{"not ASCII", "https://example.org/été?q=ñ", "https://example.org/%C3%A9t%C3%A9?q=%C3%B1"},
		{"not UTF-8", "https://example.org/\xe9", "https://example.org/%E9"},
		{"lone per cent sign", "https://example.org/100%", "https://example.org/100%25"},
		{"per cent sign before an escape", "https://example.org/%%41", "https://example.org/%25A"},
		{"characters for nobody", "https://example.org/<a>|\"{b}", "https://example.org/%3Ca%3E%7C%22%7Bb%7D"},

		{"campaign parameters", "https://example.org/?utm_source=x&b=2&UTM_Medium=y&a=1&fbclid=z", "https://example.org/?b=2&a=1"},
		{"only campaign parameters", "https://example.org/a?utm_source=x&gclid=1", "https://example.org/a"},
		{"escaped name of a campaign parameter", "https://example.org/a?utm%5Fsource=x", "https://example.org/a"},
		{"campaign name without value", "https://example.org/a?_gl&x", "https://example.org/a?x"},
		{"look-alikes stay", "https://example.org/a?utm=1&ref=main&source=book&r=2&cid=5", "https://example.org/a?utm=1&ref=main&source=book&r=2&cid=5"},
		{"reader of a newsletter", "https://a.substack.com/p/b?r=1abcd&isFreemail=true&s=1", "https://a.substack.com/p/b?s=1"},
		{"where a medium link stood", "https://medium.com/@a/b-1?source=rss----f00---4", "https://medium.com/@a/b-1"},
		{"empty query", "https://example.org/a?", "https://example.org/a"},
		{"empty pieces of a query", "https://example.org/a?&&x=1&", "https://example.org/a?x=1"},
		{"order and repetitions kept", "https://example.org/a?z=1&a=2&z=1", "https://example.org/a?z=1&a=2&z=1"},
		{"session of a Java server", "https://example.org/a;jsessionid=0A1B.node1/b;v=2;JSESSIONID=x?c=1", "https://example.org/a/b;v=2?c=1"},
		{"session of ASP.NET", "https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"},
		{"session at the end", "https://example.org/a/(S(lit3py55t21z5v55vlm25s55))", "https://example.org/a/"},
		{"session of PHP", "https://example.org/a?PHPSESSID=abc&x=1", "https://example.org/a?x=1"},
		{"random sid", "https://example.org/a?sid=0123456789abcdef0123456789abcdef", "https://example.org/a"},
		{"sid of a story", "https://example.org/a?sid=99/06/24/1327256", "https://example.org/a?sid=99/06/24/1327256"},
		{"session behind a dot segment", "https://example.org/a/..;jsessionid=1/b", "https://example.org/b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := weburl.Canonical(test.raw)
			if err != nil || got != test.want {
				t.Fatalf("Canonical(%q) = %q, %v; want %q", test.raw, got, err, test.want)
			}
			again, err := weburl.Canonical(got)
			if err != nil || again != got {
				t.Errorf("Canonical(%q) = %q, %v; want it unchanged", got, again, err)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	long := strings.Repeat("a", weburl.MaxLength)
	tests := []struct {
		name, raw string
		want      error
	}{
		{"mail address", "mailto:a@example.org", weburl.ErrScheme},
		{"script", "javascript:void(0)", weburl.ErrScheme},
		{"file", "file:///etc/passwd", weburl.ErrScheme},
		{"host and port without scheme", "example.org:80/", weburl.ErrScheme},
		{"relative", "/a/b", weburl.ErrRelative},
		{"empty", "", weburl.ErrRelative},
		{"words", "no url at all: none", weburl.ErrRelative},
		{"no host", "https:///?a", weburl.ErrHost},
		{"empty label", "https://a..org/", weburl.ErrHost},
		{"space in host", "https://a b.org/", weburl.ErrHost},
		{"escaped slash in host", "https://a%2fb.org/", weburl.ErrHost},
		{"long label", "https://" + strings.Repeat("a", 64) + ".org/", weburl.ErrHost},
		{"long host", "https://" + strings.Repeat("a.", 150) + "org/", weburl.ErrHost},
		{"long international host", "https://" + strings.Repeat("é", 3000) + ".org/", weburl.ErrHost},
		{"punycode of nothing", "https://xn--a.org/", weburl.ErrHost},
		{"host that is not UTF-8", "https://\xe9.org/", weburl.ErrHost},
		{"port out of range", "https://example.org:65536/", weburl.ErrHost},
		{"port in letters", "https://example.org:http/", weburl.ErrHost},
		{"address out of range", "http://256.1.1.1/", weburl.ErrHost},
		{"five numbers", "http://1.2.3.4.5/", weburl.ErrHost},
		{"not octal", "http://09.1/", weburl.ErrHost},
		{"zone of an address", "http://[fe80::1%25eth0]/", weburl.ErrHost},
		{"IPv4 in brackets", "http://[127.0.0.1]/", weburl.ErrHost},
		{"long path", "https://example.org/" + long, weburl.ErrTooLong},
		{"long beyond reading", "https://example.org/?utm_source=" + strings.Repeat(long, 40), weburl.ErrTooLong},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := weburl.Canonical(test.raw)
			if !errors.Is(err, test.want) || got != "" {
				t.Errorf("Canonical = %q, %v; want error %v", got, err, test.want)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestCanonicalMeasuresWithoutTracking(t *testing.T) {
	got, err := weburl.Canonical("https://example.org/a?utm_content=" + strings.Repeat("x", 3000))
	if err != nil || got != "https://example.org/a" {
		t.Errorf("Canonical = %q, %v", got, err)
	}
}

func TestResolve(t *testing.T) {
	const base = "https://example.org/blog/2026/post?page=2#top"
	tests := []struct{ name, base, ref, want string }{
		{"same folder", base, "next", "https://example.org/blog/2026/next"},
		{"parent", base, "../2025/", "https://example.org/blog/2025/"},
		{"above the root", base, "../../../../x", "https://example.org/x"},
		{"root", base, "/about", "https://example.org/about"},
		{"root with backslash", base, `\about`, "https://example.org/about"},
		{"other host", base, "//other.org/x", "https://other.org/x"},
		{"other host with backslashes", base, `\\other.org/x`, "https://other.org/x"},
		{"query only", base, "?page=3", "https://example.org/blog/2026/post?page=3"},
		{"fragment only", base, "#comments", "https://example.org/blog/2026/post?page=2"},
		{"empty", base, "", "https://example.org/blog/2026/post?page=2"},
		{"absolute", base, " http://Other.org ", "http://other.org/"},
		{"scheme without slashes", base, "https:next", "https://example.org/blog/2026/next"},
		{"other scheme without slashes", base, "http:other.org", "http://other.org/"},
		{"scheme and root", base, "https:/x.org/y", "https://x.org/y"},
		{"tracking removed", base, "next?utm_source=feed&id=1", "https://example.org/blog/2026/next?id=1"},
		{"colon behind a slash", base, "./a:b", "https://example.org/blog/2026/a:b"},
		{"colon in a query", base, "a?x=http://y", "https://example.org/blog/2026/a?x=http://y"},
		{"base without path", "http://example.org:8080", "a", "http://example.org:8080/a"},
		{"question mark in the base's query", "http://example.org/a/b?c/d", "e", "http://example.org/a/e"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := weburl.Resolve(test.base, test.ref)
			if err != nil || got != test.want {
				t.Errorf("Resolve(%q, %q) = %q, %v; want %q", test.base, test.ref, got, err, test.want)
			}
		})
	}
	if got, err := weburl.Resolve(base, "mailto:a@b.org"); !errors.Is(err, weburl.ErrScheme) {
		t.Errorf("mail address: %q, %v; want %v", got, err, weburl.ErrScheme)
	}
	if got, err := weburl.Resolve("about:blank", "x"); !errors.Is(err, weburl.ErrScheme) {
		t.Errorf("base without host: %q, %v; want %v", got, err, weburl.ErrScheme)
	}
}

// The laws: a canonical URL is its own canonical form, and net/url, which the
// HTTP client uses, reads and writes it unchanged.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		"https://example.org/a/../b?utm_source=x&c=%7e#d", "http://0x7f.1:80/%%41", `https:\\Bücher.example\;jsessionid=1/.;sid=2`,
		"http://[::ffff:1.2.3.4]/(S(lit3py55t21z5v55vlm25s55))/..", "https://user@xn--bcher-kva.example:443?a&&b=[", "ftp://x", "\x00https://\xff/%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := weburl.Canonical(raw)
		if err != nil {
			return
		}
		if again, err := weburl.Canonical(u); err != nil || again != u {
			t.Errorf("Canonical(%q) = %q, and of that %q, %v", raw, u, again, err)
		}
		if parsed, err := url.Parse(u); err != nil || parsed.String() != u || parsed.Host != weburl.Host(u) {
			t.Errorf("net/url reads %q as %q, %v", u, parsed, err)
		}
		if len(u) > weburl.MaxLength {
			t.Errorf("%d bytes", len(u))
		}
		for _, c := range []byte(u) {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("%q is not printable ASCII", u)
			}
		}
		weburl.Suspicious(u)
		_, neutral, _ := weburl.LanguageVariant(u)
		if again, err := weburl.Canonical(neutral); err != nil || again != neutral {
			t.Errorf("neutral URL %q of %q is not canonical: %q, %v", neutral, u, again, err)
		}
	})
}

func FuzzResolve(f *testing.F) {
	f.Add("https://example.org/a/b?c#d", "../e")
	f.Add("http://example.org", `\\x?y`)
	f.Add("https://example.org/", "https:?#")
	f.Fuzz(func(t *testing.T, base, ref string) {
		u, err := weburl.Resolve(base, ref)
		if err != nil {
			return
		}
		if again, err := weburl.Canonical(u); err != nil || again != u {
			t.Errorf("Resolve(%q, %q) = %q, canonical %q, %v", base, ref, u, again, err)
		}
		if absolute, err := weburl.Canonical(ref); err == nil && strings.Contains(ref, "//") && absolute != u {
			t.Errorf("Resolve(%q, %q) = %q; want the absolute %q", base, ref, u, absolute)
		}
	})
}

func BenchmarkCanonical(b *testing.B) {
	for b.Loop() {
		if _, err := weburl.Canonical("https://www.Example.org/blog/2026/../2025/post-about-things?utm_source=a&utm_medium=b&id=1234#top"); err != nil {
			b.Fatal(err)
		}
	}
}
