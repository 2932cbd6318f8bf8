package web_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// morning is when the news of the tests begins: 10:00 in Dubai.
var morning = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)

// newsroom is a real store in a temporary folder, filled through its write door.
type newsroom struct {
	testing.TB
	store *store.Store
	live  live.Live
	rules news.Rules
	at    time.Time
	seq   uint64
}

// told is a story as a test tells it.
type told struct {
	headline, lang, summary string
	by                      []string // source ids, a minute between them; the first leads
	topics                  []string
	after                   time.Duration // since the story before
	event                   string
	change                  func(*news.Story)
}

func open(t testing.TB) *newsroom {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "news.db"), store.Options{Created: morning})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	n := &newsroom{TB: t, store: st, at: morning}
	n.rules = news.Rules{
		Site: news.Site{
			Title: "Gulf Courier", Motto: "بالشعب و للشعب", URL: "http://press.example", ID: "press.example",
			Language: "en", Zone: "Asia/Dubai", Links: []news.Link{{Title: "Imprint", URL: "http://press.example/imprint"}},
		},
		Keep: 30 * 24 * time.Hour,
		Sources: []news.Source{
			source("gulf", "Gulf Wire"), source("nile", "وكالة النيل"), source("north", "Northern Post"),
			source("harbour", "Harbour Radio"), source("vault", "The Vault"),
		},
		Topics: []news.Topic{
			{Name: "world", Title: "World", Description: "What happened since yesterday", Fold: news.FoldStory, Stories: 50},
			{Name: "trade", Title: "Trade & Markets", Was: []string{"economy"}, Fold: news.FoldStory, Stories: 50},
			{Name: "inside", Title: "Inside", Fold: news.FoldStory, Stories: 50, Keyed: true},
		},
	}
	n.rules.Sources[4].Keyed = true
	n.govern()
	return n
}

func source(id, title string) news.Source {
	return news.Source{ID: id, Name: id, Title: title, Address: "http://" + id + ".example/feed", Owner: id + ".example",
		Show: news.ShowSummary, Fold: news.FoldStory, Tags: []string{"wires"}}
}

// apply runs fn as the next record.
func (n *newsroom) apply(fn func(tx *store.Tx) news.Change) {
	n.Helper()
	n.seq++
	var c news.Change
	err := n.store.Update(func(tx *store.Tx) error {
		c = fn(tx)
		c.Seq, c.At = n.seq, n.at
		if err := tx.Changes.Put(c); err != nil {
			return err
		}
		return tx.Records.Add(&news.Record{ID: fmt.Sprintf("record-%d", n.seq), Seq: n.seq, At: n.at})
	})
	if err != nil {
		n.Fatal(err)
	}
	n.live.Announce(live.Event{Seq: c.Seq, At: c.At, Stories: c.Stories, Topics: c.Topics})
}

func (n *newsroom) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

// govern puts n.rules in force.
func (n *newsroom) govern() {
	n.Helper()
	n.apply(func(tx *store.Tx) news.Change {
		n.must(tx.PutRules(&n.rules))
		for _, s := range n.rules.Sources {
			n.must(tx.Sources.Put(&news.SourceState{Source: s, Created: n.at}))
		}
		for _, t := range n.rules.Topics {
			n.must(tx.Topics.Put(&news.TopicState{Topic: t, Seq: n.seq, Changed: n.at}))
			for _, was := range t.Was {
				n.must(tx.Topics.Put(&news.TopicState{Topic: news.Topic{Name: was}, RenamedTo: t.Name, Seq: n.seq, Changed: n.at}))
			}
		}
		return news.Change{}
	})
}

// tell files a story and returns it.
func (n *newsroom) tell(s told) *news.Story {
	n.Helper()
	n.at = n.at.Add(max(s.after, time.Second))
	var st *news.Story
	n.apply(func(tx *store.Tx) news.Change {
		st = n.story(tx, s)
		for _, name := range s.topics {
			at := tx.Topics.ClaimUpdated(name, st.First, st.ID, time.Time{})
			st.Places[name] = news.Place{At: st.First, Seq: n.seq, Updated: at}
			t, err := tx.Topics.Get(name)
			n.must(err)
			t.Seq, t.Changed, t.Count = n.seq, n.at, t.Count+1
			n.must(tx.Topics.Put(t))
		}
		if s.change != nil {
			s.change(st)
		}
		n.must(tx.Stories.Put(st))
		return news.Change{Stories: []string{st.ID}, Topics: s.topics}
	})
	return st
}

func (n *newsroom) story(tx *store.Tx, s told) *news.Story {
	st := &news.Story{Seq: n.seq, First: n.at, Headline: s.headline, Language: s.lang, Published: len(s.topics) > 0, Places: map[string]news.Place{}}
	for i, src := range s.by {
		e := &news.Entry{
			ID: news.EntryID(src, uint64(i+1), n.seq, i), Source: src, Headline: s.headline, Summary: s.summary, Language: s.lang,
			Link: fmt.Sprintf("http://%s.example/%d", src, n.seq), Seq: n.seq, At: n.at.Add(time.Duration(i) * time.Minute), Published: n.at,
			Keys: news.Keys{GUID: n.seq<<8 | uint64(i+1)},
		}
		level := news.LevelKey
		if i == 0 {
			level = news.LevelNew
			st.ID, st.Lead, st.Link, st.Source = news.StoryID(e.ID, n.seq), e.ID, e.Link, src
			st.URI, st.Event = "tag:press.example,2026:"+st.ID, st.ID
		}
		e.Story = st.ID
		n.must(tx.Entries.Put(e))
		st.Last = e.At
		st.Takes = append(st.Takes, news.Take{Entry: e.ID, Source: src, Owner: src + ".example", Headline: e.Headline, Link: e.Link,
			Language: s.lang, At: e.At, Seq: n.seq, Level: level})
	}
	if s.event != "" {
		ev, err := tx.Events.Get(s.event)
		n.must(err)
		if ev == nil {
			ev = &news.Event{ID: s.event}
		}
		st.Event, ev.Stories = ev.ID, append(ev.Stories, st.ID)
		n.must(tx.Events.Put(ev))
	}
	return st
}

func (n *newsroom) dropChanges(before time.Time) {
	n.Helper()
	n.must(n.store.Update(func(tx *store.Tx) error {
		_, err := tx.Changes.DeleteBefore(before, 100)
		return err
	}))
}
