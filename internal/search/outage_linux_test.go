package search_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/search"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/storetest"
)

// While the store can't be written, no index is made, which would be in the same folder.
// One is made as soon as the store can be written again, and the log says so.
func TestNoIndexIsMadeInAnOutage(t *testing.T) {
	file := storetest.New(t)
	st, err := store.Open(filepath.Join(t.TempDir(), "news.db"), store.Options{Created: dawn, OpenFile: file.OpenFile})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	file.Fill()
	count := func(tx *store.Tx) error {
		return tx.FeedReaders.Put(&news.FeedReader{Feed: "all.rss", Agent: "Reader", Count: 1, At: dawn})
	}
	if err := st.Update(count); !errors.Is(err, store.ErrFull) {
		t.Fatalf("a commit to a full disk: %v", err)
	}
	var log bytes.Buffer // read after Run has ended
	x := &search.Index{Store: st, Dir: st.Path() + ".search", Every: time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	until(t, x, func(s search.Status) bool { return strings.Contains(s.Problem, "no space") })
	if _, err := os.Stat(x.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the index: %v, want none", err)
	}
	file.Mend()
	if err := st.Recover(); err != nil {
		t.Fatal(err)
	}
	waitUntilReady(t, x)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for text, times := range map[string]int{"again_in=0s": 0, "search is available again": 1} {
		if n := strings.Count(log.String(), text); n != times {
			t.Errorf("the log has %q %d times, want %d:\n%s", text, n, times, &log)
		}
	}
}

// until waits until the status of an index is met.
func until(t *testing.T, x *search.Index, met func(search.Status) bool) {
	t.Helper()
	deadline := time.After(awaits)
	for !met(x.Status()) {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			t.Fatalf("the index is at %+v", x.Status())
		}
	}
}
