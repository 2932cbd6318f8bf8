package story

import (
	"cmp"
	"slices"
	"time"
)

const (
	maxDims   = 64  // of an event's sum
	slackDims = 96  // a sum is cut when it has more
	eventBase = 115 // thousandths of cosine that any event asks for
	eventMore = 260 // more of them that an event of one story asks for, less with each
	eventJoin = 235 // thousandths between two events that a headline makes one
	joinMore  = 8   // more of them each time that the smaller has twice as many stories
	eventIdle = 72 * time.Hour
)

// event is two stories or more about one happening, or what is left of them.
type event struct {
	id    id
	birth uint64  // n of the headline that it began with
	of    []int32 // live stories
	last  int64   // ms
	sum   []dim   // of their tokens' weights, in the order of roots; see weigh
	norm  int64   // length of sum
	taken int     // how many of the stories are in sum
	seen  uint64  // n of the headline that looked at it last
}

type dim struct {
	root   uint32
	weight int32
}

// eventOf is the id and birth of the event that story i is in.
func (x *index) eventOf(i int32) (id, uint64) {
	t := &x.stories[i]
	if t.event == nil {
		return t.id, t.birth
	}
	return t.event.id, t.event.birth
}

// enter puts a story that was born into the event that its signature names.
func (x *index) enter(i int32, s *signature) {
	if s.eventBirth != s.birth {
		e := x.event(s.event, s.eventBirth)
		for _, n := range s.joined {
			x.unite(e, n)
		}
		x.put(i, e)
	}
}

// event is the event that began with the n-th headline, made when there is none yet.
func (x *index) event(name id, n uint64) *event {
	if e := x.events[n]; e != nil {
		return e
	}
	e := &event{id: name, birth: n}
	x.events[n] = e
	if i := x.find(n); i >= 0 {
		x.put(i, e)
	}
	return e
}

func (x *index) put(i int32, e *event) {
	t := &x.stories[i]
	t.event = e
	e.of = append(e.of, i)
	if len(e.of) == 1 || t.at > e.last {
		e.last = t.at
	}
}

// weigh brings the sum up to date. Few of the events that a start loads are ever
// looked at.
func (x *index) weigh(e *event) {
	for ; e.taken < len(e.of); e.taken++ {
		e.take(x.stories[e.of[e.taken]].tokens)
	}
}

// take adds a story's words to the sum.
func (e *event) take(tokens []token) {
	for _, t := range tokens {
		if w := t.subject(); w > 0 {
			e.addDim(t.root, w)
		}
	}
	e.cut()
}

func (e *event) addDim(root uint32, w int32) {
	i, ok := slices.BinarySearchFunc(e.sum, root, func(d dim, r uint32) int { return cmp.Compare(d.root, r) })
	if ok {
		e.sum[i].weight += w
	} else {
		e.sum = slices.Insert(e.sum, i, dim{root, w})
	}
}

// cut keeps the heaviest dimensions, of equal ones those with the lower roots, and
// takes the sum's length.
func (e *event) cut() {
	if len(e.sum) > slackDims {
		var ranks [slackDims + maxTokens]uint64
		n := 0
		for ; n < len(e.sum); n++ {
			ranks[n] = e.sum[n].rank()
		}
		slices.Sort(ranks[:n])
		least := ranks[n-maxDims]
		e.sum = slices.DeleteFunc(e.sum, func(d dim) bool { return d.rank() < least })
	}
	e.norm = norm(e.sum)
}

// rank is higher for what cut keeps rather; no two dimensions of a sum have one.
func (d dim) rank() uint64 { return uint64(d.weight)<<32 | uint64(^d.root) }

func norm(dims []dim) int64 {
	var sum uint64
	for _, d := range dims {
		sum += uint64(d.weight) * uint64(d.weight)
	}
	return int64(max(root2(sum), 1))
}

// subject is a token's weight where it matters what a headline is about.
func (t token) subject() int32 {
	if t.kind == empty {
		return 0
	}
	return int32(t.weight)
}

// unite puts the stories of the event, or the lone story, that began with the
// n-th headline into e.
func (x *index) unite(e *event, n uint64) {
	var of []int32
	if old := x.events[n]; old != nil {
		of = old.of
		delete(x.events, n)
	} else if i := x.find(n); i >= 0 {
		of = []int32{i}
	}
	for _, i := range of {
		x.stories[i].moved = true
		x.put(i, e)
	}
}

// gather finds the event of a new story: the one that it is most like, joined
// with the others that it is like when those are like each other.
func (f *Fold) gather(s *signature) []string {
	if s.alone || s.flagged || telling(s.tokens) < 2 {
		return nil
	}
	if s.more = f.slug(s.link, s.tokens); len(s.more) > 0 {
		f.candidates(s.all())
	}
	best, others := f.passing(s)
	if best.story < 0 {
		return nil
	}
	return f.settle(s, best, others)
}

// passed is an event, by one of its stories, that a headline is like.
type passed struct {
	story int32
	score int
	birth uint64
}

// passing gives the event that s is most like and the others that it is like enough.
func (f *Fold) passing(s *signature) (passed, []passed) {
	var all []passed
	f.near.read(s.all())
	for _, r := range f.rivals(s) {
		if p := (passed{r.story, f.nearness(s, r), 0}); p.score > 0 {
			_, p.birth = f.eventOf(r.story)
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return passed{story: -1}, nil
	}
	slices.SortFunc(all, func(a, b passed) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.birth, b.birth))
	})
	return all[0], all[1:]
}

// rival is a story that a headline is compared with, or whose event is.
type rival struct {
	story  int32
	tokens []token
}

// rivals copies what is compared with s before anything is: the processor waits for
// memory once then, and not for each of them.
func (f *Fold) rivals(s *signature) []rival {
	c := &f.near
	c.rivals, c.room = c.rivals[:0], c.room[:0]
	for _, i := range c.found {
		t := &f.stories[i]
		if t.event == nil && c.share[i] < single || f.flags.has(t.key) || f.looked(s, t) {
			continue
		}
		from := len(c.room)
		if t.event == nil {
			c.room = append(c.room, t.tokens...)
		}
		c.rivals = append(c.rivals, rival{i, c.room[from:]})
	}
	return c.rivals
}

// looked says that the event of t was compared with s before.
func (f *Fold) looked(s *signature, t *tale) bool {
	if t.event == nil {
		return false
	}
	was := t.event.seen == s.n
	t.event.seen = s.n
	return was
}

// nearness is the cosine of a headline and an event in thousandths, 0 when that
// is not enough.
func (f *Fold) nearness(s *signature, r rival) int {
	t := &f.stories[r.story]
	score, size, last := 0, 1, t.at
	if e := t.event; e != nil {
		f.weigh(e)
		score, size, last = int(product(e.sum, f.near.words)*1000/(f.near.norm*e.norm)), len(e.of), e.last
	} else {
		score = f.near.cosine(r.tokens)
	}
	if apart(last, s.at) > eventIdle.Milliseconds() {
		return 0
	}
	if score < eventBase+eventMore*32/int(root2(uint64(size)*1024)) {
		return 0
	}
	return score
}

// product is the scalar product of two vectors, both in the order of roots.
func product(a, b []dim) int64 {
	var sum int64
	i := 0
	for _, w := range b {
		for i < len(a) && a[i].root < w.root {
			i++
		}
		if i < len(a) && a[i].root == w.root {
			sum += int64(w.weight) * int64(a[i].weight)
		}
	}
	return sum
}

// cosine compares the headline with another in thousandths.
func (c *near) cosine(tokens []token) int {
	var sum, square int64
	for _, t := range tokens {
		w := int64(t.subject())
		if w == 0 {
			continue
		}
		square += w * w
		if c.roots[t.root>>6&3]>>(t.root&63)&1 == 0 {
			continue // most words of most stories
		}
		for _, d := range c.words {
			if d.root == t.root {
				sum += w * int64(d.weight)
			}
		}
	}
	return int(sum * 1000 / (c.norm * int64(max(root2(uint64(square)), 1))))
}

// settle names the event in s and gives the ids of those that it takes in. The
// oldest of them all gives the name.
func (f *Fold) settle(s *signature, best passed, others []passed) []string {
	one := []passed{best}
	for _, o := range others {
		if f.between(best.story, o.story) >= f.joint(best.story, o.story) {
			one = append(one, o)
		}
	}
	slices.SortFunc(one, func(a, b passed) int { return cmp.Compare(a.birth, b.birth) })
	s.event, s.eventBirth = f.eventOf(one[0].story)
	var joined []string
	for _, o := range one[1:] {
		name, birth := f.eventOf(o.story)
		joined = append(joined, string(name[:]))
		s.joined = append(s.joined, birth)
	}
	return joined
}

// between is the cosine of the events of two stories in thousandths.
func (f *Fold) between(i, j int32) int {
	a, an := f.vector(i)
	b, bn := f.vector(j)
	return int(product(a, b) * 1000 / (an * bn))
}

// vector is the sum of the event of story i, of its own tokens when it is alone.
func (f *Fold) vector(i int32) ([]dim, int64) {
	t := &f.stories[i]
	if t.event != nil {
		f.weigh(t.event)
		return t.event.sum, t.event.norm
	}
	var e event
	e.take(t.tokens)
	return e.sum, e.norm
}

// joint is the likeness that makes the events of two stories one. One headline like
// both is little reason where both are large.
func (x *index) joint(i, j int32) int {
	smaller := min(x.size(i), x.size(j))
	return eventJoin + joinMore*int(log2(uint64(smaller)))/256
}

// size is how many stories are in the event of story i.
func (x *index) size(i int32) int {
	if e := x.stories[i].event; e != nil {
		return len(e.of)
	}
	return 1
}
