package store

import (
	"encoding/binary"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

func makeArchives(b *bolt.Tx) error {
	_, err := b.Bucket([]byte(archives.top())).CreateBucketIfNotExists([]byte(names[archives]))
	return err
}

func pageKey(topic string, n int) []byte {
	return binary.BigEndian.AppendUint32(scope(topic), uint32(n))
}

// Get returns a sealed page of a topic's archive, nil when there is none of that
// number.
func (t Archives) Get(topic string, n int) (*news.ArchivePage, error) {
	return row[news.ArchivePage](t.rows, archives, pageKey(topic, n))
}

// Put stores a page. What was sealed is not to be changed.
func (t Archives) Put(topic string, p *news.ArchivePage) error {
	return t.write(archives, pageKey(topic, p.N), p)
}

// InTopicAbove returns the n stories that stand lowest in a topic above a time, the lowest
// first, and when they were placed.
func (t Stories) InTopicAbove(topic string, after time.Time, n int) (ids []string, at []time.Time, err error) {
	prefix := scope(topic)
	from := placeKey(topic, after.Add(time.Millisecond), 0, "")
	err = t.up(places, prefix, from, func(k, _ []byte) (bool, error) {
		if len(ids) < n {
			at = append(at, timeAt(k[len(prefix):]))
			ids = append(ids, string(k[len(prefix)+16:]))
		}
		return len(ids) < n, nil
	})
	return ids, at, err
}

// renamePages moves a topic's archive to another name, unless that has one.
func (t Archives) renamePages(from, to string) error {
	first, err := t.Get(to, 1)
	if err != nil || first != nil {
		return err
	}
	for n := 1; ; n++ {
		p, err := t.Get(from, n)
		if err != nil || p == nil {
			return err
		}
		if err := t.Put(to, p); err != nil {
			return err
		}
		if err := t.drop(archives, pageKey(from, n)); err != nil {
			return err
		}
	}
}
