package story

import (
	"testing"
	"time"
)

// What many told and then nobody, is over. One story alone may have waited for a second.
func TestSilenceCountsMoreInLargeEvents(t *testing.T) {
	later := "Ferry inspectors question owners of Marigold"
	for _, c := range []struct {
		name    string
		before  []string
		silence time.Duration
		joins   bool
	}{
		{"one story, two hours", ferry[:1], 2 * time.Hour, true},
		{"one story, a day", ferry[:1], 24 * time.Hour, true},
		{"five stories, two hours", ferry, 2 * time.Hour, true},
		{"five stories, a day", ferry, 24 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &partsEnv{language: "en", fold: New(), at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
			p.judge(c.before...)
			p.at = p.at.Add(c.silence)
			p.judge(later)
			events := p.events()
			if got := events[len(events)-1] == 0; got != c.joins {
				t.Errorf("%q after %s of silence is in the event: %t, want %t", later, c.silence, got, c.joins)
			}
		})
	}
}
