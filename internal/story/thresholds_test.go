package story_test

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/story"
)

// Rare words make up for time since version 9. While a cluster has nodes that do not know
// it, all judge as before.
func TestFoldsJudgeByTheirOwnThresholds(t *testing.T) {
	for version, isOne := range map[int]bool{0: true, 7: false, 8: false, 9: true} {
		f := story.New()
		events := map[string]bool{}
		for i, text := range []string{"Kelda museum finds lost painting in its own cellar", "Painting was in the cellar of the museum all along"} {
			v := f.Judge(story.Headline{
				Entry: text, Seq: uint64(i + 1), Language: "en", Text: text, Fold: version,
				At: noon.Add(time.Duration(i) * 68 * time.Hour),
			})
			events[v.Event] = true
		}
		if (len(events) == 1) != isOne {
			t.Errorf("fold %d makes %d events of two headlines, want one: %v", version, len(events), isOne)
		}
	}
}
