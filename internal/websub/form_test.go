package websub

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Any body is either parsed to a form within the bounds, or refused with a 4xx status and
// a text.
func FuzzForm(f *testing.F) {
	f.Add("hub.mode=subscribe&hub.topic=https%3A%2F%2Fpress.example%2Ftopics%2Fworld.atom&hub.callback=https%3A%2F%2Freader.example%2F%3Fa%3Db&hub.lease_seconds=3600&hub.secret=x")
	f.Add("hub.mode=unsubscribe&hub.topic=http://a/&hub.callback=http://[::1%25eth0]/")
	f.Add("hub.mode=subscribe&hub.mode=unsubscribe")
	f.Add("hub.mode=subscribe&hub.topic=http://a/&hub.callback=//x&hub.lease_seconds=%zz")
	f.Add("hub.mode=subscribe&hub.topic=http://a/&hub.callback=http://a/&hub.lease_seconds=18446744073709551616")
	f.Add(";;&&==")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := parseForm(body)
		var no *refusal
		switch {
		case errors.As(err, &no):
			if no.status < 400 || no.status > 499 || no.text == "" {
				t.Errorf("refused with %d %q, want 4xx and a text", no.status, no.text)
			}
			return
		case err != nil:
			t.Fatalf("error %v is not a refusal", err)
		}
		if form.lease < minLease || form.lease > maxLease || len(form.secret) >= maxSecret || len(form.callback) > maxAddress {
			t.Errorf("form %+v is not within the bounds", form)
		}
		u, err := httpAddress(form.callback)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := http.NewRequest(http.MethodGet, withQuery(u, intentQuery(form.request(), "c")), nil); err != nil {
			t.Errorf("callback %q makes no request: %v", form.callback, err)
		}
		if hostPort(form.callback) == "" {
			t.Errorf("callback %q has no queue", form.callback)
		}
	})
}

// Only a signature with the right secret is valid.
func FuzzSignature(f *testing.F) {
	body := []byte("<rss/>")
	f.Add(sign("secret", body), "secret")
	f.Add("sha1=", "secret")
	f.Add("sha256="+strings.Repeat("0", 64), "secret")
	f.Add("=", "")
	f.Add("SHA256=zz", "x")
	f.Fuzz(func(t *testing.T, header, secret string) {
		if !verifySignature(sign(secret, body), secret, body) {
			t.Errorf("our own signature with secret %q is not valid", secret)
		}
		if verifySignature(header, "another"+secret, body) {
			t.Errorf("%q is valid for another secret", header)
		}
	})
}

func TestSignaturesOfEachMethod(t *testing.T) {
	for _, c := range []struct {
		header string
		want   bool
	}{
		// of "body" with the key "secret", computed with openssl
		{"sha1=a18991ff7e4513a1c2d2ee51e3a8e99ca891d9cd", true},
		{"sha256=dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355", true},
		{"sha384=ad10d2f2362ff0d063353e51c631bd545244456ef64ea31871021a1681e44e973c7913cbde7bd978cfd254a83ab2ae19", true},
		{"SHA512=de4a671e8233987c46a9048b8041bda6296901960022836c15c28023d3f66c3720449af241bdfe2e592c5b2273730cd1df763073e018e60d7313077c5342fde9", true},
		{"sha1=dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355", false},
		{"dc46983557fea127b43af721467eb9b3fde2338fe3e14f51952aa8478c13d355", false},
		{"", false},
	} {
		if got := verifySignature(c.header, "secret", []byte("body")); got != c.want {
			t.Errorf("%q: %v, want %v", c.header, got, c.want)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"https://press.example": true, "http://8.8.8.8:81": true, "https://[2001:4860::1]/": true,
		"http://127.0.0.1": false, "http://[::1]": false, "http://[fe80::1]": false, "http://192.168.0.1": false, "http://localhost": false,
		"http://a.localhost.": false, "http://press": false, "http://x.internal": false, "http://u@press.example": false, "": false,
	} {
		if got := isPublic(address); got != want {
			t.Errorf("public(%q) = %v, want %v", address, got, want)
		}
	}
}

func TestDeliveriesAreRetriedLessOften(t *testing.T) {
	for failures, want := range map[int]time.Duration{1: 5500 * time.Millisecond, 2: 11 * time.Second, 101: 2 * time.Hour * 11 / 10} {
		if got := backoff.Wait(failures, 1); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
}
