package desk

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// undated returns an item without a date at a page of its own.
func undated(id, title, text string) item {
	return item{id: id, title: title, link: "https://one.example/news/" + id, text: text}
}

const stormText = "Harbour masters in Salis and Marisun shut their ports on Monday as waves of nine metres rolled in."

// An undated item that comes back under a new guid and a new link, in place of the old one, is
// the same entry. What may be a report of another day is a new one.
func TestOneUndatedItemIsPublishedOnce(t *testing.T) {
	storm := undated("a1", "Storm closes ports along the northern coast", stormText)
	change := func(f func(it *item)) item {
		again := undated("z9", storm.title, storm.text)
		f(&again)
		return again
	}
	for _, c := range []struct {
		name       string
		old, again item
		wait       time.Duration
		stories    int // with the one that the source lists all the time
	}{
		{"the next day", storm, change(func(*item) {}), 30 * time.Hour, 2},
		{"a day later again", storm, change(func(*item) {}), 47 * time.Hour, 2},
		{"days later", storm, change(func(*item) {}), 3 * 24 * time.Hour, 3},
		{"another text", storm, change(func(it *item) {
			it.text = "The ports of Salis shut on Tuesday for the second time this week, and no ferry left."
		}), 30 * time.Hour, 3},
		{"another headline", storm, change(func(it *item) { it.title = "Storm closes ports along the southern coast" }), 30 * time.Hour, 3},
		{"a date", storm, change(func(it *item) { it.dated = true }), 30 * time.Hour, 3},
		{"no text", undated("a1", storm.title, ""), change(func(it *item) { it.text = "" }), 30 * time.Hour, 3},
		{"a short headline", undated("a1", "Markets, midday", stormText), change(func(it *item) { it.title = "Markets, midday" }), 30 * time.Hour, 3},
		{"a short text", undated("a1", storm.title, "Watch the video."), change(func(it *item) { it.text = "Watch the video." }), 30 * time.Hour, 3},
		{"another body", undated("a1", storm.title, "<p>"+longText+" Ports are shut.</p>"), change(func(it *item) { it.text = "<p>" + longText + " Ports open.</p>" }), 30 * time.Hour, 3},
		{"another link in the body", undated("a1", storm.title, `<p>`+longText+` <a href="/a1">Chart</a></p>`), change(func(it *item) { it.text = `<p>` + longText + ` <a href="/z9">Chart</a></p>` }), 30 * time.Hour, 2},
		{"another recording", storm.with(storm.text, "https://one.example/1.mp3"), change(func(it *item) { it.audio = "https://one.example/2.mp3" }), 30 * time.Hour, 3},
	} {
		for _, vanished := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, vanished first %v", c.name, vanished), func(t *testing.T) {
				r := open(t, "one")
				other := undated("b1", "Museum returns stolen manuscripts to Timbuktu", "The manuscripts were taken in 1911.")
				r.visit("one", c.old, other)
				before := r.ids("all")
				r.pass(c.wait - time.Hour)
				r.restart()
				r.visit("one", c.old, other)
				if vanished {
					r.visit("one", other)
				}
				r.pass(time.Hour)
				r.visit("one", c.again, other)
				if n := len(r.top("all")); n != c.stories {
					t.Errorf("%d stories, want %d: %q", n, c.stories, r.headlines("all"))
				}
				if diff := cmp.Diff(before, r.ids("all")); c.stories == 2 && diff != "" {
					t.Errorf("(-before +after):\n%s", diff)
				}
				r.pass(time.Hour)
				r.visit("one", c.again, other) // by its new keys
				if n := len(r.top("all")); n != c.stories {
					t.Errorf("%d stories after another visit, want %d", n, c.stories)
				}
			})
		}
	}
}

// longText is longer than a summary.
var longText = func() (s string) {
	for i := range 40 {
		s += fmt.Sprintf("Pilot %d reported waves of nine metres off %s. ", i, word(i))
	}
	return s
}()

// A document that was cut off and is all new does not say that an item is gone, but counts as
// if it did.
func TestOneUndatedItemOfADocumentThatWasCutOff(t *testing.T) {
	r := open(t, "one")
	storm := undated("a1", "Storm closes ports along the northern coast", stormText)
	r.visit("one", storm)
	before := r.ids("all")
	r.pass(30 * time.Hour)
	storm.id, storm.link = "z9", "https://one.example/news/z9"
	r.visitAs("one", &news.Visit{Partial: true, Reissued: true}, storm)
	if diff := cmp.Diff(before, r.ids("all")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// With rules of an older fold in force, nodes of an older release take it for a new one, and so
// do those of this one.
func TestRepostsOfAnOlderFold(t *testing.T) {
	for fold, stories := range map[int]int{knowsReposts - 1: 2, knowsReposts: 1} {
		r := open(t, "one")
		r.setRules(func(rules *news.Rules) { rules.Fold = fold })
		r.restart()
		r.visit("one", undated("a1", "Storm closes ports along the northern coast", stormText))
		r.pass(30 * time.Hour)
		r.visit("one", undated("z9", "Storm closes ports along the northern coast", stormText))
		if n := len(r.top("all")); n != stories {
			t.Errorf("fold %d: %d stories, want %d", fold, n, stories)
		}
	}
}

// What the source lists beside the old item is another one, and so is what returns each day.
func TestUndatedItemsThatReturn(t *testing.T) {
	text := "What moved the markets by noon, who gained and who lost, and what traders expect until tonight."
	r := open(t, "one")
	old := undated("d0", "What moved the markets by noon", text)
	r.visit("one", old)
	r.pass(24 * time.Hour)
	r.visit("one", undated("d1", old.title, text), old)
	for day := 2; day < 5; day++ {
		r.pass(24 * time.Hour)
		r.visit("one", undated(fmt.Sprint("d", day), old.title, text))
	}
	if n := len(r.top("all")); n != 5 {
		t.Errorf("%d stories of five days, want 5", n)
	}
}

// An outlet that withdrew a report and repeats it later has news.
func TestAWithdrawnItemIsRepeated(t *testing.T) {
	r := open(t, "one")
	storm := undated("a1", "Storm closes ports along the northern coast", stormText)
	r.visit("one", storm)
	r.pass(time.Hour)
	kill := undated("k1", "KILL: "+storm.title, "It was wrong.")
	r.visit("one", kill, storm)
	r.pass(29 * time.Hour)
	again := undated("z9", storm.title, storm.text)
	r.visit("one", again, kill)
	led := 0
	for _, s := range r.top("all") {
		for i := range s.Takes {
			if s.Lead == s.Takes[i].Entry && s.Takes[i].Link == again.link && !s.Takes[i].IsWithdrawn() {
				led++
			}
		}
	}
	if led != 1 {
		t.Errorf("%d stories are led by what was repeated, want one: %q", led, r.headlines("all"))
	}
}
