package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/store"
)

// Recipient is somebody who asked for a newsletter.
type Recipient struct {
	Newsletter string    `json:"newsletter"`
	Address    string    `json:"address"`
	Language   string    `json:"language,omitempty"` // BCP 47, of the page where it was asked for
	Asked      time.Time `json:"asked"`
	Confirmed  time.Time `json:"confirmed,omitzero"` // zero: they have not answered yet
}

// Recipients lists who asked for a newsletter, for all of them when newsletter is
// empty, by newsletter and address.
func Recipients(tx *store.Tx, newsletter string) ([]Recipient, error) {
	all, err := tx.Recipients.All(newsletter)
	if err != nil {
		return nil, err
	}
	out := make([]Recipient, 0, len(all))
	for _, r := range all {
		out = append(out, Recipient{r.Newsletter, r.Address, r.Language, r.Asked, r.Confirmed})
	}
	slices.SortFunc(out, func(a, b Recipient) int {
		return strings.Compare(a.Newsletter+"\x00"+a.Address, b.Newsletter+"\x00"+b.Address)
	})
	return out, nil
}

// Forget asks for an address to be deleted: from one newsletter, or from all when
// Newsletter is empty.
type Forget struct {
	Address    string `json:"address"`
	Newsletter string `json:"newsletter,omitempty"`
}

// Forgotten says from how many newsletters an address was deleted.
type Forgotten struct {
	From int `json:"from"`
}

var errPrivate = &fault{http.StatusForbidden, "Addresses of readers are for who holds a token that may change things, sent as Authorization: Bearer TOKEN."}

// recipients answers /api/recipients for a token alone: anybody's program on this
// machine may read the desk.
func (d *Desk) recipients(w http.ResponseWriter, r *http.Request) error {
	if who := callerOf(r.Context()); !who.holds || who.reads {
		return errPrivate
	}
	newsletter := r.URL.Query().Get("newsletter")
	return view(d, w, func(tx *store.Tx) ([]Recipient, error) { return Recipients(tx, newsletter) })
}

func (d *Desk) forget(w http.ResponseWriter, r *http.Request) error {
	var want Forget
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&want); err != nil || want.Address == "" {
		return &fault{http.StatusBadRequest, `An address is deleted by JSON: {"address": "ann@reader.example"}.`}
	}
	var done Forgotten
	err := d.Store.Update(func(tx *store.Tx) (err error) {
		done.From, err = notify.DeleteAddress(tx, want.Address, want.Newsletter)
		return err
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, done)
}
