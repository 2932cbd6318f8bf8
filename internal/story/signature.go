package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// level is a news.Level in a byte.
type level byte

const (
	levelNew level = iota
	levelLink
	levelKey
	levelEdited
	levelOrder
	levels // the number of levels
)

func (l level) level() news.Level {
	return [levels]news.Level{news.LevelNew, news.LevelLink, news.LevelKey, news.LevelEdited, news.LevelOrder}[l]
}

// signature is what the fold stores of a headline: enough to repeat what the verdict
// did to the index, and to explain the verdict.
type signature struct {
	number       uint64 // counts headlines from 1
	at           int64  // ms
	level        level
	undated      bool // as in Headline
	noFold       bool
	flagged      bool // its key recurs
	order        order
	score        int
	owner        uint32 // 0 for none
	story, event id
	birth        uint64         // number of the first headline of its story
	eventBirth   uint64         // number of the first headline of its event
	splitFrom    uint64         // birth of the story that an order split it from
	joined       []uint64       // births of the events that joined its event; of a splitEventOrder, births of the stories in it
	key, altKey  uint64         // 0 for none
	page         uint64         // 0 for none
	suffix, head uint64         // a suffix and the head before it, for learning; 0 for none
	text         string         // folded, without affixes
	tokens       []token        // of the first headline of a story, or of a similar one
	moreTokens   []token        // of the first headline of a story: what its link, its summary and the places in them add
	traits       traits         // of the first headline of a story
	reasons      [2]eventReason // of the first headline of a story: why it is in its event, and why not in the next likely one
	stages       stages         // of a headline with tokens
	cues         cues           // of text, for tokens

	// The fields below are not stored.
	all           []token   // tokens and moreTokens; nil until readMore
	summary       string    // as in Headline
	original      string    // the headline as it came
	link          string    // its page, without scheme
	language      string    // as in Headline
	truncated     bool      // text ends in an ellipsis
	bare          bool      // it names no subject: see isBare
	moved         bool      // event is not the one that was decided first
	ordered       bool      // as in event, of its event
	eventBegan    int64     // as in event.began; 0 if its live stories tell
	splitOff      bool      // as in liveStory
	amends        Amendment // as in Headline
	sourceStories []string
	isApart       func(string, news.Level) bool
}

const (
	signatureVersion       = 6
	versionWithoutTraits   = 5 // the version before, without traits and reasons
	versionWithoutStages   = 4 // the version before that, without stages and cues, whose keys also had the headline's spaces
	versionWithoutPhonetic = 3 // the version before that, without phonetic keys and link tokens too
)

var errSignature = errors.New("signature is damaged or of an unknown version")

func (s *signature) encode() []byte {
	b := make([]byte, 0, 208+len(s.text)+8*len(s.tokens)+8*len(s.moreTokens))
	b = append(b, signatureVersion, byte(s.level), flag(s.noFold)|flag(s.undated)<<1, flag(s.flagged), byte(s.order))
	for _, v := range [...]uint64{s.number, s.birth, s.eventBirth, s.splitFrom, uint64(s.score)} {
		b = binary.AppendUvarint(b, v)
	}
	b = binary.AppendVarint(b, s.at)
	b = append(append(b, s.story[:]...), s.event[:]...)
	b = binary.BigEndian.AppendUint32(b, s.owner)
	for _, v := range [...]uint64{s.key, s.altKey, s.page, s.suffix, s.head} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	b = append(binary.AppendUvarint(b, uint64(len(s.text))), s.text...)
	b = appendTokens(appendTokens(b, s.tokens), s.moreTokens)
	b = binary.AppendUvarint(b, uint64(s.stages))
	b = binary.AppendUvarint(b, uint64(s.cues))
	b = binary.AppendUvarint(b, uint64(len(s.joined)))
	for _, n := range s.joined {
		b = binary.AppendUvarint(b, n)
	}
	b = s.traits.encode(b)
	for i := range s.reasons {
		b = s.reasons[i].encode(b)
	}
	return b
}

// verdict is what Judge returns.
func (s *signature) verdict(joined []string) Verdict {
	v := Verdict{
		Story: string(s.story[:]), Level: s.level.level(), Score: s.score,
		Event: string(s.event[:]), Joined: joined, Signature: s.encode(),
	}
	if s.order != noOrder {
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

func decodeSignature(b []byte) (signature, error) {
	r := decoder{rest: b}
	var s signature
	version := r.byte()
	switch version {
	case signatureVersion, versionWithoutTraits:
	case versionWithoutStages:
		s.stages = unknownStages
	case versionWithoutPhonetic:
		s.stages, r.withoutPhonetic = unknownStages, true
	default:
		return s, errSignature
	}
	s.level = level(r.byte())
	flags := r.byte()
	s.noFold, s.undated = flags&1 != 0, flags&2 != 0
	s.flagged, s.order = r.byte() == 1, order(r.byte())
	s.number, s.birth, s.eventBirth, s.splitFrom, s.score = r.uvarint(), r.uvarint(), r.uvarint(), r.uvarint(), int(r.uvarint())
	s.at = r.varint()
	copy(s.story[:], r.next(len(s.story)))
	copy(s.event[:], r.next(len(s.event)))
	s.owner = r.uint32()
	for _, v := range [...]*uint64{&s.key, &s.altKey, &s.page, &s.suffix, &s.head} {
		*v = r.uint64()
	}
	s.text = string(r.next(r.size()))
	s.truncated = isTruncated(s.text)
	if version <= versionWithoutStages && s.key != 0 {
		s.key, s.altKey = storyKey(s.text), keyWithoutSuffix(s.text)
	}
	s.tokens = r.tokens()
	if !r.withoutPhonetic {
		s.moreTokens = r.tokens()
	}
	if s.stages != unknownStages {
		s.stages = r.stages()
		s.cues = cues(r.uvarint())
	}
	for n := r.size(); n > 0 && !r.failed; n-- {
		s.joined = append(s.joined, r.uvarint())
	}
	if version == signatureVersion {
		s.traits = decodeTraits(&r)
		s.reasons = [2]eventReason{decodeReason(&r), decodeReason(&r)}
	}
	if r.failed || len(r.rest) > 0 || flags > 3 || s.level >= levels || s.order >= orders {
		return s, errSignature
	}
	return s, nil
}

// Load brings back a stored verdict. Signatures are loaded in the order in which they
// were made; those of stories that are no longer live have no effect. The error means
// that the signature is damaged or of an unknown version.
func (f *Fold) Load(sig []byte) error {
	s, err := decodeSignature(sig)
	if err != nil {
		return fmt.Errorf("load signature: %w", err)
	}
	if s.number > f.judged {
		f.learn(&s)
		return nil
	}
	if s.order.isOfEvent() {
		return nil // the state has what it did
	}
	if s.level == levelNew && s.at < f.horizon {
		if s.order == splitOrder && !s.noFold {
			f.detach(&s)
		}
		return nil
	}
	if m, ok := f.movedEvents[s.number]; ok {
		s.event, s.eventBirth, s.moved = m.id, m.birth, true
	}
	s.ordered, s.eventBegan = f.orderedEvents[s.eventBirth], f.beganBefore[s.eventBirth]
	s.joined = nil
	f.addHeadline(&s)
	return nil
}

func appendTokens(b []byte, tokens []token) []byte {
	b = append(b, byte(len(tokens)))
	for _, t := range tokens {
		b = append(binary.BigEndian.AppendUint32(b, t.root), t.weight, byte(t.kind))
		b = binary.BigEndian.AppendUint16(b, t.phonetic)
	}
	return b
}

// allTokens returns the tokens of the headline and those of readMore.
func (s *signature) allTokens() []token {
	switch {
	case len(s.moreTokens) == 0:
		return s.tokens
	case s.all != nil:
		return s.all
	}
	return append(slices.Clip(s.tokens), s.moreTokens...)
}
