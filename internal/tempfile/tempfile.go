// Package tempfile makes temporary files whose leftovers a later start recognizes.
//
// A process that is killed can't remove its temporary files. Their names hold the
// process's id, so that RemoveLeft knows which of them nobody uses any more. It never
// removes a file of a process that runs, nor one that has another form of name.
package tempfile

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// names is the form of a temporary file's or folder's name: what it is for, the id of its
// process, and a number.
var names = regexp.MustCompile(`^\.slugline-[a-z]+-([0-9]+)-[0-9]+\.tmp$`)

// earlierNames are forms that earlier versions used, without the id of a process.
var earlierNames = regexp.MustCompile(`^(\.slugline-copy-|\.backup-|slugline-verify-|slugline-export-|\.(slugline-)?[0-9A-Za-z_.-]+\.db-)[0-9]+$`)

// earlierAge is how old a file of an earlier form must be before it is removed.
const earlierAge = 24 * time.Hour

// Create makes a file in a folder, as os.CreateTemp does. purpose is a word of the letters
// a to z. The caller removes or renames the file.
func Create(dir, purpose string) (*os.File, error) {
	f, err := os.CreateTemp(dir, pattern(purpose))
	if err != nil {
		return nil, createError(dir, err)
	}
	made.Store(filepath.Base(f.Name()), true)
	return f, nil
}

// createError names the folder, which is what the user knows of the file.
func createError(dir string, err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("create a file in %s: %w", cmp.Or(dir, os.TempDir()), err)
}

// CreateFolder makes a folder. The caller removes it.
func CreateFolder(dir, purpose string) (string, error) {
	path, err := os.MkdirTemp(dir, pattern(purpose))
	if err != nil {
		return "", createError(dir, err)
	}
	made.Store(filepath.Base(path), true)
	return path, nil
}

func pattern(purpose string) string {
	return fmt.Sprintf(".slugline-%s-%d-*.tmp", purpose, os.Getpid())
}

// made holds the names of the files of this process. They tell them from those of an ended
// one that had the same id, as the first process of a container has. Times would not: the
// clock may have been wrong.
var made sync.Map

// RemoveLeft removes what ended processes left in a folder, and returns the paths. The
// folder "" is the system's for temporary files. A folder that is missing has nothing left.
func RemoveLeft(dir string) (removed []string, err error) {
	if dir == "" {
		dir = os.TempDir()
	}
	found, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, f := range found {
		path := filepath.Join(dir, f.Name())
		if !isLeft(f) {
			continue
		}
		if rerr := os.RemoveAll(path); rerr != nil {
			err = errors.Join(err, rerr)
			continue
		}
		removed = append(removed, path)
	}
	return removed, err
}

// isLeft tells whether a file is a temporary one that no running process made.
func isLeft(f os.DirEntry) bool {
	m, isEarlier := names.FindStringSubmatch(f.Name()), earlierNames.MatchString(f.Name()) && f.Type().IsRegular()
	if m == nil && !isEarlier {
		return false
	}
	if isEarlier {
		fi, err := f.Info()
		return err == nil && time.Since(fi.ModTime()) > earlierAge
	}
	pid, err := strconv.Atoi(m[1])
	if err != nil {
		return false
	}
	if pid == os.Getpid() {
		_, own := made.Load(f.Name())
		return !own
	}
	return !isRunning(pid)
}
