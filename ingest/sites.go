package ingest

import (
	"context"
	"fmt"
	"sync"

	"tamiz/extract"
	"tamiz/store"
)

// sites keeps what repeats across the pages of each host in memory while a
// run goes on. Learning is stored when a run settles; what a killed process had
// not stored is learned again from the stored pages.
type sites struct {
	db *store.DB
	mu sync.Mutex
	m  map[string]*site
}

// site guards one host's learning: many pages are cleaned with it at once,
// one at a time teaches it.
type site struct {
	mu    sync.RWMutex
	s     *extract.Site
	dirty bool
}

// maxSites bounds the hosts held in memory (at most about 256 KiB each).
const maxSites = 512

func newSites(db *store.DB) *sites { return &sites{db: db, m: map[string]*site{}} }

// get loads a host's learning, or starts it.
func (s *sites) get(ctx context.Context, host string) (*site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.m[host]; ok {
		return st, nil
	}
	if len(s.m) >= maxSites {
		if err := s.flushLocked(ctx); err != nil {
			return nil, err
		}
		clear(s.m)
	}
	st := &site{s: extract.NewSite(host)}
	blob, err := s.db.Site(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("load what %s repeats: %w", host, err)
	}
	if len(blob) > 0 {
		learned := extract.NewSite(host)
		// What an older version wrote is learned again from the pages.
		if err := learned.UnmarshalBinary(blob); err == nil {
			st.s = learned
		}
	}
	s.m[host] = st
	return st, nil
}

// flush stores what has been learned since the last time.
func (s *sites) flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flushLocked(ctx)
}

func (s *sites) flushLocked(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		for host, st := range s.m {
			st.mu.Lock()
			if st.dirty {
				blob, err := st.s.MarshalBinary()
				if err == nil {
					err = tx.SaveSite(host, blob, st.s.Pages())
				}
				if err != nil {
					st.mu.Unlock()
					return fmt.Errorf("store what %s repeats: %w", host, err)
				}
				st.dirty = false
			}
			st.mu.Unlock()
		}
		return nil
	})
}

// pages is how many pages have taught the host's repetition.
func (st *site) pages() int {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.s.Pages()
}

// observe teaches the host's repetition one page.
func (st *site) observe(seen []extract.Fingerprint, url string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.s.Observe(seen, url)
	st.dirty = true
}
