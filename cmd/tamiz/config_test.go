package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tamiz"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestLoadNamesEveryMistake compares what is said about each broken file in
// testdata/config with the .golden file beside it.
func TestLoadNamesEveryMistake(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, err := Load(file)
			var ce *ConfigError
			if !errors.As(err, &ce) {
				t.Fatalf("Load = %v, want a ConfigError", err)
			}
			got := strings.ReplaceAll(ce.Error(), file, filepath.Base(file)) + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRootConfigIsSound: what a new user gets loads, and has a source of each
// kind and every key there is.
func TestRootConfigIsSound(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "config.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, tamiz.DefaultConfig) {
		t.Error("the embedded configuration is not the one in the root")
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, s := range c.Sources {
		kinds[s.Kind] = true
		if s.Enabled == nil && s.Schedule == "" {
			t.Errorf("source %s has no schedule", s.Name)
		}
	}
	for _, kind := range []tamiz.SourceKind{tamiz.KindAuto, tamiz.KindFeed, tamiz.KindSitemap, tamiz.KindListing, tamiz.KindPages, tamiz.KindFiles} {
		if !kinds[string(kind)] {
			t.Errorf("no source of kind %s", kind)
		}
	}
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Config](), reflect.TypeFor[CrawlConfig](), reflect.TypeFor[ServeConfig](),
		reflect.TypeFor[LogConfig](), reflect.TypeFor[RuleConfig](), reflect.TypeFor[SourceConfig](),
	} {
		for _, key := range keysOf(typ) {
			if !bytes.Contains(data, []byte(key+":")) {
				t.Errorf("config.yaml does not show the key %q", key)
			}
			if !bytes.Contains(docs, []byte("`"+key)) && !bytes.Contains(docs, []byte("."+key+"`")) {
				t.Errorf("docs/configuration.md does not explain the key %q", key)
			}
		}
	}
	for _, s := range c.TamizSources() {
		if s.Delay < time.Second || s.Private {
			t.Errorf("source %s is not polite: %+v", s.Name, s)
		}
	}
}

func TestLoadOfNothing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":         "",
		"comments":      "# nothing\n\n",
		"null":          "null\n",
		"empty marks":   "---\n...\n",
		"empty keys":    "crawl:\nsources:\nrules: []\ndatabase:\n",
		"byte order":    "\uFEFFdatabase: tamiz.db\n",
		"line ends":     "database: tamiz.db\r\ncrawl:\r\n  depth: 1\r\n",
		"section empty": "crawl: {}\n",
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := Default()
		want.Path, want.Database = path, filepath.Join(filepath.Dir(path), "tamiz.db")
		got.Sources, got.Rules = nil, nil // empty lists are as good as none
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLoadOfWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
	var ce *ConfigError
	if _, err := Load(dir); err == nil || errors.As(err, &ce) {
		t.Errorf("a folder gives %v", err)
	}
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, bytes.Repeat([]byte("# x\n"), 300_000), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(large); !errors.As(err, &ce) || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("a large file gives %v", err)
	}
}

func TestTamizSources(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	const text = `
time_zone: Europe/Madrid
crawl: {delay: 3s, depth: 2, max_pages: 50, recheck: 1d12h}
sources:
  - name: plain
    url: HTTPS://Example.org/feed?utm_source=x
  - name: 2026
    kind: listing
    urls: [https://example.com/a, https://example.com/b]
    schedule: "@daily"
    time_zone: Asia/Tokyo
    depth: 0
    max_pages: 0
    delay: 0s
    recheck: 90m
    include: [/a/]
    exclude: [/b/]
    since: 2026-01-31
    rank: -5
    allow_private: true
    enabled: true
  - {name: off, url: https://example.net/, enabled: false}
  - {name: papers, kind: files, urls: [inbox, /srv/papers, "file:///srv/more"]}
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	recheck := 36 * time.Hour
	want := []tamiz.Source{
		{
			Name: "plain", Kind: tamiz.KindAuto, URLs: []string{"https://example.org/feed"}, TimeZone: "Europe/Madrid",
			Depth: 2, MaxPages: 50, Delay: 3 * time.Second, Recheck: recheck,
		},
		{
			Name: "2026", Kind: tamiz.KindListing, URLs: []string{"https://example.com/a", "https://example.com/b"},
			Schedule: "@daily", TimeZone: "Asia/Tokyo", DepthGiven: true, Recheck: 90 * time.Minute,
			Include: []string{"/a/"}, Exclude: []string{"/b/"}, Since: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
			Rank: -5, Private: true,
		},
		{
			Name: "papers", Kind: tamiz.KindFiles, URLs: []string{filepath.Join(filepath.Dir(path), "inbox"), "/srv/papers", "/srv/more"},
			TimeZone: "Europe/Madrid", Depth: 2, MaxPages: 50, Delay: 3 * time.Second, Recheck: recheck,
		},
	}
	if diff := cmp.Diff(want, c.TamizSources()); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

func TestAgent(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]*Config{
		"tamiz/1.2":                        {},
		"tamiz/1.2 (+me@example.org)":      {Contact: "me@example.org"},
		"tamiz-news (https://example.org)": {Contact: "me@example.org", UserAgent: "tamiz-news (https://example.org)"},
	} {
		if got := c.Agent("1.2"); got != want {
			t.Errorf("Agent = %q, want %q", got, want)
		}
	}
}

func TestDurationsAndSizes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]time.Duration{
		"7d": 7 * day, "0d": 0, "1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute, "0": 0, "250ms": 250 * time.Millisecond,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "d", "7", "-7d", "7d-1h", "1.5d", "99999999d", "7dd", "7 days", "1w"} {
		if got, err := parseDuration(s); err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", s, got)
		}
	}
	for s, want := range map[string]int64{
		"10MB": 10_000_000, "10MiB": 10 << 20, "500 kb": 500_000, "1.5G": 1_500_000_000, "4096": 4096, "7b": 7, "2KiB": 2048,
	} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("parseSize(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "MB", "-1MB", "10 megabytes", "1e6", "10TB", "1,5MB", "9999999999999"} {
		if got, err := parseSize(s); err == nil {
			t.Errorf("parseSize(%q) = %v, want an error", s, got)
		}
	}
}

// FuzzParseConfig: no text makes the reader panic or gives a message that does
// not fit on a line; what it accepts can be used.
func FuzzParseConfig(f *testing.F) {
	f.Add(tamiz.DefaultConfig)
	f.Add([]byte("crawl: {workers: 012, delay: 5}\nsources: [{name: a, url: 'x y'}, 3, *a]\n"))
	f.Add([]byte("a: &a [*a, *a]\nsources: *a\n"))
	f.Add([]byte("rules: [{site: x, drop: ['a[', ':is(']}]\n\t- x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems := parseConfig(data)
		for _, p := range problems {
			if p.Msg == "" || strings.ContainsAny(p.Msg+p.Hint, "\n\r\x1b\x00") {
				t.Errorf("bad message %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		for _, s := range c.TamizSources() {
			if s.Name == "" || len(s.URLs) == 0 {
				t.Errorf("accepted a source without name or URL: %+v", s)
			}
		}
	})
}
