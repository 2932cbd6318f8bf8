package story

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The stories of each root are those of a map of lists, whatever is added and renumbered.
func TestPostings(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var got postings
	want, stories := map[uint32][]int32{}, int32(0)
	for round := range 40 {
		for range r.IntN(3000) {
			root := uint32(r.ExpFloat64()*400) * 7
			got.add(root, stories)
			if list := want[root]; len(list) >= 2*maxPostings {
				want[root] = append(list[:0], list[maxPostings:]...)
			}
			want[root] = append(want[root], stories)
			stories++
		}
		if round%4 == 3 {
			index, live := make([]int32, stories), int32(0)
			for i := range index {
				if index[i] = -1; int32(i) > stories/3 && r.IntN(9) > 0 {
					index[i] = live
					live++
				}
			}
			stories = live
			short := got.renumber(index)
			for root, list := range want {
				full := len(list) >= maxPostings
				left := renumbered(list, index)
				if forgotten := full && len(left) < maxPostings; forgotten != short[root] {
					t.Fatalf("round %d: root %d forgotten: %v, want %v", round, root, short[root], forgotten)
				} else if forgotten {
					left = nil
				}
				want[root] = left
			}
		}
		for root := range uint32(30_000) {
			if diff := cmp.Diff(append([]int32{}, want[root]...), append([]int32{}, got.of(root)...)); diff != "" {
				t.Fatalf("round %d: stories of %d (-want +got):\n%s", round, root, diff)
			}
		}
	}
}
