package story

import (
	"time"
)

const (
	sameHeadlineWindow = 12 * time.Hour // equal or similar headlines further apart are two stories
	longHeadlineWindow = Life           // or further apart than this, when the headline is long and another outlet's
	minLongSpecificity = 5              // halves of words that are not routine, of a long headline
)

// storyByKey returns the story with the headline's key that is closest in time. If
// one of the two headlines has a short suffix that may be an outlet's name, its key
// without the suffix counts too.
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

// storyByRecentCopy returns the story that a headline with this key joined less than
// sameHeadlineWindow from s, although the story began earlier. Only the first
// headline that joined counts, so copies do not form a chain.
func (f *Fold) storyByRecentCopy(s *signature, key uint64) int32 {
	best, least := int32(-1), sameHeadlineWindow.Milliseconds()
	if f.recurring.has(key) {
		return best
	}
	for _, t := range f.joins[key] {
		if d := distance(t.at, s.at); d <= least && !s.mustNotJoin(&f.stories[t.story], levelKey) {
			best, least = t.story, d
		}
	}
	return best
}

// closer returns which of two stories began closer in time to a headline, of those
// that are close enough.
func (f *Fold) closer(best, i int32, s *signature) int32 {
	t := &f.stories[i]
	isCloser := best < 0 || distance(t.at, s.at) <= distance(f.stories[best].at, s.at)
	if isCloser && f.isCloseInTime(t, s) && !s.mustNotJoin(t, levelKey) {
		return i
	}
	return best
}

// mustNotJoin tells whether a headline's source has another report in a story.
func (s *signature) mustNotJoin(t *liveStory, l level) bool {
	return s.isApart != nil && s.isApart(string(t.id[:]), l.level())
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// isCloseInTime tells whether a story began close enough in time to a headline. A
// headline that returns every day (Morning briefing) is short, or comes from the same
// publisher. Where a time is not known, any may be close: which of two sources is read
// first must not decide.
func (f *Fold) isCloseInTime(t *liveStory, s *signature) bool {
	d := distance(t.at, s.at)
	if d <= sameHeadlineWindow.Milliseconds() || s.amends != NoAmendment && d <= longHeadlineWindow.Milliseconds() {
		return true
	}
	return (d <= longHeadlineWindow.Milliseconds() || t.undated || s.undated) && (t.owner != s.owner || t.owner == 0) &&
		!f.recurring.has(t.key) && specificity(t.headlineTokens()) >= minLongSpecificity
}

// countContentWords counts the tokens that are not function words.
func countContentWords(tokens []token) int {
	n := 0
	for _, t := range tokens {
		if t.kind != functionWord {
			n++
		}
	}
	return n
}

// specificity counts words that are not routine, in halves. Opposites, qualifiers,
// negations, numbers and pairs of characters count half.
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

// mostSimilarStory returns the story whose first headline is most similar, among
// those without a conflict, and the score; -1 when there is none.
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
		score, g := compareHeadlines(compared{t.headlineTokens(), t.stages, t.truncated}, t.cues, compared{s.tokens, s.stages, s.truncated}, s.cues, s.text)
		fits := g == noConflict && !f.contradictsJoined(i, s.tokens) || s.corrects(t, score, g)
		if fits && (score > high || score == high && i < best) && !s.mustNotJoin(t, levelEdited) {
			best, high = i, score
		}
	}
	return best, high
}

// readText sets what the fold compares of a headline: its tokens, stages and cues.
func (f *Fold) readText(s *signature) {
	s.tokens = f.tokens(s.text, s.language)
	in := lex().stages.stageLists(f.wordBuf, s.language)
	s.stages = lex().stages.read(f.wordBuf, in)
	s.cues = cuesOf(s.text, f.pieceBuf, s.tokens)
	s.cues.addForms(in, f.pieceBuf, s.tokens)
	switch stageLanguage(s.language) {
	case placeOfEnglish:
		s.cues.addEnglishNames(s.tokens)
	case placeOfTurkish:
		s.cues = turkishCues(s.cues, f.pieceBuf)
	case placeOfDutch:
		f.readDutch(s.tokens)
	}
}

// assign finds the story of a headline: by its page, by its key, or by similarity.
func (f *Fold) assign(s *signature) {
	if s.noFold {
		return
	}
	if p, ok := f.pages[s.page]; ok && s.page != 0 && !s.mustNotJoin(&f.stories[p], levelLink) {
		f.join(s, p, levelLink, 0)
		return
	}
	if i := f.storyByKey(s); i >= 0 {
		f.join(s, i, levelKey, 1000)
		return
	}
	s.flagged = f.isRecurring(s)
	f.readText(s)
	if s.bare {
		return
	}
	f.candidates(s.tokens)
	if i, score := f.mostSimilarStory(s); i >= 0 && (s.amends == Corrects || !f.isElsewhere(&f.stories[i])) {
		f.join(s, i, levelEdited, score)
	}
}

// isElsewhere tells whether the headline that was read last and that of the story t both
// name places, and none of one can be of the other. One of several words may stand where
// the other has one word, so that nothing else tells the headlines apart.
func (f *Fold) isElsewhere(t *liveStory) bool {
	if len(f.mentions) == 0 || t.traits.placed == 0 {
		return false
	}
	var own traits
	own.setPlaces(f.mentions)
	return own.comparePlaces(&t.traits) == otherPlaces
}

func (f *Fold) join(s *signature, i int32, l level, score int) {
	t := &f.stories[i]
	s.story, s.birth, s.level, s.score = t.id, t.birth, l, score
	s.event, s.eventBirth = f.eventOf(i)
}
