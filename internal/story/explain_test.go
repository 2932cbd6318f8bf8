package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct{ name, a, b, conflict string }{
		{"edited", "Mayor of Harbourtown opens the stone bridge", "Mayor of Harbourtown opens the old stone bridge", ""},
		{"numbers", "Bomb kills 10 in northern Harbourtown market", "Bomb kills 14 in northern Harbourtown market", "numbers differ"},
		{"negation", "Harbourtown council to sell the old ferry", "Harbourtown council not to sell the old ferry", "one contradicts the other"},
		{"opposite", "Harbourtown ferry fares rise again this spring", "Harbourtown ferry fares fall again this spring", "one contradicts the other"},
		{"arabic opposite", "ارتفاع أسعار النفط في الأسواق الآسيوية", "انخفاض أسعار النفط في الأسواق الآسيوية", "one contradicts the other"},
		{"russian negation", "Совет Гавани продаст старый паром городу", "Совет Гавани не продаст старый паром городу", "one contradicts the other"},
		{"name", "Norland's new icebreaker launched", "Estrava's new icebreaker launched", "one key word differs"},
		{"direction", "Harbourtown sues Kestrel over ferry patent", "Kestrel sues Harbourtown over ferry patent", "they differ in who did it to whom"},
		{"japanese", "日銀が政策金利の上調を決定", "日銀が政策金利の下調を決定", "one contradicts the other"},
		{"unlike", "Mayor opens bridge in Harbourtown", "Rain floods two roads near Millville", "they have too little in common"},
	} {
		a := story.New().Judge(story.Headline{Entry: "a", Seq: 1, Text: c.a, At: noon})
		b := story.New().Judge(story.Headline{Entry: "b", Seq: 2, Text: c.b, At: noon})
		x, err := story.Explain(b.Signature, a.Signature)
		if err != nil || x.Conflict != c.conflict || x.SameKey {
			t.Errorf("%s: conflict %q, same key %v, error %v; want conflict %q", c.name, x.Conflict, x.SameKey, err, c.conflict)
		}
		if c.conflict == "" && (len(x.SharedWords) == 0 || x.Score < 500) {
			t.Errorf("%s: score %d of words %v", c.name, x.Score, x.SharedWords)
		}
		f := story.New()
		f.Judge(story.Headline{Entry: "a", Seq: 1, Text: c.a, At: noon})
		v := f.Judge(story.Headline{Entry: "b", Seq: 2, Text: c.b, At: noon})
		if folded := v.Level == news.LevelEdited; folded != (c.conflict == "") {
			t.Errorf("%s: level %s with conflict %q", c.name, v.Level, c.conflict)
		}
	}
	if _, err := story.Explain(nil, []byte("x")); err == nil {
		t.Error("Explain accepts damaged signatures")
	}
}

// The reason for an event is the most similar headline of it, and the words in common.
func TestExplainEvent(t *testing.T) {
	f := story.New()
	var all [][]byte
	for i, text := range []string{"Marigold ferry sinks off Harbourtown", "Mayor opens a school", "Harbourtown searches for the Marigold"} {
		v := f.Judge(story.Headline{Entry: string(rune('a' + i)), Seq: uint64(i + 1), Text: text, Language: "en", At: noon})
		all = append(all, v.Signature)
	}
	x, err := story.ExplainEvent(all[2], all[:2])
	if err != nil || x.Nearest != 0 || x.Score == 0 || len(x.SharedWords) != 2 {
		t.Errorf("got %+v, error %v; want the first headline with two words", x, err)
	}
	if x, err := story.ExplainEvent(all[1], all[2:]); err != nil || x.Nearest != -1 {
		t.Errorf("got %+v, error %v; want none", x, err)
	}
	if _, err := story.ExplainEvent(all[0], [][]byte{[]byte("x")}); err == nil {
		t.Error("ExplainEvent accepts a damaged signature")
	}
}
