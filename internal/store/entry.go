package store

import (
	"encoding/binary"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// bornSeq is the seq that bore an entry or a story, as its rows are kept by it.
func (r *rows) bornSeq(kind byte, id string) (seq uint64, ok bool, err error) {
	p, err := r.get(born, bornKey(kind, id))
	if p == nil || err != nil {
		return 0, false, err
	}
	return binary.BigEndian.Uint64(p), true, nil
}

// Get returns an entry without its Body, nil when there is none with this id.
func (t Entries) Get(id string) (*news.Entry, error) {
	seq, ok, err := t.bornSeq('e', id)
	if !ok || err != nil {
		return nil, err
	}
	return row[news.Entry](t.rows, entries, seqKey(seq, id))
}

// Body returns an entry's body as its source sent it, empty when it has none or
// retention took it.
func (t Entries) Body(id string) (string, error) {
	seq, ok, err := t.bornSeq('e', id)
	if !ok || err != nil {
		return "", err
	}
	p, err := t.get(bodies, seqKey(seq, id))
	return string(p), err
}

// ByKey returns the entry that a source knows by a key, empty when there is none.
func (t Entries) ByKey(source string, key uint64) (entryID string) {
	if key == 0 {
		return ""
	}
	p, err := t.get(keys, keyKey(source, key))
	t.keep(err)
	return string(p)
}

// ByText returns the entries of a source whose Keys.Text is key.
func (t Entries) ByText(source string, key uint64) (entryIDs []string) {
	if key == 0 {
		return nil
	}
	prefix := keyKey(source, key)
	t.keep(t.up(texts, prefix, nil, func(k, _ []byte) (bool, error) {
		entryIDs = append(entryIDs, string(k[len(prefix):]))
		return true, nil
	}))
	return entryIDs
}

// Put stores an entry, its keys and, unless Body is empty, its body. Keys
// that it had before and has no more are forgotten. An empty Body leaves the
// stored one: Entry returns none, and what it returned may be put back. Seq never
// changes.
func (t Entries) Put(e *news.Entry) error {
	old, err := t.Get(e.ID)
	if err != nil {
		return err
	}
	var had news.Keys
	if old == nil {
		err = t.put(born, bornKey('e', e.ID), number(e.Seq))
	} else {
		had, err = old.Keys, t.dropKeys(old, e.Keys)
	}
	if err != nil {
		return err
	}
	if err := t.putKeys(e, had); err != nil {
		return err
	}
	at := seqKey(e.Seq, e.ID)
	if e.Body != "" {
		if err := t.put(bodies, at, []byte(e.Body)); err != nil {
			return err
		}
	}
	t.scratch = appendEntry(t.scratch[:0], e)
	return t.put(entries, at, t.scratch)
}

func inSource(k news.Keys) [3]uint64 { return [3]uint64{k.GUID, k.Link, k.Headline} }

func (t Entries) putKeys(e *news.Entry, had news.Keys) error {
	for _, key := range inSource(e.Keys) {
		if key == 0 {
			continue
		}
		if err := t.put(keys, keyKey(e.Source, key), []byte(e.ID)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || e.Keys.Text == had.Text {
		return nil
	}
	return t.put(texts, textKey(e.Source, e.Keys.Text, e.ID), nil)
}

// dropKeys forgets the keys of an entry that are not among those it keeps.
func (t Entries) dropKeys(e *news.Entry, kept news.Keys) error {
	k := inSource(kept)
	for _, key := range inSource(e.Keys) {
		if key == 0 || key == k[0] || key == k[1] || key == k[2] || t.ByKey(e.Source, key) != e.ID {
			continue
		}
		if err := t.drop(keys, keyKey(e.Source, key)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || e.Keys.Text == kept.Text {
		return nil
	}
	return t.drop(texts, textKey(e.Source, e.Keys.Text, e.ID))
}

// Unlist notes that a source was first seen without e at a time.
func (t Entries) Unlist(e *news.Entry, at time.Time) error {
	if err := t.unfade(e); err != nil {
		return err
	}
	e.Unlisted = news.Instant(at)
	if err := t.put(fading, fadingKey(e.TextDeleted, e.Unlisted, e.ID), nil); err != nil {
		return err
	}
	return t.Put(e)
}

// Relist notes that a source lists e again.
func (t Entries) Relist(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	if err := t.unfade(e); err != nil {
		return err
	}
	e.Unlisted = time.Time{}
	return t.Put(e)
}

func (t Entries) unfade(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	return t.drop(fading, fadingKey(e.TextDeleted, e.Unlisted, e.ID))
}

// UnlistedWithText returns up to n entries that still have their text and that their source
// was first seen without before a time, the longest gone first.
func (t Entries) UnlistedWithText(before time.Time, n int) ([]*news.Entry, error) {
	return t.fading(0, before, n)
}

// UnlistedWithoutText is like Fading, for entries whose text is gone.
func (t Entries) UnlistedWithoutText(before time.Time, n int) ([]*news.Entry, error) {
	return t.fading(1, before, n)
}

func (t Entries) fading(bare byte, before time.Time, n int) ([]*news.Entry, error) {
	var all []*news.Entry
	err := t.up(fading, []byte{bare}, nil, func(k, _ []byte) (bool, error) {
		if len(all) == n || !timeAt(k[1:]).Before(before) {
			return false, nil
		}
		e, err := t.Get(string(k[9:]))
		if e != nil {
			all = append(all, e)
		}
		return true, err
	})
	return all, err
}

// DeleteText takes an entry's body, summary, categories and media; what tells who
// it is stays.
func (t Entries) DeleteText(e *news.Entry) error {
	if err := t.unfade(e); err != nil {
		return err
	}
	e.TextDeleted = true
	e.Summary, e.Body, e.Base, e.Author, e.Categories, e.Media = "", "", "", "", nil, nil
	if !e.Unlisted.IsZero() {
		if err := t.put(fading, fadingKey(true, e.Unlisted, e.ID), nil); err != nil {
			return err
		}
	}
	if err := t.drop(bodies, seqKey(e.Seq, e.ID)); err != nil {
		return err
	}
	return t.Put(e)
}

// DeleteBody takes the stored body of an entry whose source has none any more.
func (t Entries) DeleteBody(entryID string) error {
	seq, ok, err := t.bornSeq('e', entryID)
	if !ok || err != nil {
		return err
	}
	return t.drop(bodies, seqKey(seq, entryID))
}

// Delete removes an entry, its keys and its body. Its take in a story stays.
func (t Entries) Delete(e *news.Entry) error {
	if err := t.dropKeys(e, news.Keys{}); err != nil {
		return err
	}
	if err := t.unfade(e); err != nil {
		return err
	}
	at := seqKey(e.Seq, e.ID)
	if err := t.drop(bodies, at); err != nil {
		return err
	}
	if err := t.drop(entries, at); err != nil {
		return err
	}
	return t.drop(born, bornKey('e', e.ID))
}
