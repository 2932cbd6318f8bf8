package store

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

var updateGolden = flag.Bool("update", false, "write testdata/dump.txt")

// openFilled opens a store with a row in every bucket.
func openFilled(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), Options{Created: frozenAt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Update(putFrozen); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Update(putRest), s.Checkpoint()); err != nil {
		t.Fatal(err)
	}
	return s
}

// putRest puts what putFrozen does not.
func putRest(tx *Tx) error {
	const secret, newsletter, id = "the-secret", "morning", "0000000000001"
	at := frozenAt
	return errors.Join(
		tx.Events.Put(&news.Event{ID: "zyxwvtsrqpnmk"}), tx.Events.PutRhythm(&news.Rhythm{}),
		tx.Stories.PutHeld(id, &news.HeldStory{Story: id, Until: at}),
		tx.Adopted.PutStory(&news.AdoptedStory{ID: id, URI: "tag:press.example,2026-11-22:" + id, First: at, Until: at}),
		tx.Adopted.PutEntry(7, &news.AdoptedEntry{Story: id, Keys: news.Keys{Page: "news.example/a"}, Until: at}),
		tx.Archives.Put("world", &news.ArchivePage{N: 1, Until: at, Seq: 1}),
		tx.Notices.Put(&news.Notice{ID: id, Seq: 1, At: at, When: news.WhenStory, Target: "t"}),
		tx.Notices.PutLocal(&news.Notice{ID: id, At: at, When: news.WhenQuiet, Target: "t"}),
		tx.Dispatches.Put(&news.Dispatch{Notice: id}), tx.ClosedTargets.Put(&news.ClosedTarget{Target: "t"}),
		tx.AlertWindows.Put(&news.AlertWindow{Alert: "a", Target: "t", Start: at}),
		tx.Troubles.Put(&news.Trouble{When: news.WhenProblem, Source: "bbc-world"}),
		tx.Visits.PutLastDocument("bbc-world", []byte{0, 1, 2}),
		tx.Subscriptions.Put(&news.Subscription{Feed: "world.atom", Callback: "https://a.example/?x=1&y=2", Secret: secret, Until: at, Request: &news.SubscriptionRequest{Secret: secret}}),
		tx.Pushes.Put(&news.Push{Source: "bbc-world", Hub: "https://hub.example/", Callback: "https://press.example/websub/" + secret, Token: secret, Secret: secret}),
		tx.FeedReaders.Put(&news.FeedReader{Feed: "world.atom", Agent: "Reader <1.0>"}),
		tx.Recipients.Put(&news.Recipient{ID: id, Newsletter: newsletter, Address: "a@b.example", Asked: at}),
		tx.Issues.Put(&news.Issue{Newsletter: newsletter, At: at}),
		tx.Mails.Put(&news.Mail{Newsletter: newsletter, Recipient: id, Made: at}),
		tx.Mails.Put(&news.Mail{Newsletter: newsletter, Issue: at, Recipient: id, Made: at}),
		tx.Schedules.Put(&news.NewsletterSchedule{Newsletter: newsletter, Next: at}),
		tx.Secrets.Put("links", []byte(secret)),
		tx.PutWire(news.WirePosition{Stream: "WIRE", Seq: 7, ID: id, Chain: "aa"}),
		tx.Tokens.Put(&news.Token{Name: "anna", Hash: secret, Made: at}),
		tx.ReadStates.Put(&news.ReadState{Token: ""}), tx.ReadStates.Put(&news.ReadState{Token: "anna"}),
		tx.Stars.Put(&news.Star{Story: id, At: at}, &news.StarredStory{ID: id, Headline: "Port", First: at}),
		tx.Stars.Put(&news.Star{Token: "anna", Story: id, At: at}, &news.StarredStory{ID: id, Headline: "Port", First: at}),
	)
}

func TestDumpEveryBucket(t *testing.T) {
	s := openFilled(t)
	if err := s.Update(func(tx *Tx) error { return tx.PutHorizon(frozenAt) }); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for b := range numBuckets {
		var out bytes.Buffer
		if err := s.Dump(b.String(), &out); err != nil {
			t.Fatalf("dump %s: %v", b, err)
		}
		alone := b == sideRows || b == sideMarks // nothing is exchanged: see TestSharedRowsAreDumped
		if out.Len() == 0 != alone {
			t.Errorf("bucket %s has no row: put one in putRest", b)
		}
		for line := range strings.Lines(out.String()) {
			checkDumped(t, b, line)
		}
		all.WriteString(b.String() + "\n" + out.String())
	}
	if strings.Contains(all.String(), "the-secret") {
		t.Error("the dump shows a secret")
	}
	compareDump(t, all.String())
}

// checkDumped checks that a line has the parts of its bucket's keys, and no damage.
func checkDumped(t *testing.T, b bucket, line string) {
	t.Helper()
	var row struct {
		Key    map[string]any
		Value  json.RawMessage
		Damage string
	}
	if err := json.Unmarshal([]byte(line), &row); err != nil {
		t.Fatalf("bucket %s: line %q: %v", b, line, err)
	}
	if row.Damage != "" || len(row.Key) != len(keyParts[b]) || row.Value == nil {
		t.Errorf("bucket %s: line %s", b, line)
	}
	for _, p := range keyParts[b] {
		if _, ok := row.Key[p.name]; !ok {
			t.Errorf("bucket %s: the key of line %s has no %s", b, line, p.name)
		}
	}
}

func compareDump(t *testing.T, got string) {
	t.Helper()
	const golden = "testdata/dump.txt"
	if *updateGolden {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

func TestDumpOfUnknownBucketListsTheNames(t *testing.T) {
	err := openFilled(t).Dump("storys", &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), `no bucket "storys": the buckets are applied, archives, `) {
		t.Fatalf("Dump of an unknown bucket: %v", err)
	}
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("error %q does not name %s", err, name)
		}
	}
}

func TestDumpReportsDamagedRows(t *testing.T) {
	for _, c := range []struct {
		bucket     bucket
		key, value string
		want       string // HEX stands for the value
	}{
		{topics, "world", "\x01abcd{}", `{"key":{"topic":"world"},"value":"HEX","damage":"read topics \"world\": checksum does not match: database damaged; restore the last backup"}`},
		{tokens, "anna", "\x01abcd{}", `{"key":{"name":"anna"},"value":"(not shown)","damage":"read tokens \"anna\": checksum does not match: database damaged; restore the last backup"}`},
		{topics, "world", string(topics.seal([]byte("world"), []byte("{"))), `{"key":{"topic":"world"},"value":"HEX","damage":"not JSON"}`},
		{applied, "x", string(applied.seal([]byte("x"), []byte("1"))), `{"key":{"record":"x"},"value":"HEX","damage":"value of unexpected length"}`},
		{changes, "short", string(changes.seal([]byte("short"), []byte("{}"))), `{"key":{"hex":"73686f7274"},"value":{}}`},
	} {
		s := openFilled(t)
		var out bytes.Buffer
		err := s.Update(func(tx *Tx) error { return tx.bucket(c.bucket).Put([]byte(c.key), []byte(c.value)) })
		if err := errors.Join(err, s.Dump(c.bucket.String(), &out)); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(c.want, "HEX", hex.EncodeToString([]byte(c.value)))
		if !slices.Contains(strings.Split(out.String(), "\n"), want) {
			t.Errorf("dump of a damaged row of %s:\n%swant the line\n%s", c.bucket, out.String(), want)
		}
	}
}

// TestDigestCoversEverySharedBucket changes one row in each bucket.
func TestDigestCoversEverySharedBucket(t *testing.T) {
	s := openFilled(t)
	digest := func() string {
		t.Helper()
		d, err := s.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for b := range sums { // a wrong sum is an error
		before := digest()
		err := s.Update(func(tx *Tx) error {
			row := tx.newCursor(b).seek(nil)
			payload, err := row.payload(b)
			if err != nil {
				return err
			}
			return tx.put(b, bytes.Clone(row.key), append(bytes.Clone(payload), ' '))
		})
		if err != nil {
			t.Fatal(err)
		}
		shared := b.top() == "shared"
		if changed := digest() != before; changed != shared {
			t.Errorf("a row of %s/%s changed, and the digest did: %t, want %t", b.top(), b, changed, shared)
		}
	}
}

func TestReadTimeIsAppendTime(t *testing.T) {
	for _, at := range []time.Time{{}, frozenAt, time.UnixMilli(-1).UTC()} {
		if got := readTime(appendTime(nil, at)); !got.Equal(at) {
			t.Errorf("time %v comes back as %v", at, got)
		}
	}
}
