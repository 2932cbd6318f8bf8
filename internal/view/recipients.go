package view

import (
	"slices"
	"strings"
	"time"

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

// RecipientRequest asks for an address to be deleted: from one newsletter, or from all when
// Newsletter is empty.
type RecipientRequest struct {
	Address    string `json:"address"`
	Newsletter string `json:"newsletter,omitempty"`
}

// RecipientResult says from how many newsletters an address was deleted.
type RecipientResult struct {
	From int `json:"from"`
}
