package store

import (
	"encoding/binary"
	"fmt"

	"github.com/slugline/slugline/internal/news"
)

// crossCheck looks whether rows that should name each other do. Together with the
// counts it finds rows that are gone without a trace in their page.
func crossCheck(tx *Tx) error {
	for _, step := range []func(*Tx) error{
		crossRecords, crossEntries, crossTexts, crossKeys, crossStories, crossTimeline, crossPlaces, crossClaims,
	} {
		if err := step(tx); err != nil {
			return err
		}
	}
	return tx.err
}

func astray(b bucket, key any, what string) error {
	return fmt.Errorf("%s %q: %s: %w", b, key, what, ErrDamaged)
}

// count is how many rows a bucket has.
func (r *rows) count(b bucket) (n int) {
	r.keep(r.up(b, nil, nil, func(_, _ []byte) (bool, error) { n++; return true, nil }))
	return n
}

func crossRecords(tx *Tx) error {
	seq := tx.Seq()
	n := 0
	err := tx.up(filed, nil, nil, func(k, p []byte) (bool, error) {
		n++
		at, err := tx.get(applied, p)
		if err != nil {
			return false, err
		}
		if string(at) != string(k) || binary.BigEndian.Uint64(k) > seq {
			return false, astray(filed, k, "does not agree with applied")
		}
		return true, nil
	})
	if err == nil && n != tx.count(applied) {
		return astray(applied, n, "more rows than in filed")
	}
	return err
}

func crossEntries(tx *Tx) error {
	n, faded, text := 0, 0, 0
	err := tx.up(entries, nil, nil, func(k, p []byte) (bool, error) {
		n++
		var e news.Entry
		if err := decode(entries, k, p, &e); err != nil {
			return false, err
		}
		if !e.Unlisted.IsZero() {
			faded++
		}
		if e.Keys.Text != 0 {
			text++
		}
		return true, crossEntry(tx, k, &e)
	})
	if err != nil {
		return err
	}
	if faded != tx.count(fading) {
		return astray(fading, faded, "rows do not agree with entries")
	}
	if text != tx.count(texts) {
		return astray(texts, text, "rows do not agree with entries")
	}
	return crossBorn(tx, 'e', n)
}

func crossEntry(tx *Tx, key []byte, e *news.Entry) error {
	seq, _, err := tx.bornSeq('e', e.ID)
	if err != nil {
		return err
	}
	if string(seqKey(seq, e.ID)) != string(key) || seq != e.Seq {
		return astray(entries, e.ID, "is not where it should be")
	}
	if !e.Unlisted.IsZero() {
		if p, err := tx.get(fading, fadingKey(e.TextDeleted, e.Unlisted, e.ID)); p == nil || err != nil {
			return astray(entries, e.ID, "has no row in fading")
		}
	}
	return crossTake(tx, e)
}

// crossTake follows an entry to its story, which retention may have taken.
func crossTake(tx *Tx, e *news.Entry) error {
	s, err := tx.Stories.Get(e.Story)
	for hops := 0; err == nil && s != nil && s.MergedInto != ""; hops++ {
		if hops > 100 {
			return astray(stories, s.ID, "goes into itself")
		}
		s, err = tx.Stories.Get(s.MergedInto)
	}
	if s == nil || err != nil {
		return err
	}
	for i := range s.Takes {
		if s.Takes[i].Entry == e.ID {
			return nil
		}
	}
	return astray(entries, e.ID, "is no take of its story")
}

// crossBorn checks that as many are born as there are.
func crossBorn(tx *Tx, kind byte, want int) error {
	n := 0
	err := tx.up(born, []byte{kind}, nil, func(_, _ []byte) (bool, error) { n++; return true, nil })
	if err == nil && n != want {
		return astray(born, kind, fmt.Sprintf("has %d rows for %d", n, want))
	}
	return err
}

func crossTexts(tx *Tx) error {
	return tx.up(texts, nil, nil, func(k, _ []byte) (bool, error) {
		e, err := tx.Entries.Get(string(k[max(0, len(k)-idSize):]))
		if err == nil && (e == nil || string(textKey(e.Source, e.Keys.Text, e.ID)) != string(k)) {
			err = astray(texts, k, "is not of its entry")
		}
		return true, err
	})
}

func crossKeys(tx *Tx) error {
	err := tx.up(keys, nil, nil, func(k, p []byte) (bool, error) {
		_, ok, err := tx.bornSeq('e', string(p))
		if err == nil && !ok {
			err = astray(keys, k, "names no entry")
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return tx.up(bodies, nil, nil, func(k, _ []byte) (bool, error) {
		p, err := tx.get(entries, k)
		if err == nil && p == nil {
			err = astray(bodies, k, "is of no entry")
		}
		return true, err
	})
}

func crossStories(tx *Tx) error {
	n := 0
	err := tx.up(stories, nil, nil, func(k, p []byte) (bool, error) {
		n++
		var s news.Story
		if err := decode(stories, k, p, &s); err != nil {
			return false, err
		}
		return true, crossStory(tx, k, &s)
	})
	if err != nil {
		return err
	}
	if n != tx.count(timeline) {
		return astray(timeline, n, "rows do not agree with stories")
	}
	return crossBorn(tx, 's', n)
}

func crossStory(tx *Tx, key []byte, s *news.Story) error {
	seq, _, err := tx.bornSeq('s', s.ID)
	if err != nil {
		return err
	}
	if string(seqKey(seq, s.ID)) != string(key) || seq != s.Seq {
		return astray(stories, s.ID, "is not where it should be")
	}
	for topic, at := range s.Places {
		p, err := tx.get(places, placeKey(topic, at.At, at.Seq, s.ID))
		if err != nil {
			return err
		}
		if (p == nil) != at.Out {
			return astray(stories, s.ID, "does not stand in "+topic+" as it says")
		}
		owner, err := tx.get(claims, claimKey(topic, at.Updated))
		if err != nil {
			return err
		}
		if !at.Updated.IsZero() && string(owner) != s.ID {
			return astray(stories, s.ID, "has no claim to its updated in "+topic)
		}
	}
	return nil
}

func crossTimeline(tx *Tx) error {
	return tx.up(timeline, nil, nil, func(k, _ []byte) (bool, error) {
		s, err := tx.Stories.Get(string(k[min(16, len(k)):]))
		if err == nil && (s == nil || string(timelineKey(s.First, s.Seq, s.ID)) != string(k)) {
			err = astray(timeline, k, "is not of its story")
		}
		return true, err
	})
}

func crossPlaces(tx *Tx) error {
	return tx.up(places, nil, nil, func(k, _ []byte) (bool, error) {
		cut := len(k) - 17 - idSize
		if cut < 0 {
			return false, astray(places, k, "is too short")
		}
		s, err := tx.Stories.Get(string(k[len(k)-idSize:]))
		if err != nil {
			return false, err
		}
		topic := string(k[:cut])
		if s == nil || string(placeKey(topic, s.Places[topic].At, s.Places[topic].Seq, s.ID)) != string(k) {
			return false, astray(places, k, "is not of its story")
		}
		return true, nil
	})
}

func crossClaims(tx *Tx) error {
	return tx.up(claims, nil, nil, func(k, p []byte) (bool, error) {
		_, ok, err := tx.bornSeq('s', string(p))
		if err == nil && !ok {
			err = astray(claims, k, "names no story")
		}
		return true, err
	})
}
