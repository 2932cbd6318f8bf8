package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/store"
)

// TestKillsAmongEverything kills a daemon, and commands beside it, while sources publish,
// editors give orders, sweeps run, readers sign up for a newsletter and subscribe at the
// hub, and alerts ring. Whatever was acknowledged is there afterwards: each item once, each
// order, a mail for each reader, a verified subscription and every later item for each
// subscriber, and a notice of each story; what comes again has the id that it had. The
// copies and files that killed commands leave are whole. SLUGLINE_KILLS says how often; the
// default is 6. With -v, it prints what was counted.
func TestKillsAmongEverything(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("SLUGLINE_KILLS")); err == nil {
		kills = n
	}
	k := newKillTest(t)
	orders := k.newOrderDesk(t)
	d := k.start(t)
	d.wait(t)
	orders.readStock(t, k)
	k.until(t, "the sources were read", func() bool { return strings.Count(k.run(t, "sources"), "ago") > len(k.feeds) })
	rnd := rand.New(rand.NewPCG(5, 6))
	seen := map[string]string{}
	for i := range kills {
		var editor sync.WaitGroup
		if i%4 == 1 { // the daemon is not up yet: a command would take the database from it
			<-time.After(time.Duration(rnd.IntN(100)) * time.Millisecond)
		} else {
			editor.Go(func() { orders.giveSome(5) })
			k.disturb(rnd, i)
		}
		if i%10 == 9 {
			d.wait(t)
			k.read(t, seen)
		}
		d.kill(t)
		editor.Wait()
		k.endCommands()
		k.lookAtSweeps(t)
		k.withoutDaemon(rnd, i)
		d = k.start(t)
		if i%4 != 0 {
			d.wait(t)
		}
	}
	d.wait(t)
	k.check(t, seen)
	orders.check(t, k)
	d.terminate(t)
	t.Logf("%d kills\n%s", kills, k.table.String())
}

// killTest is a daemon with everything that it can do at the same time, and what it has
// acknowledged.
type killTest struct {
	*testDaemon
	hook *webhookRecorder
	box  *mailbox
	hub  *hubRecorder

	callbacks  string          // address of the subscribers
	signedUp   []string        // addresses of mail
	subscribed map[string]int  // by path of a callback: items that were published before
	titles     []string        // that were published, in order
	running    []*exec.Cmd     // commands beside the daemon
	ran, ended map[string]int  // commands by name: all, and those that ended well
	horizon    time.Time       // of the last sweep
	sweeps     int             // at least
	table      strings.Builder // what was counted
	client     *http.Client
}

func newKillTest(t *testing.T) *killTest {
	k := &killTest{testDaemon: newTestDaemon(t, 2), hook: &webhookRecorder{ids: map[string]map[string]int{}}, hub: newHubRecorder(), subscribed: map[string]int{}, ran: map[string]int{}, ended: map[string]int{},
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
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

// row adds a line to the table of what was counted. twice is what came again under the id
// that it had.
func (k *killTest) row(what string, acknowledged, there, twice int) {
	fmt.Fprintf(&k.table, "%-34s %6d acknowledged %6d there %6d repeated\n", what, acknowledged, there, twice)
}

// publish publishes an item and notes its headline.
func (k *killTest) publish() {
	k.titles = append(k.titles, nonsense(len(k.published)))
	k.testDaemon.publish()
}

// disturb publishes a few items and has one more thing happen, for up to half a second.
func (k *killTest) disturb(rnd *rand.Rand, i int) {
	for range 4 { // few enough that no visit misses items: a catch-up rings no alert
		k.publish()
	}
	for _, f := range k.feeds {
		f.Edit(func(d *origin.Doc) { d.Items = d.Items[:min(len(d.Items), 100)] })
	}
	switch i % 6 {
	case 0, 2:
		k.signUp(i)
	case 1:
		k.begin("backup", filepath.Join(k.dir, "copy.db"))
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
		k.ran[args[0]]++
	}
}

// endCommands kills the commands that still run.
func (k *killTest) endCommands() {
	for _, c := range k.running {
		_ = c.Process.Kill() // fails if it has ended
		if c.Wait() == nil {
			k.ended[c.Args[3]]++
		}
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
	most := 150
	if i%5 == 0 { // it may end
		most = 1000
	}
	<-time.After(time.Duration(rnd.IntN(most)) * time.Millisecond)
	k.endCommands()
}

// lookAtSweeps counts the sweeps whose time stands in the database, which no process has
// open. No sweep is ever taken back.
func (k *killTest) lookAtSweeps(t *testing.T) {
	st, err := store.Open(filepath.Join(k.dir, "slugline.db"), store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	var now time.Time
	if err := st.View(func(tx *store.Tx) error { now = tx.Horizon(); return nil }); err != nil {
		t.Fatal(err)
	}
	if now.Before(k.horizon) {
		t.Errorf("the last sweep was at %v, and is at %v", k.horizon, now)
	}
	if now.After(k.horizon) {
		k.sweeps++
	}
	k.horizon = now
}

// topicNow returns the items of a topic, none if the daemon does not answer.
func (k *killTest) topicNow(name string) map[string]string {
	resp, err := k.client.Get("http://" + k.public + "/topics/" + name + ".json")
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
	before := len(k.titles)
	if k.accepted(req) {
		k.subscribed[path] = before
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
	t.Cleanup(func() { k.sayNotices(t) })
	k.untilAll(t, "notices", func() int { return len(k.published) - k.hook.delivered() })
	k.untilAll(t, "mails", func() int { mails, _ := k.box.count(); return max(0, len(k.signedUp)-mails) })
	k.until(t, "all subscribers were asked", func() bool { return k.hub.asked(k.subscribed) })
	k.publish() // so that something is sent to subscribers
	k.readAll(t, seen)
	for path := range k.subscribed {
		k.until(t, "a subscriber got the newest items", func() bool { return k.hub.has(path, seen) })
	}
	k.untilAll(t, "notices", func() int { return len(k.published) - k.hook.delivered() })
	k.row("items of sources", len(k.published), len(seen), 0)
	k.checkNotices(t)
	k.checkMails(t)
	k.checkHub(t, seen)
	fmt.Fprintf(&k.table, "%-34s %6d at least\n", "sweeps", k.sweeps)
	k.checkCommands(t, seen)
}

// sayNotices says which stories did not ring and which rang that should not, if the test
// failed.
func (k *killTest) sayNotices(t *testing.T) {
	if !t.Failed() {
		return
	}
	k.hook.mu.Lock()
	defer k.hook.mu.Unlock()
	silent := slices.DeleteFunc(slices.Clone(k.titles), func(title string) bool { return len(k.hook.ids[title]) > 0 })
	if len(silent) > 0 {
		t.Logf("%d of %d items did not ring, the first of them was %q, item %d", len(silent), len(k.titles), silent[0], slices.Index(k.titles, silent[0]))
	}
	if resp, err := k.client.Get("http://" + k.desk + "/api/alerts"); err == nil {
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		t.Logf("the desk says of alerts: %.1000s", b)
	}
	for title, ids := range k.hook.ids {
		if !k.published[title] {
			t.Logf("rang without having been published: %q, %v", title, ids)
		}
	}
}

// untilAll waits until nothing is left of what waits to be sent, as long as there is less
// and less of it: what has piled up during the kills takes its time on a busy machine.
func (k *killTest) untilAll(t *testing.T, what string, left func() int) {
	t.Helper()
	for before := left(); before > 0; before = left() {
		k.until(t, fmt.Sprintf("fewer than %d %s are left to send", before, what), func() bool { return left() < before })
	}
}

// checkNotices expects one id for each story that rang.
func (k *killTest) checkNotices(t *testing.T) {
	k.hook.mu.Lock()
	defer k.hook.mu.Unlock()
	repeated := 0
	for title, ids := range k.hook.ids {
		if len(ids) != 1 {
			t.Errorf("%q rang under %d ids", title, len(ids))
		}
		for _, times := range ids {
			repeated += times - 1
		}
	}
	k.row("notices of alerts (webhook)", len(k.published), len(k.hook.ids), repeated)
}

// checkMails expects one mail for each address that was accepted.
func (k *killTest) checkMails(t *testing.T) {
	k.box.mu.Lock()
	defer k.box.mu.Unlock()
	got, repeated := map[string]int{}, 0
	for id, to := range k.box.to {
		got[to]++
		repeated += k.box.copies[id] - 1
	}
	there := 0
	for _, mail := range k.signedUp {
		if got[mail] != 1 {
			t.Errorf("%s signed up and got %d different mails", mail, got[mail])
		}
		there += min(got[mail], 1)
	}
	for _, p := range k.box.problems {
		t.Error(p)
	}
	k.row("sign-ups (mails)", len(k.signedUp), there, repeated)
}

// checkHub expects that each subscriber got everything that was published since the hub took
// its subscription, under the ids that the topic has.
func (k *killTest) checkHub(t *testing.T, seen map[string]string) {
	k.hub.mu.Lock()
	defer k.hub.mu.Unlock()
	want, got := 0, 0
	for path, before := range k.subscribed {
		for _, title := range k.titles[before:] {
			want++
			if k.hub.titles[path][title] {
				got++
			}
		}
	}
	if got != want {
		t.Errorf("subscribers lack %d of %d items", want-got, want)
	}
	for id, title := range k.hub.ids {
		if seen[id] != title {
			t.Errorf("subscribers got %s as %q, the topic has %q", id, title, seen[id])
		}
	}
	k.row("subscriptions at the hub", len(k.subscribed), len(k.subscribed), 0)
	k.row("items for subscribers", want, got, k.hub.repeated)
}

// checkCommands checks what killed commands left: copies of the database and exported files.
func (k *killTest) checkCommands(t *testing.T, seen map[string]string) {
	k.run(t, "verify")
	copies, _ := filepath.Glob(filepath.Join(k.dir, "backups", "*.db")) // the pattern is right
	if _, err := os.Stat(filepath.Join(k.dir, "copy.db")); err == nil {
		copies = append(copies, filepath.Join(k.dir, "copy.db"))
	}
	for _, path := range copies {
		k.run(t, "verify", path)
	}
	if f, err := os.Open(filepath.Join(k.dir, "out", "topics", "all.json")); err == nil {
		for id, title := range decodeItems(f) {
			if seen[id] != title {
				t.Errorf("exported was %s as %q, the topic has %q", id, title, seen[id])
			}
		}
		_ = f.Close()
	}
	for _, name := range slices.Sorted(maps.Keys(k.ran)) {
		fmt.Fprintf(&k.table, "%-34s %6d started      %6d ended well\n", "slugline "+name, k.ran[name], k.ended[name])
	}
}

// hubRecorder is the callback of several subscribers. It confirms every subscription.
type hubRecorder struct {
	mu       sync.Mutex // guards the fields below
	verified map[string]int
	bodies   map[string]string          // by path: the document that came last
	titles   map[string]map[string]bool // by path: all that came
	ids      map[string]string          // headlines of all items
	repeated int                        // documents that came again to the same subscriber
	last     string                     // the document that came last, and its items
	items    map[string]string
}

func newHubRecorder() *hubRecorder {
	return &hubRecorder{verified: map[string]int{}, bodies: map[string]string{}, titles: map[string]map[string]bool{}, ids: map[string]string{}}
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
	h.record(r.URL.Path, string(body))
}

func (h *hubRecorder) record(path, body string) {
	if h.bodies[path] == body {
		h.repeated++
	}
	h.bodies[path] = body
	if h.last != body {
		h.last, h.items = body, decodeItems(strings.NewReader(body))
	}
	if h.titles[path] == nil {
		h.titles[path] = map[string]bool{}
	}
	for id, title := range h.items {
		h.titles[path][title], h.ids[id] = true, title
	}
}

// asked tells whether the subscription of each path was verified.
func (h *hubRecorder) asked(paths map[string]int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range paths {
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
	for id, title := range decodeItems(strings.NewReader(h.bodies[path])) {
		if seen[id] == title {
			n++
		}
	}
	return n == min(len(seen), 200)
}
