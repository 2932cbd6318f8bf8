package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

// place gives the stories that the batch touched their places in the topics whose
// rules they satisfy by now. A place is given once.
func (b *batch) place() error {
	for _, id := range b.touched {
		s, err := b.story(id)
		if err != nil {
			return err
		}
		at := s.First
		if !b.born[id] {
			at = later(at, b.because[id])
		}
		if err := b.placeIn(s, at); err != nil {
			return err
		}
	}
	return nil
}

// placeIn gives a story the places that it satisfies the rules for and has not yet.
func (e *edit) placeIn(s *news.Story, at time.Time) error {
	if s.MergedInto != "" {
		return nil
	}
	var docs []doc
	for i := range e.rules.Topics {
		t := &e.rules.Topics[i]
		if _, ok := s.Places[t.Name]; ok && !loose(t.Fold) && t.Fold != news.FoldEvent || s.IsHidden(t.Name) || !s.Killed.IsZero() {
			continue
		}
		if docs == nil {
			var err error
			if docs, err = e.docs(s); err != nil {
				return err
			}
		}
		if err := e.placeBy(s, i, docs, at); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) placeBy(s *news.Story, i int, docs []doc, at time.Time) error {
	switch t := &e.rules.Topics[i]; {
	case loose(t.Fold):
		return e.placeSingles(s, i, docs, at)
	case t.Fold == news.FoldEvent:
		return e.placeEvent(s, i, at)
	case satisfied(e.rules.topics[i], t, docs, s.Outlets()):
		return e.put(s, t.Name, at)
	}
	return nil
}

// put gives a story its place in a topic. What came before is never overtaken from
// below: nothing is placed at or under the topic's archive seal.
func (e *edit) put(s *news.Story, name string, at time.Time) error {
	t, err := e.topicState(name)
	if err != nil || t == nil {
		return err
	}
	if !at.After(t.SealedUntil) && !t.SealedUntil.IsZero() {
		at = t.SealedUntil.Add(time.Millisecond)
	}
	updated := e.tx.Topics.ClaimUpdated(name, at, s.ID, s.Places[name].Updated)
	if s.Places == nil {
		s.Places = map[string]news.Place{}
	}
	s.Places[name] = news.Place{At: at, Seq: e.rec.Seq, Updated: updated}
	s.Published = true
	if err := e.bump(name, 1); err != nil {
		return err
	}
	return e.touch(s)
}

// doc is what a rule sees of a take.
type doc struct {
	*topic.Doc
	keyed bool
	take  *news.Take
}

// docs prepares a story's takes for matching. Where retention took the text, the
// headline is left.
func (e *edit) docs(s *news.Story) ([]doc, error) {
	out := make([]doc, 0, len(s.Takes))
	for i := range s.Takes {
		t := &s.Takes[i]
		src, err := e.source(t.Source)
		if err != nil {
			return nil, err
		}
		if src == nil {
			src = &news.SourceState{Source: news.Source{ID: t.Source, Name: t.Source}}
		}
		d, err := e.doc(t, src)
		if err != nil {
			return nil, err
		}
		out = append(out, doc{Doc: d, keyed: src.Keyed, take: t})
	}
	return out, nil
}

func (e *edit) doc(t *news.Take, src *news.SourceState) (*topic.Doc, error) {
	if d := e.read[t.Entry]; d != nil {
		return d, nil
	}
	en, err := e.tx.Entries.Get(t.Entry)
	if err != nil {
		return nil, err
	}
	if en == nil {
		en = &news.Entry{Headline: t.Headline, Link: t.Link, Language: t.Language}
	}
	return e.readDoc(en, src), nil
}

// readDoc prepares an entry for matching, once in a group.
func (e *edit) readDoc(en *news.Entry, src *news.SourceState) *topic.Doc {
	if e.read == nil {
		e.read = map[string]*topic.Doc{}
	}
	shown := src.Source
	shown.Title = src.Label()
	d := topic.NewDoc(en, &shown)
	if en.ID != "" {
		e.read[en.ID] = d
	}
	return d
}

// satisfied tells whether one of the takes satisfies the rule, given how many
// outlets have the story. What was read with credentials stays out of public topics.
func satisfied(r *topic.Rule, t *news.Topic, docs []doc, outlets int) bool {
	for i := range docs {
		if docs[i].keyed && !t.Keyed {
			continue
		}
		if r.Match(docs[i].Doc, outlets) {
			return true
		}
	}
	return false
}
