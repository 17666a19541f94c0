package tamiz

import (
	"net/http"
	"time"
)

// Page is a response as received, its body decoded to UTF-8.
type Page struct {
	URL        string // asked for, canonical
	FinalURL   string // canonical URL of the last hop; equals URL without redirects
	Source     string
	Status     int
	Header     http.Header
	MediaType  string // lower case, without parameters, e.g. "text/html"
	Charset    string // encoding the body was decoded from
	Body       []byte // UTF-8
	Truncated  bool   // the size limit cut the body
	FetchedAt  time.Time
	Validators Validators
}

// Hop is one redirect.
type Hop struct {
	URL    string `json:"url"`    // asked for
	Status int    `json:"status"` // e.g. 301
	To     string `json:"to"`     // where it led, canonical
}

// Fetch is what became of one link: a page, or the reason why there is none.
type Fetch struct {
	Run       int64 // of the lease
	Link      Link
	Outcome   Outcome // final unless RetryAt is set
	Reason    string  // one line for people
	Page      *Page   // set when Outcome is OutcomeFetched
	Hops      []Hop
	Status    int // last HTTP status, 0 without a response
	Attempts  int // attempts in this run, this one included
	RetryAt   time.Time
	StartedAt time.Time
	Duration  time.Duration
	Bytes     int64
}

// Outcome is the class in which a URL of a run ends. Every URL ends in exactly
// one; Counts of a run add up to the URLs it saw.
type Outcome string

// Outcomes that brought something. OutcomeFetched is what the crawler reports
// for a page with a body; ingest replaces it by what the page turned out to be.
const (
	OutcomeFetched   Outcome = "fetched"
	OutcomeNew       Outcome = "new"       // an article that was not known
	OutcomeUpdated   Outcome = "updated"   // a known article with changed text
	OutcomeUnchanged Outcome = "unchanged" // 304, or the same text again
	OutcomeLinks     Outcome = "links"     // a feed, sitemap or listing: its links were taken
	OutcomeAlias     Outcome = "alias"     // redirects or points by canonical link to a URL already known
)

// Outcomes that were decided: nothing is wrong with the URL or its server.
const (
	OutcomeRobots     Outcome = "robots"      // robots.txt disallows it
	OutcomeFiltered   Outcome = "filtered"    // include, exclude, since or noindex
	OutcomeForgotten  Outcome = "forgotten"   // a tombstone keeps it out
	OutcomeNoArticle  Outcome = "no-article"  // no main content
	OutcomeMediaType  Outcome = "media-type"  // not a page, feed or sitemap
	OutcomeTrap       Outcome = "trap"        // endless calendar, repeated segments, too long
	OutcomeLimit      Outcome = "limit"       // the run's page limit was reached
	OutcomeRecent     Outcome = "recent"      // fetched within the recheck time
	OutcomeStopped    Outcome = "stopped"     // its run was given up before its turn came
	OutcomeRobotsBusy Outcome = "robots-wait" // robots.txt could not be had: asked again next run
)

// Outcomes that failed.
const (
	OutcomePrivate  Outcome = "private-address" // private or loopback and not allowed
	OutcomeNotFound Outcome = "not-found"       // 404 or 410
	OutcomeDenied   Outcome = "denied"          // 401, 403, 407, 451
	OutcomeHTTP     Outcome = "http-error"      // any other status ≥ 400
	OutcomeServer   Outcome = "server-error"    // 5xx or 429 after every retry
	OutcomeTimeout  Outcome = "timeout"
	OutcomeNetwork  Outcome = "network-error" // DNS, connection, TLS
	OutcomeRedirect Outcome = "bad-redirect"  // loop, too many, or not http(s)
	OutcomeTooLarge Outcome = "too-large"
	OutcomeBroken   Outcome = "broken" // cannot be decoded, or the extractor failed
)

// Class groups outcomes for people: "ok", "skipped" or "failed".
func (o Outcome) Class() string {
	switch o {
	case OutcomeFetched, OutcomeNew, OutcomeUpdated, OutcomeUnchanged, OutcomeLinks, OutcomeAlias:
		return "ok"
	case OutcomeRobots, OutcomeFiltered, OutcomeForgotten, OutcomeNoArticle, OutcomeMediaType,
		OutcomeTrap, OutcomeLimit, OutcomeRecent, OutcomeStopped:
		return "skipped"
	default:
		return "failed"
	}
}
