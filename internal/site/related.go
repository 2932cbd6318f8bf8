package site

import (
	"cmp"
	"slices"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/words"
)

const (
	eventStories   = 50  // other stories of the event on a story's page
	eventShown     = 10  // of these, those shown before the reader opens the rest
	similarStories = 10  // similar stories on a story's page
	similarDepth   = 300 // stories of each topic among which similar ones are searched
)

// candidate is a story that may be similar to the story of a page.
type candidate struct {
	topicStory
	lead   news.Take
	shared int // rare words that both headlines have
}

// related returns lines for two lists on the page of s, whose lead is given. The first has
// the other stories of its event, the newest first. The second has stories of its topics
// that are similar: their headlines share at least two rare words with its own. Those that
// share most come first, of each event only one. No headline occurs twice, and the story's
// own does not occur.
func (d *publicReader) related(s *news.Story, lead news.Take) (event, similar []line, err error) {
	shown := map[string]bool{words.Key(lead.Headline): true}
	same, err := d.siblings(s, shown)
	if err != nil {
		return nil, nil, err
	}
	others, err := d.candidates(s)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range same {
		event = append(event, d.line(p))
	}
	for _, p := range d.similar(s, lead, others, shown) {
		similar = append(similar, d.line(p.topicStory))
	}
	return event, similar, nil
}

// siblings returns the other stories of the event of s, the newest first, without those
// whose headlines are shown. It adds theirs to these.
func (d *publicReader) siblings(s *news.Story, shown map[string]bool) ([]topicStory, error) {
	ev, err := d.Tx.Events.Get(s.Event)
	if err != nil || ev == nil {
		return nil, err
	}
	var all []topicStory
	for _, id := range ev.Stories[max(0, len(ev.Stories)-2*eventStories):] {
		other, err := d.Tx.Stories.Get(id)
		if err != nil {
			return nil, err
		}
		if other == nil || id == s.ID || other.MergedInto != "" {
			continue
		}
		if p, ok := d.inTopic(other); ok {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b topicStory) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.Seq, a.Seq)) })
	all = slices.DeleteFunc(all, func(p topicStory) bool { return isShown(d.leadIn(p), shown) })
	return all[:min(len(all), eventStories)], nil
}

// isShown tells whether a headline is shown, and adds it to those.
func isShown(t news.Take, shown map[string]bool) bool {
	key := words.Key(t.Headline)
	was := key != "" && shown[key]
	shown[key] = true
	return was
}

// inTopic returns a story in the first topic that has it in its feed and whose feed the
// reader may see.
func (d *publicReader) inTopic(s *news.Story) (topicStory, bool) {
	for _, t := range d.set.topics {
		if !d.isOpen(t) {
			continue
		}
		if _, ok := s.Standing(t.Name); ok {
			if list := d.visible(t, []*news.Story{s}); len(list) > 0 {
				return list[0], true
			}
		}
	}
	return topicStory{}, false
}

// isOpen tells whether a topic has a feed that the reader may see.
func (d *publicReader) isOpen(t *news.TopicState) bool {
	return !t.Removed && t.RenamedTo == "" && d.mayRead(t)
}

// leadIn returns the take whose headline a story shows in its topic.
func (d *publicReader) leadIn(p topicStory) news.Take {
	t, _ := edition.TopicLeadTake(p.Story, p.topic.Name, d.openTakes(p))
	return t
}

// candidates returns the latest stories of the topics of s, each once.
func (d *publicReader) candidates(s *news.Story) ([]candidate, error) {
	var all []candidate
	seen := map[string]bool{s.ID: true}
	for _, t := range d.set.topics {
		if _, ok := s.Places[t.Name]; !ok || !d.isOpen(t) {
			continue
		}
		list, err := d.topicStories(t, similarDepth)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if !seen[p.ID] && p.MergedInto != s.ID { // not its own item in a topic that folds less
				seen[p.ID] = true
				all = append(all, candidate{topicStory: p, lead: d.leadIn(p)})
			}
		}
	}
	return all, nil
}

// similar returns the candidates that are similar to s, without those of its event and those
// whose headlines are shown.
func (d *publicReader) similar(s *news.Story, lead news.Take, all []candidate, shown map[string]bool) []candidate {
	headlines, events := []story.Headline{d.headline(lead)}, []string{s.Event}
	for i := range all {
		headlines, events = append(headlines, d.headline(all[i].lead)), append(events, cmp.Or(all[i].Event, all[i].ID))
	}
	subjects := story.NewSubjects(headlines, events)
	for i := range all {
		if events[i+1] != s.Event {
			all[i].shared = subjects.Shared(0, i+1)
		}
	}
	all = slices.DeleteFunc(all, func(c candidate) bool { return c.shared == 0 })
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.shared, a.shared), trueFirst(a.lead.Language == lead.Language, b.lead.Language == lead.Language), b.at.Compare(a.at))
	})
	listed := map[string]bool{}
	all = slices.DeleteFunc(all, func(c candidate) bool {
		event := cmp.Or(c.Event, c.ID)
		again := listed[event]
		listed[event] = true
		return again || isShown(c.lead, shown)
	})
	return all[:min(len(all), similarStories)]
}

// headline returns a take's headline as story reads it.
func (d *publicReader) headline(t news.Take) story.Headline {
	return story.Headline{Text: t.Headline, Language: t.Language, Publishers: []string{d.Source(t.Source).Label()}}
}

// trueFirst compares so that true sorts before false.
func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
