package alerting

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/topic"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// makeStory makes a story of takes, each of an outlet of its own: the first with record
// 1, the second with record 2.
func makeStory(id string, headlines ...string) *news.Story {
	s := &news.Story{ID: id}
	for i, h := range headlines {
		s.Takes = append(s.Takes, news.Take{Owner: id + string(rune('A'+i)), Headline: h, Seq: uint64(i + 1)})
	}
	return s
}

func prepare(s *news.Story) []Take {
	var all []Take
	for i := range s.Takes {
		all = append(all, Take{&s.Takes[i], topic.NewDoc(&news.Entry{Headline: s.Takes[i].Headline}, &news.Source{})})
	}
	return all
}

func makeRules(t *testing.T, alerts ...news.Alert) []Rule {
	t.Helper()
	rules, err := Compile(alerts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func names(alerts []*news.Alert) (all []string) {
	for _, a := range alerts {
		all = append(all, a.Name)
	}
	return all
}

func TestCompileNamesTheAlert(t *testing.T) {
	_, err := Compile([]news.Alert{{Name: "good", Match: []string{"ferry"}}, {Name: "bad", Match: []string{"("}}}, nil)
	if err == nil || err.Error()[:18] != "match of alert bad" {
		t.Errorf("error %v, want one that names the alert", err)
	}
}

func TestForStory(t *testing.T) {
	for _, c := range []struct {
		name          string
		alert         news.Alert
		had           []string // keys that the story matched before
		fresh         bool
		matched, ring []string
	}{
		{"matches", news.Alert{Match: []string{"halts"}}, nil, true, []string{"a"}, []string{"a"}},
		{"no match", news.Alert{Match: []string{"copper"}}, nil, true, nil, nil},
		{"not fresh", news.Alert{Match: []string{"halts"}}, nil, false, []string{"a"}, nil},
		{"matched before", news.Alert{Match: []string{"halts"}}, []string{"a@0"}, true, nil, nil},
		{"matched before with another rule", news.Alert{Match: []string{"halts"}, Since: 1}, []string{"a@0"}, true, []string{"a"}, []string{"a"}},
		{"matched already when the alert came", news.Alert{Match: []string{"stops"}, Since: 1}, nil, true, []string{"a"}, nil},
		{"a second outlet after the alert came", news.Alert{Match: []string{"outlets:>1"}, Since: 1}, nil, true, []string{"a"}, []string{"a"}},
		{"two outlets before the alert came", news.Alert{Match: []string{"outlets:>1"}, Since: 2}, nil, true, []string{"a"}, nil},
		{"for breaking events", news.Alert{Match: []string{"halts"}, When: news.WhenBreaking}, nil, true, nil, nil},
	} {
		s := makeStory("s", "Ferry stops", "Ferry halts")
		s.MatchedAlerts = c.had
		c.alert.Name = "a"
		if c.alert.When == "" {
			c.alert.When = news.WhenStory
		}
		matched, ring := ForStory(Unmatched(makeRules(t, c.alert), s), s, prepare(s), c.fresh)
		if diff := cmp.Diff([][]string{c.matched, c.ring}, [][]string{names(matched), names(ring)}); diff != "" {
			t.Errorf("%s: matched, ring (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestForEvent(t *testing.T) {
	ferry, harbour := makeStory("f", "Ferry stops"), makeStory("h", "Harbour closed", "Harbour shut")
	stories := []Story{{ferry, prepare(ferry)}, {harbour, prepare(harbour)}}
	for _, c := range []struct {
		name  string
		alert news.Alert
		had   []string
		want  []string
	}{
		{"one story matches", news.Alert{Match: []string{"shut"}}, nil, []string{"a"}},
		{"outlets count together", news.Alert{Match: []string{"ferry AND outlets:>2"}}, nil, []string{"a"}},
		{"none matches", news.Alert{Match: []string{"copper"}}, nil, nil},
		{"rang before", news.Alert{Match: []string{"shut"}}, []string{"a@0"}, nil},
		{"the alert came later", news.Alert{Match: []string{"shut"}, Begun: noon}, nil, nil},
		{"for stories", news.Alert{Match: []string{"shut"}, When: news.WhenStory}, nil, nil},
	} {
		c.alert.Name = "a"
		if c.alert.When == "" {
			c.alert.When = news.WhenBreaking
		}
		ev := &news.Event{Breaking: noon, MatchedAlerts: c.had}
		got := ForEvent(UnmatchedBreaking(makeRules(t, c.alert), ev), stories)
		if diff := cmp.Diff(c.want, names(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestIsFresh(t *testing.T) {
	for _, c := range []struct {
		ago     time.Duration
		backlog bool
		want    bool
	}{{0, false, true}, {freshFor, false, true}, {freshFor + 1, false, false}, {0, true, false}} {
		if got := IsFresh(noon.Add(-c.ago), noon, c.backlog); got != c.want {
			t.Errorf("%v ago, backlog %v: %v, want %v", c.ago, c.backlog, got, c.want)
		}
	}
}

func TestBreaks(t *testing.T) {
	for _, c := range []struct {
		name    string
		broke   time.Duration // ago; 0: never
		ago     time.Duration // of the take
		backlog bool
		want    bool
	}{
		{"never broke", 0, time.Minute, false, true},
		{"broke recently", calmFor, time.Minute, false, false},
		{"broke long ago", calmFor + 1, time.Minute, false, true},
		{"by an old take", 0, breakWithin + 1, false, false},
		{"by backlog", 0, time.Minute, true, false},
	} {
		ev := new(news.Event)
		if c.broke > 0 {
			ev.Breaking = noon.Add(-c.broke)
		}
		if got := Breaks(ev, noon.Add(-c.ago), noon, c.backlog); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNotices(t *testing.T) {
	alerts := []*news.Alert{
		{Name: "day", To: []news.Target{{ID: "mail"}, {ID: "chat"}}},
		{Name: "night", To: []news.Target{{ID: "mail"}, {ID: "phone"}}, Quiet: [2]time.Duration{8 * time.Hour, 18 * time.Hour}},
	}
	n := news.Notice{When: news.WhenStory, Story: "s", At: noon, Headline: "Ferry stops"}
	id := func(target string) string { return news.NoticeID(news.WhenStory, "s", target) }
	evening := noon.Add(6 * time.Hour)
	for _, c := range []struct {
		name string
		made string // the id of a notice that was made before
		want map[string]time.Time
		loud map[string]bool
	}{
		{"one for each target", "", map[string]time.Time{"mail": {}, "chat": {}, "phone": evening}, map[string]bool{"day": true, "night": true}},
		{"none twice", id("mail"), map[string]time.Time{"chat": {}, "phone": evening}, map[string]bool{"day": true, "night": false}},
	} {
		notices, loud := Notices(alerts, "s", n, time.UTC, func(id string) bool { return id == c.made })
		due := map[string]time.Time{}
		for _, got := range notices {
			due[got.Target] = got.Due
			if got.ID != id(got.Target) || got.Headline != n.Headline {
				t.Errorf("%s: notice %+v", c.name, got)
			}
		}
		if diff := cmp.Diff(c.want, due); diff != "" {
			t.Errorf("%s: due (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.loud, loud); diff != "" {
			t.Errorf("%s: loud (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAddMatched(t *testing.T) {
	keys := make([]string, 1, 4)
	keys[0] = "a"
	if diff := cmp.Diff([]string{"a", "b"}, AddMatched(keys, "a", "b", "b")); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if keys[:2][1] != "" {
		t.Error("the given list was changed")
	}
}
