package origin

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Attack is an answer that no server should give.
type Attack struct {
	Name string
	http.Handler
}

// maxAttackBody is how large the documents of attacks are: just small enough to be read.
const maxAttackBody = 8<<20 - 4<<10

// Attacks are the worst that the server of a source can do to whoever visits it. Each
// call makes new ones; their bodies are made when they are asked for.
func Attacks() []Attack {
	const feed = "application/rss+xml"
	zip := func(n int) []byte {
		var b bytes.Buffer
		z := encoder("gzip", &b)
		_, _ = z.Write(make([]byte, n))
		_ = z.Close()
		return b.Bytes()
	}
	return []Attack{
		{"silent", Hang()},
		{"silent after the header", sendThenHang("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n")},
		{"silent in the header", sendThenHang("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-More: ")},
		{"a byte at a time", Drip(feed, []byte(strings.Repeat("<rss>", 10_000)), 1, 100*time.Millisecond)},
		{"a header line at a time", sendForever("HTTP/1.1 200 OK\r\n", "X-More: of the same\r\n", 50*time.Millisecond)},
		{"endless items", Endless(feed, "<item><title>x</title></item>")},
		{"endless blanks", Endless("text/plain", " ")},
		{"endless header", sendForever("HTTP/1.1 200 OK\r\n", strings.Repeat("X-More: of the same\r\n", 1000), 0)},
		{"endless early hints", sendForever("", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n", 100), 0)},
		{"endless chunk extensions", sendForever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("a=b;", 1000), 0)},
		{"endless empty zips", Endless(feed, string(zip(0)))},
		{"header of 16 MB", LargeHeader(16 << 20)},
		{"gzip bomb", Bomb("gzip", 256<<20)},
		{"br bomb", Bomb("br", 256<<20)},
		{"zstd bomb", Bomb("zstd", 256<<20)},
		{"zipped to the brim", largeDocument(func(n int) string { return "<rss><channel>" + strings.Repeat("<item><x:a/></item>", n/19) }, "gzip")},
		{"redirects for ever", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf("%s?%d", r.URL.Path, rand.Uint64()), http.StatusFound)
		})},
		{"redirects in a circle", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusMovedPermanently)
		})},
		{"redirects into the house", Redirect(http.StatusFound, "http://169.254.169.254/latest/meta-data/")},
		{"nested", largeDocument(func(n int) string { return "<rss><channel><item>" + strings.Repeat("<x:a>", n/5) }, "")},
		{"nested JSON", largeDocument(func(n int) string { return `{"items":` + strings.Repeat("[", n) }, "")},
		{"a million items", largeDocument(func(n int) string { return "<rss><channel>" + strings.Repeat("<item/>", n/7) + "</channel></rss>" }, "gzip")},
		{"a million attributes", largeDocument(func(n int) string {
			return "<rss><channel><item><media:content " + strings.Repeat(`a="b" `, n/6) + "/></item></channel></rss>"
		}, "")},
		{"a million children", largeDocument(func(n int) string {
			return "<rss><channel><item><x:a>" + strings.Repeat("y<x:b/>", n/7) + "</x:a></item></channel></rss>"
		}, "")},
		{"a million entities", largeDocument(func(n int) string {
			return "<rss><channel><item><title>" + strings.Repeat("&amp;#38;", n/9) + "</title></item></channel></rss>"
		}, "")},
		{"laughs", Bytes(feed, []byte(billionLaughs()))},
		{"a title of 8 MB", largeDocument(func(n int) string {
			return "<rss><channel><item><title>" + strings.Repeat("x\u0301\u202e", n/6) + "</title></item></channel></rss>"
		}, "")},
		{"8 MB of markup", largeDocument(func(n int) string {
			return "<rss><channel><item><description><![CDATA[" + strings.Repeat("<div><p a=b><script>", n/20) + "]]></description></item></channel></rss>"
		}, "")},
		{"a web page of 8 MB", largeDocument(func(n int) string {
			return "<!doctype html><html>" + strings.Repeat(`<link rel=alternate type=application/rss+xml href=/x>`, n/54)
		}, "")},
		{"8 MB of news each time", flood()},
	}
}

// largeDocument makes a document of the worst size when it is asked for.
func largeDocument(make func(n int) string, encoding string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := []byte(make(maxAttackBody - 200))
		if encoding != "" {
			Encoded(encoding, "application/rss+xml", body).ServeHTTP(w, r)
			return
		}
		Bytes("application/xml", body).ServeHTTP(w, r)
	})
}

// flood has as many long items as a document can hold, and all are new each time.
func flood() http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"><channel><title>Flood</title>`)
		text := strings.Repeat("<p>all of it is new </p>", 160)
		for b.Len() < maxAttackBody-8<<10 {
			i := n.Add(1)
			fmt.Fprintf(&b, "<item><guid>%d</guid><title>Item %d of a flood %x</title><description><![CDATA[%d %s]]></description></item>", i, i, i*2654435761, i, text)
		}
		b.WriteString("</channel></rss>")
		Encoded("gzip", "application/rss+xml", []byte(b.String())).ServeHTTP(w, r)
	})
}

func billionLaughs() string {
	s := `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">`
	for i := range 40 {
		s += fmt.Sprintf(`<!ENTITY a%d "&a%d;&a%d;">`, i+1, i, i)
	}
	return s + `]><rss version="2.0"><channel><item><title>&a40;</title></item></channel></rss>`
}

// sendThenHang sends something that is no whole answer and says no more.
func sendThenHang(beginning string) http.Handler { return sendForever(beginning, "", 0) }

// sendForever writes to the bare connection until the visitor leaves.
func sendForever(beginning, more string, wait time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, err = c.Write([]byte(beginning))
		if more == "" {
			_, _ = c.Read(make([]byte, 1)) // until the visitor leaves
		}
		for ; err == nil && more != ""; time.Sleep(wait) {
			_, err = c.Write([]byte(more))
		}
	})
}
