package websub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/fetch"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// silent is a callback that never answers a request of some methods, and confirms what else
// it is asked.
type silent struct {
	methods  string
	inFlight atomic.Int32
	most     atomic.Int32
}

func (s *silent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(s.methods, r.Method) {
		_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
		return
	}
	s.most.Store(max(s.most.Load(), s.inFlight.Add(1)))
	defer s.inFlight.Add(-1)
	<-r.Context().Done()
}

// hostile makes callbacks that share a handler: each with an address that at returns.
func (r *env) hostile(n int, handler http.Handler, at func(i int) string) (callbacks []string) {
	for i := range n {
		host := fmt.Sprintf("h%d.example%d.test", i, i)
		r.hosts.Store(host, handler)
		r.addrs.Store(host, []netip.Addr{netip.MustParseAddr(at(i))})
		callbacks = append(callbacks, "http://"+host+"/")
	}
	return callbacks
}

var hostileAddresses = map[string]func(i int) string{
	"many names on one address":             func(int) string { return "9.9.9.9" },
	"many addresses in one block":           func(i int) string { return fmt.Sprintf("9.9.9.%d", i%256) },
	"many addresses in one block of IPv6":   func(i int) string { return fmt.Sprintf("2001:470:1::%x", i) },
	"many networks in one block of IPv6":    func(i int) string { return fmt.Sprintf("2001:470:1:%x::1", i) },
	"one address, mapped into IPv6 or not":  func(i int) string { return []string{"9.9.9.9", "::ffff:9.9.9.9"}[i%2] },
	"deliveries to as many blocks as there": func(i int) string { return fmt.Sprintf("9.%d.%d.9", i/256, i%256) },
}

// slowAfter is longer than the hub waits until it counts a host as slow, which is the most
// that a host never asked before may delay others.
const slowAfter = 2 * time.Second

// Callbacks that never answer delay neither the verification nor the deliveries of another.
func TestSilentCallbacksDelayNobody(t *testing.T) {
	for name, at := range hostileAddresses {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := open(t)
				r.client = "127.0.0.1:1" // has no limit of its own
				good, late := r.reader("good.example"), r.reader("late.example")
				r.hosts.Store("nobody.example", &silent{methods: "GET"})
				synctest.Wait()
				r.subscribe("https://good.example/")
				n := 100
				if name == "deliveries to as many blocks as there" {
					n = 900
				}
				callbacks := r.hostile(n, &silent{methods: "POST"}, at)
				for _, c := range callbacks {
					r.subscribe(c)
				}
				for i := range 99 {
					r.subscribe(fmt.Sprintf("https://nobody.example/%d", i))
				}
				synctest.Wait()
				began := time.Now()
				r.subscribe("https://late.example/")
				synctest.Wait()
				if n := len(late.intents()); n != 1 || !time.Now().Equal(began) {
					t.Errorf("the late subscriber was asked %d times after %v, want once and at once", n, time.Since(began))
				}
				for i := range 3 {
					r.publish(fmt.Sprint("Port reopens ", i))
					time.Sleep(slowAfter)
					synctest.Wait()
					for who, reader := range map[string]*reader{"good": good, "late": late} {
						if got := reader.pushes(); len(got) != 1 || got[0].at.Sub(began) > slowAfter {
							t.Errorf("edition %d: the %s subscriber got %d pushes within %v, want 1", i, who, len(got), slowAfter)
						}
					}
					time.Sleep(90 * time.Second)
					began = time.Now()
				}
			})
		})
	}
}

// A neighbour in the block of callbacks that never answer is not delayed once it has
// answered.
func TestSilentCallbacksDelayNoNeighbour(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.client = "127.0.0.1:1"
		good := r.reader("good.example")
		r.addrs.Store("good.example", []netip.Addr{netip.MustParseAddr("9.9.9.9")})
		synctest.Wait()
		r.subscribe("https://good.example/")
		synctest.Wait()
		hold := &silent{methods: "GET"}
		for _, c := range r.hostile(90, hold, hostileAddresses["many names on one address"]) {
			r.subscribe(c)
		}
		began := time.Now()
		r.publish("Port reopens")
		synctest.Wait()
		if got := good.pushes(); len(got) != 1 || !got[0].at.Equal(began) {
			t.Errorf("%d pushes at once, want 1", len(got))
		}
		time.Sleep(time.Minute)
		if most := hold.most.Load(); most < 1 || most > 40 {
			t.Errorf("%d requests at once to one address, want 1 to 40", most)
		}
	})
}

// Whoever was not asked yet does not wait for unknown callbacks that do not answer in as many
// other blocks as there are, and a little for those in its own, but not for their time-outs.
func TestNewcomersHaveTheirTurn(t *testing.T) {
	for name, c := range map[string]struct {
		at   func(int) string
		n    int
		most time.Duration
	}{
		"the same block": {hostileAddresses["many names on one address"], 90, 2 * time.Second},
		"many blocks":    {hostileAddresses["deliveries to as many blocks as there"], 900, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r := open(t)
				r.client = "127.0.0.1:1"
				late := r.reader("late.example")
				r.addrs.Store("late.example", []netip.Addr{netip.MustParseAddr("9.9.9.8")})
				synctest.Wait()
				for _, c := range r.hostile(c.n, &silent{methods: "GET POST"}, c.at) {
					r.subscribe(c)
				}
				synctest.Wait()
				r.subscribe("http://late.example/")
				time.Sleep(c.most)
				synctest.Wait()
				if n := len(late.intents()); n != 1 {
					t.Errorf("asked %d times within %v, want once", n, c.most)
				}
				time.Sleep(time.Hour)
				if n := len(r.subscriptions()); n != 1 {
					t.Errorf("%d rows are stored, want the subscription that was confirmed", n)
				}
			})
		})
	}
}

// Requests whose callbacks are silent make room for others when there are too many.
func TestSilentRequestsMakeRoom(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.client = "127.0.0.1:1"
		synctest.Wait()
		hold := &silent{methods: "GET"}
		for _, c := range r.hostile(1000, hold, hostileAddresses["deliveries to as many blocks as there"]) {
			r.subscribe(c)
		}
		synctest.Wait()
		if res := r.ask(wish("subscribe", topic, "https://late.example/")); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "60" {
			t.Errorf("at once: %s, Retry-After %q, want 503 and 60", res.Status, res.Header.Get("Retry-After"))
		}
		if n := hold.inFlight.Load(); n != 1000 {
			t.Errorf("%d are being asked, want 1000", n)
		}
		time.Sleep(1500 * time.Millisecond)
		for i := range 300 {
			host := fmt.Sprintf("late%d.example", i)
			late := r.reader(host)
			r.subscribe("https://" + host + "/")
			synctest.Wait()
			if n := len(late.intents()); n != 1 {
				t.Fatalf("%s was asked %d times at once, want once", host, n)
			}
		}
		time.Sleep(10 * time.Minute)
		if n := len(r.subscriptions()); n != 300 {
			t.Errorf("%d rows are stored, want the 300 that were confirmed", n)
		}
		if n := hold.inFlight.Load(); n != 0 {
			t.Errorf("%d are still being asked, want none", n)
		}
	})
}

// Callbacks that failed before a restart delay none that did not.
func TestCallbacksThatFailedDelayNobodyAfterARestart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.client = "127.0.0.1:1"
		good := r.reader("good.example")
		synctest.Wait()
		r.subscribe("https://good.example/")
		callbacks := r.hostile(1500, &silent{methods: "GET POST"}, hostileAddresses["deliveries to as many blocks as there"])
		now := time.Now()
		r.record(func(tx *store.Tx) error {
			for _, c := range callbacks {
				s := &news.Subscription{Feed: "world.atom", Callback: c, Until: now.Add(24 * time.Hour), Failing: now.Add(-time.Minute), Seq: 1}
				if err := tx.Subscriptions.Put(s); err != nil {
					return err
				}
			}
			return nil
		})
		r.restart()
		synctest.Wait()
		late := r.reader("late.example")
		r.subscribe("https://late.example/")
		began := time.Now()
		r.publish("Port reopens")
		synctest.Wait()
		if got := good.pushes(); len(got) != 1 || !got[0].at.Equal(began) {
			t.Errorf("%d pushes at once, want 1", len(got))
		}
		if n := len(late.intents()); n != 1 || !time.Now().Equal(began) {
			t.Errorf("the newcomer was asked %d times at once, want once", n)
		}
	})
}

// A callback that takes its time is confirmed and gets its edition all the same, even if
// many take theirs at once.
func TestSlowCallbacksAreServed(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.client = "127.0.0.1:1"
		got := map[string]int{}
		var mu sync.Mutex // guards got
		slow := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			select {
			case <-time.After(7 * time.Second):
			case <-q.Context().Done():
				return
			}
			if q.Method == http.MethodPost {
				mu.Lock()
				defer mu.Unlock()
				got[q.Host]++
			}
			_, _ = io.WriteString(w, q.FormValue("hub.challenge"))
		})
		synctest.Wait()
		for _, c := range r.hostile(40, slow, hostileAddresses["many names on one address"]) {
			r.subscribe(c)
		}
		time.Sleep(10 * time.Minute)
		if n := len(r.subscriptions()); n != 40 {
			t.Errorf("%d subscriptions, want 40", n)
		}
		r.publish("Port reopens")
		time.Sleep(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		for host, n := range got {
			if n != 1 {
				t.Errorf("%s got the edition %d times, want once", host, n)
			}
		}
		if len(got) != 40 {
			t.Errorf("%d got the edition, want 40", len(got))
		}
	})
}

// A name server that never answers delays nobody else, and its names are given up.
func TestSilentNameServersDelayNobody(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.client = "127.0.0.1:1"
		good := r.reader("good.example")
		var lookups, most atomic.Int32
		synctest.Wait()
		for i := range 90 {
			host := fmt.Sprintf("h%d.lost.test", i)
			r.addrs.Store(host, func(ctx context.Context) ([]netip.Addr, error) {
				most.Store(max(most.Load(), lookups.Add(1)))
				defer lookups.Add(-1)
				<-ctx.Done()
				return nil, ctx.Err()
			})
			r.subscribe("http://" + host + "/")
		}
		began := time.Now()
		r.subscribe("https://good.example/")
		synctest.Wait()
		if n := len(good.intents()); n != 1 || !time.Now().Equal(began) || most.Load() > 40 {
			t.Errorf("asked %d times, %d look-ups in one domain at once; want once and at most 40", n, most.Load())
		}
		time.Sleep(10 * time.Minute)
		if n := len(r.subscriptions()); n != 1 {
			t.Errorf("%d rows are stored, want the good subscription alone", n)
		}
	})
}

// The name is looked up again after some minutes, and its callback is moved to the queue of
// its new address.
func TestNamesAreLookedUpAgain(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		good := r.reader("good.example")
		var lookups atomic.Int32
		r.addrs.Store("good.example", func(context.Context) ([]netip.Addr, error) {
			n := lookups.Add(1)
			if n == 3 {
				return nil, errors.New("the name server is down")
			}
			return []netip.Addr{netip.MustParseAddr(fmt.Sprintf("9.9.%d.9", n))}, nil
		})
		synctest.Wait()
		r.subscribe("https://good.example/")
		synctest.Wait()
		for i := range 6 {
			r.publish(fmt.Sprint("Port reopens ", i))
			time.Sleep(6 * time.Minute)
			if got := good.pushes(); len(got) != 1 {
				t.Errorf("edition %d: %d pushes, want 1", i, len(got))
			}
		}
		if n := lookups.Load(); n < 3 || n > 7 {
			t.Errorf("%d look-ups in 36 minutes, want 3 to 7", n)
		}
	})
}

// A kill after 202 loses no request: the callback is asked after the next start.
func TestAcceptedRequestsSurviveAKill(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		leaver := r.reader("leaver.example")
		synctest.Wait()
		r.subscribe("https://leaver.example/", "hub.secret", "old")
		synctest.Wait()
		r.hosts.Store("reader.example", &silent{methods: "GET"})
		r.hosts.Store("leaver.example", &silent{methods: "GET"})
		r.subscribe("https://reader.example/", "hub.secret", "s", "hub.lease_seconds", "7200")
		if res := r.ask(wish("unsubscribe", topic, "https://leaver.example/")); res.StatusCode != http.StatusAccepted {
			t.Fatalf("unsubscribe: %s, want 202", res.Status)
		}
		killed := r.path + ".killed"
		copyTo(t, r.store, killed) // as a kill leaves the file
		r.stop()
		r.path = killed
		reader := r.reader("reader.example")
		r.hosts.Store("leaver.example", leaver)
		_ = leaver.intents()
		r.start()
		synctest.Wait()
		for who, asked := range map[string][]string{"subscribe": modes(reader), "unsubscribe": modes(leaver)} {
			if len(asked) != 1 || asked[0] != who {
				t.Errorf("asked to %v after the kill, want to %s once", asked, who)
			}
		}
		all := r.subscriptions()
		if len(all) != 1 || all[0].Callback != "https://reader.example/" || all[0].Secret != "s" || all[0].Request != nil || !all[0].Until.Equal(news.Instant(time.Now().Add(2*time.Hour))) {
			t.Errorf("stored %+v, want one subscription for two hours", all)
		}
		r.restart()
		synctest.Wait()
		if n := len(reader.intents()) + len(leaver.intents()); n != 0 {
			t.Errorf("asked %d times after another start, want never", n)
		}
	})
}

func modes(r *reader) (all []string) {
	for _, q := range r.intents() {
		all = append(all, q.Get("hub.mode"))
	}
	return all
}

// At most 100 subscriptions have their callback at one address or in one domain. The answer
// says when to come back, and a subscription that is there can be renewed.
func TestSubscriptionsOfOneAddress(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		r.client = "127.0.0.1:1"
		synctest.Wait()
		for i := range 100 {
			r.reader("reader.example")
			r.subscribe(fmt.Sprintf("https://reader.example/%d", i))
		}
		time.Sleep(time.Minute)
		res := r.ask(wish("subscribe", topic, "https://reader.example/more"))
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "3600" || !strings.Contains(string(body), "come back in 1 hour") {
			t.Errorf("number 101: %s, Retry-After %q, %q, want 429, 3600 and a sentence", res.Status, res.Header.Get("Retry-After"), body)
		}
		r.subscribe("https://reader.example/7")
		r.subscribe("https://other.example/")

		more := r.reader("x")
		for _, c := range r.hostile(101, more, hostileAddresses["one address, mapped into IPv6 or not"]) {
			r.subscribe(c) // that they are at one address is not known yet
		}
		time.Sleep(time.Minute)
		denied := 0
		for _, q := range more.intents() {
			if q.Get("hub.mode") == "denied" && strings.Contains(q.Get("hub.reason"), "too many") {
				denied++
			}
		}
		if n := len(r.subscriptions()); denied != 1 || n != 200 {
			t.Errorf("%d denied and %d stored, want 1 and 200", denied, n)
		}
	})
}

// A full topic ends the subscription that has failed for the longest time, and no other.
func TestAFullTopicDropsTheOnesThatFail(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := open(t)
		now := time.Now()
		r.record(func(tx *store.Tx) error {
			for i := range 5000 {
				s := &news.Subscription{Feed: "world.rss", Callback: fmt.Sprintf("https://h%d.test/%d", i/50, i), Until: now.Add(24 * time.Hour), Seq: 9}
				if i == 4000 || i == 2000 || i == 3000 {
					s.Failing, s.Next = now.Add(-time.Duration(i)*time.Minute), now.Add(time.Hour)
				}
				if err := tx.Subscriptions.Put(s); err != nil {
					return err
				}
			}
			return nil
		})
		r.restart()
		synctest.Wait()
		for i := range 4 {
			host := fmt.Sprintf("reader%d.example", i)
			r.reader(host)
			res := r.ask(wish("subscribe", topic, "https://"+host+"/"))
			synctest.Wait()
			if want := []int{202, 202, 202, 503}[i]; res.StatusCode != want || want == 503 && res.Header.Get("Retry-After") == "" {
				t.Errorf("new subscription %d: %s, want %d", i, res.Status, want)
			}
			if want := []string{"https://h80.test/4000", "https://h60.test/3000", "https://h40.test/2000", "503"}[i]; i < 3 && !strings.Contains(r.log.String(), "makes room for a new one\" feed=world.rss callback="+want) {
				t.Errorf("%s was not ended for new subscription %d", want, i)
			}
		}
		if n := len(r.subscriptions()); n != 5000 {
			t.Errorf("%d subscriptions, want 5000", n)
		}
	})
}

// A stored subscription whose callback is forbidden now gets nothing more, says so once, and
// ends with its lease.
func TestStoredCallbacksThatAreForbidden(t *testing.T) {
	guarded, err := fetch.NewTransport(fetch.Reach{Key: "websub.allow"})
	if err != nil {
		t.Fatal(err)
	}
	defer guarded.Close()
	bubble.Test(t, func(t *testing.T) {
		r := openWith(t, guarded)
		r.record(func(tx *store.Tx) error {
			return tx.Subscriptions.Put(&news.Subscription{Feed: "world.atom", Callback: "http://127.0.0.1:9/", Until: time.Now().Add(48 * time.Hour), Seq: 1})
		})
		r.restart()
		for i := range 5 {
			r.publish(fmt.Sprint("Port reopens ", i))
			time.Sleep(9 * time.Hour)
		}
		if n := strings.Count(r.log.String(), "nothing more is sent to a callback with a forbidden address"); n != 1 || len(r.failed) != 1 || !strings.Contains(r.log.String(), "add it to websub.allow") {
			t.Errorf("%d lines and %d attempts, want 1 and 1:\n%s", n, len(r.failed), r.log.String())
		}
		if n := len(r.subscriptions()); n != 1 {
			t.Errorf("%d subscriptions before the end of the lease, want 1", n)
		}
		time.Sleep(4 * time.Hour)
		if n := len(r.subscriptions()); n != 0 {
			t.Errorf("%d subscriptions after the end of the lease, want none", n)
		}
	})
}
