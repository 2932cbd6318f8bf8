package desk

import "github.com/slugline/slugline/internal/news"

// pause stops the visits to a source until it is resumed. The pause is part of the
// shared state, beside what feeds.yaml says, so that it survives restarts and is signed.
func (w orderWork) pause(o *news.Order) error {
	s, err := w.sourceNamed(o)
	if err != nil {
		return err
	}
	if s.Pause != nil {
		return refused("source %s is paused already", s.Name)
	}
	c := *s
	c.Pause = &news.Pause{Who: o.Who, Why: o.Why, At: w.record.At, Seq: w.record.Seq}
	return w.PutSource(&c)
}

// resume ends a pause. A source that feeds.yaml pauses too is still not visited.
func (w orderWork) resume(o *news.Order) error {
	s, err := w.sourceNamed(o)
	if err != nil {
		return err
	}
	if s.Pause == nil {
		return refused("source %s is not paused by the desk", s.Name)
	}
	c := *s
	c.Pause = nil
	return w.PutSource(&c)
}

// sourceNamed returns the source that an order names by its name or its id. The order
// then names its id, because a name may change.
func (w orderWork) sourceNamed(o *news.Order) (*news.SourceState, error) {
	id := o.Args[0]
	for i := range w.rules.Sources {
		if w.rules.Sources[i].Name == id {
			id = w.rules.Sources[i].ID
			break
		}
	}
	s, err := w.Source(id)
	if err == nil && (s == nil || s.Removed) {
		err = refused("there is no source %q", id)
	}
	if err != nil {
		return nil, err
	}
	o.Args = []string{s.ID}
	return s, nil
}
