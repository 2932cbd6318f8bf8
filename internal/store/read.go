package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Seq is that of the last record applied.
func (tx *Tx) Seq() uint64 { seq, _ := tx.last(); return seq }

// At is that of the last record applied, zero when there is none.
func (tx *Tx) At() time.Time { _, at := tx.last(); return at }

func (tx *Tx) last() (uint64, time.Time) {
	p, err := tx.get("state", []byte("seq"))
	if err != nil || len(p) < 16 {
		tx.keep(err)
		return 0, time.Time{}
	}
	return binary.BigEndian.Uint64(p), timeAt(p[8:])
}

// Applied says whether the record with this id was applied.
func (tx *Tx) Applied(recordID string) bool {
	p, err := tx.get("applied", []byte(recordID))
	tx.keep(err)
	return p != nil
}

// Rules returns the rules in force, nil when there are none yet.
func (tx *Tx) Rules() (*news.Rules, error) {
	r := new(news.Rules)
	if ok, err := tx.read("state", []byte("rules"), r); !ok {
		return nil, err
	}
	return r, nil
}

// Source returns nil when there is none with this id.
func (tx *Tx) Source(id string) (*news.SourceState, error) {
	return row[news.SourceState](tx, "sources", []byte(id))
}

// Sources returns all sources in the rules' order, those no longer in the rules last.
func (tx *Tx) Sources() ([]*news.SourceState, error) {
	all, err := rows[news.SourceState](tx, "sources")
	if err != nil {
		return nil, err
	}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return all, err
	}
	place := make(map[string]int, len(rules.Sources))
	for i := range rules.Sources {
		place[rules.Sources[i].Name] = i
	}
	order(all, place, func(s *news.SourceState) (string, bool) { return s.Name, s.Gone })
	return all, nil
}

// Topic returns nil when there never was one of this name.
func (tx *Tx) Topic(name string) (*news.TopicState, error) {
	return row[news.TopicState](tx, "topics", []byte(name))
}

// Topics returns all topics in the rules' order, those gone last.
func (tx *Tx) Topics() ([]*news.TopicState, error) {
	all, err := rows[news.TopicState](tx, "topics")
	if err != nil {
		return nil, err
	}
	rules, err := tx.Rules()
	if err != nil || rules == nil {
		return all, err
	}
	place := make(map[string]int, len(rules.Topics))
	for i := range rules.Topics {
		place[rules.Topics[i].Name] = i
	}
	order(all, place, func(t *news.TopicState) (string, bool) { return t.Name, t.Gone || t.Moved != "" })
	return all, nil
}

func order[T any](all []*T, place map[string]int, of func(*T) (name string, gone bool)) {
	at := func(v *T) int {
		name, gone := of(v)
		if i, ok := place[name]; ok && !gone {
			return i
		}
		return len(place)
	}
	slices.SortStableFunc(all, func(a, b *T) int { return at(a) - at(b) })
}

func row[T any](tx *Tx, bucket string, key []byte) (*T, error) {
	v := new(T)
	if ok, err := tx.read(bucket, key, v); !ok || err != nil {
		return nil, err
	}
	return v, nil
}

func rows[T any](tx *Tx, bucket string) ([]*T, error) {
	var all []*T
	err := tx.up(bucket, nil, nil, func(k, p []byte) (bool, error) {
		v := new(T)
		all = append(all, v)
		return true, decode(bucket, k, p, v)
	})
	return all, err
}

// Entry returns an entry without its Body, nil when there is none with this id.
func (tx *Tx) Entry(id string) (*news.Entry, error) {
	return row[news.Entry](tx, "entries", []byte(id))
}

// Body returns an entry's body as its source sent it, empty when it has none or
// retention took it.
func (tx *Tx) Body(id string) (string, error) {
	p, err := tx.get("bodies", []byte(id))
	return string(p), err
}

// ByKey returns the entry that a source knows by a key, empty when there is none.
func (tx *Tx) ByKey(source string, key uint64) (entryID string) {
	if key == 0 {
		return ""
	}
	p, err := tx.get("keys", binary.BigEndian.AppendUint64(scope(source), key))
	tx.keep(err)
	return string(p)
}

// ByText returns the entries of a source whose Keys.Text is key.
func (tx *Tx) ByText(source string, key uint64) (entryIDs []string) {
	if key == 0 {
		return nil
	}
	prefix := binary.BigEndian.AppendUint64(scope(source), key)
	tx.keep(tx.up("texts", prefix, nil, func(k, _ []byte) (bool, error) {
		entryIDs = append(entryIDs, string(k[len(prefix):]))
		return true, nil
	}))
	return entryIDs
}

// Story returns nil when there is none with this id.
func (tx *Tx) Story(id string) (*news.Story, error) {
	return row[news.Story](tx, "stories", []byte(id))
}

// Placed returns the n stories that stand highest in a topic below a place. The
// zero Place is above all. Stories can share a place: Below pages without a gap.
func (tx *Tx) Placed(topic string, n int, before news.Place) ([]*news.Story, error) {
	if before.At.IsZero() {
		return tx.placed(topic, n, append([]byte(topic), 1))
	}
	return tx.placed(topic, n, placeKey(topic, before.At, before.Seq, ""))
}

// Below returns the n stories that stand next below s in a topic.
func (tx *Tx) Below(topic string, n int, s *news.Story) ([]*news.Story, error) {
	p := s.Places[topic]
	return tx.placed(topic, n, placeKey(topic, p.At, p.Seq, s.ID))
}

func (tx *Tx) placed(topic string, n int, before []byte) ([]*news.Story, error) {
	prefix := scope(topic)
	var ids []string
	err := tx.down("places", prefix, before, func(k, _ []byte) (bool, error) {
		if len(ids) < n {
			ids = append(ids, string(k[len(prefix)+16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return tx.stories(ids)
}

// Latest returns the n newest stories of all, by First, that are older than
// before; nil is newer than all. Stories that another took in are left out.
func (tx *Tx) Latest(n int, before *news.Story) ([]*news.Story, error) {
	from := bytes.Repeat([]byte{0xff}, 8)
	if before != nil {
		from = timelineKey(before.First, before.Seq, before.ID)
	}
	var ids []string
	err := tx.down("timeline", nil, from, func(k, p []byte) (bool, error) {
		if len(ids) < n && p[0] == 0 {
			ids = append(ids, string(k[16:]))
		}
		return len(ids) < n, nil
	})
	if err != nil {
		return nil, err
	}
	return tx.stories(ids)
}

// OldStories returns up to n stories with First before a time, the oldest first.
func (tx *Tx) OldStories(before time.Time, n int) ([]*news.Story, error) {
	var ids []string
	err := tx.up("timeline", nil, nil, func(k, _ []byte) (bool, error) {
		if len(ids) == n || !timeAt(k).Before(before) {
			return false, nil
		}
		ids = append(ids, string(k[16:]))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return tx.stories(ids)
}

func (tx *Tx) stories(ids []string) ([]*news.Story, error) {
	all := make([]*news.Story, 0, len(ids))
	for _, id := range ids {
		s, err := tx.Story(id)
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, s)
		}
	}
	return all, nil
}

// Changes returns up to n changes with a Seq above after, oldest first.
func (tx *Tx) Changes(after uint64, n int) ([]news.Change, error) {
	var all []news.Change
	err := tx.up("changes", nil, number(after+1), func(k, p []byte) (bool, error) {
		if len(all) == n {
			return false, nil
		}
		var c news.Change
		err := decode("changes", k, p, &c)
		all = append(all, c)
		return true, err
	})
	return all, err
}

// OldestChange is the Seq of the oldest change kept, 0 when there is none.
func (tx *Tx) OldestChange() (seq uint64) {
	tx.keep(tx.up("changes", nil, nil, func(k, _ []byte) (bool, error) {
		seq = binary.BigEndian.Uint64(k)
		return false, nil
	}))
	return seq
}

// Signatures calls fn for each stored signature, in the order in which they were
// put. fn may keep sig.
func (tx *Tx) Signatures(fn func(sig []byte) error) error {
	return tx.up("signatures", nil, nil, func(_, p []byte) (bool, error) {
		return true, fn(bytes.Clone(p[8:]))
	})
}

// FoldState is what PutFoldState got last, nil before.
func (tx *Tx) FoldState() []byte {
	p, err := tx.get("state", []byte("fold"))
	tx.keep(err)
	return bytes.Clone(p)
}

// Orders returns all orders, oldest first.
func (tx *Tx) Orders() ([]news.Record, error) {
	all, err := rows[news.Record](tx, "orders")
	out := make([]news.Record, len(all))
	for i, r := range all {
		out[i] = *r
	}
	return out, err
}

// Fading returns up to n entries that still have their text and that their source
// last listed before a time, the longest gone first.
func (tx *Tx) Fading(before time.Time, n int) ([]*news.Entry, error) {
	return tx.fading(0, before, n)
}

// Faded is like Fading, for entries whose text is gone.
func (tx *Tx) Faded(before time.Time, n int) ([]*news.Entry, error) {
	return tx.fading(1, before, n)
}

func (tx *Tx) fading(bare byte, before time.Time, n int) ([]*news.Entry, error) {
	var all []*news.Entry
	err := tx.up("fading", []byte{bare}, nil, func(k, _ []byte) (bool, error) {
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
