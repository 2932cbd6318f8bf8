package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/slugline/slugline/internal/news"
)

// advance returns the position after a message.
func advance(p news.WirePosition, m Message) news.WirePosition {
	p.Seq, p.ID, p.Chain = m.Seq, m.ID, nextChain(p.Chain, m)
	return p
}

// nextChain returns the hash of a chain and the message that follows.
func nextChain(chain string, m Message) string {
	h := sha256.New()
	h.Write([]byte(chain))
	var seq [8]byte
	binary.BigEndian.PutUint64(seq[:], m.Seq)
	h.Write(seq[:])
	h.Write([]byte(m.ID))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// maxChains bounds how many of the last chains are remembered: at 100 records a second, those
// of more than a minute.
const maxChains = 8192

// chains are the chains after the last messages.
type chains struct {
	bySeq map[uint64]string
}

func (c *chains) add(seq uint64, chain string) {
	if c.bySeq == nil {
		c.bySeq = map[uint64]string{}
	}
	c.bySeq[seq] = chain
	delete(c.bySeq, seq-maxChains)
}

// at returns the chain after a message, empty if it is not remembered.
func (c *chains) at(seq uint64) string { return c.bySeq[seq] }
