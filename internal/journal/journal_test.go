package journal_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// env is a journal over a real desk and store. The desk runs once run is called.
type env struct {
	*testing.T
	*journal.Journal
	desk *desk.Desk
}

func open(t *testing.T) *env {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(st, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return &env{t, &journal.Journal{Commit: d.File, Store: st}, d}
}

func (e *env) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.desk.Run(ctx) }()
	e.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			e.Error(err)
		}
	})
}

func (e *env) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// applied returns how many records the store has applied.
func (e *env) applied() (n uint64) {
	e.Helper()
	e.must(e.Store.View(func(tx *store.Tx) error { n = tx.Seq(); return nil }))
	return n
}

func rules(topics ...string) *news.Rules {
	r := &news.Rules{Keep: 720 * time.Hour, Sources: []news.Source{{Name: "one", Address: "https://one.example/rss"}}}
	for _, name := range topics {
		r.Topics = append(r.Topics, news.Topic{Name: name, Fold: news.FoldStory, Stories: 10, Match: []string{"ferry"}})
	}
	return r
}

func visit(headlines ...string) *news.Visit {
	v := &news.Visit{Source: "one", Final: true, Partial: true}
	for i, h := range headlines {
		v.Entries = append(v.Entries, news.Entry{Headline: h, Hash: news.Key('h', h), Keys: news.Keys{GUID: news.Key('g', h)}, Published: noon.Add(-time.Duration(i) * time.Minute)})
	}
	return v
}

// endsQueued is a context that ends when Done is asked for the second time: after the
// record was queued, and before it was committed.
type endsQueued struct {
	context.Context
	asked int
}

func (c *endsQueued) Done() <-chan struct{} {
	if c.asked++; c.asked < 2 {
		return nil
	}
	ended := make(chan struct{})
	close(ended)
	return ended
}

func (c *endsQueued) Err() error { return context.Canceled }

// A context that ends after the record was queued leaves a committed record. Filing the
// same record again is answered with nil and commits nothing.
func TestFileAfterItsContextEnded(t *testing.T) {
	e := open(t)
	for _, r := range []news.Record{{At: noon, Rules: rules("all")}, {At: noon, Visit: visit("Ferry resumes", "Copper rises")}} {
		if err := e.File(&endsQueued{Context: t.Context()}, r); !errors.Is(err, context.Canceled) {
			t.Fatalf("File: %v, want %v", err, context.Canceled)
		}
	}
	e.run()
	for range 2 {
		e.must(e.File(t.Context(), news.Record{At: noon, Rules: rules("all")}))
		e.must(e.File(t.Context(), news.Record{At: noon, Visit: visit("Ferry resumes", "Copper rises")}))
		if got := e.applied(); got != 2 {
			t.Errorf("%d records are applied, want 2", got)
		}
	}
}

// A record that is applied is not changed: the caller may file the same one again.
func TestFileChangesNoRecord(t *testing.T) {
	e := open(t)
	e.run()
	records := []news.Record{{At: noon, Rules: rules("all")}, {At: noon, Visit: visit("Ferry resumes")}, {At: noon, Order: &news.Order{Verb: "pause", Args: []string{"one"}}}}
	records[0].Rules.Alerts = []news.Alert{{Name: "a", When: news.WhenStory, Match: []string{"ferry"}, To: []news.Target{{ID: "x"}}}}
	for range 2 {
		for _, r := range records {
			e.must(e.File(t.Context(), r))
		}
	}
	if got := e.applied(); got != 3 {
		t.Errorf("%d records are applied, want 3", got)
	}
	if id := records[0].Rules.Sources[0].ID; id != "" {
		t.Errorf("the caller's source got the id %q", id)
	}
	if en := records[1].Visit.Entries[0]; en.ID != "" || !en.At.IsZero() {
		t.Errorf("the caller's entry was changed: %+v", en)
	}
}

// The ID follows from content and time, cut to what is stored of it.
func TestFileSealsRecords(t *testing.T) {
	var ids []string
	j := &journal.Journal{Commit: func(_ context.Context, r news.Record) error {
		ids = append(ids, r.ID)
		return nil
	}}
	for _, r := range []news.Record{
		{At: noon, Sweep: &news.Sweep{}},
		{At: noon.Add(time.Microsecond).In(time.FixedZone("", 3600)), Sweep: &news.Sweep{}},
		{ID: "mine", Seq: 7, At: noon, Sweep: &news.Sweep{}},
		{At: noon.Add(time.Millisecond), Sweep: &news.Sweep{}},
	} {
		if err := j.File(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if ids[0] == "" || ids[1] != ids[0] || ids[2] != ids[0] || ids[3] == ids[0] {
		t.Errorf("ids %q, want the first three alike", ids)
	}
}

func TestRefusals(t *testing.T) {
	e := open(t)
	e.run()
	if _, err := e.Rules(t.Context(), rules("all"), noon); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]func() error{
		"no time": func() error { return e.File(t.Context(), news.Record{Sweep: &news.Sweep{}}) },
		"far future": func() error {
			return e.File(t.Context(), news.Record{At: noon.AddDate(8000, 0, 0), Sweep: &news.Sweep{}})
		},
		"no kind":       func() error { return e.File(t.Context(), news.Record{At: noon}) },
		"unknown story": func() error { return order(e, "hide", "0000000000000") },
		"unknown order": func() error { return order(e, "praise", "0000000000000") },
		"bad rule": func() error {
			r := rules("all")
			r.Topics[0].Match = []string{`"open`}
			_, err := e.Rules(t.Context(), r, noon)
			return err
		},
	} {
		for range 2 {
			if err := file(); !errors.Is(err, journal.ErrRefused) {
				t.Errorf("%s: %v, want %v", name, err, journal.ErrRefused)
			}
		}
	}
	if got := e.applied(); got != 1 {
		t.Errorf("%d records are applied, want the rules alone", got)
	}
}

func order(e *env, verb string, args ...string) error {
	_, err := e.Order(e.Context(), news.Order{Verb: verb, Args: args}, noon)
	return err
}

func TestOrderReturnsTheNumberOfTheDecision(t *testing.T) {
	e := open(t)
	e.run()
	_, err := e.Rules(t.Context(), rules("all"), noon)
	e.must(err)
	number, err := e.Order(t.Context(), news.Order{Verb: "pause", Args: []string{"one"}}, noon)
	if err != nil || number != 2 {
		t.Errorf("decision %d, %v, want 2", number, err)
	}
	again, err := e.Order(t.Context(), news.Order{Verb: "pause", Args: []string{"one"}}, noon)
	if err != nil || again != number {
		t.Errorf("the same order again: decision %d, %v, want %d", again, err, number)
	}
}

// Rules are filed when they change, and say what topics gain and lose.
func TestRules(t *testing.T) {
	e := open(t)
	e.run()
	_, err := e.Rules(t.Context(), rules("all"), noon)
	e.must(err)
	e.must(e.File(t.Context(), news.Record{At: noon, Visit: visit("Ferry resumes", "Copper rises", "Ferry stops at night")}))
	for _, c := range []struct {
		topics []string
		match  string
		want   []string
		seq    uint64
	}{
		{[]string{"all"}, "ferry", nil, 2},
		{[]string{"all", "some"}, "ferry", []string{"topic some: +2 -0 stories"}, 3},
		{[]string{"all", "some"}, "copper", []string{"topic all: +1 -2 stories", "topic some: +1 -2 stories"}, 4},
		{[]string{"all"}, "copper", nil, 5},
	} {
		r := rules(c.topics...)
		for i := range r.Topics {
			r.Topics[i].Match = []string{c.match}
		}
		got, err := e.Rules(t.Context(), r, noon)
		if err != nil || !slices.Equal(got, c.want) || e.applied() != c.seq {
			t.Errorf("topics %v that match %s: %q at record %d, %v; want %q at %d", c.topics, c.match, got, e.applied(), err, c.want, c.seq)
		}
	}
}

// While the clock is not believed, no visit and no sweep is filed, and an order gets the last
// time that was.
func TestNoVisitsByAWrongClock(t *testing.T) {
	e := open(t)
	e.run()
	c := &clock.Clock{}
	last := time.Now().Add(-48 * time.Hour).Truncate(time.Millisecond)
	c.Open(last, true)
	e.Journal.Clock = c
	for _, r := range []news.Record{{At: time.Now(), Visit: &news.Visit{Source: "a"}}, {At: time.Now(), Sweep: &news.Sweep{}}} {
		if err := e.File(t.Context(), r); !errors.As(err, new(*clock.Error)) {
			t.Errorf("filed while the clock is in doubt: %v, want a *clock.Error", err)
		}
	}
	e.must(e.File(t.Context(), news.Record{At: time.Now(), Sent: &news.Sent{Notices: []string{"x"}}}))
	e.must(e.Store.View(func(tx *store.Tx) error {
		if at := tx.At(); at.Before(last) || at.After(last.Add(time.Hour)) {
			t.Errorf("a record by a clock in doubt is of %v, want about %v", at, last)
		}
		return nil
	}))
	c.Heard(clock.Witness{Host: "a", From: time.Now(), Until: time.Now()})
	c.Decide(false)
	e.must(e.File(t.Context(), news.Record{At: time.Now(), Sweep: &news.Sweep{}}))
}
