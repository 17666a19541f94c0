package dedup

import (
	"fmt"
	"math"

	"tamiz"
)

// Threshold is the similarity from which two articles count as one work when
// they are the only ones of it; [Group] applies it to the mean similarity
// between two groups. At .5 the pairs of development articles are as often right
// as stated; .6 costs next to no recall there and is on the side of precision,
// since a false merge hides an article.
const Threshold = .6

// keepAbove is the similarity below which a pair counts as zero.
const keepAbove = .02

// Keep reports whether a pair is worth storing for [Group].
func Keep(m tamiz.Match) bool { return m.Similarity >= keepAbove }

// Declared evidence moves the odds of a pair, by this many units of log odds,
// and only if the texts allow it: a text that speaks against it (below
// declaredFloor) is believed more than a link, since mirrors copy each other's
// hreflang lists and templates point every page at the home page.
const (
	declaredBonus = 3.0
	variantBonus  = 1.5
	canonicalSame = 3.0
	declaredFloor = .03
)

// Texts narrower than this are too short to be one work on the ground of equal
// words alone: their titles must be equal too.
const minExactWidth = 120

// Compare says how sure it is that two articles are one work, and why, with
// the tables of this build. Compare(a, b) equals Compare(b, a).
func Compare(a, b *Signature) tamiz.Match { return Default().Compare(a, b) }

// Compare says how sure it is that two articles are one work, and why.
func (m *Matcher) Compare(a, b *Signature) tamiz.Match {
	match, _, _ := m.compare(a, b)
	return match
}

func (m *Matcher) compare(a, b *Signature) (tamiz.Match, [featureCount]float64, *matrix) {
	if b.ID < a.ID {
		a, b = b, a
	}
	match := tamiz.Match{A: a.ID, B: b.ID, Kind: "translation"}
	f, mx := features(a, b)
	one := a.Language == b.Language
	if one {
		match.Kind = "near"
	}
	if a.text == 0 || b.text == 0 {
		match.Reason = "one of them has no text"
		return match, f, mx
	}
	if a.text == b.text {
		switch {
		case f[fTitleNumbers] > 0:
			// Pages filled from one template whose only difference stands in the title.
			match.Similarity = .2
			match.Reason = "the texts are equal, but the titles differ in their numbers"
			return match, f, mx
		case min(a.width, b.width) >= minExactWidth || a.title == b.title:
			match.Kind, match.Similarity = "exact", 1
			match.Reason = fmt.Sprintf("the texts are equal but for case, space and punctuation (%.0f characters wide)", a.width)
			return match, f, mx
		default:
			match.Similarity = .3
			match.Reason = fmt.Sprintf("the texts are equal but only %.0f characters wide, and the titles differ", a.width)
			return match, f, mx
		}
	}
	forest := &m.model.Translation
	if one {
		forest = &m.model.Near
	}
	odds := forest.Score(f[:])
	declared := ""
	if p := sigmoid(odds); p >= declaredFloor {
		switch {
		case sharesURL(a, b) && one:
			odds += canonicalSame
			declared = "one canonical URL"
		case sharesURL(a, b):
			odds += declaredBonus
			declared = "a canonical link across languages"
		case declares(a, b) && declares(b, a):
			odds += declaredBonus
			declared = "declared as alternates by both"
		case declares(a, b) || declares(b, a):
			odds += declaredBonus * 2 / 3
			declared = "declared as alternate by one"
		case !one && a.neutral != 0 && a.neutral == b.neutral && (a.variant || b.variant):
			odds += variantBonus
			declared = "URLs that differ in their language element"
		}
	}
	match.Similarity = math.Round(1e4*sigmoid(odds)) / 1e4
	match.Reason = reason(a, b, &f, mx, one)
	if declared != "" {
		match.Kind = "declared"
		match.Reason = declared + "; " + match.Reason
	}
	return match, f, mx
}

func sharesURL(a, b *Signature) bool {
	for _, u := range a.self {
		for _, v := range b.self {
			if u == v {
				return true
			}
		}
	}
	return false
}

// declares reports whether a names a URL of b as its other edition.
func declares(a, b *Signature) bool {
	for _, u := range a.declared {
		for _, v := range b.self {
			if u == v {
				return true
			}
		}
	}
	return false
}

// reason states the figures that people can check.
func reason(a, b *Signature, f *[featureCount]float64, mx *matrix, one bool) string {
	sa, _ := overlap(a, b, newMatrix(a, b))
	long := max(a.width/a.ratio, b.width/b.ratio) / max(1, min(a.width/a.ratio, b.width/b.ratio))
	matched, of := 0, 0
	rows := mx.rows()
	if mx.m < mx.n {
		rows = mx.columns()
	}
	for _, r := range rows {
		of++
		if r.matched() {
			matched++
		}
	}
	text := fmt.Sprintf("%d of %d sentences align, %d names and %d numbers shared, length ratio %.2f",
		matched, of, sa.anchorHits-sa.numberHits, sa.numberHits, long)
	if one {
		text = fmt.Sprintf("%.0f%% of the shorter text's word sequences stand in the other, %.0f%% of the longer's; ", 100*f[fMaskedMax], 100*f[fMaskedMin]) + text
	}
	if f[fTitleNumbers] > 0 {
		text += "; the titles differ in their numbers"
	} else if f[fNumberMissing] > 1.5 {
		text += "; each has numbers that the other lacks"
	}
	return text
}
