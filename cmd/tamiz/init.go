package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tamiz"
)

type initCmd struct {
	Path  string `arg:"" optional:"" default:"config.yaml" help:"Where to write it."`
	Force bool   `help:"Overwrite a file that is there."`
}

func (initCmd) Help() string {
	return `Examples:

  tamiz init                writes config.yaml in this folder
  tamiz init my.yaml        then: tamiz --config my.yaml crawl

The file names real feeds and sites of the marketing-technology field, one of
each kind of source, and explains every option. Edit it, then "tamiz doctor"
checks it and "tamiz crawl" fetches its sources.`
}

func (c *initCmd) Run(a *app) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if c.Force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(c.Path, flags, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return withHint(fmt.Errorf("%s is there already", c.Path), "Name another file, or overwrite it with --force.")
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = f.Write(tamiz.DefaultConfig)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if !a.Quiet {
		fmt.Fprintf(a.err, "Wrote %s. Next: edit its sources, then \"tamiz doctor\" and \"tamiz crawl\".\n", c.Path)
	}
	return nil
}

type robotsCmd struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"Not in this release."`
}

func (robotsCmd) Run(*app) error {
	return errors.New("\"tamiz robots\" comes with a later release; the crawler itself obeys robots.txt already")
}

type mcpCmd struct {
	Args []string `arg:"" optional:"" passthrough:"" help:"Not in this release."`
}

func (mcpCmd) Run(*app) error {
	return errors.New("\"tamiz mcp\" comes with a later release; \"tamiz search --format json\" and the HTTP API of \"tamiz serve\" answer programs today")
}
