package store

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Entries is the table of entries, their keys and their bodies.
type Entries struct{ *rows }

// Get returns an entry without its Body.
func (t Entries) Get(id string) (*news.Entry, error) {
	seq, ok, err := t.firstSeq('e', id)
	if !ok || err != nil {
		return nil, err
	}
	e, err := getJSON[news.Entry](t.rows, entries, seqKey(seq, id))
	if err == nil && e == nil {
		err = mismatch(entries, id, "has no row")
	}
	return e, err
}

// GetAt is Get for a caller that knows which record first stored the entry, probably: then it
// is found with half the reads.
func (t Entries) GetAt(seq uint64, id string) (*news.Entry, error) {
	if e, err := getJSON[news.Entry](t.rows, entries, seqKey(seq, id)); e != nil || err != nil {
		return e, err
	}
	return t.Get(id)
}

// Each calls fn for every entry, in the order in which they were first put, without their
// bodies. fn must not write.
func (t Entries) Each(fn func(*news.Entry) error) error {
	return t.ascend(entries, nil, nil, func(k, p []byte) (bool, error) {
		e, err := decodeRow[news.Entry](entries, k, p)
		if err != nil {
			return false, err
		}
		return true, fn(e)
	})
}

// Body returns an entry's body as its source sent it, empty when there is none or it is
// deleted.
func (t Entries) Body(id string) (string, error) {
	seq, ok, err := t.firstSeq('e', id)
	if !ok || err != nil {
		return "", err
	}
	p, err := t.get(bodies, seqKey(seq, id))
	return string(p), err
}

// ByKey returns the id of the entry that has a key in a source, empty when there is none.
func (t Entries) ByKey(source string, key uint64) (id string) {
	if key == 0 {
		return ""
	}
	p, err := t.get(keys, keyKey(source, key))
	t.setErr(err)
	return string(p)
}

// ByText returns the ids of the entries of a source whose Keys.Text is key.
func (t Entries) ByText(source string, key uint64) (ids []string) {
	if key == 0 {
		return nil
	}
	prefix := keyKey(source, key)
	t.setErr(t.ascend(texts, prefix, nil, func(k, _ []byte) (bool, error) {
		ids = append(ids, string(k[len(prefix):]))
		return true, nil
	}))
	return ids
}

// Put stores an entry, its keys and, unless Body is empty, its body. Keys that the stored
// entry had and this one has not are deleted. An empty Body leaves the stored one in
// place, so that an entry from Get can be put back. Seq must not change.
func (t Entries) Put(e *news.Entry) error {
	old, err := t.Get(e.ID)
	if err != nil {
		return err
	}
	if old == nil {
		err = t.put(firstSeqs, firstSeqKey('e', e.ID), seqBytes(e.Seq))
	} else {
		err = t.deleteKeys(old, e.Keys)
	}
	if err != nil {
		return err
	}
	if err := t.putKeys(e, old); err != nil {
		return err
	}
	if e.Body != "" {
		if err := t.put(bodies, seqKey(e.Seq, e.ID), []byte(e.Body)); err != nil {
			return err
		}
	}
	return t.putRow(e)
}

// putAgain is Put for a stored entry with the same keys and body.
func (t Entries) putAgain(e *news.Entry) error {
	if err := t.putKeys(e, e); err != nil {
		return err
	}
	return t.putRow(e)
}

func (t Entries) putRow(e *news.Entry) error {
	t.scratch = encodeValue(t.scratch[:0], func(c *coder) { describeEntry(c, e) })
	return t.put(entries, seqKey(e.Seq, e.ID), t.scratch)
}

// sourceKeys are the keys that identify an entry within its source.
func sourceKeys(k news.Keys) [3]uint64 { return [3]uint64{k.GUID, k.Link, k.Headline} }

// putKeys stores the keys of an entry. stored is the stored one with the same id, nil when there
// is none. Keys that another entry has taken over come back.
func (t Entries) putKeys(e, stored *news.Entry) error {
	for _, key := range sourceKeys(e.Keys) {
		if key == 0 || stored != nil && t.ByKey(e.Source, key) == e.ID {
			continue
		}
		if err := t.put(keys, keyKey(e.Source, key), []byte(e.ID)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || stored != nil && e.Keys.Text == stored.Keys.Text {
		return nil
	}
	return t.put(texts, textKey(e.Source, e.Keys.Text, e.ID), nil)
}

// deleteKeys deletes the keys of an entry that are not in retained. A key that another
// entry has taken over stays.
func (t Entries) deleteKeys(e *news.Entry, retained news.Keys) error {
	k := sourceKeys(retained)
	for _, key := range sourceKeys(e.Keys) {
		if key == 0 || key == k[0] || key == k[1] || key == k[2] || t.ByKey(e.Source, key) != e.ID {
			continue
		}
		if err := t.delete(keys, keyKey(e.Source, key)); err != nil {
			return err
		}
	}
	if e.Keys.Text == 0 || e.Keys.Text == retained.Text {
		return nil
	}
	return t.delete(texts, textKey(e.Source, e.Keys.Text, e.ID))
}

// Unlist stores that at is the first time when the source no longer listed e, which is stored.
func (t Entries) Unlist(e *news.Entry, at time.Time) error {
	if err := t.deleteUnlisted(e); err != nil {
		return err
	}
	e.Unlisted = news.Instant(at)
	if err := t.put(unlisted, unlistedKey(e.TextDeleted, e.Unlisted, e.ID), nil); err != nil {
		return err
	}
	return t.putAgain(e)
}

// Relist stores that the source lists e, which is stored, again.
func (t Entries) Relist(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	if err := t.deleteUnlisted(e); err != nil {
		return err
	}
	e.Unlisted = time.Time{}
	return t.putAgain(e)
}

// deleteUnlisted deletes the row of bucket unlisted that e has, if it has one.
func (t Entries) deleteUnlisted(e *news.Entry) error {
	if e.Unlisted.IsZero() {
		return nil
	}
	return t.delete(unlisted, unlistedKey(e.TextDeleted, e.Unlisted, e.ID))
}

// UnlistedWithText returns up to n entries that have their text and were unlisted before a
// time, the longest unlisted first.
func (t Entries) UnlistedWithText(before time.Time, n int) ([]*news.Entry, error) {
	return t.listUnlisted(0, before, n)
}

// UnlistedWithoutText is like UnlistedWithText, for entries whose text is deleted.
func (t Entries) UnlistedWithoutText(before time.Time, n int) ([]*news.Entry, error) {
	return t.listUnlisted(1, before, n)
}

func (t Entries) listUnlisted(textDeleted byte, before time.Time, n int) ([]*news.Entry, error) {
	var all []*news.Entry
	err := t.ascend(unlisted, []byte{textDeleted}, nil, func(k, _ []byte) (bool, error) {
		if len(all) == n || !readTime(k[1:]).Before(before) {
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

// DeleteText deletes an entry's body, summary, author, rights, origin, categories and media. What
// identifies the entry stays.
func (t Entries) DeleteText(e *news.Entry) error {
	if err := t.deleteUnlisted(e); err != nil {
		return err
	}
	e.TextDeleted = true
	e.Summary, e.Body, e.Base, e.Author, e.Categories, e.Media = "", "", "", "", nil, nil
	e.Rights, e.License, e.Origin, e.OriginFeed = "", "", "", ""
	if !e.Unlisted.IsZero() {
		if err := t.put(unlisted, unlistedKey(true, e.Unlisted, e.ID), nil); err != nil {
			return err
		}
	}
	if err := t.delete(bodies, seqKey(e.Seq, e.ID)); err != nil {
		return err
	}
	return t.putAgain(e)
}

// DeleteLink deletes all of an entry, whose text is deleted, but its source, keys, dates and
// story. path is Entry.Path.
func (t Entries) DeleteLink(e *news.Entry, path uint64) error {
	e.Path = path
	e.Link, e.GUID, e.Headline, e.Agency, e.Language, e.Keys.Page = "", "", "", "", "", ""
	e.Hash, e.SignatureNumber = 0, 0
	return t.putRow(e)
}

// DeleteBody deletes the stored body of an entry, when the source no longer sends one.
func (t Entries) DeleteBody(id string) error {
	seq, ok, err := t.firstSeq('e', id)
	if !ok || err != nil {
		return err
	}
	return t.delete(bodies, seqKey(seq, id))
}

// Delete deletes an entry, its keys and its body. Its take in a story stays.
func (t Entries) Delete(e *news.Entry) error {
	if err := t.deleteKeys(e, news.Keys{}); err != nil {
		return err
	}
	if err := t.deleteUnlisted(e); err != nil {
		return err
	}
	key := seqKey(e.Seq, e.ID)
	if err := t.delete(bodies, key); err != nil {
		return err
	}
	if err := t.delete(entries, key); err != nil {
		return err
	}
	return t.delete(firstSeqs, firstSeqKey('e', e.ID))
}
