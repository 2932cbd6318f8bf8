package fetch_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/origin"
)

// Promise 8: no private address is dialled, however it is written.
func TestPrivateAddresses(t *testing.T) {
	c := client(t, fetch.Config{ConnectTimeout: 1e9})
	for _, host := range []string{
		"127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "[::]", "localhost", "LOCALHOST",
		"10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]", "224.0.0.1", "255.255.255.255", "192.0.2.1", "[2001:db8::1]",
		"2130706433", "0177.0.0.1", "0x7f.1", "127.1", "①②⑦.0.0.1", "127.0.0.1.",
	} {
		p := problem(t, c, fetch.Request{URL: "http://" + host + "/rss"})
		if p.Kind != fetch.ForbiddenAddress || !strings.Contains(p.Text, "fetch.allow") {
			t.Errorf("%s: got %q, %q, want %q", host, p.Kind, p.Text, fetch.ForbiddenAddress)
		}
	}
	if p := problem(t, c, fetch.Request{URL: "http://[fe80::1%25lo]/rss"}); p.Kind != fetch.BadAddress {
		t.Errorf("an address with a zone: got %q, %q, want %q", p.Kind, p.Text, fetch.BadAddress)
	}
}

func TestAllow(t *testing.T) {
	o, s := serve(t)
	o.Feed("/rss").AnswerAlways(origin.Bytes("text/xml", []byte("<rss/>")))
	addr := s.Listener.Addr().(*net.TCPAddr)
	port := addr.AddrPort().Port()
	at := func(host string) string { return net.JoinHostPort(host, portOf(port)) }
	tests := []struct {
		name       string
		allow, own []string
		host       string
		ok         bool
	}{
		{"address and port", []string{at("127.0.0.1")}, nil, at("127.0.0.1"), true},
		{"another port", []string{"127.0.0.1:1"}, nil, at("127.0.0.1"), false},
		{"range", []string{"127.0.0.0/8"}, nil, at("127.0.0.1"), true},
		{"address", []string{"127.0.0.1"}, nil, at("127.0.0.1"), true},
		{"mapped", []string{at("127.0.0.1")}, nil, at("::ffff:127.0.0.1"), true},
		{"name", []string{at("127.0.0.1")}, nil, at("localhost"), true},
		{"own beats allow", []string{"127.0.0.0/8"}, []string{at("127.0.0.1")}, at("127.0.0.1"), false},
		{"own by every spelling", []string{"0.0.0.0/0", "::/0"}, []string{at("127.0.0.1")}, at("0.0.0.0"), false},
		{"own on all addresses", []string{"127.0.0.0/8"}, []string{":" + portOf(port)}, at("127.0.0.1"), false},
		{"own on another port", []string{"127.0.0.0/8"}, []string{"127.0.0.1:1", ":2"}, at("127.0.0.1"), true},
	}
	for _, tt := range tests {
		c := client(t, fetch.Config{Allow: tt.allow, OwnListeners: tt.own})
		res, err := c.Get(context.Background(), fetch.Request{URL: "http://" + tt.host + "/rss"}, now)
		var p *fetch.Problem
		switch {
		case tt.ok && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.ok && !c.IsAllowListed("http://"+tt.host+"/rss"):
			t.Errorf("%s: visited, but IsAllowListed is false", tt.name)
		case !tt.ok && (!errors.As(err, &p) || p.Kind != fetch.ForbiddenAddress):
			t.Errorf("%s: got %+v, %v, want %q", tt.name, res, err, fetch.ForbiddenAddress)
		}
	}
	for _, bad := range []string{"", "localhost:80", "10.0.0.0/99", "press.example"} {
		if _, err := fetch.New(fetch.Config{Allow: []string{bad}}); err == nil {
			t.Errorf("New accepted %q in Allow", bad)
		}
	}
}

func portOf(p uint16) string {
	_, s, _ := net.SplitHostPort((&net.TCPAddr{Port: int(p)}).String())
	return s
}

// E13, SSRF: the guard checks each redirect.
func TestRedirectToOwnListener(t *testing.T) {
	o, s := serve(t)
	inner, private := serve(t)
	inner.Feed("/secret").AnswerAlways(origin.Bytes("text/xml", []byte("<rss/>")))
	for _, status := range []int{301, 302, 303, 307, 308} {
		o.Feed("/rss").AnswerNext(origin.Redirect(status, private.URL+"/secret"))
		if p := problem(t, client(t, fetch.Config{}, s), fetch.Request{URL: s.URL + "/rss"}); p.Kind != fetch.ForbiddenAddress {
			t.Errorf("%d: got %q, want %q", status, p.Kind, fetch.ForbiddenAddress)
		}
	}
	if n := len(inner.Requests()); n != 0 {
		t.Errorf("our own listener was visited %d times", n)
	}
}

func TestDomain(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"},
		{"https://WWW.Example.COM./rss", "example.com"},
		{"http://example.com:8080/rss", "example.com"},
		{"https://a.github.io/feed", "a.github.io"},
		{"https://github.io/feed", "github.io"},
		{"https://www.bücher.example/feed", "xn--bcher-kva.example"},
		{"http://127.0.0.1:8900/f", "127.0.0.1:8900"},
		{"http://[::1]/f", "[::1]:80"},
		{"https://10.0.0.1/f", "10.0.0.1:443"},
		{"http://localhost:81/", "localhost:81"},
		{"not an address", ""},
		{"", ""},
	} {
		if got := fetch.Domain(tt.url); got != tt.want {
			t.Errorf("Domain(%q): %q, want %q", tt.url, got, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	allow := []string{"10.1.0.0/16", "127.0.0.1:8900"}
	for address, want := range map[string]string{
		"http://10.1.2.3/feed":          "",
		"http://10.2.2.3/feed":          "10.2.2.3:80",
		"https://192.168.0.1/feed":      "192.168.0.1:443",
		"http://localhost:8900/feed":    "",
		"http://LOCALHOST:8901/feed":    "127.0.0.1:8901",
		"http://a.localhost/feed":       "127.0.0.1:80",
		"http://[::1]:81/feed":          "[::1]:81",
		"http://[::ffff:10.2.2.3]/feed": "10.2.2.3:80",
		"https://press.example/feed":    "",
		"https://9.9.9.9/feed":          "",
		"${HOST}/feed":                  "",
	} {
		if got := fetch.Refused(address, allow); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}
