package desk

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/story"
)

// rulesRecord makes a record that every desk can apply.
func rulesRecord(title string) news.Record {
	r := news.Record{At: dawn, Rules: &news.Rules{Fold: story.Version, Site: news.Site{Title: title}, Topics: []news.Topic{{Name: "all", Stories: 5}}}}
	r.SetID()
	return r
}

func TestNothingIsAnnouncedThatIsNotCommitted(t *testing.T) {
	st, err := store.Open(filepath.Join(t.TempDir(), "slugline.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var l live.Live
	d, err := Open(st, &l, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	sub := l.Subscribe(4)
	defer sub.Close()
	committed := filing{record: rulesRecord("committed"), done: make(chan error, 1)}
	if err := d.handle([]filing{committed}); err != nil {
		t.Fatal(err)
	}
	if e := <-sub.C; e.Seq != 1 {
		t.Errorf("announced record %d, want 1", e.Seq)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	lost := filing{record: rulesRecord("lost"), done: make(chan error, 1)}
	_ = d.handle([]filing{lost}) // the answer and the announcements are checked below
	if err := <-lost.done; err == nil {
		t.Error("a record that was not committed was answered with nil")
	}
	if d.Ready() == nil {
		t.Error("Ready returned nil after a commit that failed")
	}
	select {
	case e := <-sub.C:
		t.Errorf("announced %v, which was not committed", e)
	default:
	}
}

func TestARecordIsAppliedOnce(t *testing.T) {
	r := open(t, "one")
	seq := func() (n uint64) {
		if err := r.store.View(func(tx *store.Tx) error { n = tx.Seq(); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	rec := rulesRecord("again")
	for range 2 {
		if err := r.desk.File(context.Background(), rec); err != nil {
			t.Fatal(err)
		}
		r.restart()
	}
	if got := seq(); got != 2 {
		t.Errorf("seq is %d after one record filed twice behind another, want 2", got)
	}
}

func TestFileAfterTheDeskStopped(t *testing.T) {
	r := open(t)
	d := r.desk
	r.restart()
	if err := d.File(context.Background(), rulesRecord("late")); err != ErrStopped {
		t.Errorf("got %v, want %v", err, ErrStopped)
	}
}

func TestTheHorizonMovesADayAtMost(t *testing.T) {
	r := open(t)
	r.sweep()
	r.pass(10 * 365 * 24 * time.Hour)
	r.sweep()
	err := r.store.View(func(tx *store.Tx) error {
		if got, want := tx.Horizon(), dawn.Add(24*time.Hour); !got.Equal(want) {
			t.Errorf("after the clock jumped ten years the horizon is %v, want %v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
