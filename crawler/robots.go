package crawler

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits on a robots.txt file.
const (
	// MaxRobotsBytes is how much of a robots.txt file is read: the least that
	// RFC 9309 section 2.5 asks for, and the most that other crawlers read.
	MaxRobotsBytes = 500 << 10

	// maxRobotsLine cuts longer lines, as Google's parser does: eight times the
	// longest URL of old browsers, less one byte.
	maxRobotsLine = 2083*8 - 1

	maxRobotsSitemaps = 1000
)

// Robots is a parsed robots.txt file. The zero value allows everything.
type Robots struct {
	groups   []robotsGroup
	delays   map[string]time.Duration // by agent, lower case
	sitemaps []string
}

// robotsGroup is a run of user-agent lines and the rules below it.
type robotsGroup struct {
	agents []string // product tokens in lower case, or "*"
	rules  []robotsRule
}

// robotsRule is one allow or disallow line.
type robotsRule struct {
	pattern string // normalised: comparable with a normalised path
	length  int    // octets of the pattern: the longest match decides
	allow   bool
	line    string // as written
}

// ParseRobots reads a robots.txt file as RFC 9309 says: the first
// [MaxRobotsBytes], line by line, everything it does not understand ignored.
// From Google's parser, which site owners test with, come the extras: a missing
// colon and common misspellings of "disallow" are put up with, and a rule that
// allows "/x/index.html" allows "/x/" too.
//
// Crawl-delay is no part of the RFC. Like Sitemap and unknown lines it does not
// end a group, but it belongs only to the user-agent lines right above it and
// above their rules: files that give each agent its own delay, and no rule, are
// common.
func ParseRobots(file []byte) *Robots {
	file = bytes.TrimPrefix(cutRobots(file), []byte("\xef\xbb\xbf"))
	r := &Robots{delays: make(map[string]time.Duration)}
	var group *robotsGroup // nil before the first user-agent line
	inRules := false       // the next user-agent line starts a group
	var patient []string   // agents the next crawl-delay line is meant for
	delayed := false       // the next user-agent line starts another such list
	for len(file) > 0 {
		var raw []byte
		if end := bytes.IndexAny(file, "\r\n"); end >= 0 {
			raw, file = file[:end], file[end+1:]
		} else {
			raw, file = file, nil
		}
		line, key, value := parseRobotsLine(raw)
		switch key {
		case "user-agent", "useragent", "user agent":
			if group == nil || inRules {
				r.groups = append(r.groups, robotsGroup{})
				group, inRules, delayed = &r.groups[len(r.groups)-1], false, true
			}
			if delayed {
				patient, delayed = nil, false
			}
			if agent := agentToken(value); agent != "" {
				group.agents = append(group.agents, agent)
				patient = append(patient, agent)
			}
		case "allow", "disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw":
			if group == nil {
				continue // belongs to nobody
			}
			inRules = true
			group.add(key == "allow", value, line)
		case "crawl-delay", "crawldelay":
			delayed = true
			if d, ok := parseCrawlDelay(value); ok {
				for _, agent := range patient {
					r.delays[agent] = max(r.delays[agent], d)
				}
			}
		case "sitemap", "site-map":
			if len(r.sitemaps) < maxRobotsSitemaps && isHTTP(value) {
				r.sitemaps = append(r.sitemaps, value)
			}
		}
	}
	return r
}

// cutRobots cuts a file at the limit, and there at the end of a line: half a
// path would be another rule than the one written.
func cutRobots(file []byte) []byte {
	if len(file) <= MaxRobotsBytes {
		return file
	}
	cut := file[:MaxRobotsBytes]
	if next := file[MaxRobotsBytes]; next != '\n' && next != '\r' {
		cut = cut[:bytes.LastIndexAny(cut, "\r\n")+1]
	}
	return cut
}

// parseRobotsLine gives the line without its comment, and its key in lower case
// with its value, both empty if there is no key.
func parseRobotsLine(raw []byte) (line, key, value string) {
	raw = raw[:min(len(raw), maxRobotsLine)]
	raw, _, _ = bytes.Cut(raw, []byte("#"))
	line = strings.TrimSpace(strings.ToValidUTF8(string(raw), "\uFFFD"))
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		// "disallow /x": only if there are just the two words.
		fields := strings.Fields(line)
		if len(fields) != 2 {
			return line, "", ""
		}
		key, value = fields[0], fields[1]
	}
	return line, strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
}

// agentToken gives the product token at the start of a user-agent line's value
// or of a User-Agent header, in lower case: letters, "_" and "-". A "*" that
// stands alone is all agents; empty is none.
func agentToken(value string) string {
	if value == "*" || strings.HasPrefix(value, "* ") {
		return "*"
	}
	end := 0
	for end < len(value) {
		c := value[end]
		if c != '_' && c != '-' && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		end++
	}
	return strings.ToLower(value[:end])
}

func (g *robotsGroup) add(allow bool, value, line string) {
	if value == "" {
		return // "Disallow:" disallows nothing
	}
	pattern := normalPattern(value)
	g.rules = append(g.rules, robotsRule{pattern: pattern, length: len(pattern), allow: allow, line: line})
	if !allow {
		return
	}
	if slash := strings.LastIndexByte(pattern, '/'); slash >= 0 && strings.HasPrefix(pattern[slash:], "/index.htm") {
		directory := pattern[:slash+1] + "$"
		g.rules = append(g.rules, robotsRule{pattern: directory, length: len(directory), allow: true, line: line})
	}
}

// parseCrawlDelay reads seconds, with a fraction or without.
func parseCrawlDelay(s string) (time.Duration, bool) {
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 {
		return 0, false
	}
	const most = 24 * time.Hour
	if seconds > most.Seconds() {
		return most, true
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Allowed reports whether the agent may fetch the URL, and the line that
// decided, empty if none did. The agent is a product token or a User-Agent
// header that starts with one; the URL is absolute, or a path with its query.
//
// All groups that name the agent count together; the groups for "*" count only
// if none does. The longest matching pattern decides, and allow wins a tie.
func (r *Robots) Allowed(agent, url string) (allowed bool, line string) {
	path := normalPath(url)
	if path == "/robots.txt" {
		return true, ""
	}
	var best *robotsRule
	for _, g := range r.groupsFor(agent) {
		for i := range g.rules {
			rule := &g.rules[i]
			if best != nil && (rule.length < best.length || rule.length == best.length && !rule.allow) {
				continue
			}
			if matchPattern(rule.pattern, path) {
				best = rule
			}
		}
	}
	if best == nil {
		return true, ""
	}
	return best.allow, best.line
}

// CrawlDelay gives the delay the file asks of the agent, 0 if it asks for none.
func (r *Robots) CrawlDelay(agent string) time.Duration {
	token := agentToken(agent)
	if r.names(token) {
		return r.delays[token]
	}
	return r.delays["*"]
}

// Sitemaps gives the sitemap URLs of the file, as written.
func (r *Robots) Sitemaps() []string { return r.sitemaps }

// names reports whether a group is meant for the agent by name.
func (r *Robots) names(token string) bool {
	for i := range r.groups {
		for _, a := range r.groups[i].agents {
			if a == token && a != "*" {
				return true
			}
		}
	}
	return false
}

func (r *Robots) groupsFor(agent string) []*robotsGroup {
	token := agentToken(agent)
	if !r.names(token) {
		token = "*"
	}
	var found []*robotsGroup
	for i := range r.groups {
		for _, a := range r.groups[i].agents {
			if a == token {
				found = append(found, &r.groups[i])
				break
			}
		}
	}
	return found
}

// matchPattern reports whether a pattern matches the start of a path. "*"
// stands for any characters, "$" at the end for the end of the path. Taking
// each piece between two stars at its leftmost place is enough, since a star
// may always swallow more, so no place is tried twice.
func matchPattern(pattern, path string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	first, rest, star := strings.Cut(pattern, "*")
	if !strings.HasPrefix(path, first) {
		return false
	}
	path = path[len(first):]
	if !star {
		return !anchored || path == ""
	}
	for {
		piece, next, more := strings.Cut(rest, "*")
		if !more && anchored {
			return strings.HasSuffix(path, piece)
		}
		at := strings.Index(path, piece)
		if at < 0 {
			return false
		}
		if !more {
			return true
		}
		path, rest = path[at+len(piece):], next
	}
}

// normalPath gives the path and query of a URL in the spelling in which rules
// are compared. "*" and "$" are escaped, because in a rule they are operators
// unless they are escaped (RFC 9309 section 2.2.3).
func normalPath(url string) string {
	if i := strings.Index(url, "://"); i >= 0 && !strings.ContainsAny(url[:i], "/?#") {
		url = url[i+len("://"):]
		if i := strings.IndexAny(url, "/?#"); i >= 0 {
			url = url[i:]
		} else {
			url = ""
		}
	}
	url, _, _ = strings.Cut(url, "#")
	if !strings.HasPrefix(url, "/") {
		url = "/" + url
	}
	return normalOctets(url, "*$")
}

func normalPattern(value string) string {
	body, anchored := strings.CutSuffix(value, "$")
	pattern := normalOctets(body, "$")
	if anchored {
		pattern += "$"
	}
	return pattern
}

const upperHex = "0123456789ABCDEF"

// normalOctets escapes what must not stand in a URL, and the extra characters,
// writes escapes in upper case and resolves those of unreserved characters
// (RFC 9309 section 2.2.2). A percent sign that begins no escape is escaped, so
// that it does not begin one afterwards.
func normalOctets(s, extra string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			octet := unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
			if isUnreserved(octet) {
				b.WriteByte(octet)
				continue
			}
			c = octet
		case c != '%' && c > ' ' && c < 0x7f && strings.IndexByte(extra, c) < 0:
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func isUnreserved(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || strings.IndexByte("-._~", c) >= 0
}

func isHTTP(url string) bool {
	scheme, rest, ok := strings.Cut(url, "://")
	return ok && rest != "" && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}
