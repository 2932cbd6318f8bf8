package newsroom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

const (
	streamBuffer = 64  // the most records that a page may be behind
	replayStep   = 100 // records read in one transaction
)

// stream is the connection of one open page.
type stream struct {
	desk    *Desk
	w       http.ResponseWriter
	ctl     *http.ResponseController
	lastSeq uint64 // Seq of the last record sent
	filter  *view.Filter
}

// stream answers GET /live with server-sent events (HTML Standard, section 9.2). Each record
// that changed stories is one event: its id is the record's Seq, and each line of its data
// is a Story. The client resumes after the record that Last-Event-ID or after= names; if
// later records are no longer stored, an event "gap" comes first. With q= a story that does
// not match the query is sent with out set.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request) error {
	filter, err := d.filterOf(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	sub := d.Live.Subscribe(streamBuffer) // before the replay, so that no record is missed
	defer sub.Close()
	s := &stream{desk: d, w: w, ctl: http.NewResponseController(w), filter: filter}
	now, oldest, err := d.changeRange()
	if err != nil {
		return err
	}
	last := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"))
	if err := s.start(last, now, oldest); err != nil {
		return s.end(err)
	}
	beat := time.NewTicker(cmp.Or(d.Heartbeat, 15*time.Second))
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case e, ok := <-sub.C:
			if !ok {
				return nil // the client is too slow; it reconnects with Last-Event-ID
			}
			if e.Seq > s.lastSeq {
				err = s.catchUp()
			}
		case <-beat.C:
			err = s.write([]byte(":\n\n"))
		}
		if err != nil {
			return s.end(err)
		}
	}
}

// filterOf returns the filter of a request: its query and the mutes of its caller.
func (d *Desk) filterOf(r *http.Request) (f *view.Filter, err error) {
	err = d.Store.View(func(tx *store.Tx) error {
		state, err := tx.ReadStates.Get(callerOf(r.Context()).name)
		if err != nil {
			return err
		}
		now := time.Now()
		scope, err := view.SearchScope(tx, now)
		if err != nil {
			return err
		}
		f, err = view.NewFilter(scope, r.URL.Query().Get("q"), view.CompileMutes(state, now))
		return err
	})
	return f, err
}

// end closes the connection. The answer has begun, so an error page can't follow.
func (s *stream) end(err error) error {
	if s.desk.Log != nil {
		s.desk.Log.Debug("end stream", "error", err)
	}
	panic(http.ErrAbortHandler)
}

// changeRange returns the newest record and the oldest whose changes are stored.
func (d *Desk) changeRange() (now, oldest uint64, err error) {
	err = d.Store.View(func(tx *store.Tx) error {
		now, oldest = tx.Seq(), tx.Changes.Oldest()
		return nil
	})
	return now, oldest, err
}

// start sends what follows the record that the client saw last. For a client that saw none
// it sends the newest id without an event: a client that loses the connection before its
// first event resumes from there.
func (s *stream) start(last string, now, oldest uint64) error {
	_ = s.ctl.SetReadDeadline(time.Time{}) // the connection stays open
	seen, err := strconv.ParseUint(last, 10, 64)
	if err != nil || seen > now {
		s.lastSeq = now
		return s.write(fmt.Appendf(nil, "retry: 2000\nid: %d\n\n", now))
	}
	s.lastSeq = seen
	preamble := []byte("retry: 2000\n\n")
	if seen+1 < oldest {
		preamble = fmt.Appendf(preamble, "event: gap\ndata: {\"oldest\":%d}\n\n", oldest)
	}
	if err := s.write(preamble); err != nil {
		return err
	}
	return s.catchUp()
}

// catchUp sends all records after the last one sent.
func (s *stream) catchUp() error {
	for {
		frames, n, err := s.read()
		if err != nil {
			return err
		}
		if len(frames) > 0 {
			if err := s.write(frames); err != nil {
				return err
			}
		}
		if n < replayStep {
			return nil
		}
	}
}

// read returns the events of the next records, and the number of these records.
func (s *stream) read() (frames []byte, n int, err error) {
	err = s.desk.Store.View(func(tx *store.Tx) error {
		changes, err := tx.Changes.After(s.lastSeq, replayStep)
		if err != nil {
			return err
		}
		n = len(changes)
		snap := view.NewSnapshot(tx)
		for _, c := range changes {
			if frames, err = s.desk.frames.append(frames, snap, c, s.filter); err != nil {
				return err
			}
			s.lastSeq = c.Seq
		}
		return nil
	})
	return frames, n, err
}

// cachedFrames is the number of events in the cache.
const cachedFrames = 256

// frameCache caches the bytes of the newest events, which are the same for all pages without
// a filter. The zero value is ready.
type frameCache struct {
	mu  sync.Mutex // guards the field below
	all [cachedFrames]struct {
		seq   uint64
		bytes []byte
	}
}

// append appends the event of one record to out.
func (f *frameCache) append(out []byte, snap *view.Snapshot, c news.Change, filter *view.Filter) ([]byte, error) {
	if !filter.IsEmpty() {
		return frame(out, snap, c, filter)
	}
	f.mu.Lock()
	defer f.mu.Unlock() // others wait while one encodes the event
	at := &f.all[c.Seq%cachedFrames]
	if at.seq == c.Seq {
		return append(out, at.bytes...), nil
	}
	b, err := frame(nil, snap, c, filter)
	if err != nil {
		return nil, err
	}
	if c.Seq > at.seq && len(b) <= maxFrame {
		at.seq, at.bytes = c.Seq, b
	}
	return append(out, b...), nil
}

// maxFrame is the most bytes of an event in the cache.
const maxFrame = 64 << 10

// frame appends the event of one record to out, or nothing if it changed no story.
func frame(out []byte, snap *view.Snapshot, c news.Change, filter *view.Filter) ([]byte, error) {
	var lines [][]byte
	for _, id := range c.Stories {
		st, err := snap.Tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if st == nil {
			continue // deleted since
		}
		line, err := snap.Story(st)
		if err != nil {
			return nil, err
		}
		matches, err := filter.Matches(snap, st)
		if err != nil {
			return nil, err
		}
		line.Backlog, line.Alerts, line.Out = c.Backlog, c.Rang[id], !matches
		b, err := json.Marshal(line)
		if err != nil {
			return nil, fmt.Errorf("encode event %d: %w", c.Seq, err)
		}
		lines = append(lines, b)
	}
	if len(lines) == 0 {
		return out, nil
	}
	out = fmt.Appendf(out, "id: %d\ndata: ", c.Seq)
	out = append(out, bytes.Join(lines, []byte("\ndata: "))...)
	return append(out, "\n\n"...), nil
}

func (s *stream) write(b []byte) error {
	_ = s.ctl.SetWriteDeadline(time.Now().Add(cmp.Or(s.desk.WriteTimeout, 10*time.Second)))
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.ctl.Flush()
}
