// Train learns the data that is embedded in the program from parallel texts,
// and measures what was learned:
//
//	go run ./cmd/train language --parallel texts.jsonl.gz --out lang/model.bin
//
// It is run by hand when the texts or the learning change; its results are
// committed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
)

// command learns one kind of data. It parses its own arguments.
type command struct {
	summary string
	run     func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

var commands = map[string]command{
	"language": {"learn the language model of package lang, or cross-validate it", runLanguage},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run gives the exit status: 0 fine, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	cmd, known := commands[args[0]]
	if !known {
		fmt.Fprintf(stderr, "train: unknown subcommand %q\n", args[0])
		usage(stderr)
		return 2
	}
	switch err := cmd.run(ctx, args[1:], stdout, stderr); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case err != nil:
		fmt.Fprintf(stderr, "train %s: %v\n", args[0], err)
		return 1
	}
	return 0
}

// errUsage says that the arguments were wrong and the user has been told.
var errUsage = errors.New("wrong usage")

func usage(w io.Writer) {
	fmt.Fprint(w, "usage: train SUBCOMMAND [flags]\n\n")
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(w, "  %-10s %s\n", name, commands[name].summary)
	}
	fmt.Fprint(w, "\n\"train SUBCOMMAND --help\" lists the flags.\n")
}
