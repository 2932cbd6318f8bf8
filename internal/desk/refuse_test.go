package desk

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// A record that no node can apply is refused with a plain sentence, leaves nothing
// behind, and does not disturb the records around it in one group.
func TestARecordThatNoNodeCanApplyIsRefused(t *testing.T) {
	rules, visits := faultRecords()
	newRules := func(change func(*news.Rules)) news.Record {
		c := *rules.Rules
		c.Topics = []news.Topic{{Name: "all", Stories: 5}}
		change(&c)
		return news.Record{Rules: &c}
	}
	want := openGroups(t, store.Options{})
	if answers, err := want.handled(filings(rules, visits[0])); err != nil || errors.Join(answers...) != nil {
		t.Fatal(err, answers)
	}
	f := openGroups(t, store.Options{})
	if answers, err := f.handled(filings(news.Record{At: dawn, Sweep: &news.Sweep{}})); err != nil || !errors.Is(answers[0], journal.ErrRefused) {
		t.Errorf("a record without an ID: %v, %v, want refused", err, answers)
	}
	for _, c := range []struct {
		name   string
		record news.Record
		why    string
	}{
		{"no kind", news.Record{}, "does not know the kind"},
		{"two kinds", news.Record{Sweep: &news.Sweep{}, Sent: &news.Sent{}}, "2 kinds"},
		{"unknown order", news.Record{Order: &news.Order{Verb: "praise", Args: []string{"x"}}}, `no order "praise"`},
		{"topic's rule", newRules(func(r *news.Rules) { r.Topics[0].Match = []string{`"open`} }), "match of topic all"},
		{"alert's rule", newRules(func(r *news.Rules) { r.Alerts = []news.Alert{{Name: "a", Match: []string{`(`}}} }), "match of alert a"},
		{"source's rule", newRules(func(r *news.Rules) { r.Sources = []news.Source{{Name: "one", Match: "OR"}} }), "match of source one"},
		{"zone", newRules(func(r *news.Rules) { r.Site.Zone = "Mars/Olympus" }), "site.zone"},
		{"older fold", newRules(func(r *news.Rules) { r.Fold = story.Version - 1 }), "older Slugline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.record.At = dawn
			c.record.SetID()
			for range 2 { // two nodes
				f := openGroups(t, store.Options{})
				answers, err := f.handled(filings(rules, c.record, visits[0]))
				if err != nil || answers[0] != nil || answers[2] != nil {
					t.Fatalf("handle: %v, answers %v", err, answers)
				}
				if !errors.Is(answers[1], journal.ErrRefused) || !strings.Contains(answers[1].Error(), c.why) {
					t.Errorf("answer %v, want refused with %q", answers[1], c.why)
				}
				if f.Ready() != nil || f.digest() != want.digest() {
					t.Errorf("ready %v, or another state than without the record", f.Ready())
				}
			}
		})
	}
}

// A record whose time is before that of the last one is applied at the time of the last
// one: entries, orders and sweeps alike.
func TestTimeNeverRunsBackward(t *testing.T) {
	r := open(t, "one", "two")
	both, other := two(r)
	r.pass(10 * time.Hour)
	r.sweep()
	last := r.now
	r.pass(-2 * time.Hour)

	r.visit("one", item{id: "late", title: "Copper rises again"})
	if got := r.top("all")[0]; got.Headline != "Copper rises again" || !got.First.Equal(last) || !got.Places["all"].At.Equal(last) {
		t.Errorf("entry %q is at %v, want %v", got.Headline, got.First, last)
	}
	r.order("hide", both.ID)
	if got := r.topic("all").Tombstones; len(got) != 1 || !got[0].At.Equal(last) {
		t.Errorf("tombstones %+v, want one at %v", got, last)
	}
	_, err := r.journal.Order(context.Background(), news.Order{Verb: "pin", Args: []string{other.ID, "all"}, Until: last.Add(-time.Hour)}, r.now)
	if !errors.Is(err, journal.ErrRefused) {
		t.Errorf("a pin that ends before the last record: %v, want refused", err)
	}
	r.order("claim", other.ID)
	if c := r.story(other.ID).Claim; c == nil || !c.At.Equal(last) {
		t.Errorf("claim %+v, want one at %v", c, last)
	}
	r.sweep()
	if got := r.horizon(); !got.Equal(last) {
		t.Errorf("horizon %v, want %v", got, last)
	}
}
