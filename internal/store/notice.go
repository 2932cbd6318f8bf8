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

// Notice returns the notice with an id, one of this node's own too; nil when there is
// none.
func (tx *Tx) Notice(id string) (*news.Notice, error) {
	p, err := tx.get(rung, []byte(id))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return row[news.Notice](tx, bells, []byte(id))
	}
	return row[news.Notice](tx, notices, seqKey(binary.BigEndian.Uint64(p), id))
}

// Rung says whether there was a notice with an id.
func (tx *Tx) Rung(id string) bool {
	p, err := tx.get(rung, []byte(id))
	tx.keep(err)
	return p != nil
}

// PutNotice stores what a record made, under its Seq and ID.
func (tx *Tx) PutNotice(n *news.Notice) error {
	if err := tx.put(rung, []byte(n.ID), number(n.Seq)); err != nil {
		return err
	}
	return tx.write(notices, seqKey(n.Seq, n.ID), n)
}

// Notices returns those of the records after a Seq, oldest first.
func (tx *Tx) Notices(after uint64) ([]*news.Notice, error) {
	var all []*news.Notice
	err := tx.up(notices, nil, number(after+1), func(k, p []byte) (bool, error) {
		n := new(news.Notice)
		all = append(all, n)
		return true, decode(notices, k, p, n)
	})
	return all, err
}

// LatestNotices returns up to n of the records before a Seq, newest first; 0 is from
// the end.
func (tx *Tx) LatestNotices(before uint64, n int) ([]*news.Notice, error) {
	if before == 0 {
		before = 1<<64 - 1
	}
	var all []*news.Notice
	err := tx.down(notices, nil, number(before), func(k, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		n := new(news.Notice)
		all = append(all, n)
		return true, decode(notices, k, p, n)
	})
	return all, err
}

// DropNotices forgets up to n notices with an At before a time, oldest first. What
// they told can ring again.
func (tx *Tx) DropNotices(before time.Time, n int) error {
	var bad error
	dropped, _, err := tx.dropWhile(notices, n, func(k, p []byte) bool {
		var old news.Notice
		bad = decode(notices, k, p, &old)
		return bad == nil && old.At.Before(before)
	})
	if bad != nil {
		return bad
	}
	for i := 0; err == nil && i < len(dropped); i++ {
		err = tx.drop(rung, dropped[i][8:])
	}
	return err
}

// LocalNotices returns the notices of this node's own.
func (tx *Tx) LocalNotices() ([]*news.Notice, error) { return rows[news.Notice](tx, bells) }

// PutLocalNotice stores a notice of this node's own.
func (tx *Tx) PutLocalNotice(n *news.Notice) error { return tx.write(bells, []byte(n.ID), n) }

// DeleteLocalNotice forgets it.
func (tx *Tx) DeleteLocalNotice(id string) error { return tx.drop(bells, []byte(id)) }

// Dispatch returns what came of sending a notice, nil when it was not tried.
func (tx *Tx) Dispatch(notice string) (*news.Dispatch, error) {
	return row[news.Dispatch](tx, dispatches, []byte(notice))
}

// Dispatches returns all of them.
func (tx *Tx) Dispatches() ([]*news.Dispatch, error) { return rows[news.Dispatch](tx, dispatches) }

// PutDispatch stores what came of sending a notice.
func (tx *Tx) PutDispatch(d *news.Dispatch) error { return tx.write(dispatches, []byte(d.Notice), d) }

// DropDispatch forgets it.
func (tx *Tx) DropDispatch(notice string) error { return tx.drop(dispatches, []byte(notice)) }

// ClosedTargets returns the targets that want no more notices.
func (tx *Tx) ClosedTargets() ([]*news.ClosedTarget, error) {
	return rows[news.ClosedTarget](tx, closed)
}

// PutClosed notes that a target wants no more notices.
func (tx *Tx) PutClosed(c *news.ClosedTarget) error { return tx.write(closed, []byte(c.Target), c) }

// DropClosed notes that it may be tried again.
func (tx *Tx) DropClosed(target string) error { return tx.drop(closed, []byte(target)) }

func troubleKey(w news.When, source string) []byte { return append(scope(string(w)), source...) }

// Troubles returns what is wrong with sources at present.
func (tx *Tx) Troubles() ([]*news.Trouble, error) { return rows[news.Trouble](tx, troubles) }

// PutTrouble stores what is wrong with a source.
func (tx *Tx) PutTrouble(t *news.Trouble) error {
	return tx.write(troubles, troubleKey(t.When, t.Source), t)
}

// DropTrouble notes that it is over.
func (tx *Tx) DropTrouble(w news.When, source string) error {
	return tx.drop(troubles, troubleKey(w, source))
}
