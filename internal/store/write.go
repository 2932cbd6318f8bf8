package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Apply notes that a record was applied: its Seq, At and ID. Seq must be the next
// one, and At not before the last.
func (tx *Tx) Apply(r *news.Record) error {
	seq, at := tx.last()
	switch {
	case r.Seq != seq+1:
		return fmt.Errorf("apply record %s: seq %d after %d", r.ID, r.Seq, seq)
	case r.At.Before(at):
		return fmt.Errorf("apply record %s: at %v after %v", r.ID, r.At, at)
	}
	if err := tx.put("applied", []byte(r.ID), number(r.Seq)); err != nil {
		return err
	}
	if err := tx.put("filed", number(r.Seq), []byte(r.ID)); err != nil {
		return err
	}
	return tx.put("state", []byte("seq"), appendTime(number(r.Seq), r.At))
}

// ForgetApplied forgets the ids of up to n records with a Seq below before,
// oldest first, and says how many it forgot.
func (tx *Tx) ForgetApplied(before uint64, n int) (int, error) {
	var keys, ids [][]byte
	err := tx.up("filed", nil, nil, func(k, p []byte) (bool, error) {
		if len(keys) == n || binary.BigEndian.Uint64(k) >= before {
			return false, nil
		}
		keys, ids = append(keys, append([]byte(nil), k...)), append(ids, append([]byte(nil), p...))
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for i := range keys {
		if err := tx.drop("filed", keys[i]); err != nil {
			return i, err
		}
		if err := tx.drop("applied", ids[i]); err != nil {
			return i, err
		}
	}
	return len(keys), nil
}

// PutRules puts rules in force.
func (tx *Tx) PutRules(r *news.Rules) error { return tx.write("state", []byte("rules"), r) }

// PutSource stores a source under its ID.
func (tx *Tx) PutSource(s *news.SourceState) error { return tx.write("sources", []byte(s.ID), s) }

// PutTopic stores a topic under its Name.
func (tx *Tx) PutTopic(t *news.TopicState) error { return tx.write("topics", []byte(t.Name), t) }

// PutEntry stores an entry, its keys and, unless Body is empty, its body. Keys
// that it had before and has no more are forgotten. An empty Body leaves the
// stored one: Entry returns none, and what it returned may be put back.
func (tx *Tx) PutEntry(e *news.Entry) error {
	old, err := tx.Entry(e.ID)
	if err != nil {
		return err
	}
	if old != nil {
		if err := tx.dropKeys(old, e.Keys); err != nil {
			return err
		}
	}
	if err := tx.putKeys(e); err != nil {
		return err
	}
	if e.Body != "" {
		if err := tx.put("bodies", []byte(e.ID), []byte(e.Body)); err != nil {
			return err
		}
	}
	bare := *e
	bare.Body = ""
	return tx.write("entries", []byte(e.ID), &bare)
}

func (tx *Tx) putKeys(e *news.Entry) error {
	for _, key := range unique(e.Keys) {
		if key == 0 {
			continue
		}
		if err := tx.put("keys", binary.BigEndian.AppendUint64(scope(e.Source), key), []byte(e.ID)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 {
		return nil
	}
	k := binary.BigEndian.AppendUint64(scope(e.Source), e.Keys.Text)
	return tx.put("texts", append(k, e.ID...), nil)
}

// dropKeys forgets the keys of an entry that are not among those it keeps.
func (tx *Tx) dropKeys(e *news.Entry, kept news.Keys) error {
	keep := unique(kept)
	for _, key := range unique(e.Keys) {
		if key == 0 || key == keep[0] || key == keep[1] || key == keep[2] || tx.ByKey(e.Source, key) != e.ID {
			continue
		}
		if err := tx.drop("keys", binary.BigEndian.AppendUint64(scope(e.Source), key)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || e.Keys.Text == kept.Text {
		return nil
	}
	k := binary.BigEndian.AppendUint64(scope(e.Source), e.Keys.Text)
	return tx.drop("texts", append(k, e.ID...))
}

func unique(k news.Keys) [3]uint64 { return [3]uint64{k.GUID, k.Link, k.Headline} }

// Unlist notes that a source was first seen without e at a time.
func (tx *Tx) Unlist(e *news.Entry, at time.Time) error {
	if err := tx.Relist(e); err != nil {
		return err
	}
	e.Unlisted = news.Instant(at)
	if err := tx.put("fading", fadingKey(e.Bare, e.Unlisted, e.ID), nil); err != nil {
		return err
	}
	return tx.PutEntry(e)
}

// Relist notes that a source lists e again.
func (tx *Tx) Relist(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	if err := tx.drop("fading", fadingKey(e.Bare, e.Unlisted, e.ID)); err != nil {
		return err
	}
	e.Unlisted = time.Time{}
	return tx.PutEntry(e)
}

// ForgetText takes an entry's body, summary, categories and media; what tells who
// it is stays.
func (tx *Tx) ForgetText(e *news.Entry) error {
	if !e.Unlisted.IsZero() && !e.Bare {
		if err := tx.drop("fading", fadingKey(false, e.Unlisted, e.ID)); err != nil {
			return err
		}
		if err := tx.put("fading", fadingKey(true, e.Unlisted, e.ID), nil); err != nil {
			return err
		}
	}
	e.Bare = true
	e.Summary, e.Body, e.Base, e.Author, e.Categories, e.Media = "", "", "", "", nil, nil
	if err := tx.drop("bodies", []byte(e.ID)); err != nil {
		return err
	}
	return tx.PutEntry(e)
}

// DropBody takes the stored body of an entry whose source has none any more.
func (tx *Tx) DropBody(entryID string) error { return tx.drop("bodies", []byte(entryID)) }

// DropEntry removes an entry, its keys and its body. Its take in a story stays.
func (tx *Tx) DropEntry(e *news.Entry) error {
	if err := tx.dropKeys(e, news.Keys{}); err != nil {
		return err
	}
	if !e.Unlisted.IsZero() {
		if err := tx.drop("fading", fadingKey(e.Bare, e.Unlisted, e.ID)); err != nil {
			return err
		}
	}
	if err := tx.drop("bodies", []byte(e.ID)); err != nil {
		return err
	}
	return tx.drop("entries", []byte(e.ID))
}

// PutStory stores a story. It stands in the topics of its Places that are not Out.
func (tx *Tx) PutStory(s *news.Story) error {
	old, err := tx.Story(s.ID)
	if err != nil {
		return err
	}
	if old != nil {
		if err := tx.dropPlaces(old); err != nil {
			return err
		}
	}
	for topic, p := range s.Places {
		if p.Out {
			continue
		}
		if err := tx.put("places", placeKey(topic, p.At, p.Seq, s.ID), nil); err != nil {
			return err
		}
	}
	taken := []byte{0}
	if s.Into != "" {
		taken[0] = 1
	}
	if err := tx.put("timeline", timelineKey(s.First, s.Seq, s.ID), taken); err != nil {
		return err
	}
	return tx.write("stories", []byte(s.ID), s)
}

func (tx *Tx) dropPlaces(s *news.Story) error {
	for topic, p := range s.Places {
		if err := tx.drop("places", placeKey(topic, p.At, p.Seq, s.ID)); err != nil {
			return err
		}
	}
	return tx.drop("timeline", timelineKey(s.First, s.Seq, s.ID))
}

// DropStory removes a story from everywhere but its entries.
func (tx *Tx) DropStory(s *news.Story) error {
	if err := tx.dropPlaces(s); err != nil {
		return err
	}
	for topic, p := range s.Places {
		if err := tx.unclaim(topic, p.Updated, s.ID); err != nil {
			return err
		}
	}
	return tx.drop("stories", []byte(s.ID))
}

// Claim gives a story the first free millisecond at or after t as its Updated in
// a topic, and frees the old one. A zero old frees none.
func (tx *Tx) Claim(topic string, t time.Time, story string, old time.Time) time.Time {
	if !old.IsZero() {
		tx.keep(tx.unclaim(topic, old, story))
	}
	t = news.Instant(t)
	err := tx.up("claims", scope(topic), appendTime(scope(topic), t), func(k, p []byte) (bool, error) {
		if string(p) == story || !timeAt(k[len(topic)+1:]).Equal(t) {
			return false, nil
		}
		t = t.Add(time.Millisecond)
		return true, nil
	})
	tx.keep(err)
	tx.keep(tx.put("claims", appendTime(scope(topic), t), []byte(story)))
	return t
}

func (tx *Tx) unclaim(topic string, t time.Time, story string) error {
	key := appendTime(scope(topic), t)
	p, err := tx.get("claims", key)
	if err != nil || string(p) != story {
		return err
	}
	return tx.drop("claims", key)
}

// RenameTopic moves what stands in a topic to another name: places, claims, and
// the stories' own Places. Where a story has a place under the new name already,
// that one stays. The topics' own rows are the caller's.
func (tx *Tx) RenameTopic(from, to string) error {
	ids := map[string]bool{}
	var claims [][]byte
	err := tx.up("claims", scope(from), nil, func(k, p []byte) (bool, error) {
		claims, ids[string(p)] = append(claims, append([]byte(nil), k...)), true
		return true, nil
	})
	if err != nil {
		return err
	}
	err = tx.up("places", scope(from), nil, func(k, _ []byte) (bool, error) {
		ids[string(k[len(from)+17:])] = true
		return true, nil
	})
	if err != nil {
		return err
	}
	for id := range ids {
		if err := tx.renamePlace(id, from, to); err != nil {
			return err
		}
	}
	for _, k := range claims {
		if err := tx.drop("claims", k); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) renamePlace(id, from, to string) error {
	s, err := tx.Story(id)
	if s == nil || err != nil {
		return err
	}
	p, ok := s.Places[from]
	if !ok {
		return nil
	}
	if err := tx.drop("places", placeKey(from, p.At, p.Seq, id)); err != nil {
		return err
	}
	delete(s.Places, from)
	if _, there := s.Places[to]; !there {
		p.Updated = tx.Claim(to, p.Updated, id, time.Time{})
		s.Places[to] = p
	}
	return tx.PutStory(s)
}

// PutChange stores what a record touched.
func (tx *Tx) PutChange(c news.Change) error { return tx.write("changes", number(c.Seq), c) }

// DropChanges removes up to n changes with an At before a time, oldest first, and
// says how many it removed.
func (tx *Tx) DropChanges(before time.Time, n int) (int, error) {
	var keys [][]byte
	err := tx.up("changes", nil, nil, func(k, p []byte) (bool, error) {
		var c news.Change
		if err := decode("changes", k, p, &c); err != nil || len(keys) == n || !c.At.Before(before) {
			return false, err
		}
		keys = append(keys, append([]byte(nil), k...))
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	for i, k := range keys {
		if err := tx.drop("changes", k); err != nil {
			return i, err
		}
	}
	return len(keys), nil
}

// PutSignature stores the n-th signature of a record. at is the time until which
// DropSignatures compares.
func (tx *Tx) PutSignature(seq uint64, n int, at time.Time, sig []byte) error {
	k := binary.BigEndian.AppendUint32(number(seq), uint32(n))
	return tx.put("signatures", k, append(appendTime(nil, at), sig...))
}

// DropSignatures removes the signatures with an at before a time.
func (tx *Tx) DropSignatures(before time.Time) error {
	var keys [][]byte
	err := tx.up("signatures", nil, nil, func(k, p []byte) (bool, error) {
		if timeAt(p).Before(before) {
			keys = append(keys, append([]byte(nil), k...))
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := tx.drop("signatures", k); err != nil {
			return err
		}
	}
	return nil
}

// PutFoldState stores the state that the last sweep returned.
func (tx *Tx) PutFoldState(state []byte) error { return tx.put("state", []byte("fold"), state) }

// PutOrder stores the record of an order for good.
func (tx *Tx) PutOrder(r *news.Record) error { return tx.write("orders", number(r.Seq), r) }
