package site

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/storetest"
)

// Counts that can't be written are written later, and stop nothing.
func TestSubscribersSurviveAFullDisk(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		file := storetest.New(t)
		st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{OpenFile: file.OpenFile})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s := &Subscribers{Store: st, Log: slog.New(slog.NewTextHandler(&log, nil))}
		file.Fill()
		done := make(chan error, 1)
		ctx, stop := context.WithCancel(t.Context())
		go func() { done <- s.Run(ctx) }()
		s.Count("all", edition.RSS, "First/1.0 (2 subscribers)", time.Now())
		time.Sleep(writeEvery + time.Second)
		s.Count("all", edition.RSS, "First/1.0 (3 subscribers)", time.Now())
		s.Count("all", edition.RSS, "Second/1.0 (4 subscribers)", time.Now())
		time.Sleep(writeEvery)
		synctest.Wait()
		if text := log.String(); strings.Count(text, "subscriber counts not written") != 2 {
			t.Errorf("the log says:\n%s", text)
		}
		file.Mend()
		time.Sleep(writeEvery)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		counts := map[string]int{}
		if err := st.View(func(tx *store.Tx) error {
			all, err := tx.FeedReaders.All()
			for _, r := range all {
				counts[r.Agent] = r.Count
			}
			return err
		}); err != nil || counts["First"] != 3 || counts["Second"] != 4 {
			t.Errorf("stored are %v, %v", counts, err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}
