package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

// TestHiddenRowsAreReported removes rows behind the back of the store, as a flipped bit in a
// page that leads to them does. What should have read them, Verify and Check report it.
func TestHiddenRowsAreReported(t *testing.T) {
	for _, c := range []struct {
		bucket bucket
		key    string // the first row from here on is hidden
		want   string
		read   func(*Tx) error
	}{
		{places, "world", "places of world: has", func(tx *Tx) error { _, err := tx.Stories.InTopic("world", 300, news.Place{}); return err }},
		{places, "world", "places of world: has", func(tx *Tx) error { _, _, err := tx.Stories.InTopicAbove("world", time.Time{}, 300); return err }},
		{places, "world", "places of world: has", func(tx *Tx) error { _, err := tx.Stories.IDsInTopicAbove("world", time.Time{}, 300); return err }},
		{places, "world", "places of world: has", func(tx *Tx) error { _, err := tx.Stories.PlaceFrom("world", time.Time{}); return err }},
		{places, "world", "places of world: has", func(tx *Tx) error {
			_, err := tx.Stories.CountBetween("world", time.Time{}, frozenAt.Add(999*time.Hour))
			return err
		}},
		{timeline, "", "timeline: has", func(tx *Tx) error { _, err := tx.Stories.Latest(300, nil); return err }},
		{firstSeqs, "e", "born: has", func(tx *Tx) error { _, err := tx.Entries.Get(sumEntry(0)); return err }},
		{firstSeqs, "s", "born: has", func(tx *Tx) error { _, err := tx.Stories.InTopic("world", 300, news.Place{}); return err }},
		{entries, "", "entries: has", func(tx *Tx) error { _, err := tx.Entries.Get(sumEntry(0)); return err }},
		{stories, "", "stories: has", func(tx *Tx) error { _, err := tx.Stories.Get(sumStory(0)); return err }},
		{bodies, "", "bodies: has", func(tx *Tx) error { _, err := tx.Entries.Body(sumEntry(0)); return err }},
		{sources, "", "sources: has", func(tx *Tx) error { _, err := tx.Sources.Get("wire"); return err }},
		{topics, "", "topics: has", func(tx *Tx) error { _, err := tx.Topics.Get("world"); return err }},
		{state, "rules", "state: has", func(tx *Tx) error { _, err := tx.Rules(); return err }},
		{changes, "", "changes: has", func(tx *Tx) error { _, err := tx.Changes.After(0, 300); return err }},
	} {
		t.Run(c.bucket.String(), func(t *testing.T) {
			path := summedFile(t)
			hideRow(t, path, c.bucket, c.key)
			if err := Verify(path); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Verify: %v, want %v and %q", err, ErrDamaged, c.want)
			}
			s, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if err := s.View(c.read); !errors.Is(err, ErrDamaged) {
				t.Errorf("read: %v, want %v", err, ErrDamaged)
			}
			if s.Damage() == nil {
				t.Error("Damage has no error after the read")
			}
			if err := s.Check(t.Context(), 0); !errors.Is(err, ErrDamaged) {
				t.Errorf("Check: %v, want %v", err, ErrDamaged)
			}
		})
	}
}

// What an Update does not find or list may be hidden: it must not be taken for new, or left
// out of what is written down for good.
func TestUpdateReportsHiddenRows(t *testing.T) {
	for _, c := range []struct {
		bucket bucket
		key    string // the first row from here on is hidden
		read   func(*Tx) error
	}{
		{keys, "", func(tx *Tx) error { tx.Entries.ByKey("wire", 1); return nil }},
		{firstSeqs, "e", func(tx *Tx) error { _, err := tx.Entries.Get(sumEntry(0)); return err }},
		{firstSeqs, "s", func(tx *Tx) error { _, err := tx.Stories.Get(sumStory(0)); return err }},
		{entries, "", func(tx *Tx) error { _, err := tx.Entries.Get(sumEntry(0)); return err }},
		{stories, "", func(tx *Tx) error { _, err := tx.Stories.Get(sumStory(0)); return err }},
		{sources, "", func(tx *Tx) error { _, err := tx.Sources.Get("wire"); return err }},
		{topics, "", func(tx *Tx) error { _, err := tx.Topics.Get("world"); return err }},
		{state, "rules", func(tx *Tx) error { _, err := tx.Rules(); return err }},
		{applied, "", func(tx *Tx) error { tx.Records.Applied("r0"); return nil }},
		{recordIDs, "", func(tx *Tx) error { _, err := tx.Records.DeleteBefore(3, 9); return err }},
		{texts, "", func(tx *Tx) error { tx.Entries.ByText("wire", 1); return nil }},
		{unlisted, "", func(tx *Tx) error { _, err := tx.Entries.UnlistedWithText(frozenAt.Add(time.Hour), 9); return err }},
		{timeline, "", func(tx *Tx) error { _, err := tx.Stories.OlderThan(frozenAt.Add(time.Hour), 9); return err }},
		{places, "world", func(tx *Tx) error {
			_, err := tx.Stories.InTopic("world", 9, news.Place{At: frozenAt.Add(time.Hour)})
			return err
		}},
		{places, "world", func(tx *Tx) error { _, _, err := tx.Stories.InTopicAbove("world", time.Time{}, 9); return err }},
		{claims, "world", func(tx *Tx) error { tx.Topics.ClaimUpdated("world", frozenAt, sumStory(900), time.Time{}); return nil }},
		{changes, "", func(tx *Tx) error { _, err := tx.Changes.After(0, 9); return err }},
		{archives, "", func(tx *Tx) error { _, err := tx.Archives.Get("world", 1); return err }},
		{noticeSeqs, "", func(tx *Tx) error { tx.Notices.Exists("n0"); return nil }},
		{adoptedEntries, "", func(tx *Tx) error { _, err := tx.Adopted.Entries(7); return err }},
		{mails, "", func(tx *Tx) error { _, err := tx.Mails.Get("weekly", frozenAt, "reader"); return err }},
		{secrets, "", func(tx *Tx) error { _, err := tx.Secrets.Get("hub"); return err }},
	} {
		t.Run(c.bucket.String()+c.key, func(t *testing.T) {
			path := summedFile(t)
			for _, hidden := range []bool{false, true} {
				if hidden {
					hideRow(t, path, c.bucket, c.key)
				}
				s, err := Open(path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				for i := range 2 { // the second one in what the first one has changed
					err = s.Update(func(tx *Tx) error {
						if !hidden || i == 1 {
							n := 300 + i
							if err := tx.Entries.Put(&news.Entry{ID: sumEntry(n), Source: "wire", Seq: uint64(n), At: frozenAt, Keys: news.Keys{GUID: uint64(n)}}); err != nil {
								return err
							}
						}
						return c.read(tx)
					})
					if hidden != errors.Is(err, ErrDamaged) {
						t.Errorf("update %d with a hidden row %t: %v", i, hidden, err)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestSoundRowsPassCheck(t *testing.T) {
	path := summedFile(t)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(func(tx *Tx) error {
		none, err := tx.Stories.Get("nothing")
		all, err2 := tx.Stories.InTopic("world", 300, news.Place{})
		if none != nil || len(all) != 200 {
			t.Errorf("found %v and %d stories, want nil and 200", none, len(all))
		}
		return errors.Join(err, err2)
	})
	if err := errors.Join(err, s.Check(t.Context(), 0), s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}

// Check goes through a bucket in many transactions, and finds what is hidden in a later one.
func TestCheckGoesOn(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	body := strings.Repeat("long ", 4000)
	if err := s.Update(func(tx *Tx) (err error) {
		for i := range 1000 {
			err = errors.Join(err, tx.Entries.Put(&news.Entry{ID: sumEntry(i), Source: "wire", Seq: uint64(i + 1), At: frozenAt, Body: fmt.Sprint(i, body)}))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), 0); err != nil {
		t.Error(err)
	}
	views := 0
	if err := s.db.Update(func(b *bolt.Tx) error {
		views = s.db.Stats().TxN
		return b.Bucket([]byte(bodies.top())).Bucket([]byte(bodies.String())).Delete(seqKey(999, sumEntry(998)))
	}); err != nil {
		t.Fatal(err)
	}
	if views < int(numBuckets)+3 {
		t.Errorf("Check used %d transactions", views)
	}
	if err := s.Check(t.Context(), 0); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "bodies: has") {
		t.Errorf("Check: %v", err)
	}
}

func sumEntry(n int) string { return fmt.Sprintf("%013d", n) }
func sumStory(n int) string { return fmt.Sprintf("%013d", n+5000) }

// summedFile returns a closed file with a topic of 200 stories.
func summedFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(tx *Tx) error {
		err := errors.Join(tx.PutRules(&frozen.rules), tx.Topics.Put(&frozen.topic), tx.Sources.Put(&news.SourceState{Source: news.Source{ID: "wire"}}))
		for i := range 200 {
			err = errors.Join(err, putSummed(tx, i))
		}
		return errors.Join(err, tx.Archives.Put("world", &news.ArchivePage{N: 1}), tx.Notices.Put(&news.Notice{ID: "n0", Seq: 1}),
			tx.Adopted.PutEntry(7, &news.AdoptedEntry{Story: sumStory(0)}), tx.Mails.Put(&news.Mail{Newsletter: "weekly", Issue: frozenAt, Recipient: "reader"}),
			tx.Secrets.Put("hub", []byte("secret")))
	})
	if err := errors.Join(err, s.Checkpoint(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func putSummed(tx *Tx, n int) error {
	seq, at := uint64(n+1), frozenAt.Add(time.Duration(n)*time.Minute)
	e := news.Entry{ID: sumEntry(n), Source: "wire", Seq: seq, At: at, Body: "body", Story: sumStory(n), Keys: news.Keys{GUID: seq, Text: seq}}
	updated := tx.Topics.ClaimUpdated("world", at, sumStory(n), time.Time{})
	s := news.Story{ID: sumStory(n), Seq: seq, First: at, Last: at, Takes: []news.Take{{Entry: e.ID, Source: "wire", At: at}},
		Places: map[string]news.Place{"world": {At: at, Seq: seq, Updated: updated}}}
	return errors.Join(tx.Records.Add(&news.Record{ID: fmt.Sprint("r", n), Seq: seq, At: at}), tx.Entries.Put(&e), tx.Entries.Unlist(&e, at), tx.Stories.Put(&s),
		tx.Changes.Put(news.Change{Seq: seq, At: at, Stories: []string{s.ID}}))
}

// hideRow deletes a row without the store.
func hideRow(t *testing.T, path string, b bucket, from string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		c := tx.Bucket([]byte(b.top())).Bucket([]byte(b.String())).Cursor()
		c.Seek([]byte(from))
		return c.Delete()
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
