package site

import (
	"errors"
	"net/http"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/reply"
)

// storyFeed answers /stories/ID.atom, the feed of one story.
func (s *Site) storyFeed(set *settings, id string) handler {
	if !IsStoryID(id) {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		to, err := s.currentID(id)
		if err != nil {
			return err
		}
		if to != id {
			return redirectMerged(w, r, set.base+"/stories/"+to+".atom")
		}
		p, err := set.pages.Get("follow "+id, func() (*reply.Page, error) { return s.renderStoryFeed(id) })
		if err != nil {
			return err
		}
		setFeedHeaders(w.Header(), p.Edition, p.CacheControl)
		return reply.Send(w, r, p.Edition)
	}
}

func (s *Site) renderStoryFeed(id string) (*reply.Page, error) {
	e, err := s.Editions.Follow(id)
	switch {
	case errors.Is(err, edition.ErrGone):
		return nil, errTakenDown
	case errors.Is(err, edition.ErrUnknown):
		return nil, errNotFound
	}
	return &reply.Page{Edition: e, CacheControl: cacheControlOf(nil)}, err
}
