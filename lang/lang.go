// Package lang tells the language of an article by its text alone: declared
// languages are often wrong, on mirrors and on machine translations above all.
//
//	lang.Identify("Los equipos de marketing no siempre se entienden.").Language // "es"
//
// The text's scripts are weighed first: most scripts have one language, kana
// make a text Japanese. Where languages share a script ([Latin], [Cyrillic],
// [Arabic], [Devanagari], [Han]) every word is charged what it costs to write
// it in each of them, by a model of letters learned from parallel texts and
// embedded in the program, and the cheapest language wins. Each language may
// borrow English words for a small charge, so that names of products and terms
// of the trade do not make a text English. Languages without texts to learn
// from are told from their relatives by their common words and letters, and
// Indonesian from Malay by the words that only one of them has.
//
// 50 languages are learned or stand for a script; see [Languages] for all. The
// package also answers what other stages need to know about scripts:
// [ScriptOf], [Dominant], [IsSpaceless] and the word count [Words].
package lang

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Result is what a text was found to be.
type Result struct {
	// Language is a BCP 47 tag without region: "es", "zh" for simplified and
	// "zh-Hant" for traditional Chinese, "sr" for Serbian in Cyrillic and
	// "sr-Latn" in Latin letters. Empty: the text does not tell.
	Language string
	// Confidence is the estimated probability that Language is right; of the
	// best guess, if Language is empty.
	Confidence float64
	// Script is the one the decision was made on.
	Script Script
}

// onlyLanguage names the language that a script stands for, the most written
// one where smaller ones share it.
var onlyLanguage = [numScripts]string{
	Greek: "el", Armenian: "hy", Hebrew: "he", Bengali: "bn", Gurmukhi: "pa", Gujarati: "gu", Oriya: "or",
	Tamil: "ta", Telugu: "te", Kannada: "kn", Malayalam: "ml", Sinhala: "si", Thai: "th", Lao: "lo",
	Tibetan: "bo", Burmese: "my", Georgian: "ka", Ethiopic: "am", Khmer: "km", Hangul: "ko",
	Hiragana: "ja",
}

//go:embed model.bin
var modelFile []byte

// builtIn is loaded when it is first needed.
var builtIn = sync.OnceValue(func() *Model {
	m, err := Load(modelFile)
	if err != nil {
		// The file is part of the program and covered by a test.
		panic(fmt.Sprintf("load built-in language model: %v", err))
	}
	return m
})

// Identify tells the language of a text with the built-in model.
func Identify(text string) Result { return builtIn().Identify(text) }

// How the scripts of a text are weighed: by letters, those of Latin words
// counting single, because texts in any script quote Latin names, and a Han
// character or a Hangul syllable says as much as several letters. Names (words
// with a capital) count half. Chosen by cross-validation on articles, their
// beginnings and titles; halves of them change less than 0.2 %.
const (
	nameWeight   = 0.5
	letterWeight = 3.0
	hangulWeight = 4.0
	hanWeight    = 7.0
)

// kanaShare is the part of the characters from which Han with kana is Japanese.
// Japanese prose has more than half, Chinese prose about Japan less than this.
const kanaShare = 0.12

// How words are turned into a decision, chosen in the same way and on
// collections left out of learning.
const (
	// loanShare is how much of any text may be borrowed English: an English
	// word costs a Spanish text -log(loanShare) nats more than an English one.
	loanShare = 0.25
	// wordLimit bounds in nats what one word can tell against a language.
	wordLimit = 7.0
	// englishPrior is how many nats English is ahead: titles of three English
	// words stand in all languages, but most often in English.
	englishPrior = 1.5
	// temperature makes probabilities of scores. Above 1, because words are not
	// independent; hardly above, because wordLimit has tamed them already.
	temperature = 1.1
	// minConfidence is where a guess becomes no answer: below, half are wrong.
	minConfidence = 0.25
)

// Identify tells the language of a text. It reads some six kilobytes of a long
// one, in linear time.
func (m *Model) Identify(text string) Result {
	text = excerpt(text)
	script, letters := decidingScript(text)
	if script == Common {
		return Result{}
	}
	language := onlyLanguage[script]
	confidence := 1 - 0.5/float64(1+letters) // one letter may be a symbol
	if a := m.alphabets[script]; a != nil {
		language, confidence = a.identify(text)
	}
	if confidence < minConfidence {
		language = ""
	}
	return Result{language, confidence, script}
}

// decidingScript gives the script that weighs most, and how many of its letters
// there are. Japanese is decided by Hiragana, which stands for both kana.
func decidingScript(text string) (Script, int) {
	var letters [numScripts]int
	var names int // Latin letters in words with a capital
	eachWord(text, func(s Script, word []rune, name bool) {
		letters[s] += len(word)
		if s == Latin && name {
			names += len(word)
		}
	})
	characters := letters[Han] + letters[Hiragana]
	best, bestWeight := Common, 0.0
	for s := Latin; s < numScripts; s++ {
		weight := letterWeight * float64(letters[s])
		switch s {
		case Latin:
			weight = float64(letters[s]) - (1-nameWeight)*float64(names)
		case Hangul:
			weight = hangulWeight * float64(letters[s])
		case Han:
			weight = hanWeight * float64(characters)
		case Hiragana:
			weight = 0 // counted with Han
		}
		if weight > bestWeight {
			best, bestWeight = s, weight
		}
	}
	if best == Han && float64(letters[Hiragana]) > kanaShare*float64(characters) {
		return Hiragana, letters[Hiragana]
	}
	return best, letters[best]
}

// identify tells the languages of one script apart. Each word adds to every
// language's score
//
//	log((1-loanShare) P(word|language) + loanShare P(word|English) + limit)
//
// relative to the language in which the word is cheapest.
func (a *alphabet) identify(text string) (language string, confidence float64) {
	learned := len(a.languages)
	costs := make([]int32, learned+len(a.relatives))
	scores := make([]float64, len(costs))
	limit := math.Exp(-wordLimit)
	var padded []rune
	eachWord(text, func(script Script, letters []rune, name bool) {
		if script != a.script {
			return
		}
		padded = a.cost(letters, padded, costs[:learned])
		word := string(letters)
		for i := range a.rivals {
			a.rivals[i].separate(word, costs)
		}
		low := slices.Min(costs[:learned])
		for i := range a.relatives {
			costs[learned+i] = a.relatives[i].cost(word, costs[:learned], low)
		}
		low = slices.Min(costs)
		share, loan, weight := 1.0, 0.0, 1.0
		if a.loan >= 0 {
			share, loan = 1-loanShare, loanShare*expCost(costs[a.loan]-low)
		}
		if name {
			weight = nameWeight
		}
		for l, c := range costs {
			p := expCost(c - low)
			if l != a.loan {
				p = share*p + loan
			}
			scores[l] += weight * math.Log(p+limit)
		}
	})
	if a.loan >= 0 {
		scores[a.loan] += englishPrior
	}
	for l, tag := range a.languages {
		scores[l] -= rarer[tag]
	}
	for i := range a.relatives {
		scores[learned+i] -= rarity
	}

	best := 0
	for l := range scores {
		if scores[l] > scores[best] {
			best = l
		}
	}
	total := 0.0
	for _, s := range scores {
		total += math.Exp((s - scores[best]) / temperature)
	}
	if best < learned {
		language = a.languages[best]
	} else {
		language = a.relatives[best-learned].language
	}
	return language, 1 / total
}

// expTable holds e^-c for costs c, as far as it is above the word limit's
// rounding.
var expTable = func() (e [32 * costUnits]float64) {
	for c := range e {
		e[c] = math.Exp(-float64(c) / costUnits)
	}
	return e
}()

func expCost(cost int32) float64 {
	if int(cost) < len(expTable) {
		return expTable[cost]
	}
	return 0
}

// Languages lists every tag that Identify may give, in order.
func Languages() []string {
	tags := []string{}
	add := func(tag string) {
		if tag != "" {
			tags = append(tags, tag)
		}
	}
	for _, tag := range onlyLanguage {
		add(tag)
	}
	for _, a := range builtIn().alphabets {
		if a == nil {
			continue
		}
		for _, tag := range a.languages {
			add(tag)
		}
		for _, r := range a.relatives {
			add(r.language)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}
