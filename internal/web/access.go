package web

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/slugline/slugline/internal/store"
)

// access decides who may do what at the desk.
type access struct {
	store   *store.Store // of the named tokens
	token   string
	always  bool
	proxies []netip.Prefix
	guesses guesses
	cross   *http.CrossOriginProtection
}

var (
	errToken = Refuse(http.StatusUnauthorized, "This needs the token of the newsroom, sent as Authorization: Bearer TOKEN.")
	errGuess = Refuse(http.StatusTooManyRequests, "Too many wrong tokens came from this address. Wait a minute.")
	errReads = Refuse(http.StatusForbidden, "This token may read, and change nothing.")
	errCross = Refuse(http.StatusForbidden, "Another site may not change anything here.")
)

// caller is who asks.
type caller struct {
	name  string // of the token; empty: somebody at this machine, or with the master key
	reads bool   // may change nothing
	holds bool   // came with a key
}

// check says who asks, or why they may not.
func (a *access) check(r *http.Request) (caller, error) {
	who, err := a.identify(r)
	if err == nil && who.reads && r.Method != http.MethodGet && r.Method != http.MethodHead {
		err = errReads
	}
	return who, err
}

func (a *access) identify(r *http.Request) (caller, error) {
	if given, ok := bearer(r); ok {
		return a.guess(r, given)
	}
	open := !a.always && local(r)
	var who caller
	if c, err := r.Cookie(cookieName); err == nil && open {
		who, _ = a.recognise(c.Value) // an old one is no harm here
	} else if err == nil {
		if who, err = a.guess(r, c.Value); err != nil {
			return who, err
		}
	} else if !open {
		return who, errToken
	}
	if a.cross.Check(r) != nil {
		return who, errCross
	}
	return who, nil
}

// guess recognises a key, but not for those who sent too many that are wrong.
func (a *access) guess(r *http.Request, given string) (caller, error) {
	from := a.client(r)
	if !a.guesses.allowed(from) {
		return caller{}, errGuess
	}
	who, err := a.recognise(given)
	if errors.Is(err, errToken) {
		a.guesses.wrong(from)
	}
	return who, err
}

func (a *access) recognise(given string) (caller, error) {
	if a.token != "" && same(given, a.token) {
		return caller{holds: true}, nil
	}
	t, err := named(a.store, given)
	if err != nil {
		return caller{}, err
	}
	if t == nil {
		return caller{}, errToken
	}
	return caller{t.Name, t.Read, true}, nil
}

// client is the address that a request came from: the peer's, or, behind proxies
// that we trust, the last one in X-Forwarded-For that is none of theirs.
func (a *access) client(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !a.trusted(at) {
			break
		}
		ip, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		at = ip.Unmap()
	}
	return at
}

func (a *access) trusted(ip netip.Addr) bool {
	return slices.ContainsFunc(a.proxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// A client may send five wrong tokens at once and then one each ten seconds.
const (
	wrongBurst = 5
	wrongEvery = 10 * time.Second
	maxGuesses = 4096 // clients that are remembered
)

// guesses counts wrong tokens by client. Zero is ready.
type guesses struct {
	mu sync.Mutex // guards by
	by map[netip.Prefix]*rate.Limiter
}

func (g *guesses) allowed(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.by[network(from)]
	return l == nil || l.Tokens() >= 1
}

func (g *guesses) wrong(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.by) >= maxGuesses {
		clear(g.by)
	}
	if g.by == nil {
		g.by = map[netip.Prefix]*rate.Limiter{}
	}
	n := network(from)
	if g.by[n] == nil {
		g.by[n] = rate.NewLimiter(rate.Every(wrongEvery), wrongBurst)
	}
	g.by[n].Allow()
}
