package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tamiz"
	"tamiz/dedup"
	"tamiz/store"
)

// works keeps the candidate index in step with the stored signatures and puts
// new articles into works.
type works struct {
	db  *store.DB
	log *slog.Logger
	mu  sync.Mutex
	ix  *dedup.Index
}

const (
	// groupBatch is how many articles are compared and stored in one
	// transaction.
	groupBatch = 64
	// maxCandidates bounds the comparisons of one article.
	maxCandidates = 60
	// maxComponent bounds the editions that are clustered together; larger
	// components are made of templated pages, not of editions.
	maxComponent = 400
	// groupingLock is the name under which one process at a time groups: two
	// that did so at once would not see each other's newest articles.
	groupingLock = "(grouping)"
)

func newWorks(db *store.DB, log *slog.Logger) *works {
	return &works{db: db, log: log, ix: dedup.NewIndex()}
}

// groupNew puts every article that has no signature yet into a work.
func (p *Pipeline) groupNew(ctx context.Context, name string) error {
	lock, err := p.lockGrouping(ctx)
	if err != nil {
		return err
	}
	defer p.release(ctx, lock)
	p.works.mu.Lock()
	defer p.works.mu.Unlock()
	if err := p.works.catchUp(ctx); err != nil {
		return err
	}
	total, err := p.db.CountUngrouped(ctx)
	if err != nil {
		return err
	}
	for done := 0; ; {
		ids, err := p.db.Ungrouped(ctx, groupBatch)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		batch := make([]*tamiz.Article, 0, len(ids))
		for _, id := range ids {
			a, err := p.db.Article(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				continue // erased meanwhile
			}
			if err != nil {
				return err
			}
			batch = append(batch, a)
		}
		if err := p.works.place(ctx, batch); err != nil {
			return err
		}
		done += len(batch)
		p.progress(Event{Source: name, Stage: StageGroup, Done: done, Total: max(total, done)})
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// lockGrouping waits until no other process groups.
func (p *Pipeline) lockGrouping(ctx context.Context) (*store.SourceLock, error) {
	for {
		lock, err := p.db.LockSource(ctx, groupingLock, store.ThisProcess())
		if !errors.Is(err, store.ErrBusy) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// release gives a lock back, also when ctx has ended.
func (p *Pipeline) release(ctx context.Context, lock *store.SourceLock) {
	if err := lock.Release(context.WithoutCancel(ctx)); err != nil {
		p.log.Warn("release lock", "lock", lock.Source, "err", err)
	}
}

// catchUp takes in what another process has stored or erased since: the index
// is made anew when it holds another number of articles than the database.
func (w *works) catchUp(ctx context.Context) error {
	n, err := w.db.CountSignatures(ctx)
	if err != nil || n == w.ix.Len() {
		return err
	}
	w.ix = dedup.NewIndex()
	return w.db.EachSignature(ctx, func(_ string, blob []byte) error {
		var s dedup.Signature
		if len(blob) == 0 {
			return nil
		}
		if err := s.UnmarshalBinary(blob); err != nil {
			return fmt.Errorf("%w: run \"tamiz dedup\" once", err) // another version wrote it
		}
		w.ix.Add(&s)
		return nil
	})
}

// place compares a batch of articles with their candidates and groups the
// components they touch.
func (w *works) place(ctx context.Context, batch []*tamiz.Article) error {
	sigs := make([]*dedup.Signature, len(batch))
	fresh := map[string]*dedup.Signature{}
	ids := make([]string, len(batch))
	for i, a := range batch {
		sigs[i] = dedup.Prepare(a)
		ids[i] = a.ID
		fresh[a.ID] = sigs[i]
		w.ix.Remove(a.ID)
		w.ix.Add(sigs[i])
	}
	var matches []tamiz.Match
	compared := map[[2]string]bool{}
	compare := func(s *dedup.Signature, with []string) (hits []string, err error) {
		cands, err := w.load(ctx, with, fresh)
		if err != nil {
			return nil, err
		}
		for _, c := range cands {
			pair := [2]string{min(s.ID, c.ID), max(s.ID, c.ID)}
			if compared[pair] {
				continue
			}
			compared[pair] = true
			m := dedup.Compare(s, c)
			if dedup.Keep(m) {
				matches = append(matches, m)
			}
			if m.Similarity >= dedup.Threshold {
				hits = append(hits, c.ID)
			}
		}
		return hits, nil
	}
	for _, s := range sigs {
		hits, err := compare(s, w.ix.Candidates(s, maxCandidates))
		if err != nil {
			return err
		}
		// A work in forty languages has more editions than there are
		// candidates, and a pair that was not compared counts against it.
		mates, err := w.db.WorkMates(ctx, hits)
		if err != nil {
			return err
		}
		if _, err := compare(s, mates[:min(len(mates), maxComponent)]); err != nil {
			return err
		}
	}
	return w.db.Write(ctx, func(tx *store.Tx) error {
		for i, s := range sigs {
			blob, err := s.MarshalBinary()
			if err != nil {
				return fmt.Errorf("pack signature of %s: %w", batch[i].URL, err)
			}
			if err := tx.SaveSignature(s.ID, blob); err != nil {
				return err
			}
		}
		if err := tx.SaveMatches(matches); err != nil {
			return err
		}
		return regroup(tx, ids)
	})
}

// load gives the signatures of candidates, those of the batch at hand from
// memory.
func (w *works) load(ctx context.Context, ids []string, fresh map[string]*dedup.Signature) ([]*dedup.Signature, error) {
	var out []*dedup.Signature
	var ask []string
	for _, id := range ids {
		if s := fresh[id]; s != nil {
			out = append(out, s)
		} else {
			ask = append(ask, id)
		}
	}
	blobs, err := w.db.Signatures(ctx, ask)
	if err != nil {
		return nil, err
	}
	for _, id := range ask {
		blob, ok := blobs[id]
		if !ok {
			w.ix.Remove(id) // erased meanwhile
			continue
		}
		s := new(dedup.Signature)
		if err := s.UnmarshalBinary(blob); err != nil {
			continue
		}
		out = append(out, s)
	}
	return out, nil
}

// regroup clusters the components that hold the given articles and stores the
// outcome. Two groups are joined only if the mean over their pairs reaches the
// threshold, so at least one pair does: following those pairs alone finds all
// that can belong together, and grouping article by article gives what grouping
// everything at once would.
func regroup(tx *store.Tx, ids []string) error {
	done := map[string]bool{}
	for _, id := range ids {
		if done[id] {
			continue
		}
		c, err := tx.Component([]string{id}, dedup.Threshold, maxComponent)
		if err != nil {
			return err
		}
		if err := tx.SetWorks(cluster(c)); err != nil {
			return err
		}
		for _, m := range c.Members {
			done[m.ID] = true
		}
	}
	return nil
}

// cluster divides one component into works.
func cluster(c store.Component) []store.WorkAssignment {
	ms := make([]dedup.Member, len(c.Members))
	for i, m := range c.Members {
		ms[i] = dedup.Member{
			ID: m.ID, Work: m.Work, Language: m.Language, Published: m.Published, FirstSeen: m.FirstSeen, SourceRank: m.SourceRank,
			URL: m.URL, CanonicalURL: m.CanonicalURL, TranslationOf: m.TranslationOf, TextHash: m.TextHash,
		}
	}
	cs := make([]dedup.Constraint, len(c.Constraints))
	for i, k := range c.Constraints {
		cs[i] = dedup.Constraint{A: k.A, B: k.B, Same: k.Same}
	}
	var assign []store.WorkAssignment
	for _, g := range dedup.Group(ms, c.Edges, cs) {
		wa := store.WorkAssignment{Work: g.WorkID}
		for _, e := range g.Editions {
			wa.Members = append(wa.Members, store.WorkMember{Article: e.ID, Relation: e.Relation, Match: e.Match})
		}
		assign = append(assign, wa)
	}
	return assign
}

// Regroup forgets every score and groups all stored articles again. Work ids
// stay with the articles that hold most of the work.
func (p *Pipeline) Regroup(ctx context.Context) error {
	lock, err := p.lockGrouping(ctx)
	if err != nil {
		return err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error { return tx.UngroupAll() })
	p.release(ctx, lock)
	if err != nil {
		return err
	}
	p.works.mu.Lock()
	p.works.ix = dedup.NewIndex()
	p.works.mu.Unlock()
	return p.groupNew(ctx, "dedup")
}

// Join stores the user's word that two articles are one work.
func (p *Pipeline) Join(ctx context.Context, a, b string) error {
	return p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SaveConstraint(a, b, true); err != nil {
			return err
		}
		return regroup(tx, []string{a, b})
	})
}

// Split stores the user's word that an article belongs to none of the works it
// shares with others now. It reports whether it was alone already.
func (p *Pipeline) Split(ctx context.Context, id string) (alone bool, err error) {
	a, err := p.db.Article(ctx, id)
	if err != nil {
		return false, err
	}
	w, err := p.db.Work(ctx, a.Work)
	if err != nil {
		return false, err
	}
	ids := []string{a.ID}
	for _, e := range w.Editions {
		if e.Relation != tamiz.Revision && e.Article.ID != a.ID {
			ids = append(ids, e.Article.ID)
		}
	}
	if len(ids) == 1 {
		return true, nil
	}
	return false, p.db.Write(ctx, func(tx *store.Tx) error {
		for _, b := range ids[1:] {
			if err := tx.SaveConstraint(a.ID, b, false); err != nil {
				return err
			}
		}
		return regroup(tx, ids)
	})
}
