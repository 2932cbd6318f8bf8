package poll

import (
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// request returns the request for an address. Headers and user agent of the source go only
// to the host of the source, wherever its feed or its archive is.
func (v *visit) request(address string, known news.Validators) fetch.Request {
	r := fetch.Request{URL: address, Validators: known, Subscribers: v.p.Subscribers(v.conf.Name)}
	if fetch.SameHost(v.conf.URL, address) {
		r.Header, r.UserAgent = v.conf.Header, v.conf.UserAgent
	}
	return r
}

// follow requests the feed that a web page names, as a part of this visit, with a slot at
// its host. It reports whether there is one. If the address has served a feed before, the
// page is more likely an error page, and is not followed.
func (v *visit) follow(ctx context.Context, page []byte, base string) bool {
	if v.res == nil || v.followed || !v.before.LastDocument.IsZero() {
		return false
	}
	to := v.advertisedFeed(feed.FindFeeds(page, base))
	if to == "" {
		return false
	}
	v.res.Release() // a visit must not wait for a slot while it holds memory for a body
	v.followed, v.url, v.hub = true, to, v.advertisedHub(page, base, to)
	err := v.turn.acquire(ctx, to)
	var res *fetch.Result
	if err == nil {
		res, err = v.turn.get(ctx, v.request(to, news.Validators{}), time.Now())
	}
	v.handle(ctx, res, err)
	if v.problem != nil {
		v.problem.MovedTo = "" // the feed moved, not the page
		v.problem.Text = fmt.Sprintf("it is a web page, and its feed %s can't be read: %s", to, v.problem.Text)
	}
	return true
}

// advertisedFeed returns the first link of a page that has the type of a feed.
func (v *visit) advertisedFeed(links []feed.FoundFeed) string {
	for _, l := range links {
		if l.Type != "" && !sameAddress(l.URL, v.res.URL) && v.secrets.publicURL(l.URL) != "" {
			return l.URL
		}
	}
	return ""
}

// advertisedHub returns the hub that a page names for its feed.
func (v *visit) advertisedHub(page []byte, base, to string) string {
	hub, self := feed.FindHub(page, base)
	if self != to {
		return "" // a hub for the page itself sends no feed
	}
	return v.secrets.publicURL(hub)
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
