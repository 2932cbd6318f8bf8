package story

import "slices"

const (
	minCorrectedScore       = 600 // score from which a correction may change numbers or the opposite of its story
	minCorrectedEntityScore = 700 // score from which it may change a name
)

// Contradicts tells whether an edit of a headline says the opposite of what it said: it
// denies it, or tells that the other one did it. language is that of both, as in Headline.
func (f *Fold) Contradicts(headline, edited, language string) bool {
	if headline == edited {
		return false
	}
	a := f.newSignature(Headline{Text: headline, Language: language})
	b := f.newSignature(Headline{Text: edited, Language: language})
	f.readText(&a)
	f.readText(&b)
	_, c := similarity(a.tokens, b.tokens, a.truncated, b.truncated)
	return c == contradiction || rolesDiffer(a.tokens, b.tokens, a.cues, b.cues, b.text) ||
		c == noConflict && a.stages.differences(b.stages, a.truncated, b.truncated)&denials != 0
}

// Corrects tells whether a headline of which its outlet says that it is a correction may be
// that of an earlier one, however old: the words are mostly the same, and what differs is
// what a correction changes. It also returns how similar they are, in thousandths. language
// is that of both, as in Headline.
func (f *Fold) Corrects(headline, correction, language string) (score int, ok bool) {
	a := f.newSignature(Headline{Text: headline, Language: language})
	b := f.newSignature(Headline{Text: correction, Language: language, Amends: Corrects})
	if a.bare || b.bare {
		return 0, false
	}
	f.readText(&a)
	f.readText(&b)
	if countContentWords(a.tokens) < 2 || countContentWords(b.tokens) < 2 {
		return 0, false
	}
	score, c := compareHeadlines(compared{a.tokens, a.stages, a.truncated}, a.cues, compared{b.tokens, b.stages, b.truncated}, b.cues, b.text)
	return score, c == noConflict && score >= minCorrectedScore || mayCorrect(score, c)
}

// corrects tells whether a headline corrects the story t, which its own outlet began
// or has a part in. The conflict between them is what the correction is about.
func (s *signature) corrects(t *liveStory, score int, c conflict) bool {
	if s.amends != Corrects || (t.owner != s.owner || s.owner == 0) && !slices.Contains(s.sourceStories, string(t.id[:])) {
		return false
	}
	return mayCorrect(score, c)
}

// mayCorrect tells whether a conflict between headlines of such a score may be what a correction
// changes.
func mayCorrect(score int, c conflict) bool {
	switch c {
	case numbersDiffer, contradiction, rolesReversed:
		return score >= minCorrectedScore
	case wordReplaced:
		return score >= minCorrectedEntityScore
	}
	return false
}
