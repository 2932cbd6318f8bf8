package story_test

import (
	"encoding/hex"
	"fmt"
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

// A story whose first headline was split from it is known by it no more; nor is the
// story of a split that was taken back.
func TestSplitOfAFirstHeadlineTakesItsLikeWithIt(t *testing.T) {
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

// A correction joins what it corrects, though what it corrects would forbid that,
// where the same outlet told that within three days.
func TestCorrectionsJoinWhatTheyCorrect(t *testing.T) {
	for _, c := range []struct {
		name, owner, text string
		after             time.Duration
		same, told        bool
	}{
		{"number", "one", "CORRECTED-Ferry sinks off Marseille with 12 aboard", time.Hour, true, false},
		{"name", "one", "Correction: Ferry sinks off Toulon with 21 aboard", time.Hour, true, false},
		{"a day later", "one", "CORRECTED-UPDATE 2-Ferry sinks off Marseille with 12 aboard", 30 * time.Hour, true, false},
		{"five days later", "one", "CORRECTED-Ferry sinks off Marseille with 12 aboard", 120 * time.Hour, false, false},
		{"another outlet's", "two", "CORRECTED-Ferry sinks off Marseille with 12 aboard", time.Hour, false, false},
		{"of another outlet that told it too", "two", "CORRECTED-Ferry sinks off Marseille with 12 aboard", time.Hour, true, true},
		{"no correction", "one", "UPDATE 2-Ferry sinks off Marseille with 12 aboard", time.Hour, false, true},
		{"something else", "one", "CORRECTED-Ferry fares rise by 12 percent", time.Hour, false, true},
	} {
		h := story.Headline{Owner: c.owner, Text: c.text, At: noon.Add(c.after)}
		if c.told {
			h.SourceStories = []string{news.StoryID("e0", 1)}
		}
		if story.IsCorrection(c.text) {
			h.Amends = story.Corrects
		}
		got := judge(story.New(), story.Headline{Owner: "one", Text: "Ferry sinks off Marseille with 21 aboard"}, h)
		if same := got[1] == 0; same != c.same {
			t.Errorf("%s: in the story that it corrects: %v, want %v", c.name, same, c.same)
		}
	}
}

func TestCorrection(t *testing.T) {
	for _, c := range []struct {
		headline string
		want     bool
	}{
		{"CORRECTED-Ferry sinks off Marseille", true},
		{"UPDATE 2-CORRECTED-Ferry sinks off Marseille", true},
		{"Ferry sinks off Marseille (Corrected)", true},
		{"[CORRECTION] Ferry sinks off Marseille", true},
		{"تصحيح: غرق عبارة قبالة مرسيليا", true},
		{"УТОЧНЕНИЕ: Паром затонул у Марселя", true},
		{"Korrektur: Fähre vor Marseille gesunken", true},
		{"【更正】渡轮在马赛沉没", true},
		{"REFILE-Ferry sinks off Marseille", false},
		{"Correction in tech stocks deepens", false},
		{"Market correction: what to know", false},
		{"Ferry sinks off Marseille (video)", false},
		{"CORRECTED-", false},
		{"", false},
	} {
		if got := story.IsCorrection(c.headline); got != c.want {
			t.Errorf("Correction(%q) = %v, want %v", c.headline, got, c.want)
		}
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
		x, err := story.Explain(b.Signature, a.Signature)
		if err != nil || x.Conflict != c.guard || x.SameKey {
			t.Errorf("%s: guard %q, same key %v, err %v; want guard %q", c.name, x.Conflict, x.SameKey, err, c.guard)
		}
		if c.guard == "" && (len(x.SharedWords) == 0 || x.Score < 500) {
			t.Errorf("%s: score %d of words %v", c.name, x.Score, x.SharedWords)
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

// A file that an older Slugline wrote opens: what its headlines say is known again.
func TestSignaturesOfTheVersionBefore(t *testing.T) {
	sig, err := hex.DecodeString("03000000000101010000808885b2c06832343465346536747970677768323434653465367479706777687462ca10a432b9f29173101b" +
		"00000000000000000000000000000000000000000000000000000000000000002866657272792073696e6b73206f6666206d61727365696c6c652077697468203231" +
		"2061626f61726407781b185572002bbc74c27203531b51f80e012b0b4da272000581a5270e019947c66f720289f2e288720000")
	if err != nil {
		t.Fatal(err)
	}
	f := story.New()
	if err := f.Load(sig); err != nil {
		t.Fatal(err)
	}
	v := f.Judge(story.Headline{Entry: "b", Seq: 2, Owner: "two", Text: "UPDATE 1-Ferry sinks off Marseille with 21 aboard", At: noon.Add(time.Hour)})
	if want := "244e4e6typgwh"; v.Story != want || v.Level != news.LevelKey {
		t.Errorf("its copy is %s in %s, want a copy in %s", v.Level, v.Story, want)
	}
	if _, err := story.Explain(v.Signature, sig); err != nil {
		t.Error(err)
	}
}
