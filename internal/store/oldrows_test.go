package store

import (
	"errors"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// A file of an earlier schema opens at once: its rows are only counted.
func TestOldRowsAreNoted(t *testing.T) {
	for path, want := range map[string]string{
		loadFrozen(t, "testdata/schema1.txt"):  `{"bucket":"bodies","done":0,"rows":6}`,
		filepath.Join(t.TempDir(), "young.db"): "",
	} {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = s.db.View(func(b *bolt.Tx) error {
			got, err := (&rows{b: b}).getStored(meta, keyRewrite)
			if string(got) != want {
				t.Errorf("%s: old rows are noted as %q, want %q", filepath.Base(path), got, want)
			}
			return err
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Error(err)
		}
	}
}
