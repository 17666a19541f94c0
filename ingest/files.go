package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tamiz"
	"tamiz/crawler"
	"tamiz/extract"
	"tamiz/store"
	"tamiz/weburl"
)

// Limits of what is read from files.
const (
	maxFileBytes   = 64 << 20 // one page or text, decompressed
	maxRecordBytes = 16 << 20 // one line of JSON
	importBatch    = 64       // articles stored in one transaction
)

// Unsupported are file types known by name that this release cannot read.
var Unsupported = map[string]string{
	".eml":  "newsletter mail (.eml, mbox, Maildir) comes with a later release",
	".mbox": "newsletter mail (.eml, mbox, Maildir) comes with a later release",
	".warc": "WARC archives come with a later release",
}

// FileType tells by its name what a file is taken for: "html", "text",
// "jsonl", or "" with the reason why it is not read.
func FileType(name string) (kind, why string) {
	base := strings.ToLower(filepath.Base(name))
	ext := filepath.Ext(strings.TrimSuffix(base, ".gz"))
	switch ext {
	case ".html", ".htm", ".xhtml":
		return "html", ""
	case ".txt", ".text", ".md", ".markdown":
		if strings.HasSuffix(base, ".gz") {
			return "", "compressed texts are not read: decompress it first"
		}
		return "text", ""
	case ".jsonl", ".ndjson":
		return "jsonl", ""
	}
	if why := Unsupported[ext]; why != "" {
		return "", why
	}
	return "", "not a type that is read (.html[.gz], .txt, .md, .jsonl[.gz])"
}

// File is one file found below a path that was given.
type File struct {
	Path  string
	Given string // the path it was found below, or itself
	Err   error  // set when it cannot be walked or read
}

// Walk lists the files below paths in a stable order. Names given directly are
// listed whatever their type; inside folders, hidden files are passed over.
func Walk(paths []string) []File {
	var out []File
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			out = append(out, File{Path: root, Given: root, Err: err})
			continue
		}
		if !info.IsDir() {
			out = append(out, File{Path: root, Given: root})
			continue
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				out = append(out, File{Path: path, Given: root, Err: err})
				if d != nil && d.IsDir() {
					return fs.SkipDir
				}
			case path != root && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case d.Type().IsRegular():
				out = append(out, File{Path: path, Given: root})
			}
			return nil
		})
		if err != nil {
			out = append(out, File{Path: root, Given: root, Err: err})
		}
	}
	return out
}

// ReadFile reads a saved page or text as if it had been fetched. Its URL is the
// one the page declares for itself, else a file URL. host is whose repetition
// cleans it: the host of its URL where one is known, else its folder.
func ReadFile(path string) (page *tamiz.Page, host string, err error) {
	kind, why := FileType(path)
	if kind == "" {
		return nil, "", errors.New(why)
	}
	raw, err := readAll(path, maxFileBytes)
	if err != nil {
		return nil, "", err
	}
	media := "text/plain"
	if kind == "html" {
		media = "text/html"
	}
	if strings.HasSuffix(strings.ToLower(path), ".md") || strings.HasSuffix(strings.ToLower(path), ".markdown") {
		media = "text/markdown"
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, "", errors.New("the file is empty")
	}
	if looksBinary(raw) {
		return nil, "", errors.New("binary data, not a page or text")
	}
	body, charset := crawler.Decode(raw, "", media)
	u := fileURL(path)
	host = "file:" + filepath.Dir(strings.TrimPrefix(u, "file://"))
	page = &tamiz.Page{Status: http.StatusOK, MediaType: media, Charset: charset, Body: body}
	if kind == "html" {
		if declared := extract.DeclaredURL(body); declared != "" {
			u, host = declared, weburl.Host(declared)
		}
	}
	page.URL, page.FinalURL = u, u
	return page, host, nil
}

// looksBinary reports whether the start of a file is no text in any encoding.
func looksBinary(raw []byte) bool {
	head := raw[:min(len(raw), 4096)]
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return false // UTF-16
	}
	return bytes.IndexByte(head, 0) >= 0
}

func fileURL(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// readAll reads a file, gunzipped if its name ends in .gz, up to a limit.
func readAll(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gunzip(path, f)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("larger than %d MB", limit>>20)
	}
	return raw, nil
}

func gunzip(path string, r io.Reader) (io.Reader, error) {
	if !strings.HasSuffix(strings.ToLower(path), ".gz") {
		return r, nil
	}
	z, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return nil, fmt.Errorf("not a gzip file: %w", err)
	}
	return z, nil
}

// Import takes in the files and folders named by the URLs of a source in one
// run. Every file, and every record of a .jsonl file, ends in one outcome; files
// that cannot be read are outcomes of class "failed", the rest goes on. The
// source of the articles is the source's name or, where it has none, the path
// that was given.
func (p *Pipeline) Import(ctx context.Context, src tamiz.Source) (*tamiz.Run, error) {
	paths, name := src.URLs, src.Name
	if name == "" {
		src.Name = strings.Join(paths, " ")
	}
	lock, err := p.db.LockSource(ctx, src.Name, store.ThisProcess())
	if err != nil {
		return nil, err
	}
	defer p.release(ctx, lock)
	im := &importer{p: p, ctx: ctx, source: name, hosts: map[string]bool{}}
	err = p.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.SaveSource(src); err != nil {
			return err
		}
		im.run, err = tx.StartRun(src.Name, "import", "files")
		return err
	})
	if err != nil {
		return nil, err
	}
	files := Walk(paths)
	im.total = len(files)
	for _, f := range files {
		if ctx.Err() != nil {
			break
		}
		if err := im.file(f); err != nil {
			return nil, err
		}
	}
	if err := im.flush(); err != nil {
		return nil, err
	}
	state, msg := "done", ""
	if ctx.Err() != nil {
		state, msg = "stopped", "stopped by the user"
	}
	keep := context.WithoutCancel(ctx)
	var hosts []string
	for h := range im.hosts {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	if err := p.settle(keep, src.Name, hosts); err != nil {
		return nil, err
	}
	if err := p.db.Write(keep, func(tx *store.Tx) error { return tx.FinishRun(im.run, state, msg) }); err != nil {
		return nil, err
	}
	run, err := p.db.Run(keep, im.run)
	if err == nil {
		err = ctx.Err()
	}
	return &run, err
}

// importer is the state of one Import.
type importer struct {
	p      *Pipeline
	ctx    context.Context
	run    int64
	source string // name of the source; empty: the path given
	hosts  map[string]bool
	batch  []imported
	done   int
	total  int
}

// imported is one file or record and what became of it.
type imported struct {
	url     string
	outcome tamiz.Outcome
	reason  string
	article *tamiz.Article
	page    *tamiz.Page
	learned int
}

func (im *importer) add(it imported) error {
	im.batch = append(im.batch, it)
	if len(im.batch) >= importBatch {
		return im.flush()
	}
	return nil
}

func (im *importer) fail(url string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return im.add(imported{url: url, outcome: tamiz.OutcomeBroken, reason: err.Error()})
}

// file takes in one file.
func (im *importer) file(f File) error {
	u := fileURL(f.Path)
	if f.Err != nil {
		return im.fail(u, f.Err)
	}
	kind, why := FileType(f.Path)
	if kind == "jsonl" {
		return im.records(f)
	}
	if kind == "" {
		if f.Path == f.Given {
			return im.fail(u, errors.New(why)) // somebody asked for this one
		}
		return im.add(imported{url: u, outcome: tamiz.OutcomeMediaType, reason: why})
	}
	page, host, err := ReadFile(f.Path)
	if err != nil {
		return im.fail(u, err)
	}
	page.FetchedAt = im.p.now().UTC()
	st, err := im.p.sites.get(im.ctx, host)
	if err != nil {
		return err
	}
	st.mu.RLock()
	learned := st.s.Pages()
	res, err := im.p.extract.Extract(page, st.s)
	st.mu.RUnlock()
	if err != nil {
		return im.fail(u, err)
	}
	if res.Article == nil {
		return im.add(imported{url: u, outcome: tamiz.OutcomeNoArticle, reason: "no main content (" + string(res.Kind) + ")"})
	}
	st.observe(res.Seen, page.FinalURL)
	im.hosts[host] = true
	a := res.Article
	a.URL, a.Source, a.Host, a.FetchedAt = page.FinalURL, im.sourceOf(f), host, page.FetchedAt
	if a.CanonicalURL == "" {
		a.CanonicalURL = a.URL
	}
	page.Source = a.Source
	return im.add(imported{url: u, article: a, page: page, learned: learned})
}

// sourceOf names the source of what stands in a file.
func (im *importer) sourceOf(f File) string {
	if im.source != "" {
		return im.source
	}
	return f.Given
}

// records takes in the lines of a .jsonl file.
func (im *importer) records(in File) error {
	path := in.Path
	u := fileURL(path)
	f, err := os.Open(path)
	if err != nil {
		return im.fail(u, err)
	}
	defer f.Close()
	r, err := gunzip(path, f)
	if err != nil {
		return im.fail(u, err)
	}
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 1<<16), maxRecordBytes)
	n, records := 0, 0
	for sc.Scan() {
		n++
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		records++
		if err := im.ctx.Err(); err != nil {
			return nil // the caller sees it too
		}
		where := fmt.Sprintf("%s#%d", u, n)
		a, err := readRecord(sc.Bytes())
		if err != nil {
			if err := im.fail(where, fmt.Errorf("line %d: %w", n, err)); err != nil {
				return err
			}
			continue
		}
		im.complete(a, in, where)
		if err := im.add(imported{url: a.URL, article: a}); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("longer than %d MB", maxRecordBytes>>20)
		}
		return im.fail(fmt.Sprintf("%s#%d", u, n+1), fmt.Errorf("line %d: %w", n+1, err))
	}
	if records == 0 {
		return im.fail(u, errors.New("the file is empty"))
	}
	im.total += records - 1
	return nil
}

// readRecord decodes one article record. Keys it does not know are left out;
// a known key with a value of the wrong type is an error that names it.
func readRecord(line []byte) (*tamiz.Article, error) {
	var a tamiz.Article
	if err := json.Unmarshal(line, &a); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return nil, fmt.Errorf("field %q: a %s where a %s is wanted", te.Field, te.Value, te.Type)
		}
		return nil, fmt.Errorf("not an article record: %w", err)
	}
	if strings.TrimSpace(a.Text) == "" {
		return nil, errors.New(`field "text" is missing or empty`)
	}
	return &a, nil
}

// complete fills in what a record leaves out. Its text is taken as clean; its
// declared language is a hint, the text decides.
func (im *importer) complete(a *tamiz.Article, in File, where string) {
	a.Source = im.sourceOf(in)
	if u, err := weburl.Canonical(a.URL); err == nil {
		a.URL = u
	} else {
		a.URL = where
	}
	if u, err := weburl.Canonical(a.CanonicalURL); err == nil {
		a.CanonicalURL = u
	} else {
		a.CanonicalURL = a.URL
	}
	a.Host = weburl.Host(a.URL)
	if a.Host == "" {
		a.Host = "file:" + filepath.Dir(in.Path)
	}
	extract.Complete(a)
	a.FetchedAt = im.p.now().UTC()
}

// flush stores the batch.
func (im *importer) flush() error {
	if len(im.batch) == 0 {
		return nil
	}
	ctx := context.WithoutCancel(im.ctx)
	err := im.p.db.Write(ctx, func(tx *store.Tx) error {
		for i := range im.batch {
			if err := im.store(tx, &im.batch[i]); err != nil {
				return fmt.Errorf("store %s: %w", im.batch[i].url, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, it := range im.batch {
		im.done++
		im.p.progress(Event{Source: "import", Stage: StageImport, URL: it.url, Outcome: it.outcome, Reason: it.reason, Done: im.done, Total: max(im.total, im.done)})
	}
	im.batch = im.batch[:0]
	return nil
}

func (im *importer) store(tx *store.Tx, it *imported) error {
	if a := it.article; a != nil {
		var meta store.ArticleMeta
		if it.page != nil {
			meta = articleMeta(it.page, it.learned)
		}
		var err error
		it.outcome, err = tx.SaveArticle(a, meta)
		if errors.Is(err, store.ErrForgotten) {
			it.outcome, it.reason, it.page, err = tamiz.OutcomeForgotten, "erased by the user, kept out", nil, nil
		}
		if err == nil && it.page != nil {
			err = tx.SavePage(it.page)
		}
		if err != nil {
			return err
		}
	}
	return tx.FinishFetch(im.run, &tamiz.Fetch{
		Link: tamiz.Link{URL: it.url, Source: "import"}, Outcome: it.outcome, Reason: it.reason, Attempts: 1, StartedAt: im.p.now(),
	})
}
