package main

import (
	"errors"
	"fmt"
	"strings"

	"tamiz"
	"tamiz/dedup"
	"tamiz/store"
)

type recleanCmd struct {
	Host string `arg:"" optional:"" help:"Only the pages of this host."`
}

func (recleanCmd) Help() string {
	return `Examples:

  tamiz reclean                      every stored page
  tamiz reclean www.example.org      one host's

Extracts again from the stored pages, without the network: after an upgrade,
after a change of the site rules, or to clean early pages with what their host
has taught since. Articles whose text changes keep their ids and are grouped
again.`
}

func (c *recleanCmd) Run(a *app) error {
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	bars := a.newProgress()
	p, err := a.pipeline(db, nil, bars.event)
	if err != nil {
		return err
	}
	n, err := p.Reclean(a.drain, strings.ToLower(c.Host))
	bars.close()
	if err != nil {
		return err
	}
	if n == 0 && c.Host != "" {
		return withHint(fmt.Errorf("no pages of host %s are stored", c.Host), "\"tamiz stats\" lists the sites.")
	}
	if !a.Quiet {
		fmt.Fprintf(a.err, "Cleaned %s again.\n", count(n, "page"))
	}
	return nil
}

type dedupCmd struct {
	All     dedupAllCmd     `cmd:"" name:"all" default:"1" help:"Group every stored article again (the default)."`
	Explain dedupExplainCmd `cmd:"" help:"Say why two articles are, or are not, one work."`
	Join    dedupJoinCmd    `cmd:"" help:"Your word that two articles are one work; holds for ever."`
	Split   dedupSplitCmd   `cmd:"" help:"Your word that an article is a work of its own; holds for ever."`
}

func (dedupCmd) Help() string {
	return `Examples:

  tamiz dedup                        group everything again
  tamiz dedup explain A B            the evidence, with figures and matching sentences
  tamiz dedup join A B               A and B are one work, whatever the evidence says
  tamiz dedup split A                A is no edition of its present work

A and B are article ids, work ids or URLs.`
}

type dedupAllCmd struct{}

func (c *dedupAllCmd) Run(a *app) error {
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	bars := a.newProgress()
	p, err := a.pipeline(db, nil, bars.event)
	if err != nil {
		return err
	}
	err = p.Regroup(a.drain)
	bars.close()
	if err != nil {
		return err
	}
	st, err := db.Stats(a.ctx)
	if err != nil {
		return err
	}
	if !a.Quiet {
		fmt.Fprintf(a.err, "%s in %s, %d of them in several languages.\n", count(st.Articles, "article"), count(st.Works, "work"), st.Multilingual)
	}
	return nil
}

// article finds one by id, work id or URL.
func (a *app) article(db *store.DB, ref string) (*tamiz.Article, error) {
	art, err := db.Article(a.ctx, ref)
	if errors.Is(err, store.ErrNotFound) {
		return nil, withHint(fmt.Errorf("%s: no such article, work or URL in %s", ref, db.Path()),
			"\"tamiz search\" shows ids; URLs are found by any of their aliases.")
	}
	return art, err
}

type dedupExplainCmd struct {
	A string `arg:"" help:"Article id, work id or URL."`
	B string `arg:"" help:"Another one."`
}

func (c *dedupExplainCmd) Run(a *app) error {
	db, err := a.open(true)
	if err != nil {
		return err
	}
	defer db.Close()
	x, err := a.article(db, c.A)
	if err != nil {
		return err
	}
	y, err := a.article(db, c.B)
	if err != nil {
		return err
	}
	if x.ID == y.ID {
		return usagef("dedup explain", "%s and %s are the same article, %s", c.A, c.B, x.ID)
	}
	for _, art := range []*tamiz.Article{x, y} {
		fmt.Fprintf(a.out, "%s  [%s]  %s\n    %s\n", art.ID, art.Language, clean(art.Title), clean(art.URL))
	}
	if x.Work == y.Work {
		fmt.Fprintf(a.out, "\nNow in one work, %s.\n", x.Work)
	} else {
		fmt.Fprintf(a.out, "\nNow in two works, %s and %s.\n", x.Work, y.Work)
	}
	if word, ok, err := userWord(a, db, x.ID, y.ID); err != nil {
		return err
	} else if ok {
		said := "apart (dedup split)"
		if word {
			said = "together (dedup join)"
		}
		fmt.Fprintf(a.out, "The user's word keeps them %s.\n", said)
	}
	e := dedup.Explain(x, y)
	verdict := "not one work"
	if e.OneWork {
		verdict = "one work"
	}
	fmt.Fprintf(a.out, "\nBy the evidence: %s (%s, similarity %.2f).\n  %s\n", verdict, e.Match.Kind, e.Match.Similarity, clean(e.Match.Reason))
	if len(e.Evidence) > 0 {
		fmt.Fprintln(a.out, "\nEvidence:")
		for _, line := range e.Evidence {
			fmt.Fprintf(a.out, "  %s\n", clean(line))
		}
	}
	if len(e.Pairs) > 0 {
		fmt.Fprintln(a.out, "\nSentences that match:")
		for _, p := range e.Pairs {
			fmt.Fprintf(a.out, "  %.2f  %s\n        %s\n", p.Score, shorten(clean(p.A), 140), shorten(clean(p.B), 140))
		}
	}
	return nil
}

// userWord finds what the user said of two articles.
func userWord(a *app, db *store.DB, x, y string) (same, ok bool, err error) {
	list, err := db.Constraints(a.ctx)
	for _, k := range list {
		if k.A == min(x, y) && k.B == max(x, y) {
			return k.Same, true, err
		}
	}
	return false, false, err
}

type dedupJoinCmd struct {
	A string `arg:"" help:"Article id, work id or URL."`
	B string `arg:"" help:"Another one."`
}

func (c *dedupJoinCmd) Run(a *app) error {
	return a.constrain(c.A, c.B, true)
}

type dedupSplitCmd struct {
	A string `arg:"" help:"Article id or URL to take out of its work."`
}

func (c *dedupSplitCmd) Run(a *app) error {
	return a.constrain(c.A, "", false)
}

// constrain stores the user's word and says what came of it.
func (a *app) constrain(refA, refB string, same bool) error {
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	x, err := a.article(db, refA)
	if err != nil {
		return err
	}
	p, err := a.pipeline(db, nil, nil)
	if err != nil {
		return err
	}
	if same {
		y, err := a.article(db, refB)
		if err != nil {
			return err
		}
		if x.ID == y.ID {
			return usagef("dedup join", "%s and %s are the same article, %s", refA, refB, x.ID)
		}
		if err := p.Join(a.ctx, x.ID, y.ID); err != nil {
			return err
		}
	} else {
		alone, err := p.Split(a.ctx, x.ID)
		if err != nil {
			return err
		}
		if alone {
			return fmt.Errorf("%s is the only edition of its work already", x.ID)
		}
	}
	after, err := db.Article(a.ctx, x.ID)
	if err != nil {
		return err
	}
	w, err := db.Work(a.ctx, after.Work)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is now one of %s of work %s.\n", x.ID, count(len(w.Editions), "edition"), w.ID)
	return nil
}

type forgetCmd struct {
	Target string `arg:"" name:"url-or-host" help:"A URL (or article id), or a host name."`
	Yes    bool   `short:"y" help:"Do not ask."`
}

func (forgetCmd) Help() string {
	return `Examples:

  tamiz forget https://example.org/private-post
  tamiz forget www.example.org --yes            everything of a host

Erases text, index and stored page from the database file and leaves a tombstone:
the URL or host is not taken in again. This cannot be undone.`
}

func (c *forgetCmd) Run(a *app) error {
	db, err := a.open(false)
	if err != nil {
		return err
	}
	defer db.Close()
	if !c.Yes && !a.confirm(fmt.Sprintf("Erase %s for good?", c.Target)) {
		return usagef("forget", "nothing was erased; say --yes to go on without being asked")
	}
	var rep store.ForgetReport
	err = db.Write(a.ctx, func(tx *store.Tx) error {
		var err error
		rep, err = tx.Forget(c.Target)
		return err
	})
	if err != nil {
		return err
	}
	if !a.Quiet {
		fmt.Fprintf(a.err, "Erased %s; %s is kept out from now on.\n", count(rep.Articles, "article"), c.Target)
	}
	return nil
}
