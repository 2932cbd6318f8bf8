package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

func TestEventsJoinUnderTheOlderID(t *testing.T) {
	f := story.New()
	var last story.Verdict
	var first []story.Verdict
	for i, text := range []string{
		"Ferry sinks off Harbourtown with forty aboard",
		"Coastguard searches cold water for Marigold passengers",
		"Harbourtown ferry sinks: coastguard searches for Marigold passengers",
	} {
		last = f.Judge(story.Headline{Entry: string(rune('a' + i)), Seq: uint64(i + 1), Text: text, At: noon})
		first = append(first, last)
	}
	if first[0].Event == first[1].Event {
		t.Fatalf("the first two headlines are one event before the third")
	}
	if last.Event != first[0].Event && last.Event != first[1].Event {
		t.Errorf("event %s, want one of %s and %s", last.Event, first[0].Event, first[1].Event)
	}
	for _, j := range last.Joined {
		if j != first[1].Event || last.Event != first[0].Event {
			t.Errorf("event %s joined event %s", last.Event, j)
		}
	}
}
