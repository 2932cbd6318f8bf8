package story

// candidateSearch finds the live stories that share most with a headline.
type candidateSearch struct {
	shares      []uint16     // by story: how much of the headline's weight it shares, in 1024ths; 0 for most
	touched     []int32      // stories whose share is not 0
	candidates  []int32      // those with the largest shares
	cosines     []int        // of the candidates with the headline; -1 where it is not known
	histogram   [steps]int32 // how many of touched are at each step of share
	vector      []dimension  // of the headline, in the order of roots
	roots       [4]uint64    // a bit for each root of vector, by its low byte
	norm        int64        // length of vector
	isOfPairs   bool         // most of vector are pairs of characters, in a script without spaces
	comparisons []comparison // what the headline is compared with
	tokenBuf    []token      // holds the tokens of comparisons
}

const (
	steps            = 128 // of shares, as pick distinguishes them
	maxCandidates    = 16  // stories that are compared in full
	minPostingWeight = 48  // words of less weight find no stories: they are in many and say little
	minShare         = 20  // 1024ths of the weight that a story must share to be compared
	minEventShare    = 100 // the same for a story whose event the headline may join
	minStoryShare    = 300 // the same for a story that the headline may join
)

// candidates finds the stories that share most with tokens, by weight. It finds none when
// the headline may join none of them.
func (f *Fold) candidates(tokens []token) {
	f.findShares(tokens)
	if f.search.mayHaveShare(minStoryShare) {
		f.search.pick()
	}
}

func (f *Fold) findShares(tokens []token) {
	f.search.reset(len(f.stories))
	for k := range heavyTokens(tokens) {
		f.addShare(tokens[k])
	}
}

// moreCandidates finds the stories that share most with tokens, after
// candidates(tokens[:known]).
func (f *Fold) moreCandidates(tokens []token, known int) {
	switch {
	case known == len(tokens):
	case minHeavyWeight(tokens) != minHeavyWeight(tokens[:known]):
		f.findShares(tokens)
	default:
		for k := range heavyTokens(tokens) {
			if k >= known {
				f.addShare(tokens[k])
			}
		}
	}
	f.search.candidates = f.search.candidates[:0]
	f.search.pick()
}

func (f *Fold) addShare(t token) {
	if t.weight < minPostingWeight {
		return
	}
	list := f.postings.of(t.root)
	f.search.addShare(list[max(0, len(list)-maxPostings):], uint16(t.weight)*uint16(t.weight)>>6+1)
}

func (c *candidateSearch) reset(stories int) {
	for _, i := range c.touched {
		c.shares[i] = 0
	}
	c.touched, c.candidates, c.histogram = c.touched[:0], c.candidates[:0], [steps]int32{}
	if len(c.shares) < stories {
		c.shares = append(c.shares, make([]uint16, stories+stories/4+1024-len(c.shares))...)
	}
}

// addShare adds the weight of a word to the shares of the stories that have it. Most
// of them have no share yet, and are counted together.
func (c *candidateSearch) addShare(stories []int32, w uint16) {
	before := len(c.touched)
	for _, i := range stories {
		was := c.shares[i]
		c.shares[i] = was + w
		if was == 0 {
			c.touched = append(c.touched, i)
			continue
		}
		c.histogram[step(was)]--
		c.histogram[step(was+w)]++
	}
	c.histogram[step(w)] += int32(len(c.touched) - before)
}

// step returns the step of a share; a step is 16.
func step(share uint16) int { return int(min(share>>4, steps-1)) }

// mayHaveShare tells whether a story may have a share.
func (c *candidateSearch) mayHaveShare(share uint16) bool {
	for _, n := range c.histogram[step(share):] {
		if n != 0 {
			return true
		}
	}
	return false
}

// pick selects about maxCandidates stories, those with the largest shares.
func (c *candidateSearch) pick() {
	floor, left := steps-1, int32(maxCandidates)
	for ; floor > 0 && left > c.histogram[floor]; floor-- {
		left -= c.histogram[floor]
	}
	for _, i := range c.touched {
		s := step(c.shares[i])
		if s < floor || s == floor && left <= 0 || c.shares[i] < minShare {
			continue
		}
		if s == floor {
			left--
		}
		c.candidates = append(c.candidates, i)
	}
}

// heavyTokens yields the indexes of the heaviest tokens that are not function words.
func heavyTokens(tokens []token) func(func(int) bool) {
	return func(yield func(int) bool) {
		floor := minHeavyWeight(tokens)
		for k, t := range tokens {
			if t.kind != functionWord && t.weight > 0 && t.weight >= floor && !yield(k) {
				return
			}
		}
	}
}

// minHeavyWeight is the lowest weight among the heaviest tokens.
func minHeavyWeight(tokens []token) uint8 {
	if len(tokens) <= maxHeavy {
		return 0
	}
	var of [256]uint8
	for _, t := range tokens {
		of[t.weight]++
	}
	left := maxHeavy
	for w := 255; w > 0; w-- {
		if left -= int(of[w]); left <= 0 {
			return uint8(w)
		}
	}
	return 0
}
