package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/store"
)

// storyID returns the id of the story with a headline; empty if readers don't see it.
func (r *restoreTest) storyID(headline string) string {
	r.t.Helper()
	for line := range strings.Lines(r.run("stories")) {
		if strings.Contains(line, "  "+headline) {
			id, _, _ := strings.Cut(line, " ")
			return id
		}
	}
	return ""
}

// lose makes the present database unreadable.
func (r *restoreTest) lose() { r.write("slugline.db", bytes.Repeat([]byte("lost"), 1<<15)) }

// dropNotes does what a day does: notes of hidden stories leave the feed.
func (r *restoreTest) dropNotes() {
	r.t.Helper()
	st, err := store.Open(r.path("slugline.db"), store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	err = st.Update(func(tx *store.Tx) error {
		all, err := tx.Topics.All()
		for _, t := range all {
			t.Tombstones = nil
			err = errors.Join(err, tx.Topics.Put(t))
		}
		return err
	})
	if err = errors.Join(err, st.Close()); err != nil {
		r.t.Fatal(err)
	}
}

const (
	oldest = "Parliament adopts budget after long night"
	hidden = "Storm closes ports along northern coast"
	kept   = "Museum returns stolen manuscripts to Timbuktu"
	newest = "Rail link to the airport opens at last"
)

// TestRestoreKeepsHidden restores a backup of the time before an editor hid a story. What
// only left the pages stays.
func TestRestoreKeepsHidden(t *testing.T) {
	const topic = "{name: x}"
	for _, tt := range []struct {
		name, topic string
		do          func(*restoreTest) // after the backup and the order to hide
		shown       bool
	}{
		{name: "the present database", topic: topic, do: func(*restoreTest) {}},
		{name: "an export with a note", topic: topic, do: func(r *restoreTest) {
			r.run("export", r.path("public"))
			r.lose()
		}},
		{name: "an export without a note", topic: topic, do: func(r *restoreTest) {
			r.dropNotes()
			r.run("export", r.path("public"))
			r.lose()
		}},
		{name: "an export with archive pages", topic: "{name: x, stories: 1}", do: func(r *restoreTest) {
			r.dropNotes()
			r.run("export", r.path("public"))
			r.lose()
		}},
		{name: "an export without its archive pages", topic: "{name: x, stories: 1}", do: func(r *restoreTest) {
			r.dropNotes()
			r.run("export", r.path("public"))
			if err := os.RemoveAll(r.path("public/topics/x/archive")); err != nil {
				r.t.Fatal(err)
			}
			r.lose()
		}, shown: true},
		{name: "an export of the time before the backup", topic: topic, do: func(r *restoreTest) { r.lose() }, shown: true},
		{name: "another rule", topic: topic, do: func(r *restoreTest) {
			r.dropNotes()
			r.run("export", r.path("public"))
			r.write("feeds.yaml", bytes.Replace(r.read("feeds.yaml"), []byte("{name: x}"), []byte("{name: x, not: [nothing]}"), 1))
			r.write("feeds.yaml", bytes.Replace(r.read("feeds.yaml"), []byte("name: a}"), []byte("name: a}, {feed: 'https://n.example/', name: n, tags: [nothing], paused: true}"), 1))
			r.lose()
		}, shown: true},
		{name: "nothing", topic: topic, do: func(r *restoreTest) { r.lose() }, shown: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRestoreTest(t, tt.topic)
			r.publish(oldest)
			r.publish(hidden)
			if strings.Contains(tt.name, "before the backup") {
				id := r.storyID(hidden)
				r.run("hide", id)
				r.dropNotes()
				r.run("export", r.path("public"))
				r.run("unhide", id)
			}
			r.publish(kept)
			r.run("backup", r.path("backup.db"))
			id := r.storyID(hidden)
			if !strings.Contains(tt.name, "before the backup") {
				r.run("hide", id)
			}
			r.publish(newest)
			tt.do(r)
			out := r.run("restore", r.path("backup.db"))
			headlines := r.run("stories")
			if got := r.storyID(hidden) != ""; got != tt.shown {
				t.Errorf("shown: %v, want %v\n%s\n%s", got, tt.shown, out, headlines)
			}
			if got := strings.Contains(out, "1 story that readers no longer had stays hidden"); got == tt.shown {
				t.Errorf("restore printed\n%s", out)
			}
			for _, h := range []string{oldest, kept, newest} {
				if r.storyID(h) == "" {
					t.Errorf("%q is missing:\n%s", h, headlines)
				}
			}
			if !tt.shown {
				r.run("unhide", id)
				if r.storyID(hidden) != id {
					t.Error("it can't be shown again")
				}
			}
			r.run("verify")
		})
	}
}

// TestRestoreKeepsNewStoriesHidden restores a backup of the time before a story that was
// hidden, or withdrawn by its outlet.
func TestRestoreKeepsNewStoriesHidden(t *testing.T) {
	for _, withdrawn := range []bool{false, true} {
		t.Run(fmt.Sprint("withdrawn ", withdrawn), func(t *testing.T) {
			r := newRestoreTest(t, "{name: x}")
			r.publish(oldest)
			r.run("backup", r.path("backup.db"))
			r.publish(hidden, newest)
			if withdrawn {
				r.publish("KILL: " + hidden)
			} else {
				r.run("hide", r.storyID(hidden))
			}
			out := r.run("restore", r.path("backup.db"))
			if r.storyID(hidden) != "" || r.storyID(newest) == "" {
				t.Errorf("%s\n%s", out, r.run("stories"))
			}
		})
	}
}
