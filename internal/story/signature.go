package story

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/slugline/slugline/internal/news"
)

// level is news.Level in a byte.
type level byte

const (
	levelNew level = iota
	levelLink
	levelKey
	levelEdited
	levelOrder
	levels // how many there are
)

func (l level) level() news.Level {
	return [levels]news.Level{news.LevelNew, news.LevelLink, news.LevelKey, news.LevelEdited, news.LevelOrder}[l]
}

// signature is all that the fold keeps of a headline: enough to do again what
// the verdict did to the index, and to explain it.
type signature struct {
	n            uint64 // which headline this is, counted from 1
	at           int64  // ms
	level        level
	alone        bool
	score        int
	story, event id
	key, alt     uint64 // 0: none
	page         uint64 // 0: none
	tail, head   uint64 // a tail seen behind a head, for learning; 0: none
}

const signatureVersion = 1

var errSignature = errors.New("signature is damaged or of another version")

func (s *signature) encode() []byte {
	b := make([]byte, 0, 96)
	b = append(b, signatureVersion, byte(s.level), flag(s.alone))
	b = binary.AppendUvarint(b, s.n)
	b = binary.AppendVarint(b, s.at)
	b = binary.AppendUvarint(b, uint64(s.score))
	b = append(b, s.story[:]...)
	b = append(b, s.event[:]...)
	for _, v := range [...]uint64{s.key, s.alt, s.page, s.tail, s.head} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func decode(b []byte) (signature, error) {
	r := reader{b: b}
	var s signature
	if r.byte() != signatureVersion {
		return s, errSignature
	}
	s.level, s.alone = level(r.byte()), r.byte() == 1
	s.n, s.at, s.score = r.uvarint(), r.varint(), int(r.uvarint())
	copy(s.story[:], r.take(len(s.story)))
	copy(s.event[:], r.take(len(s.event)))
	for _, v := range [...]*uint64{&s.key, &s.alt, &s.page, &s.tail, &s.head} {
		*v = r.uint64()
	}
	if r.bad || len(r.b) > 0 || s.level >= levels {
		return s, errSignature
	}
	return s, nil
}

// reader takes values from the front of b; bad says that b was too short.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.take(max(n, 0))
	r.bad = r.bad || n <= 0
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.take(max(n, 0))
	r.bad = r.bad || n <= 0
	return v
}

// Load remembers a stored verdict. Signatures come in the order in which they
// were made; those of dead stories are passed over.
func (f *Fold) Load(sig []byte) error {
	s, err := decode(sig)
	if err != nil {
		return fmt.Errorf("load signature: %w", err)
	}
	if s.n > f.n {
		f.remember(&s)
		return nil
	}
	if s.level != levelNew || s.at >= f.horizon {
		f.index(&s)
	}
	return nil
}

// hash is never 0, which stands for none.
func hash(kind, s string) uint64 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(kind)
	_, _ = d.Write([]byte{0})
	_, _ = d.WriteString(s)
	return max(d.Sum64(), 1)
}
