package extract

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Limits of structured data.
const (
	maxJSONBytes  = 4 << 20 // of all scripts of one page
	maxJSONDepth  = 60
	maxJSONValues = 50_000
)

// jsonNode is one object of the page's JSON-LD.
type jsonNode map[string]any

// linkedData is the JSON-LD of a page: every object that has a type, in the
// order of the page, and an index by @id.
type linkedData struct {
	nodes []jsonNode
	byID  map[string]jsonNode
}

// readLinkedData parses the scripts of a page. What cannot be read is skipped
// and what was read before the fault is used.
func readLinkedData(scripts []string) *linkedData {
	ld := &linkedData{byID: make(map[string]jsonNode)}
	size := 0
	for _, s := range scripts {
		if size += len(s); size > maxJSONBytes {
			break
		}
		p := jsonParser{s: s}
		for p.values < maxJSONValues {
			p.space()
			if p.i >= len(p.s) {
				break
			}
			at := p.i
			v := p.value(0)
			ld.collect(v, 0)
			if p.i == at {
				p.i++
			}
		}
	}
	return ld
}

// collect walks the objects in document order, parents first.
func (ld *linkedData) collect(v any, depth int) {
	if depth > maxJSONDepth {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			ld.collect(e, depth+1)
		}
	case *jsonObject:
		n := v.fields
		if id, ok := n["@id"].(string); ok && id != "" && len(n) > 1 {
			if old, ok := ld.byID[id]; !ok || len(old) < len(n) {
				ld.byID[id] = n
			}
		}
		if n["@type"] != nil {
			ld.nodes = append(ld.nodes, n)
		}
		for _, k := range v.keys {
			ld.collect(n[k], depth+1)
		}
	}
}

// types are the types of a node, without the vocabulary's address.
func (n jsonNode) types() []string {
	var out []string
	for _, t := range strings1(n["@type"]) {
		if i := strings.LastIndexAny(t, "/#:"); i >= 0 {
			t = t[i+1:]
		}
		out = append(out, t)
	}
	return out
}

func (n jsonNode) is(pred func(string) bool) bool {
	for _, t := range n.types() {
		if pred(t) {
			return true
		}
	}
	return false
}

// text is the first string under one of the keys.
func (n jsonNode) text(keys ...string) string {
	for _, k := range keys {
		for _, s := range strings1(n[k]) {
			if s = cleanText(s); s != "" {
				return s
			}
		}
	}
	return ""
}

// objects are the objects under a key, references resolved; a bare string is
// an object with that name.
func (ld *linkedData) objects(v any) []jsonNode {
	switch v := v.(type) {
	case string:
		if n, ok := ld.byID[v]; ok {
			return []jsonNode{n}
		}
		return []jsonNode{{"name": v}}
	case []any:
		var out []jsonNode
		for i, e := range v {
			if i >= 50 {
				break
			}
			if _, nested := e.([]any); !nested {
				out = append(out, ld.objects(e)...)
			}
		}
		return out
	case *jsonObject:
		n := v.fields
		if id, ok := n["@id"].(string); ok && n["name"] == nil {
			if full, ok := ld.byID[id]; ok {
				return []jsonNode{full}
			}
		}
		if l, ok := n["@list"]; ok {
			if _, nested := l.([]any); nested {
				return ld.objects(l)
			}
		}
		return []jsonNode{n}
	}
	return nil
}

// strings1 are the strings of a value: itself, its elements, or the @value,
// name or url of an object.
func strings1(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			switch e := e.(type) {
			case string:
				out = append(out, e)
			case *jsonObject:
				out = append(out, strings1(e)...)
			}
			if len(out) >= 200 {
				break
			}
		}
		return out
	case *jsonObject:
		for _, k := range [...]string{"@value", "name", "url", "@id"} {
			if s, ok := v.fields[k].(string); ok {
				return []string{s}
			}
		}
	}
	return nil
}

// isArticleType reports whether a schema.org type is a piece of writing that
// stands by itself on its page.
func isArticleType(t string) bool {
	switch t {
	case "Report", "Review", "Recipe", "HowTo", "Chapter", "Essay", "OpinionPiece", "ScholarlyArticle", "CreativeWork", "ClaimReview", "Article":
		return true
	}
	return strings.HasSuffix(t, "Article") || strings.HasSuffix(t, "BlogPosting") || t == "DiscussionForumPosting" || strings.HasPrefix(t, "ReviewNews") || strings.HasPrefix(t, "OpinionNews")
}

func isPageType(t string) bool {
	return t == "WebPage" || t == "ItemPage" || t == "AboutPage" || t == "FAQPage" || t == "MedicalWebPage"
}

func isOrganizationType(t string) bool {
	return strings.HasSuffix(t, "Organization") || t == "Corporation" || t == "LocalBusiness" || t == "WebSite" || t == "Brand" || t == "NGO" || strings.HasSuffix(t, "Business")
}

// mainArticle is the node that describes the page's article: of the nodes with
// an article's type the one whose address is the page's or whose headline is
// in the page's titles, else the first.
func (ld *linkedData) mainArticle(addresses map[string]bool, titles []string) jsonNode {
	var best jsonNode
	top := 0.0
	for _, n := range ld.nodes {
		if !n.is(isArticleType) {
			continue
		}
		score := 1.0
		if n.is(func(t string) bool { return t == "CreativeWork" || t == "Review" || t == "HowTo" }) {
			score = 0.4
		}
		for _, key := range [...]string{"url", "mainEntityOfPage", "@id"} {
			for _, u := range strings1(n[key]) {
				u, _, _ = strings.Cut(u, "#")
				if u != "" && addresses[strings.TrimRight(u, "/")] {
					score += 2
					break
				}
			}
		}
		if h := n.text("headline", "name"); h != "" {
			o := 0.0
			for _, t := range titles {
				o = max(o, titleSimilarity(h, t))
			}
			score += 2 * o
		}
		if n["datePublished"] != nil {
			score += 0.2
		}
		if n["author"] != nil {
			score += 0.2
		}
		if score > top {
			best, top = n, score
		}
	}
	return best
}

// pageNode is the node of the page itself.
func (ld *linkedData) pageNode() jsonNode {
	for _, n := range ld.nodes {
		if n.is(isPageType) {
			return n
		}
	}
	return nil
}

// jsonObject keeps the order of its keys.
type jsonObject struct {
	fields jsonNode
	keys   []string
}

// jsonParser reads JSON as pages carry it, which is often broken: raw line
// breaks in strings, commas too many or too few, comments, HTML comment marks
// or CDATA around it, the end cut off. It never fails; it reads what is there.
// Numbers are kept as their text. encoding/json refuses all of these, and one
// page in thirty has one of them.
type jsonParser struct {
	s      string
	i      int
	values int
}

// space skips white space, comments and the wrappings of scripts.
func (p *jsonParser) space() {
	for p.i < len(p.s) {
		rest := p.s[p.i:]
		switch c := rest[0]; {
		case c <= ' ' || c == ';':
			p.i++
		case c == 0xC2 && len(rest) > 1 && rest[1] == 0xA0:
			p.i += 2
		case strings.HasPrefix(rest, "\uFEFF"):
			p.i += 3
		case strings.HasPrefix(rest, "/*"):
			p.skipTo("*/")
		case strings.HasPrefix(rest, "//"):
			p.skipTo("\n")
		case strings.HasPrefix(rest, "<!--"):
			p.i += 4
		case strings.HasPrefix(rest, "-->"):
			p.i += 3
		case strings.HasPrefix(rest, "<![CDATA["):
			p.i += 9
		case strings.HasPrefix(rest, "]]>"):
			p.i += 3
		default:
			return
		}
	}
}

func (p *jsonParser) skipTo(mark string) {
	// "//]]>" and "//<![CDATA[" are wrappings themselves.
	if mark == "\n" {
		for _, w := range [...]string{"//<![CDATA[", "//]]>"} {
			if strings.HasPrefix(p.s[p.i:], w) {
				p.i += len(w)
				return
			}
		}
	}
	if n := strings.Index(p.s[p.i+2:], mark); n >= 0 {
		p.i += 2 + n + len(mark)
		return
	}
	p.i = len(p.s)
}

func (p *jsonParser) value(depth int) any {
	p.space()
	if p.i >= len(p.s) || depth > maxJSONDepth {
		p.i = len(p.s)
		return nil
	}
	if p.values++; p.values > maxJSONValues {
		p.i = len(p.s)
		return nil
	}
	switch c := p.s[p.i]; c {
	case '{':
		return p.object(depth)
	case '[':
		p.i++
		list := []any{}
		for p.more(']') {
			at := p.i
			v := p.value(depth + 1)
			if p.i == at {
				p.i++ // a mark that has no place here
				continue
			}
			list = append(list, v)
		}
		return list
	case '"', '\'':
		return p.str(c)
	case '}', ']', ',', ':':
		return nil
	}
	start := p.i
	for p.i < len(p.s) && !strings.ContainsRune(",]}: \t\r\n\"", rune(p.s[p.i])) {
		p.i++
	}
	switch w := p.s[start:p.i]; w {
	case "null", "undefined":
		return nil
	case "true":
		return true
	case "false":
		return false
	default:
		return strings.ToValidUTF8(w, "")
	}
}

// more reports whether another element comes before the closing mark, which it
// consumes. A closing mark of the other kind ends this level, too.
func (p *jsonParser) more(end byte) bool {
	for {
		p.space()
		if p.i >= len(p.s) {
			return false
		}
		switch c := p.s[p.i]; c {
		case ',':
			p.i++
		case end:
			p.i++
			return false
		case ']', '}':
			return false
		default:
			return true
		}
	}
}

func (p *jsonParser) object(depth int) any {
	p.i++
	o := &jsonObject{fields: jsonNode{}}
	for p.more('}') {
		at := p.i
		var key string
		if c := p.s[p.i]; c == '"' || c == '\'' {
			key = p.str(c)
		} else {
			key, _ = p.value(depth + 1).(string)
		}
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ':' {
			p.i++
			v := p.value(depth + 1)
			if _, dup := o.fields[key]; !dup {
				o.keys = append(o.keys, key)
				o.fields[key] = v
			}
		}
		if p.i == at {
			p.i++
		}
	}
	return o
}

// str reads a string from its quote on. A quote inside that was not escaped is
// told from the end by what follows it.
func (p *jsonParser) str(quote byte) string {
	p.i++
	start := p.i
	var b []byte // nil while nothing had to be changed
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == quote:
			if !p.ends() {
				if b != nil {
					b = append(b, c)
				}
				p.i++
				continue
			}
			s := p.s[start:p.i]
			p.i++
			if b != nil {
				s = string(b)
			}
			return strings.ToValidUTF8(s, "")
		case c == '\\' && p.i+1 < len(p.s):
			if b == nil {
				b = append(make([]byte, 0, p.i-start+64), p.s[start:p.i]...)
			}
			b = p.escape(b)
		case c < ' ':
			if b == nil {
				b = append(make([]byte, 0, p.i-start+64), p.s[start:p.i]...)
			}
			b = append(b, ' ')
			p.i++
		default:
			if b != nil {
				b = append(b, c)
			}
			p.i++
		}
	}
	if b != nil {
		return strings.ToValidUTF8(string(b), "")
	}
	return strings.ToValidUTF8(p.s[start:], "")
}

// ends reports whether the quote at the cursor closes its string: a mark of
// JSON or the end follows.
func (p *jsonParser) ends() bool {
	for j := p.i + 1; j < len(p.s) && j < p.i+64; j++ {
		switch c := p.s[j]; {
		case c <= ' ':
		default:
			return strings.IndexByte(",:}]/-", c) >= 0 || c == '"' && j > p.i+1
		}
	}
	return true
}

func (p *jsonParser) escape(b []byte) []byte {
	c := p.s[p.i+1]
	p.i += 2
	switch c {
	case 'n', 'r', 't', 'b', 'f':
		return append(b, ' ')
	case 'u':
		r, ok := p.hex()
		if !ok {
			return b
		}
		if utf16.IsSurrogate(r) {
			if strings.HasPrefix(p.s[p.i:], `\u`) {
				p.i += 2
				low, _ := p.hex()
				r = utf16.DecodeRune(r, low)
			} else {
				r = utf8.RuneError
			}
		}
		return utf8.AppendRune(b, r)
	}
	return append(b, c)
}

func (p *jsonParser) hex() (rune, bool) {
	if p.i+4 > len(p.s) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.s[p.i:p.i+4], 16, 32)
	if err != nil {
		return 0, false
	}
	p.i += 4
	return rune(v), true
}

// cleanText makes a value of markup readable: entities that were escaped once
// too often and tags taken out, white space folded, no control characters.
func cleanText(s string) string {
	const longest = 4000
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "")
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
		if strings.Contains(s, "&amp;") || strings.Contains(s, "&#") || strings.Contains(s, "&quot;") {
			s = html.UnescapeString(s)
		}
	}
	if strings.IndexByte(s, '<') >= 0 && strings.IndexByte(s, '>') >= 0 {
		s = stripTags(s)
	}
	return foldSpace(s)
}

// stripTags takes out what looks like a tag.
func stripTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 >= len(s) {
			break
		}
		c := s[i+1] | 0x20
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			break
		}
		if c >= 'a' && c <= 'z' || s[i+1] == '/' || s[i+1] == '!' {
			b.WriteString(s[:i])
			if strings.HasPrefix(strings.ToLower(s[i:i+end]), "<br") || strings.HasPrefix(s[i:], "</p") {
				b.WriteByte(' ')
			}
			s = s[i+end+1:]
			continue
		}
		b.WriteString(s[:i+1])
		s = s[i+1:]
	}
	b.WriteString(s)
	return b.String()
}
