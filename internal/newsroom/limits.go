package newsroom

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/reply"
)

// Each caller of the API has a budget of points. A request costs one point, or what
// requestCosts says.
const (
	apiBurst   = 1000 // points at once
	apiRate    = 100  // points a second
	maxCallers = 4096 // the most callers to remember
)

// requestCosts are the costs of expensive requests, by path.
var requestCosts = map[string]int{
	"/api/preview": 20, // matches a rule against thousands of stories
	"/api/audit":   10,
	"/api/why":     10,  // may search thousands of stories for an address
	"/api/search":  10,  // also counts all matches
	"/api/backup":  250, // copies the whole file
	"/api/visit":   10,
}

// limits limits requests to the API by caller: by the name of the token, or by the network
// of a caller without one. The zero value is ready.
type limits struct {
	mu       sync.Mutex // guards byCaller
	byCaller map[string]*rate.Limiter
}

// allow deducts the cost of a request. If the budget is too small it sets Retry-After and
// returns an error.
func (l *limits) allow(w http.ResponseWriter, r *http.Request, who caller, from netip.Addr) error {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return nil
	}
	name := "token " + who.name
	if who.name == "" {
		name = "from " + reply.ClientNetwork(from).String()
	}
	cost := max(requestCosts[r.URL.Path], 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.byCaller[name]
	if limiter == nil {
		if len(l.byCaller) >= maxCallers || l.byCaller == nil {
			l.byCaller = map[string]*rate.Limiter{}
		}
		limiter = rate.NewLimiter(apiRate, apiBurst)
		l.byCaller[name] = limiter
	}
	now := time.Now()
	if limiter.AllowN(now, cost) {
		return nil
	}
	wait := math.Ceil((float64(cost) - limiter.TokensAt(now)) / apiRate)
	w.Header().Set("Retry-After", strconv.Itoa(max(int(wait), 1)))
	return errBusy
}

var errBusy = reply.Faultf(http.StatusTooManyRequests, "Too many requests. Wait as many seconds as Retry-After says. /live streams changes without polling.")
