package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
)

// TestKillsAmongEverything kills a daemon, and commands beside it, while sources publish,
// editors pin, readers sign up for a newsletter and subscribe at the hub, and alerts ring.
// Whatever was acknowledged is there afterwards: each item once, each order, a mail for
// each reader, a verified subscription and every item for each subscriber, and a notice of
// each story. SLUGLINE_KILLS says how often; the default is 6.
func TestKillsAmongEverything(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("SLUGLINE_KILLS")); err == nil {
		kills = n
	}
	k := newKillTest(t)
	d := k.start(t)
	d.wait(t)
	k.until(t, "the sources were read", func() bool { return strings.Count(k.run(t, "sources"), "ago") >= len(k.feeds) })
	rnd := rand.New(rand.NewPCG(5, 6))
	seen := map[string]string{}
	for i := range kills {
		if i%4 == 1 { // the daemon is not up yet: a command would take the database from it
			<-time.After(time.Duration(rnd.IntN(100)) * time.Millisecond)
		} else {
			k.disturb(t, rnd, i)
		}
		if i%10 == 9 {
			d.wait(t)
			k.read(t, seen)
		}
		d.kill(t)
		k.endCommands()
		k.withoutDaemon(rnd, i)
		d = k.start(t)
		if i%4 != 0 {
			d.wait(t)
		}
	}
	d.wait(t)
	defer d.terminate(t)
	k.check(t, seen)
	t.Logf("%d kills, %d items, %d orders, %d sign-ups, %d subscriptions, %d notices repeated", kills, len(k.published), len(k.pinned), len(k.signedUp), len(k.subscribed), k.repeated())
}

// killTest is a daemon with everything that it can do at the same time, and what it has
// acknowledged.
type killTest struct {
	*testDaemon
	hook *webhookRecorder
	box  *mailbox
	hub  *hubRecorder

	callbacks  string      // address of the subscribers
	pinned     []string    // decisions
	signedUp   []string    // addresses of mail
	subscribed []string    // paths of callbacks
	running    []*exec.Cmd // commands beside the daemon
	client     *http.Client
}

func newKillTest(t *testing.T) *killTest {
	k := &killTest{testDaemon: newTestDaemon(t, 2), hook: &webhookRecorder{ids: map[string]map[string]int{}}, hub: &hubRecorder{verified: map[string]int{}, bodies: map[string]string{}}, client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	hook := httptest.NewServer(k.hook)
	t.Cleanup(hook.Close)
	reader := httptest.NewServer(k.hub)
	t.Cleanup(reader.Close)
	k.callbacks = reader.URL
	var smtpAt string
	k.box, smtpAt = startMailServer(t)
	k.configure(t, fmt.Sprintf("site: {id: press.example}\ntrusted_proxies: [127.0.0.1]\n"+
		"websub: {allow: [%q]}\nalerts: [{name: all, to: {webhook: '%s/x'}}]\nmail: {smtp: 'smtp://%s', from: news@press.example}\n"+
		"newsletters: [{name: morning, topic: all, at: '07:00'}]\nbackup: {to: backups, every: 1h, keep: 2}\n", strings.TrimPrefix(reader.URL, "http://"), hook.URL, smtpAt))
	k.rewrite(t, "topics: [", "topics: [{name: latest, stories: 200}, ")
	return k
}

// disturb publishes a few items and has one more thing happen, for up to half a second.
func (k *killTest) disturb(t *testing.T, rnd *rand.Rand, i int) {
	for range 4 { // few enough that no visit misses items: a catch-up rings no alert
		k.publish()
	}
	for _, f := range k.feeds {
		f.Edit(func(d *origin.Doc) { d.Items = d.Items[:min(len(d.Items), 100)] })
	}
	switch i % 6 {
	case 0:
		k.signUp(i)
	case 1:
		k.begin("backup", filepath.Join(k.dir, "copy.db"))
	case 2:
		k.pin(t)
	case 3:
		k.begin("export", filepath.Join(k.dir, "out"))
	case 4:
		if i%24 == 4 {
			k.subscribe(i)
		}
	case 5:
		k.begin("verify")
	}
	<-time.After(time.Duration(rnd.IntN(500)) * time.Millisecond)
}

// begin starts a command beside the daemon.
func (k *killTest) begin(args ...string) {
	if c := k.command(args...); c.Start() == nil {
		k.running = append(k.running, c)
	}
}

// endCommands kills the commands that still run.
func (k *killTest) endCommands() {
	for _, c := range k.running {
		_ = c.Process.Kill() // fails if it has ended
		_ = c.Wait()
	}
	k.running = nil
}

// withoutDaemon runs a command that needs the database for itself, and kills it.
func (k *killTest) withoutDaemon(rnd *rand.Rand, i int) {
	commands := [][]string{{"compact"}, {"poll", "--all"}, {"export", filepath.Join(k.dir, "out")}, {"backup", filepath.Join(k.dir, "copy.db")}}
	if i%3 != 0 {
		return
	}
	k.begin(commands[i/3%len(commands)]...)
	<-time.After(time.Duration(rnd.IntN(150)) * time.Millisecond)
	k.endCommands()
}

// pin pins a story, and notes the decision if the daemon took it.
func (k *killTest) pin(t *testing.T) {
	for id := range k.itemsNow() {
		out, err := k.command("pin", id[strings.LastIndexAny(id, ":/")+1:], "all", "--for", "6h").Output()
		if err != nil {
			return
		}
		number, _, ok := strings.Cut(strings.TrimPrefix(string(out), "decision "), ": ")
		if !ok {
			t.Errorf("pin says %q", out)
		}
		k.pinned = append(k.pinned, number)
		return
	}
}

// itemsNow returns the items of the topic, none if the daemon does not answer.
func (k *killTest) itemsNow() map[string]string {
	resp, err := k.client.Get("http://" + k.public + "/topics/latest.json")
	if err != nil {
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	return decodeItems(resp.Body)
}

// signUp signs a reader up, and notes the address if the daemon took it.
func (k *killTest) signUp(i int) {
	mail := fmt.Sprintf("reader%d@reader.example", i)
	req, _ := http.NewRequest(http.MethodPost, "http://"+k.public+"/newsletters/morning", strings.NewReader(url.Values{"address": {mail}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.%d.%d.1", i/250, i%250))
	if k.accepted(req) {
		k.signedUp = append(k.signedUp, mail)
	}
}

// subscribe subscribes a callback at the hub, and notes its path if the hub took it.
func (k *killTest) subscribe(i int) {
	path := fmt.Sprintf("/%d", i)
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"http://" + k.public + "/topics/latest.json"}, "hub.callback": {k.callbacks + path}}
	req, _ := http.NewRequest(http.MethodPost, "http://"+k.public+"/websub", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if k.accepted(req) {
		k.subscribed = append(k.subscribed, path)
	}
}

// accepted makes a request and tells whether its answer says that it succeeded.
func (k *killTest) accepted(req *http.Request) bool {
	resp, err := k.client.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode/100 == 2
}

// check waits until all that was acknowledged is there.
func (k *killTest) check(t *testing.T, seen map[string]string) {
	k.readAll(t, seen)
	k.until(t, "all stories rang", func() bool { return k.hook.delivered() == len(k.published) })
	for title, ids := range k.hook.ids {
		if len(ids) != 1 {
			t.Errorf("%q rang under %d ids", title, len(ids))
		}
	}
	k.until(t, "all readers got a mail", func() bool { mails, _ := k.box.count(); return mails >= len(k.signedUp) })
	k.checkMails(t)
	k.until(t, "all subscribers were asked", func() bool { return k.hub.asked(k.subscribed) })
	k.publish() // so that something is sent to subscribers
	k.readAll(t, seen)
	for _, path := range k.subscribed {
		k.until(t, "a subscriber got the newest items", func() bool { return k.hub.has(path, seen) })
	}
	for _, number := range k.pinned {
		k.order(t, "Undid: pinned", "undo", number)
	}
	k.run(t, "verify")
}

func (k *killTest) checkMails(t *testing.T) {
	k.box.mu.Lock()
	defer k.box.mu.Unlock()
	got := map[string]bool{}
	for _, to := range k.box.to {
		got[to] = true
	}
	for _, mail := range k.signedUp {
		if !got[mail] {
			t.Errorf("%s signed up and got no mail", mail)
		}
	}
	for _, p := range k.box.problems {
		t.Error(p)
	}
}

// repeated counts the notices that came again.
func (k *killTest) repeated() (n int) {
	k.hook.mu.Lock()
	defer k.hook.mu.Unlock()
	for _, ids := range k.hook.ids {
		for _, times := range ids {
			n += times - 1
		}
	}
	return n
}

// hubRecorder is the callback of several subscribers. It confirms every subscription.
type hubRecorder struct {
	mu       sync.Mutex // guards the fields below
	verified map[string]int
	bodies   map[string]string // by path: the document that came last
}

func (h *hubRecorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Method == http.MethodGet {
		h.verified[r.URL.Path]++
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
		return
	}
	h.bodies[r.URL.Path] = string(body)
}

// asked tells whether the subscription of each path was verified.
func (h *hubRecorder) asked(paths []string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range paths {
		if h.verified[p] == 0 {
			return false
		}
	}
	return true
}

// has tells whether the last document of a path holds the newest headlines: as many of
// those seen as a topic of 200 has.
func (h *hubRecorder) has(path string, seen map[string]string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, title := range decodeItems(strings.NewReader(h.bodies[path])) {
		for _, s := range seen {
			if s == title {
				n++
				break
			}
		}
	}
	return n == min(len(seen), 200)
}
