package view

import (
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// ClaimedStory is a story or a whole event that an editor works on.
type ClaimedStory struct {
	Story    string    `json:"story"`           // id; for an event, of its newest story
	Event    string    `json:"event,omitempty"` // id, if the whole event is claimed
	Headline string    `json:"headline"`
	Language string    `json:"language,omitempty"`
	Dir      string    `json:"dir"` // of the headline: ltr, rtl or auto
	Who      string    `json:"who"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
	Decision uint64    `json:"decision"` // number of the claim, as undo takes it
}

// RecentStories is how many of the newest stories are searched for claims.
const RecentStories = 5000

// Claims returns the claims on the newest RecentStories stories and their events, the
// newest story first.
func Claims(tx *store.Tx) ([]ClaimedStory, error) {
	list, err := tx.Stories.Latest(RecentStories, nil)
	if err != nil {
		return nil, err
	}
	out, snap, seen := []ClaimedStory{}, NewSnapshot(tx), map[string]bool{}
	for _, s := range list {
		if s.MergedInto != "" {
			continue
		}
		ev := snap.Event(s.Event)
		if ev.Claim != nil && !seen[ev.ID] {
			out = append(out, newClaimedStory(s, ev.Claim, ev.ID))
		}
		seen[ev.ID] = true
		if s.Claim != nil {
			out = append(out, newClaimedStory(s, s.Claim, ""))
		}
	}
	return out, snap.Err
}

func newClaimedStory(s *news.Story, c *news.Claim, event string) ClaimedStory {
	return ClaimedStory{
		Story: s.ID, Event: event, Headline: s.Headline, Language: s.Language, Dir: words.Dir(s.Headline),
		Who: c.Who, Note: c.Note, At: c.At, Decision: c.Seq,
	}
}

// ClaimOrderArgs returns the arguments of an order that claims a story, or its whole
// event.
func ClaimOrderArgs(story string, event bool) []string {
	if event {
		return []string{story, "event"}
	}
	return []string{story}
}

// ClaimRequest claims a story for the owner of the token, or without a token for who.
type ClaimRequest struct {
	Story string `json:"story"`           // id
	Event bool   `json:"event,omitempty"` // claim its whole event
	Note  string `json:"note,omitempty"`
	Who   string `json:"who,omitempty"` // name of the editor; only without a token
}

// StoryByID returns the story with an id, or the story that it was merged into. It
// returns an Error when there is none.
func StoryByID(tx *store.Tx, id string) (*Story, error) {
	s, err := CurrentStory(tx, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, notFound("There is no story %q; GET /api/stories lists the newest.", id)
	}
	st, err := NewSnapshot(tx).Story(s)
	return &st, err
}
