package view

import (
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// PastVisits returns the last visits of the source with an id, newest first.
func PastVisits(tx *store.Tx, id string) ([]news.PastVisit, error) {
	s, err := tx.Visits.Get(id)
	if s == nil || err != nil {
		return []news.PastVisit{}, err
	}
	return append([]news.PastVisit{}, s.History.Rows()...), nil
}

// SourceByName returns the source with a name, one of feeds.yaml before a removed one; nil
// if there is none.
func SourceByName(tx *store.Tx, name string) (found *Source, err error) {
	all, err := Sources(tx)
	for i := range all {
		if s := &all[i]; s.Name == name && (found == nil || !s.Removed) {
			found = s
		}
	}
	return found, err
}
