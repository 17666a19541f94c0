package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/andybalholm/cascadia"
	"go.yaml.in/yaml/v3"

	"tamiz"
	"tamiz/schedule"
	"tamiz/weburl"
)

// Config is the configuration file. The yaml tags name its keys; limit gives
// the least and the greatest value of a number, duration or size (int64), oneof
// the words that are allowed. docs/configuration.md describes every key.
type Config struct {
	Path      string         `yaml:"-"` // of the file; empty for the defaults
	Database  string         `yaml:"database"`
	UserAgent string         `yaml:"user_agent"`
	Contact   string         `yaml:"contact"`
	TimeZone  string         `yaml:"time_zone"`
	Crawl     CrawlConfig    `yaml:"crawl"`
	Serve     ServeConfig    `yaml:"serve"`
	Log       LogConfig      `yaml:"log"`
	Rules     []RuleConfig   `yaml:"rules"`
	Sources   []SourceConfig `yaml:"sources"`
}

// CrawlConfig says how pages are fetched. Sources can override some of it.
type CrawlConfig struct {
	Workers       int           `yaml:"workers" limit:"1..256"`
	Delay         time.Duration `yaml:"delay" limit:"0s..1h"`
	Timeout       time.Duration `yaml:"timeout" limit:"1s..10m"`
	MaxBytes      int64         `yaml:"max_bytes" limit:"1KB..1GB"`
	MaxPages      int           `yaml:"max_pages" limit:"0..1000000"`
	Depth         int           `yaml:"depth" limit:"0..50"`
	Retries       int           `yaml:"retries" limit:"0..10"`
	CrawlDelayMax time.Duration `yaml:"crawl_delay_max" limit:"1s..1h"`
	Recheck       time.Duration `yaml:"recheck" limit:"0s..3650d"`
	KeepPages     time.Duration `yaml:"keep_pages" limit:"0s..36500d"`
	AllowPrivate  bool          `yaml:"allow_private"`
}

// ServeConfig is for the daemon.
type ServeConfig struct {
	Listen string `yaml:"listen"`
}

// LogConfig is for the log on stderr.
type LogConfig struct {
	Level  string `yaml:"level" oneof:"debug info warn error"`
	Format string `yaml:"format" oneof:"text json"`
}

// RuleConfig helps the extractor with one site (registrable domain with all its
// hosts) or one host. The values are CSS selectors.
type RuleConfig struct {
	Site  string   `yaml:"site"`
	Host  string   `yaml:"host"`
	Keep  []string `yaml:"keep"`
	Drop  []string `yaml:"drop"`
	Title string   `yaml:"title"`
	Date  string   `yaml:"date"`
}

// SourceConfig is one source. What is nil is as in [CrawlConfig].
type SourceConfig struct {
	Name         string         `yaml:"name"`
	Kind         string         `yaml:"kind" oneof:"auto feed sitemap listing pages files"`
	URL          string         `yaml:"url"`
	URLs         []string       `yaml:"urls"`
	Enabled      *bool          `yaml:"enabled"`
	Schedule     string         `yaml:"schedule"`
	TimeZone     string         `yaml:"time_zone"`
	Depth        *int           `yaml:"depth" limit:"0..50"`
	MaxPages     *int           `yaml:"max_pages" limit:"0..1000000"`
	Delay        *time.Duration `yaml:"delay" limit:"0s..1h"`
	Recheck      *time.Duration `yaml:"recheck" limit:"0s..3650d"`
	Include      []string       `yaml:"include"`
	Exclude      []string       `yaml:"exclude"`
	Since        time.Time      `yaml:"since"`
	Rank         int            `yaml:"rank" limit:"-1000..1000"`
	AllowPrivate *bool          `yaml:"allow_private"`
}

// Default gives the configuration of an empty file: every default in one place.
func Default() *Config {
	return &Config{
		Database: "tamiz.db",
		TimeZone: "UTC",
		Crawl: CrawlConfig{
			Workers:       16,
			Delay:         time.Second,
			Timeout:       30 * time.Second,
			MaxBytes:      10_000_000,
			MaxPages:      1000,
			Depth:         1,
			Retries:       2,
			CrawlDelayMax: 30 * time.Second,
			Recheck:       24 * time.Hour,
			KeepPages:     90 * day,
		},
		Serve: ServeConfig{Listen: "127.0.0.1:8088"},
		Log:   LogConfig{Level: "info", Format: "text"},
	}
}

// TamizSources gives the sources that are enabled, with what they leave open
// filled in. Paths of files are relative to the folder of the configuration.
func (c *Config) TamizSources() []tamiz.Source {
	var out []tamiz.Source
	for _, s := range c.Sources {
		if s.Enabled != nil && !*s.Enabled {
			continue
		}
		src := c.AdHoc("")
		src.Name = s.Name
		src.Kind = tamiz.SourceKind(cmp.Or(s.Kind, string(tamiz.KindAuto)))
		src.URLs = nil
		for _, u := range s.addresses() {
			if src.Kind == tamiz.KindFiles {
				u = c.relative(strings.TrimPrefix(u, "file://"))
			} else if canonical, err := weburl.Canonical(u); err == nil {
				u = canonical
			}
			src.URLs = append(src.URLs, u)
		}
		src.Schedule = s.Schedule
		src.TimeZone = cmp.Or(s.TimeZone, c.TimeZone)
		src.Depth, src.DepthGiven = override(s.Depth, c.Crawl.Depth), s.Depth != nil
		src.MaxPages = override(s.MaxPages, c.Crawl.MaxPages)
		src.Delay = override(s.Delay, c.Crawl.Delay)
		src.Recheck = override(s.Recheck, c.Crawl.Recheck)
		src.Include, src.Exclude = s.Include, s.Exclude
		src.Since, src.Rank = s.Since, s.Rank
		src.Private = override(s.AllowPrivate, c.Crawl.AllowPrivate)
		out = append(out, src)
	}
	return out
}

// AdHoc makes the source of a one-off crawl of a canonical URL.
func (c *Config) AdHoc(u string) tamiz.Source {
	return tamiz.Source{
		Name: u, Kind: tamiz.KindAuto, URLs: []string{u}, TimeZone: c.TimeZone,
		Depth: c.Crawl.Depth, MaxPages: c.Crawl.MaxPages, Delay: c.Crawl.Delay,
		Recheck: c.Crawl.Recheck, Private: c.Crawl.AllowPrivate,
	}
}

// Agent says who the crawler is: what is configured, else the product with its
// version and the contact.
func (c *Config) Agent(version string) string {
	switch {
	case c.UserAgent != "":
		return c.UserAgent
	case c.Contact != "":
		return fmt.Sprintf("%s/%s (+%s)", tamiz.Product, version, c.Contact)
	default:
		return fmt.Sprintf("%s/%s", tamiz.Product, version)
	}
}

func (s *SourceConfig) addresses() []string {
	if s.URL != "" {
		return []string{s.URL}
	}
	return s.URLs
}

// relative reads a path of the configuration: as seen from its folder, so that
// commands started elsewhere mean the same files.
func (c *Config) relative(path string) string {
	if c.Path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Path), path)
}

func override[T any](own *T, general T) T {
	if own != nil {
		return *own
	}
	return general
}

// Problem is one mistake in a configuration file.
type Problem struct {
	Line, Col int    // from 1; 0: unknown
	Msg       string // e.g. `unknown key "shedule"`
	Hint      string // what to write instead; may be empty
}

// ConfigError holds every mistake of a configuration file, by line.
type ConfigError struct {
	Path     string
	Problems []Problem
}

// Error gives a line for each mistake, in the form of compilers.
func (e *ConfigError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Path)
		for _, n := range []int{p.Line, p.Col} {
			if n > 0 {
				fmt.Fprintf(&b, ":%d", n)
			}
		}
		b.WriteString(": " + p.Msg)
		switch {
		case strings.HasPrefix(p.Hint, "did you mean"):
			b.WriteString(", " + p.Hint)
		case p.Hint != "":
			b.WriteString("; " + p.Hint)
		}
	}
	return b.String()
}

// Limits of a configuration file.
const (
	maxConfigBytes = 1 << 20
	maxConfigNodes = 200_000 // values read; aliases could make more of few bytes
	maxProblems    = 100
	maxNameRunes   = 100
)

// Load reads a configuration file strictly over the defaults. All mistakes are
// found at once and returned as a [*ConfigError]; any other error means that the
// file cannot be read. Paths in it are made relative to its folder.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfigBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, problems := parseConfig(data)
	if len(problems) > 0 {
		return nil, &ConfigError{Path: path, Problems: problems}
	}
	c.Path = path
	c.Database = c.relative(c.Database)
	return c, nil
}

// parseConfig reads a file's text. The library's own decoding stops at the first
// wrong type and knows no columns, so it only makes the tree, which is walked
// beside the struct.
func parseConfig(data []byte) (*Config, []Problem) {
	switch {
	case len(data) > maxConfigBytes:
		return nil, []Problem{{Msg: "larger than 1 MB"}}
	case !utf8.Valid(data):
		return nil, []Problem{{Line: badLine(data), Msg: "not UTF-8 text", Hint: "save the file as UTF-8"}}
	}
	c := Default()
	r := &configReader{at: map[string]*yaml.Node{}}
	var doc yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return c, nil // nothing but comments
	} else if err != nil {
		return nil, []Problem{syntaxProblem(err)}
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		r.addAt(&second, "a second document", `there is one configuration in a file: remove the "---"`)
	} else if !errors.Is(err, io.EOF) {
		return nil, []Problem{syntaxProblem(err)}
	}
	r.fill("", doc.Content[0], reflect.ValueOf(c).Elem(), "")
	r.check(c)
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return c, r.problems
}

func badLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			line++
		}
		data = data[n:]
	}
	return line
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxProblem reads the line out of the library's message.
func syntaxProblem(err error) Problem {
	msg := err.Error()
	p := Problem{}
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		p.Line, _ = strconv.Atoi(m[1]) // stays 0 without a line
		msg = msg[len(m[0]):]
	}
	p.Msg = oneLine("not YAML: " + msg)
	switch {
	case strings.Contains(msg, "cannot start any token"):
		p.Hint = `indent with spaces, not tabs, and quote values that start with @, %, ` + "` or *"
	case strings.Contains(msg, "mapping values are not allowed"):
		p.Hint = `look for a wrong indent, or quote a value that contains ": "`
	case strings.Contains(msg, "did not find expected"):
		p.Hint = "look for a wrong indent, or a quote or bracket that is not closed"
	}
	return p
}

// configReader walks the tree of a file beside the struct it fills.
type configReader struct {
	problems []Problem
	at       map[string]*yaml.Node // where a value stands: "sources[2].url"
	nodes    int
}

func (r *configReader) addAt(n *yaml.Node, msg, hint string) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, Problem{Line: n.Line, Col: n.Column, Msg: oneLine(msg), Hint: oneLine(hint)})
	}
}

// add reports a mistake at a path, or at what it stands in if it is missing.
func (r *configReader) add(path, msg, hint string) {
	for {
		if n, ok := r.at[path]; ok {
			r.addAt(n, msg, hint)
			return
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			r.addAt(&yaml.Node{Line: 1, Column: 1}, msg, hint)
			return
		}
		path = path[:i]
	}
}

// holdsKeys reports whether keys stand at a path; if not, that was reported.
func (r *configReader) holdsKeys(path string) bool {
	n := r.at[path]
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n != nil && n.Kind == yaml.MappingNode
}

// misread reports whether something of the wrong type stands at a path: what it
// should have been is then not missed again.
func (r *configReader) misread(path string) bool {
	n := r.at[path]
	return n != nil && slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Line == n.Line && p.Col == n.Column })
}

// fill sets v to what stands at n. Null keeps the default.
func (r *configReader) fill(path string, n *yaml.Node, v reflect.Value, tag reflect.StructTag) {
	if r.nodes++; r.nodes > maxConfigNodes {
		if r.nodes == maxConfigNodes+1 {
			r.addAt(n, "too many values", "")
		}
		return
	}
	r.at[path] = n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return
	}
	name, _, entry := strings.Cut(path[strings.LastIndexByte(path, '.')+1:], "[")
	if entry {
		name = "each of " + name
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.Type() == timeType {
		r.scalar(name, n, v, tag)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if n.Kind != yaml.MappingNode {
			r.addAt(n, fmt.Sprintf("%s must hold keys, not %s", cmp.Or(name, "the file"), kindOf(n)), `write "key: value", one on a line`)
			return
		}
		r.mapping(path, n, v)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			hint := `start each line of it with "- "`
			if n.Kind == yaml.ScalarNode && v.Type().Elem().Kind() == reflect.String {
				hint = fmt.Sprintf("write [%q]", n.Value)
			}
			r.addAt(n, fmt.Sprintf("%s must be a list, not %s", name, kindOf(n)), hint)
			return
		}
		list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		for i, item := range n.Content {
			if item.Kind == yaml.ScalarNode && item.ShortTag() == "!!null" {
				r.addAt(item, name+" has an empty entry", `remove the "-"`)
				continue
			}
			r.fill(fmt.Sprintf("%s[%d]", path, i), item, list.Index(i), tag)
		}
		v.Set(list)
	default:
		r.scalar(name, n, v, tag)
	}
}

// mapping fills the fields of a struct and reports the keys that are none.
func (r *configReader) mapping(path string, n *yaml.Node, v reflect.Value) {
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, ok := fieldByKey(v.Type(), key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			r.addAt(key, "a key must be a word", "")
		case key.Value == "<<":
			r.addAt(key, `merge keys ("<<") are not supported`, "write the values out")
		case first[key.Value] != nil:
			r.addAt(key, fmt.Sprintf("key %q is given twice", key.Value), fmt.Sprintf("the first is on line %d", first[key.Value].Line))
		case !ok:
			first[key.Value] = key
			r.addAt(key, fmt.Sprintf("unknown key %q", key.Value), suggestKey(key.Value, path, v.Type()))
		default:
			first[key.Value] = key
			r.fill(strings.TrimPrefix(path+"."+key.Value, "."), value, v.FieldByIndex(field.Index), field.Tag)
		}
	}
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	wholeNumber  = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)$`)
)

// scalar sets a single value. Texts are taken as written, so that a name may be
// a number or a date; everything else must have its type.
func (r *configReader) scalar(name string, n *yaml.Node, v reflect.Value, tag reflect.StructTag) {
	wrong := func(want, hint string) {
		r.addAt(n, fmt.Sprintf("%s must be %s, not %s", name, want, kindOf(n)), hint)
	}
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
	switch {
	case n.Kind != yaml.ScalarNode:
		wrong("a single value", "")
	case v.Type() == timeType:
		d, err := tamiz.ParseDate(n.Value)
		if err != nil || d.IsZero() || d.Time.Year() < 1990 || d.Time.Year() > 2100 {
			wrong("a date", `write e.g. "2026-01-31"`)
			return
		}
		v.Set(reflect.ValueOf(d.Time))
	case v.Type() == durationType:
		d, err := parseDuration(n.Value)
		if err != nil {
			hint := `write e.g. "30s", "1h" or "7d"`
			if wholeNumber.MatchString(n.Value) {
				hint = fmt.Sprintf("a unit is missing: write e.g. %q, \"1h\" or \"7d\"", n.Value+"s")
			}
			wrong("a duration", hint)
			return
		}
		if r.within(name, n, tag, float64(d), func(s string) float64 { d, _ := parseDuration(s); return float64(d) }) {
			v.SetInt(int64(d))
		}
	case v.Kind() == reflect.Int64:
		size, err := parseSize(n.Value)
		if err != nil {
			wrong("a size", `write e.g. "500KB" or "10MB"`)
			return
		}
		if r.within(name, n, tag, float64(size), func(s string) float64 { b, _ := parseSize(s); return float64(b) }) {
			v.SetInt(size)
		}
	case v.Kind() == reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if !wholeNumber.MatchString(n.Value) || err != nil || quoted {
			hint := ""
			if quoted && err == nil {
				hint = "remove the quotes"
			}
			wrong("a whole number", hint)
			return
		}
		if r.within(name, n, tag, float64(i), func(s string) float64 { f, _ := strconv.ParseFloat(s, 64); return f }) {
			v.SetInt(int64(i))
		}
	case v.Kind() == reflect.Bool:
		if n.ShortTag() != "!!bool" {
			wrong("true or false", "")
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	default:
		if i := strings.IndexFunc(n.Value, unicode.IsControl); i >= 0 {
			wrong("text on one line", "")
			return
		}
		if words := strings.Fields(tag.Get("oneof")); len(words) > 0 && !slices.Contains(words, n.Value) {
			hint := suggest(n.Value, words)
			if hint == "" {
				hint = "allowed are " + strings.Join(words, ", ")
			}
			r.addAt(n, fmt.Sprintf("unknown %s %q", name, n.Value), hint)
			return
		}
		v.SetString(n.Value)
	}
}

// within checks a value against its limit tag, whose ends read parses.
func (r *configReader) within(name string, n *yaml.Node, tag reflect.StructTag, value float64, read func(string) float64) bool {
	low, high, ok := strings.Cut(tag.Get("limit"), "..")
	if !ok || value >= read(low) && value <= read(high) {
		return true
	}
	r.addAt(n, fmt.Sprintf("%s %s is outside %s to %s", name, n.Value, low, high), "")
	return false
}

const day = 24 * time.Hour

// parseDuration reads a duration of Go, or one that starts with days: "7d",
// "1d12h".
func parseDuration(s string) (time.Duration, error) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("parse days: %w", err)
	}
	d := time.Duration(n) * day
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 {
			return 0, fmt.Errorf("parse duration %q", s)
		}
		d += more
	}
	return d, nil
}

var sizeForm = regexp.MustCompile(`^(\d{1,12}(?:\.\d{1,3})?) ?([kmg]?i?b?)$`)

// parseSize reads a number of bytes: "10MB" (millions), "10MiB" (1,048,576s).
func parseSize(s string) (int64, error) {
	m := sizeForm.FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return 0, fmt.Errorf("parse size %q", s)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("parse size %q: %w", s, err)
	}
	base := 1000.0
	if strings.Contains(m[2], "i") {
		base = 1024
	}
	for i := strings.IndexByte("kmg", (m[2] + " ")[0]); i >= 0; i-- {
		n *= base
	}
	return int64(n), nil
}

// kindOf names what stands at a node.
func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys and values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Value == "":
		return "nothing"
	default:
		return strconv.Quote(shortText(n.Value))
	}
}

// fieldByKey finds the field of a key.
func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	for _, f := range reflect.VisibleFields(t) {
		if k := f.Tag.Get("yaml"); k == key && k != "-" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for _, f := range reflect.VisibleFields(t) {
		if k := f.Tag.Get("yaml"); k != "-" {
			keys = append(keys, k)
		}
	}
	return keys
}

// otherWords are keys as other programs call them.
var otherWords = map[string]string{
	"cron": "schedule", "interval": "schedule", "every": "schedule", "refresh": "schedule",
	"db": "database", "tz": "time_zone", "timezone": "time_zone", "type": "kind", "link": "url", "links": "urls",
	"feed": "url", "feeds": "sources", "sites": "sources", "path": "url", "paths": "urls", "id": "name", "title": "name",
	"concurrency": "workers", "threads": "workers", "agent": "user_agent", "useragent": "user_agent", "email": "contact",
	"max_depth": "depth", "limit": "max_pages", "max_size": "max_bytes", "allow": "include", "deny": "exclude",
	"filter": "include", "disabled": "enabled", "address": "listen", "addr": "listen", "port": "listen", "priority": "rank",
	"loglevel": "level", "remove": "drop", "strip": "drop", "css": "keep", "ttl": "recheck", "retention": "keep_pages",
}

// suggestKey says which key was meant: one spelt alike, one that other programs
// call so, or one that belongs elsewhere.
func suggestKey(key, path string, t reflect.Type) string {
	keys := keysOf(t)
	if hint := suggest(key, keys); hint != "" {
		return hint
	}
	if other := otherWords[strings.ToLower(key)]; slices.Contains(keys, other) {
		return fmt.Sprintf("did you mean %q?", other)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		section := f.Tag.Get("yaml")
		ft := f.Type
		if ft.Kind() == reflect.Slice {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && section != "" && !strings.HasPrefix(path, section) && slices.Contains(keysOf(ft), key) {
			return fmt.Sprintf("it belongs under %q", section)
		}
	}
	if path != "" && slices.Contains(keysOf(reflect.TypeFor[Config]()), key) {
		return "it belongs to the top of the file, without an indent"
	}
	return "known here are " + strings.Join(keys, ", ")
}

// suggest names the word that is spelt most alike, if one is: up to a third of
// its letters wrong.
func suggest(word string, words []string) string {
	word = strings.ToLower(shortText(word))
	word = strings.ReplaceAll(word, "-", "_")
	best, least := "", 1000
	for _, w := range words {
		if d := distance(word, w); d < least {
			best, least = w, d
		}
	}
	if best == "" || least > max(1, (len(best)+1)/3) {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// check finds the mistakes that are not of form.
func (r *configReader) check(c *Config) {
	if c.Database == "" {
		r.add("database", "database must not be empty", `write e.g. "tamiz.db"`)
	}
	if c.UserAgent != "" && !strings.HasPrefix(c.UserAgent, tamiz.Product) {
		r.add("user_agent", fmt.Sprintf("user_agent must start with %q", tamiz.Product),
			"that is the name which robots.txt files address; write about yourself after it, or set contact")
	}
	if c.Contact != "" && !strings.Contains(c.Contact, "@") && !isWebAddress(c.Contact) {
		r.add("contact", fmt.Sprintf("contact %q is neither a mail address nor a URL", shortText(c.Contact)), "")
	}
	zone := r.checkZone("time_zone", c.TimeZone)
	r.checkListen(c.Serve.Listen)
	for i := range c.Rules {
		r.checkRule(fmt.Sprintf("rules[%d]", i), &c.Rules[i])
	}
	names := map[string]string{}
	for i := range c.Sources {
		r.checkSource(fmt.Sprintf("sources[%d]", i), &c.Sources[i], zone, names)
	}
}

// checkZone gives the zone back if it can be used, else UTC.
func (r *configReader) checkZone(path, zone string) string {
	_, err := schedule.LoadZone(zone)
	var se *schedule.SpecError
	if errors.As(err, &se) {
		r.add(path, fmt.Sprintf("unknown time zone %q", se.Spec), se.Hint)
		return "UTC"
	}
	return zone
}

func (r *configReader) checkListen(addr string) {
	_, port, err := net.SplitHostPort(addr)
	_, numErr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil && wholeNumber.MatchString(addr):
		r.add("serve.listen", fmt.Sprintf("listen %q has no host", shortText(addr)), fmt.Sprintf("write \"127.0.0.1:%s\"", shortText(addr)))
	case err != nil:
		r.add("serve.listen", fmt.Sprintf("listen %q is no host and port", shortText(addr)), `write e.g. "127.0.0.1:8088"`)
	case numErr != nil:
		r.add("serve.listen", fmt.Sprintf("port %q is outside 0 to 65535", shortText(port)), "0 picks a free one")
	}
}

func (r *configReader) checkRule(path string, rule *RuleConfig) {
	switch {
	case !r.holdsKeys(path) || r.misread(path+".site") || r.misread(path+".host"):
		return
	case rule.Site == "" && rule.Host == "":
		r.add(path, "a rule needs a site or a host", `write e.g. "site: example.org"`)
	case rule.Site != "" && rule.Host != "":
		r.add(path+".host", "a rule is for a site or for a host, not both", "")
	}
	for key, value := range map[string]string{"site": rule.Site, "host": rule.Host} {
		if strings.ContainsAny(value, "/ ") {
			hint := `write e.g. "example.org"`
			if u, err := weburl.Canonical(value); err == nil {
				hint = fmt.Sprintf("write %q", weburl.Host(u))
			}
			r.add(path+"."+key, fmt.Sprintf("%s %q is no host name", key, shortText(value)), hint)
		}
	}
	css := func(path, selector string) {
		if selector == "" {
			return
		}
		if _, err := cascadia.ParseGroup(selector); err != nil {
			r.add(path, fmt.Sprintf("%q is no CSS selector: %v", shortText(selector), err), "")
		}
	}
	for i, s := range rule.Keep {
		css(fmt.Sprintf("%s.keep[%d]", path, i), s)
	}
	for i, s := range rule.Drop {
		css(fmt.Sprintf("%s.drop[%d]", path, i), s)
	}
	css(path+".title", rule.Title)
	css(path+".date", rule.Date)
}

// checkSource checks one source. names holds those of the sources before it, in
// lower case, with their paths.
func (r *configReader) checkSource(path string, s *SourceConfig, zone string, names map[string]string) {
	if !r.holdsKeys(path) {
		return
	}
	key := strings.ToLower(s.Name)
	switch {
	case s.Name == "" && r.misread(path+".name"):
	case s.Name == "":
		hint := ""
		if list := s.addresses(); len(list) > 0 {
			if u, err := weburl.Canonical(list[0]); err == nil {
				hint = fmt.Sprintf("write e.g. \"name: %s\"", strings.TrimPrefix(weburl.Host(u), "www."))
			}
		}
		r.add(path, "a source needs a name", hint)
	case strings.Contains(s.Name, "://") || utf8.RuneCountInString(s.Name) > maxNameRunes || s.Name != strings.TrimSpace(s.Name):
		r.add(path+".name", fmt.Sprintf("name %q cannot be used", shortText(s.Name)),
			fmt.Sprintf("it must not be a URL, begin or end with a space, or be longer than %d characters", maxNameRunes))
	case names[key] != "":
		line := 0
		if n := r.at[names[key]]; n != nil {
			line = n.Line
		}
		r.add(path+".name", fmt.Sprintf("two sources are called %q", shortText(s.Name)), fmt.Sprintf("the first is on line %d", line))
	default:
		names[key] = path + ".name"
	}
	r.checkAddresses(path, s)
	if s.TimeZone != "" {
		zone = r.checkZone(path+".time_zone", s.TimeZone)
	}
	if s.Schedule != "" {
		_, err := schedule.Parse(s.Schedule, zone)
		var se *schedule.SpecError
		if errors.As(err, &se) {
			r.add(path+".schedule", fmt.Sprintf("schedule %q: %s", se.Spec, se.Msg), se.Hint)
		}
	}
	for name, list := range map[string][]string{"include": s.Include, "exclude": s.Exclude} {
		for i, p := range list {
			if _, err := regexp.Compile(p); err != nil {
				hint := ""
				if strings.HasPrefix(p, "*") {
					hint = `a "*" alone is none: write ".*"`
				}
				reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
				r.add(fmt.Sprintf("%s.%s[%d]", path, name, i), fmt.Sprintf("%s %q is no regular expression: %s", name, shortText(p), reason), hint)
			}
		}
	}
}

func (r *configReader) checkAddresses(path string, s *SourceConfig) {
	files := s.Kind == string(tamiz.KindFiles)
	switch {
	case s.URL != "" && len(s.URLs) > 0:
		r.add(path+".urls", "a source has url or urls, not both", "move the one into the list")
		return
	case s.URL == "" && len(s.URLs) == 0 && (r.misread(path+".url") || r.misread(path+".urls")):
		return
	case s.URL == "" && len(s.URLs) == 0:
		hint := `write e.g. "url: https://example.org/feed/"`
		if files {
			hint = `write the folder, e.g. "url: ./inbox"`
		}
		r.add(path, "a source needs a url", hint)
		return
	}
	for i, u := range s.addresses() {
		at := path + ".url"
		if s.URL == "" {
			at = fmt.Sprintf("%s.urls[%d]", path, i)
		}
		var msg, hint string
		if files {
			msg, hint = checkFile(u)
		} else {
			msg, hint = checkURL(u)
		}
		if msg != "" {
			r.add(at, msg, hint)
		}
	}
}

// checkURL says what is wrong with the URL of a source.
func checkURL(raw string) (msg, hint string) {
	const example = `write e.g. "https://example.org/feed/"`
	shown := shortText(raw)
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case raw == "":
		return "the url is empty", example
	case err == nil && u.Scheme == "" && u.Host == "" && looksLikeHost(raw):
		return fmt.Sprintf("url %q has no scheme", shown), fmt.Sprintf("did you mean %q?", "https://"+shown)
	case err == nil && u.Scheme == "" || err == nil && u.Scheme == "file":
		return fmt.Sprintf("url %q is no web address", shown), `files and folders need "kind: files"`
	case err == nil && u.Scheme != "http" && u.Scheme != "https":
		msg = fmt.Sprintf("url %q is not http or https", shown)
		if fixed := suggest(u.Scheme, []string{"https", "http"}); fixed != "" {
			return msg, fixed
		}
		if looksLikeHost(raw) { // "example.org:8080/x" reads as a scheme
			return msg, fmt.Sprintf("did you mean %q?", "https://"+shown)
		}
		return msg, example
	case err == nil && u.User != nil:
		return "a url must not hold a user name or password", ""
	}
	if _, err := weburl.Canonical(raw); err != nil {
		return fmt.Sprintf("url %q cannot be used: %v", shown, err), example
	}
	return "", ""
}

// looksLikeHost reports whether a text starts with a host name.
func looksLikeHost(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	name, _, _ := strings.Cut(host, ":")
	return strings.Contains(strings.Trim(name, "."), ".") && !strings.HasPrefix(s, ".") && !strings.ContainsAny(name, " \\")
}

// checkFile says what is wrong with the path of a source of files.
func checkFile(path string) (msg, hint string) {
	switch {
	case path == "":
		return "the path is empty", `write e.g. "./inbox"`
	case strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://"):
		return fmt.Sprintf("%q is no path", shortText(path)), `web addresses need another kind, e.g. "kind: auto"`
	case strings.HasPrefix(path, "~"):
		return fmt.Sprintf("%q: \"~\" is not understood here", shortText(path)), "write the path out"
	}
	return "", ""
}

func isWebAddress(s string) bool {
	_, err := weburl.Canonical(s)
	return err == nil
}

// shortText bounds what a message quotes.
func shortText(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// oneLine keeps control characters out of messages.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
