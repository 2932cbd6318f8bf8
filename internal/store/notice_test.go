package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func TestNoticesAreInOrder(t *testing.T) {
	st := open(t)
	var all []*news.Notice
	for i, id := range []string{"zzzzzzzzzzzzz", "aaaaaaaaaaaaa", "mmmmmmmmmmmmm"} {
		all = append(all, &news.Notice{ID: id, Seq: uint64(i + 1), At: minute(i), When: news.WhenStory, Alerts: []string{"a"}, Target: "t"})
	}
	local := &news.Notice{ID: "bbbbbbbbbbbbb", At: minute(1), When: news.WhenQuiet, Target: "t"}
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.Notices.Put(all[2]), tx.Notices.Put(all[0]), tx.Notices.Put(all[1]), tx.Notices.PutLocal(local))
	})
	all[1].Sent = minute(5)
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.Notices.Put(all[1]), tx.Notices.DeleteBefore(minute(1), 10))
	})
	view(t, st, func(tx *store.Tx) error {
		after, err := tx.Notices.After(2)
		checkEqual(t, "after the second", all[2:], after)
		latest, err2 := tx.Notices.Latest(0, 9)
		checkEqual(t, "latest", []*news.Notice{all[2], all[1]}, latest)
		before, err3 := tx.Notices.Latest(3, 9)
		checkEqual(t, "before the third", all[1:2], before)
		gone, err4 := tx.Notices.Get(all[0].ID)
		checkEqual(t, "the deleted first", (*news.Notice)(nil), gone)
		own, err5 := tx.Notices.Get(local.ID)
		checkEqual(t, "a local notice", local, own)
		return errors.Join(err, err2, err3, err4, err5)
	})
	verify(t, st)
}

func TestNewsletterTables(t *testing.T) {
	st := open(t)
	recipient := &news.Recipient{ID: "0000000000001", Newsletter: "morning", Address: "a@b.example", Asked: minute(1)}
	other := &news.Recipient{ID: "0000000000002", Newsletter: "morning-late", Address: "c@b.example", Asked: minute(1)}
	issue := &news.Issue{Newsletter: "morning", At: minute(3), Items: []news.Item{{Story: "s"}}}
	confirmation := &news.Mail{Newsletter: "morning", Recipient: recipient.ID, Made: minute(1)}
	mail := &news.Mail{Newsletter: "morning", Issue: minute(3), Recipient: recipient.ID, Made: minute(3)}
	schedule := &news.NewsletterSchedule{Newsletter: "morning", Next: minute(9)}
	before, err := st.Digest()
	if err != nil {
		t.Fatal(err)
	}
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.Recipients.Put(recipient), tx.Recipients.Put(other), tx.Issues.Put(issue), tx.Mails.Put(mail), tx.Mails.Put(confirmation), tx.Schedules.Put(schedule), tx.Secrets.Put("key", []byte("k")),
			tx.Troubles.Put(&news.Trouble{When: news.WhenProblem, Source: "a"}), tx.ClosedTargets.Put(&news.ClosedTarget{Target: "t"}), tx.Dispatches.Put(&news.Dispatch{Notice: "n"}))
	})
	after, err := st.Digest()
	if err != nil || before != after {
		t.Errorf("digest %s, then %s (%v): local rows should not change it", before, after, err)
	}
	view(t, st, func(tx *store.Tx) error {
		own, err := tx.Recipients.All("morning")
		checkEqual(t, "recipients of one newsletter", []*news.Recipient{recipient}, own)
		all, err2 := tx.Recipients.All("")
		checkEqual(t, "recipients of all", []*news.Recipient{recipient, other}, all)
		asked, err3 := tx.Mails.OfIssue("morning", time.Time{})
		checkEqual(t, "mails for confirmation", []*news.Mail{confirmation}, asked)
		sent, err4 := tx.Mails.OfIssue("morning", minute(3))
		checkEqual(t, "mails of the issue", []*news.Mail{mail}, sent)
		key, err5 := tx.Secrets.Get("key")
		checkEqual(t, "secret", "k", string(key))
		due, err6 := tx.Schedules.Get("morning")
		checkEqual(t, "schedule", schedule, due)
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
	update(t, st, func(tx *store.Tx) error { return tx.Issues.Delete("morning", minute(3)) })
	view(t, st, func(tx *store.Tx) error {
		left, err := tx.Mails.All()
		checkEqual(t, "mails after their issue was deleted", []*news.Mail{confirmation}, left)
		return err
	})
	verify(t, st)
}
