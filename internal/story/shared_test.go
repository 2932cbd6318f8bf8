package story_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// sharedRows is a folder of measuring sets beside the repository; the test is
// skipped where it is missing, unless SLUGLINE_SHARED is must.
func sharedRows(t *testing.T, name string) [][]string {
	path := filepath.Join("..", "..", "..", "shared", "headlines", name)
	b, err := os.ReadFile(path)
	if err != nil && os.Getenv("SLUGLINE_SHARED") != "must" {
		t.Skipf("no measuring set: %v", err)
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

// TestPairs holds the fold to what it reached: how many pairs of a label are one
// story at least, or at most.
func TestPairs(t *testing.T) {
	for _, c := range []struct {
		set    string
		same   float64            // found at least
		folded map[string]float64 // of other labels at most
	}{
		{set: "synth", same: 0.995, folded: map[string]float64{"contra": 0.01, "diff": 0.02}},
		{set: "sts", same: 0.59, folded: map[string]float64{"diff": 0.01}},
		{set: "ans", same: 0.30, folded: map[string]float64{"contra": 0.05, "diff": 0.01}},
		{set: "ru", same: 0.05, folded: map[string]float64{"diff": 0.01}},
		{set: "ruslug", same: 0.05, folded: map[string]float64{"diff": 0.01}},
	} {
		t.Run(c.set, func(t *testing.T) {
			share := pairShares(t, c.set)
			if share["same"] < c.same {
				t.Errorf("same found: %.4f, want %.4f", share["same"], c.same)
			}
			for label, most := range c.folded {
				if share[label] > most {
					t.Errorf("%s folded: %.4f, want at most %.4f", label, share[label], most)
				}
			}
			t.Logf("%v", share)
		})
	}
}

// pairShares is which part of the pairs of each label became one story.
func pairShares(t *testing.T, set string) map[string]float64 {
	pairs := sharedRows(t, set+".pairs.tsv")
	in, err := os.Open(filepath.Join("..", "..", "..", "shared", "headlines", set+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out bytes.Buffer
	if err := story.Filter(in, &out, true); err != nil {
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
