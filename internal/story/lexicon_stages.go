package story

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// stageNames are the sections of the lists stage_en.txt and so on. Their places are
// bits of stages, which are stored: the order never changes, and new names go behind.
var stageNames = [...]string{
	"end", "postpone", "leave", "remove", "deny", "refuse", "not", "reverse", "free", "survive",
	"found", "found dead", "intended", "possible", "wanted", "attempt", "nearly", "condition", "assistant", "former",
	"acting", "elect", "spokesperson", "adviser", "relative", "lawyer", "arrest", "charge", "convict", "sentence",
}

// stageOf is the stage of a section. It is 0 for none, whose phrases only hide
// shorter ones, and for verbs.
func stageOf(section string) (stages, bool) {
	switch section {
	case "none", "verbs":
		return 0, true
	case "infinitive":
		return infinitive, true
	}
	i := slices.Index(stageNames[:], section)
	return 1 << max(i, 0), i >= 0
}

// stageLanguages are the languages that have a list, and the script of each. A place
// in it is a bit of langs.
var stageLanguages = [...]struct{ code, script string }{
	{"", ""}, // headlines without a language
	{"en", "latin"}, {"de", "latin"}, {"es", "latin"}, {"fr", "latin"}, {"it", "latin"}, {"pt", "latin"}, {"tr", "latin"},
	{"ar", "arabic"}, {"fa", "arabic"}, {"he", "hebrew"}, {"ru", "cyrillic"}, {"uk", "cyrillic"},
	{"zh", "han"}, {"ja", "han"}, {"ko", "hangul"},
	{"nl", "latin"},
}

// langs is a set of places in stageLanguages.
type langs uint32

// readsStage returns the languages whose headlines a list is for: its own, and if the
// phrase is clear without a language, those of other scripts and headlines without a
// language. A wrong language is common where a feed's software sets it.
func readsStage(list int, clear bool) langs {
	out := langs(1) << list
	for i, l := range stageLanguages {
		if clear && l.script != stageLanguages[list].script {
			out |= 1 << i
		}
	}
	return out
}

const (
	minStagePart  = 3 // letters of a word that is listed by its beginning or end
	minClearWord  = 4 // letters of a word in Latin letters that is clear without a language
	anyVerb       = "VERB"
	anyWords      = "..."
	headlineEnd   = "$"
	maxStageWords = 8  // of a phrase
	slotBits      = 14 // of an index of seen
)

// stagePhrase is a phrase of a list of stages, by words as they are folded.
type stagePhrase struct {
	words []string
	stage stages
	in    langs
}

// stageLexicon are the phrases of all lists, by how their first word is found. Of the
// phrases under one key the longest come first.
type stageLexicon struct {
	whole  map[string][]stagePhrase
	begins map[string][]stagePhrase // by the first letters of the first word: strik*
	ends   map[string][]stagePhrase // by the last letters of the first word: *meyecek
	within map[rune][]stagePhrase   // by the first character; scripts without spaces
	verbs  map[string]langs
	common map[string]langs // common words, by words.Key
	shapes [256]uint32      // by first byte: a bit for each length of a common word, to reject most words at once
	listed map[string]bool  // all whole words of phrases
	// seen has the languages of the phrases under each key of whole, begins and ends by
	// a hash of the key, to reject most words at once.
	seen *[1 << slotBits]langs
}

// allPhrases is about how many phrases the lists hold, so that maps need not grow while
// they are read.
const allPhrases = 16 << 10

func newStageLexicon() stageLexicon {
	return stageLexicon{
		whole:  make(map[string][]stagePhrase, allPhrases),
		begins: map[string][]stagePhrase{},
		ends:   map[string][]stagePhrase{},
		within: map[rune][]stagePhrase{},
		verbs:  map[string]langs{},
		listed: make(map[string]bool, allPhrases),
		seen:   new([1 << slotBits]langs),
	}
}

// readStages reads the list of each language.
func (r *lexiconReader) readStages() stageLexicon {
	s := newStageLexicon()
	s.common = r.commonWords("common_words")
	for word := range s.common {
		s.shapes[word[0]] |= 1 << len(word)
	}
	unclear := r.keys("stage_unclear")
	meanings := make(map[string]stages, allPhrases)
	lists := make([][]stageLine, len(stageLanguages))
	for i, l := range stageLanguages[1:] {
		lists[i+1] = r.stageList("stage_" + l.code)
		markUnclear(lists[i+1], meanings, unclear)
	}
	for i, list := range lists {
		for _, p := range list {
			s.add(p, readsStage(i, !unclear[p.phrase] && isClearStage(p.phrase)))
		}
	}
	s.sort()
	return s
}

// markUnclear adds the phrases that have another stage in another list to unclear.
func markUnclear(list []stageLine, meanings map[string]stages, unclear map[string]bool) {
	for _, p := range list {
		if was, ok := meanings[p.phrase]; ok && was != p.stage && !p.verb {
			unclear[p.phrase] = true
		}
		if !p.verb {
			meanings[p.phrase] = p.stage
		}
	}
}

// isClearStage tells whether a phrase is long enough to be clear without a language.
func isClearStage(phrase string) bool {
	return !isLatin(phrase) || strings.Contains(phrase, " ") || len(strings.Trim(phrase, "*")) >= minClearWord
}

// stageLine is a phrase of a list, folded; verb tells that it is in the section verbs.
type stageLine struct {
	phrase string
	stage  stages
	verb   bool
}

// stageList reads the list of one language. A phrase may stand in several sections.
func (r *lexiconReader) stageList(name string) []stageLine {
	var out []stageLine
	listed := map[string]bool{} // by section and phrase
	section := ""
	for _, l := range r.file(name) {
		if s, ok := strings.CutPrefix(l.text, "["); ok {
			section = strings.TrimSuffix(s, "]")
			if _, known := stageOf(section); !known {
				r.fail(l, "there is no section %s", section)
			}
			continue
		}
		if section == "" {
			r.fail(l, "the phrase stands above the first section")
		}
		for phrase := range strings.SplitSeq(strings.TrimSuffix(l.text, ","), ",") {
			phrase = strings.TrimSpace(phrase)
			stage, _ := stageOf(section)
			p := stageLine{foldStage(phrase), stage, section == "verbs"}
			if r.checked || r.checkStage(l, section, phrase, p, listed) {
				out = append(out, p)
			}
		}
	}
	return mergeStages(out)
}

// checkStage tells whether a line of a list can be used, and reports what is wrong with
// it.
func (r *lexiconReader) checkStage(l line, section, phrase string, p stageLine, listed map[string]bool) bool {
	key := section + ":" + phrase
	if listed[key] {
		r.fail(l, "%s is in this section twice", phrase)
	}
	listed[key] = true
	mistake := stageMistake(p)
	if mistake != "" {
		r.fail(l, "%s: %s", phrase, mistake)
	}
	return mistake == ""
}

// mergeStages makes one line of those with the same phrase, which has the stages of
// all, or none if it stands in the section none.
func mergeStages(lines []stageLine) []stageLine {
	at := make(map[string]int, len(lines))
	var out []stageLine
	for _, l := range lines {
		i, again := at[l.phrase]
		switch {
		case l.verb:
			out = append(out, l)
		case !again:
			at[l.phrase] = len(out)
			out = append(out, l)
		case l.stage == 0 || out[i].stage == 0:
			out[i].stage = 0
		default:
			out[i].stage |= l.stage
		}
	}
	return out
}

// foldStage folds the words of a phrase and keeps its signs.
func foldStage(phrase string) string {
	var out []string
	for _, w := range strings.Fields(phrase) {
		switch w {
		case anyVerb, anyWords, headlineEnd:
			out = append(out, w)
		default:
			folded := words.Key(strings.Trim(w, "*"))
			if strings.HasPrefix(w, "*") {
				folded = "*" + folded
			}
			if strings.HasSuffix(w, "*") {
				folded += "*"
			}
			out = append(out, folded)
		}
	}
	return strings.Join(out, " ")
}

// stageMistake says what is wrong with a phrase that could not be found, or would be
// found everywhere. It is empty for nothing.
func stageMistake(p stageLine) string {
	parts := strings.Fields(p.phrase)
	if len(parts) == 0 || strings.Trim(parts[0], "*") == "" || parts[0] == anyVerb || parts[0] == anyWords {
		return "it begins with no word"
	}
	signs := strings.Contains(p.phrase, "*")
	switch first := parts[0]; {
	case words.Unspaced(p.phrase) && strings.ContainsAny(p.phrase, "*."):
		return "a script without spaces takes no sign but " + headlineEnd
	case strings.Contains(first, "*") && utf8.RuneCountInString(strings.Trim(first, "*")) < minStagePart:
		return fmt.Sprintf("a part of the first word has at least %d letters", minStagePart)
	case len(parts) > maxStageWords:
		return fmt.Sprintf("it has more than %d words", maxStageWords)
	case parts[len(parts)-1] == anyWords, strings.Count(p.phrase, anyWords) > 1:
		return anyWords + " stands once, between words"
	case p.verb && (len(parts) > 1 || signs):
		return "a verb is one whole word"
	}
	return ""
}

func (s *stageLexicon) add(p stageLine, in langs) {
	parts := strings.Fields(p.phrase)
	phrase := stagePhrase{parts, p.stage, in}
	first := parts[0]
	for _, w := range parts {
		s.listed[w] = true
	}
	switch {
	case p.verb:
		s.verbs[first] |= in
	case words.Unspaced(first):
		c, _ := utf8.DecodeRuneInString(first)
		s.within[c] = append(s.within[c], phrase)
	case strings.HasPrefix(first, "*"):
		key := lastLetters(first)
		s.mark(endSlot(key), in)
		s.ends[key] = append(s.ends[key], phrase)
	case strings.HasSuffix(first, "*"):
		key := firstLetters(first)
		s.mark(beginSlot(key), in)
		s.begins[key] = append(s.begins[key], phrase)
	default:
		s.mark(wholeSlot(first), in)
		s.whole[first] = append(s.whole[first], phrase)
	}
}

// mark notes that a phrase for the languages in has a key with this slot.
func (s *stageLexicon) mark(slot int, in langs) { s.seen[slot] |= in }

// wholeSlot, beginSlot and endSlot are the slots in seen of a word, of the first letters
// and of the last letters of a word. They read at most four bytes.
func wholeSlot(w string) int {
	n := len(w)
	return slotOf(uint32(w[0]) | uint32(w[n/2])<<8 | uint32(w[n-1])<<16 | uint32(n)<<24)
}

func beginSlot(w string) int {
	return slotOf(uint32(w[0])<<1 | uint32(w[1])<<9 | uint32(w[2])<<17 | 1<<31)
}

func endSlot(w string) int {
	n := len(w)
	return slotOf(uint32(w[n-1])<<2 | uint32(w[n-2])<<11 | uint32(w[n-3])<<19 | 1<<30)
}

func slotOf(x uint32) int { return int(x * 2654435761 >> (32 - slotBits)) }

// starts returns phrases that may begin with a word: all for the languages in, and some
// for others.
func (s *stageLexicon) starts(w string, in langs) (lists [3][]stagePhrase) {
	if s.seen[wholeSlot(w)]&in != 0 {
		lists[0] = s.whole[w]
	}
	if len(w) < minStagePart {
		return lists
	}
	if s.seen[beginSlot(w)]&in != 0 {
		lists[1] = s.begins[firstLetters(w)]
	}
	if s.seen[endSlot(w)]&in != 0 {
		lists[2] = s.ends[lastLetters(w)]
	}
	return lists
}

// sort puts longer phrases first, and of equally long ones those of earlier lists.
func (s *stageLexicon) sort() {
	longestFirst := func(a, b stagePhrase) int {
		return cmp.Or(len(b.words)-len(a.words), len(b.words[0])-len(a.words[0]))
	}
	for _, m := range []map[string][]stagePhrase{s.whole, s.begins, s.ends} {
		for list := range maps.Values(m) {
			slices.SortStableFunc(list, longestFirst)
		}
	}
	for list := range maps.Values(s.within) {
		slices.SortStableFunc(list, longestFirst)
	}
}

// qualifierRoots returns the roots of the single words in the sections of qualifiers,
// with all of their sections. In pairs are the neighbours in their phrases.
func (s *stageLexicon) qualifierRoots(l *lexicon) (out map[uint32]stages, pairs map[uint64]bool) {
	out, pairs = map[uint32]stages{}, map[uint64]bool{}
	for _, list := range s.whole {
		for _, p := range list {
			if p.stage&qualifiers == 0 {
				continue
			}
			if len(p.words) == 1 {
				out[l.token(p.words[0]).root] |= p.stage
			}
			for i := range len(p.words) - 1 {
				pairs[rootPair(l.token(p.words[i]).root, l.token(p.words[i+1]).root)] = true
			}
		}
	}
	return out, pairs
}

func rootPair(a, b uint32) uint64 { return uint64(a)<<32 | uint64(b) }

// clauseRole says what a word of clause_words.txt does.
type clauseRole uint8

const (
	joinsClauses clauseRole = iota + 1
	namesSpeaker
)

// clauseWords returns the roots of the words in clause_words.txt, and for its phrases the
// pairs of their first two roots.
func (l *lexicon) clauseWords(r *lexiconReader) (of map[uint32]clauseRole, pairs map[uint64]clauseRole) {
	of, pairs = map[uint32]clauseRole{}, map[uint64]clauseRole{}
	groups := r.groups("clause_words")
	if len(groups) != int(namesSpeaker) {
		r.errs = append(r.errs, fmt.Errorf("lexicon/clause_words.txt: want two groups, and there are %d", len(groups)))
	}
	for i, group := range groups {
		for _, phrase := range group {
			w := words.Tokens(nil, words.Fold(phrase))
			switch root := l.token(w[0]).root; {
			case len(w) > 1:
				pairs[rootPair(root, l.token(w[1]).root)] = clauseRole(i + 1)
			case of[root] == 0:
				of[root] = clauseRole(i + 1)
			}
		}
	}
	return of, pairs
}

// clauseRoleOf returns what the i-th token does, alone or with the next one; 0 for nothing.
func (l *lexicon) clauseRoleOf(tokens []token, i int) clauseRole {
	if role := l.clauseRoots[tokens[i].root]; role != 0 || i+1 == len(tokens) {
		return role
	}
	return l.clausePairs[rootPair(tokens[i].root, tokens[i+1].root)]
}

// firstLetters and lastLetters are the keys of words that are listed by a part. They
// are empty for shorter words.
func firstLetters(w string) string {
	n := 0
	for i := range w {
		if n == minStagePart {
			return w[:i]
		}
		n++
	}
	if n < minStagePart {
		return ""
	}
	return w
}

func lastLetters(w string) string {
	i := len(w)
	for range minStagePart {
		if i == 0 {
			return ""
		}
		_, size := utf8.DecodeLastRuneInString(w[:i])
		i -= size
	}
	return w[i:]
}
