package view_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

func explain(n *webtest.Newsroom, id string) *view.Explanation {
	n.Helper()
	var e *view.Explanation
	n.Must(n.Store.View(func(tx *store.Tx) (err error) {
		e, err = view.Why(tx, locale.Of("en"), id)
		return err
	}))
	return e
}

// The reason names the rule by which an entry joined and the first entry of the story.
func TestWhyText(t *testing.T) {
	const first = "\"\u2068Copper rises\u2069\" from \u2068Northern Post\u2069 (entry "
	for _, tt := range []struct {
		level news.Level
		take  func(*news.Take)
		want  string
	}{
		{news.LevelLink, nil, "It links to the same page as another entry of this story, which started with " + first},
		{news.LevelKey, nil, "its headline is word for word that of " + first},
		{news.LevelEdited, func(t *news.Take) { t.Score = 834 }, "Its headline is a light edit of " + first},
		{news.LevelEdited, func(t *news.Take) { t.Score = 834 }, ": similarity 83 %."},
		{news.LevelEdited, func(t *news.Take) { t.Headline, t.Score = "CORRECTED-Copper falls", 599 }, "It corrects what its outlet reported in this story: similarity 60 % to " + first},
		{news.LevelOrder, nil, "An editor put it in this story."},
	} {
		n := webtest.Open(t)
		s := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, Change: func(s *news.Story) {
			s.Takes[1].Level = tt.level
			if tt.take != nil {
				tt.take(&s.Takes[1])
			}
		}})
		if got := explain(n, s.Takes[1].Entry).Text; !strings.Contains(got, tt.want) {
			t.Errorf("level %s: %q, want %q", tt.level, got, tt.want)
		}
		if got, want := explain(n, s.ID), "It was the first with this headline, so it started the story."; got.Entry != s.Lead || got.Text != want {
			t.Errorf("the story's id explains entry %s: %q, want the lead %s: %q", got.Entry, got.Text, s.Lead, want)
		}
	}
}

// A story keeps the links of its outlets when the entries are deleted, so that their
// addresses lead to it still.
func TestWhyAfterRetention(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}})
	for range 3 {
		n.AddStory(webtest.Story{Headline: "Ferry returns", Language: "en", Sources: []string{"nile"}, Topics: []string{"world"}})
	}
	link := strings.Replace(s.Takes[1].Link, "http://", "https://www.", 1)
	if got := explain(n, link); got.Entry != s.Takes[1].Entry {
		t.Errorf("%s stands for %s, want %s", link, got.Entry, s.Takes[1].Entry)
	}
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		for i := range s.Takes {
			e, err := tx.Entries.Get(s.Takes[i].Entry)
			n.Must(err)
			n.Must(tx.Entries.Delete(e))
		}
		return nil
	}))
	if got := explain(n, link); got.Story == nil || got.Story.ID != s.ID || !strings.Contains(got.Text, "no longer stored") {
		t.Errorf("%s after retention: got %+v, want the story", link, got)
	}
}

// An editor's decision explains an entry until it is undone.
func TestWhyNamesTheEditor(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north", "gulf"}, Topics: []string{"world"}, Change: func(s *news.Story) {
		s.Takes[1].Level = news.LevelOrder
	}})
	entry := s.Takes[1].Entry
	addOrder(n, news.Order{Verb: "split", Args: []string{entry, "other", s.ID}, Why: "another mine"})
	if got := explain(n, entry).Text; !strings.Contains(got, " by local user, ") || !strings.HasSuffix(got, ": another mine.") {
		t.Errorf("decided without a name: %q", got)
	}
	addOrder(n, news.Order{Verb: "split", Args: []string{entry, "other", s.ID}, Who: "ada"})
	if got := explain(n, entry).Text; !strings.Contains(got, " by ada, 20 November 2026, ") {
		t.Errorf("decided by ada: %q", got)
	}
	addOrder(n, news.Order{Verb: "split", Args: []string{entry, "other", s.ID}, Who: "eve", Undone: 99})
	if got := explain(n, entry).Text; !strings.Contains(got, " by ada, ") {
		t.Errorf("after eve's decision was undone: %q", got)
	}
}

// A story without the text of its entries is still explained.
func TestWhyWithoutEntry(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north"}, Change: func(s *news.Story) { s.Lead = "deleted" }})
	if got, want := explain(n, s.ID).Text, "It leads its story. Its text is no longer stored."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// An editor's decision on an event explains it until it is undone.
func TestWhyNamesTheDecisionOnAnEvent(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	if got := explain(n, s.ID).InEvent; got != nil {
		t.Errorf("a story alone in its event: %+v", got)
	}
	addOrder(n, news.Order{Verb: "split", Args: []string{s.ID, "event", "from", "own"}, Who: "ada"})
	addOrder(n, news.Order{Verb: "merge", Args: []string{s.ID, "other", "event", "into", "merged"}, Who: "eve", Undone: 99})
	if got := explain(n, s.ID).InEvent; got == nil || got.Ordered == nil || !strings.HasPrefix(got.Text, "Split \"\u2068Copper rises\u2069\" from its event: decision ") || !strings.HasSuffix(got.Text, " by ada.") {
		t.Errorf("after a split: %+v", got)
	}
}

// The explanation of an event says that a sweep split it from another one, until they are one
// again.
func TestWhyNamesTheSplitOfAnEvent(t *testing.T) {
	n := webtest.Open(t)
	copper := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	tin := n.AddStory(webtest.Story{Headline: "Tin falls", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}})
	put := func(events ...*news.Event) {
		n.Must(n.Store.Update(func(tx *store.Tx) error {
			for _, ev := range events {
				if err := tx.Events.Put(ev); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	at := time.Date(2026, 11, 20, 14, 5, 0, 0, time.UTC)
	put(&news.Event{ID: copper.ID, Stories: []string{copper.ID}}, &news.Event{ID: tin.ID, Stories: []string{tin.ID}, SplitFrom: copper.ID, SplitAt: at})
	got := explain(n, tin.ID).InEvent
	if got == nil || got.Split == nil || got.Split.From != copper.ID || got.Split.Headline != "Copper rises" || !strings.Contains(got.Text, "a check (20 November 2026, 18:05 UTC+4)") {
		t.Errorf("after the split: %+v", got)
	}
	put(&news.Event{ID: copper.ID, MergedInto: tin.ID}, &news.Event{ID: tin.ID, Stories: []string{tin.ID, copper.ID}, SplitFrom: copper.ID, SplitAt: at})
	if got := explain(n, tin.ID).InEvent; got != nil && got.Split != nil {
		t.Errorf("after an editor merged them: %+v", got.Split)
	}
}

// The id of an event that was split from another is no story's; it stands for the first
// story of the event, as does an id that was merged into it.
func TestWhyOfAnEventThatASplitMade(t *testing.T) {
	n := webtest.Open(t)
	s := n.AddStory(webtest.Story{Headline: "Copper rises", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	const part, merged = "00000000000a", "00000000000b"
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		if err := tx.Events.Put(&news.Event{ID: part, Last: s.First, Stories: []string{s.ID}}); err != nil {
			return err
		}
		return tx.Events.Put(&news.Event{ID: merged, MergedInto: part})
	}))
	for _, id := range []string{part, merged} {
		if got := explain(n, id); got.Story == nil || got.Story.ID != s.ID || got.Entry != s.Lead {
			t.Errorf("event %s is explained by %+v, want story %s", id, got, s.ID)
		}
	}
}
