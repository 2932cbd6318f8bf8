package main

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestCheckSuggestsNewAddress expects check to suggest the address that visits found, without
// a daemon.
func TestCheckSuggestsNewAddress(t *testing.T) {
	td := newTestDaemon(t, 2)
	td.configure(t, "")
	if got := td.run(t, "check"); strings.Contains(got, "moved") {
		t.Errorf("check before any visit says %q", got)
	}
	td.run(t, "poll")
	st, err := store.Open(td.dir+"/slugline.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = st.Update(func(tx *store.Tx) error {
		state, err := tx.Visits.Get("s1")
		if err != nil {
			return err
		}
		state.Moved, state.Moves, state.MovedSince = "https://new.example/rss", news.MovesToConfirm, time.Now()
		return tx.Visits.Put(*state)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := td.run(t, "check"); !strings.Contains(got, "source s1 has moved: replace http://"+td.source+"/1.xml with https://new.example/rss") {
		t.Errorf("check says %q", got)
	}
}
