package story

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The table gives what the bits give, at each number where the logarithm changes and beside it.
func TestLog2(t *testing.T) {
	check := func(x uint64) {
		t.Helper()
		if got, want := log2(x), bitwiseLog2(x); got != want {
			t.Fatalf("log2(%d) is %d, want %d", x, got, want)
		}
		if exact := math.Log2(float64(x)) * 256; math.Abs(exact-float64(log2(x))) > 1.01 {
			t.Fatalf("log2(%d) is %d, and %f is exact", x, log2(x), exact)
		}
	}
	for x := range uint64(1 << 16) {
		check(x + 1)
	}
	for _, m := range logs.from[:256] {
		for shift := range 33 {
			for d := range uint64(3) {
				check((uint64(m) + d - 1) << shift)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		check(max(r.Uint64()>>r.IntN(64), 1))
	}
}

func bitwiseLog2(x uint64) uint32 {
	n := 0
	for x>>n > 1 {
		n++
	}
	return uint32(n)<<8 + mantissaLog2(x<<(63-n)>>32)
}
