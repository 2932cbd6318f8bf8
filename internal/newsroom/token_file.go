package newsroom

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const (
	minToken     = 20      // characters
	maxTokenFile = 4 << 10 // bytes; a longer file is something else
)

// LoadTokenFile reads the desk's master token from the file at path. If there is no file,
// or none with a valid token in it, it writes a new token there, and says so in the log.
// Only the owner of the file may read it.
//
// Of several programs that start at the same time, all get the same token.
func LoadTokenFile(path string, log *slog.Logger) (string, error) {
	token, err := readTokenFile(path)
	if err != nil || token != "" {
		return token, err
	}
	return writeTokenFile(path, log)
}

// readTokenFile returns the token in a file, empty if there is none.
func readTokenFile(path string) (string, error) {
	f, err := openTokenFile(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return tokenIn(f)
}

// openTokenFile opens a token file. It refuses everything but a regular file, and does not
// follow a symbolic link: whoever made the link would choose the file that we write.
func openTokenFile(path string, flag int) (*os.File, error) {
	if fi, err := os.Lstat(path); err == nil && !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("token file %s: it must be an ordinary file, not a link or a folder; delete it, and a new one is made", path)
	}
	f, err := os.OpenFile(path, flag|openPlain, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("token file %s: this user may not open it; change its owner, or delete it and a new one is made: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	return f, nil
}

// tokenIn returns the token in a file, empty if there is no valid one, and makes the file
// private.
func tokenIn(f *os.File) (string, error) {
	fi, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTokenFile+1))
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	if len(b) > maxTokenFile {
		return "", fmt.Errorf("token file %s: it holds more than a token; move it away, and a new one is made", f.Name())
	}
	token := parseToken(string(b))
	if token != "" && fi.Mode().Perm() != 0o600 {
		if err := f.Chmod(0o600); err != nil {
			return "", fmt.Errorf("token file: make it private: %w", err)
		}
	}
	return token, nil
}

// parseToken returns the token in the text of a file, empty if that is not one word of
// printable ASCII, which is all that a header can carry.
func parseToken(text string) string {
	token := strings.TrimSpace(text)
	wrong := strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
	if wrong || len(token) < minToken {
		return ""
	}
	return token
}

// writeTokenFile writes a new token into a file, unless another program was faster. The
// file is locked meanwhile.
func writeTokenFile(path string, log *slog.Logger) (token string, err error) {
	f, err := openTokenFile(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return "", store.WrapFull(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := lockFile(f); err != nil {
		return "", fmt.Errorf("token file %s: lock it: %w", path, err)
	}
	fi, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("token file: %w", err)
	}
	if token, err := tokenIn(f); err != nil || token != "" {
		return token, err
	}
	if fi.Size() > 0 {
		log.Warn("the token file had no valid token; a new one was made", "file", path)
	}
	return newTokenIn(f)
}

// newTokenIn replaces what is in a file by a new token.
func newTokenIn(f *os.File) (string, error) {
	var b [20]byte
	_, _ = rand.Read(b[:]) // it never returns an error
	token := news.Crockford(b[:])
	err := f.Chmod(0o600) // first: others may be able to read what is there
	if err == nil {
		_, err = f.WriteAt([]byte(token+"\n"), 0)
	}
	if err == nil {
		err = errors.Join(f.Truncate(int64(len(token)+1)), f.Sync())
	}
	if err != nil {
		return "", fmt.Errorf("token file %s: write a new token: %w", f.Name(), store.WrapFull(err))
	}
	return token, nil
}
