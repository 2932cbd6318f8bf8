package story_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

func TestSimilarHeadlinesJoinTheSplitOne(t *testing.T) {
	f := story.New()
	first := story.Headline{Entry: "a", Seq: 1, Text: "Mayor of Harbourtown opens the stone bridge", At: noon}
	edited := story.Headline{Entry: "b", Seq: 2, Text: "Mayor of Harbourtown opens the old stone bridge", Page: "b.example/1", At: noon.Add(time.Hour)}
	old := f.Judge(first).Story
	was := f.Judge(edited)
	if was.Story != old || was.Level != news.LevelEdited {
		t.Fatalf("edited headline: story %s, level %s; want %s, edited", was.Story, was.Level, old)
	}
	edited.Seq = 3
	v := f.Split(edited, was.Signature)
	if v.Story == old || v.Level != news.LevelOrder || v.Story != news.StoryID("b", 3) {
		t.Fatalf("split: story %s, level %s", v.Story, v.Level)
	}
	for _, h := range []story.Headline{
		{Entry: "c", Seq: 4, Text: "Mayor of Harbourtown opens the OLD stone bridge", At: noon.Add(2 * time.Hour)},
		{Entry: "d", Seq: 5, Text: "Quite another headline", Page: "b.example/1", At: noon.Add(2 * time.Hour)},
	} {
		if got := f.Judge(h).Story; got != v.Story {
			t.Errorf("%q joined %s, want the split story %s", h.Text, got, v.Story)
		}
	}
	if got := f.Judge(story.Headline{Entry: "e", Seq: 6, Text: first.Text, At: noon.Add(2 * time.Hour)}).Story; got != old {
		t.Errorf("the first headline joined %s, want its own story %s", got, old)
	}
}

// A story whose first headline was split from it is no longer found by that headline.
// The same holds for the story of a split that was undone.
func TestSimilarHeadlinesJoinASplitFirstHeadline(t *testing.T) {
	f := story.New()
	first := story.Headline{Entry: "a", Seq: 1, Owner: "one", Text: "Mayor of Harbourtown opens the stone bridge", At: noon}
	edited := "Mayor of Harbourtown opens the old stone bridge"
	sig := f.Judge(first).Signature
	old := f.Judge(story.Headline{Entry: "b", Seq: 2, Owner: "two", Text: edited, At: noon.Add(time.Hour)}).Story
	var own string
	for seq := range 2 {
		first.Seq = uint64(3 + seq)
		own = f.Split(first, sig).Story
	}
	for i, c := range []struct{ text, want string }{
		{first.Text, own},
		{"Mayor of Harbourtown opens the stone bridge today", own},
		{edited, old},
	} {
		h := story.Headline{Entry: fmt.Sprint("later", i), Seq: uint64(10 + i), Owner: "three", Text: c.text, At: noon.Add(2 * time.Hour)}
		if got := f.Judge(h).Story; got != c.want {
			t.Errorf("%q joined %s, want %s; the old story is %s, the split one %s", c.text, got, c.want, old, own)
		}
	}
}

// The endings of names count for a story that an editor split off as for any other.
func TestSplitHeadlineKeepsItsCases(t *testing.T) {
	f := story.New()
	first := story.Headline{Entry: "a", Seq: 1, Owner: "one", Language: "ru", Text: "Грецию обвинила Турция в провокации на границе", At: noon}
	sig := f.Judge(first).Signature
	first.Seq = 2
	own := f.Split(first, sig).Story
	again := story.Headline{Entry: "b", Seq: 3, Owner: "two", Language: "ru", Text: "Турция обвинила Грецию в провокации на границе", At: noon.Add(time.Hour)}
	if got := f.Judge(again).Story; got != own {
		t.Errorf("%q joined %s, want the split story %s", again.Text, got, own)
	}
}
