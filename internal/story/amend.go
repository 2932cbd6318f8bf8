package story

import (
	"slices"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// Amends says what a headline does to one that its outlet told before.
type Amends byte

// What headlines do.
const (
	Nothing  Amends = iota
	Recalls         // takes it back: see Kill
	Corrects        // tells it right: see Correction
)

// correctionTags are the wire tags of a headline that was wrong before.
var correctionTags = keysOf(`
	corrected; correction; corrects; rectificatif; correctif; korrektur; berichtigung; korrigiert;
	corrección; corregido; corregida; correzione; corretto; rettifica; correção; corrigido; corrigida; düzeltme;
	уточнение; исправлено; исправление; تصحيح; تصويب; اصلاحیه; 更正; 訂正; 정정`)

// Correction tells whether a headline corrects one that its outlet published before:
// one of the tags in front of it or the tag in brackets behind it says so.
func Correction(headline string) bool {
	s := words.Fold(clip(headline))
	for range maxRounds {
		if correctionTags[bracketed(s)] {
			return true
		}
		i, size := separator(s)
		if i <= 0 || !substantial(s[i+size:]) {
			break
		}
		tag := strings.TrimSpace(s[:i])
		if correctionTags[words.Key(tag)] {
			return true
		}
		if !wireTag(tag) {
			break
		}
		s = strings.TrimSpace(s[i+size:])
	}
	open := strings.LastIndexAny(s, "([")
	return open > 0 && strings.HasSuffix(s, ")") && correctionTags[words.Key(s[open:])]
}

// bracketed is the key of a tag in brackets in front of a folded headline.
func bracketed(s string) string {
	rest, ok := cutBracket(s)
	if !ok {
		return ""
	}
	return words.Key(s[:len(s)-len(rest)])
}

const (
	likeRight = 600 // score from which a correction may have other numbers, or turn its story's headline around
	likeName  = 700 // the same for another name
)

// corrects says that a headline tells a story right that its own outlet began or has a
// part in, where what forbids that they are one is what was wrong.
func (s *signature) corrects(t *tale, score int, g guard) bool {
	if s.amends != Corrects || (t.owner != s.owner || s.owner == 0) && !slices.Contains(s.told, string(t.id[:])) {
		return false
	}
	switch g {
	case numbers, polarity:
		return score >= likeRight
	case swapped:
		return score >= likeName
	}
	return false
}
