package desk

import (
	"time"

	"github.com/slugline/slugline/internal/news"
)

// kill honours an outlet's notice that takes its headline back: all that the same
// voice has in the story goes, reprints that credit it too. Of a story that nobody
// is left to tell, the item stays and its text goes.
func (b *batch) kill(s *news.Story, notice *news.Take) error {
	voice, found := notice.Owner, false
	for i := range s.Takes {
		t := &s.Takes[i]
		if t.Owner != voice || !t.Killed.IsZero() {
			continue
		}
		found = found || t.Entry != notice.Entry || len(t.Was) > 0
	}
	if !found {
		return nil // it takes back what we never had
	}
	if err := b.killTakes(s, voice); err != nil {
		return err
	}
	singles, err := b.singles(s)
	if err != nil {
		return err
	}
	for _, one := range singles {
		if err := b.killTakes(one, voice); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) killTakes(s *news.Story, voice string) error {
	left, led := 0, false
	for i := range s.Takes {
		t := &s.Takes[i]
		if t.Owner == voice && t.Killed.IsZero() {
			t.Killed = e.rec.At
		}
		if t.Killed.IsZero() {
			left++
		} else if t.Entry == s.Lead {
			led = true
		}
	}
	switch {
	case left > 0 && led:
		if err := e.relead(s); err != nil {
			return err
		}
	case left == 0 && s.Killed.IsZero():
		if err := e.killStory(s); err != nil {
			return err
		}
	}
	return e.touch(s)
}

func (e *edit) killStory(s *news.Story) error {
	s.Killed = e.rec.At
	e.restate(s)
	if err := e.unpinAt(s, news.Everywhere); err != nil {
		return err
	}
	return e.bury(s, news.Everywhere)
}

// revive ends a kill: the outlet tells the story again under the same entry.
func (e *edit) revive(s *news.Story, t *news.Take) error {
	t.Killed = time.Time{}
	if s.Killed.IsZero() {
		return nil
	}
	s.Killed = time.Time{}
	for name := range s.Places {
		if err := e.dig(s, name); err != nil {
			return err
		}
	}
	return e.relead(s)
}

// restate says that a story reads differently from now on, where it was published.
func (e *edit) restate(s *news.Story) {
	s.Revised = e.rec.At
	for name, p := range s.Places {
		if p.Updated.IsZero() {
			continue // see shadow
		}
		p.Updated = e.tx.Claim(name, later(p.Updated.Add(time.Millisecond), e.rec.At), s.ID, p.Updated)
		s.Places[name] = p
	}
}

// relead gives a story the best lead among the entries that are left to it.
func (e *edit) relead(s *news.Story) error {
	var best *news.Take
	var most [2]int
	for i := range s.Takes {
		t := &s.Takes[i]
		if !t.Killed.IsZero() {
			continue
		}
		en, err := e.tx.Entry(t.Entry)
		if err != nil {
			return err
		}
		if en == nil {
			en = &news.Entry{Headline: t.Headline, Link: t.Link}
		}
		if has := [2]int{e.rank(t.Source), complete(en)}; best == nil || has[0] > most[0] || has[0] == most[0] && has[1] > most[1] {
			best, most = t, has
		}
	}
	if best == nil || best.Entry == s.Lead && best.Headline == s.Headline {
		return nil
	}
	s.Lead, s.Source = best.Entry, best.Source
	s.Headline, s.Link, s.Language = best.Headline, best.Link, best.Language
	e.restate(s)
	return nil
}
