package newsroom_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/webtest"
)

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db.token")
	made, err := newsroom.LoadTokenFile(path, slog.New(slog.DiscardHandler))
	if err != nil || len(made) < 32 {
		t.Fatalf("token %q, %v", made, err)
	}
	n := &webtest.Newsroom{TB: t}
	n.Must(os.Chmod(path, 0o644))
	again, err := newsroom.LoadTokenFile(path, slog.New(slog.DiscardHandler))
	if err != nil || again != made {
		t.Errorf("again %q, %v, want %q", again, err, made)
	}
	checkPrivate(t, path)
}

func checkPrivate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode of the token file: %v, %v, want an ordinary file, 0600", info.Mode(), err)
	}
}

// A file without a valid token in it, such as a write that a full disk cut off left, gets a
// new one.
func TestTokenFileWithoutToken(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "space": " \t\n\n", "short": "0123456789\n", "two words": "0123456789abcdef 0123456789abcdef\n",
		"zeros": strings.Repeat("\x00", 33), "not ASCII": strings.Repeat("ß", 30), "two lines": "0123456789abcdef\n0123456789abcdef\nmore and more\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "news.db.token")
			n := &webtest.Newsroom{TB: t}
			n.Must(os.WriteFile(path, []byte(text), 0o644))
			made, err := newsroom.LoadTokenFile(path, slog.New(slog.DiscardHandler))
			if err != nil || len(made) < 32 || strings.Contains(made, "abcdef 0") {
				t.Fatalf("token %q, %v, want a new one", made, err)
			}
			b, err := os.ReadFile(path)
			n.Must(err)
			if string(b) != made+"\n" {
				t.Errorf("the file has %q, want %q", b, made+"\n")
			}
			checkPrivate(t, path)
		})
	}
}

// Programs that start at the same time agree on one token.
func TestTokenFileOfManyStarts(t *testing.T) {
	for _, before := range []string{"none", "", "malformed\n"} {
		path := filepath.Join(t.TempDir(), "news.db.token")
		if before != "none" {
			(&webtest.Newsroom{TB: t}).Must(os.WriteFile(path, []byte(before), 0o600))
		}
		var all [20]string
		var g sync.WaitGroup
		for i := range all {
			g.Go(func() {
				var err error
				if all[i], err = newsroom.LoadTokenFile(path, slog.New(slog.DiscardHandler)); err != nil {
					t.Error(err)
				}
			})
		}
		g.Wait()
		for _, token := range all {
			if token != all[0] || token == "" {
				t.Fatalf("file %q: tokens %q, want the same", before, all)
			}
		}
	}
}

// What is no file of ours is neither read nor written: the error says what to do.
func TestTokenFileThatIsNone(t *testing.T) {
	n := &webtest.Newsroom{TB: t}
	for name, lay := range map[string]func(path, other string) error{
		"link":          func(path, other string) error { return os.Symlink(other, path) },
		"dangling link": func(path, other string) error { return os.Symlink(other+"x", path) },
		"folder":        func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"large":         func(path, _ string) error { return os.WriteFile(path, make([]byte, 1<<20), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			path, other := filepath.Join(t.TempDir(), "news.db.token"), filepath.Join(t.TempDir(), "other")
			n.Must(os.WriteFile(other, nil, 0o644))
			n.Must(lay(path, other))
			_, err := newsroom.LoadTokenFile(path, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "a new one is made") {
				t.Errorf("error %v, want one that names the file and says what to do", err)
			}
			if fi, err := os.Stat(other); err != nil || fi.Size() > 0 || fi.Mode().Perm() != 0o644 {
				t.Errorf("the other file was changed: %v, %v", fi, err)
			}
			if _, err := os.Lstat(other + "x"); err == nil {
				t.Error("the link was followed")
			}
		})
	}
}
