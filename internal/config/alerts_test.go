package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

func TestAlertsWithChatsDigestsAndLimits(t *testing.T) {
	c := parse(t, `sources: https://a.example/
alerts:
  - name: a
    digest: 10m
    limit: 20/h
    to:
      - {telegram: "-100123", token: "${TG}"}
      - {telegram: "@desk", token: "${TG}", server: "https://tg.example"}
      - {matrix: https://m.example, room: "!abc:m.example", token: "${TG}"}
      - {pushover: "${USER_KEY}", token: "${TG}", priority: low}
      - {pushover: u5f2b, token: "${TG}", server: "https://push.example/api"}
      - {gotify: https://g.example/push, token: "${TG}", priority: 5}
      - {ntfy: https://n.example/desk, priority: urgent}
      - {webhook: "https://w.example/${TG}", template: '{"text": {{json .Text}}}'}
  - {name: b, limit: 5 / 10m, to: [{ntfy: https://n.example/desk}, {webhook: "https://w.example/${TG}"}]}
`, "TG", "tg-secret", "USER_KEY", "user-secret")
	a, b := c.Alerts[0], c.Alerts[1]
	if a.Digest != 10*time.Minute || a.Limit != (news.Limit{Messages: 20, Per: time.Hour}) || b.Limit != (news.Limit{Messages: 5, Per: 10 * time.Minute}) || b.Digest != 0 {
		t.Errorf("digests and limits: got %v %v, %v %v", a.Digest, a.Limit, b.Digest, b.Limit)
	}
	var got [][]string
	for _, to := range a.To {
		got = append(got, []string{to.Kind, to.Label, to.Address, to.Recipient, to.Token})
	}
	want := [][]string{
		{"telegram", "-100123", "https://api.telegram.org", "-100123", "tg-secret"},
		{"telegram", "@desk", "https://tg.example", "@desk", "tg-secret"},
		{"matrix", "m.example", "https://m.example", "!abc:m.example", "tg-secret"},
		{"pushover", "${USER_KEY}", "https://api.pushover.net", "user-secret", "tg-secret"},
		{"pushover", "push.example", "https://push.example/api", "u5f2b", "tg-secret"},
		{"gotify", "g.example", "https://g.example/push", "", "tg-secret"},
		{"ntfy", "n.example", "https://n.example/desk", "", ""},
		{"webhook", "w.example", "https://w.example/tg-secret", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if a.To[6].ID != b.To[0].ID || a.To[6].Priority != 5 || b.To[0].Priority != 0 || a.To[3].Priority != 2 {
		t.Errorf("priorities %d, %d, %d; the priority is not part of a target's id", a.To[6].Priority, b.To[0].Priority, a.To[3].Priority)
	}
	if a.To[7].ID == b.To[1].ID || a.To[7].Template == nil || b.To[1].Template != nil {
		t.Error("a webhook with a template is not the same target as one without")
	}
	seen := map[string]bool{}
	for _, to := range c.Rules().Alerts[0].To {
		if seen[to.ID] || strings.Contains(to.ID+to.Label, "secret") {
			t.Errorf("target %+v is there twice, or discloses a secret", to)
		}
		seen[to.ID] = true
	}
}

func TestOrderOfKeysMakesNoOtherTarget(t *testing.T) {
	c := parse(t, `sources: https://a.example/
alerts:
  - {name: a, to: [{matrix: https://m.example, room: "!abc:m.example", token: x}]}
  - {name: b, to: [{token: x, room: "!abc:m.example", matrix: https://m.example}]}
`)
	if a, b := c.Alerts[0].To[0].ID, c.Alerts[1].To[0].ID; a != b {
		t.Errorf("one target has the ids %s and %s", a, b)
	}
}
