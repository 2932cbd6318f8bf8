package topic

import (
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
