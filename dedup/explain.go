package dedup

import (
	"fmt"

	"tamiz"
)

// Explanation tells people why two articles are, or are not, one work.
type Explanation struct {
	Match    tamiz.Match
	OneWork  bool // the similarity reaches Threshold
	Evidence []string
	Pairs    []SentencePair // in the order of A
}

// SentencePair is a sentence (or a few that were joined) of either article that
// say the same.
type SentencePair struct {
	A, B  string
	Score float64 // 0 to 1
}

// Explain compares two articles and shows the sentences that match, with the
// tables of this build.
func Explain(a, b *tamiz.Article) Explanation { return Default().Explain(a, b) }

// Explain compares two articles and shows the sentences that match.
func (m *Matcher) Explain(a, b *tamiz.Article) Explanation {
	if b.ID < a.ID {
		a, b = b, a
	}
	sa, ta := m.prepare(a)
	sb, tb := m.prepare(b)
	match, f, mx := m.compare(sa, sb)
	e := Explanation{Match: match, OneWork: match.Similarity >= Threshold}
	note := func(format string, args ...any) { e.Evidence = append(e.Evidence, fmt.Sprintf(format, args...)) }
	note("languages %s and %s; the lexicon knows %.0f%% and %.0f%% of the words", languageName(sa.Language), languageName(sb.Language), 100*sa.coverage, 100*sb.coverage)
	note("cosine of the texts' concepts %.2f", f[fCosine])
	note("%.0f%% and %.0f%% of the text align (less and more covered side), in order %.2f of 1", 100*f[fAlignedMin], 100*f[fAlignedMax], max(f[fOrder], 0))
	note("best path through the sentences %.2f, against the order %.2f, mean pair %.3f", f[fMonotone], f[fMonotone]-f[fForward], f[fMean])
	if f[fAnchorMin] >= 0 {
		note("names, acronyms and numbers: %.0f%% and %.0f%% stand in the other article", 100*f[fAnchorMin], 100*f[fAnchorMax])
	}
	if f[fNumberMin] >= 0 {
		note("numbers: %.0f%% and %.0f%% stand in the other article", 100*f[fNumberMin], 100*f[fNumberMax])
	}
	if f[fTitleMin] >= 0 {
		note("titles: cosine %.2f; %.0f%% and %.0f%% of their words stand in the other article", f[fTitleCosine], 100*f[fTitleMin], 100*f[fTitleMax])
	}
	if f[fTitleNumbers] > 0 {
		note("the titles differ in their numbers")
	}
	if sa.Language == sb.Language {
		note("word sequences in common: %.0f%% of one, %.0f%% of the other, %.0f%% of these differ in a number", 100*f[fMaskedMin], 100*f[fMaskedMax], 100*f[fNumbersDiffer])
	}
	for i, r := range mx.rows() {
		if r.matched() {
			e.Pairs = append(e.Pairs, SentencePair{ta[i], tb[r.to], min(r.value, 1)})
		}
	}
	return e
}

func languageName(language string) string {
	if language == "" {
		return "unknown"
	}
	return language
}
