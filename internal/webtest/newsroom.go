// Package webtest is what tests of pages share: a store filled with stories, a server on
// loopback, and Chromium.
//
// Nothing in it is a stand-in for real code. It is imported by tests only.
//
//	newsroom.go  a store with sources, topics and stories
//	http.go      servers and requests
//	texts.go     invented texts in six scripts
//	browser.go   pages in Chromium: layout, accessibility, scripts
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

// TopicKey is the key of the topic inside. It needs escaping in addresses.
const TopicKey = "open&sesame"

// OpenFilled returns a newsroom with stories of every kind: in two languages, of one event,
// of several outlets, of a topic with a key, withdrawn, in no topic.
func OpenFilled(t *testing.T) *Newsroom {
	n := Open(t)
	for _, s := range []Story{
		{Headline: "Ferry returns to port after a night at sea", Language: "en", Sources: []string{"gulf"}, Topics: []string{"world"}, Event: "ferry",
			Summary: "All 214 passengers are well. The harbour master had called the crew back at midnight."},
		{Headline: "عودة العبّارة إلى الميناء بعد ليلة في البحر", Language: "ar", Sources: []string{"nile", "north"}, Topics: []string{"world"}, After: 20 * time.Minute, Event: "ferry"},
		{Headline: "Copper rises for a third day", Language: "en", Sources: []string{"north", "gulf", "nile"}, Topics: []string{"trade", "world"}, After: 30 * time.Minute},
		{Headline: "What the vault says", Language: "en", Sources: []string{"vault", "gulf"}, Topics: []string{"inside"}},
		{Headline: "Vault and wire agree", Language: "en", Sources: []string{"vault", "gulf"}, Topics: []string{"inside", "trade"}},
		{Headline: "Withdrawn claim", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}, Change: func(s *news.Story) { s.Killed, s.Takes[0].Killed = s.Last, s.Last }},
		{Headline: "Nobody carries this", Language: "en", Sources: []string{"north"}},
		{Headline: "Harbour reopens <b>slowly</b> & carefully", Language: "en", Sources: []string{"harbour"}, Topics: []string{"world"}, After: 10 * time.Hour},
	} {
		n.AddStory(s)
	}
	return n
}

// Find returns the story with a headline. The test fails when there is none.
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

// ContainsInOrder fails the test unless body contains the parts, each after the one before.
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

// RemoveTopic marks a topic as removed.
func (n *Newsroom) RemoveTopic(topic string) {
	n.Apply(func(tx *store.Tx) news.Change {
		n.Must(tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: topic, Title: topic}, Removed: true, Seq: n.Seq, Changed: n.At}))
		return news.Change{}
	})
}

// Pin pins a story to the top of a topic.
func (n *Newsroom) Pin(topic string, s *news.Story) {
	n.Helper()
	n.Apply(func(tx *store.Tx) news.Change {
		t, err := tx.Topics.Get(topic)
		n.Must(err)
		more := *t
		more.Pins = append([]news.Pin{{Story: s.ID, Order: n.Seq}}, t.Pins...)
		n.Must(tx.Topics.Put(&more))
		return news.Change{Topics: []string{topic}}
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

// SetShow sets how much of a source's entries may be shown.
func (n *Newsroom) SetShow(source string, show news.Show) {
	for i := range n.Rules.Sources {
		if n.Rules.Sources[i].ID == source {
			n.Rules.Sources[i].Show = show
		}
	}
	n.ApplyRules()
}

// EditSource changes the state of a source.
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

// AddStoryWithAlert adds an English story that triggers alerts.
func (n *Newsroom) AddStoryWithAlert(headline string, alerts ...string) {
	n.Helper()
	n.AddStoryWithAlertIn("en", headline, alerts...)
}

// AddStoryWithAlertIn is AddStoryWithAlert with the story's language.
func (n *Newsroom) AddStoryWithAlertIn(lang, headline string, alerts ...string) {
	n.Helper()
	s := n.AddStory(Story{Headline: headline, Language: lang, Sources: []string{"gulf"}, Topics: []string{"world"}})
	n.Apply(func(*store.Tx) news.Change {
		return news.Change{Stories: []string{s.ID}, Rang: map[string][]string{s.ID: alerts}}
	})
}

// Start is the time at which tests start: 10:00 in Dubai.
var Start = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

// Newsroom is a store in a temporary folder, with the rules in force.
type Newsroom struct {
	testing.TB
	Store *store.Store
	Live  live.Live
	Rules news.Rules
	At    time.Time
	Seq   uint64
}

// Story describes a story to add.
type Story struct {
	Headline, Language, Summary string
	Sources                     []string // ids of sources, a minute between them; the first leads
	Topics                      []string
	After                       time.Duration // time since the story before; at least a second
	Event                       string
	Change                      func(*news.Story) // applied before the story is stored; may be nil
}

// Open returns a newsroom with sources and topics and without stories.
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

// NewSource returns a source that shows summaries.
func NewSource(id, title string) news.Source {
	return news.Source{ID: id, Name: id, Title: title, Address: "http://" + id + ".example/feed", Owner: id + ".example",
		Show: news.ShowSummary, Fold: news.FoldStory, Tags: []string{"wires"}}
}

// Apply commits what fn does as the next record, and announces it.
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

// Must fails the test if err is not nil.
func (n *Newsroom) Must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

// ApplyRules commits n.Rules as a record.
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

// AddStory commits a story as a record and returns it.
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

// NewStory stores the entries of a story and its event, and returns the story, which is not
// stored yet.
func (n *Newsroom) NewStory(tx *store.Tx, s Story) *news.Story {
	st := &news.Story{Seq: n.Seq, First: n.At, Headline: s.Headline, Language: s.Language, Published: len(s.Topics) > 0, Places: map[string]news.Place{}}
	for i, src := range s.Sources {
		e := &news.Entry{
			ID: news.EntryID(src, uint64(i+1), n.Seq, i), Source: src, Headline: s.Headline, Summary: s.Summary, Language: s.Language,
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
			Language: s.Language, At: e.At, Seq: n.Seq, Level: level})
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

// DeleteChanges deletes the changes of records before a time, as retention does.
func (n *Newsroom) DeleteChanges(before time.Time) {
	n.Helper()
	n.Must(n.Store.Update(func(tx *store.Tx) error {
		_, err := tx.Changes.DeleteBefore(before, 100)
		return err
	}))
}

// OpenArabic returns a newsroom whose site is in Arabic.
func OpenArabic(t *testing.T) *Newsroom {
	n := Open(t)
	n.Rules.Site.Language, n.Rules.Site.Title, n.Rules.Site.Motto = "ar", "بريد الخليج", "By the people, for the people"
	n.Rules.Topics[0].Title, n.Rules.Topics[1].Title = "العالم", "أسواق"
	n.Rules.Topics[0].Description = "ما حدث منذ أمس"
	n.Rules.Topics = append(n.Rules.Topics, news.Topic{Name: "english", Title: "In English", Description: "What they say elsewhere.", Stories: 50})
	n.ApplyRules()
	for _, h := range []string{"ارتفاع أسعار النحاس لليوم الثالث على التوالي", "عودة العبّارة إلى الميناء بعد ليلة في البحر"} {
		n.AddStory(Story{Headline: h, Language: "ar", Sources: []string{"nile", "gulf"}, Topics: []string{"world", "trade"}, After: time.Hour})
	}
	n.AddStory(Story{Headline: "Harbour reopens slowly", Language: "en", Sources: []string{"north"}, Topics: []string{"world", "english"}, After: time.Hour})
	return n
}
