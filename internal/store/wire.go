package store

import (
	"bytes"

	"github.com/slugline/slugline/internal/news"
)

// keyWire is the key of the row of bucket wire with the position in the log.
var keyWire = []byte("position")

// keyFile is the key of the row with what is known of the node's feeds.yaml.
var keyFile = []byte("file")

// fileMark is the value of keyFile.
type fileMark struct {
	Node string `json:"node,omitempty"` // empty: there was no cluster
	Mark string `json:"mark"`
}

// FileMark returns what PutFileMark stored for this node, or before there was a cluster;
// empty: nothing. What the node stored that the database was copied from does not count.
func (tx *Tx) FileMark(node string) (mark string, err error) {
	m, err := getJSON[fileMark](&tx.rows, wirePosition, keyFile)
	if err != nil || m == nil || m.Node != "" && m.Node != node {
		return "", err
	}
	return m.Mark, nil
}

// PutFileMark stores the mark of the feeds.yaml that a node put in force, or last compared
// with what is in force.
func (tx *Tx) PutFileMark(node, mark string) error {
	return tx.putJSON(wirePosition, keyFile, &fileMark{node, mark})
}

// Wire returns how far this node has applied the log that several nodes share, zero where
// there is none.
func (tx *Tx) Wire() (news.WirePosition, error) {
	p, err := getJSON[news.WirePosition](&tx.rows, wirePosition, keyWire)
	if p == nil {
		p = new(news.WirePosition)
	}
	return *p, err
}

// PutWire stores how far this node has applied the shared log. It belongs in the transaction
// that applies the record.
func (tx *Tx) PutWire(p news.WirePosition) error { return tx.putJSON(wirePosition, keyWire, &p) }

// ForgetNode deletes what is another node's alone, in a copy of that node's file: how many
// subscribers it was told of. Its position in the log stays, and so does what nodes exchange.
func (tx *Tx) ForgetNode() error {
	var keys [][]byte
	err := tx.ascend(feedReaders, nil, nil, func(key, _ []byte) (bool, error) {
		keys = append(keys, bytes.Clone(key))
		return true, nil
	})
	for i := 0; i < len(keys) && err == nil; i++ {
		err = tx.delete(feedReaders, keys[i])
	}
	return err
}
