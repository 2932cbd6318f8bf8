package story

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ferry and mine are headlines of two happenings.
var (
	ferry = []string{
		"Ferry Marigold sinks off Harbourtown with forty aboard",
		"Coastguard searches for passengers of Marigold ferry off Harbourtown",
		"Marigold ferry: Harbourtown coastguard finds wreck",
		"Captain of sunken Marigold ferry arrested in Harbourtown",
		"Harbourtown mourns dead of Marigold ferry",
	}
	mine = []string{
		"Explosion traps miners in Kalden colliery",
		"Kalden colliery explosion: rescuers reach trapped miners",
		"Miners freed after explosion at Kalden colliery",
		"Kalden colliery owner blames gas for explosion that trapped miners",
	}
)

// partsEnv is a fold whose verdicts are kept as the store keeps them.
type partsEnv struct {
	fold    *Fold
	at      time.Time
	sigs    [][]byte
	stories []string

	language string // of the headlines
}

func (p *partsEnv) judge(texts ...string) {
	for _, text := range texts {
		n := len(p.stories)
		p.at = p.at.Add(time.Minute)
		v := p.fold.Judge(Headline{Entry: strconv.Itoa(n), Seq: uint64(n + 1), Language: p.language, Text: text, At: p.at})
		p.sigs, p.stories = append(p.sigs, v.Signature), append(p.stories, v.Story)
	}
}

// events returns the index of the first story of each story's event.
func (p *partsEnv) events() []int {
	first, of := map[uint64]int{}, []int{}
	for i := range p.stories {
		_, birth := p.fold.eventOf(p.fold.storyBornWith(uint64(i + 1)))
		if _, ok := first[birth]; !ok {
			first[birth] = i
		}
		of = append(of, first[birth])
	}
	return of
}

// mixed returns a fold in which one event has two happenings, the order of which is given.
func mixed(a, b []string) *partsEnv {
	p := &partsEnv{language: "en", fold: New(), at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	p.judge(a...)
	p.judge(b...)
	e := p.fold.eventBornWith(p.fold.stories[0].id, 1)
	p.fold.mergeEvent(e, uint64(len(a)+1))
	return p
}

func TestSweepSplitsAnEventOfTwoHappenings(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []string
		want []int
	}{
		{"the first part is the largest", ferry, mine, []int{0, 0, 0, 0, 0, 5, 5, 5, 5}},
		{"the first part is not the largest", mine, ferry, []int{0, 0, 0, 0, 4, 4, 4, 4, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mixed(c.a, c.b)
			if got := p.events(); got[len(got)-1] != 0 {
				t.Fatalf("before the sweep they are not one event: %v", got)
			}
			old := string(p.fold.stories[0].event.id[:])
			state, splits := p.fold.Sweep(p.at.Add(time.Hour))
			if diff := cmp.Diff(c.want, p.events()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			checkSplit(t, p, splits, old, mine)
			restored, err := Restore(state)
			if err != nil {
				t.Fatal(err)
			}
			for _, sig := range p.sigs {
				if err := restored.Load(sig); err != nil {
					t.Fatal(err)
				}
			}
			again, _ := restored.Sweep(p.at.Add(time.Hour))
			other, more := p.fold.Sweep(p.at.Add(time.Hour))
			if diff := cmp.Diff(other, again); diff != "" || len(more) > 0 {
				t.Errorf("after a restart the next sweep differs, or it splits again %v:\n%s", more, diff)
			}
		})
	}
}

// checkSplit tells of a split that does not leave the old id to the largest part.
func checkSplit(t *testing.T, p *partsEnv, splits []EventSplit, old string, left []string) {
	t.Helper()
	if len(splits) != 1 || splits[0].From != old || len(splits[0].Stories) != len(left) || splits[0].Event == old {
		t.Fatalf("splits %+v, want one of %d stories from %s", splits, len(left), old)
	}
	i := p.fold.storyBornWith(uint64(1))
	for _, s := range splits[0].Stories {
		if s == string(p.fold.stories[i].id[:]) {
			return // the first story left: its event has a new id
		}
	}
	if splits[0].Event != splits[0].Stories[0] {
		t.Errorf("the new event is %s, want the id of its first story %s", splits[0].Event, splits[0].Stories[0])
	}
}

func TestSweepLeavesOrderedAndSmallEvents(t *testing.T) {
	p := mixed(ferry, mine)
	p.fold.stories[0].event.ordered = true
	if _, splits := p.fold.Sweep(p.at); len(splits) > 0 {
		t.Errorf("an event by order was split: %v", splits)
	}
	p = mixed(ferry[:3], mine[:3])
	if _, splits := p.fold.Sweep(p.at); len(splits) > 0 {
		t.Errorf("an event of six stories was split: %v", splits)
	}
}
