package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// simFollower is a second node: it gets the records that the first one applied, one by one
// and hours later, and must come to the same state. It is a process of its own, which works
// while the simulation goes on: what it finds is known when it answers.
type simFollower struct {
	s        *simulation
	process  *exec.Cmd
	paths    *os.File      // what it reads: paths of files of messages
	answers  *bufio.Reader // what it writes
	results  *os.File      // of answers
	sent     int           // files so far
	waiting  []time.Time   // when the files were sent that it has not answered
	compared time.Time     // when it last compared its state with that of the first node

	mu      sync.Mutex             // guards unknown
	unknown map[string]news.Record // filed, perhaps not applied
}

// simMaxWaiting is how many files of messages the follower may be behind.
const simMaxWaiting = 4

func newSimFollower(s *simulation) *simFollower {
	f := &simFollower{s: s, unknown: map[string]news.Record{}}
	f.process = exec.Command("follower", filepath.Join(s.folder, "follower.db"), time.Now().Format(time.RFC3339Nano))
	f.process.Stderr = os.Stderr
	in, paths, err := os.Pipe()
	s.must(err)
	results, out, err := os.Pipe()
	s.must(err)
	f.process.Stdin, f.process.Stdout = in, out
	s.must(f.process.Start())
	s.must(errors.Join(in.Close(), out.Close()))
	f.paths, f.results, f.answers = paths, results, bufio.NewReader(results)
	return f
}

// close ends the follower, after it has done all that it was told.
func (f *simFollower) close() {
	f.finish()
	f.s.must(errors.Join(f.paths.Close(), f.process.Wait(), f.results.Close()))
}

// finish waits until the follower has done all that it was told.
func (f *simFollower) finish() {
	for len(f.waiting) > 0 {
		f.answer()
	}
}

// send tells the follower to do something.
func (f *simFollower) send(messages ...simMessage) {
	for len(f.waiting) >= simMaxWaiting {
		f.answer()
	}
	path := filepath.Join(f.s.folder, fmt.Sprintf("messages-%d.json", f.sent))
	file, err := os.Create(path)
	f.s.must(err)
	w := bufio.NewWriter(file)
	e := json.NewEncoder(w)
	for _, m := range messages {
		f.s.must(e.Encode(m))
	}
	f.s.must(errors.Join(w.Flush(), file.Close()))
	_, err = fmt.Fprintln(f.paths, path)
	f.s.must(err)
	f.sent, f.waiting = f.sent+1, append(f.waiting, time.Now())
}

// answer waits for one answer.
func (f *simFollower) answer() {
	line, err := f.answers.ReadBytes('\n')
	sent := f.waiting[0]
	f.waiting = f.waiting[1:]
	if err != nil {
		f.waiting = nil // it has ended
	}
	f.s.must(err)
	var a simAnswer
	f.s.must(json.Unmarshal(line, &a))
	for _, fault := range a.Faults {
		f.s.fault("of %s: %s", sent.UTC().Format(time.DateTime), fault)
	}
}

// note remembers a record that is about to be filed.
func (f *simFollower) note(r news.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unknown[r.ID] = r
}

// settle has the follower apply what the first node has applied since the last time.
func (f *simFollower) settle() {
	var all []simMessage
	f.mu.Lock()
	defer f.mu.Unlock()
	f.s.must(f.s.node.store.View(func(tx *store.Tx) error {
		for id, r := range f.unknown {
			if seq := tx.Records.Seq(id); seq > 0 {
				r.Seq = seq
				all = append(all, simMessage{Record: &r})
				delete(f.unknown, id)
			}
		}
		return nil
	}))
	slices.SortFunc(all, func(a, b simMessage) int { return cmp.Compare(a.Record.Seq, b.Record.Seq) })
	if f.s.rng.IntN(20) == 0 {
		all = append(all, simMessage{Reopen: true})
	}
	if len(all) > 0 {
		f.send(all...)
	}
}

// simCompareEvery is how often large databases are compared at most: reading both takes seconds,
// and a difference stays.
const simCompareEvery = 6 * time.Hour

// compare has the follower compare its state with that of the first node, which has
// stopped: what it did not apply it never will.
func (f *simFollower) compare() {
	f.mu.Lock()
	clear(f.unknown)
	f.mu.Unlock()
	if f.s.node.store.Size() > simSmall && time.Since(f.compared) < simCompareEvery {
		return
	}
	f.compared = time.Now()
	f.send(simMessage{Compare: f.copy()})
}

// copy copies the database of the first node for the follower.
func (f *simFollower) copy() (path string) {
	path = filepath.Join(f.s.folder, fmt.Sprintf("copy-%d.db", f.sent))
	file, err := os.Create(path)
	f.s.must(err)
	f.s.must(errors.Join(f.s.node.store.Copy(f.s.t.Context(), file), file.Close()))
	return path
}
