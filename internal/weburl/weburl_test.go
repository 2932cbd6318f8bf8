package weburl

import (
	"net/url"
	"strings"
	"testing"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

const site = "https://press.example/news/today.html?d=1"

var resolved = []struct{ base, ref, want string }{
	// As it is.
	{"", "https://press.example/a?b=c#d", "https://press.example/a?b=c#d"},
	{"", "https://press.example", "https://press.example"},
	{"", "https://press.example/%D8%B7%d9%82?q=%D8%B7", "https://press.example/%D8%B7%d9%82?q=%D8%B7"},
	{"", "http://127.0.0.1:38900/f?x=1", "http://127.0.0.1:38900/f?x=1"},
	{"http://127.0.0.1:38900/f", "/g", "http://127.0.0.1:38900/g"},
	{"", "https://press.example:80/", "https://press.example:80/"},
	{"", "", ""},
	// What browsers repair.
	{"", "http://press.example:80/a", "http://press.example/a"},
	{"", "http://press.example:08080/a", "http://press.example:8080/a"},
	{"", "http://press.example:/a", "http://press.example/a"},
	{"", "http://127.0.0.01:8900/a", "http://127.0.0.1:8900/a"},
	{"", "http://127.1/a", "http://127.0.0.1/a"},
	{"", " https://press.example/a b ", "https://press.example/a%20b"},
	{"", "https://press.example/a\n\t/b", "https://press.example/a/b"},
	{"", `https:\\press.example\a\b`, "https://press.example/a/b"},
	{"", "https:/press.example/a", "https://press.example/a"},
	{"", "https:press.example/a", "https://press.example/a"},
	{"", "HTTPS://Press.Example:443/A", "https://press.example/A"},
	{"", "http://press.example/50%-off?p=100%", "http://press.example/50%25-off?p=100%25"},
	{"", "http://press.example/طقس?q=طقس#طقس", "http://press.example/%D8%B7%D9%82%D8%B3?q=%D8%B7%D9%82%D8%B3#%D8%B7%D9%82%D8%B3"},
	{"", "http://bücher.example/", "http://xn--bcher-kva.example/"},
	{"", "http://press.example/a|b[c]^{d}", "http://press.example/a%7Cb%5Bc%5D%5E%7Bd%7D"},
	{"", "http://press.example/a?q='x'", "http://press.example/a?q=%27x%27"},
	{"", "http://press.example/a?q=\"x y\"", "http://press.example/a?q=%22x%20y%22"},
	{"", "http://press.example/a/../b/./c", "http://press.example/b/c"},
	{"", "http://press.example/caf\xe9", "http://press.example/caf%E9"},
	{"", "http://press.example/#a#b", "http://press.example/#a%23b"},
	{"", "http://user:pw@press.example/f", "http://user:pw@press.example/f"},
	{"", "http://[::1]:8080/f", "http://[::1]:8080/f"},
	// Against a base.
	{site, "/a/b", "https://press.example/a/b"},
	{site, "b", "https://press.example/news/b"},
	{site, "../b?c", "https://press.example/b?c"},
	{site, "?p=2", "https://press.example/news/today.html?p=2"},
	{site, "#top", "https://press.example/news/today.html?d=1#top"},
	{site, "//cdn.example/x", "https://cdn.example/x"},
	{site, `\there\f.xml`, "https://press.example/there/f.xml"},
	{site, "/f.xml?q=طقس", "https://press.example/f.xml?q=%D8%B7%D9%82%D8%B3"},
	{"http://127.0.0.1:8900/a/b", "/c d", "http://127.0.0.1:8900/c%20d"},
	{"not an address", "/a", ""},
	{"", "/a", ""},
	// A host without a scheme.
	{site, "www.press.example/news/1", "https://www.press.example/news/1"},
	{"http://127.0.0.1:8900/f", "WWW.Port.example/1", "http://www.port.example/1"},
	{"", "www.port.example/1", "https://www.port.example/1"},
	{site, "blog.press.example", "https://blog.press.example/"},
	{site, "port.com", "https://port.com/"},
	{site, "port.co.uk/1", "https://port.co.uk/1"},
	{site, "port.example:8080/1", "https://port.example:8080/1"},
	{site, "index.html", "https://press.example/news/index.html"},
	{site, "article.do?id=3", "https://press.example/news/article.do?id=3"},
	{site, "v1.2/notes", "https://press.example/news/v1.2/notes"},
	{site, "archive.zip", "https://press.example/news/archive.zip"},
	// The schemes of feed readers.
	{"", "feed://press.example/rss", "http://press.example/rss"},
	{"", "feed:https://press.example/rss", "https://press.example/rss"},
	{"", "feed://https://press.example/rss", "https://press.example/rss"},
	{"", "itpc://press.example/pod", "http://press.example/pod"},
	// What no browser opens as a page.
	{site, "javascript:alert(1)", ""},
	{site, "mailto:desk@press.example", ""},
	{site, "nostr:naddr1abc", ""},
	{site, "tag:press.example,2026:1", ""},
	{site, "data:text/html,x", ""},
	{site, "ftp://press.example/x", ""},
	{"", "http://", ""},
	{"", "http://press.example:65536/", ""},
	{"", "http://1.2.3.400/", ""},
	{"", "http://press}.example/", ""},
	{"", "https://" + strings.Repeat("a", maxLength), ""},
	{"", "https://press.example/" + strings.Repeat("ä", maxLength/4), ""}, // longer when escaped
}

func TestResolve(t *testing.T) {
	for _, test := range resolved {
		if got := Resolve(test.base, test.ref); got != test.want {
			t.Errorf("Resolve(%q, %q) = %q, want %q", test.base, test.ref, got, test.want)
		}
	}
}

// Time grows no faster than the length of an address.
func TestHostileAddresses(t *testing.T) {
	for name, c := range map[string]struct{ base, ref, want string }{
		"many folders":        {"", "https://press.example/" + strings.Repeat("b/", 3000) + " c", ""},
		"many folders, plain": {"", "https://press.example/" + strings.Repeat("b/", 3000), "https://press.example/" + strings.Repeat("b/", 3000)},
		"a deep base":         {"https://press.example/" + strings.Repeat("b/", 400), "c d", "https://press.example/" + strings.Repeat("b/", 400) + "c%20d"},
		"a deep base, up":     {"https://press.example/" + strings.Repeat("b/", 400), "../c d", ""},
		"a deep base, a path": {"https://press.example/" + strings.Repeat("b/", 400), "/c", "https://press.example/c"},
		"a long base":         {"https://press.example/?" + strings.Repeat("b", maxBase), "c", ""},
		"many users":          {"", "https://" + strings.Repeat("b@", 3000) + "press.example/", ""},
	} {
		if got := Resolve(c.base, c.ref); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for s, want := range map[string]string{
		"ftp://press.example/f": `only http and https addresses can be visited, not "ftp"`,
		"http://":               "the address has no host",
		"/feed.xml":             "this is not a valid address",
	} {
		if _, err := Parse(s); err == nil || err.Error() != want {
			t.Errorf("Parse(%q): error %v, want %q", s, err, want)
		}
	}
}

func TestIsLocal(t *testing.T) {
	for s, want := range map[string]bool{
		"http://localhost:1313/":     true,
		"http://blog.localhost/":     true,
		"http://127.0.0.1/":          true,
		"http://2130706433/":         true, // 127.0.0.1 as a number
		"http://[::1]/":              true,
		"http://[::ffff:127.0.0.1]/": true,
		"http://0.0.0.0:4000/":       true,
		"https://press.example/":     false,
		"https://localhost.example/": false,
		"http://10.0.0.1/":           false,
		"no address":                 false,
	} {
		if got := IsLocal(s); got != want {
			t.Errorf("IsLocal(%q) = %v, want %v", s, got, want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add("https://press.example/a/", "b c?d=%#e|")
	f.Add("http://127.0.0.1:80", "//[::1]:8080/%2e%2e/\\x")
	f.Add("", "feed:https://www.press.example/طقس")
	f.Fuzz(func(t *testing.T, base, ref string) {
		s := Resolve(base, ref)
		if s == "" {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Fatalf("Resolve(%q, %q) = %q, which is no web address (%v)", base, ref, s, err)
		}
		if again := Absolute(s); again != s {
			t.Fatalf("Resolve(%q, %q) = %q, and that read again is %q", base, ref, s, again)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Fatalf("Resolve(%q, %q) = %q, which is not fit for a request line", base, ref, s)
		}
		if isPlain(ref) {
			return
		}
		if ref = withColon(escapeInvalid(trim(WithoutFeedScheme(ref)))); joinFolder(base, ref) != "" && bareHost(base, ref) == "" {
			if slow, err := parse(base, ref); err != nil || rfc3986(slow.String()) != s {
				t.Fatalf("Resolve(%q, %q) = %q, and the parser reads %q (%v)", base, ref, s, slow, err)
			}
		}
		if slow, err := parse(base, trim(ref)); err == nil && isPlain(slow.String()) && rfc3986(slow.String()) != slow.String() {
			t.Fatalf("%q counts as plain and is not", slow)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	for name, ref := range map[string]string{
		"Plain":    "https://press.example/news/2026/11/a-headline-of-the-day?id=12345",
		"Encoded":  "https://press.example/%D8%B7%D9%82%D8%B3/%D8%A7%D9%84%D9%8A%D9%88%D9%85",
		"Port":     "http://127.0.0.1:38900/f123?x=1",
		"Path":     "/news/2026/11/a-headline-of-the-day",
		"Repaired": "https://press.example/news/طقس اليوم",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Resolve("https://press.example/feed.xml", ref) == "" {
					b.Fatal("no address")
				}
			}
		})
	}
}

// FuzzSplit compares Split with the parser.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"https://example.com/a?b=c", "http://a.b/x;y/z:8", "https://1.2.3/x", "https://a-.b//c", "http://0x7f.1/", "https://a.b/%41%2f", "https://a.b/x#y", "http://a.bc:8080/?x", "https://1.2.3.4:443/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, path, query, ok := Split(s)
		if !ok {
			return
		}
		u, err := whatwg.Parse(s)
		if err != nil {
			t.Skip() // the host is no valid name
		}
		wantQuery := u.Search()
		if wantQuery != "" {
			wantQuery = wantQuery[1:]
		}
		if path == "" {
			path = "/"
		}
		if host != u.Host() || path != u.Pathname() || query != wantQuery {
			t.Errorf("Split(%q) = %q %q %q, the parser says %q %q %q", s, host, path, query, u.Host(), u.Pathname(), wantQuery)
		}
	})
}
