package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
)

// backupTimeFormat is the time in the name of a scheduled copy. Names sort by time.
const backupTimeFormat = "20060102T150405Z"

// failureRepeat is how often the log says that backups still fail.
const failureRepeat = time.Hour

// runBackups makes the scheduled copies that `backup:` asks for. It tries again a minute
// after a failure.
func (d *daemon) runBackups(ctx context.Context) error {
	var said time.Time // when the log said that backups fail; zero: they don't
	for {
		if b := d.cfg.Load().Backup; b != nil {
			switch err := d.backUpIfDue(ctx, b); {
			case err == nil:
				said = time.Time{}
			case time.Since(said) >= failureRepeat && ctx.Err() == nil:
				d.log.Error("backup failed, will retry each minute", "to", b.To, "err", err)
				said = time.Now()
			}
		}
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

// backUpIfDue makes a copy if the last one is older than Every, and removes the oldest
// copies beyond Keep.
func (d *daemon) backUpIfDue(ctx context.Context, b *config.Backup) error {
	if err := os.MkdirAll(b.To, 0o700); err != nil {
		return err
	}
	if _, err := tempfile.RemoveLeft(b.To); err != nil {
		return err
	}
	now := d.clock.Now().UTC()
	there, err := scheduledCopies(b.To, now)
	if err != nil {
		return err
	}
	if n := len(there); n > 0 && now.Sub(backupTime(there[n-1])) < b.Every {
		return nil
	}
	path := filepath.Join(b.To, "slugline-"+now.Format(backupTimeFormat)+".db")
	if err := saveCopy(ctx, d.store.Copy, path); err != nil {
		return err
	}
	d.log.Info("backup made", "file", path)
	for there = append(there, path); len(there) > max(b.Keep, 1); there = there[1:] {
		if err := os.Remove(there[0]); err != nil {
			return err
		}
	}
	return nil
}

// scheduledCopies returns the paths of the copies in a folder that are named for a time up
// to now, oldest first. Files with other names are not counted, nor removed.
func scheduledCopies(dir string, now time.Time) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "slugline-*.db"))
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(path string) bool {
		t := backupTime(path)
		return t.IsZero() || t.After(now)
	})
	slices.Sort(found)
	return found, nil
}

// backupTime returns the time in the name of a scheduled copy; zero for other names.
func backupTime(path string) time.Time {
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "slugline-"), ".db")
	t, _ := time.Parse(backupTimeFormat, name)
	return t
}

// removeLeft removes the temporary files that killed processes left beside the database and
// feeds.yaml, among the backups and in the system's folder.
func (d *daemon) removeLeft(cfg *config.Config) {
	dirs := []string{filepath.Dir(cfg.Database), filepath.Dir(cfg.Path), os.TempDir()}
	if cfg.Backup != nil {
		dirs = append(dirs, cfg.Backup.To)
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		removed, err := tempfile.RemoveLeft(dir)
		if err != nil {
			d.log.Warn("temporary files of an earlier run can't be removed", "err", err)
		}
		for _, path := range removed {
			d.log.Info("temporary file of an earlier run removed", "file", path)
		}
	}
}

// saveCopy writes a copy of a database to a temporary file beside path, checks it and
// renames it to path. An existing file is replaced only by a valid copy.
func saveCopy(ctx context.Context, dump func(context.Context, io.Writer) error, path string) error {
	f, err := tempfile.Create(filepath.Dir(path), "backup")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // fails if it was renamed
	err = dump(ctx, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if _, err := verifyInChild(ctx, f.Name()); err != nil {
		return fmt.Errorf("backup: check the copy: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// verifyInChild checks a database that nobody writes to. It does so in a child process,
// because a damaged file can crash the process that reads it. It returns how many rows have the
// form of an earlier release.
func verifyInChild(ctx context.Context, path string) (oldRows int64, err error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = []string{"slugline", "check-copy", path}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	}
	return 0, childError(out, err)
}

// childError returns the error of a child process that printed out and ended with err.
func childError(out []byte, err error) error {
	said, _, _ := strings.Cut(strings.TrimSpace(string(bytes.TrimPrefix(out, []byte("slugline: ")))), "\n")
	if said == "" {
		return err
	}
	if what, ok := strings.CutSuffix(said, store.ErrDamaged.Error()); ok || isCrash(said) {
		return fmt.Errorf("%s%w", what, store.ErrDamaged)
	}
	return errors.New(said)
}

// isCrash tells whether the first line that a process printed is that of a crash.
func isCrash(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "unexpected fault")
}
