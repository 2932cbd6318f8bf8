package web

import (
	"errors"
	"net/http"

	"github.com/slugline/slugline/internal/edition"
)

// follow answers /stories/ID.atom.
func (s *Site) follow(set *setting, id string) answer {
	if !isStoryID(id) {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		to, err := s.survivor(id)
		if err != nil {
			return err
		}
		if to != id {
			return moved(w, r, set.base+"/stories/"+to+".atom")
		}
		p, err := set.pages.take("follow "+id, func() (*printed, error) { return s.printFollowed(id) })
		if err != nil {
			return err
		}
		published(w.Header(), p.Edition, p.caching)
		return send(w, r, p.Edition)
	}
}

func (s *Site) printFollowed(id string) (*printed, error) {
	e, err := s.Press.Follow(id)
	switch {
	case errors.Is(err, edition.ErrGone):
		return nil, errTakenDown
	case errors.Is(err, edition.ErrUnknown):
		return nil, errNowhere
	}
	return &printed{Edition: e, caching: caching(nil)}, err
}
