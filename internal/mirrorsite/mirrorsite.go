// Package mirrorsite is a site for tests of the whole pipeline: a harbour
// town's review in nine languages, poured by two mirrors into pages as bare as
// such pages get. It shares no text, no furniture and no page template with the
// demo site, so that what works on one cannot have been fitted to it.
//
// [New] gives a [Mirror] with two hosts, each an http.Handler with some of the
// languages; [Mirror.Start] serves both on loopback for a test.
package mirrorsite

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tamiz"
	"tamiz/demo/site"
)

// The mirror is described with the words of package site.
type (
	// Expectation is what a right crawl of both hosts must find.
	Expectation = site.Expectation
	// Edition is an article as a host publishes it.
	Edition = site.Edition
	// Request is one entry of a host's log.
	Request = site.Request
)

// Name is what the review calls itself.
const Name = "Quayside"

const (
	recent = 3 // linked entries of a closing list
	items  = 3 // entries of it that lead nowhere
)

// hosts names the languages of each host.
var hosts = [2][]string{
	{"es", "id", "ru", "fr", "en"},
	{"de", "cs", "ja", "zh"},
}

// layouts names each language's usual page template.
var layouts = map[string]string{
	"es": "stream", "id": "stream", "ru": "stream", "fr": "cells", "en": "page",
	"de": "page", "cs": "cells", "ja": "stream", "zh": "page",
}

//go:embed content chrome template
var files embed.FS

// Mirror is the review on its two hosts.
type Mirror struct {
	Hosts [2]http.Handler

	sites  [2]*site.Host
	pieces []*site.Piece
	chrome map[string]site.Chrome
	pages  *template.Template
	plain  []string

	mu    sync.Mutex
	bases [2]string
}

// New gives a fresh mirror.
func New() *Mirror {
	pieces, err := site.LoadPieces(files, "content")
	if err != nil {
		panic(fmt.Sprintf("mirrorsite: embedded content: %v", err))
	}
	chrome, err := site.LoadChrome(files, "chrome")
	if err != nil {
		panic(fmt.Sprintf("mirrorsite: embedded chrome: %v", err))
	}
	m := &Mirror{
		pieces: pieces,
		chrome: chrome,
		plain:  []string{"/"},
		pages:  template.Must(template.ParseFS(files, "template/*.html")),
	}
	for _, p := range m.pieces {
		p.Path = fmt.Sprintf("/%s/%d/%s.html", p.Lang, p.Published.Year(), p.Slug)
		if p.Layout == "" {
			p.Layout = layouts[p.Lang]
		}
		if slices.Contains(hosts[1], p.Lang) {
			p.Host = 1
		}
	}
	slices.SortStableFunc(m.pieces, func(a, b *site.Piece) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.Path, b.Path))
	})
	for h := range m.sites {
		m.sites[h] = m.host(h)
		m.Hosts[h] = m.sites[h]
	}
	return m
}

// SetBases tells each host the base URL of the other ("http://127.0.0.1:1234"),
// so that its hreflang links can lead there. Until then they stay at home.
func (m *Mirror) SetBases(first, second string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bases = [2]string{first, second}
}

// Start serves both hosts on loopback until the test ends and gives their base
// URLs.
func (m *Mirror) Start(t testing.TB) [2]string {
	t.Helper()
	var bases [2]string
	for h := range m.Hosts {
		srv := httptest.NewServer(m.Hosts[h])
		t.Cleanup(srv.Close)
		bases[h] = srv.URL
	}
	m.SetBases(bases[0], bases[1])
	return bases
}

// Requests gives the log of a host, oldest first.
func (m *Mirror) Requests(host int) []Request { return m.sites[host].Requests() }

// Expect says what a right crawl of both hosts must find.
func (m *Mirror) Expect() Expectation {
	e := site.Expect(m.pieces)
	e.Plain = slices.Clone(m.plain)
	e.Disallowed = []string{"/private/"}
	e.Never = []string{"/private/", "?print="}
	e.Calendar = "/diary/"
	return e
}

// host lays out the paths of one host.
func (m *Mirror) host(h int) *site.Host {
	r := map[string]site.Resource{}
	latest := m.pieces[0].Published
	first := hosts[h][0]
	add := func(path, mediaType string, modified time.Time, body func(base string) []byte) {
		r[path] = site.Resource{Type: mediaType, Modified: modified, Body: body}
	}
	const html = "text/html; charset=utf-8"

	for i, p := range m.pieces {
		if p.Host != h {
			continue
		}
		r[p.Path] = m.article(p, i)
		add(p.Path+"?print=1", html, p.LastChange(), func(base string) []byte {
			return m.html("print", articlePage{frame: m.frame(base, p.Lang), P: p, Parts: p.Parts(site.Semantic)})
		})
	}
	add("/", html, latest, func(base string) []byte {
		l := linksPage{frame: m.frame(base, first), Title: Name}
		for _, lang := range hosts[h] {
			l.Links = append(l.Links, link{Path: "/" + lang + "/", Title: m.chrome[lang].S("all")})
		}
		l.Links = append(l.Links, link{Path: "/diary/2026-11", Title: m.chrome[first].S("diary")})
		return m.html("links", l)
	})
	for _, lang := range hosts[h] {
		add("/"+lang+"/", html, latest, func(base string) []byte {
			l := linksPage{frame: m.frame(base, lang), Title: m.chrome[lang].S("all")}
			for _, p := range m.ofLang(lang) {
				l.Links = append(l.Links, link{Path: p.Path, Title: p.Title})
			}
			return m.html("links", l)
		})
		m.plain = append(m.plain, "/"+lang+"/")
	}
	add("/private/notes", html, latest, func(base string) []byte {
		return m.html("links", linksPage{frame: m.frame(base, first), Title: "Notes"})
	})
	add("/robots.txt", "text/plain", latest, func(base string) []byte {
		return []byte("User-agent: *\nDisallow: /private/\nSitemap: " + base + "/sitemap.xml\n")
	})
	add("/sitemap.xml", "text/xml", latest, func(base string) []byte {
		var b bytes.Buffer
		b.WriteString(`<?xml version="1.0"?>` + "\n" + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for _, p := range m.pieces {
			if p.Host == h {
				fmt.Fprintf(&b, "<url><loc>%s%s</loc></url>\n", base, p.Path)
			}
		}
		b.WriteString("</urlset>\n")
		return b.Bytes()
	})
	return &site.Host{Resources: r, Find: func(path string) (site.Resource, bool) { return m.diary(first, path) }}
}

// diary is the calendar: a page for every month there will ever be.
func (m *Mirror) diary(lang, path string) (site.Resource, bool) {
	rest, ok := strings.CutPrefix(path, "/diary/")
	if !ok {
		return site.Resource{}, false
	}
	month, err := time.Parse("2006-01", rest)
	if err != nil {
		return site.Resource{}, false
	}
	return site.Resource{Type: "text/html; charset=utf-8", Modified: month, Body: func(base string) []byte {
		next := month.AddDate(0, 1, 0).Format("2006-01")
		return m.html("links", linksPage{
			frame: m.frame(base, lang),
			Title: m.chrome[lang].S("diary") + " " + rest,
			Links: []link{{Path: "/diary/" + next, Title: next}},
		})
	}}, true
}

func (m *Mirror) article(p *site.Piece, i int) site.Resource {
	style := map[string]site.Style{"cells": site.Divs, "stream": site.Breaks}[p.Layout]
	res := site.Resource{
		Type:     "text/html; charset=utf-8",
		Modified: p.LastChange(),
		Cyrillic: p.Charset != "",
		Body: func(base string) []byte {
			a := m.articlePage(base, p, i)
			a.Parts = p.Parts(style, "motto", "box", "more", "offer")
			return m.html(p.Layout, a)
		},
	}
	switch p.Charset {
	case "header":
		res.Type = "text/html; charset=windows-1251"
	case "meta":
		res.Type = "text/html"
	}
	return res
}

func (m *Mirror) articlePage(base string, p *site.Piece, i int) articlePage {
	c := m.chrome[p.Lang]
	a := articlePage{
		frame: m.frame(base, p.Lang),
		P:     p,
		ISO:   p.Published.Format(time.DateOnly),
		Date:  c.Date(p.Published),
		Items: c.Some("item", i, items),
	}
	switch p.Charset {
	case "meta":
		a.Charset = "windows-1251"
	case "":
		a.Charset = "utf-8"
	}
	if p.Declared {
		a.Alternates = m.alternates(base, p)
	}
	var others []*site.Piece
	for _, q := range m.ofLang(p.Lang) {
		if q.Work != p.Work {
			others = append(others, q)
		}
	}
	for k := range min(recent, len(others)) {
		a.Recent = append(a.Recent, others[(i+k)%len(others)])
	}
	if len(others) > 0 {
		a.Next = others[(i+recent)%len(others)]
	}
	return a
}

// alternates gives the editions of a work that are declared, on the other host
// too where its base is known.
func (m *Mirror) alternates(base string, p *site.Piece) []alternate {
	m.mu.Lock()
	bases := m.bases
	m.mu.Unlock()
	var out []alternate
	for _, q := range m.pieces {
		if q.Work != p.Work || !q.Declared || q.Relation == tamiz.Duplicate {
			continue
		}
		at := base
		if q.Host != p.Host {
			at = bases[q.Host]
		}
		if at != "" {
			out = append(out, alternate{Lang: q.Lang, URL: at + q.Path})
		}
	}
	return out
}

func (m *Mirror) ofLang(lang string) []*site.Piece {
	var out []*site.Piece
	for _, p := range m.pieces {
		if p.Lang == lang {
			out = append(out, p)
		}
	}
	return out
}

func (m *Mirror) frame(base, lang string) frame {
	return frame{Site: Name, Base: base, Lang: lang, C: m.chrome[lang]}
}

// html renders a page; a failure stays visible in it and the tests look for it.
func (m *Mirror) html(name string, data any) []byte {
	var b bytes.Buffer
	if err := m.pages.ExecuteTemplate(&b, name, data); err != nil {
		fmt.Fprintf(&b, "\n<!-- template failed: %s -->", template.HTMLEscapeString(err.Error()))
	}
	return b.Bytes()
}

// What the templates are given.
type (
	frame struct {
		Site, Base, Lang string
		C                site.Chrome
	}
	link      struct{ Path, Title string }
	linksPage struct {
		frame
		Title string
		Links []link
	}
	alternate   struct{ Lang, URL string }
	articlePage struct {
		frame
		P          *site.Piece
		Charset    string // declared in the page; empty: in the header alone
		ISO, Date  string
		Parts      []site.Part
		Alternates []alternate
		Recent     []*site.Piece
		Items      []string
		Next       *site.Piece
	}
)
