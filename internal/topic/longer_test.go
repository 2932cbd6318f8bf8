package topic

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Each longer word holds the query of its line, which it would otherwise not hide.
func TestLongerWords(t *testing.T) {
	if len(longerWords()) < 100 {
		t.Errorf("only %d words were read", len(longerWords()))
	}
	for w, longer := range longerWords() {
		if n := utf8.RuneCountInString(w); n < 2 {
			t.Errorf("%s has %d characters", w, n)
		}
		for _, l := range longer {
			if l == w || !strings.Contains(l, w) {
				t.Errorf("%s is no longer word of %s", l, w)
			}
		}
	}
}
