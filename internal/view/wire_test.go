package view_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

func TestMatchLine(t *testing.T) {
	for query, want := range map[string]string{
		"":                      "",
		"  \n ":                 "",
		"copper":                "match: 'copper'",
		"copper\n OR  \"gold\"": `match: 'copper OR "gold"'`,
		"it's -sport lang:en":   "match: 'it''s -sport lang:en'",
		"a: b # c":              "match: 'a: b # c'",
		"نحاس":                  "match: 'نحاس'",
		"bell\a":                "",
		"\ufeffcopper":          "",
		"replaced \ufffd":       "",
	} {
		if got := view.MatchLine(query); got != want {
			t.Errorf("MatchLine(%q) is %q, want %q", query, got, want)
		}
	}
}

// wireHeadlines returns the headlines of the wire in its order, event by event.
func wireHeadlines(n *webtest.Newsroom, state *news.ReadState, query, before string, limit int) (all []string, next string) {
	n.Helper()
	w, err := readWire(n, state, query, before, limit)
	n.Must(err)
	for _, e := range w.Events {
		for _, s := range e.Stories {
			all = append(all, s.Headline)
		}
	}
	return all, w.Before
}

// readWire reads a page of the wire, as many transactions as that takes.
func readWire(n *webtest.Newsroom, state *news.ReadState, query, before string, limit int) (*view.Wire, error) {
	var r *view.WireReader
	err := n.Store.View(func(tx *store.Tx) (err error) {
		scope, err := view.SearchScope(tx, time.Now())
		if err != nil {
			return err
		}
		f, err := view.NewFilter(scope, query, view.CompileMutes(state, scope.Now))
		if err != nil {
			return err
		}
		r, err = view.NewWireReader(tx, f, before, limit)
		return err
	})
	for more := true; more && err == nil; {
		err = n.Store.View(func(tx *store.Tx) (err error) {
			more, err = r.Read(n.Context(), tx)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	return r.Wire, nil
}

// The wire shows what satisfies the query and is neither muted nor hidden everywhere.
func TestFilter(t *testing.T) {
	n := webtest.Open(t)
	n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, Event: "copper"})
	n.AddStory(webtest.Story{Headline: "Copper falls", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, Event: "copper"})
	n.AddStory(webtest.Story{Headline: "Ferry returns", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, Event: "ferry"})
	n.AddStory(webtest.Story{Headline: "Ferry hidden", Language: "en", Sources: []string{"north"}, Change: func(s *news.Story) {
		s.Hidden = map[string]uint64{news.Everywhere: 1}
	}})
	until := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name, query string
		mute        news.Mute
		want        []string
	}{
		{"everything", "", news.Mute{}, []string{"Ferry returns", "Copper falls", "Copper rises"}},
		{"a query", "rises OR ferry", news.Mute{}, []string{"Ferry returns", "Copper rises"}},
		{"a muted event", "", news.Mute{Kind: news.MuteEvent, What: "copper", Until: until}, []string{"Ferry returns"}},
		{"a muted source: the story of another outlet too stays", "", news.Mute{Kind: news.MuteSource, What: "gulf", Until: until}, []string{"Copper rises"}},
		{"a muted word", "", news.Mute{Kind: news.MuteWord, What: "ferry", Until: until}, []string{"Copper falls", "Copper rises"}},
		{"a mute that expired", "", news.Mute{Kind: news.MuteWord, What: "ferry", Until: time.Now().Add(-time.Hour)}, []string{"Ferry returns", "Copper falls", "Copper rises"}},
		{"a query and a mute", "copper", news.Mute{Kind: news.MuteWord, What: "falls", Until: until}, []string{"Copper rises"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := wireHeadlines(n, &news.ReadState{Mutes: []news.Mute{tt.mute}}, tt.query, "", 10)
			if !slices.Equal(got, tt.want) {
				t.Errorf("the wire shows %q, want %q", got, tt.want)
			}
		})
	}
}

// A page of the wire continues below the last story of the page before.
func TestWirePages(t *testing.T) {
	n := webtest.OpenFilled(t)
	whole, _ := wireHeadlines(n, &news.ReadState{}, "", "", 100)
	var paged []string
	before := ""
	for range 10 {
		page, next := wireHeadlines(n, &news.ReadState{}, "", before, 3)
		if paged = append(paged, page...); next == "" {
			break
		}
		before = next
	}
	slices.Sort(whole)
	slices.Sort(paged)
	if len(whole) != 8 || !slices.Equal(whole, paged) {
		t.Errorf("page by page the wire shows %q, at once %q", paged, whole)
	}
}

// What the user got wrong is an Error of the right kind.
func TestErrors(t *testing.T) {
	n := webtest.OpenFilled(t)
	n.Must(n.Store.View(func(tx *store.Tx) error {
		for name, tt := range map[string]struct {
			want view.Kind
			ask  func() error
		}{
			"a query with a mistake": {view.Invalid, func() error { _, err := view.NewFilter(topic.Scope{}, "(copper", nil); return err }},
			"an unknown story":       {view.NotFound, func() error { _, err := view.StoryByID(tx, "nosuch"); return err }},
			"an unknown event":       {view.NotFound, func() error { _, err := view.EventByID(tx, "nosuch"); return err }},
			"an unknown decision":    {view.NotFound, func() error { _, err := view.DecisionByNumber(tx, locale.Of("en"), 999); return err }},
			"an unknown topic":       {view.NotFound, func() error { _, err := view.Stories(tx, view.StoryQuery{Topic: "nosuch"}); return err }},
			"an unknown entry":       {view.NotFound, func() error { _, err := view.Why(tx, locale.Of("en"), "nosuch"); return err }},
			"a rule with a mistake":  {view.Invalid, func() error { _, err := view.Preview(t.Context(), tx, news.Topic{Match: []string{"("}}); return err }},
			"a mute of nothing": {view.Invalid, func() error {
				return view.ApplyReadState(tx, &news.ReadState{}, &view.ReadStateChange{Mute: &view.MuteRequest{Kind: news.MuteWord}}, n.At)
			}},
		} {
			var got *view.Error
			if err := tt.ask(); !errors.As(err, &got) || got.Kind != tt.want || got.Text == "" {
				t.Errorf("%s: error %v, want an Error of kind %d with a text", name, err, tt.want)
			}
		}
		return nil
	}))
}

// A mute names what it mutes and ends when it should.
func TestMutes(t *testing.T) {
	n := webtest.OpenFilled(t)
	story := n.Find("Ferry returns to port after a night at sea")
	for _, tt := range []struct {
		want  view.MuteRequest
		label string
		lasts time.Duration
	}{
		{view.MuteRequest{Kind: news.MuteEvent, What: story.ID}, story.Headline, 24 * time.Hour},
		{view.MuteRequest{Kind: news.MuteSource, What: "gulf", For: "8h"}, "Gulf Wire", 8 * time.Hour},
		{view.MuteRequest{Kind: news.MuteWord, What: " copper ", For: "7d"}, "", 7 * 24 * time.Hour},
	} {
		var state news.ReadState
		n.Must(n.Store.View(func(tx *store.Tx) error {
			return view.ApplyReadState(tx, &state, &view.ReadStateChange{Mute: &tt.want}, n.At)
		}))
		if len(state.Mutes) != 1 || state.Mutes[0].Label != tt.label || !state.Mutes[0].Until.Equal(n.At.Add(tt.lasts)) {
			t.Errorf("%+v makes %+v, want the label %q and an end after %v", tt.want, state.Mutes, tt.label, tt.lasts)
		}
	}
}
