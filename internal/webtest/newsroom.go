// Package webtest is what tests of pages share: a real store filled with stories, a
// real server on loopback, and Chromium.
package webtest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

const TopicKey = "open&sesame"

// OpenFilled is a newsroom with a little of everything.
func OpenFilled(t *testing.T) *Newsroom {
	n := Open(t)
	for _, s := range []Story{
		{Headline: "Ferry returns to port after a night at sea", Lang: "en", By: []string{"gulf"}, Topics: []string{"world"}, Event: "ferry",
			Summary: "All 214 passengers are well. The harbour master had called the crew back at midnight."},
		{Headline: "عودة العبّارة إلى الميناء بعد ليلة في البحر", Lang: "ar", By: []string{"nile", "north"}, Topics: []string{"world"}, After: 20 * time.Minute, Event: "ferry"},
		{Headline: "Copper rises for a third day", Lang: "en", By: []string{"north", "gulf", "nile"}, Topics: []string{"trade", "world"}, After: 30 * time.Minute},
		{Headline: "What the vault says", Lang: "en", By: []string{"vault", "gulf"}, Topics: []string{"inside"}},
		{Headline: "Vault and wire agree", Lang: "en", By: []string{"vault", "gulf"}, Topics: []string{"inside", "trade"}},
		{Headline: "Withdrawn claim", Lang: "en", By: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) { s.Killed, s.Takes[0].Killed = s.Last, s.Last }},
		{Headline: "Nobody carries this", Lang: "en", By: []string{"north"}},
		{Headline: "Harbour reopens <b>slowly</b> & carefully", Lang: "en", By: []string{"harbour"}, Topics: []string{"world"}, After: 10 * time.Hour},
	} {
		n.AddStory(s)
	}
	return n
}

// Find returns the story with a headline.
func (n *Newsroom) Find(headline string) *news.Story {
	n.Helper()
	var found *news.Story
	n.Must(n.Store.View(func(tx *store.Tx) error {
		return tx.Stories.Each(func(s *news.Story) error {
			if s.Headline == headline {
				found = s
			}
			return nil
		})
	}))
	if found == nil {
		n.Fatalf("no story %q", headline)
	}
	return found
}

func ContainsInOrder(t *testing.T, body string, parts ...string) {
	t.Helper()
	rest := body
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Fatalf("no %q in\n%s\n(the whole: %v)", p, rest, strings.Contains(body, p))
		}
		rest = after
	}
}

// RemoveTopic leaves of a topic only that it has ended.
func (n *Newsroom) RemoveTopic(topic string) {
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: topic, Title: topic}, Removed: true, Seq: n.Seq, Changed: n.At}))
		return news.Change{}
	})
}

// EditEntry changes the lead entry of a story.
func (n *Newsroom) EditEntry(s *news.Story, change func(*news.Entry)) {
	n.Helper()
	n.Apply(func(tx *store.Tx) news.Change {
		e, err := tx.Entries.Get(s.Lead)
		n.Must(err)
		change(e)
		n.Must(tx.Entries.Put(e))
		return news.Change{Stories: []string{s.ID}}
	})
}

// SetShow lets us tell more or less of a source.
func (n *Newsroom) SetShow(source string, how news.Show) {
	for i := range n.Rules.Sources {
		if n.Rules.Sources[i].ID == source {
			n.Rules.Sources[i].Show = how
		}
	}
	n.ApplyRules()
}

// EditSource changes what the records told of a source.
func (n *Newsroom) EditSource(id string, change func(*news.SourceState)) {
	n.Helper()
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		s, err := tx.Sources.Get(id)
		if err != nil {
			return err
		}
		change(s)
		return tx.Sources.Put(s)
	}))
}

// AddStoryWithAlert rings an alert for a story in open pages.
func (n *Newsroom) AddStoryWithAlert(headline string, alerts ...string) {
	n.Helper()
	n.AddStoryWithAlertIn("en", headline, alerts...)
}

func (n *Newsroom) AddStoryWithAlertIn(lang, headline string, alerts ...string) {
	n.Helper()
	s := n.AddStory(Story{Headline: headline, Lang: lang, By: []string{"gulf"}, Topics: []string{"world"}})
	n.Apply(func(*store.Tx) news.Change {
		return news.Change{Stories: []string{s.ID}, Rang: map[string][]string{s.ID: alerts}}
	})
}

// Start is when the news of the tests begins: 10:00 in Dubai.
var Start = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

// Newsroom is a real store in a temporary folder, filled through its write door.
type Newsroom struct {
	testing.TB
	Store *store.Store
	Live  live.Live
	Rules news.Rules
	At    time.Time
	Seq   uint64
}

// Story is a story as a test tells it.
type Story struct {
	Headline, Lang, Summary string
	By                      []string // source ids, a minute between them; the first leads
	Topics                  []string
	After                   time.Duration // since the story before
	Event                   string
	Change                  func(*news.Story)
}

func Open(t testing.TB) *Newsroom {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "news.db"), store.Options{Created: Start})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	n := &Newsroom{TB: t, Store: st, At: Start}
	n.Rules = news.Rules{
		Site: news.Site{
			Title: "Gulf Courier", Motto: "بالشعب و للشعب", URL: "http://press.example", ID: "press.example",
			Language: "en", Zone: "Asia/Dubai", Links: []news.Link{{Title: "Imprint", URL: "http://press.example/imprint"}},
		},
		Keep: 30 * 24 * time.Hour,
		Sources: []news.Source{
			NewSource("gulf", "Gulf Wire"), NewSource("nile", "وكالة النيل"), NewSource("north", "Northern Post"),
			NewSource("harbour", "Harbour Radio"), NewSource("vault", "The Vault"),
		},
		Topics: []news.Topic{
			{Name: "world", Title: "World", Description: "What happened since yesterday", Fold: news.FoldStory, Stories: 50},
			{Name: "trade", Title: "Trade & Markets", Was: []string{"economy"}, Fold: news.FoldStory, Stories: 50},
			{Name: "inside", Title: "Inside", Fold: news.FoldStory, Stories: 50, Keyed: true},
		},
	}
	n.Rules.Sources[4].Keyed = true
	n.ApplyRules()
	return n
}

func NewSource(id, title string) news.Source {
	return news.Source{ID: id, Name: id, Title: title, Address: "http://" + id + ".example/feed", Owner: id + ".example",
		Show: news.ShowSummary, Fold: news.FoldStory, Tags: []string{"wires"}}
}

// Apply runs fn as the next record.
func (n *Newsroom) Apply(fn func(tx *store.Tx) news.Change) {
	n.Helper()
	n.Seq++
	var c news.Change
	err := n.Store.Update(func(tx *store.Tx) error {
		c = fn(tx)
		c.Seq, c.At = n.Seq, n.At
		if err := tx.Changes.Put(c); err != nil {
			return err
		}
		return tx.Records.Add(&news.Record{ID: fmt.Sprintf("record-%d", n.Seq), Seq: n.Seq, At: n.At})
	})
	if err != nil {
		n.Fatal(err)
	}
	n.Live.Announce(live.Event{Seq: c.Seq, At: c.At, Stories: c.Stories, Topics: c.Topics})
}

func (n *Newsroom) Must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

// ApplyRules puts n.rules in force.
func (n *Newsroom) ApplyRules() {
	n.Helper()
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.PutRules(&n.Rules))
		for _, s := range n.Rules.Sources {
			n.Must(tx.Sources.Put(&news.SourceState{Source: s, Created: n.At}))
		}
		for _, t := range n.Rules.Topics {
			n.Must(tx.Topics.Put(&news.TopicState{Topic: t, Seq: n.Seq, Changed: n.At}))
			for _, was := range t.Was {
				n.Must(tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: was}, RenamedTo: t.Name, Seq: n.Seq, Changed: n.At}))
			}
		}
		return news.Change{}
	})
}

// AddStory files a story and returns it.
func (n *Newsroom) AddStory(s Story) *news.Story {
	n.Helper()
	n.At = n.At.Add(max(s.After, time.Second))
	var st *news.Story
	n.Apply(func(tx *store.Tx) news.Change {
		st = n.NewStory(tx, s)
		for _, name := range s.Topics {
			at := tx.Topics.ClaimUpdated(name, st.First, st.ID, time.Time{})
			st.Places[name] = news.Place{At: st.First, Seq: n.Seq, Updated: at}
			t, err := tx.Topics.Get(name)
			n.Must(err)
			t.Seq, t.Changed, t.Count = n.Seq, n.At, t.Count+1
			n.Must(tx.Topics.Put(t))
		}
		if s.Change != nil {
			s.Change(st)
		}
		n.Must(tx.Stories.Put(st))
		return news.Change{Stories: []string{st.ID}, Topics: s.Topics}
	})
	return st
}

func (n *Newsroom) NewStory(tx *store.Tx, s Story) *news.Story {
	st := &news.Story{Seq: n.Seq, First: n.At, Headline: s.Headline, Language: s.Lang, Published: len(s.Topics) > 0, Places: map[string]news.Place{}}
	for i, src := range s.By {
		e := &news.Entry{
			ID: news.EntryID(src, uint64(i+1), n.Seq, i), Source: src, Headline: s.Headline, Summary: s.Summary, Language: s.Lang,
			Link: fmt.Sprintf("http://%s.example/%d", src, n.Seq), Seq: n.Seq, At: n.At.Add(time.Duration(i) * time.Minute), Published: n.At,
			Keys: news.Keys{GUID: n.Seq<<8 | uint64(i+1)},
		}
		level := news.LevelKey
		if i == 0 {
			level = news.LevelNew
			st.ID, st.Lead, st.Link, st.Source = news.StoryID(e.ID, n.Seq), e.ID, e.Link, src
			st.URI, st.Event = "tag:press.example,2026:"+st.ID, st.ID
		}
		e.Story = st.ID
		n.Must(tx.Entries.Put(e))
		st.Last = e.At
		st.Takes = append(st.Takes, news.Take{Entry: e.ID, Source: src, Owner: src + ".example", Headline: e.Headline, Link: e.Link,
			Language: s.Lang, At: e.At, Seq: n.Seq, Level: level})
	}
	if s.Event != "" {
		ev, err := tx.Events.Get(s.Event)
		n.Must(err)
		if ev == nil {
			ev = &news.Event{ID: s.Event}
		}
		st.Event, ev.Stories = ev.ID, append(ev.Stories, st.ID)
		n.Must(tx.Events.Put(ev))
	}
	return st
}

func (n *Newsroom) DeleteChanges(before time.Time) {
	n.Helper()
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		_, err := tx.Changes.DeleteBefore(before, 100)
		return err
	}))
}

// OpenArabic is a newsroom that writes from right to left.
func OpenArabic(t *testing.T) *Newsroom {
	n := Open(t)
	n.Rules.Site.Language, n.Rules.Site.Title, n.Rules.Site.Motto = "ar", "بريد الخليج", "By the people, for the people"
	n.Rules.Topics[0].Title, n.Rules.Topics[1].Title = "العالم", "أسواق"
	n.Rules.Topics[0].Description = "ما حدث منذ أمس"
	n.Rules.Topics = append(n.Rules.Topics, news.Topic{Name: "english", Title: "In English", Description: "What they say elsewhere.", Stories: 50})
	n.ApplyRules()
	for _, h := range []string{"ارتفاع أسعار النحاس لليوم الثالث على التوالي", "عودة العبّارة إلى الميناء بعد ليلة في البحر"} {
		n.AddStory(Story{Headline: h, Lang: "ar", By: []string{"nile", "gulf"}, Topics: []string{"world", "trade"}, After: time.Hour})
	}
	n.AddStory(Story{Headline: "Harbour reopens slowly", Lang: "en", By: []string{"north"}, Topics: []string{"world", "english"}, After: time.Hour})
	return n
}
