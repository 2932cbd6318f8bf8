package membership

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// at returns the time so many minutes after noon.
func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// makeStory makes a story of takes that joined a minute and a record apart: the first
// at noon with record 1. Each headline is of an outlet of its own.
func makeStory(id string, headlines ...string) *news.Story {
	s := &news.Story{ID: id, Seq: 1, First: noon}
	for i, h := range headlines {
		s.Takes = append(s.Takes, news.Take{Entry: id + "-" + string(rune('a'+i)), Owner: string(rune('A' + i)), Headline: h, At: at(i), Seq: uint64(i + 1)})
	}
	return s
}

func prepare(s *news.Story, keyed ...bool) []Take {
	var all []Take
	for i := range s.Takes {
		t := &s.Takes[i]
		all = append(all, Take{Take: t, Doc: topic.NewDoc(&news.Entry{Headline: t.Headline}, &news.Source{}), Keyed: i < len(keyed) && keyed[i]})
	}
	return all
}

func makeRule(t *testing.T, f news.FoldMode, match string) Rule {
	t.Helper()
	rule := &news.Topic{Name: "all", Fold: f, Match: []string{match}}
	q, err := topic.Compile(*rule)
	if err != nil {
		t.Fatal(err)
	}
	return Rule{Topic: rule, Query: q}
}

func with(s *news.Story, change func(*news.Story)) *news.Story {
	change(s)
	return s
}

func placed(s *news.Story, minutes int, out bool) *news.Story {
	s.Places = map[string]news.Place{"all": {At: at(minutes), Seq: 1, Updated: at(minutes), Out: out}}
	return s
}

func hidden(where string) func(*news.Story) {
	return func(s *news.Story) { s.Hidden = map[string]uint64{where: 5} }
}

func withdrawn(s *news.Story) { s.Killed = at(9) }

func TestBarred(t *testing.T) {
	for _, c := range []struct {
		name  string
		fold  news.FoldMode
		story *news.Story
		want  Reason
	}{
		{"new", news.FoldStory, makeStory("s", "Ferry"), ""},
		{"in the topic", news.FoldStory, placed(makeStory("s", "Ferry"), 0, false), Placed},
		{"removed from the topic", news.FoldStory, placed(makeStory("s", "Ferry"), 0, true), ""},
		{"in a topic with items of events", news.FoldEvent, placed(makeStory("s", "Ferry"), 0, false), ""},
		{"in a topic with items of entries", news.FoldNone, placed(makeStory("s", "Ferry"), 0, true), ""},
		{"hidden here", news.FoldStory, with(makeStory("s", "Ferry"), hidden("all")), Hidden},
		{"hidden everywhere", news.FoldStory, with(makeStory("s", "Ferry"), hidden(news.Everywhere)), Hidden},
		{"hidden elsewhere", news.FoldStory, with(makeStory("s", "Ferry"), hidden("other")), ""},
		{"withdrawn", news.FoldStory, with(makeStory("s", "Ferry"), withdrawn), Withdrawn},
		{"merged", news.FoldStory, with(makeStory("s", "Ferry"), func(s *news.Story) { s.MergedInto = "o" }), Merged},
	} {
		if got := Barred(&news.Topic{Name: "all", Fold: c.fold}, c.story); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAfterNews(t *testing.T) {
	killed := makeStory("s", "Ferry stops", "Ferry halts")
	killed.Takes[1].Killed = at(2)
	for _, c := range []struct {
		name, match string
		story       *news.Story
		keyed       []bool
		public      bool
		want        Decision
	}{
		{"one take matches", "halts", makeStory("s", "Ferry stops", "Ferry halts"), nil, true, Decision{true, at(7), Matches}},
		{"none matches", "copper", makeStory("s", "Ferry stops", "Ferry halts"), nil, true, Decision{Reason: NoMatch}},
		{"two outlets", "outlets:>1", makeStory("s", "Ferry stops", "Ferry halts"), nil, true, Decision{true, at(7), Matches}},
		{"one outlet is left", "outlets:>1", killed, nil, true, Decision{Reason: NoMatch}},
		{"only a keyed take matches", "halts", makeStory("s", "Ferry stops", "Ferry halts"), []bool{false, true}, true, Decision{Reason: NoMatch}},
		{"a keyed topic", "halts", makeStory("s", "Ferry stops", "Ferry halts"), []bool{false, true}, false, Decision{true, at(7), Matches}},
	} {
		rule := makeRule(t, news.FoldStory, c.match)
		rule.Keyed = !c.public
		if got := AfterNews(rule, c.story, prepare(c.story, c.keyed...), at(7)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestReview(t *testing.T) {
	sameRecord := makeStory("s", "Ferry stops", "Ferry halts")
	sameRecord.Takes[1].Seq = 1
	early := makeStory("s", "Ferry stops", "Ferry halts")
	early.Takes[1].At = at(-5)
	for _, c := range []struct {
		name, match string
		fold        news.FoldMode
		story       *news.Story
		pinned      bool
		ordered     time.Time
		want        Decision
	}{
		{"its first record matches", "stops", news.FoldStory, makeStory("s", "Ferry stops"), false, time.Time{}, Decision{true, noon, Matches}},
		{"a later take matches", "halts", news.FoldStory, makeStory("s", "Ferry stops", "Ferry halts"), false, time.Time{}, Decision{true, at(1), Matches}},
		{"the third outlet matches", "outlets:>2", news.FoldStory, makeStory("s", "x", "y", "z", "w"), false, time.Time{}, Decision{true, at(2), Matches}},
		{"a second take of the first record", "halts", news.FoldStory, sameRecord, false, time.Time{}, Decision{true, noon, Matches}},
		{"a take older than the story", "halts", news.FoldStory, early, false, time.Time{}, Decision{true, noon, Matches}},
		{"no match", "copper", news.FoldStory, makeStory("s", "Ferry stops"), false, time.Time{}, Decision{Reason: NoMatch}},
		{"an order places no earlier", "stops", news.FoldStory, makeStory("s", "Ferry stops"), false, at(5), Decision{true, at(5), Matches}},
		{"pinned without a match", "copper", news.FoldStory, makeStory("s", "Ferry stops"), true, time.Time{}, Decision{true, noon, Pinned}},
		{"pinned with a match", "halts", news.FoldStory, makeStory("s", "Ferry stops", "Ferry halts"), true, time.Time{}, Decision{true, at(1), Matches}},
		{"pinned and hidden", "stops", news.FoldStory, with(makeStory("s", "Ferry stops"), hidden("all")), true, time.Time{}, Decision{Reason: Hidden}},
		{"withdrawn, never in", "stops", news.FoldStory, with(makeStory("s", "Ferry stops"), withdrawn), false, time.Time{}, Decision{Reason: Withdrawn}},
		{"withdrawn, its note stays", "stops", news.FoldStory, with(placed(makeStory("s", "Ferry stops"), 0, false), withdrawn), false, time.Time{}, Decision{true, noon, Matches}},
		{"items of entries", "stops", news.FoldLink, makeStory("s", "Ferry stops"), true, time.Time{}, Decision{Reason: PerEntry}},
	} {
		rule := makeRule(t, c.fold, c.match)
		if got := Review(rule, c.story, prepare(c.story), c.pinned, c.ordered); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestMayPin(t *testing.T) {
	for _, c := range []struct {
		name  string
		topic news.Topic
		story *news.Story
		keyed []bool
		want  Reason
	}{
		{"any story", news.Topic{}, makeStory("s", "Ferry"), nil, Pinned},
		{"hidden", news.Topic{}, with(makeStory("s", "Ferry"), hidden("all")), nil, Hidden},
		{"withdrawn", news.Topic{}, with(makeStory("s", "Ferry"), withdrawn), nil, Withdrawn},
		{"items of entries", news.Topic{Fold: news.FoldNone}, makeStory("s", "Ferry"), nil, PerEntry},
		{"all takes keyed", news.Topic{}, makeStory("s", "Ferry", "Ferry"), []bool{true, true}, KeyedOnly},
		{"one take open", news.Topic{}, makeStory("s", "Ferry", "Ferry"), []bool{true, false}, Pinned},
		{"all takes keyed, topic too", news.Topic{Keyed: true}, makeStory("s", "Ferry"), []bool{true}, Pinned},
	} {
		c.topic.Name = "all"
		got := MayPin(&c.topic, c.story, prepare(c.story, c.keyed...))
		if got.Reason != c.want || got.In != (c.want == Pinned) {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
}

func TestAboveSeal(t *testing.T) {
	for _, c := range []struct {
		name             string
		at, sealed, want time.Time
	}{
		{"no archive", at(1), time.Time{}, at(1)},
		{"after the seal", at(2), at(1), at(2)},
		{"at the seal", at(1), at(1), at(1).Add(time.Millisecond)},
		{"before the seal", at(0), at(1), at(1).Add(time.Millisecond)},
	} {
		if got := AboveSeal(c.at, c.sealed); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEventItems(t *testing.T) {
	in := func(id string, minutes int) *news.Story { return placed(makeStory(id, "Ferry"), minutes, false) }
	outside := makeStory("outside", "Ferry")
	left := placed(makeStory("left", "Ferry"), 0, true)
	note := with(in("note", 0), withdrawn)
	hiddenOne := with(placed(makeStory("hidden", "Ferry"), 0, true), hidden("all"))
	first, second := in("first", 1), in("second", 2)
	for _, c := range []struct {
		name    string
		stories []*news.Story
		item    *news.Story
		surplus []*news.Story
	}{
		{"none", []*news.Story{outside, left}, nil, nil},
		{"one", []*news.Story{outside, first}, first, nil},
		{"two", []*news.Story{first, outside, second}, first, []*news.Story{second}},
		{"a hidden one", []*news.Story{hiddenOne, first}, hiddenOne, []*news.Story{first}},
		{"a withdrawn one", []*news.Story{note, first}, first, nil},
		{"a withdrawn one alone", []*news.Story{note}, nil, nil},
	} {
		if got := EventItem(c.stories, "all"); got != c.item {
			t.Errorf("%s: item %+v, want %+v", c.name, got, c.item)
		}
		if diff := cmp.Diff(c.surplus, SurplusItems(c.stories, "all")); diff != "" {
			t.Errorf("%s: surplus (-want +got):\n%s", c.name, diff)
		}
	}
	decided := Decision{true, noon, Matches}
	for _, c := range []struct {
		item *news.Story
		want Decision
	}{{nil, decided}, {first, decided}, {second, Decision{Reason: OtherStory}}} {
		if got := decided.AsEventItem(first, c.item); got != c.want {
			t.Errorf("beside item %+v: %+v, want %+v", c.item, got, c.want)
		}
	}
}

func TestChooseEventItem(t *testing.T) {
	a, b := makeStory("a", "Ferry stops"), makeStory("b", "Harbour closed")
	b.Takes[0].Owner = "B"
	for _, c := range []struct {
		name, match string
		withdrawn   bool // story a
		want        *news.Story
	}{
		{"the first", "", false, a},
		{"the one that matches", "harbour", false, b},
		{"outlets count together", "outlets:>1", false, a},
		{"not a withdrawn one", "", true, b},
		{"none", "copper", false, nil},
	} {
		a.Killed = time.Time{}
		if c.withdrawn {
			withdrawn(a)
		}
		rule := makeRule(t, news.FoldEvent, "ferry OR harbour")
		if c.match != "" {
			rule = makeRule(t, news.FoldEvent, c.match)
		}
		got, d := ChooseEventItem(rule, []Candidate{{a, prepare(a)}, {b, prepare(b)}}, 2, at(3))
		if got != c.want || d.In != (c.want != nil) || d.In && !d.At.Equal(at(3)) {
			t.Errorf("%s: %+v, %+v, want %+v", c.name, got, d, c.want)
		}
	}
}

func TestForEntry(t *testing.T) {
	s := makeStory("s", "Ferry stops", "Ferry halts", "Ferry ends")
	s.Takes[2].Killed = at(3)
	for _, c := range []struct {
		match string
		take  int
		want  Decision
	}{
		{"stops", 0, Decision{true, at(4), Matches}},
		{"stops", 1, Decision{Reason: NoMatch}},
		{"outlets:>1", 1, Decision{true, at(4), Matches}},
		{"ends", 2, Decision{Reason: Withdrawn}},
	} {
		if got := ForEntry(makeRule(t, news.FoldNone, c.match), s, prepare(s)[c.take], at(4)); got != c.want {
			t.Errorf("%s, take %d: %+v, want %+v", c.match, c.take, got, c.want)
		}
	}
}

func TestReviewEntryItem(t *testing.T) {
	s := makeStory("s", "Ferry stops", "Ferry halts")
	item := func(entry string, f news.FoldMode) *news.Story {
		return placed(&news.Story{ID: EntryItemID(entry, f), MergedInto: "s", Takes: []news.Take{{Entry: entry}}}, 6, true)
	}
	for _, c := range []struct {
		name, match string
		fold        news.FoldMode
		item        *news.Story
		hidden      bool
		want        Decision
	}{
		{"comes back to its place", "halts", news.FoldNone, item("s-b", news.FoldNone), false, Decision{true, at(6), Matches}},
		{"no match of its own", "stops", news.FoldNone, item("s-b", news.FoldNone), false, Decision{Reason: NoMatch}},
		{"the item of another fold", "halts", news.FoldLink, item("s-b", news.FoldNone), false, Decision{Reason: PerEntry}},
		{"the topic has items of stories", "halts", news.FoldStory, item("s-b", news.FoldNone), false, Decision{Reason: PerEntry}},
		{"its story is hidden", "halts", news.FoldNone, item("s-b", news.FoldNone), true, Decision{Reason: Hidden}},
		{"its entry is in another story", "halts", news.FoldNone, item("x", news.FoldNone), false, Decision{Reason: NoMatch}},
	} {
		s.Hidden = nil
		if c.hidden {
			hidden("all")(s)
		}
		if got := ReviewEntryItem(makeRule(t, c.fold, c.match), c.item, s, prepare(s)); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestIsEntryItem(t *testing.T) {
	take := []news.Take{{Entry: "e"}}
	for _, c := range []struct {
		name  string
		story news.Story
		want  bool
	}{
		{"of an entry", news.Story{ID: "e", MergedInto: "s", Takes: take}, true},
		{"of a page", news.Story{ID: news.StoryID("e", 0), MergedInto: "s", Takes: take}, true},
		{"a story that was merged", news.Story{ID: news.StoryID("e", 3), MergedInto: "s", Takes: take}, false},
		{"a story", news.Story{ID: news.StoryID("e", 3), Takes: take}, false},
		{"nothing", news.Story{ID: "e", MergedInto: "s"}, false},
	} {
		if got := IsEntryItem(&c.story); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTombstones(t *testing.T) {
	var all []news.Tombstone
	for i := range maxTombstones + 1 {
		all = AddTombstone(all, &news.Story{ID: string(rune('0' + i)), URI: "tag"}, at(i))
	}
	if len(all) != maxTombstones || !all[0].At.Equal(at(1)) {
		t.Errorf("%d tombstones from %v, want %d without the oldest", len(all), all[0].At, maxTombstones)
	}
	some := all[:3:3] // of the minutes 1, 2 and 3
	for _, c := range []struct {
		name string
		got  []news.Tombstone
		want []news.Tombstone
	}{
		{"remove", RemoveTombstone(some, some[1].Story), []news.Tombstone{some[0], some[2]}},
		{"remove none", RemoveTombstone(some, "?"), some},
		{"a day later", ExpireTombstones(some, at(2).Add(TombstoneTime)), []news.Tombstone{some[2]}},
		{"before", ExpireTombstones(some, at(0).Add(TombstoneTime)), some},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if !some[1].At.Equal(at(2)) {
		t.Error("the given list was changed")
	}
}

func TestPins(t *testing.T) {
	pins := []news.Pin{{Story: "a", Until: at(5)}, {Story: "b"}, {Story: "c", Until: at(9)}}
	if !IsPinned(pins, "b") || IsPinned(pins, "x") {
		t.Error("b is pinned, x is not")
	}
	if diff := cmp.Diff([]news.Pin{pins[0], pins[2]}, RemovePin(pins, "b")); diff != "" {
		t.Errorf("without b (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		at          time.Time
		left, ended int
	}{{at(4), 3, 0}, {at(5), 2, 1}, {at(60), 1, 2}} {
		left, ended := ExpirePins(pins, c.at)
		if len(left) != c.left || len(ended) != c.ended {
			t.Errorf("at %v: %d left and %d ended, want %d and %d", c.at, len(left), len(ended), c.left, c.ended)
		}
	}
}
