package store

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeNotices(b *bolt.Tx) error {
	for _, in := range []bucket{notices, rung, bells, dispatches, closed, troubles, recipients, issues, mails, rounds, secrets} {
		if _, err := b.Bucket([]byte(in.top())).CreateBucketIfNotExists([]byte(names[in])); err != nil {
			return err
		}
	}
	return nil
}

// Get returns the notice with an id, one of this node's own too; nil when there is
// none.
func (t Notices) Get(id string) (*news.Notice, error) {
	p, err := t.get(rung, []byte(id))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return row[news.Notice](t.rows, bells, []byte(id))
	}
	return row[news.Notice](t.rows, notices, seqKey(binary.BigEndian.Uint64(p), id))
}

// Exists says whether there was a notice with an id.
func (t Notices) Exists(id string) bool {
	p, err := t.get(rung, []byte(id))
	t.keep(err)
	return p != nil
}

// Put stores what a record made, under its Seq and ID.
func (t Notices) Put(n *news.Notice) error {
	if err := t.put(rung, []byte(n.ID), number(n.Seq)); err != nil {
		return err
	}
	return t.write(notices, seqKey(n.Seq, n.ID), n)
}

// After returns those of the records after a Seq, oldest first.
func (t Notices) After(after uint64) ([]*news.Notice, error) {
	var all []*news.Notice
	err := t.up(notices, nil, number(after+1), func(k, p []byte) (bool, error) {
		n := new(news.Notice)
		all = append(all, n)
		return true, decode(notices, k, p, n)
	})
	return all, err
}

// Latest returns up to n of the records before a Seq, newest first; 0 is from
// the end.
func (t Notices) Latest(before uint64, n int) ([]*news.Notice, error) {
	if before == 0 {
		before = 1<<64 - 1
	}
	var all []*news.Notice
	err := t.down(notices, nil, number(before), func(k, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		n := new(news.Notice)
		all = append(all, n)
		return true, decode(notices, k, p, n)
	})
	return all, err
}

// DeleteBefore forgets up to n notices with an At before a time, oldest first. What
// they told can ring again.
func (t Notices) DeleteBefore(before time.Time, n int) error {
	var bad error
	dropped, _, err := t.dropWhile(notices, n, func(k, p []byte) bool {
		var old news.Notice
		bad = decode(notices, k, p, &old)
		return bad == nil && old.At.Before(before)
	})
	if bad != nil {
		return bad
	}
	for i := 0; err == nil && i < len(dropped); i++ {
		err = t.drop(rung, dropped[i][8:])
	}
	return err
}

// Local returns the notices of this node's own.
func (t Notices) Local() ([]*news.Notice, error) { return allRows[news.Notice](t.rows, bells) }

// PutLocal stores a notice of this node's own.
func (t Notices) PutLocal(n *news.Notice) error { return t.write(bells, []byte(n.ID), n) }

// DeleteLocal forgets it.
func (t Notices) DeleteLocal(id string) error { return t.drop(bells, []byte(id)) }

// Get returns what came of sending a notice, nil when it was not tried.
func (t Dispatches) Get(notice string) (*news.Dispatch, error) {
	return row[news.Dispatch](t.rows, dispatches, []byte(notice))
}

// All returns all of them.
func (t Dispatches) All() ([]*news.Dispatch, error) {
	return allRows[news.Dispatch](t.rows, dispatches)
}

// Put stores what came of sending a notice.
func (t Dispatches) Put(d *news.Dispatch) error { return t.write(dispatches, []byte(d.Notice), d) }

// Delete forgets it.
func (t Dispatches) Delete(notice string) error { return t.drop(dispatches, []byte(notice)) }

// All returns the targets that want no more notices.
func (t ClosedTargets) All() ([]*news.ClosedTarget, error) {
	return allRows[news.ClosedTarget](t.rows, closed)
}

// Put notes that a target wants no more notices.
func (t ClosedTargets) Put(c *news.ClosedTarget) error { return t.write(closed, []byte(c.Target), c) }

// Delete notes that it may be tried again.
func (t ClosedTargets) Delete(target string) error { return t.drop(closed, []byte(target)) }

func troubleKey(w news.When, source string) []byte { return append(scope(string(w)), source...) }

// All returns what is wrong with sources at present.
func (t Troubles) All() ([]*news.Trouble, error) { return allRows[news.Trouble](t.rows, troubles) }

// Put stores what is wrong with a source.
func (t Troubles) Put(now *news.Trouble) error {
	return t.write(troubles, troubleKey(now.When, now.Source), now)
}

// Delete notes that it is over.
func (t Troubles) Delete(w news.When, source string) error {
	return t.drop(troubles, troubleKey(w, source))
}
