package story_test

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// variants are pairs of headlines of two outlets: kind, language, whether they are the
// same story, and the two headlines.
//
//go:embed testdata/variants.tsv
var variants string

// A headline with another credit, number form or spelling is the same story, and one with
// another number, version or part is not, whichever of the two comes first.
func TestVariants(t *testing.T) {
	warm, w := story.New(), newWire()
	for range 2000 {
		warm.Judge(w.headline(time.Minute))
	}
	state, _ := warm.Sweep(noon)
	for i, line := range strings.Split(strings.TrimSpace(variants), "\n")[1:] {
		row := strings.Split(line, "\t")
		if len(row) != 5 {
			t.Fatalf("row %d has %d columns: %s", i+1, len(row), line)
		}
		for _, pair := range [...][2]string{{row[3], row[4]}, {row[4], row[3]}} {
			f, err := story.Restore(state)
			if err != nil {
				t.Fatal(err)
			}
			judge := func(outlet, text string, after time.Duration) story.Verdict {
				return f.Judge(story.Headline{Entry: outlet, Seq: 9000, Source: outlet, Owner: outlet, Publishers: []string{outlet}, Language: row[1], Text: text, At: noon.Add(after)})
			}
			first := judge("one.example", pair[0], time.Hour)
			second := judge("two.example", pair[1], time.Hour+20*time.Minute)
			if same := second.Story == first.Story && second.Level != news.LevelNew; same != (row[2] == "same") {
				t.Errorf("%s, %s: %q / %q: one story %v, want %s", row[0], row[1], pair[0], pair[1], same, row[2])
				break
			}
		}
	}
}
