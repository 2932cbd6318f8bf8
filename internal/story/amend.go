package story

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// Amendment says what a headline does to one that its outlet told before.
type Amendment byte

// What headlines do.
const (
	NoAmendment  Amendment = iota
	Withdraws         // takes it back: see Kill
	Corrects        // tells it right: see Correction
)

// correctionTags are the wire tags of a headline that was wrong before.
var correctionTags = keysOf(`
	corrected; correction; corrects; rectificatif; correctif; korrektur; berichtigung; korrigiert;
	corrección; corregido; corregida; correzione; corretto; rettifica; correção; corrigido; corrigida; düzeltme;
	уточнение; исправлено; исправление; تصحيح; تصويب; اصلاحیه; 更正; 訂正; 정정`)

// IsCorrection tells whether a headline corrects one that its outlet published before:
// one of the tags in front of it or the tag in brackets behind it says so.
func IsCorrection(headline string) bool {
	s := words.Fold(limitText(headline))
	for range maxRounds {
		if correctionTags[bracketTag(s)] {
			return true
		}
		i, size := separator(s)
		if i <= 0 || !isLongEnough(s[i+size:]) {
			break
		}
		tag := strings.TrimSpace(s[:i])
		if correctionTags[words.Key(tag)] {
			return true
		}
		if !isWireTag(tag) {
			break
		}
		s = strings.TrimSpace(s[i+size:])
	}
	open := strings.LastIndexAny(s, "([")
	return open > 0 && strings.HasSuffix(s, ")") && correctionTags[words.Key(s[open:])]
}

// bracketTag is the key of a tag in brackets in front of a folded headline.
func bracketTag(s string) string {
	rest, ok := trimBracketTag(s)
	if !ok {
		return ""
	}
	return words.Key(s[:len(s)-len(rest)])
}

const (
	minCorrectedScore = 600 // score from which a correction may have other numbers, or turn its story's headline around
	minCorrectedEntityScore  = 700 // the same for another name
)

// corrects says that a headline tells a story right that its own outlet began or has a
// part in, where what forbids that they are one is what was wrong.
func (s *signature) corrects(t *liveStory, score int, g conflict) bool {
	if s.amends != Corrects || (t.owner != s.owner || s.owner == 0) && !slices.Contains(s.sourceStories, string(t.id[:])) {
		return false
	}
	switch g {
	case numbersDiffer, contradiction:
		return score >= minCorrectedScore
	case wordReplaced:
		return score >= minCorrectedEntityScore
	}
	return false
}
