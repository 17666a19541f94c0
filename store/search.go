package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"tamiz"
)

// How much a word counts in each column of the index when articles are ranked
// (title, standfirst, text, authors, tags): a title names the subject, a
// standfirst sums it up, a tag was chosen for it.
const rank = `bm25(articles_fts, 8.0, 3.0, 1.0, 4.0, 4.0)`

// Limits of a search.
const (
	defaultHits = 20
	maxHits     = 1000
)

// Filter narrows articles down. Empty fields do not; the others must all hold.
type Filter struct {
	Lang   string     // BCP 47; "pt" lets "pt-BR" through, not the other way round
	Source string     // name of a source that brought or showed it
	Author string     // words that stand together in an author's name
	Site   string     // name of the site, or host
	Since  tamiz.Date // published then or later
	Until  tamiz.Date // published then or earlier, the day included
}

// where gives conditions on articles a, and their arguments.
func (f Filter) where() (conds []string, args []any) {
	conds = []string{"1"}
	add := func(cond string, values ...any) {
		conds, args = append(conds, cond), append(args, values...)
	}
	if f.Lang != "" {
		add(`(a.language = ? COLLATE NOCASE OR a.language LIKE ? ESCAPE '\')`, f.Lang, escapeLike(f.Lang)+`-%`)
	}
	if f.Source != "" {
		add(`(a.source = ? OR a.url IN (SELECT u.url FROM sightings s JOIN urls u ON u.id = s.url WHERE s.source = ?))`, f.Source, f.Source)
	}
	if f.Site != "" {
		add(`(a.site = ? COLLATE NOCASE OR a.host = ? COLLATE NOCASE)`, f.Site, f.Site)
	}
	if f.Author != "" {
		if name := folded(f.Author); name != "" {
			add(`a.key IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)`, `authors : "`+name+`"`)
		} else {
			add(`0`) // a name without a letter is nobody's
		}
	}
	if !f.Since.IsZero() {
		add(`a.published_at >= ?`, stamp(f.Since.Time))
	}
	if !f.Until.IsZero() {
		end := f.Until.Time.Add(time.Millisecond)
		if !f.Until.HasTime {
			end = f.Until.Time.AddDate(0, 0, 1)
		}
		add(`a.published_at < ? AND a.published_at <> ''`, stamp(end))
	}
	return conds, args
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// SearchRequest asks for articles by words, by filters, or both.
type SearchRequest struct {
	Query string // see [ParseQuery]; empty: what the filters let through, the newest first
	Filter
	Limit       int // 0: 20; at most 1000
	Offset      int
	AllEditions bool // a row for every edition instead of one per work
}

// Marks around what a query found, in a hit's Snippet and Heading. No stored
// text contains them.
const (
	MarkStart = "\x02"
	MarkEnd   = "\x03"
)

// Hit is an article that was found. Its Text, Markdown, Images and Links are
// left out.
type Hit struct {
	Article   *tamiz.Article `json:"article"`
	Editions  int            `json:"editions"`  // of its work, revisions not counted
	Languages []string       `json:"languages"` // of those editions, sorted
	Score     float64        `json:"score"`     // greater is better; 0 without a query
	Heading   string         `json:"heading"`   // the title, with marks
	Snippet   string         `json:"snippet"`   // the place in the text that says most about the query, with marks
}

// Search finds articles and says how many there are in all. A work is one row,
// however many of its editions are found: by its best edition for the query, or
// without a query by the first the filters let through. A query that cannot be
// understood gives a [*QueryError].
func (db *DB) Search(ctx context.Context, r SearchRequest) (hits []Hit, total int, err error) {
	q, err := ParseQuery(r.Query)
	if err != nil {
		return nil, 0, err
	}
	hits, total, err = db.search(ctx, q, r)
	if err != nil {
		return nil, 0, fmt.Errorf("search: %w", translate(err))
	}
	return hits, total, nil
}

// found is an article of a search before it is read.
type found struct {
	key   int64
	score float64
}

func (db *DB) search(ctx context.Context, q Query, r SearchRequest) ([]Hit, int, error) {
	switch {
	case r.Limit <= 0:
		r.Limit = defaultHits
	case r.Limit > maxHits:
		r.Limit = maxHits
	}
	r.Offset = max(r.Offset, 0)
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = tx.Rollback() }()

	list, total, err := selectHits(ctx, tx, q, r)
	if err != nil {
		return nil, 0, err
	}
	hits := make([]Hit, 0, len(list))
	for _, f := range list {
		h, err := db.hit(ctx, tx, q, f)
		if err != nil {
			return nil, 0, err
		}
		hits = append(hits, h)
	}
	return hits, total, nil
}

// selectHits finds the rows of one page and counts all of them.
func selectHits(ctx context.Context, q querier, query Query, r SearchRequest) (list []found, total int, err error) {
	where, args := r.where()
	from, score := `articles a JOIN editions e ON e.article = a.key`, `0.0`
	best := `e.position` // which edition stands for its work
	order := `published_at DESC, key DESC`
	if !query.Empty() {
		from = `articles_fts JOIN articles a ON a.key = articles_fts.rowid JOIN editions e ON e.article = a.key`
		score = rank
		where = append(where, `articles_fts MATCH ?`)
		args = append(args, query.match)
		best = `score, e.position`
		order = `score, published_at DESC, key DESC`
	}
	rows := `
		SELECT a.key AS key, e.work AS work, e.position AS position, a.published_at AS published_at, ` + score + ` AS score
		  FROM ` + from + ` WHERE a.revision_of IS NULL AND ` + strings.Join(where, " AND ")
	switch {
	case r.AllEditions:
	case query.Empty() && len(where) == 1: // every work has a first edition
		rows += ` AND e.position = 0`
	default:
		rows = `SELECT * FROM (
			SELECT e.*, row_number() OVER (PARTITION BY work ORDER BY ` + best + `, key) AS turn FROM (` + rows + `) e)
			 WHERE turn = 1`
	}
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM (`+rows+`)`, args...).Scan(&total)
	if err != nil || total <= r.Offset {
		return nil, total, err
	}
	err = each(ctx, q, `SELECT key, score FROM (`+rows+`) ORDER BY `+order+` LIMIT ? OFFSET ?`,
		append(args, r.Limit, r.Offset),
		func(scan func(...any) error) error {
			var f found
			err := scan(&f.key, &f.score)
			list = append(list, f)
			return err
		})
	return list, total, err
}

// hit reads an article that was found, and what is shown with it.
func (db *DB) hit(ctx context.Context, q querier, query Query, f found) (Hit, error) {
	h := Hit{Article: &tamiz.Article{}}
	if f.score != 0 {
		h.Score = -f.score // SQLite ranks by small numbers
	}
	var fetched timeColumn
	var text string
	err := q.QueryRowContext(ctx, `
		SELECT `+articleColumns+`, t.text FROM `+articleTables+` JOIN texts t ON t.article = a.key WHERE a.key = ?`, f.key).
		Scan(append(articleInto(h.Article, &fetched), &text)...)
	if err != nil {
		return Hit{}, err
	}
	h.Article.FetchedAt = fetched.Time
	h.Heading = markAll(h.Article.Title, query.terms)
	h.Snippet = snippet(text, query.terms)
	if h.Snippet == "" {
		h.Snippet = opening(h.Article.Excerpt, text)
	}
	err = each(ctx, q, `
		SELECT a.language, count(*) FROM editions mine JOIN editions e ON e.work = mine.work JOIN articles a ON a.key = e.article
		 WHERE mine.article = ? GROUP BY a.language ORDER BY a.language`, []any{f.key},
		func(scan func(...any) error) error {
			var language string
			var n int
			err := scan(&language, &n)
			h.Editions += n
			if language != "" {
				h.Languages = append(h.Languages, language)
			}
			return err
		})
	return h, err
}
