package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

const (
	late = time.Hour     // what is known only so long after it happened breaks no more
	calm = 6 * time.Hour // after it broke, an event may break again
)

// grow counts a take as a voice of its event, and marks the event when its voices grow
// unusually fast. Backlog teaches what is usual, and breaks nothing.
func (b *batch) grow(s *news.Story, t *news.Take) error {
	if !t.Killed.IsZero() {
		return nil
	}
	ev, err := b.event(s.Event)
	if err != nil {
		return err
	}
	kept := len(ev.Stories) > 1 || !ev.Breaking.IsZero()
	heard := ev.Voices
	if err := b.hear(ev, t.Entry); err != nil {
		return err
	}
	voices, more := news.WithVoice(ev.Voices, voiceOf(t))
	if !more {
		ev.Voices = heard
		return nil
	}
	ev.Voices = voices
	r, err := b.usual()
	if err != nil {
		return err
	}
	surge, unusual := r.Grow(ev.Voices)
	fresh := !b.backlog && b.rec.At.Sub(t.At) <= late
	if unusual && fresh && (ev.Breaking.IsZero() || b.rec.At.Sub(ev.Breaking) > calm) {
		ev.Breaking, ev.Surge, kept = b.rec.At, surge, true
	}
	if !kept {
		ev.Voices = heard
		return nil
	}
	b.putEvent(ev)
	return nil
}

// hear gathers the voices of an event that has kept none so far, but for one entry's.
func (e *edit) hear(ev *news.Event, but string) error {
	if len(ev.Voices) > 0 {
		return nil
	}
	for _, id := range ev.Stories[max(0, len(ev.Stories)-maxSiblings):] {
		s, err := e.story(id)
		if err != nil {
			return err
		}
		if s == nil || s.MergedInto != "" {
			continue
		}
		for i := range s.Takes {
			if t := &s.Takes[i]; t.Entry != but && t.Killed.IsZero() {
				ev.Voices, _ = news.WithVoice(ev.Voices, voiceOf(t))
			}
		}
	}
	return nil
}

func voiceOf(t *news.Take) news.Voice {
	return news.Voice{Owner: t.Owner, At: t.At, Own: t.Level == news.LevelNew}
}

// usual is the rhythm in which events grow.
func (e *edit) usual() (*news.Rhythm, error) {
	if e.rhythm != nil {
		return e.rhythm, nil
	}
	r, err := e.tx.Events.Rhythm()
	if err != nil {
		return nil, err
	}
	e.rhythm = r
	return r, nil
}
