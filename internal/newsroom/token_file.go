package newsroom

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/slugline/slugline/internal/news"
)

// LoadTokenFile reads the desk's master token from the file at path. If there is no file it
// creates one with a new token. Only the owner of the file may read it.
func LoadTokenFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writeToken(path)
	}
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return "", fmt.Errorf("make token private: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if len(token) < 20 {
		return "", fmt.Errorf("read token: %s has no token in it; delete the file and a new one is created", path)
	}
	return token, nil
}

func writeToken(path string) (string, error) {
	var b [20]byte
	_, _ = rand.Read(b[:]) // it never returns an error
	token := news.Crockford(b[:])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("create token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("create token: %w", err)
	}
	return token, nil
}
