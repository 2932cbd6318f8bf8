package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/origin"
)

// TestKillLosesNothing kills a daemon at random moments while its sources publish and
// readers read. SLUGLINE_KILLS says how often; the default is 20.
func TestKillLosesNothing(t *testing.T) {
	kills := 20
	if n, err := strconv.Atoi(os.Getenv("SLUGLINE_KILLS")); err == nil {
		kills = n
	}
	td := newTestDaemon(t, 8)
	td.configure(t, "")
	rnd := rand.New(rand.NewPCG(1, 2))
	seen := map[string]string{} // id to title, over all runs
	for i := range kills {
		d := td.start(t)
		td.publishUntil(time.After(time.Duration(20+rnd.IntN(400)) * time.Millisecond))
		if i%5 == 4 {
			d.wait(t)
			td.read(t, seen)
		}
		d.kill(t)
	}
	d := td.start(t)
	d.wait(t)
	td.readAll(t, seen)
	d.terminate(t)
	t.Logf("%d kills, %d items published, %d stories", kills, len(td.published), len(seen))
}

// testDaemon is an origin with sources that publish, and the folder and addresses of a
// daemon that visits them.
type testDaemon struct {
	origin    *origin.Origin
	feeds     []*origin.Feed
	published map[string]bool
	dir       string
	source    string // address of the origin
	public    string
	desk      string
}

func newTestDaemon(t *testing.T, feeds int) *testDaemon {
	td := &testDaemon{origin: origin.New(time.Now), published: map[string]bool{}, dir: t.TempDir(), public: loopback.Address(t), desk: loopback.Address(t)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	td.source = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- origin.Serve(ctx, l, td.origin) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	for i := range feeds {
		f := td.origin.Feed(fmt.Sprintf("/%d.xml", i))
		f.Set(origin.Doc{Format: []origin.Format{origin.RSS, origin.Atom, origin.RDF, origin.JSON}[i%4], Title: fmt.Sprint("Source ", i), Site: "http://" + td.source + "/"})
		td.feeds = append(td.feeds, f)
	}
	return td
}

// configure writes feeds.yaml, with more at its end.
func (td *testDaemon) configure(t *testing.T, more string) {
	var b strings.Builder
	fmt.Fprintf(&b, "listen: %s\ndesk: %s\nfetch: {floor: 1s, allow: [%q]}\ntopics: [{name: all, stories: 5000}]\nsources:\n", td.public, td.desk, td.source)
	for i := range td.feeds {
		fmt.Fprintf(&b, "  - {feed: 'http://%s/%d.xml', name: s%d, every: 1s}\n", td.source, i, i)
	}
	if err := os.WriteFile(filepath.Join(td.dir, "feeds.yaml"), []byte(b.String()+more), 0o666); err != nil {
		t.Fatal(err)
	}
}

// publishUntil publishes an item every few milliseconds.
func (td *testDaemon) publishUntil(end <-chan time.Time) {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			td.publish()
		case <-end:
			return
		}
	}
}

func (td *testDaemon) publish() {
	n := len(td.published)
	title := nonsense(n)
	td.published[title] = true
	link := fmt.Sprintf("http://%s/2026/%d/%s.html", td.source, n, strings.ReplaceAll(strings.ToLower(title), " ", "-"))
	td.feeds[n%len(td.feeds)].Publish(origin.Item{ID: fmt.Sprint("item-", n), Title: title, Link: link, Summary: "About " + title + ".", Published: time.Now()})
}

// nonsense returns a headline that shares no word with any other.
func nonsense(n int) string {
	var words []string
	for i := range 5 {
		h := fnv.New64a()
		fmt.Fprint(h, n, "-", i)
		w := hex.EncodeToString(h.Sum(nil))[:8]
		words = append(words, strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return 'g' + r - '0'
			}
			return r
		}, w))
	}
	return strings.Join(words, " ")
}

// read compares the topic feed with what was seen before: no title appears twice, and no
// item changes its id or title.
func (td *testDaemon) read(t *testing.T, seen map[string]string) {
	t.Helper()
	titles := map[string]string{}
	for id, title := range td.items(t) {
		if other, twice := titles[title]; twice {
			t.Fatalf("%q appears twice, as %s and %s", title, other, id)
		}
		titles[title] = id
		if was, ok := seen[id]; ok && was != title {
			t.Fatalf("%s was %q and is %q", id, was, title)
		}
		seen[id] = title
	}
	for id, title := range seen {
		if titles[title] != id {
			t.Fatalf("%q was item %s and is %q", title, id, titles[title])
		}
	}
}

// readAll reads until everything that was published is there.
func (td *testDaemon) readAll(t *testing.T, seen map[string]string) {
	t.Helper()
	deadline := time.After(awaits)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		td.read(t, seen)
		if len(seen) == len(td.published) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d of %d published items are there", len(seen), len(td.published))
		}
	}
}

func (td *testDaemon) items(t *testing.T) map[string]string {
	t.Helper()
	resp, err := http.Get("http://" + td.public + "/topics/all.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	items := decodeItems(resp.Body)
	if items == nil {
		t.Fatal("the topic feed can't be read")
	}
	return items
}

// decodeItems returns the titles of a JSON Feed by their ids, nil if it can't be read.
func decodeItems(r io.Reader) map[string]string {
	var doc struct {
		Items []struct{ ID, Title string }
	}
	if json.NewDecoder(r).Decode(&doc) != nil {
		return nil
	}
	items := map[string]string{}
	for _, it := range doc.Items {
		items[it.ID] = it.Title
	}
	return items
}

// process is a daemon that runs as a child process.
type process struct {
	cmd    *exec.Cmd
	out    *io.PipeWriter
	ready  chan struct{} // closed when it has printed its address
	done   chan struct{} // closed when its output has ended
	began  time.Time
	mu     sync.Mutex // guards the fields below while the daemon runs
	output strings.Builder
	start  time.Duration // how long it took until it had printed its address
}

func (d *process) log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.output.String()
}

func (td *testDaemon) start(t *testing.T) *process {
	t.Helper()
	return td.startProcess(t, exec.Command("slugline", "--config", filepath.Join(td.dir, "feeds.yaml")))
}

// startProcess starts a command that is the daemon.
func (td *testDaemon) startProcess(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // fails if the test has ended it
	d := &process{cmd: cmd, out: in, ready: make(chan struct{}), done: make(chan struct{}), began: began}
	go d.readOutput(out, "http://"+td.public)
	return d
}

func (d *process) readOutput(r io.Reader, want string) {
	defer close(d.done)
	lines := bufio.NewScanner(r)
	for open := true; lines.Scan(); {
		d.mu.Lock()
		d.output.WriteString(lines.Text() + "\n")
		isReady := open && strings.Contains(lines.Text(), want)
		if isReady {
			d.start = time.Since(d.began)
		}
		d.mu.Unlock()
		if isReady {
			open = false
			close(d.ready)
		}
	}
}

func (d *process) wait(t *testing.T) {
	t.Helper()
	select {
	case <-d.ready:
	case <-time.After(awaits):
		d.kill(t)
		t.Fatalf("the daemon did not print its address:\n%s", d.output.String())
	}
}

func (d *process) kill(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = d.end() // it was killed
}

// end waits for the process and the end of its output.
func (d *process) end() error {
	err := d.cmd.Wait()
	_ = d.out.Close()
	<-d.done
	return err
}

// terminate interrupts the daemon, and expects status 0 within five seconds, beside the time
// that its start took: the machine may be slow.
func (d *process) terminate(t *testing.T) {
	t.Helper()
	asked := time.Now()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := d.end(); err != nil {
		t.Errorf("stop: %v\n%s", err, d.output.String())
	}
	if took := time.Since(asked); took > 5*time.Second+d.start {
		t.Errorf("it took %v to stop, and %v to start", took, d.start)
	}
}
