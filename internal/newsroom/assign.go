package newsroom

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// maxName is how many characters the name of a colleague may have.
const maxName = 80

// completeAssignment reads to whom a story is assigned, and when the work is due.
func (d *Desk) completeAssignment(ctx context.Context, o *news.Order, due string, now time.Time) error {
	if o.Verb != "assign" {
		if due != "" {
			return reply.Faultf(http.StatusBadRequest, "due is only for the verb assign, not for %s.", o.Verb)
		}
		return nil
	}
	if len(o.Args) != 2 {
		return reply.Faultf(http.StatusBadRequest, "assign needs a story and the name of a colleague.")
	}
	name := strings.Join(strings.Fields(o.Args[1]), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		return reply.Faultf(http.StatusBadRequest, "Write the name of a colleague, with at most %d characters.", maxName)
	}
	o.Args = []string{o.Args[0], name}
	zone := time.UTC
	err := d.Store.ViewContext(ctx, func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if rules != nil {
			zone = zoneOf(rules)
		}
		return err
	})
	if err != nil {
		return err
	}
	o.Until, err = ParseDue(due, now.In(zone))
	return err
}

// maxDue is how far ahead work may be due.
const maxDue = 366 * 24 * time.Hour

// ParseDue reads when work is due: how long from now, a time of day, which is the next one,
// a day with a time, or an RFC 3339 time. now is in the site's zone. The zero time means
// that none is named.
func ParseDue(s string, now time.Time) (due time.Time, err error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return due, nil
	}
	if span, ok := config.ParseDuration(s); ok {
		due = now.Add(span)
	} else if t, err := time.Parse("15:04", s); err == nil {
		due = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if !due.After(now) {
			due = due.AddDate(0, 0, 1)
		}
	} else if t, err := time.Parse(time.RFC3339, s); err == nil {
		due = t
	} else if due, err = time.ParseInLocation("2006-01-02T15:04", s, now.Location()); err != nil {
		return due, reply.Faultf(http.StatusBadRequest, "due must be a duration such as 2h, a time of day such as 16:30, or a time such as %s, not %q.", now.Format("2006-01-02T15:04"), s)
	}
	if !due.After(now) {
		return due, reply.Faultf(http.StatusBadRequest, "%s is in the past. Give a later time.", due.In(now.Location()).Format("2006-01-02 15:04"))
	}
	if due.After(now.Add(maxDue)) {
		return due, reply.Faultf(http.StatusBadRequest, "%s is more than a year ahead. Give an earlier time.", due.In(now.Location()).Format("2006-01-02 15:04"))
	}
	return news.Instant(due), nil
}

// sentBefore returns the decision by which the same person sent the same story to the same
// target a moment ago: a second click is no error. Otherwise it returns refused.
func (d *Desk) sentBefore(ctx context.Context, o *news.Order, now time.Time, refused error) (uint64, error) {
	var before *news.Record
	err := d.Store.ViewContext(ctx, func(tx *store.Tx) error {
		newest, err := tx.Orders.Newest(100, 0)
		before = news.SameSend(newest, o, now)
		return err
	})
	switch {
	case err != nil:
		return 0, err
	case before == nil:
		return 0, refused
	}
	return before.Seq, nil
}

// readPassing reads what the page of a story offers for passing it on.
func (p *storyPage) readPassing(tx *store.Tx, who caller) error {
	star, err := tx.Stars.Get(who.name, p.Story.ID)
	if err != nil {
		return err
	}
	p.Starred = star != nil
	if p.Targets, err = view.SendTargets(tx); err != nil {
		return err
	}
	if p.unsent, err = view.ReadUnsent(tx); err != nil {
		return err
	}
	all, err := tx.Tokens.All()
	for _, t := range all {
		if !t.Read {
			p.Colleagues = append(p.Colleagues, t.Name)
		}
	}
	return err
}
