package newsroom

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNarrow(t *testing.T) {
	for _, tt := range []struct{ query, term, want string }{
		{"", "topic:a", "topic:a"},
		{"  flood ", "topic:a", "flood topic:a"},
		{"topic:a flood", "topic:a", "topic:a flood"},
		{"flood OR dam", "lang:ar", "(flood OR dam) lang:ar"},
		{"(flood OR dam)", "lang:ar", "(flood OR dam) lang:ar"},
		{`"flood OR dam"`, "lang:ar", `"flood OR dam" lang:ar`},
	} {
		if got := narrow(tt.query, tt.term); got != tt.want {
			t.Errorf("narrow(%q, %q) = %q, want %q", tt.query, tt.term, got, tt.want)
		}
	}
}

// A click takes a field off the filter and leaves the rest.
func TestChips(t *testing.T) {
	for query, want := range map[string][]queryChip{
		"flood":                      nil,
		"flood topic:a":              {{"topic:a", "/?q=flood"}},
		`source:"A B" -lang:en x`:    {{`source:"A B"`, "/?q=-lang%3Aen+x"}, {"-lang:en", "/?q=source%3A%22A+B%22+x"}},
		"topic:a OR lang:ar":         nil,
		"flood NOT topic:a":          {{"NOT topic:a", "/?q=flood"}},
		"topic:a AND NOT lang:ar x":  {{"topic:a", "/?q=NOT+lang%3Aar+x"}, {"NOT lang:ar", "/?q=topic%3Aa+x"}},
		"https://a.example after:5d": {{"after:5d", "/?q=https%3A%2F%2Fa.example"}},
	} {
		if diff := cmp.Diff(want, (&wirePage{Query: query}).Chips("/")); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}
