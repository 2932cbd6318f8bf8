package story

// guards are what speaks against one happening in a headline and a story, by bits.
type guards uint8

const (
	otherPlaces      guards = 1 << iota // each names places, and none of one can be of the other
	otherPlacesToo                      // beside what both name, each names a place that cannot be of the other
	otherNames                          // each has names, and they share none, or only those of places
	onlyOneName                         // all that they share is one name
	onlyOneThing                        // all that they share is one word or phrase, and no name
	sameFormNewNames                    // the same sentence with other names
	sameSeries                          // two of one column, digest or ticker
	otherSex                            // one is of men, the other of women
	allGuards        = 1<<iota - 1
)

// needs is how much more each guard needs, in thousandths.
var needs = [...]int{400, 300, 200, 300, 200, tooMuch, tooMuch, 600}

func (g guards) need() int {
	if g == 0 {
		return 0
	}
	sum := 0
	for i, n := range needs {
		if g>>i&1 == 1 {
			sum += n
		}
	}
	return sum
}

// guards returns what keeps a headline and the story t apart.
func (f *Fold) guards(s *signature, t *liveStory) guards {
	g := s.traits.comparePlaces(&t.traits)
	if f.namesDiffer(s, t) {
		g |= otherNames
	}
	g |= f.sharesOneUnit(s, t)
	if isSameForm(s.tokens, t.headlineTokens(), &s.traits, &t.traits, g) {
		g |= sameFormNewNames
	}
	if f.isSameSeries(s, t) {
		g |= sameSeries
	}
	if sexesDiffer(s.tokens, t.headlineTokens()) {
		g |= otherSex
	}
	return g
}

// sex is a set: men, women or both.
type sex uint8

const (
	men sex = 1 << iota
	women
)

// sexesDiffer tells whether one headline says that it is of men, and the other of women.
func sexesDiffer(a, b []token) bool {
	x, y := sexOf(a), sexOf(b)
	return x != 0 && y != 0 && x&y == 0
}

func sexOf(tokens []token) (all sex) {
	for _, t := range tokens {
		if t.kind != functionWord {
			all |= lex().sexes[t.root]
		}
	}
	return all
}

// sexesOf returns the sexes of two groups of words, men and women, by the words' roots.
func (l *lexicon) sexesOf(groups [][]string) map[uint32]sex {
	out := map[uint32]sex{}
	for i, group := range groups {
		for root := range l.rootsOf(group) {
			out[root] |= [...]sex{men, women}[i]
		}
	}
	return out
}

// namesDiffer tells whether both headlines have names and share none, or only those of
// places.
func (f *Fold) namesDiffer(s *signature, t *liveStory) bool {
	theirs := t.headlineTokens()
	return differ(s.tokens, s.traits.names, theirs, t.traits.names) ||
		differ(s.tokens, s.traits.names&^s.traits.placed, theirs, t.traits.names&^t.traits.placed)
}

// differ tells whether two headlines have tokens in two sets, and share none of these.
func differ(a []token, inA uint32, b []token, inB uint32) bool {
	if inA == 0 || inB == 0 {
		return false
	}
	for i, x := range a {
		if inA>>i&1 == 0 {
			continue
		}
		for j, y := range b {
			if inB>>j&1 == 1 && x.root == y.root {
				return false
			}
		}
	}
	return true
}

// maxUnsure is how many stories an event has at most that one shared word or phrase may
// lead astray.
const maxUnsure = 8

// minLeft is how many words beside a name a headline has that tells more than the name.
const minLeft = 2

// sharesOneUnit tells whether all that a headline shares with the story t is one name or
// one other phrase, which may be several words side by side, although each tells more.
func (f *Fold) sharesOneUnit(s *signature, t *liveStory) guards {
	theirs := t.headlineTokens()
	units, shared, isName, isPlaced, isSudden := 0, 0, false, false, false
	before, beforeTheirs := -2, -2 // indexes of the shared word before; in theirs without function words between
	n := 0                         // words so far, without function words
	for i, x := range s.allTokens() {
		if x.topicWeight() == 0 {
			continue
		}
		n++
		j := indexOfWord(t.tokens, x.root)
		if j < 0 || x.kind == country {
			continue
		}
		isPlaced = isPlaced || t.traits.placed>>j&1 == 1
		shared++
		isSudden = isSudden || lex().sudden[x.root]
		isName = isName || i < len(s.tokens) && s.traits.names>>i&1 == 1 || j < len(theirs) && t.traits.names>>j&1 == 1
		if n != before+1 || beforeTheirs < 0 || j <= beforeTheirs || countContentWords(t.tokens[beforeTheirs+1:j]) > 0 {
			units++
		}
		before, beforeTheirs = n, j
	}
	switch {
	case units > 1 || isPlaced && isSudden || min(countDistinct(s.tokens), countDistinct(theirs))-shared < minLeft:
		return 0
	case isName:
		return onlyOneName
	}
	if e := t.event; e != nil && len(e.stories) > maxUnsure {
		return 0
	}
	return onlyOneThing
}

// indexOfWord returns the index of the first token with a root that has a weight, -1 when
// there is none.
func indexOfWord(tokens []token, root uint32) int {
	for i, t := range tokens {
		if t.root == root && t.topicWeight() > 0 {
			return i
		}
	}
	return -1
}

// countDistinct counts the words that are not function words, each once.
func countDistinct(tokens []token) int {
	n := 0
	for i, t := range tokens {
		if t.topicWeight() > 0 && isFirstWithRoot(tokens, i) {
			n++
		}
	}
	return n
}

// minForm is how many words of a sentence make its form.
const minForm = 2

// isSameForm tells whether two headlines are one sentence with other names in it. Where
// places are all that differs, they must be others indeed: g says so.
func isSameForm(a, b []token, am, bm *traits, g guards) bool {
	own, their := partsOf(a, b, am), partsOf(b, a, bm)
	words := own.words + their.words
	switch {
	case own.form < minForm || words > own.form || own.names+their.names == 0:
		return false
	case own.names == 0 || their.names == 0: // a name that is also a word stands in one of them
		if own.names+own.words == 0 || their.names+their.words == 0 || own.numbers == 0 || their.numbers == 0 {
			return false
		}
	case words > 0 && own.sharedNames+their.sharedNames > 0:
		return false
	}
	return own.others+their.others > 0 || g&(otherPlaces|otherPlacesToo) != 0
}

// maxYoung is how many stories an event has at most whose stories decide, each of them,
// with which others it joins. In a larger one sentences are alike by chance.
const maxYoung = 4

// shareForm tells whether a story of the event of i is the sentence of one of the event of
// j with other names in it. It looks at young events only.
func (f *Fold) shareForm(i, j int32) bool {
	if max(f.eventSize(i), f.eventSize(j)) > maxYoung {
		return false
	}
	for _, i := range f.storiesWith(i) {
		for _, j := range f.storiesWith(j) {
			a, b := &f.stories[i], &f.stories[j]
			if isSameForm(a.headlineTokens(), b.headlineTokens(), &a.traits, &b.traits, a.traits.comparePlaces(&b.traits)) {
				return true
			}
		}
	}
	return false
}

// parts are the words of a headline by what they are to another one.
type parts struct {
	form        int // in both, and no name
	words       int // only in this one, and neither name nor number
	names       int // only in this one
	others      int // of these, those that are not of a place
	sharedNames int
	numbers     int // only in this one
}

func partsOf(a, b []token, m *traits) (p parts) {
	for i, t := range a {
		if t.kind == functionWord || !isFirstWithRoot(a, i) {
			continue
		}
		isPlace := m.placed>>i&1 == 1
		isName := isPlace || m.names>>i&1 == 1 || t.kind == entity
		switch in := hasRoot(b, t.root) || hasSound(b, t.phonetic); {
		case in && isName:
			p.sharedNames++
		case in:
			p.form++
		case isName && isPlace:
			p.names++
		case isName:
			p.names++
			p.others++
		case t.kind == number:
			p.numbers++
		default:
			p.words++
		}
	}
	return p
}

// hasSound tells whether one of the tokens is a spelling of the name with a phonetic key.
func hasSound(tokens []token, key uint16) bool {
	if !isSound(key) {
		return false
	}
	for _, t := range tokens {
		if t.phonetic == key {
			return true
		}
	}
	return false
}
