package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/tempfile"
)

// Copy writes the file, as it is at this moment, to w. It does not hold up the writer. When
// w is not a file, Copy first makes a temporary copy beside the store and sends that, so
// that no transaction stays open while w is slow.
func (s *Store) Copy(ctx context.Context, w io.Writer) error {
	if f, ok := w.(*os.File); ok {
		return s.copyTo(ctx, f)
	}
	f, err := tempfile.Create(filepath.Dir(s.path), "copy")
	if err != nil {
		return fmt.Errorf("copy %s: %w", s.path, WrapFull(err))
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, err)
	}
	if err := s.copyTo(ctx, f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, err)
	}
	if _, err := io.Copy(ctxWriter{ctx, w}, f); err != nil {
		return fmt.Errorf("send copy of %s: %w", s.path, err)
	}
	return nil
}

func (s *Store) copyTo(ctx context.Context, w io.Writer) error {
	if err := s.present(); err != nil {
		return fmt.Errorf("copy: %w", err) // bbolt reads the file at the path
	}
	err := s.db.View(func(b *bolt.Tx) error {
		_, err := b.WriteTo(ctxWriter{ctx, w})
		return err
	})
	if err = errors.Join(ctx.Err(), err); err != nil {
		return fmt.Errorf("copy %s: %w", s.path, WrapFull(err))
	}
	return nil
}

// ctxWriter is a writer that fails when its context ends.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c ctxWriter) Write(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(b)
}
