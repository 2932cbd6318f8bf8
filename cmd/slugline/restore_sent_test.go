package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestRestoreSendsNothingAgain restores a backup that was made while a notice waited. The
// notice was sent since, and others were made and sent.
func TestRestoreSendsNothingAgain(t *testing.T) {
	b := &webhookRecorder{ids: map[string]map[string]int{}, down: true}
	hook := httptest.NewServer(b)
	defer hook.Close()
	td := newTestDaemon(t, 1)
	td.configure(t, fmt.Sprintf("alerts: [{name: all, to: {webhook: '%s/x'}}]\n", hook.URL))
	d := td.start(t)
	d.wait(t)
	td.until(t, "the source was read", func() bool { return strings.Contains(td.run(t, "sources"), "ago") })
	td.publish()
	td.until(t, "the first story is there", func() bool { return len(td.items(t)) == 1 })
	backup := filepath.Join(t.TempDir(), "backup.db")
	td.run(t, "backup", backup)
	b.set(false)
	td.publish()
	td.until(t, "two rang", func() bool { return b.delivered() == 2 })
	td.until(t, "that is noted", func() bool { return strings.Count(td.deskBody(t, "/api/alerts"), `"state":"sent"`) == 2 })
	d.terminate(t)
	td.run(t, "restore", backup)
	d = td.start(t)
	d.wait(t)
	td.publish()
	td.until(t, "the third rang", func() bool { return b.delivered() == 3 })
	d.terminate(t)
	b.mu.Lock()
	defer b.mu.Unlock()
	for title, ids := range b.ids {
		if len(ids) != 1 {
			t.Errorf("%q rang under %d ids: %v", title, len(ids), ids)
		}
		for _, times := range ids {
			if times != 1 {
				t.Errorf("%q rang %d times", title, times)
			}
		}
	}
}

// TestRestoredNewsletters makes no issue again that published pages, or the database that was
// there, show to be sent.
func TestRestoredNewsletters(t *testing.T) {
	due := time.Date(2026, 11, 27, 7, 0, 0, 0, time.UTC)
	waits := news.Mail{Newsletter: "morning", Issue: due.AddDate(0, 0, -1), Recipient: "r", Made: due.AddDate(0, 0, -1)}
	sent := waits
	sent.Sent = due.Add(-time.Hour)
	for _, tt := range []struct {
		name string
		mail sentMail
		last time.Time // wanted
		sent bool      // the mail that waits in the backup
	}{
		{"nothing is known", sentMail{}, time.Time{}, false},
		{"a feed of later", sentMail{published: due.Add(2 * time.Hour)}, due, true},
		{"a feed of before", sentMail{published: due.Add(-2 * time.Hour)}, time.Time{}, true},
		{"the database", sentMail{
			schedules: []*news.NewsletterSchedule{{Newsletter: "morning", ScheduleHash: "h", Next: due.AddDate(0, 0, 1), Last: due, Seq: 99}},
			mails:     []*news.Mail{&sent},
		}, due, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{Temporary: true})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			err = st.Update(func(tx *store.Tx) error {
				return errors.Join(tx.Schedules.Put(&news.NewsletterSchedule{Newsletter: "morning", ScheduleHash: "h", Next: due}), tx.Mails.Put(&waits))
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.mail.put(st, &config.Config{Newsletters: []config.Newsletter{{Name: "morning"}}})(); err != nil {
				t.Fatal(err)
			}
			err = st.View(func(tx *store.Tx) error {
				s, err := tx.Schedules.Get("morning")
				m, merr := tx.Mails.Get(waits.Newsletter, waits.Issue, waits.Recipient)
				if err = errors.Join(err, merr); err != nil {
					return err
				}
				if !s.Last.Equal(tt.last) || !s.Next.After(due) && s.ScheduleHash != "" && !tt.last.IsZero() || s.Seq == 99 {
					t.Errorf("the schedule is %+v", s)
				}
				if !m.Sent.IsZero() != tt.sent {
					t.Errorf("the mail is %+v", m)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
