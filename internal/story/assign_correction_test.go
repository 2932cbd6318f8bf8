package story_test

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// A correction joins the story that it corrects despite a conflict with it, when its
// outlet is part of that story and the story is at most three days old.
func TestCorrectionsJoinTheCorrectedStory(t *testing.T) {
	for _, c := range []struct {
		name, owner, text string
		after             time.Duration
		same, ownStory    bool
	}{
		{"number", "one", "CORRECTED-Ferry sinks off Marseille with 12 aboard", time.Hour, true, false},
		{"name", "one", "Correction: Ferry sinks off Toulon with 21 aboard", time.Hour, true, false},
		{"a day later", "one", "CORRECTED-UPDATE 2-Ferry sinks off Marseille with 12 aboard", 30 * time.Hour, true, false},
		{"five days later", "one", "CORRECTED-Ferry sinks off Marseille with 12 aboard", 120 * time.Hour, false, false},
		{"another outlet's", "two", "CORRECTED-Ferry sinks off Marseille with 12 aboard", time.Hour, false, false},
		{"of another outlet that is part of the story", "two", "CORRECTED-Ferry sinks off Marseille with 12 aboard", time.Hour, true, true},
		{"no correction", "one", "UPDATE 2-Ferry sinks off Marseille with 12 aboard", time.Hour, false, true},
		{"something else", "one", "CORRECTED-Ferry fares rise by 12 percent", time.Hour, false, true},
	} {
		h := story.Headline{Owner: c.owner, Text: c.text, At: noon.Add(c.after)}
		if c.ownStory {
			h.SourceStories = []string{news.StoryID("e0", 1)}
		}
		if story.IsCorrection(c.text) {
			h.Amends = story.Corrects
		}
		got := judge(story.New(), story.Headline{Owner: "one", Text: "Ferry sinks off Marseille with 21 aboard"}, h)
		if same := got[1] == 0; same != c.same {
			t.Errorf("%s: joined the story that it corrects: %v, want %v", c.name, same, c.same)
		}
	}
}
