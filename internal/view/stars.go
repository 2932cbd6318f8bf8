package view

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// StarRequest stars a story for the owner of the token, or removes the star.
type StarRequest struct {
	Star   string `json:"star,omitempty"`   // id of a story
	Unstar string `json:"unstar,omitempty"` // id of a story
}

// StarResult says whether a story is starred now.
type StarResult struct {
	Story   string `json:"story"` // id; of a story that was merged, of the one that has it now
	Starred bool   `json:"starred"`
}

// Starred is a page of the stories that the owner of a token starred.
type Starred struct {
	Count   int            `json:"count"`            // of all that are starred
	Stories []StarredStory `json:"stories"`          // the one that was starred last first
	Before  string         `json:"before,omitempty"` // id of the story to continue below; empty: no more
}

// StarFeed says where the feed of the starred stories is.
type StarFeed struct {
	Feed string `json:"feed"` // path; its key gives access to nothing else, and ends with the token
}

// StarredStory is a starred story, as it is now, or as it was when Slugline still had it.
type StarredStory struct {
	ID       string    `json:"id"`
	Starred  time.Time `json:"starred"` // when
	Headline string    `json:"headline"`
	Link     string    `json:"link,omitempty"`
	Language string    `json:"language,omitempty"`
	Dir      string    `json:"dir"`   // of the headline: ltr, rtl or auto
	Title    string    `json:"title"` // of the headline's source
	Summary  string    `json:"summary,omitempty"`
	First    time.Time `json:"first"`
	Killed   time.Time `json:"killed,omitzero"`  // when all its outlets had withdrawn it
	Hidden   bool      `json:"hidden,omitempty"` // an editor hid it everywhere
	Stored   bool      `json:"stored"`           // it still has a page at the desk; otherwise this copy is what is left

	Outlets []news.StarredOutlet `json:"outlets"`
	More    int                  `json:"more,omitempty"` // how many further outlets there were
	Copy    *news.StarredStory   `json:"-"`
}

// Star stars a story. It returns an Error when there is no such story, or no room for
// another star.
func Star(tx *store.Tx, token, id string, now time.Time) (*StarResult, error) {
	s, err := CurrentStory(tx, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, notFound("There is no story %q any more, so it can't be starred.", id)
	}
	out := &StarResult{s.ID, true}
	had, err := tx.Stars.Get(token, s.ID)
	if had != nil || err != nil {
		return out, err
	}
	n, err := tx.Stars.Count(token)
	if err != nil {
		return nil, err
	}
	if n >= news.MaxStars {
		return nil, conflict("You have starred %d stories, the maximum. Remove the star from some of them first, on the page /starred.", n)
	}
	c, err := copyOf(tx, s)
	if err != nil {
		return nil, err
	}
	return out, tx.Stars.Put(&news.Star{Token: token, Story: s.ID, At: news.Instant(now), First: s.First, Seq: s.Seq}, c)
}

// Unstar removes the star from a story, which need not be stored any more.
func Unstar(tx *store.Tx, token, id string) (*StarResult, error) {
	out := &StarResult{Story: id}
	if err := tx.Stars.Delete(token, id); err != nil {
		return nil, err
	}
	s, err := CurrentStory(tx, id)
	if s == nil || err != nil || s.ID == id {
		return out, err
	}
	out.Story = s.ID
	return out, tx.Stars.Delete(token, s.ID)
}

// ReadStarred returns up to n stories that the owner of a token starred, below the story
// before, or the newest when that is empty.
func ReadStarred(tx *store.Tx, token, before string, n int) (*Starred, error) {
	all, err := tx.Stars.Of(token)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *news.Star) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Story, a.Story)) })
	out := &Starred{Count: len(all), Stories: []StarredStory{}}
	if before != "" {
		i := slices.IndexFunc(all, func(s *news.Star) bool { return s.Story == before })
		if i < 0 {
			return nil, notFound("You have not starred story %q.", before)
		}
		all = all[i+1:]
	}
	if len(all) > n {
		out.Before = all[n-1].Story
	}
	for _, star := range all[:min(n, len(all))] {
		c, err := currentCopy(tx, star.Story)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out.Stories = append(out.Stories, newStarredStory(star, c))
		}
	}
	return out, nil
}

func newStarredStory(star *news.Star, c *storedCopy) StarredStory {
	return StarredStory{
		ID: c.ID, Starred: star.At, Headline: c.Headline, Link: c.Link, Language: c.Language, Dir: words.Dir(c.Headline), Title: c.Title,
		Summary: c.Summary, First: c.First, Killed: c.Killed, Hidden: c.Hidden, Stored: c.stored, Outlets: c.Outlets, More: c.More, Copy: c.StarredStory,
	}
}

// storedCopy is the copy of a starred story, as it is now if the story is still stored.
type storedCopy struct {
	*news.StarredStory
	stored bool
}

// currentCopy returns the copy of a starred story, nil if there is none.
func currentCopy(tx *store.Tx, id string) (*storedCopy, error) {
	had, err := tx.Stars.Copy(id)
	if err != nil {
		return nil, err
	}
	s, err := CurrentStory(tx, id)
	switch {
	case err != nil:
		return nil, err
	case s != nil:
		fresh, err := refreshed(tx, s, had)
		return &storedCopy{fresh, true}, err
	case had == nil:
		return nil, nil
	}
	return &storedCopy{had, false}, nil
}

// copyOf returns the copy of a story, as it is now.
func copyOf(tx *store.Tx, s *news.Story) (*news.StarredStory, error) {
	snap := NewSnapshot(tx)
	src := snap.Source(s.Source)
	c := &news.StarredStory{
		ID: s.ID, URI: s.URI, Headline: s.Headline, Link: s.Link, Language: s.Language, Lead: s.Lead, Source: s.Source, Title: src.Label(), Show: src.Show,
		First: s.First, Seq: s.Seq, Revised: s.Revised, Killed: s.Killed, Hidden: s.IsTakenDown(), Held: s.IsHeld(""), Outlets: []news.StarredOutlet{},
	}
	for i := range s.Takes {
		t := &s.Takes[i]
		if len(c.Outlets) == news.MaxStarredOutlets {
			c.More = len(s.Takes) - i
			break
		}
		c.Outlets = append(c.Outlets, news.StarredOutlet{Title: snap.Source(t.Source).Label(), Headline: t.Headline, Link: t.Link, Language: t.Language, At: t.At, Killed: t.Killed})
	}
	if s.IsWithdrawn() || snap.Err != nil {
		return c, snap.Err
	}
	e, err := tx.Entries.Get(s.Lead)
	if e == nil || err != nil {
		return c, err
	}
	c.Summary, c.Base = e.Summary, e.Base
	c.Body, err = tx.Entries.Body(s.Lead)
	return c, err
}

// refreshed returns the copy of a story as it is now. If retention deleted its text, the
// copy had keeps it.
func refreshed(tx *store.Tx, s *news.Story, had *news.StarredStory) (*news.StarredStory, error) {
	c, err := copyOf(tx, s)
	if err != nil || had == nil {
		return c, err
	}
	c.Tokens = had.Tokens
	if c.Summary == "" && c.Body == "" && c.Killed.IsZero() && c.Lead == had.Lead {
		c.Summary, c.Body, c.Base = had.Summary, had.Body, had.Base
	}
	return c, nil
}

// StaleStars returns those of some stories whose copies or stars are not as the stories are
// now.
func StaleStars(tx *store.Tx, ids []string) (stale []string, err error) {
	for _, id := range ids {
		had, err := tx.Stars.Copy(id)
		if err != nil {
			return nil, err
		}
		if had == nil {
			continue
		}
		now, err := currentCopy(tx, id)
		if err != nil {
			return nil, err
		}
		if !now.stored {
			continue
		}
		moved, err := movedStars(tx, now.StarredStory)
		if err != nil {
			return nil, err
		}
		if len(moved) > 0 || !reflect.DeepEqual(had, now.StarredStory) {
			stale = append(stale, id)
		}
	}
	return stale, nil
}

// RefreshStars brings the copies of starred stories up to date. The stars of a story that
// was merged into another one become stars of that.
func RefreshStars(tx *store.Tx, ids []string) error {
	for _, id := range ids {
		had, err := tx.Stars.Copy(id)
		if err != nil {
			return err
		}
		s, err := CurrentStory(tx, id)
		if err != nil {
			return err
		}
		if had == nil || s == nil {
			continue
		}
		c, err := refreshed(tx, s, had)
		if err != nil {
			return err
		}
		if s.ID != id {
			err = moveStars(tx, had, s, c)
		} else {
			err = putCurrent(tx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// movedStars returns the stars of a story that have another place in the wire than it has
// now, with that of now: its place changes when a clock that was wrong is put right.
func movedStars(tx *store.Tx, c *news.StarredStory) (moved []*news.Star, err error) {
	for _, token := range c.Tokens {
		star, err := tx.Stars.Get(token, c.ID)
		if err != nil {
			return nil, err
		}
		if star != nil && (star.Seq != c.Seq || !star.First.Equal(c.First)) {
			star.First, star.Seq = c.First, c.Seq
			moved = append(moved, star)
		}
	}
	return moved, nil
}

// putCurrent stores the copy of a starred story, and its place in its stars.
func putCurrent(tx *store.Tx, c *news.StarredStory) error {
	moved, err := movedStars(tx, c)
	if err != nil {
		return err
	}
	for _, star := range moved {
		if err := tx.Stars.Put(star, c); err != nil {
			return err
		}
	}
	return tx.Stars.PutCopy(c)
}

// moveStars moves the stars of a story that was merged into another one.
func moveStars(tx *store.Tx, from *news.StarredStory, to *news.Story, c *news.StarredStory) error {
	for _, token := range from.Tokens {
		star, err := tx.Stars.Get(token, from.ID)
		if err != nil {
			return err
		}
		other, err := tx.Stars.Get(token, to.ID)
		if err != nil {
			return err
		}
		if star != nil && other == nil {
			if err := tx.Stars.Put(&news.Star{Token: token, Story: to.ID, At: star.At, First: to.First, Seq: to.Seq}, c); err != nil {
				return err
			}
		}
		if err := tx.Stars.Delete(token, from.ID); err != nil {
			return err
		}
	}
	return nil
}
