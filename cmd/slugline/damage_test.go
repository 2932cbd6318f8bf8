package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// TestDamageNamesTheBackup damages a database and expects the newest good scheduled copy in
// the error of a command and in the log.
func TestDamageNamesTheBackup(t *testing.T) {
	for _, tt := range []struct {
		name, settings, want string
	}{
		{"with backups", "backup: {to: copies}\n", "restore %s/copies/slugline-20260102T000000Z.db`"},
		{"without backups", "", "restore the last backup with `slugline --config %s/feeds.yaml restore FILE`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := damagedDatabase(t)
			path := filepath.Join(dir, "feeds.yaml")
			if err := os.WriteFile(path, []byte(tt.settings+"sources: [https://news.invalid/feed]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(tt.want, dir)
			err := run(t.Context(), []string{"--config", path, "stories"}, nil, io.Discard, io.Discard)
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("the error is\n%v\nwant it to contain\n%s", err, want)
			}
			var log bytes.Buffer
			to := slog.New(newDamageHandler(slog.NewTextHandler(&log, nil), &wayOut{path: path}))
			to.With("a", 1).Error("sweep failed", "err", err)
			to.Error("the same again", "err", err)
			if !strings.Contains(log.String(), "restore") || strings.Count(log.String(), "repair=") != 1 {
				t.Errorf("the log says\n%s", &log)
			}
		})
	}
}

// damagedDatabase returns a folder with a damaged slugline.db and three scheduled copies, of
// which the newest is damaged too.
func damagedDatabase(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "slugline.db")
	st, err := store.Open(path, store.Options{Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	for i := 2 * 8192; i < len(bad); i++ { // all but the two meta pages
		bad[i] ^= 1
	}
	if err := os.Mkdir(filepath.Join(dir, "copies"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"slugline.db": bad, "copies/slugline-20260101T000000Z.db": good, "copies/slugline-20260102T000000Z.db": good, "copies/slugline-20260103T000000Z.db": bad,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
