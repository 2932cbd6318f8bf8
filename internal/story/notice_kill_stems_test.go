package story

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// No capital letter outside ASCII is overlooked.
func TestMayHaveCapitals(t *testing.T) {
	for r := rune(utf8.RuneSelf); r <= unicode.MaxRune; r++ {
		if c := string(r); strings.ToLower(c) != c && !mayHaveCapitals("a"+c+"b") {
			t.Errorf("%U may be no capital letter", r)
		}
	}
	for _, text := range []string{"Plain TEXT", "عاجل: زلزال", "台湾地震", "서울에서", "רעידת אדמה", "“quoted” – here’s"} {
		if mayHaveCapitals(text) {
			t.Errorf("%q may have capital letters", text)
		}
	}
}
