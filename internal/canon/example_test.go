package canon_test

import (
	"fmt"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
)

func ExampleEntries() {
	doc := &feed.Document{Items: []feed.Item{{
		ID:      "port-1",
		Title:   "Port &amp;amp; ferry <b>closed</b>",
		Link:    "https://www.wire.example/2026/11/port-and-ferry-closed/?utm_source=rss",
		Content: "<p>PARIS (AFP) - The port closed on Sunday. A storm is near.</p>",
	}}}
	for _, e := range canon.Entries(doc, news.Source{ID: "wire", Language: "en_GB"}) {
		fmt.Println(e.Headline)
		fmt.Println(e.Summary)
		fmt.Println(e.Keys.Page)
		fmt.Println(e.Agency, e.Language)
	}
	// Output:
	// Port & ferry closed
	// PARIS (AFP) - The port closed on Sunday. A storm is near.
	// wire.example/2026/11/port-and-ferry-closed
	// afp en-GB
}

func ExampleSafe() {
	fmt.Println(canon.Safe(`<p onclick="x()">Read <a href="/more">more<script>alert(1)</script></a>`, "https://wire.example/"))
	// Output:
	// <p>Read <a href="https://wire.example/more" rel="noopener nofollow ugc">more</a></p>
}

func ExampleOwner() {
	fmt.Println(canon.Owner("https://www.wire.co.uk/world", "https://feeds.host.example/1", "Wire"))
	fmt.Println(canon.Owner("", "https://feeds.host.example/1", "Wire"))
	fmt.Println(canon.Owner("", "http://127.0.0.1:3000/wire", "The Wire"))
	fmt.Println(canon.Owner("", "http://127.0.0.1:3000/post", "The Post"))
	// Output:
	// wire.co.uk
	// host.example
	// 127.0.0.1:3000 the wire
	// 127.0.0.1:3000 the post
}
