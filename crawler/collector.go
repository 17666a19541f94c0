package crawler

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gocolly/colly/v2"

	"tamiz"
)

// shell is one colly collector and the exchange it is busy with. Colly sends
// the request, asks at the headers whether the body is wanted, reads it and
// hands it over. Everything that decides anything stands around it: what may be
// asked and when is settled before, and its transport (wire) decodes bodies,
// counts their bytes and hides redirects.
type shell struct {
	collector *colly.Collector
	current   *exchange
}

// exchange is one request and what came back.
type exchange struct {
	url        *url.URL // exactly as it goes out
	path       string
	header     http.Header
	transport  http.RoundTripper
	limit      int64 // decoded bytes
	anyType    bool  // the media type does not matter
	sent       func()
	body       *body
	status     int
	response   http.Header
	location   string
	mediaType  string
	refused    bool // not a page
	err        error
	text       []byte // as received, decompressed
	truncated  bool
	bytesTaken int64
}

type exchangeKey struct{}

// newShell makes a collector with the traps of colly v2.3.0 shut. Options are
// set on the fields after NewCollector, because NewCollector ends by letting
// COLLY_* environment variables override them.
func newShell() *shell {
	s := &shell{collector: colly.NewCollector()}
	c := s.collector
	c.AllowURLRevisit = true        // the frontier decides; colly would keep every URL in memory
	c.IgnoreRobotsTxt = true        // ours: colly's allows everything on a 503 and never expires
	c.ParseHTTPErrorResponse = true // 304 and 404 are answers, not errors
	c.MaxBodySize = 0               // body counts: colly would count coded bytes
	c.DetectCharset = false         // Decode
	c.CheckHead = false
	c.CacheDir = "" // knows no validators, and keeps errors
	c.Async = false // a goroutine for each URL
	c.TraceHTTP = false
	c.MaxDepth, c.MaxRequests = 0, 0
	c.AllowedDomains, c.DisallowedDomains = nil, nil
	c.DisallowedURLFilters, c.URLFilters = nil, nil
	c.DisableCookies()
	c.SetRequestTimeout(0) // the context's deadline holds
	c.WithTransport(wire{})
	c.SetRedirectHandler(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })

	c.OnResponseHeaders(func(r *colly.Response) {
		if !s.current.admit(r.StatusCode, *r.Headers) {
			r.Request.Abort()
		}
	})
	c.OnResponse(func(r *colly.Response) { s.current.text = r.Body })
	return s
}

// do sends the request and fills the exchange. An error is one of the network,
// of the body, or of the context.
func (s *shell) do(ctx context.Context, ex *exchange) error {
	s.current = ex
	s.collector.Context = context.WithValue(ctx, exchangeKey{}, ex)
	err := s.collector.Visit(ex.url.String())
	s.current = nil
	s.collector.Context = context.Background()
	if ex.body != nil {
		ex.truncated = ex.body.cut
		ex.bytesTaken = ex.body.raw.read
	}
	switch {
	case ex.err != nil:
		return ex.err
	case errors.Is(err, colly.ErrAbortedAfterHeaders):
		return nil
	}
	return err
}

// admit decides at the headers whether the body is wanted.
func (ex *exchange) admit(status int, header http.Header) bool {
	ex.status = status
	ex.response = cleanHeader(header)
	ex.mediaType = mediaTypeOf(header.Get("Content-Type"))
	// Colly decodes charsets and gzip by this header, and does both wrong.
	header.Del("Content-Type")
	if !statusHasPage(status) {
		return false
	}
	if ex.anyType {
		return true
	}
	packed := isPacked(ex.mediaType, ex.path)
	if packed {
		if ex.err = ex.body.unpack(); ex.err != nil {
			return false
		}
	}
	if packed || isVague(ex.mediaType) {
		var start []byte
		if start, ex.err = ex.body.peek(); ex.err != nil {
			return false
		}
		ex.mediaType = sniff(start)
	}
	ex.refused = !isPageType(ex.mediaType)
	return !ex.refused
}

// wire is the transport under colly. It sends the exchange's own request, since
// colly has parsed the URL by other rules than those robots.txt was asked by.
type wire struct{}

func (wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ex := req.Context().Value(exchangeKey{}).(*exchange)
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { ex.sent() },
		WroteRequest: func(httptrace.WroteRequestInfo) { ex.sent() },
	})
	out := (&http.Request{
		Method: http.MethodGet, URL: ex.url, Header: ex.header, Host: ex.url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	res, err := ex.transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	// Without the header the client above cannot follow, nor fail to parse it.
	ex.location = res.Header.Get("Location")
	res.Header.Del("Location")
	ex.body = newBody(res, ex.limit)
	return &http.Response{
		Status: res.Status, StatusCode: res.StatusCode, Header: res.Header,
		Proto: res.Proto, ProtoMajor: res.ProtoMajor, ProtoMinor: res.ProtoMinor,
		Request: req, Body: ex.body, ContentLength: -1,
		Uncompressed: true, // or colly unpacks ".xml.gz" once more
	}, nil
}

// accept names what can be an article or lead to one.
const accept = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, " +
	"application/feed+json, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/plain;q=0.7, */*;q=0.1"

// requestHeader is all a server gets to know: no cookies, no credentials, no
// referrer.
func requestHeader(userAgent string, v tamiz.Validators) http.Header {
	h := http.Header{
		"User-Agent":      {userAgent},
		"Accept":          {accept},
		"Accept-Encoding": {acceptEncoding},
	}
	if tag := validator(v.ETag); tag != "" {
		h.Set("If-None-Match", tag)
	}
	if modified := validator(v.LastModified); modified != "" {
		h.Set("If-Modified-Since", modified)
	}
	return h
}

// validator gives a validator that can be sent, or nothing.
func validator(value string) string {
	const most = 1024
	if len(value) > most || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return ""
	}
	return value
}

// cleanHeader copies a header for keeping: valid UTF-8, and no cookies.
func cleanHeader(header http.Header) http.Header {
	kept := header.Clone()
	kept.Del("Set-Cookie")
	for _, values := range kept {
		for i, value := range values {
			if !utf8.ValidString(value) {
				values[i] = strings.ToValidUTF8(value, "\uFFFD")
			}
		}
	}
	return kept
}

// retryAfter reads a Retry-After header, 0 if there is none worth obeying:
// seconds or a date, not in the past, capped.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		value = strings.TrimLeft(value, "0")
		const digits = 9 // enough for 30 years, and for no overflow
		if len(value) > digits {
			return retryAfterMost
		}
		seconds := 0
		for _, c := range value {
			seconds = seconds*10 + int(c-'0')
		}
		return min(time.Duration(seconds)*time.Second, retryAfterMost)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), retryAfterMost)
}
