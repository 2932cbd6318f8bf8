package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// A topic with `fold: none` or `fold: link` has an item for each entry or for each
// page. Such an item is a story row of its own, a single: it stands in those topics
// alone, goes Into the story that its entries are takes of, and its id is made of
// its first entry's.

func loose(f news.FoldMode) bool { return f == news.FoldNone || f == news.FoldLink }

func singleID(entry string, f news.FoldMode) string {
	if f == news.FoldLink {
		return news.StoryID(entry, 0) // no record has Seq 0
	}
	return entry
}

func isSingle(s *news.Story) bool {
	return s.MergedInto != "" && len(s.Takes) > 0 &&
		(s.ID == singleID(s.Takes[0].Entry, news.FoldNone) || s.ID == singleID(s.Takes[0].Entry, news.FoldLink))
}

// singles are those that were made of a story's entries.
func (e *edit) singles(s *news.Story) ([]*news.Story, error) {
	var out []*news.Story
	for i := range s.Takes {
		for _, f := range []news.FoldMode{news.FoldNone, news.FoldLink} {
			one, err := e.story(singleID(s.Takes[i].Entry, f))
			if err != nil {
				return nil, err
			}
			if one != nil {
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// single is the item that a take is part of in a loose topic; it is made when there
// is none.
func (e *edit) single(s *news.Story, t *news.Take, f news.FoldMode) (*news.Story, error) {
	first := t
	if f == news.FoldLink {
		var err error
		if first, err = e.samePage(s, t); err != nil {
			return nil, err
		}
	}
	one, err := e.story(singleID(first.Entry, f))
	if err != nil {
		return nil, err
	}
	if one == nil {
		one = e.makeSingle(s, first, f)
	}
	if takeOf(one, t.Entry) == nil {
		one.Takes = append(one.Takes, *t)
		return one, e.touch(one)
	}
	return one, nil
}

// makeSingle leaves the single unwritten until it gets a place.
func (e *edit) makeSingle(s *news.Story, t *news.Take, f news.FoldMode) *news.Story {
	one := &news.Story{ID: singleID(t.Entry, f), Seq: t.Seq, Event: s.Event, MergedInto: s.ID, First: t.At, Killed: t.Killed, Takes: []news.Take{*t}}
	one.URI = e.uri(one.ID)
	one.Lead, one.Source, one.Headline, one.Link, one.Language = t.Entry, t.Source, t.Headline, t.Link, t.Language
	e.keep(one)
	return one
}

// samePage is the first take of the story whose entry has the page of t's.
func (e *edit) samePage(s *news.Story, t *news.Take) (*news.Take, error) {
	page, err := e.page(t.Entry)
	if err != nil || page == "" {
		return t, err
	}
	for i := range s.Takes {
		p, err := e.page(s.Takes[i].Entry)
		if err != nil {
			return nil, err
		}
		if p == page {
			return &s.Takes[i], nil
		}
	}
	return t, nil
}

func (e *edit) page(entry string) (string, error) {
	en, err := e.tx.Entries.Get(entry)
	if err != nil || en == nil {
		return "", err
	}
	return en.Keys.Page, nil
}

// placeSingles lets each entry that satisfies a loose topic's rule into it. at is
// when the record made entries of earlier records satisfy it.
func (e *edit) placeSingles(s *news.Story, i int, docs []doc, at time.Time) error {
	t := &e.rules.Topics[i]
	for n := range docs {
		d := docs[n]
		if !d.take.Killed.IsZero() || !satisfied(e.rules.topics[i], t, docs[n:n+1], s.Outlets()) {
			continue
		}
		one, err := e.single(s, d.take, t.Fold)
		if err != nil {
			return err
		}
		if _, had := one.Places[t.Name]; had {
			continue
		}
		when := at
		if d.take.Seq == e.rec.Seq || e.rec.Rules != nil {
			when = d.take.At
		}
		if err := e.put(one, t.Name, when); err != nil {
			return err
		}
		if err := e.shadow(s, t.Name, when); err != nil {
			return err
		}
	}
	return nil
}

// shadow notes that a topic carries what a story is told in, though not the story:
// its page is published.
func (e *edit) shadow(s *news.Story, name string, at time.Time) error {
	if _, had := s.Places[name]; had {
		return nil
	}
	if s.Places == nil {
		s.Places = map[string]news.Place{}
	}
	s.Places[name] = news.Place{At: at, Seq: e.rec.Seq, Out: true}
	s.Published = true
	return e.touch(s)
}

// reconsiderSingles holds what stands for a story's entries, or might, against a
// rule.
func (e *edit) reconsiderSingles(s *news.Story, i int, docs []doc) error {
	t := &e.rules.Topics[i]
	all, err := e.singles(s)
	if err != nil {
		return err
	}
	for _, one := range all {
		p, had := one.Places[t.Name]
		if !had {
			continue
		}
		in := loose(t.Fold) && one.ID == singleID(one.Takes[0].Entry, t.Fold) && !s.IsHidden(t.Name)
		in = in && satisfied(e.rules.topics[i], t, ofEntry(docs, one.Takes[0].Entry), s.Outlets())
		if err := e.settle(one, t.Name, p.At, in); err != nil {
			return err
		}
	}
	if !loose(t.Fold) || s.IsHidden(t.Name) || !s.Killed.IsZero() {
		return nil
	}
	return e.placeSingles(s, i, docs, e.rec.At)
}

func ofEntry(docs []doc, entry string) []doc {
	for i := range docs {
		if docs[i].take.Entry == entry {
			return docs[i : i+1]
		}
	}
	return nil
}
