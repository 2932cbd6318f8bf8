package story

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The counts are those of a map, whatever is added and deleted.
func TestRootCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var got rootCounts
	want := map[uint32]uint32{}
	for round := range 40 {
		for range r.IntN(2000) {
			root, n := r.Uint32N(3000)*uint32(1+round%3), r.Uint32N(5)
			got.add(root, n)
			if n > 0 {
				want[root] += n
			}
		}
		if round%4 == 3 {
			got.change(func(n uint32) uint32 { return n / 3 })
			for root, n := range want {
				if want[root] = n / 3; n < 3 {
					delete(want, root)
				}
			}
		}
		all := map[uint32]uint32{}
		for _, c := range got.sorted() {
			all[c.root] = c.count
		}
		if diff := cmp.Diff(want, all); diff != "" || got.used != len(want) {
			t.Fatalf("round %d, %d used (-want +got):\n%s", round, got.used, diff)
		}
		for root := range uint32(9000) {
			if got.of(root) != want[root] {
				t.Fatalf("round %d: count of %d is %d, want %d", round, root, got.of(root), want[root])
			}
		}
	}
}
