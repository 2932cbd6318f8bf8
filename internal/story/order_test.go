package story_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

func TestSplitHeadlineTakesItsLikeWithIt(t *testing.T) {
	f := story.New()
	first := story.Headline{Entry: "a", Seq: 1, Text: "Mayor of Harbourtown opens the stone bridge", At: noon}
	edited := story.Headline{Entry: "b", Seq: 2, Text: "Mayor of Harbourtown opens the old stone bridge", Page: "b.example/1", At: noon.Add(time.Hour)}
	old := f.Judge(first).Story
	if v := f.Judge(edited); v.Story != old || v.Level != news.LevelEdited {
		t.Fatalf("edited headline: story %s, level %s; want %s, edited", v.Story, v.Level, old)
	}
	edited.Seq = 3
	v := f.Split(edited, old)
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

func TestExplain(t *testing.T) {
	for _, c := range []struct{ name, a, b, guard string }{
		{"edited", "Mayor of Harbourtown opens the stone bridge", "Mayor of Harbourtown opens the old stone bridge", ""},
		{"numbers", "Bomb kills 10 in northern Harbourtown market", "Bomb kills 14 in northern Harbourtown market", "numbers differ"},
		{"negation", "Harbourtown council to sell the old ferry", "Harbourtown council not to sell the old ferry", "one turns the other around"},
		{"opposite", "Harbourtown ferry fares rise again this spring", "Harbourtown ferry fares fall again this spring", "one turns the other around"},
		{"arabic opposite", "ارتفاع أسعار النفط في الأسواق الآسيوية", "انخفاض أسعار النفط في الأسواق الآسيوية", "one turns the other around"},
		{"russian negation", "Совет Гавани продаст старый паром городу", "Совет Гавани не продаст старый паром городу", "one turns the other around"},
		{"name", "China's new stealth frigate commissioned", "Japan's new stealth frigate commissioned", "one word stands for another"},
		{"japanese", "日銀が政策金利の上調を決定", "日銀が政策金利の下調を決定", "one turns the other around"},
		{"unlike", "Mayor opens bridge in Harbourtown", "Rain floods two roads near Millville", "too little in common"},
	} {
		a := story.New().Judge(story.Headline{Entry: "a", Seq: 1, Text: c.a, At: noon})
		b := story.New().Judge(story.Headline{Entry: "b", Seq: 2, Text: c.b, At: noon})
		x, err := story.Explain(b.Sig, a.Sig)
		if err != nil || x.Guard != c.guard || x.SameKey {
			t.Errorf("%s: guard %q, same key %v, err %v; want guard %q", c.name, x.Guard, x.SameKey, err, c.guard)
		}
		if c.guard == "" && (len(x.Words) == 0 || x.Score < 500) {
			t.Errorf("%s: score %d of words %v", c.name, x.Score, x.Words)
		}
		f := story.New()
		f.Judge(story.Headline{Entry: "a", Seq: 1, Text: c.a, At: noon})
		v := f.Judge(story.Headline{Entry: "b", Seq: 2, Text: c.b, At: noon})
		if folded := v.Level == news.LevelEdited; folded != (c.guard == "") {
			t.Errorf("%s: level %s with guard %q", c.name, v.Level, c.guard)
		}
	}
	if _, err := story.Explain(nil, []byte("x")); err == nil {
		t.Error("damaged signatures are explained")
	}
}

func TestCutHeadlines(t *testing.T) {
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
			t.Errorf("%q is one story with the whole: %v, want %v", c.text, same, c.same)
		}
	}
}

func TestTimeOfLikeHeadlines(t *testing.T) {
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

func TestEventsJoinAndTheOlderNameStays(t *testing.T) {
	f := story.New()
	var last story.Verdict
	var first []story.Verdict
	for i, text := range []string{
		"Ferry sinks off Harbourtown with forty aboard",
		"Coastguard searches cold water for Marigold passengers",
		"Harbourtown ferry sinks: coastguard searches for Marigold passengers",
	} {
		last = f.Judge(story.Headline{Entry: string(rune('a' + i)), Seq: uint64(i + 1), Text: text, At: noon})
		first = append(first, last)
	}
	if first[0].Event == first[1].Event {
		t.Fatalf("the two first headlines are one event before anything joins them")
	}
	if last.Event != first[0].Event && last.Event != first[1].Event {
		t.Errorf("event %s, want one of %s and %s", last.Event, first[0].Event, first[1].Event)
	}
	for _, j := range last.Joined {
		if j != first[1].Event || last.Event != first[0].Event {
			t.Errorf("event %s took in %s", last.Event, j)
		}
	}
}

// What has no date stands at the time of its visit, a day from its copies: the
// first of them that joined it stands for the others' time.
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
