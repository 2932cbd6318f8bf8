package store

import "github.com/slugline/slugline/internal/news"

// Spot returns this node's account of a source, nil when there is none.
func (tx *Tx) Spot(source string) (*news.Spot, error) {
	return row[news.Spot](tx, "spots", []byte(source))
}

// Spots returns all of them, by source id.
func (tx *Tx) Spots() ([]*news.Spot, error) { return rows[news.Spot](tx, "spots") }

// PutSpot stores this node's account of a source.
func (tx *Tx) PutSpot(s news.Spot) error { return tx.write("spots", []byte(s.Source), &s) }

// DropSpot forgets it.
func (tx *Tx) DropSpot(source string) error { return tx.drop("spots", []byte(source)) }
