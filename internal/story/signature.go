package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

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
	flagged      bool // its key recurs
	order        order
	score        int
	owner        uint32 // 0: none
	story, event id
	birth        uint64   // n of the story's first headline
	eventBirth   uint64   // n of the event's
	from         uint64   // birth of the story that an order took something from
	joined       []uint64 // births of the events that this one took in with it
	key, alt     uint64   // 0: none
	page         uint64   // 0: none
	tail, head   uint64   // a tail seen behind a head, for learning; 0: none
	text         string   // folded, without affixes
	tokens       []token  // of a new story's headline, or of one lightly edited
	more         []token  // what a new story's link says beyond its headline

	// not encoded:
	link   string // its page, without scheme
	cut    bool   // text ends in an ellipsis
	moved  bool   // event is not the one that was decided first
	parted bool   // as in tale
	amends Amends // as in Headline
	told   []string
}

const (
	signatureVersion = 4
	soundless        = 3 // the version before: no sounds, nothing of the link
)

var errSignature = errors.New("signature is damaged or of another version")

func (s *signature) encode() []byte {
	b := make([]byte, 0, 128+len(s.text)+8*len(s.tokens)+8*len(s.more))
	b = append(b, signatureVersion, byte(s.level), flag(s.alone), flag(s.flagged), byte(s.order))
	for _, v := range [...]uint64{s.n, s.birth, s.eventBirth, s.from, uint64(s.score)} {
		b = binary.AppendUvarint(b, v)
	}
	b = binary.AppendVarint(b, s.at)
	b = append(append(b, s.story[:]...), s.event[:]...)
	b = binary.BigEndian.AppendUint32(b, s.owner)
	for _, v := range [...]uint64{s.key, s.alt, s.page, s.tail, s.head} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	b = append(binary.AppendUvarint(b, uint64(len(s.text))), s.text...)
	b = appendTokens(appendTokens(b, s.tokens), s.more)
	b = binary.AppendUvarint(b, uint64(len(s.joined)))
	for _, n := range s.joined {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// verdict is what Judge answers.
func (s *signature) verdict(joined []string) Verdict {
	v := Verdict{
		Story: string(s.story[:]), Level: s.level.level(), Score: s.score,
		Event: string(s.event[:]), Joined: joined, Sig: s.encode(),
	}
	if s.order != none {
		v.Level = news.LevelOrder
	}
	return v
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
	switch r.byte() {
	case signatureVersion:
	case soundless:
		r.soundless = true
	default:
		return s, errSignature
	}
	s.level, s.alone, s.flagged, s.order = level(r.byte()), r.byte() == 1, r.byte() == 1, order(r.byte())
	s.n, s.birth, s.eventBirth, s.from, s.score = r.uvarint(), r.uvarint(), r.uvarint(), r.uvarint(), int(r.uvarint())
	s.at = r.varint()
	copy(s.story[:], r.take(len(s.story)))
	copy(s.event[:], r.take(len(s.event)))
	s.owner = r.uint32()
	for _, v := range [...]*uint64{&s.key, &s.alt, &s.page, &s.tail, &s.head} {
		*v = r.uint64()
	}
	s.text = string(r.take(r.size()))
	s.cut = endsCut(s.text)
	s.tokens = r.tokens()
	if !r.soundless {
		s.more = r.tokens()
	}
	for n := r.size(); n > 0 && !r.bad; n-- {
		s.joined = append(s.joined, r.uvarint())
	}
	if r.bad || len(r.b) > 0 || s.level >= levels || s.order >= orders {
		return s, errSignature
	}
	return s, nil
}

// reader takes values from the front of b; bad says that b was too short.
type reader struct {
	b         []byte
	bad       bool
	soundless bool // a signature of that version
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

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// size is a count of what follows, each at least a byte.
func (r *reader) size() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) tokens() []token {
	n := int(r.byte())
	if n > maxTokens {
		r.bad = true
	}
	if n == 0 || r.bad {
		return nil
	}
	out := make([]token, n)
	for i := range out {
		out[i] = token{root: r.uint32(), weight: r.byte(), kind: kind(r.byte())}
		if !r.soundless {
			out[i].sound = r.uint16()
		}
		r.bad = r.bad || out[i].kind >= kinds
	}
	return out
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
	if s.level == levelNew && s.at < f.horizon {
		if s.order == split && !s.alone {
			f.divorce(&s)
		}
		return nil
	}
	if m, ok := f.moves[s.n]; ok {
		s.event, s.eventBirth, s.moved = m.id, m.birth, true
	}
	s.joined = nil
	f.add(&s)
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

func appendTokens(b []byte, tokens []token) []byte {
	b = append(b, byte(len(tokens)))
	for _, t := range tokens {
		b = append(binary.BigEndian.AppendUint32(b, t.root), t.weight, byte(t.kind))
		b = binary.BigEndian.AppendUint16(b, t.sound)
	}
	return b
}

// all are the words of the headline and of its link.
func (s *signature) all() []token {
	if len(s.more) == 0 {
		return s.tokens
	}
	return append(slices.Clip(s.tokens), s.more...)
}
