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
	store       *store.Store // holds the named tokens
	token       string
	always      bool
	proxies     []netip.Prefix
	wrongTokens wrongTokens
	cross       *http.CrossOriginProtection
}

var (
	errToken        = reply.Faultf(http.StatusUnauthorized, "This needs a token of the newsroom, sent as Authorization: Bearer TOKEN.")
	errTooManyWrong = reply.Faultf(http.StatusTooManyRequests, "Too many wrong tokens from this address. Wait a minute.")
	errReadOnly     = reply.Faultf(http.StatusForbidden, "This token is read-only.")
	errCrossSite    = reply.Faultf(http.StatusForbidden, "Other web sites may not change anything here.")
)

// caller is who sent a request.
type caller struct {
	name     string // of the token; empty: a local user, or the master token
	readOnly bool   // may not change anything
	hasToken bool   // sent a valid token
}

// check returns who sent a request, or an error if they may not send it.
func (a *access) check(r *http.Request) (caller, error) {
	who, err := a.identify(r)
	if err == nil && who.readOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
		err = errReadOnly
	}
	return who, err
}

func (a *access) identify(r *http.Request) (caller, error) {
	if given, ok := reply.BearerToken(r); ok {
		return a.checkToken(r, given)
	}
	open := !a.always && reply.IsLocal(r)
	var who caller
	if c, err := r.Cookie(cookieName); err == nil && open {
		who, _ = a.callerByToken(c.Value) // an expired one does not matter: no token is needed
	} else if err == nil {
		if who, err = a.checkToken(r, c.Value); err != nil {
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

// checkToken returns the caller with a token. It refuses clients that sent too many wrong
// ones.
func (a *access) checkToken(r *http.Request, given string) (caller, error) {
	from := a.client(r)
	if !a.wrongTokens.allowed(from) {
		return caller{}, errTooManyWrong
	}
	who, err := a.callerByToken(given)
	if errors.Is(err, errToken) {
		a.wrongTokens.wrong(from)
	}
	return who, err
}

func (a *access) callerByToken(given string) (caller, error) {
	if a.token != "" && reply.EqualSecrets(given, a.token) {
		return caller{hasToken: true}, nil
	}
	t, err := tokenByKey(a.store, given)
	if err != nil {
		return caller{}, err
	}
	if t == nil {
		return caller{}, errToken
	}
	return caller{t.Name, t.Read, true}, nil
}

func (a *access) client(r *http.Request) netip.Addr { return reply.ClientAddr(r, a.proxies) }

// A client may send a burst of five wrong tokens, then one every ten seconds.
const (
	wrongTokenBurst = 5
	wrongEvery      = 10 * time.Second
	maxGuessers     = 4096 // the most clients to remember
)

// wrongTokens limits wrong tokens by the network of the client. The zero value is ready.
type wrongTokens struct {
	mu        sync.Mutex // guards byNetwork
	byNetwork map[netip.Prefix]*rate.Limiter
}

func (g *wrongTokens) allowed(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.byNetwork[reply.ClientNetwork(from)]
	return l == nil || l.Tokens() >= 1
}

func (g *wrongTokens) wrong(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.byNetwork) >= maxGuessers {
		clear(g.byNetwork)
	}
	if g.byNetwork == nil {
		g.byNetwork = map[netip.Prefix]*rate.Limiter{}
	}
	n := reply.ClientNetwork(from)
	if g.byNetwork[n] == nil {
		g.byNetwork[n] = rate.NewLimiter(rate.Every(wrongEvery), wrongTokenBurst)
	}
	g.byNetwork[n].Allow()
}
