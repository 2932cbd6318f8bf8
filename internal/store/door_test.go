package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// storyAt is a story that stands in the topics named.
func storyAt(id string, seq uint64, at time.Time, topics ...string) *news.Story {
	s := &news.Story{ID: fmt.Sprintf("%013s", id), Seq: seq, First: at, Last: at, Places: map[string]news.Place{}}
	for _, t := range topics {
		s.Places[t] = news.Place{At: at, Seq: seq}
	}
	return s
}

// put claims what a story needs and stores it.
func put(tx *store.Tx, all ...*news.Story) error {
	for _, s := range all {
		for topic, p := range s.Places {
			p.Updated = tx.Claim(topic, p.At, s.ID, p.Updated)
			s.Places[topic] = p
		}
		if err := tx.PutStory(s); err != nil {
			return err
		}
	}
	return nil
}

func ids(t *testing.T) func([]*news.Story, error) []string {
	return func(all []*news.Story, err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, s := range all {
			out = append(out, s.ID[len(s.ID)-1:])
		}
		return out
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestStoriesStandInOrderAndCanBePaged(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		return put(tx,
			storyAt("a", 1, minute(1), "world", "world2"), storyAt("b", 2, minute(3), "world"),
			storyAt("c", 3, minute(2), "world"), storyAt("d", 3, minute(2), "world"), storyAt("e", 3, minute(2), "world", "wor"))
	})
	view(t, st, func(tx *store.Tx) error {
		list := ids(t)
		same(t, "from the top", []string{"b", "e", "d"}, list(tx.Placed("world", 3, news.Place{})))
		same(t, "all", []string{"b", "e", "d", "c", "a"}, list(tx.Placed("world", 9, news.Place{})))
		same(t, "below a place", []string{"a"}, list(tx.Placed("world", 9, news.Place{At: minute(2), Seq: 3})))
		same(t, "below a story that shares its place", []string{"d", "c"}, list(tx.Below("world", 2, storyAt("e", 3, minute(2), "world"))))
		same(t, "a topic whose name is a beginning", []string{"e"}, list(tx.Placed("wor", 9, news.Place{})))
		same(t, "none", []string{}, list(tx.Placed("worl", 9, news.Place{})))
		same(t, "none asked for", []string{}, list(tx.Placed("world", 0, news.Place{})))
		same(t, "latest", []string{"b", "e"}, list(tx.Latest(2, nil)))
		same(t, "latest, on", []string{"d", "c", "a"}, list(tx.Latest(9, storyAt("e", 3, minute(2)))))
		same(t, "old", []string{"a", "c"}, list(tx.OldStories(minute(3), 2)))
		same(t, "none older", []string{}, list(tx.OldStories(minute(1), 2)))
		return nil
	})
	verify(t, st)
}

func TestAStoryThatMovesLeavesNothingBehind(t *testing.T) {
	st := open(t)
	s := storyAt("a", 1, minute(1), "world", "tech")
	update(t, st, func(tx *store.Tx) error { return put(tx, s, storyAt("b", 1, minute(2), "world")) })
	update(t, st, func(tx *store.Tx) error {
		out := s.Places["world"]
		out.Out = true
		s.Places["world"] = out
		s.First = minute(5)
		return tx.PutStory(s)
	})
	view(t, st, func(tx *store.Tx) error {
		list := ids(t)
		same(t, "world", []string{"b"}, list(tx.Placed("world", 9, news.Place{})))
		same(t, "tech", []string{"a"}, list(tx.Placed("tech", 9, news.Place{})))
		same(t, "latest", []string{"a", "b"}, list(tx.Latest(9, nil)))
		return nil
	})
	update(t, st, func(tx *store.Tx) error { s.MergedInto = "000000000000b"; return tx.PutStory(s) })
	view(t, st, func(tx *store.Tx) error {
		same(t, "latest, without what was taken in", []string{"b"}, ids(t)(tx.Latest(9, nil)))
		same(t, "old, with it", []string{"b", "a"}, ids(t)(tx.OldStories(minute(9), 9)))
		return nil
	})
	update(t, st, func(tx *store.Tx) error { return tx.DropStory(s) })
	view(t, st, func(tx *store.Tx) error {
		same(t, "tech, dropped", []string{}, ids(t)(tx.Placed("tech", 9, news.Place{})))
		same(t, "old, dropped", []string{"b"}, ids(t)(tx.OldStories(minute(9), 9)))
		gone, err := tx.Story(s.ID)
		same(t, "the story", (*news.Story)(nil), gone)
		return err
	})
	verify(t, st)
}

func TestNoTwoStoriesOfATopicHaveTheSameUpdated(t *testing.T) {
	ms := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Millisecond) }
	st := open(t)
	var none time.Time
	update(t, st, func(tx *store.Tx) error {
		same(t, "a", ms(0), tx.Claim("world", ms(0), "000000000000a", none))
		same(t, "b", ms(1), tx.Claim("world", ms(0), "000000000000b", none))
		same(t, "c, in another topic", ms(0), tx.Claim("tech", ms(0), "000000000000c", none))
		same(t, "d", ms(2), tx.Claim("world", ms(0).Add(999), "000000000000d", none))
		same(t, "a, at a later time", ms(7), tx.Claim("world", ms(7), "000000000000a", ms(0)))
		same(t, "e, where a was", ms(0), tx.Claim("world", ms(0), "000000000000e", none))
		same(t, "f", ms(3), tx.Claim("world", ms(1), "000000000000f", none))
		same(t, "b, again at the same time", ms(1), tx.Claim("world", ms(1), "000000000000b", ms(1)))
		same(t, "g, with another's old", ms(4), tx.Claim("world", ms(0), "000000000000g", ms(2)))
		return nil
	})
	update(t, st, func(tx *store.Tx) error {
		same(t, "h, in the next transaction", ms(5), tx.Claim("world", ms(0), "000000000000h", none))
		return nil
	})
}

func TestARenamedTopicKeepsItsStories(t *testing.T) {
	st := open(t)
	out := storyAt("b", 2, minute(2), "hacking")
	both := storyAt("c", 3, minute(3), "hacking", "cyber")
	update(t, st, func(tx *store.Tx) error {
		if err := put(tx, storyAt("a", 1, minute(1), "hacking", "world"), out, both); err != nil {
			return err
		}
		p := out.Places["hacking"]
		p.Out = true
		out.Places["hacking"] = p
		return tx.PutStory(out)
	})
	update(t, st, func(tx *store.Tx) error { return tx.RenameTopic("hacking", "cyber") })
	view(t, st, func(tx *store.Tx) error {
		same(t, "the old name", []string{}, ids(t)(tx.Placed("hacking", 9, news.Place{})))
		same(t, "the new name", []string{"c", "a"}, ids(t)(tx.Placed("cyber", 9, news.Place{})))
		same(t, "another topic", []string{"a"}, ids(t)(tx.Placed("world", 9, news.Place{})))
		s, err := tx.Story(out.ID)
		if err != nil {
			return err
		}
		same(t, "one that is out", map[string]news.Place{"cyber": {At: minute(2), Seq: 2, Updated: minute(2), Out: true}}, s.Places)
		members, err := tx.Members("cyber")
		same(t, "members", map[string]bool{"000000000000a": true, "000000000000c": true}, members)
		return err
	})
	verify(t, st)
}

func entryOf(id string, seq uint64, keys news.Keys) *news.Entry {
	return &news.Entry{ID: fmt.Sprintf("%013s", id), Source: "s", Seq: seq, Keys: keys, Summary: "text", Body: "body " + id, Categories: []string{"c"}, Media: []news.Media{{URL: "https://x.example"}}}
}

func TestRetentionForgetsTextBeforeKeys(t *testing.T) {
	st := open(t)
	a, b, c := entryOf("a", 1, news.Keys{GUID: 1, Text: 5}), entryOf("b", 1, news.Keys{GUID: 2, Link: 3, Text: 5}), entryOf("c", 2, news.Keys{Headline: 4})
	update(t, st, func(tx *store.Tx) error {
		for i, e := range []*news.Entry{a, b, c} {
			if err := tx.PutEntry(e); err != nil {
				return err
			}
			if err := tx.Unlist(e, minute(i)); err != nil {
				return err
			}
		}
		return tx.Relist(c)
	})
	names := func(all []*news.Entry, err error) (out []string) {
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			out = append(out, e.ID[12:])
		}
		return out
	}
	update(t, st, func(tx *store.Tx) error {
		same(t, "fading before 1", []string{"a"}, names(tx.Fading(minute(1), 9)))
		same(t, "fading", []string{"a", "b"}, names(tx.Fading(minute(9), 9)))
		same(t, "one fading", []string{"a"}, names(tx.Fading(minute(9), 1)))
		same(t, "faded", []string(nil), names(tx.Faded(minute(9), 9)))
		got, err := tx.Entry(a.ID)
		if err != nil {
			return err
		}
		return tx.ForgetText(got)
	})
	update(t, st, func(tx *store.Tx) error {
		same(t, "fading after", []string{"b"}, names(tx.Fading(minute(9), 9)))
		same(t, "faded after", []string{"a"}, names(tx.Faded(minute(9), 9)))
		body, err := tx.Body(a.ID)
		if err != nil {
			return err
		}
		same(t, "body of a", "", body)
		same(t, "key of a", a.ID, tx.ByKey("s", 1))
		bare, err := tx.Entry(a.ID)
		if err != nil {
			return err
		}
		same(t, "a", &news.Entry{ID: a.ID, Source: "s", Seq: 1, Keys: a.Keys, TextDeleted: true, Unlisted: minute(0)}, bare)
		return tx.DropEntry(bare)
	})
	view(t, st, func(tx *store.Tx) error {
		same(t, "faded, dropped", []string(nil), names(tx.Faded(minute(9), 9)))
		same(t, "key of a, dropped", "", tx.ByKey("s", 1))
		same(t, "text of a, dropped", []string{b.ID}, tx.ByText("s", 5))
		return nil
	})
	verify(t, st)
}

func TestAnEntryPutAgainKeepsItsBodyAndForgetsOldKeys(t *testing.T) {
	st := open(t)
	e := entryOf("a", 1, news.Keys{GUID: 1, Link: 2, Text: 3})
	update(t, st, func(tx *store.Tx) error { return tx.PutEntry(e) })
	update(t, st, func(tx *store.Tx) error {
		got, err := tx.Entry(e.ID)
		if err != nil {
			return err
		}
		got.Keys = news.Keys{GUID: 9, Link: 2, Text: 8}
		if err := tx.PutEntry(got); err != nil {
			return err
		}
		// A later entry takes a key over: it stays with that one.
		return tx.PutEntry(entryOf("b", 2, news.Keys{Link: 2}))
	})
	view(t, st, func(tx *store.Tx) error {
		body, err := tx.Body(e.ID)
		same(t, "body", "body a", body)
		same(t, "keys", []string{"", e.ID, "000000000000b"}, []string{tx.ByKey("s", 1), tx.ByKey("s", 9), tx.ByKey("s", 2)})
		same(t, "texts", [][]string{nil, {e.ID}}, [][]string{tx.ByText("s", 3), tx.ByText("s", 8)})
		same(t, "another source", "", tx.ByKey("t", 9))
		return err
	})
	update(t, st, func(tx *store.Tx) error {
		if err := tx.DropBody(e.ID); err != nil {
			return err
		}
		return tx.DropEntry(&news.Entry{ID: e.ID, Source: "s", Seq: 1, Keys: news.Keys{GUID: 9, Link: 2, Text: 8}})
	})
	view(t, st, func(tx *store.Tx) error {
		same(t, "the other's key", "000000000000b", tx.ByKey("s", 2))
		return nil
	})
	verify(t, st)
}

func TestWhatIsTrimmedIsTheOldest(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for seq := uint64(1); seq <= 9; seq++ {
			at := minute(int(seq))
			if err := tx.Apply(&news.Record{ID: fmt.Sprint(seq), Seq: seq, At: at}); err != nil {
				return err
			}
			if err := tx.PutChange(news.Change{Seq: seq, At: at}); err != nil {
				return err
			}
			if err := tx.PutSignature(seq, 0, minute(int(10-seq)), []byte{byte(seq)}); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, st, func(tx *store.Tx) error {
		n, err := tx.DropChanges(minute(5), 3)
		same(t, "changes dropped", []any{3, nil}, []any{n, err})
		same(t, "oldest change", uint64(4), tx.OldestChange())
		n, err = tx.DropChanges(minute(5), 9)
		same(t, "changes dropped then", []any{1, nil}, []any{n, err})
		n, err = tx.ForgetApplied(4, 9)
		same(t, "forgotten", []any{3, nil}, []any{n, err})
		same(t, "applied", []bool{false, true, true}, []bool{tx.Applied("3"), tx.Applied("4"), tx.Applied("9")})
		if err := tx.DropSignatures(minute(5)); err != nil {
			return err
		}
		var left []byte
		err = tx.Signatures(func(sig []byte) error { left = append(left, sig...); return nil })
		same(t, "signatures", []byte{1, 2, 3, 4, 5}, left)
		changes, err2 := tx.Changes(5, 2)
		same(t, "changes", []news.Change{{Seq: 6, At: minute(6)}, {Seq: 7, At: minute(7)}}, changes)
		if err == nil {
			err = err2
		}
		return err
	})
	verify(t, st)
}

func TestApplyKeepsTheOrderOfRecords(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error { return tx.Apply(&news.Record{ID: "a", Seq: 1, At: minute(1)}) })
	for _, r := range []news.Record{{ID: "b", Seq: 1, At: minute(2)}, {ID: "b", Seq: 3, At: minute(2)}, {ID: "b", Seq: 2, At: minute(0)}} {
		if err := st.Update(func(tx *store.Tx) error { return tx.Apply(&r) }); err == nil {
			t.Errorf("seq %d at %v was applied after seq 1 at %v", r.Seq, r.At, minute(1))
		}
	}
}

func TestSourcesAndTopicsComeInTheOrderOfTheRules(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for _, id := range []string{"a", "b", "c", "d"} {
			if err := tx.PutSource(&news.SourceState{Source: news.Source{ID: id, Name: id}, Removed: id == "b"}); err != nil {
				return err
			}
			if err := tx.PutTopic(&news.TopicState{Topic: news.Topic{Name: id}, Removed: id == "a"}); err != nil {
				return err
			}
		}
		return tx.PutRules(&news.Rules{Sources: []news.Source{{Name: "d"}, {Name: "b"}, {Name: "a"}}, Topics: []news.Topic{{Name: "c"}, {Name: "b"}, {Name: "d"}}})
	})
	view(t, st, func(tx *store.Tx) error {
		sources, err := tx.Sources()
		if err != nil {
			return err
		}
		topics, err := tx.Topics()
		var s, tp string
		for i := range sources {
			s, tp = s+sources[i].ID, tp+topics[i].Name
		}
		same(t, "sources, topics", []string{"dabc", "cbda"}, []string{s, tp})
		return err
	})
}

func TestSpotsAreKept(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for _, s := range []news.VisitState{{Source: "b", Visits: 1}, {Source: "a", Due: noon}, {Source: "b", Visits: 2}} {
			if err := tx.PutVisitState(s); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, st, func(tx *store.Tx) error {
		all, err := tx.VisitStates()
		same(t, "spots", []*news.VisitState{{Source: "a", Due: noon}, {Source: "b", Visits: 2}}, all)
		return err
	})
	update(t, st, func(tx *store.Tx) error { return tx.DeleteVisitState("a") })
	view(t, st, func(tx *store.Tx) error {
		s, err := tx.VisitState("a")
		same(t, "dropped", (*news.VisitState)(nil), s)
		return err
	})
}
