package live_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/slugline/slugline/internal/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func seqs(s *live.Sub) (got []uint64) {
	for e := range s.C {
		got = append(got, e.Seq)
	}
	return got
}

func TestEverySubscriberGetsEveryEventInOrder(t *testing.T) {
	var l live.Live
	a, b := l.Subscribe(4), l.Subscribe(4)
	l.Announce(live.Event{Seq: 1}, live.Event{Seq: 2})
	l.Announce(live.Event{Seq: 3})
	for _, s := range []*live.Sub{a, b} {
		s.Close()
		if diff := cmp.Diff([]uint64{1, 2, 3}, seqs(s)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	}
}

func TestOnlySlowSubscribersAreDropped(t *testing.T) {
	var l live.Live
	slow, quick := l.Subscribe(2), l.Subscribe(8)
	for seq := range uint64(5) {
		l.Announce(live.Event{Seq: seq})
	}
	if n := l.Services(); n != 1 {
		t.Errorf("%d subscriptions after one was dropped, want 1", n)
	}
	if diff := cmp.Diff([]uint64{0, 1}, seqs(slow)); diff != "" {
		t.Errorf("the slow subscriber got (-want +got):\n%s", diff)
	}
	quick.Close()
	if diff := cmp.Diff([]uint64{0, 1, 2, 3, 4}, seqs(quick)); diff != "" {
		t.Errorf("the quick subscriber got (-want +got):\n%s", diff)
	}
	slow.Close()
	slow.Close()
	quick.Close()
}

func TestASubscriberGetsOnlyLaterEvents(t *testing.T) {
	var l live.Live
	l.Announce(live.Event{Seq: 1})
	s := l.Subscribe(0)
	l.Announce(live.Event{Seq: 2})
	s.Close()
	l.Announce(live.Event{Seq: 3})
	if diff := cmp.Diff([]uint64{2}, seqs(s)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestSubscribersComeAndGoDuringAnnouncements(t *testing.T) {
	var l live.Live
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for seq := range uint64(500) {
				l.Announce(live.Event{Seq: seq})
			}
		})
		wg.Go(func() {
			for range 200 {
				s := l.Subscribe(1)
				for range 3 {
					select {
					case <-s.C:
					default:
					}
				}
				s.Close()
			}
		})
	}
	wg.Wait()
	if n := l.Services(); n != 0 {
		t.Errorf("%d subscriptions after all were closed, want 0", n)
	}
}

func TestSignalsAreSetOnce(t *testing.T) {
	var l live.Live
	s := l.Signal()
	l.Announce(live.Event{Seq: 1})
	l.Announce(live.Event{Seq: 2}, live.Event{Seq: 3})
	<-s.C
	select {
	case <-s.C:
		t.Error("the signal is still set after it was received")
	default:
	}
	l.Announce(live.Event{Seq: 4})
	<-s.C
	l.Subscribe(1)
	if n := l.Pages(); n != 1 {
		t.Errorf("%d pages with one signal and one subscription, want 1", n)
	}
	s.Close()
	s.Close()
	l.Announce(live.Event{Seq: 5})
	select {
	case <-s.C:
		t.Error("the signal was set after Close")
	default:
	}
	if n := l.Pages(); n != 0 {
		t.Errorf("%d pages after the signal was closed, want 0", n)
	}
}
