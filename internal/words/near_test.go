package words_test

import (
	"testing"

	"github.com/slugline/slugline/internal/words"
)

func TestNearest(t *testing.T) {
	known := []string{"1", "5", "low", "urgent", "max_per_source"}
	for word, want := range map[string]string{"6": "", "": "", "lo": "low", "Urgnet": "urgent", "max_per_sources": "max_per_source", "loudest": ""} {
		if got := words.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
