package config

import (
	"testing"
)

// The shipped feeds.yaml is the example that users start from. It is valid without any
// environment variable.
func TestShippedFile(t *testing.T) {
	c, err := Read("../../feeds.yaml", env())
	if err != nil {
		t.Fatal(err)
	}
	languages := map[string]bool{}
	for _, s := range c.Sources {
		languages[s.Language] = true
		t.Logf("%-28s %s", s.Name, s.Address)
	}
	if n := len(c.Sources); n < 40 || n > 50 || len(languages) < 8 || !languages["ar"] {
		t.Errorf("%d sources in %d languages", n, len(languages))
	}
}
