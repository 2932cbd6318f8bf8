package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/store"
)

// sinceTimes returns from when on the issues since the last call had stories, in a zone.
func (r *env) sinceTimes(zone *time.Location) (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.since {
		all = append(all, t.In(zone).Format("Mon 2006-01-02 15:04"))
	}
	r.since = nil
	return all
}

// A weekly letter holds the time since its last issue, also when the clocks change, when
// its schedule changes, and when the daemon was away.
func TestAnIssueCoversTheTimeSinceTheLastOne(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	bubble.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		r.subscribe("a@reader.example")
		r.change(func() {
			r.settings.Site.Zone = "Europe/Berlin"
			r.settings.Newsletters[0].Days = []time.Weekday{time.Monday}
		})
		until := func(day string) {
			at, err := time.ParseInLocation("2006-01-02 15:04", day, berlin)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Until(at))
		}
		check := func(what string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, r.sinceTimes(berlin)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		until("2000-01-03 07:01")
		check("the first issue", "Mon 1999-12-27 07:00")
		until("2000-03-27 07:01") // a day after the clocks went forward
		all := r.sinceTimes(berlin)
		if len(all) != 12 || all[11] != "Sun 2000-03-19 07:00" || !strings.HasSuffix(all[5], " 07:00") {
			t.Errorf("the twelve issues that follow had stories since %q", all)
		}
		until("2000-04-03 07:01")
		check("after the change of clocks", "Sun 2000-03-26 07:00")
		r.stop() // away over the issue of 10 April, for a day and a half: it is late
		until("2000-04-11 18:00")
		r.start()
		until("2000-04-11 18:01")
		check("a late issue", "Sun 2000-04-02 07:00")
		r.stop() // away for three weeks: those two issues are not made, the next one has it all
		until("2000-05-03 12:00")
		r.start()
		until("2000-05-08 07:01")
		check("after three weeks", "Sun 2000-04-09 07:00")
		r.change(func() { r.settings.Newsletters[0].Days = []time.Weekday{time.Thursday} })
		until("2000-05-11 07:01")
		check("after another schedule", "Sun 2000-05-07 07:00")
		if n := len(server.mails()); n != 17 {
			t.Errorf("%d mails, want 17", n)
		}
		r.stop()
	})
}

// A daily letter's first issue has a day; one for working days that begins on a Monday has
// the weekend.
func TestTheFirstIssueCoversTheTimeBetweenTwo(t *testing.T) {
	for _, tc := range []struct {
		days []time.Weekday
		want string
	}{
		{[]time.Weekday{0, 1, 2, 3, 4, 5, 6}, "Sat 2000-01-01 07:00"},
		{[]time.Weekday{1, 2, 3, 4, 5}, "Fri 1999-12-31 07:00"},
	} {
		bubble.Test(t, func(t *testing.T) {
			r, _ := newsletterEnv(t)
			r.stop()
			r.settings.Newsletters[0].Days = tc.days
			time.Sleep(8 * time.Hour) // Saturday, after 07:00
			r.start()
			time.Sleep(48 * time.Hour)
			if got := r.sinceTimes(time.UTC); len(got) == 0 || got[0] != tc.want {
				t.Errorf("on days %v the issues had stories since %q, want %q first", tc.days, got, tc.want)
			}
			r.stop()
		})
	}
}

// The schedule that an older version stored does not say when the last issue was made.
func TestAnOlderScheduleCoversTheTimeSinceTheLastIssue(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, _ := newsletterEnv(t)
		time.Sleep(56 * time.Hour) // after Monday's issue
		r.stop()
		r.sinceTimes(time.UTC)
		r.start()
		err := r.store.Update(func(tx *store.Tx) error {
			s, err := tx.Schedules.Get("morning")
			if err != nil {
				return err
			}
			s.Last, s.Seq = time.Time{}, 1
			return tx.Schedules.Put(s)
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if diff := cmp.Diff([]string{"Sun 2000-01-02 07:00"}, r.sinceTimes(time.UTC)); diff != "" {
			t.Errorf("since (-want +got):\n%s", diff)
		}
		r.stop()
	})
}

func TestAnIssueSaysHowManyMoreThereAre(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r, server := newsletterEnv(t)
		r.subscribe("a@reader.example")
		r.change(func() { r.more = 137 })
		time.Sleep(56 * time.Hour)
		got := server.mails()
		if len(got) != 1 {
			t.Fatalf("%d mails, want 1", len(got))
		}
		plain, html := parts(t, got[0])
		if !strings.Contains(plain, "\n137 more\nhttps://press.example/topics/cyber\n") || !strings.Contains(html, `<a href="https://press.example/topics/cyber" style="color: inherit">137 more</a>`) {
			t.Errorf("the mail does not say what more there is:\n%s", plain)
		}
		r.stop()
	})
}
