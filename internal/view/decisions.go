package view

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Decision is an editor's order that was carried out.
type Decision struct {
	Decision uint64    `json:"decision"` // by which undo names it
	At       time.Time `json:"at"`
	Who      string    `json:"who,omitempty"`
	Why      string    `json:"why,omitempty"`
	Verb     string    `json:"verb"`
	Args     []string  `json:"args"`
	Until    time.Time `json:"until,omitzero"` // of a pin
	Story    string    `json:"story,omitempty"`
	Source   string    `json:"source,omitempty"`   // of pause and resume: id
	Headline string    `json:"headline,omitempty"` // of that story, as it is now
	Language string    `json:"language,omitempty"`
	Text     string    `json:"text"`             // what was done, in plain words
	Undone   uint64    `json:"undone,omitempty"` // the decision that undid it
}

// Decisions returns up to n decisions, the newest first; before is the number of
// one that they must be older than, 0 for none.
func Decisions(tx *store.Tx, before uint64, n int) ([]Decision, error) {
	all, err := tx.Orders.All()
	if err != nil {
		return nil, err
	}
	out := []Decision{}
	for i := len(all) - 1; i >= 0 && len(out) < n; i-- {
		if before != 0 && all[i].Seq >= before {
			continue
		}
		d, err := newDecision(tx, &all[i])
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// DecisionByNumber returns the decision with a number.
func DecisionByNumber(tx *store.Tx, n uint64) (*Decision, error) {
	r, err := tx.Orders.Get(n)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, notFound("There is no decision %d.", n)
	}
	d, err := newDecision(tx, r)
	return &d, err
}

func newDecision(tx *store.Tx, r *news.Record) (Decision, error) {
	o := r.Order
	d := Decision{Decision: r.Seq, At: r.At, Who: o.Who, Why: o.Why, Verb: o.Verb, Args: append([]string{}, o.Args...), Until: o.Until, Undone: o.Undone}
	if o.Verb == "undo" {
		d.Text = "undid decision " + o.Args[0]
		return d, nil
	}
	if o.Verb == "pause" || o.Verb == "resume" {
		return newSourceDecision(tx, o, d)
	}
	d.Story = o.Args[0]
	if o.Verb == "split" && len(o.Args) == 3 {
		d.Story = o.Args[2]
	}
	s, err := CurrentStory(tx, d.Story)
	if err != nil {
		return d, err
	}
	about := "story " + d.Story
	if s != nil {
		d.Headline, d.Language = s.Headline, s.Language
		about = "«\u2068" + s.Headline + "\u2069»" // isolated: it may run the other way
	}
	d.Text = describeOrder(o, about)
	return d, nil
}

// newSourceDecision says what was decided of a source.
func newSourceDecision(tx *store.Tx, o *news.Order, d Decision) (Decision, error) {
	d.Source = o.Args[0]
	s, err := tx.Sources.Get(d.Source)
	if err != nil {
		return d, err
	}
	about := d.Source
	if s != nil {
		about = "\u2068" + s.Label() + "\u2069"
	}
	d.Text = o.Verb + "d source " + about
	return d, nil
}

// describeOrder says what an order did. about is what it was about.
func describeOrder(o *news.Order, about string) string {
	if len(o.Args) > 1 && (o.Verb == "claim" || o.Verb == "release") {
		about = "the event of " + about
	}
	where := "everywhere"
	if topics := o.Args[1:]; len(topics) > 0 && !slices.Contains(topics, news.Everywhere) {
		where = "in " + strings.Join(topics, ", ")
	}
	switch o.Verb {
	case "split":
		return "made " + about + " a story of its own"
	case "merge":
		return "merged story " + o.Args[1] + " into " + about
	case "hide":
		return "hid " + about + " " + where
	case "unhide":
		return "let " + about + " be seen again " + where
	case "claim":
		return "claimed " + about + quoted(o.Why)
	case "release":
		return "released " + about
	case "note":
		return "noted of " + about + quoted(o.Why)
	case "pin":
		if o.Until.IsZero() {
			return "pinned " + about + " " + where
		}
		return "pinned " + about + " " + where + " until " + o.Until.UTC().Format("2006-01-02 15:04 UTC")
	}
	return o.Verb
}

// quoted joins what somebody said.
func quoted(words string) string {
	if words == "" {
		return ""
	}
	return ": " + words
}

// MergedEntry is an entry that joined a story which others began.
type MergedEntry struct {
	Entry    string     `json:"entry"`
	Source   string     `json:"source"`
	Title    string     `json:"title"` // of the source
	Headline string     `json:"headline"`
	Language string     `json:"language,omitempty"`
	At       time.Time  `json:"at"`
	Level    news.Level `json:"level"`
	Score    int        `json:"score,omitempty"` // thousandths
	Story    string     `json:"story"`
	Lead     string     `json:"lead"` // the story's headline
}

// Audit lists the entries that were folded into the newest n stories older than
// before, which may be empty, and the story to ask for more before: empty at the end.
func Audit(tx *store.Tx, before string, n int) (list []MergedEntry, next string, err error) {
	var from *news.Story
	if before != "" {
		if from, err = tx.Stories.Get(before); err != nil || from == nil {
			return nil, "", errors.Join(err, notFound("There is no story %q.", before))
		}
	}
	stories, err := tx.Stories.Latest(n, from)
	if err != nil {
		return nil, "", err
	}
	snap := NewSnapshot(tx)
	list = []MergedEntry{}
	for _, s := range stories {
		for _, t := range s.Takes {
			if t.Level == news.LevelNew {
				continue
			}
			list = append(list, MergedEntry{
				Entry: t.Entry, Source: t.Source, Title: snap.Source(t.Source).Label(), Headline: t.Headline, Language: t.Language, At: t.At,
				Level: t.Level, Score: t.Score, Story: s.ID, Lead: s.Headline,
			})
		}
		next = s.ID
	}
	if len(stories) < n {
		next = ""
	}
	return list, next, snap.Err
}

// MergedEntries is what was folded.
type MergedEntries struct {
	Entries []MergedEntry `json:"entries"`
	Before  string        `json:"before,omitempty"` // ask with it for more
}

// Event is the stories about one happening.
type Event struct {
	ID       string      `json:"id"`
	Last     time.Time   `json:"last"`
	Breaking time.Time   `json:"breaking,omitzero"` // since when its voices grow unusually fast
	Surge    *Surge      `json:"surge,omitempty"`   // how fast they grew then
	Claim    *news.Claim `json:"claim,omitempty"`   // who works on it
	Stories  []Story     `json:"stories"`           // the newest first
}

// EventByID returns the event with an id, or the one that took it in.
func EventByID(tx *store.Tx, id string) (*Event, error) {
	ev, err := tx.Events.Get(id)
	if err != nil {
		return nil, err
	}
	if ev == nil {
		ev = &news.Event{ID: id, Stories: []string{id}}
	}
	snap := NewSnapshot(tx)
	out := &Event{ID: ev.ID, Last: ev.Last, Breaking: ev.Breaking, Claim: ev.Claim, Stories: []Story{}}
	for _, one := range slices.Backward(ev.Stories) {
		s, err := tx.Stories.Get(one)
		if err != nil {
			return nil, err
		}
		if s == nil || s.MergedInto != "" {
			continue
		}
		st, err := snap.Story(s)
		if err != nil {
			return nil, err
		}
		out.Surge, out.Stories = st.Surge, append(out.Stories, st)
	}
	if len(out.Stories) == 0 {
		return nil, notFound("There is no event %q.", id)
	}
	return out, snap.Err
}

// OrderRequest is an order as the API takes it.
type OrderRequest struct {
	Verb string   `json:"verb"`
	Args []string `json:"args"`
	Who  string   `json:"who,omitempty"`
	Why  string   `json:"why,omitempty"`
	For  string   `json:"for,omitempty"` // of a pin: how long, as in feeds.yaml
}

// OrderResult is what came of an order.
type OrderResult struct {
	Decision uint64 `json:"decision"`
	Text     string `json:"text"`
}
