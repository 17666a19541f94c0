package site

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// Chrome holds the words around the articles of one language, by key. A key
// that stands on several lines is a list.
type Chrome map[string][]string

// LoadChrome reads every <dir>/<lang>.txt of "key: value" lines. Blank lines
// and lines that begin with # are skipped. Errors name the file.
func LoadChrome(fsys fs.FS, dir string) (map[string]Chrome, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.txt"))
	if err != nil {
		return nil, fmt.Errorf("list chrome: %w", err)
	}
	all := map[string]Chrome{}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read chrome: %w", err)
		}
		c := Chrome{}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			key, value, ok := strings.Cut(line, ": ")
			if !ok {
				return nil, fmt.Errorf("parse %s: line %q has no colon", name, line)
			}
			c[key] = append(c[key], value)
		}
		all[strings.TrimSuffix(path.Base(name), ".txt")] = c
	}
	return all, nil
}

// S gives the words under a key with every {name} replaced; pairs are name and
// value in turn. An unknown key gives the empty string.
func (c Chrome) S(key string, pairs ...any) string {
	if len(c[key]) == 0 {
		return ""
	}
	s := c[key][0]
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return s
}

// L gives the list under a key.
func (c Chrome) L(key string) []string { return c[key] }

// Date writes a day as the language does, from the keys "date" (with {d}, {m}
// and {y}) and "month" (twelve of them).
func (c Chrome) Date(t time.Time) string {
	month := strconv.Itoa(int(t.Month()))
	if months := c["month"]; len(months) == 12 {
		month = months[t.Month()-1]
	}
	return c.S("date", "d", t.Day(), "m", month, "y", t.Year())
}

// Some picks n entries of a list, beginning at a place that depends on seed,
// so that pages show different ones. It gives fewer where there are fewer.
func (c Chrome) Some(key string, seed, n int) []string {
	list := c[key]
	if n > len(list) {
		n = len(list)
	}
	var out []string
	for i := range n {
		out = append(out, list[(seed*n+i)%len(list)])
	}
	return out
}
