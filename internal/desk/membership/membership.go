// Package membership decides which story is in which topic, since when, and why not.
//
// Its functions are pure: they read stories, takes and rules, and return a Decision or
// a new list. They change nothing and read no store; package desk applies what they
// decide. A story's place in a topic is given once: a story that leaves a topic and
// comes back gets its old place.
//
//	membership.go  decisions about stories
//	event.go       topics with one item for each event
//	entry.go       topics with one item for each entry or page
//	lists.go       a topic's tombstones and pins
package membership

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// Rule is a topic with its queries compiled.
type Rule struct {
	*news.Topic
	Query *topic.Rule
	Hold  *topic.Rule // what waits for an editor; nil: nothing
}

// Take is a story's take, prepared for matching.
type Take struct {
	*news.Take
	Doc   *topic.Doc
	Keyed bool // its source is read with credentials
}

// Decision says whether a story should be in a topic.
type Decision struct {
	In     bool
	At     time.Time // if In: its place, where it has none yet
	Reason Reason
}

// Reason says why a story is in a topic, or why it is not.
type Reason string

// The reasons for which a story is in a topic, and then those for which it is not.
const (
	Matches Reason = "matches" // a take satisfies the topic's rule
	Pinned  Reason = "pinned"  // an editor pinned it

	NoMatch    Reason = "no match"           // no take satisfies the topic's rule
	Merged     Reason = "merged"             // it was merged into another story
	Placed     Reason = "placed"             // it is in the topic already, and news does not change that
	Hidden     Reason = "hidden"             // an editor hid it
	Held       Reason = "held"               // it must not be published yet
	Withdrawn  Reason = "withdrawn"          // all outlets that had it withdrew it
	KeyedOnly  Reason = "keyed only"         // all outlets are read with credentials, and the topic is public
	PerEntry   Reason = "per entry"          // the topic has an item for each entry or page
	OtherStory Reason = "other story's item" // another story is the item of its event
)

func in(at time.Time, why Reason) Decision { return Decision{In: true, At: at, Reason: why} }
func out(why Reason) Decision              { return Decision{Reason: why} }

// Holds tells whether an entry must wait for an editor in the topic. It is one that the
// topic might carry, with whatever number of outlets.
func (r Rule) Holds(d *topic.Doc) bool {
	const many = 1000
	return r.Hold.Match(d, 1) && (r.Query.Match(d, 1) || r.Query.Match(d, many))
}

// matches tells whether one of the takes satisfies the rule, given how many outlets
// have the story. Takes that were read with credentials never satisfy the rule of a
// public topic, and takes that are held satisfy none.
func (r Rule) matches(takes []Take, outlets int) bool {
	for i := range takes {
		if takes[i].Keyed && !r.Keyed || takes[i].IsHeld(r.Name) {
			continue
		}
		if r.Query.Match(takes[i].Doc, outlets) {
			return true
		}
	}
	return false
}

// Barred returns why news can't bring a story into a topic whatever the topic's rule
// says, or "" when the rule decides.
func Barred(t *news.Topic, s *news.Story) Reason {
	_, in := s.Standing(t.Name)
	switch {
	case s.MergedInto != "":
		return Merged
	case in && !HasEntryItems(t.Fold) && t.Fold != news.FoldEvent:
		return Placed
	case s.IsHidden(t.Name):
		return Hidden
	case s.IsWithdrawn():
		return Withdrawn
	}
	return ""
}

// AfterNews decides about a story that news changed and that is not Barred. at is when
// it came to be what it is. Only an order or a changed rule removes a story, so a
// Decision that is not In means that nothing changes. One that was removed comes back when
// news makes it satisfy the rule.
func AfterNews(r Rule, s *news.Story, takes []Take, at time.Time) Decision {
	if !r.matches(takes, s.Outlets()) {
		return out(NoMatch)
	}
	return in(at, Matches)
}

// Review decides about a story after an order or a changed rule. The story comes to the
// place that it had, or would have had. ordered is when the order was given: the story
// is placed no earlier. It is zero for a changed rule.
func Review(r Rule, s *news.Story, takes []Take, pinned bool, ordered time.Time) Decision {
	_, placed := s.Places[r.Name]
	switch {
	case HasEntryItems(r.Fold):
		return out(PerEntry)
	case s.IsHidden(r.Name):
		return out(Hidden)
	case s.IsWithdrawn() && !placed:
		return out(Withdrawn)
	case s.IsHeld(r.Name):
		return out(Held)
	}
	at, matched := since(r, s, takes)
	d := in(at, Matches)
	switch {
	case pinned && !matched:
		d = in(s.First, Pinned)
	case !matched:
		return out(NoMatch)
	}
	if ordered.After(d.At) {
		d.At = ordered
	}
	return d
}

// since tells whether a story satisfies a rule, and since when: the time of the take
// that made it so, or of the story's first entry when its first record did.
func since(r Rule, s *news.Story, takes []Take) (time.Time, bool) {
	owners := map[string]bool{}
	for i := range takes {
		if !takes[i].IsHeld("") {
			owners[takes[i].Owner] = true
		}
		if i+1 < len(takes) && takes[i+1].Seq == takes[i].Seq {
			continue // the takes of one record count together
		}
		if !r.matches(takes[:i+1], len(owners)) {
			continue
		}
		if takes[i].Seq == s.Seq || takes[i].At.Before(s.First) {
			return s.First, true
		}
		return takes[i].At, true
	}
	return time.Time{}, false
}

// MayPin decides whether an editor may pin a story in a topic. The rule of the topic
// does not matter, but takes that were read with credentials stay out of public topics.
func MayPin(t *news.Topic, s *news.Story, takes []Take) Decision {
	switch {
	case s.IsHidden(t.Name):
		return out(Hidden)
	case s.IsWithdrawn():
		return out(Withdrawn)
	case s.IsHeld(t.Name):
		return out(Held)
	case HasEntryItems(t.Fold):
		return out(PerEntry)
	case !t.Keyed && !slices.ContainsFunc(takes, func(t Take) bool { return !t.Keyed }):
		return out(KeyedOnly)
	}
	return in(s.First, Pinned)
}

// AboveSeal returns the place of a story that enters a topic at a time. The archive is
// sealed up to sealedUntil: nothing new is placed at or before it.
func AboveSeal(at, sealedUntil time.Time) time.Time {
	if sealedUntil.IsZero() || at.After(sealedUntil) {
		return at
	}
	return sealedUntil.Add(time.Millisecond)
}
