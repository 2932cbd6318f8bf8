package story

import "slices"

const (
	minCorrectedScore       = 600 // score from which a correction may change numbers or the opposite of its story
	minCorrectedEntityScore = 700 // score from which it may change a name
)

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
