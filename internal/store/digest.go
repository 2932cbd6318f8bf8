package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
)

// Digest returns Tx.Digest of what is committed.
func (s *Store) Digest() (digest string, err error) {
	err = s.View(func(tx *Tx) (err error) {
		digest, err = tx.Digest()
		return err
	})
	return digest, err
}

// Digest returns the SHA-256, in hexadecimal, of all rows of the shared half, as this version
// writes them. Two stores that applied the same records have the same digest.
func (tx *Tx) Digest() (string, error) {
	h := sha256.New()
	for b := range numBuckets {
		if !b.isShared() {
			continue
		}
		if err := tx.digest(b, h); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (r *rows) digest(b bucket, h io.Writer) error {
	writePart(h, []byte(b.String()))
	return r.ascend(b, nil, nil, func(k, p []byte) (bool, error) {
		p, err := current(b, k, p)
		writePart(h, k)
		writePart(h, p)
		return true, err
	})
}

// writePart writes b after its length, so that different parts can't add up to the same
// bytes. The writer is a hash, which does not fail.
func writePart(h io.Writer, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	_, _ = h.Write(n[:])
	_, _ = h.Write(b)
}
