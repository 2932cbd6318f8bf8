package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/slugline/slugline/internal/store"
)

func (a api) claims(w http.ResponseWriter, _ *http.Request) error { return view(a.Desk, w, Claims) }

// claim answers POST /api/claims.
func (a api) claim(w http.ResponseWriter, r *http.Request) error {
	var want ClaimRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&want); err != nil || want.Story == "" {
		return Refuse(http.StatusBadRequest, `A claim is JSON: {"story": "ID", "note": "calling the port"}.`)
	}
	done, err := a.carryOut(r.Context(), &OrderRequest{Verb: "claim", Args: ClaimArgs(want.Story, want.Event), Why: want.Note, Who: want.Who})
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, done)
}

// release answers DELETE /api/claims/STORY.
func (a api) release(w http.ResponseWriter, r *http.Request) error {
	event, _ := strconv.ParseBool(r.URL.Query().Get("event"))
	done, err := a.carryOut(r.Context(), &OrderRequest{Verb: "release", Args: ClaimArgs(r.PathValue("id"), event)})
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, done)
}

func (a api) story(w http.ResponseWriter, r *http.Request) error {
	return view(a.Desk, w, func(tx *store.Tx) (*Story, error) { return StoryBy(tx, r.PathValue("id")) })
}
