package search

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// errDamaged means that the index can't be trusted and must be rebuilt.
var errDamaged = errors.New("search index damaged")

// handle is an open bleve index.
type handle struct {
	index.Index
	queue *index.AnalysisQueue

	once       sync.Once
	broken     chan struct{} // closed when the index can't be used any more
	cause      error         // why; read it after broken is closed
	deadlocked bool          // a goroutine of bleve panicked; calls that wait for it never return
}

// persistDelay is how long new documents stay in memory before they are written to the
// disk. After a kill, the missing ones are read from the store again.
const persistDelay = 10 * time.Second

// registryMu guards bleve's global table of callbacks, which every open reads.
var registryMu sync.Mutex

// openHandle opens the index in a folder, or creates one there. With lazy, bleve waits
// persistDelay between two writes to the disk. The caller closes the handle.
func openHandle(dir string, lazy bool) (h *handle, err error) {
	h = &handle{queue: index.NewAnalysisQueue(1), broken: make(chan struct{})}
	config := map[string]any{
		"path": dir, "unsafe_batch": true, "bolt_timeout": "2s", "asyncErrorCallbackName": "slugline",
		"scorchPersisterOptions": map[string]any{},
	}
	if lazy {
		config["scorchPersisterOptions"] = map[string]any{"PersisterNapTimeMSec": persistDelay.Milliseconds()}
	}
	err = guard(func() (err error) {
		registryMu.Lock()
		scorch.RegistryAsyncErrorCallbacks["slugline"] = h.fail
		h.Index, err = scorch.NewScorch(scorch.Name, config, h.queue)
		registryMu.Unlock()
		if err != nil {
			return err
		}
		return h.Index.Open()
	})
	if err != nil {
		h.queue.Close()
		return nil, fmt.Errorf("open search index %s: %w", dir, err)
	}
	return h, nil
}

// fail marks the index as broken. Bleve's goroutines call it with their errors.
func (h *handle) fail(err error, _ string) {
	h.once.Do(func() {
		h.cause = err
		if errors.Is(err, scorch.ErrAsyncPanic) {
			h.cause, h.deadlocked = fmt.Errorf("%w: %w", errDamaged, err), true
		}
		close(h.broken)
	})
}

func (h *handle) close() error {
	err := guard(h.Close)
	h.queue.Close()
	return err
}

// state reads how far the index has come.
func (h *handle) state() (st indexState, err error) {
	err = guard(func() error {
		r, err := h.Reader()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		st, err = stateOf(r)
		return err
	})
	return st, err
}

// write adds a batch to the index. With durable, it returns when the batch is on the
// disk.
func (h *handle) write(ctx context.Context, b *index.Batch, durable bool) error {
	persisted := make(chan error, 1)
	if durable {
		b.SetPersistedCallback(func(err error) { persisted <- err })
	} else {
		close(persisted)
	}
	if err := h.submit(b); err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	select {
	case err := <-persisted:
		return err
	case <-h.broken:
		return h.cause
	case <-ctx.Done():
		return ctx.Err()
	}
}

// submit hands a batch to bleve. It returns without waiting for bleve only if that
// would never return.
func (h *handle) submit(b *index.Batch) error {
	done := make(chan error, 1)
	go func() { done <- guard(func() error { return h.Batch(b) }) }()
	select {
	case err := <-done:
		return err
	case <-h.broken:
	}
	if h.deadlocked {
		return h.cause
	}
	return errors.Join(h.cause, <-done)
}

// guard runs fn, and turns what a damaged file causes in bleve, memory faults and
// panics, into errDamaged. It does not recover panics of our own code.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if _, fault := p.(interface{ Addr() uintptr }); !fault && isOwnPanic() {
			panic(p)
		}
		err = fmt.Errorf("%v: %w", p, errDamaged)
	}()
	return fn()
}

// isOwnPanic reports, in a deferred function, whether the panic began in our code or in
// the standard library called by it.
func isOwnPanic() bool {
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	for panicking := false; ; {
		f, more := frames.Next()
		first, _, _ := strings.Cut(f.Function, "/")
		if library := strings.Contains(first, ".") && strings.Contains(f.Function, "/"); panicking && library {
			return strings.HasPrefix(f.Function, "github.com/slugline/")
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return true
		}
	}
}

// check compares the checksums of an index's files, which bleve writes but does not
// verify. It reads the files in small pieces, and stops when ctx ends.
func check(ctx context.Context, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.zap"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for _, name := range files {
		if err := checkFile(ctx, name); err != nil {
			return fmt.Errorf("check %s: %w", name, err)
		}
	}
	return nil
}

// checkFile compares the CRC-32 in a segment's last four bytes with that of the others.
func checkFile(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if fi.Size() < 4 {
		return errDamaged
	}
	sum, left, buf := crc32.NewIEEE(), fi.Size()-4, make([]byte, 256<<10)
	for left > 0 && ctx.Err() == nil {
		n, err := io.ReadFull(f, buf[:min(left, int64(len(buf)))])
		if err != nil {
			return err
		}
		_, _ = sum.Write(buf[:n]) // never fails
		left -= int64(n)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var end [4]byte
	if _, err := io.ReadFull(f, end[:]); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(end[:]) != sum.Sum32() {
		return errDamaged
	}
	return nil
}
