package dedup

import (
	"encoding/binary"
	"errors"
)

var errCut = errors.New("data ends early or is damaged")

// decoder reads what binary.AppendUvarint and append wrote; after the first
// error everything reads as zero.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.b, d.err = nil, errCut
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number that may not exceed limit.
func (d *decoder) count(limit int) int {
	v := d.uvarint()
	if limit < 0 || v > uint64(limit) {
		d.b, d.err = nil, errCut
		return 0
	}
	return int(v)
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b) {
		d.b, d.err = nil, errCut
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}
