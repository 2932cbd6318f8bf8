package view_test

import (
	gocmp "cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/topic"
	"github.com/slugline/slugline/internal/view"
	"github.com/slugline/slugline/internal/webtest"
)

// newsDay is a newsroom in which random things happen, with an editor who reads.
type newsDay struct {
	*webtest.Newsroom
	*rand.Rand
	ids   []string
	state news.ReadState
	stars map[string]*news.Star
}

func (d *newsDay) anyStory() string { return d.ids[d.IntN(len(d.ids))] }

// change changes a story in a record of its own.
func (d *newsDay) change(id string, do func(tx *store.Tx, s *news.Story)) {
	d.Apply(func(tx *store.Tx) news.Change {
		s, err := tx.Stories.Get(id)
		d.Must(err)
		if s == nil {
			return news.Change{}
		}
		do(tx, s)
		d.Must(tx.Stories.Put(s))
		return news.Change{Stories: []string{id}}
	})
}

var dayWords = []string{"copper", "ferry", "delta", "flood", "market"}

func (d *newsDay) addStory() {
	late := time.Duration(0)
	if d.IntN(6) == 0 {
		late = time.Duration(d.IntN(300)) * time.Second // from a first visit
	}
	d.ids = append(d.ids, d.AddStory(webtest.Story{
		Headline: dayWords[d.IntN(5)] + " " + dayWords[d.IntN(5)], Language: "en", Sources: []string{[]string{"gulf", "north"}[d.IntN(2)]},
		Event: fmt.Sprint("event", d.IntN(9)), Change: func(s *news.Story) { s.First = s.First.Add(-late) },
	}).ID)
}

// fill adds stories of 50 outlets.
func (d *newsDay) fill(records int) {
	for i := range 50 {
		d.Rules.Sources = append(d.Rules.Sources, webtest.NewSource(fmt.Sprint("outlet", i), "Outlet"))
	}
	d.ApplyRules()
	for range records {
		d.Apply(func(tx *store.Tx) (c news.Change) {
			for i := range 50 {
				d.At = d.At.Add(time.Second)
				s := d.NewStory(tx, webtest.Story{Headline: dayWords[d.IntN(5)], Language: "en", Sources: []string{fmt.Sprint("outlet", i)}, Event: fmt.Sprint("event", d.IntN(9))})
				d.Must(tx.Stories.Put(s))
				c.Stories, d.ids = append(c.Stories, s.ID), append(d.ids, s.ID)
			}
			return c
		})
	}
}

// step does something at random.
func (d *newsDay) step() {
	until := time.Now().Add(time.Hour)
	switch d.IntN(16) {
	case 0:
		d.change(d.anyStory(), func(_ *store.Tx, s *news.Story) { s.Hidden = map[string]uint64{news.Everywhere: d.Seq} })
	case 1:
		d.change(d.anyStory(), func(_ *store.Tx, s *news.Story) { s.MergedInto = d.ids[0] })
	case 2:
		d.change(d.anyStory(), func(_ *store.Tx, s *news.Story) { s.First = s.First.Add(-time.Minute) })
	case 3:
		d.Apply(func(tx *store.Tx) news.Change {
			id := d.anyStory()
			s, err := tx.Stories.Get(id)
			d.Must(err)
			if s != nil {
				d.Must(tx.Stories.Delete(s))
			}
			return news.Change{TextChanged: []string{id}}
		})
	case 4:
		d.Apply(func(tx *store.Tx) news.Change { // events join without a change of their stories
			d.Must(tx.Events.Put(&news.Event{ID: "event1", MergedInto: "event2"}))
			return news.Change{}
		})
	case 5:
		d.state.Mutes = []news.Mute{{Kind: news.MuteEvent, What: "event2", Until: until}, {Kind: news.MuteWord, What: dayWords[d.IntN(5)], Until: until}}[:d.IntN(3)]
	case 6:
		d.mark(&view.ReadStateChange{Read: []string{d.anyStory(), d.anyStory()}})
	case 7:
		d.mark(&view.ReadStateChange{Unread: []string{d.anyStory()}})
	case 8:
		d.mark(&view.ReadStateChange{ReadUpTo: d.Seq - uint64(d.IntN(40))})
	case 9, 10:
		d.stars = map[string]*news.Star{d.anyStory(): {}, d.anyStory(): {}}
	case 11, 13:
		d.Rules.Sources[0].Tags = []string{dayWords[d.IntN(2)]}
		d.ApplyRules()
	case 12:
		d.addStory()
		d.DeleteChanges(d.At.Add(time.Hour))
	default:
		d.addStory()
	}
}

func (d *newsDay) mark(change *view.ReadStateChange) {
	d.Must(d.Store.View(func(tx *store.Tx) error { return view.ApplyReadState(tx, &d.state, change, d.At) }))
}

// filter compiles a query for the editor.
func (d *newsDay) filter(tx *store.Tx, query string) *view.Filter {
	now := time.Now()
	stars := d.stars
	scope, err := view.DeskScope(tx, now, func() map[string]*news.Star { return stars })
	d.Must(err)
	f, err := view.NewFilter(scope, query, view.CompileMutes(&d.state, now))
	d.Must(err)
	return f
}

// readAll reads until there is no more.
func (d *newsDay) readAll(read func(tx *store.Tx) (more bool, err error)) {
	d.Helper()
	for more := true; more; {
		d.Must(d.Store.View(func(tx *store.Tx) (err error) {
			more, err = read(tx)
			return err
		}))
	}
}

// The unread stories and the wire are the same from matches that are kept as from reading all
// stories, whatever happens meanwhile.
func TestMatchesAreAsReadingAll(t *testing.T) {
	for seed := range uint64(2) {
		d := &newsDay{Newsroom: webtest.Open(t), Rand: rand.New(rand.NewPCG(seed, 7))}
		d.fill(5)
		kept := map[string]*view.Matches{}
		for range 100 {
			d.step()
			query := []string{"", "copper", "flood OR ferry", "has:star", "-has:star market", "tag:copper"}[d.IntN(6)]
			most := []int{0, 40}[d.IntN(2)]
			d.Must(d.Store.View(func(tx *store.Tx) error {
				f := d.filter(tx, query)
				key := fmt.Sprint(most, f.Key())
				if kept[key] == nil {
					kept[key] = &view.Matches{Most: most}
				}
				d.checkUnread(query, kept[key], f, most)
				d.checkWire(query, kept[key], f, most)
				return nil
			}))
		}
	}
}

func (d *newsDay) checkUnread(query string, m *view.Matches, f *view.Filter, most int) {
	d.Helper()
	var slow *view.UnreadReader
	d.Must(d.Store.View(func(tx *store.Tx) (err error) {
		slow, err = view.NewUnreadReader(tx, &d.state, f)
		return err
	}))
	d.readAll(func(tx *store.Tx) (bool, error) { return slow.Read(d.Context(), tx) })
	fast := view.NewMatchedUnread(m, f, &d.state)
	d.readAll(func(tx *store.Tx) (bool, error) { return fast.Read(d.Context(), tx) })
	want, got := slices.Sorted(slices.Values(slow.Unread.IDs)), slices.Sorted(slices.Values(fast.Unread.IDs))
	if most == 0 && fast.Unread.More {
		d.Errorf("%q: there may be more unread", query)
	}
	if fast.Unread.More {
		if i := slices.IndexFunc(got, func(id string) bool { return !slices.Contains(want, id) }); i >= 0 {
			d.Errorf("%q: %s is not unread", query, got[i])
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		d.Fatalf("unread of %q (most %d, read up to %d): %s", query, most, d.state.ReadUpTo, diff)
	}
}

// checkWire compares the first pages. Where the matches hold few stories, their pages may end
// earlier.
func (d *newsDay) checkWire(query string, m *view.Matches, f *view.Filter, most int) {
	d.Helper()
	before := ""
	for range 3 {
		slow := d.readSlowly(f, before, 12)
		fast := view.NewMatchedWire(m, f, slow.Before(), 12)
		if !fast.CanRead() {
			return
		}
		d.readAll(func(tx *store.Tx) (bool, error) { return fast.Read(d.Context(), tx) })
		want, got := idsOf(slow.Wire), idsOf(fast.Wire)
		if most > 0 && fast.Wire.Before != "" && len(got) < len(want) {
			want = want[:len(got)]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			d.Fatalf("the wire of %q below %q: %s", query, before, diff)
		}
		before = fast.Wire.Before
		if before == "" && slow.Wire.Before != "" && len(d.readSlowly(f, slow.Wire.Before, 1).Wire.Events) > 0 {
			d.Fatalf("the wire of %q ends below %q, and there is more", query, before)
		}
		if before == "" {
			return
		}
	}
}

// A page far down continues where it is when the matches begin anew meanwhile: not above, where
// the reader has been.
func TestMatchesBeginAnewFarDown(t *testing.T) {
	d := &newsDay{Newsroom: webtest.Open(t), Rand: rand.New(rand.NewPCG(1, 7))}
	d.fill(110)
	var f *view.Filter
	d.Must(d.Store.View(func(tx *store.Tx) error {
		f = d.filter(tx, "copper OR ferry OR delta OR flood OR market")
		return nil
	}))
	var m view.Matches
	all := view.NewMatchedUnread(&m, f, &d.state)
	d.readAll(func(tx *store.Tx) (bool, error) { return all.Read(d.Context(), tx) })
	low := d.readSlowly(f, d.ids[200], 12).Before()
	for m.Len() < 5400 {
		wire := view.NewMatchedWire(&m, f, nil, 5400)
		d.readAll(func(tx *store.Tx) (bool, error) { return wire.Read(d.Context(), tx) })
	}
	page := view.NewMatchedWire(&m, f, low, 12)
	if !page.CanRead() {
		t.Fatal("the matches do not have the page")
	}
	d.Rules.Sources[0].Tags = []string{"copper"}
	d.ApplyRules()
	d.readAll(func(tx *store.Tx) (bool, error) { return page.Read(d.Context(), tx) })
	if page.Wire.Before != low.ID {
		t.Errorf("the page below %s continues below %s", low.ID, page.Wire.Before)
	}
}

// What depends on the time of the request is not kept, and what other dates satisfy is
// something else.
func TestWhatMatchesDependOn(t *testing.T) {
	now := time.Now()
	keys := map[string]bool{}
	for _, zone := range []*time.Location{nil, time.FixedZone("east", 4*60*60)} {
		f, err := view.NewFilter(topic.Searching(now, zone), "after:2026-11-27", nil)
		if err != nil {
			t.Fatal(err)
		}
		keys[f.Key()] = true
	}
	if len(keys) != 2 {
		t.Errorf("dates of two zones have the keys %q", slices.Collect(maps.Keys(keys)))
	}
	for query, want := range map[string]bool{"flood": true, "flood after:2h": false, "after:2026-11-27": true} {
		mutes := view.CompileMutes(&news.ReadState{Mutes: []news.Mute{{Kind: news.MuteWord, What: query, Until: now.Add(time.Hour)}}}, now)
		muted, err := view.NewFilter(topic.Searching(now, nil), "ferry", mutes)
		if err != nil {
			t.Fatal(err)
		}
		if got := muted.IsLasting(); got != want {
			t.Errorf("a filter with %q muted is lasting: %v, want %v", query, got, want)
		}
	}
}

func (d *newsDay) readSlowly(f *view.Filter, before string, n int) (r *view.WireReader) {
	d.Must(d.Store.View(func(tx *store.Tx) (err error) {
		r, err = view.NewWireReader(tx, f, before, n)
		return err
	}))
	d.readAll(func(tx *store.Tx) (bool, error) { return r.Read(d.Context(), tx) })
	return r
}

// idsOf returns the ids of the stories of a page, newest first.
func idsOf(w *view.Wire) (ids []string) {
	var all []view.Story
	for _, e := range w.Events {
		all = append(all, e.Stories...)
	}
	slices.SortFunc(all, func(a, b view.Story) int {
		return gocmp.Or(b.First.Compare(a.First), gocmp.Compare(b.Seq, a.Seq), gocmp.Compare(b.ID, a.ID))
	})
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	return ids
}
