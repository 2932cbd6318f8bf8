package story

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// roleWords are the words of roles.txt.
type roleWords struct {
	of      map[uint32]roleWord // by root
	behind  []particle          // characters behind a name in unspaced text
	subject int                 // the line of those behind who does it
	passive int                 // the line of those behind whom something is done to
	mutuals map[uint32]bool     // by root: true for those that need "with"
	alone   map[uint32]bool     // by root
	inNames map[uint32]bool     // by root
	english map[uint32]bool     // by root: names in English headlines
	people  map[uint32]bool     // by root: whose form tells that they do it
	things  map[uint32]bool     // by root: which do nothing
	nouns   map[string]bool     // folded words that end like verbs
	verbs   map[string]bool     // folded Arabic verbs before the one who does it

	contrary     map[uint32]uint32 // by root: a bit for each line of the section that has it
	contraryLine int               // the first of them
	firstNames   map[uint32]bool   // by root: function words that are names before another name
	journeys     map[uint32]bool   // by root: between two places
}

// roleWord is what a word shows of the roles of names beside it.
type roleWord struct {
	does roleSection
	line int // words of one line do the same
}

// particle is a character behind a name.
type particle struct {
	text string
	line int
}

type roleSection uint8

const (
	noRoleWord roleSection = iota
	agent
	agentBehind
	beforeName
	with
	object
	objectBehind
	and
	says
	scoreSign
	personToo
	roleSections
)

var roleSectionNames = [roleSections]string{"", "agent", "agent behind", "before", "with", "object", "object behind", "and", "says", "score", "person too"}

const (
	mutualSection     = "mutual"
	mutualWithSection = "mutual with"
	aloneSection      = "alone"
	inNamesSection    = "in names"
	englishSection    = "names in English"
	peopleSection     = "people"
	thingsSection     = "things"
	nounsSection      = "nouns"
	verbFirstSection  = "verb first"
	contrarySection   = "contrary"
	firstNamesSection = "first names"
	journeysSection   = "journeys"
	unspacedSection   = "behind in unspaced text"
)

// roleWords reads roles.txt. The senses of the lexicon must be known, since words are
// listed by their roots.
func (r *lexiconReader) roleWords(l *lexicon) roleWords {
	out := roleWords{of: map[uint32]roleWord{}, mutuals: map[uint32]bool{}, inNames: map[uint32]bool{}, english: map[uint32]bool{}, alone: map[uint32]bool{}, people: map[uint32]bool{}, things: map[uint32]bool{}, nouns: map[string]bool{}, verbs: map[string]bool{}, contrary: map[uint32]uint32{}, firstNames: map[uint32]bool{}, journeys: map[uint32]bool{}}
	section := ""
	for n, at := range r.file("roles") {
		if s, ok := strings.CutPrefix(at.text, "["); ok {
			section = strings.TrimSuffix(s, "]")
			continue
		}
		for word := range strings.SplitSeq(at.text, ",") {
			if err := out.add(l, section, n, strings.TrimSpace(word)); err != nil {
				r.fail(at, "%v", err)
			}
		}
	}
	return out
}

func (r *roleWords) add(l *lexicon, section string, line int, word string) error {
	folded := words.Tokens(nil, words.Fold(word))
	if len(folded) != 1 {
		return fmt.Errorf("%q is not one word", word)
	}
	root := l.token(folded[0]).root
	if set := r.set(section); set != nil {
		set[root] = true
		return nil
	}
	switch section {
	case mutualSection, mutualWithSection:
		if _, known := r.mutuals[root]; !known {
			r.mutuals[root] = section == mutualWithSection
		}
		return nil
	case nounsSection:
		r.nouns[folded[0]] = true
		return nil
	case verbFirstSection:
		r.verbs[folded[0]] = true
		return nil
	case contrarySection:
		return r.addContrary(root, line)
	case unspacedSection:
		r.behind = append(r.behind, particle{folded[0], line})
		if r.subject == 0 {
			r.subject = line
		}
		r.passive = line
		return nil
	}
	for does, name := range roleSectionNames {
		if name != "" && name == section {
			if _, known := r.of[root]; !known {
				r.of[root] = roleWord{roleSection(does), line}
			}
			return nil
		}
	}
	return fmt.Errorf("there is no section %q", section)
}

// set returns the set of a section that is nothing but one; nil for other sections.
func (r *roleWords) set(section string) map[uint32]bool {
	switch section {
	case aloneSection:
		return r.alone
	case inNamesSection:
		return r.inNames
	case peopleSection:
		return r.people
	case thingsSection:
		return r.things
	case firstNamesSection:
		return r.firstNames
	case journeysSection:
		return r.journeys
	case englishSection:
		return r.english
	}
	return nil
}

// addContrary adds a word of the section contrary. Two lines that follow each other, from
// the first on, are each other's contraries.
func (r *roleWords) addContrary(root uint32, line int) error {
	if len(r.contrary) == 0 {
		r.contraryLine = line
	}
	side := line - r.contraryLine
	if side >= 32 {
		return errors.New("the section holds more than 32 lines")
	}
	r.contrary[root] |= 1 << side
	return nil
}
