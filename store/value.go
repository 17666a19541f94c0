package store

import (
	"encoding/json"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"tamiz"
	"tamiz/weburl"
)

// How values stand in the columns.

// stampLayout is a UTC time of fixed width: it sorts as text.
const stampLayout = "2006-01-02T15:04:05.000Z"

// stamp gives the column's text for a time, empty for the zero time and for
// years the layout has no room for.
func stamp(t time.Time) string {
	t = t.UTC()
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return ""
	}
	return t.Format(stampLayout)
}

// stampAfter rounds up, for times before which nothing may happen.
func stampAfter(t time.Time) string {
	return stamp(t.Add(time.Millisecond - time.Nanosecond))
}

// nullStamp is stamp for columns where an unknown time is NULL.
func nullStamp(t time.Time) any {
	if s := stamp(t); s != "" {
		return s
	}
	return nil
}

// timeColumn scans either form back.
type timeColumn struct{ time.Time }

// Scan implements sql.Scanner.
func (c *timeColumn) Scan(v any) error {
	var s string
	switch v := v.(type) {
	case nil:
	case string:
		s = v
	case []byte:
		s = string(v)
	default:
		return fmt.Errorf("time column holds %T", v)
	}
	c.Time = time.Time{}
	if s == "" {
		return nil
	}
	t, err := time.Parse(stampLayout, s)
	c.Time = t
	return err
}

// dateColumn scans a tamiz.Date.
type dateColumn struct{ date *tamiz.Date }

// Scan implements sql.Scanner.
func (c dateColumn) Scan(v any) error {
	s, ok := v.(string)
	if !ok && v != nil {
		return fmt.Errorf("date column holds %T", v)
	}
	d, err := tamiz.ParseDate(s)
	*c.date = d
	return err
}

// jsonText writes a list or map; nil is the empty list.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return "[]" // strings, numbers and lists of them always marshal
	}
	return string(b)
}

// jsonColumn scans what jsonText wrote into the value it points to.
type jsonColumn struct{ into any }

// Scan implements sql.Scanner.
func (c jsonColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), c.into)
	default:
		return fmt.Errorf("list column holds %T", v)
	}
}

// clean makes text fit to store and to show: valid UTF-8 without control
// characters other than line ends and tabs (the snippets use two of them as
// marks), cut to a limit at a rune.
func clean(s string, limit int) string {
	if len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s = s[:limit]
	}
	bad := func(r rune) bool {
		return (r < ' ' && r != '\n' && r != '\t') || (r >= 0x7f && r < 0xa0)
	}
	if utf8.ValidString(s) && strings.IndexFunc(s, bad) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func cleanAll(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, clean(s, maxFieldBytes))
	}
	return out
}

// hostOf says whose page a URL is: the URL's host[:port], or the folder of a file.
func hostOf(raw string) string {
	if host := weburl.Host(raw); host != "" {
		return host
	}
	return path.Dir(filepath.ToSlash(raw))
}

func millis(d time.Duration) int64 { return d.Milliseconds() }

func fromMillis(n int64) time.Duration {
	if n > math.MaxInt64/int64(time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Millisecond
}
