package view_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// readStory returns a story as lists show it.
func readStory(n *webtest.Newsroom, id string) (s *view.Story) {
	n.Must(n.Store.View(func(tx *store.Tx) (err error) {
		s, err = view.StoryByID(tx, id)
		return err
	}))
	return s
}

// The coverage of an event counts owners over all its stories, and leaves out what is
// withdrawn, held in all topics, merged or hidden everywhere.
func TestCoverage(t *testing.T) {
	n := webtest.Open(t)
	add := func(event string, change func(*news.Story), sources ...string) *news.Story {
		return n.AddStory(webtest.Story{Headline: "A", Sources: sources, Event: event, After: time.Hour, Change: change})
	}
	first := add("e", nil, "gulf", "north")
	last := add("e", func(s *news.Story) {
		s.Takes[1].Killed = s.Takes[1].At
		s.Takes[2].Holds = []news.Hold{{Why: "EMBARGO"}}
	}, "gulf", "nile", "vault")
	add("e", func(s *news.Story) { s.Hidden = map[string]uint64{news.Everywhere: 1} }, "harbour")
	add("e", func(s *news.Story) { s.MergedInto = first.ID }, "harbour")
	add("e", func(s *news.Story) { s.Killed, s.Takes[0].Killed = s.First, s.First }, "harbour")
	want := &view.Coverage{Outlets: 2, Stories: 2, First: first.First, Last: last.First}
	for _, id := range []string{first.ID, last.ID} {
		if diff := cmp.Diff(want, readStory(n, id).Coverage); diff != "" {
			t.Errorf("coverage of the event (-want +got):\n%s", diff)
		}
	}
	if c := readStory(n, add("", nil, "gulf").ID).Coverage; c != nil {
		t.Errorf("one story of one outlet has coverage %+v", c)
	}
	alone := add("", nil, "gulf", "nile")
	want = &view.Coverage{Outlets: 2, Stories: 1, First: alone.First, Last: alone.First.Add(time.Minute)}
	if diff := cmp.Diff(want, readStory(n, alone.ID).Coverage); diff != "" {
		t.Errorf("coverage of one story (-want +got):\n%s", diff)
	}
}

// The coverage of a large event is what was noted while it grew: it costs no more than that
// of a small one.
func TestCoverageOfALargeEvent(t *testing.T) {
	n := webtest.Open(t)
	var s *news.Story
	for i := range 60 {
		s = n.AddStory(webtest.Story{Headline: fmt.Sprint("Story ", i), Sources: []string{"gulf"}, Event: "e"})
	}
	from := n.At
	n.Apply(func(tx *store.Tx) news.Change {
		ev, err := tx.Events.Get("e")
		n.Must(err)
		ev.Voices, ev.Last = []news.Voice{{Owner: "a", At: from}, {Owner: "b", At: from.Add(time.Minute)}}, from.Add(time.Hour)
		n.Must(tx.Events.Put(ev))
		return news.Change{}
	})
	want := &view.Coverage{Outlets: 2, Stories: 60, First: from, Last: from.Add(time.Hour)}
	if diff := cmp.Diff(want, readStory(n, s.ID).Coverage); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Outlets are in the order of their times, whatever the order in which they joined.
func TestOutletsAreByTime(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "A", Sources: []string{"gulf", "north", "nile"}, Change: func(s *news.Story) {
		s.Takes[2].At = s.Takes[0].At.Add(-time.Hour)
	}})
	var got []string
	for _, o := range readStory(n, s.ID).Outlets {
		got = append(got, o.Source)
	}
	if diff := cmp.Diff([]string{"nile", "gulf", "north"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
