package desk

import (
	"slices"

	"github.com/slugline/slugline/internal/desk/alerting"
	"github.com/slugline/slugline/internal/news"
)

// maxNamed bounds how many outlets a notice names.
const maxNamed = 20

// ring makes the notices for what the batch brought to match an alert. Backlog, and what was
// published before a restore, makes no notices, but what it matches never rings later.
func (w *visitWork) ring() error {
	if len(w.rules.Alerts) == 0 {
		return nil
	}
	for _, id := range w.touched {
		s, err := w.Story(id)
		if err != nil {
			return err
		}
		if !s.IsShown() || s.IsHeld("") {
			continue
		}
		fresh := alerting.IsFresh(w.changedAt(s), w.record.At, w.backlog || w.isTold(s.ID))
		if err := w.ringForStory(s, fresh); err != nil {
			return err
		}
		if err := w.ringForEvent(s, fresh); err != nil {
			return err
		}
	}
	return nil
}

func (w *visitWork) ringForStory(s *news.Story, fresh bool) error {
	open := alerting.Unmatched(w.rules.alerts, s)
	if len(open) == 0 {
		return nil
	}
	takes, err := w.alertTakes(s)
	if err != nil {
		return err
	}
	matched, ring := alerting.ForStory(open, s, takes, fresh)
	for _, a := range matched {
		s.MatchedAlerts = alerting.AddMatched(s.MatchedAlerts, a.Key())
	}
	return w.notify(ring, s, []*news.Story{s}, s.ID, news.Notice{When: news.WhenStory, Event: s.Event})
}

// ringForEvent rings for an event that breaks when one of its stories matches. What matches
// an event that broke before a restore has rung.
func (w *visitWork) ringForEvent(s *news.Story, fresh bool) error {
	ev, err := w.Event(s.Event)
	if err != nil || ev.Breaking.IsZero() {
		return err
	}
	rang, err := w.brokeBefore(ev, s)
	if err != nil || !rang && !(fresh && alerting.IsFresh(ev.Breaking, w.record.At, w.backlog)) {
		return err
	}
	open := alerting.UnmatchedBreaking(w.rules.alerts, ev)
	if len(open) == 0 {
		return nil
	}
	all, err := w.shownStories(ev, s)
	if err != nil {
		return err
	}
	ring := alerting.ForEvent(open, all)
	if len(ring) == 0 {
		return nil
	}
	for _, a := range ring {
		ev.MatchedAlerts = alerting.AddMatched(ev.MatchedAlerts, a.Key())
	}
	w.ChangeEvent(ev)
	if rang {
		return nil
	}
	shown := slices.MaxFunc(all, func(a, b alerting.Story) int { return a.Outlets() - b.Outlets() })
	return w.notify(ring, shown.Story, alerting.Plain(all), ev.ID, news.Notice{When: news.WhenBreaking, Event: ev.ID})
}

// shownStories returns the stories of an event that may be shown, s included.
func (w *visitWork) shownStories(ev *news.Event, s *news.Story) ([]alerting.Story, error) {
	siblings, err := w.siblings(ev.ID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(siblings, s) {
		siblings = append(siblings, s)
	}
	var all []alerting.Story
	for _, one := range siblings {
		if one.IsWithdrawn() || one.IsTakenDown() || one.IsHeld("") {
			continue
		}
		takes, err := w.alertTakes(one)
		if err != nil {
			return nil, err
		}
		all = append(all, alerting.Story{Story: one, Takes: takes})
	}
	return all, nil
}

// alertTakes prepares a story's takes that were not withdrawn and are not held for
// matching.
func (w *visitWork) alertTakes(s *news.Story) ([]alerting.Take, error) {
	takes, err := w.takes(s)
	if err != nil {
		return nil, err
	}
	var all []alerting.Take
	topics := s.InTopics()
	for _, t := range takes {
		t.Doc.SetTopics(topics)
		if !t.IsWithdrawn() && !t.IsHeld("") {
			all = append(all, alerting.Take{Take: t.Take, Doc: t.Doc})
		}
	}
	return all, nil
}

// notify stores a notice for each target of the alerts that ring, if none about the same
// subject was made before. n shows the story shown and names the outlets of all.
func (w *visitWork) notify(ring []*news.Alert, shown *news.Story, all []*news.Story, subject string, n news.Notice) error {
	if len(ring) == 0 {
		return nil
	}
	n.Seq, n.At, n.Story, n.Headline, n.Link, n.Language = w.record.Seq, w.record.At, shown.ID, shown.Headline, shown.Link, shown.Language
	n.Voices, n.Published = news.Voices(all...), shown.First
	var err error
	if n.Outlets, err = w.outletNames(all); err != nil {
		return err
	}
	notices, loud := alerting.Notices(ring, subject, n, w.rules.zone, w.Tx.Notices.Exists)
	for i := range notices {
		if err := w.Tx.Notices.Put(&notices[i]); err != nil {
			return err
		}
	}
	for _, a := range ring {
		if loud[a.Name] {
			w.noteRang(shown.ID, a.Name)
		}
	}
	return nil
}

// noteRang records for open pages that a story rang an alert outside its quiet hours.
func (w *visitWork) noteRang(story, alert string) {
	if w.rang == nil {
		w.rang = map[string][]string{}
	}
	w.rang[story] = append(w.rang[story], alert)
}

// outletNames returns the names of the outlets that have the stories, each once, at most
// maxNamed.
func (w *recordWork) outletNames(all []*news.Story) ([]string, error) {
	var names []string
	for _, s := range all {
		for i := range s.Takes {
			t := &s.Takes[i]
			src, err := w.Ledger.Source(t.Source)
			if err != nil {
				return nil, err
			}
			if src == nil || t.IsWithdrawn() || t.IsHeld("") || len(names) == maxNamed || slices.Contains(names, src.Label()) {
				continue
			}
			names = append(names, src.Label())
		}
	}
	return names, nil
}
