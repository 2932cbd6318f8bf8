package poll

import (
	"context"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
)

// request asks an address for a source. What belongs to the source's host goes to
// no other, wherever its feed or its archive lies.
func (v *visit) request(address string, known news.Validators) fetch.Request {
	r := fetch.Request{URL: address, Validators: known, Subscribers: v.Subscribers(v.conf.Name)}
	if fetch.SameHost(v.conf.URL, address) {
		r.Header, r.UserAgent = v.conf.Header, v.conf.UserAgent
	}
	return r
}

// follow visits the feed that a page names, in its host's turn and as a part of
// this visit. It says whether there is one. An address that has shown a feed before
// is not left for a page: that is an error page as likely as not.
func (v *visit) follow(ctx context.Context, page []byte, base string) bool {
	if v.res == nil || v.followed || !v.before.LastDocument.IsZero() {
		return false
	}
	to := v.advertisedFeed(feed.FindFeeds(page, base))
	if to == "" {
		return false
	}
	v.res.Release() // nobody may wait for room with room taken
	v.followed, v.url, v.hub = true, to, v.advertisedHub(page, base, to)
	err := v.acquireHost(ctx, to)
	var res *fetch.Result
	if err == nil {
		res, err = v.ask(ctx, v.request(to, news.Validators{}), time.Now())
	}
	v.handle(ctx, res, err)
	if v.problem != nil {
		v.problem.MovedTo = "" // it tells of the feed, not of the page
		v.problem.Text = fmt.Sprintf("it is a web page, and its feed %s can't be read: %s", to, v.problem.Text)
	}
	return true
}

// advertisedFeed is the first feed that a page itself calls one.
func (v *visit) advertisedFeed(links []feed.FoundFeed) string {
	for _, l := range links {
		if l.Type != "" && !sameAddress(l.URL, v.res.URL) && v.secrets.publicURL(l.URL) != "" {
			return l.URL
		}
	}
	return ""
}

// advertisedHub is the hub that a page names for the feed that it leads to.
func (v *visit) advertisedHub(page []byte, base, to string) string {
	hub, self := feed.FindHub(page, base)
	if self != to {
		return "" // of the page: what comes from there is no feed
	}
	return v.secrets.publicURL(hub)
}

// rememberFound notes which feed the source's page led to.
func (v *visit) rememberFound(s *news.VisitState) {
	if v.followed {
		s.Found, s.FoundHub = v.url, v.hub
	}
}

// forgetFound gives up a feed that a page led to, when it is gone or does not answer as
// one: the page may name another.
func (v *visit) forgetFound(s *news.VisitState) {
	if s.Found == "" || v.url != s.Found || s.Status == 0 || s.Failures < news.MovesToConfirm && v.problem.Kind != fetch.Gone {
		return
	}
	s.Found, s.FoundHub, s.LastDocument, s.Validators, s.BodyHash, s.Gone = "", "", time.Time{}, news.Validators{}, 0, false
}
