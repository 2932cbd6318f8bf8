package story

// candidateSearch holds the stories that share most with a headline.
type candidateSearch struct {
	shares      []uint16     // by story: how much of the headline's weight it has, in 1024ths; 0 for most
	touched     []int32      // those that are not 0
	candidates  []int32      // the nearest of them
	histogram   [steps]int32 // how many of met are at each step of share
	vector      []dimension  // of the headline, in the order of roots
	roots       [4]uint64    // a bit for the last byte of each root in words
	norm        int64        // length of words
	comparisons []comparison // what the headline is compared with
	tokenBuf    []token      // their words
}

const (
	steps            = 128 // of shares, as pick tells them apart
	maxCandidates    = 16  // stories that are looked at closely
	minPostingWeight = 48  // weight below which a word's stories are not looked at: it finds the most and says the least
	minShare         = 20  // 1024ths of the weight below which a story is not looked at
	minSingleShare   = 115 // the same for a story without an event: no cosine of eventBase+eventMore has less
	minStoryShare    = 300 // the same for a story that may be the headline's own
)

// candidates finds the stories that share most words, by weight, with tokens.
func (f *Fold) candidates(tokens []token) {
	c := &f.search
	c.reset(len(f.stories))
	for k := range heavyTokens(tokens) {
		if tokens[k].weight < minPostingWeight {
			continue
		}
		list := f.postings[tokens[k].root]
		w := uint16(tokens[k].weight)*uint16(tokens[k].weight)>>6 + 1
		c.addShare(list[max(0, len(list)-maxPostings):], w)
	}
	c.pick()
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

// addShare adds a word's weight to the shares of the stories that have it. Most are
// met for the first time, and counted together.
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

// step is a share in steps of 16.
func step(share uint16) int { return int(min(share>>4, steps-1)) }

// pick finds those with the largest shares, about maxNear of them.
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

// heavyTokens yields the indexes of the heaviest tokens that say something.
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

// minHeavyWeight is the weight of the lightest of the heaviest tokens.
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
