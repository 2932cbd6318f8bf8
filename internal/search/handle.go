package search

import (
	"fmt"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/search/posting"
)

// handle is an open index.
type handle struct {
	*posting.Index
	saved time.Time // when the goroutine that writes last wrote to the disk

	once   sync.Once
	broken chan struct{} // closed when the index can't be used any more
	cause  error         // why; read it after broken is closed
}

// saveDelay is how long new documents stay in memory before they are written to the
// disk. After a kill, the missing ones are read from the store again.
const saveDelay = 10 * time.Second

// openHandle opens the index in a folder, or creates one there. The caller closes the handle.
func openHandle(dir string) (*handle, error) {
	ix, err := posting.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open search index %s: %w", dir, err)
	}
	return &handle{Index: ix, saved: time.Now(), broken: make(chan struct{})}, nil
}

// fail marks the index as broken.
func (h *handle) fail(err error) {
	h.once.Do(func() {
		h.cause = err
		close(h.broken)
	})
}

// save writes what is in memory to the disk, if that was not done for saveDelay.
func (h *handle) save() error {
	if time.Since(h.saved) < saveDelay {
		return nil
	}
	h.saved = time.Now()
	if err := h.Flush(); err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	return nil
}
