package websub_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/websub"
)

// theirHub is the hub of a source. It records what it is asked.
type theirHub struct {
	mu     sync.Mutex // guards the fields below
	status int        // of its answers; 0 means 202
	forms  []url.Values
}

func (h *theirHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = r.ParseForm()
	h.forms = append(h.forms, r.PostForm)
	w.WriteHeader(cmp.Or(h.status, http.StatusAccepted))
}

// asked returns the requests since the last call.
func (h *theirHub) asked() []url.Values {
	h.mu.Lock()
	defer h.mu.Unlock()
	forms := h.forms
	h.forms = nil
	return forms
}

func (h *theirHub) answers(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// inbox is a subscriber over a real store, with one source, bbc, that has a hub.
type inbox struct {
	*testing.T
	path  string
	store *store.Store
	sub   *websub.Subscriber
	hub   *theirHub
	web   *hosts
	stop  func()

	turned atomic.Int32 // how often RelianceChanged was called

	mu     sync.Mutex // guards the fields below
	bodies []string   // delivered
	hints  feed.Hints // of the last
	fault  error      // of the next deliveries
}

const (
	hubURL = "https://hub.example/sub?x=1"
	self   = "https://bbc.example/rss"
)

// openInbox starts an inbox, after prepare changed its store.
func openInbox(t *testing.T, prepare ...func(*inbox)) *inbox {
	in := &inbox{T: t, path: filepath.Join(t.TempDir(), "slugline.db"), hub: &theirHub{}, web: &hosts{}}
	in.web.Store("hub.example", in.hub)
	in.begin(func() {
		in.rules(site)
		in.source(func(*news.SourceState) {})
		for _, fn := range prepare {
			fn(in)
		}
	})
	t.Cleanup(func() { in.stop() })
	return in
}

func (in *inbox) begin(prepare func()) {
	in.Helper()
	var err error
	if in.store, err = store.Open(in.path, store.Options{}); err != nil {
		in.Fatal(err)
	}
	prepare()
	in.sub = &websub.Subscriber{
		Store: in.store, Transport: in.web, Deliver: in.deliver, Now: time.Now, Chance: func() float64 { return .5 },
		RelianceChanged: func(string) { in.turned.Add(1) },
		Allowed:         func(u string) bool { return u == "http://127.0.0.1/" },
	}
	end := running(in.T, in.sub.Run)
	in.stop = func() {
		end()
		if err := in.store.Close(); err != nil {
			in.Error(err)
		}
	}
}

func (in *inbox) deliver(_ context.Context, source string, body []byte, h feed.Hints) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.fault != nil {
		return in.fault
	}
	in.bodies, in.hints = append(in.bodies, source+": "+string(body)), h
	return nil
}

func (in *inbox) fails(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.fault = err
}

func (in *inbox) delivered() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.bodies
}

func (in *inbox) update(fn func(tx *store.Tx) error) {
	in.Helper()
	if err := in.store.Update(fn); err != nil {
		in.Fatal(err)
	}
}

func (in *inbox) rules(url string) {
	in.Helper()
	in.update(func(tx *store.Tx) error {
		return tx.PutRules(&news.Rules{Site: news.Site{URL: url}, Sources: []news.Source{{Name: "bbc"}}})
	})
}

// source changes the stored state of bbc.
func (in *inbox) source(fn func(*news.SourceState)) {
	in.Helper()
	in.update(func(tx *store.Tx) error {
		s, err := tx.Sources.Get("bbc")
		if s == nil {
			s = &news.SourceState{Source: news.Source{ID: "bbc", Name: "bbc", Address: "https://bbc.example/feed"}, Feed: news.Feed{Hub: hubURL, Self: self}}
		}
		fn(s)
		return errors.Join(err, tx.Sources.Put(s))
	})
}

// found changes bbc as a visit or a push that found an item does.
func (in *inbox) found() {
	in.source(func(s *news.SourceState) { s.Entries++; s.At = news.Instant(time.Now()) })
}

func (in *inbox) push() (p *news.Push) {
	in.Helper()
	err := in.store.View(func(tx *store.Tx) (err error) {
		p, err = tx.Pushes.Get("bbc")
		return err
	})
	if err != nil {
		in.Fatal(err)
	}
	return p
}

// request waits for a round, and returns the one request to the hub.
func (in *inbox) request() url.Values {
	in.Helper()
	time.Sleep(6 * time.Second)
	synctest.Wait()
	asked := in.hub.asked()
	if len(asked) != 1 {
		in.Fatalf("the hub was asked %d times, want once: %v", len(asked), asked)
	}
	return asked[0]
}

// confirm is the hub's intent verification.
func (in *inbox) confirm(callback string, q url.Values) *http.Response {
	u, err := url.Parse(callback)
	if err != nil {
		in.Fatal(err)
	}
	u.RawQuery = q.Encode()
	w := httptest.NewRecorder()
	in.sub.ServeHTTP(w, httptest.NewRequest(http.MethodGet, u.String(), nil))
	return w.Result()
}

// question makes the parameters of an intent verification.
func question(mode string, more ...string) url.Values {
	q := url.Values{"hub.mode": {mode}, "hub.topic": {self}, "hub.challenge": {"are you sure?"}, "hub.lease_seconds": {"86400"}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}

// send sends content as the hub does, and returns the status.
func (in *inbox) send(callback, body, signature string) int {
	req := httptest.NewRequest(http.MethodPost, callback, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/rss+xml")
	if signature != "" {
		req.Header.Set("X-Hub-Signature", signature)
	}
	w := httptest.NewRecorder()
	in.sub.ServeHTTP(w, req)
	return w.Code
}

// subscribed lets the hub verify our request, and returns its form.
func (in *inbox) subscribed() url.Values {
	in.Helper()
	form := in.request()
	if res := in.confirm(form.Get("hub.callback"), question("subscribe")); res.StatusCode != http.StatusOK {
		in.Fatalf("intent: %s, want 200", res.Status)
	}
	time.Sleep(6 * time.Second)
	return form
}

// Redirects other than 307 and 308 are not followed.
func TestOtherRedirectsOfHubsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303} {
		bubble.Test(t, func(t *testing.T) { hubMoved(t, status, 0) })
	}
}

// Only a request of ours is confirmed.
func TestOnlyOurRequestsAreConfirmed(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		callback := in.request().Get("hub.callback")
		for _, c := range []struct {
			name, callback string
			q              url.Values
		}{
			{"205 wrong topic", callback, question("subscribe", "hub.topic", "https://bbc.example/other")},
			{"unsubscribe", callback, question("unsubscribe")},
			{"no challenge", callback, question("subscribe", "hub.challenge", "")},
			{"long challenge", callback, question("subscribe", "hub.challenge", strings.Repeat("x", 5000))},
			{"no lease", callback, question("subscribe", "hub.lease_seconds", "")},
			{"negative lease", callback, question("subscribe", "hub.lease_seconds", "-1")},
			{"other mode", callback, question("publish")},
			{"unknown token", site + "/websub/in/0123456789abcdef0123456789abcdef", question("subscribe")},
			{"no token", site + "/websub/in/", question("subscribe")},
			{"denial of another topic", callback, question("denied", "hub.topic", "x")},
		} {
			if res := in.confirm(c.callback, c.q); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s, want 404", c.name, res.Status)
			}
		}
		if in.sub.Relied("bbc") {
			t.Error("the hub is relied on")
		}
		res := in.confirm(callback, question("subscribe", "hub.challenge", "<b>yes</b>"))
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 200 || string(body) != "<b>yes</b>" || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s %q of type %s, want the challenge as plain text", res.Status, body, res.Header.Get("Content-Type"))
		}
		if !in.sub.Relied("bbc") {
			t.Error("the hub is not relied on after it asked")
		}
	})
}

// Content with a valid signature is filed, other content is ignored, and both are
// answered the same way.
func TestContentMustBeSigned(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		form := in.subscribed()
		callback, secret := form.Get("hub.callback"), form.Get("hub.secret")
		for _, c := range []struct {
			name, body, signature string
		}{
			{"300 signed", "<rss>1</rss>", hmacOf(secret, "<rss>1</rss>")},
			{"301 signed with another secret", "<rss>2</rss>", hmacOf("x", "<rss>2</rss>")},
			{"301 signed for another body", "<rss>3</rss>", hmacOf(secret, "<rss>1</rss>")},
			{"302 not signed", "<rss>4</rss>", ""},
			{"no digits", "<rss>5</rss>", "sha256="},
			{"no method", "<rss>6</rss>", "md5=00"},
			{"empty", "", hmacOf(secret, "")},
		} {
			if status := in.send(callback, c.body, c.signature); status/100 != 2 {
				t.Errorf("%s: answered %d, want 2xx", c.name, status)
			}
		}
		if diff := gocmp.Diff([]string{"bbc: <rss>1</rss>"}, in.delivered()); diff != "" {
			t.Errorf("filed (-want +got):\n%s", diff)
		}
		if in.hints.URL != self || in.hints.ContentType != "application/rss+xml" {
			t.Errorf("hints %+v, want the topic and the type", in.hints)
		}
		if status := in.send(site+"/websub/in/0123456789abcdef0123456789abcdef", "x", ""); status != http.StatusGone {
			t.Errorf("content without a subscription: %d, want 410", status)
		}
		if status := in.send(callback, strings.Repeat("x", 9<<20), ""); status != http.StatusRequestEntityTooLarge {
			t.Errorf("content of 9 MB: %d, want 413", status)
		}
	})
}

// A hub must send again what we could not file, but not a document that can't be read.
func TestContentThatCannotBeFiled(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		form := in.subscribed()
		callback, signature := form.Get("hub.callback"), hmacOf(form.Get("hub.secret"), "x")
		in.fails(errors.New("no space on the disk"))
		if status := in.send(callback, "x", signature); status != http.StatusServiceUnavailable {
			t.Errorf("a full disk: %d, want 503", status)
		}
		in.fails(&fetch.Problem{Text: "this is no feed"})
		if status := in.send(callback, "x", signature); status != http.StatusAccepted {
			t.Errorf("a document that can't be read: %d, want 202", status)
		}
		time.Sleep(6 * time.Second)
		if p := in.push(); !strings.Contains(p.Problem, "this is no feed") || p.Count != 0 {
			t.Errorf("problem %q after %d pushes, want the document's problem and none", p.Problem, p.Count)
		}
	})
}

func TestLeasesAreRenewed(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		first := in.subscribed()
		time.Sleep(17 * time.Hour)
		if asked := in.hub.asked(); len(asked) != 0 {
			t.Errorf("asked %v before three quarters of the lease", asked)
		}
		time.Sleep(time.Hour)
		again := in.request()
		if diff := gocmp.Diff(first, again); diff != "" {
			t.Errorf("asked again (-first +again):\n%s", diff)
		}
		in.confirm(again.Get("hub.callback"), question("subscribe", "hub.lease_seconds", "3600"))
		time.Sleep(30 * time.Minute)
		if !in.sub.Relied("bbc") {
			t.Error("the hub is not relied on within the lease")
		}
		in.hub.answers(503)
		turned := in.turned.Load()
		time.Sleep(31 * time.Minute)
		if in.sub.Relied("bbc") || in.turned.Load() != turned+1 {
			t.Errorf("relied on after the lease, or RelianceChanged called %d times, want once", in.turned.Load()-turned)
		}
		if p := in.push(); !strings.Contains(p.Describe(time.Now()), "503") {
			t.Errorf("description %q, want the hub's answer in it", p.Describe(time.Now()))
		}
	})
}

// A hub that fails is asked again at growing intervals.
func TestAFailingHubIsAskedLessOften(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t, func(in *inbox) { in.hub.answers(500) })
		time.Sleep(12 * time.Hour)
		if n := len(in.hub.asked()); n < 7 || n > 9 {
			t.Errorf("asked %d times in half a day, want 7 to 9", n)
		}
		time.Sleep(48 * time.Hour)
		if n := len(in.hub.asked()); n < 2 || n > 3 {
			t.Errorf("asked %d times in two more days, want 2 or 3", n)
		}
	})
}

func TestASilentHubIsNotReliedOn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		form := in.subscribed()
		push := func() {
			in.found()
			in.send(form.Get("hub.callback"), "x", hmacOf(form.Get("hub.secret"), "x"))
		}
		push()
		time.Sleep(time.Hour)
		in.found() // a visit finds the item before the hub sends it
		time.Sleep(time.Minute)
		push()
		time.Sleep(12 * time.Hour)
		if !in.sub.Relied("bbc") {
			t.Fatal("a hub that sends every item is not relied on")
		}
		turned := in.turned.Load()
		in.found() // and the hub does not send it
		time.Sleep(6 * time.Minute)
		if p := in.push(); in.sub.Relied("bbc") || in.turned.Load() != turned+1 || !strings.Contains(p.Describe(time.Now()), "missed items") {
			t.Errorf("a hub that did not send an item: relied on %v, RelianceChanged called %d times, %q", in.sub.Relied("bbc"), in.turned.Load()-turned, p.Describe(time.Now()))
		}
		push()
		time.Sleep(6 * time.Second)
		if !in.sub.Relied("bbc") || in.turned.Load() != turned+2 {
			t.Error("a hub that sends again is not relied on")
		}
	})
}

// Token and secret survive a restart, and no hub is asked again.
func TestPushesSurviveARestart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		form := in.subscribed()
		in.stop()
		in.begin(func() {})
		time.Sleep(time.Minute)
		if asked := in.hub.asked(); len(asked) != 0 || !in.sub.Relied("bbc") {
			t.Errorf("asked %v after the restart, want nothing", asked)
		}
		in.send(form.Get("hub.callback"), "x", hmacOf(form.Get("hub.secret"), "x"))
		if len(in.delivered()) != 1 {
			t.Error("content after the restart was not filed")
		}
	})
}

// The push is stored before the hub is asked, so that a hub that verifies at once, or after
// a kill of ours, gets its answer.
func TestAHubMayVerifyAtOnce(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var in *inbox
		answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			if p := in.push(); p == nil || p.Callback != r.PostForm.Get("hub.callback") || p.Asked.IsZero() {
				t.Errorf("stored push %+v when the hub is asked, want that with its callback", p)
			}
			if res := in.confirm(r.PostForm.Get("hub.callback"), question("subscribe")); res.StatusCode != 200 {
				t.Errorf("intent: %s, want 200", res.Status)
			}
			w.WriteHeader(http.StatusNoContent)
		})
		openInbox(t, func(i *inbox) {
			in = i
			in.web.Store("hub.example", answer)
		})
		time.Sleep(6 * time.Second)
		if !in.sub.Relied("bbc") {
			t.Error("the hub is not relied on")
		}
	})
}

func TestAHubMayDeny(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		form := in.subscribed()
		if res := in.confirm(form.Get("hub.callback"), question("denied", "hub.reason", "no\nmore")); res.StatusCode != 200 {
			t.Errorf("denial: %s, want 200", res.Status)
		}
		time.Sleep(23 * time.Hour)
		if asked := in.hub.asked(); len(asked) != 0 || in.sub.Relied("bbc") {
			t.Errorf("asked %v within a day, relied on %v", asked, in.sub.Relied("bbc"))
		}
		if got := in.push().Describe(time.Now()); got != "hub hub.example: it denied the subscription: no more" {
			t.Errorf("description %q, want the denial with its reason", got)
		}
		time.Sleep(2 * time.Hour)
		if asked := in.hub.asked(); len(asked) != 1 {
			t.Errorf("asked %v after a day, want once", asked)
		}
	})
}

// When a source is removed or names another topic, its old push ends.
func TestPushesFollowTheirSources(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		first := in.subscribed()
		in.source(func(s *news.SourceState) { s.Feed.Self = "https://bbc.example/new" })
		second := in.request()
		if second.Get("hub.topic") != "https://bbc.example/new" || second.Get("hub.callback") == first.Get("hub.callback") || second.Get("hub.secret") == first.Get("hub.secret") {
			t.Errorf("asked %v for the new topic, want another callback and secret", second)
		}
		if status := in.send(first.Get("hub.callback"), "x", hmacOf(first.Get("hub.secret"), "x")); status != http.StatusGone {
			t.Errorf("content for the old topic: %d, want 410", status)
		}
		in.confirm(second.Get("hub.callback"), question("subscribe", "hub.topic", "https://bbc.example/new"))
		in.source(func(s *news.SourceState) { s.Removed = true })
		bye := in.request()
		if bye.Get("hub.mode") != "unsubscribe" || bye.Get("hub.callback") != second.Get("hub.callback") || bye.Has("hub.secret") {
			t.Errorf("asked %v for a source that was removed, want to unsubscribe", bye)
		}
		if res := in.confirm(bye.Get("hub.callback"), question("unsubscribe", "hub.topic", "https://bbc.example/new")); res.StatusCode != 200 {
			t.Errorf("intent to unsubscribe: %s, want 200", res.Status)
		}
		time.Sleep(time.Minute)
		if p := in.push(); p != nil {
			t.Errorf("stored push %+v, want none", p)
		}
	})
}

// A hub that never confirms that we unsubscribed is asked three times.
func TestUnsubscribingEnds(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t)
		in.subscribed()
		in.source(func(s *news.SourceState) { s.Removed = true })
		time.Sleep(2 * time.Hour)
		if asked := in.hub.asked(); len(asked) != 3 || in.push() != nil {
			t.Errorf("asked %d times to unsubscribe, want 3 and no push stored", len(asked))
		}
	})
}

func TestWhichHubsAreAsked(t *testing.T) {
	for _, c := range []struct {
		name, site string
		change     func(*news.SourceState)
		want       int
	}{
		{"public", "https://press.example", nil, 1},
		{"no site", "", nil, 0},
		{"loopback", "http://127.0.0.1:8080", nil, 0},
		{"unspecified address", "http://0.0.0.0:8080", nil, 0},
		{"private", "http://10.1.2.3", nil, 0},
		{"no domain", "http://press", nil, 0},
		{"local name", "http://press.local", nil, 0},
		{"not http", "ftp://press.example", nil, 0},
		{"public address", "http://203.0.114.7", nil, 1},
		{"credentials", "https://press.example", func(s *news.SourceState) { s.Keyed = true }, 0},
		{"no hub", "https://press.example", func(s *news.SourceState) { s.Feed.Hub = "" }, 0},
		{"no self", "https://press.example", func(s *news.SourceState) { s.Feed.Self = "" }, 0},
		{"hub that is not http", "https://press.example", func(s *news.SourceState) { s.Feed.Hub = "javascript:alert(1)" }, 0},
		{"loopback, with a hub there", "http://127.0.0.1:8080", func(s *news.SourceState) { s.Feed.Hub = "http://127.0.0.1/" }, 1},
		{"unspecified address, with a hub here", "http://0.0.0.0:8080", func(s *news.SourceState) { s.Feed.Hub = "http://127.0.0.1/" }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				in := openInbox(t, func(in *inbox) {
					in.web.Store("127.0.0.1", in.hub)
					in.rules(c.site)
					if c.change != nil {
						in.source(c.change)
					}
				})
				time.Sleep(time.Minute)
				if asked := in.hub.asked(); len(asked) != c.want {
					t.Errorf("asked %v, want %d requests", asked, c.want)
				}
			})
		})
	}
}

// Hubs that never answer delay neither requests to other hubs nor what those say.
func TestSilentHubsDelayNobody(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		in := openInbox(t, func(in *inbox) {
			in.update(func(tx *store.Tx) error {
				for i := range 100 {
					id := fmt.Sprint("silent", i)
					in.web.Store(id+".test", &silent{methods: "POST"})
					s := &news.SourceState{Source: news.Source{ID: id, Name: id, Address: "https://" + id + ".test/feed"}, Feed: news.Feed{Hub: "https://" + id + ".test/hub", Self: "https://" + id + ".test/feed"}}
					if err := tx.Sources.Put(s); err != nil {
						return err
					}
				}
				return nil
			})
		})
		time.Sleep(5*time.Minute + 30*time.Second)    // the silent ones are asked again
		if n := len(in.hub.asked()); n < 1 || n > 2 { // again if it had its turn among the silent ones
			t.Fatalf("the hub was asked %d times, want once or twice", n)
		}
		other := &theirHub{}
		in.web.Store("other.example", other)
		in.source(func(s *news.SourceState) { s.Feed.Hub = "https://other.example/" })
		time.Sleep(10 * time.Second)
		forms := other.asked()
		if len(forms) != 1 {
			t.Fatalf("the new hub was asked %d times within 10 seconds, want once", len(forms))
		}
		in.confirm(forms[0].Get("hub.callback"), question("subscribe"))
		synctest.Wait()
		if p := in.push(); p == nil || p.Verified.IsZero() {
			t.Errorf("the push %+v is stored, want it verified", p)
		}
	})
}
