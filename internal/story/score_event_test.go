package story

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		numbers := make([]uint64, 1+random.IntN(maxTokens+slackDims))
		for i := range numbers {
			numbers[i] = random.Uint64N(1<<20)<<12 | uint64(i)
		}
		k := random.IntN(len(numbers))
		got := nth(slices.Clone(numbers), k)
		if slices.Sort(numbers); got != numbers[k] {
			t.Fatalf("place %d of %d: got %d, want %d", k, len(numbers), got, numbers[k])
		}
	}
}
