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

// A caller may ask the API this much at once, and so much a second for ever.
const (
	apiBurst   = 1000
	apiRate    = 100 // a second
	maxCallers = 4096
)

// costs are those of requests that are worth more than one.
var costs = map[string]int{
	"/api/preview": 20,  // tries a rule on thousands of stories
	"/api/audit":   10,  //
	"/api/search":  10,  // counts them too
	"/api/backup":  250, // copies the whole file
	"/api/visit":   10,
}

// limits counts the API's requests by caller: a token by its name, all others by
// their address. Zero is ready.
type limits struct {
	mu sync.Mutex // guards by
	by map[string]*rate.Limiter
}

// allow pays for a request, or says when there will be enough again.
func (l *limits) allow(w http.ResponseWriter, r *http.Request, who caller, from netip.Addr) error {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return nil
	}
	name := "token " + who.name
	if who.name == "" {
		name = "from " + reply.ClientNetwork(from).String()
	}
	cost := max(costs[r.URL.Path], 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.by[name]
	if limiter == nil {
		if len(l.by) >= maxCallers || l.by == nil {
			l.by = map[string]*rate.Limiter{}
		}
		limiter = rate.NewLimiter(apiRate, apiBurst)
		l.by[name] = limiter
	}
	now := time.Now()
	if limiter.AllowN(now, cost) {
		return nil
	}
	wait := math.Ceil((float64(cost) - limiter.TokensAt(now)) / apiRate)
	w.Header().Set("Retry-After", strconv.Itoa(max(int(wait), 1)))
	return errBusy
}

var errBusy = reply.Faultf(http.StatusTooManyRequests, "Too many requests came from here. Wait as many seconds as Retry-After says; /live tells what is new without asking.")
