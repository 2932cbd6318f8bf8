package desk

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// What a submitter notes is committed with the record, also when that is refused or was
// applied before. Where it can't be noted, the record is not applied.
func TestSubmitNotes(t *testing.T) {
	r := open(t, "one")
	sweep := news.Record{At: dawn, Sweep: &news.Sweep{}}
	sweep.SetID()
	next := news.Record{At: dawn.Add(1e9), Sweep: &news.Sweep{}}
	next.SetID()
	errNote := errors.New("not noted")
	for i, c := range []struct {
		record    news.Record
		note      error
		want      error
		seq, wire uint64 // after it
	}{
		{sweep, nil, nil, 2, 1},
		{sweep, nil, nil, 2, 2},
		{news.Record{ID: "x", At: dawn}, nil, journal.ErrRefused, 2, 3},
		{next, errNote, errNote, 2, 3},
		{next, nil, nil, 3, 5},
	} {
		wait, err := r.desk.Submit(context.Background(), c.record, func(tx *store.Tx) error {
			return errors.Join(c.note, tx.PutWire(news.WirePosition{Seq: uint64(i) + 1}))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := wait(context.Background()); !errors.Is(err, c.want) {
			t.Errorf("record %d: %v, want %v", i, err, c.want)
		}
		if err := r.store.View(func(tx *store.Tx) error {
			p, err := tx.Wire()
			if p.Seq != c.wire || tx.Seq() != c.seq {
				t.Errorf("after record %d: position %d at seq %d, want %d at %d", i, p.Seq, tx.Seq(), c.wire, c.seq)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}

// What is filed after an answer does not get the error of that answer.
func TestSubmitAfterError(t *testing.T) {
	r := open(t, "one")
	errNote := errors.New("not noted")
	for i := range 500 {
		sweep := news.Record{At: dawn.Add(time.Duration(i) * time.Second), Sweep: &news.Sweep{}}
		sweep.SetID()
		for _, want := range []error{errNote, nil} {
			wait, err := r.desk.Submit(context.Background(), sweep, func(*store.Tx) error { return want })
			if err != nil {
				t.Fatal(err)
			}
			if err := wait(context.Background()); !errors.Is(err, want) || want == nil && err != nil {
				t.Fatalf("record %d: %v, want %v", i, err, want)
			}
		}
	}
}
