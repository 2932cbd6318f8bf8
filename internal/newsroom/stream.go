package newsroom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// filterRefill is the processor time that the filter of a stream gets for each second, after
// what it has at the start is used up. An ordinary one needs much less.
const filterRefill = 20 * time.Millisecond

// A filter of more bytes than longFilter, or that has used more processor time than
// costlyFilter lately, is matched after others.
const (
	longFilter   = 1000
	costlyFilter = 25 * time.Millisecond
)

// errFilterEnded ends a stream whose filter takes too much processor time.
var errFilterEnded = reply.Faultf(http.StatusServiceUnavailable, "The filter takes too much work, so the live updates have ended. Use longer beginnings before *, fewer words with OR, or add a field such as source:, lang: or tag:.")

// writeAtOnce is how many bytes of events are collected before they are written.
const writeAtOnce = 32 << 10

// stream is the connection of one open page.
type stream struct {
	desk   *Desk
	ctx    context.Context // of the request
	w      http.ResponseWriter
	ctl    *http.ResponseController
	filter *view.Filter
	began  uint64             // Seq of the last record when the client connected
	isLong bool               // the filter
	budget [2]quota.Allowance // of the filter: for catching up, and for what is new
	seq    uint64             // of the last record sent
	out    []byte             // not written yet; nil while there is nothing to send
}

// stream answers GET /live with server-sent events (HTML Standard, section 9.2). Each record
// that changed stories is one event: its id is the record's Seq, and each line of its data
// is a Story. The client resumes after the record that Last-Event-ID or after= names. With
// q= a story that does not match the query is sent with out set.
//
// An event "gap" says that the stream leaves out records, because the client missed more
// stories than replayStories or they are no longer stored: the client must load the wire
// again. Its data is {"oldest": SEQ}, the first record that the stream has after it. That
// also happens when matching what the client missed takes too much processor time.
//
// An event "end" says that the stream ends because q= takes too much processor time. Its
// data is a text for users as {"error": TEXT}. The client must not connect again with q=.
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
	signal := d.Live.Signal() // before Seq is read, so that no record is missed
	defer signal.Close()
	s := &stream{desk: d, ctx: r.Context(), w: w, ctl: http.NewResponseController(w), filter: filter, began: d.Store.Seq()}
	most := cmp.Or(d.QueryTime, queryTime)
	s.isLong = len(r.URL.Query().Get("q")) > longFilter
	s.budget = [2]quota.Allowance{{Most: most}, {Most: most, Refill: filterRefill}}
	if err := s.start(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"))); err != nil {
		return s.end(err)
	}
	return s.follow(signal)
}

// follow sends what is committed until the client disconnects.
func (s *stream) follow(signal *live.Signal) error {
	beat := time.NewTicker(cmp.Or(s.desk.Heartbeat, 15*time.Second))
	defer beat.Stop()
	for {
		var err error
		select {
		case <-s.ctx.Done():
			return nil
		case <-signal.C:
			err = s.sendNew()
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
	err = d.readFirst(r.Context(), r.URL.Query().Get("q"), func(tx *store.Tx) error {
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
	if s.ctx.Err() != nil || errors.Is(err, errFilterEnded) {
		return nil
	}
	if s.desk.Log != nil {
		s.desk.Log.Debug("end stream", "error", err)
	}
	panic(http.ErrAbortHandler)
}

// start sends what follows the record that the client saw last. For a client that saw none
// it sends the newest id without an event: a client that loses the connection before its
// first event resumes from there.
func (s *stream) start(last string) error {
	_ = s.ctl.SetReadDeadline(time.Time{}) // the connection stays open
	seen, err := strconv.ParseUint(last, 10, 64)
	if err != nil || seen > s.began {
		s.seq = s.began
		return s.write(fmt.Appendf(nil, "retry: 2000\nid: %d\n\n", s.seq))
	}
	s.seq = seen
	if err := s.write([]byte("retry: 2000\n\n")); err != nil {
		return err
	}
	return s.sendNew()
}

// sendNew sends all records after the last one sent.
func (s *stream) sendNew() error {
	list, missed, last, err := s.desk.frames.since(s.ctx, s.seq)
	if err != nil {
		return err
	}
	if missed > 0 {
		s.out = fmt.Appendf(s.out, "event: gap\nid: %d\ndata: {\"oldest\":%d}\n\n", missed, missed+1)
	}
	if err := s.sendAll(list); err != nil {
		return err
	}
	s.seq = last
	err = s.flush()
	s.out = nil // an idle stream needs no buffer
	return err
}

// sendAll sends the events of records. When the filter has used up its processor time, those
// that the client missed are left out, and the stream ends at those that are new.
func (s *stream) sendAll(list []*frame) error {
	skipped := false
	for _, f := range list {
		if skipped && f.seq <= s.began {
			continue
		}
		err := s.send(f)
		switch {
		case err == nil:
		case !errors.Is(err, quota.ErrUsedUp):
			return err
		case f.seq > s.began:
			return s.endFilter()
		default:
			skipped = true
			s.out = fmt.Appendf(s.out, "event: gap\nid: %d\ndata: {\"oldest\":%d}\n\n", s.began, s.began+1)
		}
	}
	return nil
}

// endFilter tells the client that its query takes too much processor time.
func (s *stream) endFilter() error {
	text, err := json.Marshal(map[string]string{"error": errFilterEnded.Text})
	if err != nil {
		return err
	}
	s.out = fmt.Appendf(s.out, "event: end\nretry: 60000\ndata: %s\n\n", text)
	if err := s.flush(); err != nil {
		return err
	}
	return errFilterEnded
}

// send sends the event of one record, or nothing if all its stories were deleted since. If
// it fails, the event ends where it is.
func (s *stream) send(f *frame) (err error) {
	begun := false
	defer func() {
		if begun {
			s.out = append(s.out, '\n')
		}
	}()
	for i := range f.chunks {
		lines, err := s.lines(f, i)
		if err != nil {
			return err
		}
		for _, line := range lines {
			if line == nil {
				continue
			}
			if !begun {
				s.out, begun = fmt.Appendf(s.out, "id: %d\n", f.seq), true
			}
			s.out = append(append(append(s.out, "data: "...), line...), '\n')
		}
		if len(s.out) >= writeAtOnce {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// lines returns the stories of a chunk as JSON, with out set if they don't satisfy the
// filter. It fails when the client has left.
func (s *stream) lines(f *frame, chunk int) ([][]byte, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	all, turn, budget := s.desk.frames, s.desk.frames.catchUp, &s.budget[0]
	if f.seq > s.began {
		turn, budget = all.live, &s.budget[1]
		if s.isLong || budget.Used() > costlyFilter {
			turn = all.costly
		}
	}
	lines, err := all.lines(s.ctx, turn, f, chunk)
	if err != nil || s.filter.IsEmpty() {
		return lines, err
	}
	matches, err := all.matches(s.ctx, turn, f, chunk, s.filter, budget)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(lines) // other streams use lines
	for i, line := range lines {
		if line != nil && !matches[i] {
			out[i] = append(slices.Clone(line[:len(line)-1]), `,"out":true}`...)
		}
	}
	return out, nil
}

// flush writes what was collected.
func (s *stream) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	err := s.write(s.out)
	s.out = s.out[:0]
	return err
}

func (s *stream) write(b []byte) error {
	_ = s.ctl.SetWriteDeadline(time.Now().Add(cmp.Or(s.desk.WriteTimeout, 10*time.Second)))
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.ctl.Flush()
}
