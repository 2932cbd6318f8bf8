package desk

import (
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// recalled is the story that a notice takes back, where the same source told it word
// for word, however long ago: the fold looks back three days.
func (b *batch) recalled(notice *news.Entry) (*news.Story, error) {
	headline := story.KilledHeadline(notice.Headline)
	if headline == "" {
		return nil, nil
	}
	var told *news.Entry
	for _, id := range b.tx.ByText(b.Source, canon.TextKey(headline)) {
		en, err := b.tx.Entry(id)
		if err != nil {
			return nil, err
		}
		if en != nil && en.Story != "" && (told == nil || en.At.After(told.At)) {
			told = en
		}
	}
	if told == nil {
		return nil, nil
	}
	s, err := b.survivor(told.Story)
	if err != nil || s == nil || takeOf(s, told.ID) == nil {
		return nil, err
	}
	return s, nil
}

// recall makes a notice a take of the story that it takes back. The fold is not
// asked: there is nothing to be in doubt about.
func (b *batch) recall(notice *news.Entry, s *news.Story) error {
	notice.Story = s.ID
	if err := b.tx.PutEntry(notice); err != nil {
		return err
	}
	b.readDoc(notice, b.src)
	return b.join(notice, story.Verdict{Story: s.ID, Level: news.LevelKey, Score: 1000, Event: s.Event})
}

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
		found = found || t.Entry != notice.Entry || len(t.Earlier) > 0
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
	if err := e.bury(s, news.Everywhere); err != nil {
		return err
	}
	return e.succeed(s)
}

// told are the stories of what the document lists or listed the last time.
func (b *batch) told() ([]string, error) {
	if b.own != nil {
		return b.own, nil
	}
	b.own = []string{}
	for _, list := range [][]uint64{b.src.Listed, b.before} {
		for _, key := range list {
			en, err := b.tx.Entry(b.tx.ByKey(b.Source, key))
			if err != nil {
				return nil, err
			}
			if en != nil && en.Story != "" {
				b.own = append(b.own, en.Story)
			}
		}
	}
	return b.own, nil
}

// right lets an outlet's correction stand for what the same source told before in
// this story: the headline that was wrong becomes history, and where it led, the
// correction leads.
func (b *batch) right(s *news.Story, en *news.Entry) {
	now, led := takeOf(s, en.ID), false
	for i := range s.Takes {
		t := &s.Takes[i]
		if t.Entry == en.ID || t.Source != en.Source || t.CorrectedBy != "" || !t.Killed.IsZero() {
			continue
		}
		t.CorrectedBy = en.ID
		led = led || t.Entry == s.Lead
		now.Earlier = append(now.Earlier, t.Earlier...)
		now.Earlier = append(now.Earlier, news.EarlierHeadline{Headline: t.Headline, Until: b.rec.At})
	}
	now.Earlier = now.Earlier[max(0, len(now.Earlier)-maxPast):]
	if led {
		lead(s, en)
		b.restate(s)
	}
}

// revive ends a kill: where the notice stood, the outlet tells the story again. What
// is edited in an entry that a notice elsewhere took back brings it not back.
func (e *edit) revive(s *news.Story, t *news.Take) error {
	t.Killed = time.Time{}
	if s.Killed.IsZero() {
		return nil
	}
	return e.revived(s)
}

// revived lets a story that somebody tells again stand where a note stood.
func (e *edit) revived(s *news.Story) error {
	s.Killed = time.Time{}
	for name := range s.Places {
		if err := e.dig(s, name); err != nil {
			return err
		}
	}
	ev, err := e.event(s.Event)
	if err != nil {
		return err
	}
	if err := e.uniteItems(ev); err != nil {
		return err
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
		if !t.Killed.IsZero() || s.IsSuperseded(t) {
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
