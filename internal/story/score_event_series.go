package story

// minTail is how many words an outlet adds behind its headlines, at least: "(click to see a
// list)".
const minTail = 2

// isSameSeries tells whether a headline and the story t are of one series: a column, a
// digest or a ticker. What these share is their frame: how both begin and how both end.
func (f *Fold) isSameSeries(s *signature, t *liveStory) bool {
	if t.event != nil && len(t.event.stories) > maxUnsure {
		return false // no series is so large
	}
	colon, theirColon := s.cues.behindColon(), t.cues.behindColon()
	isOfOutlet := s.owner != 0 && s.owner == t.owner
	if !isOfOutlet && (colon == 0 || theirColon == 0) {
		return false // most headlines
	}
	var own, their [maxTokens]framedWord
	x := removeFrame(framedWords(own[:0], s.tokens, &s.traits, colon), framedWords(their[:0], t.headlineTokens(), &t.traits, theirColon))
	switch {
	case x.shared == 0 || x.hasPlace || x.hasName && !(isOfOutlet && x.hasColumn && x.hasColon):
		return false
	case isOfOutlet && !x.hasColumn && !x.hasColon && !(x.hasTailOfColumn && x.tail >= minTail):
		return false
	case !isOfOutlet && !(x.hasColumn && x.hasColon):
		return false
	}
	return !shareWords(x.own, x.their)
}

// framedWord is a word of a headline that is no function word. Of numbers, it
// may only be a day of the week.
type framedWord struct {
	root        uint32
	isName      bool
	isPlace     bool
	isColumn    bool // heads of columns have it
	isDay       bool
	behindColon bool
}

// framedWords appends the words of a headline to dst.
func framedWords(dst []framedWord, tokens []token, m *traits, colon int) []framedWord {
	for i, t := range tokens {
		isColumn := t.kind == routine || lex().columnRoots[t.root]
		if t.kind == functionWord || t.kind == number && !isColumn {
			continue
		}
		dst = append(dst, framedWord{t.root, m.names>>i&1 == 1 && !isColumn, m.placed>>i&1 == 1, isColumn, t.kind == number, colon > 0 && i >= colon})
	}
	return dst
}

// frame is how two headlines begin and end alike, and what is between.
type frame struct {
	own, their      []framedWord // what is between
	shared          int          // words that both have
	tail            int          // of these, those at the end
	hasPlace        bool
	hasName         bool // none behind the colon of a column
	hasColumn       bool // a word of columns is in what both begin with
	hasTailOfColumn bool // one that is no day is in what both end with
	hasColon        bool // all before a colon is in it
}

// removeFrame finds the frame of two headlines. Two words of columns, such as two days,
// have the same place in it.
func removeFrame(a, b []framedWord) frame {
	x := frame{}
	for len(a) > 0 && len(b) > 0 && a[0].fits(b[0]) {
		x.hasColon = x.hasColon || !a[0].behindColon && !b[0].behindColon && startsBehindColon(a[1:]) && startsBehindColon(b[1:])
		x.add(a[0], b[0])
		x.hasColumn = x.hasColumn || a[0].isColumn
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1].fits(b[len(b)-1]) {
		last := a[len(a)-1]
		x.add(last, b[len(b)-1])
		x.tail++
		x.hasTailOfColumn = x.hasTailOfColumn || last.isColumn && !last.isDay
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	x.own, x.their = a, b
	return x
}

func startsBehindColon(of []framedWord) bool { return len(of) > 0 && of[0].behindColon }

// fits tells whether two words may have the same place in a frame.
func (w framedWord) fits(o framedWord) bool { return w.root == o.root || w.isColumn && o.isColumn }

func (x *frame) add(a, b framedWord) {
	if a.root == b.root {
		x.shared++
	}
	x.hasName = x.hasName || a.isName && b.isName && !(x.hasColon && x.hasColumn)
	x.hasPlace = x.hasPlace || a.isPlace && b.isPlace
}

// shareWords tells whether two headlines have words in common that are not of columns: a
// name, or two others.
func shareWords(a, b []framedWord) bool {
	n := 0
	for _, w := range a {
		for _, o := range b {
			if w.root != o.root || w.isColumn {
				continue
			}
			if w.isName {
				return true
			}
			n++
		}
	}
	return n > 1
}
