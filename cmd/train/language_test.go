package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tamiz/lang"
)

// writeTexts writes parallel texts in two languages, five works each.
func writeTexts(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	for work := range 5 {
		for tag, words := range map[string]string{
			"es": "los equipos aprenden cada semana algo nuevo sobre sus lectores",
			"de": "jede woche lernen die gruppen etwas neues von ihren kunden",
		} {
			line, err := json.Marshal(parallelText{fmt.Sprint("w", work), "made up", tag, words, []string{words, words}})
			if err != nil {
				t.Fatal(err)
			}
			file.Write(append(line, '\n'))
		}
	}
	path := filepath.Join(t.TempDir(), "texts.jsonl")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsage(t *testing.T) {
	for name, args := range map[string][]string{"no arguments": nil, "unknown subcommand": {"teach"}} {
		var stderr bytes.Buffer
		if status := run(context.Background(), args, &stderr); status != 2 || !strings.Contains(stderr.String(), "usage: train") {
			t.Errorf("%s: status %d, %q", name, status, stderr.String())
		}
	}
}

func TestLearnLanguage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "model.bin")
	var stderr bytes.Buffer
	if status := run(context.Background(), []string{"language", "--parallel", writeTexts(t), "--out", out}, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	model, err := lang.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := model.Identify("die kunden lernen etwas").Language; got != "de" {
		t.Errorf("German taken for %q", got)
	}
}

func TestLearnLanguageFails(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.jsonl")
	if err := os.WriteFile(broken, []byte("{}\n{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"nothing to do":  {[]string{"--parallel", writeTexts(t)}, "--out FILE or --evaluate"},
		"no file":        {[]string{"--parallel", "missing.jsonl", "--out", "x"}, "missing.jsonl"},
		"broken line":    {[]string{"--parallel", broken, "--out", "x"}, "broken.jsonl line 2"},
		"a single fold":  {[]string{"--parallel", writeTexts(t), "--evaluate", "--folds", "1"}, "not above 1"},
		"docs, not gold": {[]string{"--parallel", writeTexts(t), "--evaluate", "--docs", "x"}, "go together"},
	} {
		var stderr bytes.Buffer
		if status := run(context.Background(), append([]string{"language"}, test.args...), &stderr); status != 1 || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%s: status %d, %q; want %q", name, status, stderr.String(), test.want)
		}
	}
}

func TestCrossValidate(t *testing.T) {
	texts, err := readTexts(writeTexts(t))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := crossValidate(context.Background(), texts, texts, "2", 5, &out); err != nil {
		t.Fatal(err)
	}
	if want := "full text                    micro 1.0000  macro 1.0000"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, out.String())
	}
}
