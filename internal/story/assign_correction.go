package story

import "slices"

const (
	minCorrectedScore       = 600 // score from which a correction may change numbers or the opposite of its story
	minCorrectedEntityScore = 700 // score from which it may change a name
)

// Contradicts tells whether an edit of a headline says the opposite of what it said.
func (f *Fold) Contradicts(headline, edited string) bool {
	if headline == edited {
		return false
	}
	a, _ := f.suffixes.stripAffixes(&Headline{Text: headline})
	b, _ := f.suffixes.stripAffixes(&Headline{Text: edited})
	_, c := similarity(f.tokens(a.text), f.tokens(b.text), isTruncated(a.text), isTruncated(b.text))
	return c == contradiction
}

// corrects tells whether a headline corrects the story t, which its own outlet began
// or has a part in. The conflict between them is what the correction is about.
func (s *signature) corrects(t *liveStory, score int, c conflict) bool {
	if s.amends != Corrects || (t.owner != s.owner || s.owner == 0) && !slices.Contains(s.sourceStories, string(t.id[:])) {
		return false
	}
	switch c {
	case numbersDiffer, contradiction, rolesReversed:
		return score >= minCorrectedScore
	case wordReplaced:
		return score >= minCorrectedEntityScore
	}
	return false
}
