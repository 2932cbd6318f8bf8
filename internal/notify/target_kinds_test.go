package notify

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// Each kind of target that feeds.yaml may name can be sent to, and no other.
func TestEachKindOfTargetHasASender(t *testing.T) {
	want := slices.Sorted(slices.Values(news.TargetNames()))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(senders))); diff != "" {
		t.Errorf("senders (-news.TargetKinds +senders):\n%s", diff)
	}
}
