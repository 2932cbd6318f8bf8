package desk

import "github.com/slugline/slugline/internal/news"

// pause has a source visited no more, until it is resumed. That stands in the shared
// half, beside what feeds.yaml says, so that it outlives restarts and is signed.
func (e *edit) pause(o *news.Order) error {
	s, err := e.visited(o)
	if err != nil {
		return err
	}
	if s.Pause != nil {
		return refused("source %s is paused already", s.Name)
	}
	c := *s
	c.Pause = &news.Pause{Who: o.Who, Why: o.Why, At: e.rec.At, Seq: e.rec.Seq}
	e.keepSource(&c)
	return e.tx.Sources.Put(&c)
}

// resume has a source visited again, but for what feeds.yaml says.
func (e *edit) resume(o *news.Order) error {
	s, err := e.visited(o)
	if err != nil {
		return err
	}
	if s.Pause == nil {
		return refused("source %s is not paused by the desk", s.Name)
	}
	c := *s
	c.Pause = nil
	e.keepSource(&c)
	return e.tx.Sources.Put(&c)
}

// visited finds the source that an editor means, by its name or its id. The order
// then names its id: a name may change.
func (e *edit) visited(o *news.Order) (*news.SourceState, error) {
	id := o.Args[0]
	for i := range e.rules.Sources {
		if e.rules.Sources[i].Name == id {
			id = e.rules.Sources[i].ID
			break
		}
	}
	s, err := e.source(id)
	if err == nil && (s == nil || s.Removed) {
		err = refused("there is no source %q", id)
	}
	if err != nil {
		return nil, err
	}
	o.Args = []string{s.ID}
	return s, nil
}
