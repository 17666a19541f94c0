package crawler

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"tamiz"
)

// verdict is what one exchange with a server, or the decision not to have one,
// means for the URL and for its host.
type verdict struct {
	outcome tamiz.Outcome
	reason  string // one line for people
	retry   bool   // asking again later may help
	strain  bool   // the host is in trouble: leave it alone for a while
}

// statusVerdict is the meaning of a status without a page: everything but 2xx
// (see statusHasPage) and redirects that say where they lead.
func statusVerdict(status int) verdict {
	reason := statusText(status)
	switch {
	case status == http.StatusNotModified:
		return verdict{outcome: tamiz.OutcomeUnchanged, reason: "not modified"}
	case status == http.StatusNotFound, status == http.StatusGone:
		return verdict{outcome: tamiz.OutcomeNotFound, reason: reason}
	case status == http.StatusUnauthorized, status == http.StatusForbidden,
		status == http.StatusProxyAuthRequired, status == http.StatusUnavailableForLegalReasons:
		return verdict{outcome: tamiz.OutcomeDenied, reason: reason}
	case status == http.StatusTooManyRequests, status >= 500:
		return verdict{outcome: tamiz.OutcomeServer, reason: reason, retry: true, strain: true}
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return verdict{outcome: tamiz.OutcomeServer, reason: reason, retry: true}
	case status == http.StatusPartialContent:
		return verdict{outcome: tamiz.OutcomeBroken, reason: reason + ", which was not asked for"}
	case status >= 300 && status < 400:
		return verdict{outcome: tamiz.OutcomeRedirect, reason: reason + " does not say where to"}
	default:
		return verdict{outcome: tamiz.OutcomeHTTP, reason: reason}
	}
}

// statusHasPage reports whether the body of a response is the page asked for.
func statusHasPage(status int) bool {
	return status >= 200 && status < 300 && status != http.StatusPartialContent
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("status %d %s", status, text)
	}
	return fmt.Sprintf("status %d", status)
}

// errorVerdict is the meaning of an exchange that failed. Errors that come from
// the configuration of a server (its name, its certificate) do not go away by
// asking again.
func errorVerdict(err error) verdict {
	reason := oneLine(rootCause(err))
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		netErr      net.Error
	)
	switch {
	case isPrivate(err):
		return verdict{outcome: tamiz.OutcomePrivate, reason: reason}
	case errors.Is(err, errEncoding):
		return verdict{outcome: tamiz.OutcomeBroken, reason: reason}
	case errors.Is(err, errCoded), isHeaderTooLong(err):
		return verdict{outcome: tamiz.OutcomeTooLarge, reason: reason}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout() && !errors.As(err, &dns):
		return verdict{outcome: tamiz.OutcomeTimeout, reason: "timed out", retry: true, strain: true}
	case errors.As(err, &dns):
		return verdict{outcome: tamiz.OutcomeNetwork, reason: reason, retry: !dns.IsNotFound, strain: true}
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname):
		return verdict{outcome: tamiz.OutcomeNetwork, reason: reason, strain: true}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return verdict{outcome: tamiz.OutcomeNetwork, reason: "the body ended before it was complete", retry: true, strain: true}
	case isDecoding(err):
		return verdict{outcome: tamiz.OutcomeBroken, reason: "the body cannot be decoded: " + reason}
	default:
		return verdict{outcome: tamiz.OutcomeNetwork, reason: reason, retry: true, strain: true}
	}
}

// isHeaderTooLong recognises the errors of net/http, which have no type: one
// for HTTP/1 and one for HTTP/2.
func isHeaderTooLong(err error) bool {
	text := err.Error()
	return strings.Contains(text, "server response headers exceeded") ||
		strings.Contains(text, "response header list larger than")
}

// codecError marks an error of a decoder, which is not one of the network.
type codecError struct{ err error }

func (e *codecError) Error() string { return e.err.Error() }
func (e *codecError) Unwrap() error { return e.err }

func isDecoding(err error) bool {
	var coded *codecError
	return errors.As(err, &coded)
}

// rootCause drops the layer that repeats method and URL.
func rootCause(err error) error {
	var private *privateError
	var request *url.Error
	switch {
	case errors.As(err, &private):
		return private
	case errors.As(err, &request):
		return request.Err
	}
	return err
}

// maxReason keeps a reason to what a line on a screen can hold, in bytes.
const maxReason = 300

// oneLine makes a reason of an error: one line of valid UTF-8, without control
// characters, which servers could smuggle onto a terminal.
func oneLine(err error) string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' || 0x7f <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(err.Error(), "\uFFFD"))
	if len(line) > maxReason {
		line = strings.ToValidUTF8(line[:maxReason], "") + "…"
	}
	return line
}

// pageTypes are the media types that can be an article, a listing, a feed or a
// sitemap. Types that end in "+xml" or "+json" count too, pictures excepted.
var pageTypes = map[string]bool{
	"text/html": true, "application/xhtml+xml": true,
	"text/xml": true, "application/xml": true, "application/rss": true, "text/rss": true,
	"application/json": true, "text/json": true,
	"text/plain": true, "text/markdown": true, "text/x-markdown": true,
}

func isPageType(mediaType string) bool {
	if pageTypes[mediaType] {
		return true
	}
	return (strings.HasSuffix(mediaType, "+xml") || strings.HasSuffix(mediaType, "+json")) &&
		!strings.HasPrefix(mediaType, "image/") && !strings.HasPrefix(mediaType, "video/")
}

// mediaTypeOf reads a Content-Type leniently: what stands before the parameters.
func mediaTypeOf(contentType string) string {
	if end := strings.IndexAny(contentType, ";,"); end >= 0 {
		contentType = contentType[:end]
	}
	return strings.ToLower(strings.TrimSpace(contentType))
}

// isPacked reports whether a response is a gzip file, such as a sitemap.
func isPacked(mediaType, urlPath string) bool {
	switch mediaType {
	case "application/gzip", "application/x-gzip", "application/x-gunzip", "application/gzipped":
		return true
	}
	return strings.EqualFold(path.Ext(urlPath), ".gz") && !isHTMLType(mediaType)
}

func isHTMLType(mediaType string) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// isVague reports whether a media type says nothing, so that the bytes must.
func isVague(mediaType string) bool {
	switch mediaType {
	case "", "application/octet-stream", "binary/octet-stream", "application/x-unknown", "unknown/unknown", "*/*":
		return true
	}
	return false
}

// sniff tells the media type by the first bytes.
func sniff(start []byte) string {
	mediaType := mediaTypeOf(http.DetectContentType(start))
	if mediaType != "text/plain" {
		return mediaType
	}
	switch trimmed := strings.TrimSpace(string(start)); {
	case strings.HasPrefix(trimmed, "<rss"), strings.HasPrefix(trimmed, "<feed"),
		strings.HasPrefix(trimmed, "<urlset"), strings.HasPrefix(trimmed, "<sitemapindex"), strings.HasPrefix(trimmed, "<rdf"):
		return "application/xml"
	case strings.HasPrefix(trimmed, "{"):
		return "application/json"
	}
	return mediaType
}

func oneLineText(s string) string { return oneLine(errors.New(s)) }
