package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tamiz"
)

// keptHeaders are the response headers that cleaning a page again may need.
var keptHeaders = []string{
	"Content-Type", "Content-Language", "Date", "Etag", "Last-Modified", "Link", "X-Robots-Tag",
}

// SavePage keeps a page as it was received, in place of the one kept for its
// URL before. It is found under FinalURL, where the article is; AddAlias makes
// it known under the URL that was asked for.
func (tx *Tx) SavePage(p *tamiz.Page) error {
	if err := tx.savePage(p); err != nil {
		return fmt.Errorf("save page %s: %w", p.URL, err)
	}
	return nil
}

func (tx *Tx) savePage(p *tamiz.Page) error {
	at := p.FinalURL
	if at == "" {
		at = p.URL
	}
	if gone, err := forgotten(tx.ctx, tx.tx, at); err != nil || gone {
		if err == nil {
			err = ErrForgotten
		}
		return err
	}
	url, err := tx.urlID(tamiz.Link{URL: at, Source: p.Source})
	if err != nil {
		return err
	}
	kept := http.Header{}
	for _, name := range keptHeaders {
		for _, v := range p.Header.Values(name) {
			kept.Add(name, clean(v, maxFieldBytes))
		}
	}
	header, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return tx.run(`
		INSERT INTO pages (url, host, asked, source, status, header, media_type, charset, truncated, fetched_at, body_hash, size, body)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
		ON CONFLICT (url) DO UPDATE SET host = ?2, asked = ?3, source = ?4, status = ?5, header = ?6, media_type = ?7,
		       charset = ?8, truncated = ?9, fetched_at = ?10, body_hash = ?11, size = ?12, body = ?13`,
		url, hostOf(at), p.URL, p.Source, p.Status, string(header), p.MediaType, p.Charset, p.Truncated,
		stamp(p.FetchedAt), BodyHash(p.Body), len(p.Body), tx.db.zip.EncodeAll(p.Body, nil))
}

const pageColumns = `p.asked, u.url, p.source, p.status, p.header, p.media_type, p.charset, p.truncated, p.fetched_at,
	u.etag, u.last_modified, p.body`

func (db *DB) scanPage(scan func(...any) error) (*tamiz.Page, error) {
	p := &tamiz.Page{}
	var fetched timeColumn
	var body []byte
	err := scan(&p.URL, &p.FinalURL, &p.Source, &p.Status, jsonColumn{&p.Header}, &p.MediaType, &p.Charset,
		&p.Truncated, &fetched, &p.Validators.ETag, &p.Validators.LastModified, &body)
	if err != nil {
		return nil, none(err)
	}
	p.FetchedAt = fetched.Time
	if p.Body, err = db.unzip.DecodeAll(body, []byte{}); err != nil {
		return nil, fmt.Errorf("unpack page %s: %w", p.FinalURL, err)
	}
	return p, nil
}

// Page gives the page kept for a URL, or for the one it stands for, with those
// of its headers that were kept. It gives [ErrNotFound] if there is none.
func (db *DB) Page(ctx context.Context, url string) (*tamiz.Page, error) {
	target, err := resolveAlias(ctx, db.read, url)
	if err != nil {
		return nil, err
	}
	p, err := db.scanPage(db.read.QueryRowContext(ctx, `
		SELECT `+pageColumns+` FROM pages p JOIN urls u ON u.id = p.url
		 WHERE u.url IN (?1, ?2) ORDER BY u.url = ?1 DESC LIMIT 1`, url, target).Scan)
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", url, err)
	}
	return p, nil
}

// EachPage hands the kept pages of a host, or with an empty host all of them,
// to fn one at a time; those of one host follow each other.
func (db *DB) EachPage(ctx context.Context, host string, fn func(*tamiz.Page) error) error {
	err := each(ctx, db.read, `
		SELECT `+pageColumns+` FROM pages p JOIN urls u ON u.id = p.url
		 WHERE p.host = ?1 OR ?1 = '' ORDER BY p.host, p.url`, []any{strings.ToLower(host)},
		func(scan func(...any) error) error {
			p, err := db.scanPage(scan)
			if err != nil {
				return err
			}
			return fn(p)
		})
	if err != nil {
		return fmt.Errorf("list pages: %w", err)
	}
	return nil
}

// PrunePages removes the pages fetched before a time and gives their number.
// The articles taken from them stay, but cannot be cleaned again until their
// pages are fetched anew, which the next crawl does in full.
func (tx *Tx) PrunePages(before time.Time) (int, error) {
	// Without its page a "not modified" would be a dead end: ask for the whole.
	err := tx.run(`UPDATE urls SET etag = '', last_modified = '' WHERE id IN (SELECT url FROM pages WHERE fetched_at < ?)`, stamp(before))
	if err != nil {
		return 0, fmt.Errorf("prune pages: %w", err)
	}
	n, err := tx.count(`DELETE FROM pages WHERE fetched_at < ?`, stamp(before))
	if err != nil {
		return 0, fmt.Errorf("prune pages: %w", err)
	}
	return n, nil
}

// PageHosts lists the hosts of which pages are kept.
func (db *DB) PageHosts(ctx context.Context) ([]string, error) {
	hosts, err := texts(ctx, db.read, `SELECT DISTINCT host FROM pages ORDER BY host`)
	if err != nil {
		return nil, fmt.Errorf("list hosts of pages: %w", err)
	}
	return hosts, nil
}
