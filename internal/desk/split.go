package desk

import (
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// split makes an entry a story of its own. Args become ENTRY, the story that it
// left, and its own.
func (e *edit) split(o *news.Order) error {
	en, err := e.tx.Entry(o.Args[0])
	if err != nil {
		return err
	}
	if en == nil {
		return refused("there is no entry %q", o.Args[0])
	}
	s, err := e.survivor(en.Story)
	if err != nil {
		return err
	}
	if s == nil || takeOf(s, en.ID) == nil {
		return refused("entry %s is in no story", en.ID)
	}
	if len(s.Takes) == 1 {
		return refused("entry %s is alone in its story", en.ID)
	}
	own, err := e.part(s, en)
	if err != nil {
		return err
	}
	o.Args = []string{en.ID, s.ID, own.ID}
	return nil
}

// part takes an entry out of a story into one that begins with it.
func (e *edit) part(s *news.Story, en *news.Entry) (*news.Story, error) {
	t := *takeOf(s, en.ID)
	h, err := e.headline(&t, e.rec.Seq)
	if err != nil {
		return nil, err
	}
	h.Page = en.Keys.Page
	sig, err := e.tx.Signature(en.Seq, en.SignatureNumber)
	if err != nil {
		return nil, err
	}
	v := e.fold.Split(h, sig)
	if err := e.sign(t.At, v); err != nil {
		return nil, err
	}
	t.Level, t.Score = news.LevelOrder, 0
	own := e.begin(v, t)
	inherit(own, s)
	en.Story = own.ID
	if err := e.tx.PutEntry(en); err != nil {
		return nil, err
	}
	if err := e.without(s, map[string]bool{en.ID: true}); err != nil {
		return nil, err
	}
	if err := e.takeAlong(own); err != nil {
		return nil, err
	}
	if err := e.placeIn(own, later(own.First, e.rec.At)); err != nil {
		return nil, err
	}
	return own, e.touch(own)
}

// takeAlong lets what stands for a story's entries go into it.
func (e *edit) takeAlong(s *news.Story) error {
	singles, err := e.singles(s)
	if err != nil {
		return err
	}
	for _, one := range singles {
		one.MergedInto, one.Event = s.ID, s.Event
		if err := e.touch(one); err != nil {
			return err
		}
	}
	return nil
}

// begin makes a story of one take.
func (e *edit) begin(v story.Verdict, t news.Take) *news.Story {
	s := &news.Story{ID: v.Story, Seq: e.rec.Seq, Event: v.Event, First: t.At, Takes: []news.Take{t}}
	s.URI = e.uri(s.ID)
	s.Lead, s.Source, s.Headline, s.Link, s.Language = t.Entry, t.Source, t.Headline, t.Link, t.Language
	e.keep(s)
	e.stories++
	return s
}

// without takes entries out of a story that has others.
func (e *edit) without(s *news.Story, gone map[string]bool) error {
	s.Takes = slices.DeleteFunc(slices.Clone(s.Takes), func(t news.Take) bool { return gone[t.Entry] })
	if s.Killed.IsZero() && !told(s) {
		if err := e.killStory(s); err != nil { // who is left took it back before
			return err
		}
	}
	if gone[s.Lead] {
		if err := e.relead(s); err != nil {
			return err
		}
	}
	if err := e.reconsiderAll(s); err != nil {
		return err
	}
	return e.touch(s)
}

// told says that an outlet tells the story still.
func told(s *news.Story) bool {
	return slices.ContainsFunc(s.Takes, func(t news.Take) bool { return t.Killed.IsZero() })
}

// headline is a take as the fold would have seen it.
func (e *edit) headline(t *news.Take, seq uint64) (story.Headline, error) {
	src, err := e.source(t.Source)
	if err != nil {
		return story.Headline{}, err
	}
	if src == nil {
		src = &news.SourceState{Source: news.Source{ID: t.Source, Name: t.Source}}
	}
	b := &batch{edit: e, Visit: &news.Visit{Source: t.Source}, src: src}
	return story.Headline{
		Entry: t.Entry, Seq: seq, Source: t.Source, Owner: b.owner(), Language: t.Language,
		Text: t.Headline, At: t.At, Publishers: b.publishers(),
	}, nil
}

// sign keeps what the fold made of an order.
func (e *edit) sign(at time.Time, v story.Verdict) error {
	e.signed++
	if err := e.tx.PutSignature(e.rec.Seq, e.signed, at, v.Signature); err != nil {
		return err
	}
	return e.joinEvents(v)
}

// unsplit lets the entry's story go back into the one that it left, and which nobody
// may be left to tell.
func (e *edit) unsplit(o *news.Order) error {
	return e.unite(&news.Order{Args: o.Args[1:3]}, true)
}

// merge makes one story of two; the older id survives. The fold is not told: what it
// would put into the other goes where that went. Args become the story that stays
// and the one that went into it.
func (e *edit) merge(o *news.Order) error { return e.unite(o, false) }

// unite is merge; killed says that one of them may have been withdrawn.
func (e *edit) unite(o *news.Order, killed bool) error {
	into, err := e.named(o.Args[0])
	if err != nil {
		return err
	}
	taken, err := e.named(o.Args[1])
	if err != nil {
		return err
	}
	if into.ID == taken.ID {
		return refused("both are story %s", into.ID)
	}
	if older(taken, into) {
		into, taken = taken, into
	}
	for _, s := range []*news.Story{into, taken} {
		if !s.Killed.IsZero() && !killed {
			return refused("story %s was withdrawn by its outlets", s.ID)
		}
	}
	o.Args = []string{into.ID, taken.ID}
	if err := e.uniteEvents(into, taken); err != nil {
		return err
	}
	return e.absorb(into, taken)
}

func older(a, b *news.Story) bool {
	if a.Seq != b.Seq {
		return a.Seq < b.Seq
	}
	if !a.First.Equal(b.First) {
		return a.First.Before(b.First)
	}
	return a.ID < b.ID
}

// absorb moves the takes of one story into another and takes it out of the feeds.
func (e *edit) absorb(into, taken *news.Story) error {
	inherit(into, taken)
	for _, t := range taken.Takes {
		t.Level, t.Score = news.LevelOrder, 0
		into.Takes = append(into.Takes, t)
		if err := e.rehome(t.Entry, into.ID); err != nil {
			return err
		}
	}
	if err := e.leave(taken, news.Everywhere); err != nil {
		return err
	}
	taken.MergedInto = into.ID
	if err := e.touch(taken); err != nil {
		return err
	}
	if !into.Killed.IsZero() && told(into) {
		if err := e.revived(into); err != nil {
			return err
		}
	}
	if !into.Published {
		if err := e.relead(into); err != nil {
			return err
		}
	}
	if err := e.placeIn(into, later(into.First, e.rec.At)); err != nil {
		return err
	}
	return e.touch(into)
}

// rehome lets an entry name the story that it is a take of.
func (e *edit) rehome(entry, story string) error {
	en, err := e.tx.Entry(entry)
	if err != nil || en == nil {
		return err
	}
	en.Story = story
	return e.tx.PutEntry(en)
}

// unmerge gives a story that was merged away its id, its entries and its places
// back. What joined since the merge stays where it is.
func (e *edit) unmerge(o *news.Order) error {
	taken, err := e.story(o.Args[1])
	if err != nil {
		return err
	}
	if taken == nil || taken.MergedInto == "" {
		return refused("story %s stands by itself", o.Args[1])
	}
	into, err := e.named(taken.MergedInto)
	if err != nil {
		return err
	}
	back, takes := goBack(taken, into)
	if len(back) == 0 || len(back) == len(into.Takes) {
		return refused("the entries of story %s are no longer together", taken.ID)
	}
	taken.MergedInto, taken.Takes = "", takes
	for _, t := range takes {
		if err := e.rehome(t.Entry, taken.ID); err != nil {
			return err
		}
	}
	if err := e.without(into, back); err != nil {
		return err
	}
	if err := e.takeAlong(taken); err != nil {
		return err
	}
	if err := e.reconsiderAll(taken); err != nil {
		return err
	}
	return e.touch(taken)
}

// goBack is what a story that went into another would get back of it: as it is
// today, but for why it was there.
func goBack(taken, into *news.Story) (back map[string]bool, takes []news.Take) {
	back = map[string]bool{}
	for _, t := range taken.Takes {
		if now := takeOf(into, t.Entry); now != nil {
			again := *now
			again.Level, again.Score = t.Level, t.Score
			takes, back[t.Entry] = append(takes, again), true
		}
	}
	return back, takes
}
