package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tamiz/dedup"
)

// parallelText is one edition of a work, cut into paragraphs. Files hold one a
// line, as JSON.
type parallelText struct {
	Work       string   `json:"work"`
	Source     string   `json:"src"`
	Language   string   `json:"language"`
	Title      string   `json:"title"`
	Paragraphs []string `json:"paragraphs"`
}

func runLexicon(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("train lexicon", flag.ContinueOnError)
	parallel := flags.String("parallel", "", "parallel texts, JSON lines, .gz allowed")
	cldr := flags.String("cldr", "", "folder with Unicode CLDR's common data (optional)")
	glossary := flags.String("glossary", "", "tab-separated glossary, English first (optional)")
	out := flags.String("out", "dedup/lexicon.bin", "file to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *parallel == "" {
		return errors.New("train lexicon: --parallel is needed")
	}
	texts, err := readParallel(*parallel)
	if err != nil {
		return err
	}
	phrases, err := readPhrases(*cldr, *glossary)
	if err != nil {
		return err
	}
	b, err := learnLexicon(ctx, log, texts, phrases)
	if err != nil {
		return err
	}
	f, err := os.Create(*out)
	if err != nil {
		return fmt.Errorf("write lexicon: %w", err)
	}
	if _, err := b.WriteTo(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write lexicon: %w", err)
	}
	return nil
}

// readLines calls each for every line of a file, which may be gzipped.
func readLines(name string, each func(line []byte) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		r = z
	}
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<16), 1<<26)
	for n := 1; sc.Scan(); n++ {
		if len(sc.Bytes()) == 0 {
			continue
		}
		if err := each(sc.Bytes()); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return sc.Err()
}

func readParallel(name string) ([]parallelText, error) {
	var out []parallelText
	err := readLines(name, func(line []byte) error {
		var t parallelText
		if err := json.Unmarshal(line, &t); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	})
	return out, err
}

// phrase is a pair of short texts that mean the same.
type phrase struct {
	language string
	text     string
	english  string
	trade    bool // from the glossary
}

func readPhrases(cldr, glossary string) ([]phrase, error) {
	var out []phrase
	if cldr != "" {
		p, err := readCLDR(cldr)
		if err != nil {
			return nil, fmt.Errorf("read CLDR: %w", err)
		}
		out = append(out, p...)
	}
	if glossary != "" {
		p, err := readGlossary(glossary)
		if err != nil {
			return nil, fmt.Errorf("read glossary: %w", err)
		}
		out = append(out, p...)
	}
	return out, nil
}

// glossaryWeight is how often a glossary line counts: one line states what a
// dozen sentences would have to teach.
const glossaryWeight = 3

// readGlossary reads a table whose first line names the languages, English
// first, and whose cells hold words or short phrases, alternatives separated
// by a slash.
func readGlossary(name string) ([]phrase, error) {
	var languages []string
	var out []phrase
	err := readLines(name, func(line []byte) error {
		cells := strings.Split(string(line), "\t")
		if strings.HasPrefix(cells[0], "#") {
			return nil
		}
		if languages == nil {
			languages = cells
			return nil
		}
		if len(cells) > len(languages) {
			return fmt.Errorf("%d cells for %d languages", len(cells), len(languages))
		}
		for i, c := range cells[1:] {
			for alternative := range strings.SplitSeq(c, "/") {
				if alternative = strings.TrimSpace(alternative); alternative == "" {
					continue
				}
				for range glossaryWeight {
					out = append(out, phrase{dedup.LexiconLanguage(languages[i+1]), alternative, cells[0], true})
				}
			}
		}
		return nil
	})
	return out, err
}

// readCLDR pairs what Unicode CLDR says in a language with what it says in
// English: names of languages, territories, currencies and units, months and
// days, names and keywords of emoji and symbols.
func readCLDR(dir string) ([]phrase, error) {
	english := map[string]string{}
	for _, sub := range cldrParts {
		if err := cldrFile(filepath.Join(dir, sub, "en.xml"), english); err != nil {
			return nil, err
		}
	}
	var out []phrase
	for _, language := range cldrLanguages {
		texts := map[string]string{}
		for _, sub := range cldrParts {
			err := cldrFile(filepath.Join(dir, sub, language+".xml"), texts)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		for _, key := range sortedKeys(texts) {
			if e := english[key]; e != "" && e != texts[key] {
				out = append(out, phrase{dedup.LexiconLanguage(language), texts[key], e, false})
			}
		}
	}
	return out, nil
}

var cldrParts = []string{"main", "annotations", "annotationsDerived"}

var cldrLanguages = strings.Fields("ar be bg bn ca cs da de el es et fa fi fil fr gl he hi hr hu id it ja ko lt lv mk mr ms my nb no ne nl pa pl pt ro ru sk sl sr sv sw ta th tr uk ur vi zh zh_Hant")

// cldrFile adds the texts of an LDML file under their paths: element names with
// the attributes that tell siblings apart.
func cldrFile(name string, into map[string]string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	d := xml.NewDecoder(bufio.NewReader(f))
	var path []string
	var text strings.Builder
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			step := t.Name.Local
			for _, a := range t.Attr {
				switch a.Name.Local {
				case "type", "cp", "count", "case", "gender":
					if a.Value != "other" && a.Value != "nominative" {
						step += "[" + a.Value + "]"
					}
				}
			}
			path = append(path, step)
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			key := strings.Join(path, "/")
			path = path[:len(path)-1]
			s := strings.TrimSpace(text.String())
			text.Reset()
			if s != "" && cldrWanted(key) && !strings.Contains(s, "↑") {
				into[key] = strings.NewReplacer("{0}", " ", "{1}", " ", " | ", " ").Replace(s)
			}
		}
	}
}

func cldrWanted(key string) bool {
	for _, part := range []string{"/localeDisplayNames/", "/annotations/", "/currencies/", "/units/unitLength[long]/", "/months/", "/days/", "/fields/", "/characterLabels/"} {
		if strings.Contains(key, part) {
			return !strings.Contains(key, "[narrow]") && !strings.Contains(key, "[abbreviated]") && !strings.Contains(key, "[short]") && !strings.Contains(key, "Pattern/")
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Learning constants, as they served on news, guides and lessons in 49
// languages: more iterations change little, a lower floor adds noise.
const (
	iterations      = 5
	keptProbability = 0.05 // links below it are dropped
	unknownIDF      = 0.7  // of stems that only phrases know
	tradeIDF        = 0.5  // at most, of the glossary's words: they stand in every article of the trade
	uselessIDF      = 0.13 // stems in more than about a quarter of all sentences carry nothing
	maxPairTokens   = 120  // longer pairs teach little and cost the square
)

// pair is a sentence (or paragraph, or phrase) with its English counterpart,
// as indices into the vocabularies; index 0 of the foreign side is no word.
type pair struct {
	foreign, english []int32
	short            bool
}

// learnLexicon runs IBM model 1 for each language: every English word of a
// sentence was brought about by one word of the foreign sentence or by none,
// and expectation maximisation finds how likely each word is to bring about
// which. Word order plays no part, so it takes no alignment inside sentences.
func learnLexicon(ctx context.Context, log *slog.Logger, texts []parallelText, phrases []phrase) (*dedup.LexiconBuilder, error) {
	english := map[string]*prepared{}
	byLanguage := map[string][]*parallelText{}
	stems := newVocabulary()
	var df []int
	sentences := 0
	for i := range texts {
		t := &texts[i]
		language := dedup.LexiconLanguage(t.Language)
		if language != "en" {
			byLanguage[language] = append(byLanguage[language], t)
			continue
		}
		p := prepare(t)
		english[t.Work] = p
		for _, para := range p.paragraphs {
			for _, s := range para.sentences {
				sentences++
				ids := stems.ids(s, dedup.Stem)
				slices.Sort(ids)
				for _, id := range slices.Compact(ids) {
					for len(df) <= int(id) {
						df = append(df, 0)
					}
					df[id]++
				}
			}
		}
	}
	seen := len(df)
	byPhrase := map[string][]phrase{}
	inGlossary := map[int32]bool{}
	for _, p := range phrases {
		byPhrase[p.language] = append(byPhrase[p.language], p)
		if _, ok := byLanguage[p.language]; !ok {
			byLanguage[p.language] = nil
		}
	}
	b := dedup.NewLexiconBuilder()
	idf := func(id int32) float64 {
		if int(id) >= seen || df[id] == 0 {
			return unknownIDF
		}
		v := math.Log(float64(sentences+1)/float64(df[id])) / math.Log(float64(sentences+1))
		if inGlossary[id] {
			v = min(v, tradeIDF)
		}
		return v
	}
	languages := sortedKeys(byLanguage)
	type entry struct {
		language, form string
		links          []dedup.Link
	}
	var entries []entry
	linked := map[string]bool{}
	for _, language := range languages {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		words := newVocabulary()
		words.id("") // no word
		var pairs []pair
		add := func(foreign, eng []string, short bool) {
			if len(foreign) == 0 || len(eng) == 0 || len(foreign)*len(eng) > maxPairTokens*maxPairTokens {
				return
			}
			pairs = append(pairs, pair{append([]int32{0}, words.ids(foreign, nil)...), stems.ids(eng, dedup.Stem), short})
		}
		var logRatio, ratios float64
		for _, t := range byLanguage[language] {
			e := english[t.Work]
			if e == nil {
				continue
			}
			f := prepare(t)
			if f.width > 200 && e.width > 200 {
				logRatio += math.Log(f.width / e.width)
				ratios++
			}
			for _, beads := range alignParagraphs(f.paragraphs, e.paragraphs) {
				p, q := beads[0], beads[1]
				if len(p.sentences) == len(q.sentences) {
					for k := range p.sentences {
						add(p.sentences[k], q.sentences[k], false)
					}
				} else {
					add(slices.Concat(p.sentences...), slices.Concat(q.sentences...), false)
				}
			}
			add(slices.Concat(dedup.Forms(t.Title)...), slices.Concat(dedup.Forms(e.title)...), false)
		}
		for _, p := range byPhrase[language] {
			f, e := slices.Concat(dedup.Forms(p.text)...), slices.Concat(dedup.Forms(p.english)...)
			add(f, e, len(f) <= 3)
			if p.trade {
				for _, id := range stems.ids(e, dedup.Stem) {
					inGlossary[id] = true
				}
			}
		}
		if ratios >= 3 {
			b.Language(language, math.Exp(logRatio/ratios))
		}
		links := ibm1(pairs, words.size(), stems.size())
		n := 0
		for f := 1; f < words.size(); f++ {
			e := entry{language: language, form: words.words[f]}
			for _, l := range links[f] {
				if idf(l.english) >= uselessIDF {
					stem := stems.words[l.english]
					e.links = append(e.links, dedup.Link{Stem: stem, P: l.p})
					linked[stem] = true
				}
			}
			if len(e.links) > 0 {
				entries = append(entries, e)
				n++
			}
		}
		log.Info("learned language", "language", language, "pairs", len(pairs), "words", n)
	}
	for id, stem := range stems.words {
		if id < seen || linked[stem] {
			b.Concept(stem, idf(int32(id)))
		}
	}
	for _, e := range entries {
		b.Word(e.language, e.form, e.links)
	}
	return b, nil
}

type vocabulary struct {
	index map[string]int32
	words []string
}

func newVocabulary() *vocabulary { return &vocabulary{index: map[string]int32{}} }

func (v *vocabulary) size() int { return len(v.words) }

func (v *vocabulary) id(w string) int32 {
	id, ok := v.index[w]
	if !ok {
		id = int32(len(v.words))
		v.index[w] = id
		v.words = append(v.words, w)
	}
	return id
}

func (v *vocabulary) ids(words []string, norm func(string) string) []int32 {
	out := make([]int32, len(words))
	for i, w := range words {
		if norm != nil {
			w = norm(w)
		}
		out[i] = v.id(w)
	}
	return out
}

// prepared is a text with its words.
type prepared struct {
	title      string
	width      float64
	paragraphs []paragraph
}

type paragraph struct {
	width     float64
	sentences [][]string
}

func prepare(t *parallelText) *prepared {
	p := &prepared{title: t.Title}
	for _, text := range t.Paragraphs {
		w := dedup.Width(text)
		p.width += w
		p.paragraphs = append(p.paragraphs, paragraph{w, dedup.Forms(text)})
	}
	return p
}

// maxAlign bounds the table of alignParagraphs: texts with more paragraphs on
// either side that do not pair off one to one are left out.
const maxAlign = 600

// alignParagraphs pairs paragraphs of two editions. Equal counts pair off one
// to one; else a path through the table of both is chosen by length alone (Gale
// and Church): one to one, two to one, one to two, or skipped.
func alignParagraphs(f, e []paragraph) [][2]paragraph {
	var out [][2]paragraph
	if len(f) == len(e) {
		for i := range f {
			out = append(out, [2]paragraph{f[i], e[i]})
		}
		return out
	}
	if len(f) == 0 || len(e) == 0 || len(f) > maxAlign || len(e) > maxAlign {
		return nil
	}
	var wf, we float64
	for _, p := range f {
		wf += p.width
	}
	for _, p := range e {
		we += p.width
	}
	scale := we / max(wf, 1)
	cost := func(a, b, penalty float64) float64 {
		a *= scale
		return penalty + math.Abs(a-b)/math.Sqrt(a+b+1)/3
	}
	const skip, two = 3.0, 1.5
	n, m := len(f)+1, len(e)+1
	best := make([]float64, n*m)
	from := make([]int8, n*m)
	for i := range n {
		for j := range m {
			if i == 0 && j == 0 {
				continue
			}
			c, k := math.Inf(1), int8(0)
			try := func(v float64, step int8) {
				if v < c {
					c, k = v, step
				}
			}
			if i > 0 {
				try(best[(i-1)*m+j]+skip, 1)
			}
			if j > 0 {
				try(best[i*m+j-1]+skip, 2)
			}
			if i > 0 && j > 0 {
				try(best[(i-1)*m+j-1]+cost(f[i-1].width, e[j-1].width, 0), 3)
			}
			if i > 1 && j > 0 {
				try(best[(i-2)*m+j-1]+cost(f[i-1].width+f[i-2].width, e[j-1].width, two), 4)
			}
			if i > 0 && j > 1 {
				try(best[(i-1)*m+j-2]+cost(f[i-1].width, e[j-1].width+e[j-2].width, two), 5)
			}
			best[i*m+j], from[i*m+j] = c, k
		}
	}
	join := func(p, q paragraph) paragraph {
		return paragraph{p.width + q.width, slices.Concat(p.sentences, q.sentences)}
	}
	for i, j := n-1, m-1; i > 0 || j > 0; {
		switch from[i*m+j] {
		case 1:
			i--
		case 2:
			j--
		case 3:
			out = append(out, [2]paragraph{f[i-1], e[j-1]})
			i, j = i-1, j-1
		case 4:
			out = append(out, [2]paragraph{join(f[i-2], f[i-1]), e[j-1]})
			i, j = i-2, j-1
		default:
			out = append(out, [2]paragraph{f[i-1], join(e[j-2], e[j-1])})
			i, j = i-1, j-2
		}
	}
	return out
}

type link struct {
	english int32
	p       float64
}

// ibm1 gives, for each foreign word, the English words it most likely brings
// about. Words seen once are believed only from short phrases: one sentence
// cannot tell which of its words is which.
func ibm1(pairs []pair, foreign, english int) [][]link {
	count := make([]int32, foreign)
	once := make([]bool, foreign) // seen in a short phrase
	cells := 0
	for _, p := range pairs {
		for _, f := range p.foreign {
			count[f]++
			if p.short {
				once[f] = true
			}
		}
		cells += len(p.foreign) * len(p.english)
	}
	// Every co-occurring pair of words gets one place in the table; each cell
	// of each sentence pair refers to it.
	places := make(map[uint64]int32, cells/4)
	refs := make([]int32, 0, cells)
	var owners []int32
	var meanings []int32
	for _, p := range pairs {
		for _, e := range p.english {
			for _, f := range p.foreign {
				key := uint64(f)<<32 | uint64(e)
				at, ok := places[key]
				if !ok {
					at = int32(len(owners))
					places[key] = at
					owners = append(owners, f)
					meanings = append(meanings, e)
				}
				refs = append(refs, at)
			}
		}
	}
	t := make([]float32, len(owners))
	for i := range t {
		t[i] = 1 / float32(english)
	}
	counts := make([]float32, len(owners))
	totals := make([]float64, foreign)
	for range iterations {
		clear(counts)
		clear(totals)
		at := 0
		for _, p := range pairs {
			n := len(p.foreign)
			for range p.english {
				row := refs[at : at+n]
				at += n
				var sum float32
				for _, r := range row {
					sum += t[r]
				}
				for _, r := range row {
					c := t[r] / sum
					counts[r] += c
					totals[owners[r]] += float64(c)
				}
			}
		}
		for i := range t {
			t[i] = float32(float64(counts[i]) / totals[owners[i]])
		}
	}
	out := make([][]link, foreign)
	for i, p := range t {
		f := owners[i]
		if f == 0 || p < keptProbability || count[f] < 2 && !once[f] {
			continue
		}
		out[f] = append(out[f], link{meanings[i], float64(p)})
	}
	for f := range out {
		slices.SortFunc(out[f], func(a, b link) int {
			return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.english, b.english))
		})
	}
	return out
}
