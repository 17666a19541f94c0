package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tamiz/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tamiz": main})
}

// TestScripts runs the commands as a user would; testdata/script holds one file
// per group of behaviours.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":     cmdStatus,
			"serve-demo": cmdServeDemo,
			"occupy":     cmdOccupy,
			"lines":      cmdLines,
			"binary":     cmdBinary,
		},
	})
}

// cmdStatus runs a program and wants an exit status: status 2 tamiz bogus.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program [args]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ee *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ee) {
		got = ee.ExitCode()
	} else if err != nil {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// cmdServeDemo serves the demo site on loopback: serve-demo VAR.
func cmdServeDemo(ts *testscript.TestScript, _ bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	srv := &http.Server{Handler: demo.New()}
	go srv.Serve(ln) //nolint:errcheck // ends with Close
	ts.Defer(func() { srv.Close() })
	ts.Setenv(args[0], "http://"+ln.Addr().String())
}

// cmdOccupy listens on a port for as long as the script runs: occupy VAR.
func cmdOccupy(ts *testscript.TestScript, _ bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv(args[0], ln.Addr().String())
}

// cmdLines counts the lines of a file or of stdout: lines FILE N.
func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: lines file n")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	got := strings.Count(ts.ReadFile(args[0]), "\n")
	if (got == want) == neg {
		ts.Fatalf("%s has %d lines, want %d", args[0], got, want)
	}
}

// cmdBinary writes a file of bytes that are no text: binary FILE.
func cmdBinary(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("\x7fELF\x00\x01\x02\xff\x00\x00\x10"), 0o644))
}

// TestRunReportsUsage checks the exit statuses without a subprocess.
func TestRunReportsUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		name string
		args []string
		want int
	}{
		{"help", []string{"--help"}, statusFine},
		{"help of a command", []string{"crawl", "--help"}, statusFine},
		{"no command", nil, statusUsage},
		{"unknown command", []string{"crwl"}, statusUsage},
		{"unknown flag", []string{"crawl", "--dept", "2"}, statusUsage},
		{"bad log level", []string{"version", "--log-level", "loud"}, statusUsage},
		{"bad date", []string{"search", "x", "--since", "yesterday"}, statusUsage},
		{"no database", []string{"search", "x"}, statusFailed},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := os.CreateTemp(t.TempDir(), "out")
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			if got := run(test.args, strings.NewReader(""), out, out); got != test.want {
				t.Errorf("tamiz %q: exit status %d, want %d", test.args, got, test.want)
			}
		})
	}
}
