package store

import (
	"encoding/binary"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// bornSeq is the seq that bore an entry or a story, as its rows are kept by it.
func (tx *Tx) bornSeq(kind byte, id string) (seq uint64, ok bool, err error) {
	p, err := tx.get(born, bornKey(kind, id))
	if p == nil || err != nil {
		return 0, false, err
	}
	return binary.BigEndian.Uint64(p), true, nil
}

// Entry returns an entry without its Body, nil when there is none with this id.
func (tx *Tx) Entry(id string) (*news.Entry, error) {
	seq, ok, err := tx.bornSeq('e', id)
	if !ok || err != nil {
		return nil, err
	}
	return row[news.Entry](tx, entries, seqKey(seq, id))
}

// Body returns an entry's body as its source sent it, empty when it has none or
// retention took it.
func (tx *Tx) Body(id string) (string, error) {
	seq, ok, err := tx.bornSeq('e', id)
	if !ok || err != nil {
		return "", err
	}
	p, err := tx.get(bodies, seqKey(seq, id))
	return string(p), err
}

// ByKey returns the entry that a source knows by a key, empty when there is none.
func (tx *Tx) ByKey(source string, key uint64) (entryID string) {
	if key == 0 {
		return ""
	}
	p, err := tx.get(keys, keyKey(source, key))
	tx.keep(err)
	return string(p)
}

// ByText returns the entries of a source whose Keys.Text is key.
func (tx *Tx) ByText(source string, key uint64) (entryIDs []string) {
	if key == 0 {
		return nil
	}
	prefix := keyKey(source, key)
	tx.keep(tx.up(texts, prefix, nil, func(k, _ []byte) (bool, error) {
		entryIDs = append(entryIDs, string(k[len(prefix):]))
		return true, nil
	}))
	return entryIDs
}

// PutEntry stores an entry, its keys and, unless Body is empty, its body. Keys
// that it had before and has no more are forgotten. An empty Body leaves the
// stored one: Entry returns none, and what it returned may be put back. Seq never
// changes.
func (tx *Tx) PutEntry(e *news.Entry) error {
	old, err := tx.Entry(e.ID)
	if err != nil {
		return err
	}
	var had news.Keys
	if old == nil {
		err = tx.put(born, bornKey('e', e.ID), number(e.Seq))
	} else {
		had, err = old.Keys, tx.dropKeys(old, e.Keys)
	}
	if err != nil {
		return err
	}
	if err := tx.putKeys(e, had); err != nil {
		return err
	}
	at := seqKey(e.Seq, e.ID)
	if e.Body != "" {
		if err := tx.put(bodies, at, []byte(e.Body)); err != nil {
			return err
		}
	}
	tx.scratch = appendEntry(tx.scratch[:0], e)
	return tx.put(entries, at, tx.scratch)
}

func inSource(k news.Keys) [3]uint64 { return [3]uint64{k.GUID, k.Link, k.Headline} }

func (tx *Tx) putKeys(e *news.Entry, had news.Keys) error {
	for _, key := range inSource(e.Keys) {
		if key == 0 {
			continue
		}
		if err := tx.put(keys, keyKey(e.Source, key), []byte(e.ID)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || e.Keys.Text == had.Text {
		return nil
	}
	return tx.put(texts, textKey(e.Source, e.Keys.Text, e.ID), nil)
}

// dropKeys forgets the keys of an entry that are not among those it keeps.
func (tx *Tx) dropKeys(e *news.Entry, kept news.Keys) error {
	k := inSource(kept)
	for _, key := range inSource(e.Keys) {
		if key == 0 || key == k[0] || key == k[1] || key == k[2] || tx.ByKey(e.Source, key) != e.ID {
			continue
		}
		if err := tx.drop(keys, keyKey(e.Source, key)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || e.Keys.Text == kept.Text {
		return nil
	}
	return tx.drop(texts, textKey(e.Source, e.Keys.Text, e.ID))
}

// Unlist notes that a source was first seen without e at a time.
func (tx *Tx) Unlist(e *news.Entry, at time.Time) error {
	if err := tx.unfade(e); err != nil {
		return err
	}
	e.Unlisted = news.Instant(at)
	if err := tx.put(fading, fadingKey(e.TextDeleted, e.Unlisted, e.ID), nil); err != nil {
		return err
	}
	return tx.PutEntry(e)
}

// Relist notes that a source lists e again.
func (tx *Tx) Relist(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	if err := tx.unfade(e); err != nil {
		return err
	}
	e.Unlisted = time.Time{}
	return tx.PutEntry(e)
}

func (tx *Tx) unfade(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	return tx.drop(fading, fadingKey(e.TextDeleted, e.Unlisted, e.ID))
}

// Fading returns up to n entries that still have their text and that their source
// was first seen without before a time, the longest gone first.
func (tx *Tx) Fading(before time.Time, n int) ([]*news.Entry, error) {
	return tx.fading(0, before, n)
}

// Faded is like Fading, for entries whose text is gone.
func (tx *Tx) Faded(before time.Time, n int) ([]*news.Entry, error) {
	return tx.fading(1, before, n)
}

func (tx *Tx) fading(bare byte, before time.Time, n int) ([]*news.Entry, error) {
	var all []*news.Entry
	err := tx.up(fading, []byte{bare}, nil, func(k, _ []byte) (bool, error) {
		if len(all) == n || !timeAt(k[1:]).Before(before) {
			return false, nil
		}
		e, err := tx.Entry(string(k[9:]))
		if e != nil {
			all = append(all, e)
		}
		return true, err
	})
	return all, err
}

// ForgetText takes an entry's body, summary, categories and media; what tells who
// it is stays.
func (tx *Tx) ForgetText(e *news.Entry) error {
	if err := tx.unfade(e); err != nil {
		return err
	}
	e.TextDeleted = true
	e.Summary, e.Body, e.Base, e.Author, e.Categories, e.Media = "", "", "", "", nil, nil
	if !e.Unlisted.IsZero() {
		if err := tx.put(fading, fadingKey(true, e.Unlisted, e.ID), nil); err != nil {
			return err
		}
	}
	if err := tx.drop(bodies, seqKey(e.Seq, e.ID)); err != nil {
		return err
	}
	return tx.PutEntry(e)
}

// DropBody takes the stored body of an entry whose source has none any more.
func (tx *Tx) DropBody(entryID string) error {
	seq, ok, err := tx.bornSeq('e', entryID)
	if !ok || err != nil {
		return err
	}
	return tx.drop(bodies, seqKey(seq, entryID))
}

// DropEntry removes an entry, its keys and its body. Its take in a story stays.
func (tx *Tx) DropEntry(e *news.Entry) error {
	if err := tx.dropKeys(e, news.Keys{}); err != nil {
		return err
	}
	if err := tx.unfade(e); err != nil {
		return err
	}
	at := seqKey(e.Seq, e.ID)
	if err := tx.drop(bodies, at); err != nil {
		return err
	}
	if err := tx.drop(entries, at); err != nil {
		return err
	}
	return tx.drop(born, bornKey('e', e.ID))
}
