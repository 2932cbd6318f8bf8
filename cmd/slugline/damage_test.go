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
			dir := damagedDatabase(t, 2*8192, 1<<30) // all but the two meta pages
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

// TestLostBeginningNamesTheBackup overwrites the beginning of a database, after which it can't
// be told from a file of another program.
func TestLostBeginningNamesTheBackup(t *testing.T) {
	dir := damagedDatabase(t, 0, 2*8192)
	path := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(path, []byte("backup: {to: copies}\nsources: [https://news.invalid/feed]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), []string{"--config", path, "stories"}, nil, io.Discard, io.Discard)
	want := fmt.Sprintf("give another path or, if it was one, restore the last backup: `slugline --config %s restore %s`", path, filepath.Join(dir, "copies", "slugline-20260102T000000Z.db"))
	if !strings.HasSuffix(fmt.Sprint(err), want) {
		t.Errorf("the error is\n%v\nwant it to end with\n%s", err, want)
	}
}

// damagedDatabase returns a folder with three scheduled copies of a database, of which the
// newest is damaged like slugline.db: in its bytes from one place to another.
func damagedDatabase(t *testing.T, from, to int) string {
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
	for i := from; i < min(to, len(bad)); i++ {
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
