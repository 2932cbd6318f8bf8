package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestReviewGoesOn leaves a database as a daemon does that ends while earlier stories are reviewed
// by changed rules. The next one goes on, and commands that read rules do so before anything else.
func TestReviewGoesOn(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	td.publish()
	path := filepath.Join(td.dir, "slugline.db")
	td.run(t, "poll")
	leave := func() {
		st, err := store.Open(path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Update(func(tx *store.Tx) error {
			return tx.PutReviewed(&news.Reviewed{Since: tx.Seq(), Topics: []string{"all"}})
		}); err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	const under, done = `{"status":"ready","review":{"topics":["all"],"stories":0}}`, `{"status":"ready"}`
	if got := readyzOf(t, path); got != under {
		t.Errorf("/readyz says %s, want %s", got, under)
	}
	td.run(t, "poll")
	if got := readyzOf(t, path); got != done {
		t.Errorf("after poll, /readyz says %s, want %s", got, done)
	}
	leave()
	d := td.start(t)
	d.wait(t)
	td.until(t, "the stories are reviewed", func() bool { return strings.TrimSpace(td.deskBody(t, "/readyz")) == done })
	const says = "all stories are in their topics by the rules in force"
	td.until(t, "the log says so", func() bool { return strings.Contains(d.log(), says) })
	d.terminate(t)
}
