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
	seq int64 // the last stored signature the index has seen
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
	// minSimilarity is the least similarity that is stored as evidence.
	minSimilarity = 0.05
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
	defer lock.Unlock()
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
		batch, err := p.db.Ungrouped(ctx, groupBatch)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
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
		lock, err := p.db.LockSource(ctx, groupingLock)
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

// catchUp takes in the signatures stored since the last time, by this process
// or another.
func (w *works) catchUp(ctx context.Context) error {
	return w.db.EachSignature(ctx, w.seq, func(seq int64, id string, blob []byte) error {
		w.seq = seq
		var s dedup.Signature
		if err := s.UnmarshalBinary(blob); err != nil {
			// Written by another version: prepared again from the article.
			return w.db.Write(ctx, func(tx *store.Tx) error { return tx.DropSignature(id) })
		}
		w.ix.Remove(id)
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
	for _, s := range sigs {
		cands, err := w.load(ctx, w.ix.Candidates(s, maxCandidates), fresh)
		if err != nil {
			return err
		}
		for _, c := range cands {
			pair := [2]string{min(s.ID, c.ID), max(s.ID, c.ID)}
			if compared[pair] {
				continue
			}
			compared[pair] = true
			if m := w.ix.Compare(s, c); m.Similarity >= minSimilarity {
				matches = append(matches, m)
			}
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
// outcome.
func regroup(tx *store.Tx, ids []string) error {
	members, edges, user, err := tx.Component(ids, maxComponent)
	if err != nil {
		return err
	}
	ms := make([]dedup.Member, len(members))
	for i, m := range members {
		ms[i] = dedup.Member(m)
	}
	cs := make([]dedup.Constraint, len(user))
	for i, c := range user {
		cs[i] = dedup.Constraint(c)
	}
	var assign []store.WorkAssignment
	for _, g := range dedup.Group(ms, edges, cs) {
		wa := store.WorkAssignment{Work: g.WorkID}
		for _, m := range g.Members {
			wa.Members = append(wa.Members, store.WorkMember{Article: m.ID, Relation: m.Relation, Match: m.Match})
		}
		assign = append(assign, wa)
	}
	return tx.SetWorks(assign)
}

// Regroup forgets every score and groups all stored articles again. Work ids
// stay with the articles that hold most of the work.
func (p *Pipeline) Regroup(ctx context.Context) error {
	lock, err := p.lockGrouping(ctx)
	if err != nil {
		return err
	}
	err = p.db.Write(ctx, func(tx *store.Tx) error { return tx.DropAllSignatures() })
	lock.Unlock()
	if err != nil {
		return err
	}
	p.works.mu.Lock()
	p.works.ix, p.works.seq = dedup.NewIndex(), 0
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
func (p *Pipeline) Split(ctx context.Context, a string) (alone bool, err error) {
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		mates, err := tx.WorkMates(a)
		if err != nil {
			return err
		}
		if alone = len(mates) == 0; alone {
			return nil
		}
		for _, b := range mates {
			if err := tx.SaveConstraint(a, b, false); err != nil {
				return err
			}
		}
		return regroup(tx, append(mates, a))
	})
	return alone, err
}
