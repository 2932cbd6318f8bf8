package desk

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestWalk walks at random through visits, editors' orders, reloads, sweeps and restarts,
// and compares after each step which story is in which topic with a model: a story is in
// a topic if it was not merged into another, is not hidden there, and satisfies the topic's
// rule or is pinned. A reload reviews two stories at once, and other steps come between: then it
// compares when the review is done.
func TestWalk(t *testing.T) {
	defer func(n int) { reviewAtOnce = n }(reviewAtOnce)
	reviewAtOnce = 2
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		w := newWalk(t, filepath.Join(dir, fmt.Sprint(n, ".db")))
		for range rapid.IntRange(5, 40).Draw(t, "steps") {
			w.step()
			w.check()
		}
		if err := w.store.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// walk is a desk and the model of what is in it.
type walk struct {
	*rapid.T
	path  string
	now   time.Time
	store *store.Store
	desk  *Desk
	rules news.Rules
	seq   uint64

	entries map[string]*walkEntry // by id
	stories map[string]*walkStory // by id
	first   map[string]string     // by headline: the story that the fold knows; "" after a split of it
	pins    map[string]map[string]time.Time
	orders  []*walkOrder
	places  map[string]time.Time // by topic and story that was in it after the last step
}

type walkEntry struct {
	source, headline, story string
}

type walkStory struct {
	*news.Story // as it was at its beginning
	merged      string
	had         []string // its entries when it was merged into another one
	hidden      map[string]bool
}

// walkOrder is an order that was given, with the ids that it was about.
type walkOrder struct {
	seq     uint64
	verb    string
	stories []string // into and merged, or the story that was split and its new one
	topics  []string
	undone  bool
}

// walkHeadlines have no word in common. The last words are for rules.
var walkHeadlines = []string{"Ferry resumes crossings after storm", "Council approves harbour tunnel", "Miners rescued from flooded shaft", "Ransomware halts three hospitals",
	"Volcano erupts near capital", "Central bank lowers interest rates", "Archive of lost films found"}

var walkRules = []string{"", "ferry OR volcano", "tunnel", "miners OR ransomware OR bank", "outlets:>1", "films OR outlets:>2"}

func newWalk(t *rapid.T, path string) *walk {
	w := &walk{T: t, path: path, now: dawn, entries: map[string]*walkEntry{}, stories: map[string]*walkStory{}, first: map[string]string{}, pins: map[string]map[string]time.Time{}, places: map[string]time.Time{}}
	w.store, w.desk = reopen(t, nil, path)
	w.rules = news.Rules{Site: news.Site{URL: "https://press.example"}, Keep: 30 * 24 * time.Hour, Fold: reviewsInSteps}
	for _, name := range []string{"one", "two", "three"} {
		w.rules.Sources = append(w.rules.Sources, news.Source{Name: name, Address: "https://" + name + ".example/rss", Show: news.ShowSummary, Fold: news.FoldStory})
	}
	w.rules.Topics = []news.Topic{{Name: "all", Fold: news.FoldStory, Stories: 5}, {Name: "some", Fold: news.FoldStory, Stories: 3}, {Name: "few", Fold: news.FoldStory, Stories: 3}}
	w.reload()
	return w
}

func (w *walk) pick(what string, from []string) string {
	return rapid.SampledFrom(from).Draw(w.T, what)
}

func (w *walk) step() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(w.T, "minutes")) * time.Minute)
	switch kind := rapid.IntRange(0, 13).Draw(w.T, "step"); {
	case kind < 5 || len(w.stories) == 0:
		w.visit()
	case kind == 5:
		w.split()
	case kind == 6:
		w.merge()
	case kind == 7:
		w.hide()
	case kind == 8:
		w.unhide()
	case kind == 9:
		w.pin()
	case kind == 10:
		w.undo()
	case kind == 11:
		w.reload()
	case kind == 12:
		w.sweep()
	default:
		w.store, w.desk = reopen(w.T, w.store, w.path)
	}
	if r := w.reviewed(); r != nil && !r.Done && rapid.Bool().Draw(w.T, "review") {
		w.file(news.Record{Review: r.Next()})
	}
}

// reviewed returns how far all stories are reviewed by changed rules.
func (w *walk) reviewed() (r *news.Reviewed) {
	w.view(func(tx *store.Tx) (err error) {
		r, err = tx.Reviewed()
		return err
	})
	return r
}

// file files a record, and reports whether it was not refused.
func (w *walk) file(r news.Record) bool {
	w.Helper()
	r.At = w.now
	r.SetID()
	refused, err := w.desk.commit([]filing{{record: r}})
	if err != nil {
		w.Fatal(err)
	}
	if err := refused[r.ID]; err != nil && !errors.Is(err, journal.ErrRefused) {
		w.Fatal(err)
	}
	w.seq = w.store.Seq()
	return refused[r.ID] == nil
}

func (w *walk) order(verb string, until time.Time, args ...string) bool {
	return w.file(news.Record{Order: &news.Order{Verb: verb, Args: args, Until: until}})
}

// visit has a source report one more headline.
func (w *walk) visit() {
	source, headline := w.pick("source", []string{"one", "two", "three"}), w.pick("headline", walkHeadlines)
	for _, en := range w.entries {
		if en.source == source && en.headline == headline {
			return
		}
	}
	id := strings.ToLower(strings.ReplaceAll(headline, " ", "-"))
	doc := &feed.Document{Items: []feed.Item{{ID: id, Title: headline, Link: "https://" + source + ".example/2026/" + id + ".html", Published: w.now.Add(-time.Minute)}}}
	v := &news.Visit{Source: source, Prev: w.now.Add(-time.Hour), Feed: &news.Feed{Title: source}, Partial: true, Final: true, Entries: canon.Entries(doc, news.Source{ID: source})}
	w.file(news.Record{Visit: v})
	w.learn(source, headline)
}

// learn adds the entry that the last record brought to the model.
func (w *walk) learn(source, headline string) {
	var found *news.Story
	var entry string
	w.view(func(tx *store.Tx) error {
		return tx.Stories.Each(func(s *news.Story) error {
			for _, t := range s.Takes {
				if t.Source == source && t.Headline == headline && t.Seq == w.seq && s.MergedInto == "" {
					found, entry = s, t.Entry
				}
			}
			return nil
		})
	})
	if found == nil {
		w.Fatalf("%q of %s is in no story", headline, source)
	}
	want, known := w.first[headline]
	switch {
	case !known:
		if found.Seq != w.seq {
			w.Fatalf("%q joined story %s (%s), want one of its own", headline, found.ID, found.Headline)
		}
		w.first[headline] = found.ID
	case want != "" && found.ID != w.survivor(want):
		w.Fatalf("%q joined story %s (%s), want %s", headline, found.ID, found.Headline, w.survivor(want))
	}
	if w.stories[found.ID] == nil {
		w.add(found)
	}
	w.entries[entry] = &walkEntry{source, headline, found.ID}
}

func (w *walk) add(s *news.Story) { w.stories[s.ID] = &walkStory{Story: s, hidden: map[string]bool{}} }

func (w *walk) survivor(id string) string {
	for w.stories[id].merged != "" {
		id = w.stories[id].merged
	}
	return id
}

// entriesOf returns the ids of a story's entries.
func (w *walk) entriesOf(story string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(w.entries)) {
		if w.entries[id].story == story {
			ids = append(ids, id)
		}
	}
	return ids
}

func (w *walk) anyStory(what string) string {
	return w.pick(what, slices.Sorted(maps.Keys(w.stories)))
}

func (w *walk) split() {
	id := w.pick("entry", slices.Sorted(maps.Keys(w.entries)))
	en := w.entries[id]
	from := en.story
	alone := len(w.entriesOf(from)) == 1
	if done := w.order("split", time.Time{}, id); done == alone {
		w.Fatalf("split of entry %s, alone %v: done %v", id, alone, done)
	}
	if alone {
		return
	}
	w.view(func(tx *store.Tx) error {
		stored, err := tx.Entries.Get(id)
		if err != nil {
			return err
		}
		own, err := tx.Stories.Get(stored.Story)
		if err == nil {
			w.add(own)
			en.story = own.ID
		}
		return err
	})
	w.first[en.headline] = ""
	w.orders = append(w.orders, &walkOrder{seq: w.seq, verb: "split", stories: []string{from, en.story}})
}

func (w *walk) merge() {
	one, two := w.anyStory("story"), w.anyStory("other")
	into, merged := w.byAge(one, two)
	if done := w.order("merge", time.Time{}, one, two); done == (into == merged) {
		w.Fatalf("merge of %s and %s: done %v", into, merged, done)
	}
	if into == merged {
		return
	}
	w.join(into, merged)
	w.orders = append(w.orders, &walkOrder{seq: w.seq, verb: "merge", stories: []string{into, merged}})
}

// byAge returns the stories that two ids mean now, the older one first.
func (w *walk) byAge(one, two string) (older, younger string) {
	older, younger = w.survivor(one), w.survivor(two)
	if isOlder(w.stories[younger].Story, w.stories[older].Story) {
		older, younger = younger, older
	}
	return older, younger
}

func (w *walk) join(into, merged string) {
	m := w.stories[merged]
	m.merged, m.had = into, w.entriesOf(merged)
	for _, id := range m.had {
		w.entries[id].story = into
	}
}

func (w *walk) drawTopics() []string {
	return rapid.SampledFrom([][]string{nil, {"all"}, {"some"}, {"few"}, {"some", "few"}}).Draw(w.T, "topics")
}

func (w *walk) hide() {
	id, topics := w.anyStory("story"), w.drawTopics()
	if w.order("hide", time.Time{}, append([]string{id}, topics...)...) {
		w.setHidden(w.survivor(id), topics, true)
		w.orders = append(w.orders, &walkOrder{seq: w.seq, verb: "hide", stories: []string{w.survivor(id)}, topics: topics})
	}
}

func (w *walk) setHidden(story string, topics []string, hidden bool) {
	if len(topics) == 0 {
		topics = []string{news.Everywhere}
	}
	for _, topic := range topics {
		if !hidden {
			delete(w.stories[story].hidden, topic)
			continue
		}
		w.stories[story].hidden[topic] = true
		for _, t := range w.rules.Topics { // what is hidden is no longer pinned
			if topic == t.Name || topic == news.Everywhere {
				delete(w.pins[t.Name], story)
			}
		}
	}
}

func (w *walk) unhide() {
	id := w.survivor(w.anyStory("story"))
	was := slices.Sorted(maps.Keys(w.stories[id].hidden))
	if done := w.order("unhide", time.Time{}, id); done != (len(was) > 0) {
		w.Fatalf("unhide of %s, hidden in %v: done %v", id, was, done)
	}
	if len(was) > 0 {
		w.setHidden(id, was, false)
		w.orders = append(w.orders, &walkOrder{seq: w.seq, verb: "unhide", stories: []string{id}, topics: was})
	}
}

func (w *walk) pin() {
	id, topic := w.survivor(w.anyStory("story")), w.pick("topic", []string{"all", "some", "few"})
	until := w.now.Add(time.Duration(rapid.IntRange(1, 5).Draw(w.T, "hours")) * time.Hour)
	hidden := w.stories[id].hidden[topic] || w.stories[id].hidden[news.Everywhere]
	done := w.order("pin", until, id, topic)
	if done == hidden && len(w.pins[topic]) < 10 {
		w.Fatalf("pin of %s in %s, hidden %v: done %v", id, topic, hidden, done)
	}
	if !done {
		return
	}
	if w.pins[topic] == nil {
		w.pins[topic] = map[string]time.Time{}
	}
	w.pins[topic][id] = until
	w.orders = append(w.orders, &walkOrder{seq: w.seq, verb: "pin", stories: []string{id}, topics: []string{topic}})
}

func (w *walk) undo() {
	if len(w.orders) == 0 {
		return
	}
	o := rapid.SampledFrom(w.orders).Draw(w.T, "decision")
	done := w.order("undo", time.Time{}, fmt.Sprint(o.seq))
	if done && o.undone {
		w.Fatalf("decision %d was undone twice", o.seq)
	}
	if !done {
		return
	}
	o.undone = true
	switch o.verb {
	case "hide":
		w.setHidden(w.survivor(o.stories[0]), o.topics, false)
	case "unhide":
		w.setHidden(w.survivor(o.stories[0]), o.topics, true)
	case "pin":
		delete(w.pins[o.topics[0]], w.survivor(o.stories[0]))
	case "split":
		w.join(w.byAge(o.stories[0], o.stories[1]))
	case "merge":
		w.part(o.stories[1])
	}
}

// part gives a story that was merged the entries back that it had.
func (w *walk) part(merged string) {
	m := w.stories[merged]
	into := w.survivor(merged)
	m.merged = ""
	for _, id := range m.had {
		if w.entries[id].story == into {
			w.entries[id].story = merged
		}
	}
}

func (w *walk) reload() {
	r := w.rules
	r.Topics = slices.Clone(r.Topics)
	for i := range r.Topics {
		if i == 0 {
			continue // all
		}
		r.Topics[i].Match, r.Topics[i].From = nil, nil
		if q := w.pick("match", walkRules); q != "" {
			r.Topics[i].Match = []string{q}
		}
		if rapid.IntRange(0, 3).Draw(w.T, "from") == 0 {
			r.Topics[i].From = []string{"one", "two"}
		}
	}
	w.rules = r
	w.file(news.Record{Rules: &r})
}

func (w *walk) sweep() {
	w.file(news.Record{Sweep: &news.Sweep{}})
	for _, pins := range w.pins {
		maps.DeleteFunc(pins, func(_ string, until time.Time) bool { return !until.After(w.now) })
	}
}

// satisfies tells whether a story satisfies a topic's rule: one of its entries must, and all
// of its outlets count.
func (w *walk) satisfies(story string, t *news.Topic) bool {
	ids, outlets := w.entriesOf(story), map[string]bool{}
	for _, id := range ids {
		outlets[w.entries[id].source] = true
	}
	for _, id := range ids {
		en := w.entries[id]
		if len(t.From) > 0 && !slices.Contains(t.From, en.source) {
			continue
		}
		if len(t.Match) == 0 || walkMatches(t.Match[0], en.headline, len(outlets)) {
			return true
		}
	}
	return false
}

func walkMatches(query, headline string, outlets int) bool {
	for _, term := range strings.Split(query, " OR ") {
		switch {
		case term == "outlets:>1" && outlets > 1, term == "outlets:>2" && outlets > 2,
			slices.Contains(strings.Fields(strings.ToLower(headline)), term):
			return true
		}
	}
	return false
}

// check compares the topics with the model. A story that stays in a topic keeps its place.
func (w *walk) check() {
	w.Helper()
	if r := w.reviewed(); r != nil && !r.Done {
		return
	}
	places := map[string]time.Time{}
	for i := range w.rules.Topics {
		t := &w.rules.Topics[i]
		var want, got []string
		for id, s := range w.stories {
			_, pinned := w.pins[t.Name][id]
			if s.merged == "" && !s.hidden[t.Name] && !s.hidden[news.Everywhere] && (pinned || w.satisfies(id, t)) {
				want = append(want, id)
			}
		}
		w.view(func(tx *store.Tx) error {
			all, err := tx.Stories.InTopic(t.Name, 1000, news.Place{})
			for _, s := range all {
				got = append(got, s.ID)
				at := s.Places[t.Name].At
				places[t.Name+s.ID] = at
				if before := w.places[t.Name+s.ID]; !before.IsZero() && !before.Equal(at) {
					w.Fatalf("story %s moved in topic %s from %v to %v", s.ID, t.Name, before, at)
				}
			}
			return err
		})
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			w.Fatalf("topic %s with %q from %v has other stories than the model (-want +got):\n%s", t.Name, t.Match, t.From, d)
		}
	}
	w.places = places
}

func (w *walk) view(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.store.View(fn); err != nil {
		w.Fatal(err)
	}
}
