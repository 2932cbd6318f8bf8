package story_test

import (
	"fmt"
	"time"

	"github.com/slugline/slugline/internal/story"
)

// Two of these headlines are one story: the second is a light edit of the first. The
// third is about the same event, and a story of its own.
func ExampleFold() {
	fold := story.New()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i, text := range []string{
		"Grain ship leaves Odesa port after weeks of talks",
		"UPDATE 1-Grain ship leaves Odesa port after weeks of negotiations",
		"Second grain ship waits in Odesa port",
	} {
		v := fold.Judge(story.Headline{
			Entry: fmt.Sprint("entry", i+1), Seq: uint64(i + 1), Owner: fmt.Sprint("outlet", i+1),
			Text: text, At: noon.Add(time.Duration(i) * time.Minute),
		})
		fmt.Printf("%s: story %s, event %s\n", v.Level, v.Story, v.Event)
	}
	// Output:
	// new: story jbhswagfrf94w, event jbhswagfrf94w
	// edited: story jbhswagfrf94w, event jbhswagfrf94w
	// new: story anxhwgqnvsnmg, event jbhswagfrf94w
}
