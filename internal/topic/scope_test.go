package topic

import (
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// What an entry has, when it was published, and which topics have its story.
func TestScope(t *testing.T) {
	gulf := time.FixedZone("gulf", 4*60*60)
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	e := news.Entry{
		Headline: "Ferry sinks", At: now.Add(-14 * time.Hour), // 22:00 in UTC, two o'clock on the 27th in the Gulf
		Media: []news.Media{{Type: "audio/mpeg"}, {Picture: true}, {Type: "application/pdf"}},
	}
	for _, c := range []struct {
		query string
		scope Scope
		want  bool
	}{
		{"has:audio", Scope{}, true},
		{"has:AUDIO", Scope{}, true},
		{"has:picture", Scope{}, true},
		{"has:video", Scope{}, false},
		{"-has:video", Scope{}, true},
		{"has:(video OR audio)", Scope{}, true},
		{"after:2026-11-26", Scope{}, true},
		{"after:2026-11-27", Scope{}, false},
		{"after:2026-11-27", Scope{Zone: gulf}, true},
		{"before:2026-11-27", Scope{}, true},
		{"before:2026-11-27", Scope{Zone: gulf}, false},
		{"after:2026-11 before:2026-12", Scope{}, true},
		{"before:2026", Scope{}, false},
		{"after:2026-11-26T22:00", Scope{}, true},
		{"after:2026-11-26T22:01", Scope{}, false},
		{"after:2026-11-27T02:00+04:00", Scope{}, true},
		{"before:2026-11-26t22:00z", Scope{}, false},
		{"after:٢٠٢٦-١١-٢٦", Scope{}, true},
		{"after:24h", Searching(now, nil), true},
		{"after:13h", Searching(now, nil), false},
		{"before:13h", Searching(now, nil), true},
		{"before:2d", Searching(now, nil), false},
		{"-after:1w", Searching(now, nil), false},
		{"after:20000w", Searching(now, nil), true},
		{"before:999999d", Searching(now, nil), false},
		{"topic:cyber", Searching(now, nil), true},
		{"topic:Cyber", Alerting(nil), true},
		{"topic:cy", Alerting(nil), false},
		{"topic:cy*", Alerting(nil), true},
		{"-topic:sport", Alerting(nil), true},
	} {
		q, err := c.scope.Parse(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		d := NewDoc(&e, &news.Source{})
		d.SetTopics([]string{"cyber", "world"})
		if got := q.Match(d, 1); got != c.want {
			t.Errorf("%s: got %v, want %v", c.query, got, c.want)
		}
	}
}

// A doc whose story enters a topic later matches then.
func TestTopicsChange(t *testing.T) {
	q, err := Alerting(nil).Parse("topic:cyber")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDoc(&news.Entry{}, &news.Source{})
	before := q.Match(d, 1)
	d.SetTopics([]string{"cyber"})
	if after := q.Match(d, 1); before || !after {
		t.Errorf("matched %v before and %v after, want false and true", before, after)
	}
}

// At the desk, queries ask who starred a story and who works on it. The stars are those
// of the moment.
func TestQueriesOfTheDesk(t *testing.T) {
	stars := map[string]*news.Star{}
	scope := Scope{Desk: true, Stars: func() map[string]*news.Star { return stars }}
	d := NewDoc(&entry, &bbc)
	check := func(step string, want map[string]bool) {
		t.Helper()
		for query, want := range want {
			q, err := scope.Parse(query)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.Match(d, 1); got != want {
				t.Errorf("%s: %s: %t, want %t", step, query, got, want)
			}
		}
	}
	d.SetStory("one", "")
	check("nothing", map[string]bool{"has:star": false, "-has:star": true, "has:assigned": false, "assigned:lena": false, "assigned:l*": false})
	stars["one"] = &news.Star{}
	d.SetStory("one", "Lena Ström")
	check("starred and assigned", map[string]bool{"has:star": true, "has:(star assigned)": true, "has:assigned": true, `assigned:"lena strom"`: true, "assigned:lena": false, "assigned:LENA*": true})
	d.SetStory("two", "Omar")
	check("in another story", map[string]bool{"has:star": false, "assigned:omar": true, "assigned:lena*": false})
	scope.Me = "Lena Ström"
	check("somebody else's", map[string]bool{"assigned:me": false, "assigned:ME": false, "-assigned:me": true})
	d.SetStory("one", "lena ström")
	check("mine", map[string]bool{"assigned:me": true, "assigned:(me OR omar)": true, `assigned:"me"`: false, "assigned:me*": false})
	scope.Me = ""
	if _, err := scope.Parse("copper assigned:me"); err == nil || !strings.Contains(err.Error(), "column 17: assigned:me needs a token with your name") {
		t.Errorf("assigned:me of nobody: %v", err)
	}
	for _, s := range []Scope{{}, Searching(time.Unix(1e9, 0), nil), Alerting(nil)} {
		for _, query := range []string{"has:star", "has:assigned", "assigned:omar"} {
			if _, err := s.Parse(query); err == nil {
				t.Errorf("%s is valid outside the desk", query)
			}
		}
	}
}
