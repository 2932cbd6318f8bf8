package main

import (
	"path/filepath"
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
