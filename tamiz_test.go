package tamiz

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDateSurvivesJSON(t *testing.T) {
	for _, test := range []struct {
		name string
		date Date
		want string
	}{
		{"unknown", Date{}, "null"},
		{"a day", Date{Time: time.Date(2021, 7, 24, 0, 0, 0, 0, time.UTC)}, `"2021-07-24"`},
		{"an instant", Date{Time: time.Date(2021, 7, 24, 8, 30, 0, 0, time.UTC), HasTime: true}, `"2021-07-24T08:30:00Z"`},
		{"an instant in a zone", Date{Time: time.Date(2021, 7, 24, 8, 30, 0, 0, time.FixedZone("", 7200)), HasTime: true}, `"2021-07-24T08:30:00+02:00"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := json.Marshal(test.date)
			if err != nil || string(b) != test.want {
				t.Fatalf("Marshal = %s, %v, want %s", b, err, test.want)
			}
			var got Date
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatal(err)
			}
			if !got.Time.Equal(test.date.Time) || got.HasTime != test.date.HasTime {
				t.Errorf("%s came back as %v", b, got)
			}
		})
	}
	var d Date
	for _, bad := range []string{`"24.07.2021"`, `5`, `"2021-13-40"`} {
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s was taken for a date", bad)
		}
	}
}

func TestUnknownFieldsAreAbsentOrNull(t *testing.T) {
	b, err := json.Marshal(Article{Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"text": "x", "markdown": "", "word_count": 0.0, "published": nil, "modified": nil,
		"authors": nil, "images": nil, "tags": nil, "links": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestCountsAddUpByClass(t *testing.T) {
	c := Counts{OutcomeNew: 3, OutcomeLinks: 2, OutcomeRobots: 4, OutcomeTimeout: 1, OutcomeStopped: 5}
	if got := c.Class("ok") + c.Class("skipped") + c.Class("failed"); got != c.Total() || got != 15 {
		t.Errorf("classes add up to %d, total is %d, want 15", got, c.Total())
	}
	if c.Class("ok") != 5 || c.Class("failed") != 1 {
		t.Errorf("ok %d, failed %d, want 5 and 1", c.Class("ok"), c.Class("failed"))
	}
}
