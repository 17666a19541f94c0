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
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"tamiz"
	"tamiz/dedup"
)

// document is an article of a pool with the work it belongs to.
type document struct {
	article *tamiz.Article
	work    string
	source  string
	exact   string // equal for equal texts
}

func runPairs(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("train pairs", flag.ContinueOnError)
	parallel := flags.String("parallel", "", "parallel texts, JSON lines, .gz allowed")
	docs := flags.String("docs", "", "articles, JSON lines with id, url, title, text, language (optional)")
	gold := flags.String("gold", "", "works of the articles, JSON lines with id, work, src, xid (optional)")
	cldr := flags.String("cldr", "", "folder with Unicode CLDR's common data (optional)")
	glossary := flags.String("glossary", "", "tab-separated glossary, English first (optional)")
	out := flags.String("out", "dedup/pairs.json", "file to write")
	evaluate := flags.Bool("evaluate", false, "cross-validate by work instead of writing a model")
	bySource := flags.Bool("by-source", false, "with --evaluate: leave whole collections out")
	predictions := flags.String("predictions", "", "with --evaluate: write the works found, JSON lines")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *parallel == "" {
		return errors.New("train pairs: --parallel is needed")
	}
	texts, err := readParallel(*parallel)
	if err != nil {
		return err
	}
	phrases, err := readPhrases(*cldr, *glossary)
	if err != nil {
		return err
	}
	var pool []document
	if *docs != "" {
		if pool, err = readDocuments(*docs, *gold); err != nil {
			return err
		}
	}
	t := &pairTrainer{ctx: ctx, log: log, texts: texts, phrases: phrases, pool: pool, lexicons: map[string]*dedup.Lexicon{}}
	if *evaluate {
		return t.evaluate(os.Stdout, *bySource, *predictions)
	}
	rows, err := t.rows(everything, "")
	if err != nil {
		return err
	}
	model := rows.train()
	b, err := json.Marshal(model)
	if err != nil {
		return fmt.Errorf("write pair model: %w", err)
	}
	b = []byte(strings.ReplaceAll(string(b), `{"f":`, "\n"+`{"f":`) + "\n")
	if err := os.WriteFile(*out, b, 0o644); err != nil {
		return fmt.Errorf("write pair model: %w", err)
	}
	return nil
}

func readDocuments(docs, gold string) ([]document, error) {
	type truth struct {
		ID   string `json:"id"`
		Work string `json:"work"`
		Src  string `json:"src"`
		XID  string `json:"xid"`
	}
	truths := map[string]truth{}
	err := readLines(gold, func(line []byte) error {
		var t truth
		err := json.Unmarshal(line, &t)
		truths[t.ID] = t
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []document
	err = readLines(docs, func(line []byte) error {
		var a struct{ ID, URL, Title, Language, Text string }
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		t, ok := truths[a.ID]
		if !ok {
			return fmt.Errorf("no work is known for %s", a.ID)
		}
		out = append(out, document{&tamiz.Article{ID: a.ID, URL: a.URL, Title: a.Title, Language: a.Language, Text: a.Text}, t.Work, t.Src, t.XID})
		return nil
	})
	return out, err
}

// folds is the number of parts that works are divided into: what is learned
// from one is tried on the other.
const folds = 2

func fold(work string) int {
	h := fnv.New32a()
	_, _ = io.WriteString(h, work)
	return int(h.Sum32()>>7) % folds
}

type pairTrainer struct {
	ctx     context.Context
	log     *slog.Logger
	texts   []parallelText
	phrases []phrase
	pool    []document

	lexicons map[string]*dedup.Lexicon
}

// keep chooses works, by work and collection.
type keep func(work, source string) bool

func everything(string, string) bool { return true }

// lexicon learns from the works that k keeps, once for each name.
func (t *pairTrainer) lexicon(name string, k keep) (*dedup.Lexicon, error) {
	if lx := t.lexicons[name]; lx != nil {
		return lx, nil
	}
	var texts []parallelText
	for _, p := range t.texts {
		if k(p.Work, p.Source) {
			texts = append(texts, p)
		}
	}
	quiet := slog.New(slog.DiscardHandler)
	b, err := learnLexicon(t.ctx, quiet, texts, t.phrases)
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	go func() {
		_, err := b.WriteTo(w)
		w.CloseWithError(err)
	}()
	lx, err := dedup.ReadLexicon(r)
	if err == nil {
		t.lexicons[name] = lx
		t.log.Info("learned lexicon", "name", name, "words", lx.Words())
	}
	return lx, err
}

// rows are measured pairs, by the forest that they train.
type rows struct {
	translation, near []example
}

func (r *rows) train() *dedup.Model {
	return &dedup.Model{Signals: dedup.FeatureNames[:], Translation: boost(r.translation), Near: boost(r.near)}
}

// rows measures pairs of the works that k keeps, each with a lexicon that was
// learned without its work. Collection without is left out of everything.
//
// A model learned on whole articles of three collections takes their habits
// for laws. So three kinds of pools are measured: the articles as they are;
// windows cut out of the parallel texts, whose neighbours (parts of one lesson,
// one guide) are the hardest negatives there are, with reprints and filled
// templates made from them; and the same with most anchors gone and half of the
// lexicon forgotten, which is what a text of another field looks like.
func (t *pairTrainer) rows(k keep, without string) (*rows, error) {
	out := &rows{}
	for f := range folds {
		inside := func(work, source string) bool { return k(work, source) && source != without && fold(work) == f }
		lx, err := t.lexicon(fmt.Sprint("without fold ", f, " ", without), func(work, source string) bool { return source != without && fold(work) != f })
		if err != nil {
			return nil, err
		}
		var own []document
		for _, d := range t.pool {
			if inside(d.work, d.source) {
				own = append(own, d)
			}
		}
		rng := rand.New(rand.NewPCG(uint64(f), 7))
		cut := windows(t.texts, inside, rng)
		for _, p := range []struct {
			name    string
			docs    []document
			anchors float64
			thin    float64
		}{
			{"articles", own, 0, 0},
			{"windows", cut, 0, 0},
			{"windows of another field", cut, .8, .45},
			{"articles of another field", own, .5, .35},
		} {
			if len(p.docs) == 0 {
				continue
			}
			lx := lx
			if p.thin > 0 {
				lx = lx.Thin(p.thin, uint64(f))
			}
			tr, ne := len(out.translation), len(out.near)
			if err := t.measure(dedup.NewMatcher(lx, nil), p.docs, p.anchors, rng, out); err != nil {
				return nil, err
			}
			t.log.Info("measured", "pool", p.name, "fold", f, "documents", len(p.docs), "translation", len(out.translation)-tr, "near", len(out.near)-ne)
		}
	}
	return out, nil
}

// Sampling of pairs. Most candidates are easy negatives: of those one in
// easyKept is measured and counts for all.
const (
	candidates = 60
	easyKept   = 3
)

func (t *pairTrainer) measure(m *dedup.Matcher, docs []document, anchors float64, rng *rand.Rand, out *rows) error {
	ix := dedup.NewIndex()
	sigs := make(map[string]*dedup.Signature, len(docs))
	works := map[string]string{}
	for _, d := range docs {
		s := m.Prepare(d.article)
		if anchors > 0 {
			s = s.WithoutAnchors(anchors, rng.Uint64())
		}
		sigs[d.article.ID] = s
		works[d.article.ID] = d.work
		ix.Add(s)
	}
	done := map[[2]string]bool{}
	for _, d := range docs {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		a := sigs[d.article.ID]
		for _, id := range ix.Candidates(a, candidates) {
			k := [2]string{min(id, a.ID), max(id, a.ID)}
			if done[k] {
				continue
			}
			done[k] = true
			b := sigs[id]
			if a.TextHash() == b.TextHash() {
				continue
			}
			same := works[id] == d.work
			weight := float32(1)
			one := a.Language == b.Language
			values := m.Features(a, b)
			if !same && !one && values[0] < .25 {
				if rng.IntN(easyKept) > 0 {
					continue
				}
				weight = easyKept
			}
			e := example{make([]float32, len(values)), same, weight}
			for i, v := range values {
				e.signals[i] = float32(v)
			}
			if one {
				out.near = append(out.near, e)
			} else {
				out.translation = append(out.translation, e)
			}
		}
	}
	return nil
}

// Shape of the windows.
const (
	windowsPerText = 3
	languagesEach  = 7
	minWindow      = 150.0
	maxWindow      = 7000.0
)

// windows cuts the parallel texts into stretches of random length, the same
// stretch in several languages each. Stretches of one text do not overlap: they
// are neighbours, and different works.
func windows(texts []parallelText, k keep, rng *rand.Rand) []document {
	byWork, byLanguage := map[string][]*parallelText{}, map[string][]*parallelText{}
	var order []string
	for i := range texts {
		t := &texts[i]
		if !k(t.Work, t.Source) {
			continue
		}
		if byWork[t.Work] == nil {
			order = append(order, t.Work)
		}
		byWork[t.Work] = append(byWork[t.Work], t)
		byLanguage[t.Language] = append(byLanguage[t.Language], t)
	}
	var out []document
	for _, work := range order {
		var english *parallelText
		for _, t := range byWork[work] {
			if t.Language == "en" {
				english = t
			}
		}
		if english == nil {
			continue
		}
		var editions []*parallelText
		for _, t := range byWork[work] {
			if len(t.Paragraphs) == len(english.Paragraphs) {
				editions = append(editions, t)
			}
		}
		if len(editions) < 2 {
			continue
		}
		at := 0
		for n := 0; n < windowsPerText && at < len(english.Paragraphs); n++ {
			want := minWindow * math.Exp(rng.Float64()*math.Log(maxWindow/minWindow))
			end, width := at, 0.0
			for end < len(english.Paragraphs) && width < want {
				width += dedup.Width(english.Paragraphs[end])
				end++
			}
			if width < minWindow {
				break
			}
			id := fmt.Sprintf("%s/%d", work, n)
			titled := rng.IntN(3)
			// Every fourth stretch also appears as another issue: one page of the
			// same template, in the same languages.
			issue, seed := rng.IntN(4) == 0, rng.Uint64()
			if issue {
				_, changed := filled(strings.Join(english.Paragraphs[at:end], "\n\n"), seed)
				issue = changed >= minFilled
			}
			rng.Shuffle(len(editions), func(i, j int) { editions[i], editions[j] = editions[j], editions[i] })
			for _, t := range editions[:min(len(editions), languagesEach)] {
				d := document{&tamiz.Article{ID: id + t.Language, Language: t.Language, Text: strings.Join(t.Paragraphs[at:end], "\n\n")}, id, t.Source, ""}
				switch titled {
				case 0:
					d.article.Title = t.Title
				case 1:
					d.article.Title = headline(t.Paragraphs[at])
				}
				out = append(out, d)
				if issue {
					a := *d.article
					a.ID += "#issue"
					a.Text, _ = filled(a.Text, seed)
					a.Title, _ = filled(a.Title, seed)
					out = append(out, document{&a, id + "#issue", t.Source, ""})
				}
				if rng.IntN(4) == 0 {
					strange := byLanguage[t.Language]
					out = append(out, reprint(d, strange[rng.IntN(len(strange))], rng))
				}
			}
			at = end
		}
	}
	return out
}

// reprint makes an edited copy: the lead or the tail cut, paragraphs dropped,
// words changed here and there, a note of the editor put in front (a paragraph
// of a strange text), another title.
func reprint(d document, strange *parallelText, rng *rand.Rand) document {
	a := *d.article
	a.ID += "#reprint"
	paras := strings.Split(a.Text, "\n\n")
	often := func(p float64) bool { return rng.Float64() < p }
	if len(paras) > 2 && often(.35) {
		paras = paras[1:]
	}
	if len(paras) > 3 && often(.3) {
		paras = paras[:len(paras)-1-rng.IntN(len(paras)/3+1)]
	}
	if len(paras) > 3 && often(.5) {
		i := rng.IntN(len(paras))
		paras = slices.Delete(slices.Clone(paras), i, i+1)
	}
	if often(.5) {
		share := rng.Float64() * .1
		for i, p := range paras {
			words := strings.Fields(p)
			var kept []string
			for k, w := range words {
				if !hasDigit(w) && often(share) {
					if often(.5) {
						continue
					}
					if k > 0 {
						kept = append(kept, words[rng.IntN(k)])
					}
				}
				kept = append(kept, w)
			}
			paras[i] = strings.Join(kept, " ")
		}
	}
	switch rng.IntN(5) {
	case 0:
		a.Title = ""
	case 1:
		words := strings.Fields(a.Title)
		a.Title = strings.Join(words[:len(words)/2], " ")
	case 2:
		a.Title = headline(paras[rng.IntN(len(paras))])
	case 3:
		a.Title = strange.Title
	}
	if len(strange.Paragraphs) > 0 && often(.35) {
		if note := strange.Paragraphs[rng.IntN(len(strange.Paragraphs))]; len(note) < len(a.Text)/4 {
			paras = append([]string{note}, paras...)
		}
	}
	a.Text = strings.Join(paras, "\n\n")
	return document{&a, d.work, d.source, ""}
}

// headline is the beginning of a text, as another editor might title it.
func headline(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 90)])
}

// minFilled is how many numbers and names must change for a page to be another.
const minFilled = 4

// filled makes another page of the same template: the text is the same save
// that its numbers and about half of its names are others. The same seed
// changes a number or name alike in every language.
func filled(text string, seed uint64) (out string, changed int) {
	seen := map[string]bool{}
	words := strings.Split(text, " ")
	for i, w := range words {
		h := fnv.New64a()
		core := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		digits := strings.Map(keepDigit, w)
		if digits != "" {
			core = digits
		}
		_, _ = io.WriteString(h, core)
		rng := rand.New(rand.NewPCG(h.Sum64(), seed))
		switch {
		case digits != "":
			words[i] = strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return '0' + (r-'0'+1+rune(rng.IntN(8)))%10
				}
				return r
			}, w)
		case i > 0 && strings.IndexFunc(core, unicode.IsUpper) == 0 && rng.IntN(2) == 0:
			words[i] = strings.Replace(w, core, invented(rng), 1)
		default:
			continue
		}
		if !seen[core] {
			seen[core] = true
			changed++
		}
	}
	return strings.Join(words, " "), changed
}

func keepDigit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// invented is a name that no text holds.
func invented(rng *rand.Rand) string {
	var b strings.Builder
	for i := range 2 + rng.IntN(2) {
		c, v := "bdfgklmnprstvz"[rng.IntN(14)], "aeiou"[rng.IntN(5)]
		if i == 0 {
			c -= 'a' - 'A'
		}
		b.WriteByte(c)
		b.WriteByte(v)
	}
	return b.String()
}

// counts holds pair counts of one kind.
type counts struct{ gold, found, hit int }

func (c counts) String() string {
	p, r, f := c.figures()
	return fmt.Sprintf("%.3f/%.3f/%.3f", p, r, f)
}

func (c counts) figures() (p, r, f float64) {
	p, r = 1, 1
	if c.found > 0 {
		p = float64(c.hit) / float64(c.found)
	}
	if c.gold > 0 {
		r = float64(c.hit) / float64(c.gold)
	}
	if p+r > 0 {
		f = 2 * p * r / (p + r)
	}
	return p, r, f
}

// evaluate learns from one part of the works and finds the works of the other,
// for each part, and prints precision, recall and F1 over pairs of documents.
func (t *pairTrainer) evaluate(w io.Writer, bySource bool, predictions string) error {
	type part struct {
		name    string
		test    keep
		train   keep
		without string
		lexicon string
	}
	var parts []part
	if bySource {
		sources := map[string]bool{}
		for _, p := range t.texts {
			sources[p.Source] = true
		}
		for _, s := range sortedKeys(sources) {
			parts = append(parts, part{"without " + s, func(_, source string) bool { return source == s }, func(_, source string) bool { return source != s }, s, "without " + s})
		}
	} else {
		for f := range folds {
			in := func(work, _ string) bool { return fold(work) == f }
			parts = append(parts, part{fmt.Sprintf("fold %d", f), in, func(work, source string) bool { return !in(work, source) }, "", fmt.Sprint("without fold ", f, " ")})
		}
	}
	out := io.Discard
	if predictions != "" {
		f, err := os.Create(predictions)
		if err != nil {
			return fmt.Errorf("write predictions: %w", err)
		}
		defer f.Close()
		out = f
	}
	totals := map[string]map[float64]map[string]counts{}
	for _, p := range parts {
		rows, err := t.rows(p.train, p.without)
		if err != nil {
			return err
		}
		lx, err := t.lexicon(p.lexicon, p.train)
		if err != nil {
			return err
		}
		m := dedup.NewMatcher(lx, rows.train())
		var own []document
		for _, d := range t.pool {
			if p.test(d.work, d.source) {
				own = append(own, d)
			}
		}
		cut := windows(t.texts, p.test, rand.New(rand.NewPCG(99, 7)))
		thin := dedup.NewMatcher(lx.Thin(.45, 5), rows.train())
		for _, x := range []struct {
			name string
			m    *dedup.Matcher
			docs []document
			out  io.Writer
		}{{"articles", m, own, out}, {"windows", m, cut, io.Discard}, {"windows, half the lexicon", thin, cut, io.Discard}} {
			fmt.Fprintf(w, "%s, %s: %d documents\n", p.name, x.name, len(x.docs))
			scores, err := t.score(x.m, x.docs, w, x.out)
			if err != nil {
				return err
			}
			if totals[x.name] == nil {
				totals[x.name] = map[float64]map[string]counts{}
			}
			for th, kinds := range scores {
				if totals[x.name][th] == nil {
					totals[x.name][th] = map[string]counts{}
				}
				for kind, c := range kinds {
					s := totals[x.name][th][kind]
					totals[x.name][th][kind] = counts{s.gold + c.gold, s.found + c.found, s.hit + c.hit}
				}
			}
		}
	}
	for _, name := range sortedKeys(totals) {
		fmt.Fprintf(w, "all, %s (precision/recall/F1)\n", name)
		printScores(w, totals[name])
	}
	return nil
}

func printScores(w io.Writer, scores map[float64]map[string]counts) {
	var ths []float64
	for th := range scores {
		ths = append(ths, th)
	}
	slices.Sort(ths)
	for _, th := range ths {
		fmt.Fprintf(w, "  threshold %.2f", th)
		for _, kind := range sortedKeys(scores[th]) {
			fmt.Fprintf(w, "  %s %s", kind, scores[th][kind])
		}
		fmt.Fprintln(w)
	}
}

var thresholds = []float64{.1, .2, .3, .4, .5, .6, .7, .8, .9}

// score finds the works of a pool at several thresholds and counts pairs.
func (t *pairTrainer) score(m *dedup.Matcher, docs []document, w, out io.Writer) (map[float64]map[string]counts, error) {
	ix := dedup.NewIndex()
	sigs := map[string]*dedup.Signature{}
	var members []dedup.Member
	start := time.Now()
	for _, d := range docs {
		s := m.Prepare(d.article)
		sigs[s.ID] = s
		members = append(members, dedup.Member{ID: s.ID, Language: s.Language, TextHash: s.TextHash()})
	}
	prepared := time.Since(start)
	size := 0
	for _, s := range sigs {
		b, err := s.MarshalBinary()
		if err != nil {
			return nil, err
		}
		size += len(b)
	}
	var edges []dedup.Edge
	var queried, compared time.Duration
	n := 0
	for _, d := range docs {
		if err := t.ctx.Err(); err != nil {
			return nil, err
		}
		s := sigs[d.article.ID]
		start = time.Now()
		found := ix.Candidates(s, candidates)
		queried += time.Since(start)
		start = time.Now()
		for _, id := range found {
			if e := m.Compare(s, sigs[id]); dedup.Keep(e) {
				edges = append(edges, e)
			}
			n++
		}
		compared += time.Since(start)
		ix.Add(s)
	}
	fmt.Fprintf(w, "  prepare %.2f ms, candidates %.2f ms, compare %.3f ms, %d compared, signature %d bytes\n",
		ms(prepared)/float64(len(docs)), ms(queried)/float64(len(docs)), ms(compared)/float64(max(n, 1)), n, size/max(len(docs), 1))
	scores := map[float64]map[string]counts{}
	for _, th := range thresholds {
		works := map[string]string{}
		for _, g := range dedup.GroupAbove(th, members, edges, nil) {
			for _, e := range g.Editions {
				works[e.ID] = g.WorkID
			}
		}
		scores[th] = countPairs(docs, works)
		if th == dedup.Threshold {
			for _, d := range docs {
				fmt.Fprintf(out, "{\"id\":%q,\"work\":%q}\n", d.article.ID, works[d.article.ID])
			}
		}
	}
	printScores(w, scores)
	return scores, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func countPairs(docs []document, works map[string]string) map[string]counts {
	out := map[string]counts{}
	for i, a := range docs {
		for _, b := range docs[i+1:] {
			gold, found := a.work == b.work, works[a.article.ID] == works[b.article.ID]
			if !gold && !found {
				continue
			}
			kind := "translation"
			switch {
			case a.article.Language != b.article.Language:
			case a.exact != "" && a.exact == b.exact:
				kind = "exact"
			default:
				kind = "near"
			}
			c := out[kind]
			if gold {
				c.gold++
			}
			if found {
				c.found++
			}
			if gold && found {
				c.hit++
			}
			out[kind] = c
		}
	}
	return out
}
