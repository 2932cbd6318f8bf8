package newsroom

import (
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
)

// access decides who may do what at the desk.
type access struct {
	store   *store.Store // of the named tokens
	token   string
	always  bool
	proxies []netip.Prefix
	guesses wrongTokens
	cross   *http.CrossOriginProtection
}

var (
	errToken        = reply.Faultf(http.StatusUnauthorized, "This needs the token of the newsroom, sent as Authorization: Bearer TOKEN.")
	errTooManyWrong = reply.Faultf(http.StatusTooManyRequests, "Too many wrong tokens came from this address. Wait a minute.")
	errReadOnly     = reply.Faultf(http.StatusForbidden, "This token may read, and change nothing.")
	errCrossSite    = reply.Faultf(http.StatusForbidden, "Another site may not change anything here.")
)

// caller is who asks.
type caller struct {
	name     string // of the token; empty: somebody at this machine, or with the master key
	readOnly bool   // may change nothing
	hasToken bool   // came with a key
}

// check says who asks, or why they may not.
func (a *access) check(r *http.Request) (caller, error) {
	who, err := a.identify(r)
	if err == nil && who.readOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
		err = errReadOnly
	}
	return who, err
}

func (a *access) identify(r *http.Request) (caller, error) {
	if given, ok := reply.BearerToken(r); ok {
		return a.tryToken(r, given)
	}
	open := !a.always && reply.IsLocal(r)
	var who caller
	if c, err := r.Cookie(cookieName); err == nil && open {
		who, _ = a.callerByToken(c.Value) // an old one is no harm here
	} else if err == nil {
		if who, err = a.tryToken(r, c.Value); err != nil {
			return who, err
		}
	} else if !open {
		return who, errToken
	}
	if a.cross.Check(r) != nil {
		return who, errCrossSite
	}
	return who, nil
}

// tryToken recognises a key, but not for those who sent too many that are wrong.
func (a *access) tryToken(r *http.Request, given string) (caller, error) {
	from := a.client(r)
	if !a.guesses.allowed(from) {
		return caller{}, errTooManyWrong
	}
	who, err := a.callerByToken(given)
	if errors.Is(err, errToken) {
		a.guesses.wrong(from)
	}
	return who, err
}

func (a *access) callerByToken(given string) (caller, error) {
	if a.token != "" && reply.EqualSecrets(given, a.token) {
		return caller{hasToken: true}, nil
	}
	t, err := tokenOf(a.store, given)
	if err != nil {
		return caller{}, err
	}
	if t == nil {
		return caller{}, errToken
	}
	return caller{t.Name, t.Read, true}, nil
}

func (a *access) client(r *http.Request) netip.Addr { return reply.ClientAddr(r, a.proxies) }

// A client may send five wrong tokens at once and then one each ten seconds.
const (
	wrongTokenBurst = 5
	wrongEvery      = 10 * time.Second
	maxGuesses      = 4096 // clients that are remembered
)

// wrongTokens counts wrong tokens by client. Zero is ready.
type wrongTokens struct {
	mu sync.Mutex // guards by
	by map[netip.Prefix]*rate.Limiter
}

func (g *wrongTokens) allowed(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.by[reply.ClientNetwork(from)]
	return l == nil || l.Tokens() >= 1
}

func (g *wrongTokens) wrong(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.by) >= maxGuesses {
		clear(g.by)
	}
	if g.by == nil {
		g.by = map[netip.Prefix]*rate.Limiter{}
	}
	n := reply.ClientNetwork(from)
	if g.by[n] == nil {
		g.by[n] = rate.NewLimiter(rate.Every(wrongEvery), wrongTokenBurst)
	}
	g.by[n].Allow()
}
