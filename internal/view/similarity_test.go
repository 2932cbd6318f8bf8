package view

import (
	"github.com/slugline/slugline/internal/locale"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

func TestDescribeSimilarity(t *testing.T) {
	shared := []story.SharedWord{{Word: "explosion", Score: 300}, {Word: "airport", Score: 299}}
	for _, tt := range []struct {
		name  string
		x     story.Explanation
		other string // conflict beside the words
		want  string
	}{
		{"nothing in common", story.Explanation{Conflict: "they have too little in common"}, "", "Kept apart because they have too little in common."},
		{"a conflict", story.Explanation{Score: 599, SharedWords: shared, Conflict: "one key word differs"}, "",
			"Similarity 60 %. Shared: explosion, airport. Kept apart because one key word differs."},
		{"one page", story.Explanation{Score: 834, SamePage: true, SharedWords: shared[:1]}, "", "Similarity 83 %. Both link to the same page. Shared: explosion."},
		{"the same headline, split", story.Explanation{SameKey: true, Score: 1000}, "an editor split them (decision 5)",
			"The headlines are the same word for word. Kept apart because an editor split them (decision 5)."},
		{"two conflicts", story.Explanation{Score: 700, Conflict: "numbers differ"}, "they are 30 hours apart",
			"Similarity 70 %. Kept apart because numbers differ. Also, they are 30 hours apart."},
	} {
		s := Similarity{Text: speech{Locale: locale.Of("en")}.describeSimilarity(&tt.x), Conflict: tt.x.Conflict, otherConflict: tt.other}
		if s.addOtherConflict(locale.Of("en")); s.Text != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s.Text, tt.want)
		}
	}
}
