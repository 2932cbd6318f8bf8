package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/store"
)

// forget does what retention does to an entry that its source no longer lists: its story stays.
func (r *restoreTest) forget(headline string) {
	r.t.Helper()
	id := r.storyID(headline)
	st, err := store.Open(r.path("slugline.db"), store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	err = st.Update(func(tx *store.Tx) error {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		en, err := tx.Entries.Get(s.Lead)
		if err != nil {
			return err
		}
		return tx.Entries.Delete(en)
	})
	if err != nil {
		r.t.Error(err)
	}
	if err := st.Close(); err != nil {
		r.t.Error(err)
	}
}

// reports counts the entries of a story.
func (r *restoreTest) reports(id string) (n int) {
	r.t.Helper()
	st, err := store.Open(r.path("slugline.db"), store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	err = st.View(func(tx *store.Tx) error {
		s, err := tx.Stories.Get(id)
		if s != nil {
			n = len(s.Takes)
		}
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
	if err := st.Close(); err != nil {
		r.t.Error(err)
	}
	return n
}

// list changes which headlines the source lists, the newest first.
func (r *restoreTest) list(headlines ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.feed = headlines
}

// TestRestoreKnowsWhatWasForgotten restores a database that has forgotten an entry whose story an
// archive page shows. Its source lists it again.
func TestRestoreKnowsWhatWasForgotten(t *testing.T) {
	for _, tt := range []struct {
		name         string
		beforeBackup bool // it was published before the backup
		lost         bool // the present database can't be read
		later        bool // it is listed again some visits after the restore
	}{
		{"at once", true, true, false},
		{"later", true, true, true},
		{"with the present database", true, false, false},
		{"published after the backup", false, false, false},
		{"published after the backup and listed later", false, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRestoreTest(t, "{name: x, stories: 1}")
			r.born[oldest] = time.Now().AddDate(0, 0, -20)
			if tt.beforeBackup {
				r.list(oldest)
			}
			r.publish("Volcano grounds flights across the islands")
			if !tt.beforeBackup {
				r.run("backup", r.path("backup.db"))
				r.list(oldest)
			}
			r.publish(hidden)
			r.publish(kept)
			r.list(kept, hidden)
			r.run("poll", "--all")
			r.forget(oldest)
			if tt.beforeBackup {
				r.run("backup", r.path("backup.db"))
			}
			r.list(newest, kept, hidden)
			r.publish()
			dir := filepath.Join(t.TempDir(), "export")
			r.run("export", dir)
			before := r.headlines()
			id := r.storyID(oldest)
			if tt.lost {
				r.lose()
			}
			if !tt.later {
				r.list(newest, kept, hidden, oldest)
			}
			r.run("restore", r.path("backup.db"), "--from", dir)
			r.list(newest, kept, hidden, oldest)
			r.run("poll", "--all")
			if got := r.storyID(oldest); got != id {
				t.Errorf("its id is %q, was %q", got, id)
			}
			if n := r.reports(id); n != 1 {
				t.Errorf("its story has %d reports, want one", n)
			}
			if diff := cmp.Diff(before, r.headlines()); diff != "" {
				t.Errorf("stories (-before +after):\n%s", diff)
			}
			r.run("verify")
		})
	}
}

// headlines counts the stories by their lines in `slugline stories`, without their times.
func (r *restoreTest) headlines() map[string]int {
	r.t.Helper()
	all := map[string]int{}
	for line := range strings.Lines(r.run("stories")) {
		for _, h := range []string{oldest, hidden, kept, newest} {
			if strings.Contains(line, h) {
				all[h]++
			}
		}
	}
	return all
}
