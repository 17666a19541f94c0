package tamiz

import (
	"encoding/json"
	"time"
)

// Article is the clean result of one page. Its JSON form is the record that
// export, extract and the API print and import reads; what is unknown is absent
// or null.
type Article struct {
	ID           string    `json:"id,omitempty"`
	Work         string    `json:"work,omitempty"`
	Relation     Relation  `json:"relation,omitempty"`
	URL          string    `json:"url,omitempty"`
	CanonicalURL string    `json:"canonical_url,omitempty"`
	Source       string    `json:"source,omitempty"`
	Site         string    `json:"site,omitempty"`
	Title        string    `json:"title,omitempty"`
	Standfirst   string    `json:"standfirst,omitempty"`
	Authors      []string  `json:"authors"`
	Published    Date      `json:"published"`
	Modified     Date      `json:"modified"`
	FetchedAt    time.Time `json:"fetched_at,omitzero"`
	Language     string    `json:"language,omitempty"`
	Text         string    `json:"text"`     // paragraphs and headings, separated by a blank line
	Markdown     string    `json:"markdown"` // says the same as Text
	Excerpt      string    `json:"excerpt,omitempty"`
	WordCount    int       `json:"word_count"`
	Images       []Image   `json:"images"`
	Tags         []string  `json:"tags"`
	Links        []string  `json:"links"`

	// Evidence for the works, not part of the record.
	Alternates    []Alternate `json:"-"` // hreflang
	TranslationOf string      `json:"-"` // URL in translationOfWork or the like
	Host          string      `json:"-"` // whose repetition cleans it: host[:port], or the folder of a file
}

// Image is a picture of the article's body.
type Image struct {
	URL     string `json:"url"`
	Alt     string `json:"alt"`
	Caption string `json:"caption"`
}

// Relation says how an edition relates to the work's other editions.
type Relation string

// The relations.
const (
	Original    Relation = "original"
	Translation Relation = "translation"
	Reprint     Relation = "reprint"   // same language, small edits
	Revision    Relation = "revision"  // an earlier text of the same URL
	Duplicate   Relation = "duplicate" // same text at another URL
)

// Date is a day or an instant. The zero Date is unknown and is null in JSON.
type Date struct {
	Time    time.Time
	HasTime bool // false: only the day is known
}

// IsZero reports whether the date is unknown.
func (d Date) IsZero() bool { return d.Time.IsZero() }

// String gives the RFC 3339 full-date or date-time, empty for an unknown date.
func (d Date) String() string {
	switch {
	case d.Time.IsZero():
		return ""
	case d.HasTime:
		return d.Time.Format(time.RFC3339)
	default:
		return d.Time.Format(time.DateOnly)
	}
}

// ParseDate reads what String writes. An empty string is the unknown date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return Date{Time: t}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	return Date{Time: t, HasTime: err == nil}, err
}

// MarshalJSON writes null for the unknown date.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}

// UnmarshalJSON reads null, a day or an RFC 3339 time.
func (d *Date) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == nil {
		*d = Date{}
		return nil
	}
	var err error
	*d, err = ParseDate(*s)
	return err
}

// Edition is an article as a member of a work, with why it is one.
type Edition struct {
	Article  *Article
	Relation Relation
	Match    Match // strongest tie to another edition; zero for the first
}

// Work is one piece of writing and its editions, the canonical one first.
type Work struct {
	ID       string
	Editions []Edition
}

// Match is a scored reason why two articles are one work.
type Match struct {
	A          string  `json:"a"` // article ids, A < B
	B          string  `json:"b"`
	Kind       string  `json:"kind"`       // "exact", "near", "translation", "declared", "user"
	Similarity float64 `json:"similarity"` // 0 to 1
	Reason     string  `json:"reason"`     // one line for people, figures included
}
