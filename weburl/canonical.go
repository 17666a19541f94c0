// Package weburl gives every article one address. A page is linked with
// different letter case, escapes, fragments, campaign parameters and session
// ids; [Canonical] folds these spellings into one, so that an article is
// fetched once and found again. [Resolve] does the same for a link as it stands
// in a page.
//
//	u, err := weburl.Resolve("https://example.org/blog/", "../Post%7e1?utm_source=x#top")
//	// "https://example.org/Post~1"
//
// The other functions answer questions about canonical URLs: whose they are
// ([Host], [Site], [SameSite]), which language they name ([LanguageVariant])
// and whether they look like a trap for crawlers ([Suspicious]).
package weburl

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// MaxLength is the longest canonical URL in bytes: the limit of old browsers,
// kept by crawlers ever since because longer URLs are nearly always generated.
const MaxLength = 2083

// maxRaw bounds the work on a URL as written, before tracking parameters go.
const maxRaw = 1 << 16

// Limits of RFC 1035 for the ASCII form of a host name, in bytes.
const (
	maxHost  = 253
	maxLabel = 63
)

// Why a URL has no canonical form. The errors returned wrap one of these.
var (
	ErrScheme   = errors.New("not an http or https URL")
	ErrRelative = errors.New("URL is not absolute")
	ErrHost     = errors.New("invalid host in URL")
	ErrTooLong  = errors.New("URL is too long")
)

// Canonical gives the canonical form of an absolute http or https URL. It is
// read as browsers read it (surrounding space dropped, tabs and newlines
// removed, backslashes turned), then:
//
//   - scheme and host are lower case, the host in punycode and without a final
//     dot, numbers as addresses; user name, default port and fragment are gone;
//   - dot segments are resolved, the empty path is "/";
//   - escapes are upper case, unreserved characters unescaped, reserved ones
//     (%2F above all) left as they were, everything else escaped;
//   - tracking parameters and session ids are removed, the others keep their
//     order; an empty query is dropped.
//
// The result is ASCII, at most [MaxLength] bytes, and its own canonical form.
// An error wraps [ErrScheme], [ErrRelative], [ErrHost] or [ErrTooLong].
func Canonical(raw string) (string, error) {
	raw, err := trim(raw)
	if err != nil {
		return "", err
	}
	scheme, rest, ok := cutScheme(raw)
	if !ok {
		return "", fmt.Errorf("%w: %s", ErrRelative, shown(raw))
	}
	return canonical(scheme, rest)
}

// Resolve gives the canonical form of ref as it stands in the document at base.
// Errors are those of [Canonical], of either URL.
func Resolve(base, ref string) (string, error) {
	ref, err := trim(ref)
	if err != nil {
		return "", err
	}
	scheme, rest, hasScheme := cutScheme(ref)
	if hasScheme && scheme != "http" && scheme != "https" {
		return canonical(scheme, rest)
	}
	base, err = Canonical(base)
	if err != nil {
		return "", fmt.Errorf("read base URL: %w", err)
	}
	if hasScheme {
		// "https:page" is relative in a document of the same scheme.
		if startsWithSlash(rest) || !strings.HasPrefix(base, scheme+":") {
			return canonical(scheme, rest)
		}
		ref = rest
	}

	baseScheme, rest, _ := strings.Cut(base, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, query, hasQuery := strings.Cut("/"+path, "?")
	switch {
	case startsWithSlash(ref):
		if startsWithSlash(ref[1:]) {
			return canonical(baseScheme, ref)
		}
		path = ref
	case strings.HasPrefix(ref, "?"):
		path += ref
	case ref == "" || strings.HasPrefix(ref, "#"):
		if hasQuery {
			path += "?" + query
		}
	default:
		path = path[:strings.LastIndexByte(path, '/')+1] + ref
	}
	return canonical(baseScheme, "//"+host+path)
}

// trim does what browsers do before they parse. Other control characters stay
// and are escaped or refused where they stand.
func trim(raw string) (string, error) {
	raw = strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	if len(raw) > maxRaw {
		return "", fmt.Errorf("%w: %d bytes", ErrTooLong, len(raw))
	}
	if strings.ContainsAny(raw, "\t\n\r") {
		raw = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(raw)
	}
	return raw, nil
}

// cutScheme splits off the scheme, in lower case.
func cutScheme(s string) (scheme, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isLetter(c):
		case i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(s[:i]), s[i+1:], true
		default:
			return "", "", false
		}
	}
	return "", "", false
}

// canonical canonicalises what follows the scheme's colon.
func canonical(scheme, rest string) (string, error) {
	if scheme != "http" && scheme != "https" {
		return "", fmt.Errorf("%w: scheme %s", ErrScheme, shown(scheme))
	}
	for startsWithSlash(rest) {
		rest = rest[1:]
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority := rest
	if i := strings.IndexAny(rest, `/\?`); i >= 0 {
		authority, rest = rest[:i], rest[i:]
	} else {
		rest = ""
	}
	host, err := canonicalAuthority(scheme, authority)
	if err != nil {
		return "", err
	}
	path, query, _ := strings.Cut(rest, "?")

	u := scheme + "://" + host + canonicalPath(path)
	if query = canonicalQuery(host, query); query != "" {
		u += "?" + query
	}
	if len(u) > MaxLength {
		return "", fmt.Errorf("%w: %d bytes", ErrTooLong, len(u))
	}
	return u, nil
}

// canonicalAuthority drops the user and gives host[:port].
func canonicalAuthority(scheme, authority string) (string, error) {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	port := ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host, port = host[:i], host[i+1:]
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return "", fmt.Errorf("%w: port %s", ErrHost, shown(port))
		}
		port = ":" + strconv.FormatUint(n, 10)
		if scheme == "http" && n == 80 || scheme == "https" && n == 443 {
			port = ""
		}
	}
	host, err := canonicalHost(host)
	if err != nil {
		return "", err
	}
	return host + port, nil
}

// hostProfile maps names as browsers do (UTS 46, non-transitional), and like
// them puts up with hyphens anywhere; canonicalHost checks the characters.
var hostProfile = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.Transitional(false),
	idna.CheckHyphens(false),
	idna.StrictDomainName(false),
)

func canonicalHost(raw string) (string, error) {
	invalid := func() error { return fmt.Errorf("%w: %s", ErrHost, shown(raw)) }
	if strings.HasPrefix(raw, "[") && strings.HasSuffix(raw, "]") {
		addr, err := netip.ParseAddr(raw[1 : len(raw)-1])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", invalid()
		}
		return "[" + addr.String() + "]", nil
	}

	host := strings.ToLower(unescapeAll(raw))
	if !isASCII(host) || strings.Contains(host, "xn--") {
		// Names longer than this cannot fit the limit in any form; the mapping
		// is not linear in a label's length.
		if len(host) > 4*maxHost {
			return "", invalid()
		}
		var err error
		if host, err = hostProfile.ToASCII(host); err != nil {
			return "", invalid()
		}
	}
	host = strings.TrimSuffix(host, ".")
	if len(host) > maxHost {
		return "", invalid()
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "", invalid()
		}
		for i := 0; i < len(label); i++ {
			if c := label[i]; !isLetter(c) && !isDigit(c) && c != '-' && c != '_' {
				return "", invalid()
			}
		}
	}
	if last := labels[len(labels)-1]; isNumber(last) {
		addr, ok := parseIPv4(labels)
		if !ok {
			return "", invalid()
		}
		return addr.String(), nil
	}
	return host, nil
}

// isNumber reports whether a host that ends in this label is an IPv4 address
// to browsers.
func isNumber(label string) bool {
	if strings.HasPrefix(label, "0x") {
		return strings.Trim(label[2:], "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// parseIPv4 reads the old notations too ("127.1", "0x7f000001", "0177.0.0.1"):
// left as they are, one address would have many names, and resolvers disagree
// about them.
func parseIPv4(parts []string) (netip.Addr, bool) {
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		base := 10
		switch {
		case strings.HasPrefix(part, "0x"):
			base, part = 16, part[2:]
			if part == "" {
				part = "0"
			}
		case len(part) > 1 && part[0] == '0':
			base = 8
		}
		n, err := strconv.ParseUint(part, base, 32)
		if err != nil {
			return netip.Addr{}, false
		}
		room := uint64(8) // the last part fills all bytes that are left
		if i == len(parts)-1 {
			room = uint64(8 * (5 - len(parts)))
		}
		if n >= 1<<room {
			return netip.Addr{}, false
		}
		value = value<<room | n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// canonicalPath resolves dot segments and removes session ids. Both look at
// normalised segments: "%2e" is a dot to browsers.
func canonicalPath(path string) string {
	path = escape(strings.ReplaceAll(path, `\`, "/"))
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := segments[:0]
	for i, segment := range segments {
		last := i == len(segments)-1
		segment, gone := stripSession(segment)
		switch {
		case gone && !last:
		case gone, segment == ".":
			if last {
				kept = append(kept, "")
			}
		case segment == "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

func canonicalQuery(host, query string) string {
	if query == "" {
		return ""
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		pair = escape(pair)
		name, value, _ := strings.Cut(pair, "=")
		if !isTracking(host, strings.ToLower(unescapeAll(name)), unescapeAll(value)) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

const upperHex = "0123456789ABCDEF"

// escape normalises the escapes of a path or of a piece of a query. Which
// characters stand as they are follows RFC 3986; that also keeps net/url from
// escaping a path in its own way.
func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if d, ok := unescapeAt(s, i); ok {
				i += 2
				if isUnreserved(d) {
					b.WriteByte(d)
					continue
				}
				c = d
			}
		} else if isUnreserved(c) || isReserved(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

func unescapeAll(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c, ok := unescapeAt(s, i); ok {
			b.WriteByte(c)
			i += 2
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// unescapeAt decodes the escape at s[i:], if there is one.
func unescapeAt(s string, i int) (byte, bool) {
	if s[i] != '%' || i+2 >= len(s) {
		return 0, false
	}
	high, ok1 := hexValue(s[i+1])
	low, ok2 := hexValue(s[i+2])
	return high<<4 | low, ok1 && ok2
}

func hexValue(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isUnreserved(c byte) bool {
	return isLetter(c) || isDigit(c) || strings.IndexByte("-._~", c) >= 0
}

func isReserved(c byte) bool { return strings.IndexByte("!$&'()*+,;=:@/?[]", c) >= 0 }

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func startsWithSlash(s string) bool { return s != "" && (s[0] == '/' || s[0] == '\\') }

// shown quotes a piece of a URL for an error message.
func shown(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
