package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/store"
)

type backupCommand struct {
	File string `arg:"" help:"Where the copy goes; an older one of this name is replaced once the new one is sound."`
}

func (b *backupCommand) Run(s *shell) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	if sameFile(b.File, c.Database) {
		return usage{fmt.Errorf("backup: %s is the database itself", b.File)}
	}
	if err := saveCopy(s.ctx, func(ctx context.Context, w io.Writer) error { return s.copyTo(ctx, c, w) }, b.File); err != nil {
		return err
	}
	s.printf("%s written and checked: %s.\n", b.File, sizeOf(b.File))
	return nil
}

// copyTo copies the database, or has the daemon that holds it do so.
func (s *shell) copyTo(ctx context.Context, c *config.Config, w io.Writer) error {
	st, err := openStore(c)
	if err == nil {
		return errors.Join(st.Copy(ctx, w), st.Close())
	}
	if !errors.Is(err, store.ErrHeld) {
		return err
	}
	d, err := reach(ctx, c)
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

func (c *checkCopyCommand) Run(*shell) error { return store.Verify(c.File) }

type verifyCommand struct {
	File string `arg:"" optional:"" help:"A backup to read instead of the database."`
}

// Run copies what it reads, so that nobody writes to it meanwhile.
func (v *verifyCommand) Run(s *shell) error {
	f, err := os.CreateTemp("", "slugline-verify-*")
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(v.copyTo(s, f), f.Close()); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if err := verifyInChild(s.ctx, f.Name()); err != nil {
		return fmt.Errorf("verify: %s; restore the last backup", strings.ReplaceAll(err.Error(), f.Name(), "the copy"))
	}
	s.printf("It is sound: %s read, every page and checksum.\n", sizeOf(f.Name()))
	return nil
}

func (v *verifyCommand) copyTo(s *shell, w io.Writer) error {
	if v.File == "" {
		c, err := s.config()
		if err != nil {
			return err
		}
		return s.copyTo(s.ctx, c, w)
	}
	in, err := os.Open(v.File)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(w, in)
	return err
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
	if errors.Is(err, store.ErrHeld) {
		return fmt.Errorf("compact: %s is in use: stop the daemon first", c.Database)
	}
	if err != nil {
		return err
	}
	s.printf("%s: %s before, %s now.\n", c.Database, bytesOf(before), bytesOf(after))
	return nil
}

func sizeOf(path string) string {
	fi, err := os.Stat(path)
	if err != nil {
		return "a file"
	}
	return bytesOf(fi.Size())
}

func bytesOf(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", (n+1023)>>10)
}
