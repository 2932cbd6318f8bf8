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

// LoadTokenFile reads the desk's token from the file at path, which only its owner may
// read, and makes both when there is none.
func LoadTokenFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writeToken(path)
	}
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return "", fmt.Errorf("close token to others: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if len(token) < 20 {
		return "", fmt.Errorf("read token: %s holds no token; remove it and a new one is made", path)
	}
	return token, nil
}

func writeToken(path string) (string, error) {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	token := news.Crockford(b[:])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return token, nil
}
