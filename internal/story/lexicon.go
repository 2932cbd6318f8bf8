package story

import (
	"embed"
	"errors"
	"strings"
	"sync"

	"github.com/slugline/slugline/internal/words"
)

// lexiconFiles are the word lists. Each file says at its top what it is for and how
// its lines are read.
//
//go:embed lexicon/*.txt
var lexiconFiles embed.FS

// Lexicon is a hash of the word lists that the fold uses: 16 hexadecimal digits of a
// SHA-256. Two binaries with the same Version and the same Lexicon judge alike.
func Lexicon() string { return lexiconHash }

// lexiconHash is written here because every start of a command compares it, and reading all
// lists takes longer than the rest of that. TestLexiconHash says what it must be.
const lexiconHash = "cf7a111cfe9f0a84"

// lexicon is the content of the word lists, arranged for look-up.
type lexicon struct {
	senses          map[string]sense // by word or phrase
	senseBits       [1 << 12]uint64  // has a bit for each key of senses, to reject most other words at once
	phrases         phraseStarts
	units           map[string]string // letters behind digits, to the word for them
	negationChars   string
	qualifyingChars string
	arabicPatterns  [][]rune // a point is any letter of the root

	wireTags, mediaTags, attributions, correctionTags, outlets map[string]bool              // by words.Key
	partWords, groupWords, bareWords, compounds                map[string]bool              // by words.Key
	localNumbers                                               map[string]*strings.Replacer // by language
	scales                                                     map[string]int               // zeros, by words.Key
	credits                                                    credits
	verbEndings                                                [][][]string // of kinds of verbs, by form

	kills  killPatterns
	stages stageLexicon
	roles  roleWords

	qualifierRoots map[uint32]stages     // of words in the lists of stages that qualify a person
	qualifierPairs map[uint64]bool       // two neighbours in a phrase that does so, by rootPair
	scaleRoots     map[uint32]bool       // of thousand, million and so on
	one            uint32                // the root of 1
	death          uint32                // the root of die, which kill has too
	columnRoots    map[uint32]bool       // of words in heads of columns
	sexes          map[uint32]sex        // of words that say whether men or women are meant
	nameRoots      map[uint32]bool       // of common words that are names of clubs and firms
	sudden         map[uint32]bool       // of words for what happens suddenly or seldom
	clauseRoots    map[uint32]clauseRole // of words that begin a clause
	clausePairs    map[uint64]clauseRole // of the first two words of phrases that do so, by rootPair
}

// sense is what the lexicon knows of a word.
type sense struct {
	root     uint32
	kind     kind
	phonetic uint16 // nonLatin or 0
}

// phraseStarts are the first words of all phrases of the lexicon.
type phraseStarts struct {
	longest map[string]int // words of the longest phrase that starts with this word
	first   [1 << 12]bool  // by startHash, to reject most words at once
}

// lex returns the lexicon. The first call reads it, so a process that judges no
// headline does not pay for it. TestLexicon reads the same files.
var lex = sync.OnceValue(func() *lexicon {
	l, err := readLexicon(&lexiconReader{fsys: lexiconFiles, checked: true})
	if err != nil {
		panic(err)
	}
	return l
})

// senseFiles are the lists that give words a sense. A word in several of them has the
// sense of the first.
var senseFiles = [...]struct {
	name string
	kind kind
}{
	{"function_words", functionWord},
	{"numbers", number},
	{"negations", negation},
	{"opposites", opposite},
	{"qualifiers", qualifier},
	{"states", entity},
	{"firms", entity},
	{"synonyms", plain},
	{"routine_words", routine},
}

// readLexicon reads the files of the folder lexicon. The error has a line for each
// mistake, with the file's name and the line's number.
func readLexicon(r *lexiconReader) (*lexicon, error) {
	l := &lexicon{
		senses:          make(map[string]sense, allPhrases),
		units:           r.pairs("units"),
		negationChars:   strings.Join(r.lines("negation_characters"), ""),
		qualifyingChars: strings.Join(r.lines("qualifying_characters"), ""),
		wireTags:        r.keys("wire_tags"),
		mediaTags:       r.keys("media_tags"),
		attributions:    r.keys("attributions"),
		correctionTags:  r.keys("correction_tags"),
		outlets:         r.keys("outlets"),
		partWords:       r.keys("part_words"),
		groupWords:      r.keys("group_words"),
		bareWords:       r.keys("bare_words"),
		compounds:       r.keys("compounds_de"),
		scales:          r.scales("scales"),
		localNumbers:    r.localNumbers("local_numbers"),
		verbEndings:     r.verbEndings("verb_endings"),
		credits:         newCredits(r.keys("credits"), r.keys("credit_words")),
		kills:           r.killPatterns("kill_notices"),
		stages:          r.readStages(),
	}
	for _, pattern := range r.lines("arabic_patterns") {
		l.arabicPatterns = append(l.arabicPatterns, []rune(pattern))
	}
	for _, f := range senseFiles {
		l.addSenses(r.groups(f.name), f.kind)
	}
	l.index()
	l.addCounted(r)
	l.index()
	l.roles = r.roleWords(l)
	l.qualifierRoots, l.qualifierPairs = l.stages.qualifierRoots(l)
	l.scaleRoots, l.one = l.numberRoots()
	l.columnRoots = l.rootsOf(r.lines("columns"))
	l.sudden = l.rootsOf(r.lines("sudden_words"))
	l.nameRoots = l.rootsOf(r.lines("name_words"))
	for _, s := range l.senses {
		delete(l.nameRoots, s.root) // words of other languages have it too
	}
	l.sexes = l.sexesOf(r.groups("men_women"))
	l.death = l.token("die").root
	l.clauseRoots, l.clausePairs = l.clauseWords(r)
	return l, errors.Join(r.errs...)
}

// addSenses adds groups of words. The words of a group share the root of the first.
func (l *lexicon) addSenses(groups [][]string, k kind) {
	for _, group := range groups {
		root := rootOf(l.formsOf(group[0], k)[0])
		for _, phrase := range group {
			for _, form := range l.formsOf(phrase, k) {
				if _, known := l.senses[form]; !known {
					l.senses[form] = sense{root, k, scriptOf(form)}
				}
			}
		}
	}
}

// formsOf returns the tokens that have the sense of a word or phrase: the whole, and
// the stem of a word. States and firms are listed in all their forms.
func (l *lexicon) formsOf(phrase string, k kind) []string {
	whole := words.Key(phrase)
	if k == entity || strings.Contains(whole, " ") {
		return []string{whole}
	}
	return []string{whole, l.stem(whole)}
}

// rootsOf returns the roots of the words of a list.
func (l *lexicon) rootsOf(list []string) map[uint32]bool {
	roots := map[uint32]bool{}
	for _, w := range list {
		for _, part := range strings.Fields(words.Key(w)) {
			if t := l.token(part); t.kind != functionWord {
				roots[t.root] = true
			}
		}
	}
	return roots
}

func scriptOf(form string) uint16 {
	if isLatin(form) {
		return 0
	}
	return nonLatin
}

// index fills senseBits and phrases.
func (l *lexicon) index() {
	l.phrases.longest = map[string]int{}
	for form := range l.senses {
		root := rootOf(form)
		l.senseBits[root>>6&(1<<12-1)] |= 1 << (root & 63)
		if first, _, ok := strings.Cut(form, " "); ok {
			l.phrases.longest[first] = max(l.phrases.longest[first], strings.Count(form, " ")+1)
			l.phrases.first[startHash(first)] = true
		}
	}
}

// sense returns the sense of a word with the given root.
func (l *lexicon) sense(word string, root uint32) (sense, bool) {
	if l.senseBits[root>>6&(1<<12-1)]>>(root&63)&1 == 0 {
		return sense{}, false
	}
	s, ok := l.senses[word]
	return s, ok
}
