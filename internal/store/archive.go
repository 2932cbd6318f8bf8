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

// ArchivePage returns a sealed page of a topic's archive, nil when there is none of that
// number.
func (tx *Tx) ArchivePage(topic string, n int) (*news.ArchivePage, error) {
	return row[news.ArchivePage](tx, archives, pageKey(topic, n))
}

// PutArchivePage stores a page. What was sealed is not to be changed.
func (tx *Tx) PutArchivePage(topic string, p *news.ArchivePage) error {
	return tx.write(archives, pageKey(topic, p.N), p)
}

// Above returns the n stories that stand lowest in a topic above a time, the lowest
// first, and when they were placed.
func (tx *Tx) Above(topic string, after time.Time, n int) (ids []string, at []time.Time, err error) {
	prefix := scope(topic)
	from := placeKey(topic, after.Add(time.Millisecond), 0, "")
	err = tx.up(places, prefix, from, func(k, _ []byte) (bool, error) {
		if len(ids) < n {
			at = append(at, timeAt(k[len(prefix):]))
			ids = append(ids, string(k[len(prefix)+16:]))
		}
		return len(ids) < n, nil
	})
	return ids, at, err
}

// renamePages moves a topic's archive to another name, unless that has one.
func (tx *Tx) renamePages(from, to string) error {
	first, err := tx.ArchivePage(to, 1)
	if err != nil || first != nil {
		return err
	}
	for n := 1; ; n++ {
		p, err := tx.ArchivePage(from, n)
		if err != nil || p == nil {
			return err
		}
		if err := tx.PutArchivePage(to, p); err != nil {
			return err
		}
		if err := tx.drop(archives, pageKey(from, n)); err != nil {
			return err
		}
	}
}
