package crawler

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// acceptEncoding names what body can decode.
const acceptEncoding = "gzip, deflate, br, zstd"

// Limits on coded bodies.
const (
	maxEncodings = 3       // nobody encodes more often on purpose
	zstdWindow   = 8 << 20 // what RFC 8878 asks decoders to support
	codedSlack   = 1 << 20 // how much longer than its limit a body may be while coded
	drainBytes   = 16 << 10
	sniffBytes   = 512
)

var (
	errEncoding = errors.New("unsupported content encoding")
	errCoded    = errors.New("coded body is longer than the limit")
)

// body reads a response's body, decoded and cut at a limit. The limit counts
// decoded bytes: a small coded body can hold any number of them. The coded
// bytes are limited as well, since a coded body can also hold nothing at all.
type body struct {
	response *http.Response
	raw      *counter // bytes as they come from the network
	reader   *bufio.Reader
	closers  []io.Closer
	read     int64 // decoded bytes given out
	left     int64
	opened   bool
	cut      bool // there was more than the limit
}

func newBody(res *http.Response, limit int64) *body {
	return &body{response: res, raw: &counter{from: res.Body, left: limit + codedSlack}, left: limit}
}

// open puts the decoders in front of the network. It reads, so it is not done
// before somebody wants the body.
func (b *body) open() error {
	if b.opened {
		return nil
	}
	b.opened = true
	b.reader = bufio.NewReader(b.raw)

	var encodings []string
	for _, header := range b.response.Header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(header, ",") {
			coding = strings.ToLower(strings.TrimSpace(coding))
			if coding != "" && coding != "identity" {
				encodings = append(encodings, coding)
			}
		}
	}
	if len(encodings) > maxEncodings {
		return fmt.Errorf("%w: %d codings on top of one another", errEncoding, len(encodings))
	}
	for i := len(encodings) - 1; i >= 0; i-- {
		if err := b.decode(encodings[i]); err != nil {
			return err
		}
	}
	return nil
}

// decode puts one decoder in front.
func (b *body) decode(coding string) error {
	start, err := b.reader.Peek(2)
	if len(start) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return nil // empty however coded
	}
	switch coding {
	case "gzip", "x-gzip":
		if !isGzip(start) {
			return nil // servers that say so and do not
		}
		decoder, err := gzip.NewReader(b.reader)
		if err != nil {
			return b.blame(err)
		}
		b.push(decoder, decoder)
	case "deflate":
		// The name means zlib, but some servers leave its header out.
		if len(start) == 2 && start[0]&0x0f == 8 && (uint(start[0])<<8|uint(start[1]))%31 == 0 {
			decoder, err := zlib.NewReader(b.reader)
			if err != nil {
				return b.blame(err)
			}
			b.push(decoder, decoder)
		} else {
			decoder := flate.NewReader(b.reader)
			b.push(decoder, decoder)
		}
	case "br":
		b.push(brotli.NewReader(b.reader), nil)
	case "zstd":
		decoder, err := zstd.NewReader(b.reader, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return b.blame(err)
		}
		b.push(decoder, decoder.IOReadCloser())
	default:
		return fmt.Errorf("%w %q", errEncoding, coding)
	}
	return nil
}

func (b *body) push(decoder io.Reader, closer io.Closer) {
	b.reader = bufio.NewReader(readerFunc(func(p []byte) (int, error) {
		n, err := decoder.Read(p)
		return n, b.blame(err)
	}))
	if closer != nil {
		b.closers = append(b.closers, closer)
	}
}

// blame tells the errors of a decoder from those of the network, which come
// through it. What follows a complete gzip member and is none is padding.
func (b *body) blame(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), b.raw.err != nil:
		return err
	case errors.Is(err, gzip.ErrHeader) && b.read > 0:
		return io.EOF
	}
	return &codecError{err}
}

// unpack decodes a file that is itself a gzip file, as sitemaps are.
func (b *body) unpack() error {
	if err := b.open(); err != nil {
		return err
	}
	if start, _ := b.reader.Peek(2); !isGzip(start) {
		return nil
	}
	return b.decode("gzip")
}

// peek gives the first bytes without taking them.
func (b *body) peek() ([]byte, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	start, err := b.reader.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(start) == 0 {
		return nil, err
	}
	return start, nil
}

// Read gives the decoded body up to the limit.
func (b *body) Read(p []byte) (int, error) {
	if err := b.open(); err != nil {
		return 0, err
	}
	if b.left <= 0 {
		if !b.cut {
			_, err := b.reader.ReadByte()
			if err != nil {
				return 0, err
			}
			b.cut = true
		}
		return 0, io.EOF
	}
	n, err := b.reader.Read(p[:min(int64(len(p)), b.left)])
	b.read += int64(n)
	b.left -= int64(n)
	return n, err
}

// Close ends the transfer. What is left of a short, plain body is read first,
// so that the connection can be used again.
func (b *body) Close() error {
	for _, closer := range b.closers {
		closer.Close()
	}
	b.closers = nil
	if n := b.response.ContentLength; 0 < n && n <= drainBytes && !b.cut {
		io.CopyN(io.Discard, b.raw, n) //nolint:errcheck // the connection is closed then
	}
	return b.response.Body.Close()
}

func isGzip(start []byte) bool { return bytes.HasPrefix(start, []byte{0x1f, 0x8b}) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// counter counts what it reads, stops at a limit and remembers what went wrong.
type counter struct {
	from io.Reader
	read int64
	left int64
	err  error // of the network
}

func (c *counter) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.err = errCoded
		return 0, errCoded
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.read += int64(n)
	c.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
