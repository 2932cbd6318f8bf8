package story_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/story"
)

// TestDirection reads pairs of headlines with much the same words. In those of other
// stories, names changed places or roles; the others were only put in another order,
// or say the same in the passive voice. Each pair is judged in both orders.
func TestDirection(t *testing.T) {
	table, err := os.ReadFile("testdata/direction.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(string(table)) {
		c := strings.Split(strings.TrimSpace(row), "\t")
		if c[0] == "lang" {
			continue
		}
		for _, p := range [...][2]string{{c[2], c[3]}, {c[3], c[2]}} {
			got := judge(story.New(), story.Headline{Text: p[0], Language: c[0]}, story.Headline{Text: p[1], Language: c[0]})
			if same := got[1] == 0; same != (c[1] == "same") {
				t.Errorf("%s: %q and %q are one story: %v, want %v", c[0], p[0], p[1], same, !same)
			}
		}
	}
}

// TestDirectionAfterRestart checks that a fold remembers of a headline what its tokens
// do not say: the endings of names, and where a clause ends.
func TestDirectionAfterRestart(t *testing.T) {
	for _, c := range []struct {
		first, second string
		same          bool
	}{
		{"Турция обвинила Грецию в провокации", "Турцию обвинила Греция в провокации", false},
		{"Грецию обвинила Турция в провокации", "Турция обвинила Грецию в провокации", true},
		{"Trabzonspor’u Beşiktaş 3-1 yendi", "Beşiktaş Trabzonspor’u 3-1 yendi", true},
		{"Iran: Iraq attacked border post", "Iraq: Iran attacked border post", false},
	} {
		f := story.New()
		first := f.Judge(story.Headline{Entry: "a", Seq: 1, Text: c.first, At: noon})
		state, _ := f.Sweep(noon.Add(time.Minute))
		f, err := story.Restore(state)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Load(first.Signature); err != nil {
			t.Fatal(err)
		}
		f.Sweep(noon.Add(2 * time.Minute)) // it rebuilds the index
		second := f.Judge(story.Headline{Entry: "b", Seq: 2, Text: c.second, At: noon.Add(time.Hour)})
		if same := second.Story == first.Story; same != c.same {
			t.Errorf("%q and %q are one story: %v, want %v", c.first, c.second, same, c.same)
		}
	}
}

// FuzzDirection compares any two texts, and checks that the verdict is explained.
func FuzzDirection(f *testing.F) {
	f.Add("Lyon beat Nantes 2-1", "Nantes beat Lyon 2-1")
	f.Add("Турция обвинила Грецию: МИД", "Турцию обвинила Греция: МИД")
	f.Add("Galatasaray Fenerbahçe’yi 2-1 yendi", "Fenerbahçe Galatasaray’ı 2-1 yendi")
	f.Add("يهزم الأهلي الزمالك 3-1", "يهزم الزمالك والأهلي 3-1")
	f.Add("그리스, 튀르키예의 휴전 위반 비난", "ギリシャがトルコを停戦違反と非難")
	f.Fuzz(func(t *testing.T, one, other string) {
		fold := story.New()
		first := fold.Judge(story.Headline{Entry: "a", Seq: 1, Text: one, At: noon})
		second := fold.Judge(story.Headline{Entry: "b", Seq: 2, Text: other, At: noon})
		x, err := story.Explain(second.Signature, first.Signature)
		if err != nil {
			t.Fatal(err)
		}
		if second.Level == news.LevelEdited && x.Conflict != "" {
			t.Fatalf("%q and %q are one story, but %s", one, other, x.Conflict)
		}
	})
}
