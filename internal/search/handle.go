package search

import (
	"context"
	"encoding/binary"
	"encoding/json"
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

// version is that of the papers. An index of another is made anew.
const version = 1

// errDamaged is an index that can't be trusted: it is made anew.
var errDamaged = errors.New("search index damaged")

// indexState is how far an index has come. It changes in the same step as the papers do.
type indexState struct {
	Version int    `json:"version"`
	StoreCreated    int64  `json:"made"`             // of the store, Unix milliseconds
	Seq     uint64 `json:"seq"`              // all changes up to this one are in
	Record  string `json:"record"`           // id of the record with it
	RulesHash    string `json:"mark,omitempty"`   // of the rules whose languages are in
	Built   bool   `json:"built,omitempty"`  // every story was looked at once
	Cursor  []byte `json:"cursor,omitempty"` // while it is built: the key of the last story looked at
}

var (
	stateKey = []byte("slugline")
	langsKey = []byte("languages") // of sources, by id; see state.Mark
)

// handle is an open index.
type handle struct {
	index.Index
	queue *index.AnalysisQueue

	once   sync.Once
	broken chan struct{} // closed when the index can't be used any more
	cause    error         // what it met
	deadlocked  bool          // a goroutine of bleve's ended: who waits for it waits for ever
}

// persistDelay is how long new papers are kept in memory before they are written to the
// disk. What a kill takes of them is read again from the store.
const persistDelay = 10 * time.Second

// registryMu guards bleve's table of callbacks, which every index is opened with.
var registryMu sync.Mutex

// openHandle opens the index in a folder, or makes one there. With lazy the disk is
// written seldom. The caller closes it.
func openHandle(dir string, lazy bool) (s *handle, err error) {
	s = &handle{queue: index.NewAnalysisQueue(1), broken: make(chan struct{})}
	config := map[string]any{
		"path": dir, "unsafe_batch": true, "bolt_timeout": "2s", "asyncErrorCallbackName": "slugline",
		"scorchPersisterOptions": map[string]any{},
	}
	if lazy {
		config["scorchPersisterOptions"] = map[string]any{"PersisterNapTimeMSec": persistDelay.Milliseconds()}
	}
	err = guard(func() (err error) {
		registryMu.Lock()
		scorch.RegistryAsyncErrorCallbacks["slugline"] = s.fail
		s.Index, err = scorch.NewScorch(scorch.Name, config, s.queue)
		registryMu.Unlock()
		if err != nil {
			return err
		}
		return s.Index.Open()
	})
	if err != nil {
		s.queue.Close()
		return nil, fmt.Errorf("open search index %s: %w", dir, err)
	}
	return s, nil
}

// fail is told what bleve's own goroutines met.
func (s *handle) fail(err error, _ string) {
	s.once.Do(func() {
		s.cause = err
		if errors.Is(err, scorch.ErrAsyncPanic) {
			s.cause, s.deadlocked = fmt.Errorf("%w: %w", errDamaged, err), true
		}
		close(s.broken)
	})
}

func (s *handle) close() error {
	err := guard(s.Close)
	s.queue.Close()
	return err
}

// write writes what a batch holds. With durable it is on the disk then.
func (s *handle) write(ctx context.Context, b *index.Batch, durable bool) error {
	wrote := make(chan error, 1)
	if durable {
		b.SetPersistedCallback(func(err error) { wrote <- err })
	} else {
		close(wrote)
	}
	if err := s.submit(b); err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	select {
	case err := <-wrote:
		return err
	case <-s.broken:
		return s.cause
	case <-ctx.Done():
		return ctx.Err()
	}
}

// submit hands a batch to bleve. Only where that hangs it is left alone with it.
func (s *handle) submit(b *index.Batch) error {
	done := make(chan error, 1)
	go func() { done <- guard(func() error { return s.Batch(b) }) }()
	select {
	case err := <-done:
		return err
	case <-s.broken:
	}
	if s.deadlocked {
		return s.cause
	}
	return errors.Join(s.cause, <-done)
}

// stateOf reads how far the index has come; zero when it is new.
func stateOf(r index.IndexReader) (st indexState, err error) {
	b, err := r.GetInternal(stateKey)
	if err != nil || b == nil {
		return st, err
	}
	if err := json.Unmarshal(b, &st); err != nil {
		return st, fmt.Errorf("read state of search index: %w: %w", err, errDamaged)
	}
	return st, nil
}

func setState(b *index.Batch, st indexState) error {
	j, err := json.Marshal(st)
	b.SetInternal(stateKey, j)
	return err
}

// guard turns what a damaged file does to bleve, memory faults and panics, into
// errDamaged. Panics of our own go on.
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

// isOwnPanic is for a deferred function: it says whether the panic began in our code,
// or in the standard library for it.
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

// check reads the files of an index and compares their checksums, which bleve writes
// but does not look at. It reads them in small pieces, and stops with ctx.
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

// checkFile compares the CRC-32 at a segment's end with that of what stands before it.
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
