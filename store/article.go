package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"tamiz"
)

// Limits of one article. What is beyond them is cut off.
const (
	maxRevisions = 20 // earlier texts kept; a page that changes with every visit would grow without end
	maxAuthors   = 100
	maxTags      = 200
	maxImages    = 1000
	maxLinks     = 5000
	maxEditions  = 1000 // declared alternates
)

// ArticleMeta is what is stored with an article besides its record.
type ArticleMeta struct {
	PageHash       string // [BodyHash] of the page it was taken from; empty: unknown
	CleanedWith    int    // pages its host had taught when it was cleaned
	ExtractVersion int    // version of the extractor's rules
	Signature      []byte // prepared for comparison; nil: unknown
}

// ArticleID is the id an article at this URL gets: always the same one, unless
// it was imported with an id of its own.
func ArticleID(url string) string { return "a" + shortHash(url) }

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// SaveArticle stores the article at a.URL and says whether it is new, updated
// (its text changed) or unchanged (the same text; other fields are brought up to
// date). It fills in a.ID, a.Work and a.Relation. A new article is a work of its
// own until [Tx.SetWorks] says otherwise, so that it can be found at once, and
// is listed by [DB.Ungrouped].
//
// The text that an update replaces is kept as a revision with the id "<id>-r1"
// and so on, unless the page has not changed and was only cleaned better.
//
// An imported article keeps its id if that is well formed and free. An article
// whose relation is revision is stored as an earlier text of the one at its
// URL. [ErrForgotten] says that a tombstone keeps the URL out.
func (tx *Tx) SaveArticle(a *tamiz.Article, m ArticleMeta) (tamiz.Outcome, error) {
	outcome, err := tx.saveArticle(a, m)
	if err != nil {
		return "", fmt.Errorf("save article %s: %w", a.URL, err)
	}
	return outcome, nil
}

func (tx *Tx) saveArticle(a *tamiz.Article, m ArticleMeta) (tamiz.Outcome, error) {
	if a.URL == "" {
		return "", errors.New("no URL")
	}
	if gone, err := forgotten(tx.ctx, tx.tx, a.URL); err != nil || gone {
		return "", errors.Join(err, errIf(gone, ErrForgotten))
	}
	tidy(a)

	var key int64
	var before ArticleMeta
	found, err := scanOne(tx.row(`
		SELECT key, page_hash, cleaned_with, extract_version FROM articles WHERE url = ? AND revision_of IS NULL`, a.URL),
		&key, &before.PageHash, &before.CleanedWith, &before.ExtractVersion)
	if err != nil {
		return "", err
	}
	if !found {
		return tamiz.OutcomeNew, tx.insertArticle(a, m)
	}
	old, err := loadArticle(tx.ctx, tx.tx, tx.db, key)
	if err != nil {
		return "", err
	}
	if a.Relation == tamiz.Revision {
		return tx.addRevision(key, old, a, m)
	}
	a.ID, a.Work, a.Relation, a.Source = old.ID, old.Work, old.Relation, old.Source

	if a.Text == old.Text {
		return tamiz.OutcomeUnchanged, tx.refreshArticle(key, old, a, m)
	}
	if !cleanedBetter(old.Text, before, a.Text, m) {
		if err := tx.keepRevision(key, old.ID); err != nil {
			return "", err
		}
	}
	if err := tx.updateArticle(key, a, m); err != nil {
		return "", err
	}
	// What was concluded from the old text no longer holds.
	if err := tx.run(`DELETE FROM matches WHERE a = ?1 OR b = ?1`, key); err != nil {
		return "", err
	}
	if m.Signature == nil {
		if err := tx.run(`DELETE FROM signatures WHERE article = ?`, key); err != nil {
			return "", err
		}
	}
	return tamiz.OutcomeUpdated, tx.run(`UPDATE articles SET changed_at = ?, ungrouped = 1 WHERE key = ?`, stamp(tx.now), key)
}

func errIf(cond bool, err error) error {
	if cond {
		return err
	}
	return nil
}

// tidy brings an article into the form in which it is stored and read back.
func tidy(a *tamiz.Article) {
	for _, s := range []*string{&a.URL, &a.CanonicalURL, &a.Source, &a.Site, &a.Host, &a.Language, &a.Title,
		&a.Standfirst, &a.Excerpt, &a.TranslationOf} {
		*s = clean(*s, maxFieldBytes)
	}
	a.Text, a.Markdown = clean(a.Text, maxTextBytes), clean(a.Markdown, maxTextBytes)
	if a.Host == "" {
		a.Host = hostOf(a.URL)
	}
	a.Authors = cleanAll(a.Authors[:min(len(a.Authors), maxAuthors)])
	a.Tags = cleanAll(a.Tags[:min(len(a.Tags), maxTags)])
	a.Links = cleanAll(a.Links[:min(len(a.Links), maxLinks)])
	images := make([]tamiz.Image, 0, len(a.Images))
	for _, i := range a.Images[:min(len(a.Images), maxImages)] {
		images = append(images, tamiz.Image{URL: clean(i.URL, maxFieldBytes), Alt: clean(i.Alt, maxFieldBytes), Caption: clean(i.Caption, maxFieldBytes)})
	}
	a.Images = images
	alternates := make([]tamiz.Alternate, 0, len(a.Alternates))
	for _, l := range a.Alternates[:min(len(a.Alternates), maxEditions)] {
		alternates = append(alternates, tamiz.Alternate{Language: clean(l.Language, maxFieldBytes), URL: clean(l.URL, maxFieldBytes)})
	}
	a.Alternates = alternates
}

// cleanedBetter reports whether a text differs from the stored one only
// because it was cleaned again: the page is the same, or other rules were used
// and one text is the other without some of its paragraphs.
func cleanedBetter(old string, before ArticleMeta, text string, m ArticleMeta) bool {
	if m.PageHash != "" && m.PageHash == before.PageHash {
		return true
	}
	if m.CleanedWith == before.CleanedWith && m.ExtractVersion == before.ExtractVersion {
		return false
	}
	return without(old, text) || without(text, old)
}

// without reports whether part is whole with paragraphs left out.
func without(whole, part string) bool {
	rest := strings.Split(whole, "\n\n")
	for _, p := range strings.Split(part, "\n\n") {
		i := 0
		for i < len(rest) && rest[i] != p {
			i++
		}
		if i == len(rest) {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

func (tx *Tx) insertArticle(a *tamiz.Article, m ArticleMeta) error {
	id, err := tx.freeID(a.ID, a.URL)
	if err != nil {
		return err
	}
	res, err := tx.exec(`
		INSERT INTO articles (id, url, canonical_url, source, site, host, language, title, standfirst, authors, tags,
		       published, published_at, modified, first_seen, changed_at, excerpt, word_count, translation_of,
		       alternates, text_hash, page_hash, cleaned_with, extract_version)
		VALUES (?1, ?2, '', ?3, '', '', '', '', '', '', '', '', '', '', ?4, ?4, '', 0, '', '', 0, '', 0, 0)`,
		id, a.URL, a.Source, stamp(tx.now))
	if err != nil {
		return err
	}
	key, err := res.LastInsertId()
	if err != nil {
		return err
	}
	a.ID, a.Relation = id, tamiz.Original
	if err := tx.updateArticle(key, a, m); err != nil {
		return err
	}
	a.Work, err = tx.freeWorkID(id)
	if err != nil {
		return err
	}
	work, err := tx.makeWork(a.Work)
	if err != nil {
		return err
	}
	return tx.run(`INSERT INTO editions (article, work, position, relation) VALUES (?, ?, 0, ?)`,
		key, work, string(tamiz.Original))
}

// freeID gives the wished id if it may be had, else the one that follows from
// the URL; should another URL have the same hash, the next free one.
func (tx *Tx) freeID(wish, url string) (string, error) {
	id := wish
	if !validID.MatchString(id) {
		id = ArticleID(url)
	}
	for n := 1; ; n++ {
		taken, err := tx.exists(`SELECT 1 FROM articles WHERE id = ?`, id)
		if err != nil || !taken {
			return id, err
		}
		if id = ArticleID(url); n > 1 {
			id = ArticleID(url + " " + strconv.Itoa(n))
		}
	}
}

func (tx *Tx) exists(query string, args ...any) (bool, error) {
	var one int
	return scanOne(tx.row(query, args...), &one)
}

// updateArticle writes every field of the record, the text and the index.
func (tx *Tx) updateArticle(key int64, a *tamiz.Article, m ArticleMeta) error {
	if err := tx.run(`
		UPDATE articles SET canonical_url = ?2, site = ?3, host = ?4, language = ?5, title = ?6, standfirst = ?7,
		       authors = ?8, tags = ?9, published = ?10, published_at = ?11, modified = ?12, fetched_at = ?13,
		       excerpt = ?14, word_count = ?15, translation_of = ?16, alternates = ?17, text_hash = ?18,
		       page_hash = ?19, cleaned_with = ?20, extract_version = ?21
		 WHERE key = ?1`,
		key, a.CanonicalURL, a.Site, a.Host, a.Language, a.Title, a.Standfirst,
		jsonText(a.Authors), jsonText(a.Tags), a.Published.String(), stamp(a.Published.Time), a.Modified.String(),
		nullStamp(a.FetchedAt), a.Excerpt, a.WordCount, a.TranslationOf, jsonText(a.Alternates), textHash(a.Text),
		m.PageHash, m.CleanedWith, m.ExtractVersion); err != nil {
		return err
	}
	if err := tx.saveText(key, a); err != nil {
		return err
	}
	if err := tx.index(key, a); err != nil {
		return err
	}
	return tx.saveSignature(key, m.Signature)
}

// textHash is equal for texts that differ in case, diacritics, white space and
// punctuation only.
func textHash(text string) int64 { return int64(xxh3.HashString(folded(text))) }

func (tx *Tx) saveText(key int64, a *tamiz.Article) error {
	return tx.run(`
		INSERT INTO texts (article, text, markdown, images, links) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (article) DO UPDATE SET text = ?2, markdown = ?3, images = ?4, links = ?5`,
		key, a.Text, tx.db.zip.EncodeAll([]byte(a.Markdown), nil), jsonText(a.Images), jsonText(a.Links))
}

// refreshArticle stores an article whose text is what it was.
func (tx *Tx) refreshArticle(key int64, old, a *tamiz.Article, m ArticleMeta) error {
	same := *old
	same.FetchedAt = a.FetchedAt
	if reflect.DeepEqual(&same, a) {
		if err := tx.run(`
			UPDATE articles SET fetched_at = coalesce(?, fetched_at), page_hash = ?, cleaned_with = ?, extract_version = ?
			 WHERE key = ?`, nullStamp(a.FetchedAt), m.PageHash, m.CleanedWith, m.ExtractVersion, key); err != nil {
			return err
		}
		return tx.saveSignature(key, m.Signature)
	}
	if err := tx.updateArticle(key, a, m); err != nil {
		return err
	}
	evidence := old.Title != a.Title || old.Language != a.Language || old.Published != a.Published ||
		old.CanonicalURL != a.CanonicalURL || old.TranslationOf != a.TranslationOf || !reflect.DeepEqual(old.Alternates, a.Alternates)
	if !evidence {
		return nil
	}
	return tx.run(`UPDATE articles SET ungrouped = 1 WHERE key = ?`, key)
}

// articleRow lists the columns a revision has in common with its article.
const articleRow = `url, canonical_url, source, site, host, language, title, standfirst, authors, tags,
	published, published_at, modified, fetched_at, excerpt, word_count, translation_of, alternates,
	text_hash, page_hash, cleaned_with, extract_version`

// keepRevision copies the current text to a row of its own, and drops the
// oldest copies beyond the limit.
func (tx *Tx) keepRevision(key int64, id string) error {
	n, err := tx.nextRevision(key)
	if err != nil {
		return err
	}
	rid, err := tx.freeID(fmt.Sprintf("%s-r%d", id, n), fmt.Sprintf("%s revision %d", id, n))
	if err != nil {
		return err
	}
	res, err := tx.exec(`
		INSERT INTO articles (id, revision_of, revision, first_seen, changed_at, ungrouped, `+articleRow+`)
		SELECT ?1, key, ?2, changed_at, ?3, 0, `+articleRow+` FROM articles WHERE key = ?4`,
		rid, n, stamp(tx.now), key)
	if err != nil {
		return err
	}
	copied, err := res.LastInsertId()
	if err != nil {
		return err
	}
	if err := tx.run(`
		INSERT INTO texts (article, text, markdown, images, links)
		SELECT ?, text, markdown, images, links FROM texts WHERE article = ?`, copied, key); err != nil {
		return err
	}
	return tx.run(`DELETE FROM articles WHERE revision_of = ? AND revision <= ?`, key, n-maxRevisions)
}

func (tx *Tx) nextRevision(key int64) (int, error) {
	var n int
	err := tx.row(`SELECT coalesce(max(revision), 0) + 1 FROM articles WHERE revision_of = ?`, key).Scan(&n)
	return n, err
}

// addRevision stores an imported record as an earlier text of the article.
func (tx *Tx) addRevision(key int64, current, a *tamiz.Article, m ArticleMeta) (tamiz.Outcome, error) {
	a.Work = current.Work
	known, err := scanOne(tx.row(`
		SELECT id FROM articles WHERE revision_of = ? AND (id = ? OR text_hash = ?) ORDER BY id = ? DESC LIMIT 1`,
		key, a.ID, textHash(a.Text), a.ID), &a.ID)
	if err != nil || known || a.Text == current.Text {
		return tamiz.OutcomeUnchanged, err
	}
	n, err := tx.nextRevision(key)
	if err != nil {
		return "", err
	}
	if !validID.MatchString(a.ID) {
		a.ID = fmt.Sprintf("%s-r%d", current.ID, n)
	}
	if a.ID, err = tx.freeID(a.ID, fmt.Sprintf("%s revision %d", current.ID, n)); err != nil {
		return "", err
	}
	res, err := tx.exec(`
		INSERT INTO articles (id, revision_of, revision, first_seen, changed_at, ungrouped, `+articleRow+`)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, key, n, stamp(tx.now), stamp(tx.now),
		a.URL, a.CanonicalURL, a.Source, a.Site, a.Host, a.Language, a.Title, a.Standfirst, jsonText(a.Authors),
		jsonText(a.Tags), a.Published.String(), stamp(a.Published.Time), a.Modified.String(), nullStamp(a.FetchedAt),
		a.Excerpt, a.WordCount, a.TranslationOf, jsonText(a.Alternates), textHash(a.Text), m.PageHash, m.CleanedWith,
		m.ExtractVersion)
	if err != nil {
		return "", err
	}
	row, err := res.LastInsertId()
	if err != nil {
		return "", err
	}
	if err := tx.saveText(row, a); err != nil {
		return "", err
	}
	return tamiz.OutcomeNew, tx.run(`DELETE FROM articles WHERE revision_of = ? AND revision <= ?`, key, n-maxRevisions)
}

// DeleteArticle removes an article, its revisions and what was concluded from
// it, or a single revision. The page it came from stays, and its URL is fetched
// anew the next time. It gives [ErrNotFound] for an unknown id.
func (tx *Tx) DeleteArticle(id string) error {
	if err := tx.deleteArticle(id); err != nil {
		return fmt.Errorf("delete article %s: %w", id, err)
	}
	return nil
}

func (tx *Tx) deleteArticle(id string) error {
	var key int64
	var of sql.NullInt64
	var url string
	if err := tx.row(`SELECT key, revision_of, url FROM articles WHERE id = ?`, id).Scan(&key, &of, &url); err != nil {
		return none(err)
	}
	if of.Valid {
		return tx.run(`DELETE FROM articles WHERE key = ?`, key)
	}
	if err := tx.run(`UPDATE urls SET etag = '', last_modified = '', fetched_at = NULL WHERE url = ?`, url); err != nil {
		return err
	}
	if err := tx.run(`DELETE FROM articles_fts WHERE rowid = ?`, key); err != nil {
		return err
	}
	var work int64
	found, err := scanOne(tx.row(`SELECT work FROM editions WHERE article = ?`, key), &work)
	if err != nil {
		return err
	}
	// The foreign keys take revisions, texts, edition, matches and signature along.
	if err := tx.run(`DELETE FROM articles WHERE key = ?`, key); err != nil || !found {
		return err
	}
	if err := tx.run(`UPDATE editions SET tie = '', kind = '', similarity = 0, reason = '' WHERE work = ? AND tie = ?`, work, id); err != nil {
		return err
	}
	if err := tx.run(`UPDATE articles SET ungrouped = 1 WHERE key IN (SELECT article FROM editions WHERE work = ?)`, work); err != nil {
		return err
	}
	return tx.settleWork(work, "")
}

// articleColumns are read by scanArticle, from articleTables.
const (
	articleColumns = `a.id, w.id, CASE WHEN a.revision_of IS NULL THEN e.relation ELSE 'revision' END,
	a.url, a.canonical_url, a.source, a.site, a.host, a.title, a.standfirst, a.authors, a.published, a.modified,
	a.fetched_at, a.language, a.excerpt, a.word_count, a.tags, a.translation_of, a.alternates`
	articleTables = `articles a JOIN editions e ON e.article = coalesce(a.revision_of, a.key) JOIN works w ON w.key = e.work`
)

// articleInto gives the places that articleColumns are scanned into.
func articleInto(a *tamiz.Article, fetched *timeColumn) []any {
	return []any{&a.ID, &a.Work, &a.Relation, &a.URL, &a.CanonicalURL, &a.Source, &a.Site, &a.Host, &a.Title,
		&a.Standfirst, jsonColumn{&a.Authors}, dateColumn{&a.Published}, dateColumn{&a.Modified}, fetched,
		&a.Language, &a.Excerpt, &a.WordCount, jsonColumn{&a.Tags}, &a.TranslationOf, jsonColumn{&a.Alternates}}
}

// loadArticle reads one whole row.
func loadArticle(ctx context.Context, q querier, db *DB, key int64) (*tamiz.Article, error) {
	a := &tamiz.Article{}
	var fetched timeColumn
	var markdown []byte
	into := append(articleInto(a, &fetched), &a.Text, &markdown, jsonColumn{&a.Images}, jsonColumn{&a.Links})
	err := q.QueryRowContext(ctx, `
		SELECT `+articleColumns+`, t.text, t.markdown, t.images, t.links
		  FROM `+articleTables+` JOIN texts t ON t.article = a.key WHERE a.key = ?`, key).Scan(into...)
	if err != nil {
		return nil, none(err)
	}
	a.FetchedAt = fetched.Time
	plain, err := db.unzip.DecodeAll(markdown, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack Markdown of %s: %w", a.ID, err)
	}
	a.Markdown = string(plain)
	return a, nil
}

// Article gives the article with an id, the first edition of the work with an
// id, or the article at a URL: also at the one that the URL stands for, and at
// last the one that names the URL as canonical. It gives [ErrNotFound] if there
// is none.
func (db *DB) Article(ctx context.Context, idOrURL string) (*tamiz.Article, error) {
	key, err := articleKey(ctx, db.read, idOrURL)
	if err == nil {
		var a *tamiz.Article
		if a, err = loadArticle(ctx, db.read, db, key); err == nil {
			return a, nil
		}
	}
	return nil, fmt.Errorf("article %s: %w", idOrURL, err)
}

func articleKey(ctx context.Context, q querier, idOrURL string) (int64, error) {
	url, err := resolveAlias(ctx, q, idOrURL)
	if err != nil {
		return 0, err
	}
	var key int64
	err = q.QueryRowContext(ctx, `
		SELECT key FROM (
		       SELECT key, 1 AS n FROM articles WHERE id = ?1
		 UNION SELECT key, 2 FROM articles WHERE url = ?1 AND revision_of IS NULL
		 UNION SELECT key, 3 FROM articles WHERE url = ?2 AND revision_of IS NULL
		 UNION SELECT key, 4 FROM articles WHERE canonical_url = ?1 AND canonical_url <> '' AND revision_of IS NULL
		 UNION SELECT e.article, 5 FROM editions e JOIN works w ON w.key = e.work
		        WHERE e.position = 0 AND (w.id = ?1 OR w.id = (SELECT work FROM work_aliases WHERE alias = ?1)))
		 ORDER BY n, key LIMIT 1`, idOrURL, url).Scan(&key)
	return key, none(err)
}

// key gives the row of a current article by its id.
func (tx *Tx) key(id string) (int64, error) {
	var key int64
	if err := tx.row(`SELECT key FROM articles WHERE id = ? AND revision_of IS NULL`, id).Scan(&key); err != nil {
		return 0, fmt.Errorf("article %s: %w", id, none(err))
	}
	return key, nil
}

// Meta gives what is stored with an article besides its record; the signature
// is left out.
func (db *DB) Meta(ctx context.Context, id string) (ArticleMeta, error) {
	var m ArticleMeta
	err := db.read.QueryRowContext(ctx, `SELECT page_hash, cleaned_with, extract_version FROM articles WHERE id = ?`, id).
		Scan(&m.PageHash, &m.CleanedWith, &m.ExtractVersion)
	if err != nil {
		return ArticleMeta{}, fmt.Errorf("article %s: %w", id, none(err))
	}
	return m, nil
}

// Ungrouped lists the ids of current articles that are new or changed since
// they were last put into works, in the order they came, at most limit.
func (db *DB) Ungrouped(ctx context.Context, limit int) ([]string, error) {
	ids, err := texts(ctx, db.read, `SELECT id FROM articles WHERE ungrouped = 1 AND revision_of IS NULL ORDER BY key LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list ungrouped articles: %w", err)
	}
	return ids, nil
}

// CountUngrouped is how many articles [DB.Ungrouped] would list.
func (db *DB) CountUngrouped(ctx context.Context) (n int, err error) {
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM articles WHERE ungrouped = 1`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count ungrouped articles: %w", err)
	}
	return n, nil
}

// texts collects a column of text.
func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	var list []string
	err := each(ctx, q, query, args, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		list = append(list, s)
		return err
	})
	return list, err
}

// ArticleFilter selects and orders articles for [DB.Articles].
type ArticleFilter struct {
	Filter
	Query       string // as in [SearchRequest]; empty: all
	AllEditions bool   // every edition, not one per work
	Revisions   bool   // earlier texts too
	NewestFirst bool   // by date; else by work, the canonical edition first
	Limit       int    // 0: no limit
}

// Articles hands articles to fn one at a time, whatever their number. Without
// AllEditions each work is shown once, by the first of its editions that the
// filter lets through. The order is always the same for the same content.
// fn sees the database as it was at the start; it may write.
func (db *DB) Articles(ctx context.Context, f ArticleFilter, fn func(*tamiz.Article) error) error {
	if err := db.articles(ctx, f, fn); err != nil {
		return fmt.Errorf("list articles: %w", translate(err))
	}
	return nil
}

func (db *DB) articles(ctx context.Context, f ArticleFilter, fn func(*tamiz.Article) error) error {
	where, args := f.where()
	if !f.Revisions {
		where = append(where, "a.revision_of IS NULL")
	}
	if strings.TrimSpace(f.Query) != "" {
		q, err := ParseQuery(f.Query)
		if err != nil {
			return err
		}
		where = append(where, "coalesce(a.revision_of, a.key) IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)")
		args = append(args, q.match)
	}
	order := "w.id, e.position, a.revision, a.id"
	if f.NewestFirst {
		order = "a.published_at DESC, w.id, e.position, a.revision, a.id"
	}
	limit := -1
	if f.Limit > 0 {
		limit = f.Limit
	}
	// Only keys are sorted; the texts are read one by one.
	keys := `
		SELECT a.key, row_number() OVER (PARTITION BY e.work ORDER BY e.position, a.revision) AS turn
		  FROM ` + articleTables + ` WHERE ` + strings.Join(where, " AND ")
	query := `
		SELECT a.key FROM (` + keys + `) k JOIN articles a ON a.key = k.key
		  JOIN editions e ON e.article = coalesce(a.revision_of, a.key) JOIN works w ON w.key = e.work
		 WHERE k.turn = 1 OR ? ORDER BY ` + order + ` LIMIT ?`
	args = append(args, f.AllEditions, limit)

	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return each(ctx, tx, query, args, func(scan func(...any) error) error {
		var key int64
		if err := scan(&key); err != nil {
			return err
		}
		a, err := loadArticle(ctx, tx, db, key)
		if err != nil {
			return err
		}
		return fn(a)
	})
}
