package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
)

// A clock that is not believed gives no copy its time.
func TestBackupsByAWrongClock(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(filepath.Join(dir, "slugline.db"), store.Options{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	believed := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	c := &clock.Clock{} // this machine's, which is far ahead of that
	c.Open(believed, true)
	d := &daemon{store: st, clock: c, log: slog.New(slog.DiscardHandler)}
	b := &config.Backup{To: filepath.Join(dir, "backups"), Every: 24 * time.Hour, Keep: 1}
	if err := d.backUpIfDue(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	copies, err := scheduledCopies(b.To, believed.Add(time.Hour))
	if err != nil || len(copies) != 1 {
		t.Errorf("copies of the believed time: %q, %v, want one", copies, err)
	}
}

// TestBackupsCountOnlyThemselves makes a scheduled copy in a folder with files that are not
// scheduled copies: none of them counts as the last one, and only a killed run's is removed.
func TestBackupsCountOnlyThemselves(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(filepath.Join(dir, "slugline.db"), store.Options{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	b := &config.Backup{To: filepath.Join(dir, "backups"), Every: 24 * time.Hour, Keep: 2}
	if err := os.Mkdir(b.To, 0o700); err != nil {
		t.Fatal(err)
	}
	ahead := "slugline-" + time.Now().UTC().AddDate(10, 0, 0).Format(backupTimeFormat) + ".db"
	left := ".slugline-backup-" + strconv.Itoa(ended.ProcessState.Pid()) + "-1.tmp"
	for _, name := range []string{"slugline-20200101T000000Z.db", "slugline-20200102T000000Z.db", "slugline-before-upgrade.db", ahead, left} {
		if err := os.WriteFile(filepath.Join(b.To, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &daemon{store: st, log: slog.New(slog.DiscardHandler)}
	for range 2 { // the second time, none is due
		if err := d.backUpIfDue(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	copies, err := scheduledCopies(b.To, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(copies) != 2 || filepath.Base(copies[0]) != "slugline-20200102T000000Z.db" {
		t.Fatalf("copies: %q", copies)
	}
	want := []string{"slugline-20200102T000000Z.db", filepath.Base(copies[1]), ahead, "slugline-before-upgrade.db"}
	entries, err := os.ReadDir(b.To)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A folder that backups can't be written to is no line in the log for each minute.
func TestFailingBackupsAreLoggedHourly(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		d := &daemon{log: slog.New(slog.NewTextHandler(&log, nil))}
		d.cfg.Store(&config.Config{Backup: &config.Backup{To: filepath.Join(file, "backups"), Every: 24 * time.Hour, Keep: 1}})
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Hour)
		defer stop()
		if err := d.runBackups(ctx); err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "backup failed"); n < 1 || n > 4 {
			t.Errorf("%d lines about failing backups in three hours, want one each hour:\n%s", n, log.String())
		}
	})
}
