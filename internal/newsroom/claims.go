package newsroom

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// claims answers GET /api/claims.
func (a api) claims(w http.ResponseWriter, r *http.Request) error {
	return scanJSON(a.Desk, w, r, view.Claims)
}

// claim answers POST /api/claims.
func (a api) claim(w http.ResponseWriter, r *http.Request) error {
	var want view.ClaimRequest
	if err := json.NewDecoder(r.Body).Decode(&want); err != nil || want.Story == "" {
		return reply.BodyFault(err, `Send JSON such as {"story": "ID", "note": "calling the port"}.`)
	}
	done, err := a.carryOut(r.Context(), &view.OrderRequest{Verb: "claim", Args: view.ClaimOrderArgs(want.Story, want.Event), Why: want.Note, Who: want.Who})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, done)
}

// release answers DELETE /api/claims/STORY.
func (a api) release(w http.ResponseWriter, r *http.Request) error {
	what := "claim" // not the hold of the story
	if event, _ := strconv.ParseBool(r.URL.Query().Get("event")); event {
		what = "event"
	}
	done, err := a.carryOut(r.Context(), &view.OrderRequest{Verb: "release", Args: []string{r.PathValue("id"), what}})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, done)
}

// story answers GET /api/stories/ID.
func (a api) story(w http.ResponseWriter, r *http.Request) error {
	return readJSON(a.Desk, w, r, func(tx *store.Tx) (*view.Story, error) { return view.StoryByID(tx, r.PathValue("id")) })
}
