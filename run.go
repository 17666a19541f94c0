package tamiz

import "time"

// Run is one execution for one source.
type Run struct {
	ID         int64     `json:"id"`
	Source     string    `json:"source"`
	Trigger    string    `json:"trigger"` // "crawl", "schedule", "import", "demo"
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"` // zero while running
	State      string    `json:"state"`                // "running", "done", "stopped", "failed"
	Message    string    `json:"message"`
	Counts     Counts    `json:"counts"`
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
