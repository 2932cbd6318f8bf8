package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/tempfile"
)

type backupCommand struct {
	File string `arg:"" help:"The file for the copy; replaces an older copy once the new one is checked."`
}

func (b *backupCommand) Run(s *shell) error {
	if b.File == "-" {
		return usageError{errors.New("backup: standard output can't be checked: name a file")}
	}
	c, err := s.findConfig()
	if err != nil {
		return err
	}
	if sameFile(b.File, c.Database) {
		return usageError{fmt.Errorf("backup: %s is the database itself", b.File)}
	}
	if err := checkReplaceable(s.ctx, b.File); err != nil {
		return usageError{fmt.Errorf("backup: %s %w: remove it, or choose another name", b.File, err)}
	}
	if err := saveCopy(s.ctx, func(ctx context.Context, w io.Writer) error { return s.copyTo(ctx, c, w) }, b.File); err != nil {
		return err
	}
	s.printf("%s written and checked: %s.\n", b.File, fileSize(b.File))
	return nil
}

// checkReplaceable returns an error unless a copy may be written to path: there is no file yet,
// or an older copy.
func checkReplaceable(ctx context.Context, path string) error {
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("can't be read (%w)", err)
	case fi.IsDir():
		return errors.New("is a directory")
	case !fi.Mode().IsRegular() || fi.Size() == 0: // an empty file would be opened as a new database
		return errNotBackup
	}
	if _, err := verifyFile(ctx, path, nil); err != nil {
		return errNotBackup
	}
	return nil
}

var errNotBackup = errors.New("exists and is not an undamaged copy of a database")

// verifyFile copies the database at path, so that nobody writes to it meanwhile, checks the
// copy, and returns what it found. It calls use, unless nil, with the path of the copy.
func verifyFile(ctx context.Context, path string, use func(path string) error) (verified, error) {
	return verifyDump(ctx, use, func(w io.Writer) error {
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		if fi, err := in.Stat(); err == nil && fi.IsDir() {
			return fmt.Errorf("%s is a directory; name a file in it", path)
		}
		_, err = io.Copy(w, in)
		return err
	})
}

// verified is what is known about an undamaged database.
type verified struct {
	size    string
	oldRows int64 // rows that have the form of an earlier release
}

// verifyDump checks the database that dump writes. It calls use, unless nil, with its path if it
// is undamaged.
func verifyDump(ctx context.Context, use func(path string) error, dump func(io.Writer) error) (v verified, err error) {
	f, err := tempfile.Create("", "verify")
	if err != nil {
		return v, err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(dump(f), f.Close()); err != nil {
		return v, err
	}
	if v.oldRows, err = verifyInChild(ctx, f.Name()); err != nil {
		return v, &renamedError{err, f.Name(), "the copy"}
	}
	if use != nil {
		if err := use(f.Name()); err != nil {
			return v, err
		}
	}
	v.size = fileSize(f.Name())
	return v, nil
}

// renamedError is an error about a temporary copy that prints another name for it.
type renamedError struct {
	error
	path, name string
}

func (e *renamedError) Error() string { return strings.ReplaceAll(e.error.Error(), e.path, e.name) }

func (e *renamedError) Unwrap() error { return e.error }

// copyTo copies the database, through the daemon if one has it open.
func (s *shell) copyTo(ctx context.Context, c *config.Config, w io.Writer) error {
	st, err := openStore(c)
	if err == nil {
		return errors.Join(st.Copy(ctx, w), st.Close())
	}
	if !errors.Is(err, store.ErrInUse) {
		return err
	}
	d, err := connect(ctx, c)
	if err != nil {
		return err
	}
	resp, err := d.open(http.MethodGet, "/api/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(w, resp.Body)
	return err
}

type checkCopyCommand struct {
	File string `arg:""`
}

// Run prints what verifyInChild reads.
func (c *checkCopyCommand) Run(s *shell) error {
	oldRows, err := store.Examine(c.File)
	if err != nil {
		return err
	}
	s.printf("%d\n", oldRows)
	return nil
}

type verifyCommand struct {
	Dump string `placeholder:"BUCKET" help:"Print the rows of a bucket as JSON, one a line, if the database is undamaged. Secrets are left out."`
	File string `arg:"" optional:"" help:"A backup to check instead of the database."`
}

// Run checks a copy, so that nobody writes to it meanwhile.
func (v *verifyCommand) Run(s *shell) error {
	var use func(path string) error
	if v.Dump != "" {
		if err := store.CheckBucket(v.Dump); err != nil {
			return usageError{fmt.Errorf("verify: %w", err)}
		}
		use = func(path string) error { return dumpBucket(path, v.Dump, s.out) }
	}
	found, err := v.check(s, use)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if v.Dump != "" {
		return nil
	}
	s.printf("No damage found: checked all pages and checksums of %s.\n", found.size)
	if found.oldRows > 0 {
		s.printf("%d rows have the form of an earlier release. They are read as they are; a running daemon rewrites them little by little, and `slugline compact` all at once.\n", found.oldRows)
	}
	return nil
}

// dumpBucket writes the rows of a bucket of the database at path to w.
func dumpBucket(path, bucket string, w io.Writer) error {
	st, err := store.Open(path, store.Options{Temporary: true})
	if err != nil {
		return err
	}
	return errors.Join(st.Dump(bucket, w), st.Close())
}

func (v *verifyCommand) check(s *shell, use func(path string) error) (found verified, err error) {
	if v.File != "" {
		return verifyFile(s.ctx, v.File, use)
	}
	c, err := s.findConfig()
	if err != nil {
		return found, err
	}
	return verifyDump(s.ctx, use, func(w io.Writer) error { return s.copyTo(s.ctx, c, w) })
}

type compactCommand struct{}

func (compactCommand) Run(s *shell) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Database); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	before, after, err := store.Compact(c.Database)
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("compact: %s is in use: stop the daemon first", c.Database)
	}
	if err != nil {
		return err
	}
	s.printf("%s: %s before, %s now.\n", c.Database, formatBytes(before), formatBytes(after))
	return nil
}

func fileSize(path string) string {
	fi, err := os.Stat(path)
	if err != nil {
		return "a file"
	}
	return formatBytes(fi.Size())
}

func formatBytes(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", (n+1023)>>10)
}
