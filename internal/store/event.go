package store

import "github.com/slugline/slugline/internal/news"

// Events is the table of events. The event of a single story is not stored.
type Events struct{ *rows }

// Get returns the event with an id, or the one that it was merged into, however often.
func (t Events) Get(id string) (*news.Event, error) {
	for {
		e, err := t.Row(id)
		if err != nil || e == nil || e.MergedInto == "" {
			return e, err
		}
		id = e.MergedInto
	}
}

// All returns all stored events, also those that were merged into others.
func (t Events) All() ([]*news.Event, error) { return allJSON[news.Event](t.rows, events, nil) }

// Row returns what is stored under an id: MergedInto says whether the event was merged
// into another one.
func (t Events) Row(id string) (*news.Event, error) {
	return getJSON[news.Event](t.rows, events, []byte(id))
}

// Put stores an event under its ID. MergedInto must not lead back to the event.
func (t Events) Put(e *news.Event) error { return t.putJSON(events, []byte(e.ID), e) }

// Delete deletes an event.
func (t Events) Delete(id string) error { return t.delete(events, []byte(id)) }

// Rhythm returns how fast events usually grow. It is empty before the first one grew,
// never nil.
func (t Events) Rhythm() (*news.Rhythm, error) {
	r, err := getJSON[news.Rhythm](t.rows, state, keyRhythm)
	if r == nil {
		r = new(news.Rhythm)
	}
	return r, err
}

// PutRhythm stores how fast events usually grow.
func (t Events) PutRhythm(r *news.Rhythm) error { return t.putJSON(state, keyRhythm, r) }
