package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/store"
)

func (d *Desk) claims(w http.ResponseWriter, _ *http.Request) error { return view(d, w, Claims) }

// claim answers POST /api/claims.
func (d *Desk) claim(w http.ResponseWriter, r *http.Request) error {
	var want WantClaim
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&want); err != nil || want.Story == "" {
		return Refuse(http.StatusBadRequest, `A claim is JSON: {"story": "ID", "note": "calling the port"}.`)
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

func (d *Desk) oneStory(w http.ResponseWriter, r *http.Request) error {
	return view(d, w, func(tx *store.Tx) (*Story, error) { return StoryBy(tx, lastOf(r)) })
}
