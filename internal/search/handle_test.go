package search

import (
	"encoding/binary"
	"errors"
	"testing"

	index "github.com/blevesearch/bleve_index_api"
)

// A panic in a library means a damaged file; a panic of our own is not recovered.
func TestGuard(t *testing.T) {
	err := guard(func() error {
		_ = index.IndexInternalID{}.Value()
		return nil
	})
	if !errors.Is(err, errDamaged) {
		t.Errorf("a panic in a library: got %v, want errDamaged", err)
	}
	for name, fn := range map[string]func() error{
		"our code":             func() error { panic("a bug") },
		"the standard library": func() error { _ = binary.BigEndian.Uint64(make([]byte, 3)); return nil },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a panic of %s was recovered, want it to go on", name)
				}
			}()
			_ = guard(fn)
		}()
	}
}
