package search

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// storyReader reads the takes of stories in one transaction, each source once.
type storyReader struct {
	tx      *store.Tx
	sources map[string]*news.Source
}

func newStoryReader(tx *store.Tx) *storyReader {
	return &storyReader{tx: tx, sources: map[string]*news.Source{}}
}

// take is one outlet's report of a story.
type take struct {
	doc    *topic.Doc
	source *news.Source
}

// takes returns a story's takes that are not withdrawn. If retention deleted an entry's
// text, its headline is what queries see.
func (r *storyReader) takes(s *news.Story) ([]take, error) {
	var out []take
	for i := range s.Takes {
		t := &s.Takes[i]
		if t.IsWithdrawn() {
			continue
		}
		src, err := r.source(t.Source)
		if err != nil {
			return nil, err
		}
		e, err := r.tx.Entries.Get(t.Entry)
		if err != nil {
			return nil, err
		}
		if e == nil {
			e = t.EntryWithoutText()
		}
		doc := topic.NewDoc(e, src)
		doc.SetTopics(s.InTopics())
		doc.SetStory(s.ID, s.Assignee())
		out = append(out, take{doc, src})
	}
	return out, nil
}

// source returns a source with the title that pages show.
func (r *storyReader) source(id string) (*news.Source, error) {
	if s := r.sources[id]; s != nil {
		return s, nil
	}
	state, err := r.tx.Sources.Get(id)
	if err != nil {
		return nil, err
	}
	s := &news.Source{ID: id, Name: id, Title: id}
	if state != nil {
		state.Title = state.Label()
		s = &state.Source
	}
	r.sources[id] = s
	return s, nil
}

// matches reports whether one of a story's takes satisfies a query. With public, takes
// of sources that are read with credentials don't count.
func (r *storyReader) matches(q *topic.Query, s *news.Story, public bool) (bool, error) {
	takes, err := r.takes(s)
	if err != nil {
		return false, err
	}
	outlets := s.Outlets()
	return slices.ContainsFunc(takes, func(t take) bool {
		return !(public && t.source.Keyed) && q.Match(t.doc, outlets)
	}), nil
}
