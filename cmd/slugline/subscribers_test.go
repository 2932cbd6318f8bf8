package main

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestSourcesSeeSubscriberCount has two feed readers report their subscribers, and checks what the
// User-Agent of a visit says.
func TestSourcesSeeSubscriberCount(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	td.run(t, "poll")
	st, err := store.Open(td.dir+"/slugline.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = st.Update(func(tx *store.Tx) error {
		for _, r := range []news.FeedReader{
			{Feed: "all.atom", Agent: "One", Count: 12, At: time.Now()}, {Feed: "all.rss", Agent: "Two", Count: 30, At: time.Now()}, {Feed: "other.rss", Agent: "Two", Count: 500, At: time.Now()},
		} {
			if err := tx.FeedReaders.Put(&r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	td.run(t, "poll", "--all")
	all := td.origin.Requests()
	for i, want := range []string{"; 0 subscribers)", "; 42 subscribers)"} {
		if got := all[i].Header.Get("User-Agent"); !strings.Contains(got, want) {
			t.Errorf("visit %d: User-Agent %q, want %q in it", i, got, want)
		}
	}
}
