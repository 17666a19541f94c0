// Package web shows the stored works in a browser and gives them to programs.
// It only reads. Pages are rendered on the server and need no JavaScript:
//
//	/                    search, newest first without a query
//	/works/{id}          one work: its editions and why they belong together
//	/sources             health of each source and the last runs
//	/healthz             200 while the database can be read
//	/api/v1/search       ?q= &lang= &source= &site= &author= &since= &until= &limit= &offset= &editions=all
//	/api/v1/works/{id}, /api/v1/articles/{id}, /api/v1/articles?url=URL, /api/v1/sources, /api/v1/runs, /api/v1/stats
//
// Everything stored is somebody else's text: templates escape it, only http and
// https links are made, and the content security policy allows no script at
// all. Requests must name a host this server listens on, so that a page
// elsewhere cannot read it by rebinding its name.
package web

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tamiz"
	"tamiz/store"
)

//go:embed templates/*.html static/style.css
var files embed.FS

// Options are the surroundings of a server.
type Options struct {
	Logger *slog.Logger
	Listen string // host:port that is listened on
}

// Limits of what one request may ask for.
const (
	defaultLimit = 20
	maxLimit     = 200
	maxOffset    = 10_000
	maxQuery     = 1000 // bytes
)

type server struct {
	db    *store.DB
	log   *slog.Logger
	hosts map[string]bool
	// anyAddress says that it listens on every address: then any of them may be
	// asked for. Names may not, only they can be rebound.
	anyAddress bool
	pages      map[string]*template.Template
}

// New makes the handler over an open database.
func New(db *store.DB, o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{db: db, log: o.Logger, hosts: allowedHosts(o.Listen), pages: map[string]*template.Template{}}
	if h, _, err := net.SplitHostPort(o.Listen); err == nil {
		ip := net.ParseIP(h)
		s.anyAddress = h == "" || ip != nil && ip.IsUnspecified()
	}
	for _, name := range []string{"search", "work", "sources", "message"} {
		s.pages[name] = template.Must(template.New("").Funcs(funcs).ParseFS(files, "templates/layout.html", "templates/"+name+".html"))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.search)
	mux.HandleFunc("GET /works/{id}", s.work)
	mux.HandleFunc("GET /sources", s.sources)
	mux.HandleFunc("GET /static/style.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		http.ServeFileFS(w, r, files, "static/style.css")
	})
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /api/v1/search", s.apiSearch)
	mux.HandleFunc("GET /api/v1/works/{id}", s.apiWork)
	mux.HandleFunc("GET /api/v1/articles/{id}", s.apiArticle)
	mux.HandleFunc("GET /api/v1/articles", s.apiArticle)
	mux.HandleFunc("GET /api/v1/sources", func(w http.ResponseWriter, r *http.Request) {
		list, err := db.Sources(r.Context())
		s.json(w, map[string]any{"sources": list}, err)
	})
	mux.HandleFunc("GET /api/v1/runs", func(w http.ResponseWriter, r *http.Request) {
		runs, err := db.Runs(r.Context(), store.RunFilter{Limit: defaultLimit})
		s.json(w, map[string]any{"runs": runs}, err)
	})
	mux.HandleFunc("GET /api/v1/stats", func(w http.ResponseWriter, r *http.Request) {
		st, err := db.Stats(r.Context())
		s.json(w, st, err)
	})
	return s.guard(mux)
}

// allowedHosts are the names under which the server may be asked.
func allowedHosts(listen string) map[string]bool {
	hosts := map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true}
	if h, _, err := net.SplitHostPort(listen); err == nil && h != "" {
		hosts[h] = true
	}
	return hosts
}

// guard sets the headers every answer carries, refuses foreign host names and
// keeps a panic from ending the daemon.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		name := r.Host
		if host, _, err := net.SplitHostPort(name); err == nil {
			name = host
		}
		name = strings.Trim(strings.ToLower(name), "[]")
		if !s.hosts[name] && (!s.anyAddress || net.ParseIP(name) == nil) {
			http.Error(w, "this name is not served here", http.StatusMisdirectedRequest)
			return
		}
		defer func() {
			if v := recover(); v != nil {
				s.log.Error("request failed", "path", r.URL.Path, "panic", v)
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.db.Ping(r.Context()); err != nil {
		s.log.Error("health check", "err", err)
		http.Error(w, "database cannot be read", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// request reads the search parameters of a URL.
func request(q url.Values) (store.SearchRequest, error) {
	req := store.SearchRequest{
		Query: strings.TrimSpace(q.Get("q")), Filter: store.Filter{Lang: q.Get("lang"), Source: q.Get("source"), Site: q.Get("site"), Author: q.Get("author")},
		Limit: defaultLimit, AllEditions: q.Get("editions") == "all",
	}
	if len(req.Query) > maxQuery {
		return req, badRequest{fmt.Sprintf("q is longer than %d bytes", maxQuery)}
	}
	var err error
	if req.Since, err = tamiz.ParseDate(q.Get("since")); err != nil {
		return req, badRequest{"since: want a date such as 2026-01-31"}
	}
	if req.Until, err = tamiz.ParseDate(q.Get("until")); err != nil {
		return req, badRequest{"until: want a date such as 2026-01-31"}
	}
	for _, n := range []struct {
		name string
		max  int
		to   *int
	}{{"limit", maxLimit, &req.Limit}, {"offset", maxOffset, &req.Offset}} {
		v := q.Get(n.name)
		if v == "" {
			continue
		}
		i, err := strconv.Atoi(v)
		if err != nil || i < 0 || i > n.max {
			return req, badRequest{fmt.Sprintf("%s: want a number from 0 to %d", n.name, n.max)}
		}
		*n.to = i
	}
	return req, nil
}

// badRequest is the caller's mistake, answered with status 400.
type badRequest struct{ msg string }

func (e badRequest) Error() string { return e.msg }

// status is the HTTP status of an error and what may be said about it.
func (s *server) status(err error) (int, string) {
	var bad badRequest
	var query *store.QueryError
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest, bad.msg
	case errors.As(err, &query):
		return http.StatusBadRequest, query.Error()
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound, "not found"
	default:
		s.log.Error("request failed", "err", err)
		return http.StatusInternalServerError, "internal error"
	}
}

func (s *server) json(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err != nil {
		code, msg := s.status(err)
		w.WriteHeader(code)
		v = map[string]string{"error": msg}
	}
	enc := json.NewEncoder(w)
	if err := enc.Encode(v); err != nil {
		s.log.Debug("answer not sent", "err", err)
	}
}

// page renders into memory first, so that a failure is not half a page.
func (s *server) page(w http.ResponseWriter, name string, data any, err error) {
	code := http.StatusOK
	if err != nil {
		var msg string
		code, msg = s.status(err)
		name, data = "message", view{Title: http.StatusText(code), Data: msg}
	}
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "layout", data); err != nil {
		s.log.Error("render page", "page", name, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	w.Write(b.Bytes()) //nolint:errcheck // the reader went away
}

// view is what every template gets.
type view struct {
	Title string
	Query url.Values
	Data  any
}

var funcs = template.FuncMap{
	"marks": marks,
	"day":   func(d tamiz.Date) string { return fmtDay(d.Time) },
	"when": func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return t.UTC().Format("2006-01-02 15:04")
	},
	"paragraphs": func(text string) []string { return strings.Split(text, "\n\n") },
	"rtl":        rightToLeft,
	"percent":    func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) },
	"web": func(u string) string { // links lead to the web only
		if strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			return u
		}
		return ""
	},
}

func fmtDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// rightToLeft gives the dir attribute of a language.
func rightToLeft(language string) string {
	base, _, _ := strings.Cut(language, "-")
	switch base {
	case "ar", "he", "fa", "ur", "ps", "yi", "dv", "sd", "ug":
		return "rtl"
	}
	return "ltr"
}

// marks turns the hit marks of a snippet into <mark> elements, escaping all else.
func marks(snippet string) template.HTML {
	s := template.HTMLEscapeString(snippet)
	s = strings.ReplaceAll(s, store.MarkStart, "<mark>")
	return template.HTML(strings.ReplaceAll(s, store.MarkEnd, "</mark>")) //nolint:gosec // escaped above
}

type searchData struct {
	Hits       []store.Hit
	Total      int
	Error      string
	Prev, Next string
	Stats      store.Stats
}

func (s *server) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	d := searchData{}
	req, err := request(q)
	if err == nil {
		d.Hits, d.Total, err = s.db.Search(r.Context(), req)
	}
	if err != nil {
		var code int
		if code, d.Error = s.status(err); code != http.StatusBadRequest {
			s.page(w, "", nil, err)
			return
		}
	}
	if d.Stats, err = s.db.Stats(r.Context()); err != nil {
		s.page(w, "", nil, err)
		return
	}
	link := func(offset int) string {
		n := url.Values{}
		for k, v := range q {
			n[k] = v
		}
		n.Set("offset", strconv.Itoa(offset))
		return "/?" + n.Encode()
	}
	if req.Offset > 0 {
		d.Prev = link(max(0, req.Offset-req.Limit))
	}
	if req.Limit > 0 && req.Offset+req.Limit < min(d.Total, maxOffset) {
		d.Next = link(req.Offset + req.Limit)
	}
	title := "tamiz"
	if req.Query != "" {
		title = req.Query + " – tamiz"
	}
	s.page(w, "search", view{Title: title, Query: q, Data: d}, nil)
}

func (s *server) work(w http.ResponseWriter, r *http.Request) {
	wk, err := s.db.Work(r.Context(), r.PathValue("id"))
	if err != nil {
		s.page(w, "", nil, err)
		return
	}
	s.page(w, "work", view{Title: wk.Editions[0].Article.Title + " – tamiz", Data: wk}, nil)
}

func (s *server) sources(w http.ResponseWriter, r *http.Request) {
	list, err := s.db.Sources(r.Context())
	if err != nil {
		s.page(w, "", nil, err)
		return
	}
	runs, err := s.db.Runs(r.Context(), store.RunFilter{Limit: defaultLimit})
	s.page(w, "sources", view{Title: "Sources – tamiz", Data: map[string]any{"Sources": list, "Runs": runs}}, err)
}

func (s *server) apiSearch(w http.ResponseWriter, r *http.Request) {
	req, err := request(r.URL.Query())
	if err != nil {
		s.json(w, nil, err)
		return
	}
	hits, total, err := s.db.Search(r.Context(), req)
	if hits == nil {
		hits = []store.Hit{}
	}
	s.json(w, map[string]any{"total": total, "hits": hits}, err)
}

func (s *server) apiWork(w http.ResponseWriter, r *http.Request) {
	wk, err := s.db.Work(r.Context(), r.PathValue("id"))
	if err != nil {
		s.json(w, nil, err)
		return
	}
	type edition struct {
		Article *tamiz.Article `json:"article"`
		Match   *tamiz.Match   `json:"match"`
	}
	out := struct {
		ID       string    `json:"id"`
		Editions []edition `json:"editions"`
	}{ID: wk.ID}
	for _, e := range wk.Editions {
		ed := edition{Article: e.Article}
		if e.Match.Kind != "" {
			m := e.Match
			ed.Match = &m
		}
		out.Editions = append(out.Editions, ed)
	}
	s.json(w, out, nil)
}

func (s *server) apiArticle(w http.ResponseWriter, r *http.Request) {
	a, err := s.db.Article(r.Context(), cmp.Or(r.PathValue("id"), r.URL.Query().Get("url")))
	s.json(w, a, err)
}
