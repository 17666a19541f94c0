package dedup

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

// shape prints groupings as "work: id=relation …".
func shape(groups []Grouping) []string {
	var out []string
	for _, g := range groups {
		s := g.WorkID + ":"
		for _, e := range g.Editions {
			s += fmt.Sprintf(" %s=%s", e.ID, e.Relation)
		}
		out = append(out, s)
	}
	return out
}

func edge(a, b string, similarity float64) Edge {
	return Edge{A: min(a, b), B: max(a, b), Kind: "translation", Similarity: similarity, Reason: "test"}
}

func on(s string) tamiz.Date {
	d, err := tamiz.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestGroup(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	tests := []struct {
		name    string
		members []Member
		edges   []Edge
		user    []Constraint
		want    []string
	}{
		{name: "nothing", want: nil},
		{
			name:    "alone",
			members: []Member{{ID: "a", Language: "en"}},
			want:    []string{"wa: a=original"},
		},
		{
			name:    "the earliest date is the original",
			members: []Member{{ID: "a", Language: "es", Published: on("2026-03-02")}, {ID: "b", Language: "en", Published: on("2026-03-01")}},
			edges:   []Edge{edge("a", "b", .9)},
			want:    []string{"wa: b=original a=translation"},
		},
		{
			name: "a declared original comes before an earlier date",
			members: []Member{
				{ID: "a", Language: "es", URL: "https://x.example/es", TranslationOf: "https://x.example/en", Published: on("2026-03-01")},
				{ID: "b", Language: "en", URL: "https://x.example/en", Published: on("2026-03-05")},
			},
			edges: []Edge{edge("a", "b", .9)},
			want:  []string{"wa: b=original a=translation"},
		},
		{
			name:    "without dates the preferred source",
			members: []Member{{ID: "a", Language: "es", SourceRank: 2}, {ID: "b", Language: "en", SourceRank: 1}},
			edges:   []Edge{edge("a", "b", .9)},
			want:    []string{"wa: b=original a=translation"},
		},
		{
			name:    "without anything the one first seen, which founds the work",
			members: []Member{{ID: "a", Language: "es", FirstSeen: day(2)}, {ID: "b", Language: "en", FirstSeen: day(1)}},
			edges:   []Edge{edge("a", "b", .9)},
			want:    []string{"wb: b=original a=translation"},
		},
		{
			name: "relations",
			members: []Member{
				{ID: "a", Language: "en", TextHash: 1, URL: "u1"}, {ID: "b", Language: "en", TextHash: 1, URL: "u2"},
				{ID: "c", Language: "en", TextHash: 2, URL: "u3"}, {ID: "d", Language: "es", TextHash: 3, URL: "u4"},
				{ID: "e", Language: "es", TextHash: 3, URL: "u5"}, {ID: "f", Language: "en", TextHash: 4, URL: "u1"},
			},
			edges: []Edge{
				edge("a", "b", 1), edge("a", "c", .9), edge("a", "d", .9), edge("a", "e", .9), edge("a", "f", .9), edge("b", "c", .9), edge("b", "d", .9),
				edge("b", "e", .9), edge("b", "f", .9), edge("c", "d", .9), edge("c", "e", .9), edge("c", "f", .9), edge("d", "e", 1), edge("d", "f", .9), edge("e", "f", .9),
			},
			want: []string{"wa: a=original b=duplicate c=reprint d=translation e=duplicate f=revision"},
		},
		{
			name: "two translations of one language are no reprints of each other",
			members: []Member{
				{ID: "a", Language: "en"}, {ID: "b", Language: "es", TextHash: 1}, {ID: "c", Language: "es", TextHash: 2},
			},
			edges: []Edge{edge("a", "b", .95), edge("a", "c", .95), edge("b", "c", .45)},
			want:  []string{"wa: a=original b=translation c=translation"},
		},
		{
			name: "one mistaken edge joins nothing",
			members: []Member{
				{ID: "a", Language: "en"}, {ID: "b", Language: "es"}, {ID: "c", Language: "en"}, {ID: "d", Language: "es"},
			},
			edges: []Edge{edge("a", "b", .9), edge("c", "d", .9), edge("b", "c", .8)},
			want:  []string{"wa: a=original b=translation", "wc: c=original d=translation"},
		},
		{
			name: "texts of one language that differ keep their works apart",
			members: []Member{
				{ID: "a", Language: "en"}, {ID: "b", Language: "es"}, {ID: "c", Language: "en"}, {ID: "d", Language: "es"},
			},
			edges: []Edge{edge("a", "b", .9), edge("c", "d", .9), edge("a", "d", .8), edge("b", "c", .8), edge("a", "c", .01), edge("b", "d", .01)},
			want:  []string{"wa: a=original b=translation", "wc: c=original d=translation"},
		},
		{
			name:    "the user joins",
			members: []Member{{ID: "a", Language: "en"}, {ID: "b", Language: "es"}},
			user:    []Constraint{{"b", "a", true}},
			want:    []string{"wa: a=original b=translation"},
		},
		{
			name:    "the user splits",
			members: []Member{{ID: "a", Language: "en"}, {ID: "b", Language: "es"}, {ID: "c", Language: "fr"}},
			edges:   []Edge{edge("a", "b", .99), edge("a", "c", .9), edge("b", "c", .9)},
			user:    []Constraint{{"a", "b", false}},
			want:    []string{"wa: a=original c=translation", "wb: b=original"},
		},
		{
			name:    "the user's later word wins, also by way of others",
			members: []Member{{ID: "a", Language: "en"}, {ID: "b", Language: "es"}, {ID: "c", Language: "fr"}},
			user:    []Constraint{{"a", "c", false}, {"a", "b", true}, {"b", "c", true}},
			want:    []string{"wa: a=original b=translation c=translation"},
		},
		{
			name: "ids stay with the most members",
			members: []Member{
				{ID: "a", Work: "w1", Language: "en"}, {ID: "b", Work: "w2", Language: "es"}, {ID: "c", Work: "w2", Language: "fr"},
			},
			edges: []Edge{edge("a", "b", .9), edge("a", "c", .9), edge("b", "c", .9)},
			want:  []string{"w2: a=original b=translation c=translation"},
		},
		{
			name: "who leaves a work of its own name gets another",
			members: []Member{
				{ID: "a", Work: "wa", Language: "en"}, {ID: "b", Work: "wa", Language: "es"}, {ID: "c", Work: "wa", Language: "fr"},
			},
			edges: []Edge{edge("b", "c", .9)},
			want:  []string{"wa: b=original c=translation", "wa-2: a=original"},
		},
		{
			name:    "edges to strangers and to itself are left out",
			members: []Member{{ID: "a", Language: "en"}, {ID: "a", Language: "en"}},
			edges:   []Edge{edge("a", "x", .99), edge("a", "a", .99)},
			want:    []string{"wa: a=original"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Group(tt.members, tt.edges, tt.user)
			if diff := cmp.Diff(tt.want, shape(got)); diff != "" {
				t.Errorf("groups differ (-want +got):\n%s", diff)
			}
			for i, j := 0, len(tt.edges)-1; i < j; i, j = i+1, j-1 {
				tt.edges[i], tt.edges[j] = tt.edges[j], tt.edges[i]
			}
			for i, j := 0, len(tt.members)-1; i < j; i, j = i+1, j-1 {
				tt.members[i], tt.members[j] = tt.members[j], tt.members[i]
			}
			if diff := cmp.Diff(got, Group(tt.members, tt.edges, tt.user)); diff != "" {
				t.Errorf("groups depend on the order of arguments (-first +reversed):\n%s", diff)
			}
		})
	}
}

func TestPlacementsSayWhatTiesThemIn(t *testing.T) {
	members := []Member{{ID: "a", Language: "en"}, {ID: "b", Language: "es"}, {ID: "c", Language: "fr"}}
	edges := []Edge{edge("a", "b", .8), edge("b", "c", .95), edge("a", "c", .7)}
	groups := Group(members, edges, []Constraint{{"a", "b", true}})
	want := []Placement{
		{"a", tamiz.Original, tamiz.Match{}},
		{"b", tamiz.Translation, tamiz.Match{A: "a", B: "b", Kind: "user", Similarity: 1, Reason: "joined by the user"}},
		{"c", tamiz.Translation, edges[1]},
	}
	if len(groups) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	if diff := cmp.Diff(want, groups[0].Editions); diff != "" {
		t.Errorf("placements differ (-want +got):\n%s", diff)
	}
}

// A long chain of articles, each like the next: linear enough to finish, and
// never one giant work.
func TestChainsDoNotCollapse(t *testing.T) {
	var members []Member
	var edges []Edge
	for i := range 3000 {
		members = append(members, Member{ID: fmt.Sprintf("a%05d", i), Language: fmt.Sprint("l", i%40)})
		if i > 0 {
			edges = append(edges, edge(members[i-1].ID, members[i].ID, .9))
		}
	}
	for _, g := range Group(members, edges, nil) {
		if len(g.Editions) > 3 {
			t.Fatalf("%d articles of a chain became one work", len(g.Editions))
		}
	}
}
