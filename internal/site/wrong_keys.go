package site

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/slugline/slugline/internal/reply"
)

// wrongKeys limits wrong keys of topics: each client network one in ten seconds, with
// bursts of 20. A right key is never counted, whatever was tried before it.
type wrongKeys struct{ reply.Limits[netip.Prefix] }

func newWrongKeys() *wrongKeys {
	return &wrongKeys{reply.Limits[netip.Prefix]{Every: 10 * time.Second, Burst: 20}}
}

// countWrongKey counts a request that is refused because its key is wrong. It returns how
// long the client must wait before the next; 0 means not at all.
func (s *Site) countWrongKey(r *http.Request, f *reply.Fault) time.Duration {
	if f.Code != reply.NeedsKey && f.Code != reply.NeedsKeyAuth || givenKey(r) == "" {
		return 0
	}
	return s.wrongKeys.Take(reply.ClientNetwork(reply.ClientAddr(r, s.Proxies)), 1, s.now())
}

// givenKey returns the key in a request's query, its form or the address that it wants to
// embed; empty if there is none.
func givenKey(r *http.Request) string {
	pasted, _ := url.Parse(r.URL.Query().Get("url"))
	if pasted == nil {
		pasted = &url.URL{}
	}
	return cmp.Or(keyFrom(r), r.Form.Get("key"), pasted.Query().Get("key"))
}
