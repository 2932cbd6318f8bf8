package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

func TestCorrection(t *testing.T) {
	for _, c := range []struct {
		headline string
		want     bool
	}{
		{"CORRECTED-Ferry sinks off Marseille", true},
		{"UPDATE 2-CORRECTED-Ferry sinks off Marseille", true},
		{"Ferry sinks off Marseille (Corrected)", true},
		{"[CORRECTION] Ferry sinks off Marseille", true},
		{"تصحيح: غرق عبارة قبالة مرسيليا", true},
		{"УТОЧНЕНИЕ: Паром затонул у Марселя", true},
		{"Korrektur: Fähre vor Marseille gesunken", true},
		{"【更正】渡轮在马赛沉没", true},
		{"REFILE-Ferry sinks off Marseille", false},
		{"Correction in tech stocks deepens", false},
		{"Market correction: what to know", false},
		{"Ferry sinks off Marseille (video)", false},
		{"CORRECTED-", false},
		{"", false},
	} {
		if got := story.IsCorrection(c.headline); got != c.want {
			t.Errorf("IsCorrection(%q) = %v, want %v", c.headline, got, c.want)
		}
	}
}
