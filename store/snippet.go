package store

import (
	"strings"
	"unicode/utf8"
)

// A snippet is cut by us rather than by SQLite, because the index holds folded
// words with spaces between the characters of some scripts.
const (
	snippetRunes = 240     // length of a snippet
	snippetLead  = 60      // shown before the first find
	snippetScan  = 1 << 20 // bytes of a text that are looked through
)

// span is a find: bytes of the text, and which term it is.
type span struct {
	start, end int
	term       int
}

// finds gives the places where the terms stand in a text, in order and without
// overlaps. A phrase is looked for word by word, which costs the length of the
// text times that of the query.
func finds(text string, terms []term) []span {
	if len(terms) == 0 || text == "" {
		return nil
	}
	text = text[:runeCut(text, snippetScan)]
	var words []word
	eachWord(text, func(w word) bool {
		words = append(words, w)
		return true
	})
	var list []span
	for i := 0; i < len(words); {
		longest, which := 0, 0
		for t, term := range terms {
			if n := term.matches(words[i:]); n > longest {
				longest, which = n, t
			}
		}
		if longest == 0 {
			i++
			continue
		}
		list = append(list, span{start: words[i].start, end: words[i+longest-1].end, term: which})
		i += longest
	}
	return list
}

// matches gives the number of words at the start of the list that are the
// term, 0 if they are not.
func (t term) matches(words []word) int {
	if len(words) < len(t.words) {
		return 0
	}
	for i, want := range t.words {
		have := words[i].folded
		if i == len(t.words)-1 && t.prefix {
			if !strings.HasPrefix(have, want) {
				return 0
			}
		} else if have != want {
			return 0
		}
	}
	return len(t.words)
}

// markAll marks every find in a short text.
func markAll(text string, terms []term) string {
	return setMarks(text, finds(text, terms))
}

// setMarks puts the marks around the finds. Finds that touch share their marks,
// so that a word of single characters is marked once.
func setMarks(text string, list []span) string {
	if len(list) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for i, f := range list {
		b.WriteString(text[at:f.start])
		if i == 0 || list[i-1].end < f.start {
			b.WriteString(MarkStart)
		}
		b.WriteString(text[f.start:f.end])
		if i == len(list)-1 || f.end < list[i+1].start {
			b.WriteString(MarkEnd)
		}
		at = f.end
	}
	b.WriteString(text[at:])
	return b.String()
}

// snippet gives the stretch of a text with the most different terms in it (the
// most finds, if several have as many), on one line, with marks. It is empty
// if nothing is found there.
func snippet(text string, terms []term) string {
	list := finds(text, terms)
	if len(list) == 0 {
		return ""
	}
	// Two ends walk over the finds: each find is the first of one window.
	room := 0
	best, bestScore, bestLast := 0, -1, 0
	counts := make([]int, len(terms))
	different, last := 0, 0
	for first := range list {
		if first == 0 {
			room = runeAt(text, list[0].start, snippetRunes-snippetLead)
		} else {
			counts[list[first-1].term]--
			if counts[list[first-1].term] == 0 {
				different--
			}
			room = runeAt(text, list[first].start, snippetRunes-snippetLead)
		}
		for last < len(list) && (list[last].end <= room || last == first) {
			if counts[list[last].term] == 0 {
				different++
			}
			counts[list[last].term]++
			last++
		}
		if score := different*len(list) + last - first; score > bestScore {
			best, bestScore, bestLast = first, score, last
		}
	}
	return cutOut(text, list[best:bestLast])
}

// opening stands for an article of which nothing is marked: its excerpt, or
// how its text begins.
func opening(excerpt, text string) string {
	if excerpt != "" {
		text = excerpt
	}
	return cutOut(text, []span{{}})
}

// runeAt gives the byte n characters after from, at most the end of the text.
func runeAt(text string, from, n int) int {
	for ; n > 0 && from < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[from:])
		from += size
	}
	return from
}

func runeCut(s string, limit int) int {
	if len(s) <= limit {
		return len(s)
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return limit
}

// cutOut gives the finds with some text around them, cut at spaces where there
// are some, with an ellipsis where something is left out.
func cutOut(text string, list []span) string {
	start, end := list[0].start, list[len(list)-1].end
	for n := 0; n < snippetLead && start > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(text[:start])
		start -= size
	}
	if start > 0 {
		if i := strings.IndexAny(text[start:list[0].start], " \n"); i >= 0 {
			start += i + 1
		}
	}
	if most := runeAt(text, start, snippetRunes); most > end {
		from := end
		end = most
		if end < len(text) {
			if i := strings.LastIndexAny(text[from:end], " \n"); i > 0 {
				end = from + i
			}
		}
	}
	var moved []span
	for _, f := range list {
		if f.end > f.start {
			moved = append(moved, span{start: f.start - start, end: f.end - start, term: f.term})
		}
	}
	out := strings.Join(strings.Fields(setMarks(text[start:end], moved)), " ")
	if start > 0 {
		out = "… " + out
	}
	if end < len(text) {
		out += " …"
	}
	return out
}
