package story_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/story"
)

func TestTruncatedHeadlines(t *testing.T) {
	whole := "Harbourtown council backs ferry merger despite warning from unions"
	for _, c := range []struct {
		text string
		same bool
	}{
		{"Harbourtown council backs ferry merger despite war…", true},
		{"Harbourtown council backs ferry merger despite warning from", true},
		{"Harbourtown council blocks ferry merger despite war…", false},
		{"Harbourtown…", false},
	} {
		got := judge(story.New(), story.Headline{Text: whole}, story.Headline{Text: c.text})
		if same := got[1] == 0; same != c.same {
			t.Errorf("%q and the whole headline are one story: %v, want %v", c.text, same, c.same)
		}
	}
}

func TestTimeBetweenHeadlines(t *testing.T) {
	h := func(owner, text string, after time.Duration) story.Headline {
		return story.Headline{Owner: owner, Text: text, At: noon.Add(after)}
	}
	long := "Harbourtown council backs ferry merger despite warning"
	for _, c := range []struct {
		name string
		hs   []story.Headline
		want []int
	}{
		{"a long one of another outlet a day later", []story.Headline{h("a", long, 0), h("b", long, 30*time.Hour)}, []int{0, 0}},
		{"of the same outlet a day later", []story.Headline{h("a", long, 0), h("a", long, 30*time.Hour)}, []int{0, 1}},
		{"flagged by its return", []story.Headline{h("a", long, 0), h("a", long, 30*time.Hour), h("b", long, 50*time.Hour)}, []int{0, 1, 2}},
		{"a short one", []story.Headline{h("a", "Stocks close higher", 0), h("b", "Stocks close higher", 24*time.Hour)}, []int{0, 1}},
		{"four days later", []story.Headline{h("a", long, 0), h("b", long, 96*time.Hour)}, []int{0, 1}},
	} {
		if diff := cmp.Diff(c.want, judge(story.New(), c.hs...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// An undated headline has the time of its visit, which may be a day from its copies.
// The first copy that joined it determines the time for the next ones.
func TestCopiesOfAnUndatedHeadlineStayTogether(t *testing.T) {
	h := func(owner, text string, after time.Duration) story.Headline {
		return story.Headline{Owner: owner, Text: text, At: noon.Add(after)}
	}
	long := "Harbourtown council backs ferry merger despite warning"
	got := judge(story.New(), h("a", long, 29*time.Hour), h("b", long, time.Hour), h("a", long+"!", 0), h("a", long+" — R&D", 2*time.Hour))
	if diff := cmp.Diff([]int{0, 0, 0, 0}, got); diff != "" {
		t.Errorf("stories (-want +got):\n%s", diff)
	}
}
