package story

import (
	"maps"
	"slices"
	"time"

	"encoding/binary"
)

const (
	sameDay  = 12 * time.Hour // equal or like headlines further apart are two stories
	longLife = life           // unless the headline is long and another outlet's
	longKey  = 5              // halves of words beyond routine, of a long headline
)

// twin is the story nearest in time with the headline's key. When one of two
// headlines has a short tail that may be an outlet's name, the rest counts too.
func (f *Fold) twin(s *signature) int32 {
	if s.key == 0 {
		return -1
	}
	best := f.nearest(-1, s, f.keys, s.key)
	if s.alt != 0 {
		best = f.nearest(best, s, f.keys, s.alt)
	}
	best = f.nearest(best, s, f.alts, s.key)
	for _, t := range f.later[s.key] {
		best = f.nearer(best, t.story, s)
	}
	if best < 0 {
		best = f.echo(s, s.key)
	}
	if best < 0 && s.alt != 0 {
		best = f.echo(s, s.alt)
	}
	return best
}

func (f *Fold) nearest(best int32, s *signature, index map[uint64]int32, key uint64) int32 {
	i, ok := index[key]
	for ok && i >= 0 {
		t := &f.stories[i]
		if !t.parted {
			best = f.nearer(best, i, s)
		}
		if t.key == key {
			i = t.olderKey
		} else {
			i = t.olderAlt
		}
	}
	return best
}

// echo is the story that a headline joined word for word less than sameDay from s,
// though the story began longer ago. Only the first that joined counts: no chains.
func (f *Fold) echo(s *signature, key uint64) int32 {
	best, least := int32(-1), sameDay.Milliseconds()
	if f.flags.has(key) {
		return best
	}
	for _, t := range f.later[key] {
		if d := apart(t.at, s.at); d <= least {
			best, least = t.story, d
		}
	}
	return best
}

// nearer is the story of two that began nearer to a headline, and near enough.
func (f *Fold) nearer(best, i int32, s *signature) int32 {
	t := &f.stories[i]
	if f.meets(t, s) && (best < 0 || apart(t.at, s.at) <= apart(f.stories[best].at, s.at)) {
		return i
	}
	return best
}

func apart(a, b int64) int64 { return max(a-b, b-a) }

// meets says that a story began near enough to a headline in time. What recurs
// (Morning briefing) is short, or comes from the same publisher again.
func (f *Fold) meets(t *tale, s *signature) bool {
	d := apart(t.at, s.at)
	if d <= sameDay.Milliseconds() || s.amends != Nothing && d <= longLife.Milliseconds() {
		return true
	}
	return d <= longLife.Milliseconds() && (t.owner != s.owner || t.owner == 0) &&
		!f.flags.has(t.key) && special(t.said()) >= longKey
}

// telling counts the tokens that say something.
func telling(tokens []token) int {
	n := 0
	for _, t := range tokens {
		if t.kind != empty {
			n++
		}
	}
	return n
}

// special counts the words that are no routine, in halves: what rises and falls each
// day, numbers and pairs of characters of a script without spaces are one.
func special(tokens []token) int {
	n := 0
	for _, t := range tokens {
		switch t.kind {
		case plain, place:
			n += 2
		case polar, shade, negative, pair, number:
			n++
		}
	}
	return n
}

// likest is the story whose first headline is most like the headline, when
// nothing forbids that they are one; -1 when there is none.
func (f *Fold) likest(s *signature) (int32, int) {
	best, high := int32(-1), 0
	if telling(s.tokens) < 2 {
		return best, high
	}
	for _, i := range f.near.found {
		t := &f.stories[i]
		if f.near.share[i] < half || t.parted || !f.meets(t, s) {
			continue
		}
		score, g := likeness(t.said(), s.tokens, t.cut, s.cut)
		fits := g == allowed && !f.contradicts(i, s.tokens) || s.corrects(t, score, g)
		if fits && (score > high || score == high && i < best) {
			best, high = i, score
		}
	}
	return best, high
}

// recurs says that a publisher brings a key again that it brought a day before.
func (f *Fold) recurs(s *signature) bool {
	if s.key == 0 || f.flags.has(s.key) {
		return s.key != 0
	}
	i, ok := f.keys[s.key]
	for ok && i >= 0 {
		t := &f.stories[i]
		if t.owner == s.owner && apart(t.at, s.at) >= (18*time.Hour).Milliseconds() {
			return true
		}
		i = t.olderKey
	}
	return false
}

// flags holds the keys that recur, with the sweeps since each was last seen.
type flags struct{ idle map[uint64]uint64 }

const maxFlags = 1 << 16

func newFlags() flags { return flags{map[uint64]uint64{}} }

func (f *flags) has(key uint64) bool {
	if len(f.idle) == 0 {
		return false
	}
	_, ok := f.idle[key]
	return ok
}

func (f *flags) set(key uint64) {
	if len(f.idle) < maxFlags || f.has(key) {
		f.idle[key] = 0
	}
}

func (f *flags) sweep() {
	for key, n := range f.idle {
		if n >= maxIdle {
			delete(f.idle, key)
		} else {
			f.idle[key] = n + 1
		}
	}
}

func (f *flags) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.idle)))
	for _, key := range slices.Sorted(maps.Keys(f.idle)) {
		b = binary.BigEndian.AppendUint64(b, key)
		b = binary.AppendUvarint(b, f.idle[key])
	}
	return b
}

func (f *flags) decode(r *reader) {
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		key := r.uint64()
		f.idle[key] = r.uvarint()
	}
}
