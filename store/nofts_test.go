//go:build !sqlite_fts5 && !fts5

package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestBuiltWithoutFullText is the only test of a build without the tag.
func TestBuiltWithoutFullText(t *testing.T) {
	_, err := Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), Options{})
	if !errors.Is(err, ErrNoFullText) {
		t.Errorf("Open: %v, want %v", err, ErrNoFullText)
	}
}
