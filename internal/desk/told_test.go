package desk

import (
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// adoptFromFeeds restores a backup. Of what was published since, only feeds tell, the last of
// them of a time; shown names the stories in them.
func (r *env) adoptFromFeeds(backup []byte, at time.Time, shown ...string) {
	r.t.Helper()
	known := r.restore(backup)
	a := &news.Adoption{Published: at}
	for _, s := range known.Stories {
		for _, id := range shown {
			if s.ID == id {
				s.Shown = at
				a.Stories = append(a.Stories, s)
			}
		}
	}
	for _, en := range known.Entries {
		for i := range a.Stories {
			if en.Story == a.Stories[i].ID && en.Published.Equal(a.Stories[i].First) {
				a.Entries = append(a.Entries, news.AdoptedEntry{Story: en.Story, Keys: news.Keys{Page: en.Keys.Page, Text: en.Keys.Text}, Published: en.Published})
			}
		}
	}
	r.file(news.Record{Adoption: a})
}

// knowGrowth stores how events usually grow, as if many had been reported by two or three
// outlets.
func (r *env) knowGrowth() {
	r.t.Helper()
	r.restart() // a desk remembers what it read
	err := r.store.Update(func(tx *store.Tx) error {
		var usual news.Rhythm
		for i := range usual.Growth {
			usual.Growth[i] = news.Growth{Times: 4000, Mean: 5 << 15, Square: 29 << 14}
		}
		return tx.Events.PutRhythm(&usual)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// An alert for an event that broke does not ring again after a restore from feeds alone, if the
// event had broken when they were published.
func TestABreakingAlertIsNotRepeatedAfterARestore(t *testing.T) {
	const outlets, later = 12, 3
	for _, c := range []struct {
		name      string
		published time.Duration // when the last feed was, after the burst began
		shown     bool
		rings     bool // again
	}{
		{"published after it broke", 20 * time.Minute, true, false},
		{"published before it broke", 3 * time.Second, true, true},
		{"not published", 20 * time.Minute, false, true},
	} {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, ", restarts ", restarts), func(t *testing.T) {
				var names []string
				for i := range outlets + later {
					names = append(names, fmt.Sprint("outlet", i))
				}
				r := open(t, names...)
				loud := alert("breaking", "ferry", "hook")
				loud.When = news.WhenBreaking
				r.alerts(loud)
				quiet := func(i int, age time.Duration) item {
					return fresh(fmt.Sprint("q", i), fmt.Sprintf("Report %d on %s", i, word(i)), time.Hour+age)
				}
				for i, name := range names {
					r.visit(name, quiet(i, 0))
				}
				r.pass(time.Hour)
				r.knowGrowth()
				backup := r.backup()
				began := r.now
				for i := range outlets {
					r.visit(names[i], fresh(fmt.Sprint("f", i), ferry, 0), quiet(i, r.now.Sub(dawn)))
					r.pass(2 * time.Second)
				}
				if n := len(r.rung()); n != 1 {
					t.Fatalf("%d alerts rang, want one", n)
				}
				var shown []string
				if c.shown {
					shown = []string{r.notices()[0].Story}
				}
				r.pass(30 * time.Minute)
				r.adoptFromFeeds(backup, began.Add(c.published), shown...)
				for i := range outlets {
					r.visit(names[i], fresh(fmt.Sprint("f", i), ferry, r.now.Sub(began)-time.Duration(i)*2*time.Second), quiet(i, r.now.Sub(dawn)))
				}
				for i := outlets; i < len(names); i++ {
					r.visit(names[i], quiet(i, r.now.Sub(dawn)))
				}
				if restarts {
					r.restart()
				}
				r.wantRung()
				r.pass(10 * time.Minute)
				for i := outlets; i < len(names); i++ {
					r.visit(names[i], fresh(fmt.Sprint("f", i), ferry, 0), quiet(i, r.now.Sub(dawn)))
					r.pass(2 * time.Second)
				}
				if rings := len(r.rung()) > 0; rings != c.rings {
					t.Errorf("rings again: %v, want %v: %q", rings, c.rings, r.rung())
				}
			})
		}
	}
}

// What a source lists only some visits after a restore does not ring if it was published before.
// The headline of another outlet does, and so does what was never published.
func TestWhatWasPublishedBeforeARestoreRingsNoMore(t *testing.T) {
	for _, c := range []struct {
		name  string
		shown bool
		other bool // another outlet has it, and since the restore
		rings int
	}{{"published", true, false, 0}, {"not published", false, false, 1}, {"of another outlet since then", true, true, 1}} {
		t.Run(c.name, func(t *testing.T) {
			r := open(t, "one", "two")
			r.alerts(alert("boats", "ferry", "hook"))
			quiet := fresh("q", "Museum returns stolen manuscripts to Timbuktu", time.Hour)
			r.visit("one", quiet)
			r.visit("two")
			backup := r.backup()
			r.pass(time.Hour)
			it := fresh("f", ferry, time.Minute)
			r.visit("one", it)
			r.wantRung("hook boats " + ferry)
			var shown []string
			if c.shown {
				shown = []string{r.top("all")[0].ID}
			}
			r.pass(time.Hour)
			r.adoptFromFeeds(backup, r.now.Add(-30*time.Minute), shown...)
			quiet.age += 2 * time.Hour
			r.visit("one", quiet)
			r.visit("two")
			r.pass(10 * time.Minute)
			if it.age += 70 * time.Minute; c.other {
				r.visit("two", item{id: "g", title: ferry, link: "https://two.example/2026/ferry-resumes.html", age: time.Minute, dated: true})
			} else {
				r.visit("one", it)
			}
			if n := len(r.rung()); n != c.rings {
				t.Errorf("%d alerts rang after the restore, want %d: %q", n, c.rings, r.rung())
			}
		})
	}
}
