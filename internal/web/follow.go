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
		e, err := s.Press.Follow(id)
		switch {
		case errors.Is(err, edition.ErrGone):
			return errTakenDown
		case errors.Is(err, edition.ErrUnknown):
			return errNowhere
		case err != nil:
			return err
		}
		published(w.Header(), e, caching(nil))
		return send(w, r, e)
	}
}
