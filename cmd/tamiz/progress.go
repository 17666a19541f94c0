package main

import (
	"fmt"
	"sync"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"tamiz"
	"tamiz/ingest"
)

// progress shows a person what goes on: one live line per source on a
// terminal, plain lines elsewhere, nothing with --quiet.
type progress struct {
	a    *app
	mu   sync.Mutex
	mpb  *mpb.Progress
	bars map[string]*bar
}

type bar struct {
	*mpb.Bar
	counts tamiz.Counts
	stage  ingest.Stage
	last   string
	done   int
	total  int
}

const (
	// maxBars is how many sources get a live line of their own; a terminal has
	// no room for hundreds.
	maxBars = 12
	// plainEvery thins out the plain lines of long imports and groupings.
	plainEvery = 500
)

func (a *app) newProgress() *progress {
	p := &progress{a: a, bars: map[string]*bar{}}
	if a.terminal() && !a.Quiet {
		p.mpb = mpb.New(mpb.WithOutput(a.err), mpb.WithWidth(16))
	}
	return p
}

// close leaves the terminal tidy.
func (p *progress) close() {
	if p.mpb == nil {
		return
	}
	p.mu.Lock()
	for _, b := range p.bars {
		b.Abort(true)
	}
	p.mu.Unlock()
	p.mpb.Wait()
}

// event takes one event of the pipeline; called from many goroutines.
func (p *progress) event(e ingest.Event) {
	if p.a.Quiet {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mpb == nil {
		p.plain(e)
		return
	}
	b := p.bars[e.Source]
	if b == nil {
		if len(p.bars) >= maxBars {
			return
		}
		b = &bar{counts: tamiz.Counts{}}
		b.Bar = p.mpb.New(0, mpb.SpinnerStyle().PositionLeft(), mpb.BarWidth(2), mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			p.mu.Lock()
			defer p.mu.Unlock()
			return b.line(e.Source)
		})))
		p.bars[e.Source] = b
	}
	b.stage, b.done, b.total = e.Stage, e.Done, e.Total
	if e.Outcome != "" {
		b.counts[e.Outcome]++
		b.last = e.URL
	}
	b.SetTotal(int64(e.Total)+1, false)
	b.SetCurrent(int64(e.Done))
}

// line is what stands behind the spinner.
func (b *bar) line(source string) string {
	switch b.stage {
	case ingest.StageReclean:
		return fmt.Sprintf(" %s  cleaning again with what the site repeats: %d of %d", shorten(source, 30), b.done, b.total)
	case ingest.StageGroup:
		return fmt.Sprintf(" %s  grouping into works: %d of %d", shorten(source, 30), b.done, b.total)
	case ingest.StageEnd:
		return fmt.Sprintf(" %s  done: %s", shorten(source, 30), brief(b.counts))
	default:
		return fmt.Sprintf(" %s  %d of %d · %s  %s", shorten(source, 30), b.done, b.total, brief(b.counts), shorten(b.last, 60))
	}
}

// plain prints one line per URL, and now and then one for the later stages.
func (p *progress) plain(e ingest.Event) {
	switch e.Stage {
	case ingest.StageFetch:
		fmt.Fprintf(p.a.err, "%-15s %s%s\n", e.Outcome, clean(e.URL), why(e))
	case ingest.StageImport:
		if e.Outcome.Class() != "ok" && e.Outcome != tamiz.OutcomeMediaType {
			fmt.Fprintf(p.a.err, "%-15s %s%s\n", e.Outcome, clean(e.URL), why(e))
		} else if e.Done%plainEvery == 0 {
			fmt.Fprintf(p.a.err, "imported %d of %d\n", e.Done, e.Total)
		}
	case ingest.StageReclean:
		if e.Done == e.Total {
			fmt.Fprintf(p.a.err, "cleaned again %s with what their site repeats\n", count(e.Done, "page"))
		}
	case ingest.StageGroup:
		if e.Done == e.Total || e.Done%plainEvery == 0 {
			fmt.Fprintf(p.a.err, "grouped %d of %s\n", e.Done, count(e.Total, "article"))
		}
	}
}

func why(e ingest.Event) string {
	if e.Reason == "" || e.Outcome.Class() == "ok" {
		return ""
	}
	return "  (" + clean(e.Reason) + ")"
}

// brief sums counts up in a few words.
func brief(c tamiz.Counts) string {
	s := fmt.Sprintf("%d new", c[tamiz.OutcomeNew])
	for _, part := range []struct {
		n    int
		word string
	}{{c[tamiz.OutcomeUpdated], "updated"}, {c[tamiz.OutcomeUnchanged], "unchanged"}, {c.Class("skipped"), "skipped"}, {c.Class("failed"), "failed"}} {
		if part.n > 0 {
			s += fmt.Sprintf(", %d %s", part.n, part.word)
		}
	}
	return s
}

// printRuns prints the closing summary: the outcomes of each run, which add up
// to the URLs it saw.
func (a *app) printRuns(runs []tamiz.Run) {
	if len(runs) == 0 {
		return
	}
	t := a.table(a.err)
	t.AppendHeader(table.Row{"source", "outcome", "urls"})
	for i, r := range runs {
		if i > 0 {
			t.AppendSeparator()
		}
		for j, oc := range sortedCounts(r.Counts) {
			name := ""
			if j == 0 {
				name = shorten(clean(r.Source), 48)
			}
			t.AppendRow(table.Row{name, string(oc.outcome), oc.n})
		}
		t.AppendRow(table.Row{"", "all", r.Counts.Total()})
	}
	t.Render()
}
