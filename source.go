package tamiz

import "time"

// SourceKind says what a source's start URLs are expected to be.
type SourceKind string

// The kinds of source. KindAuto is told apart by what comes back.
const (
	KindAuto    SourceKind = "auto"
	KindFeed    SourceKind = "feed"    // RSS, Atom or JSON Feed
	KindSitemap SourceKind = "sitemap" // sitemap or sitemap index
	KindListing SourceKind = "listing" // page whose links lead to articles
	KindPages   SourceKind = "pages"   // the URLs are the articles
	KindFiles   SourceKind = "files"   // imported from files, never fetched
)

// Source is a configured (or, for a one-off crawl, made-up) origin of articles.
type Source struct {
	Name     string     `json:"name"`
	Kind     SourceKind `json:"kind"`
	URLs     []string   `json:"urls"`                // start URLs, canonical
	Schedule string     `json:"schedule,omitempty"`  // cron line; empty: only on demand
	TimeZone string     `json:"time_zone,omitempty"` // IANA name; empty: UTC
	Depth    int        `json:"depth"`               // links to follow inside the site from a start URL
	// DepthGiven says that Depth was asked for and is no default: then the links
	// of a start URL that is itself an article are followed too.
	DepthGiven bool          `json:"depth_given,omitempty"`
	MaxPages   int           `json:"max_pages,omitempty"`     // pages fetched in one run at most; 0: no limit of its own
	Delay      time.Duration `json:"delay"`                   // least time between two requests to one host
	Recheck    time.Duration `json:"recheck,omitempty"`       // pages fetched more recently are not asked for again; 0: always ask
	Include    []string      `json:"include,omitempty"`       // URL patterns (regular expressions); empty: all
	Exclude    []string      `json:"exclude,omitempty"`       // URL patterns never fetched
	Since      time.Time     `json:"since,omitzero"`          // articles published before are left out; zero: all
	Rank       int           `json:"rank,omitempty"`          // lower ranks first as the canonical edition
	Private    bool          `json:"allow_private,omitempty"` // private and loopback addresses are allowed
}

// LinkKind says what a link is expected to lead to.
type LinkKind string

// The kinds of link. A start URL is LinkUnknown until its page has been seen.
const (
	LinkUnknown LinkKind = ""
	LinkArticle LinkKind = "article"
	LinkListing LinkKind = "listing"
	LinkFeed    LinkKind = "feed"
	LinkSitemap LinkKind = "sitemap"
)

// Link is a discovered URL with what its finder knew about it.
type Link struct {
	URL        string    // canonical form
	Kind       LinkKind  //
	Source     string    // name of the source that led here
	Via        string    // URL of the page, feed or sitemap it stood in; empty for a start URL
	Depth      int       // links followed from the start URL
	Title      string    // anchor text or entry title
	Published  time.Time // as the feed or sitemap says; zero: unknown
	Modified   time.Time // sitemap lastmod; zero: unknown
	Language   string    // declared, a hint
	Alternates []Alternate
	Follow     bool // false: rel=nofollow or the like
	Next       bool // rel=next: the listing it stood in goes on there
}

// Alternate is a declared edition of a page in another language.
type Alternate struct {
	Language string `json:"language"` // BCP 47 as declared, or "x-default"
	URL      string `json:"url"`      // canonical form
}

// Validators are what a server gave to ask "changed since?" the next time.
type Validators struct {
	ETag         string
	LastModified string
}

// Empty reports whether there is nothing to send.
func (v Validators) Empty() bool { return v.ETag == "" && v.LastModified == "" }

// Target is one link of a lease with what the last fetch of its URL left.
type Target struct {
	Link       Link
	Validators Validators
	Attempts   int // earlier attempts in this run that asked to be retried
}

// Lease hands one host to one worker: a few of its links, the delay to keep and
// a fencing token. Until Expires nobody else asks the host for anything.
type Lease struct {
	Host    string // host[:port] as in the URLs
	Run     int64
	Token   int64 // fencing token: greater than that of every earlier lease of the host
	Targets []Target
	Delay   time.Duration // least gap between two requests, measured from when each was sent
	NextAt  time.Time     // no request before
	Expires time.Time
}

// HostState is what a worker learned about a host's patience.
type HostState struct {
	NextAt   time.Time // no request before
	Failures int       // failures in a row (5xx, 429, network); 0 after a success
	Reason   string    // why the host is held back, empty if it is not
}
