package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a query. They are far beyond what a person types and keep the
// index's own limits out of sight.
const (
	maxQueryBytes = 2000
	maxQueryWords = 100 // words of the index: a Chinese character counts as one
	maxQueryDepth = 10  // brackets in brackets
	minPrefix     = 2   // letters before a *, or half the dictionary would match
)

// QueryError says what is wrong with a query and where.
type QueryError struct {
	Pos int // byte in the query
	Msg string
}

func (e *QueryError) Error() string { return fmt.Sprintf("query, character %d: %s", e.Pos+1, e.Msg) }

// Query is a parsed query.
type Query struct {
	match string // expression for the index; empty: everything
	terms []term // what is looked for, for the marks in a snippet
}

// Empty reports whether the query asks for nothing in particular.
func (q Query) Empty() bool { return q.match == "" }

// term is a word or phrase.
type term struct {
	words  []string // folded
	prefix bool     // the last word may go on
}

// ParseQuery reads what a person types:
//
//	email marketing      both words, in any order
//	"email marketing"    the phrase; also “…”, „…“, «…»
//	email OR newsletter  either; binds its neighbours more closely than the space
//	email -spam          without the second; also NOT spam
//	market*              words that begin so
//	(a OR b) c           brackets
//
// AND is allowed between words and changes nothing. A word with signs in it,
// such as e-mail or C/C++, is the phrase of its parts; signs by themselves are
// passed over. Case and diacritics do not matter. An empty query is valid and
// asks for everything. Every other text gives a query that the index
// understands, or a [*QueryError].
func ParseQuery(s string) (Query, error) {
	if len(s) > maxQueryBytes {
		return Query{}, &QueryError{Pos: maxQueryBytes, Msg: fmt.Sprintf("the query is longer than %d bytes", maxQueryBytes)}
	}
	p := parser{text: spaced(s)}
	if err := p.scan(); err != nil {
		return Query{}, err
	}
	if len(p.tokens) == 0 {
		if i := strings.IndexFunc(p.text, func(r rune) bool { return !unicode.IsSpace(r) }); i >= 0 {
			return Query{}, &QueryError{Pos: i, Msg: "there is no word in the query"}
		}
		return Query{}, nil
	}
	n, err := p.all(0)
	if err != nil {
		return Query{}, err
	}
	if t := p.peek(); t.kind != tokEnd { // only a bracket ends a group early
		return Query{}, &QueryError{Pos: t.pos, Msg: "this bracket closes nothing"}
	}
	if n.positive == "" && len(n.negative) > 0 {
		return Query{}, &QueryError{Pos: 0, Msg: "a query needs a word to look for, not only words to leave out"}
	}
	if n.positive == "" {
		return Query{}, &QueryError{Pos: 0, Msg: "there is no word in the query"}
	}
	return Query{match: n.expression(), terms: p.terms}, nil
}

// spaced puts a space in place of every byte that is no text, so that the
// places of all others stay.
func spaced(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := []byte(s)
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			b[i] = ' '
		}
		i += size
	}
	return string(b)
}

// Token kinds.
const (
	tokEnd = iota
	tokTerm
	tokAnd
	tokOr
	tokNot
	tokOpen
	tokClose
)

type token struct {
	kind int
	pos  int
	term term
}

type parser struct {
	text   string
	tokens []token
	at     int
	terms  []term
}

// quotes pairs opening quotation marks with those that close them.
var quotes = map[rune]string{'"': `"`, '“': `”“"`, '„': `“”"`, '«': `»`, '»': `«`, '「': `」`, '『': `』`, '《': `》`}

// scan cuts the text into tokens.
func (p *parser) scan() error {
	words := 0
	add := func(pos int, text string, prefix bool) error {
		t := term{prefix: prefix}
		eachWord(text, func(w word) bool {
			t.words = append(t.words, strings.Fields(w.folded)...)
			return true
		})
		if len(t.words) == 0 {
			return nil
		}
		last := t.words[len(t.words)-1]
		if first, _ := utf8.DecodeRuneInString(last); prefix && kindOf(first) != single && utf8.RuneCountInString(last) < minPrefix {
			return &QueryError{Pos: pos, Msg: fmt.Sprintf("a * needs at least %d letters before it", minPrefix)}
		}
		if words += len(t.words); words > maxQueryWords {
			return &QueryError{Pos: pos, Msg: fmt.Sprintf("the query has more than %d words", maxQueryWords)}
		}
		p.tokens = append(p.tokens, token{kind: tokTerm, pos: pos, term: t})
		return nil
	}
	for i := 0; i < len(p.text); {
		r, size := utf8.DecodeRuneInString(p.text[i:])
		closing, quoted := quotes[r]
		switch {
		case unicode.IsSpace(r):
			i += size
		case r == '(':
			p.tokens = append(p.tokens, token{kind: tokOpen, pos: i})
			i += size
		case r == ')':
			p.tokens = append(p.tokens, token{kind: tokClose, pos: i})
			i += size
		case quoted:
			start := i + size
			length := strings.IndexAny(p.text[start:], closing)
			if length < 0 {
				return &QueryError{Pos: i, Msg: "this quotation mark is not closed"}
			}
			end := start + length
			_, closed := utf8.DecodeRuneInString(p.text[end:])
			next := end + closed
			prefix := strings.HasPrefix(p.text[next:], "*")
			if err := add(i, p.text[start:end], prefix); err != nil {
				return err
			}
			if i = next; prefix {
				i++
			}
		case r == '|' || r == '&':
			kind := tokOr
			if r == '&' {
				kind = tokAnd
			}
			for i < len(p.text) && p.text[i] == byte(r) {
				i++
			}
			p.tokens = append(p.tokens, token{kind: kind, pos: i - 1})
		case r == '-' && excludes(p.text[i+1:]):
			p.tokens = append(p.tokens, token{kind: tokNot, pos: i})
			i += size
		default:
			end := i + wordLength(p.text[i:])
			raw := p.text[i:end]
			kind, isOperator := map[string]int{"AND": tokAnd, "OR": tokOr, "NOT": tokNot}[raw]
			if isOperator {
				p.tokens = append(p.tokens, token{kind: kind, pos: i})
			} else if err := add(i, raw, len(raw) > 1 && strings.HasSuffix(raw, "*")); err != nil {
				return err
			}
			i = end
		}
	}
	return nil
}

// excludes reports whether what follows a dash is something to leave out.
func excludes(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	_, quoted := quotes[r]
	return quoted || r == '(' || r != utf8.RuneError && (kindOf(r) == letter || kindOf(r) == single)
}

// wordLength is the length of the run up to a space, a bracket, a quotation
// mark or an operator sign; at least one character.
func wordLength(s string) int {
	for i, r := range s {
		if _, quoted := quotes[r]; i > 0 && (quoted || unicode.IsSpace(r) || strings.ContainsRune("()|&", r)) {
			return i
		}
	}
	return len(s)
}

// node is an expression: what must match and what must not.
type node struct {
	positive string
	negative []string
}

// expression writes the node in the language of the index.
func (n node) expression() string {
	if len(n.negative) == 0 {
		return n.positive
	}
	return "(" + n.positive + ") NOT (" + strings.Join(n.negative, " OR ") + ")"
}

func (p *parser) peek() token {
	if p.at == len(p.tokens) {
		return token{kind: tokEnd, pos: len(p.text)}
	}
	return p.tokens[p.at]
}

func (p *parser) next() token {
	t := p.peek()
	p.at = min(p.at+1, len(p.tokens))
	return t
}

// all parses expressions that must hold together, up to a closing bracket or
// the end.
func (p *parser) all(depth int) (node, error) {
	if depth > maxQueryDepth {
		return node{}, &QueryError{Pos: p.peek().pos, Msg: fmt.Sprintf("brackets are nested deeper than %d", maxQueryDepth)}
	}
	var positives []string
	var n node
	for t := p.peek(); t.kind != tokEnd && t.kind != tokClose; t = p.peek() {
		switch t.kind {
		case tokAnd:
			p.next()
			after := p.peek().kind
			if len(positives) == 0 && len(n.negative) == 0 || after == tokEnd || after == tokClose || after == tokAnd || after == tokOr {
				return node{}, &QueryError{Pos: t.pos, Msg: "AND needs a word on both sides"}
			}
		case tokNot:
			p.next()
			kept := len(p.terms)
			part, err := p.part(depth)
			if err != nil {
				return node{}, err
			}
			p.terms = p.terms[:kept] // what is left out is not marked
			if part != "" {
				n.negative = append(n.negative, part)
			}
		default:
			part, err := p.either(depth)
			if err != nil {
				return node{}, err
			}
			if part != "" {
				positives = append(positives, part)
			}
		}
	}
	n.positive = strings.Join(positives, " AND ")
	return n, nil
}

// either parses parts joined by OR. The expression is empty if all of them are.
func (p *parser) either(depth int) (string, error) {
	first, err := p.part(depth)
	if err != nil {
		return "", err
	}
	parts := []string{first}
	for p.peek().kind == tokOr {
		p.next()
		part, err := p.part(depth)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	if len(parts) < 2 {
		return strings.Join(parts, ""), nil
	}
	return "(" + strings.Join(parts, " OR ") + ")", nil
}

// part parses a term or a group in brackets. Empty brackets say nothing.
func (p *parser) part(depth int) (string, error) {
	t := p.next()
	switch t.kind {
	case tokTerm:
		p.terms = append(p.terms, t.term)
		expression := `"` + strings.Join(t.term.words, " ") + `"` // words hold letters, digits and marks only
		if t.term.prefix {
			expression += " *"
		}
		return expression, nil
	case tokOpen:
		n, err := p.all(depth + 1)
		if err != nil {
			return "", err
		}
		if p.next().kind != tokClose {
			return "", &QueryError{Pos: t.pos, Msg: "this bracket is not closed"}
		}
		if n.positive == "" {
			if len(n.negative) > 0 {
				return "", &QueryError{Pos: t.pos, Msg: "these brackets hold only words to leave out"}
			}
			return "", nil
		}
		return "(" + n.expression() + ")", nil
	case tokNot:
		return "", &QueryError{Pos: t.pos, Msg: "a word to leave out cannot stand after OR or another NOT"}
	case tokOr:
		return "", &QueryError{Pos: t.pos, Msg: "OR needs a word on both sides"}
	case tokClose:
		return "", &QueryError{Pos: t.pos, Msg: "a word is missing before this bracket"}
	case tokAnd:
		return "", &QueryError{Pos: t.pos, Msg: "AND cannot stand here"}
	default:
		return "", &QueryError{Pos: t.pos, Msg: "a word is missing at the end"}
	}
}
