CREATE TABLE aliases (
  alias  TEXT PRIMARY KEY,
  target TEXT NOT NULL,
  at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE articles (
  key             INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  revision_of     INTEGER REFERENCES articles (key) ON DELETE CASCADE,
  revision        INTEGER NOT NULL DEFAULT 0,
  url             TEXT NOT NULL,
  canonical_url   TEXT NOT NULL,
  source          TEXT NOT NULL,
  site            TEXT NOT NULL,
  host            TEXT NOT NULL,
  language        TEXT NOT NULL,
  title           TEXT NOT NULL,
  standfirst      TEXT NOT NULL,
  authors         TEXT NOT NULL,
  tags            TEXT NOT NULL,
  published       TEXT NOT NULL,           -- as in the record: a day or a time
  published_at    TEXT NOT NULL,           -- the same as UTC, for sorting
  modified        TEXT NOT NULL,
  fetched_at      TEXT,
  first_seen      TEXT NOT NULL,
  changed_at      TEXT NOT NULL,
  excerpt         TEXT NOT NULL,
  word_count      INTEGER NOT NULL,
  translation_of  TEXT NOT NULL,
  alternates      TEXT NOT NULL,
  text_hash       INTEGER NOT NULL,
  page_hash       TEXT NOT NULL,
  cleaned_with    INTEGER NOT NULL,        -- pages the host had taught when it was cleaned
  extract_version INTEGER NOT NULL,
  ungrouped       INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE VIRTUAL TABLE articles_fts USING fts5 (
  title, standfirst, text, authors, tags,
  content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);

CREATE TABLE constraints (
  a    TEXT NOT NULL,                      -- article ids, a < b
  b    TEXT NOT NULL,
  same INTEGER NOT NULL,
  at   TEXT NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE TABLE editions (
  article    INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
  work       INTEGER NOT NULL REFERENCES works (key),
  position   INTEGER NOT NULL,             -- 0: the canonical edition
  relation   TEXT NOT NULL,
  tie        TEXT NOT NULL DEFAULT '',     -- id of the article it is tied to
  kind       TEXT NOT NULL DEFAULT '',
  similarity REAL NOT NULL DEFAULT 0,
  reason     TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE fetches (
  run      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  url      INTEGER NOT NULL REFERENCES urls (id) ON DELETE CASCADE,
  outcome  TEXT NOT NULL,
  reason   TEXT NOT NULL,
  status   INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  depth    INTEGER NOT NULL,
  via      TEXT NOT NULL,
  hops     TEXT NOT NULL,
  at       TEXT NOT NULL,
  PRIMARY KEY (run, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE frontier (
  id         INTEGER PRIMARY KEY,
  run        INTEGER NOT NULL REFERENCES runs (id),
  url        INTEGER NOT NULL,
  host       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  source     TEXT NOT NULL,
  via        TEXT NOT NULL,
  depth      INTEGER NOT NULL,
  title      TEXT NOT NULL,
  published  TEXT,
  modified   TEXT,
  language   TEXT NOT NULL,
  alternates TEXT NOT NULL,
  follow     INTEGER NOT NULL,
  next       INTEGER NOT NULL,
  priority   INTEGER NOT NULL,             -- small first
  age        INTEGER NOT NULL,             -- small (newest) first
  attempts   INTEGER NOT NULL DEFAULT 0,
  not_before TEXT NOT NULL DEFAULT '',
  lease      INTEGER NOT NULL DEFAULT 0,   -- token it was handed out under, 0: waiting
  UNIQUE (run, url)
) STRICT;

CREATE TABLE hosts (
  host        TEXT PRIMARY KEY,
  next_at     TEXT NOT NULL DEFAULT '',
  failures    INTEGER NOT NULL DEFAULT 0,
  reason      TEXT NOT NULL DEFAULT '',
  token       INTEGER NOT NULL DEFAULT 0,
  lease_until TEXT NOT NULL DEFAULT '',
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_run   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE matches (
  a          INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
  b          INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
  kind       TEXT NOT NULL,
  similarity REAL NOT NULL,
  reason     TEXT NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pages (
  url        INTEGER PRIMARY KEY REFERENCES urls (id) ON DELETE CASCADE,
  host       TEXT NOT NULL,
  asked      TEXT NOT NULL,                -- URL before redirects
  source     TEXT NOT NULL,
  status     INTEGER NOT NULL,
  header     TEXT NOT NULL,
  media_type TEXT NOT NULL,
  charset    TEXT NOT NULL,
  truncated  INTEGER NOT NULL,
  fetched_at TEXT NOT NULL,
  body_hash  TEXT NOT NULL,
  size       INTEGER NOT NULL,
  body       BLOB NOT NULL                 -- zstd
) STRICT;

CREATE TABLE queues (
  run      INTEGER NOT NULL,
  host     TEXT NOT NULL,
  ready_at TEXT NOT NULL,
  PRIMARY KEY (run, host)
) STRICT, WITHOUT ROWID;

CREATE TABLE robots (
  origin     TEXT PRIMARY KEY,
  status     INTEGER NOT NULL,
  body       BLOB NOT NULL,
  fetched_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  source      TEXT NOT NULL,
  cause       TEXT NOT NULL,             -- crawl, schedule, import, demo
  key         TEXT NOT NULL,             -- what is run, to know an unfinished run again
  state       TEXT NOT NULL,             -- running, done, stopped, failed
  started_at  TEXT NOT NULL,
  finished_at TEXT,
  message     TEXT NOT NULL DEFAULT '',
  counts      TEXT                       -- outcome: number, JSON; NULL while running
) STRICT;

CREATE TABLE sightings (
  source     TEXT NOT NULL,
  url        INTEGER NOT NULL REFERENCES urls (id) ON DELETE CASCADE,
  run        INTEGER NOT NULL,
  via        TEXT NOT NULL,
  title      TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen  TEXT NOT NULL,
  PRIMARY KEY (source, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE signatures (
  article   INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE sites (
  host       TEXT PRIMARY KEY,
  learned    BLOB NOT NULL,                -- zstd
  pages      INTEGER NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source_locks (
  source  TEXT PRIMARY KEY,
  token   INTEGER NOT NULL,
  held    INTEGER NOT NULL,
  host    TEXT NOT NULL,
  machine TEXT NOT NULL,
  pid     INTEGER NOT NULL,
  started TEXT NOT NULL,
  since   TEXT NOT NULL,
  beat    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
  name         TEXT PRIMARY KEY,
  kind         TEXT NOT NULL,
  rank         INTEGER NOT NULL,
  delay        INTEGER NOT NULL,
  config       TEXT NOT NULL,             -- the source as configured, JSON
  saved_at     TEXT NOT NULL,
  next_due     TEXT,
  last_run     INTEGER,
  last_success TEXT,
  error_class  TEXT NOT NULL DEFAULT '',  -- an outcome, or "failed"
  failures     INTEGER NOT NULL DEFAULT 0 -- runs in a row without a success
) STRICT, WITHOUT ROWID;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE texts (
  article  INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
  images   TEXT NOT NULL,
  links    TEXT NOT NULL,
  markdown BLOB NOT NULL,                  -- zstd
  text     TEXT NOT NULL
) STRICT;

CREATE TABLE tombstones (
  what TEXT PRIMARY KEY,                   -- a URL or a host
  kind TEXT NOT NULL,                      -- url, host
  at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE urls (
  id            INTEGER PRIMARY KEY,
  url           TEXT NOT NULL UNIQUE,
  host          TEXT NOT NULL,
  source        TEXT NOT NULL,            -- that led here first
  kind          TEXT NOT NULL DEFAULT '',
  first_seen    TEXT NOT NULL,
  outcome       TEXT NOT NULL DEFAULT '',
  reason        TEXT NOT NULL DEFAULT '',
  status        INTEGER NOT NULL DEFAULT 0,
  etag          TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  fetched_at    TEXT,
  body_hash     TEXT NOT NULL DEFAULT '',
  fails         INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE work_aliases (
  alias TEXT PRIMARY KEY,
  work  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE works (
  key        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX aliases_target ON aliases (target);

CREATE INDEX articles_canonical ON articles (canonical_url) WHERE revision_of IS NULL AND canonical_url <> '';

CREATE INDEX articles_host ON articles (host, cleaned_with) WHERE revision_of IS NULL;

CREATE INDEX articles_published ON articles (published_at, key) WHERE revision_of IS NULL;

CREATE INDEX articles_revisions ON articles (revision_of) WHERE revision_of IS NOT NULL;

CREATE INDEX articles_ungrouped ON articles (key) WHERE ungrouped = 1;

CREATE UNIQUE INDEX articles_url ON articles (url) WHERE revision_of IS NULL;

CREATE INDEX constraints_b ON constraints (b);

CREATE INDEX editions_work ON editions (work, position);

CREATE INDEX fetches_url ON fetches (url);

CREATE INDEX frontier_order ON frontier (run, host, priority, age, id);

CREATE INDEX frontier_out ON frontier (run) WHERE lease <> 0;

CREATE INDEX matches_b ON matches (b);

CREATE INDEX pages_host ON pages (host, url);

CREATE INDEX queues_host ON queues (host);

CREATE INDEX queues_ready ON queues (run, ready_at);

CREATE INDEX runs_source ON runs (source, id);

CREATE INDEX sightings_url ON sightings (url);

CREATE INDEX urls_host ON urls (host);

CREATE INDEX work_aliases_work ON work_aliases (work);

CREATE VIEW records AS
SELECT a.id, w.id AS work,
       CASE WHEN a.revision_of IS NULL THEN e.relation ELSE 'revision' END AS relation,
       e.position, a.url, a.canonical_url, a.source, a.site, a.host, a.title, a.standfirst,
       a.authors, a.published, a.modified, a.fetched_at, a.language, t.text, a.excerpt,
       a.word_count, t.images, a.tags, t.links, e.kind AS match, e.similarity, e.reason
  FROM articles a
  JOIN texts t ON t.article = a.key
  JOIN editions e ON e.article = coalesce(a.revision_of, a.key)
  JOIN works w ON w.key = e.work;

