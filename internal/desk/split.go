package desk

import (
	"slices"

	"github.com/slugline/slugline/internal/desk/alerting"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// split makes an entry a story of its own. Args become ENTRY, the story that it was in,
// and its own. With the word event after it, it is about a story and its event.
func (w orderWork) split(o *news.Order) error {
	if len(o.Args) == 2 {
		return w.splitFromEvent(o)
	}
	en, err := w.Tx.Entries.Get(o.Args[0])
	if err != nil {
		return err
	}
	if en == nil {
		return refused("there is no entry %q", o.Args[0])
	}
	s, err := w.Survivor(en.Story)
	if err != nil {
		return err
	}
	if s == nil || takeOf(s, en.ID) == nil {
		return refused("entry %s is in no story", en.ID)
	}
	if len(s.Takes) == 1 {
		return refused("entry %s is alone in its story", en.ID)
	}
	own, err := w.splitOff(s, en)
	if err != nil {
		return err
	}
	o.Args = []string{en.ID, s.ID, own.ID}
	return nil
}

// splitOff makes a story of an entry and removes the entry from the story that it is in.
func (w orderWork) splitOff(s *news.Story, en *news.Entry) (*news.Story, error) {
	t := *takeOf(s, en.ID)
	v, err := w.judgeSplit(&t, en)
	if err != nil {
		return nil, err
	}
	t.Level, t.Score = news.LevelOrder, 0
	own := w.beginStory(v, t)
	own.MatchedAlerts = alerting.AddMatched(own.MatchedAlerts, s.MatchedAlerts...)
	en.Story = own.ID
	if err := w.Tx.Entries.Put(en); err != nil {
		return nil, err
	}
	if err := w.removeTakes(s, map[string]bool{en.ID: true}); err != nil {
		return nil, err
	}
	if err := w.adoptEntryItems(own); err != nil {
		return nil, err
	}
	if err := w.placeAfterNews(own, news.Later(own.First, w.record.At)); err != nil {
		return nil, err
	}
	return own, w.touch(own)
}

// judgeSplit has the fold make a headline a story of its own, and stores its signature
// and its event.
func (w orderWork) judgeSplit(t *news.Take, en *news.Entry) (story.Verdict, error) {
	h, err := w.headlineOf(t)
	if err != nil {
		return story.Verdict{}, err
	}
	h.Page = en.Keys.Page
	sig, err := w.Tx.Fold.Signature(en.Seq, en.SignatureNumber)
	if err != nil {
		return story.Verdict{}, err
	}
	v := w.fold.Split(h, sig)
	w.signatures++
	if err := w.Tx.Fold.PutSignature(w.record.Seq, w.signatures, t.At, v.Signature); err != nil {
		return v, err
	}
	return v, w.joinEvents(v)
}

// headlineOf returns a take as the fold sees it, as if it came with this record.
func (w orderWork) headlineOf(t *news.Take) (story.Headline, error) {
	src, err := w.sourceOf(t.Source)
	if err != nil {
		return story.Headline{}, err
	}
	return story.Headline{
		Entry: t.Entry, Seq: w.record.Seq, Source: t.Source, Owner: ownerOf(src), Language: t.Language,
		Text: t.Headline, At: t.At, Publishers: publishersOf(src, nil),
	}, nil
}

// adoptEntryItems makes the items of a story's entries belong to it.
func (w orderWork) adoptEntryItems(s *news.Story) error {
	items, err := w.entryItems(s)
	if err != nil {
		return err
	}
	for _, item := range items {
		item.MergedInto, item.Event = s.ID, s.Event
		if err := w.touch(item); err != nil {
			return err
		}
	}
	return nil
}

// removeTakes removes the takes of entries from a story that has others.
func (w orderWork) removeTakes(s *news.Story, entries map[string]bool) error {
	s.Takes = slices.DeleteFunc(slices.Clone(s.Takes), func(t news.Take) bool { return entries[t.Entry] })
	if !s.IsWithdrawn() && !hasTakes(s) {
		if err := w.withdraw(s); err != nil { // all takes that are left were withdrawn before
			return err
		}
	}
	if entries[s.Lead] {
		if err := w.chooseLead(s); err != nil {
			return err
		}
	}
	if err := w.reviewAll(s); err != nil {
		return err
	}
	if err := w.noteHeld(s); err != nil {
		return err
	}
	return w.touch(s)
}

// undoSplit merges the entry's story back into the one that it was split from, even if
// one of them is withdrawn.
func (w orderWork) undoSplit(o *news.Order) error {
	if o.Args[1] == onEvent {
		return w.undoSplitFromEvent(o)
	}
	into, merged, err := w.twoStories(&news.Order{Args: o.Args[1:3]})
	if err != nil {
		return err
	}
	return w.mergeStories(into, merged)
}

// merge makes one story of two; the older id survives. The fold does not learn of it:
// what it judges to be in the other story joins the survivor. Args become the story
// that survives and the one that was merged into it. With the word event after the two, it
// makes one event of theirs.
func (w orderWork) merge(o *news.Order) error {
	if len(o.Args) == 3 {
		return w.mergeEvents(o)
	}
	into, merged, err := w.twoStories(o)
	if err != nil {
		return err
	}
	for _, s := range []*news.Story{into, merged} {
		if s.IsWithdrawn() {
			return refused("story %s was withdrawn by its outlets", s.ID)
		}
	}
	o.Args = []string{into.ID, merged.ID}
	if o.Joined, err = w.eventsOf(into, merged); err != nil {
		return err
	}
	return w.mergeStories(into, merged)
}

// twoStories returns the stories that an order names, the older one first.
func (w orderWork) twoStories(o *news.Order) (older, younger *news.Story, err error) {
	a, err := w.storyNamed(o.Args[0])
	if err != nil {
		return nil, nil, err
	}
	b, err := w.storyNamed(o.Args[1])
	if err != nil {
		return nil, nil, err
	}
	if a.ID == b.ID {
		return nil, nil, refused("both are story %s", a.ID)
	}
	if isOlder(b, a) {
		a, b = b, a
	}
	return a, b, nil
}

// mergeStories moves the takes of one story into another and removes it from its
// topics. Their events become one.
func (w orderWork) mergeStories(into, merged *news.Story) error {
	if err := w.joinEventsOf(into, merged); err != nil {
		return err
	}
	into.MatchedAlerts = alerting.AddMatched(into.MatchedAlerts, merged.MatchedAlerts...)
	into.AddNotes(merged.Notes...)
	mergeAssignments(into, merged)
	for _, t := range merged.Takes {
		t.Level, t.Score = news.LevelOrder, 0
		into.Takes = append(into.Takes, t)
		if err := w.moveEntry(t.Entry, into.ID); err != nil {
			return err
		}
	}
	if err := w.remove(merged, news.Everywhere); err != nil {
		return err
	}
	merged.MergedInto = into.ID
	if err := w.touch(merged); err != nil {
		return err
	}
	return w.afterMerge(into)
}

// afterMerge brings a story that got takes of another one up to date.
func (w orderWork) afterMerge(s *news.Story) error {
	if s.IsWithdrawn() && hasTakes(s) {
		if err := w.restore(s); err != nil {
			return err
		}
	}
	if !s.Published {
		if err := w.chooseLead(s); err != nil {
			return err
		}
	}
	if err := w.placeAfterNews(s, news.Later(s.First, w.record.At)); err != nil {
		return err
	}
	return w.touch(s)
}

// moveEntry stores that an entry is a take of another story.
func (w orderWork) moveEntry(entry, story string) error {
	en, err := w.Tx.Entries.Get(entry)
	if err != nil || en == nil {
		return err
	}
	en.Story = story
	return w.Tx.Entries.Put(en)
}

// undoMerge gives a story that was merged away its id, its entries and its places back.
// Entries that joined since the merge stay where they are.
func (w orderWork) undoMerge(o *news.Order) error {
	if len(o.Args) > 2 {
		return w.undoMergeEvents(o)
	}
	merged, err := w.Story(o.Args[1])
	if err != nil {
		return err
	}
	if merged == nil || merged.MergedInto == "" {
		return refused("story %s is not part of another one", o.Args[1])
	}
	into, err := w.storyNamed(merged.MergedInto)
	if err != nil {
		return err
	}
	takes, entries := takesBack(merged, into)
	if len(takes) == 0 || len(entries) == len(into.Takes) {
		return refused("the entries of story %s are no longer together", merged.ID)
	}
	merged.MergedInto, merged.Takes = "", takes
	for _, n := range merged.Notes {
		into.RemoveNotes(n.Seq)
	}
	splitAssignments(into, merged)
	for _, t := range takes {
		if err := w.moveEntry(t.Entry, merged.ID); err != nil {
			return err
		}
	}
	if err := w.removeTakes(into, entries); err != nil {
		return err
	}
	if err := w.adoptEntryItems(merged); err != nil {
		return err
	}
	if err := w.reviewAll(merged); err != nil {
		return err
	}
	if err := w.touch(merged); err != nil {
		return err
	}
	return w.partEvents(o.Joined)
}

// takesBack returns the takes that a merged story gets back: as they are now, with the
// level at which they joined it. entries are their entries' ids.
func takesBack(merged, into *news.Story) (takes []news.Take, entries map[string]bool) {
	entries = map[string]bool{}
	for _, t := range merged.Takes {
		if now := takeOf(into, t.Entry); now != nil {
			back := *now
			back.Level, back.Score = t.Level, t.Score
			takes, entries[t.Entry] = append(takes, back), true
		}
	}
	return takes, entries
}
