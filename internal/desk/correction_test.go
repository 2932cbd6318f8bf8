package desk

import (
	"fmt"
	"testing"
	"time"
)

// A correction whose headline differs from what it corrects joins the story of an old report, if
// the source lists one such report alone, or leads to its article.
func TestCorrectionOfAnOldReportWithAnotherHeadline(t *testing.T) {
	const wrong = "Ferry sinks off Marseille with 21 aboard"
	other := fresh("o", "Museum returns stolen manuscripts to Timbuktu", 3*365*24*time.Hour)
	for _, c := range []struct {
		name, correction string
		link             string // of the correction, and of what it corrects; empty: each has its own
		listed           []string
		gone             bool // the source no longer lists it when the correction comes
		stories          int  // of all, with the other report
	}{
		{"a number", "CORRECTED-Ferry sinks off Marseille with 12 aboard", "", nil, false, 2},
		{"a number, in place of it", "CORRECTED-Ferry sinks off Marseille with 12 aboard", "", nil, true, 2},
		{"a name", "CORRECTION: Ferry sinks off Marsala with 21 aboard", "", nil, false, 2},
		{"a word more", "CORRECTION: Ferry sinks off Marseille with 21 aboard, coastguard says", "", nil, false, 2},
		{"other words at the same article", "CORRECTION: Ferry off Marseille did not sink", articlePage, nil, false, 2},
		{"other words at the same article, in place of it", "CORRECTION: Ferry off Marseille did not sink", articlePage, nil, true, 2},
		{"something else at the same article", "CORRECTION: Tram fares rise in Salis", articlePage, nil, false, 3},
		{"something else", "CORRECTION: Tram fares rise in Salis", "", nil, false, 3},
		{"another ferry", "CORRECTION: Ferry to Salis cancelled until spring", "", nil, false, 3},
		{"no correction", "Ferry sinks off Marseille with 12 aboard", "", nil, false, 3},
		{"two that it may be", "CORRECTED-Ferry sinks off Marseille with 12 aboard", "", []string{"Ferry sinks off Marseille with 40 aboard"}, false, 4},
	} {
		for _, after := range []time.Duration{10 * time.Minute, 9 * 24 * time.Hour} {
			t.Run(fmt.Sprint(c.name, " after ", after), func(t *testing.T) {
				r := open(t, "one")
				first := fresh("a", wrong, 3*365*24*time.Hour)
				items := []item{first, other}
				for i, title := range c.listed {
					items = append(items, fresh(fmt.Sprint("l", i), title, 3*365*24*time.Hour+time.Hour))
				}
				notice := fresh("b", c.correction, 0)
				if c.link != "" {
					items[0].link, notice.link = c.link, c.link
				}
				r.visit("one", items...)
				before := r.top("all")
				r.restart()
				r.pass(after)
				r.sweep()
				for i := range items {
					items[i].age += after
				}
				if c.gone {
					items = items[1:]
				}
				r.visit("one", append([]item{notice}, items...)...)
				now := r.top("all")
				if len(now) != c.stories {
					t.Fatalf("%d stories, want %d: %q", len(now), c.stories, r.headlines("all"))
				}
				if c.stories > len(before) {
					return
				}
				for _, s := range before {
					if s := r.story(s.ID); s.Lead != "" && len(s.Takes) == 2 && (s.Headline != c.correction || !s.IsSuperseded(&s.Takes[0])) {
						t.Errorf("%q leads, want the correction", s.Headline)
					}
				}
			})
		}
	}
}

// Of many corrections in one document, some are compared with all that its source lists.
func TestManyCorrections(t *testing.T) {
	const n = maxReworded + 4
	r := open(t, "one")
	var reports, corrections []item
	for i := range n {
		title := fmt.Sprintf("%[1]sokla %[1]somri %[1]sebno %[1]siston", string(rune('b'+i)))
		reports = append(reports, fresh(fmt.Sprint("a", i), title, 3*365*24*time.Hour+time.Duration(i)*time.Hour))
		corrections = append(corrections, fresh(fmt.Sprint("b", i), "CORRECTION: "+title+", police say", time.Minute))
	}
	r.visit("one", reports...)
	r.pass(time.Hour)
	r.visit("one", append(corrections, reports...)...)
	if got := len(r.top("all")); got != n+4 {
		t.Errorf("%d stories, want %d: %d corrections join what they correct", got, n+4, maxReworded)
	}
}
