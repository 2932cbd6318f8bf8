package newsroom

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// visitRequest says what to visit: one source, or all that may be visited now.
type visitRequest struct {
	source string // its name or id; empty: all sources
	all    bool   // also those that are not due yet
}

const visitUsage = `Name a source: source=NAME in the query or in a form, or {"source": "NAME"} as JSON. Without a source all that are due are visited, with all=true also others.`

// visit answers POST /api/visit.
func (a api) visit(w http.ResponseWriter, r *http.Request) error {
	q, err := readVisitRequest(r)
	switch {
	case err != nil:
		return err
	case q.source != "":
		return a.visitOne(w, r, q.source)
	}
	return a.visitAll(w, r, q.all)
}

// readVisitRequest reads the query and the body of a request. What it does not understand
// is an error, because a request without a source visits all of them.
func readVisitRequest(r *http.Request) (visitRequest, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return visitRequest{}, reply.BodyFault(err, "The body can't be read. %s", visitUsage)
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body = bytes.TrimSpace(body)
	values := r.URL.Query()
	switch {
	case len(body) == 0:
	case body[0] == '{' || kind == "application/json": // curl -d sends JSON under the type of a form
		err = addJSON(values, body)
	case kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data":
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err = r.ParseMultipartForm(4 << 10); errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
		values = r.Form
	default:
		return visitRequest{}, reply.Faultf(http.StatusUnsupportedMediaType, "The body is neither a form nor JSON. %s", visitUsage)
	}
	if err != nil {
		return visitRequest{}, reply.Faultf(http.StatusBadRequest, "The body can't be read. %s", visitUsage)
	}
	return visitRequestOf(values)
}

// addJSON adds the keys of a JSON body to values.
func addJSON(values url.Values, body []byte) error {
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil || in == nil {
		return errors.New("not a JSON object")
	}
	for key, v := range in {
		switch v := v.(type) {
		case string:
			values.Add(key, v)
		case bool:
			values.Add(key, strconv.FormatBool(v))
		default:
			return errors.New("not a name")
		}
	}
	return nil
}

// visitRequestOf reads the values of a query or a form.
func visitRequestOf(values url.Values) (q visitRequest, err error) {
	for key, all := range values {
		all = slices.Compact(all)
		switch {
		case key != "source" && key != "all":
			return q, reply.Faultf(http.StatusBadRequest, "There is no parameter %q. %s", key, visitUsage)
		case len(all) > 1:
			return q, reply.Faultf(http.StatusBadRequest, "%s has several values. %s", key, visitUsage)
		case key == "source" && all[0] == "":
			return q, reply.Faultf(http.StatusBadRequest, "source is empty. %s", visitUsage)
		case key == "source":
			q.source = all[0]
		default:
			if q.all, err = strconv.ParseBool(all[0]); err != nil {
				return q, reply.Faultf(http.StatusBadRequest, "all must be true or false, not %q.", all[0])
			}
		}
	}
	return q, nil
}

// visitOne visits a source by its name or id. A form gets a page as its answer, a program
// gets JSON.
func (a api) visitOne(w http.ResponseWriter, r *http.Request, name string) error {
	var src *view.Source
	err := a.Store.ViewContext(r.Context(), func(tx *store.Tx) error {
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
		return reply.Faultf(http.StatusConflict, "%s", view.Sentence(src.Name+" was not visited: "+reason+"."))
	case form:
		http.Redirect(w, r, "/sources?"+url.Values{"visited": {src.ID}}.Encode(), http.StatusSeeOther)
		return nil
	}
	return reply.JSON(w, http.StatusOK, result)
}

// visitAll streams one line of JSON for each visit. The last line is {"done":true}, or
// {"error":"..."} if the visits failed. The visits end when the client disconnects or stops
// reading; they never wait for it.
func (a api) visitAll(w http.ResponseWriter, r *http.Request, all bool) error {
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
