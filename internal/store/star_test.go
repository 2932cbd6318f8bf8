package store

import (
	"errors"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// The copy of a starred story is shared by those who starred it, and stays as long as one
// of them does.
func TestStars(t *testing.T) {
	const id = "0000000000001"
	s, err := Open(filepath.Join(t.TempDir(), "slugline.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	story := &news.StarredStory{ID: id, Headline: "Port reopens", First: frozenAt}
	update := func(fn func(tx *Tx) error) {
		t.Helper()
		if err := s.Update(fn); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want []string, starred ...string) {
		t.Helper()
		err := s.View(func(tx *Tx) error {
			c, err := tx.Stars.Copy(id)
			var got []string
			if c != nil {
				got = c.Tokens
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("tokens of the copy (-want +got):\n%s", diff)
			}
			for _, name := range []string{"", "an", "anna", "bert"} {
				all, oneErr := tx.Stars.Of(name)
				n, countErr := tx.Stars.Count(name)
				wantN := 0
				for _, s := range starred {
					if s == name {
						wantN = 1
					}
				}
				if err = errors.Join(err, oneErr, countErr); len(all) != wantN || n != wantN {
					t.Errorf("%q has %d stars, counted %d, want %d", name, len(all), n, wantN)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"", "anna"} {
		update(func(tx *Tx) error { return tx.Stars.Put(&news.Star{Token: name, Story: id, At: frozenAt}, story) })
	}
	check([]string{"", "anna"}, "", "anna")
	update(func(tx *Tx) error { return tx.Stars.Delete("", id) })
	check([]string{"anna"}, "anna")
	update(func(tx *Tx) error { return errors.Join(tx.Stars.Delete("bert", id), tx.Stars.Delete("anna", id)) })
	check(nil)
}

// A file of the last release has no buckets for stars; it gets them when it is opened.
func TestFileWithoutStarsIsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slugline.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := migrations
	migrations = all[:13:13] // the last schema that was released without stars
	err = db.Update(func(tx *bolt.Tx) error { return runMigrations(tx, 0, frozenAt) })
	migrations = all
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(tx *Tx) error {
		if _, err := tx.Stars.Of("anna"); err != nil {
			return err
		}
		return tx.Stars.Put(&news.Star{Token: "anna", Story: "0000000000001", At: frozenAt}, &news.StarredStory{ID: "0000000000001"})
	})
	if err := errors.Join(err, s.Close(), Verify(path)); err != nil {
		t.Fatal(err)
	}
}
