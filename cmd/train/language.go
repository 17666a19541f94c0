package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"tamiz/lang"
)

func runLanguage(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("train language", flag.ContinueOnError)
	parallel := flags.String("parallel", "", "texts to learn from: JSON lines with work, src, language, title, paragraphs; .gz or not")
	out := flags.String("out", "", "write the model here")
	evaluate := flags.Bool("evaluate", false, "cross-validate instead of writing a model")
	folds := flags.String("folds", "4", "with --evaluate: number of folds by work, or \"src\" to leave one collection out at a time")
	docs := flags.String("docs", "", "with --evaluate: articles to test on (JSON lines with id, title, language, text) instead of the parallel texts")
	gold := flags.String("gold", "", "with --docs: JSON lines with id, work, src, so that works are not tested on what was learned from them")
	worst := flags.Int("worst", 20, "with --evaluate: number of confusions to list")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *parallel == "" || *evaluate == (*out != "") || (*docs == "") != (*gold == "") || flags.NArg() > 0 {
		return errors.New("train language: --parallel FILE is needed, and either --out FILE or --evaluate; --docs and --gold go together")
	}
	texts, err := readTexts(*parallel)
	if err != nil {
		return err
	}
	if !*evaluate {
		model := learn(ctx, texts)
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := lang.Load(model); err != nil {
			return fmt.Errorf("check model: %w", err)
		}
		if err := os.WriteFile(*out, model, 0o644); err != nil {
			return fmt.Errorf("write model: %w", err)
		}
		log.Info("model written", "file", *out, "bytes", len(model), "texts", len(texts))
		return nil
	}

	tests := texts
	if *docs != "" {
		if tests, err = readDocs(*docs, *gold); err != nil {
			return err
		}
	}
	return crossValidate(ctx, texts, tests, *folds, *worst, os.Stdout)
}

// readTexts reads parallel texts, their tags as package lang writes them.
func readTexts(path string) ([]parallelText, error) {
	texts, err := readParallel(path)
	for i := range texts {
		texts[i].Language = tag(texts[i].Language)
	}
	return texts, err
}

// decodeLines decodes every line of a file of JSON lines.
func decodeLines[T any](path string, each func(T)) error {
	return readLines(path, func(line []byte) error {
		var v T
		err := json.Unmarshal(line, &v)
		if err == nil {
			each(v)
		}
		return err
	})
}

func readDocs(docs, gold string) ([]parallelText, error) {
	type label struct{ ID, Work, Src string }
	labels := make(map[string]label)
	if err := decodeLines(gold, func(l label) { labels[l.ID] = l }); err != nil {
		return nil, err
	}
	type doc struct{ ID, Title, Language, Text string }
	var texts []parallelText
	err := decodeLines(docs, func(d doc) {
		l := labels[d.ID]
		texts = append(texts, parallelText{l.Work, l.Src, tag(d.Language), d.Title, strings.Split(d.Text, "\n\n")})
	})
	return texts, err
}

// tag writes a language tag with the usual letter case.
func tag(s string) string {
	if t, err := language.Parse(s); err == nil {
		return t.String()
	}
	return s
}

// learn gives the model of the texts.
func learn(ctx context.Context, texts []parallelText) []byte {
	learner := lang.NewLearner()
	for _, t := range texts {
		if ctx.Err() != nil {
			return nil
		}
		learner.Add(t.Language, t.Title+"\n"+strings.Join(t.Paragraphs, "\n"))
	}
	return learner.Model()
}

// crossValidate learns from all folds but one and identifies the texts of that
// one, for each fold in turn.
func crossValidate(ctx context.Context, texts, tests []parallelText, folds string, worst int, stdout io.Writer) error {
	foldOf := func(t parallelText) string { return t.Source }
	if folds != "src" {
		var n uint32
		if _, err := fmt.Sscan(folds, &n); err != nil || n < 2 {
			return fmt.Errorf("number of folds %q is not above 1", folds)
		}
		foldOf = func(t parallelText) string {
			h := fnv.New32a()
			h.Write([]byte(t.Work))
			return fmt.Sprint(h.Sum32() % n)
		}
	}
	names := make(map[string]bool)
	for _, t := range tests {
		names[foldOf(t)] = true
	}
	english := make(map[string]string) // titles by work
	for _, t := range append(append([]parallelText(nil), texts...), tests...) {
		if t.Language == "en" {
			english[t.Work] = t.Title
		}
	}
	results := newScores()
	for _, fold := range sortedKeys(names) {
		var rest []parallelText
		for _, t := range texts {
			if foldOf(t) != fold {
				rest = append(rest, t)
			}
		}
		start := time.Now()
		data := learn(ctx, rest)
		if err := ctx.Err(); err != nil {
			return err
		}
		model, err := lang.Load(data)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "fold %s: learned from %d texts in %.1f s, %d bytes\n", fold, len(rest), time.Since(start).Seconds(), len(data))
		known := make(map[string]bool)
		for _, t := range rest {
			known[t.Language] = true
		}
		for _, t := range tests {
			if foldOf(t) == fold && known[t.Language] {
				measure(results, model, t, english[t.Work])
			}
		}
	}
	results.print(stdout, worst)
	return nil
}

// Lengths in characters at which texts are measured.
const (
	shortText  = 200
	shortTitle = 20
)

// measure identifies a text in the lengths that matter.
func measure(s *scores, m *lang.Model, t parallelText, englishTitle string) {
	full := strings.Join(t.Paragraphs, "\n\n")
	s.add(m, "full text", t.Language, full)
	s.add(m, "first 200 characters", t.Language, firstRunes(full, shortText))
	if utf8.RuneCountInString(t.Title) >= shortTitle {
		s.add(m, "title of 20 or more", t.Language, t.Title)
		if t.Language == "en" || t.Title != englishTitle {
			s.add(m, "same, not the English title", t.Language, t.Title)
		}
	}
	if t.Language != "en" {
		s.add(m, "200 among English words", t.Language, firstRunes(amongEnglish(full), 2*shortText))
	}
}

// marketing are words as they stand untranslated in texts of the trade.
var marketing = strings.Fields("marketing B2B HubSpot lead generation content management customer experience Salesforce automation cloud email campaign analytics brand sales team software data dashboard growth stack startup webinar ads")

// amongEnglish puts an English word behind every other word: a third of all.
func amongEnglish(s string) string {
	fields := strings.Fields(firstRunes(s, shortText))
	var b strings.Builder
	for i, f := range fields {
		b.WriteString(f + " ")
		if i%2 == 1 {
			b.WriteString(marketing[i/2%len(marketing)] + " ")
		}
	}
	return b.String()
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// scores counts what was right by kind of text.
type scores struct {
	kinds map[string]*kindScore
}

type kindScore struct {
	right, unsure, texts int
	byLanguage           map[string][2]int // right, texts
	confusions           map[string]int
	examples             map[string]string
	confidence           [11]([2]int) // right, texts by tenths of confidence
	took                 time.Duration
}

func newScores() *scores { return &scores{kinds: make(map[string]*kindScore)} }

func (s *scores) add(m *lang.Model, kind, want, text string) {
	k := s.kinds[kind]
	if k == nil {
		k = &kindScore{byLanguage: make(map[string][2]int), confusions: make(map[string]int), examples: make(map[string]string)}
		s.kinds[kind] = k
	}
	start := time.Now()
	result := m.Identify(text)
	k.took += time.Since(start)
	k.texts++
	by := k.byLanguage[want]
	by[1]++
	tenth := &k.confidence[int(result.Confidence*10)]
	tenth[1]++
	if result.Language == want {
		k.right++
		by[0]++
		tenth[0]++
	} else {
		if result.Language == "" {
			k.unsure++
		}
		pair := want + " taken for " + result.Language
		k.confusions[pair]++
		if k.examples[pair] == "" {
			k.examples[pair] = strings.ReplaceAll(firstRunes(text, 100), "\n", " ")
		}
	}
	k.byLanguage[want] = by
}

// print lists the figures: micro is by text, macro the mean over languages.
func (s *scores) print(w io.Writer, worst int) {
	for _, kind := range sortedKeys(s.kinds) {
		k := s.kinds[kind]
		macro := 0.0
		for _, by := range k.byLanguage {
			macro += float64(by[0]) / float64(by[1]) / float64(len(k.byLanguage))
		}
		fmt.Fprintf(w, "\n%-28s micro %.4f  macro %.4f  unsure %.4f  (%d texts, %d languages, %.0f texts/s)\n", kind,
			float64(k.right)/float64(k.texts), macro, float64(k.unsure)/float64(k.texts), k.texts, len(k.byLanguage), float64(k.texts)/k.took.Seconds())
		for i, tenth := range k.confidence {
			if tenth[1] > 0 {
				fmt.Fprintf(w, "  confidence %.1f: %5d texts, right %.3f\n", float64(i)/10, tenth[1], float64(tenth[0])/float64(tenth[1]))
			}
		}
		pairs := sortedKeys(k.confusions)
		sort.SliceStable(pairs, func(i, j int) bool { return k.confusions[pairs[i]] > k.confusions[pairs[j]] })
		for _, pair := range pairs[:min(worst, len(pairs))] {
			fmt.Fprintf(w, "  %3d %-24s %s\n", k.confusions[pair], pair, k.examples[pair])
		}
	}
}
