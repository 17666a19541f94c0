package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	"tamiz"
	"tamiz/extract"
	"tamiz/weburl"
)

// pageSet is a collection of pages with gold texts: DIR/NAME/gold.jsonl and
// DIR/NAME/html/ID.html.gz.
type pageSet struct {
	name   string
	weight float32 // of its pages in the training
}

// The collections that are used when they are there. Hand-made gold of news
// pages counts double: it is exact about heads and tails.
var pageSets = []pageSet{
	{"scrapinghub", 2.2}, {"wcxb-article", 1}, {"wcxb-other", 0.7}, {"wcxb-extra", 0.7}, {"daniel", 0.7},
}

// goldPage is one page with its gold text.
type goldPage struct {
	set    int
	id     string
	url    string
	kind   string
	gold   string
	fold   int
	page   *tamiz.Page
	study  *extract.Study
	labels []int8
	rows   []int32 // of its blocks, -1 for those nothing is learned from
}

func runBlocks(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("train blocks", flag.ContinueOnError)
	dir := flags.String("eval", "", "folder of the collections")
	folds := flags.Int("folds", 5, "parts of the cross-validation, by site")
	out := flags.String("out", "", "learn from everything and write the model here")
	weights := flags.String("cross", "", "write the cross-validated models here, to be scored again with --reuse")
	reuse := flags.String("reuse", "", "score models written by --cross instead of learning")
	first := flags.Int("first", 80, "trees of the first stage")
	second := flags.Int("second", 80, "trees of the second stage")
	byHand := flags.Bool("by-hand", false, "score the weights set by hand too")
	worst := flags.Int("worst", 0, "list so many of the worst pages of each collection")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("train blocks: --eval is needed")
	}
	t := &blockTrainer{log: log, folds: *folds, first: *first, second: *second}
	if err := t.load(ctx, *dir); err != nil {
		return err
	}
	models := make([]*extract.Model, *folds)
	switch {
	case *reuse != "":
		for k := range models {
			b, err := os.ReadFile(fmt.Sprintf("%s.%d", *reuse, k))
			if err != nil {
				return fmt.Errorf("read model: %w", err)
			}
			if models[k], err = extract.UnpackModel(b); err != nil {
				return err
			}
		}
	default:
		full, err := t.learn(ctx, models, *out != "")
		if err != nil {
			return err
		}
		if *out != "" {
			if err := os.WriteFile(*out, full.Pack(), 0o644); err != nil {
				return fmt.Errorf("write block model: %w", err)
			}
		}
		for k, m := range models {
			if *weights == "" {
				break
			}
			if err := os.WriteFile(fmt.Sprintf("%s.%d", *weights, k), m.Pack(), 0o644); err != nil {
				return fmt.Errorf("write block model: %w", err)
			}
		}
	}
	if *byHand {
		fmt.Println("weights set by hand:")
		none := &extract.Model{}
		if err := t.report(os.Stdout, func(int) *extract.Model { return none }, 0); err != nil {
			return err
		}
	}
	fmt.Printf("learned, %d-fold cross-validation by site:\n", *folds)
	return t.report(os.Stdout, func(k int) *extract.Model { return models[k] }, *worst)
}

type blockTrainer struct {
	log           *slog.Logger
	folds         int
	first, second int
	pages         []*goldPage
}

func (t *blockTrainer) load(ctx context.Context, dir string) error {
	for k, set := range pageSets {
		f, err := os.Open(filepath.Join(dir, set.name, "gold.jsonl"))
		if errors.Is(err, os.ErrNotExist) {
			t.log.Warn("collection is not there", "name", set.name)
			continue
		}
		if err != nil {
			return fmt.Errorf("read gold: %w", err)
		}
		dec := json.NewDecoder(f)
		for {
			var g struct {
				ID, URL, Type string
				Text          *string
			}
			err := dec.Decode(&g)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("read gold %s: %w", set.name, err)
			}
			if g.Text == nil {
				continue
			}
			p := &goldPage{set: k, id: g.ID, url: g.URL, kind: g.Type, gold: *g.Text}
			h := fnv.New32a()
			site := g.ID
			if u, err := weburl.Canonical(g.URL); err == nil {
				site = weburl.Site(weburl.Host(u))
			}
			_, _ = h.Write([]byte(site)) // never fails
			p.fold = int(h.Sum32()>>3) % t.folds
			t.pages = append(t.pages, p)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("read gold: %w", err)
		}
	}
	return t.each(ctx, func(p *goldPage) error {
		f, err := os.Open(filepath.Join(dir, pageSets[p.set].name, "html", p.id+".html.gz"))
		if err != nil {
			return fmt.Errorf("read page: %w", err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("read page: %w", err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(z); err != nil {
			return fmt.Errorf("read page: %w", err)
		}
		p.page = &tamiz.Page{URL: p.url, FinalURL: p.url, MediaType: "text/html", Body: b.Bytes()}
		return nil
	})
}

// each does something with every page, on all processors.
func (t *blockTrainer) each(ctx context.Context, do func(p *goldPage) error) error {
	var wg sync.WaitGroup
	errs := make([]error, len(t.pages))
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range work {
				errs[i] = do(t.pages[i])
			}
		})
	}
	for i := range t.pages {
		if ctx.Err() != nil {
			break
		}
		work <- i
	}
	close(work)
	wg.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// Weights of blocks: a page counts for as much as its text, long ones a little
// more than short ones, and a block for its words and a constant.
const (
	blockConstant = 3
	pageLeast     = 60
)

// learn trains the cross-validated models and, if asked, one of everything.
// The second stage learns from what first stages that did not see the page
// thought of it.
func (t *blockTrainer) learn(ctx context.Context, models []*extract.Model, all bool) (*extract.Model, error) {
	x := extract.Options{}
	e, err := extract.New(x)
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, func(p *goldPage) error {
		s, err := e.Study(p.page)
		if err != nil || s == nil {
			return err
		}
		p.study = s
		blocks := s.Blocks()
		tokens := make([][]string, len(blocks))
		visible := make([]bool, len(blocks))
		p.rows = make([]int32, len(blocks))
		for i := range blocks {
			var learnable bool
			learnable, visible[i] = s.Learnable(i)
			p.rows[i] = -1
			if learnable {
				p.rows[i] = 0
				tokens[i] = tokensOf(blocks[i].Text)
			}
		}
		p.labels = align(tokens, visible, tokensOf(p.gold))
		s.Guess(nil)
		return nil
	})
	if err != nil {
		return nil, err
	}
	data := &blockRows{}
	var foldOf []int
	for _, p := range t.pages {
		if p.study == nil {
			continue
		}
		n := max(float32(len(tokensOf(p.gold))), pageLeast) + pageLeast
		for i := range p.rows {
			if p.rows[i] < 0 {
				continue
			}
			p.rows[i] = int32(len(data.labels))
			y, w := float32(0), pageSets[p.set].weight*(float32(len(tokensOf(p.study.Blocks()[i].Text)))+blockConstant)/n
			switch {
			case p.labels[i] > 0:
				y = 1
			case p.labels[i] < 0:
				w = 0
			}
			data.labels, data.weights, foldOf = append(data.labels, y), append(data.weights, w), append(foldOf, p.fold)
		}
	}
	t.log.Info("blocks", "pages", len(t.pages), "blocks", len(data.labels))
	use := func(skip int) []int32 {
		var out []int32
		for i := range data.labels {
			if foldOf[i] != skip && data.weights[i] > 0 {
				out = append(out, int32(i))
			}
		}
		return out
	}
	for k := range models {
		models[k] = &extract.Model{}
	}
	full := &extract.Model{}
	for stage := range 2 {
		if err := t.measure(ctx, data); err != nil {
			return nil, err
		}
		o := blockBoosting{trees: t.first, rate: .12, rows: .5, columns: .3, seed: 1}
		if stage == 1 {
			o = blockBoosting{trees: t.second, rate: .08, rows: .5, columns: .3, seed: 2}
		}
		if o.trees == 0 {
			break
		}
		p := make([]float32, len(data.labels))
		for k, m := range models {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			f := boostBlocks(data, use(k), o)
			if stage == 0 {
				m.First = f
			} else {
				m.Second = f
			}
			var losses []string
			for _, part := range []int{4, 2, 1} {
				half := extract.Forest{Bias: f.Bias, Trees: f.Trees[:len(f.Trees)/part]}
				for i := range p {
					if foldOf[i] == k {
						p[i] = scoreBinned(data, &half, i)
					}
				}
				losses = append(losses, fmt.Sprintf("%.4f", lossOf(data, p, foldOf, k)))
			}
			t.log.Info("learned", "stage", stage+1, "without fold", k, "loss after a quarter, half and all trees", strings.Join(losses, " "))
		}
		if all {
			f := boostBlocks(data, use(-1), o)
			if stage == 0 {
				full.First = f
			} else {
				full.Second = f
			}
		}
		for _, page := range t.pages {
			if page.study == nil {
				continue
			}
			guess := make([]float32, len(page.rows))
			for i, r := range page.rows {
				if r >= 0 {
					guess[i] = p[r]
				}
			}
			page.study.Guess(guess)
		}
	}
	for _, p := range t.pages {
		p.study = nil
	}
	return full, nil
}

// measure writes the rows of all blocks and cuts them into bins.
func (t *blockTrainer) measure(ctx context.Context, data *blockRows) error {
	rows := make([]float32, len(data.labels)*extract.Signals)
	row := func(i int) []float32 { return rows[i*extract.Signals : (i+1)*extract.Signals] }
	err := t.each(ctx, func(p *goldPage) error {
		for i, r := range p.rows {
			if r >= 0 {
				p.study.Row(i, row(int(r)))
			}
		}
		return nil
	})
	data.cuts, data.columns = cutBlocks(len(data.labels), row)
	return err
}

// scoreBinned is the probability a forest gives a block.
func scoreBinned(r *blockRows, f *extract.Forest, i int) float32 {
	z := f.Bias
	for n := range f.Trees {
		t := &f.Trees[n]
		k := 0
		for range blockDepth {
			right := false
			if th := t.Thresholds[k]; th < math.MaxFloat32 {
				cuts := r.cuts[t.Signals[k]]
				b, _ := slices.BinarySearch(cuts, th)
				right = int(r.columns[t.Signals[k]][i]) > b
			}
			k = 2*k + 1
			if right {
				k++
			}
		}
		z += t.Leaves[k-(1<<blockDepth-1)]
	}
	return 1 / (1 + float32(math.Exp(-float64(z))))
}

func lossOf(r *blockRows, p []float32, foldOf []int, k int) float64 {
	var sum, n float64
	for i, y := range r.labels {
		if foldOf[i] != k {
			continue
		}
		q := min(max(float64(p[i]), 1e-6), 1-1e-6)
		if y == 0 {
			q = 1 - q
		}
		sum -= float64(r.weights[i]) * math.Log(q)
		n += float64(r.weights[i])
	}
	return sum / n
}

// pageScore is what one page scored.
type pageScore struct {
	page             *goldPage
	p4, r4           float64 // 4-grams
	hasP, hasR, same bool
	word             float64
}

// report runs the whole extraction over all collections, each page with the
// model that did not see its site, and prints how near the texts come.
func (t *blockTrainer) report(w io.Writer, model func(fold int) *extract.Model, worst int) error {
	extractors := make([]*extract.Extractor, t.folds)
	for k := range extractors {
		e, err := extract.New(extract.Options{AnyKind: true, Model: model(k)})
		if err != nil {
			return err
		}
		extractors[k] = e
	}
	scores := make(map[*goldPage]*pageScore, len(t.pages))
	for _, p := range t.pages {
		scores[p] = &pageScore{page: p}
	}
	err := t.each(context.Background(), func(p *goldPage) error {
		res, err := extractors[p.fold].Extract(p.page, nil)
		text := ""
		if err == nil && res.Article != nil {
			text = res.Article.Text
		}
		scores[p].compare(p.gold, text)
		return nil
	})
	if err != nil {
		return err
	}
	for k, set := range pageSets {
		var list []*pageScore
		kinds := map[string][]float64{}
		for _, p := range t.pages {
			if p.set == k {
				list = append(list, scores[p])
				kinds[p.kind] = append(kinds[p.kind], scores[p].word)
			}
		}
		if len(list) == 0 {
			continue
		}
		var sp, sr, np, nr, exact, word float64
		for _, s := range list {
			if s.hasP {
				sp += s.p4
				np++
			}
			if s.hasR {
				sr += s.r4
				nr++
			}
			if s.same {
				exact++
			}
			word += s.word
		}
		p, r := sp/max(np, 1), sr/max(nr, 1)
		n := float64(len(list))
		if _, err := fmt.Fprintf(w, "  %-13s 4-gram F1 %.4f  P %.4f  R %.4f  exact %.3f   word F1 %.4f", set.name, harmonic(p, r), p, r, exact/n, word/n); err != nil {
			return err
		}
		if len(kinds) > 1 {
			names := make([]string, 0, len(kinds))
			for k := range kinds {
				names = append(names, k)
			}
			slices.Sort(names)
			for _, k := range names {
				sum := 0.0
				for _, v := range kinds[k] {
					sum += v
				}
				fmt.Fprintf(w, "  %s %.2f", k, sum/float64(len(kinds[k])))
			}
		}
		fmt.Fprintln(w)
		slices.SortStableFunc(list, func(a, b *pageScore) int {
			switch {
			case a.word < b.word:
				return -1
			case a.word > b.word:
				return 1
			}
			return 0
		})
		for _, s := range list[:min(worst, len(list))] {
			fmt.Fprintf(w, "    %.3f  4-gram P %.3f R %.3f  %s %s\n", s.word, s.p4, s.r4, s.page.id, s.page.url)
		}
	}
	return nil
}

func harmonic(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// compare scores a text: bags of word 4-grams with case, and of lower-cased
// words.
func (s *pageScore) compare(gold, text string) {
	split := func(t string) []string {
		return strings.FieldsFunc(t, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	}
	g, t := split(gold), split(text)
	both, ng, nt := overlap(grams(g, 4), grams(t, 4))
	s.hasP, s.hasR, s.same = nt > 0, ng > 0, slices.Equal(g, t)
	if s.hasP {
		s.p4 = float64(both) / float64(nt)
	}
	if s.hasR {
		s.r4 = float64(both) / float64(ng)
	}
	both, ng, nt = overlap(grams(split(strings.ToLower(gold)), 1), grams(split(strings.ToLower(text)), 1))
	switch {
	case ng == 0 && nt == 0:
		s.word = 1
	case ng > 0 && nt > 0:
		s.word = harmonic(float64(both)/float64(nt), float64(both)/float64(ng))
	}
}

func grams(t []string, n int) map[string]int {
	out := make(map[string]int, len(t))
	if len(t) > 0 && len(t) < n {
		out[strings.Join(t, "\x00")]++
	}
	for i := 0; i+n <= len(t); i++ {
		out[strings.Join(t[i:i+n], "\x00")]++
	}
	return out
}

func overlap(a, b map[string]int) (both, na, nb int) {
	for _, v := range a {
		na += v
	}
	for k, v := range b {
		nb += v
		both += min(v, a[k])
	}
	return both, na, nb
}
