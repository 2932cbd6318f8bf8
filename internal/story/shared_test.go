package story_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// sharedRows reads a file of the folder shared beside the repository, without its header
// line. The test is skipped where there is none, unless SLUGLINE_SHARED is
// must.
func sharedRows(t *testing.T, name string) [][]string {
	path := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(name))
	b, err := os.ReadFile(path)
	if err != nil && os.Getenv("SLUGLINE_SHARED") != "must" {
		t.Skipf("%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
	}
	return rows[1:]
}

// TestPairs checks the fold against its past results: for each label, how many pairs
// of headlines become one story.
func TestPairs(t *testing.T) {
	for _, c := range []struct {
		set    string
		same   float64            // found, at least
		folded map[string]float64 // of other labels, at most
	}{
		{set: "synth", same: 0.995, folded: map[string]float64{"contra": 0.01, "diff": 0.02}},
		{set: "sts", same: 0.50, folded: map[string]float64{"diff": 0.01}},
		{set: "ans", same: 0.25, folded: map[string]float64{"contra": 0.03, "diff": 0.01}},
		{set: "ru", same: 0.05, folded: map[string]float64{"diff": 0.01}},
		{set: "ruslug", same: 0.05, folded: map[string]float64{"diff": 0.01}},
	} {
		t.Run(c.set, func(t *testing.T) {
			share := pairShares(t, c.set)
			if share["same"] < c.same {
				t.Errorf("pairs labelled same that are one story: %.4f, want at least %.4f", share["same"], c.same)
			}
			for label, most := range c.folded {
				if share[label] > most {
					t.Errorf("pairs labelled %s that are one story: %.4f, want at most %.4f", label, share[label], most)
				}
			}
			t.Logf("%v", share)
		})
	}
}

// pairShares returns, for each label, the share of the pairs that became one story.
func pairShares(t *testing.T, set string) map[string]float64 {
	pairs := sharedRows(t, "headlines/"+set+".pairs.tsv")
	in, err := os.Open(filepath.Join("..", "..", "..", "shared", "headlines", set+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out bytes.Buffer
	if err := story.Filter(in, &out, reading(true)); err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for line := range strings.Lines(out.String()) {
		row := strings.Split(line, "\t")
		of[row[0]] = row[1]
	}
	all, one := map[string]float64{}, map[string]float64{}
	for _, p := range pairs {
		all[p[2]]++
		if of[p[0]] == of[p[1]] {
			one[p[2]]++
		}
	}
	for label, n := range all {
		one[label] /= n
	}
	return one
}
