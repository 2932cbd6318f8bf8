package feed

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const rssLink = `<link rel="alternate" type="application/rss+xml" href="/rss">`

// pageCases are heads of pages at https://a.example/b/page, and the feeds that they offer.
// The first line of a page is its head, or all of it.
var pageCases = []struct{ name, page, want string }{
	{"base", `<link rel="Alternate" type="application/rss+xml" title=" All  news " href="rss"><base href="https://b.example/x/"><base href="/y/"><link rel=stylesheet href=a.css>
<link rel="alternate" type="application/atom+xml; charset=utf-8" href="//c.example/atom">`, "https://b.example/x/rss https://c.example/atom"},
	{"base of the machine that made the page", `<base href="http://localhost:3000/">` + rssLink, "https://a.example/rss"},
	{"base without an address", `<base href="javascript:x"><base target=_blank>` + rssLink, "https://a.example/rss"},
	{"relative to the page", `<link rel=alternate type=application/rss+xml href=feed.xml>`, "https://a.example/b/feed.xml"},
	{"only a query", `<link rel=alternate type=application/rss+xml href="?feed=rss2">`, "https://a.example/b/page?feed=rss2"},
	{"the page itself", `<link rel="alternate self" type="application/rss+xml" href="#top"><link rel=alternate type=application/rss+xml href="">` + rssLink, "https://a.example/rss"},
	{"feed schemes", `<link rel="alternate" type="application/atom+xml" href="feed://c.example/atom"><link rel="alternate" type="application/rss+xml" href="feed:https://c.example/rss">`, "http://c.example/atom https://c.example/rss"},
	{"entities and no quotes", `<LINK REL=alternate TYPE=application/rss+xml HREF=/feed/?a=1&b=2><link rel="ALTERNATE home" type="application/RSS+XML" href="/feed/?a=1&amp;b=2">`, "https://a.example/feed/?a=1&b=2"},
	{"spaces and letters", `<link rel=alternate type=application/rss+xml href=" /actualité/fil rss.xml ">`, "https://a.example/actualit%C3%A9/fil%20rss.xml"},
	{"twice, with and without TLS", `<link rel=alternate type=application/rss+xml href="http://a.example/feed"><link rel=alternate type=application/rss+xml href="https://a.example/feed/">`, "https://a.example/feed"},
	{"style sheet", `<link rel="alternate stylesheet" type="application/rss+xml" href="/x.css"><link rel="stylesheet alternate" type="text/xml" title="rss" href="/rss.xsl">` + rssLink, "https://a.example/rss"},
	{"entries", `<link rel="alternate" type='application/atom+xml; type="entry"' href="/1.atom"><link rel=edit type="application/atom+xml" href="/edit/1"><link rel="self" type="application/atom+xml" href="/2.atom"><link rel="alternate" type="application/atom+xml;type=feed" href="/feed">`, "https://a.example/feed"},
	{"Atom Publishing Protocol", `<link rel="service" type="application/atomsvc+xml" href="/service"><link rel="service.post" type="application/atom+xml" title="Quay - Atom" href="https://blogger.example/feeds/1/posts/default"><link rel=EditURI type="application/rsd+xml" title=RSD href="/xmlrpc.php?rsd">` + rssLink, "https://a.example/rss"},
	{"interfaces", `<link rel="https://api.w.org/" href="/wp-json/"><link rel="alternate" title="JSON" type="application/json" href="/wp-json/wp/v2/pages/2"><link rel="alternate" title="oEmbed (JSON)" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x"><link rel="alternate" title="oEmbed (XML)" type="text/xml+oembed" href="/oembed?format=xml"><link rel="alternate" type="application/json" title="oEmbed feed" href="/oembed?url=feed"><link rel="alternate" type="application/activity+json" href="/users/feed"><link rel="search" type="application/opensearchdescription+xml" href="/osd.xml"><link rel="sitemap" type="application/xml" href="/sitemap.xml">` + rssLink, "https://a.example/rss"},
	{"other forms of the page", `<link rel="alternate" hreflang="de" href="/de/feed"><link rel="alternate" hreflang="x-default" href="https://a.example/feed/"><link rel="alternate" media="only screen and (max-width: 640px)" href="https://m.a.example/rss"><link rel="amphtml" href="/amp/feed"><link rel="alternate" href="android-app://com.x/http/feed"><link rel="alternate" type="text/html" href="/feed"><link rel=alternate type="application/pdf" href="/feed.pdf">` + rssLink, "https://a.example/rss"},
	{"a feed in another language", `<link rel="alternate" type="application/rss+xml" hreflang="de" href="/de/rss">`, "https://a.example/de/rss"},
	{"no type", `<link rel="alternate" title="RSS" href="/news/all"><link rel="alternate" href="/atom.xml"><link rel="alternate" title="Mobile" href="/m"><link rel="feed" href="/all">`, "https://a.example/news/all https://a.example/atom.xml https://a.example/all"},
	{"hAtom", `<link rel="feed" type="text/html" href="/feed"><link rel="feed" type="text/mf2+html" href="/x">`, ""},
	{"no relation", `<link type="application/rss+xml" href="/rss"><link rel="alternative" type="application/atom+xml" href="/atom"><link href="/feed">`, "https://a.example/rss https://a.example/atom"},
	{"types of old programs", `<link rel="alternate" type="text/xml" title="RSS .92" href="/news.php?x=92"><link rel="alternate" type="application/x-atom+xml" href="/1"><link rel="alternate" type="application/rss xml" href="/2"><link rel="alternate" type="application/rdf+xml" title="RSS 1.0" href="/index.rdf"><link rel="alternate" type="text/xml" title="Data" href="/data.xml">`, "https://a.example/news.php?x=92 https://a.example/1 https://a.example/2 https://a.example/index.rdf"},
	{"JSON Feed", `<link rel="alternate" type="application/feed+json" href="/1.json"><link rel="alternate" type="application/json" title="A feed" href="/2.json"><link rel="alternate" type="application/json" href="/feed.json"><link rel=alternate type=application/json href=/data.json>`, "https://a.example/1.json https://a.example/2.json https://a.example/feed.json"},
	{"what is no part of the page", `<!-- ` + rssLink + ` --><script>s = '` + rssLink + `'</script><noscript>` + rssLink + `</noscript><template>` + rssLink + `</template><textarea>` + rssLink + `</textarea><link rel=alternate type=application/atom+xml href=/atom>`, "https://a.example/atom"},
	{"in the body", `</head><body><p>News<link rel="alternate" type="application/rss+xml" href="/rss"></p>`, "https://a.example/rss"},
	{"addresses of other kinds", `<link rel="alternate" type="application/rss+xml" href="javascript:feed()"><link rel="alternate" type="application/rss+xml" href="data:text/xml,x"><link rel="alternate" type="application/rss+xml" href="mailto:rss@a.example">`, ""},

	{"WordPress", `<link rel="alternate" type="application/rss+xml" title="Quay &raquo; Comments Feed" href="/comments/feed/"><link rel="alternate" type="application/rss+xml" title="Quay &raquo; Harbour reopens Comments Feed" href="/2026/11/harbour/feed/"><link rel="alternate" type="application/rss+xml" title="Quay &raquo; Feed" href="/feed/">`,
		"https://a.example/feed/ https://a.example/comments/feed/ https://a.example/2026/11/harbour/feed/"},
	{"WordPress in French", `<link rel="alternate" type="application/rss+xml" title="Quai &raquo; Flux des commentaires" href="/1"><link rel="alternate" type="application/rss+xml" title="Quai &raquo; Flux" href="/2">`, "https://a.example/2 https://a.example/1"},
	{"WordPress in Arabic", `<link rel="alternate" type="application/rss+xml" title="الميناء &laquo; خلاصة التعليقات" href="/1"><link rel="alternate" type="application/rss+xml" title="الميناء &laquo; الخلاصة" href="/2">`, "https://a.example/2 https://a.example/1"},
	{"WordPress in Japanese", `<link rel="alternate" type="application/rss+xml" title="港 &raquo; コメントフィード" href="/1"><link rel="alternate" type="application/rss+xml" title="港 &raquo; フィード" href="/2">`, "https://a.example/2 https://a.example/1"},
	{"a site named after comments", `<link rel="alternate" type="application/rss+xml" title="Comments &amp; Commentary &raquo; Feed" href="/1"><link rel="alternate" type="application/rss+xml" title="Commentary Magazine" href="/2">`, "https://a.example/1 https://a.example/2"},
	{"Blogger", `<link rel="alternate" type="application/atom+xml" title="Quay - Atom" href="https://q.example/feeds/4711/comments/default"><link rel="alternate" type="application/atom+xml" title="Quay - Atom" href="https://q.example/feeds/posts/default"><link rel="alternate" type="application/rss+xml" title="Quay - RSS" href="https://q.example/feeds/posts/default?alt=rss">`,
		"https://q.example/feeds/posts/default https://q.example/feeds/posts/default?alt=rss https://q.example/feeds/4711/comments/default"},
	{"replies", `<link rel="alternate replies" type="application/atom+xml" href="/1"><link rel=alternate type=application/atom+xml href=https://quay.disqus.com/latest.rss>` + rssLink, "https://a.example/rss https://a.example/1 https://quay.disqus.com/latest.rss"},

	{"anchors", `<body><a href="/feed/">The <b>feed</b></a> <a href="/about">x</a> <a href="feed:https://c.example/all">y</a> <a href="/rss/world.xml">z</a> <a type="application/rss+xml" href="/out">o</a> <a href="/?format=feed&type=rss">f</a> <a href="https://feeds.example/quay">q</a>`,
		"https://a.example/feed/ https://c.example/all https://a.example/rss/world.xml https://a.example/out https://a.example/?format=feed&type=rss https://feeds.example/quay"},
	{"anchors of comments", `<a href="/comments/feed/">Comments</a> <a href="/feed/">Entries</a>`, "https://a.example/feed/ https://a.example/comments/feed/"},
	{"anchors beside links", rssLink + `<a href="/feed/">x</a>`, "https://a.example/rss"},
	{"anchors beside a link to comments", `<link rel=alternate type=application/rss+xml href=/comments.rss><a href="/feed/">x</a>`, "https://a.example/feed/ https://a.example/comments.rss"},
	{"services of readers", `<a href="https://feedly.com/i/subscription/feed/https://a.example/feed">x</a> <a href="https://www.inoreader.com/feed/a.example/feed">y</a>`, ""},
}

func TestPageFeeds(t *testing.T) {
	for _, c := range pageCases {
		var got []string
		for _, f := range ReadPage([]byte("<!DOCTYPE html><title>A</title>"+c.page), Hints{URL: "https://a.example/b/page"}).Feeds {
			got = append(got, f.URL)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: the page offers\n  %s, want\n  %s", c.name, s, c.want)
		}
	}
}

func TestPageLinks(t *testing.T) {
	got := ReadPage([]byte(`<link rel="alternate" type="application/rss+xml" title="B" href="b">`), Hints{URL: "https://a.example/x/"},
		PageLink{URL: "https://a.example/feed/", Rel: "alternate", Type: "application/atom+xml", Title: "A"},
		PageLink{URL: "https://a.example/style", Rel: "alternate stylesheet", Type: "application/atom+xml"},
		PageLink{URL: "https://a.example/entry", Rel: "alternate", Type: `application/atom+xml;type=entry`},
		PageLink{URL: "https://hub.example/", Rel: "hub"})
	want := "[{https://a.example/feed/ A application/atom+xml false false} {https://a.example/x/b B application/rss+xml false false}]"
	if s := fmt.Sprint(got.Feeds); s != want || got.Hub != "https://hub.example/" {
		t.Errorf("got %s and hub %q, want %s", s, got.Hub, want)
	}
	anchor := ReadPage([]byte(`<a href="/feed/">The <b>feed</b></a>`), Hints{URL: "https://a.example/"})
	if s := fmt.Sprint(anchor.Feeds); s != "[{https://a.example/feed/ The  false true}]" {
		t.Errorf("got %s, want the title of the anchor", s)
	}
}

func TestPageHub(t *testing.T) {
	page := `<base href="https://b.example/x/"><link rel="Hub nofollow" href="hub?a=1&amp;b=2"><link rel=hub href="/second"><a rel=self href="/no">x</a>
<link rel="alternate self" type="application/rss+xml" href="rss"><link rel="hub" href="javascript:x">`
	got := ReadPage([]byte(page), Hints{URL: "https://a.example/"})
	if got.Hub != "https://b.example/x/hub?a=1&b=2" || got.Self != "https://b.example/x/rss" || len(got.Feeds) != 1 {
		t.Errorf("got %+v, want the hub of the only feed, which is also rel=self", got)
	}
	if got := ReadPage([]byte(`<p>hub`), Hints{URL: "https://a.example/"}); got.Hub+got.Self != "" {
		t.Errorf("hub of a page without one: %q, %q", got.Hub, got.Self)
	}
}

func TestPageRefresh(t *testing.T) {
	for content, want := range map[string]string{
		`0; url=/news/`:                     "https://a.example/news/",
		`0;URL='https://b.example/'`:        "https://b.example/",
		` 1 ; Url = "en/index.html"`:        "https://a.example/en/index.html",
		`0;/plain`:                          "https://a.example/plain",
		`300`:                               "",
		`300; url=/news/`:                   "",
		`0; url=https://a.example/#top`:     "",
		`0; url=javascript:location='/new'`: "",
	} {
		page := `<meta http-equiv="Refresh" content="` + strings.ReplaceAll(content, `"`, "&quot;") + `">`
		if got := ReadPage([]byte(page), Hints{URL: "https://a.example/"}).Refresh; got != want {
			t.Errorf("%s leads to %q, want %q", content, got, want)
		}
	}
}

func TestKnownPlaces(t *testing.T) {
	for _, c := range []struct{ address, generator, want string }{
		{"https://a.example", "", "https://a.example/feed https://a.example/feed/ https://a.example/?format=feed https://a.example/feeds/posts/default https://a.example/rss.xml"},
		{"https://a.example/b/?x=1#y", "", "https://a.example/b/feed https://a.example/feed https://a.example/feed/ https://a.example/b/?format=feed https://a.example/?format=feed"},
		{"https://a.example/news.php", "Joomla! - Open Source Content Management", "https://a.example/news.php?format=feed&type=rss https://a.example/feed https://a.example/feed/ https://a.example/news.php?format=feed https://a.example/?format=feed"},
		{"https://a.example/", "Blogger", "https://a.example/feeds/posts/default https://a.example/feed https://a.example/feed/ https://a.example/?format=feed https://a.example/rss.xml"},
		{"", "Blogger", ""},
	} {
		page := ReadPage([]byte(`<meta name=generator content="`+c.generator+`">`), Hints{URL: c.address})
		places := page.KnownPlaces()
		if len(places) > 10 {
			t.Errorf("%s: %d places, want at most 10", c.address, len(places))
		}
		if got := strings.Join(places[:min(5, len(places))], " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.address, got, c.want)
		}
	}
}

// A web page may lack html, head and body.
func TestIsWebPage(t *testing.T) {
	for _, c := range []struct {
		body, contentType string
		want              bool
	}{
		{"<title>A</title>" + rssLink, "text/html; charset=utf-8", true},
		{"<!-- a --><Meta charset=utf-8>" + rssLink, "application/xhtml+xml", true},
		{"<p>Not found", "Text/HTML", true},
		{"<html>", "", true},
		{"<title>A</title>", "application/xml", false},
		{"<opml></opml>", "text/html", false},
		{"Not found", "text/html", false},
		{"<products/>", "text/html", false},
	} {
		_, err := Read([]byte(c.body), Hints{ContentType: c.contentType})
		var p *Problem
		if !errors.As(err, &p) || p.IsWebPage != c.want {
			t.Errorf("%s as %s: %v, want a web page: %v", c.body, c.contentType, err, c.want)
		}
	}
}
