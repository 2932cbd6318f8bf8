package origin

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Attack is an answer with which a server tries to harm or to block its client.
type Attack struct {
	Name string
	http.Handler
}

// maxAttackBody bounds the documents of attacks in bytes: just below the client's
// limit, so that they are read to the end.
const maxAttackBody = 8<<20 - 4<<10

// Attacks returns the worst answers that a source's server can give. Bodies are built
// when they are requested.
func Attacks() []Attack {
	return slices.Concat(slowAttacks(), endlessAttacks(), redirectAttacks(), documentAttacks())
}

const rssType = "application/rss+xml"

func slowAttacks() []Attack {
	return []Attack{
		{"no answer", Hang()},
		{"nothing after the header", sendThenHang("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n")},
		{"nothing after half a header", sendThenHang("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-More: ")},
		{"a byte at a time", Drip(rssType, []byte(strings.Repeat("<rss>", 10_000)), 1, 100*time.Millisecond)},
		{"a header line at a time", sendForever("HTTP/1.1 200 OK\r\n", "X-More: of the same\r\n", 50*time.Millisecond)},
	}
}

func endlessAttacks() []Attack {
	var emptyGzip bytes.Buffer
	_ = encoder("gzip", &emptyGzip).Close()
	return []Attack{
		{"endless items", Endless(rssType, "<item><title>x</title></item>")},
		{"endless blanks", Endless("text/plain", " ")},
		{"endless header", sendForever("HTTP/1.1 200 OK\r\n", strings.Repeat("X-More: of the same\r\n", 1000), 0)},
		{"endless early hints", sendForever("", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n", 100), 0)},
		{"endless chunk extensions", sendForever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("a=b;", 1000), 0)},
		{"endless empty gzip members", Endless(rssType, emptyGzip.String())},
		{"header of 16 MB", LargeHeader(16 << 20)},
		{"gzip bomb", Bomb("gzip", 256<<20)},
		{"br bomb", Bomb("br", 256<<20)},
		{"zstd bomb", Bomb("zstd", 256<<20)},
		{"gzip at the size limit", largeDocument(func(n int) string { return "<rss><channel>" + strings.Repeat("<item><x:a/></item>", n/19) }, "gzip")},
	}
}

func redirectAttacks() []Attack {
	return []Attack{
		{"endless redirects", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf("%s?%d", r.URL.Path, rand.Uint64()), http.StatusFound)
		})},
		{"redirects in a circle", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusMovedPermanently)
		})},
		{"redirect to a private address", Redirect(http.StatusFound, "http://169.254.169.254/latest/meta-data/")},
	}
}

func documentAttacks() []Attack {
	return []Attack{
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
		{"billion laughs", Bytes(rssType, []byte(billionLaughs()))},
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

// largeDocument answers with a document of about maxAttackBody bytes, encoded if
// encoding is not empty. build returns a document of about n bytes.
func largeDocument(build func(n int) string, encoding string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := []byte(build(maxAttackBody - 200))
		if encoding != "" {
			Encoded(encoding, rssType, body).ServeHTTP(w, r)
			return
		}
		Bytes("application/xml", body).ServeHTTP(w, r)
	})
}

// flood answers each request with a document of maxAttackBody bytes in which all items
// are new.
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
		Encoded("gzip", rssType, []byte(b.String())).ServeHTTP(w, r)
	})
}

// billionLaughs returns a document whose entity expands exponentially.
func billionLaughs() string {
	s := `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">`
	for i := range 40 {
		s += fmt.Sprintf(`<!ENTITY a%d "&a%d;&a%d;">`, i+1, i, i)
	}
	return s + `]><rss version="2.0"><channel><item><title>&a40;</title></item></channel></rss>`
}

// sendThenHang sends an incomplete answer and keeps the connection open.
func sendThenHang(beginning string) http.Handler { return sendForever(beginning, "", 0) }

// sendForever writes beginning to the raw connection, and then more again and again,
// until the client disconnects.
func sendForever(beginning, more string, wait time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, err = c.Write([]byte(beginning))
		if more == "" {
			_, _ = c.Read(make([]byte, 1)) // returns when the client disconnects
		}
		for ; err == nil && more != ""; time.Sleep(wait) {
			_, err = c.Write([]byte(more))
		}
	})
}
