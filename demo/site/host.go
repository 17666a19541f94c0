package site

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/http"
	"sync"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// maxLog is the number of requests a host remembers; a crawl of the whole site
// makes a few hundred.
const maxLog = 20000

// Request is one request as the host saw it.
type Request struct {
	Time        time.Time
	Method      string
	Path        string // with the query, e.g. "/en/?page=2"
	Agent       string // User-Agent
	Conditional bool   // If-None-Match or If-Modified-Since was sent
	Status      int
}

// Resource is what stands at one path.
type Resource struct {
	Type     string                   // Content-Type as sent
	Modified time.Time                // Last-Modified
	Body     func(base string) []byte // base is "http://host:port" as asked for
	Status   int                      // 0: 200
	Location string                   // target path of a redirect
	Flaky    bool                     // the first answer is 503 with Retry-After: 1
	Cyrillic bool                     // the body is sent in windows-1251
}

// Host serves resources under any base URL. It answers conditional requests
// (ETag and Last-Modified) on everything it serves with status 200 and keeps a
// log. The zero Host is an empty site. It is safe for concurrent use once it is
// served.
type Host struct {
	Resources map[string]Resource                // by path, or by "path?print=1"
	Find      func(path string) (Resource, bool) // paths without end, asked second; may be nil
	NotFound  func(base, path string) []byte     // the page of status 404; may be nil
	Now       func() time.Time                   // clock of the log; nil: time.Now

	mu     sync.Mutex
	log    []Request
	failed map[string]bool
}

// Requests gives the log so far, oldest first.
func (h *Host) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Request(nil), h.log...)
}

// ServeHTTP answers GET and HEAD.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	h.serve(rec, r)

	now := time.Now
	if h.Now != nil {
		now = h.Now
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.log) < maxLog {
		h.log = append(h.log, Request{
			Time:        now(),
			Method:      r.Method,
			Path:        r.URL.RequestURI(),
			Agent:       r.UserAgent(),
			Conditional: r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != "",
			Status:      rec.status,
		})
	}
}

func (h *Host) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	res, ok := h.find(r)
	switch {
	case !ok:
		h.notFound(w, r, base)
	case res.Flaky && h.firstTime(r.URL.Path):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "busy, please come back in a second", http.StatusServiceUnavailable)
	case res.Location != "":
		http.Redirect(w, r, res.Location, res.Status)
	default:
		body := res.Body(base)
		if res.Cyrillic {
			body = cyrillic(body)
		}
		w.Header().Set("Content-Type", res.Type)
		w.Header().Set("ETag", etag(body))
		// ServeContent compares the validators and answers 304 by itself.
		http.ServeContent(w, r, "", res.Modified, bytes.NewReader(body))
	}
}

func (h *Host) find(r *http.Request) (Resource, bool) {
	if r.URL.Query().Has("print") {
		if res, ok := h.Resources[r.URL.Path+"?print=1"]; ok {
			return res, true
		}
	}
	if res, ok := h.Resources[r.URL.Path]; ok {
		return res, true
	}
	if h.Find != nil {
		return h.Find(r.URL.Path)
	}
	return Resource{}, false
}

func (h *Host) notFound(w http.ResponseWriter, r *http.Request, base string) {
	if h.NotFound == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	if r.Method == http.MethodHead {
		return
	}
	// The reader has gone if this fails; there is nobody left to tell.
	_, _ = w.Write(h.NotFound(base, r.URL.Path))
}

// firstTime reports whether a flaky path is asked for the first time.
func (h *Host) firstTime(path string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed[path] {
		return false
	}
	if h.failed == nil {
		h.failed = map[string]bool{}
	}
	h.failed[path] = true
	return true
}

// etag is a strong validator of a body.
func etag(body []byte) string {
	sum := fnv.New64a()
	_, _ = sum.Write(body) // a hash does not fail
	return fmt.Sprintf(`"%016x"`, sum.Sum64())
}

// cyrillic encodes a page as windows-1251; what the code page lacks becomes a
// character reference, as browsers' forms do.
func cyrillic(body []byte) []byte {
	out, err := encoding.HTMLEscapeUnsupported(charmap.Windows1251.NewEncoder()).Bytes(body)
	if err != nil {
		return body // only invalid UTF-8 gets here, and the templates write none
	}
	return out
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
