// Command tamiz turns newsletters, feeds and the article pages behind them into
// one clean, deduplicated, multilingual article database.
//
// One file holds one group of commands; config.go holds the configuration with
// its defaults. Data goes to stdout, progress and logs to stderr. The exit
// status is 0 when all went well, 1 when the command failed, 2 for wrong usage
// or configuration, and 3 when it finished but some of its sources, pages or
// files failed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker; `go install` builds say "devel".
var version = "devel"

// Exit statuses, as documented in the package comment.
const (
	statusFine    = 0
	statusFailed  = 1
	statusUsage   = 2
	statusPartial = 3
)

type cli struct {
	Globals

	Demo    demoCmd    `cmd:"" help:"Crawl the built-in multilingual demo site and show what comes out."`
	Init    initCmd    `cmd:"" help:"Write a commented config.yaml to start from."`
	Crawl   crawlCmd   `cmd:"" help:"Fetch the configured sources, or any URL, once."`
	Serve   serveCmd   `cmd:"" help:"Run every source on its schedule, with the web page and HTTP API."`
	Import  importCmd  `cmd:"" help:"Take in saved pages, texts, JSON Lines and folders."`
	Extract extractCmd `cmd:"" help:"Print the clean article of a file or URL; needs no database."`
	Search  searchCmd  `cmd:"" help:"Full-text search, one row per work."`
	Show    showCmd    `cmd:"" help:"Show one article, its editions and why they belong together."`
	Export  exportCmd  `cmd:"" help:"Write the clean database as jsonl, csv or Markdown files."`
	Sources sourcesCmd `cmd:"" help:"Health of each source."`
	Runs    runsCmd    `cmd:"" help:"Past runs and what became of their URLs."`
	Stats   statsCmd   `cmd:"" help:"Totals by language, site, source and month."`
	Reclean recleanCmd `cmd:"" help:"Extract again from the stored pages."`
	Dedup   dedupCmd   `cmd:"" help:"Group again from the stored articles; explain, join or split works."`
	Forget  forgetCmd  `cmd:"" help:"Erase a URL or host from everything, for good."`
	Robots  robotsCmd  `cmd:"" help:"Say whether a robots.txt allows a URL (not in this release)."`
	MCP     mcpCmd     `cmd:"" name:"mcp" help:"Tools for language-model agents (not in this release)."`
	Doctor  doctorCmd  `cmd:"" help:"Check configuration, database, disk and sources."`
	Version versionCmd `cmd:"" help:"Print version and build."`
}

// Globals are the flags every command knows.
type Globals struct {
	Config   string `placeholder:"PATH" help:"Configuration file (default: config.yaml if it is there, else built-in defaults)." type:"path"`
	DB       string `name:"db" placeholder:"PATH" help:"Database file, over the configuration's \"database\"."`
	LogLevel string `placeholder:"LEVEL" help:"Log debug, info, warn or error (default: warn; serve: info)."`
	Quiet    bool   `short:"q" help:"No progress and no summary on stderr."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// exitRequest carries kong's wish to end (after --help) out of Parse.
type exitRequest int

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	a := &app{in: stdin, out: stdout, err: stderr}
	helpStatus := statusFine
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exitRequest:
			status = max(int(r), helpStatus)
		default:
			// A programming error is reported as one; the database is safe,
			// every write is a transaction.
			fmt.Fprintf(stderr, "tamiz: internal error: %v\nPlease report this with the command you typed. Nothing that was stored is lost.\n", r)
			if os.Getenv("TAMIZ_TRACE") != "" {
				stderr.Write(debug.Stack()) //nolint:errcheck // nothing left to do about it
			}
			status = statusFailed
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("tamiz"),
		kong.Description("Newsletters, feeds and the article pages behind them become one clean, deduplicated, multilingual article database.\n\nNew here? Try \"tamiz demo\", then \"tamiz init\" and \"tamiz crawl\"."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exitRequest(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Bind(a),
	)
	if err != nil {
		fmt.Fprintln(stderr, "tamiz:", err)
		return statusFailed
	}
	if len(args) == 0 {
		args, helpStatus = []string{"--help"}, statusUsage // nothing was asked for
	}
	kctx, err := parser.Parse(keepMinus(args))
	if err != nil {
		return a.report(usageError{err: err, command: commandOf(args, parser)})
	}
	a.Globals = c.Globals
	if err := a.setLogger(kctx.Command()); err != nil {
		return a.report(err)
	}
	stop := a.watchSignals()
	defer stop()
	return a.report(kctx.Run(a))
}

// minus stands for the hyphen of a word to leave out while flags are parsed.
const minus = "\x00"

// keepMinus lets "tamiz search consent -budget" mean what it says: words with
// one hyphen in front are no flags of the search, which has only -q and -h.
func keepMinus(args []string) []string {
	at := slices.Index(args, "search")
	if at < 0 {
		return args
	}
	out := slices.Clone(args)
	for i := at + 1; i < len(out); i++ {
		if a := out[i]; len(a) > 2 && a[0] == '-' && a[1] != '-' {
			out[i] = minus + a[1:]
		}
	}
	return out
}

// commandOf names the command that was meant, for the hint to its help.
func commandOf(args []string, parser *kong.Kong) string {
	for _, arg := range args {
		for _, n := range parser.Model.Children {
			if n.Name == arg {
				return arg
			}
		}
	}
	return ""
}

// usageError is wrong usage: exit status 2.
type usageError struct {
	err     error
	command string
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// usagef makes a usageError of a command.
func usagef(command, format string, args ...any) error {
	return usageError{err: fmt.Errorf(format, args...), command: command}
}

// partialError says that the command finished but some inputs failed: exit
// status 3. What failed was printed when it did.
type partialError struct{ msg string }

func (e partialError) Error() string { return e.msg }

// hintError adds what to do next.
type hintError struct {
	err  error
	hint string
}

func (e hintError) Error() string { return e.err.Error() }
func (e hintError) Unwrap() error { return e.err }

func withHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return hintError{err, hint}
}

// report prints an error for people and gives its exit status.
func (a *app) report(err error) int {
	if err == nil {
		return statusFine
	}
	var (
		usage   usageError
		cfg     *ConfigError
		partial partialError
		hint    hintError
	)
	switch {
	case errors.As(err, &cfg):
		fmt.Fprintln(a.err, cfg.Error())
		return statusUsage
	case errors.As(err, &usage):
		fmt.Fprintln(a.err, "tamiz:", clean(err.Error()))
		fmt.Fprintf(a.err, "Run %q for its flags and examples.\n", strings.Join(strings.Fields("tamiz "+usage.command+" --help"), " "))
		return statusUsage
	case errors.As(err, &partial):
		if !a.Quiet {
			fmt.Fprintln(a.err, "tamiz:", clean(partial.msg))
		}
		return statusPartial
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.err, "tamiz: stopped; everything finished so far is stored, the same command goes on from there")
		return statusFailed
	case errors.Is(err, syscall.EPIPE):
		return statusFine // the reader of our output had enough
	default:
		fmt.Fprintln(a.err, "tamiz:", clean(err.Error()))
		if errors.As(err, &hint) {
			fmt.Fprintln(a.err, hint.hint)
		}
		return statusFailed
	}
}

// watchSignals makes the two contexts: the first Ctrl-C ends a.drain (finish
// what is in flight), the second a.ctx (stop now).
func (a *app) watchSignals() (stop func()) {
	var cancelAll, cancelDrain context.CancelFunc
	a.ctx, cancelAll = context.WithCancel(context.Background())
	a.drain, cancelDrain = context.WithCancel(a.ctx)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-ch:
			}
			if n == 0 {
				if !a.Quiet {
					fmt.Fprintln(a.err, "\ntamiz: finishing what is in flight (once more to stop now)")
				}
				cancelDrain()
			} else {
				cancelAll()
			}
		}
	}()
	return func() {
		signal.Stop(ch)
		close(done)
		cancelDrain()
		cancelAll()
	}
}
