package source

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// maxRestarts bounds how often a broken list is picked up again after a fault.
const maxRestarts = 1_000

// cleanXML drops what no XML document may hold and XML readers stop at: control
// characters, whether they stand there themselves or as references.
func cleanXML(b []byte) []byte {
	if bytes.ContainsFunc(b, func(r rune) bool { return !validInXML(r) }) {
		b = bytes.Map(func(r rune) rune {
			if validInXML(r) {
				return r
			}
			return -1
		}, b)
	}
	if bytes.Contains(b, []byte("&#")) {
		b = charRef.ReplaceAllFunc(b, func(ref []byte) []byte {
			digits, base := string(ref[2:len(ref)-1]), 10
			if digits[0] == 'x' || digits[0] == 'X' {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 32)
			if err != nil || n > 0x10FFFF || !validInXML(rune(n)) || 0xD800 <= n && n <= 0xDFFF {
				return nil
			}
			return ref
		})
	}
	return b
}

var charRef = regexp.MustCompile(`&#(?:[0-9]{1,12}|[xX][0-9a-fA-F]{1,12});`)

func validInXML(r rune) bool {
	return r >= ' ' && r != 0xFFFE && r != 0xFFFF || r == '\t' || r == '\n' || r == '\r'
}

// walkXML reads the elements of a list: open is called at each start tag and
// closed at each end tag with the text that stood directly in the element.
// Names come with their prefixes as written ("news:title"), in lower case, and
// path holds those from the root to the element. A false from open or closed
// ends the walk.
//
// Tags are read raw, and nothing is expanded but the names of single characters
// that XML and HTML have; what a document defines for itself is not. After a fault the walk goes on at the next element
// named again, so that one broken entry costs no other; path is then that of
// the fault's list. The error is the last fault, if any.
func walkXML(b []byte, again string, open func(path []string, attrs []xml.Attr) bool, closed func(path []string, text string) bool) error {
	var fault error
	var path []string
	var texts []*strings.Builder
	list := 0 // depth at which elements named again stand
	for offset, restarts := 0, 0; ; restarts++ {
		decoder := xml.NewDecoder(bytes.NewReader(b[offset:]))
		decoder.Strict = false
		decoder.Entity = xml.HTMLEntity
		decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
		for {
			token, err := decoder.RawToken()
			if errors.Is(err, io.EOF) {
				if len(path) > 0 && fault == nil {
					fault = errors.New("it ends before its last element does")
				}
				return fault
			}
			if err != nil {
				fault = err
				break
			}
			switch token := token.(type) {
			case xml.StartElement:
				name := rawName(token.Name)
				if len(path) == maxDepth {
					return errors.New("its elements are nested too deep")
				}
				if localName(name) == again && list == 0 {
					list = len(path)
				}
				path = append(path, name)
				texts = append(texts, nil)
				if !open(path, token.Attr) {
					return fault
				}
			case xml.CharData:
				if n := len(texts); n > 0 {
					if texts[n-1] == nil {
						texts[n-1] = new(strings.Builder)
					}
					texts[n-1].Write(token)
				}
			case xml.EndElement:
				// An end that fits nothing is overlooked; one that fits
				// further out closes what was left open.
				name := rawName(token.Name)
				at := len(path) - 1
				for at >= 0 && path[at] != name {
					at--
				}
				if at < 0 {
					continue
				}
				for len(path) > at {
					text := ""
					if t := texts[len(path)-1]; t != nil {
						text = t.String()
					}
					if !closed(path, text) {
						return fault
					}
					path, texts = path[:len(path)-1], texts[:len(texts)-1]
				}
			}
		}
		// The fault may be at the start of the next element, or before it.
		offset += max(int(decoder.InputOffset())-1, 1)
		next := nextElement(b, offset, again)
		if next < 0 || restarts == maxRestarts {
			return fault
		}
		offset = next
		path, texts = path[:min(list, len(path))], texts[:min(list, len(texts))]
	}
}

// nextElement finds the next start tag of the given local name.
func nextElement(b []byte, from int, name string) int {
	for i := from; i < len(b); i++ {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			return -1
		}
		i += j
		if localName(tagName(b[i+1:])) == name {
			return i
		}
	}
	return -1
}

func rawName(n xml.Name) string {
	if n.Space == "" {
		return strings.ToLower(n.Local)
	}
	return strings.ToLower(n.Space + ":" + n.Local)
}

// attribute gives the value of the attribute with the given name, whatever its
// prefix and case.
func attribute(attrs []xml.Attr, name string) string {
	for _, a := range attrs {
		if strings.EqualFold(a.Name.Local, name) {
			return a.Value
		}
	}
	return ""
}
