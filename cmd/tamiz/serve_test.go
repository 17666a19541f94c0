package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tamiz/demo"
)

// TestServe runs the daemon on a scheduled feed of the demo site: it must crawl
// it, answer, keep a second daemon off and stop in order.
func TestServe(t *testing.T) {
	site := httptest.NewServer(demo.New())
	defer site.Close()
	dir := t.TempDir()
	addr := freeAddress(t)
	config := filepath.Join(dir, "config.yaml")
	err := os.WriteFile(config, fmt.Appendf(nil, `
database: t.db
crawl: {delay: 0s, allow_private: true}
serve: {listen: "%s"}
sources:
  - {name: feed, kind: feed, url: "%s/feed.xml", schedule: "@every 1h"}
`, addr, site.URL), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command("tamiz", "--config", config, "serve")
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	// The first run of a source that never ran comes at once.
	ready := false
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline) && !ready; time.Sleep(100 * time.Millisecond) {
		ready = strings.Contains(body("http://"+addr+"/api/v1/runs"), `"state":"done"`)
	}
	if !ready {
		t.Fatalf("the feed was not run within a minute:\n%s", log.String())
	}
	if got := body("http://" + addr + "/healthz"); got != "ok\n" {
		t.Errorf("/healthz says %q", got)
	}
	if got := body("http://" + addr + "/?q=budget"); !strings.Contains(got, "<mark>") {
		t.Errorf("the page finds nothing:\n%s", got)
	}

	second, err := exec.Command("tamiz", "--config", config, "serve", "--listen", freeAddress(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(second), "another tamiz serve") {
		t.Errorf("a second daemon: %v, %s", err, second)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the daemon ended with %v:\n%s", err, log.String())
		}
	case <-time.After(30 * time.Second):
		t.Error("the daemon did not stop within 30 seconds")
	}
}

// TestServePortInUse wants a clear error.
func TestServePortInUse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	out, err := exec.Command("tamiz", "serve", "--db", filepath.Join(t.TempDir(), "t.db"), "--listen", ln.Addr().String()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), ln.Addr().String()+" is in use") {
		t.Errorf("a port in use: %v, %s", err, out)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// body fetches a URL; an error gives the empty string.
func body(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	return string(b)
}
