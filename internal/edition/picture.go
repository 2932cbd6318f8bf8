package edition

import (
	"cmp"
	"slices"

	"github.com/slugline/slugline/internal/news"
)

// maxPictureTakes is how many takes are searched for a picture.
const maxPictureTakes = 10

// HasPicture tells whether one of the media is a picture.
func HasPicture(media []news.Media) bool {
	return slices.ContainsFunc(media, func(m news.Media) bool { return m.Picture })
}

// OtherPicture returns the first picture that an outlet of the story other than the lead
// lets us show: a lead without a picture is given it. The picture is credited to its
// outlet if nobody else is named. of is the entry that it is from, nil when there is none.
// entry returns nil for an entry that is not stored.
func OtherPicture(takes []news.Take, lead string, source func(id string) *news.SourceState, entry func(id string) (*news.Entry, error)) (m news.Media, of *news.Entry, err error) {
	for i := range takes[:min(len(takes), maxPictureTakes)] {
		t := &takes[i]
		src := source(t.Source)
		if t.Entry == lead || src == nil || src.Show == news.ShowHeadline {
			continue
		}
		e, err := entry(t.Entry)
		if err != nil {
			return news.Media{}, nil, err
		}
		if e == nil {
			continue
		}
		if k := slices.IndexFunc(e.Media, func(m news.Media) bool { return m.Picture }); k >= 0 {
			m := e.Media[k]
			m.Credit = cmp.Or(m.Credit, src.Label())
			return m, e, nil
		}
	}
	return news.Media{}, nil, nil
}
