package desk

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// backup copies the database as it is.
func (r *env) backup() []byte {
	r.t.Helper()
	var b bytes.Buffer
	if err := r.store.Copy(r.t.Context(), &b); err != nil {
		r.t.Fatal(err)
	}
	return b.Bytes()
}

// restore puts a backup in place of the database, and returns what the database had that was
// stored by records after the backup's.
func (r *env) restore(backup []byte) *news.Adoption {
	r.t.Helper()
	old := r.path + ".old"
	r.stop()
	if err := errors.Join(os.Rename(r.path, old), os.WriteFile(r.path, backup, 0o600)); err != nil {
		r.t.Fatal(err)
	}
	r.start()
	var a news.Adoption
	err := store.Salvage(old, r.seq(), func(s store.Salvaged) error {
		switch {
		case s.Story != nil:
			a.Stories = append(a.Stories, news.AdoptStory(s.Story))
		case s.Entry != nil:
			a.Entries = append(a.Entries, news.AdoptEntry(s.Entry, s.Entry.Story))
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return &a
}

// TestAdoptedStoriesKeepTheirIdentity restores a backup and visits the sources again, in
// another order and at another time.
func TestAdoptedStoriesKeepTheirIdentity(t *testing.T) {
	for _, fold := range []news.FoldMode{news.FoldStory, news.FoldNone, news.FoldLink, news.FoldEvent} {
		t.Run(string(fold), func(t *testing.T) {
			r := open(t, "bbc", "afp")
			r.rules.Topics[0].Fold = fold
			r.enforce()
			old := fresh("a1", "Parliament adopts budget after night of debate", time.Hour)
			r.visit("bbc", old)
			r.pass(time.Hour)
			backup := r.backup()
			first := fresh("b1", "Storm closes ports along the northern coast", time.Minute)
			r.visit("bbc", first, old)
			r.pass(26 * time.Hour)
			same := fresh("c1", "Storm closes ports along the northern coast", 26*time.Hour)
			other := fresh("c2", "Museum returns stolen manuscripts to Timbuktu", time.Minute)
			r.visit("afp", other, same)
			want := r.ids("all")
			first.age += 26 * time.Hour

			a := r.restore(backup)
			r.file(news.Record{Adoption: a})
			r.pass(time.Hour)
			first.age, same.age, other.age = first.age+time.Hour, same.age+time.Hour, other.age+time.Hour
			r.visit("afp", other, same)
			r.visit("bbc", first, old)
			if diff := cmp.Diff(want, r.ids("all")); diff != "" {
				t.Errorf("items (-before +after):\n%s", diff)
			}
			if fold == news.FoldStory && len(want) != 3 {
				t.Errorf("%d stories, want 3", len(want))
			}
		})
	}
}

// TestAdoptedFeedsKeepTheirIdentity knows of the lost items only what feeds say.
func TestAdoptedFeedsKeepTheirIdentity(t *testing.T) {
	for _, fold := range []news.FoldMode{news.FoldStory, news.FoldNone} {
		t.Run(string(fold), func(t *testing.T) {
			r := open(t, "bbc")
			r.rules.Topics[0].Fold = fold
			r.enforce()
			backup := r.backup()
			it := fresh("b1", "Storm closes ports along the northern coast", time.Minute)
			r.visit("bbc", it)
			want := uris(r)
			known := r.restore(backup)
			for i := range known.Entries {
				en := &known.Entries[i]
				story := en.Story
				if fold == news.FoldNone {
					for _, s := range known.Stories {
						if s.ID != en.Story {
							story = s.ID
						}
					}
				}
				*en = news.AdoptedEntry{Story: story, Item: fold == news.FoldNone, Keys: news.Keys{Page: en.Keys.Page, Text: en.Keys.Text}, Published: en.Published}
			}
			r.file(news.Record{Adoption: known})
			r.pass(48 * time.Hour)
			it.age += 48 * time.Hour
			r.visit("bbc", it)
			if diff := cmp.Diff(want, uris(r)); diff != "" {
				t.Errorf("items (-before +after):\n%s", diff)
			}
		})
	}
}

func uris(r *env) (all []string) {
	for _, s := range r.top("all") {
		all = append(all, s.URI)
	}
	return all
}

// TestAdoptedIdentitiesAreForgotten sweeps until what was adopted expires.
func TestAdoptedIdentitiesAreForgotten(t *testing.T) {
	r := open(t, "bbc")
	r.file(news.Record{Adoption: &news.Adoption{
		Stories: []news.AdoptedStory{{ID: "0000000000001", URI: "tag:press.example,2026-03-01:0000000000001"}},
		Entries: []news.AdoptedEntry{{Story: "0000000000001", Keys: news.Keys{Page: "example.com/a"}}},
	}})
	count := func() (n int) {
		err := r.store.View(func(tx *store.Tx) error {
			all, err := tx.Adopted.Stories()
			n = len(all)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 89 {
		r.sweep()
		r.pass(24 * time.Hour)
	}
	if n := count(); n != 1 {
		t.Fatalf("%d identities after 89 days, want 1", n)
	}
	for range 3 {
		r.sweep()
		r.pass(24 * time.Hour)
	}
	if n := count(); n != 0 {
		t.Errorf("%d identities after 92 days, want none", n)
	}
}

// TestAdoptedRecordsGiveTheSameBytes applies records again, with restarts, among which are
// adoptions and a healing.
func TestAdoptedRecordsGiveTheSameBytes(t *testing.T) {
	first := open(t, "bbc", "afp")
	storm := fresh("b1", "Storm closes ports along the northern coast", time.Minute)
	museum := fresh("c2", "Museum returns stolen manuscripts to Timbuktu", time.Minute)
	first.visit("bbc", storm)
	first.pass(time.Hour)
	first.visit("afp", museum)
	first.order("hide", first.storyCalled("Museum returns stolen manuscripts to Timbuktu").ID)
	var a news.Adoption
	for _, s := range first.top("all") {
		a.Stories = append(a.Stories, news.AdoptStory(s))
	}
	hidden := news.AdoptStory(first.storyCalled("Museum returns stolen manuscripts to Timbuktu"))
	a.Stories = append(a.Stories, hidden)
	err := first.store.View(func(tx *store.Tx) error {
		return tx.Entries.Each(func(en *news.Entry) error {
			a.Entries = append(a.Entries, news.AdoptEntry(en, en.Story))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Notices = []news.Notice{{ID: "n1", Seq: 77, At: first.now, When: news.WhenStory, Target: "t", Story: hidden.ID, Sent: first.now}}
	a.Published = first.now

	r := open(t, "bbc", "afp", "one", "two")
	r.visit("bbc", fresh("a1", "Parliament adopts budget after night of debate", time.Hour))
	r.pass(time.Hour)
	r.file(news.Record{Adoption: &a})
	r.file(news.Record{Adoption: &a})
	r.visit("bbc", storm)
	r.visit("afp", museum)
	if s := r.storyCalled("Museum returns stolen manuscripts to Timbuktu"); s.ID != hidden.ID || !s.IsTakenDown() {
		t.Errorf("story %s, hidden %v; want %s, hidden", s.ID, s.Hidden, hidden.ID)
	}
	r.spoil()
	r.heal()
	r.pass(time.Hour)
	r.sweep()
	r.file(news.Record{Adoption: &a})
	r.visit("afp", museum, fresh("c3", "Rail link to the airport opens at last", time.Minute))
	want := r.digest()
	for _, size := range []int{1, 3, len(r.filed)} {
		if got := r.replay(size); got != want {
			t.Errorf("the digest differs after the records were applied again in groups of %d, with restarts", size)
		}
	}
}

// TestAdoptedNotices stores each notice once, and those as sent that were.
func TestAdoptedNotices(t *testing.T) {
	r := open(t, "bbc")
	r.rules.Alerts = []news.Alert{{Name: "x", When: news.WhenStory, To: []news.Target{{ID: "t", Kind: "webhook"}}}}
	r.enforce()
	r.visit("bbc", fresh("a1", "Parliament adopts budget after night of debate", time.Minute))
	r.pass(time.Minute)
	r.visit("bbc", fresh("a2", "Storm closes ports along the northern coast", time.Second), fresh("a1", "Parliament adopts budget after night of debate", 2*time.Minute))
	notices := func() (all []*news.Notice) {
		err := r.store.View(func(tx *store.Tx) (err error) { all, err = tx.Notices.After(0); return err })
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	waits := notices()
	if len(waits) != 1 || !waits[0].Sent.IsZero() {
		t.Fatalf("%d notices, want one that waits", len(waits))
	}
	made := r.now
	r.pass(4 * time.Hour)
	later := news.Notice{ID: "later", Seq: 500, At: r.now, When: news.WhenStory, Target: "t"}
	r.file(news.Record{Adoption: &news.Adoption{Notices: []news.Notice{later}, Published: made.Add(30 * time.Minute)}})
	if all := notices(); len(all) != 2 || !all[0].Sent.IsZero() || !all[1].Sent.IsZero() || all[1].Seq != r.seq() {
		t.Errorf("soon after: %+v", all)
	}
	r.file(news.Record{Adoption: &news.Adoption{Published: made.Add(3 * time.Hour)}})
	if all := notices(); len(all) != 2 || all[0].Sent.IsZero() || !all[1].Sent.IsZero() {
		t.Errorf("what was published long after it was due: %+v", all)
	}
	later.Sent = r.now
	r.file(news.Record{Adoption: &news.Adoption{Notices: []news.Notice{later}}})
	if all := notices(); len(all) != 2 || all[1].Sent.IsZero() {
		t.Errorf("sent before: %+v", all)
	}
}
