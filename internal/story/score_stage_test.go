package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// TestStages tells headlines about another stage of one happening, or about somebody
// close to the person named, from light edits, by language.
func TestStages(t *testing.T) {
	for _, c := range []struct {
		lang, a, b string
		same       bool
	}{
		{"en", "Ferry pilots strike in Odalen", "Ferry pilots end strike in Odalen", false},
		{"en", "Odalen mayor to resign over tunnel", "Odalen mayor resigns over tunnel", false},
		{"en", "Deputy harbour master of Odalen arrested", "Harbour master of Odalen arrested", false},
		{"en", "Ferry pilots end strike in Odalen", "Ferry pilots call off strike in Odalen", true},
		{"de", "Hafenlotsen sagen Streik in Odalen ab", "Hafenlotsen kündigen Streik in Odalen an", false},
		{"de", "Lotsen beenden Streik in Odalen", "In Odalen beenden Lotsen Streik", true},
	} {
		got := judge(story.New(), story.Headline{Text: c.a, Language: c.lang}, story.Headline{Text: c.b, Language: c.lang})
		if same := got[1] == 0; same != c.same {
			t.Errorf("%s: %q and %q are one story: %v, want %v", c.lang, c.a, c.b, same, c.same)
		}
	}
}
