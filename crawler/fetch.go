package crawler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	neturl "net/url"
	"runtime/debug"
	"sync"
	"time"

	"tamiz"
	"tamiz/weburl"
)

// slotTime is how long a request counts against Options.Workers. One that takes
// longer is waiting, which costs nothing: if it kept its slot, a few hosts that
// never answer would starve all others until they time out.
const slotTime = time.Second

// try is one attempt at one URL: its robots.txt, its redirects and its page,
// under one time limit for all that happens on the network.
//
// Two contexts, because a stop is first a request and then an order: nothing
// begins once soft has ended, and what has begun is cut when hard ends.
type try struct {
	c          *Crawler
	soft, hard context.Context
	left       time.Duration // of the time limit; waiting for a turn is free
	begun      bool          // the page itself has been asked for
	spent      time.Duration // on the network
	bytes      int64
}

// waiting is the context of everything that is not a request.
func (t *try) waiting() context.Context {
	if t.begun {
		return t.hard
	}
	return t.soft
}

// fetch makes one try at a target and says when to try again, if that can help.
// An error means that a context ended first, and that nothing is known.
func (c *Crawler) fetch(soft, hard context.Context, target tamiz.Target) (f *tamiz.Fetch, err error) {
	t := &try{c: c, soft: soft, hard: hard, left: c.opts.Timeout}
	f = &tamiz.Fetch{Link: target.Link, Attempts: target.Attempts + 1, StartedAt: c.now().UTC()}
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("fetch panicked", "url", target.Link.URL, "panic", p, "stack", string(debug.Stack()))
			f.Outcome, f.Reason, f.Page, err = tamiz.OutcomeBroken, oneLineText(fmt.Sprintf("the fetch panicked: %v", p)), nil, nil
		}
		if err != nil {
			f = nil
			return
		}
		f.Duration, f.Bytes = t.spent, t.bytes
	}()

	v, until, err := t.page(f, target)
	if err != nil {
		return f, err
	}
	f.Outcome, f.Reason = v.outcome, v.reason
	if v.retry && f.Attempts <= c.opts.Retries {
		now := c.now()
		at := now.Add(backoff(c.opts.Backoff, f.Attempts))
		if until.After(at) {
			at = until
		}
		if at.Sub(now) <= c.opts.Patience {
			f.RetryAt = at.UTC()
		}
	}
	return f, nil
}

// page follows a target to its page, hop by hop. The time it returns is the
// earliest at which the host that failed may be asked again.
func (t *try) page(f *tamiz.Fetch, target tamiz.Target) (verdict, time.Time, error) {
	c := t.c
	asked, err := weburl.Canonical(target.Link.URL)
	if err != nil {
		return verdict{outcome: tamiz.OutcomeBroken, reason: oneLine(err)}, time.Time{}, nil
	}
	url, canonical := asked, asked // as sent, and as recorded
	seen := map[string]bool{}
	for {
		seen[url] = true
		v, crawlDelay, err := t.may(url)
		if err != nil || v.outcome != "" {
			return t.blocked(url, v, err)
		}
		ex, v, err := t.send(url, crawlDelay, target.Validators, c.opts.MaxBytes, false)
		if err != nil {
			return t.blocked(url, v, err)
		}
		if ex != nil {
			f.Status = ex.status
		}
		if v.outcome != "" {
			return t.blocked(url, v, nil)
		}
		if !isRedirect(ex.status) {
			f.Page = t.read(ex, asked, canonical, target.Link.Source)
			return verdict{outcome: tamiz.OutcomeFetched}, time.Time{}, nil
		}

		next, to, err := follow(url, ex.location)
		if err != nil {
			return verdict{outcome: tamiz.OutcomeRedirect, reason: oneLine(err)}, time.Time{}, nil
		}
		f.Hops = append(f.Hops, tamiz.Hop{URL: canonical, Status: ex.status, To: to})
		switch {
		case seen[next]:
			return verdict{outcome: tamiz.OutcomeRedirect, reason: "redirects in a circle, back to " + to}, time.Time{}, nil
		case len(f.Hops) > c.opts.MaxRedirects:
			return verdict{outcome: tamiz.OutcomeRedirect, reason: "more than " + counted(c.opts.MaxRedirects, "redirect")}, time.Time{}, nil
		}
		url, canonical = next, to
	}
}

// may asks the host's gate, the address and robots.txt whether a URL may be
// fetched; a zero verdict means yes, with the Crawl-delay to keep.
func (t *try) may(url string) (verdict, time.Duration, error) {
	c, host := t.c, weburl.Host(url)
	if !c.mayBePrivate(host) {
		if err := literalPrivate(host); err != nil {
			return errorVerdict(err), 0, nil
		}
	}
	g := c.gates.enter(host)
	v, closed := g.closed(c.now(), c.opts.Patience)
	g.leave()
	if closed {
		return v, 0, nil
	}
	p, err := t.policy(url)
	if err != nil {
		return verdict{}, 0, err
	}
	v, delay := c.decide(p, url)
	return v, delay, nil
}

// blocked gives page's result where a URL was not fetched.
func (t *try) blocked(url string, v verdict, err error) (verdict, time.Time, error) {
	var held *heldError
	switch {
	case errors.As(err, &held):
		return verdict{outcome: tamiz.OutcomeServer, reason: held.Error(), retry: true}, held.until, nil
	case isPrivate(err):
		return errorVerdict(err), time.Time{}, nil
	case err != nil:
		return verdict{}, time.Time{}, err
	}
	g := t.c.gates.enter(weburl.Host(url))
	defer g.leave()
	return v, g.heldUntil(), nil
}

// send sends one request through its host's gate. The verdict is zero for a
// page and for a redirect that says where to; there is an exchange if there was
// a response. An error is one of a context, or a *heldError.
func (t *try) send(url string, crawlDelay time.Duration, v tamiz.Validators, limit int64, robots bool) (*exchange, verdict, error) {
	c, host := t.c, weburl.Host(url)
	parsed, err := neturl.Parse(url)
	if err != nil {
		return nil, verdict{outcome: tamiz.OutcomeBroken, reason: oneLine(err)}, nil
	}
	private := c.mayBePrivate(host)
	if !private {
		if err := literalPrivate(host); err != nil {
			return nil, errorVerdict(err), nil
		}
	}
	if t.left <= 0 {
		return nil, verdict{outcome: tamiz.OutcomeTimeout, reason: "timed out before " + host + " was asked", retry: true}, nil
	}
	g := c.gates.enter(host)
	defer g.leave()
	if err := c.gates.pass(t.waiting(), host, g, crawlDelay); err != nil {
		return nil, verdict{}, err
	}
	defer g.done()
	select {
	case c.slots <- struct{}{}:
		release := sync.OnceFunc(func() { <-c.slots })
		defer release()
		defer time.AfterFunc(slotTime, release).Stop()
	case <-t.waiting().Done():
		return nil, verdict{}, t.waiting().Err()
	}

	t.begun = t.begun || !robots
	ex := &exchange{
		url: parsed, path: parsed.Path, header: requestHeader(c.opts.UserAgent, v),
		transport: c.guarded, limit: limit, anyType: robots,
		sent: func() { g.sent(c.now()) },
	}
	if private {
		ex.transport = c.open
	}
	g.sent(c.now())
	started := time.Now()
	err = c.exchange(t.hard, t.left, ex)
	took := time.Since(started)
	t.left -= took
	t.spent += took
	if !robots {
		t.bytes += ex.bytesTaken
	}

	if err != nil && t.hard.Err() != nil {
		return nil, verdict{}, t.hard.Err()
	}
	result := ex.verdict(err)
	if robots && result.strain {
		result = robotsBusy(result)
	}
	g.settle(result, func(failures int) time.Time {
		pause := backoff(c.opts.Backoff, failures)
		return c.now().Add(max(pause, retryAfter(ex.response, c.now())))
	})
	c.log.Debug("request", "url", url, "status", ex.status, "outcome", result.outcome, "reason", result.reason, "took", took)
	if ex.status == 0 {
		return nil, result, nil
	}
	return ex, result, nil
}

// verdict is what an exchange means by itself; see send.
func (ex *exchange) verdict(err error) verdict {
	switch {
	case err != nil && (ex.status == 0 || statusHasPage(ex.status)):
		return errorVerdict(err)
	case ex.status == http.StatusNotModified && ex.header.Get("If-None-Match") == "" && ex.header.Get("If-Modified-Since") == "":
		return verdict{outcome: tamiz.OutcomeHTTP, reason: statusText(ex.status) + ", which was not asked"}
	case ex.refused:
		return verdict{outcome: tamiz.OutcomeMediaType, reason: oneLineText("not a page: " + ex.mediaType)}
	case statusHasPage(ex.status), isRedirect(ex.status) && ex.location != "":
		return verdict{}
	}
	return statusVerdict(ex.status)
}

// exchange runs an exchange in a shell of its own. A shell that panicked is not
// used again.
func (c *Crawler) exchange(ctx context.Context, limit time.Duration, ex *exchange) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s, _ := c.shells.Get().(*shell)
	if s == nil {
		s = newShell()
	}
	err := s.do(ctx, ex)
	c.shells.Put(s)
	return err
}

// read makes the page of a response.
func (t *try) read(ex *exchange, asked, final, source string) *tamiz.Page {
	text, charset := Decode(ex.text, ex.contentType(), ex.mediaType)
	if ex.truncated {
		text = bytes.TrimSuffix(text, []byte("\uFFFD")) // half a character
	}
	return &tamiz.Page{
		URL: asked, FinalURL: final, Source: source,
		Status: ex.status, Header: ex.response, MediaType: ex.mediaType, Charset: charset,
		Body: text, Truncated: ex.truncated, FetchedAt: t.c.now().UTC(),
		Validators: tamiz.Validators{
			ETag:         validator(ex.response.Get("ETag")),
			LastModified: validator(ex.response.Get("Last-Modified")),
		},
	}
}

// contentType is the Content-Type of the text: a charset in the header of a file
// that was unpacked or looked into is not about the text in it.
func (ex *exchange) contentType() string {
	if header := ex.response.Get("Content-Type"); mediaTypeOf(header) == ex.mediaType {
		return header
	}
	return ""
}

// follow gives the URL a redirect leads to as it is to be sent, and its
// canonical form. The two differ in what the canonical form drops (campaign
// parameters and the like): a server that adds these by redirect would
// otherwise send us round in a circle.
func follow(url, location string) (next, canonical string, err error) {
	canonical, err = weburl.Resolve(url, location)
	if err != nil {
		return "", "", fmt.Errorf("follow redirect: %w", err)
	}
	base, err := neturl.Parse(url)
	if err != nil {
		return canonical, canonical, nil
	}
	literal, err := base.Parse(location)
	if err != nil {
		return canonical, canonical, nil
	}
	literal.User, literal.Fragment, literal.RawFragment = nil, "", ""
	next = literal.String()
	// Two parsers, one meaning, or the stricter one wins.
	if same, err := weburl.Canonical(next); err != nil || same != canonical || len(next) > weburl.MaxLength ||
		weburl.Host(next) != weburl.Host(canonical) {
		return canonical, canonical, nil
	}
	return next, canonical, nil
}
