package reply

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
)

// ProxyNotice notices requests of a proxy that is not trusted. Behind it, all readers
// have the proxy's address and share its limits. Log must be set.
type ProxyNotice struct {
	Trusted []netip.Prefix
	Log     *slog.Logger

	nearby, distant sync.Once
}

// Watch logs the first request that a proxy forwarded and that is not trusted, and passes
// all requests on. A peer in our own network, where proxies are, gets a line of its own, so
// that a stranger's header does not use it up.
func (n *ProxyNotice) Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if header := clientHeader(r.Header); header != "" {
			n.check(r, header)
		}
		next.ServeHTTP(w, r)
	})
}

func (n *ProxyNotice) check(r *http.Request, header string) {
	peer := peerAddr(r)
	if !peer.IsValid() || contains(n.Trusted, peer) {
		return
	}
	once := &n.distant
	if peer.IsLoopback() || peer.IsPrivate() || peer.IsLinkLocalUnicast() {
		once = &n.nearby
	}
	once.Do(func() {
		n.Log.Warn("requests have a forwarding header from an address that is not in trusted_proxies; if this is your reverse proxy, write the line below into feeds.yaml and restart: until then all readers behind it count as one client, and it does not count as HTTPS",
			"address", peer, "header", header, "feeds.yaml", "trusted_proxies: [\""+peer.String()+"\"]")
	})
}

// clientHeader returns the name of a header that says which client a proxy forwards, empty
// if there is none.
func clientHeader(h http.Header) string {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"} {
		if len(h[name]) > 0 {
			return http.CanonicalHeaderKey(name)
		}
	}
	return ""
}
