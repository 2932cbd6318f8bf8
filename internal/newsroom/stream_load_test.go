package newsroom_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/slugline/slugline/internal/webtest"
)

// openStream opens a stream and does not read from it.
func openStream(t *testing.T, at string) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(at, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := fmt.Fprintf(c, "GET /live HTTP/1.1\r\nHost: %s\r\n\r\n", host); err != nil {
		t.Fatal(err)
	}
	return c
}

// memoryInUse is the size of the live heap and the stacks.
func memoryInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// awaits is how long a test waits for what other goroutines do.
const awaits = 3 * time.Minute

// awaitStreams waits until many streams are open.
func awaitStreams(n *webtest.Newsroom, many int) {
	n.Helper()
	for end := time.Now().Add(awaits); n.Live.Pages() != many; runtime.Gosched() {
		if time.Now().After(end) {
			n.Fatalf("%d streams are open, want %d", n.Live.Pages(), many)
		}
	}
}

// 500 open pages need little memory, idle and after a burst. The figure includes the test's
// ends of the connections.
func TestFiveHundredStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 1,000 sockets")
	}
	const many, most = 500, 64 << 10
	n := webtest.Open(t)
	at := serve(n, nil)
	before := memoryInUse()
	var all []net.Conn
	for range many {
		all = append(all, openStream(t, at))
	}
	awaitStreams(n, many)
	idle := memoryInUse() - before
	for i := range 40 {
		n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d for many pages", i), Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
	}
	buf := make([]byte, 1<<20)
	for i, c := range all {
		if err := c.SetReadDeadline(time.Now().Add(awaits)); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for !bytes.Contains(got, []byte("Bulletin 39")) {
			n, err := c.Read(buf)
			if err != nil {
				t.Fatalf("stream %d after %d bytes: %v", i, len(got), err)
			}
			got = append(got, buf[:n]...)
		}
	}
	after := memoryInUse() - before
	t.Logf("%d streams: %d KB each when idle, %d KB each after 40 records", many, idle/many>>10, after/many>>10)
	if after/many > most {
		t.Errorf("%d bytes a stream, want at most %d", after/many, most)
	}
}

// However often its connection breaks, a page gets every record once, in order.
func TestAHundredDisconnects(t *testing.T) {
	n := webtest.Open(t)
	at := serve(n, nil)
	const records, cuts = 1000, 100
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range records {
			n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d", i), Sources: []string{"gulf"}, Topics: []string{"world"}})
		}
	})
	last, next := "1", 0
	for cut := 0; next < records; cut++ {
		w := listenTo(t, at, last)
		for i := 0; next < records && (cut >= cuts || i < records/cuts-2); i++ {
			e := w.next()
			if want := fmt.Sprintf("Bulletin %d", next); e.id != fmt.Sprint(next+2) || len(e.stories) != 1 || e.stories[0] != want {
				t.Fatalf("after %d disconnects: event %+v, want %d: %s", cut, e, next+2, want)
			}
			last, next = e.id, next+1
		}
		_ = w.resp.Body.Close()
	}
	wg.Wait()
}

// cuttingProxy forwards connections until it cuts them. It makes browsers reconnect at once.
type cuttingProxy struct {
	to    string
	mu    sync.Mutex // guards the field below
	conns []net.Conn
}

func (c *cuttingProxy) serve(t *testing.T) (at string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); c.cut(); wg.Wait() })
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", c.to)
			if err != nil {
				_ = in.Close()
				continue
			}
			c.mu.Lock()
			c.conns = append(c.conns, in, out)
			c.mu.Unlock()
			wg.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
			wg.Go(func() {
				buf := make([]byte, 64<<10)
				for {
					n, err := out.Read(buf)
					if _, werr := in.Write(bytes.Replace(buf[:n], []byte("retry: 2000"), []byte("retry: 0010"), 1)); err != nil || werr != nil {
						_ = in.Close()
						return
					}
				}
			})
		}
	})
	return "http://" + l.Addr().String()
}

func (c *cuttingProxy) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// A browser whose connection is cut a hundred times shows every headline once.
func TestABrowserSurvivesAHundredDisconnects(t *testing.T) {
	l := webtest.OpenBrowser(t)
	n := webtest.Open(t)
	c := &cuttingProxy{to: strings.TrimPrefix(serve(n, nil), "http://")}
	at := c.serve(t)
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(at+"/")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	const cuts, each = 100, 5
	for i := range cuts {
		for k := range each {
			n.AddStory(webtest.Story{Headline: fmt.Sprintf("Bulletin %d of the day", i*each+k), Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
		}
		awaitStreams(n, 1) // the page has reconnected
		c.cut()
	}
	l.WaitFor("all headlines", fmt.Sprintf(`document.getElementById("unread").textContent === "%d unread"`, cuts*each))
	l.WaitFor("the last headline first, and none twice", fmt.Sprintf(`(() => {
		const heads = [...document.querySelectorAll(".wire h2")].map(h => h.textContent);
		return heads[0] === "Bulletin %d of the day" && new Set(heads).size === heads.length && heads.length > 10; })()`, cuts*each-1))
}

// observeHeadlines records when each headline is drawn.
const observeHeadlines = `globalThis.drawn = {}; new MutationObserver(() => requestAnimationFrame(() => {
	const now = performance.timeOrigin + performance.now();
	for (const h of document.querySelectorAll(".wire h2")) drawn[h.textContent] ??= now;
})).observe(document.getElementById("wire"), { childList: true })`

// TestCommitToLine measures the time from the commit of a story to its line on the page, with
// 49 other open pages and 50 headlines a second. It logs the figures with -v.
func TestCommitToLine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes twenty seconds")
	}
	l := webtest.OpenBrowser(t)
	n := webtest.Open(t)
	at := serve(n, nil)
	if err := chromedp.Do(l.Ctx, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(at+"/")); err != nil {
		t.Fatal(err)
	}
	l.WaitFor("that it is live", `document.getElementById("state").textContent === "live"`)
	l.RunScript(observeHeadlines)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 49 {
		req, err := http.NewRequestWithContext(ctx, "GET", at+"/live", nil)
		n.Must(err)
		res, err := http.DefaultClient.Do(req)
		n.Must(err)
		wg.Go(func() { _, _ = io.Copy(io.Discard, res.Body); _ = res.Body.Close() })
	}
	const headlines = 1000
	committed := map[string]float64{}
	tick := time.NewTicker(20 * time.Millisecond)
	for i := range headlines {
		<-tick.C
		h := fmt.Sprintf("Bulletin %d of a busy day", i)
		n.AddStory(webtest.Story{Headline: h, Language: "en", Sources: []string{"gulf", "north"}, Topics: []string{"world"}})
		committed[h] = float64(time.Now().UnixMicro()) / 1000
	}
	tick.Stop()
	l.WaitFor("the last headline", fmt.Sprintf(`"Bulletin %d of a busy day" in drawn`, headlines-1))
	stop()
	wg.Wait()
	var took []float64
	for h, at := range webtest.Eval[map[string]float64](l, `drawn`) {
		if since, ok := committed[h]; ok {
			took = append(took, at-since)
		}
	}
	slices.Sort(took)
	if len(took) < headlines {
		t.Errorf("%d headlines were drawn, want %d", len(took), headlines)
	}
	t.Logf("commit to line, %d headlines: p50 %.0f ms, p95 %.0f ms, p99 %.0f ms, max %.0f ms", len(took), took[len(took)/2], took[len(took)*95/100], took[len(took)*99/100], took[len(took)-1])
}
