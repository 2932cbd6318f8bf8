package newsroom

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/view"
)

// Each caller of the API and of searches has a budget of points. A request costs one point, or what
// requestCosts says.
const (
	apiBurst = 1000 // points at once
	apiRate  = 100  // points a second
)

// requestCosts are the costs of expensive requests, by path.
var requestCosts = map[string]int{
	"/api/preview": 20, // matches a rule against thousands of stories
	"/api/audit":   10,
	"/api/why":     10,  // may search thousands of stories for an address
	"/api/backup":  250, // copies the whole file
	"/api/visit":   10,
}

// queryCost is the cost of a page or a list of stories that match a query, and of a list that
// is longer than a page of the wire.
const queryCost = 10

// limits limits requests by caller: by the name of the token, or by the network of a caller
// without one. The master token, which commands on this machine use, has its own budget.
type limits struct{ reply.Limits[string] }

func newLimits() *limits {
	return &limits{reply.Limits[string]{Every: time.Second / apiRate, Burst: apiBurst}}
}

// allow deducts the cost of a request. If the budget is too small it sets Retry-After and
// returns an error.
func (l *limits) allow(w http.ResponseWriter, r *http.Request, who caller, from netip.Addr) error {
	cost := costOf(r)
	if cost == 0 {
		return nil
	}
	if wait := l.Take(budgetName(who, from), cost, time.Now()); wait > 0 {
		reply.SetRetryAfter(w.Header(), wait)
		return errBusy
	}
	return nil
}

// budgetName names who a request counts for.
func budgetName(who caller, from netip.Addr) string {
	switch {
	case who.name != "":
		return "token " + who.name
	case who.hasToken:
		return "master token from " + reply.ClientNetwork(from).String()
	}
	return "from " + reply.ClientNetwork(from).String()
}

// costOf returns the cost of a request. Pages cost nothing unless they search, or show or
// follow what satisfies a query.
func costOf(r *http.Request) (cost int) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		cost = max(requestCosts[r.URL.Path], 1)
	}
	if strings.HasPrefix(r.URL.Path, "/topics/") {
		cost = requestCosts["/api/preview"]
	}
	for _, settings := range []string{"/sources/", "/api/sources/", "/api/topics/"} {
		if strings.HasPrefix(r.URL.Path, settings) { // feeds.yaml is read and checked
			cost = queryCost
		}
	}
	if cost > 0 && r.URL.RawQuery != "" {
		if n, err := limitOf(r, 0, view.MaxWireLines); err == nil && n > view.WireLines {
			cost = max(cost, queryCost)
		}
	}
	return max(cost, queryCost*countQueries(r))
}

// countQueries returns how many queries a request has, at most maxColumns: with more it is
// refused, or they are left out. A view is a query.
func countQueries(r *http.Request) (n int) {
	if r.URL.RawQuery == "" {
		return 0
	}
	q := r.URL.Query()
	for _, text := range append(q["q"], q["view"]...) {
		if strings.TrimSpace(text) != "" {
			n++
		}
	}
	return min(n, maxColumns)
}

var errBusy = reply.Faultf(http.StatusTooManyRequests, "Too many requests. Wait as many seconds as Retry-After says. /live streams changes without polling.")
