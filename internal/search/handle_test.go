package search

import (
	"encoding/binary"
	"errors"
	"testing"

	index "github.com/blevesearch/bleve_index_api"
)

// What a damaged file does to a library is damage, a mistake of our own is none.
func TestGuard(t *testing.T) {
	err := guard(func() error {
		_ = index.IndexInternalID{}.Value()
		return nil
	})
	if !errors.Is(err, errDamaged) {
		t.Errorf("a panic in a library is %v, want damage", err)
	}
	for name, fn := range map[string]func() error{
		"ours":                 func() error { panic("a mistake") },
		"the standard library": func() error { _ = binary.BigEndian.Uint64(make([]byte, 3)); return nil },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a panic of %s is swallowed", name)
				}
			}()
			_ = guard(fn)
		}()
	}
}
