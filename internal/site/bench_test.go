package site_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/webtest"
)

// BenchmarkServing compares how fast the site serves a feed of about 60 KB over loopback
// with a bare handler of the same bytes and, if it is installed, with nginx serving files.
// The three alternate.
func BenchmarkServing(b *testing.B) {
	const feed = "/topics/world.atom"
	n := webtest.Open(b)
	for i := range 36 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Ship number %d leaves the port of %d", i, i*7919), Language: "en", Sources: []string{"gulf", "nile", "north"}, Topics: []string{"world"}, Summary: strings.Repeat("It goes on. ", 20)})
	}
	ours := httptest.NewServer(reply.NewServer(b.Context(), newSite(n)).Handler)
	b.Cleanup(ours.Close)
	plain, header := answered(b, ours.URL+feed)
	bare := httptest.NewServer(bareHandler(plain, header))
	b.Cleanup(bare.Close)
	front := nginx(b, plain)
	for _, kind := range []struct{ name, header string }{
		{"identity", ""}, {"gzip", "Accept-Encoding: gzip\r\n"}, {"304", "If-None-Match: %s\r\n"},
	} {
		b.Run(kind.name, func(b *testing.B) {
			all := []*client{newClient(b, ours.URL, feed, kind.header), newClient(b, bare.URL, feed, kind.header)}
			if front != "" {
				all = append(all, newClient(b, front, feed, kind.header))
			}
			turns := slices.Clone(all)
			for b.Loop() {
				rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] }) // whatever follows nginx is slower
				for _, c := range turns {
					c.ask(b, 50)
				}
			}
			b.ReportMetric(float64(all[0].size), "bytes")
			b.ReportMetric(all[1].turn()/all[0].turn(), "x-bare")
			if front != "" {
				b.ReportMetric(all[2].turn()/all[0].turn(), "x-nginx")
			}
		})
	}
}

// bareHandler does the least that net/http needs to answer with the same bytes.
func bareHandler(body []byte, header http.Header) http.Handler {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(body)
	_ = w.Close()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, values := range header {
			h[name] = values
		}
		if r.Header.Get("If-None-Match") == header.Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		out := body
		if r.Header.Get("Accept-Encoding") == "gzip" {
			h.Set("Content-Encoding", "gzip")
			out = zipped.Bytes()
		}
		h.Set("Content-Length", strconv.Itoa(len(out)))
		_, _ = w.Write(out)
	})
}

// nginx starts nginx with body as a file, also compressed, and returns its address. It
// returns "" when nginx is not installed.
func nginx(b *testing.B, body []byte) string {
	path, err := exec.LookPath("nginx")
	if err != nil {
		return ""
	}
	dir := b.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close()
	conf := fmt.Sprintf("daemon off; pid %[1]s/pid; error_log stderr; worker_processes 1; events {}\nhttp { access_log off; keepalive_requests 100000000; types { application/atom+xml atom; }\nserver { listen %[2]s; location / { root %[1]s/topics/..; gzip_static on; } } }\n", dir, at)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(body)
	_ = w.Close()
	for name, content := range map[string][]byte{"conf": []byte(conf), "topics/world.atom": body, "topics/world.atom.gz": zipped.Bytes()} {
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for d := dir; d != "/" && d != "."; d = filepath.Dir(d) {
		_ = os.Chmod(d, 0o755) // the workers of nginx run as nobody
	}
	cmd := exec.Command(path, "-p", dir, "-c", filepath.Join(dir, "conf"))
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	for range 200 {
		if c, err := net.Dial("tcp", at); err == nil {
			_ = c.Close()
			return "http://" + at
		}
		<-time.After(10 * time.Millisecond)
	}
	b.Fatal("nginx did not start")
	return ""
}

// client repeats one request over one connection with little overhead.
type client struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	turns   []time.Duration
	size    int
}

// turn returns the median duration of a turn, because other load on the machine affects
// only some turns.
func (c *client) turn() float64 {
	slices.Sort(c.turns)
	return float64(c.turns[len(c.turns)/2])
}

// newClient connects a client. A %s in header becomes the ETag of the first answer.
func newClient(b *testing.B, url, path, header string) *client {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	c := &client{conn: conn, in: bufio.NewReaderSize(conn, 128<<10), request: []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")}
	tag := c.once(b).Get("ETag")
	if strings.Contains(header, "%s") {
		header = fmt.Sprintf(header, tag)
	}
	c.request = []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + header + "\r\n")
	c.once(b)
	return c
}

// ask sends the request several times, which is one turn.
func (c *client) ask(b *testing.B, times int) {
	start := time.Now()
	for range times {
		c.once(b)
	}
	c.turns = append(c.turns, time.Since(start))
}

// once sends the request and reads the answer.
func (c *client) once(b *testing.B) textproto.MIMEHeader {
	if _, err := c.conn.Write(c.request); err != nil {
		b.Fatal(err)
	}
	in := textproto.NewReader(c.in)
	status, err := in.ReadLine()
	if err != nil || !strings.Contains(status, " 200 ") && !strings.Contains(status, " 304 ") {
		b.Fatal(status, err)
	}
	h, err := in.ReadMIMEHeader()
	if err != nil {
		b.Fatal(err)
	}
	c.size = 0
	if strings.Contains(status, " 200 ") {
		c.size, _ = strconv.Atoi(h.Get("Content-Length"))
		if _, err := c.in.Discard(c.size); err != nil {
			b.Fatal(err)
		}
	}
	return h
}

// answered returns the body and the header of an answer.
func answered(b *testing.B, url string) ([]byte, http.Header) {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	res.Header.Del("Date")
	return body, res.Header
}
