package canon

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		in, key        string
		front, article bool
	}{
		{"https://www.example.com/2026/11/a-b-c/", "example.com/2026/11/a-b-c", false, true},
		{"http://m.example.com:80/2026/11/a-b-c?utm_source=rss&fbclid=x#top", "example.com/2026/11/a-b-c", false, true},
		{"HTTPS://AMP.Example.COM:443/2026/11/a-b-c/amp/", "example.com/2026/11/a-b-c", false, true},
		{"https://example.com/story.php?id=7&utm_medium=feed&a=1", "example.com/story.php?a=1&id=7", false, true},
		{"https://example.com/", "example.com", true, false},
		{"https://example.com?utm_source=x", "example.com", true, false},
		{"https://example.com/?p=123", "example.com?p=123", false, true},
		{"https://example.com/world", "example.com/world", false, false},
		{"https://example.com/sport/football/", "example.com/sport/football", false, false},
		{"https://example.com/index.html", "example.com/index.html", false, false},
		{"https://example.com/2026/11/22/", "example.com/2026/11/22", false, false},
		{"https://example.com/news/68123456", "example.com/news/68123456", false, true},
		{"https://example.com/a/../b-c-d", "example.com/b-c-d", false, true},
		{"https://EXAMPLE.com/%D8%A7-x-y", "example.com/%D8%A7-x-y", false, true},
		{"https://مثال.com/خبر", "xn--mgbh0fb.com/%D8%AE%D8%A8%D8%B1", false, true},
		{"https://www.uk/x", "www.uk/x", false, false},
		{"mailto:a@b", "", false, false},
		{"not a link", "", false, false},
	} {
		got := canonicalize(c.in)
		if got.key != c.key && c.key != "" || got.front != c.front && c.key != "" || got.article != c.article {
			t.Errorf("canonical(%q) = %+v, want %q front %v article %v", c.in, got, c.key, c.front, c.article)
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		" https://example.com/a b ":  "https://example.com/a%20b",
		"javascript:alert(1)":        "",
		"java\nscript:alert(1)":      "",
		"//example.com/x":            "",
		"/x":                         "",
		"ftp://example.com/":         "",
		"https://":                   "",
		"https:///path/x":            "https://path/x",
		"HTTP://Example.com/é":       "http://example.com/%C3%A9",
		"https://a.b/50%-of-berths":  "https://a.b/50%25-of-berths",
		"www.port.example/news/1":    "https://www.port.example/news/1",
		"https://example.com/\"><b>": "https://example.com/%22%3E%3Cb%3E",
		"http://a.b/x\r\nSet-Cookie": "http://a.b/xSet-Cookie",
	} {
		if got := address(in); got != want {
			t.Errorf("address(%q) = %q, want %q", in, got, want)
		}
	}
}

// An entry keeps its key when the address of its page is written another way, and when
// address changes how it is written: the spelling that a source uses must not matter.
func TestKeyDoesNotDependOnEncoding(t *testing.T) {
	for _, pair := range [][2]string{
		{"https://port.example/بحيرة/خبر-1", "https://port.example/%D8%A8%D8%AD%D9%8A%D8%B1%D8%A9/%D8%AE%D8%A8%D8%B1-1"},
		{"https://مثال.com/a-b-c", "https://xn--mgbh0fb.com/a-b-c"},
		{"https://port.example/a b?q=é", "https://port.example/a%20b?q=%C3%A9"},
		{`https://port.example\a\b`, "https://port.example/a/b"},
		{"https://port.example/a|b[1]", "https://port.example/a%7Cb%5B1%5D"},
		{"https://port.example/50%-off-1", "https://port.example/50%25-off-1"},
		{"HTTPS://Port.example:443/x/../a-b-c", "https://port.example/a-b-c"},
		{"https://port.example/a?q='x'", "https://port.example/a?q=%27x%27"},
	} {
		a, b := canonicalize(address(pair[0])), canonicalize(address(pair[1]))
		if a != b || a.key == "" {
			t.Errorf("keys of %q and %q: %q and %q", pair[0], pair[1], a.key, b.key)
		}
	}
}

// What address does to a link must not change the keys of entries that are stored.
func TestAddressKeepsKeys(t *testing.T) {
	part := rapid.StringMatching(`[a-zA-Z0-9._~!$&()*+,;=:@é本خ -]{0,12}|%[0-9A-Fa-f]{2}`)
	rapid.Check(t, func(t *rapid.T) {
		link := rapid.SampledFrom([]string{"https://a.example", "http://www.b.example", "https://A.example:8443", "https://müller.example"}).Draw(t, "origin") + "/" +
			strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "path"), "/")
		if q := rapid.SliceOfN(part, 0, 4).Draw(t, "query"); len(q) > 0 {
			link += "?" + strings.Join(q, "&")
		}
		link = strings.TrimSpace(link)
		if got, want := canonicalize(address(link)), canonicalize(link); got != want {
			t.Errorf("key of %q (%q): %q, without address %q", link, address(link), got.key, want.key)
		}
	})
}

// PathKey is the same for links of which IsSamePath says that they are, and else, but for chance, not.
func TestPathKeyIsThatOfIsSamePath(t *testing.T) {
	links := []string{
		"", "mailto:a@b.example", "https://a.example/", "https://b.example", "https://a.example/news/1?utm_source=x", "http://www.b.example/news/1/",
		"https://a.example/news/2", "https://a.example/?p=2", "https://b.example/?p=2", "https://a.example/news/1#part",
	}
	for _, a := range links {
		for _, b := range links {
			k := PathKey(a)
			if got, want := k != 0 && k == PathKey(b), IsSamePath(a, b); got != want {
				t.Errorf("PathKey of %q and %q: the same %t, want %t", a, b, got, want)
			}
		}
	}
}
