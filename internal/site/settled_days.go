package site

import (
	"slices"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	settled      = 48 * time.Hour // after which few stories come to a day
	settledValid = time.Hour      // after which all days are read again
)

// settledDays are the days with stories in public topics up to two days ago. They are read
// when they are first needed. After that, only what changed is looked at, unless a record
// took a story from one of them or placed one in another day.
type settledDays struct {
	mu    sync.Mutex  // guards the fields below
	seq   uint64      // of the last record that it has; 0: it has nothing
	rules *news.Rules // in force then
	at    time.Time   // when all days were read
	until time.Time   // the later days are not among them
	days  []span      // the newest first
}

// before returns the days before one, the newest first. The list is not modified. A reader of
// an older state, or one that began before a reload, changes nothing.
func (k *settledDays) before(d *publicReader, until, now time.Time) ([]span, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	rules, err := d.Tx.Rules()
	if err != nil {
		return nil, err
	}
	if k.seq > d.Tx.Seq() || !d.set.has(rules, d.Tx.Seq()) {
		return d.daysBetween(time.Time{}, until)
	}
	age := now.Sub(k.at)
	known := k.seq > 0 && k.rules == rules && age >= 0 && age < settledValid && !until.Before(k.until)
	if known {
		if known, err = d.eachChanged(k.seq, func(s *news.Story) bool { return k.leaves(d, s) }); err != nil {
			return nil, err
		}
	}
	from, days, at := k.until, k.days, k.at
	if !known {
		from, days, at = time.Time{}, nil, now
	}
	more, err := d.daysBetween(from, until)
	if err != nil {
		return nil, err
	}
	days = slices.Concat(more, days)
	k.days = days[:min(len(days), maxSitemapDays)]
	k.seq, k.rules, k.until, k.at = d.Tx.Seq(), rules, until, at
	return k.days, nil
}

// leaves tells whether the days stay as they are with a story that changed.
func (k *settledDays) leaves(d *publicReader, s *news.Story) bool {
	for _, t := range d.set.publicTopics() {
		p, placed := s.Places[t.Name]
		if placed && p.At.Before(k.until) && (p.Out || !k.has(p.At)) {
			return false
		}
	}
	return true
}

// has tells whether a time is in one of the days.
func (k *settledDays) has(at time.Time) bool {
	i, _ := slices.BinarySearchFunc(k.days, at, func(sp span, at time.Time) int { return at.Compare(sp.from) })
	return i < len(k.days) && !at.Before(k.days[i].from) && at.Before(k.days[i].to)
}

// daysBetween returns the days with stories in public topics from one time on and before
// another, the newest first.
func (d *publicReader) daysBetween(from, to time.Time) (days []span, err error) {
	for len(days) < maxSitemapDays {
		at, err := d.placeBefore(to)
		if err != nil || at.IsZero() || at.Before(from) {
			return days, err
		}
		sp := d.set.daySpan(at)
		days, to = append(days, sp), sp.from
	}
	return days, nil
}
