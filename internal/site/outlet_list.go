package site

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/slugline/slugline/internal/words"
)

// outletsOnPage is how many outlets a page of the list has.
const outletsOnPage = 300

// outletsPart is the content of a page of the list of outlets.
type outletsPart struct {
	Outlets []listedOutlet
	pager
}

// listedOutlet is an outlet in the list.
type listedOutlet struct {
	tab
	Stories string // how many, in words
	Latest  stamp

	publicSource
	name string
}

// outletList answers /outlets and its pages.
func (s *Site) outletList(set *settings, r *http.Request) handler {
	n, ok := pageOf(r)
	if !ok {
		return nil
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.recent.update(s.Store, set); err != nil {
			return err
		}
		return s.page(set, s.fillOutletList(n))(w, r)
	}
}

// outlets returns the outlets with stories that anybody may see, by name. Those whose
// stories are all older than the newest walkedStories are among them only when a reader
// has opened their page.
func (s *Site) outlets(d *publicReader) []listedOutlet {
	var all []listedOutlet
	for _, known := range s.recent.public() {
		if src := d.Source(known.id); !src.Keyed {
			all = append(all, listedOutlet{tab: d.outletTab(known.id), publicSource: known, name: src.Name})
		}
	}
	slices.SortFunc(all, func(a, b listedOutlet) int {
		return cmp.Or(cmp.Compare(words.Fold(a.Title), words.Fold(b.Title)), cmp.Compare(a.name, b.name))
	})
	return all
}

// fillOutletList fills the n-th page of the list of outlets.
func (s *Site) fillOutletList(n int) fillFunc {
	return func(d *publicReader, page *pageData) error {
		d.key = ""
		all := s.outlets(d)
		part := &outletsPart{pager: d.newPager("/outlets", n, len(all), outletsOnPage)}
		if n > part.Pages {
			return errNotFound
		}
		loc := page.Locale
		for _, o := range all[(n-1)*outletsOnPage : min(n*outletsOnPage, len(all))] {
			isPublic, err := s.hasPublicStory(d, o.id)
			if err != nil {
				return err
			}
			if !isPublic { // its stories were deleted
				continue
			}
			if o.Latest, o.Stories = d.set.stamp(o.newest.at), loc.Count(loc.Stories, o.stories); o.stories == outletStories {
				o.Stories = loc.Count(loc.MoreStories, o.stories)
			}
			part.Outlets = append(part.Outlets, o)
		}
		page.Name, page.Path, page.Title, page.Part = "outlets", "/outlets"+pageSuffix(n), loc.Outlets, part
		page.Previous, page.Next, page.Social.Description = part.Previous, part.Next, ""
		return nil
	}
}
