package story

import (
	"maps"
	"slices"
	"time"

	"encoding/binary"
)

const (
	sameHeadlineWindow = 12 * time.Hour // equal or like headlines further apart are two stories
	longHeadlineWindow = storyLife      // unless the headline is long and another outlet's
	minLongSpecificity = 5              // halves of words beyond routine, of a long headline
)

// storyByKey is the story nearest in time with the headline's key. When one of two
// headlines has a short tail that may be an outlet's name, the rest counts too.
func (f *Fold) storyByKey(s *signature) int32 {
	if s.key == 0 {
		return -1
	}
	best := f.closestWithKey(-1, s, f.keys, s.key)
	if s.altKey != 0 {
		best = f.closestWithKey(best, s, f.keys, s.altKey)
	}
	best = f.closestWithKey(best, s, f.alts, s.key)
	for _, t := range f.joins[s.key] {
		best = f.closer(best, t.story, s)
	}
	if best < 0 {
		best = f.storyByRecentCopy(s, s.key)
	}
	if best < 0 && s.altKey != 0 {
		best = f.storyByRecentCopy(s, s.altKey)
	}
	return best
}

func (f *Fold) closestWithKey(best int32, s *signature, index map[uint64]int32, key uint64) int32 {
	i, ok := index[key]
	for ok && i >= 0 {
		t := &f.stories[i]
		if !t.splitOff {
			best = f.closer(best, i, s)
		}
		if t.key == key {
			i = t.olderKey
		} else {
			i = t.olderAlt
		}
	}
	return best
}

// storyByRecentCopy is the story that a headline joined word for word less than sameDay from s,
// though the story began longer ago. Only the first that joined counts: no chains.
func (f *Fold) storyByRecentCopy(s *signature, key uint64) int32 {
	best, least := int32(-1), sameHeadlineWindow.Milliseconds()
	if f.recurring.has(key) {
		return best
	}
	for _, t := range f.joins[key] {
		if d := distance(t.at, s.at); d <= least {
			best, least = t.story, d
		}
	}
	return best
}

// closer is the story of two that began nearer to a headline, and near enough.
func (f *Fold) closer(best, i int32, s *signature) int32 {
	t := &f.stories[i]
	if f.isCloseInTime(t, s) && (best < 0 || distance(t.at, s.at) <= distance(f.stories[best].at, s.at)) {
		return i
	}
	return best
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// isCloseInTime says that a story began near enough to a headline in time. What recurs
// (Morning briefing) is short, or comes from the same publisher again.
func (f *Fold) isCloseInTime(t *liveStory, s *signature) bool {
	d := distance(t.at, s.at)
	if d <= sameHeadlineWindow.Milliseconds() || s.amends != NoAmendment && d <= longHeadlineWindow.Milliseconds() {
		return true
	}
	return d <= longHeadlineWindow.Milliseconds() && (t.owner != s.owner || t.owner == 0) &&
		!f.recurring.has(t.key) && specificity(t.headlineTokens()) >= minLongSpecificity
}

// countContentWords counts the tokens that say something.
func countContentWords(tokens []token) int {
	n := 0
	for _, t := range tokens {
		if t.kind != functionWord {
			n++
		}
	}
	return n
}

// specificity counts the words that are no routine, in halves: what rises and falls each
// day, numbers and pairs of characters of a script without spaces are one.
func specificity(tokens []token) int {
	n := 0
	for _, t := range tokens {
		switch t.kind {
		case plain, entity:
			n += 2
		case opposite, qualifier, negation, bigram, number:
			n++
		}
	}
	return n
}

// mostSimilarStory is the story whose first headline is most like the headline, when
// nothing forbids that they are one; -1 when there is none.
func (f *Fold) mostSimilarStory(s *signature) (int32, int) {
	best, high := int32(-1), 0
	if countContentWords(s.tokens) < 2 {
		return best, high
	}
	for _, i := range f.search.candidates {
		t := &f.stories[i]
		if f.search.shares[i] < minStoryShare || t.splitOff || !f.isCloseInTime(t, s) {
			continue
		}
		score, g := similarity(t.headlineTokens(), s.tokens, t.truncated, s.truncated)
		fits := g == noConflict && !f.contradictsJoined(i, s.tokens) || s.corrects(t, score, g)
		if fits && (score > high || score == high && i < best) {
			best, high = i, score
		}
	}
	return best, high
}

// isRecurring says that a publisher brings a key again that it brought a day before.
func (f *Fold) isRecurring(s *signature) bool {
	if s.key == 0 || f.recurring.has(s.key) {
		return s.key != 0
	}
	i, ok := f.keys[s.key]
	for ok && i >= 0 {
		t := &f.stories[i]
		if t.owner == s.owner && distance(t.at, s.at) >= (18*time.Hour).Milliseconds() {
			return true
		}
		i = t.olderKey
	}
	return false
}

// recurringKeys holds the keys that recur, with the sweeps since each was last seen.
type recurringKeys struct{ idle map[uint64]uint64 }

const maxFlags = 1 << 16

func newFlags() recurringKeys { return recurringKeys{map[uint64]uint64{}} }

func (f *recurringKeys) has(key uint64) bool {
	if len(f.idle) == 0 {
		return false
	}
	_, ok := f.idle[key]
	return ok
}

func (f *recurringKeys) set(key uint64) {
	if len(f.idle) < maxFlags || f.has(key) {
		f.idle[key] = 0
	}
}

func (f *recurringKeys) sweep() {
	for key, n := range f.idle {
		if n >= maxIdle {
			delete(f.idle, key)
		} else {
			f.idle[key] = n + 1
		}
	}
}

func (f *recurringKeys) encode(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.idle)))
	for _, key := range slices.Sorted(maps.Keys(f.idle)) {
		b = binary.BigEndian.AppendUint64(b, key)
		b = binary.AppendUvarint(b, f.idle[key])
	}
	return b
}

func (f *recurringKeys) decode(r *decoder) {
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		key := r.uint64()
		f.idle[key] = r.uvarint()
	}
}
