package story

import (
	"cmp"
	"slices"
)

const (
	commonClass      = 7   // words of a higher class are common: one headline in 1,000 has them
	rareShare        = 50  // of 200 headlines or more, one of so many at most has a rare word
	rareShareOfFew   = 15  // of fewer, one of so many,
	rareAmongFew     = 4   // and this many at most; two may always have it
	minSample        = 200 // headlines in a language without a list of common words that tell which are rare
	minRareWords     = 2   // rare words that two headlines on one subject share
	minUnprovenWords = 3   // the same where it isn't known which words are rare, and none is a name
)

// Subjects tells which of a number of recent headlines are on one subject: they share at
// least two rare words. A word is rare if it is common neither in its language nor among
// these headlines. Function words, numbers, routine words and the names of outlets are
// never rare, and a name of several words, or of several characters, is one word.
type Subjects struct {
	of    []subject
	count map[wordOf]wordCount
}

// wordOf is a word of a language, by its root, or two neighbours, by both roots. 0 stands
// for the headline.
type wordOf struct {
	language uint32 // rootOf its tag
	word     uint64
}

// wordCount is how many headlines have a word. Those of an event count once.
type wordCount struct {
	headlines int
	event     uint32 // that counted last, from 1
}

// NewSubjects reads headlines, of which it needs text, language and publishers. The events
// are theirs: the words of a large event are not common because of its size.
func NewSubjects(headlines []Headline, events []string) *Subjects {
	c := &Subjects{of: readSubjects(headlines), count: make(map[wordOf]wordCount, 12*len(headlines))}
	order := make([]int, len(headlines))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(events[i], events[j]) })
	event := uint32(0)
	for n, i := range order {
		if n == 0 || events[i] != events[order[n-1]] {
			event++
		}
		c.add(&c.of[i], event)
	}
	return c
}

// readSubjects reads headlines, without the suffixes that so many of them have that they
// must be names of outlets or sections.
func readSubjects(headlines []Headline) []subject {
	known := newSuffixes()
	cores, uses := make([]core, len(headlines)), make([]suffixUse, len(headlines))
	for i := range headlines {
		cores[i], uses[i] = known.stripAffixes(&headlines[i])
		known.add(uses[i].suffix, uses[i].head)
	}
	out := make([]subject, 0, len(headlines))
	for i := range headlines {
		if uses[i].suffix != 0 && known.isOutlet(uses[i].suffix) {
			cores[i], _ = known.stripAffixes(&headlines[i])
		}
		out = append(out, readSubject(&headlines[i], cores[i].text))
	}
	return out
}

func (c *Subjects) add(s *subject, event uint32) {
	c.addWord(s.language, 0, event)
	for i, w := range s.words {
		c.addWord(s.language, w.id(), event)
		if w.inner != 0 {
			c.addWord(s.language, uint64(w.inner), event)
		}
		if i > 0 && w.follows(s.words[i-1]) {
			c.addWord(s.language, neighbours(s.words[i-1], w), event)
		}
	}
}

func (c *Subjects) addWord(language uint32, word uint64, event uint32) {
	k := wordOf{language, word}
	if n := c.count[k]; n.event != event {
		c.count[k] = wordCount{n.headlines + 1, event}
	}
}

// headlinesWith returns how many headlines in a language have a word.
func (c *Subjects) headlinesWith(language uint32, word uint64) int {
	return c.count[wordOf{language, word}].headlines
}

func (w subjectWord) id() uint64                 { return uint64(w.root) }
func (w subjectWord) follows(o subjectWord) bool { return w.place == o.place+1 }
func neighbours(a, b subjectWord) uint64         { return uint64(a.root)<<32 | uint64(b.root) }

// Shared returns how many rare words the i-th and the j-th headline share; 0 if these are
// too few to say that they are on one subject.
func (c *Subjects) Shared(i, j int) int {
	a, b := &c.of[i], &c.of[j]
	languages := []uint32{a.language, b.language}
	n, least := 0, minRareWords
	if !c.knowsRare(a) || !c.knowsRare(b) {
		least = minUnprovenWords
	}
	for _, run := range sharedRuns(a, b) {
		for _, word := range c.split(run, languages) {
			if !c.isRare(word, languages) {
				continue
			}
			n++
			if slices.ContainsFunc(word, func(w subjectWord) bool { return w.isName }) {
				least = minRareWords
			}
		}
	}
	if n < least {
		return 0
	}
	return n
}

// knowsRare tells whether it is known which words of a headline's language are rare.
func (c *Subjects) knowsRare(s *subject) bool {
	return s.listed || c.headlinesWith(s.language, 0) >= minSample
}

// sharedRuns returns the words of a that b has too. Those of a run are neighbours in both.
func sharedRuns(a, b *subject) [][]subjectWord {
	var out [][]subjectWord
	last := -1 // place in b.words of the word before, if b has it
	for i, w := range a.words {
		at := b.find(w, last+1)
		if at < 0 || a.find(w, 0) < i {
			last = -1
			continue
		}
		w.root, w.common = w.sharedWith(b.words[at]), w.common || b.words[at].common
		if last >= 0 && at == last+1 && w.follows(a.words[i-1]) && b.words[at].follows(b.words[last]) {
			out[len(out)-1] = append(out[len(out)-1], w)
		} else {
			out = append(out, []subjectWord{w})
		}
		last = at
	}
	return out
}

// find returns where a word is, the place that is looked at first if it is there.
func (s *subject) find(w subjectWord, first int) int {
	if first < len(s.words) && s.words[first].sharedWith(w) != 0 {
		return first
	}
	return slices.IndexFunc(s.words, func(o subjectWord) bool { return o.sharedWith(w) != 0 })
}

// spelledApart is Vietnamese, which writes syllables apart.
var spelledApart = rootOf("vi")

// split splits a run into words. Two words of which one never stands without the other are
// one, as in a name; so are all neighbours in Vietnamese.
// Pairs of characters are one word up to a border.
func (c *Subjects) split(run []subjectWord, languages []uint32) [][]subjectWord {
	var out [][]subjectWord
	for i := 0; i < len(run); i++ {
		w := run[i]
		switch {
		case i == 0 || w.dense != run[i-1].dense:
		case w.dense && c.isBorder(run, i, languages):
			i++
			w = run[i]
		case w.dense || languages[0] == spelledApart || c.isPhrase(run[i-1], w, languages):
			out[len(out)-1] = append(out[len(out)-1], w)
			continue
		}
		out = append(out, []subjectWord{w})
	}
	return out
}

// isBorder tells whether a word ends between the characters of a pair: it is rarer than the
// pairs before and behind it.
func (c *Subjects) isBorder(run []subjectWord, i int, languages []uint32) bool {
	if run[i].inWord || i+1 >= len(run) || !run[i+1].dense {
		return false
	}
	n := c.most(run[i].id(), languages)
	return n < c.most(run[i-1].id(), languages) && n < c.most(run[i+1].id(), languages)
}

// isPhrase tells whether one of two neighbours never stands without the other.
func (c *Subjects) isPhrase(a, b subjectWord, languages []uint32) bool {
	return c.most(neighbours(a, b), languages) >= min(c.most(a.id(), languages), c.most(b.id(), languages))
}

// most returns how many headlines have a word, in the language in which most have it.
func (c *Subjects) most(word uint64, languages []uint32) int {
	return max(c.headlinesWith(languages[0], word), c.headlinesWith(languages[1], word))
}

// isRare tells whether a word is rare: one of several that stand together, or all of its
// pairs of characters.
func (c *Subjects) isRare(word []subjectWord, languages []uint32) bool {
	isCommon := func(w subjectWord) bool { return w.common || c.isFrequent(w, languages) }
	if word[0].dense {
		return !slices.ContainsFunc(word, isCommon)
	}
	return slices.ContainsFunc(word, func(w subjectWord) bool { return !isCommon(w) })
}

// isFrequent tells whether a word is not rare among the headlines in one of the languages.
func (c *Subjects) isFrequent(w subjectWord, languages []uint32) bool {
	return slices.ContainsFunc(languages, func(l uint32) bool {
		n := c.headlinesWith(l, 0)
		return c.headlinesWith(l, w.id()) > max(2, min(n/rareShareOfFew, rareAmongFew), n/rareShare)
	})
}
