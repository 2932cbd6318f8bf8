package story_test

import (
	"os"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// TestStages tells headlines about another stage of one happening, or about somebody
// close to the person named, from light edits. The columns of testdata/stage_pairs.tsv
// are language, same or other, and two headlines.
func TestStages(t *testing.T) {
	b, err := os.ReadFile("testdata/stage_pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		for _, pair := range [][2]string{{row[2], row[3]}, {row[3], row[2]}} {
			got := judge(story.New(), story.Headline{Text: pair[0], Language: row[0]}, story.Headline{Text: pair[1], Language: row[0]})
			if same := got[1] == 0; same != (row[1] == "same") {
				t.Errorf("%s: %q and %q are one story: %v, want %s", row[0], pair[0], pair[1], same, row[1])
				break
			}
		}
	}
}
