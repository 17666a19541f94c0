package store

import (
	"context"
	"fmt"
)

// SaveSite keeps what the extractor learned about a host from a number of pages.
func (tx *Tx) SaveSite(host string, learned []byte, pages int) error {
	err := tx.run(`
		INSERT INTO sites (host, learned, pages, updated_at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (host) DO UPDATE SET learned = ?2, pages = ?3, updated_at = ?4`,
		host, tx.db.zip.EncodeAll(learned, nil), pages, stamp(tx.now))
	if err != nil {
		return fmt.Errorf("save what was learned of %s: %w", host, err)
	}
	return nil
}

// Site gives what was learned about a host, nil if nothing was.
func (db *DB) Site(ctx context.Context, host string) ([]byte, error) {
	return db.site(ctx, db.read, host)
}

// Site is [DB.Site] inside the transaction.
func (tx *Tx) Site(host string) ([]byte, error) { return tx.db.site(tx.ctx, tx.tx, host) }

func (db *DB) site(ctx context.Context, q querier, host string) ([]byte, error) {
	var packed []byte
	found, err := scanOne(q.QueryRowContext(ctx, `SELECT learned FROM sites WHERE host = ?`, host), &packed)
	if err == nil && !found {
		return nil, nil
	}
	if err == nil {
		var learned []byte
		if learned, err = db.unzip.DecodeAll(packed, []byte{}); err == nil {
			return learned, nil
		}
	}
	return nil, fmt.Errorf("load what was learned of %s: %w", host, err)
}

// LearnedSite is a host that has taught the extractor something.
type LearnedSite struct {
	Host  string
	Pages int
}

// Sites lists the hosts that something was learned about.
func (db *DB) Sites(ctx context.Context) ([]LearnedSite, error) {
	var list []LearnedSite
	err := each(ctx, db.read, `SELECT host, pages FROM sites ORDER BY host`, nil, func(scan func(...any) error) error {
		var s LearnedSite
		err := scan(&s.Host, &s.Pages)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list learned sites: %w", err)
	}
	return list, nil
}

// StalePages lists the URLs of a host's articles that were cleaned when fewer
// than so many pages had taught it, and whose page is still kept.
func (db *DB) StalePages(ctx context.Context, host string, cleanedWithFewerThan int) ([]string, error) {
	urls, err := texts(ctx, db.read, `
		SELECT a.url FROM articles a JOIN urls u ON u.url = a.url JOIN pages p ON p.url = u.id
		 WHERE a.host = ? AND a.cleaned_with < ? AND a.revision_of IS NULL ORDER BY a.key`, host, cleanedWithFewerThan)
	if err != nil {
		return nil, fmt.Errorf("list pages of %s to clean again: %w", host, err)
	}
	return urls, nil
}
