package view

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Decision is an editor's order that was applied.
type Decision struct {
	Decision uint64    `json:"decision"` // its number, as undo takes it
	At       time.Time `json:"at"`
	Who      string    `json:"who,omitempty"`
	Why      string    `json:"why,omitempty"`
	Verb     string    `json:"verb"`
	Args     []string  `json:"args"`
	Until    time.Time `json:"until,omitzero"` // end of a pin, or when an assignment is due; zero: none
	Story    string    `json:"story,omitempty"`
	Source   string    `json:"source,omitempty"`   // id of the source of pause and resume
	Headline string    `json:"headline,omitempty"` // current headline of Story
	Language string    `json:"language,omitempty"`
	Text     string    `json:"text"`             // what was done, as a sentence without its period
	Undone   uint64    `json:"undone,omitempty"` // number of the decision that undid it; 0: none
}

// Decisions returns up to n decisions, the newest first. Unless before is 0, they are
// older than the decision with that number.
func Decisions(tx *store.Tx, loc *locale.Locale, before uint64, n int) ([]Decision, error) {
	newest, err := tx.Orders.Newest(n, before)
	if err != nil {
		return nil, err
	}
	out := []Decision{}
	for _, r := range newest {
		d, err := newDecision(tx, loc, r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// DecisionByNumber returns the decision with a number. It returns an Error when there
// is none.
func DecisionByNumber(tx *store.Tx, loc *locale.Locale, n uint64) (*Decision, error) {
	r, err := tx.Orders.Get(n)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, notFound("There is no decision %d.", n)
	}
	d, err := newDecision(tx, loc, r)
	return &d, err
}

func newDecision(tx *store.Tx, loc *locale.Locale, r *news.Record) (Decision, error) {
	in, err := speak(tx, loc)
	if err != nil {
		return Decision{}, err
	}
	o := r.Order
	d := Decision{Decision: r.Seq, At: r.At, Who: o.Who, Why: o.Why, Verb: o.Verb, Args: append([]string{}, o.Args...), Until: o.Until, Undone: o.Undone}
	if o.Verb == "undo" {
		d.Text, err = describeUndo(tx, loc, o.Args[0])
		return d, err
	}
	if o.Verb == "pause" || o.Verb == "resume" {
		return newSourceDecision(tx, loc, o, d)
	}
	d.Story = o.Args[0]
	if o.Verb == "split" && len(o.Args) == 3 {
		d.Story = o.Args[2]
	}
	s, err := CurrentStory(tx, d.Story)
	if err != nil {
		return d, err
	}
	about := in.T("story {}", d.Story)
	if s != nil {
		d.Headline, d.Language = s.Headline, s.Language
		about = quote(loc, s.Headline)
	}
	if o.Verb == "merge" && len(o.Args) > 2 {
		d.Text, err = describeEventMerge(tx, loc, o, about)
		return d, err
	}
	if o.Verb == "merge" {
		d.Text, err = describeMerge(tx, loc, o, about)
		return d, err
	}
	d.Text = in.describeOrder(o, about)
	return d, nil
}

// Reason is why it was done, empty if Text says that already.
func (d Decision) Reason() string {
	if strings.HasSuffix(d.Text, withReason(d.Why)) {
		return ""
	}
	return d.Why
}

// describeMerge says which story an order merged into the one that about names.
func describeMerge(tx *store.Tx, loc *locale.Locale, o *news.Order, about string) (string, error) {
	other := o.Args[1]
	s, err := tx.Stories.Get(other)
	if s != nil && s.Headline != "" {
		other = quote(loc, s.Headline)
	}
	return loc.T("Merged story {} into {}", other, about), err
}

// describeEventMerge says what an order did to the events of two stories; about names the
// first.
func describeEventMerge(tx *store.Tx, loc *locale.Locale, o *news.Order, about string) (string, error) {
	other := loc.T("story {}", o.Args[1])
	s, err := CurrentStory(tx, o.Args[1])
	if s != nil {
		other = quote(loc, s.Headline)
	}
	return loc.T("Made one event of {} and {}", about, other), err
}

// describeUndo says what the decision with a number did that was undone.
func describeUndo(tx *store.Tx, loc *locale.Locale, number string) (string, error) {
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return loc.T("Undid decision {}", number), nil
	}
	r, err := tx.Orders.Get(n)
	if err != nil || r == nil {
		return loc.T("Undid decision {}", number), err
	}
	undone, err := newDecision(tx, loc, r)
	text := undone.Text
	if loc.Lang == "en" && text != "" {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return loc.T("Undid: {}", text), err
}

// newSourceDecision describes an order that paused or resumed a source.
func newSourceDecision(tx *store.Tx, loc *locale.Locale, o *news.Order, d Decision) (Decision, error) {
	d.Source = o.Args[0]
	s, err := tx.Sources.Get(d.Source)
	if err != nil {
		return d, err
	}
	about := d.Source
	if s != nil {
		about = isolate(s.Label())
	}
	d.Text = loc.T("Paused source {}", about)
	if o.Verb == "resume" {
		d.Text = loc.T("Resumed source {}", about)
	}
	return d, nil
}

// describeOrder says what an order did to the story that about names.
func (in speech) describeOrder(o *news.Order, about string) string {
	event := len(o.Args) > 1 && o.Args[1] == "event"
	switch o.Verb {
	case "split":
		if event {
			return in.T("Split {} from its event", about)
		}
		return in.T("Split {} into a story of its own", about)
	case "claim":
		if event {
			return in.T("Claimed the event of {}", about) + withReason(o.Why)
		}
		return in.T("Claimed {}", about) + withReason(o.Why)
	case "release":
		switch {
		case event:
			return in.T("Released the event of {}", about)
		case len(o.Args) > 1 && o.Args[1] == "hold":
			return in.T("Released {} for publication", about)
		}
		return in.T("Released {}", about)
	case "note":
		return in.T("Note on {}", about) + withReason(o.Why)
	case "hide", "unhide", "pin":
		return in.describePlacing(o, about)
	case "assign", "unassign", "send":
		return in.describePassing(o, about)
	}
	return o.Verb
}

// describePassing says to whom an order passed a story on.
func (in speech) describePassing(o *news.Order, about string) string {
	to := isolate(o.Args[1])
	switch {
	case o.Verb == "unassign":
		return in.T("Ended the assignment of {} to {}", about, to)
	case o.Verb == "send":
		return in.T("Sent {} to {}", about, to) + withReason(o.Why)
	case o.Until.IsZero():
		return in.T("Assigned {} to {}", about, to) + withReason(o.Why)
	}
	return in.T("Assigned {} to {}, due {}", about, to, in.moment(o.Until)) + withReason(o.Why)
}

// describePlacing describes an order for all topics or some.
func (in speech) describePlacing(o *news.Order, about string) string {
	topics := o.Args[1:]
	if len(topics) == 0 || slices.Contains(topics, news.Everywhere) {
		switch {
		case o.Verb == "hide":
			return in.T("Hid {} everywhere", about)
		case o.Verb == "unhide":
			return in.T("Unhid {} everywhere", about)
		case o.Until.IsZero():
			return in.T("Pinned {} everywhere", about)
		}
		return in.T("Pinned {} everywhere until {}", about, in.moment(o.Until))
	}
	where := in.list(topics)
	switch {
	case o.Verb == "hide":
		return in.T("Hid {} in {}", about, where)
	case o.Verb == "unhide":
		return in.T("Unhid {} in {}", about, where)
	case o.Until.IsZero():
		return in.T("Pinned {} in {}", about, where)
	}
	return in.T("Pinned {} in {} until {}", about, where, in.moment(o.Until))
}

// withReason is the end of a sentence that gives the words of an editor, if any.
func withReason(words string) string {
	if words == "" {
		return ""
	}
	return ": " + words
}

// quote puts a headline into the quotation marks of a language, isolated because it may run
// in the other direction than the sentence around it.
func quote(loc *locale.Locale, headline string) string { return loc.T("\"{}\"", isolate(headline)) }

// isolate surrounds text with U+2068 and U+2069, so that its direction does not change
// the order of the words around it.
func isolate(text string) string { return "\u2068" + text + "\u2069" }

// MergedEntry is an entry that joined an existing story.
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

// Audit lists the entries that joined the newest n stories older than the story before,
// which may be empty. next is the value of before for the next page, empty at the end.
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

// MergedEntries is a page of the entries that joined existing stories.
type MergedEntries struct {
	Entries []MergedEntry `json:"entries"`
	Before  string        `json:"before,omitempty"` // value of before for the next page; empty: none
}

// Event is the stories about one happening, under different headlines.
type Event struct {
	ID       string      `json:"id"`
	Last     time.Time   `json:"last"`
	Breaking time.Time   `json:"breaking,omitzero"`  // since when unusually many outlets report it
	Surge    *Surge      `json:"surge,omitempty"`    // how fast their number grew then
	Claim    *news.Claim `json:"claim,omitempty"`    // who works on it
	Coverage *Coverage   `json:"coverage,omitempty"` // absent while one outlet has one story
	Stories  []Story     `json:"stories"`            // the newest first
}

// EventByID returns the event with an id, or the event that it was merged into. It
// returns an Error when there is none.
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
		out.Surge, out.Coverage, out.Stories = st.Surge, st.Coverage, append(out.Stories, st)
	}
	if len(out.Stories) == 0 {
		return nil, notFound("There is no event %q.", id)
	}
	return out, snap.Err
}

// OrderRequest is an order as a client of the API sends it.
type OrderRequest struct {
	Verb string   `json:"verb"`
	Args []string `json:"args"`
	Who  string   `json:"who,omitempty"`
	Why  string   `json:"why,omitempty"`
	For  string   `json:"for,omitempty"`  // of a pin: how long, for example 6h; empty: without end
	Free bool     `json:"free,omitempty"` // of claim: only if no other editor claims it
	Due  string   `json:"due,omitempty"`  // of assign: how long from now, for example 2h; a time of day such as 16:30, the next one in the site's zone; or a time such as 2026-11-28T16:30; empty: no time
}

// OrderResult is the decision that an order led to.
type OrderResult struct {
	Decision uint64 `json:"decision"`
	Text     string `json:"text"`
}
