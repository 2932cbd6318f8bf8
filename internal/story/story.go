// Package story says which entries are one story and which stories one event.
//
// A verdict follows from the headlines judged before it, in their order, and
// from nothing else: no clock, no chance, no floating point in what is kept. So
// the same headlines give the same stories on any machine. A verdict is given
// once: Load and Restore bring back what was decided and decide nothing.
// Two headlines are one story when they share a page or say the same thing; in
// doubt they are two, because a story hides all headlines but one. How
// a story is published, and what an editor made of it, is not its business.
package story

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	// Horizon is how long a headline is compared with what comes later, counted
	// from the time given to Sweep. Signatures of older entries are not needed.
	Horizon = 96 * time.Hour

	life    = 72 * time.Hour // of a story, counted from its first entry
	sameKey = 12 * time.Hour // equal keys further apart are two stories
)

// Headline is what the fold sees of an entry.
type Headline struct {
	Entry      string // entry id
	Seq        uint64 // of the record that bore it
	Source     string
	Owner      string
	Language   string // BCP 47, or empty
	Text       string
	Page       string    // canonical link, empty for front and section pages
	Publishers []string  // names that may stand before or behind a headline: the outlet's, its feed's title, its host
	At         time.Time // Entry.At
	Alone      bool      // folds with nothing, now or later
}

// Verdict is what the fold decided of a headline.
type Verdict struct {
	Story  string     // id; of a new story when Level is news.LevelNew
	Level  news.Level // why it is in Story
	Score  int        // thousandths of likeness to the story's first headline
	Event  string     // id of the story that the event began with
	Joined []string   // events that Event took in because of this headline
	Sig    []byte     // what Load needs
}

// Fold holds the headlines of the last days. It is not safe for concurrent use.
type Fold struct {
	n       uint64 // headlines judged ever
	horizon int64  // ms; stories that began before are dead
	stories []tale
	keys    map[uint64]int32 // of the newest story with this key; older ones follow tale.sameKey
	alts    map[uint64]int32 // the same for keys without a tail that may be an outlet's name
	pages   map[uint64]page
	byID    map[id]int32
	tails   tails
}

type id [13]byte

// tale is a story that is live, in the order in which they were born.
type tale struct {
	id               id
	key, alt         uint64 // 0: none
	sameKey, sameAlt int32  // index of the next older story, -1 at the end
	at               int64  // ms, of the first entry
}

type page struct {
	story int32
	n     uint64 // of the headline that brought it
}

// New gives a fold that has seen nothing.
func New() *Fold {
	f := &Fold{tails: newTails()}
	f.clear(0)
	return f
}

// clear empties what is made from signatures.
func (f *Fold) clear(size int) {
	f.stories = make([]tale, 0, size)
	f.keys = make(map[uint64]int32, size)
	f.alts = map[uint64]int32{}
	f.pages = make(map[uint64]page, size)
	f.byID = make(map[id]int32, size)
}

// Judge decides which story h joins, and remembers it.
func (f *Fold) Judge(h Headline) Verdict {
	f.n++
	s := f.read(h)
	s.story, s.level = f.place(&s)
	if s.level == levelNew {
		copy(s.story[:], news.StoryID(h.Entry, h.Seq))
	}
	s.event = s.story
	f.remember(&s)
	return Verdict{
		Story: string(s.story[:]), Level: s.level.level(), Score: s.score,
		Event: string(s.event[:]), Sig: s.encode(),
	}
}

// read makes the signature of a headline that is not placed yet.
func (f *Fold) read(h Headline) signature {
	s := signature{n: f.n, at: h.At.UnixMilli(), alone: h.Alone}
	if h.Page != "" {
		s.page = hash("page", h.Page)
	}
	core, tail := f.tails.strip(h.Text, h.Publishers)
	s.key, s.alt = core.key, core.alt
	s.tail, s.head = tail.tail, tail.head
	return s
}

// place finds the story of a headline, by its page or else by its key.
func (f *Fold) place(s *signature) (id, level) {
	if s.alone {
		return id{}, levelNew
	}
	if p, ok := f.pages[s.page]; ok && s.page != 0 {
		return f.stories[p.story].id, levelLink
	}
	if i := f.twin(s); i >= 0 {
		s.score = 1000
		return f.stories[i].id, levelKey
	}
	return id{}, levelNew
}

// twin is the story nearest in time with the headline's key. When one of two
// headlines has a short tail that may be an outlet's name, the rest counts too.
func (f *Fold) twin(s *signature) int32 {
	if s.key == 0 {
		return -1
	}
	best := f.nearest(-1, s.at, f.keys, s.key)
	if s.alt != 0 {
		best = f.nearest(best, s.at, f.keys, s.alt)
	}
	return f.nearest(best, s.at, f.alts, s.key)
}

func (f *Fold) nearest(best int32, at int64, index map[uint64]int32, key uint64) int32 {
	i, ok := index[key]
	for ok && i >= 0 {
		t := &f.stories[i]
		if d := apart(t.at, at); d <= sameKey.Milliseconds() && (best < 0 || d <= apart(f.stories[best].at, at)) {
			best = i
		}
		if t.key == key {
			i = t.sameKey
		} else {
			i = t.sameAlt
		}
	}
	return best
}

func apart(a, b int64) int64 { return max(a-b, b-a) }

// remember indexes a headline that has its story and counts what it teaches.
func (f *Fold) remember(s *signature) {
	f.n = s.n
	f.tails.see(s.tail, s.head)
	f.index(s)
}

func (f *Fold) index(s *signature) {
	if s.alone {
		return
	}
	if s.level == levelNew {
		f.bear(s)
	}
	i, ok := f.byID[s.story]
	if !ok || s.page == 0 {
		return
	}
	if _, taken := f.pages[s.page]; !taken {
		f.pages[s.page] = page{i, s.n}
	}
}

func (f *Fold) bear(s *signature) {
	i := int32(len(f.stories))
	t := tale{id: s.story, key: s.key, alt: s.alt, sameKey: -1, sameAlt: -1, at: s.at}
	if s.key != 0 {
		t.sameKey = link(f.keys, s.key, i)
	}
	if s.alt != 0 {
		t.sameAlt = link(f.alts, s.alt, i)
	}
	f.stories = append(f.stories, t)
	f.byID[s.story] = i
}

// link puts story i in front of the others with its key.
func link(index map[uint64]int32, key uint64, i int32) int32 {
	old, ok := index[key]
	index[key] = i
	if !ok {
		return -1
	}
	return old
}
