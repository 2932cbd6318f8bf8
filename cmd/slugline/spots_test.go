package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// spotsEnv is a bucket on a real server, for two nodes.
type spotsEnv struct {
	wire *wire.Wire
	a, b *spots
	log  bytes.Buffer
}

// newSpots makes a spotsEnv whose rules have sources with these names.
func newSpots(t *testing.T, names ...string) *spotsEnv {
	dir, peer := t.TempDir(), loopback.Address(t)
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	e := new(spotsEnv)
	var err error
	if e.wire, err = wire.Open(ctx, wire.Settings{Name: "press", Node: "n1", Peers: []string{peer}, Listen: peer, Dir: filepath.Join(dir, "wire")}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.wire.Close)
	st, err := store.Open(filepath.Join(dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	err = st.Update(func(tx *store.Tx) error {
		for _, name := range names {
			if err := tx.Sources.Put(&news.SourceState{Source: news.Source{ID: name, Name: name, Address: addressOf(name)}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&e.log, nil))
	e.a, e.b = &spots{bucket: e.wire.Spots, store: st, log: log}, &spots{bucket: e.wire.Spots, store: st, log: log}
	return e
}

func addressOf(name string) string { return "https://www." + name + ".example/rss" }

func partitionOf(name string) int { return int(cluster.PartitionOf(addressOf(name))) }

// put writes a value as a node of another version does.
func (e *spotsEnv) put(t *testing.T, name, value string) {
	t.Helper()
	if _, err := e.wire.Spots.Put(t.Context(), fmt.Sprintf("p%02d.%s", partitionOf(name), name), []byte(value)); err != nil {
		t.Fatal(err)
	}
}

// What a visit learned comes back whole, to the byte; of two nodes' the later visit counts.
func TestSpots(t *testing.T) {
	e, now := newSpots(t, "a"), news.Instant(time.Now())
	full := news.VisitState{
		Source: "a", Address: addressOf("a"), LastAttempt: now, LastSuccess: now.Add(-time.Hour), Due: now.Add(time.Hour), Reason: "why", Outcome: "gone", Status: 410,
		Problem: "gone", Failures: 3, Gone: true, Floor: time.Minute, RetryAfter: now.Add(2 * time.Hour), Moved: "https://b.example/", Moves: 2, MovedSince: now,
		Hints: news.VisitHints{Floor: time.Hour, Hours: []int{1}, Days: []time.Weekday{time.Sunday}}, Validators: news.Validators{ETag: "\"\xe9\xff\""}, BodyHash: 1<<63 + 1,
		Lag: []int64{1, 2}, Visits: 7, Gaps: 1, LastDocument: now, LastUnconditional: now, Pace: []byte{0, 255}, Found: "https://a.example/feed",
		History: news.VisitHistory{}.Add(news.PastVisit{Last: now, Outcome: "gone", Status: 410, Problem: "gone"}),
	}
	save := func(s *spots, st news.VisitState) {
		t.Helper()
		if err := s.save(t.Context(), []news.VisitState{st}); err != nil {
			t.Error(err)
		}
	}
	save(e.a, full)
	if diff := cmp.Diff([]news.VisitState{full}, e.b.load(t.Context(), partitionOf("a"))); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if other := e.b.load(t.Context(), (partitionOf("a")+1)%cluster.Partitions); len(other) > 0 {
		t.Errorf("another partition has %v", other)
	}
	later := full
	later.LastAttempt, later.Status = now.Add(time.Minute), 200
	save(e.b, later)
	save(e.a, full) // a node that was frozen
	if got := e.a.load(t.Context(), partitionOf("a")); len(got) != 1 || got[0].Status != 200 {
		t.Errorf("after a late write: %+v", got)
	}
	last := later
	last.LastAttempt, last.Status = now.Add(2*time.Minute), 304
	save(e.a, last)
	if got := e.b.load(t.Context(), partitionOf("a")); len(got) != 1 || got[0].Status != 304 {
		t.Errorf("after the last write: %+v", got)
	}
	ahead := last
	ahead.LastAttempt, ahead.Status = now.Add(time.Hour), 500
	save(e.b, ahead)
	last.LastAttempt = now.Add(3 * time.Minute)
	save(e.a, last) // its revision is not that of the bucket
	if got := e.b.load(t.Context(), partitionOf("a")); len(got) != 1 || got[0].Status != 304 {
		t.Errorf("after a write by a clock that is ahead, and another: %+v", got)
	}
	if e.log.Len() > 0 {
		t.Errorf("logged:\n%s", e.log.String())
	}
}

// Values of other versions are read or ignored, and those of sources that are gone deleted.
func TestSpotsOfOtherVersions(t *testing.T) {
	names := []string{"older", "newer", "form", "damaged", "elsewhere"}
	e := newSpots(t, names...)
	value := func(name string, form int, more string) string {
		return fmt.Sprintf(`{"form":%d,"source":%q,"address":%q,"tried":"2026-11-29T12:00:00Z"%s}`, form, name, addressOf(name), more)
	}
	e.put(t, "older", value("older", 1, ""))
	e.put(t, "newer", value("newer", 1, `,"gone":true,"a_member":{"of":["the","future"]}`))
	e.put(t, "form", value("form", 2, `,"gone":true`))
	e.put(t, "damaged", `{"form":1,`)
	e.put(t, "elsewhere", value("older", 1, ""))
	e.put(t, "removed", value("removed", 1, ""))
	got := map[string]news.VisitState{}
	for _, name := range append(names, "removed") {
		for _, st := range e.a.load(t.Context(), partitionOf(name)) {
			got[st.Source] = st
		}
	}
	if len(got) != 2 || !got["newer"].Gone || got["older"].LastAttempt.IsZero() {
		t.Errorf("read %+v, want newer and older", got)
	}
	for _, name := range []string{"form", "damaged", "elsewhere"} {
		if !strings.Contains(e.log.String(), fmt.Sprintf("key=p%02d.%s", partitionOf(name), name)) {
			t.Errorf("nothing is logged of %s:\n%s", name, e.log.String())
		}
	}
	key := fmt.Sprintf("p%02d.removed", partitionOf("removed"))
	if _, revision, err := e.wire.Spots.Get(t.Context(), key); revision != 0 || err != nil {
		t.Errorf("the state of a removed source is still there: revision %d, %v", revision, err)
	}
}

// A state that is too large loses what only people read.
func TestLargeSpot(t *testing.T) {
	st := news.VisitState{Source: "a", Address: addressOf("a"), Reason: "why", History: make(news.VisitHistory, maxSpot)}
	key, value, err := encodeSpot(&st)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeSpot(key, value)
	if err != nil || got.Reason != "why" || got.History != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	st.Reason = strings.Repeat("x", maxSpot)
	if _, _, err := encodeSpot(&st); err == nil {
		t.Error("a value above the limit is no error")
	}
}

// Each node hears what the others learn: first all that there is, then each change.
func TestFollowSpots(t *testing.T) {
	e, now := newSpots(t, "a", "b", "c"), news.Instant(time.Now())
	save := func(name string, status int) {
		t.Helper()
		now = now.Add(time.Second)
		if err := e.a.save(t.Context(), []news.VisitState{{Source: name, Address: addressOf(name), LastAttempt: now, Status: status}}); err != nil {
			t.Error(err)
		}
	}
	save("a", 200)
	save("b", 410)
	e.put(t, "damaged", "{")
	heard := make(chan string, 10)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- e.b.follow(ctx, func(states []news.VisitState) {
			text := ""
			for _, st := range states {
				text += fmt.Sprint(st.Source, st.Status, " ")
			}
			heard <- text
		})
	}()
	if got := <-heard; got != "a200 b410 " && got != "b410 a200 " {
		t.Errorf("the first list is %q", got)
	}
	save("c", 304)
	save("a", 503)
	if got := <-heard + <-heard; got != "c304 a503 " {
		t.Errorf("then %q was heard", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
