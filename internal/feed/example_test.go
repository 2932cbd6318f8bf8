package feed_test

import (
	"fmt"
	"os"
	"time"

	"github.com/slugline/slugline/internal/feed"
)

// The document has an unknown element, an ampersand that is not escaped, a date in
// French and no end.
func ExampleRead() {
	body := []byte(`<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:d="http://purl.org/dc/elements/1.1/">
<channel>
  <title>Le Port & la Ville</title>
  <item>
    <guid isPermaLink="false">port-1</guid>
    <title>Le port rouvre</title>
    <link>/2026/11/port?id=1&src=rss</link>
    <d:creator>A. Martin</d:creator>
    <pubDate>dim., 22 nov. 2026 10:00:00 +0100</pubDate>
    <shop:price xmlns:shop="https://shop.example/">2</shop:price>
  </item>
  <item><guid>port-2</guid><title>Une gr`)

	doc, err := feed.Read(body, feed.Hints{URL: "https://port.example/rss"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s, truncated: %v\n", doc.Format, doc.Title, doc.Truncated)
	for _, it := range doc.Items {
		fmt.Println(it.ID, it.Title)
		fmt.Println(it.Link)
		fmt.Println(it.Author, it.Published.Format(time.RFC3339))
	}
	// Output:
	// RSS 2.0: Le Port & la Ville, truncated: true
	// port-1 Le port rouvre
	// https://port.example/2026/11/port?id=1&src=rss
	// A. Martin 2026-11-22T09:00:00Z
}

// A caller that stored the hashes of an earlier visit does not get those items again.
func ExampleRead_known() {
	hashes := map[uint64]bool{}
	hints := feed.Hints{Known: func(rawHash uint64) bool { return hashes[rawHash] }}
	for _, body := range []string{
		`<rss><channel><item><title>One</title></item></channel></rss>`,
		`<rss><channel><item><title>Two</title></item><item><title>One</title></item></channel></rss>`,
	} {
		doc, err := feed.Read([]byte(body), hints)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, it := range doc.Items {
			fmt.Printf("%q known: %v\n", it.Title, it.Known)
			hashes[it.RawHash] = true
		}
	}
	// Output:
	// "One" known: false
	// "Two" known: false
	// "" known: true
}

func ExampleRead_problem() {
	_, err := feed.Read([]byte("<!DOCTYPE html><title>Page not found</title>"), feed.Hints{})
	fmt.Println(err)
	// Output:
	// this is a web page, not a feed
}

func ExampleFormat() {
	c := &feed.Channel{
		ID:       "tag:press.example,2026:topics/world",
		Title:    "World",
		HomePage: "https://press.example/topics/world",
		JSON:     "https://press.example/topics/world.json",
	}
	for _, f := range feed.Formats {
		fmt.Println(f.Title, f.Ext(), f.ContentType())
	}
	if err := feed.JSON.Write(os.Stdout, c); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Atom .atom application/atom+xml; charset=utf-8
	// RSS .rss application/rss+xml; charset=utf-8
	// JSON .json application/feed+json; charset=utf-8
	// {"version":"https://jsonfeed.org/version/1.1","title":"World","home_page_url":"https://press.example/topics/world","feed_url":"https://press.example/topics/world.json","items":[]}
}
