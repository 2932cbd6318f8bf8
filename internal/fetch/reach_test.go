package fetch_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/slugline/slugline/internal/fetch"
)

// reach returns a transport that is closed when the test ends.
func reach(t *testing.T, r fetch.Reach) *fetch.Transport {
	t.Helper()
	tr, err := fetch.NewTransport(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

func post(tr http.RoundTripper, url string) error {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader("x"))
	if err != nil {
		return err
	}
	res, err := tr.RoundTrip(req)
	if err == nil {
		_ = res.Body.Close()
	}
	return err
}

// clouds are addresses of metadata services in all their forms.
var clouds = []string{
	"169.254.169.254", "[::ffff:169.254.169.254]", "[::169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "2852039166", "0xa9.254.0251.254",
	"[fd00:ec2::254]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "168.63.129.16", "[::ffff:a83f:8110]", "[fd20:ce::254]", "100.100.100.200", "[fd00:100::100:200]",
	"192.0.0.192", "[fd00:c1::a9fe:a9fe]", "169.254.42.42", "[fd00:42::42]", "[fd00:a9fe:a9fe::1]", "169.254.0.23", "100.96.0.96", "[fe80::a9fe:a9fe]",
}

// No range allows the metadata of a cloud, neither for sources nor for callbacks.
func TestCloudMetadataIsForbidden(t *testing.T) {
	for _, allow := range [][]string{nil, {"0.0.0.0/0", "::/0"}, {"169.254.0.0/16", "168.63.129.16/32", "100.64.0.0/10", "fc00::/7", "fe80::/10", "192.0.0.0/24", "64:ff9b::/96", "2002::/16", "::/96"}} {
		c := client(t, fetch.Config{Allow: allow, ConnectTimeout: 1e9})
		tr := reach(t, fetch.Reach{Key: "websub.allow", Allow: allow})
		for _, host := range clouds {
			if p := problem(t, c, fetch.Request{URL: "http://" + host + "/latest/meta-data/"}); p.Kind != fetch.ForbiddenAddress || !strings.Contains(p.Text, "fetch.allow") {
				t.Errorf("allow %v: visiting %s: got %q, %q, want %q", allow, host, p.Kind, p.Text, fetch.ForbiddenAddress)
			}
			if strings.ContainsAny(host[:1], "20[") && !strings.HasPrefix(host, "[") {
				continue // a transport leaves such forms to the resolver
			}
			if err := post(tr, "http://"+host+"/"); !fetch.IsForbidden(err) || !strings.Contains(err.Error(), "websub.allow") {
				t.Errorf("allow %v: posting to %s: got %v, want a forbidden address", allow, host, err)
			}
			if tr.Lists("http://" + host + "/") {
				t.Errorf("allow %v lists %s", allow, host)
			}
		}
	}
}

// Only the address itself allows the metadata of a cloud. Nothing answers here, so what
// would be dialled is told apart by Refused.
func TestCloudMetadataThatIsWritten(t *testing.T) {
	for _, tt := range []struct {
		allow, url string
		refused    bool
	}{
		{"169.254.169.254", "http://169.254.169.254/", false},
		{"169.254.169.254:80", "http://169.254.169.254/", false},
		{"169.254.169.254:81", "http://169.254.169.254/", true},
		{"169.254.169.254/32", "http://169.254.169.254/", true},
		{"::ffff:169.254.169.254", "http://169.254.169.254/", false},
		{"fd00:ec2::254", "http://[fd00:ec2::254]/", false},
		{"fd00:ec2::/32", "http://[fd00:ec2::254]/", true},
		{"fd00:ec2::/32", "http://[fd00:ec2::253]/", false},
		{"168.63.129.16:32526", "http://168.63.129.16:32526/", false},
		{"", "http://168.63.129.16:32526/", true},
		{"", "http://168.63.129.17:32526/", false},
	} {
		if got := fetch.Refused(tt.url, strings.Fields(tt.allow)) != ""; got != tt.refused {
			t.Errorf("%s with allow %q: refused %v, want %v", tt.url, tt.allow, got, tt.refused)
		}
	}
}

// What feeds.yaml names may be private at that host and port, and nowhere else.
func TestWrittenAddresses(t *testing.T) {
	s := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	at := "127.0.0.1:" + port
	for _, tt := range []struct {
		name         string
		written, own string
		url          string
		forbidden    bool
	}{
		{"as written", "http://" + at + "/hook?x=1", "", "http://" + at + "/other", false},
		{"a name", "http://LocalHost:" + port + "/", "", "http://localhost:" + port + "/", false},
		{"by its name, not by its address", "http://localhost:" + port + "/", "", "http://" + at + "/", true},
		{"another port", "http://127.0.0.1:1/", "", "http://" + at + "/", true},
		{"another address", "http://127.0.0.2:" + port + "/", "", "http://" + at + "/", true},
		{"nothing", "", "", "http://" + at + "/", true},
		{"ourselves", "http://" + at + "/", at, "http://" + at + "/", true},
	} {
		tr := reach(t, fetch.Reach{Written: []string{tt.written}, OwnListeners: strings.Fields(tt.own)})
		if err := post(tr, tt.url); fetch.IsForbidden(err) != tt.forbidden || !tt.forbidden && err != nil {
			t.Errorf("%s: got %v, forbidden %v, want %v", tt.name, err, fetch.IsForbidden(err), tt.forbidden)
		}
	}
}

// A written name that leads to the metadata of a cloud is refused, and the address itself
// is not.
func TestWrittenMetadata(t *testing.T) {
	resolver(t, func(dnsmessage.Type) []string { return []string{"169.254.169.254"} })
	tr := reach(t, fetch.Reach{Written: []string{"http://hook.press.example/"}})
	if err := post(tr, "http://hook.press.example/"); !fetch.IsForbidden(err) {
		t.Errorf("a name of a metadata address: %v, want forbidden", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what passes the check is not dialled
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://169.254.169.254/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reach(t, fetch.Reach{Written: []string{"http://169.254.169.254/"}}).RoundTrip(req); fetch.IsForbidden(err) {
		t.Errorf("the address itself: %v, want it to be allowed", err)
	}
}

// Of a name's addresses only the public and allowed ones are dialled.
func TestMixedAnswersOfNames(t *testing.T) {
	s := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	resolver(t, func(q dnsmessage.Type) []string {
		if q == dnsmessage.TypeA {
			return []string{"127.0.0.2", "10.0.0.1", "127.0.0.1"}
		}
		return []string{"::1", "fd00:ec2::254"}
	})
	url := "http://mixed.press.example:" + port + "/"
	if err := post(reach(t, fetch.Reach{}), url); !fetch.IsForbidden(err) {
		t.Errorf("private addresses only: %v, want forbidden", err)
	}
	if err := post(reach(t, fetch.Reach{Allow: []string{"127.0.0.1:" + port}}), url); err != nil {
		t.Errorf("one of five is allowed: %v, want an answer", err)
	}
	if p := problem(t, client(t, fetch.Config{}), fetch.Request{URL: url}); p.Kind != fetch.ForbiddenAddress {
		t.Errorf("a visit: got %q, want %q", p.Kind, fetch.ForbiddenAddress)
	}
}

// Pinned addresses take the place of a look-up, and are checked like those of one.
func TestPinnedAddresses(t *testing.T) {
	s := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	at := s.Listener.Addr().(*net.TCPAddr).AddrPort()
	resolver(t, func(dnsmessage.Type) []string { t.Error("a pinned name was looked up"); return nil })
	get := func(tr *fetch.Transport, pinned ...string) error {
		var addrs []netip.Addr
		for _, p := range pinned {
			addrs = append(addrs, netip.MustParseAddr(p))
		}
		req, err := http.NewRequestWithContext(fetch.Pin(t.Context(), addrs), http.MethodGet, "http://pinned.press.example:"+portOf(at.Port())+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := tr.RoundTrip(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	if err := get(reach(t, fetch.Reach{}), "127.0.0.1", "10.0.0.1"); !fetch.IsForbidden(err) {
		t.Errorf("private addresses: %v, want forbidden", err)
	}
	if err := get(reach(t, fetch.Reach{Allow: []string{at.String()}}), "127.0.0.2", "127.0.0.1"); err != nil {
		t.Errorf("the second is allowed: %v, want an answer", err)
	}
}

func TestTransportLists(t *testing.T) {
	tr := reach(t, fetch.Reach{Allow: []string{"10.1.0.0/16"}})
	for url, want := range map[string]bool{
		"http://10.1.2.3/": true, "http://10.2.2.3/": false, "http://hub.lan:8080/": true, "http://hub/": true, "http://hub.press.example/": false, "http://[::ffff:10.1.2.3]/": true, "x": false,
	} {
		if got := tr.Lists(url); got != want {
			t.Errorf("Lists(%q) = %v, want %v", url, got, want)
		}
	}
	if reach(t, fetch.Reach{}).Lists("http://hub.lan/") {
		t.Error("an empty list lists a local name")
	}
}

// resolver answers questions for names with the addresses that answers returns, until the
// test ends.
func resolver(t *testing.T, answers func(dnsmessage.Type) []string) {
	t.Helper()
	serveNames(t, func(q dnsmessage.Question) (all []dnsmessage.Resource) {
		for _, s := range answers(q.Type) {
			ip := netip.MustParseAddr(s)
			h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch {
			case ip.Is4() && q.Type == dnsmessage.TypeA:
				all = append(all, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
			case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
				all = append(all, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
			}
		}
		return slices.Clip(all)
	})
}
