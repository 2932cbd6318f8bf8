package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func (r *env) order(verb string, args ...string) string {
	r.t.Helper()
	n, err := r.journal.Order(context.Background(), news.Order{Verb: verb, Args: args, Who: "ada"}, r.now)
	if err != nil {
		r.t.Fatalf("%s %v: %v", verb, args, err)
	}
	return fmt.Sprint(n)
}

func (r *env) story(id string) *news.Story {
	r.t.Helper()
	var s *news.Story
	err := r.store.View(func(tx *store.Tx) (err error) {
		s, err = tx.Stories.Get(id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *env) topic(name string) *news.TopicState {
	r.t.Helper()
	var s *news.TopicState
	err := r.store.View(func(tx *store.Tx) (err error) {
		s, err = tx.Topics.Get(name)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// two files a story of two outlets and one of one outlet.
func two(r *env) (both, other *news.Story) {
	r.visit("one", fresh("a", "Ferry service resumes across the strait", 2*time.Minute), fresh("b", "Miners rescued from flooded shaft", time.Minute))
	r.visit("two", fresh("z", "Ferry Service Resumes Across the Strait", time.Minute))
	for _, s := range r.top("all") {
		if len(s.Takes) == 2 {
			both = s
		} else {
			other = s
		}
	}
	if both == nil || other == nil {
		r.t.Fatalf("stories %v, want one of two outlets and one of one", r.headlines("all"))
	}
	return both, other
}

func TestASplitSurvivesLaterEntriesARestartAndAReload(t *testing.T) {
	r := open(t, "one", "two", "three")
	both, _ := two(r)
	r.pass(time.Minute)
	r.order("split", both.Takes[1].Entry)
	r.restart()
	r.pass(time.Minute)
	r.visit("two", fresh("z", "Ferry Service Resumes Across the Strait", 3*time.Minute))
	r.rules.Site.Title = "Renamed"
	r.enforce()
	if s := r.story(both.ID); len(s.Takes) != 1 || s.Takes[0].Entry != both.Takes[0].Entry {
		t.Errorf("takes after the split: %+v", s.Takes)
	}
	if got := r.top("all")[0]; got.Headline != "Ferry Service Resumes Across the Strait" || got.Takes[0].Level != news.LevelOrder {
		t.Errorf("on top is %q (%s), want the split headline, by order", got.Headline, got.Takes[0].Level)
	}
}

func TestAfterASplitOfTheLeadAnotherTakeLeads(t *testing.T) {
	r := open(t, "one", "two")
	both, _ := two(r)
	was := both.Places["all"]
	r.pass(time.Minute)
	r.order("split", both.Lead)
	s := r.story(both.ID)
	if s.Headline != "Ferry Service Resumes Across the Strait" || s.Lead != both.Takes[1].Entry {
		t.Errorf("lead is %q, want the remaining outlet's", s.Headline)
	}
	if p := s.Places["all"]; !p.At.Equal(was.At) || !p.Updated.After(was.Updated) {
		t.Errorf("place is %+v, was %+v; want the same with a later updated", p, was)
	}
}

func TestMergeAndItsUndo(t *testing.T) {
	r := open(t, "one", "two")
	both, other := two(r)
	before := r.ids("all")
	r.pass(time.Minute)
	decision := r.order("merge", other.ID, both.ID)
	if got := r.top("all"); len(got) != 1 || got[0].Outlets() != 2 || len(got[0].Takes) != 3 {
		t.Fatalf("after the merge: %v", r.headlines("all"))
	}
	kept := r.top("all")[0].ID
	gone := other.ID
	if kept == other.ID {
		gone = both.ID
	}
	if into := r.story(gone).MergedInto; into != kept {
		t.Errorf("story %s was merged into %q, want %s", gone, into, kept)
	}
	r.restart()
	r.pass(time.Minute)
	r.order("undo", decision)
	after := r.ids("all")
	if len(after) != 2 || after[gone] != before[gone] {
		t.Errorf("after the undo %v, before the merge %v", after, before)
	}
	r.visit("two", fresh("y", "Miners rescued from flooded shaft", time.Minute))
	if s := r.story(other.ID); s.Outlets() != 2 {
		t.Errorf("story %q has %d outlets after the undo, want the late one too", s.Headline, s.Outlets())
	}
}

func TestHideHoldsAndAddsATombstone(t *testing.T) {
	r := open(t, "one", "two", "three")
	both, _ := two(r)
	r.pass(time.Minute)
	decision := r.order("hide", both.ID)
	r.restart()
	r.visit("three", fresh("q", "Ferry service resumes across the strait", 2*time.Minute))
	r.rules.Topics = append(r.rules.Topics[:1:1], news.Topic{Name: "ferries", Match: []string{"ferry"}, Fold: news.FoldStory, Stories: 10})
	r.enforce()
	if got := append(r.headlines("all"), r.headlines("ferries")...); len(got) != 1 {
		t.Errorf("the hidden story is in a topic: %v", got)
	}
	want := []news.Tombstone{{Story: both.ID, URI: both.URI, At: dawn.Add(time.Minute)}}
	if diff := cmp.Diff(want, r.topic("all").Tombstones); diff != "" {
		t.Errorf("tombstones (-want +got):\n%s", diff)
	}
	r.order("undo", decision)
	if len(r.topic("all").Tombstones) != 0 || len(r.headlines("all")) != 2 || len(r.headlines("ferries")) != 1 {
		t.Errorf("after the undo: tombstones %v, all %v, ferries %v", r.topic("all").Tombstones, r.headlines("all"), r.headlines("ferries"))
	}
}

func TestATombstoneIsShownForADay(t *testing.T) {
	r := open(t, "one", "two")
	both, _ := two(r)
	r.sweep()
	r.order("hide", both.ID, "all")
	for hours, want := range map[int]int{23: 1} {
		r.pass(time.Duration(hours) * time.Hour)
		r.sweep()
		if n := len(r.topic("all").Tombstones); n != want {
			t.Errorf("%d tombstones after %d hours, want %d", n, hours, want)
		}
	}
	seq := r.topic("all").Seq
	r.pass(time.Hour)
	r.sweep()
	if s := r.topic("all"); len(s.Tombstones) != 0 || s.Seq == seq {
		t.Errorf("after a day: %d tombstones, edition changed: %v; want none, and another edition", len(s.Tombstones), s.Seq != seq)
	}
}

func TestAPinEndsAtItsTime(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Topics = append(r.rules.Topics[:1:1], news.Topic{Name: "mines", Match: []string{"miners"}, Fold: news.FoldStory, Stories: 10})
	r.enforce()
	both, _ := two(r)
	_, err := r.journal.Order(context.Background(), news.Order{Verb: "pin", Args: []string{both.ID, "mines"}, Until: dawn.Add(6 * time.Hour)}, r.now)
	if err != nil {
		t.Fatal(err)
	}
	r.rules.Site.Title = "Renamed"
	r.rules.Topics = append(r.rules.Topics[:1:1], news.Topic{Name: "mines", Match: []string{"miners OR shaft"}, Fold: news.FoldStory, Stories: 10})
	r.enforce()
	r.pass(5 * time.Hour)
	r.sweep()
	if got := r.headlines("mines"); len(got) != 2 || len(r.topic("mines").Pins) != 1 {
		t.Errorf("pinned: %v with pins %v, want both stories", got, r.topic("mines").Pins)
	}
	r.pass(2 * time.Hour)
	r.sweep()
	if got := r.headlines("mines"); len(got) != 1 || len(r.topic("mines").Pins) != 0 {
		t.Errorf("after its time: %v with pins %v, want what the rule says", got, r.topic("mines").Pins)
	}
}

func TestOrdersThatCantBeCarriedOutChangeNothing(t *testing.T) {
	r := open(t, "one", "two")
	both, other := two(r)
	r.order("hide", other.ID)
	done := r.order("undo", r.order("hide", both.ID))
	before, err := r.store.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ order, want string }{
		{"split 0000000000000", "no entry"},
		{"split " + other.Lead, "alone"},
		{"merge " + both.ID + " " + both.ID, "both are story"},
		{"merge " + both.ID + " nosuch", `no story "nosuch"`},
		{"hide " + both.ID + " nosuch", `no topic "nosuch"`},
		{"hide " + other.ID, "hidden already"},
		{"unhide " + both.ID, "not hidden"},
		{"unhide " + other.ID + " all", "everywhere"},
		{"pin " + other.ID + " all", "is hidden"},
		{"undo 1", "no decision 1"},
		{"undo x", "not the number"},
		{"undo " + done, "give that order again"},
		{"praise " + both.ID, "no order"},
		{"merge " + both.ID, "words"},
	} {
		f := strings.Fields(c.order)
		_, err := r.journal.Order(context.Background(), news.Order{Verb: f[0], Args: f[1:]}, r.now)
		if !errors.Is(err, journal.ErrRefused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %v with %q", c.order, err, journal.ErrRefused, c.want)
		}
	}
	after, err := r.store.Digest()
	if err != nil || after != before {
		t.Errorf("refused orders changed the store (%v)", err)
	}
	if err := r.desk.Ready(); err != nil {
		t.Errorf("after refused orders the desk is not ready: %v", err)
	}
}

func TestAKillWithdrawsTheTakesOfOneOutlet(t *testing.T) {
	r := open(t, "one", "two")
	both, _ := two(r)
	r.pass(time.Minute)
	r.visit("one", fresh("k", "KILL: Ferry service resumes across the strait", 0))
	s := r.story(both.ID)
	if !s.Killed.IsZero() || s.Headline != "Ferry Service Resumes Across the Strait" || s.Outlets() != 1 {
		t.Fatalf("after one outlet's kill: killed %v, lead %q, %d outlets; want the other outlet's story", s.Killed, s.Headline, s.Outlets())
	}
	r.pass(time.Minute)
	r.visit("two", fresh("z", "WITHDRAWN: Ferry Service Resumes Across the Strait", 3*time.Minute))
	s = r.story(both.ID)
	if s.Killed.IsZero() || len(r.topic("all").Tombstones) != 1 || s.Outlets() != 0 {
		t.Errorf("after both kills: killed %v, tombstones %v", s.Killed, r.topic("all").Tombstones)
	}
	if p := s.Places["all"]; p.Out || !p.Updated.After(both.Places["all"].Updated) {
		t.Errorf("a killed story's place is %+v, want it to stay with a later updated", p)
	}
}

func TestReprintsCountForTheirAgency(t *testing.T) {
	r := open(t, "one", "two")
	v := &news.Visit{}
	r.visit("one", fresh("a", "Ferry service resumes across the strait", 2*time.Minute))
	r.visitAs("two", v, fresh("z", "Ferry Service Resumes Across the Strait", time.Minute))
	for i, agency := range []string{"afp", "afp"} {
		r.pass(time.Minute)
		en := v.Entries[0]
		en.GUID, en.Keys.GUID, en.Keys.Link, en.Keys.Page = fmt.Sprint("r", i), uint64(900+i), uint64(800+i), ""
		en.Agency, en.ID, en.Story = agency, "", ""
		r.file(news.Record{Visit: &news.Visit{Source: "two", Prev: dawn, Partial: true, Final: true, Entries: []news.Entry{en}}})
	}
	s := r.top("all")[0]
	if len(s.Takes) != 4 || s.Outlets() != 3 {
		t.Errorf("%d takes of %d outlets, want 4 of 3: one, two and AFP", len(s.Takes), s.Outlets())
	}
}

func TestFoldModesOfTopics(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Topics = nil
	for _, f := range []news.FoldMode{news.FoldNone, news.FoldLink, news.FoldStory, news.FoldEvent} {
		r.rules.Topics = append(r.rules.Topics, news.Topic{Name: string(f), Fold: f, Stories: 10})
	}
	r.enforce()
	same := "https://example.com/news/2026/the-very-same-story.html"
	head := "Ferry service resumes across the Bosporus strait after storm"
	r.visit("one", dated("a", head, same, 5*time.Minute), fresh("b", "Storm over: Bosporus strait ferry service back after storm", 4*time.Minute))
	r.visit("two", dated("c", head, same, 3*time.Minute), fresh("d", head, 2*time.Minute))
	got := map[string]int{}
	for _, topic := range r.rules.Topics {
		got[topic.Name] = len(r.top(topic.Name))
	}
	if diff := cmp.Diff(map[string]int{"none": 4, "link": 3, "story": 2, "event": 1}, got); diff != "" {
		t.Errorf("items by fold (-want +got):\n%s", diff)
	}
	before := r.ids("none")
	r.restart()
	r.rules.Site.Title = "Renamed"
	r.enforce()
	if diff := cmp.Diff(before, r.ids("none")); diff != "" {
		t.Errorf("items of entries changed (-before +after):\n%s", diff)
	}
}

// A story that a split or a changed rule took out of a topic comes back to its place when a
// merge or another outlet makes it satisfy the rule again.
func TestNewsBringsARemovedStoryBack(t *testing.T) {
	const headline = "Council approves harbour tunnel"
	for name, c := range map[string]struct{ leave, back func(*env) }{
		"merge": {
			leave: func(r *env) { r.order("split", r.storyCalled(headline).Takes[1].Entry) },
			back: func(r *env) {
				all := r.top("all")
				r.order("merge", all[0].ID, all[1].ID)
			},
		},
		"outlet": {
			leave: func(r *env) {
				r.rules.Topics = slices.Clone(r.rules.Topics)
				r.rules.Topics[1].Match = []string{"outlets:>2"}
				r.enforce()
			},
			back: func(r *env) { r.visit("three", fresh("c", headline, 0)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, "one", "two", "three")
			r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "few", Fold: news.FoldStory, Stories: 5, Match: []string{"outlets:>1"}})
			r.enforce()
			r.visit("one", fresh("a", headline, time.Minute))
			r.pass(time.Minute)
			r.visit("two", fresh("b", headline, 0))
			before := r.ids("few")
			r.pass(time.Minute)
			c.leave(r)
			if got := r.ids("few"); len(got) != 0 {
				t.Fatalf("%v is still in the topic", got)
			}
			r.pass(time.Minute)
			c.back(r)
			if d := cmp.Diff(before, r.ids("few")); d != "" {
				t.Errorf("the topic (-at first +now):\n%s", d)
			}
		})
	}
}
