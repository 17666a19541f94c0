package source

import (
	"fmt"
	"regexp"
	"time"

	"tamiz"
	"tamiz/weburl"
)

// Selection says which links are wanted. The zero Selection wants all that
// are not traps.
type Selection struct {
	// Include and Exclude are regular expressions (RE2) on the canonical URL,
	// matched anywhere in it. A page must match one of Include, if there are
	// any, and nothing of Exclude. Feeds and sitemaps are exempt from Include,
	// because they only lead to pages.
	Include []string
	Exclude []string
	// Site is a canonical URL whose site the links must not leave; empty: they
	// may lead anywhere.
	Site string
	// Since leaves out articles that were published, or last changed, before.
	// Links without a date stay: their page will tell.
	Since time.Time
	// Traps are asked about links, if set.
	Traps *TrapGuard
}

// Skipped is a link that is not wanted, and why.
type Skipped struct {
	Link    tamiz.Link
	Outcome tamiz.Outcome // OutcomeFiltered or OutcomeTrap
	Reason  string        // one line for people
}

// Selector decides about links. Make one with [NewSelector]. It may be used by
// several goroutines.
type Selector struct {
	s                Selection
	include, exclude []*regexp.Regexp
}

// NewSelector compiles the patterns of a selection.
func NewSelector(s Selection) (*Selector, error) {
	sel := &Selector{s: s}
	for _, list := range []struct {
		patterns []string
		to       *[]*regexp.Regexp
	}{{s.Include, &sel.include}, {s.Exclude, &sel.exclude}} {
		for _, p := range list.patterns {
			re, err := regexp.Compile(p)
			if err != nil {
				return nil, fmt.Errorf("compile pattern %q: %w", p, err)
			}
			*list.to = append(*list.to, re)
		}
	}
	return sel, nil
}

// Select parts the links that are wanted from those that are not. Their order
// stays; a URL that comes again is dropped.
func (s *Selector) Select(links []tamiz.Link) (kept []tamiz.Link, skipped []Skipped) {
	seen := make(map[string]bool, len(links))
	for _, l := range links {
		if seen[l.URL] {
			continue
		}
		seen[l.URL] = true
		if outcome, reason := s.Judge(l); outcome != "" {
			skipped = append(skipped, Skipped{Link: l, Outcome: outcome, Reason: reason})
		} else {
			kept = append(kept, l)
		}
	}
	return kept, skipped
}

// Judge says why a link is not wanted; an empty outcome says that it is.
func (s *Selector) Judge(l tamiz.Link) (tamiz.Outcome, string) {
	if !l.Follow {
		return tamiz.OutcomeFiltered, "marked nofollow"
	}
	if s.s.Site != "" && !weburl.SameSite(s.s.Site, l.URL) {
		return tamiz.OutcomeFiltered, "on another site"
	}
	for _, re := range s.exclude {
		if re.MatchString(l.URL) {
			return tamiz.OutcomeFiltered, fmt.Sprintf("matches exclude pattern %q", re)
		}
	}
	leads := l.Kind == tamiz.LinkFeed || l.Kind == tamiz.LinkSitemap
	if !leads && len(s.include) > 0 && !matchesAny(s.include, l.URL) {
		return tamiz.OutcomeFiltered, "matches no include pattern"
	}
	if at := when(l); !leads && !at.IsZero() && at.Before(s.s.Since) {
		return tamiz.OutcomeFiltered, fmt.Sprintf("dated %s, before %s",
			at.Format(time.DateOnly), s.s.Since.Format(time.DateOnly))
	}
	if reason := weburl.Suspicious(l.URL); reason != "" {
		return tamiz.OutcomeTrap, reason
	}
	if s.s.Traps != nil {
		if reason := s.s.Traps.Check(l); reason != "" {
			return tamiz.OutcomeTrap, reason
		}
	}
	return "", ""
}

func matchesAny(patterns []*regexp.Regexp, u string) bool {
	for _, re := range patterns {
		if re.MatchString(u) {
			return true
		}
	}
	return false
}
