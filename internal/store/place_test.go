package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Places of a topic are found, counted and read between two times, without those of a
// topic whose name begins in the same way.
func TestPlacesBetween(t *testing.T) {
	st := open(t)
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	add := func(tx *store.Tx, topic string, hours int) error {
		id := fmt.Sprintf("%s%d0000000000000", topic[:1], hours+50)[:13]
		at := noon.Add(time.Duration(hours) * time.Hour)
		return tx.Stories.Put(&news.Story{ID: id, Seq: 1, First: at, Headline: fmt.Sprint(hours), Places: map[string]news.Place{topic: {At: at, Seq: 1}}})
	}
	if err := st.Update(func(tx *store.Tx) error {
		for _, hours := range []int{-40, -2, 0, 3, 30} {
			if err := add(tx, "world", hours); err != nil {
				return err
			}
		}
		return add(tx, "world-news", 1)
	}); err != nil {
		t.Fatal(err)
	}
	view(t, st, func(tx *store.Tx) error {
		for _, tt := range []struct {
			at           int // hours from noon
			from, before string
		}{{-99, "-40", ""}, {-40, "-40", ""}, {-39, "-2", "-40"}, {0, "0", "-2"}, {4, "30", "3"}, {31, "", "30"}} {
			at := noon.Add(time.Duration(tt.at) * time.Hour)
			from, err := tx.Stories.PlaceFrom("world", at)
			if err != nil {
				return err
			}
			before, err := tx.Stories.PlaceBefore("world", at)
			if err != nil {
				return err
			}
			if got := hoursFrom(noon, from); got != tt.from {
				t.Errorf("PlaceFrom(noon%+dh) = %q, want %q", tt.at, got, tt.from)
			}
			if got := hoursFrom(noon, before); got != tt.before {
				t.Errorf("PlaceBefore(noon%+dh) = %q, want %q", tt.at, got, tt.before)
			}
		}
		for _, tt := range []struct {
			from, to, skip, n int
			want              []string
		}{
			{-99, 99, 0, 9, []string{"30", "3", "0", "-2", "-40"}}, {-2, 3, 0, 9, []string{"0", "-2"}}, {-99, 99, 1, 2, []string{"3", "0"}},
			{-99, 99, 4, 2, []string{"-40"}}, {-99, 99, 5, 2, nil}, {-30, -20, 0, 9, nil}, {-99, 99, 0, 0, nil},
		} {
			from, to := noon.Add(time.Duration(tt.from)*time.Hour), noon.Add(time.Duration(tt.to)*time.Hour)
			list, err := tx.Stories.InTopicBetween("world", from, to, tt.skip, tt.n)
			if err != nil {
				return err
			}
			var got []string
			for _, s := range list {
				got = append(got, s.Headline)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", tt, diff)
			}
		}
		n, err := tx.Stories.CountBetween("world", noon.Add(-2*time.Hour), noon.Add(99*time.Hour))
		if n != 4 || err != nil {
			t.Errorf("CountBetween = %d, %v, want 4", n, err)
		}
		list, err := tx.Stories.InTopic("world", 99, news.Place{})
		if err != nil {
			return err
		}
		for i, s := range list {
			if n, err := tx.Stories.CountAbove("world", s, noon.Add(99*time.Hour)); n != i || err != nil {
				t.Errorf("CountAbove %s = %d, %v, want %d", s.Headline, n, err, i)
			}
		}
		if n, err := tx.Stories.CountAbove("world", list[0], noon.Add(-99*time.Hour)); n != 0 || err != nil {
			t.Errorf("CountAbove before all = %d, %v", n, err)
		}
		return nil
	})
}

// hoursFrom returns how many hours after noon a time is, empty for the zero time.
func hoursFrom(noon, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return fmt.Sprint(at.Sub(noon).Hours())
}
