package main

import (
	"context"
	"errors"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/published"
	"github.com/slugline/slugline/internal/store"
)

// withheld finds the stories of a backup that readers no longer had before the restore,
// because editors hid them or their outlets withdrew them since. Two things tell of them: the
// present database, and published pages. A page has a note in place of such a story for a day.
// After that it is known by its absence, if the pages are newer than the backup, none is
// missing between the story's place and the oldest item, and no rule has changed that decides
// what is in the topic.
type withheld struct {
	backup time.Time                  // of its last record
	topics map[string]*publishedTopic // those of which absence tells something, by name

	stories []news.AdoptedStory // of the present database
	notes   []publishedNote
}

type publishedNote struct{ topic, uri string }

// publishedTopic is a topic of which all that readers have is known.
type publishedTopic struct {
	feed   published.Page
	has    map[string]bool      // URIs that readers have, notes included
	oldest time.Time            // place of the oldest of them
	backup map[string]time.Time // the places of those that the backup publishes, by URI
}

// newWithheld compares what was published with what a backup publishes. The present rules are
// not in force in it yet.
func newWithheld(st *store.Store, c *config.Config, pages []published.Page) (*withheld, error) {
	h := &withheld{topics: map[string]*publishedTopic{}}
	var before *news.Rules
	err := st.View(func(tx *store.Tx) (err error) {
		h.backup = tx.At()
		before, err = tx.Rules()
		return err
	})
	if err != nil {
		return nil, err
	}
	h.readNotes(pages)
	if before == nil {
		return h, nil
	}
	now := c.Rules()
	for _, t := range completeTopics(pages) {
		if old := h.topics[t.feed.Topic]; old != nil && !t.feed.Updated.After(old.feed.Updated) {
			continue
		}
		if t.feed.Updated.After(h.backup) && sameMembers(before, &now, t.feed.Topic) {
			h.topics[t.feed.Topic] = t
		}
	}
	press := &edition.Press{Store: st}
	for name, t := range h.topics {
		if t.backup, err = publishedBy(press, name); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// readNotes collects the notes of the pages that have them: the feeds.
func (h *withheld) readNotes(pages []published.Page) {
	for i := range pages {
		p := &pages[i]
		if !p.Updated.After(h.backup) {
			continue // the story may be back since
		}
		for _, uri := range p.Notes {
			h.notes = append(h.notes, publishedNote{p.Topic, uri})
		}
	}
}

// byDatabase notes what the present database says of a story.
func (h *withheld) byDatabase(s *news.AdoptedStory) { h.stories = append(h.stories, *s) }

// completeTopics returns the topics whose feeds are there with all the archive pages that
// they name.
func completeTopics(pages []published.Page) (all []*publishedTopic) {
	byName := map[string]*published.Page{}
	for i := range pages {
		byName[pages[i].Place+"\x00"+pages[i].Name] = &pages[i]
	}
	for i := range pages {
		p := &pages[i]
		if p.Archive || !p.Atom {
			continue
		}
		t := &publishedTopic{feed: *p, has: map[string]bool{}}
		dir := strings.TrimSuffix(p.Name, path.Ext(p.Name)) + "/archive/"
		seen := map[*published.Page]bool{}
		for ; p != nil && p.Atom && !seen[p]; p = byName[p.Place+"\x00"+dir+pageName(p.Next)] {
			seen[p] = true
			t.add(p)
			if p.Next == "" {
				all = append(all, t)
				break
			}
		}
	}
	return all
}

// pageName returns the file name of an archive page at an address.
func pageName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return path.Base(address)
}

func (t *publishedTopic) add(p *published.Page) {
	for _, uri := range p.Notes {
		t.has[uri] = true
	}
	for i := range p.Items {
		it := &p.Items[i]
		t.has[it.Story.URI] = true
		if at := it.Story.Places[it.Topic].At; !at.IsZero() && (t.oldest.IsZero() || at.Before(t.oldest)) {
			t.oldest = at
		}
	}
}

// lacks reports whether readers no longer had what the backup publishes at a place.
func (t *publishedTopic) lacks(uri string) bool {
	at, ok := t.backup[uri]
	return ok && !t.has[uri] && at.After(t.oldest) && !t.oldest.IsZero()
}

// publishedBy returns the places of what a database publishes in a topic, by URI.
func publishedBy(press *edition.Press, topic string) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	add := func(e *edition.Edition) error {
		doc, err := feed.Read(e.Body, feed.Hints{URL: e.Self, MaxBytes: published.MaxBytes})
		if err != nil {
			return err
		}
		for _, it := range published.PageOf(doc, "topics/"+topic+".atom").Items {
			all[it.Story.URI] = it.Story.Places[topic].At
		}
		return nil
	}
	e, err := press.Topic(topic, edition.Atom)
	for n := 1; ; n++ {
		switch {
		case err == nil:
			err = add(e)
		case errors.Is(err, edition.ErrGone):
			err = nil
		case errors.Is(err, edition.ErrUnknown):
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		e, _, err = press.Archive(topic, n)
	}
}

// sameMembers reports whether two rules put the same stories into a topic. Sources may have
// been added.
func sameMembers(a, b *news.Rules, topic string) bool {
	rule := func(r *news.Rules) *news.Topic {
		for _, t := range r.Topics {
			if t.Name == topic {
				return &news.Topic{From: t.From, Not: t.Not, Match: t.Match, Fold: t.Fold, Keyed: t.Keyed, Hold: t.Hold}
			}
		}
		return nil
	}
	was, is := rule(a), rule(b)
	if was == nil || is == nil || is.Fold != news.FoldStory || is.Keyed || !reflect.DeepEqual(was, is) || !slices.Equal(a.Not, b.Not) {
		return false
	}
	return !slices.ContainsFunc(a.Sources, func(s news.Source) bool {
		return !slices.ContainsFunc(b.Sources, func(o news.Source) bool {
			return s.Name == o.Name && slices.Equal(s.Tags, o.Tags) && s.Match == o.Match && s.Fold == o.Fold && s.Keyed == o.Keyed
		})
	})
}

const restorer = "slugline restore" // who gave the orders

// hideWithheld hides what the backup would show again, by orders that can be undone.
func (a *adopter) hideWithheld() error {
	hides, err := a.withheldOrders()
	if err != nil {
		return err
	}
	for _, o := range hides {
		decision, err := a.j.Order(a.ctx, o.Order, a.done.now())
		if errors.Is(err, journal.ErrRefused) {
			continue // it is hidden already, or its topic is gone
		}
		if err != nil {
			return err
		}
		a.done.Hidden = append(a.done.Hidden, hiddenAgain{Story: o.Args[0], Headline: o.headline, Decision: strconv.FormatUint(decision, 10), Why: o.Why})
	}
	return nil
}

// hideOrder is an order to hide the story with a headline.
type hideOrder struct {
	news.Order
	headline string
}

// goneFrom says from which topics readers no longer had a story, and how that is known.
type goneFrom struct {
	topics []string
	why    string
}

const (
	byDatabase = "it was hidden or withdrawn after the backup, as the database that was there says"
	byNote     = "it was hidden or withdrawn after the backup: its topic feed has a note in its place"
	byAbsence  = "it was no longer published before the restore, though newer and older stories were"
)

// withheldOrders returns the orders that hide what readers no longer had.
func (a *adopter) withheldOrders() (all []hideOrder, err error) {
	gone := map[string]*goneFrom{}
	add := func(id, topic, why string) {
		if gone[id] == nil {
			gone[id] = &goneFrom{why: why}
		}
		gone[id].topics = append(gone[id].topics, topic)
	}
	for i := range a.withheld.stories {
		for _, topic := range a.withheld.stories[i].Hidden {
			add(a.withheld.stories[i].ID, topic, byDatabase)
		}
	}
	for _, n := range a.withheld.notes {
		add(n.uri[strings.LastIndexByte(n.uri, ':')+1:], n.topic, byNote)
	}
	err = a.st.View(func(tx *store.Tx) error {
		if !a.done.complete { // else the database knows all
			if err := a.withheld.absent(a.ctx, tx, add); err != nil {
				return err
			}
		}
		for _, id := range slices.Sorted(maps.Keys(gone)) {
			s, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			if s != nil && !s.IsWithdrawn() {
				all = append(all, hides(s, gone[id])...)
			}
		}
		return nil
	})
	return all, err
}

// hides returns the orders that hide a story: one, if it is in no other topic.
func hides(s *news.Story, g *goneFrom) (all []hideOrder) {
	o := hideOrder{news.Order{Verb: "hide", Args: []string{s.ID}, Who: restorer, Why: g.why}, s.Headline}
	in := s.InTopics()
	others := slices.ContainsFunc(in, func(topic string) bool { return !slices.Contains(g.topics, topic) })
	if slices.Contains(g.topics, news.Everywhere) || len(in) > 0 && !others {
		return append(all, o)
	}
	slices.Sort(g.topics)
	for _, topic := range slices.Compact(g.topics) {
		if !s.IsHidden(topic) {
			one := o
			one.Args = []string{s.ID, topic}
			all = append(all, one)
		}
	}
	return all
}

// absent calls add for each story that the topics whose pages are all known no longer have.
func (h *withheld) absent(ctx context.Context, tx *store.Tx, add func(id, topic, why string)) error {
	for name, t := range h.topics {
		ids, err := tx.Stories.IDsInTopic(name)
		if err != nil {
			return err
		}
		for id := range ids {
			s, err := tx.Stories.Get(id)
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if s != nil && t.lacks(s.URI) {
				add(id, name, byAbsence)
			}
		}
	}
	return nil
}
