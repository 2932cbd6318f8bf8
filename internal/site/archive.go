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

// pageNumber reads "N.atom".
func pageNumber(file string) (n int, ok bool) {
	number, atom := strings.CutSuffix(file, ".atom")
	n, err := strconv.Atoi(number)
	return n, atom && err == nil && n > 0 && strconv.Itoa(n) == number
}

// archive answers /topics/NAME/archive/N.atom.
func (s *Site) archive(set *settings, name, file string) answer {
	n, ok := pageNumber(file)
	if !ok {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		t, err := set.open(name, keyOf(r), s.Keys)
		if err != nil {
			return err
		}
		if t.Name != name {
			return moved(w, r, set.base+"/topics/"+t.Name+"/archive/"+strconv.Itoa(n)+".atom")
		}
		p, err := set.pages.Get("archive "+name+" "+strconv.Itoa(n), func() (*reply.Page, error) { return s.printArchive(t, n) })
		if err != nil {
			return err
		}
		e := p.Edition
		if t.Keyed {
			if e, err = set.opened(t, e, keyOf(r)); err != nil {
				return err
			}
		}
		published(w.Header(), e, p.CacheControl)
		return reply.Send(w, r, e)
	}
}

func (s *Site) printArchive(t *news.TopicState, n int) (*reply.Page, error) {
	e, sealed, err := s.Editions.Archive(t.Name, n)
	switch {
	case errors.Is(err, edition.ErrGone):
		return nil, reply.Public(reply.PageRemoved)
	case errors.Is(err, edition.ErrUnknown):
		return nil, errNowhere
	case err != nil:
		return nil, err
	}
	cached := caching(t)
	if sealed {
		cached = strings.Replace(cached, "max-age=60", "max-age=86400", 1)
	}
	return &reply.Page{Edition: e, CacheControl: cached}, nil
}
