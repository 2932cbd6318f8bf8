package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// request returns the request for an address. Headers and user agent of the source go only
// to the host of the source, wherever its feed or its archive is.
func (v *visit) request(address string, known news.Validators) fetch.Request {
	r := fetch.Request{
		URL: address, Validators: known, Subscribers: v.p.Subscribers(v.conf.Name),
		MaxBytes: v.conf.MaxBytes, Timeout: v.conf.Timeout, Authority: v.conf.Authority, Told: v.turn.told,
	}
	if fetch.SameHost(v.conf.URL, address) {
		r.Header, r.UserAgent = v.conf.Header, v.conf.UserAgent
	}
	return r
}

// maxFollowed is how many further requests a visit makes to find the feed of a web page.
const maxFollowed = 3

// follow looks for the feed of a source that is a web page: it requests, as a part of this
// visit and with a slot at their hosts, the feeds that the page names, until one can be
// read. If the page names none, it looks where such sites have their feed. It reports
// whether it made a request. If the address has served a feed before, the page is more
// likely an error page, and is not followed.
func (v *visit) follow(ctx context.Context, fault *feed.Problem, body []byte, h feed.Hints) bool {
	if v.res == nil || v.followed || !v.before.LastDocument.IsZero() {
		return false
	}
	page := readPage(v.res, fault, body, h)
	if len(page.Feeds) == 0 && !fault.IsWebPage {
		return false
	}
	v.res.Release() // a visit must not wait for a slot while it holds memory for a body
	s := feedSearch{visit: v, page: page, at: v.url, fault: fault, status: v.status(), left: maxFollowed}
	if len(page.Feeds) == 0 && fetch.Domain(page.Refresh) == fetch.Domain(page.URL) {
		if p := s.nextPage(ctx); p != nil && p.Kind == fetch.RetryLater {
			s.wait(p)
			return true
		}
	}
	return s.named(ctx) || fault.IsWebPage && s.guessed(ctx) || s.left < maxFollowed
}

// readPage reads what a web page, and the header of its answer, say about feeds. Of a
// document that is neither a page nor a feed only the header counts.
func readPage(res *fetch.Result, fault *feed.Problem, body []byte, h feed.Hints) *feed.WebPage {
	if !fault.IsWebPage {
		body = nil
	}
	return feed.ReadPage(body, h, PageLinks(res)...)
}

// PageLinks returns the links in the header of an answer.
func PageLinks(res *fetch.Result) (all []feed.PageLink) {
	if res == nil {
		return nil
	}
	for _, l := range fetch.Links(res.Header, res.URL) {
		all = append(all, feed.PageLink(l))
	}
	return all
}

// feedSearch is the search for the feed of a web page.
type feedSearch struct {
	*visit
	page   *feed.WebPage
	at     string        // the address that was requested for it
	fault  *feed.Problem // of the page
	status int           // of the page's answer
	left   int           // requests that may still be made
}

// nextPage reads the page that the page leads to at once. It returns the problem that
// prevents this, if there is one.
func (s *feedSearch) nextPage(ctx context.Context) (p *fetch.Problem) {
	if s.secrets.publicURL(s.page.Refresh) == "" {
		return nil
	}
	s.left--
	err := s.turn.acquire(ctx, s.page.Refresh)
	var res *fetch.Result
	if err == nil {
		res, err = s.turn.get(ctx, s.request(s.page.Refresh, news.Validators{}), s.p.now())
	}
	if err != nil {
		errors.As(err, &p) // another error ends the next request as well
		return p
	}
	defer res.Release()
	s.page = feed.ReadPage(res.Body, s.secrets.cleanHints(hints(res)), PageLinks(res)...)
	return nil
}

// wait ends the search with the problem that the site asked for no more requests.
func (s *feedSearch) wait(p *fetch.Problem) {
	s.url, s.hub, s.problem, s.outcome = s.at, "", p, Problem
	p.MovedTo = "" // not the page moved
	s.secrets.cleanProblem(p)
}

// offered returns the addresses of the feeds that the page offers, as many as may be
// requested.
func (s *feedSearch) offered() (all []string) {
	for _, l := range s.page.Feeds {
		foreign := l.Guessed && fetch.Domain(l.URL) != fetch.Domain(s.page.URL)
		if !l.Comments && !foreign && len(all) < s.left && !sameAddress(l.URL, s.page.URL) && s.secrets.publicURL(l.URL) != "" {
			all = append(all, l.URL)
		}
	}
	return all
}

// named requests the feeds that the page offers. It reports whether the search ends with
// them: one could be read, or the page names them in link elements.
func (s *feedSearch) named(ctx context.Context) bool {
	all := s.offered()
	var first *fetch.Problem
	unreachable := map[string]bool{} // domains
	for i, to := range all {
		if unreachable[fetch.Domain(to)] {
			continue
		}
		// A feed without items is read only if there is no other.
		if s.try(ctx, to, i < len(all)-1) {
			return true
		}
		first = cmp.Or(first, s.problem)
		if s.problem.Kind == fetch.RetryLater {
			break
		}
		unreachable[fetch.Domain(to)] = isUnreachable(s.problem)
	}
	if first == nil || s.page.Feeds[0].Guessed && s.problem.Kind != fetch.RetryLater {
		return false
	}
	s.fail(all, first)
	return true
}

// guessed looks at some of the places where sites like this one have their feed, at others
// in the next visit.
func (s *feedSearch) guessed(ctx context.Context) bool {
	var places []string
	for _, p := range s.page.KnownPlaces() {
		if s.secrets.publicURL(p) != "" {
			places = append(places, p)
		}
	}
	for i := range min(s.left, len(places)) {
		to := places[(s.before.Failures*maxFollowed+i)%len(places)]
		if s.try(ctx, to, true) {
			return true
		}
		if s.problem.Kind == fetch.RetryLater || isUnreachable(s.problem) {
			break
		}
	}
	if s.problem != nil && s.problem.Kind == fetch.RetryLater {
		s.wait(s.problem)
		return true
	}
	s.url, s.hub, s.outcome = s.at, "", Problem
	s.problem = &fetch.Problem{Text: explain(s.fault, s.page), Status: s.status}
	return true
}

// try requests what may be the feed of the page. It reports whether the visit ends with
// that, because it is a feed or because of an error of ours.
func (s *feedSearch) try(ctx context.Context, to string, needsItems bool) bool {
	s.followed, s.needsItems, s.url, s.hub = true, needsItems, to, s.hubOf(to)
	s.problem, s.outcome, s.doc = nil, "", nil
	s.left--
	err := s.turn.acquire(ctx, to)
	var res *fetch.Result
	if err == nil {
		res, err = s.turn.get(ctx, s.request(to, news.Validators{}), s.p.now())
	}
	s.handle(ctx, res, err)
	return s.problem == nil
}

// isUnreachable reports whether a problem makes further requests to the host useless.
func isUnreachable(p *fetch.Problem) bool {
	switch p.Kind {
	case fetch.Unreachable, fetch.TimedOut, fetch.Insecure:
		return true
	}
	return false
}

// fail makes the problem of the first of the page's feeds the one of the visit.
func (s *feedSearch) fail(all []string, first *fetch.Problem) {
	if s.problem.Kind == fetch.RetryLater {
		first.Kind, first.URL, first.RetryAfter = s.problem.Kind, s.problem.URL, s.problem.RetryAfter
	}
	s.url, s.problem, s.outcome = all[0], first, outcomeOf(first)
	first.MovedTo = "" // the feed moved, not the page
	if len(all) == 1 {
		first.Text = fmt.Sprintf("it is a web page, and its feed %s can't be read: %s", all[0], first.Text)
	} else {
		first.Text = fmt.Sprintf("it is a web page, and none of its feeds can be read; %s: %s", all[0], first.Text)
	}
}

// hubOf returns the hub that the page names for its feed.
func (s *feedSearch) hubOf(to string) string {
	if s.page.Self != to {
		return "" // a hub for the page itself sends no feed
	}
	return s.secrets.publicURL(s.page.Hub)
}

// rememberFound stores which feed the source's page named.
func (v *visit) rememberFound(s *news.VisitState) {
	if v.followed {
		s.Found, s.FoundHub = v.url, v.hub
	}
}

// forgetFound drops the feed that a page named if it is gone or fails repeatedly. The page
// is visited again then and may name another.
func (v *visit) forgetFound(s *news.VisitState) {
	if s.Found == "" || v.url != s.Found || s.Status == 0 || s.Failures < news.MovesToConfirm && v.problem.Kind != fetch.Gone {
		return
	}
	s.Found, s.FoundHub, s.LastDocument, s.Validators, s.BodyHash, s.Gone = "", "", time.Time{}, news.Validators{}, 0, false
}

// explain says what is wrong with a document, and which feed a web page offers.
func explain(fault *feed.Problem, page *feed.WebPage) string {
	switch {
	case !fault.IsWebPage:
		return fault.Text
	case len(page.Feeds) == 0:
		return fault.Text + ", and it names no feed"
	case page.Feeds[0].Comments:
		return fault.Text + "; it offers only a feed of comments, " + page.Feeds[0].URL
	}
	return fault.Text + "; it offers the feed " + page.Feeds[0].URL
}
