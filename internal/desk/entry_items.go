package desk

import (
	"time"

	"github.com/slugline/slugline/internal/desk/membership"
	"github.com/slugline/slugline/internal/news"
)

// A topic with `fold: none` or `fold: link` has an item for each entry or for each
// page. Such an item is stored as a story of its own, a perEntryItem: it is in those
// topics alone, its MergedInto names the story that its entries are takes of, and its
// id is made of its first entry's.

// entryItems returns the items that were made of a story's entries.
func (w memberWork) entryItems(s *news.Story) ([]*news.Story, error) {
	var all []*news.Story
	for i := range s.Takes {
		for _, f := range []news.FoldMode{news.FoldNone, news.FoldLink} {
			item, err := w.Story(membership.EntryItemID(s.Takes[i].Entry, f))
			if err != nil {
				return nil, err
			}
			if item != nil {
				all = append(all, item)
			}
		}
	}
	return all, nil
}

// withEntryItems returns a story and the items that were made of its entries.
func (w storyWork) withEntryItems(s *news.Story) ([]*news.Story, error) {
	all := []*news.Story{s}
	if !w.rules.hasEntryItems {
		return all, nil
	}
	items, err := w.entryItems(s)
	return append(all, items...), err
}

// perEntryItem returns the item that a take belongs to in a topic that folds as f says.
// It makes the item if there is none.
func (w memberWork) perEntryItem(s *news.Story, t *news.Take, f news.FoldMode) (*news.Story, error) {
	first := t
	if f == news.FoldLink {
		var err error
		if first, err = w.firstOfPage(s, t); err != nil {
			return nil, err
		}
	}
	item, err := w.Story(membership.EntryItemID(first.Entry, f))
	if err != nil {
		return nil, err
	}
	if item == nil {
		item = w.makeEntryItem(s, first, f)
		if err := w.keepItemIdentity(item); err != nil {
			return nil, err
		}
	}
	if takeOf(item, t.Entry) == nil {
		item.Takes = append(item.Takes, *t)
		return item, w.touch(item)
	}
	return item, nil
}

// makeEntryItem makes an item, which is not written until it gets a place.
func (w memberWork) makeEntryItem(s *news.Story, t *news.Take, f news.FoldMode) *news.Story {
	item := &news.Story{
		ID: membership.EntryItemID(t.Entry, f), Seq: t.Seq, Event: s.Event, MergedInto: s.ID,
		First: t.At, Killed: t.Killed, Takes: []news.Take{*t},
	}
	item.URI = w.tagURI(item.ID)
	leadWith(item, t)
	w.AddStory(item)
	return item
}

// firstOfPage returns the first take of the story whose entry has the same page as t's.
func (w memberWork) firstOfPage(s *news.Story, t *news.Take) (*news.Take, error) {
	page, err := w.page(t.Entry)
	if err != nil || page == "" {
		return t, err
	}
	for i := range s.Takes {
		p, err := w.page(s.Takes[i].Entry)
		if err != nil {
			return nil, err
		}
		if p == page {
			return &s.Takes[i], nil
		}
	}
	return t, nil
}

// page returns the canonical link of an entry; empty when it has none.
func (w memberWork) page(entry string) (string, error) {
	en, err := w.Tx.Entries.Get(entry)
	if err != nil || en == nil {
		return "", err
	}
	return en.Keys.Page, nil
}

// placeEntryItems brings the items of a story's entries into a topic. at is when entries
// of earlier records came to satisfy the topic's rule.
func (w memberWork) placeEntryItems(rule membership.Rule, s *news.Story, takes []membership.Take, at time.Time) error {
	for i := range takes {
		t := &takes[i]
		entered := at
		if t.Seq == w.record.Seq || w.reviews {
			entered = t.At
		}
		d := membership.ForEntry(rule, s, *t, entered)
		if !d.In {
			continue
		}
		if err := w.placeEntryItem(rule, s, t.Take, d); err != nil {
			return err
		}
	}
	return nil
}

func (w memberWork) placeEntryItem(rule membership.Rule, s *news.Story, t *news.Take, d membership.Decision) error {
	item, err := w.perEntryItem(s, t, rule.Fold)
	if err != nil {
		return err
	}
	if _, had := item.Places[rule.Name]; had {
		return nil
	}
	if err := w.addPlace(item, rule.Name, d.At); err != nil {
		return err
	}
	return w.addCoverage(s, rule.Name, d)
}

// addCoverage records that a topic has an item of a story's entries, though not the
// story itself: the story's page is published.
func (w memberWork) addCoverage(s *news.Story, topic string, d membership.Decision) error {
	if _, had := s.Places[topic]; had {
		return nil
	}
	w.setPlace(s, topic, news.Place{At: d.At, Seq: w.record.Seq, Out: true})
	return w.touch(s)
}

// reviewEntryItems decides about the items of a story's entries in one topic after an
// order or a changed rule.
func (w memberWork) reviewEntryItems(rule membership.Rule, s *news.Story, takes []membership.Take) error {
	items, err := w.entryItems(s)
	if err != nil {
		return err
	}
	for _, item := range items {
		if _, had := item.Places[rule.Name]; !had {
			continue
		}
		if err := w.apply(item, rule.Name, membership.ReviewEntryItem(rule, item, s, takes)); err != nil {
			return err
		}
	}
	if !membership.HasEntryItems(rule.Fold) || !s.MayStandIn(rule.Name) {
		return nil
	}
	return w.placeEntryItems(rule, s, takes, w.record.At)
}
