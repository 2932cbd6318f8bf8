package store

import (
	bolt "go.etcd.io/bbolt"
)

// SetMaxLog sets how many bytes the log may have.
func (s *Store) SetMaxLog(n int) { s.limits.log = n }

// RewriteStep rewrites some rows of earlier releases.
func (s *Store) RewriteStep() error {
	_, err := s.rewriteStep()
	return err
}

// MakeOld gives all rows the form of schema 14, in which no dictionary is used, and notes that.
// The caller closes the store and opens it again.
func (s *Store) MakeOld() error {
	if err := s.Checkpoint(); err != nil {
		return err
	}
	return s.db.Update(func(b *bolt.Tx) error {
		r := &rows{b: b}
		for _, in := range rewritten {
			if err := r.makeOld(in); err != nil {
				return err
			}
		}
		if err := r.putSums(); err != nil {
			return err
		}
		if err := b.Bucket([]byte("meta")).Delete(keyDictionary); err != nil {
			return err
		}
		return noteOldRows(b)
	})
}

func (r *rows) makeOld(in bucket) error {
	all := map[string][]byte{}
	c := r.newCursor(in)
	for row := c.seek(nil); row.key != nil; row = c.next() {
		p, err := row.payload(in)
		if v := newTyped(in); v != nil && err == nil {
			if err = decode(in, row.key, p, v); err == nil {
				p, err = encodeJSON(in, row.key, v)
			}
		}
		if err != nil {
			return err
		}
		all[string(row.key)] = append([]byte{}, p...)
	}
	for k, p := range all {
		if err := r.putRow(in, []byte(k), in.seal([]byte(k), p)); err != nil {
			return err
		}
	}
	return nil
}
