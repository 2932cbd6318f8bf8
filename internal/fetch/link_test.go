package fetch

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinks(t *testing.T) {
	const base = "https://a.example/news/page.html"
	feed := Link{URL: "https://a.example/feed/", Rel: "alternate", Type: "application/atom+xml"}
	named := func(title string) Link { l := feed; l.Title = title; return l }
	for _, tt := range []struct {
		name   string
		values []string
		want   []Link
	}{
		{"quoted", []string{`</feed/>; rel="alternate"; type="application/atom+xml"`}, []Link{feed}},
		{"without quotes, in upper case", []string{`</feed/>;REL=Alternate;TYPE=application/Atom+XML;charset=utf-8`}, []Link{feed}},
		{"in single quotes", []string{`</feed/> ; rel = 'alternate' ; type = 'application/atom+xml'`}, []Link{feed}},
		{"parameters of the type", []string{`</feed/>; rel=alternate; type="application/atom+xml; Type=entry"`}, []Link{{URL: feed.URL, Rel: feed.Rel, Type: "application/atom+xml; type=entry"}}},
		{"several in one field", []string{`<a>; rel=next, <b>;rel=prev,,<javascript:x>; rel=hub`}, []Link{
			{URL: "https://a.example/news/a", Rel: "next"}, {URL: "https://a.example/news/b", Rel: "prev"}}},
		{"several fields", []string{`<a>; rel=next`, `no link`, `<b>; rel=prev`}, []Link{
			{URL: "https://a.example/news/a", Rel: "next"}, {URL: "https://a.example/news/b", Rel: "prev"}}},
		{"commas and semicolons in quotes", []string{`</feed/>; title="a, <b>; rel=self"; rel=alternate; type=application/atom+xml`}, []Link{named("a, <b>; rel=self")}},
		{"escapes in quotes", []string{`</feed/>; title="the \"News\" \\ now"; rel=alternate; type=application/atom+xml`}, []Link{named(`the "News" \ now`)}},
		{"less-than in a title", []string{`</feed/>; title=1 < 2; rel=alternate; type=application/atom+xml, <b>; rel=prev`}, []Link{
			named("1 < 2"), {URL: "https://a.example/news/b", Rel: "prev"}}},
		{"several relations", []string{`</feed/>; rel="  Alternate   HOME "; type=application/atom+xml`}, []Link{
			{URL: feed.URL, Rel: "alternate home", Type: feed.Type}}},
		{"the first rel counts", []string{`</feed/>; rel=alternate; rel=stylesheet; type=application/atom+xml; type=text/css`}, []Link{feed}},
		{"title* beats title", []string{`</feed/>; title="Flugel"; title*=UTF-8'de'Fl%C3%BCgel; rel=alternate; type=application/atom+xml`}, []Link{named("Flügel")}},
		{"title* in Latin-1", []string{`</feed/>; title*=iso-8859-1''Fl%FCgel; rel=alternate; type=application/atom+xml`}, []Link{named("Flügel")}},
		{"title* that is broken", []string{`</feed/>; title*=UTF-8''Fl%FCgel; title=Wings; rel=alternate; type=application/atom+xml`}, []Link{named("Wings")}},
		{"quote that is not closed", []string{`</feed/>; type=application/atom+xml; rel="alternate`}, []Link{feed}},
		{"target that is not closed", []string{`<a; rel=next, b`}, nil},
		{"words behind the quote", []string{`</feed/>; rel="alternate" x; type=application/atom+xml`}, []Link{feed}},
		{"empty parameters", []string{`</feed/>;;; rel=alternate;; type=application/atom+xml;`}, []Link{feed}},
		{"empty target", []string{`<>; rel=self`}, []Link{{URL: base, Rel: "self"}}},
		{"without a relation", []string{`</feed/>; type=application/atom+xml`}, nil},
		{"about another page", []string{`</feed/>; rel=alternate; anchor="/other"`, `</feed/>; rel=alternate; anchor="#top"; type=application/atom+xml`}, []Link{feed}},
		{"credentials", []string{`<https://u:p@b.example/>; rel=hub`}, []Link{{URL: "https://b.example/", Rel: "hub"}}},
	} {
		if diff := cmp.Diff(tt.want, Links(http.Header{"Link": tt.values}, base)); diff != "" {
			t.Errorf("%s: links (-want +got):\n%s", tt.name, diff)
		}
	}
	if n := len(Links(http.Header{"Link": {strings.Repeat("<a>;rel=next,", 5000)}}, base)); n != maxLinks {
		t.Errorf("read %d links of 5000, want %d", n, maxLinks)
	}
	if links := Links(http.Header{"Link": {"<a>; rel=x"}}, "not an address"); links != nil {
		t.Errorf("without a base: %+v", links)
	}
}

func TestHasRel(t *testing.T) {
	l := Link{Rel: "alternate home"}
	if !l.HasRel("home") || l.HasRel("alt") {
		t.Errorf("%q: home %t, alt %t, want true, false", l.Rel, l.HasRel("home"), l.HasRel("alt"))
	}
}

func TestHubAndSelf(t *testing.T) {
	const base = "https://a.example/news/rss"
	for _, tt := range []struct {
		values    []string
		hub, self string
	}{
		{[]string{`<https://hub.example/>; rel="hub", <https://a.example/rss>; rel="self"`}, "https://hub.example/", "https://a.example/rss"},
		{[]string{`<https://hub.example/>;rel=hub`, `<rss>;type="a;b,c";rel="SELF x"`}, "https://hub.example/", "https://a.example/news/rss"},
		{[]string{`</h,u;b>; rel="hub self"`}, "https://a.example/h,u;b", "https://a.example/h,u;b"},
		{[]string{`<a>; title="rel=hub, <b>"; rel=self`}, "", "https://a.example/news/a"},
		{[]string{`<https://h1.example/>; rel=hub, <https://h2.example/>; rel=hub`}, "https://h1.example/", ""},
		{[]string{`<javascript:x>; rel=hub, no link, <unclosed; rel=hub`}, "", ""},
		{[]string{`<https://u:p@hub.example/>; rel=hub`}, "https://hub.example/", ""},
	} {
		if hub, self := hubAndSelf(tt.values, base); hub != tt.hub || self != tt.self {
			t.Errorf("%q: hub %q, self %q, want %q, %q", tt.values, hub, self, tt.hub, tt.self)
		}
	}
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://hub.example/>; rel="hub", <rss>; rel=self`)
	f.Add(`<a>;rel="\"hub`)
	f.Add(`<a>;rel=x;title*=UTF-8''%E2%82%AC;anchor="#"`)
	f.Add(strings.Repeat("<a,", 1000))
	f.Fuzz(func(t *testing.T, s string) {
		links := Links(http.Header{"Link": {s}}, "https://a.example/")
		if len(links) > maxLinks {
			t.Errorf("%d links", len(links))
		}
		for _, l := range links {
			if l.Rel == "" || !strings.HasPrefix(l.URL, "http://") && !strings.HasPrefix(l.URL, "https://") {
				t.Errorf("%q has the link %+v", s, l)
			}
		}
	})
}
