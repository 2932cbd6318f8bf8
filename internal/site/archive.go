package site

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/reply"
)

// pageNumber parses the file name "N.atom" of an archive page, from 1.
func pageNumber(file string) (n int, ok bool) {
	number, atom := strings.CutSuffix(file, ".atom")
	n, err := strconv.Atoi(number)
	return n, atom && err == nil && n > 0 && strconv.Itoa(n) == number
}

// archive answers /topics/NAME/archive/N.atom.
func (s *Site) archive(set *settings, name, file string) handler {
	n, ok := pageNumber(file)
	if !ok {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.findTopic(name, keyFrom(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return redirect(w, r, set.base+"/topics/"+t.Name+"/archive/"+strconv.Itoa(n)+".atom")
		}
		p, err := set.pages.Get("archive "+name+" "+strconv.Itoa(n), func() (*reply.Page, error) { return s.renderArchive(t, n) })
		if err != nil {
			return err
		}
		e := p.Edition
		if t.Keyed {
			if e, err = set.editionWithKey(t, e, keyFrom(r)); err != nil {
				return err
			}
		}
		setFeedHeaders(w.Header(), e, p.CacheControl)
		return reply.Send(w, r, e)
	}
}

func (s *Site) renderArchive(t *news.TopicState, n int) (*reply.Page, error) {
	e, _, err := s.Editions.Archive(t.Name, n)
	switch {
	case errors.Is(err, edition.ErrGone):
		return nil, reply.FaultWithCode(reply.PageRemoved)
	case errors.Is(err, edition.ErrUnknown):
		return nil, errNotFound
	case err != nil:
		return nil, err
	}
	return &reply.Page{Edition: e, CacheControl: cacheControlOf(t)}, nil // also of a sealed page: a story may be withdrawn
}
