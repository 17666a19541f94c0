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
	"log/slog"
	"os"
	"os/signal"
	"sort"
)

// command learns one kind of data. It parses its own arguments.
type command struct {
	summary string
	run     func(ctx context.Context, log *slog.Logger, args []string) error
}

var commands = map[string]command{
	"language": {"learn the language model of package lang, or cross-validate it", runLanguage},
	"lexicon":  {"learn the words by which package dedup compares languages", runLexicon},
	"blocks":   {"learn which blocks of a page package extract keeps, and cross-validate it", runBlocks},
	"pairs":    {"learn which pairs of articles are one work, or cross-validate it", runPairs},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(status)
}

// run gives the exit status: 0 fine, 1 failed, 2 no such subcommand.
func run(ctx context.Context, args []string, stderr io.Writer) int {
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
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if err := cmd.run(ctx, log, args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "train: %v\n", err)
		return 1
	}
	return 0
}

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
