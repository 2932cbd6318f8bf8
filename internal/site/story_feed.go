package site

import (
	"errors"
	"net/http"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/reply"
)

// follow answers /stories/ID.atom.
func (s *Site) follow(set *settings, id string) answer {
	if !IsStoryID(id) {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		to, err := s.currentID(id)
		if err != nil {
			return err
		}
		if to != id {
			return moved(w, r, set.base+"/stories/"+to+".atom")
		}
		p, err := set.pages.Get("follow "+id, func() (*reply.Page, error) { return s.printFollowed(id) })
		if err != nil {
			return err
		}
		published(w.Header(), p.Edition, p.CacheControl)
		return reply.Send(w, r, p.Edition)
	}
}

func (s *Site) printFollowed(id string) (*reply.Page, error) {
	e, err := s.Editions.Follow(id)
	switch {
	case errors.Is(err, edition.ErrGone):
		return nil, errTakenDown
	case errors.Is(err, edition.ErrUnknown):
		return nil, errNowhere
	}
	return &reply.Page{Edition: e, CacheControl: caching(nil)}, err
}
