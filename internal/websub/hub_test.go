package websub_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func hmacOf(secret, body string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

func TestARequestThatIsNotConfirmedIsDropped(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"not found": func(w http.ResponseWriter, q *http.Request) { http.Error(w, q.FormValue("hub.challenge"), 404) },
		"redirect": func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "https://other.example/", http.StatusFound)
		},
		"wrong":      func(w http.ResponseWriter, q *http.Request) { fmt.Fprint(w, "x"+q.FormValue("hub.challenge")) },
		"longer":     func(w http.ResponseWriter, q *http.Request) { fmt.Fprint(w, q.FormValue("hub.challenge")+"x") },
		"empty page": func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := open(t)
				other := r.reader("other.example")
				r.hosts.Store("reader.example", h)
				synctest.Wait()
				r.subscribe("https://reader.example/")
				synctest.Wait()
				if len(r.subscriptions()) != 0 || len(other.intents()) != 0 {
					t.Errorf("%d subscriptions, want none, and no other host asked", len(r.subscriptions()))
				}
			})
		})
	}
}

func TestRequestsThatTheHubRefuses(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.record(func(tx *store.Tx) error {
			topic := func(name string) news.TopicState { return news.TopicState{Topic: news.Topic{Name: name}, Seq: 1} }
			gone, moved, keyed := topic("gone"), topic("moved"), topic("keyed")
			gone.Removed, moved.RenamedTo, keyed.Keyed = true, "world", true
			return errors.Join(tx.Topics.Put(&gone), tx.Topics.Put(&moved), tx.Topics.Put(&keyed))
		})
		synctest.Wait()
		const cb = "https://reader.example/"
		for _, c := range []struct {
			name   string
			form   url.Values
			status int
		}{
			{"no mode", wish("", topic, cb), 400},
			{"publish", wish("publish", topic, cb), 400},
			{"no topic", wish("subscribe", "", cb), 400},
			{"another's topic", wish("subscribe", "https://other.example/topics/world.atom", cb), 404},
			{"our page", wish("subscribe", site+"/topics/world", cb), 404},
			{"unknown format", wish("subscribe", site+"/topics/world.txt", cb), 404},
			{"unknown topic", wish("subscribe", site+"/topics/x.atom", cb), 404},
			{"with a query", wish("subscribe", topic+"?key=x", cb), 404},
			{"archive", wish("subscribe", site+"/topics/world/archive/1.atom", cb), 404},
			{"gone", wish("subscribe", site+"/topics/gone.atom", cb), 410},
			{"moved", wish("subscribe", site+"/topics/moved.atom", cb), 410},
			{"keyed", wish("subscribe", site+"/topics/keyed.atom", cb), 403},
			{"no callback", wish("subscribe", topic, ""), 400},
			{"callback of a file", wish("subscribe", topic, "file:///etc/passwd"), 400},
			{"callback with a user", wish("subscribe", topic, "https://u:p@reader.example/"), 400},
			{"callback with a fragment", wish("subscribe", topic, cb+"#x"), 400},
			{"long callback", wish("subscribe", topic, cb+strings.Repeat("x", 2048)), 400},
			{"long secret", wish("subscribe", topic, cb, "hub.secret", strings.Repeat("x", 200)), 400},
			{"lease in words", wish("subscribe", topic, cb, "hub.lease_seconds", "long"), 400},
			{"no lease", wish("subscribe", topic, cb, "hub.lease_seconds", "0"), 400},
			{"negative lease", wish("subscribe", topic, cb, "hub.lease_seconds", "-5"), 400},
			{"twice", url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {cb, cb}}, 400},
			{"no subscription", wish("unsubscribe", topic, cb), 404},
			{"secret of 199", wish("subscribe", topic, cb, "hub.secret", strings.Repeat("x", 199)), 202},
		} {
			if res := r.ask(c.form); res.StatusCode != c.status {
				t.Errorf("%s: %s, want %d", c.name, res.Status, c.status)
			}
		}
		for _, c := range []struct {
			name, body, kind string
			status           int
		}{
			{"JSON", "{}", "application/json", 415},
			{"too much", strings.Repeat("x", 20<<10), "application/x-www-form-urlencoded", 413},
			{"broken", "hub.mode=%zz", "application/x-www-form-urlencoded", 400},
			{"charset", wish("subscribe", topic, cb).Encode(), "application/x-www-form-urlencoded; charset=UTF-8", 202},
		} {
			if res := r.post(c.body, c.kind); res.StatusCode != c.status {
				t.Errorf("%s: %s, want %d", c.name, res.Status, c.status)
			}
		}
		w := httptest.NewRecorder()
		r.hub.ServeHTTP(w, httptest.NewRequest(http.MethodGet, site+"/websub", nil))
		if w.Code != 405 || w.Header().Get("Allow") != "POST" {
			t.Errorf("GET: %d, Allow %q, want 405 and POST", w.Code, w.Header().Get("Allow"))
		}
	})
}

func TestLeasesAreBoundedAndEnd(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		synctest.Wait()
		for i, c := range []struct{ asked, given string }{
			{"", "432000"}, {"1", "3600"}, {"7200", "7200"}, {"999999999", "864000"}, {"99999999999999999999999", "864000"},
		} {
			host := fmt.Sprintf("r%d.example", i)
			reader := r.reader(host)
			r.subscribe("https://"+host+"/", "hub.lease_seconds", c.asked)
			synctest.Wait()
			if got := reader.intents(); len(got) != 1 || got[0].Get("hub.lease_seconds") != c.given {
				t.Errorf("lease of %q: asked %v, want %s", c.asked, got, c.given)
			}
		}
		for _, left := range []struct {
			after time.Duration
			n     int
		}{{59 * time.Minute, 5}, {2 * time.Minute, 4}, {time.Hour, 3}, {5 * 24 * time.Hour, 2}, {5 * 24 * time.Hour, 0}} {
			time.Sleep(left.after)
			synctest.Wait()
			if got := len(r.subscriptions()); got != left.n {
				t.Errorf("%d subscriptions %v later, want %d", got, left.after, left.n)
			}
		}
	})
}

// A subscriber that was down for hours gets the newest edition when it is back, and no
// edition twice.
func TestDeliveriesAreRetried(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		reader := r.reader("reader.example")
		synctest.Wait()
		r.subscribe("https://reader.example/")
		synctest.Wait()
		reader.answers(500)
		r.publish("One")
		time.Sleep(3 * time.Hour)
		tries := len(reader.pushes())
		if tries < 8 || tries > 14 {
			t.Errorf("tried %d times in three hours, want 8 to 14", tries)
		}
		r.publish("Two")
		reader.answers(0)
		time.Sleep(3 * time.Hour)
		got := reader.pushes()
		if len(got) != 1 || !strings.Contains(got[0].body, "Two") {
			t.Errorf("%d pushes after it came back, want one with both stories", len(got))
		}
		if s := r.subscriptions()[0]; !s.Failing.IsZero() || s.Tries != 0 {
			t.Errorf("subscription %+v, want the failures cleared", s)
		}
	})
}

func TestUnreachableSubscribersAreRemoved(t *testing.T) {
	for _, c := range []struct {
		name     string
		status   int
		after    time.Duration
		min, max int // tries
	}{
		{"gone", 410, time.Second, 1, 1},
		{"down for a day", 500, 27 * time.Hour, 15, 30},
		{"moved", 307, 27 * time.Hour, 15, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := open(t)
				reader := r.reader("reader.example")
				synctest.Wait()
				r.subscribe("https://reader.example/")
				synctest.Wait()
				reader.answers(c.status)
				r.publish("One")
				time.Sleep(c.after)
				synctest.Wait()
				if n := len(reader.pushes()); n < c.min || n > c.max || len(r.subscriptions()) != 0 {
					t.Errorf("%d tries and %d subscriptions, want %d to %d and none", n, len(r.subscriptions()), c.min, c.max)
				}
			})
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		reader := r.reader("reader.example")
		reader.header = http.Header{"Retry-After": {"3600"}}
		synctest.Wait()
		r.subscribe("https://reader.example/")
		synctest.Wait()
		reader.answers(503)
		r.publish("One")
		time.Sleep(59 * time.Minute)
		if n := len(reader.pushes()); n != 1 {
			t.Errorf("%d tries within the hour, want 1", n)
		}
		time.Sleep(2 * time.Minute)
		if n := len(reader.pushes()); n != 1 {
			t.Errorf("%d tries after it, want 1", n)
		}
	})
}

func TestSubscribersAreDeniedWhenATopicEnds(t *testing.T) {
	for name, end := range map[string]func(*news.TopicState){
		"gone":  func(t *news.TopicState) { t.Removed = true },
		"moved": func(t *news.TopicState) { t.RenamedTo = "x" },
		"keyed": func(t *news.TopicState) { t.Keyed = true },
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := open(t)
				reader := r.reader("reader.example")
				synctest.Wait()
				r.subscribe("https://reader.example/")
				synctest.Wait()
				_ = reader.intents()
				r.record(func(tx *store.Tx) error { return touch(tx, end) })
				r.live.Announce(live.Event{Topics: []string{"world"}})
				synctest.Wait()
				denials := reader.intents()
				if len(denials) != 1 || denials[0].Get("hub.mode") != "denied" || denials[0].Get("hub.topic") != topic || len(r.subscriptions()) != 0 {
					t.Errorf("denials %v and %d subscriptions, want one and none", denials, len(r.subscriptions()))
				}
				if got := reader.pushes(); len(got) != 0 {
					t.Errorf("%d pushes of a topic that is not public, want none", len(got))
				}
			})
		})
	}
}

// The number of requests to callbacks at one host is bounded, and that does not affect
// other hosts.
func TestFloodsAreRefused(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		victim, other := r.reader("victim.example"), r.reader("other.example")
		synctest.Wait()
		refused := 0
		for i := range 500 {
			if r.ask(wish("subscribe", topic, fmt.Sprintf("https://victim.example/%d", i))).StatusCode == http.StatusTooManyRequests {
				refused++
			}
		}
		if res := r.ask(wish("subscribe", topic, "https://other.example/")); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "60" {
			t.Errorf("a client with too many requests: %s, Retry-After %q, want 429 and 60", res.Status, res.Header.Get("Retry-After"))
		}
		r.client = "[2001:db8::1]:1"
		r.subscribe("https://other.example/")
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(victim.intents()); refused != 400 || n != 100 {
			t.Errorf("%d refused and %d asked, want 400 and 100", refused, n)
		}
		if n := len(other.intents()); n != 1 {
			t.Errorf("another host was asked %d times, want once", n)
		}
	})
}

func TestSubscriptionsAreBounded(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.record(func(tx *store.Tx) error {
			for i := range 5000 {
				s := &news.Subscription{Feed: "world.rss", Callback: fmt.Sprintf("https://h%d.example/", i%100) + fmt.Sprint(i), Until: time.Now().Add(time.Hour), Seq: 9}
				if err := tx.Subscriptions.Put(s); err != nil {
					return err
				}
			}
			return nil
		})
		r.restart()
		r.reader("reader.example")
		synctest.Wait()
		if res := r.ask(wish("subscribe", topic, "https://reader.example/")); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("the 5001st subscription: %s, want 503", res.Status)
		}
		if res := r.ask(wish("unsubscribe", site+"/topics/world.rss", "https://h0.example/0")); res.StatusCode != http.StatusAccepted {
			t.Errorf("unsubscribing from a full hub: %s, want 202", res.Status)
		}
	})
}

// An edition that was not delivered before a restart is delivered once after it.
func TestARestartLosesNoDelivery(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		reader := r.reader("reader.example")
		synctest.Wait()
		r.subscribe("https://reader.example/", "hub.secret", "s")
		synctest.Wait()
		reader.answers(500)
		r.publish("One")
		synctest.Wait()
		_ = reader.pushes()
		reader.answers(0)
		r.restart()
		time.Sleep(time.Minute)
		got := reader.pushes()
		if len(got) != 1 || got[0].header.Get("X-Hub-Signature") != hmacOf("s", got[0].body) {
			t.Errorf("%d pushes after the restart, want one, signed", len(got))
		}
		for range 3 {
			r.restart()
			time.Sleep(2 * time.Minute)
			if got := reader.pushes(); len(got) != 0 {
				t.Errorf("%d pushes after another restart, want none", len(got))
			}
		}
	})
}

// After a kill, an edition that was in flight is sent again with the same bytes, and no
// other.
func TestAfterAKillOnlyWhatWasInFlightIsRepeated(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		reader, calm := r.reader("reader.example"), r.reader("calm.example")
		synctest.Wait()
		r.subscribe("https://reader.example/")
		r.subscribe("https://calm.example/")
		synctest.Wait()
		r.publish("One")
		synctest.Wait()
		_, _ = reader.pushes(), calm.pushes()
		calm.answers(500) // it accepts nothing now, so its delivery stays due
		killed := r.path + ".killed"
		reader.before = func() { copyTo(t, r.store, killed) }
		r.publish("Two")
		synctest.Wait()
		first := reader.pushes()
		reader.before = nil
		calm.answers(0)
		_ = calm.pushes()
		r.stop()
		r.path = killed
		r.start()
		time.Sleep(time.Minute)
		again := reader.pushes()
		if len(first) != 1 || len(again) != 1 || first[0].body != again[0].body || first[0].header.Get("ETag") != again[0].header.Get("ETag") {
			t.Errorf("%d pushes, then %d after the kill: want one, then the same", len(first), len(again))
		}
		if n := len(calm.pushes()); n != 1 {
			t.Errorf("%d pushes to the subscriber with a delivery due, want 1", n)
		}
	})
}

func copyTo(t *testing.T, st *store.Store, path string) {
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(st.Copy(context.WithoutCancel(t.Context()), f), f.Close())
	}
	if err != nil {
		t.Error(err)
	}
}

// No request is sent to a callback with a forbidden address. If the address is known
// without a look-up, the answer says so at once.
func TestCallbacksAreGuarded(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { t.Errorf("reached: %s", q.URL) }))
	defer inside.Close()
	guarded, err := fetch.NewTransport(fetch.Reach{})
	if err != nil {
		t.Fatal(err)
	}
	defer guarded.Close()
	r := openWith(t, guarded)
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	r.addrs.Store("2130706433", []netip.Addr{netip.MustParseAddr("127.0.0.1")}) // as some resolvers say
	for _, host := range []string{"inside.example", "also.inside.example"} {
		r.addrs.Store(host, []netip.Addr{netip.MustParseAddr("127.0.0.1")})
		r.subscribe("http://" + host + port + "/")
		if err := <-r.failed; err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	for _, host := range []string{
		"127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.",
		"10.0.0.1", "192.168.1.1", "169.254.169.254", "168.63.129.16", "100.64.0.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "１２７.0.0.1",
	} {
		for _, mode := range []string{"subscribe", "unsubscribe"} {
			res := r.ask(wish(mode, topic, "http://"+host+port+"/"))
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "websub.allow") {
				t.Errorf("%s %s: %s, %q, want 403 and a sentence that names websub.allow", mode, host, res.Status, body)
			}
		}
	}
	if n := len(r.failed); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}
