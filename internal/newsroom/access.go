package newsroom

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
)

// access decides who may do what at the desk.
type access struct {
	store       *store.Store // holds the named tokens
	tokens      atomic.Pointer[tokenIndex]
	token       string
	always      bool
	proxies     []netip.Prefix
	wrongTokens *wrongTokens
	cross       *http.CrossOriginProtection
}

var (
	errToken        = reply.Faultf(http.StatusUnauthorized, "This needs a token of the newsroom, sent as Authorization: Bearer TOKEN.")
	errTooManyWrong = reply.Faultf(http.StatusTooManyRequests, "Too many wrong tokens. Wait as many seconds as Retry-After says. A valid token works at once.")
	errReadOnly     = reply.Faultf(http.StatusForbidden, "This token is read-only. Sign in with another one to change something.")
	errCrossSite    = reply.Faultf(http.StatusForbidden, "Other web sites may not change anything here.")
	errCrossFetch   = reply.Faultf(http.StatusForbidden, "Other web sites may not load this, only link to pages. Open it from the desk, or enter the address yourself.")
)

// caller is who sent a request.
type caller struct {
	name     string // of the token; empty: a local user, or the master token
	readOnly bool   // may not change anything
	hasToken bool   // sent a valid token
}

// check returns who sent a request, or an error if they may not send it. It sets Retry-After
// for clients that sent too many wrong tokens.
func (a *access) check(w http.ResponseWriter, r *http.Request) (caller, error) {
	who, err := a.identify(w, r)
	if err == nil && who.readOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
		err = errReadOnly
	}
	return who, err
}

func (a *access) identify(w http.ResponseWriter, r *http.Request) (caller, error) {
	if given, ok := reply.BearerToken(r); ok {
		return a.checkToken(w, r, given)
	}
	who, err := a.identifyBrowser(w, r)
	if err != nil {
		return who, err
	}
	if a.cross.Check(r) != nil {
		return who, errCrossSite
	}
	return who, checkFetch(r)
}

// identifyBrowser returns who sent a request without a bearer token.
func (a *access) identifyBrowser(w http.ResponseWriter, r *http.Request) (who caller, err error) {
	open := !a.always && reply.IsLocal(r)
	c, err := r.Cookie(cookieName)
	switch {
	case err != nil && open:
		return who, nil
	case err != nil:
		return who, errToken
	case open:
		who, _ = a.callerByToken(c.Value) // an expired one does not matter: no token is needed
		return who, nil
	}
	who, err = a.callerByToken(c.Value)
	if errors.Is(err, errToken) && !reply.IsLocal(r) {
		other, _ := a.wrongTokens.count(c.Value, a.client(r), time.Now())
		return who, tooManyWrong(w, other) // a page repeats its cookie until it hears that the token was revoked
	}
	return who, err
}

// checkToken returns the caller with a token. A valid one is recognised before any limit:
// a limit is only what clients with wrong ones hear of.
func (a *access) checkToken(w http.ResponseWriter, r *http.Request, given string) (caller, error) {
	who, err := a.callerByToken(given)
	if errors.Is(err, errToken) && !reply.IsLocal(r) {
		other, same := a.wrongTokens.count(given, a.client(r), time.Now())
		return who, tooManyWrong(w, max(other, same))
	}
	return who, err
}

// tooManyWrong returns the error for a client with a wrong token that must wait before the
// next.
func tooManyWrong(w http.ResponseWriter, wait time.Duration) error {
	if wait == 0 {
		return errToken
	}
	reply.SetRetryAfter(w.Header(), wait)
	return errTooManyWrong
}

func (a *access) callerByToken(given string) (caller, error) {
	if a.token != "" && reply.EqualSecrets(given, a.token) {
		return caller{hasToken: true}, nil
	}
	t, err := a.tokenByKey(given)
	if err != nil {
		return caller{}, err
	}
	if t == nil {
		return caller{}, errToken
	}
	return caller{t.Name, t.Read, true}, nil
}

// checkFetch refuses a request to read that the page of another web site made, which
// browsers tell by Fetch metadata (https://w3c.github.io/webappsec-fetch-metadata/). The
// site can't read the answer, but could make the desk work. Links to pages stay possible.
// It refuses pictures and sounds in our own pages too: they stand in texts of outlets,
// which could name an address of the desk.
func checkFetch(r *http.Request) error {
	h := r.Header
	if slices.Contains(mediaDestinations, h.Get("Sec-Fetch-Dest")) {
		return errCrossFetch
	}
	switch h.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none": // no browser, our own page, or the user
		return nil
	}
	link := h.Get("Sec-Fetch-Mode") == "navigate" && (h.Get("Sec-Fetch-Dest") == "document" || h.Get("Sec-Fetch-Dest") == "")
	if link && !isCostly(r.URL.Path) {
		return nil
	}
	return errCrossFetch
}

// mediaDestinations are what a text of an outlet can load.
var mediaDestinations = []string{"image", "audio", "video", "track"}

// isCostly tells whether the answer to a GET is no page, and is a file or takes long to
// make.
func isCostly(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/debug/") || path == "/metrics" || path == "/live"
}

func (a *access) client(r *http.Request) netip.Addr { return reply.ClientAddr(r, a.proxies) }

// wrongTokens limits wrong tokens. The zero value is not ready; use newWrongTokens.
//
// A token that a client repeats, such as the old one of a forgotten script, has a limit of
// its own, so that it does not use up what the client's other users may try. A token that
// many clients try has a limit for all of them.
type wrongTokens struct {
	repeated reply.Limits[wrongToken]
	clients  reply.Limits[netip.Prefix] // different tokens
	tokens   reply.Limits[tokenSum]     // of all clients
}

// tokenSum is a hash of a token. No wrong token is kept: it may be a
// valid one with a typo.
type tokenSum [sha256.Size]byte

// wrongToken is a wrong token that a client tried.
type wrongToken struct {
	client netip.Prefix
	token  tokenSum
}

func newWrongTokens() *wrongTokens {
	const every, burst = 10 * time.Second, 5
	return &wrongTokens{
		repeated: reply.Limits[wrongToken]{Every: every, Burst: burst},
		clients:  reply.Limits[netip.Prefix]{Every: every, Burst: burst},
		tokens:   reply.Limits[tokenSum]{Every: every, Burst: 4 * burst},
	}
}

// count counts a wrong token. It returns how long the client must wait before it tries
// another one, and before it tries the same one again; 0 means not at all.
func (g *wrongTokens) count(given string, from netip.Addr, now time.Time) (other, same time.Duration) {
	client := reply.ClientNetwork(from)
	one := wrongToken{client, sha256.Sum256([]byte(given))}
	other = g.clients.Wait(client, now)
	if !g.repeated.Knows(one) {
		other = g.clients.Take(client, 1, now)
	}
	same = g.repeated.Take(one, 1, now)
	if max(other, same) == 0 { // a client beyond its limits uses up nothing of what others may try
		same = g.tokens.Take(one.token, 1, now)
	}
	return other, same
}
