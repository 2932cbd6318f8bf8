// Package story decides which entries are one story and which stories are one event.
//
// A verdict follows from the headlines judged before it, in their order, and from
// nothing else: it reads no clock, uses no chance and stores no floating-point
// number. The same headlines give the same stories on any machine. A verdict is made
// once: Load and Restore bring back earlier verdicts and decide nothing.
//
// Two headlines are one story when they have the same page or say the same thing.
// When in doubt they are two stories, because a story hides all of its headlines but
// one. Publishing a story is the business of other packages.
//
// A headline passes four steps; file names begin with the name of their step:
//
//   - tokens: remove tags, credits and outlets' names (tokens_affixes.go,
//     tokens_credits.go, tokens_suffixes.go), split the rest into words and phrases
//     (tokens_words.go, tokens_numbers.go, tokens_compound.go, tokens_dense.go,
//     tokens_local.go, tokens_romance.go), give each its sense (tokens_senses.go,
//     tokens_arabic.go, tokens_phonetic.go, tokens_count.go) and its weight
//     (tokens_weights.go); know how common a word is in its language (tokens_common.go);
//     recognise titles without a subject (tokens_bare.go); read the words of its link
//     (tokens_link.go) and of its summary (tokens_summary.go), what stage of a happening
//     the headline tells of (tokens_stages.go, tokens_language.go), what only its text
//     shows of its tokens (tokens_cues.go, tokens_forms.go), and its language, names and
//     places (tokens_traits.go).
//   - candidates: find the live stories that share most with it (candidates.go,
//     candidates_index.go).
//   - score: align it with the first headline of each candidate (score_alignment.go),
//     measure how similar they are and what keeps them apart (score.go,
//     score_extras.go, score_stage.go, score_contrary.go, score_forms.go); tell who did
//     it to whom (score_direction.go, score_direction_marks.go,
//     score_direction_slavic.go, score_direction_turkish.go) and what scripts without
//     spaces need beside (score_dense.go); compare it with events (score_event.go), find
//     how similar it must be (score_event_need.go) and what speaks against it
//     (score_event_guards.go, score_event_series.go), and find the stories in its event that surely tell the same
//     (score_near.go).
//   - assign: choose its story (assign_story.go); corrections (assign_correction.go),
//     headlines that return every day (assign_recurring.go) and editors' orders
//     (assign_split.go) are special cases. Choose the event of a new story
//     (assign_event.go); editors' orders change events (assign_event_order.go), and a sweep
//     splits those that have come apart (assign_event_parts.go).
//
// Outside of the fold, subject.go and subject_shared.go tell which headlines are on one
// subject, for readers.
//
// Which countries, regions and cities a headline names, in any language, is known by
// places.go, places_forms.go and places_read.go. Links between events that are told in
// several languages do not depend on the fold: link.go, link_gist.go, link_sound.go and
// link_read.go.
//
// The word lists are text files in the folder lexicon; lexicon.go, lexicon_read.go,
// lexicon_roles.go and lexicon_stages.go read them. Kills and corrections are
// recognised in notice_kill.go and notice_correction.go, templates in template.go. The
// fold is stored as signatures (signature.go) and the state after the last sweep
// (state.go); times.go gives both other times, and decoder.go reads both. explain.go and
// explain_event.go explain a verdict, and filter.go
// is the command slugline fold.
package story

import (
	"cmp"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	// Horizon is how long signatures are needed, counted back from the time given to
	// Sweep. Later headlines are compared with a story for three days; a headline of
	// a story may be two days older than the story.
	Horizon = 120 * time.Hour

	// Life is how long headlines join a story, counted from its first entry.
	Life = 72 * time.Hour
)

// Headline is what the fold knows of an entry.
type Headline struct {
	Story         string // id of the story that begins with it, if none has it; empty: it follows from Entry and Seq
	Entry         string // entry id
	Seq           uint64 // of the record that brought the entry
	Source        string
	Owner         string
	Language      string // BCP 47, or empty
	Text          string
	Summary       string    // plain text, or empty; it counts for events only
	Page          string    // canonical link; empty when it leads to a front or section page
	Publishers    []string  // names that may stand before or behind a headline: the outlet, the title of its feed, its host
	At            time.Time // Entry.At
	Undated       bool      // it is older than the visit that brought it, nobody knows how much: At is only its bound
	NoFold        bool      // never joins a story, and no story begins with it for others
	Amends        Amendment // what it does to an earlier headline of its outlet
	Fold          int       // version of the fold that decides, one of Folds; 0: Version
	SourceStories []string  // ids of stories that its source is part of; needed when it Corrects one

	// IsApart tells whether the headline must not join a story, whatever its words: its
	// source has another report there. nil: it may join any story.
	IsApart func(story string, l news.Level) bool
}

// Amendment says what a headline does to an earlier headline of its outlet.
type Amendment byte

const (
	NoAmendment Amendment = iota
	Withdraws             // it withdraws the headline: see IsKill
	Corrects              // it corrects the headline: see IsCorrection
)

// Verdict is what the fold decided about a headline.
type Verdict struct {
	Story     string     // id; a new story's when Level is news.LevelNew
	Level     news.Level // why the headline is in Story
	Score     int        // similarity to the story's first headline, in thousandths
	Event     string     // id of the first story of its event
	Joined    []string   // ids of events that became part of Event because of this headline
	Near      []string   // of a new story in the event of others: the ids of those that surely tell the same, the most similar first
	Signature []byte     // for Load and Explain
}

// Fold holds the headlines of the last days. It is not safe for concurrent use.
type Fold struct {
	judged      uint64 // headlines judged so far
	horizon     int64  // ms; stories that began earlier are no longer live
	lastSweep   int64  // ms
	*thresholds        // by which the headline is judged
	index
	suffixes      suffixes
	df            frequencies
	recurring     recurringKeys
	movedEvents   map[uint64]eventMove // events of stories that joined another event before the last sweep; for Load
	swept         uint64               // judged at the last sweep
	beganBefore   map[uint64]int64     // ms, when events began whose first stories are no longer live, by their births; for Load
	orderedEvents map[uint64]bool      // births of the events by order before the last sweep; for Load

	known             knownWords      // that were read lately
	wordBuf, pieceBuf []string        // reused by tokens
	common            *commonWords    // of the language of the headline that was read last
	mentions          []mention       // the places that it names
	placeRoots        []uint32        // roots of the words that name them
	search            candidateSearch // reused by candidates
}

type id [13]byte

// New returns a fold that has seen no headline.
func New() *Fold {
	return &Fold{thresholds: &presentThresholds, index: newIndex(), suffixes: newSuffixes(), recurring: newRecurringKeys()}
}

// Judge decides which story h joins, and remembers the verdict.
func (f *Fold) Judge(h Headline) Verdict {
	f.judged++
	f.thresholds = thresholdsOf(h.Fold)
	s := f.newSignature(h)
	f.assign(&s)
	var joined []string
	var near []string
	if s.level == levelNew {
		copy(s.story[:], cmp.Or(h.Story, news.StoryID(h.Entry, h.Seq)))
		s.birth, s.event = s.number, s.story
		s.eventBirth = s.number
		if joined = f.findEvent(&s); s.eventBirth != s.birth {
			near = f.nearStories(&s)
		}
	}
	f.learn(&s)
	v := s.verdict(joined)
	v.Near = near
	return v
}

// newSignature returns the signature of a headline that has no story yet.
func (f *Fold) newSignature(h Headline) signature {
	s := signature{number: f.judged, at: h.At.UnixMilli(), undated: h.Undated, noFold: h.NoFold, amends: h.Amends, sourceStories: h.SourceStories, isApart: h.IsApart, original: h.Text, link: h.Page, summary: h.Summary, language: h.Language}
	if h.Page != "" {
		s.page = hash("page", h.Page)
	}
	if h.Owner != "" {
		s.owner = uint32(hash("owner", h.Owner))
	}
	core, use := f.suffixes.stripAffixes(&h)
	s.text, s.key, s.altKey = core.text, core.key, core.altKey
	if s.bare = core.digits && isBare(s.text); s.bare {
		s.key, s.altKey = bareKey(s.text, h.Source), 0
	}
	s.suffix, s.head, s.truncated = use.suffix, use.head, isTruncated(s.text)
	return s
}

// learn indexes a headline that has its story, and updates the statistics.
func (f *Fold) learn(s *signature) {
	f.judged = s.number
	f.suffixes.add(s.suffix, s.head)
	if s.flagged {
		f.recurring.set(s.key)
	}
	if s.level == levelNew && !s.noFold && s.order == noOrder {
		f.df.add(s.tokens)
		f.df.addCountries(s.moreTokens)
	}
	f.addHeadline(s)
}
