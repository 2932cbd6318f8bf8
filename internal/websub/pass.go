package websub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	// maxPassed is the size of content that is passed on to another node, in bytes: a message
	// has 8 MB, with its header. Larger content is not: that node visits the source instead.
	maxPassed   = 7 << 20
	maxPassing  = 2 * maxPassed    // bytes that are passed on at the same time, which no connection between nodes is too slow for
	maxQuery    = 16 << 10         // bytes of an intent verification that is passed on
	passTimeout = 15 * time.Second // few hubs wait longer; what is filed later is known when it is sent again

	ownerWait = 20 * time.Second // mostly a lost node is replaced within this time
	takeWait  = 5 * time.Second  // for a node that has just come to visit a source
)

// question is a request of a hub that another node received. A line of JSON is followed by the
// content.
type question struct {
	Token    string `json:"token"`
	Source   string `json:"source"`
	Query    string `json:"query,omitempty"` // of an intent verification; empty: the hub sent content
	TooLarge bool   `json:"too_large,omitempty"`
	content
}

// result is how it is answered.
type result struct {
	Status int           `json:"status,omitempty"` // 0: it is accepted
	Text   string        `json:"text,omitempty"`
	Wait   time.Duration `json:"wait,omitempty"` // Retry-After
	Echo   string        `json:"echo,omitempty"`
}

func (q *question) encode() ([]byte, error) {
	b, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	return append(append(b, '\n'), q.body...), nil
}

func decodeQuestion(b []byte) (q question, err error) {
	line, body, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return q, errors.New("a question without an end")
	}
	err = json.Unmarshal(line, &q)
	q.body = body
	return q, err
}

// passVerification has the node that works for a source answer a verification.
func (s *Subscriber) passVerification(r *http.Request, p news.Push) (echo string, err error) {
	query := r.URL.RawQuery
	if query == "" || len(query) > maxQuery {
		return "", errNotOurs
	}
	select {
	case s.receiving <- struct{}{}:
		defer func() { <-s.receiving }()
	default:
		return "", errBusy
	}
	return s.pass(r.Context(), &question{Query: query}, p)
}

// passContent has the node that works for a source file content whose signature is valid. If it
// is too large for a message, that node visits the source.
func (s *Subscriber) passContent(ctx context.Context, c content, p news.Push) error {
	q := question{content: c}
	if len(c.body) > maxPassed {
		q.TooLarge, q.body = true, nil
	}
	_, err := s.pass(ctx, &q, p)
	return err
}

// pass asks the node that works for a source.
func (s *Subscriber) pass(ctx context.Context, q *question, p news.Push) (echo string, err error) {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	q.Token, q.Source = p.Token, p.Source
	var a result
	size := int64(len(q.body))
	if err = s.passing.Acquire(ctx, size); err == nil {
		a, err = s.askOwner(ctx, q)
		s.passing.Release(size)
	}
	if err != nil {
		s.Log.Info("a request of a hub waits: the node that visits the source does not answer", "source", p.Source, "err", err)
		return "", retryLater(http.StatusServiceUnavailable, ownerWait, "this can't be answered now")
	}
	if a.Status != 0 {
		return "", &refusal{status: a.Status, text: a.Text, wait: a.Wait}
	}
	return a.Echo, nil
}

func (s *Subscriber) askOwner(ctx context.Context, q *question) (a result, err error) {
	address, err := s.address(q.Source)
	if err != nil {
		return a, err
	}
	b, err := q.encode()
	if err == nil {
		b, err = s.Peers.Ask(ctx, address, b)
	}
	if err == nil {
		err = json.Unmarshal(b, &a)
	}
	return a, err
}

// Answer answers a question of another node, which has checked the signature of content.
func (s *Subscriber) Answer(ctx context.Context, data []byte) (answer []byte) {
	s.ready()
	q, err := decodeQuestion(data)
	var a result
	if err == nil {
		a.Echo, err = s.handle(ctx, &q)
	}
	var no *refusal
	switch {
	case errors.As(err, &no):
		a = result{Status: no.status, Text: no.text, Wait: no.wait}
	case err != nil:
		s.Log.Warn("a request of a hub that another node received can't be answered", "err", err)
		a = result{Status: http.StatusServiceUnavailable, Text: "this can't be answered now", Wait: ownerWait}
	}
	answer, err = json.Marshal(&a)
	if err != nil {
		s.Log.Error("answer another node", "err", err)
	}
	return answer
}

// handle does what a hub asked for.
func (s *Subscriber) handle(ctx context.Context, q *question) (echo string, err error) {
	if !s.isOurs(q.Source) { // before the push is looked up: it may not be known yet
		return "", retryLater(http.StatusServiceUnavailable, takeWait, "this can't be answered now")
	}
	p := s.pushFor(q.Token)
	if q.Query != "" {
		values, err := url.ParseQuery(q.Query)
		if p == nil || err != nil {
			return "", errUnknown
		}
		return s.confirm(values, *p)
	}
	switch {
	case p == nil:
		return "", errGone
	case p.Unsubscribing:
		return "", errEnded
	}
	select {
	case s.receiving <- struct{}{}:
		defer func() { <-s.receiving }()
	default:
		return "", errBusy
	}
	if q.TooLarge {
		return "", s.visit(*p)
	}
	return "", s.file(ctx, q.content, *p)
}

// visit has a source visited, because what its hub sent could not be passed on.
func (s *Subscriber) visit(p news.Push) error {
	if !s.Visit(p.Source) {
		return retryLater(http.StatusServiceUnavailable, time.Minute, "the content can't be accepted now")
	}
	s.noteContent(p)
	return nil
}
