package store

import (
	"fmt"

	"github.com/slugline/slugline/internal/news"
)

// checkReferences checks that rows of different buckets agree. Together with the counts it
// finds rows that are missing although their page is in order.
func checkReferences(tx *Tx) error {
	for _, check := range []func(*Tx) error{
		checkRecords, checkEntries, checkTexts, checkKeys, checkStories, checkTimeline, checkPlaces, checkClaims,
	} {
		if err := check(tx); err != nil {
			return err
		}
	}
	return tx.err
}

// mismatch is the error for a row, or a number of rows, that does not agree with others.
func mismatch(b bucket, key any, what string) error {
	return fmt.Errorf("%s %q: %s: %w", b, key, what, ErrDamaged)
}

func checkRecords(tx *Tx) error {
	seq := tx.Seq()
	n := 0
	err := tx.ascend(recordIDs, nil, nil, func(k, p []byte) (bool, error) {
		n++
		if readSeq(k) > seq {
			return false, mismatch(recordIDs, k, "is of a record that was not applied")
		}
		_, err := tx.recordID(readSeq(k), p)
		return true, err
	})
	if err == nil && n != tx.count(applied) {
		return mismatch(applied, n, "has more rows than filed")
	}
	return err
}

func checkEntries(tx *Tx) error {
	n, gone, text := 0, 0, 0
	err := tx.ascend(entries, nil, nil, func(k, p []byte) (bool, error) {
		n++
		e, err := decodeRow[news.Entry](entries, k, p)
		if err != nil {
			return false, err
		}
		if !e.Unlisted.IsZero() {
			gone++
		}
		if e.Keys.Text != 0 {
			text++
		}
		return true, checkEntry(tx, k, e)
	})
	if err != nil {
		return err
	}
	if gone != tx.count(unlisted) {
		return mismatch(unlisted, gone, "rows do not agree with entries")
	}
	if text != tx.count(texts) {
		return mismatch(texts, text, "rows do not agree with entries")
	}
	return checkFirstSeqs(tx, 'e', n)
}

func checkEntry(tx *Tx, key []byte, e *news.Entry) error {
	seq, _, err := tx.firstSeq('e', e.ID)
	if err != nil {
		return err
	}
	if string(seqKey(seq, e.ID)) != string(key) || seq != e.Seq {
		return mismatch(entries, e.ID, "has the wrong key")
	}
	if !e.Unlisted.IsZero() {
		if p, err := tx.get(unlisted, unlistedKey(e.TextDeleted, e.Unlisted, e.ID)); p == nil || err != nil {
			return mismatch(entries, e.ID, "has no row in fading")
		}
	}
	return checkTake(tx, e)
}

// checkTake checks that an entry is a take of its story, unless retention deleted that.
func checkTake(tx *Tx, e *news.Entry) error {
	s, err := tx.Stories.Get(e.Story)
	for hops := 0; err == nil && s != nil && s.MergedInto != ""; hops++ {
		if hops > 100 {
			return mismatch(stories, s.ID, "is merged into itself")
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
	return mismatch(entries, e.ID, "is not a take of its story")
}

// checkFirstSeqs checks that there are want rows of a kind in firstSeqs.
func checkFirstSeqs(tx *Tx, kind byte, want int) error {
	n := 0
	err := tx.ascend(firstSeqs, []byte{kind}, nil, func(_, _ []byte) (bool, error) { n++; return true, nil })
	if err == nil && n != want {
		return mismatch(firstSeqs, kind, fmt.Sprintf("has %d rows for %d", n, want))
	}
	return err
}

func checkTexts(tx *Tx) error {
	return tx.ascend(texts, nil, nil, func(k, _ []byte) (bool, error) {
		e, err := tx.Entries.Get(string(k[max(0, len(k)-idSize):]))
		if err == nil && (e == nil || string(textKey(e.Source, e.Keys.Text, e.ID)) != string(k)) {
			err = mismatch(texts, k, "does not agree with its entry")
		}
		return true, err
	})
}

// checkKeys checks the rows of keys and of bodies.
func checkKeys(tx *Tx) error {
	err := tx.ascend(keys, nil, nil, func(k, p []byte) (bool, error) {
		_, ok, err := tx.firstSeq('e', string(p))
		if err == nil && !ok {
			err = mismatch(keys, k, "names no entry")
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return tx.ascend(bodies, nil, nil, func(k, _ []byte) (bool, error) {
		p, err := tx.get(entries, k)
		if err == nil && p == nil {
			err = mismatch(bodies, k, "has no entry")
		}
		return true, err
	})
}

func checkStories(tx *Tx) error {
	n := 0
	err := tx.ascend(stories, nil, nil, func(k, p []byte) (bool, error) {
		n++
		s, err := decodeRow[news.Story](stories, k, p)
		if err != nil {
			return false, err
		}
		return true, checkStory(tx, k, s)
	})
	if err != nil {
		return err
	}
	if n != tx.count(timeline) {
		return mismatch(timeline, n, "rows do not agree with stories")
	}
	return checkFirstSeqs(tx, 's', n)
}

func checkStory(tx *Tx, key []byte, s *news.Story) error {
	seq, _, err := tx.firstSeq('s', s.ID)
	if err != nil {
		return err
	}
	if string(seqKey(seq, s.ID)) != string(key) || seq != s.Seq {
		return mismatch(stories, s.ID, "has the wrong key")
	}
	for topic, place := range s.Places {
		p, err := tx.get(places, placeKey(topic, place.At, place.Seq, s.ID))
		if err != nil {
			return err
		}
		if (p == nil) != place.Out {
			return mismatch(stories, s.ID, "does not agree with places in "+topic)
		}
		owner, err := tx.get(claims, claimKey(topic, place.Updated))
		if err != nil {
			return err
		}
		if !place.Updated.IsZero() && string(owner) != s.ID {
			return mismatch(stories, s.ID, "has no claim to its updated in "+topic)
		}
	}
	return nil
}

func checkTimeline(tx *Tx) error {
	return tx.ascend(timeline, nil, nil, func(k, _ []byte) (bool, error) {
		s, err := tx.Stories.Get(string(k[min(16, len(k)):]))
		if err == nil && (s == nil || string(timelineKey(s.First, s.Seq, s.ID)) != string(k)) {
			err = mismatch(timeline, k, "does not agree with its story")
		}
		return true, err
	})
}

func checkPlaces(tx *Tx) error {
	return tx.ascend(places, nil, nil, func(k, _ []byte) (bool, error) {
		cut := len(k) - 17 - idSize
		if cut < 0 {
			return false, mismatch(places, k, "is too short")
		}
		s, err := tx.Stories.Get(string(k[len(k)-idSize:]))
		if err != nil {
			return false, err
		}
		topic := string(k[:cut])
		if s == nil || string(placeKey(topic, s.Places[topic].At, s.Places[topic].Seq, s.ID)) != string(k) {
			return false, mismatch(places, k, "does not agree with its story")
		}
		return true, nil
	})
}

func checkClaims(tx *Tx) error {
	return tx.ascend(claims, nil, nil, func(k, p []byte) (bool, error) {
		_, ok, err := tx.firstSeq('s', string(p))
		if err == nil && !ok {
			err = mismatch(claims, k, "names no story")
		}
		return true, err
	})
}
