package store

import "github.com/slugline/slugline/internal/news"

// keyWire is the key of the only row of bucket wire.
var keyWire = []byte("position")

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
