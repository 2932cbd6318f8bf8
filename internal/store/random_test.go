package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestAnyOrderOfWritesLeavesASoundFile makes the desk's writes in random order. Verify finds
// rows that don't agree.
func TestAnyOrderOfWritesLeavesASoundFile(t *testing.T) {
	for seed := range uint64(6) {
		w := randomWork{t: t, rnd: rand.New(rand.NewPCG(seed, 3)), stories: map[string]*news.Story{}, entries: map[string]*news.Entry{}}
		st := open(t)
		st.SetMaxLog(int(seed) * 8 << 10)
		for range 12 {
			update(t, st, func(tx *store.Tx) error {
				for range 60 {
					if err := w.step(tx); err != nil {
						return err
					}
				}
				w.compare(tx)
				return nil
			})
		}
		verify(t, st)
	}
}

type randomWork struct {
	t       *testing.T
	rnd     *rand.Rand
	n       uint64
	stories map[string]*news.Story
	entries map[string]*news.Entry
}

func pick[T any](w *randomWork, all map[string]*T) *T {
	names := make([]string, 0, len(all))
	for id := range all {
		names = append(names, id)
	}
	if len(names) == 0 {
		return nil
	}
	// Maps have no order, and the same seed must make the same choices.
	least := names[0]
	for _, id := range names {
		least = min(least, id)
	}
	if w.rnd.IntN(2) == 0 {
		return all[least]
	}
	greatest := names[0]
	for _, id := range names {
		greatest = max(greatest, id)
	}
	return all[greatest]
}

func (w *randomWork) topic() string { return []string{"world", "tech", "cyber"}[w.rnd.IntN(3)] }

func (w *randomWork) key() uint64 { return uint64(w.rnd.IntN(60)) }

func (w *randomWork) step(tx *store.Tx) error {
	e, s := pick(w, w.entries), pick(w, w.stories)
	switch op := w.rnd.IntN(12); {
	case op < 4 || e == nil || s == nil:
		return w.add(tx)
	case op == 4:
		e.Keys = news.Keys{GUID: w.key(), Link: w.key(), Headline: w.key(), Text: w.key()}
		return tx.Entries.Put(e)
	case op == 5:
		return tx.Entries.Unlist(e, minute(w.rnd.IntN(500)))
	case op == 6:
		return tx.Entries.Relist(e)
	case op == 7:
		return tx.Entries.DeleteText(e)
	case op == 8:
		delete(w.entries, e.ID)
		return tx.Entries.Delete(e)
	case op == 9:
		delete(w.stories, s.ID)
		return tx.Stories.Delete(s)
	case op == 10:
		return w.move(tx, s)
	}
	return w.rename(tx)
}

func (w *randomWork) add(tx *store.Tx) error {
	w.n++
	e := entryOf(fmt.Sprint(w.n), w.n/3, news.Keys{GUID: w.key(), Link: w.key(), Text: w.key()})
	s := storyAt(fmt.Sprint(w.n), w.n/3, minute(w.rnd.IntN(90)), w.topic(), w.topic())
	s.Takes = []news.Take{{Entry: e.ID}}
	e.Story = s.ID
	w.entries[e.ID], w.stories[s.ID] = e, s
	if err := tx.Entries.Put(e); err != nil {
		return err
	}
	return putStories(tx, s)
}

func (w *randomWork) move(tx *store.Tx, s *news.Story) error {
	topic := w.topic()
	p, ok := s.Places[topic]
	if !ok {
		p = news.Place{At: minute(w.rnd.IntN(90)), Seq: s.Seq}
	}
	p.Updated = tx.Topics.ClaimUpdated(topic, minute(w.rnd.IntN(90)), s.ID, p.Updated)
	p.Out = w.rnd.IntN(2) == 0
	s.Places[topic] = p
	return tx.Stories.Put(s)
}

func (w *randomWork) rename(tx *store.Tx) error {
	from, to := w.topic(), w.topic()
	if from == to {
		return nil
	}
	if err := tx.Topics.MoveStories(from, to); err != nil {
		return err
	}
	for id := range w.stories {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		w.stories[id] = s
	}
	return nil
}

// compare compares the store with what was put.
func (w *randomWork) compare(tx *store.Tx) {
	for _, topic := range []string{"world", "tech", "cyber"} {
		want := map[string]bool{}
		for id, s := range w.stories {
			if p, ok := s.Places[topic]; ok && !p.Out {
				want[id] = true
			}
		}
		got, err := tx.Stories.IDsInTopic(topic)
		if err != nil {
			w.t.Fatal(err)
		}
		checkEqual(w.t, "members of "+topic, want, got)
	}
	for id, want := range w.entries {
		got, err := tx.Entries.Get(id)
		if err != nil {
			w.t.Fatal(err)
		}
		bare := *want
		bare.Body = ""
		checkEqual(w.t, "entry "+id, &bare, got)
	}
}
