package store_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

var testTime = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return testTime.Add(time.Duration(n) * time.Minute) }

// storyAt returns a story that is in topics.
func storyAt(id string, seq uint64, at time.Time, topics ...string) *news.Story {
	s := &news.Story{ID: fmt.Sprintf("%013s", id), Seq: seq, First: at, Last: at, Places: map[string]news.Place{}}
	for _, t := range topics {
		s.Places[t] = news.Place{At: at, Seq: seq}
	}
	return s
}

// putStories claims the Updated times of stories and stores them.
func putStories(tx *store.Tx, all ...*news.Story) error {
	for _, s := range all {
		for topic, p := range s.Places {
			p.Updated = tx.Topics.ClaimUpdated(topic, p.At, s.ID, p.Updated)
			s.Places[topic] = p
		}
		if err := tx.Stories.Put(s); err != nil {
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

func checkEqual(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestStoriesAreInOrderAndCanBePaged(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		return putStories(tx,
			storyAt("a", 1, minute(1), "world", "world2"), storyAt("b", 2, minute(3), "world"),
			storyAt("c", 3, minute(2), "world"), storyAt("d", 3, minute(2), "world"), storyAt("e", 3, minute(2), "world", "wor"))
	})
	view(t, st, func(tx *store.Tx) error {
		list := ids(t)
		checkEqual(t, "newest", []string{"b", "e", "d"}, list(tx.Stories.InTopic("world", 3, news.Place{})))
		checkEqual(t, "all", []string{"b", "e", "d", "c", "a"}, list(tx.Stories.InTopic("world", 9, news.Place{})))
		checkEqual(t, "below a place", []string{"a"}, list(tx.Stories.InTopic("world", 9, news.Place{At: minute(2), Seq: 3})))
		checkEqual(t, "below a story that shares its place", []string{"d", "c"}, list(tx.Stories.InTopicBelow("world", 2, storyAt("e", 3, minute(2), "world"))))
		checkEqual(t, "a topic whose name is a prefix", []string{"e"}, list(tx.Stories.InTopic("wor", 9, news.Place{})))
		checkEqual(t, "none", []string{}, list(tx.Stories.InTopic("worl", 9, news.Place{})))
		checkEqual(t, "zero of them", []string{}, list(tx.Stories.InTopic("world", 0, news.Place{})))
		checkEqual(t, "latest", []string{"b", "e"}, list(tx.Stories.Latest(2, nil)))
		checkEqual(t, "latest, next page", []string{"d", "c", "a"}, list(tx.Stories.Latest(9, storyAt("e", 3, minute(2)))))
		checkEqual(t, "old", []string{"a", "c"}, list(tx.Stories.OlderThan(minute(3), 2)))
		checkEqual(t, "none older", []string{}, list(tx.Stories.OlderThan(minute(1), 2)))
		return nil
	})
	verify(t, st)
}

func TestMovedStoryLeavesNoRows(t *testing.T) {
	st := open(t)
	s := storyAt("a", 1, minute(1), "world", "tech")
	update(t, st, func(tx *store.Tx) error { return putStories(tx, s, storyAt("b", 1, minute(2), "world")) })
	update(t, st, func(tx *store.Tx) error {
		out := s.Places["world"]
		out.Out = true
		s.Places["world"] = out
		s.First = minute(5)
		return tx.Stories.Put(s)
	})
	view(t, st, func(tx *store.Tx) error {
		list := ids(t)
		checkEqual(t, "world", []string{"b"}, list(tx.Stories.InTopic("world", 9, news.Place{})))
		checkEqual(t, "tech", []string{"a"}, list(tx.Stories.InTopic("tech", 9, news.Place{})))
		checkEqual(t, "latest", []string{"a", "b"}, list(tx.Stories.Latest(9, nil)))
		return nil
	})
	update(t, st, func(tx *store.Tx) error { s.MergedInto = "000000000000b"; return tx.Stories.Put(s) })
	view(t, st, func(tx *store.Tx) error {
		checkEqual(t, "latest, without the merged one", []string{"b"}, ids(t)(tx.Stories.Latest(9, nil)))
		checkEqual(t, "old, with it", []string{"b", "a"}, ids(t)(tx.Stories.OlderThan(minute(9), 9)))
		return nil
	})
	update(t, st, func(tx *store.Tx) error { return tx.Stories.Delete(s) })
	view(t, st, func(tx *store.Tx) error {
		checkEqual(t, "tech, deleted", []string{}, ids(t)(tx.Stories.InTopic("tech", 9, news.Place{})))
		checkEqual(t, "old, deleted", []string{"b"}, ids(t)(tx.Stories.OlderThan(minute(9), 9)))
		gone, err := tx.Stories.Get(s.ID)
		checkEqual(t, "the story", (*news.Story)(nil), gone)
		return err
	})
	verify(t, st)
}

func TestNoTwoStoriesOfATopicHaveTheSameUpdated(t *testing.T) {
	ms := func(n int) time.Time { return testTime.Add(time.Duration(n) * time.Millisecond) }
	st := open(t)
	var none time.Time
	update(t, st, func(tx *store.Tx) error {
		checkEqual(t, "a", ms(0), tx.Topics.ClaimUpdated("world", ms(0), "000000000000a", none))
		checkEqual(t, "b", ms(1), tx.Topics.ClaimUpdated("world", ms(0), "000000000000b", none))
		checkEqual(t, "c, in another topic", ms(0), tx.Topics.ClaimUpdated("tech", ms(0), "000000000000c", none))
		checkEqual(t, "d", ms(2), tx.Topics.ClaimUpdated("world", ms(0).Add(999), "000000000000d", none))
		checkEqual(t, "a, at a later time", ms(7), tx.Topics.ClaimUpdated("world", ms(7), "000000000000a", ms(0)))
		checkEqual(t, "e, where a was", ms(0), tx.Topics.ClaimUpdated("world", ms(0), "000000000000e", none))
		checkEqual(t, "f", ms(3), tx.Topics.ClaimUpdated("world", ms(1), "000000000000f", none))
		checkEqual(t, "b, again at the same time", ms(1), tx.Topics.ClaimUpdated("world", ms(1), "000000000000b", ms(1)))
		checkEqual(t, "g, with another's old", ms(4), tx.Topics.ClaimUpdated("world", ms(0), "000000000000g", ms(2)))
		return nil
	})
	update(t, st, func(tx *store.Tx) error {
		checkEqual(t, "h, in the next transaction", ms(5), tx.Topics.ClaimUpdated("world", ms(0), "000000000000h", none))
		return nil
	})
}

func TestMoveStories(t *testing.T) {
	st := open(t)
	out := storyAt("b", 2, minute(2), "hacking")
	both := storyAt("c", 3, minute(3), "hacking", "cyber")
	update(t, st, func(tx *store.Tx) error {
		if err := putStories(tx, storyAt("a", 1, minute(1), "hacking", "world"), out, both); err != nil {
			return err
		}
		p := out.Places["hacking"]
		p.Out = true
		out.Places["hacking"] = p
		return tx.Stories.Put(out)
	})
	update(t, st, func(tx *store.Tx) error { return tx.Topics.MoveStories("hacking", "cyber") })
	view(t, st, func(tx *store.Tx) error {
		checkEqual(t, "the old name", []string{}, ids(t)(tx.Stories.InTopic("hacking", 9, news.Place{})))
		checkEqual(t, "the new name", []string{"c", "a"}, ids(t)(tx.Stories.InTopic("cyber", 9, news.Place{})))
		checkEqual(t, "another topic", []string{"a"}, ids(t)(tx.Stories.InTopic("world", 9, news.Place{})))
		s, err := tx.Stories.Get(out.ID)
		if err != nil {
			return err
		}
		checkEqual(t, "a story that is out", map[string]news.Place{"cyber": {At: minute(2), Seq: 2, Updated: minute(2), Out: true}}, s.Places)
		members, err := tx.Stories.IDsInTopic("cyber")
		checkEqual(t, "members", map[string]bool{"000000000000a": true, "000000000000c": true}, members)
		return err
	})
	verify(t, st)
}

func entryOf(id string, seq uint64, keys news.Keys) *news.Entry {
	return &news.Entry{ID: fmt.Sprintf("%013s", id), Source: "s", Seq: seq, Keys: keys, Summary: "text", Body: "body " + id, Categories: []string{"c"}, Media: []news.Media{{URL: "https://x.example"}}}
}

func TestTextIsDeletedBeforeKeys(t *testing.T) {
	st := open(t)
	a, b, c := entryOf("a", 1, news.Keys{GUID: 1, Text: 5}), entryOf("b", 1, news.Keys{GUID: 2, Link: 3, Text: 5}), entryOf("c", 2, news.Keys{Headline: 4})
	update(t, st, func(tx *store.Tx) error {
		for i, e := range []*news.Entry{a, b, c} {
			if err := tx.Entries.Put(e); err != nil {
				return err
			}
			if err := tx.Entries.Unlist(e, minute(i)); err != nil {
				return err
			}
		}
		return tx.Entries.Relist(c)
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
		checkEqual(t, "with text before 1", []string{"a"}, names(tx.Entries.UnlistedWithText(minute(1), 9)))
		checkEqual(t, "with text", []string{"a", "b"}, names(tx.Entries.UnlistedWithText(minute(9), 9)))
		checkEqual(t, "one with text", []string{"a"}, names(tx.Entries.UnlistedWithText(minute(9), 1)))
		checkEqual(t, "without text", []string(nil), names(tx.Entries.UnlistedWithoutText(minute(9), 9)))
		got, err := tx.Entries.Get(a.ID)
		if err != nil {
			return err
		}
		return tx.Entries.DeleteText(got)
	})
	update(t, st, func(tx *store.Tx) error {
		checkEqual(t, "with text afterwards", []string{"b"}, names(tx.Entries.UnlistedWithText(minute(9), 9)))
		checkEqual(t, "without text afterwards", []string{"a"}, names(tx.Entries.UnlistedWithoutText(minute(9), 9)))
		body, err := tx.Entries.Body(a.ID)
		if err != nil {
			return err
		}
		checkEqual(t, "body of a", "", body)
		checkEqual(t, "key of a", a.ID, tx.Entries.ByKey("s", 1))
		bare, err := tx.Entries.Get(a.ID)
		if err != nil {
			return err
		}
		checkEqual(t, "a", &news.Entry{ID: a.ID, Source: "s", Seq: 1, Keys: a.Keys, TextDeleted: true, Unlisted: minute(0)}, bare)
		return tx.Entries.Delete(bare)
	})
	view(t, st, func(tx *store.Tx) error {
		checkEqual(t, "without text, deleted", []string(nil), names(tx.Entries.UnlistedWithoutText(minute(9), 9)))
		checkEqual(t, "key of a, deleted", "", tx.Entries.ByKey("s", 1))
		checkEqual(t, "text of a, deleted", []string{b.ID}, tx.Entries.ByText("s", 5))
		return nil
	})
	verify(t, st)
}

func TestEntryPutAgainRetainsBodyAndLosesOldKeys(t *testing.T) {
	st := open(t)
	e := entryOf("a", 1, news.Keys{GUID: 1, Link: 2, Text: 3})
	update(t, st, func(tx *store.Tx) error { return tx.Entries.Put(e) })
	update(t, st, func(tx *store.Tx) error {
		got, err := tx.Entries.Get(e.ID)
		if err != nil {
			return err
		}
		got.Keys = news.Keys{GUID: 9, Link: 2, Text: 8}
		if err := tx.Entries.Put(got); err != nil {
			return err
		}
		// A later entry takes over a key, and retains it when the first is deleted.
		return tx.Entries.Put(entryOf("b", 2, news.Keys{Link: 2}))
	})
	view(t, st, func(tx *store.Tx) error {
		body, err := tx.Entries.Body(e.ID)
		checkEqual(t, "body", "body a", body)
		checkEqual(t, "keys", []string{"", e.ID, "000000000000b"}, []string{tx.Entries.ByKey("s", 1), tx.Entries.ByKey("s", 9), tx.Entries.ByKey("s", 2)})
		checkEqual(t, "texts", [][]string{nil, {e.ID}}, [][]string{tx.Entries.ByText("s", 3), tx.Entries.ByText("s", 8)})
		checkEqual(t, "another source", "", tx.Entries.ByKey("t", 9))
		return err
	})
	update(t, st, func(tx *store.Tx) error {
		if err := tx.Entries.DeleteBody(e.ID); err != nil {
			return err
		}
		return tx.Entries.Delete(&news.Entry{ID: e.ID, Source: "s", Seq: 1, Keys: news.Keys{GUID: 9, Link: 2, Text: 8}})
	})
	view(t, st, func(tx *store.Tx) error {
		checkEqual(t, "the other's key", "000000000000b", tx.Entries.ByKey("s", 2))
		return nil
	})
	verify(t, st)
}

func TestOldestAreDeletedFirst(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for seq := uint64(1); seq <= 9; seq++ {
			at := minute(int(seq))
			if err := tx.Records.Add(&news.Record{ID: fmt.Sprint(seq), Seq: seq, At: at}); err != nil {
				return err
			}
			if err := tx.Changes.Put(news.Change{Seq: seq, At: at}); err != nil {
				return err
			}
			if err := tx.Fold.PutSignature(seq, 0, minute(int(10-seq)), []byte{byte(seq)}); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, st, func(tx *store.Tx) error {
		n, err := tx.Changes.DeleteBefore(minute(5), 3)
		checkEqual(t, "deleted changes", []any{3, nil}, []any{n, err})
		checkEqual(t, "oldest change", uint64(4), tx.Changes.Oldest())
		n, err = tx.Changes.DeleteBefore(minute(5), 9)
		checkEqual(t, "deleted changes, then", []any{1, nil}, []any{n, err})
		n, err = tx.Records.DeleteBefore(4, 9)
		checkEqual(t, "deleted record ids", []any{3, nil}, []any{n, err})
		checkEqual(t, "applied", []bool{false, true, true}, []bool{tx.Records.Applied("3"), tx.Records.Applied("4"), tx.Records.Applied("9")})
		if err := tx.Fold.DeleteSignaturesBefore(minute(5)); err != nil {
			return err
		}
		var left []byte
		err = tx.Fold.EachSignature(func(sig []byte) error { left = append(left, sig...); return nil })
		checkEqual(t, "signatures", []byte{1, 2, 3, 4, 5}, left)
		changes, err2 := tx.Changes.After(5, 2)
		checkEqual(t, "changes", []news.Change{{Seq: 6, At: minute(6)}, {Seq: 7, At: minute(7)}}, changes)
		if err == nil {
			err = err2
		}
		return err
	})
	verify(t, st)
}

// Which signatures are deleted does not depend on which blocks of them were read before, or on
// transactions that were rolled back.
func TestOldSignaturesAreFound(t *testing.T) {
	st := open(t)
	rnd := rand.New(rand.NewPCG(18, 6))
	want, rolledBack := map[uint64]int{}, errors.New("rolled back")
	horizon, seq := 0, uint64(0)
	for round := range 400 {
		had, back, hadHorizon := maps.Clone(want), round%4 == 3, horizon
		err := st.Update(func(tx *store.Tx) error {
			for range 1 + rnd.IntN(3) {
				switch rnd.IntN(8) {
				case 0:
					by := 80*rnd.IntN(2) - 40
					err := tx.Fold.ChangeSignatures(func(at time.Time, sig []byte) (time.Time, []byte, bool, error) {
						n := binary.BigEndian.Uint64(sig)
						change := n%5 == 0
						if change {
							want[n] += by
						}
						return at.Add(time.Duration(by) * time.Minute), sig, change, nil
					})
					if err != nil {
						return err
					}
				case 1, 2, 3:
					horizon += rnd.IntN(60)
					maps.DeleteFunc(want, func(_ uint64, at int) bool { return at < horizon })
					if err := tx.Fold.DeleteSignaturesBefore(minute(horizon)); err != nil {
						return err
					}
				default:
					from := horizon + 100*rnd.IntN(4)
					for range rnd.IntN(300) {
						seq++
						want[seq] = from + rnd.IntN(100)
						if err := tx.Fold.PutSignature(seq, 0, minute(want[seq]), binary.BigEndian.AppendUint64(nil, seq)); err != nil {
							return err
						}
					}
					old := max(seq, 700) - 600 // in a block that was read
					want[old] = horizon + rnd.IntN(100)
					if err := tx.Fold.PutSignature(old, 0, minute(want[old]), binary.BigEndian.AppendUint64(nil, old)); err != nil {
						return err
					}
				}
			}
			got := map[uint64]bool{}
			err := tx.Fold.EachSignature(func(sig []byte) error { got[binary.BigEndian.Uint64(sig)] = true; return nil })
			for n := range want {
				if !got[n] {
					t.Fatalf("round %d: signature %d is deleted", round, n)
				}
			}
			if len(got) != len(want) {
				t.Fatalf("round %d: %d signatures are left, want %d", round, len(got), len(want))
			}
			if err == nil && back {
				err = rolledBack
			}
			return err
		})
		if back {
			want, horizon = had, hadHorizon
		} else if err != nil {
			t.Fatal(err)
		}
	}
	verify(t, st)
}

// The lowest place of a feed is that of the last story in it.
func TestLowestInFeedIsThatOfTheLastStory(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for i := range 9 {
			s := storyAt(fmt.Sprint(i), uint64(i+1), minute(i))
			s.Places = map[string]news.Place{"top": {At: minute(20 - 2*i), Seq: uint64(i), Out: i == 4}, "topic": {At: minute(50), Seq: 1}}
			if err := tx.Stories.Put(s); err != nil {
				return err
			}
		}
		return nil
	})
	update(t, st, func(tx *store.Tx) error {
		for _, most := range []int{0, 2} {
			for n := range 12 {
				topic := &news.TopicState{Topic: news.Topic{Name: "top", MaxPerSource: most}}
				all, _, err := tx.Stories.InFeed(topic, n)
				if err != nil {
					return err
				}
				want := time.Time{}
				if len(all) > 0 {
					want = all[len(all)-1].Places["top"].At
				}
				at, shown, err := tx.Stories.LowestInFeed(topic, n)
				checkEqual(t, fmt.Sprintf("of %d stories, %d of a source", n, most), []any{true, len(all), nil}, []any{at.Equal(want), shown, err})
			}
		}
		return nil
	})
}

func TestRecordsAreAppliedInOrder(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error { return tx.Records.Add(&news.Record{ID: "a", Seq: 1, At: minute(1)}) })
	for _, r := range []news.Record{{ID: "b", Seq: 1, At: minute(2)}, {ID: "b", Seq: 3, At: minute(2)}, {ID: "b", Seq: 2, At: minute(0)}} {
		if err := st.Update(func(tx *store.Tx) error { return tx.Records.Add(&r) }); err == nil {
			t.Errorf("seq %d at %v was applied after seq 1 at %v", r.Seq, r.At, minute(1))
		}
	}
}

func TestSourcesAndTopicsAreInTheOrderOfTheRules(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for _, id := range []string{"a", "b", "c", "d"} {
			if err := tx.Sources.Put(&news.SourceState{Source: news.Source{ID: id, Name: id}, Removed: id == "b"}); err != nil {
				return err
			}
			if err := tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: id}, Removed: id == "a"}); err != nil {
				return err
			}
		}
		return tx.PutRules(&news.Rules{Sources: []news.Source{{Name: "d"}, {Name: "b"}, {Name: "a"}}, Topics: []news.Topic{{Name: "c"}, {Name: "b"}, {Name: "d"}}})
	})
	view(t, st, func(tx *store.Tx) error {
		sources, err := tx.Sources.All()
		if err != nil {
			return err
		}
		topics, err := tx.Topics.All()
		var s, tp string
		for i := range sources {
			s, tp = s+sources[i].ID, tp+topics[i].Name
		}
		checkEqual(t, "sources, topics", []string{"dabc", "cbda"}, []string{s, tp})
		return err
	})
}

func TestVisitStates(t *testing.T) {
	st := open(t)
	update(t, st, func(tx *store.Tx) error {
		for _, s := range []news.VisitState{{Source: "b", Visits: 1}, {Source: "a", Due: testTime}, {Source: "b", Visits: 2}} {
			if err := tx.Visits.Put(s); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, st, func(tx *store.Tx) error {
		all, err := tx.Visits.All()
		checkEqual(t, "visit states", []*news.VisitState{{Source: "a", Due: testTime}, {Source: "b", Visits: 2}}, all)
		return err
	})
	update(t, st, func(tx *store.Tx) error { return tx.Visits.Delete("a") })
	view(t, st, func(tx *store.Tx) error {
		s, err := tx.Visits.Get("a")
		checkEqual(t, "deleted", (*news.VisitState)(nil), s)
		return err
	})
}

// How far stories are reviewed is kept, until rules need no review. Stories follow each other
// by pages also where one was deleted between two.
func TestReviewed(t *testing.T) {
	st := open(t)
	want := &news.Reviewed{Since: 9, Topics: []string{"one"}, Seq: 2, Last: "b", Count: 2, Gained: map[string]int{"one": 2}}
	update(t, st, func(tx *store.Tx) error {
		for i, id := range []string{"a", "b", "c", "d"} {
			if err := tx.Stories.Put(&news.Story{ID: id, Seq: uint64(1 + i/2), First: minute(i)}); err != nil {
				return err
			}
		}
		return tx.PutReviewed(want)
	})
	page := func(tx *store.Tx, seq uint64, id string) (ids string) {
		all, err := tx.Stories.After(seq, id, 2)
		for _, s := range all {
			ids += s.ID
		}
		if err != nil {
			t.Error(err)
		}
		return ids
	}
	update(t, st, func(tx *store.Tx) error {
		got, err := tx.Reviewed()
		checkEqual(t, "reviewed", want, got)
		if err != nil {
			return err
		}
		checkEqual(t, "pages", []string{"ab", "bc", "cd", "d", ""}, []string{page(tx, 0, ""), page(tx, 1, "a"), page(tx, 1, "b"), page(tx, 2, "c"), page(tx, 2, "d")})
		s, err := tx.Stories.Get("b")
		return errors.Join(err, tx.Stories.Delete(s), tx.PutReviewed(nil))
	})
	view(t, st, func(tx *store.Tx) error {
		got, err := tx.Reviewed()
		checkEqual(t, "reviewed, deleted", (*news.Reviewed)(nil), got)
		checkEqual(t, "page after a deleted story", "cd", page(tx, 1, "b"))
		return err
	})
}
