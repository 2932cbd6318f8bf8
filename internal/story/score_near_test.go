package story_test

import (
	"slices"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// A story in the event of another one is near it, unless other numbers speak against it or
// they share little but their head before a colon.
func TestNearStories(t *testing.T) {
	for _, c := range []struct {
		language, first, near, other string
	}{
		{
			"en", "Harbourtown ferry Marigold carried 40 people into storm",
			"Storm warning came hours before Marigold ferry left port", "Storm warning came 12 hours before Marigold ferry left port",
		},
		{
			"de", "Fähre Marigold fuhr mit 40 Menschen vor Selmar in den Sturm",
			"Warnung vor Sturm erreichte Fähre Marigold Stunden zuvor", "Warnung vor Sturm erreichte Fähre Marigold 12 Stunden zuvor",
		},
		{
			"de", "Fähre Marigold: vierzig Menschen im Sturm vor Selmar",
			"Warnung vor Sturm kam für Fähre Marigold Stunden zu spät, sagt Kapitän", "Fähre Marigold: Warnung vor Sturm kam Stunden zu spät, sagt Kapitän",
		},
		{
			"es", "Ferri Marigold: cuarenta personas en la tormenta frente a Selmar",
			"El aviso de tormenta al ferri Marigold llegó horas tarde, dice el capitán", "Ferri Marigold: el aviso de tormenta llegó horas tarde, dice el capitán",
		},
	} {
		for _, text := range []string{c.near, c.other} {
			f := story.New()
			verdicts := judgeAll(f, c.language, c.first, text)
			first, last := verdicts[0], verdicts[1]
			if last.Event != first.Event {
				t.Fatalf("%q is in another event than %q", text, c.first)
			}
			if got := slices.Contains(last.Near, first.Story); got != (text == c.near) {
				t.Errorf("%q is near %q: %v", text, c.first, got)
			}
			if !f.IsLike(first.Story) {
				t.Errorf("%q is not like %q", text, c.first)
			}
		}
	}
}

// What is near the second headline of an event may have nothing in common with the first.
func TestNearAndNotLikeTheFirst(t *testing.T) {
	f := story.New()
	verdicts := judgeAll(f, "en",
		"Ferry sinks off Harbourtown with forty aboard",
		"Harbourtown ferry sinks: coastguard blames captain Odalen",
		"Captain Odalen blamed by coastguard denies guilt")
	first, second, third := verdicts[0], verdicts[1], verdicts[2]
	if third.Event != first.Event || !slices.Equal(third.Near, []string{second.Story}) {
		t.Fatalf("event %s near %q, want %s near %s", third.Event, third.Near, first.Event, second.Story)
	}
	if f.IsLike(first.Story) || !f.IsLike(second.Story) || f.IsLike("gone") {
		t.Errorf("like the first %v, the second %v, an unknown story %v", f.IsLike(first.Story), f.IsLike(second.Story), f.IsLike("gone"))
	}
	judgeAll(f, "en", "Ferry sinks off Harbourtown with forty aboard")
	if f.IsLike(second.Story) {
		t.Error("a headline that began no story is like one")
	}
}

func judgeAll(f *story.Fold, language string, texts ...string) (all []story.Verdict) {
	for i, text := range texts {
		all = append(all, f.Judge(story.Headline{Entry: text, Seq: uint64(i + 1), Language: language, Text: text, At: noon}))
	}
	return all
}
