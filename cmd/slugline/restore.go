package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
)

type restoreCommand struct {
	File    string   `arg:"" help:"The backup to restore."`
	From    []string `placeholder:"PATH" help:"What was published since the backup, so that it keeps its ids: a folder that slugline export wrote, a topic feed or archive page as a file, or the address of one. May be given several times. Exports beside feeds.yaml are found without it."`
	NoVisit bool     `help:"Do not visit the sources now; the daemon does so when it starts."`
}

// Run puts a backup in place of the database, which it keeps under another name. It can be
// interrupted and repeated: until the backup is in place, nothing has changed.
func (r *restoreCommand) Run(s *shell) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	if sameFile(r.File, c.Database) {
		return usageError{fmt.Errorf("restore: %s is the database itself", r.File)}
	}
	now := &clock.Clock{Wall: s.wall}
	now.Open(time.Time{}, false)
	err = askSources(s.ctx, c, nil, now)
	if err = errors.Join(err, now.Err()); err != nil { // what is adopted would be of a wrong time
		return fmt.Errorf("restore: nothing has changed: %w", err)
	}
	done, err := r.replace(s, c, now.Machine)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	done.printReplaced(s)
	if !now.Believed() && !s.json {
		s.printf("No source could be asked whether it is %s. If it is not, set the clock and run `slugline heal`.\n", now.Machine().UTC().Format("2006-01-02 15:04 UTC"))
	}
	if r.NoVisit {
		return done.finish(s, c, false)
	}
	quiet := *s
	if s.json { // the result alone is printed
		quiet.json, quiet.out = false, &output{Writer: io.Discard}
	}
	t := &progress{s: &quiet, live: isTerminal(s.err) && !s.json, counts: map[string]int{}}
	if err := (&pollCommand{All: true}).pass(s, c, t); err != nil {
		return fmt.Errorf("restore: the backup is in place, but the sources could not be visited; the daemon will visit them: %w", err)
	}
	t.printSummary()
	return done.finish(s, c, true)
}

// restored says what a restore did.
type restored struct {
	Database string        `json:"database"`
	Backup   string        `json:"backup"`
	AsOf     time.Time     `json:"as_of"`             // when the backup's last record was filed
	Aside    string        `json:"aside,omitempty"`   // where the database is that was there before; empty if there was none
	Orders   []string      `json:"orders,omitempty"`  // orders since the backup that can be named
	Hidden   []hiddenAgain `json:"hidden,omitempty"`  // what the backup shows and readers no longer had
	Sources  []string      `json:"from,omitempty"`    // what told of the items that were published since
	Partial  string        `json:"partial,omitempty"` // why the database that was there told of none, or not all

	now      func() time.Time
	seq      uint64          // of the backup's last record
	adopted  map[string]bool // ids of the items that readers know from before
	complete bool            // the database that was there could be read to its end
}

// hiddenAgain is a story that a restore hid.
type hiddenAgain struct {
	Story    string `json:"story"`
	Headline string `json:"headline"`
	Decision string `json:"decision"` // of the order
	Why      string `json:"why"`
}

// replace makes the new database beside the present one and puts it in place.
func (r *restoreCommand) replace(s *shell, c *config.Config, now func() time.Time) (*restored, error) {
	held, err := store.Hold(c.Database)
	if errors.Is(err, store.ErrInUse) {
		return nil, fmt.Errorf("%s is in use: stop the daemon first", c.Database)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = held.Release() }()
	if _, err := tempfile.RemoveLeft(filepath.Dir(held.Path())); err != nil {
		return nil, err
	}
	next, err := copyOf(s.ctx, r.File, filepath.Dir(held.Path()))
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(next) }() // fails if it is in place
	done := &restored{now: now, Database: c.Database, Backup: r.File, adopted: map[string]bool{}}
	if err := r.adopt(s, c, held, next, done); err != nil {
		return nil, err
	}
	if err := syncFile(next); err != nil {
		return nil, err
	}
	if held.Exists() {
		done.Aside = asideName(held.Path(), now())
	}
	return done, held.Replace(next, done.Aside)
}

// copyOf copies a backup into a folder, checks the copy and returns its path.
func copyOf(ctx context.Context, path, dir string) (string, error) {
	switch fi, err := os.Stat(path); {
	case err != nil:
		return "", err
	case fi.IsDir():
		return "", fmt.Errorf("%s is a directory; name a file in it", path)
	case !fi.Mode().IsRegular(): // opening a pipe would wait for who writes it
		return "", fmt.Errorf("%s is no regular file: it is no backup", path)
	case fi.Size() == 0:
		return "", fmt.Errorf("%s is empty: it is no backup", path)
	}
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	f, err := tempfile.Create(dir, "restore")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, in)
	if err = errors.Join(err, f.Close()); err == nil {
		if _, err = verifyInChild(ctx, f.Name()); err != nil {
			err = &badBackup{&renamedError{err, f.Name(), path}}
		}
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// badBackup is an error of a backup that can't be restored. Where it is of damage, it does not
// tell to restore this one.
type badBackup struct{ error }

func (e *badBackup) Error() string {
	return strings.ReplaceAll(e.error.Error(), store.ErrDamaged.Error(), "this backup is damaged, and nothing has changed; restore an earlier one")
}

func (e *badBackup) Unwrap() error { return e.error }

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// asideName returns the name under which a database is kept when a backup replaces it. If an
// interrupted restore gave it one, that one.
func asideName(path string, now time.Time) string { return asideNamed(path, ".before-restore-", now) }

// asideNamed is asideName for names with another middle part.
func asideNamed(path, middle string, now time.Time) string {
	earlier, _ := filepath.Glob(globQuoted(path) + middle + "*")
	for _, name := range earlier {
		if sameFile(name, path) {
			return name
		}
	}
	name := path + middle + now.UTC().Format(backupTimeFormat)
	for n := 2; ; n++ {
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		name = fmt.Sprintf("%s%s%s-%d", path, middle, now.UTC().Format(backupTimeFormat), n)
	}
}
