package config

import (
	"errors"
	"fmt"
	"os"
)

// Read reads the file at path. env gives environment values, as os.LookupEnv
// does. What is wrong in the file comes as *Errors; a missing file is
// fs.ErrNotExist.
func Read(path string, env func(string) (string, bool)) (*Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	return nil, errors.Join(fmt.Errorf("%s: %d bytes", path, len(b)))
}
