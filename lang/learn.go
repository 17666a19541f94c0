package lang

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/text/unicode/norm"
)

// Learning. Of each language the words of its texts are counted, and from them
// the n-grams. P(c|h) is smoothed by Witten and Bell's rule: a history passes
// on as much weight to the shorter one as it has seen different letters,
//
//	P(c|h) = (N(hc) + T(h) P(c|h')) / (N(h) + T(h))
//
// where N counts, T(h) is the number of different letters after h, and h' is h
// without its first letter. Words are counted with an exponent below 1, since a
// few subjects make up the texts and their terms would look like grammar.
//
// Of the n-grams those are kept that tell languages apart: the gain of hc is
// the mean over languages of how often it occurs times the square of how much
// its cost moves from that of h'c, as compared to the other languages.

// alphabetPlan says what is learned of a script.
type alphabetPlan struct {
	script    Script
	order     int
	ngrams    int // kept at most
	languages string
}

// alphabetPlans lists the scripts that several languages share, with the
// languages at home in it; Latin is home to all that are not listed. Twice as
// many Latin n-grams gain 0.2 % on titles and lose 0.15 % on the beginnings of
// articles from collections that were not learned from; half as many lose on
// both.
var alphabetPlans = []alphabetPlan{
	{Latin, 5, 45000, ""},
	{Cyrillic, 5, 16000, "be bg ru sr uk"},
	{Arabic, 5, 8000, "ar fa ur"},
	{Devanagari, 5, 8000, "hi mr ne sa"},
	{Han, 2, 16000, "ja zh zh-Hant"},
}

// Constants of learning, chosen by cross-validation. Only the first matters: at
// 0.5, titles from collections not learned from gain 5 % and their beginnings
// lose 0.2 %; between 0.75 and 1 all are alike.
const (
	wordExponent = 0.75
	// loanRatio is how many times as frequent in English a word is that counts
	// as quoted.
	loanRatio = 3.0
	// minCount drops n-grams seen too rarely to be told from chance.
	minCount = 3.0
	// letterChance is the probability of a letter about which nothing is known.
	letterChance = 1.0 / 2000
)

// Learner collects texts and learns a model from them. The result depends on
// the texts alone, not on their order.
type Learner struct {
	words map[Script]map[string]map[string]int // script, language, word
}

// NewLearner gives a learner without texts.
func NewLearner() *Learner {
	return &Learner{words: make(map[Script]map[string]map[string]int)}
}

// Add counts the words of a text of the language, a BCP 47 tag. Texts of
// languages that have a script for themselves are not needed and ignored.
//
// Serbian is written in two alphabets: texts in Cyrillic teach both.
func (l *Learner) Add(language, text string) {
	if language == serbian {
		l.add(serbianLatin, latinSerbian.Replace(text))
	}
	l.add(language, text)
}

const (
	serbian      = "sr"
	serbianLatin = "sr-Latn"
)

// latinSerbian writes Serbian Cyrillic in Latin letters. Letters of words in
// capitals come as "Nj", which counting words does not mind.
var latinSerbian = strings.NewReplacer(
	"а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "ђ", "đ", "е", "e", "ж", "ž", "з", "z", "и", "i",
	"ј", "j", "к", "k", "л", "l", "љ", "lj", "м", "m", "н", "n", "њ", "nj", "о", "o", "п", "p", "р", "r",
	"с", "s", "т", "t", "ћ", "ć", "у", "u", "ф", "f", "х", "h", "ц", "c", "ч", "č", "џ", "dž", "ш", "š",
	"А", "A", "Б", "B", "В", "V", "Г", "G", "Д", "D", "Ђ", "Đ", "Е", "E", "Ж", "Ž", "З", "Z", "И", "I",
	"Ј", "J", "К", "K", "Л", "L", "Љ", "Lj", "М", "M", "Н", "N", "Њ", "Nj", "О", "O", "П", "P", "Р", "R",
	"С", "S", "Т", "T", "Ћ", "Ć", "У", "U", "Ф", "F", "Х", "H", "Ц", "C", "Ч", "Č", "Џ", "Dž", "Ш", "Š",
)

func (l *Learner) add(language, text string) {
	script := homeScript(language)
	if script == Common {
		return
	}
	if l.words[script] == nil {
		l.words[script] = make(map[string]map[string]int)
	}
	counts := l.words[script][language]
	if counts == nil {
		counts = make(map[string]int)
		l.words[script][language] = counts
	}
	eachWord(norm.NFC.String(text), func(s Script, letters []rune, _ bool) {
		if s == script {
			counts[string(letters)]++
		}
	})
}

// homeScript gives the script in which the language is learned, Common if it
// is the only one of its script.
func homeScript(language string) Script {
	for _, plan := range alphabetPlans {
		if slices.Contains(strings.Fields(plan.languages), language) {
			return plan.script
		}
	}
	for _, only := range onlyLanguage {
		if only == language {
			return Common
		}
	}
	for _, k := range kinLanguages {
		if k.language == language {
			return k.script
		}
	}
	return Latin
}

// Model learns from the texts added so far and gives the model file.
func (l *Learner) Model() []byte {
	var body []byte
	count := 0
	for _, plan := range alphabetPlans {
		if len(l.words[plan.script]) > 0 {
			body = append(body, learnAlphabet(plan, l.words[plan.script])...)
			count++
		}
	}
	body = append([]byte{byte(count)}, body...)
	file := []byte(modelMagic)
	file = binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE(body))
	return append(file, body...)
}

// packing writes an n-gram into an integer, its last letter in the lowest bits:
// the history of an n-gram is then a shift away, the shorter n-gram a mask.
// Letters are numbered from 1 in the order of their runes; letters that no
// longer fit are unknown.
type packing struct {
	bits  uint
	ids   map[rune]uint64
	runes []rune // by number
}

func newPacking(order int, words map[string]map[string]int) packing {
	seen := map[rune]bool{boundary: true}
	for _, counts := range words {
		for word := range counts {
			for _, r := range word {
				seen[r] = true
			}
		}
	}
	p := packing{bits: uint(64 / order), ids: make(map[rune]uint64), runes: []rune{0}}
	all := make([]rune, 0, len(seen))
	for r := range seen {
		all = append(all, r)
	}
	slices.Sort(all)
	for _, r := range all {
		if uint64(len(p.runes)) < 1<<p.bits-1 {
			p.ids[r] = uint64(len(p.runes))
			p.runes = append(p.runes, r)
		}
	}
	return p
}

func (p packing) history(key uint64) uint64 { return key >> p.bits }

// shorter drops the first letter.
func (p packing) shorter(key uint64) uint64 {
	n := p.length(key)
	return key & (1<<(p.bits*uint(n-1)) - 1)
}

func (p packing) length(key uint64) int {
	n := 0
	for ; key != 0; key >>= p.bits {
		n++
	}
	return n
}

func (p packing) hash(key uint64) uint32 {
	state := uint64(0)
	for ; key != 0; key >>= p.bits {
		state = extendHash(state, p.runes[key&(1<<p.bits-1)])
	}
	return ngramHash(state)
}

// counts are the n-grams of one language.
type counts struct {
	of    map[uint64]float32 // N(hc)
	total map[uint64]float32 // N(h)
	types map[uint64]float32 // T(h)
}

func countNgrams(p packing, plan alphabetPlan, words map[string]int) counts {
	c := counts{make(map[uint64]float32), make(map[uint64]float32), make(map[uint64]float32)}
	// In order, for sums of floating-point numbers depend on it.
	inOrder := make([]string, 0, len(words))
	for word := range words {
		inOrder = append(inOrder, word)
	}
	slices.Sort(inOrder)
	var ids []uint64
	for _, word := range inOrder {
		weight := float32(math.Pow(float64(words[word]), wordExponent))
		ids = ids[:0]
		first := 0
		if !plan.script.Spaceless() {
			ids = append(ids, p.ids[boundary])
			first = 1
		}
		for _, r := range word {
			ids = append(ids, p.ids[r])
		}
		if !plan.script.Spaceless() {
			ids = append(ids, p.ids[boundary])
		}
		for i := first; i < len(ids); i++ {
			key := uint64(0)
			for n := 0; n < plan.order && n <= i && ids[i-n] != 0; n++ {
				key |= ids[i-n] << (p.bits * uint(n))
				if c.of[key] == 0 {
					c.types[p.history(key)]++
				}
				c.of[key] += weight
				c.total[p.history(key)] += weight
			}
		}
	}
	return c
}

// probability is P(c|h) of the n-gram hc.
func (c counts) probability(p packing, key uint64) float64 {
	lower := letterChance
	if p.history(key) != 0 {
		lower = c.probability(p, p.shorter(key))
	}
	h := p.history(key)
	types := float64(c.types[h])
	if types == 0 {
		return lower
	}
	return (float64(c.of[key]) + types*lower) / (float64(c.total[h]) + types)
}

// learnAlphabet gives the alphabet's part of the file.
func learnAlphabet(plan alphabetPlan, words map[string]map[string]int) []byte {
	languages := make([]string, 0, len(words))
	for language := range words {
		languages = append(languages, language)
	}
	slices.Sort(languages)
	words = withoutLoans(words)
	p := newPacking(plan.order, words)
	stats := make([]counts, len(languages))
	each(len(languages), func(i int) { stats[i] = countNgrams(p, plan, words[languages[i]]) })

	kept := selectNgrams(plan, p, stats)
	data := []byte{byte(plan.script), byte(plan.order), byte(len(languages))}
	for _, language := range languages {
		data = append(data, byte(len(language)))
		data = append(data, language...)
	}
	data = binary.LittleEndian.AppendUint32(data, uint32(len(kept)))
	for _, k := range kept {
		data = binary.LittleEndian.AppendUint32(data, k.hash)
	}
	for _, k := range kept {
		data = append(data, k.row...)
	}
	return data
}

// withoutLoans leaves out the words that a language's texts merely quote from
// English: those that are loanRatio times as frequent there. Otherwise names of
// products and sentences left untranslated would teach every language English.
func withoutLoans(words map[string]map[string]int) map[string]map[string]int {
	english := words[loanLanguage]
	if english == nil {
		return words
	}
	total := func(counts map[string]int) float64 {
		n := 0
		for _, c := range counts {
			n += c
		}
		return float64(n)
	}
	englishTotal := total(english)
	kept := make(map[string]map[string]int, len(words))
	for language, counts := range words {
		all := total(counts)
		own := make(map[string]int, len(counts))
		for word, c := range counts {
			if language == loanLanguage || float64(english[word])/englishTotal < loanRatio*float64(c)/all {
				own[word] = c
			}
		}
		kept[language] = own
	}
	return kept
}

// ngram is a candidate for the model.
type ngram struct {
	key  uint64
	hash uint32
	gain float64
	row  []byte
}

// selectNgrams gives the n-grams to keep, ordered by hash.
func selectNgrams(plan alphabetPlan, p packing, stats []counts) []ngram {
	seen := make(map[uint64]bool)
	for _, c := range stats {
		for key, n := range c.of {
			if n >= minCount || p.history(key) == 0 {
				seen[key] = true
			}
		}
	}
	candidates := make([]ngram, 0, len(seen))
	for key := range seen {
		candidates = append(candidates, ngram{key: key, hash: p.hash(key)})
	}
	sort.Slice(candidates, func(i, j int) bool { return candidates[i].key < candidates[j].key })

	const chunk = 1024
	each((len(candidates)+chunk-1)/chunk, func(i int) {
		for j := i * chunk; j < min((i+1)*chunk, len(candidates)); j++ {
			candidates[j].weigh(p, stats)
		}
	})
	sort.SliceStable(candidates, func(i, j int) bool { return candidates[i].gain > candidates[j].gain })

	// Of two n-grams with one hash the better is kept.
	kept := candidates[:0]
	hashes := make(map[uint32]bool)
	for _, c := range candidates {
		if len(kept) < plan.ngrams && !hashes[c.hash] {
			hashes[c.hash] = true
			kept = append(kept, c)
		}
	}
	slices.SortFunc(kept, func(a, b ngram) int { return cmp.Compare(a.hash, b.hash) })
	return kept
}

// weigh sets the n-gram's row and gain.
func (g *ngram) weigh(p packing, stats []counts) {
	g.row = make([]byte, len(stats))
	moves := make([]float64, len(stats))
	mean := 0.0
	for l, c := range stats {
		probability := c.probability(p, g.key)
		g.row[l] = quantize(probability)
		if p.history(g.key) != 0 {
			moves[l] = math.Log(probability / c.probability(p, p.shorter(g.key)))
		}
		mean += moves[l] / float64(len(stats))
	}
	if p.history(g.key) == 0 {
		g.gain = math.Inf(1) // single letters are always kept
		return
	}
	for l, c := range stats {
		g.gain += float64(c.of[g.key]) / float64(c.total[0]) * (moves[l] - mean) * (moves[l] - mean)
	}
}

// each calls f for 0 to n-1 on all processors and returns when all are done.
func each(n int, f func(int)) {
	var wait sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}
