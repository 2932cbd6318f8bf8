package store

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/news"
)

var rewriteFrozen = flag.Bool("freeze", false, "write testdata/schema1.txt; the file of a released schema must not change")

// frozen is the content of testdata/schema1.txt.
var frozen = struct {
	rules  news.Rules
	source news.SourceState
	topic  news.TopicState
	entry  news.Entry
	body   string
	story  news.Story
	change news.Change
	order  news.Record
	visit  news.VisitState
	fold   string
	sig    string
}{
	rules:  news.Rules{Fold: 1, Site: news.Site{Title: "Arab Press", URL: "https://press.example", ID: "press.example", Language: "en", Zone: "Asia/Dubai"}, Keep: 720 * time.Hour, Sources: []news.Source{{ID: "bbc-world", Name: "bbc-world", Address: "https://bbc.example/rss"}}, Topics: []news.Topic{{Name: "world", Title: "World", Stories: 50}}},
	source: news.SourceState{Source: news.Source{ID: "bbc-world", Name: "bbc-world", Address: "https://bbc.example/rss"}, Created: frozenAt, Visited: true, Listed: []uint64{7}, Seq: 1, At: frozenAt, Entries: 1, Last: frozenAt},
	topic:  news.TopicState{Topic: news.Topic{Name: "world", Title: "World", Stories: 50}, Seq: 1, Changed: frozenAt, Count: 1},
	entry:  news.Entry{ID: "0123456789abc", Source: "bbc-world", GUID: "g1", Link: "https://bbc.example/1", Headline: "Port <reopens> & \"trades\"", Summary: "الميناء", Keys: news.Keys{GUID: 7, Link: 8, Headline: 9, Text: 10, Page: "bbc.example/1"}, Hash: 11, At: frozenAt, Seq: 1, Story: "zyxwvtsrqpnmk", Unlisted: frozenAt.Add(time.Hour)},
	body:   "<p>It reopened.</p>",
	story:  news.Story{ID: "zyxwvtsrqpnmk", Seq: 1, URI: "tag:press.example,2026-11-22:zyxwvtsrqpnmk", Event: "zyxwvtsrqpnmk", First: frozenAt, Last: frozenAt, Lead: "0123456789abc", Headline: "Port <reopens> & \"trades\"", Source: "bbc-world", Takes: []news.Take{{Entry: "0123456789abc", Source: "bbc-world", Owner: "bbc", Headline: "Port", At: frozenAt, Seq: 1, Level: news.LevelNew}}, Places: map[string]news.Place{"world": {At: frozenAt, Seq: 1, Updated: frozenAt}}},
	change: news.Change{Seq: 1, At: frozenAt, Stories: []string{"zyxwvtsrqpnmk"}, Topics: []string{"world"}},
	order:  news.Record{ID: "order-1", Seq: 1, At: frozenAt, Order: &news.Order{Verb: "pin", Args: []string{"zyxwvtsrqpnmk"}}},
	visit:  news.VisitState{Source: "bbc-world", LastAttempt: frozenAt, Outcome: "new", Visits: 3},
	fold:   "state of the fold",
	sig:    "signature",
}

var frozenAt = time.Date(2026, 11, 22, 7, 30, 0, 123e6, time.UTC)

func TestFileOfTheFirstSchemaIsMigrated(t *testing.T) {
	if *rewriteFrozen {
		writeFrozen(t)
	}
	path := loadFrozen(t, "testdata/schema1.txt")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.View(func(tx *Tx) error { checkFrozen(t, tx); return nil }); err != nil {
		t.Error(err)
	}
	if err := errors.Join(s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}

func checkFrozen(t *testing.T, tx *Tx) {
	same := func(what string, want, got any, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	rules, err := tx.Rules()
	same("rules", &frozen.rules, rules, err)
	all, err := tx.Sources.All()
	same("sources", []*news.SourceState{&frozen.source}, all, err)
	topics, err := tx.Topics.All()
	same("topics", []*news.TopicState{&frozen.topic}, topics, err)
	entry, err := tx.Entries.Get(frozen.entry.ID)
	same("entry", &frozen.entry, entry, err)
	body, err := tx.Entries.Body(frozen.entry.ID)
	same("body", frozen.body, body, err)
	same("key", frozen.entry.ID, tx.Entries.ByKey("bbc-world", 8), nil)
	same("text", []string{frozen.entry.ID}, tx.Entries.ByText("bbc-world", 10), nil)
	gone, err := tx.Entries.UnlistedWithText(frozenAt.Add(2*time.Hour), 9)
	same("fading", []*news.Entry{&frozen.entry}, gone, err)
	placed, err := tx.Stories.InTopic("world", 9, news.Place{})
	same("placed", []*news.Story{&frozen.story}, placed, err)
	latest, err := tx.Stories.Latest(9, nil)
	same("latest", []*news.Story{&frozen.story}, latest, err)
	changed, err := tx.Changes.After(0, 9)
	same("changes", []news.Change{frozen.change}, changed, err)
	ordered, err := tx.Orders.All()
	same("orders", []news.Record{frozen.order}, ordered, err)
	visit, err := tx.Visits.Get("bbc-world")
	same("visit state", &frozen.visit, visit, err)
	same("fold", frozen.fold, string(tx.Fold.State()), nil)
	same("signatures", nil, nil, tx.Fold.EachSignature(func(sig []byte) error { same("signature", frozen.sig, string(sig), nil); return nil }))
	same("times", []time.Time{frozenAt, frozenAt, frozenAt}, []time.Time{tx.At(), tx.Created(), tx.Horizon()}, nil)
	same("applied", true, tx.Records.Applied("order-1"), nil)
}

func putFrozen(tx *Tx) error {
	e := frozen.entry
	e.Body, e.Unlisted = frozen.body, time.Time{}
	tx.Topics.ClaimUpdated("world", frozenAt, frozen.story.ID, time.Time{})
	return errors.Join(
		tx.PutRules(&frozen.rules), tx.Sources.Put(&frozen.source), tx.Topics.Put(&frozen.topic), tx.Entries.Put(&e), tx.Entries.Unlist(&e, frozen.entry.Unlisted),
		tx.Stories.Put(&frozen.story), tx.Changes.Put(frozen.change), tx.Orders.Put(&frozen.order), tx.Visits.Put(frozen.visit), tx.Fold.PutState([]byte(frozen.fold)),
		tx.Fold.PutSignature(1, 0, frozenAt, []byte(frozen.sig)), tx.PutHorizon(frozenAt), tx.Records.Add(&frozen.order),
	)
}

// writeFrozen writes testdata/schema1.txt, one row a line: bucket, key, value.
func writeFrozen(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{Created: frozenAt})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Update(putFrozen); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = s.db.View(func(b *bolt.Tx) error {
		for i := range numBuckets {
			path := strings.TrimPrefix(i.top()+"/"+i.String(), "/")
			err := newTx(b, &s.rulesCache).bucket(i).ForEach(func(k, v []byte) error {
				_, err := fmt.Fprintf(&out, "%s\t%q\t%q\n", path, k, v)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, os.MkdirAll("testdata", 0o755), os.WriteFile("testdata/schema1.txt", []byte(out.String()), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// loadFrozen creates a database from the lines of writeFrozen, with bbolt alone.
func loadFrozen(t *testing.T, from string) string {
	t.Helper()
	lines, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bolt.Tx) error {
		for line := range strings.Lines(string(lines)) {
			var name, k, v string
			if _, err := fmt.Sscanf(line, "%s\t%q\t%q", &name, &k, &v); err != nil {
				return err
			}
			if err := putAt(b, strings.Split(name, "/"), k, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func putAt(b *bolt.Tx, path []string, k, v string) error {
	at, err := b.CreateBucketIfNotExists([]byte(path[0]))
	if err == nil && len(path) > 1 {
		at, err = at.CreateBucketIfNotExists([]byte(path[1]))
	}
	if err != nil {
		return err
	}
	return at.Put([]byte(k), []byte(v))
}

func TestPendingMigrationsCommitTogether(t *testing.T) {
	was := migrations
	defer func() { migrations = was }()
	path := loadFrozen(t, "testdata/schema1.txt")
	var ran []int
	step := func(n int, err error) func(*bolt.Tx) error {
		return func(b *bolt.Tx) error {
			ran = append(ran, n)
			return errors.Join(err, putAt(b, []string{"local", "spots"}, fmt.Sprint(n), string(visitStates.seal([]byte(fmt.Sprint(n)), []byte(`{}`)))))
		}
	}
	broken := errors.New("broken")
	migrations = append(was[:1:1], step(2, nil), step(3, broken))
	if _, err := Open(path, Options{}); !errors.Is(err, broken) {
		t.Fatalf("Open with a broken migration: %v, want %v", err, broken)
	}
	migrations = append(was[:1:1], step(2, nil), step(3, nil))
	for range 2 {
		s, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(func(tx *Tx) error {
			if n := tx.count(visitStates); n != 3 {
				t.Errorf("%d visit states after the migrations, want 3", n)
			}
			return nil
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{2, 3, 2, 3}, ran); diff != "" {
		t.Errorf("migrations (-want +got):\n%s", diff)
	}
	migrations = was[:1:1]
	_, err := Open(path, Options{})
	if !errors.Is(err, ErrNewer) || !strings.Contains(fmt.Sprint(err), "a newer Slugline wrote it (schema 3, this one knows 1)") {
		t.Errorf("Open of a newer file: %v, want %v and what to do", err, ErrNewer)
	}
}

func TestDamagedVersionIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := meta.seal([]byte("schema"), binary.BigEndian.AppendUint32(nil, 1))
	v[len(v)-1] ^= 1
	err = db.Update(func(b *bolt.Tx) error { return putAt(b, []string{"meta"}, "schema", string(v)) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("Open: %v, want %v", err, ErrDamaged)
	}
}

// Files of schema 10 have one list of all held stories.
func TestSplitHeld(t *testing.T) {
	path := loadFrozen(t, "testdata/schema1.txt")
	was := migrations
	defer func() { migrations = was }()
	migrations = was[:10:10]
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []*news.HeldStory{{Story: "a", Until: frozenAt}, {Story: "b"}}
	if err := errors.Join(s.Update(func(tx *Tx) error {
		tx.pending = nil // there is no log
		return tx.putJSON(state, keyHeld, want)
	}), s.Close()); err != nil {
		t.Fatal(err)
	}
	migrations = was
	if s, err = Open(path, Options{}); err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(tx *Tx) error {
		got, err := tx.Stories.Held()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("held (-want +got):\n%s", diff)
		}
		if p, err := tx.get(state, keyHeld); p != nil || err != nil {
			t.Errorf("the list is still there: %s, %v", p, err)
		}
		return errors.Join(err, tx.Stories.PutHeld("a", nil))
	})
	if err := errors.Join(err, s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}
