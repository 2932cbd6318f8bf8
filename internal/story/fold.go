// Package story says which entries are one story and which stories one event.
//
// A verdict follows from the headlines judged before it, in their order, and
// from nothing else: no clock, no chance, no floating point in what is kept. So
// the same headlines give the same stories on any machine. A verdict is given
// once: Load and Restore bring back what was decided and decide nothing.
// Two headlines are one story when they share a page or say the same thing; in
// doubt they are two, because a story hides all headlines but one. How
// a story is published is not its business.
package story

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	// Horizon is how long signatures are needed, counted from the time given to
	// Sweep: a story is compared with what comes later for three days, and what
	// joined it and speaks for it may be two days older.
	Horizon = 120 * time.Hour

	storyLife = 72 * time.Hour // of a story, counted from its first entry
)

// Headline is what the fold sees of an entry.
type Headline struct {
	Entry         string // entry id
	Seq           uint64 // of the record that bore it
	Source        string
	Owner         string
	Language      string // BCP 47, or empty
	Text          string
	Page          string    // canonical link, empty for front and section pages
	Publishers    []string  // names that may stand before or behind a headline: the outlet's, its feed's title, its host
	At            time.Time // Entry.At
	NoFold        bool      // folds with nothing, now or later
	Amends        Amendment // what its outlet does with it to what it told before
	SourceStories []string  // ids of stories that its source told, where it Corrects one
}

// Amendment says what a headline does to an earlier one of its outlet.
type Amendment byte

const (
	NoAmendment Amendment = iota
	Withdraws             // it withdraws it: see IsKill
	Corrects              // it corrects it: see IsCorrection
)

// Verdict is what the fold decided of a headline.
type Verdict struct {
	Story     string     // id; of a new story when Level is news.LevelNew
	Level     news.Level // why it is in Story
	Score     int        // thousandths of likeness to the story's first headline
	Event     string     // id of the story that the event began with
	Joined    []string   // events that Event took in because of this headline
	Signature []byte     // what Load needs
}

// Fold holds the headlines of the last days. It is not safe for concurrent use.
type Fold struct {
	judged    uint64 // headlines judged ever
	horizon   int64  // ms; stories that began before are dead
	lastSweep int64  // ms, time of the last sweep
	index
	suffixes    suffixes
	df          frequencies
	recurring   recurringKeys
	movedEvents map[uint64]eventMove // what became of events before the last sweep; for Load

	wordBuf, pieceBuf []string        // scratch of tokens
	search            candidateSearch // scratch of candidates
}

type id [13]byte

// New gives a fold that has seen nothing.
func New() *Fold {
	return &Fold{index: newIndex(0, 0), suffixes: newSuffixes(), df: newFrequencies(), recurring: newRecurringKeys()}
}

// Judge decides which story h joins, and remembers it.
func (f *Fold) Judge(h Headline) Verdict {
	f.judged++
	s := f.newSignature(h)
	f.assign(&s)
	var joined []string
	if s.level == levelNew {
		copy(s.story[:], news.StoryID(h.Entry, h.Seq))
		s.birth, s.event = s.number, s.story
		s.eventBirth = s.number
		joined = f.findEvent(&s)
	}
	f.learn(&s)
	return s.verdict(joined)
}

// newSignature makes the signature of a headline that is not placed yet.
func (f *Fold) newSignature(h Headline) signature {
	s := signature{number: f.judged, at: h.At.UnixMilli(), noFold: h.NoFold, amends: h.Amends, sourceStories: h.SourceStories, link: h.Page}
	if h.Page != "" {
		s.page = hash("page", h.Page)
	}
	if h.Owner != "" {
		s.owner = uint32(hash("owner", h.Owner))
	}
	core, tail := f.suffixes.stripAffixes(h.Text, h.Publishers)
	s.text, s.key, s.altKey = core.text, core.key, core.altKey
	s.suffix, s.head, s.truncated = tail.suffix, tail.head, isTruncated(s.text)
	return s
}

// learn indexes a headline that has its story and counts what it teaches.
func (f *Fold) learn(s *signature) {
	f.judged = s.number
	f.suffixes.add(s.suffix, s.head)
	if s.flagged {
		f.recurring.set(s.key)
	}
	if s.level == levelNew && !s.noFold && s.order == noOrder {
		f.df.add(s.tokens)
	}
	f.addHeadline(s)
}
