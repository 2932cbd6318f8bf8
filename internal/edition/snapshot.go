package edition

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// snapshot is what an edition needs from the store, read at one moment.
type snapshot struct {
	site    news.Site
	topic   *news.TopicState
	stories []*news.Story            // pinned ones first
	notes   []*news.Story            // withdrawn or hidden in the last day
	events  map[string][]*news.Story // by story: the other stories of its event, with fold: event
	sources map[string]*news.SourceState
	entries map[string]*news.Entry // of the lead takes
	bodies  map[string]string      // of the lead takes whose source has show: full
	picture map[string]news.Media  // by entry of a lead that has none: that of another outlet

	archiveFile string // of the newest page of the archive with stories; empty when there is none
}

func newSnapshot() *snapshot {
	return &snapshot{
		sources: map[string]*news.SourceState{},
		entries: map[string]*news.Entry{},
		bodies:  map[string]string{},
		picture: map[string]news.Media{},
	}
}

// readTopic reads a topic in one short transaction.
func readTopic(p *Press, name string) (*snapshot, error) {
	s := newSnapshot()
	err := p.Store.View(func(tx *store.Tx) (err error) {
		tx.WithCache(&p.decoded)
		if s.topic, err = publishedTopic(tx, name); err != nil {
			return err
		}
		if s.stories, err = FeedStories(tx, s.topic); err != nil {
			return err
		}
		if s.notes, err = NotedStories(tx, s.topic); err != nil {
			return err
		}
		a, err := readArchive(tx, s.topic, s.stories)
		if err != nil {
			return err
		}
		if s.archiveFile, err = a.previousFile(tx, a.pageCount()+1); err != nil {
			return err
		}
		return s.readRelated(tx)
	})
	return s, err
}

// FeedStories returns the stories in a topic's feed: the pinned ones, then the others
// by their place, newest first, without those that wait because of max_per_source.
// Withdrawn ones are among them, but feeds show them as notes only.
func FeedStories(tx *store.Tx, t *news.TopicState) ([]*news.Story, error) {
	newest, _, err := tx.Stories.InFeed(t, t.Stories)
	if err != nil {
		return nil, err
	}
	var all []*news.Story
	for _, p := range t.Pins {
		s, err := tx.Stories.Get(p.Story)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if _, in := s.Standing(t.Name); in {
			all = append(all, s)
		}
	}
	pinned := len(all)
	for _, s := range newest {
		if s.Places[t.Name].At.Before(t.WindowStart) {
			break
		}
		if !slices.ContainsFunc(all[:pinned], func(p *news.Story) bool { return p.ID == s.ID }) {
			all = append(all, s)
		}
	}
	return all[:min(len(all), max(t.Stories, pinned))], nil
}

// readRelated reads what belongs to the topic and its stories.
func (s *snapshot) readRelated(tx *store.Tx) error {
	rules, err := tx.Rules()
	if err != nil {
		return err
	}
	if rules != nil {
		s.site = rules.Site
	}
	if err := s.readEvents(tx); err != nil {
		return err
	}
	return s.readTakes(tx)
}

// maxEventStories is the number of other stories of an event whose outlets an item
// names.
const maxEventStories = 100

// readEvents reads the other stories of each event when the topic has fold: event.
func (s *snapshot) readEvents(tx *store.Tx) error {
	if s.topic.Fold != news.FoldEvent {
		return nil
	}
	s.events = map[string][]*news.Story{}
	for _, story := range s.stories {
		ev, err := tx.Events.Get(story.Event)
		if err != nil {
			return err
		}
		if ev == nil {
			continue
		}
		for _, id := range ev.Stories[max(0, len(ev.Stories)-maxEventStories):] {
			other, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			if other != nil && other.ID != story.ID && other.MergedInto == "" && other.MayStandIn(s.topic.Name) {
				s.events[story.ID] = append(s.events[story.ID], other)
			}
		}
	}
	return nil
}

// readTakes reads the sources of all takes, and the entries of the lead takes.
func (s *snapshot) readTakes(tx *store.Tx) error {
	for _, note := range s.notes {
		if err := s.readSources(tx, note); err != nil {
			return err
		}
	}
	for _, story := range s.stories {
		for _, one := range append(s.events[story.ID], story) {
			if err := s.readSources(tx, one); err != nil {
				return err
			}
		}
		takes := s.shownTakes(story)
		lead, ok := TopicLeadTake(story, s.topic.Name, takes)
		if !ok || story.IsWithdrawn() {
			continue
		}
		if err := s.readEntry(tx, &lead); err != nil {
			return err
		}
		if err := s.readPicture(tx, takes, &lead); err != nil {
			return err
		}
	}
	return nil
}

// readSources reads the sources of a story's takes that were not read yet.
func (s *snapshot) readSources(tx *store.Tx, story *news.Story) error {
	for i := range story.Takes {
		t := &story.Takes[i]
		for _, id := range []string{t.Source, t.Withdrawer()} {
			if _, ok := s.sources[id]; ok {
				continue
			}
			src, err := tx.Sources.Get(id)
			if err != nil {
				return err
			}
			s.sources[id] = src
		}
	}
	return nil
}

func (s *snapshot) readEntry(tx *store.Tx, lead *news.Take) error {
	e, err := tx.Entries.Get(lead.Entry)
	if err != nil {
		return err
	}
	s.entries[lead.Entry] = e
	if e == nil || s.show(lead.Source) != news.ShowFull {
		return nil
	}
	s.bodies[lead.Entry], err = tx.Entries.Body(lead.Entry)
	return err
}

// readPicture reads the picture of another outlet for a lead without one.
func (s *snapshot) readPicture(tx *store.Tx, takes []news.Take, lead *news.Take) error {
	if e := s.entries[lead.Entry]; len(takes) < 2 || e == nil || HasPicture(e.Media) {
		return nil
	}
	m, of, err := OtherPicture(takes, lead.Entry, s.source, tx.Entries.Get)
	if of != nil {
		s.picture[lead.Entry] = m
	}
	return err
}

func (s *snapshot) source(id string) *news.SourceState { return s.sources[id] }

func (s *snapshot) show(source string) news.Show {
	if src := s.sources[source]; src != nil {
		return src.Show
	}
	return news.ShowHeadline
}

// license returns the licence that a source's feed names.
func (s *snapshot) license(source string) string {
	if src := s.sources[source]; src != nil {
		return src.Feed.License
	}
	return ""
}

func (s *snapshot) shownTakes(story *news.Story) []news.Take {
	return OpenIn(ShownTakes(story, s.topic.Keyed, s.source), s.topic.Name)
}
