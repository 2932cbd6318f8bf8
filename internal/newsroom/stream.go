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
	streamBuffer = 64  // records that a page may be behind
	replayStep   = 100 // records read in one transaction
)

// stream is one open page on the wire.
type stream struct {
	desk    *Desk
	w       http.ResponseWriter
	ctl     *http.ResponseController
	lastSeq uint64 // Seq of the last record told
	filter  *view.Filter
}

// stream tells what every record did to stories as one event of server-sent events: its id
// is the record's Seq, each line of its data a Story. Last-Event-ID replays what
// was missed, and so does after= for a page that was made at a record; when that is
// no longer kept, an event "gap" says so. With q= a story that does not satisfy the
// query is told as out.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request) error {
	only, err := d.filterOf(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	sub := d.Live.Subscribe(streamBuffer) // before the replay: what comes meanwhile waits
	defer sub.Close()
	s := &stream{desk: d, w: w, ctl: http.NewResponseController(w), filter: only}
	now, oldest, err := d.changeRange()
	if err != nil {
		return err
	}
	last := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"))
	if err := s.start(last, now, oldest); err != nil {
		return s.end(err)
	}
	beat := time.NewTicker(orDefault(d.Heartbeat, 15*time.Second))
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case e, ok := <-sub.C:
			if !ok {
				return nil // too slow; it comes back with Last-Event-ID
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

// filterOf is the query that was asked with, and what is muted for who asks.
func (d *Desk) filterOf(r *http.Request) (f *view.Filter, err error) {
	err = d.Store.View(func(tx *store.Tx) error {
		seat, err := tx.ReadStates.Get(callerOf(r.Context()).name)
		if err != nil {
			return err
		}
		f, err = view.NewFilter(r.URL.Query().Get("q"), view.CompileMutes(seat, time.Now()))
		return err
	})
	return f, err
}

// end closes the connection: the answer has begun, an error page can't follow.
func (s *stream) end(err error) error {
	if s.desk.Log != nil {
		s.desk.Log.Debug("end stream", "error", err)
	}
	panic(http.ErrAbortHandler)
}

func orDefault(d, other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return d
}

// changeRange is the range of records that can be told.
func (d *Desk) changeRange() (now, oldest uint64, err error) {
	err = d.Store.View(func(tx *store.Tx) error {
		now, oldest = tx.Seq(), tx.Changes.Oldest()
		return nil
	})
	return now, oldest, err
}

// start tells the page where it stands: after the last event that it saw, or at
// the newest record. The bare id is no event, but a page that loses the line
// before its first event comes back with it.
func (s *stream) start(last string, now, oldest uint64) error {
	_ = s.ctl.SetReadDeadline(time.Time{}) // it stays open
	seen, err := strconv.ParseUint(last, 10, 64)
	if err != nil || seen > now {
		s.lastSeq = now
		return s.write(fmt.Appendf(nil, "retry: 2000\nid: %d\n\n", now))
	}
	s.lastSeq = seen
	hello := []byte("retry: 2000\n\n")
	if seen+1 < oldest {
		hello = fmt.Appendf(hello, "event: gap\ndata: {\"oldest\":%d}\n\n", oldest)
	}
	if err := s.write(hello); err != nil {
		return err
	}
	return s.catchUp()
}

// catchUp tells all records since the last one told.
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

func (s *stream) read() (frames []byte, n int, err error) {
	err = s.desk.Store.View(func(tx *store.Tx) error {
		changes, err := tx.Changes.After(s.lastSeq, replayStep)
		if err != nil {
			return err
		}
		n = len(changes)
		rm := view.NewSnapshot(tx)
		for _, c := range changes {
			if frames, err = s.desk.frames.append(frames, rm, c, s.filter); err != nil {
				return err
			}
			s.lastSeq = c.Seq
		}
		return nil
	})
	return frames, n, err
}

// cachedFrames is how many events are kept as they were written.
const cachedFrames = 256

// frameCache keeps the newest events as written: all pages that see the whole wire are told
// the same. Zero is ready.
type frameCache struct {
	mu  sync.Mutex // guards the field below
	all [cachedFrames]struct {
		seq   uint64
		bytes []byte
	}
}

// append appends the event of one record.
func (f *frameCache) append(out []byte, rm *view.Snapshot, c news.Change, only *view.Filter) ([]byte, error) {
	if !only.IsEmpty() {
		return frame(out, rm, c, only)
	}
	f.mu.Lock()
	defer f.mu.Unlock() // who comes second waits for what the first writes
	at := &f.all[c.Seq%cachedFrames]
	if at.seq == c.Seq {
		return append(out, at.bytes...), nil
	}
	b, err := frame(nil, rm, c, only)
	if err != nil {
		return nil, err
	}
	if c.Seq > at.seq && len(b) <= maxFrame {
		at.seq, at.bytes = c.Seq, b
	}
	return append(out, b...), nil
}

// maxFrame bounds the bytes of an event that is kept.
const maxFrame = 64 << 10

// frame appends the event of one record, nothing when it touched no story.
func frame(out []byte, rm *view.Snapshot, c news.Change, only *view.Filter) ([]byte, error) {
	var lines [][]byte
	for _, id := range c.Stories {
		st, err := rm.Tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if st == nil {
			continue // dropped since
		}
		line, err := rm.Story(st)
		if err != nil {
			return nil, err
		}
		holds, err := only.Matches(rm, st)
		if err != nil {
			return nil, err
		}
		line.Backlog, line.Alerts, line.Out = c.Backlog, c.Rang[id], !holds
		b, err := json.Marshal(line)
		if err != nil {
			return nil, fmt.Errorf("write event %d: %w", c.Seq, err)
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
	_ = s.ctl.SetWriteDeadline(time.Now().Add(orDefault(s.desk.WriteTimeout, 10*time.Second)))
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.ctl.Flush()
}
