package site

import "github.com/slugline/slugline/internal/store"

// ReadRecent limits of how many stories the site reads the outlets.
func (s *Site) ReadRecent(stories int) { s.recent.limit = stories }

// UpdateRecent returns a function that reads the outlets as a request does that began now.
func (s *Site) UpdateRecent() (update func() error, err error) {
	var set *settings
	err = s.Store.View(func(tx *store.Tx) (err error) {
		set, err = readSettings(tx)
		return err
	})
	return func() error { return s.recent.update(s.Store, set) }, err
}
