package story

import (
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// stages is a set of stages that a headline tells of: that something ends, is denied,
// is only planned, or that it is about somebody's deputy. The bits are places in
// stageNames.
type stages uint32

const (
	infinitive    stages = 1 << 30 // of a phrase of a list: see stageAt
	unknownStages stages = 1 << 31 // the headline was judged before stages were known
)

// maxGap is how many words may stand for the three points in a phrase of a list.
const maxGap = 6

// stageLanguage returns the place of a BCP 47 language in stageLanguages. It is -1
// for a language without a list, and 0 for none.
func stageLanguage(tag string) int {
	if tag == "" {
		return 0
	}
	if len(tag) < 2 || len(tag) > 2 && tag[2] != '-' {
		return -1
	}
	code := [2]byte{lower(tag[0]), lower(tag[1])}
	if code == [2]byte{'i', 'w'} { // the old code of Hebrew
		code = [2]byte{'h', 'e'}
	}
	for i := 1; i < len(stageLanguages); i++ {
		if l := stageLanguages[i].code; l[0] == code[0] && l[1] == code[1] {
			return i
		}
	}
	return -1
}

// of returns the stages that the words of a folded headline tell of.
func (s *stageLexicon) of(w []string, language string) stages {
	return s.read(w, s.stageLists(w, language))
}

// read is of by the lists of the languages in.
func (s *stageLexicon) read(w []string, in langs) stages {
	if in == 0 {
		return 0
	}
	m := stageMatch{s, w, in, 0}
	for i := 0; i < len(w); {
		if w[i][0] >= utf8.RuneSelf && words.Unspaced(w[i]) {
			m.readRun(i)
			i++
			continue
		}
		i += m.readPhrase(i)
	}
	return m.found
}

// stageMatch is the search for stages in one headline.
type stageMatch struct {
	lexicon *stageLexicon
	w       []string
	in      langs
	found   stages
}

// readRun reads all phrases in the i-th word, a run of a script without spaces. Of
// phrases that begin at one character the longest counts.
func (m *stageMatch) readRun(i int) {
	for run := m.w[i]; len(run) > 0; {
		c, size := utf8.DecodeRuneInString(run)
		for _, p := range m.lexicon.within[c] {
			if p.in&m.in != 0 && strings.HasPrefix(run, p.words[0]) && m.runsOn(i, run, p.words) {
				m.found |= p.stage
				size = len(p.words[0])
				break
			}
		}
		run = run[size:]
	}
}

// runsOn tells whether the words behind the first of a phrase begin the runs behind
// the i-th word, which ends with that first word.
func (m *stageMatch) runsOn(i int, run string, phrase []string) bool {
	if len(phrase) == 1 {
		return true
	}
	if len(run) != len(phrase[0]) {
		return false
	}
	if phrase[1] == headlineEnd {
		return true
	}
	if i+len(phrase) > len(m.w) {
		return false
	}
	for k, p := range phrase[1:] {
		if !strings.HasPrefix(m.w[i+1+k], p) {
			return false
		}
	}
	return true
}

// readPhrase reads the longest phrase that begins with the i-th word. It returns how
// many words to go on.
func (m *stageMatch) readPhrase(i int) int {
	w := m.w[i]
	var best stagePhrase
	var size int
	for _, list := range m.lexicon.starts(w, m.in) {
		for k := range list {
			p := &list[k]
			if p.in&m.in == 0 || len(p.words) <= len(best.words) || !matchesPart(w, p.words[0]) {
				continue
			}
			if n := m.matchRest(i+1, p.words[1:]); n >= 0 {
				best, size = *p, n
			}
		}
	}
	found := m.stageAt(i, best.stage)
	m.found |= found | m.negatedEnd(i, size, best)
	if size > 0 && best.words[size] == anyVerb && found != 0 {
		size-- // the verb may be a stage of its own: "to end strike"
	}
	return 1 + size
}

// negatedEnd returns the stage of an ending that negates the last word of a phrase of
// which only the beginning is listed: ertele* and ertelenmedi. The phrase begins with
// the i-th word and has more words behind it.
func (m *stageMatch) negatedEnd(i, more int, phrase stagePhrase) stages {
	if n := len(phrase.words); n != more+1 || !strings.HasSuffix(phrase.words[more], "*") {
		return 0
	}
	last := m.w[i+more]
	for _, p := range m.lexicon.starts(last, m.in)[2] {
		if p.stage == negated && p.in&m.in != 0 && len(p.words) == 1 && matchesPart(last, p.words[0]) {
			return negated
		}
	}
	return 0
}

// stageAt returns the stage of a phrase at the i-th word. An infinitive tells what
// somebody intends ("PM to resign"), unless a verb before it says what is done, and
// the infinitive only what for ("PM cuts taxes to win votes").
func (m *stageMatch) stageAt(i int, stage stages) stages {
	if stage != infinitive {
		return stage
	}
	for _, w := range m.w[:max(i-1, 0)] {
		if m.isInflectedVerb(w) {
			return 0
		}
	}
	return intended
}

// isInflectedVerb tells whether a word is an English verb with an ending.
func (m *stageMatch) isInflectedVerb(w string) bool {
	for _, ending := range [...]string{"s", "es", "ed", "d"} {
		if base, ok := strings.CutSuffix(w, ending); ok && m.lexicon.verbs[base]&m.in != 0 {
			return true
		}
	}
	return false
}

// matchRest tells whether the words from the i-th on match a phrase: -1 for no, else
// how many words it has, counted up to a gap.
func (m *stageMatch) matchRest(i int, phrase []string) int {
	for k, p := range phrase {
		switch {
		case p == headlineEnd:
			if i < len(m.w) {
				return -1
			}
			return k
		case p == anyWords:
			return m.matchBehindGap(i, k, phrase[k+1:])
		case i >= len(m.w) || p == anyVerb && m.lexicon.verbs[m.w[i]]&m.in == 0 || p != anyVerb && !matchesPart(m.w[i], p):
			return -1
		}
		i++
	}
	return len(phrase)
}

func (m *stageMatch) matchBehindGap(i, before int, phrase []string) int {
	for at := i; at <= min(i+maxGap, len(m.w)); at++ {
		if m.matchRest(at, phrase) >= 0 {
			return before
		}
	}
	return -1
}

// matchesPart tells whether a word is that of a phrase, or has its beginning or end
// if that is listed with a star.
func matchesPart(w, part string) bool {
	if rest, ok := strings.CutPrefix(part, "*"); ok {
		return strings.HasSuffix(w, rest)
	}
	if rest, ok := strings.CutSuffix(part, "*"); ok {
		return strings.HasPrefix(w, rest)
	}
	return w == part
}
