package tamiz

import "time"

// Run is one execution for one source.
type Run struct {
	ID         int64
	Source     string
	Trigger    string // "crawl", "schedule", "import", "demo"
	StartedAt  time.Time
	FinishedAt time.Time // zero while running
	State      string    // "running", "done", "stopped", "failed"
	Message    string
	Counts     Counts
}

// Counts are the URLs (or files) of a run by outcome.
type Counts map[Outcome]int

// Total is the number of URLs seen.
func (c Counts) Total() int {
	n := 0
	for _, v := range c {
		n += v
	}
	return n
}

// Class sums the outcomes of one class: "ok", "skipped" or "failed".
func (c Counts) Class(class string) int {
	n := 0
	for o, v := range c {
		if o.Class() == class {
			n += v
		}
	}
	return n
}
