package main

import (
	"errors"
	"fmt"

	"tamiz"
	"tamiz/store"
)

type importCmd struct {
	Paths []string `arg:"" name:"path" help:"Files or folders: saved pages (.html[.gz]), texts (.txt, .md) and records (.jsonl[.gz])."`
}

func (importCmd) Help() string {
	return `Examples:

  tamiz import saved-pages/                     a folder, walked
  tamiz import issue-41.html notes.md
  tamiz import articles.jsonl.gz                records as "tamiz export" writes them

Pages and texts are cleaned; the files of one folder (or of one host, where a
page names its URL) teach each other what repeats. The text of a .jsonl record
is taken as clean. Files that cannot be read are named, the rest goes on and the
exit status is 3. Importing the same files again changes nothing.`
}

func (c *importCmd) Run(a *app) error {
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := a.importFiles(db, tamiz.Source{Kind: tamiz.KindFiles, URLs: c.Paths})
	if run == nil {
		return err
	}
	return a.summary(db, []tamiz.Run{*run}, err)
}

// importFiles takes in files with progress on stderr.
func (a *app) importFiles(db *store.DB, src tamiz.Source) (*tamiz.Run, error) {
	bars := a.newProgress()
	defer bars.close()
	p, err := a.pipeline(db, nil, bars.event)
	if err != nil {
		return nil, err
	}
	run, err := p.Import(a.drain, src)
	if errors.Is(err, store.ErrBusy) {
		err = fmt.Errorf("%w: the same files are being imported", err)
	}
	return run, err
}
