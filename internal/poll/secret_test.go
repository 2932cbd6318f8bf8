package poll

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
)

// Only the source's server may see an environment value in an address: it gets into no
// record and no stored state, whatever the document repeats.
func TestSecretAddress(t *testing.T) {
	const document = `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>urn:t</id>
<link rel="self" href="http://h.example/a/frag.xml?k=s3cret+key"/><link rel="hub" href="http://hub.example/s3cret%20key"/>
<link href="?k=s3cret+key"/><icon>http://h.example/i.png?k=s3cret%20key</icon>
<entry><id>http://h.example/a/frag.xml?k=s3cret+key#1</id><title>One</title><link href="#one"/>
<content type="html">&lt;a href="frag.xml?k=s3cret+key#one"&gt;s3cret key&lt;/a&gt; &lt;img src="b.png"&gt;</content></entry>
<entry xml:base="http://h.example/a/frag.xml?k=s3cret+key"><id>urn:2</id><title>Two</title><link href="two"/>
<link rel="enclosure" href="http://h.example/e.mp3?k=s3cret+key"/><summary>s3cret key</summary></entry>
<entry><id>urn:3</id><title>Three</title><link href="http://h.example/a/frag.xml?k=s3cret+key#3"/></entry></feed>`
	bubble.Test(t, func(t *testing.T) {
		s := sourceNamed("a")
		s.Address, s.URL = "http://h.example/a/frag.xml?k=${KEY}", "http://h.example/a/frag.xml?k=s3cret+key"
		r := newEnv(t, s)
		r.serve(s.URL, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
			return &fetch.Result{
				Status: 200, URL: q.URL, Body: []byte(document), MovedTo: "https://h.example/new?k=s3cret+key",
				Hub: "http://hub.example/?topic=s3cret+key", Self: q.URL, ContentLocation: "http://h.example/frag.xml?k=s3cret+key",
			}, nil
		})
		for _, v := range r.pass(false) {
			checkNoSecret(t, "the pass", v)
		}
		recs := r.records()
		if len(recs) != 1 || len(recs[0].Visit.Entries) != 3 {
			t.Fatalf("got %+v, want one batch of three entries", recs)
		}
		checkNoSecret(t, "the record", recs[0])
		checkNoSecret(t, "the state", r.state("a"))
		e := recs[0].Visit.Entries[0]
		if e.Link != "http://h.example/a/#one" || e.Base != "http://h.example/a/" || e.Media[0].URL != "http://h.example/a/b.png" {
			t.Errorf("got link %q, base %q, media %+v, want them resolved against the folder", e.Link, e.Base, e.Media)
		}
		r.serve(s.URL, func(q fetch.Request, _ time.Time) (*fetch.Result, error) {
			return nil, &fetch.Problem{Kind: fetch.BadRedirect, Status: 301, Text: "it leads from " + q.URL + " to itself", MovedTo: q.URL, URL: q.URL}
		})
		for _, v := range r.pass(true) {
			checkNoSecret(t, "the problem", v)
		}
		checkNoSecret(t, "the state", r.state("a"))
		r.stop()
		file, err := os.ReadFile(r.path)
		if err != nil {
			t.Fatal(err)
		}
		checkNoSecret(t, "the database", string(file))
		r.start()
	})
}

func checkNoSecret(t *testing.T, where string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.Index(strings.ToLower(string(b)), "s3cret"); i >= 0 {
		t.Errorf("%s holds the secret: %s", where, b[max(i-100, 0):i+6])
	}
}

func TestSecretsOf(t *testing.T) {
	for _, c := range []struct {
		name, written, visited string
		at                     string // the final address of the document; empty: visited
		base                   string
		shut, open             []string // links
	}{
		{"none", "http://h.example/a/rss?x=1", "http://h.example/a/rss?x=1", "",
			"http://h.example/a/rss?x=1", nil, []string{"http://h.example/a/rss?x=1#y"}},
		{"credentials", "http://h.example/rss", "http://press:long@h.example/rss", "",
			"http://h.example/rss", []string{"http://press:long@h.example/x"}, []string{"http://h.example/press/long"}},
		{"credentials from outside", "http://h.example/rss", "http://press:l0ng@h.example/rss", "http://press:l0ng@h.example/new",
			"http://h.example/new", []string{"http://press:l0ng@h.example/x"}, nil},
		{"credentials with a percent sign", "http://h.example/rss", "http://press:5%off@h.example/rss", "",
			"http://h.example/rss", []string{"http://press:5%off@h.example/x", "http://press:5%25off@h.example/x"}, nil},
		{"query", "http://h.example/a/rss?k=${K}", "http://h.example/a/rss?k=token", "",
			"http://h.example/a/", []string{"http://h.example/?key=token", "https://o.example/TOKEN/1"}, []string{"http://h.example/a/1"}},
		{"path", "http://h.example/a/${K}/rss", "http://h.example/a/token/rss", "",
			"http://h.example/a/", []string{"http://h.example/a/token/1"}, []string{"http://h.example/a/1"}},
		{"no path", "http://h.example?k=${K}", "http://h.example?k=token", "", "http://h.example/", []string{"http://h.example?k=token"}, nil},
		{"two", "http://h.example/${A}/x?k=${B}", "http://h.example/first/x?k=second", "",
			"http://h.example/", []string{"http://h.example/first", "http://h.example/second"}, []string{"http://h.example/third"}},
		{"short", "http://h.example/${A}/x", "http://h.example/en/x", "", "http://h.example/", nil, []string{"http://h.example/en/1"}},
		{"empty", "http://h.example/${A}/x", "http://h.example//x", "", "http://h.example/", nil, []string{"http://h.example/en/1"}},
		{"escaped variable", "http://h.example/$${A}/x?k=${B}", "http://h.example/${A}/x?k=token", "",
			"http://h.example/${A}/", []string{"http://h.example/token"}, nil},
		{"label", "http://${K}.h.example/rss", "http://token.h.example/rss", "",
			"", []string{"http://token.h.example/1"}, []string{"http://h.example/1"}},
		{"host", "http://${H}/rss", "http://h.example/rss", "", "", nil, []string{"http://h.example/1"}},
		{"port", "http://127.0.0.1:${P}/rss", "http://127.0.0.1:29000/rss", "", "", nil, []string{"http://127.0.0.1:29000/1"}},
		{"all", "${U}", "http://h.example/a/rss?k=token", "",
			"", []string{"http://h.example/a/rss?k=token#1", "http://h.example/1?k=token"}, []string{"http://h.example/1"}},
		{"redirected", "http://h.example/rss?k=${K}", "http://h.example/rss?k=token", "http://h.example/new/rss?k=token",
			"http://h.example/new/rss", []string{"http://h.example/new/rss?k=token"}, nil},
		{"redirected into a path", "http://h.example/rss?k=${K}", "http://h.example/rss?k=token", "http://h.example/new/token/rss", "http://h.example/new/", nil, nil},
		{"another address", "http://h.example/rss?k=${K}", "http://o.example/?k=token", "", "", []string{"http://o.example/?k=token"}, nil},
	} {
		s := secretsOf(c.written, c.visited)
		at := c.at
		if at == "" {
			at = c.visited
		}
		if got := s.cleanHints(feed.Hints{URL: at}).URL; got != c.base {
			t.Errorf("%s: base %q, want %q", c.name, got, c.base)
		}
		for _, link := range c.shut {
			if !s.contains(link) {
				t.Errorf("%s: %s is let through", c.name, link)
			}
		}
		for _, link := range c.open {
			if s.contains(link) {
				t.Errorf("%s: %s is not let through", c.name, link)
			}
		}
	}
}

func FuzzSecrets(f *testing.F) {
	f.Add("http://h.example/${A}?k=${B}", "http://h.example/x?k=token", "http://h.example/token")
	f.Add("${U}", "http://u:p@h.example", "//")
	f.Fuzz(func(t *testing.T, written, visited, at string) {
		s := secretsOf(written, visited)
		if base := s.cleanHints(feed.Hints{URL: at}).URL; s.variable && s.contains(base) {
			t.Errorf("base %q of %q holds one of %q", base, at, s.values)
		}
	})
}
