package newsroom

import (
	"bufio"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// api answers the requests below /api/, with JSON.
type api struct{ *Desk }

func (a api) routes() []route {
	return []route{
		{"GET /api/status", a.status},
		{"GET /api/sources", a.sources},
		{"GET /api/topics", a.topics},
		{"GET /api/stories", a.stories},
		{"GET /api/stories/{id}", a.story},
		{"GET /api/events", a.wire},
		{"GET /api/events/{id}", a.event},
		{"GET /api/wire", a.wire},
		{"GET /api/why", a.why},
		{"GET /api/preview", a.preview},
		{"GET /api/search", a.search},
		{"GET /api/backup", a.backup},
		{"POST /api/visit", a.visit},
		{"POST /api/orders", a.order},
		{"GET /api/decisions", a.decisions},
		{"GET /api/audit", a.audit},
		{"GET /api/claims", a.claims},
		{"POST /api/claims", a.claim},
		{"DELETE /api/claims/{id}", a.release},
		{"GET /api/alerts", a.alerts},
		{"POST /api/alerts", a.changeNotice},
		{"GET /api/seat", a.readState},
		{"POST /api/seat", a.changeReadState},
		{"GET /api/tokens", a.tokens},
		{"POST /api/tokens", a.changeTokens},
		{"GET /api/recipients", a.recipients},
		{"POST /api/recipients", a.deleteRecipient},
		{"GET /api/openapi.json", pages(a).asset("openapi.json", "application/json")},
	}
}

func (a api) status(w http.ResponseWriter, r *http.Request) error {
	path, err := filepath.Abs(a.Store.Path())
	if err != nil {
		return fmt.Errorf("locate database: %w", err)
	}
	s := a.problems()
	s.Database, s.Bytes, s.Readers = path, a.Store.Size(), a.Live.Count()
	if err := a.Store.View(s.Read); err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, s)
}

// problems says why intake has stopped and what is wrong with feeds.yaml.
func (d *Desk) problems() (s view.Status) {
	if err := d.ready(); err != nil {
		s.Trouble = err.Error()
	}
	if d.ConfigErrors != nil {
		s.Refused = d.ConfigErrors()
	}
	return s
}

// readJSON answers with the value that read returns. read has one transaction.
func readJSON[T any](d *Desk, w http.ResponseWriter, read func(*store.Tx) (T, error)) error {
	var v T
	err := d.Store.View(func(tx *store.Tx) (err error) {
		v, err = read(tx)
		return err
	})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, v)
}

func (a api) sources(w http.ResponseWriter, _ *http.Request) error {
	return readJSON(a.Desk, w, view.Sources)
}

func (a api) topics(w http.ResponseWriter, _ *http.Request) error {
	return readJSON(a.Desk, w, view.Topics)
}

func (a api) stories(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	query := view.StoryQuery{Topic: q.Get("topic"), Before: q.Get("before")}
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return reply.Faultf(http.StatusBadRequest, "limit must be a number from 1, not %q.", s)
		}
		query.Limit = n
	}
	return readJSON(a.Desk, w, func(tx *store.Tx) ([]view.Story, error) { return view.Stories(tx, query) })
}

func (a api) why(w http.ResponseWriter, r *http.Request) error {
	id, with := r.URL.Query().Get("entry"), r.URL.Query().Get("with")
	return readJSON(a.Desk, w, func(tx *store.Tx) (*view.Explanation, error) { return view.WhyNot(tx, id, with) })
}

func (a api) preview(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	rule := news.Topic{Name: q.Get("topic"), From: q["from"], Not: q["not"], Match: q["q"]}
	hasRule := rule.From != nil || rule.Not != nil || rule.Match != nil
	return readJSON(a.Desk, w, func(tx *store.Tx) (*view.TopicPreview, error) {
		t, err := tx.Topics.Get(rule.Name)
		switch {
		case err != nil:
			return nil, err
		case t != nil && !hasRule:
			return view.Preview(tx, t.Topic)
		case t != nil:
			rule.Keyed = t.Keyed
		case !hasRule:
			return nil, reply.Faultf(http.StatusNotFound, "There is no topic %q. Use q= for a query.", rule.Name)
		}
		return view.Preview(tx, rule)
	})
}

// visit answers POST /api/visit. It visits one source with ?source=, else all that are due.
func (a api) visit(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if id := r.FormValue("source"); id != "" {
		return a.visitOne(w, r, id)
	}
	return a.visitAll(w, r)
}

// visitOne visits a source by its name or id. A form gets a page as its answer, a program
// gets JSON.
func (a api) visitOne(w http.ResponseWriter, r *http.Request, name string) error {
	var src *view.Source
	err := a.Store.View(func(tx *store.Tx) error {
		all, err := view.Sources(tx)
		for i := range all {
			if s := &all[i]; !s.Removed && (s.Name == name || s.ID == name && src == nil) {
				src = s
			}
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case a.VisitOne == nil:
		return errNoAddress
	case src == nil:
		return reply.Faultf(http.StatusNotFound, "feeds.yaml has no source %q. GET /api/sources lists all sources.", name)
	}
	ctx, cancel := context.WithTimeout(r.Context(), manualVisitTimeout)
	defer cancel()
	result, reason, err := a.VisitOne(ctx, src.ID)
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && strings.Contains(r.Header.Get("Accept"), "text/html")
	if errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil {
		reason, err = "it has not answered yet; the visit continues", nil
	}
	switch {
	case err != nil:
		return err
	case reason != "" && form:
		return pages(a).showSources(w, r, http.StatusConflict, src.Title+" was not visited: "+reason+".")
	case reason != "":
		return reply.Faultf(http.StatusConflict, "%s", src.Name+" was not visited: "+reason+".")
	case form:
		http.Redirect(w, r, "/sources?"+url.Values{"visited": {src.ID}}.Encode(), http.StatusSeeOther)
		return nil
	}
	return reply.JSON(w, http.StatusOK, result)
}

// visitAll streams one line of JSON for each visit. The last line is {"done":true}, or
// {"error":"..."} if the visits failed. The visits end when the client disconnects or stops
// reading; they never wait for it.
func (a api) visitAll(w http.ResponseWriter, r *http.Request) error {
	all, _ := strconv.ParseBool(r.URL.Query().Get("all"))
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	report := visitReport{more: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() { done <- a.Visit(ctx, all, report.add) }()

	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // the visits take as long as their sources
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	write := func() {
		_ = c.SetWriteDeadline(time.Now().Add(cmp.Or(a.WriteTimeout, 10*time.Second)))
		if _, err := w.Write(report.drain()); err != nil || c.Flush() != nil {
			cancel()
		}
	}
	for {
		select {
		case <-report.more:
			write()
		case err := <-done:
			report.end(err)
			write()
			return nil
		}
	}
}

// visitReport queues lines of JSON for the client. Adding one never blocks.
type visitReport struct {
	more  chan struct{} // holds one when there are lines
	mu    sync.Mutex    // guards lines
	lines []byte
}

func (s *visitReport) add(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		b = fmt.Appendf(nil, "{\"error\":%q}", err)
	}
	s.mu.Lock()
	s.lines = append(append(s.lines, b...), '\n')
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *visitReport) end(err error) {
	if err != nil {
		s.add(map[string]string{"error": err.Error()})
		return
	}
	s.add(map[string]bool{"done": true})
}

func (s *visitReport) drain() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.lines
	s.lines = nil
	return b
}

// backup sends a copy of the database. It makes the copy in a file beside the database
// first, so that a slow client does not hold a transaction open.
func (a api) backup(w http.ResponseWriter, r *http.Request) error {
	f, err := os.CreateTemp(filepath.Dir(a.Store.Path()), ".backup-*")
	if err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	_ = os.Remove(f.Name()) // the file disappears when it is closed
	defer func() { _ = f.Close() }()
	out := bufio.NewWriterSize(f, 1<<20)
	if err := a.Store.Copy(r.Context(), out); err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Disposition", `attachment; filename="slugline.db"`)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour)) // the file may be large
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f) // the client notices a body that is too short
	}
	return nil
}

//go:embed pages assets
var deskFiles embed.FS
