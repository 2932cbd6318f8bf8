package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// heal has what would wait for a time ahead be sent soon, and leaves the other plans.
func TestHealDispatches(t *testing.T) {
	now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	conf := &config.Config{Alerts: []config.Alert{{Name: "soon", Digest: 20 * time.Minute}, {Name: "daily", Digest: 24 * time.Hour}}}
	tests := map[string]struct {
		alert    string
		dispatch news.Dispatch
		healed   bool
	}{
		"a digest of a clock a day ahead":               {"soon", news.Dispatch{Batch: "1", Due: now.Add(25 * time.Hour)}, true},
		"a digest that is due soon":                     {"soon", news.Dispatch{Batch: "2", Due: now.Add(10 * time.Minute)}, false},
		"a daily digest":                                {"daily", news.Dispatch{Batch: "3", Due: now.Add(23 * time.Hour)}, false},
		"a try by a clock ahead":                        {"soon", news.Dispatch{Tries: 1, First: now.Add(-time.Hour), Last: now.Add(48 * time.Hour), Next: now.Add(49 * time.Hour)}, true},
		"waits behind one that was tried by it":         {"soon", news.Dispatch{First: now.Add(-time.Hour), Next: now.Add(49 * time.Hour)}, true},
		"waits for a target that asked for it by it":    {"soon", news.Dispatch{First: now.Add(-time.Hour), Next: now, Asked: now.Add(49 * time.Hour)}, true},
		"tried, and is tried again":                     {"soon", news.Dispatch{Tries: 1, First: now.Add(-time.Hour), Last: now.Add(-time.Minute), Next: now.Add(3 * time.Hour)}, false},
		"in a digest of which a message failed by it":   {"soon", news.Dispatch{Tries: 1, Batch: "4", Due: now.Add(-time.Hour), First: now.Add(-time.Hour), Last: now.Add(48 * time.Hour), Next: now.Add(49 * time.Hour)}, true},
		"in a digest of a source, of an unknown notice": {"", news.Dispatch{Batch: "5", Due: now.Add(26 * time.Hour)}, true},
	}
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.Update(func(tx *store.Tx) error {
		for name, test := range tests {
			test.dispatch.Notice = name
			if err := tx.Dispatches.Put(&test.dispatch); err != nil {
				return err
			}
			if test.alert == "" {
				continue
			}
			if err := tx.Notices.PutLocal(&news.Notice{ID: name, At: now, Alerts: []string{test.alert}}); err != nil {
				return err
			}
		}
		return healLocal(tx, conf, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = st.View(func(tx *store.Tx) error {
		for name, test := range tests {
			got, err := tx.Dispatches.Get(name)
			if err != nil {
				return err
			}
			want := test.dispatch
			want.Notice = name
			if !test.healed && *got != want {
				t.Errorf("%s: it was %+v, and is %+v", name, want, *got)
			}
			for _, at := range []time.Time{got.First, got.Last, got.Next, got.Asked, got.Due} {
				if test.healed && at.After(now) {
					t.Errorf("%s: it waits for %v: %+v", name, at, *got)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// putAhead stores rows of this node, some of a clock that was ten years ahead.
func putAhead(tx *store.Tx, now time.Time) error {
	ahead := now.AddDate(10, 0, 0)
	copied := func(id string) *news.StarredStory { return &news.StarredStory{ID: id} }
	return errors.Join(
		tx.Notices.PutLocal(&news.Notice{ID: "second", At: ahead.Add(time.Minute), Due: ahead.Add(9 * time.Hour)}),
		tx.Notices.PutLocal(&news.Notice{ID: "first", At: ahead}),
		tx.Notices.PutLocal(&news.Notice{ID: "quiet", At: now.Add(-time.Hour), Due: now.Add(9 * time.Hour)}),
		tx.Issues.Put(&news.Issue{Newsletter: "daily", At: ahead, Title: "of the time ahead"}),
		tx.Issues.Put(&news.Issue{Newsletter: "daily", At: now.Add(-time.Hour), Title: "of today"}),
		tx.Mails.Put(&news.Mail{Newsletter: "daily", Issue: ahead, Recipient: "ann", Made: ahead, Tries: 1, Next: ahead.Add(time.Hour)}),
		tx.Mails.Put(&news.Mail{Newsletter: "daily", Issue: ahead, Recipient: "bob", Made: ahead, Sent: ahead}),
		tx.Mails.Put(&news.Mail{Newsletter: "daily", Issue: now.Add(-time.Hour), Recipient: "bob", Made: now.Add(-time.Hour), Tries: 2, Next: now.Add(time.Hour)}),
		tx.Mails.Put(&news.Mail{Newsletter: "daily", Issue: now.Add(-time.Hour), Recipient: "ann", Made: now.Add(-time.Hour), Tries: 2, Next: ahead}),
		tx.Mails.Put(&news.Mail{Newsletter: "daily", Recipient: "eve", Made: ahead, Sent: ahead}),
		tx.Recipients.Put(&news.Recipient{ID: "ann", Newsletter: "daily", Asked: now.Add(-48 * time.Hour), Confirmed: now.Add(-47 * time.Hour)}),
		tx.Recipients.Put(&news.Recipient{ID: "bob", Newsletter: "daily", Asked: ahead, Confirmed: ahead}),
		tx.Recipients.Put(&news.Recipient{ID: "eve", Newsletter: "daily", Asked: ahead}),
		tx.Tokens.Put(&news.Token{Name: "anna"}),
		tx.ReadStates.Put(&news.ReadState{Token: "anna", At: ahead, Mutes: []news.Mute{{What: "ahead", Until: ahead}, {What: "today", Until: now.Add(24 * time.Hour)}}}),
		tx.Stars.Put(&news.Star{Token: "anna", Story: "b", At: ahead.Add(time.Hour)}, copied("b")),
		tx.Stars.Put(&news.Star{Token: "anna", Story: "a", At: ahead}, copied("a")),
		tx.Stars.Put(&news.Star{Story: "a", At: ahead}, copied("a")),
		tx.Stars.Put(&news.Star{Token: "anna", Story: "c", At: now.Add(-time.Hour)}, copied("c")),
	)
}

// ownTimes describes the times of the rows that putAhead stores.
func ownTimes(tx *store.Tx, now time.Time) (list []string, err error) {
	add := func(what string, times ...time.Time) {
		for _, at := range times {
			switch {
			case at.IsZero():
				what += " -"
			case at.Equal(now):
				what += " now"
			case at.Equal(now.Add(-time.Millisecond)):
				what += " before"
			default:
				what += " " + at.Sub(now).String()
			}
		}
		list = append(list, what)
	}
	notices, err := tx.Notices.Local()
	for _, n := range notices {
		add("notice "+n.ID, n.At, n.Due)
	}
	issues, err2 := tx.Issues.All()
	for _, i := range issues {
		add("issue "+i.Title, i.At)
	}
	mails, err3 := tx.Mails.All()
	for _, m := range mails {
		add(fmt.Sprint("mail ", m.Recipient, " ", m.Tries), m.Issue, m.Made, m.Next, m.Sent)
	}
	recipients, err4 := tx.Recipients.All("")
	for _, r := range recipients {
		add("recipient "+r.ID, r.Asked, r.Confirmed)
	}
	state, err5 := tx.ReadStates.Get("anna")
	add(fmt.Sprint("state ", len(state.Mutes)), state.At, state.Mutes[0].Until)
	stars, err6 := tx.Stars.Of("anna")
	for _, s := range stars {
		add("star "+s.Story, s.At)
	}
	local, err7 := tx.Stars.Get("", "a")
	add("star without a token", local.At)
	return list, errors.Join(err, err2, err3, err4, err5, err6, err7)
}

// heal puts back what else this node has stamped with a time ahead, in its order, and leaves
// the rest.
func TestHealLocal(t *testing.T) {
	now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, step := range []func(*store.Tx) error{
		func(tx *store.Tx) error { return putAhead(tx, now) },
		func(tx *store.Tx) error { return healLocal(tx, &config.Config{}, now) },
	} {
		if err := st.Update(step); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	if err := st.View(func(tx *store.Tx) (err error) { got, err = ownTimes(tx, now); return err }); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"notice first before -", "notice quiet -1h0m0s 9h0m0s", "notice second now -",
		"issue of today -1h0m0s", "issue of the time ahead now",
		"mail eve 0 - now - -", "mail ann 2 -1h0m0s -1h0m0s now -", "mail bob 2 -1h0m0s -1h0m0s 1h0m0s -",
		"mail ann 1 now now now -", "mail bob 0 now now - now",
		"recipient ann -48h0m0s -47h0m0s", "recipient bob now now", "recipient eve now -",
		"state 1 now 24h0m0s", "star a before", "star b now", "star c -1h0m0s", "star without a token now",
	}
	if !slices.Equal(got, want) {
		t.Errorf("after healing:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
