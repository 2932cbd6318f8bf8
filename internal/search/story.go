package search

import (
	"slices"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
)

// storyReader reads what queries see of stories in one transaction, each source once.
type storyReader struct {
	tx      *store.Tx
	sources map[string]*news.Source
}

func newStoryReader(tx *store.Tx) *storyReader {
	return &storyReader{tx: tx, sources: map[string]*news.Source{}}
}

// take is what one outlet says in a story.
type take struct {
	doc    *topic.Doc
	source *news.Source
}

// shown says whether lists show a story: one that went into another, was taken down
// or taken back is not found.
func shown(s *news.Story) bool {
	return s != nil && s.MergedInto == "" && s.Killed.IsZero() && !s.IsHidden(news.Everywhere)
}

// takes are those of a story that were not taken back. Where retention took an
// entry, its headline is left.
func (r *storyReader) takes(s *news.Story) ([]take, error) {
	var out []take
	for i := range s.Takes {
		t := &s.Takes[i]
		if !t.Killed.IsZero() {
			continue
		}
		src, err := r.source(t.Source)
		if err != nil {
			return nil, err
		}
		e, err := r.tx.Entry(t.Entry)
		if err != nil {
			return nil, err
		}
		if e == nil {
			e = &news.Entry{Headline: t.Headline, Link: t.Link, Language: t.Language}
		}
		out = append(out, take{topic.NewDoc(e, src), src})
	}
	return out, nil
}

// source is as queries see it: with the title that pages show.
func (r *storyReader) source(id string) (*news.Source, error) {
	if s := r.sources[id]; s != nil {
		return s, nil
	}
	state, err := r.tx.Source(id)
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

// matches says whether one of a story's takes satisfies a query; with public only
// those count that were read without credentials.
func (r *storyReader) matches(q *topic.Query, s *news.Story, public bool) (bool, error) {
	takes, err := r.takes(s)
	if err != nil {
		return false, err
	}
	voices := s.Outlets()
	return slices.ContainsFunc(takes, func(t take) bool {
		return !(public && t.source.Keyed) && q.Match(t.doc, voices)
	}), nil
}
