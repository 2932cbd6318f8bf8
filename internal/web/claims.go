package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/words"
)

// Claimed is a story, or a whole event, that somebody works on.
type Claimed struct {
	Story    string    `json:"story"`           // of an event: its newest
	Event    string    `json:"event,omitempty"` // where all of it is claimed
	Headline string    `json:"headline"`
	Language string    `json:"language,omitempty"`
	Dir      string    `json:"dir"` // of the headline: ltr, rtl or auto
	Who      string    `json:"who"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
	Decision uint64    `json:"decision"` // by which undo names the claim
}

// Claims returns what is claimed of the newest thousands of stories, the newest first.
func Claims(tx *store.Tx) ([]Claimed, error) {
	list, err := tx.Stories.Latest(handoverFar, nil)
	if err != nil {
		return nil, err
	}
	out, rm, seen := []Claimed{}, newRoom(tx), map[string]bool{}
	for _, s := range list {
		if s.MergedInto != "" {
			continue
		}
		ev := rm.event(s.Event)
		if ev.Claim != nil && !seen[ev.ID] {
			out = append(out, claimedOf(s, ev.Claim, ev.ID))
		}
		seen[ev.ID] = true
		if s.Claim != nil {
			out = append(out, claimedOf(s, s.Claim, ""))
		}
	}
	return out, rm.err
}

func claimedOf(s *news.Story, c *news.Claim, event string) Claimed {
	return Claimed{
		Story: s.ID, Event: event, Headline: s.Headline, Language: s.Language, Dir: words.Dir(s.Headline),
		Who: c.Who, Note: c.Note, At: c.At, Decision: c.Seq,
	}
}

// claimArgs are the words of an order that claims or releases.
func claimArgs(story string, event bool) []string {
	if event {
		return []string{story, "event"}
	}
	return []string{story}
}

func (d *Desk) claims(w http.ResponseWriter, _ *http.Request) error { return view(d, w, Claims) }

// WantClaim claims a story for whose token it is, or for who.
type WantClaim struct {
	Story string `json:"story"`           // id
	Event bool   `json:"event,omitempty"` // all of its event
	Note  string `json:"note,omitempty"`
	Who   string `json:"who,omitempty"` // where there is no token
}

// claim answers POST /api/claims.
func (d *Desk) claim(w http.ResponseWriter, r *http.Request) error {
	var want WantClaim
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&want); err != nil || want.Story == "" {
		return &fault{http.StatusBadRequest, `A claim is JSON: {"story": "ID", "note": "calling the port"}.`}
	}
	done, err := d.carryOut(r.Context(), &Wish{Verb: "claim", Args: claimArgs(want.Story, want.Event), Why: want.Note, Who: want.Who})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, done)
}

// release answers DELETE /api/claims/STORY.
func (d *Desk) release(w http.ResponseWriter, r *http.Request) error {
	event, _ := strconv.ParseBool(r.URL.Query().Get("event"))
	done, err := d.carryOut(r.Context(), &Wish{Verb: "release", Args: claimArgs(lastOf(r), event)})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, done)
}

// lastOf is what stands behind the last slash of an address.
func lastOf(r *http.Request) string {
	return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
}

// StoryBy returns the story with an id, or the one that took it in.
func StoryBy(tx *store.Tx, id string) (*Story, error) {
	s, err := survivor(tx, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &fault{http.StatusNotFound, fmt.Sprintf("There is no story %q; GET /api/stories lists the newest.", id)}
	}
	st, err := newRoom(tx).story(s)
	return &st, err
}

func (d *Desk) oneStory(w http.ResponseWriter, r *http.Request) error {
	return view(d, w, func(tx *store.Tx) (*Story, error) { return StoryBy(tx, lastOf(r)) })
}
