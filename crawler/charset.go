package crawler

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// How far into a document its encoding is looked for. Browsers stop after 1024
// bytes; pages with a longer head before their meta element are common enough.
const (
	metaWindow  = 16 << 10
	guessWindow = 64 << 10
)

// Decode turns a body into valid UTF-8 and names the encoding it was in. The
// content type is the response's header, empty if there is none; the media type
// says where a declaration may stand. What is believed, in this order: a byte
// order mark, the charset of the content type, the document's own declaration
// (meta element or XML declaration), UTF-8 if it is valid, and a guess from
// letter frequencies. Declarations are hints, not facts: the bytes can refute
// them. Sequences that are invalid become U+FFFD.
func Decode(body []byte, contentType, mediaType string) (text []byte, charsetName string) {
	if text, name, ok := decodeBOM(body); ok {
		return text, name
	}
	for _, label := range []string{charsetParameter(contentType), declaredCharset(body, mediaType)} {
		e, name := charset.Lookup(label)
		switch {
		case e == nil || refuted(body, name):
		case name == "utf-8":
			return bytes.ToValidUTF8(body, []byte("\uFFFD")), name
		default:
			return decodeWith(e, body), name
		}
	}
	// A document that is UTF-8 but for a few bytes is damaged UTF-8.
	if !refuted(body, "utf-8") {
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), "utf-8"
	}
	e, name := guessCharset(body, mediaType)
	return decodeWith(e, body), name
}

// decodeBOM decodes what starts with a byte order mark, or with the "<" of a
// document in UTF-16 whose mark is missing.
func decodeBOM(body []byte) (text []byte, name string, ok bool) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return bytes.ToValidUTF8(body[3:], []byte("\uFFFD")), "utf-8", true
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		name, body = "utf-16le", body[2:]
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		name, body = "utf-16be", body[2:]
	case bytes.HasPrefix(body, []byte("<\x00")):
		name = "utf-16le"
	case bytes.HasPrefix(body, []byte("\x00<")):
		name = "utf-16be"
	default:
		return nil, "", false
	}
	e, _ := charset.Lookup(name)
	return decodeWith(e, body), name, true
}

func decodeWith(e encoding.Encoding, body []byte) []byte {
	text, err := e.NewDecoder().Bytes(body)
	if err != nil {
		// Decoders replace what they cannot read; this is for those that stop.
		text = append(text, "\uFFFD"...)
	}
	return bytes.ToValidUTF8(text, []byte("\uFFFD"))
}

// refuted reports whether the bytes contradict a declared encoding. Servers add
// a default to every header, so there are two common lies: "ISO-8859-1" over
// UTF-8 text, whose multi-byte sequences practically never arise in a text in a
// single-byte encoding; and "UTF-8" over text in a legacy encoding, in which
// most non-ASCII bytes are invalid. A few bad bytes are damage, not a lie.
func refuted(body []byte, name string) bool {
	switch {
	case name == "utf-8":
		valid, invalid := countSequences(body)
		return invalid > valid
	case isSingleByte(name):
		valid, invalid := countSequences(body)
		return valid > 0 && invalid == 0
	}
	return false
}

func isSingleByte(name string) bool {
	e, err := htmlindex.Get(name)
	_, ok := e.(*charmap.Charmap)
	return ok && err == nil
}

// countSequences counts the multi-byte characters and the bytes that belong to
// none, as UTF-8.
func countSequences(body []byte) (valid, invalid int) {
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			valid++
		case utf8.FullRune(body[i:]): // a sequence cut off by the end is not wrong
			invalid++
		}
		i += size
	}
	return valid, invalid
}

// charsetParameter gives the charset of a Content-Type, however badly written.
func charsetParameter(contentType string) string {
	_, rest, ok := cutFold(contentType, "charset")
	if !ok {
		return ""
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(rest), "=")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, " \t\"'")
	if end := strings.IndexAny(rest, " \t\"';,"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

func cutFold(s, sep string) (before, after string, ok bool) {
	if i := strings.Index(strings.ToLower(s), sep); i >= 0 && i+len(sep) <= len(s) {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

var xmlDeclaration = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// declaredCharset gives the encoding a document declares inside itself. That it
// could be read as ASCII says that it is not UTF-16, whatever it declares.
func declaredCharset(body []byte, mediaType string) string {
	if strings.HasSuffix(mediaType, "json") {
		return "utf-8"
	}
	window := body[:min(len(body), metaWindow)]
	label := ""
	if m := xmlDeclaration.FindSubmatch(window); m != nil {
		label = string(m[1])
	} else if strings.HasSuffix(mediaType, "html") {
		label = metaCharset(window)
	}
	if _, name := charset.Lookup(label); strings.HasPrefix(name, "utf-16") {
		return "utf-8"
	}
	return label
}

// metaCharset looks for <meta charset> and <meta http-equiv="content-type">
// before the body element. The tokenizer knows comments and scripts, in which
// neither counts.
func metaCharset(window []byte) string {
	tokens := html.NewTokenizer(bytes.NewReader(window))
	tokens.SetMaxBuf(metaWindow)
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return ""
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		name, hasAttributes := tokens.TagName()
		if string(name) == "body" {
			return ""
		}
		if string(name) != "meta" {
			continue
		}
		var direct, content, equiv string
		for hasAttributes {
			var key, value []byte
			key, value, hasAttributes = tokens.TagAttr()
			switch string(key) {
			case "charset":
				direct = string(value)
			case "content":
				content = string(value)
			case "http-equiv":
				equiv = string(value)
			}
		}
		if direct == "" && strings.EqualFold(strings.TrimSpace(equiv), "content-type") {
			direct = charsetParameter(content)
		}
		if direct = strings.TrimSpace(direct); direct != "" {
			return direct
		}
	}
}

// guessCharset guesses from letter frequencies. What it does not know is taken
// for windows-1252, as browsers do in most of the world.
func guessCharset(body []byte, mediaType string) (encoding.Encoding, string) {
	detector := chardet.NewTextDetector()
	if strings.HasSuffix(mediaType, "html") || strings.HasSuffix(mediaType, "xml") {
		detector = chardet.NewHtmlDetector()
	}
	if result, err := detector.DetectBest(body[:min(len(body), guessWindow)]); err == nil {
		label := strings.ToLower(result.Charset)
		if label == "gb-18030" {
			label = "gb18030"
		}
		if e, name := charset.Lookup(label); e != nil && name != "utf-8" && name != "replacement" {
			return e, name
		}
	}
	return charset.Lookup("windows-1252")
}
