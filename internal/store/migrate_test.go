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

var freeze = flag.Bool("freeze", false, "write testdata/schema1.txt; the file of a schema that is out there must stay as it is")

// old is what testdata/schema1.txt holds.
var old = struct {
	rules  news.Rules
	source news.SourceState
	topic  news.TopicState
	entry  news.Entry
	body   string
	story  news.Story
	change news.Change
	order  news.Record
	spot   news.VisitState
	fold   string
	sig    string
}{
	rules:  news.Rules{Fold: 1, Site: news.Site{Title: "Arab Press", URL: "https://press.example", ID: "press.example", Language: "en", Zone: "Asia/Dubai"}, Keep: 720 * time.Hour, Sources: []news.Source{{ID: "bbc-world", Name: "bbc-world", Address: "https://bbc.example/rss"}}, Topics: []news.Topic{{Name: "world", Title: "World", Stories: 50}}},
	source: news.SourceState{Source: news.Source{ID: "bbc-world", Name: "bbc-world", Address: "https://bbc.example/rss"}, Created: oldAt, Visited: true, Listed: []uint64{7}, Seq: 1, At: oldAt, Entries: 1, Last: oldAt},
	topic:  news.TopicState{Topic: news.Topic{Name: "world", Title: "World", Stories: 50}, Seq: 1, Changed: oldAt, Count: 1},
	entry:  news.Entry{ID: "0123456789abc", Source: "bbc-world", GUID: "g1", Link: "https://bbc.example/1", Headline: "Port <reopens> & \"trades\"", Summary: "الميناء", Keys: news.Keys{GUID: 7, Link: 8, Headline: 9, Text: 10, Page: "bbc.example/1"}, Hash: 11, At: oldAt, Seq: 1, Story: "zyxwvtsrqpnmk", Unlisted: oldAt.Add(time.Hour)},
	body:   "<p>It reopened.</p>",
	story:  news.Story{ID: "zyxwvtsrqpnmk", Seq: 1, URI: "tag:press.example,2026-11-22:zyxwvtsrqpnmk", Event: "zyxwvtsrqpnmk", First: oldAt, Last: oldAt, Lead: "0123456789abc", Headline: "Port <reopens> & \"trades\"", Source: "bbc-world", Takes: []news.Take{{Entry: "0123456789abc", Source: "bbc-world", Owner: "bbc", Headline: "Port", At: oldAt, Seq: 1, Level: news.LevelNew}}, Places: map[string]news.Place{"world": {At: oldAt, Seq: 1, Updated: oldAt}}},
	change: news.Change{Seq: 1, At: oldAt, Stories: []string{"zyxwvtsrqpnmk"}, Topics: []string{"world"}},
	order:  news.Record{ID: "order-1", Seq: 1, At: oldAt, Order: &news.Order{Verb: "pin", Args: []string{"zyxwvtsrqpnmk"}}},
	spot:   news.VisitState{Source: "bbc-world", LastAttempt: oldAt, Outcome: "new", Visits: 3},
	fold:   "state of the fold",
	sig:    "signature",
}

var oldAt = time.Date(2026, 11, 22, 7, 30, 0, 123e6, time.UTC)

func TestAFileOfTheFirstSchemaReadsAsItWas(t *testing.T) {
	if *freeze {
		writeFrozen(t)
	}
	path := thaw(t, "testdata/schema1.txt")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.View(func(tx *Tx) error { readOld(t, tx); return nil }); err != nil {
		t.Error(err)
	}
	if err := errors.Join(s.Close(), Verify(path)); err != nil {
		t.Error(err)
	}
}

func readOld(t *testing.T, tx *Tx) {
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
	same("rules", &old.rules, rules, err)
	all, err := tx.Sources.All()
	same("sources", []*news.SourceState{&old.source}, all, err)
	topics, err := tx.Topics.All()
	same("topics", []*news.TopicState{&old.topic}, topics, err)
	entry, err := tx.Entries.Get(old.entry.ID)
	same("entry", &old.entry, entry, err)
	body, err := tx.Entries.Body(old.entry.ID)
	same("body", old.body, body, err)
	same("key", old.entry.ID, tx.Entries.ByKey("bbc-world", 8), nil)
	same("text", []string{old.entry.ID}, tx.Entries.ByText("bbc-world", 10), nil)
	gone, err := tx.Entries.UnlistedWithText(oldAt.Add(2*time.Hour), 9)
	same("fading", []*news.Entry{&old.entry}, gone, err)
	placed, err := tx.Stories.InTopic("world", 9, news.Place{})
	same("placed", []*news.Story{&old.story}, placed, err)
	latest, err := tx.Stories.Latest(9, nil)
	same("latest", []*news.Story{&old.story}, latest, err)
	changed, err := tx.Changes.After(0, 9)
	same("changes", []news.Change{old.change}, changed, err)
	ordered, err := tx.Orders.All()
	same("orders", []news.Record{old.order}, ordered, err)
	spot, err := tx.Visits.Get("bbc-world")
	same("spot", &old.spot, spot, err)
	same("fold", old.fold, string(tx.Fold.State()), nil)
	same("signatures", nil, nil, tx.Fold.EachSignature(func(sig []byte) error { same("signature", old.sig, string(sig), nil); return nil }))
	same("times", []time.Time{oldAt, oldAt, oldAt}, []time.Time{tx.At(), tx.Created(), tx.Horizon()}, nil)
	same("applied", true, tx.Records.Applied("order-1"), nil)
}

func writeOld(tx *Tx) error {
	e := old.entry
	e.Body, e.Unlisted = old.body, time.Time{}
	tx.Topics.ClaimUpdated("world", oldAt, old.story.ID, time.Time{})
	return errors.Join(
		tx.PutRules(&old.rules), tx.Sources.Put(&old.source), tx.Topics.Put(&old.topic), tx.Entries.Put(&e), tx.Entries.Unlist(&e, old.entry.Unlisted),
		tx.Stories.Put(&old.story), tx.Changes.Put(old.change), tx.Orders.Put(&old.order), tx.Visits.Put(old.spot), tx.Fold.PutState([]byte(old.fold)),
		tx.Fold.PutSignature(1, 0, oldAt, []byte(old.sig)), tx.PutHorizon(oldAt), tx.Records.Add(&old.order),
	)
}

// writeFrozen writes each row on a line: bucket, key, value.
func writeFrozen(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{Created: oldAt})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Update(writeOld); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err = s.db.View(func(b *bolt.Tx) error {
		for i := range numBuckets {
			path := strings.TrimPrefix(i.top()+"/"+i.String(), "/")
			err := newTx(b, &s.known).bucket(i).ForEach(func(k, v []byte) error {
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

// thaw makes a file of those lines with bbolt alone.
func thaw(t *testing.T, from string) string {
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
	path := thaw(t, "testdata/schema1.txt")
	var ran []int
	step := func(n int, err error) func(*bolt.Tx) error {
		return func(b *bolt.Tx) error {
			ran = append(ran, n)
			return errors.Join(err, putAt(b, []string{"local", "spots"}, fmt.Sprint(n), string(spots.seal([]byte(fmt.Sprint(n)), []byte(`{}`)))))
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
			if n := tx.count(spots); n != 3 {
				t.Errorf("%d spots after the migrations, want 3", n)
			}
			return nil
		})
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int{2, 3, 2, 3}, ran); diff != "" {
		t.Errorf("migrations that ran (-want +got):\n%s", diff)
	}
	migrations = was[:1:1]
	_, err := Open(path, Options{})
	if !errors.Is(err, ErrNewer) || !strings.Contains(fmt.Sprint(err), "a newer Slugline wrote it (schema 3, this one knows 1)") {
		t.Errorf("Open of a newer file: %v, want %v and a sentence", err, ErrNewer)
	}
}

func TestAVersionThatIsDamagedIsNotBelieved(t *testing.T) {
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
