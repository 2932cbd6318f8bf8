package desk

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// A kill notice withdraws what its outlet published, however long ago.
func TestKillReachesBack(t *testing.T) {
	for _, after := range []time.Duration{time.Hour, 13 * time.Hour, 70 * time.Hour, 10 * 24 * time.Hour} {
		r := open(t, "one", "two")
		both, _ := two(r)
		r.pass(after)
		r.sweep()
		r.restart()
		r.visit("one", fresh("k", "KILL: Ferry service resumes across the strait", 0))
		s := r.story(both.ID)
		if s.Outlets() != 1 || s.Source != "two" || len(r.top("all")) != 2 {
			t.Errorf("after %v: %d outlets led by %s in %q; want two's alone", after, s.Outlets(), s.Source, r.headlines("all"))
		}
	}
}

// An outlet can't withdraw what it never had.
func TestKillOfWhatWasNeverHere(t *testing.T) {
	r := open(t, "one", "two")
	two(r)
	r.visit("two", fresh("k", "KILL: Miners rescued from flooded shaft", 0))
	for _, s := range r.top("all") {
		if s.Outlets() == 0 || !s.Killed.IsZero() {
			t.Errorf("%q was killed by an outlet that never had it", s.Headline)
		}
	}
}

// A withdrawn story comes back when its kill notice becomes a headline again, and not
// when the outlet edits the entry that it withdrew.
func TestOnlyTheNoticeRestoresAKilledStory(t *testing.T) {
	r := open(t, "one")
	const head = "Ferry service resumes across the strait"
	first := fresh("a", head, time.Minute)
	r.visit("one", first)
	id := r.top("all")[0].ID
	r.pass(time.Minute)
	notice := fresh("k", "KILL: "+head, 0)
	r.visit("one", notice, first)
	r.pass(time.Minute)
	first.title = head + ", company says"
	r.visit("one", notice, first)
	if s := r.story(id); s.Killed.IsZero() {
		t.Fatalf("an edit of a withdrawn entry brought %q back", s.Headline)
	}
	r.pass(time.Minute)
	notice.title = "Ferry service to resume across the strait on Monday"
	r.visit("one", notice, first)
	if s := r.story(id); !s.Killed.IsZero() || s.Headline != notice.title || len(r.topic("all").Tombstones) != 0 {
		t.Errorf("killed %v, headline %q, tombstones %v; want what the notice says now", s.Killed, s.Headline, r.topic("all").Tombstones)
	}
}

// When the item of an event is withdrawn, a note replaces it, and another story of the
// event becomes an item.
func TestKilledItemOfAnEventHidesNoOther(t *testing.T) {
	r := open(t, "one", "two")
	r.rules.Topics[0].Fold = news.FoldEvent
	r.enforce()
	head := "Ferry service resumes across the Bosporus strait after storm"
	r.visit("one", fresh("a", head, 5*time.Minute))
	r.pass(time.Minute)
	r.visit("two", fresh("b", "Storm over: Bosporus strait ferry service back after storm", 4*time.Minute))
	before := r.top("all")
	if len(before) != 1 {
		t.Fatalf("items %q, want one of the event", r.headlines("all"))
	}
	r.pass(time.Minute)
	notice := fresh("k", "KILL: "+head, 0)
	r.visit("one", notice)
	after := r.top("all")
	if len(after) != 2 || after[1].ID != before[0].ID || after[1].Killed.IsZero() || !after[0].Killed.IsZero() {
		t.Fatalf("after the kill: %q; want the other story above the withdrawn one", r.headlines("all"))
	}
	r.pass(time.Minute)
	notice.title = head + ", after all"
	r.visit("one", notice)
	if now := r.top("all"); len(now) != 1 || now[0].ID != before[0].ID {
		t.Errorf("after it was published again: %q; want one item under the id with which it entered", r.headlines("all"))
	}
}

// An outlet's correction under a new guid leads the story if the wrong headline did, and
// has it in its history. It does not replace another outlet's headline.
func TestCorrectionIsNotEaten(t *testing.T) {
	r := open(t, "one", "two")
	wrong, right := "Ferry sinks off Marseille with 21 aboard", "CORRECTED-Ferry sinks off Marseille with 12 aboard"
	r.visit("one", fresh("a", wrong, 2*time.Minute))
	r.visit("two", fresh("z", wrong, time.Minute))
	was := r.top("all")[0]
	r.pass(10 * time.Minute)
	r.visit("two", fresh("y", right, time.Minute))
	if got := r.story(was.ID); got.Headline != wrong || len(got.Takes) != 3 || !got.IsSuperseded(&got.Takes[1]) || len(got.Takes[2].Earlier) != 1 {
		t.Fatalf("the correction of an outlet that does not lead: %+v; want it in that outlet's line alone", got)
	}
	r.restart()
	r.visit("one", fresh("c", right, time.Minute))
	s := r.story(was.ID)
	lead := s.Takes[len(s.Takes)-1]
	if s.Headline != right || s.Lead != lead.Entry || s.Link != lead.Link || s.Outlets() != 2 {
		t.Errorf("lead %q of %d outlets, link %s; want the correction", s.Headline, s.Outlets(), s.Link)
	}
	if diff := cmp.Diff([]news.EarlierHeadline{{Headline: wrong, Until: news.Instant(r.now)}}, lead.Earlier); diff != "" {
		t.Errorf("history of the correction (-want +got):\n%s", diff)
	}
	if !s.IsSuperseded(&s.Takes[0]) || s.IsSuperseded(&s.Takes[2]) {
		t.Error("want the wrong headline superseded, and the other outlet's correction not")
	}
	if p, q := s.Places["all"], was.Places["all"]; !p.At.Equal(q.At) || !p.Updated.Equal(news.Instant(r.now)) {
		t.Errorf("place %+v, was %+v; want updated to move, and nothing else", p, q)
	}
	r.order("split", lead.Entry)
	if s := r.story(was.ID); s.Headline != wrong || s.IsSuperseded(&s.Takes[0]) {
		t.Errorf("after the correction was split off, %q leads", s.Headline)
	}
}

// A correction that repeats a headline joins its story however long ago that began. The first
// visit of a source whose dates are of the wrong year files its items that long ago.
func TestCorrectionReachesBack(t *testing.T) {
	for _, c := range []struct {
		name       string
		age, after time.Duration
	}{
		{"an hour later", time.Minute, time.Hour},
		{"a week later", time.Minute, 7 * 24 * time.Hour},
		{"an hour later, with a date of another year", 3 * 365 * 24 * time.Hour, time.Hour},
	} {
		r := open(t, "one")
		first := fresh("a", "Ferry service resumes across the strait", c.age)
		r.visit("one", first)
		id := r.top("all")[0].ID
		r.pass(c.after)
		r.sweep()
		first.age += c.after
		notice := fresh("b", "CORRECTION: "+first.title, c.age)
		r.visit("one", notice, first)
		if s := r.story(id); len(r.top("all")) != 1 || s.Headline != notice.title || len(s.Takes) != 2 || !s.IsSuperseded(&s.Takes[0]) {
			t.Errorf("%s: published %q, want one story that the correction leads", c.name, r.headlines("all"))
		}
	}
}

// A correction that is held for its time does not hide what it corrects until then.
func TestAHeldCorrectionCorrectsLater(t *testing.T) {
	r := open(t, "one")
	wrong, right := "Ferry sinks off Marseille with 21 aboard", "CORRECTED-Ferry sinks off Marseille with 12 aboard"
	r.visit("one", fresh("a", wrong, 2*time.Minute))
	was := r.top("all")[0]
	r.pass(10 * time.Minute)
	r.visit("one", fresh("c", right, -2*time.Hour))
	if now := r.top("all"); len(now) != 1 || now[0].ID != was.ID || now[0].Headline != wrong {
		t.Errorf("with a correction that is held: %q; want the story as it was", r.headlines("all"))
	}
	r.pass(3 * time.Hour)
	r.sweep()
	if now := r.top("all"); len(now) != 1 || now[0].ID != was.ID || now[0].Headline != right {
		t.Errorf("when the correction is due: %q; want it in the same story", r.headlines("all"))
	}
}

// Many kill notices in one document withdraw all that they name.
func TestKillsInBulk(t *testing.T) {
	r := open(t, "one")
	var items, kills []item
	for i := range 40 {
		head := fmt.Sprintf("Report %d on %s", i, word(i))
		items = append(items, fresh(fmt.Sprint("a", i), head, time.Hour))
		kills = append(kills, fresh(fmt.Sprint("k", i), "KILL: "+head, 0))
	}
	r.visit("one", items...)
	r.pass(time.Minute)
	r.visit("one", kills...)
	for _, s := range r.top("all") {
		if s.Killed.IsZero() {
			t.Errorf("%q is not withdrawn", s.Headline)
		}
	}
	if n := len(r.topic("all").Tombstones); n != 40 {
		t.Errorf("%d tombstones, want 40", n)
	}
}

// If the only take of a story that is not withdrawn is split from it, the story is
// withdrawn. The undo restores it.
func TestSplitLeavesAWithdrawnStory(t *testing.T) {
	r := open(t, "one", "two")
	both, _ := two(r)
	r.pass(time.Minute)
	r.visit("one", fresh("k", "KILL: Ferry service resumes across the strait", 0))
	r.pass(time.Minute)
	decision := r.order("split", r.story(both.ID).Lead)
	if s := r.story(both.ID); s.Killed.IsZero() || s.Places["all"].Out || len(r.topic("all").Tombstones) != 1 {
		t.Errorf("the story that no outlet has: killed %v, place %+v, tombstones %v; want a note in its place", s.Killed, s.Places["all"], r.topic("all").Tombstones)
	}
	r.order("undo", decision)
	s := r.story(both.ID)
	if !s.Killed.IsZero() || s.Source != "two" || s.Outlets() != 1 || len(r.topic("all").Tombstones) != 0 || len(r.top("all")) != 2 {
		t.Errorf("after the undo: killed %v, led by %s, tombstones %v, topic %q", s.Killed, s.Source, r.topic("all").Tombstones, r.headlines("all"))
	}
}

// A kill that withdraws nothing that is known is not published: an editor must see what it
// means, and may release it. What only looks like one is news.
func TestAKillOfNothingIsHeld(t *testing.T) {
	for headline, want := range map[string]bool{
		"BULLETIN KILL": true, "KILL: Governor treated for a stroke": true, "Meldung zurückgezogen: Gouverneur in Klinik": true,
		"CANCELADO: el concierto de la plaza": false,
	} {
		r := open(t, "one")
		r.rules.Topics = append(r.rules.Topics, news.Topic{Name: "entries", Fold: news.FoldNone, Stories: 50})
		r.enforce()
		r.visit("one", fresh("a", "Ferry service resumes across the strait", time.Hour))
		r.pass(time.Minute)
		r.visit("one", fresh("k", headline, 0))
		r.restart()
		for _, topic := range []string{"all", "entries"} {
			if _, held := r.held()[headline]; held != want || (len(r.top(topic)) == 1) != want {
				t.Errorf("%q: held %v, topic %q; want held %v", headline, held, r.headlines(topic), want)
			}
		}
		if !want {
			continue
		}
		r.order("release", r.heldStory())
		for _, topic := range []string{"all", "entries"} {
			if top := r.top(topic); len(top) != 2 || top[0].Headline != headline {
				t.Errorf("%q: after its release the topic has %q", headline, r.headlines(topic))
			}
		}
	}
}

// A kill that does not name what it withdraws tells it by the link, also under another
// guid.
func TestAKillByLink(t *testing.T) {
	for _, guid := range []string{"a", "k"} {
		r := open(t, "one", "two")
		both, other := two(r)
		notice := fresh(guid, "BULLETIN KILL", 0)
		notice.link = both.Link
		r.pass(time.Minute)
		r.visit("one", notice)
		r.restart()
		s := r.story(both.ID)
		if s.Outlets() != 1 || s.Source != "two" || len(r.held()) != 0 || !r.story(other.ID).Killed.IsZero() {
			t.Errorf("guid %s: %d outlets led by %s, held %v; want two's alone", guid, s.Outlets(), s.Source, r.held())
		}
	}
}

// A correction of a number finds the short headline that it corrects, in a store that has
// seen little yet.
func TestACorrectedNumberInAShortHeadline(t *testing.T) {
	for _, c := range [][2]string{
		{"Le port vend quatre grues à Oran", "CORRIGÉ : le port vend trois grues à Oran"},
		{"Поліція знайшла п’ять картин", "ВИПРАВЛЕНО: Поліція знайшла шість картин"},
		{"המשטרה מצאה ארבעה ציורים", "תיקון: המשטרה מצאה שלושה ציורים"},
		{"Port sells 4 cranes", "CORRECTED-Port sells 3 cranes"},
	} {
		r := open(t, "one")
		first := fresh("a", c[0], 40*time.Minute)
		r.visit("one", first)
		r.pass(time.Minute)
		r.visit("one", fresh("b", c[1], 0), first)
		if got := r.headlines("all"); len(got) != 1 || got[0] != c[1] {
			t.Errorf("the topic has %q, want the correction alone", got)
		}
	}
	r := open(t, "one")
	first := fresh("a", "Le port vend quatre grues à Oran", 40*time.Minute)
	r.visit("one", first)
	r.visit("one", fresh("b", "CORRIGÉ : le port vend trois navires à Oran", 0), first)
	if got := r.headlines("all"); len(got) != 2 {
		t.Errorf("the topic has %q, want the correction of something else beside the headline", got)
	}
}
