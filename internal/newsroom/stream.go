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
	"strings"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
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
	desk    *Desk
	ctx     context.Context // of the request
	w       http.ResponseWriter
	ctl     *http.ResponseController
	filters []streamFilter // one at least
	began   uint64         // Seq of the last record when the client connected
	seq     uint64         // of the last record sent
	out     []byte         // not written yet; nil while there is nothing to send
}

// streamFilter is one filter of a stream.
type streamFilter struct {
	*view.Filter
	isLong   bool
	budget   [2]quota.Allowance // for catching up, and for what is new
	usedUp   bool               // the budget for what is new
	hasEnded bool               // the client was told that it is used up
}

// stream answers GET /live with server-sent events (HTML Standard, section 9.2). Each record
// that changed stories is one event: its id is the record's Seq, and each line of its data
// is a Story. The client resumes after the record that Last-Event-ID or after= names. With
// q= a story that does not match the query is sent with out set. With several q=, at most
// maxColumns, each story has in instead: the indexes of the queries that it matches.
//
// An event "gap" says that the stream leaves out records, because the client missed more
// stories than replayStories or they are no longer stored: the client must load the wire
// again. Its data is {"oldest": SEQ}, the first record that the stream has after it. That
// also happens when matching what the client missed takes too much processor time.
//
// An event "end" says that the stream ends because q= takes too much processor time. Its
// data is a text for users as {"error": TEXT}. The client must not connect again with q=.
// With several q= the data has the index of the query too, as column, and the stream goes on
// for the others.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request) error {
	filters, err := d.filtersOf(r)
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
	s := &stream{desk: d, ctx: r.Context(), w: w, ctl: http.NewResponseController(w), filters: filters, began: d.Store.Seq()}
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

// maxColumns is how many filters one stream, and columns one page of the wire, may have.
const maxColumns = 5

// filtersOf compiles the filters of a stream: each q= with the mutes of its caller. There is
// always one at least.
func (d *Desk) filtersOf(r *http.Request) (all []streamFilter, err error) {
	queries := r.URL.Query()["q"]
	if len(queries) > maxColumns {
		return nil, reply.Faultf(http.StatusBadRequest, "A stream has at most %d filters.", maxColumns)
	}
	if len(queries) == 0 {
		queries = []string{""}
	}
	most := cmp.Or(d.QueryTime, queryTime)
	err = d.readFirst(r.Context(), strings.Join(queries, ""), func(tx *store.Tx) error {
		for _, q := range queries {
			f, _, err := d.filterIn(r.Context(), tx, q)
			if err != nil {
				return err
			}
			all = append(all, streamFilter{Filter: f, isLong: len(q) > longFilter, budget: [2]quota.Allowance{{Most: most}, {Most: most, Refill: filterRefill}}})
		}
		return nil
	})
	return all, err
}

// filterIn compiles a query with the mutes of the caller. It also returns the caller's read
// state.
func (d *Desk) filterIn(ctx context.Context, tx *store.Tx, query string) (*view.Filter, *news.ReadState, error) {
	state, err := tx.ReadStates.Get(callerOf(ctx).name)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	scope, err := d.deskScope(tx, callerOf(ctx), now)
	if err != nil {
		return nil, nil, err
	}
	f, err := view.NewFilter(scope, query, view.CompileMutes(state, now))
	return f, state, err
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

// sendAll sends the events of records. When a filter has used up its processor time, those
// that the client missed are left out, and the filter ends at those that are new.
func (s *stream) sendAll(list []*frame) error {
	skipped := false
	for _, f := range list {
		if skipped && f.seq <= s.began {
			continue
		}
		err := s.send(f)
		switch {
		case errors.Is(err, quota.ErrUsedUp):
			skipped = true
			s.out = fmt.Appendf(s.out, "event: gap\nid: %d\ndata: {\"oldest\":%d}\n\n", s.began, s.began+1)
		case err != nil:
			return err
		}
		if err := s.endFilters(); err != nil {
			return err
		}
	}
	return nil
}

// endFilters tells the client which queries take too much processor time. The stream ends
// when none is left.
func (s *stream) endFilters() error {
	left := 0
	for i := range s.filters {
		f := &s.filters[i]
		if f.usedUp && !f.hasEnded {
			f.hasEnded = true
			if err := s.tellEnd(i); err != nil {
				return err
			}
		}
		if !f.usedUp {
			left++
		}
	}
	if left > 0 {
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	return errFilterEnded
}

func (s *stream) tellEnd(i int) error {
	_, text := errFilterEnded.In(s.desk.locale())
	data := map[string]any{"error": text}
	if len(s.filters) > 1 {
		data["column"] = i
	}
	b, err := json.Marshal(data)
	s.out = fmt.Appendf(s.out, "event: end\nretry: 60000\ndata: %s\n\n", b)
	return err
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

// lines returns the stories of a chunk as JSON, with the filters that they satisfy: as out
// for a single one, else as in. It fails when the client has left.
func (s *stream) lines(f *frame, chunk int) ([][]byte, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	lines, err := s.desk.frames.lines(s.ctx, s.turnOf(f, &s.filters[0]), f, chunk)
	if err != nil || len(s.filters) == 1 && s.filters[0].IsEmpty() {
		return lines, err
	}
	matches := make([][]bool, len(s.filters))
	for i := range s.filters {
		if matches[i], err = s.matches(f, chunk, &s.filters[i], len(lines)); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(s.filters, func(f streamFilter) bool { return !f.usedUp }) {
		return nil, nil
	}
	out := slices.Clone(lines) // other streams use lines
	for i, line := range lines {
		if line != nil {
			out[i] = s.marked(line, i, matches)
		}
	}
	return out, nil
}

// turnOf returns whose turn it is to read what a frame has for a filter.
func (s *stream) turnOf(f *frame, filter *streamFilter) *turn {
	switch all := s.desk.frames; {
	case f.seq <= s.began:
		return all.catchUp
	case filter.isLong || filter.budget[1].Used() > costlyFilter:
		return all.costly
	default:
		return all.live
	}
}

// matches reports which of the n stories of a chunk satisfy a filter: none when it has used
// up its processor time for what is new.
func (s *stream) matches(f *frame, chunk int, filter *streamFilter, n int) ([]bool, error) {
	isNew := f.seq > s.began
	switch {
	case filter.usedUp:
		return make([]bool, n), nil
	case filter.IsEmpty():
		return slices.Repeat([]bool{true}, n), nil
	}
	budget := &filter.budget[0]
	if isNew {
		budget = &filter.budget[1]
	}
	matches, err := s.desk.frames.matches(s.ctx, s.turnOf(f, filter), f, chunk, filter.Filter, budget)
	if isNew && errors.Is(err, quota.ErrUsedUp) {
		filter.usedUp = true
		return make([]bool, n), nil
	}
	return matches, err
}

// marked returns a story as JSON with the filters that it satisfies. i is its index in
// matches, which has the stories of each filter.
func (s *stream) marked(line []byte, i int, matches [][]bool) []byte {
	open := slices.Clone(line[:len(line)-1]) // without its last brace
	if len(s.filters) == 1 {
		if matches[0][i] {
			return line
		}
		return append(open, `,"out":true}`...)
	}
	open = append(open, `,"in":[`...)
	comma := ""
	for k := range matches {
		if matches[k][i] {
			open = fmt.Appendf(open, "%s%d", comma, k)
			comma = ","
		}
	}
	return append(open, "]}"...)
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
