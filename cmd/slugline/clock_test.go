package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slugline/slugline/internal/bubble"
	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/desk"
	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/view"
)

// movedMachine is a machine whose clock is ahead by some seconds.
type movedMachine struct {
	*testDaemon
	ahead atomic.Int64
}

func newMovedMachine(t *testing.T, feeds int) *movedMachine {
	m := &movedMachine{testDaemon: newTestDaemon(t, feeds)}
	m.configure(t, fmt.Sprintf("database: %s\n", filepath.Join(m.dir, "slugline.db")))
	return m
}

func (m *movedMachine) move(d time.Duration) { m.ahead.Store(int64(d / time.Second)) }

func (m *movedMachine) wall() time.Time {
	return time.Now().Round(0).Add(time.Duration(m.ahead.Load()) * time.Second)
}

// shell is that of a command on the machine.
func (m *movedMachine) shell(t *testing.T, out io.Writer) *shell {
	return &shell{ctx: t.Context(), path: filepath.Join(m.dir, "feeds.yaml"), out: &output{Writer: out}, err: io.Discard, log: slog.New(slog.DiscardHandler), wall: m.wall}
}

func (m *movedMachine) poll(t *testing.T) error {
	return (&pollCommand{All: true}).Run(m.shell(t, io.Discard))
}

// stories returns the stories and the time of the newest record.
func (m *movedMachine) stories(t *testing.T) (all []view.Story, at time.Time) {
	t.Helper()
	st, err := store.Open(filepath.Join(m.dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	err = st.View(func(tx *store.Tx) (err error) {
		at = tx.At()
		var found []view.Story
		stories, err := tx.Stories.Latest(100, nil)
		for _, s := range stories {
			found = append(found, view.Story{ID: s.ID, Headline: s.Headline, First: s.Places["all"].At})
		}
		all = found
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, at
}

// One pass with a wrong clock, and one with the right one: items are published as of the
// present, once.
func TestPollByAWrongClock(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, first := range []bool{true, false} {
		for _, ahead := range []time.Duration{10 * year, 24 * time.Hour, -time.Hour, -10 * year, -56*year - 300*24*time.Hour} {
			t.Run(fmt.Sprint(ahead, " first ", first), func(t *testing.T) {
				m := newMovedMachine(t, 2)
				began, want := time.Now(), 2
				m.publish()
				m.publish()
				if !first {
					if err := m.poll(t); err != nil {
						t.Fatal(err)
					}
					m.publish()
					want++
				}
				m.move(ahead)
				if err := m.poll(t); errors.As(err, new(*clock.Error)) != (ahead != -time.Hour) {
					t.Errorf("with a clock ahead by %v: %v", ahead, err)
				}
				m.move(0)
				if err := m.poll(t); err != nil {
					t.Fatal(err)
				}
				all, at := m.stories(t)
				if len(all) != want || at.After(time.Now()) {
					t.Errorf("%d stories, the newest record is of %v; want %d", len(all), at, want)
				}
				for _, s := range all {
					if s.First.Before(began.Add(-time.Hour-time.Minute)) || s.First.After(time.Now()) {
						t.Errorf("%q is published as of %v", s.Headline, s.First)
					}
				}
			})
		}
	}
}

// A daemon by a wrong clock is not ready and says why, and goes on when the clock is set.
func TestDaemonByAWrongClock(t *testing.T) {
	m := newMovedMachine(t, 1)
	m.publish()
	m.move(10 * 365 * 24 * time.Hour)
	var log bytes.Buffer // read after the daemon has ended
	d := &daemon{path: filepath.Join(m.dir, "feeds.yaml"), env: os.LookupEnv, stdout: io.Discard, log: slog.New(slog.NewTextHandler(&log, nil)), wall: m.wall}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx) }()
	ready := func() (int, string) {
		resp, err := http.Get("http://" + m.desk + "/readyz")
		if err != nil {
			return 0, ""
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body) // a cut body is not what is expected
		return resp.StatusCode, string(b)
	}
	m.until(t, "it is not ready", func() bool {
		code, body := ready()
		return code == http.StatusServiceUnavailable && strings.Contains(body, "this machine's clock says 203")
	})
	m.until(t, "the metric says so", func() bool { return m.metric(t, "slugline_clock_ok 0") })
	m.move(0)
	m.until(t, "it has visited", func() bool {
		code, _ := ready()
		return m.metric(t, "slugline_clock_ok 1") && code == http.StatusOK && len(m.items(t)) == 1
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := log.String(); strings.Count(got, "the clock is not believed") != 1 || strings.Count(got, "the clock is believed again") != 1 {
		t.Errorf("the log says %s", got)
	}
	if _, at := m.stories(t); at.After(time.Now()) {
		t.Errorf("the newest record is of %v", at)
	}
}

// A sweep that is due is filed as soon as the clock begins to be believed, not a minute later.
func TestSweepWhenTheClockIsBelieved(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)))
		st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := &daemon{store: st, log: slog.New(slog.DiscardHandler)}
		if d.desk, err = desk.Open(st, &d.live, d.log, nil); err != nil {
			t.Fatal(err)
		}
		if d.clock, err = openClock(st, nil, d.log); err != nil {
			t.Fatal(err)
		}
		d.journal = &journal.Journal{Commit: d.desk.File, Store: st, Clock: d.clock}
		ctx, stop := context.WithCancel(t.Context())
		deskEnded, sweepEnded := make(chan error, 1), make(chan error, 1)
		go func() { deskEnded <- d.desk.Run(ctx) }()
		go func() { sweepEnded <- d.sweep(ctx) }()
		synctest.Wait()
		if n := st.Seq(); n != 0 || d.clock.Believed() {
			t.Errorf("%d records before the time was confirmed", n)
		}
		d.clock.Heard(clock.Witness{Host: "a", From: time.Now(), Until: time.Now()})
		d.clock.Decide(false)
		synctest.Wait()
		if n := st.Seq(); n != 1 {
			t.Errorf("%d records when the time was confirmed, want the sweep", n)
		}
		stop()
		if err := errors.Join(<-sweepEnded, <-deskEnded, st.Close()); err != nil {
			t.Error(err)
		}
	})
}

// heal keeps the ids of what is ahead, and refuses while the clock is wrong.
func TestHealCommand(t *testing.T) {
	m := newMovedMachine(t, 2)
	m.publish()
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
	m.spoil(t)
	m.publish()
	before, at := m.stories(t)
	if !at.After(time.Now().AddDate(9, 0, 0)) {
		t.Fatalf("the database is not ahead: %v", at)
	}
	if err := m.poll(t); !errors.As(err, new(*clock.Error)) || !strings.Contains(err.Error(), "slugline heal") {
		t.Errorf("poll: %v, want to be sent to heal", err)
	}
	m.move(-20 * 365 * 24 * time.Hour)
	if err := new(healCommand).Run(m.shell(t, io.Discard)); !errors.As(err, new(*clock.Error)) {
		t.Errorf("heal by a wrong clock: %v", err)
	}
	m.move(0)
	open, err := store.Open(filepath.Join(m.dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := new(healCommand).Run(m.shell(t, io.Discard)); err == nil || !strings.Contains(err.Error(), "stop the daemon") {
		t.Errorf("heal of an open database: %v", err)
	}
	m.deleteTexts(t, open)
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := new(healCommand).Run(m.shell(t, &said)); err != nil || !strings.Contains(said.String(), "all ids are as they were") || !strings.Contains(said.String(), "2 entries lost the text early") || strings.Contains(said.String(), "forgotten") {
		t.Fatalf("heal: %v, %q", err, said.String())
	}
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
	after, at := m.stories(t)
	if len(after) != len(before)+1 || at.After(time.Now()) {
		t.Errorf("%d stories after, %d before; the newest record is of %v", len(after), len(before), at)
	}
	for i, s := range before {
		if got := after[i+1]; got.ID != s.ID || got.First.After(time.Now()) {
			t.Errorf("story %d is %s as of %v, was %s", i, got.ID, got.First, s.ID)
		}
	}
}

// heal says how many entries were deleted by sweeps of the time ahead: they are published again
// if their source lists them again.
func TestHealCommandTellsWhatIsForgotten(t *testing.T) {
	m := newMovedMachine(t, 1)
	path := filepath.Join(m.dir, "feeds.yaml")
	rules, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(rules, []byte("stories: 5000"), []byte("stories: 1"), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	old := origin.Item{ID: "old", Title: nonsense(99), Link: "http://" + m.source + "/old", Published: time.Now().Add(-2 * time.Hour)}
	m.feeds[0].Publish(old)
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
	m.feeds[0].Edit(func(d *origin.Doc) { d.Items = nil })
	m.publish()
	m.move(time.Minute) // so that the source is due
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
	m.spoil(t)
	m.sweepAhead(t, 150)
	var said bytes.Buffer
	if err := new(healCommand).Run(m.shell(t, &said)); err != nil || !strings.Contains(said.String(), "1 entry was forgotten") {
		t.Fatalf("heal: %v, %q", err, said.String())
	}
	m.feeds[0].Publish(old)
	m.move(2 * time.Minute)
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
	if all, _ := m.stories(t); len(all) != 4 {
		t.Errorf("%d stories, want 3 and one that was published again", len(all))
	}
}

// sweepAhead files sweeps by a clock ten years ahead, one a minute.
func (m *movedMachine) sweepAhead(t *testing.T, n int) {
	t.Helper()
	st, err := store.Open(filepath.Join(m.dir, "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(st, nil, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	j := &journal.Journal{Commit: d.File, Store: st}
	at := m.wall().Add(10 * 365 * 24 * time.Hour)
	for i := range n {
		err = errors.Join(err, j.File(ctx, news.Record{At: at.Add(time.Duration(i) * time.Minute), Sweep: &news.Sweep{}}))
	}
	stop()
	if err := errors.Join(err, <-ended, st.Close()); err != nil {
		t.Fatal(err)
	}
}

// spoil files a visit as an older Slugline did, by a clock ten years ahead.
func (m *movedMachine) spoil(t *testing.T) {
	t.Helper()
	m.publish()
	m.move(10 * 365 * 24 * time.Hour)
	defer m.move(0)
	lie := func(header http.Header) {
		for _, f := range m.feeds {
			f.Edit(func(d *origin.Doc) { d.Header = header })
		}
	}
	lie(http.Header{"Date": {m.wall().UTC().Format(http.TimeFormat)}})
	defer lie(nil)
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
}

// deleteTexts does what sweeps do of entries that are old by the wrong time.
func (m *movedMachine) deleteTexts(t *testing.T, st *store.Store) {
	t.Helper()
	err := st.Update(func(tx *store.Tx) error {
		var ids []string
		err := tx.Entries.Each(func(en *news.Entry) error {
			ids = append(ids, en.ID)
			return nil
		})
		for _, id := range ids {
			en, gerr := tx.Entries.Get(id)
			if err = errors.Join(err, gerr); err == nil {
				en.TextDeleted = true
				err = tx.Entries.Put(en)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
