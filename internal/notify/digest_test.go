package notify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webhook"
)

// paced starts an env with a target a.example and the alert boats as given.
func paced(t *testing.T, a news.Alert) (*env, *hook) {
	r := open(t, "a.example")
	a.Name, a.When, a.To = "boats", news.WhenStory, []news.Target{{ID: "a.example", Kind: "webhook", Label: "a.example"}}
	r.change(func() { r.settings.Alerts = []news.Alert{a} })
	return r, r.host("a.example")
}

// ringAll rings for each headline, one a second.
func (r *env) ringAll(headlines []string) {
	for _, h := range headlines {
		r.ring(news.Notice{Target: "a.example", Headline: h})
		time.Sleep(time.Second)
	}
}

// sizes returns how many notices each message has.
func sizes(calls []call) (all []int) {
	for _, c := range calls {
		all = append(all, len(headlines([]call{c})))
	}
	return all
}

func TestADigestIsOneMessage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Digest: 10 * time.Minute})
		began := time.Now()
		all := numbered(300)
		r.ringAll(all)
		time.Sleep(4 * time.Minute)
		if got := a.calls(); len(got) != 0 {
			t.Fatalf("%d messages before the digest is due", len(got))
		}
		time.Sleep(2 * time.Minute)
		got := a.calls()
		r.checkHeadlines("the digest", got, all)
		if diff := cmp.Diff([]int{300}, sizes(got)); diff != "" || got[0].at.Sub(began) != 10*time.Minute {
			t.Errorf("after %v, sizes (-want +got):\n%s", got[0].at.Sub(began), diff)
		}
		var m webhook.Message
		if err := json.Unmarshal([]byte(got[0].body), &m); err != nil || m.Type != "alert.digest" || m.Data.Headline != "boats (300)" {
			t.Errorf("type %q, headline %q (%v)", m.Type, m.Data.Headline, err)
		}
		notices, _ := r.notices()
		for i, n := range notices {
			if n.Sent.IsZero() || m.Data.Notices[i].ID != n.ID {
				t.Fatalf("notice %d: %+v, in the digest %s", i, n, m.Data.Notices[i].ID)
			}
		}
		if id := got[0].header.Get("webhook-id"); id != news.DigestID(notices[0].ID) {
			t.Errorf("id %s, want that of the digest", id)
		}
		r.ring(news.Notice{Target: "a.example", Headline: "Alone"}) // a new digest
		time.Sleep(11 * time.Minute)
		got = a.calls()
		notices, _ = r.notices()
		if len(got) != 1 || got[0].header.Get("webhook-id") != notices[300].ID || strings.Contains(got[0].body, `"notices"`) {
			t.Errorf("a digest of one notice: got %+v, want that notice under its own id", got)
		}
		r.stop()
	})
}

// What rings at one moment is in the same order at every target.
func TestADigestHasOneOrder(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Digest: 10 * time.Minute})
		all := numbered(9)
		for i := range all {
			i := len(all) - 1 - i
			r.ring(news.Notice{Target: "a.example", Headline: all[i], Story: fmt.Sprint("story", i)})
		}
		time.Sleep(11 * time.Minute)
		r.checkHeadlines("the digest", a.calls(), all)
		r.stop()
	})
}

// A digest that the daemon was sending when it ended is sent again with the same id and
// the same notices, and what rings meanwhile is in the next one.
func TestADigestCrossesRestarts(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Digest: 10 * time.Minute})
		a.before = func(req *http.Request) { <-req.Context().Done() } // it never answers
		all := numbered(20)
		r.ringAll(all[:10])
		r.restart()
		r.ringAll(all[10:])
		time.Sleep(9*time.Minute + 41*time.Second)
		r.stop()
		a.before = nil
		first := a.calls()
		r.start()
		r.ring(news.Notice{Target: "a.example", Headline: "Later"})
		time.Sleep(time.Minute)
		second := a.calls()
		r.checkHeadlines("before the end", first, all)
		r.checkHeadlines("after the start", second, all)
		if len(first) != 1 || len(second) != 1 || first[0].header.Get("webhook-id") != second[0].header.Get("webhook-id") || first[0].body != second[0].body {
			t.Errorf("sent as %+v, then as %+v; want the same", first, second)
		}
		time.Sleep(10 * time.Minute)
		r.checkHeadlines("the next digest", a.calls(), []string{"Later"})
		r.stop()
	})
}

func TestALimitMakesTheRestOneMessage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Limit: news.Limit{Messages: 20, Per: time.Hour}})
		all := numbered(300)
		r.ringAll(all[:150])
		r.restart()
		r.ringAll(all[150:])
		got := a.calls()
		r.checkHeadlines("at once", got, all[:20])
		time.Sleep(time.Hour)
		rest := a.calls()
		r.checkHeadlines("at the end of the hour", rest, all[20:])
		if diff := cmp.Diff([]int{280}, sizes(rest)); diff != "" || rest[0].at.Sub(got[0].at) != time.Hour {
			t.Errorf("after %v, sizes (-want +got):\n%s", rest[0].at.Sub(got[0].at), diff)
		}
		r.ringAll(numbered(25)) // the message of the rest counts for the next hour
		if n := len(a.calls()); n != 19 {
			t.Errorf("%d messages in the next hour besides the rest, want 19", n)
		}
		r.stop()
	})
}

func TestQuietHoursDigestAndLimitTogether(t *testing.T) {
	// The clock of a test starts at midnight UTC on 1 January 2000.
	night := [2]time.Duration{22 * time.Hour, 6 * time.Hour}
	for _, tc := range []struct {
		name  string
		alert news.Alert
		rings []string // times
		want  []string // time and number of notices of each message
	}{
		{"quiet hours alone", news.Alert{Quiet: night}, []string{"23:00", "23:30"}, []string{"06:00 1", "06:00 1"}},
		{"what quiet hours held is one message at their end", news.Alert{Quiet: night, Digest: 10 * time.Minute}, []string{"23:00", "23:30"}, []string{"06:00 2"}},
		{"the same with a limit", news.Alert{Quiet: night, Limit: news.Limit{Messages: 1, Per: time.Hour}}, []string{"23:00", "23:30"}, []string{"06:00 2"}},
		{"a digest that would be due in quiet hours waits with them", news.Alert{Quiet: night, Digest: 10 * time.Minute}, []string{"21:55", "23:00"}, []string{"06:00 2"}},
		{"so does what is over the limit", news.Alert{Quiet: night, Limit: news.Limit{Messages: 1, Per: time.Hour}}, []string{"21:30", "21:40", "23:00"}, []string{"21:30 1", "06:00 2"}},
		{"digests count as messages", news.Alert{Digest: 10 * time.Minute, Limit: news.Limit{Messages: 2, Per: time.Hour}}, []string{"12:00", "12:01", "12:20", "12:40", "12:50"}, []string{"12:10 2", "12:30 1", "13:10 2"}},
		{"the hour begins with the first message", news.Alert{Limit: news.Limit{Messages: 2, Per: time.Hour}}, []string{"12:40", "12:50", "13:00", "13:50", "14:00"}, []string{"12:40 1", "12:50 1", "13:40 1", "13:50 1", "14:40 1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				r, a := paced(t, tc.alert)
				zone := time.UTC
				for i, at := range tc.rings {
					r.waitUntil(at)
					r.ring(news.Notice{Target: "a.example", Headline: fmt.Sprintf("Ferry %03d", i), Due: tc.alert.Due(time.Now(), zone)})
				}
				time.Sleep(24 * time.Hour)
				got := []string{}
				for _, c := range a.calls() {
					got = append(got, fmt.Sprint(c.at.UTC().Format("15:04 "), len(headlines([]call{c}))))
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
				r.stop()
			})
		})
	}
}

// waitUntil waits until a time of the first day.
func (r *env) waitUntil(clock string) {
	r.Helper()
	at, err := time.Parse("2006-01-02 15:04", "2000-01-01 "+clock)
	if err != nil {
		r.Fatal(err)
	}
	time.Sleep(time.Until(at))
}

// An alert that has no digest is sent at once although another one that rang with it has
// one, as with quiet hours.
func TestAnAlertWithoutADigestIsNotHeldByAnother(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Digest: 10 * time.Minute})
		r.change(func() {
			r.settings.Alerts = append(r.settings.Alerts, news.Alert{Name: "loud", When: news.WhenStory, To: r.settings.Alerts[0].To})
		})
		r.ringAs([]string{"boats", "loud"}, news.Notice{Target: "a.example"})
		r.ring(news.Notice{Target: "a.example"})
		waitIdle()
		if got := a.calls(); len(got) != 1 {
			t.Errorf("%d messages at once, want 1", len(got))
		}
		r.stop()
	})
}

// A digest that was given up is sent again as a whole, under its id.
func TestADigestIsResentAsAWhole(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Digest: 10 * time.Minute})
		a.answers(http.StatusServiceUnavailable)
		all := numbered(3)
		r.ringAll(all)
		time.Sleep(40 * time.Hour)
		first := a.calls()
		a.answers(http.StatusOK)
		notices, _ := r.notices()
		for i, n := range notices {
			if err := r.notifier.Resend(n.ID); (err == nil) != (i == 0) {
				t.Errorf("notice %d: %v", i, err)
			}
		}
		waitIdle()
		got := a.calls()
		r.checkHeadlines("sent again", got, all)
		if len(got) != 1 || got[0].header.Get("webhook-id") != first[0].header.Get("webhook-id") {
			t.Errorf("sent again as %+v, want one message under the id of %+v", got, first[0])
		}
		r.stop()
	})
}

// A story that was withdrawn meanwhile is not in the digest.
func TestADigestOmitsWhatWasWithdrawn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, a := paced(t, news.Alert{Digest: 10 * time.Minute})
		err := r.store.Update(func(tx *store.Tx) error {
			return tx.Stories.Put(&news.Story{ID: "0123456789abc", Killed: time.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		r.ring(news.Notice{Target: "a.example", Story: "0123456789abc", Headline: "Withdrawn"})
		r.ring(news.Notice{Target: "a.example", Headline: "Kept"})
		time.Sleep(time.Hour)
		r.checkHeadlines("the digest", a.calls(), []string{"Kept"})
		notices, outcomes := r.notices()
		if d := outcomes[notices[0].ID]; d == nil || !d.Dropped || notices[1].Sent.IsZero() {
			t.Errorf("outcome of the withdrawn story %+v, of the other %+v", d, notices[1])
		}
		r.stop()
	})
}

// The mail of a long digest has every line, and each headline in its own direction.
func TestADigestByMailHasEveryLine(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		server := new(mailServer)
		p := startPipes(t, server)
		r := open(t)
		r.stop()
		r.dial = p.dial
		r.settings.Mail = &notify.Mail{SMTP: "smtp://mail.example", From: "news@press.example"}
		r.target("desk", "mail", "desk@press.example")
		r.settings.Alerts = []news.Alert{{Name: "boats", When: news.WhenStory, Digest: time.Hour, To: []news.Target{{ID: "desk", Kind: "mail"}}}}
		r.start()
		for i := range 300 {
			r.ring(news.Notice{Target: "desk", Headline: fmt.Sprintf("استئناف خدمة العبّارات عبر المضيق %03d", i), Language: "ar", Link: fmt.Sprintf("https://ahram.example/%03d", i), Outlets: []string{"الأهرام", "AFP"}})
			time.Sleep(time.Second)
		}
		time.Sleep(time.Hour)
		got := server.mails()
		if len(got) != 1 {
			t.Fatalf("%d mails, want 1", len(got))
		}
		plain, html := parts(t, got[0])
		for i := range 300 {
			headline, link := fmt.Sprintf("استئناف خدمة العبّارات عبر المضيق %03d", i), fmt.Sprintf("https://ahram.example/%03d", i)
			if !strings.Contains(plain, headline+"\nالأهرام, AFP\n"+link) || !strings.Contains(html, `<a href="`+link+`" style="color: inherit">`+headline+"</a>") {
				t.Fatalf("line %d is missing", i)
			}
		}
		if n := strings.Count(html, `<div dir="rtl" lang="ar"`); n != 300 {
			t.Errorf("%d lines from right to left, want 300", n)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(got[0].Header.Get("Subject"))
		if err != nil || !strings.HasPrefix(subject, "boats (300): استئناف") {
			t.Errorf("subject %q (%v)", subject, err)
		}
		r.stop()
	})
}

// startPipes runs a mail server without sockets until the test ends.
func startPipes(t *testing.T, server smtp.Backend) *pipes {
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	srv := smtp.NewServer(server)
	srv.Domain, srv.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(p) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return p
}
