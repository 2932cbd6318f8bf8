package view

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/locale"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// maxSends is how many decisions are searched for stories that were sent.
const maxSends = 200

// Unsent is a story that an editor sent by hand to a target that did not accept it so far.
type Unsent struct {
	Notice  string    `json:"notice"`
	Story   string    `json:"story"`
	Target  string    `json:"target"`        // its title
	Problem string    `json:"problem"`       // what went wrong with the last attempt
	Next    time.Time `json:"next,omitzero"` // next attempt; none: sending was given up
}

// ReadUnsent returns what was sent by hand and did not arrive, of the newest decisions, the
// newest first. The problems are in English.
func ReadUnsent(tx *store.Tx) ([]Unsent, error) {
	if any, err := tx.Dispatches.Any(); !any || err != nil {
		return nil, err
	}
	rules, err := tx.Rules()
	if err != nil {
		return nil, err
	}
	orders, err := tx.Orders.Newest(maxSends, 0)
	if err != nil {
		return nil, err
	}
	var all []Unsent
	for _, r := range orders {
		if r.Order.Verb != "send" || r.Order.Undone != 0 || len(r.Order.Args) < 3 {
			continue
		}
		u, err := unsentNotice(tx, rules, r.Order)
		if err != nil {
			return nil, err
		}
		if u != nil {
			all = append(all, *u)
		}
	}
	return all, nil
}

// unsentNotice returns what an order to send a story has not done yet because attempts
// failed; nil: no attempt failed, or it was discarded.
func unsentNotice(tx *store.Tx, rules *news.Rules, o *news.Order) (*Unsent, error) {
	d, err := tx.Dispatches.Get(o.Args[2])
	if d == nil || d.Problem == "" || d.Dropped || err != nil {
		return nil, err
	}
	n, err := tx.Notices.Get(d.Notice)
	if n == nil || n.Cancelled || !n.Sent.IsZero() || err != nil {
		return nil, err
	}
	s, err := CurrentStory(tx, n.Story)
	if s == nil || err != nil {
		return nil, err
	}
	u := &Unsent{Notice: n.ID, Story: s.ID, Target: targetTitle(rules, n.Target, o.Args[1]), Problem: d.Problem}
	if !d.Dead {
		u.Next = d.Next
	}
	return u, nil
}

// targetTitle returns the title of a target, or its name in the order if feeds.yaml no longer
// has it.
func targetTitle(rules *news.Rules, id, name string) string {
	if rules == nil {
		return name
	}
	if i := slices.IndexFunc(rules.Targets, func(t news.NamedTarget) bool { return t.ID == id }); i >= 0 {
		return rules.Targets[i].Title
	}
	return name
}

// UnsentIn returns a list with the problems in a language.
func UnsentIn(loc *locale.Locale, list []Unsent) []Unsent {
	out := make([]Unsent, len(list))
	for i, u := range list {
		u.Problem = Phrase(loc, u.Problem)
		out[i] = u
	}
	return out
}
