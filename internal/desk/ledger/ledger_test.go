package ledger

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *store.Store {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func update(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Update(fn); err != nil {
		t.Fatal(err)
	}
}

func storyNamed(id, into string) *news.Story {
	return &news.Story{ID: id, Seq: 1, First: noon, MergedInto: into, Takes: []news.Take{{Entry: "entry-" + id}}}
}

// What changed is written by Flush, and what did not is not. Copies last for the
// transaction, and those of stories for the next one.
func TestFlushWritesWhatChanged(t *testing.T) {
	st := open(t)
	var cache Cache
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, &cache)
		kept, dropped := storyNamed("kept", ""), storyNamed("dropped", "")
		l.AddStory(kept)
		l.AddStory(dropped)
		l.ChangeStory(kept.ID)
		l.ChangeEvent(&news.Event{ID: "event", Stories: []string{"kept"}})
		if same, err := l.Story("dropped"); err != nil || same != dropped {
			t.Errorf("Story: %v, %v, want the one that was added", same, err)
		}
		return l.Flush()
	})
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, &cache)
		kept, err := l.Story("kept")
		gone, err2 := tx.Stories.Get("dropped")
		ev, err3 := l.StoredEvent("event")
		if err := errors.Join(err, err2, err3); err != nil || kept == nil || gone != nil || ev == nil {
			t.Errorf("kept %v, dropped %v, event %v, %v; want the changed ones alone", kept, gone, ev, err)
		}
		kept.Headline = "not written"
		if err := l.Reload(); err != nil {
			return err
		}
		if again, err := l.Story("kept"); err != nil || again.Headline != "" {
			t.Errorf("after Reload: %+v, %v, want the stored story", again, err)
		}
		return nil
	})
}

// Release writes what changed and drops all copies. CopyOf gives the copy that has changed
// since the story was read.
func TestRelease(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, new(Cache))
		changed, read := storyNamed("changed", ""), storyNamed("read", "")
		l.AddStory(changed)
		l.ChangeStory(changed.ID)
		if got := l.CopyOf(read); got != read {
			t.Errorf("CopyOf a story without a copy: %v, want itself", got)
		}
		if got := l.CopyOf(storyNamed("changed", "")); got != changed {
			t.Errorf("CopyOf a changed story: %v, want the changed copy", got)
		}
		ev := &news.Event{ID: "event", Stories: []string{"changed"}}
		l.ChangeEvent(ev)
		if err := l.Release(); err != nil {
			return err
		}
		again, err := l.Story("changed")
		gone, err2 := l.Story("read")
		stored, err3 := l.StoredEvent("event")
		if err := errors.Join(err, err2, err3); err != nil || again == nil || again == changed || gone != nil || stored == nil || stored == ev {
			t.Errorf("after Release: changed %v, read %v, event %v, %v; want what is stored, read anew", again, gone, stored, err)
		}
		return nil
	})
}

func TestTopicsAndSources(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, new(Cache))
		for _, missing := range []func() (bool, error){
			func() (bool, error) { s, err := l.Source("one"); return s == nil, err },
			func() (bool, error) { s, err := l.Topic("all"); return s == nil, err },
			func() (bool, error) { s, err := l.Story("x"); return s == nil, err },
			func() (bool, error) { s, err := l.StoredEvent("x"); return s == nil, err },
		} {
			if none, err := missing(); err != nil || !none {
				t.Errorf("in an empty store: found %v, %v, want nil", !none, err)
			}
		}
		if err := tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: "all"}}); err != nil {
			return err
		}
		topic, err := l.Topic("all")
		if err != nil {
			return err
		}
		topic.Count = 7
		l.ChangeTopic("all")
		return errors.Join(l.PutSource(&news.SourceState{Source: news.Source{ID: "one"}, Entries: 3}), l.Flush())
	})
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, new(Cache))
		topic, err := l.Topic("all")
		src, err2 := l.Source("one")
		if err := errors.Join(err, err2); err != nil || topic.Count != 7 || src.Entries != 3 {
			t.Errorf("topic %+v, source %+v, %v", topic, src, err)
		}
		return nil
	})
}

func TestSurvivorFollowsMerges(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, new(Cache))
		for _, s := range []*news.Story{storyNamed("a", "b"), storyNamed("b", "c"), storyNamed("c", ""), storyNamed("x", "y"), storyNamed("y", "x"), storyNamed("lost", "none")} {
			l.AddStory(s)
		}
		for id, want := range map[string]string{"a": "c", "b": "c", "c": "c", "lost": "", "unknown": "", "x": ""} {
			s, err := l.Survivor(id)
			if err != nil || (s == nil) != (want == "") || s != nil && s.ID != want {
				t.Errorf("Survivor(%s): %+v, %v, want %q", id, s, err, want)
			}
		}
		return nil
	})
}

// An event that was merged into another one has that one's copy, under both ids.
func TestEventFollowsMerges(t *testing.T) {
	st := open(t)
	var cache Cache
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, &cache)
		l.ChangeEvent(&news.Event{ID: "old", Stories: []string{"old", "young"}})
		l.ChangeEvent(&news.Event{ID: "young", MergedInto: "old"})
		return l.Flush()
	})
	for _, c := range []*Cache{&cache, new(Cache)} {
		update(t, st, func(tx *store.Tx) error {
			l := New(tx, c)
			old, err := l.Event("old")
			young, err2 := l.Event("young")
			alone, err3 := l.Event("alone")
			if err := errors.Join(err, err2, err3); err != nil || old != young || len(alone.Stories) != 1 {
				t.Errorf("old %p, young %p, alone %+v, %v; want one copy, and a new event of one story", old, young, alone, err)
			}
			return nil
		})
	}
}

// Changes of the transaction count where merges are followed, also behind a stored one.
func TestEventFollowsChangedMerges(t *testing.T) {
	st := open(t)
	var cache Cache
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, &cache)
		l.ChangeEvent(&news.Event{ID: "one", Stories: []string{"one", "two", "three"}})
		l.ChangeEvent(&news.Event{ID: "two", MergedInto: "one"})
		l.ChangeEvent(&news.Event{ID: "three", MergedInto: "two"})
		return l.Flush()
	})
	update(t, st, func(tx *store.Tx) error {
		l := New(tx, new(Cache))
		two := &news.Event{ID: "two", Stories: []string{"two"}}
		l.ChangeEvent(two)
		if ev, err := l.Event("three"); err != nil || ev != two {
			t.Errorf("Event(three): %+v, %v, want the changed event two", ev, err)
		}
		return nil
	})
}

func TestTrimBoundsTheCache(t *testing.T) {
	cache := Cache{stories: map[string]*news.Story{}, events: map[string]*news.Event{"e": {}}}
	for i := range maxCached + 1 {
		cache.stories[string(rune(i))] = nil
	}
	cache.Trim()
	if len(cache.stories) != 0 || len(cache.events) != 1 {
		t.Errorf("%d stories and %d events are cached, want 0 and 1", len(cache.stories), len(cache.events))
	}
	cache.Reset()
	if len(cache.events) != 0 {
		t.Error("events are cached after Reset")
	}
}

func TestLater(t *testing.T) {
	if got := news.Later(noon, noon.Add(1)); got != noon.Add(1) {
		t.Errorf("Later: %v", got)
	}
	if got := news.Later(noon, noon.Add(-1)); got != noon {
		t.Errorf("Later: %v", got)
	}
}
