package fetch_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/slugline/slugline/internal/fetch"
)

// names runs a name server that answers every question with *ip until the test ends.
func names(t *testing.T, ip *atomic.Pointer[[4]byte]) {
	t.Helper()
	resolver(t, func(dnsmessage.Type) []string { return []string{netip.AddrFrom4(*ip.Load()).String()} })
}

// serveNames runs a name server until the test ends.
func serveNames(t *testing.T, answer func(dnsmessage.Question) []dnsmessage.Resource) {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		in := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(in)
			if err != nil {
				return
			}
			_, _ = pc.WriteTo(reply(in[:n], answer), from)
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		pc.Close()
		<-done
	})
}

func reply(question []byte, answer func(dnsmessage.Question) []dnsmessage.Resource) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.Additionals = true, nil
	m.Answers = answer(m.Questions[0])
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

// A name with a public address can have a private one at the next visit.
func TestRebinding(t *testing.T) {
	var ip atomic.Pointer[[4]byte]
	ip.Store(&[4]byte{127, 0, 0, 1})
	names(t, &ip)
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }))
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, fetch.Config{}, s)
	url := "http://feeds.rebind.example:" + port + "/rss"
	get(t, c, fetch.Request{URL: url})
	for _, inside := range [][4]byte{{127, 0, 0, 2}, {10, 0, 0, 1}, {169, 254, 169, 254}, {0, 0, 0, 0}} {
		ip.Store(&inside)
		if p := problem(t, c, fetch.Request{URL: url}); p.Kind != fetch.ForbiddenAddress {
			t.Errorf("the name has the address %v: got %q (%s), want %q", inside, p.Kind, p.Text, fetch.ForbiddenAddress)
		}
	}
}
