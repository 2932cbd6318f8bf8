package view

import (
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/store"
)

// Recipient is somebody who signed up for a newsletter.
type Recipient struct {
	Newsletter string    `json:"newsletter"`
	Address    string    `json:"address"`
	Language   string    `json:"language,omitempty"` // BCP 47, of the page where they signed up
	Asked      time.Time `json:"asked"`
	Confirmed  time.Time `json:"confirmed,omitzero"` // zero: not yet
}

// Recipients lists the recipients of a newsletter, or of all when newsletter is empty,
// sorted by newsletter and address.
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

// RecipientRequest deletes an address from a newsletter, or from all when Newsletter is
// empty.
type RecipientRequest struct {
	Address    string `json:"address"`
	Newsletter string `json:"newsletter,omitempty"`
}

// RecipientResult says from how many newsletters an address was deleted.
type RecipientResult struct {
	From int `json:"from"`
}
