package story_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
	"github.com/slugline/slugline/internal/words"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// judge returns the story of each headline, as the number of the story's first
// headline.
func judge(f *story.Fold, hs ...story.Headline) []int {
	born := map[string]int{}
	var out []int
	for i, h := range hs {
		if h.Entry == "" {
			h.Entry, h.Seq = fmt.Sprintf("e%d", i), uint64(i+1)
		}
		if h.At.IsZero() {
			h.At = noon
		}
		v := f.Judge(h)
		if v.Level == news.LevelNew {
			born[v.Story] = i
		}
		out = append(out, born[v.Story])
	}
	return out
}

func TestSameHeadline(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		publishers []string
		same       bool
	}{
		{"word for word", "Oil prices fall again", "Oil prices fall again", nil, true},
		{"case and punctuation", "Oil prices fall, again", "OIL PRICES FALL AGAIN!", nil, true},
		{"update", "Fed raises rates again", "UPDATE 2-Fed raises rates again", nil, true},
		{"kill", "Fed raises rates again", "KILL: Fed raises rates again", nil, true},
		{"corrected", "Fed raises rates again", "CORRECTED: Fed raises rates again", nil, true},
		{"two tags", "Fed raises rates again", "REFILE-UPDATE 1-Fed raises rates again", nil, true},
		{"exclusive with a bar", "Fed raises rates again", "Exclusive | Fed raises rates again", nil, true},
		{"bracket", "Fed raises rates again", "[WATCH] Fed raises rates again", nil, true},
		{"video", "Fed raises rates again", "Fed raises rates again (VIDEO)", nil, true},
		{"arabic", "الحكومة تعلن موازنة جديدة", "عاجل | الحكومة تُعلِن مُوازنة جديدة", nil, true},
		{"arabic verb and its noun", "شركة الموانئ تسحب سفنها الأربع من الخليج", "شركة الموانئ: سحب سفنها الأربع من الخليج", nil, true},
		{"russian", "Все поезда отменены сегодня", "СРОЧНО: Всё поезда отменены сегодня", nil, true},
		{"japanese", "東京株式市場が続落", "【速報】東京株式市場が続落", nil, true},
		{"publisher behind", "Fed raises rates again", "Fed raises rates again - The Daily", []string{"The Daily » World"}, true},
		{"host behind", "Fed raises rates again", "Fed raises rates again | daily.example", []string{"www.daily.example"}, true},
		{"publisher before", "Fed raises rates again", "The Daily: Fed raises rates again", []string{"The Daily"}, true},
		{"unknown short tail", "Fed raises rates again", "Fed raises rates again - Daily", nil, true},
		{"quoted and decorated", "Fed raises rates again", "“Fed raises rates again” – café", nil, true},
		{"another verb", "Fed raises rates again", "Fed cuts rates again", nil, false},
		{"another part", "Life of a town [Part 1]", "Life of a town [Part 2]", nil, false},
		{"currency", "Shares up 5%", "Shares up $5", nil, false},
		{"language names", "C 8 is released", "C# 8 is released", nil, false},
		{"two unknown tails", "Fed raises rates again - sources", "Fed raises rates again - denied", nil, false},
		{"no words", "!!!", "???", nil, false},
		{"a tag alone", "Breaking: fire", "Update: fire", nil, false},
	} {
		got := judge(story.New(), story.Headline{Text: c.a}, story.Headline{Text: c.b, Publishers: c.publishers})
		if same := got[1] == 0; same != c.same {
			t.Errorf("%s: %q and %q are one story: %v, want %v", c.name, c.a, c.b, same, c.same)
		}
	}
}

func TestWhenHeadlinesFold(t *testing.T) {
	h := func(text, page string, after time.Duration) story.Headline {
		return story.Headline{Text: text, Page: page, At: noon.Add(after)}
	}
	alone := h("Status: all systems fine", "", 0)
	alone.NoFold = true
	for _, c := range []struct {
		name string
		hs   []story.Headline
		want []int
	}{
		{"within 12 h", []story.Headline{h("One headline here", "", 0), h("One headline here", "", 12*time.Hour)}, []int{0, 0}},
		{"after 12 h", []story.Headline{h("Morning briefing", "", 0), h("Morning briefing", "", 12*time.Hour+1e6)}, []int{0, 1}},
		{"counted from the first", []story.Headline{h("Morning briefing", "", 0), h("Morning briefing", "", 11*time.Hour), h("Morning briefing", "", 22*time.Hour)}, []int{0, 0, 2}},
		{"the arabic one on two days", []story.Headline{h("موجز الصباح", "", 0), h("موجز الصباح", "", 24*time.Hour)}, []int{0, 1}},
		{"the nearest in time", []story.Headline{h("Stocks close higher", "", 0), h("Stocks close higher", "", 20*time.Hour), h("Stocks close higher", "", 11*time.Hour)}, []int{0, 1, 1}},
		{"read late", []story.Headline{h("One headline here", "", 0), h("One headline here", "", -11*time.Hour)}, []int{0, 0}},
		{"the same page", []story.Headline{h("One headline here", "a.example/x", 0), h("Quite another text", "a.example/x", 40*time.Hour)}, []int{0, 0}},
		{"page of a later entry", []story.Headline{h("One headline here", "a.example/x", 0), h("One headline here", "b.example/y", 0), h("Another text", "b.example/y", 0)}, []int{0, 0, 0}},
		{"no chain by keys", []story.Headline{h("One headline here", "a.example/x", 0), h("Second text here", "a.example/x", 0), h("Second text here", "", 0)}, []int{0, 0, 2}},
		{"word for word what was folded for its likeness", []story.Headline{h("Mayor of Harbourtown opens the stone bridge", "", 0), h("Mayor of Harbourtown opens the old stone bridge", "", 0), h("Mayor of Harbourtown opens the old stone bridge", "", 0)}, []int{0, 0, 0}},
		{"no chain of likeness", []story.Headline{h("Mayor of Harbourtown opens bridge", "a.example/x", 0), h("Storm nears the northern coast today", "a.example/x", 0), h("Storm nears the northern coast of Norway", "", 0)}, []int{0, 0, 2}},
		{"alone", []story.Headline{alone, h("Status: all systems fine", "", 0), alone}, []int{0, 1, 2}},
		{"no text and no page", []story.Headline{h("", "", 0), h("", "", 0)}, []int{0, 1}},
	} {
		if diff := cmp.Diff(c.want, judge(story.New(), c.hs...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSuffixIsLearnedFromFiveHeads(t *testing.T) {
	heads := []string{"Fire at the old mill", "Rain floods two roads", "Mayor opens new bridge", "School wins chess prize", "Ferry runs on time again", "Harbour closes for repairs"}
	var hs []story.Headline
	for _, h := range heads {
		hs = append(hs, story.Headline{Text: h + " - Morgenposten fra byen"})
	}
	hs = append(hs, story.Headline{Text: heads[0]}, story.Headline{Text: heads[5]})
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 0, 5}, judge(story.New(), hs...)); diff != "" {
		t.Errorf("the suffix is removed from the sixth headline on (-want +got):\n%s", diff)
	}
}

func TestSuffixesOfOneDocument(t *testing.T) {
	var texts []string
	for i := range 5 {
		texts = append(texts, fmt.Sprintf("%s number of things — Morgenposten fra byen", []string{"One", "Two", "Six", "Ten", "Half"}[i]))
	}
	if diff := cmp.Diff([]string{"morgenposten fra byen"}, story.OutletSuffixes(texts)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := story.OutletSuffixes(texts[:4]); got != nil {
		t.Errorf("four heads are enough for %q", got)
	}
}

// headlines draws headlines that often share texts, pages and times.
func headlines(t *rapid.T) []story.Headline {
	texts := []string{
		"Fed raises rates again", "UPDATE 1-Fed raises rates again", "Fed cuts rates again", "Morning briefing", "",
		"Rain floods two roads - Harbour News", "Rain floods two roads", "Mayor opens new bridge - Harbour News",
		"School wins chess prize - Harbour News", "Ferry runs on time - Harbour News", "Old mill burns down - Harbour News",
		"Storm nears the coast - Harbour News", "Storm nears the coast", "Storm nearing the coast of Norway", "الحكومة تعلن موازنة جديدة",
	}
	at := noon
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) story.Headline {
		at = at.Add(time.Duration(rapid.IntRange(-1500, 1700).Draw(t, "minutes")) * time.Minute)
		return story.Headline{
			Text: rapid.SampledFrom(texts).Draw(t, "text"), Owner: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "owner"),
			Page: rapid.SampledFrom([]string{"", "", "", "p.example/1", "p.example/2"}).Draw(t, "page"),
			At:   at, NoFold: rapid.IntRange(0, 9).Draw(t, "alone") == 0,
			Amends: rapid.SampledFrom([]story.Amendment{story.NoAmendment, story.NoAmendment, story.Withdraws, story.Corrects}).Draw(t, "amends"),
		}
	}), 1, 80).Draw(t, "headlines")
}

type filed struct {
	at  time.Time
	sig []byte
}

// judged is a headline with its signature.
type judged struct {
	story.Headline
	story string
	sig   []byte
}

func TestRestoredFoldJudgesAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := story.New(), story.New()
		var state []byte
		var sigs []filed
		var all []judged
		var newest time.Time
		for i, h := range headlines(t) {
			h.Entry, h.Seq = fmt.Sprint(i), uint64(i+1)
			v, w := one.Judge(h), two.Judge(h)
			if diff := cmp.Diff(v, w); diff != "" {
				t.Fatalf("headline %d (-not stopped +restored):\n%s", i, diff)
			}
			sigs = append(sigs, filed{h.At, v.Signature})
			all = append(all, judged{h, v.Story, v.Signature})
			newest = later(newest, h.At)
			if order := drawOrder(t, all); order != nil {
				v, w := order(one), order(two)
				if diff := cmp.Diff(v, w); diff != "" {
					t.Fatalf("order after headline %d (-not stopped +restored):\n%s", i, diff)
				}
				if v.Signature != nil {
					sigs = append(sigs, filed{newest, v.Signature})
				}
			}
			if rapid.IntRange(0, 9).Draw(t, "sweep") == 0 {
				at := h.At.Add(time.Duration(rapid.IntRange(-20, 90).Draw(t, "hours")) * time.Hour)
				state, _ = one.Sweep(at)
				other, _ := two.Sweep(at)
				if diff := cmp.Diff(state, other); diff != "" {
					t.Fatalf("sweep after headline %d (-not stopped +restored):\n%s", i, diff)
				}
				sigs = since(sigs, at.Add(-story.Horizon))
			}
			if rapid.IntRange(0, 4).Draw(t, "stop") == 0 {
				two = reload(t, state, sigs)
			}
		}
	})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// drawOrder draws an editor's order about one of the headlines so far. Most often it
// draws none.
func drawOrder(t *rapid.T, all []judged) func(*story.Fold) story.Verdict {
	if rapid.IntRange(0, 8).Draw(t, "order") > 0 {
		return nil
	}
	h := all[rapid.IntRange(max(0, len(all)-5), len(all)-1).Draw(t, "of")]
	h.Seq += 1000 * uint64(len(all))
	var stories []string
	for range rapid.IntRange(1, 4).Draw(t, "stories") {
		stories = append(stories, all[rapid.IntRange(0, len(all)-1).Draw(t, "story")].story)
	}
	event := fmt.Sprintf("event%08d", len(all))
	return rapid.SampledFrom([]func(f *story.Fold) story.Verdict{
		func(f *story.Fold) story.Verdict { return f.Split(h.Headline, h.sig) },
		func(f *story.Fold) story.Verdict {
			return story.Verdict{Signature: f.MergeEvents(h.At, event, stories)}
		},
		func(f *story.Fold) story.Verdict {
			return story.Verdict{Signature: f.SplitEvent(h.At, event, stories)}
		},
	}).Draw(t, "kind")
}

func since(sigs []filed, start time.Time) []filed {
	var out []filed
	for _, s := range sigs {
		if !s.at.Before(start) {
			out = append(out, s)
		}
	}
	return out
}

func reload(t *rapid.T, state []byte, sigs []filed) *story.Fold {
	f, err := story.Restore(state)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sigs {
		if err := f.Load(s.sig); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func FuzzLoad(f *testing.F) {
	fold := story.New()
	v := fold.Judge(story.Headline{Entry: "e", Seq: 1, Text: "Fed raises rates again - Daily", Page: "p", At: noon})
	split := fold.SplitEvent(noon, "theeventsplit", []string{v.Story})
	merge := fold.MergeEvents(noon, "theeventmerge", []string{v.Story})
	state, _ := fold.Sweep(noon)
	f.Add(v.Signature, state)
	f.Add(split, []byte{})
	f.Add(merge, state)
	f.Fuzz(func(t *testing.T, sig, state []byte) {
		fold, err := story.Restore(state)
		if err != nil {
			return
		}
		_ = fold.Load(sig)
		fold.Judge(story.Headline{Entry: "f", Seq: 2, Text: "Fed raises rates again", Page: "p", At: noon})
		fold.Sweep(noon)
	})
}

// FuzzJudge checks for any text that the same text twice is one story, and that its
// signature loads.
func FuzzJudge(f *testing.F) {
	for _, s := range []string{
		"Fed raises rates again - Daily", "\u202eFed\u2066 raises\u200b rates", strings.Repeat("a\u0301\u0323", 3000), "[x] (y) 【z】 UPDATE 1-: | -",
		"美联储宣布将基准利率上调25个基点", "عاجل | ﷺ ﷺ ﷺ", "&amp;amp;#x202e; 1,000.5.3 -5%", "&ampamp#x2", strings.Repeat(" - x", 500), "…", "a\xff\xfeb c",
	} {
		f.Add(s, "The Daily | World")
	}
	f.Fuzz(func(t *testing.T, text, publisher string) {
		if h := story.CorrectedHeadline(text); strings.TrimSpace(text) != "" && strings.TrimSpace(h) == "" {
			t.Errorf("nothing is left of the correction %q", text)
		}
		fold := story.New()
		h := story.Headline{Entry: "a", Seq: 1, Text: text, Publishers: []string{publisher}, At: noon}
		if story.IsCorrection(text) {
			h.Amends = story.Corrects
		}
		if of := story.KilledHeadline(text); story.IsKill(text) && len(of) > len(text) {
			t.Fatalf("the killed headline of %q is %q", text, of)
		}
		one := fold.Judge(h)
		h.Entry, h.Seq = "b", 2
		two := fold.Judge(h)
		if key := words.Key(text); key != "" && len(text) < 2000 && two.Story != one.Story {
			t.Fatalf("%q with key %q twice is two stories", text, key)
		}
		h.Seq = 3
		own := fold.Split(h, two.Signature)
		if own.Story == one.Story {
			t.Fatalf("%q split from its story is still in it", text)
		}
		again := story.New()
		for _, v := range []story.Verdict{one, two, own} {
			if err := again.Load(v.Signature); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := story.Explain(two.Signature, one.Signature); err != nil {
			t.Fatal(err)
		}
	})
}

// A headline of a first visit without a date is older than the visit, nobody knows how
// much. Whether it is read before or after its dated copies makes no difference.
func TestUndatedHeadlinesJoinInAnyOrder(t *testing.T) {
	const text = "Ferry service resumes across the Bosporus strait after storm"
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	copies := []story.Headline{
		{Entry: "a", Owner: "a", Text: text, At: now, Undated: true},
		{Entry: "b", Owner: "b", Text: text, At: now.Add(-100 * time.Hour)},
		{Entry: "c", Owner: "c", Text: text, At: now.Add(-90 * time.Hour)},
	}
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {1, 2, 0}, {0, 2, 1}} {
		f := story.New()
		stories := map[string]bool{}
		for _, i := range order {
			v := f.Judge(copies[i])
			stories[v.Story] = true
			g := story.New()
			if err := g.Load(v.Signature); err != nil {
				t.Fatal(err)
			}
		}
		if len(stories) != 1 {
			t.Errorf("order %v: %d stories, want 1", order, len(stories))
		}
	}
	copies[0].Undated = false
	f := story.New()
	if f.Judge(copies[0]).Story == f.Judge(copies[1]).Story {
		t.Error("headlines of known times, four days apart, are one story")
	}
}
