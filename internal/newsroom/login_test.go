package newsroom_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// A named token gives the access that it was created for, until it is revoked. The store does
// not have its key.
func TestNamedTokens(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	master := "Authorization: Bearer " + token
	post := func(body string) (int, newsroom.Token) {
		req, err := http.NewRequest("POST", at+"/api/tokens", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var k newsroom.Token
		_ = json.NewDecoder(res.Body).Decode(&k)
		return res.StatusCode, k
	}
	_, anna := post(`{"name": "anna"}`)
	_, wall := post(`{"name": "the wall", "read": true}`)
	for _, c := range []struct {
		name, method, path, key string
		want                    int
	}{
		{"reads", "GET", "/api/status", anna.Secret, 200},
		{"changes", "POST", "/api/visit", anna.Secret, 200},
		{"reads, read-only", "GET", "/api/status", wall.Secret, 200},
		{"changes, read-only", "POST", "/api/visit", wall.Secret, 403},
		{"addresses of readers", "GET", "/api/recipients", anna.Secret, 200},
		{"addresses of readers, read-only", "GET", "/api/recipients", wall.Secret, 403},
		{"an unknown key", "GET", "/api/status", "desk_nonsense", 401},
	} {
		if res, body := webtest.Request(t, c.method, at+c.path, "Authorization: Bearer "+c.key); res.StatusCode != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, res.StatusCode, body, c.want)
		}
	}
	if status, _ := post(`{"name": "anna"}`); status != 409 {
		t.Errorf("a second anna: %d, want 409", status)
	}
	if status, _ := post(`{"name": "anna", "revoke": true}`); status != 200 {
		t.Errorf("revoking anna: %d, want 200", status)
	}
	if res, _ := webtest.Request(t, "GET", at+"/api/status", "Authorization: Bearer "+anna.Secret); res.StatusCode != 401 {
		t.Errorf("a revoked key: %d, want 401", res.StatusCode)
	}
	_, body := webtest.Request(t, "GET", at+"/api/tokens", master)
	if strings.Contains(body, wall.Secret) || !strings.Contains(body, `"the wall"`) || strings.Contains(body, "anna") {
		t.Errorf("the list of tokens: %s", body)
	}
	n.Must(n.Store.View(func(tx *store.Tx) error {
		all, err := tx.Tokens.All()
		for _, k := range all {
			if strings.Contains(k.Hash, wall.Secret) || len(k.Hash) != 64 {
				t.Errorf("the store has %q", k.Hash)
			}
		}
		return err
	}))
}

// A browser without a key is redirected to /login and then, with a cookie, back to the page
// that it asked for, but never to another site.
func TestLogin(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, func(d *newsroom.Desk) { d.AlwaysAuth = true })
	res, _ := webtest.Request(t, "GET", at+"/decisions?show=folded", "Accept: text/html")
	if got, want := res.Header.Get("Location"), "/login?to=%2Fdecisions%3Fshow%3Dfolded"; res.StatusCode != 303 || got != want {
		t.Fatalf("without a key: %d to %q, want 303 to %q", res.StatusCode, got, want)
	}
	_, body := webtest.Request(t, "GET", at+"/login?to=/decisions")
	webtest.ContainsInOrder(t, body, `action="/login"`, `name="key"`, `name="to" value="/decisions"`)
	for path, want := range map[string]int{"/desk.css": 200, "/monitor.css": 200, "/": 401} {
		if res, _ := webtest.Request(t, "GET", at+path); res.StatusCode != want {
			t.Errorf("%s without a key: %d, want %d", path, res.StatusCode, want)
		}
	}
	sign := func(key, to string) *http.Response {
		c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := c.PostForm(at+"/login", url.Values{"key": {key}, "to": {to}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	if res := sign("wrong", "/"); len(res.Cookies()) > 0 || res.StatusCode != 200 {
		t.Errorf("a wrong key: %d with %d cookies, want the form again", res.StatusCode, len(res.Cookies()))
	}
	var to []string
	for _, want := range []string{"/decisions", "//evil.example/", "https://evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		to = append(to, sign(token, want).Header.Get("Location"))
	}
	if d := cmp.Diff([]string{"/decisions", "/", "/", "/", "/"}, to); d != "" {
		t.Errorf("redirects (-want +got):\n%s", d)
	}
	c := sign(token, "/").Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
		t.Errorf("the cookie is %v", c)
	}
	with := "Cookie: " + c.Name + "=" + c.Value
	for _, tt := range []struct {
		name, method, path, more string
		want                     int
	}{
		{"reading", "GET", "/", "X-Nothing: x", 200},
		{"changing", "POST", "/api/visit", "Sec-Fetch-Site: same-origin", 200},
		{"changing from another site", "POST", "/api/visit", "Sec-Fetch-Site: cross-site", 403},
		{"signing out", "POST", "/logout", "Sec-Fetch-Site: same-origin", 303},
	} {
		if res, _ := webtest.Request(t, tt.method, at+tt.path, with, tt.more); res.StatusCode != tt.want {
			t.Errorf("%s with the cookie: %d, want %d", tt.name, res.StatusCode, tt.want)
		}
	}
}

// The cookie is Secure exactly when the request came by HTTPS.
func TestLoginCookieIsSecure(t *testing.T) {
	n := webtest.Open(t)
	trusting, plain := serve(n, behindProxy), serve(n, nil)
	for _, tt := range []struct {
		name, at string
		headers  []string
		want     bool
	}{
		{name: "plain HTTP", at: trusting},
		{name: "plain HTTP to a trusted proxy", at: trusting, headers: []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http"}},
		{name: "X-Forwarded-Proto", at: trusting, headers: []string{"X-Forwarded-Proto: https"}, want: true},
		{name: "of two proxies", at: trusting, headers: []string{"X-Forwarded-Proto: HTTPS, http"}, want: true},
		{name: "Forwarded", at: trusting, headers: []string{`Forwarded: for="[2001:db8::1]:4711";proto=https, for=127.0.0.1;proto=http`}, want: true},
		{name: "Forwarded, plain", at: trusting, headers: []string{`Forwarded: for=192.0.2.1;by="a;proto=https,b"`}},
		{name: "a proxy that is not trusted", at: plain, headers: []string{"X-Forwarded-Proto: https"}},
		{name: "the browser's own word", at: plain, headers: []string{"X-Forwarded-Proto: https", "Host: desk.example", "Origin: https://desk.example"}, want: true},
		{name: "the browser's own word, plain", at: plain, headers: []string{"Host: desk.example", "Origin: http://desk.example"}},
	} {
		for _, path := range []string{"/login", "/logout"} {
			req, err := http.NewRequestWithContext(t.Context(), "POST", tt.at+path, strings.NewReader("key="+token))
			n.Must(err)
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, h := range tt.headers {
				name, value, _ := strings.Cut(h, ": ")
				if req.Header.Set(name, value); name == "Host" {
					req.Host = value
				}
			}
			if path == "/logout" {
				req.AddCookie(&http.Cookie{Name: "slugline", Value: token})
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			n.Must(err)
			n.Must(resp.Body.Close())
			if all := resp.Cookies(); len(all) != 1 || all[0].Secure != tt.want {
				t.Errorf("%s, %s: %d, cookies %v, want Secure %v", tt.name, path, resp.StatusCode, all, tt.want)
			}
		}
	}
}

// The login says when too many keys were tried, and takes a right one at once.
func TestLoginAfterManyWrongKeys(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, behindProxy)
	sign := func(from, key string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", at+"/login", strings.NewReader("key="+key))
		n.Must(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", from)
		resp, err := http.DefaultTransport.RoundTrip(req)
		n.Must(err)
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		n.Must(err)
		return resp.StatusCode, string(b) + resp.Header.Get("Retry-After")
	}
	for range 20 {
		_, _ = sign("192.0.2.1", strings.ToLower(rand.Text()))
	}
	if status, body := sign("192.0.2.1", "wrong"); status != 429 || !strings.Contains(body, "Too many invalid keys") || !strings.Contains(body, `name="key"`) {
		t.Errorf("one more: %d %s, want 429 and the form", status, body)
	}
	if status, _ := sign("192.0.2.2", "wrong"); status != 200 {
		t.Errorf("another client: %d, want the form", status)
	}
	if status, _ := sign("192.0.2.1", token); status != 303 {
		t.Errorf("the right key: %d, want 303", status)
	}
}
