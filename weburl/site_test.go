package weburl_test

import (
	"strings"
	"testing"

	"tamiz/weburl"
)

func TestHost(t *testing.T) {
	for u, want := range map[string]string{
		"https://example.org/a/b?c":   "example.org",
		"http://example.org:8080/":    "example.org:8080",
		"http://[::1]:8080/":          "[::1]:8080",
		"not a URL":                   "",
		"https://example.org/?x=://y": "example.org",
	} {
		if got := weburl.Host(u); got != want {
			t.Errorf("Host(%q) = %q; want %q", u, got, want)
		}
	}
}

func TestSite(t *testing.T) {
	tests := []struct{ name, host, want string }{
		{"bare domain", "example.org", "example.org"},
		{"subdomain", "www.blog.example.org", "example.org"},
		{"port is not part of a domain", "example.org:8080", "example.org"},
		{"two-label suffix", "news.example.co.uk", "example.co.uk"},
		{"unknown suffix", "es.mirror.example", "mirror.example"},
		{"public suffix itself", "co.uk", "co.uk"},
		{"newsletter platform", "writer.substack.com", "writer.substack.com"},
		{"platform itself", "substack.com", "substack.com"},
		{"home page of a platform", "www.substack.com", "substack.com"},
		{"deeper under a platform", "www.writer.substack.com", "writer.substack.com"},
		{"platform of the public suffix list", "somebody.github.io", "somebody.github.io"},
		{"national blogspot", "somebody.blogspot.com", "somebody.blogspot.com"},
		{"platform of three labels", "somebody.blog.fc2.com", "somebody.blog.fc2.com"},
		{"look-alike of a platform", "notsubstack.com", "notsubstack.com"},
		{"address", "192.0.2.1:8080", "192.0.2.1:8080"},
		{"IPv6 address", "[::1]:8080", "[::1]:8080"},
		{"IPv6 address without port", "[::1]", "[::1]"},
		{"localhost", "localhost:8080", "localhost:8080"},
		{"name without a dot", "intranet", "intranet"},
	}
	for _, test := range tests {
		if got := weburl.Site(test.host); got != test.want {
			t.Errorf("%s: Site(%q) = %q; want %q", test.name, test.host, got, test.want)
		}
	}
}

func TestSameSite(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"https://example.org/a", "http://blog.example.org/b", true},
		{"https://a.substack.com/", "https://b.substack.com/", false},
		{"http://127.0.0.1:1/", "http://127.0.0.1:2/", false},
		{"http://127.0.0.1:1/a", "http://127.0.0.1:1/b", true},
		{"https://example.org/", "https://example.com/", false},
		{"", "", false},
	}
	for _, test := range tests {
		if got := weburl.SameSite(test.a, test.b); got != test.want {
			t.Errorf("SameSite(%q, %q) = %t", test.a, test.b, got)
		}
		if weburl.SameSite(test.a, test.b) != weburl.SameSite(test.b, test.a) {
			t.Errorf("SameSite(%q, %q) is not symmetric", test.a, test.b)
		}
	}
}

func TestLanguageVariant(t *testing.T) {
	tests := []struct{ name, u, lang, neutral string }{
		{"first segment", "https://x.org/es/post", "es", "https://x.org/post"},
		{"second segment", "https://x.org/blog/ru/post/", "ru", "https://x.org/blog/post/"},
		{"only segment", "https://x.org/fr", "fr", "https://x.org/"},
		{"region", "https://x.org/pt-br/post", "pt-BR", "https://x.org/post"},
		{"region with underscore", "https://x.org/zh_tw/post", "zh-TW", "https://x.org/post"},
		{"script", "https://x.org/zh-Hans/post", "zh-Hans", "https://x.org/post"},
		{"script and region", "https://x.org/zh-hant-hk/post", "zh-Hant-HK", "https://x.org/post"},
		{"group of countries", "https://x.org/es-419/post", "es-419", "https://x.org/post"},
		{"country for a language", "https://x.org/jp/post", "ja", "https://x.org/post"},
		{"parameter", "https://x.org/post?id=1&lang=ru&b=2", "ru", "https://x.org/post?id=1&b=2"},
		{"only parameter", "https://x.org/post?hl=en", "en", "https://x.org/post"},
		{"host", "https://es.x.org/post", "es", "https://x.org/post"},
		{"host before www", "https://de.www.x.org/post", "de", "https://x.org/post"},
		{"three letters", "https://x.org/fil/post", "fil", "https://x.org/post"},
	}
	for _, test := range tests {
		lang, neutral, ok := weburl.LanguageVariant(test.u)
		if lang != test.lang || neutral != test.neutral || !ok {
			t.Errorf("%s: LanguageVariant(%q) = %q, %q, %t; want %q, %q", test.name, test.u, lang, neutral, ok, test.lang, test.neutral)
		}
	}

	none := []struct{ name, u, neutral string }{
		{"no language", "https://www.x.org/post?id=1", "https://x.org/post?id=1"},
		{"code deep in the path", "https://x.org/a/b/es", "https://x.org/a/b/es"},
		{"no code", "https://x.org/xx/post", "https://x.org/xx/post"},
		{"word that starts like a code", "https://x.org/es-tut-mir-leid", "https://x.org/es-tut-mir-leid"},
		{"parameter with another value", "https://x.org/?lang=klingon", "https://x.org/?lang=klingon"},
		{"publication named like a code", "https://es.substack.com/p/a", "https://es.substack.com/p/a"},
		{"domain named like a code", "https://it.com/post", "https://it.com/post"},
		{"domain named www", "https://www.com/post", "https://www.com/post"},
		{"registrable under a country", "https://no.co.uk/post", "https://no.co.uk/post"},
	}
	for _, test := range none {
		lang, neutral, ok := weburl.LanguageVariant(test.u)
		if lang != "" || neutral != test.neutral || ok {
			t.Errorf("%s: LanguageVariant(%q) = %q, %q, %t; want no language", test.name, test.u, lang, neutral, ok)
		}
	}
}

func TestSuspicious(t *testing.T) {
	tests := []struct{ name, u, reason string }{
		{"article", "https://x.org/2021/11/11/post?id=7", ""},
		{"section named twice", "https://x.org/news/news/today", ""},
		{"print in a title", "https://x.org/how-to-print", ""},
		{"order number", "https://x.org/post?order=7", ""},
		{"story by word", "https://x.org/?sid=elections", ""},
		{"story by number", "https://x.org/?sid=20261122", ""},
		{"twenty segments", "https://x.org/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t", ""},
		{"more segments", "https://x.org/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u", "more than 20 path segments"},
		{"repeated segments", "https://x.org/a/b/a/b/a/b", `path segment "a" repeated 3 times`},
		{"long", "https://x.org/" + strings.Repeat("a", weburl.MaxLength), "longer than 2083 bytes"},
		{"print parameter", "https://x.org/post?print=1", "print copy"},
		{"print format", "https://x.org/post?id=1&format=print", "print copy"},
		{"print output", "https://x.org/post?Output=Print", "print copy"},
		{"print folder", "https://x.org/print/post", "print copy"},
		{"comment form", "https://x.org/post?replytocom=12", "reply form"},
		{"share link", "https://x.org/post?share=twitter", "share button"},
		{"wiki edit", "https://x.org/w?title=A&action=edit", "page for editors"},
		{"basket", "https://x.org/?add-to-cart=12", "shop action"},
		{"sorted", "https://x.org/list?sort=price", "sorted copy of a list"},
		{"descending", "https://x.org/list?order=desc", "sorted copy of a list"},
		{"session", "https://x.org/list?sid=a1b2c3d4", "session in the address"},
	}
	for _, test := range tests {
		if got := weburl.Suspicious(test.u); got != test.reason {
			t.Errorf("%s: Suspicious = %q; want %q", test.name, got, test.reason)
		}
	}
}
