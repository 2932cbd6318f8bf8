package desk

import (
	"fmt"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// young is how long ago what makes a story match may have been published for an
// alert to ring.
const young = 6 * time.Hour

// compileAlerts readies the queries of alerts.
func compileAlerts(r *news.Rules) ([]*topic.Rule, error) {
	var rules []*topic.Rule
	for i := range r.Alerts {
		rule, err := topic.Compile(news.Topic{Match: r.Alerts[i].Match})
		if err != nil {
			return nil, fmt.Errorf("match of alert %s: %w", r.Alerts[i].Name, err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// adoptAlerts notes since when each alert has its rule: what matched it before never
// rings it.
func (e *edit) adoptAlerts(old, r *news.Rules) {
	r.Alerts = slices.Clone(r.Alerts) // the caller's stay as they are
	for i := range r.Alerts {
		a := &r.Alerts[i]
		a.Since, a.Begun = e.rec.Seq, e.rec.At
		for j := range old.Alerts {
			if o := &old.Alerts[j]; o.Name == a.Name && o.When == a.When && slices.Equal(o.Match, a.Match) {
				a.Since, a.Begun = o.Since, o.Begun
			}
		}
	}
}

// ring makes the notices of what the batch brought to match an alert. Backlog rings
// nothing, and is taken note of.
func (b *batch) ring() error {
	if len(b.rules.Alerts) == 0 {
		return nil
	}
	for _, id := range b.touched {
		s, err := b.story(id)
		if err != nil {
			return err
		}
		if s.MergedInto != "" || !s.Killed.IsZero() || s.IsHidden(news.Everywhere) {
			continue
		}
		at := s.First
		if !b.born[id] {
			at = later(at, b.because[id])
		}
		fresh := !b.backlog && b.rec.At.Sub(at) <= young
		if err := b.ringStory(s, fresh); err != nil {
			return err
		}
		if err := b.ringEvent(s, fresh); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) ringStory(s *news.Story, fresh bool) error {
	var docs []doc
	var rang []*news.Alert
	for i := range e.rules.Alerts {
		a := &e.rules.Alerts[i]
		if a.When != news.WhenStory || slices.Contains(s.MatchedAlerts, a.Key()) {
			continue
		}
		if docs == nil {
			var err error
			if docs, err = e.told(s); err != nil {
				return err
			}
		}
		if !matches(e.rules.alerts[i], docs, s.Outlets()) {
			continue
		}
		s.MatchedAlerts = append(s.MatchedAlerts, a.Key())
		if fresh && !met(e.rules.alerts[i], docs, a.Since) {
			rang = append(rang, a)
		}
	}
	return e.notify(rang, s, []*news.Story{s}, news.Notice{When: news.WhenStory, Story: s.ID, Event: s.Event})
}

// ringEvent rings for an event that breaks when one of its stories matches.
func (e *edit) ringEvent(s *news.Story, fresh bool) error {
	ev, err := e.event(s.Event)
	if err != nil || ev.Breaking.IsZero() || !fresh || e.rec.At.Sub(ev.Breaking) > young {
		return err
	}
	var rang []*news.Alert
	var all []*news.Story
	for i := range e.rules.Alerts {
		a := &e.rules.Alerts[i]
		if a.When != news.WhenBreaking || slices.Contains(ev.MatchedAlerts, a.Key()) || !ev.Breaking.After(a.Begun) {
			continue
		}
		if all == nil {
			if all, err = e.current(ev, s); err != nil {
				return err
			}
		}
		ok, err := e.anyMatches(i, all)
		if err != nil {
			return err
		}
		if ok {
			ev.MatchedAlerts = append(ev.MatchedAlerts, a.Key())
			rang = append(rang, a)
		}
	}
	if len(rang) == 0 {
		return nil
	}
	e.putEvent(ev)
	face := slices.MaxFunc(all, func(a, b *news.Story) int { return a.Outlets() - b.Outlets() })
	return e.notify(rang, face, all, news.Notice{When: news.WhenBreaking, Story: face.ID, Event: ev.ID})
}

// current are the stories of an event that may be shown.
func (e *edit) current(ev *news.Event, s *news.Story) ([]*news.Story, error) {
	all, err := e.siblings(ev.ID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(all, s) {
		all = append(all, s)
	}
	return slices.DeleteFunc(all, func(s *news.Story) bool {
		return !s.Killed.IsZero() || s.IsHidden(news.Everywhere)
	}), nil
}

func (e *edit) anyMatches(i int, all []*news.Story) (bool, error) {
	outlets := news.Voices(all...)
	for _, s := range all {
		docs, err := e.told(s)
		if err != nil {
			return false, err
		}
		if matches(e.rules.alerts[i], docs, outlets) {
			return true, nil
		}
	}
	return false, nil
}

// told are the docs of a story's takes that were not taken back. The newsroom hears
// of what was read with credentials too.
func (e *edit) told(s *news.Story) ([]doc, error) {
	docs, err := e.docs(s)
	return slices.DeleteFunc(docs, func(d doc) bool { return !d.take.Killed.IsZero() }), err
}

func matches(r *topic.Rule, docs []doc, outlets int) bool {
	return slices.ContainsFunc(docs, func(d doc) bool { return r.Match(d.Doc, outlets) })
}

// met says whether a story matched already with what it had when the rule came.
func met(r *topic.Rule, docs []doc, since uint64) bool {
	var had []doc
	var s news.Story
	for _, d := range docs {
		if d.take.Seq <= since {
			had, s.Takes = append(had, d), append(s.Takes, *d.take)
		}
	}
	return matches(r, had, s.Outlets())
}

// notify makes a notice for each target of the alerts that rang, where none was made
// of the same before. all are the stories whose outlets it names.
func (e *edit) notify(rang []*news.Alert, s *news.Story, all []*news.Story, n news.Notice) error {
	if len(rang) == 0 {
		return nil
	}
	subject := n.Story
	if n.When == news.WhenBreaking {
		subject = n.Event
	}
	n.Seq, n.At, n.Headline, n.Link, n.Language, n.Voices = e.rec.Seq, e.rec.At, s.Headline, s.Link, s.Language, news.Voices(all...)
	var err error
	if n.Outlets, err = e.outlets(all); err != nil {
		return err
	}
	loud := map[string]bool{}
	for _, t := range news.GroupByTarget(rang, e.rec.At, e.rules.zone) {
		n.ID = news.NoticeID(n.When, subject, t.Target)
		if e.tx.Notices.Exists(n.ID) {
			continue
		}
		n.Target, n.Alerts, n.Due = t.Target, t.Alerts, t.Due
		if err := e.tx.Notices.Put(&n); err != nil {
			return err
		}
		for _, name := range t.Alerts {
			loud[name] = loud[name] || t.Due.IsZero()
		}
	}
	e.rings(s.ID, rang, loud)
	return nil
}

// rings notes for open pages which alerts a story rang, quiet hours aside.
func (e *edit) rings(id string, rang []*news.Alert, loud map[string]bool) {
	for _, a := range rang {
		if !loud[a.Name] {
			continue
		}
		if e.rang == nil {
			e.rang = map[string][]string{}
		}
		e.rang[id] = append(e.rang[id], a.Name)
	}
}

// maxNamed is how many outlets a notice names.
const maxNamed = 20

// outlets are the names of those who tell the stories, each once.
func (e *edit) outlets(all []*news.Story) ([]string, error) {
	var names []string
	for _, s := range all {
		for i := range s.Takes {
			t := &s.Takes[i]
			src, err := e.source(t.Source)
			if err != nil {
				return nil, err
			}
			if src == nil || !t.Killed.IsZero() || len(names) == maxNamed || slices.Contains(names, src.Label()) {
				continue
			}
			names = append(names, src.Label())
		}
	}
	return names, nil
}

// sent notes that notices left.
func (e *edit) sent(ids []string) error {
	for _, id := range ids {
		n, err := e.tx.Notices.Get(id)
		if err != nil {
			return err
		}
		if n == nil || n.Seq == 0 || !n.Sent.IsZero() {
			continue
		}
		n.Sent = e.rec.At
		if err := e.tx.Notices.Put(n); err != nil {
			return err
		}
	}
	return nil
}

// inherit lets a story that came out of another, or took one in, ring nothing that
// the other matched.
func inherit(s, other *news.Story) {
	for _, key := range other.MatchedAlerts {
		if !slices.Contains(s.MatchedAlerts, key) {
			s.MatchedAlerts = append(s.MatchedAlerts, key)
		}
	}
}
