package desk

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// healWork puts back what a clock that was ahead has stamped. It reads all rows twice: to
// learn which times are ahead, and to replace them.
type healWork struct {
	*recordWork
	at    time.Time       // of the record: what is later is ahead
	ahead map[int64]int64 // the times ahead, in ms, and what takes their place
	last  int64           // the latest other time, in ms
}

// heal replaces all times ahead by times a millisecond apart that end at the record's, so
// that they stay in order, equal ones stay equal, and all stay after the others. Ids, Seqs
// and the documents' own dates stay.
func (w *recordWork) heal() error {
	if err := w.ReloadAll(); err != nil {
		return err
	}
	h := &healWork{recordWork: w, at: w.record.At, ahead: map[int64]int64{}}
	if err := h.each(h.note); err != nil {
		return err
	}
	h.assign()
	if err := h.each(h.replace); err != nil {
		return err
	}
	if err := w.ReloadAll(); err != nil {
		return err
	}
	if err := w.reloadFold(); err != nil {
		return err
	}
	s := sweepWork{storyWork: w.storyWork(), horizon: cmp.Or(w.Tx.Horizon(), w.record.At)}
	if err := s.moveWindows(); err != nil {
		return err
	}
	return w.renewAll()
}

// note notes a time.
func (h *healWork) note(t *time.Time) {
	switch ms := t.UnixMilli(); {
	case t.IsZero():
	case t.After(h.at):
		h.ahead[ms] = 0
	default:
		h.last = max(h.last, ms)
	}
}

// assign decides what takes the place of each time ahead. If that makes the times later than
// the record, its time moves too.
func (h *healWork) assign() {
	all := slices.Sorted(maps.Keys(h.ahead))
	first := max(h.at.UnixMilli()-int64(len(all))+1, h.last+1)
	for i, ms := range all {
		h.ahead[ms] = first + int64(i)
	}
	if n := len(all); n > 0 {
		h.record.At = news.Later(h.at, time.UnixMilli(h.ahead[all[n-1]]).UTC())
	}
}

// replace replaces a time that is ahead.
func (h *healWork) replace(t *time.Time) {
	if ms, ok := h.ahead[t.UnixMilli()]; ok && t.After(h.at) {
		*t = time.UnixMilli(ms).UTC()
	}
}

// each calls fn with all times that records stamped, and writes the rows in which it changed
// one.
func (h *healWork) each(fn func(*time.Time)) error {
	for _, step := range []func(func(*time.Time)) error{h.sources, h.topics, h.archives, h.entries, h.stories, h.events, h.notices, h.changes, h.orders, h.horizons, h.signatures} {
		if err := step(fn); err != nil {
			return err
		}
	}
	return nil
}

// row is what times are stamped on.
type row interface{ EachTime(func(*time.Time)) }

// visit calls fn with the times of a row and reports whether it changed one.
func visit(r row, fn func(*time.Time)) (changed bool) {
	r.EachTime(func(t *time.Time) {
		before := *t
		fn(t)
		changed = changed || !t.Equal(before)
	})
	return changed
}

func (h *healWork) sources(fn func(*time.Time)) error {
	all, err := h.Tx.Sources.All()
	if err != nil {
		return err
	}
	for _, s := range all {
		if !visit(s, fn) {
			continue
		}
		s.EndDays(h.record.At)
		if err := h.Tx.Sources.Put(s); err != nil {
			return err
		}
	}
	return nil
}

func (h *healWork) topics(fn func(*time.Time)) error {
	all, err := h.Tx.Topics.All()
	if err != nil {
		return err
	}
	for _, t := range all {
		if visit(t, fn) {
			if err := h.Tx.Topics.Put(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *healWork) archives(fn func(*time.Time)) error {
	all, err := h.Tx.Topics.All()
	if err != nil {
		return err
	}
	for _, t := range all {
		for n := t.Pages; n > 0; n-- {
			p, err := h.Tx.Archives.Get(t.Name, n)
			if err != nil {
				return err
			}
			if p == nil || !visit(p, fn) {
				continue
			}
			if err := h.Tx.Archives.Put(t.Name, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *healWork) entries(fn func(*time.Time)) error {
	var changed []string
	err := h.Tx.Entries.Each(func(en *news.Entry) error {
		if visit(en, fn) {
			changed = append(changed, en.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range changed {
		en, err := h.Tx.Entries.Get(id)
		if err != nil {
			return err
		}
		fn(&en.At)
		unlisted := en.Unlisted
		if fn(&unlisted); !unlisted.Equal(en.Unlisted) {
			err = h.Tx.Entries.Unlist(en, unlisted)
		} else {
			err = h.Tx.Entries.Put(en)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *healWork) stories(fn func(*time.Time)) error {
	var changed []string
	err := h.Tx.Stories.Each(func(s *news.Story) error {
		if visit(s, fn) {
			changed = append(changed, s.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range changed {
		if err := h.changeStory(id, fn); err != nil {
			return err
		}
	}
	return nil
}

func (h *healWork) changeStory(id string, fn func(*time.Time)) error {
	s, err := h.Tx.Stories.Get(id)
	if err != nil {
		return err
	}
	before := s.Places
	visit(s, fn)
	for name, p := range s.Places {
		if old := before[name].Updated; !old.Equal(p.Updated) {
			p.Updated = h.Tx.Topics.ClaimUpdated(name, p.Updated, id, old)
			s.Places[name] = p
		}
	}
	h.touchText(id)
	return h.Tx.Stories.Put(s)
}

func (h *healWork) events(fn func(*time.Time)) error {
	all, err := h.Tx.Events.All()
	if err != nil {
		return err
	}
	for _, ev := range all {
		if visit(ev, fn) {
			if err := h.Tx.Events.Put(ev); err != nil {
				return err
			}
		}
	}
	return nil
}

// notices leaves it to the quiet hours when a notice is due, unless these were those of the
// wrong time.
func (h *healWork) notices(fn func(*time.Time)) error {
	all, err := h.Tx.Notices.After(0)
	if err != nil {
		return err
	}
	for _, n := range all {
		ahead := n.At.After(h.at)
		if !visit(n, fn) {
			continue
		}
		if ahead && !n.Due.IsZero() {
			n.Due = n.At
		}
		if err := h.Tx.Notices.Put(n); err != nil {
			return err
		}
	}
	return nil
}

func (h *healWork) changes(fn func(*time.Time)) error {
	all, err := h.Tx.Changes.After(0, math.MaxInt)
	if err != nil {
		return err
	}
	for i := range all {
		if visit(&all[i], fn) {
			if err := h.Tx.Changes.Put(all[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *healWork) orders(fn func(*time.Time)) error {
	all, err := h.Tx.Orders.All()
	if err != nil {
		return err
	}
	for i := range all {
		if visit(&all[i], fn) {
			if err := h.Tx.Orders.Put(&all[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// horizons visits the times that exist once.
func (h *healWork) horizons(fn func(*time.Time)) error {
	horizon := h.Tx.Horizon()
	if before := horizon; !before.IsZero() {
		if fn(&horizon); !horizon.Equal(before) {
			if err := h.Tx.PutHorizon(horizon); err != nil {
				return err
			}
		}
	}
	state, err := story.ChangeTimes(h.Tx.Fold.State(), func(t time.Time) time.Time {
		fn(&t)
		return t
	})
	if err != nil || len(state) == 0 {
		return err
	}
	return h.Tx.Fold.PutState(state)
}

func (h *healWork) signatures(fn func(*time.Time)) error {
	return h.Tx.Fold.ChangeSignatures(func(at time.Time, sig []byte) (time.Time, []byte, bool, error) {
		before := at
		own, err := story.SignatureTime(sig)
		if err != nil {
			return at, nil, false, err
		}
		ownBefore := own
		fn(&at)
		fn(&own)
		if at.Equal(before) && own.Equal(ownBefore) {
			return at, nil, false, nil
		}
		sig, err = story.WithTime(sig, own)
		return at, sig, true, err
	})
}

// reloadFold makes the fold what a restart makes of the stored state.
func (w *recordWork) reloadFold() error {
	f, err := story.Restore(w.Tx.Fold.State())
	if err != nil {
		return err
	}
	if err := w.Tx.Fold.EachSignature(f.Load); err != nil {
		return err
	}
	w.fold = f
	return nil
}
