package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// What the nodes of a cluster have in common of the local half, and why. Package side exchanges
// these rows through a table of all nodes; Update marks those that change, if ShareLocal was
// called. Without it, nothing is marked and nothing else is written than before.
//
//	spots          own     schedules, of sources that this node visits: they are handed over with a partition, see cmd/slugline
//	memories       own     what a parser saves itself; another node reads the document once in whole
//	subscriptions  shared  any node takes a request, and whoever has the role hub asks and delivers
//	pushes         shared  written by the node that visits the source; a hub calls back any node, and the next owner goes on with the subscription
//	readers        own     each node counts the readers that it serves
//	bells          shared  a notice about a source is sent once, and listed on every desk
//	dispatches     shared  whoever follows a lost sender goes on with its attempts, under the same ids
//	closed         shared  a target that is gone is gone for every node
//	troubles       shared  begun by the node that visits the source; no other one rings again
//	recipients     shared  anybody can subscribe and unsubscribe anywhere
//	issues         shared  made once, by the sender
//	mails          shared  sent once: a successor must know which were
//	rounds         shared  which issue is next
//	secrets        shared  links in mails and addresses of feeds are good on every node
//	tokens         shared  one login for all desks
//	seats          shared  what was read on one desk is read on all
//	windows        shared  a limit of messages counts those of the lost sender
//	stars          shared  as seats
//	starred        shared  the copies outlive the story, also on a node that joins later
//	wire           own     how far this node has applied the log
//	sums           own     of this file
//	shared, unshared  own  what this node knows of the exchange
func (b bucket) isExchanged() bool {
	switch b {
	case subscriptions, pushes, localNotices, dispatches, closedTargets, troubles, recipients, issues, mails, schedules,
		secrets, tokens, readStates, alertWindows, stars, starred:
		return true
	}
	return false
}

// ShareLocal makes Update mark the rows that belong to all nodes of a cluster when they change,
// and call changed after each commit that marked some. changed must return at once; it may be
// nil. ShareLocal is called before the first Update.
func (s *Store) ShareLocal(changed func()) {
	if changed == nil {
		changed = func() {}
	}
	s.sideChanged = changed
}

// Side is the table of rows that this node exchanges with others. A row is marked from its
// change until the change is with the others.
type Side struct{ *rows }

// SideRow is a row of any bucket that nodes exchange.
type SideRow struct {
	Bucket   string // name in the file
	Key      []byte
	Value    []byte // nil: there is no such row
	Revision uint64 // of the last exchanged change; 0: there was none
	Mark     uint64 // grows with each change of any row; 0: the row is not marked
}

// Name is the name of the row among the nodes. It does not disclose the key.
func (r *SideRow) Name() string { return r.Bucket + "." + hex.EncodeToString(sideHash(r.Key)) }

func sideHash(key []byte) []byte {
	h := sha256.Sum256(key)
	return h[:16]
}

var errNotExchanged = errors.New("nodes do not exchange rows of this bucket")

func exchanged(name string) (bucket, error) {
	b, err := bucketNamed(name)
	if err == nil && !b.isExchanged() {
		err = errNotExchanged
	}
	return b, err
}

// IsExchanged reports whether nodes exchange rows of the bucket with a name.
func IsExchanged(name string) bool {
	_, err := exchanged(name)
	return err == nil
}

// sideState is the payload of a row of bucket sideRows: revision and mark, 8 bytes each, and the
// key.
func (r *SideRow) state() []byte {
	p := binary.BigEndian.AppendUint64(seqBytes(r.Revision), r.Mark)
	return append(p, r.Key...)
}

func sideKey(b bucket, hash []byte) []byte { return append(namePrefix(b.String()), hash...) }

func readSideState(b bucket, p []byte) (*SideRow, error) {
	if len(p) < 16 {
		return nil, decodeError(sideRows, []byte(b.String()), errEncoding)
	}
	return &SideRow{Bucket: b.String(), Revision: readSeq(p), Mark: readSeq(p[8:]), Key: bytes.Clone(p[16:])}, nil
}

// Get returns a row.
func (t Side) Get(name string, key []byte) (*SideRow, error) {
	b, err := exchanged(name)
	if err != nil {
		return nil, err
	}
	row, err := t.known(b, sideHash(key))
	if err != nil {
		return nil, err
	}
	if row == nil {
		row = &SideRow{Bucket: name, Key: bytes.Clone(key)}
	}
	return row, t.fill(b, row)
}

// Named returns the row with a Name, nil if it was never exchanged or marked.
func (t Side) Named(name string) (*SideRow, error) {
	in, digits, _ := bytes.Cut([]byte(name), []byte("."))
	b, err := exchanged(string(in))
	if err != nil {
		return nil, err
	}
	hash, err := hex.DecodeString(string(digits))
	if err != nil {
		return nil, err
	}
	row, err := t.known(b, hash)
	if row == nil || err != nil {
		return nil, err
	}
	return row, t.fill(b, row)
}

func (r *rows) known(b bucket, hash []byte) (*SideRow, error) {
	p, err := r.get(sideRows, sideKey(b, hash))
	if p == nil || err != nil {
		return nil, err
	}
	return readSideState(b, p)
}

func (r *rows) fill(b bucket, row *SideRow) error {
	p, err := r.get(b, row.Key)
	if p != nil {
		row.Value = append([]byte{}, p...)
	}
	return err
}

// Marked returns up to n marked rows, in the order of their last changes.
func (t Side) Marked(n int) (all []*SideRow, err error) {
	err = t.ascend(sideMarks, nil, nil, func(_, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		name, key, _ := bytes.Cut(p, []byte{0})
		row, err := t.Get(string(name), key)
		all = append(all, row)
		return true, err
	})
	return all, err
}

// Marks returns the first and the last mark, 0 if no row is marked.
func (t Side) Marks() (first, last uint64, err error) {
	err = t.ascend(sideMarks, nil, nil, func(k, _ []byte) (bool, error) {
		first = readSeq(k)
		return false, nil
	})
	if err == nil {
		last, err = t.lastMark()
	}
	return first, last, err
}

func (r *rows) lastMark() (last uint64, err error) {
	if r.mostMarked > 0 {
		return r.mostMarked, nil
	}
	err = r.descend(sideMarks, nil, seqBytes(1<<64-1), func(k, _ []byte) (bool, error) {
		last = readSeq(k)
		return false, nil
	})
	return last, err
}

// All returns all rows of the buckets that nodes exchange, and those that were deleted but are
// marked or have a revision. It calls fn without their values; fn must not write.
func (t Side) All(fn func(row *SideRow) error) error {
	for b := range numBuckets {
		if !b.isExchanged() {
			continue
		}
		err := t.ascend(sideRows, namePrefix(b.String()), nil, func(_, p []byte) (bool, error) {
			row, err := readSideState(b, p)
			if err != nil {
				return false, err
			}
			return true, fn(row)
		})
		if err != nil {
			return err
		}
		err = t.ascend(b, nil, nil, func(k, _ []byte) (bool, error) {
			row, err := t.known(b, sideHash(k))
			if err != nil || row != nil {
				return err == nil, err
			}
			return true, fn(&SideRow{Bucket: b.String(), Key: bytes.Clone(k)})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Put stores a row as it is: its value, or that there is none, its revision, and its mark. A
// row with neither a value, a revision nor a mark is forgotten.
func (t Side) Put(row *SideRow) error {
	b, err := exchanged(row.Bucket)
	if err != nil {
		return err
	}
	had, err := t.get(b, row.Key)
	if err != nil {
		return err
	}
	t.applying = true // nothing is marked
	defer func() { t.applying = false }()
	switch {
	case row.Value == nil && had != nil:
		err = errors.Join(t.delete(b, row.Key), t.noteVersion(b))
	case row.Value != nil && (had == nil || !bytes.Equal(had, row.Value)):
		err = errors.Join(t.put(b, row.Key, row.Value), t.noteVersion(b))
	}
	if err != nil {
		return err
	}
	return t.putState(b, row)
}

// noteVersion tells readers of tables with a Version that they changed.
func (r *rows) noteVersion(b bucket) error {
	switch b {
	case tokens:
		return Tokens{r}.nextVersion()
	case stars:
		return Stars{r}.nextVersion()
	}
	return nil
}

// putState stores revision and mark of a row.
func (r *rows) putState(b bucket, row *SideRow) error {
	hash := sideHash(row.Key)
	had, err := r.known(b, hash)
	if err != nil {
		return err
	}
	if had != nil && had.Mark != 0 && had.Mark != row.Mark {
		if err := r.delete(sideMarks, seqBytes(had.Mark)); err != nil {
			return err
		}
	}
	if row.Mark != 0 && (had == nil || had.Mark != row.Mark) {
		if err := r.put(sideMarks, seqBytes(row.Mark), append(namePrefix(b.String()), row.Key...)); err != nil {
			return err
		}
	}
	if row.Revision == 0 && row.Mark == 0 {
		return r.delete(sideRows, sideKey(b, hash))
	}
	return r.put(sideRows, sideKey(b, hash), row.state())
}

// Mark marks a row as changed.
func (t Side) Mark(row *SideRow) error {
	b, err := exchanged(row.Bucket)
	if err != nil {
		return err
	}
	return t.mark(b, row.Key)
}

// markChange marks a row that Update is about to store; a nil payload deletes it.
func (r *rows) markChange(b bucket, key, payload []byte) error {
	if !r.shares || r.applying || !b.isExchanged() {
		return nil
	}
	had, err := r.get(b, key)
	if err != nil || bytes.Equal(had, payload) && (had == nil) == (payload == nil) {
		return err
	}
	return r.mark(b, key)
}

// mark marks a row behind all others. Each change of a row gives it another mark, so that who
// has read it before sees that it has changed since.
func (r *rows) mark(b bucket, key []byte) error {
	last, err := r.lastMark()
	if err != nil {
		return err
	}
	row, err := r.known(b, sideHash(key))
	if err != nil {
		return err
	}
	if row == nil {
		row = &SideRow{Bucket: b.String(), Key: key}
	}
	row.Mark = last + 1
	r.mostMarked, r.marked = row.Mark, true
	return r.putState(b, row)
}

// Identity returns what PutIdentity stored, empty if nothing.
func (t Side) Identity() (string, error) {
	p, err := t.get(sideRows, keyIdentity)
	return string(p), err
}

// PutIdentity stores which table the revisions of this node's rows are those of, and forgets
// all of them.
func (t Side) PutIdentity(id string) error {
	var all []*SideRow
	err := t.All(func(row *SideRow) error {
		if row.Revision != 0 {
			all = append(all, row)
		}
		return nil
	})
	for i := 0; err == nil && i < len(all); i++ {
		b, _ := bucketNamed(all[i].Bucket) // All returns buckets of the file
		all[i].Revision = 0
		err = t.putState(b, all[i])
	}
	if err != nil {
		return err
	}
	return t.put(sideRows, keyIdentity, []byte(id))
}

// keyIdentity is a key of bucket sideRows. No bucket has the empty name.
var keyIdentity = []byte{0}
