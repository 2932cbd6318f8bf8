package desk

import (
	"cmp"
	"net/url"
	"time"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// maxHops is how often stories can have been merged one into the next.
const maxHops = 100

// maxPast bounds the headlines that are kept of one outlet's history.
const maxPast = 20

// join makes the entry a take of its story, which may begin with it.
func (b *batch) join(en *news.Entry, v story.Verdict) error {
	s, err := b.joined(v)
	if err != nil {
		return err
	}
	if s == nil {
		s = b.bear(en, v)
	}
	s.Takes = append(s.Takes, news.Take{
		Entry: en.ID, Source: en.Source, Owner: canon.Voice(b.owner(), en.Agency), Headline: en.Headline, Link: en.Link,
		Language: en.Language, At: en.At, Seq: en.Seq, Level: v.Level, Score: v.Score,
	})
	if en.At.Before(s.First) && b.born[s.ID] {
		s.First = en.At
	}
	if !s.Published && b.leads(en, s) {
		lead(s, en)
	}
	if err := b.joinEvents(v); err != nil {
		return err
	}
	if err := b.grow(s, &s.Takes[len(s.Takes)-1]); err != nil {
		return err
	}
	switch {
	case story.IsKill(en.Headline):
		if err := b.kill(s, takeOf(s, en.ID)); err != nil {
			return err
		}
	case story.IsCorrection(en.Headline):
		b.right(s, en)
	}
	b.reason(s.ID, en.At)
	return b.touch(s)
}

// joined is the story that was there; nil when the entry begins one. The fold may
// still name one that went into another since.
func (b *batch) joined(v story.Verdict) (*news.Story, error) {
	if v.Level == news.LevelNew {
		return nil, nil
	}
	b.count(v.Level)
	return b.survivor(v.Story)
}

func (b *batch) count(l news.Level) {
	if b.folded == nil {
		b.folded = map[news.Level]int{}
	}
	b.folded[l]++
}

// bear begins a story with its first entry.
func (b *batch) bear(en *news.Entry, v story.Verdict) *news.Story {
	s := &news.Story{ID: v.Story, Seq: b.rec.Seq, Event: v.Event, First: en.At}
	s.URI = b.uri(s.ID)
	lead(s, en)
	b.keep(s)
	b.born[s.ID] = true
	b.stories++
	return s
}

func (e *edit) uri(id string) string {
	return "tag:" + e.authority() + "," + e.rec.At.Format("2006-01-02") + ":" + id
}

// authority is who mints the tag URIs (RFC 4151 section 2.1): a host without port.
func (e *edit) authority() string {
	return cmp.Or(e.rules.Site.ID, hostOf(e.rules.Site.URL), "localhost")
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// reason notes the time of what made a story of this record satisfy a topic's rule.
func (b *batch) reason(id string, at time.Time) {
	b.because[id] = later(b.because[id], at)
}

// lead makes the entry what its story shows.
func lead(s *news.Story, en *news.Entry) {
	s.Lead, s.Source = en.ID, en.Source
	s.Headline, s.Link, s.Language = en.Headline, en.Link, en.Language
}

// leads tells whether the entry is a better lead than the one a story has: by rank,
// then by how complete it is, then the first.
func (b *batch) leads(en *news.Entry, s *news.Story) bool {
	if s.Lead == en.ID {
		return false
	}
	old, err := b.tx.Entry(s.Lead)
	if err != nil || old == nil {
		return err == nil
	}
	if a, z := b.rank(en.Source), b.rank(old.Source); a != z {
		return a > z
	}
	return complete(en) > complete(old)
}

func (e *edit) rank(source string) int {
	if s := e.rules.sources[source]; s != nil {
		return s.Rank
	}
	return 0
}

func complete(en *news.Entry) int {
	n := 0
	for _, there := range []bool{en.Headline != "", en.Link != "", en.Summary != "", len(en.Media) > 0} {
		if there {
			n++
		}
	}
	return n
}

// revise carries a changed entry into its story. The headline that it had is kept;
// `updated` moves only when the lead changed in what readers see first.
func (b *batch) revise(old, en *news.Entry) error {
	s, err := b.survivor(en.Story)
	if err != nil || s == nil || takeOf(s, en.ID) == nil {
		return err
	}
	all := []*news.Story{s}
	if b.rules.loose {
		singles, err := b.singles(s)
		if err != nil {
			return err
		}
		all = append(all, singles...)
	}
	for _, s := range all {
		if err := b.reviseTake(s, old, en); err != nil {
			return err
		}
	}
	if story.IsKill(en.Headline) && !story.IsKill(old.Headline) {
		return b.kill(s, takeOf(s, en.ID))
	}
	return nil
}

func (b *batch) reviseTake(s *news.Story, old, en *news.Entry) error {
	t := takeOf(s, en.ID)
	if t == nil {
		return nil
	}
	if t.Headline != en.Headline {
		t.Earlier = append(t.Earlier, news.EarlierHeadline{Headline: t.Headline, Until: b.rec.At})
		t.Earlier = t.Earlier[max(0, len(t.Earlier)-maxPast):]
		t.Headline = en.Headline
	}
	t.Link, t.Language = cmp.Or(en.Link, t.Link), en.Language
	kills := story.IsKill(en.Headline)
	if !t.Killed.IsZero() && !kills && story.IsKill(old.Headline) {
		if err := b.revive(s, t); err != nil {
			return err
		}
	}
	if s.Lead == en.ID && !kills && t.Killed.IsZero() {
		b.reviseLead(s, old, en)
	}
	b.reason(s.ID, b.rec.At)
	return b.touch(s)
}

// reviseLead changes what a story shows. A published link stays.
func (b *batch) reviseLead(s *news.Story, old, en *news.Entry) {
	same := old.Headline == en.Headline && old.Summary == en.Summary || old.TextDeleted && s.Headline == en.Headline
	s.Headline, s.Language = en.Headline, en.Language
	if !s.Published {
		s.Link = en.Link
	}
	if same {
		return
	}
	b.restate(s)
}

// survivor follows a story that was merged into another.
func (e *edit) survivor(id string) (*news.Story, error) {
	for range maxHops {
		s, err := e.story(id)
		if err != nil || s == nil || s.MergedInto == "" {
			return s, err
		}
		id = s.MergedInto
	}
	return nil, nil
}

func takeOf(s *news.Story, entry string) *news.Take {
	for i := range s.Takes {
		if s.Takes[i].Entry == entry {
			return &s.Takes[i]
		}
	}
	return nil
}
