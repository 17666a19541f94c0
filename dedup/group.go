package dedup

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"time"

	"tamiz"
)

// Edge is a scored pair, as [Compare] gives it.
type Edge = tamiz.Match

// Constraint is the user's word on a pair: one work, or not. It always wins
// over scores. Of constraints that contradict one another, also by way of
// others, the later ones win.
type Constraint struct {
	A, B string
	Same bool
}

// Member is an article to be grouped.
type Member struct {
	ID            string
	Work          string // present work, "" for a new article
	Language      string
	Published     tamiz.Date
	FirstSeen     time.Time
	SourceRank    int // lower is preferred as canonical edition
	URL           string
	CanonicalURL  string
	TranslationOf string // declared URL of the original
	TextHash      uint64 // Signature.TextHash
}

// Placement is a member's part in a work.
type Placement struct {
	ID       string
	Relation tamiz.Relation
	Match    tamiz.Match // its strongest tie to an earlier one; zero in a work of one and for the canonical edition
}

// Grouping is one work: the canonical edition first.
type Grouping struct {
	WorkID   string
	Editions []Placement
}

// Group divides members into works: those of one touched component, or all.
//
// It is average-link clustering: groups are joined, the most similar first,
// while the mean similarity over all pairs between them reaches [Threshold]; a
// pair without an edge counts as zero. One mistaken edge between two works
// therefore joins nothing, and an edition that resembles a few members of a work
// by chance stays out. The outcome does not depend on the order of arguments.
//
// A work keeps the id that most of its members have; a new one is named after
// its founding member, the one first seen. Groupings come in the order of
// their ids. Time grows with edges × log(edges).
func Group(members []Member, edges []Edge, user []Constraint) []Grouping {
	return GroupAbove(Threshold, members, edges, user)
}

// GroupAbove is [Group] with another threshold, for measuring.
func GroupAbove(threshold float64, members []Member, edges []Edge, user []Constraint) []Grouping {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	members = slices.CompactFunc(members, func(a, b Member) bool { return a.ID == b.ID })
	at := make(map[string]int, len(members))
	for i, m := range members {
		at[m.ID] = i
	}
	ties := map[[2]int]Edge{}
	for _, e := range edges {
		i, ok1 := at[e.A]
		j, ok2 := at[e.B]
		if !ok1 || !ok2 || i == j {
			continue
		}
		k := [2]int{min(i, j), max(i, j)}
		if old, ok := ties[k]; !ok || e.Similarity > old.Similarity {
			ties[k] = e
		}
	}
	c := newClusters(len(members))
	c.constrain(at, user)
	c.join(ties, threshold)

	sets := map[int][]int{}
	for i := range members {
		r := c.find(i)
		sets[r] = append(sets[r], i)
	}
	var works []*Grouping
	var groups [][]int
	for i := range members { // in the order of ids
		if set := sets[c.find(i)]; set[0] == i {
			groups = append(groups, set)
			works = append(works, &Grouping{Editions: place(members, set, ties, at, user)})
		}
	}
	name(members, groups, works)
	out := make([]Grouping, len(works))
	for i, w := range works {
		out[i] = *w
	}
	slices.SortFunc(out, func(a, b Grouping) int { return cmp.Compare(a.WorkID, b.WorkID) })
	return out
}

// clusters is a union-find with the sums of similarities between groups.
type clusters struct {
	parent []int
	size   []int
	sums   []map[int]float64 // by root: sum of similarities to other roots
	apart  []map[int]bool    // by root: roots it may not join
	age    []int             // by root: changes with every join
}

func newClusters(n int) *clusters {
	c := &clusters{make([]int, n), make([]int, n), make([]map[int]float64, n), make([]map[int]bool, n), make([]int, n)}
	for i := range n {
		c.parent[i], c.size[i] = i, 1
		c.sums[i], c.apart[i] = map[int]float64{}, map[int]bool{}
	}
	return c
}

func (c *clusters) find(i int) int {
	for c.parent[i] != i {
		c.parent[i] = c.parent[c.parent[i]]
		i = c.parent[i]
	}
	return i
}

func (c *clusters) constrain(at map[string]int, user []Constraint) {
	for _, u := range slices.Backward(user) {
		i, ok1 := at[u.A]
		j, ok2 := at[u.B]
		if !ok1 || !ok2 {
			continue
		}
		i, j = c.find(i), c.find(j)
		switch {
		case i == j || u.Same && c.apart[i][j]:
		case u.Same:
			c.merge(i, j)
		default:
			c.apart[i][j], c.apart[j][i] = true, true
		}
	}
}

// merge joins the groups of two roots and returns the root of both.
func (c *clusters) merge(i, j int) int {
	if c.size[i] < c.size[j] || c.size[i] == c.size[j] && j < i {
		i, j = j, i
	}
	c.parent[j] = i
	c.size[i] += c.size[j]
	c.age[i]++
	c.age[j]++
	delete(c.sums[i], j)
	for k, v := range c.sums[j] {
		delete(c.sums[k], j)
		if k != i {
			c.sums[i][k] += v
			c.sums[k][i] += v
		}
	}
	for k := range c.apart[j] {
		delete(c.apart[k], j)
		c.apart[i][k], c.apart[k][i] = true, true
	}
	c.sums[j], c.apart[j] = nil, nil
	return i
}

// proposal is a possible join, valid while both groups are as old as stated.
type proposal struct {
	mean       float64
	i, j       int
	ageI, ageJ int
}

type proposals []proposal

func (p proposals) Len() int { return len(p) }
func (p proposals) Less(a, b int) bool {
	if p[a].mean != p[b].mean {
		return p[a].mean > p[b].mean
	}
	return cmp.Or(cmp.Compare(p[a].i, p[b].i), cmp.Compare(p[a].j, p[b].j)) < 0
}
func (p proposals) Swap(a, b int) { p[a], p[b] = p[b], p[a] }
func (p *proposals) Push(x any)   { *p = append(*p, x.(proposal)) }
func (p *proposals) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

func (c *clusters) join(ties map[[2]int]Edge, threshold float64) {
	pairs := make([][2]int, 0, len(ties))
	for k := range ties {
		pairs = append(pairs, k)
	}
	// Sums are taken in one order, so that rounding is the same every time.
	slices.SortFunc(pairs, func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	for _, k := range pairs {
		if i, j := c.find(k[0]), c.find(k[1]); i != j {
			c.sums[i][j] += ties[k].Similarity
			c.sums[j][i] += ties[k].Similarity
		}
	}
	var queue proposals
	propose := func(i, j int) {
		i, j = min(i, j), max(i, j)
		mean := c.sums[i][j] / float64(c.size[i]*c.size[j])
		if mean >= threshold && !c.apart[i][j] {
			heap.Push(&queue, proposal{mean, i, j, c.age[i], c.age[j]})
		}
	}
	for i := range c.sums {
		for j := range c.sums[i] {
			if i < j {
				propose(i, j)
			}
		}
	}
	for queue.Len() > 0 {
		p := heap.Pop(&queue).(proposal)
		if c.parent[p.i] != p.i || c.parent[p.j] != p.j || c.age[p.i] != p.ageI || c.age[p.j] != p.ageJ {
			continue
		}
		root := c.merge(p.i, p.j)
		for k := range c.sums[root] {
			propose(root, k)
		}
	}
}

// place orders the editions of a work and says what each is.
//
// The canonical edition is, in this order: the one that others name as their
// original, one that does not name another, one with a date and the earliest of
// these, the one of the preferred source, the one first seen.
func place(members []Member, set []int, ties map[[2]int]Edge, at map[string]int, user []Constraint) []Placement {
	in := map[int]bool{}
	named := map[int]int{}    // by member: how many name it as original
	derived := map[int]bool{} // names another as its original
	byURL := map[string]int{} // the member standing at a URL
	for _, i := range set {
		in[i] = true
		if u := members[i].URL; u != "" {
			if _, ok := byURL[u]; !ok {
				byURL[u] = i
			}
		}
	}
	for _, i := range set {
		for _, u := range []string{members[i].TranslationOf, members[i].CanonicalURL} {
			if j, ok := byURL[u]; ok && u != "" && j != i && u != members[i].URL {
				named[j]++
				derived[i] = true
				break
			}
		}
		derived[i] = derived[i] || members[i].TranslationOf != ""
	}
	order := slices.Clone(set)
	slices.SortFunc(order, func(i, j int) int {
		a, b := members[i], members[j]
		return cmp.Or(
			cmp.Compare(named[j], named[i]),
			compareBool(derived[i], derived[j]),
			compareBool(a.Published.IsZero(), b.Published.IsZero()),
			cmp.Compare(day(a.Published), day(b.Published)),
			cmp.Compare(a.SourceRank, b.SourceRank),
			a.FirstSeen.Compare(b.FirstSeen),
			cmp.Compare(a.ID, b.ID))
	})
	if len(order) == 1 {
		return []Placement{{ID: members[order[0]].ID, Relation: tamiz.Original}}
	}
	// An edition is shown with its strongest tie to those before it: a copy of
	// a translation is tied to the translation, the translation to the original.
	strongest, later := map[int]tamiz.Match{}, map[int]tamiz.Match{}
	tie := func(to map[int]tamiz.Match, i int, e tamiz.Match) {
		if old, ok := to[i]; !ok || e.Similarity > old.Similarity {
			to[i] = e
		}
	}
	for k, i := range order {
		for _, j := range order[:k] {
			if e, ok := ties[[2]int{min(i, j), max(i, j)}]; ok {
				tie(strongest, i, e)
				tie(later, j, e)
			}
		}
	}
	for i, e := range later {
		if _, ok := strongest[i]; !ok {
			strongest[i] = e
		}
	}
	for _, u := range user {
		i, ok1 := at[u.A]
		j, ok2 := at[u.B]
		if ok1 && ok2 && u.Same && in[i] && in[j] {
			m := tamiz.Match{A: min(u.A, u.B), B: max(u.A, u.B), Kind: "user", Similarity: 1, Reason: "joined by the user"}
			strongest[i], strongest[j] = m, m
		}
	}
	out := make([]Placement, len(order))
	for k, i := range order {
		out[k] = Placement{ID: members[i].ID, Relation: relation(members, order[:k], i, ties), Match: strongest[i]}
	}
	out[0].Match = tamiz.Match{}
	return out
}

// relation says what member i is to the editions that come before it.
func relation(members []Member, before []int, i int, ties map[[2]int]Edge) tamiz.Relation {
	if len(before) == 0 {
		return tamiz.Original
	}
	m := members[i]
	language := LexiconLanguage(m.Language)
	out := tamiz.Translation
	for k, j := range before {
		b := members[j]
		if m.URL != "" && m.URL == b.URL {
			return tamiz.Revision
		}
		if LexiconLanguage(b.Language) != language {
			continue
		}
		if m.TextHash != 0 && m.TextHash == b.TextHash {
			return tamiz.Duplicate
		}
		// Two texts of one language may be two translations of the same
		// original: only a tie of their own makes one a reprint of the other.
		if e, ok := ties[[2]int{min(i, j), max(i, j)}]; k == 0 || ok && e.Similarity >= Threshold {
			out = tamiz.Reprint
		}
	}
	return out
}

func compareBool(a, b bool) int { return int(boolByte(a)) - int(boolByte(b)) }

// day is a date without its time, which only some sources give.
func day(d tamiz.Date) int64 {
	if d.IsZero() {
		return 0
	}
	y, m, dd := d.Time.Date()
	return time.Date(y, m, dd, 0, 0, 0, 0, time.UTC).Unix()
}

// name gives every work its id: present ids go to the group with most of their
// members, largest claims first, each id once.
func name(members []Member, groups [][]int, works []*Grouping) {
	type claim struct {
		work  string
		group int
		count int
	}
	var claims []claim
	taken := map[string]bool{}
	for g, set := range groups {
		counts := map[string]int{}
		for _, i := range set {
			if w := members[i].Work; w != "" {
				counts[w]++
				taken[w] = true
			}
		}
		for w, n := range counts {
			claims = append(claims, claim{w, g, n})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.work, b.work), cmp.Compare(a.group, b.group))
	})
	given := map[string]bool{}
	for _, c := range claims {
		if !given[c.work] && works[c.group].WorkID == "" {
			works[c.group].WorkID = c.work
			given[c.work] = true
		}
	}
	for g, set := range groups {
		if works[g].WorkID != "" {
			continue
		}
		founder := slices.MinFunc(set, func(i, j int) int {
			return cmp.Or(members[i].FirstSeen.Compare(members[j].FirstSeen), cmp.Compare(members[i].ID, members[j].ID))
		})
		id := "w" + members[founder].ID
		for n := 2; taken[id]; n++ {
			id = fmt.Sprintf("w%s-%d", members[founder].ID, n)
		}
		taken[id] = true
		works[g].WorkID = id
	}
}
