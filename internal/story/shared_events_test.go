package story_test

import (
	"cmp"
	"maps"
	"slices"
	"testing"
	"time"
)

// TestSharedEvents checks events against the fold's past results on headlines that people
// labelled by happening, warm: three days of other news come before them.
func TestSharedEvents(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	mix := withoutSummary(sharedRows(t, "headlines/mix.tsv"))
	for _, c := range []struct {
		set           string
		f1, precision float64 // at least
		largest, long int     // at most
		pure          int     // of the fifty events that most outlets have, at least
	}{
		{set: "fnc", f1: 0.87, precision: 0.91, largest: 50, long: 0, pure: 40},
		{set: "vimds", f1: 0.84, precision: 0.90, largest: 10, long: 0, pure: 29},
		{set: "og21a", f1: 0.75, precision: 0.90, largest: 125, long: 6, pure: 35},
	} {
		t.Run(c.set, func(t *testing.T) {
			rows := sharedRows(t, "events/"+c.set+".tsv")
			event := eventsOf(t, moved(mix, tsvTime(rows[0])), rows)
			f1, precision := bcubed(rows, event)
			largest, long, pure := shapes(rows, event)
			t.Logf("F1 %.3f, precision %.3f, largest %d, longer than three days %d, pure %d", f1, precision, largest, long, pure)
			if f1 < c.f1 || precision < c.precision || largest > c.largest || long > c.long || pure < c.pure {
				t.Errorf("want %+v", c)
			}
		})
	}
	t.Run("mix", func(t *testing.T) {
		if f1, precision := bcubed(mix, eventsOf(t, nil, mix)); f1 < 0.79 {
			t.Errorf("F1 %.3f, precision %.3f, want F1 0.79 at least", f1, precision)
		}
	})
}

// withoutSummary gives rows without a summary an empty one.
func withoutSummary(rows [][]string) [][]string {
	for i := range rows {
		rows[i] = slices.Insert(rows[i], colSummary, "")
	}
	return rows
}

// moved returns rows with other ids that end a minute before a time.
func moved(rows [][]string, before time.Time) [][]string {
	last := slices.MaxFunc(rows, func(a, b []string) int { return cmp.Compare(a[colPublished], b[colPublished]) })
	by := before.Add(-time.Minute).Sub(tsvTime(last))
	var out [][]string
	for _, row := range rows {
		row = slices.Clone(row)
		row[colID], row[colPublished] = "before "+row[colID], tsvTime(row).Add(by).Format(time.RFC3339)
		out = append(out, row)
	}
	return out
}

// bcubed returns the B-cubed F1 and precision of events: the mean, over the headlines with a
// label, of how much of its event has its label, and the same of how much of its label is in
// its event.
func bcubed(rows [][]string, event map[string]string) (f1, precision float64) {
	inEvent, inLabel, inBoth, all := map[string]float64{}, map[string]float64{}, map[[2]string]float64{}, 0.0
	for _, row := range rows {
		if label := row[colStory]; label != "" {
			e := event[row[colID]]
			inEvent[e]++
			inLabel[label]++
			inBoth[[2]string{e, label}]++
			all++
		}
	}
	recall := 0.0
	for of, n := range inBoth {
		precision += n * n / inEvent[of[0]] / all
		recall += n * n / inLabel[of[1]] / all
	}
	return 2 * precision * recall / (precision + recall), precision
}

// shapes returns how many headlines the largest event has, how many events last three days
// or more, and how many of the fifty that most outlets have are pure: nine of ten of their
// headlines have one label.
func shapes(rows [][]string, event map[string]string) (largest, long, pure int) {
	members, order := map[string][][]string{}, []string{}
	for _, row := range rows {
		e := event[row[colID]]
		if members[e] == nil {
			order = append(order, e)
		}
		members[e] = append(members[e], row)
	}
	for _, of := range members {
		largest = max(largest, len(of))
		times := slices.SortedFunc(slices.Values(of), func(a, b []string) int { return cmp.Compare(a[colPublished], b[colPublished]) })
		if tsvTime(times[len(times)-1]).Sub(tsvTime(times[0])) >= 72*time.Hour {
			long++
		}
	}
	slices.SortStableFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(outlets(members[b]), outlets(members[a])), cmp.Compare(len(members[b]), len(members[a])))
	})
	for _, e := range order[:min(50, len(order))] {
		if isPure(members[e]) {
			pure++
		}
	}
	return largest, long, pure
}

func outlets(rows [][]string) int {
	all := map[string]bool{}
	for _, row := range rows {
		all[cmp.Or(row[colPublisher], row[colID])] = true
	}
	return len(all)
}

func isPure(rows [][]string) bool {
	count, labelled := map[string]int{}, 0
	for _, row := range rows {
		if row[colStory] != "" {
			count[row[colStory]]++
			labelled++
		}
	}
	return labelled > 1 && 10*slices.Max(slices.Collect(maps.Values(count))) >= 9*labelled
}
