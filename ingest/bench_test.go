//go:build unix

package ingest_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tamiz/internal/mirrorsite"
)

// BenchmarkCrawl crawls a small site from the first request to the works, and
// gives the processor time of a page, the server's included.
func BenchmarkCrawl(b *testing.B) {
	m := mirrorsite.New()
	bases := m.Start(b)
	dir := b.TempDir()
	pages := 0
	before := cpu()
	for i := 0; b.Loop(); i++ {
		db := mustOpen(b, filepath.Join(dir, fmt.Sprintf("%d.db", i)))
		run := crawl(b, mustPipeline(b, db), bases)
		pages += run.Counts.Class("ok")
	}
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(pages), "cpu-µs/page")
}

// cpu is the processor time the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
