package desk

import (
	"slices"

	"github.com/slugline/slugline/internal/desk/alerting"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// joinEvents stores that a new story is one of an event, and that events became one:
// the older id survives.
func (w storyWork) joinEvents(v story.Verdict) error {
	if v.Level != news.LevelNew && len(v.Joined) == 0 || v.Event == v.Story && len(v.Joined) == 0 {
		return nil
	}
	ev, err := w.Event(v.Event)
	if err != nil {
		return err
	}
	ev.Stories = withStory(ev.Stories, v.Story)
	for _, id := range v.Joined {
		if v.Level == news.LevelNew {
			if err := w.keepItems(ev, id, v.Near); err != nil {
				return err
			}
		}
		if err := w.mergeEvent(ev, id); err != nil {
			return err
		}
	}
	ev.Stories = ev.Stories[max(0, len(ev.Stories)-news.MaxEvent):]
	ev.Last = news.Later(ev.Last, w.record.At)
	w.ChangeEvent(ev)
	if len(v.Joined) == 0 {
		return nil
	}
	return w.removeSurplusItems(ev)
}

func withStory(ids []string, id string) []string {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

// mergeEvent merges the event with an id into ev.
func (w storyWork) mergeEvent(ev *news.Event, id string) error {
	other, err := w.Event(id)
	if err != nil || other.ID == ev.ID {
		return err
	}
	for _, s := range other.Stories {
		ev.Stories = withStory(ev.Stories, s)
	}
	ev.MatchedAlerts = alerting.AddMatched(ev.MatchedAlerts, other.MatchedAlerts...)
	if ev.Claim == nil {
		ev.Claim = other.Claim
	}
	for _, one := range []*news.Event{ev, other} {
		if err := w.collectVoices(one, ""); err != nil {
			return err
		}
	}
	for _, v := range other.Voices {
		ev.Voices, _ = news.WithVoice(ev.Voices, v)
	}
	if ev.Breaking.Before(other.Breaking) {
		ev.Breaking, ev.Surge = other.Breaking, other.Surge
	}
	other.Stories, other.MergedInto = nil, ev.ID
	w.ChangeEvent(other)
	return nil
}

// grow counts a take as a voice of its event. The event breaks when its voices grow
// unusually fast. Backlog counts towards what is usual, but no event breaks by it, unless it
// did before a restore. An event of one story that never broke is not stored.
func (w storyWork) grow(s *news.Story, t *news.Take) error {
	if t.IsWithdrawn() {
		return nil
	}
	ev, err := w.Event(s.Event)
	if err != nil {
		return err
	}
	before := ev.Voices
	more, err := w.addVoice(ev, t)
	if err != nil || !more {
		return err
	}
	r, err := w.Rhythm()
	if err != nil {
		return err
	}
	usual := *r
	surge, unusual := r.Grow(ev.Voices)
	switch {
	case w.backlog:
		if err := w.breakAsBefore(ev, s, usual); err != nil {
			return err
		}
	case unusual && alerting.Breaks(ev, t.At, w.record.At, false):
		ev.Breaking, ev.Surge = w.record.At, surge
	}
	if len(ev.Stories) <= 1 && ev.Breaking.IsZero() {
		ev.Voices = before
		return nil
	}
	w.ChangeEvent(ev)
	return nil
}

// addVoice adds the voice of a take to an event and tells whether it is a new one.
func (w storyWork) addVoice(ev *news.Event, t *news.Take) (more bool, err error) {
	before := ev.Voices
	if err := w.collectVoices(ev, t.Entry); err != nil {
		return false, err
	}
	if ev.Voices, more = news.WithVoice(ev.Voices, voiceOf(t)); !more {
		ev.Voices = before
	}
	return more, nil
}

// collectVoices collects the voices of an event that has stored none so far, except
// that of one entry.
func (w storyWork) collectVoices(ev *news.Event, except string) error {
	if len(ev.Voices) > 0 {
		return nil
	}
	for _, id := range newest(ev) {
		s, err := w.Story(id)
		if err != nil {
			return err
		}
		if s == nil || s.MergedInto != "" {
			continue
		}
		for i := range s.Takes {
			if t := &s.Takes[i]; t.Entry != except && !t.IsWithdrawn() {
				ev.Voices, _ = news.WithVoice(ev.Voices, voiceOf(t))
			}
		}
	}
	return nil
}

func voiceOf(t *news.Take) news.Voice {
	return news.Voice{Owner: t.Owner, At: t.At, Own: t.Level == news.LevelNew}
}
