//go:build unix

package main

import (
	"path/filepath"
	"syscall"
)

// freeSpace is how many bytes an ordinary user may still write beside a file.
func freeSpace(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil //nolint:gosec // block sizes are positive
}
