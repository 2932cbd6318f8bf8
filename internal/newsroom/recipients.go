package newsroom

import (
	"encoding/json"
	"net/http"

	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/reply"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

var errNeedsToken = reply.Faultf(http.StatusForbidden, "Addresses of readers need a token that is not read-only, sent as Authorization: Bearer TOKEN.")

// recipients answers GET /api/recipients. It always needs a token, because without one any
// program of any user of this machine could read the addresses.
func (a api) recipients(w http.ResponseWriter, r *http.Request) error {
	if who := callerOf(r.Context()); !who.hasToken || who.readOnly {
		return errNeedsToken
	}
	newsletter := r.URL.Query().Get("newsletter")
	return readJSON(a.Desk, w, r, func(tx *store.Tx) ([]view.Recipient, error) { return view.Recipients(tx, newsletter) })
}

func (a api) deleteRecipient(w http.ResponseWriter, r *http.Request) error {
	var want view.RecipientRequest
	if err := json.NewDecoder(r.Body).Decode(&want); err != nil || want.Address == "" {
		return reply.BodyFault(err, `Send JSON such as {"address": "ann@reader.example"}.`)
	}
	var done view.RecipientResult
	err := a.Store.Update(func(tx *store.Tx) (err error) {
		done.From, err = notify.DeleteAddress(tx, want.Address, want.Newsletter)
		return err
	})
	if err != nil {
		return err
	}
	return reply.JSON(w, http.StatusOK, done)
}
