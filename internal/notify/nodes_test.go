package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/live"
	"github.com/slugline/slugline/internal/loopback"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/notify"
	"github.com/slugline/slugline/internal/side"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/wire"
)

// sender is a node that may send.
type sender struct {
	t        *testing.T
	store    *store.Store
	mirror   *side.Mirror
	notifier *notify.Notifier
	stop     func() // the mirror
}

// startSenders starts nodes over one real table, with the same settings.
func startSenders(t *testing.T, n int, set *notify.Settings, dial func(context.Context, string, string) (net.Conn, error)) (all []*sender) {
	t.Helper()
	address := loopback.Address(t)
	ctx, cancel := context.WithTimeout(t.Context(), awaits)
	defer cancel()
	w, err := wire.Open(ctx, wire.Settings{Name: "press", Node: "n1", Peers: []string{address}, Listen: address, Dir: filepath.Join(t.TempDir(), "wire")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	for i := range n {
		s := &sender{t: t}
		if s.store, err = store.Open(filepath.Join(t.TempDir(), "x.db"), store.Options{}); err != nil {
			t.Fatal(err)
		}
		s.mirror = &side.Mirror{Store: s.store, Table: w.Side, Node: fmt.Sprintf("n%d", i+1)}
		s.store.ShareLocal(s.mirror.Changed)
		s.notifier = &notify.Notifier{
			Store: s.store, Live: &live.Live{}, Now: time.Now, Dial: dial, Settings: func() *notify.Settings { return set },
			Settle: s.mirror.Settle, Owns: func(string) bool { return false },
			Items: func(*store.Tx, string, uint64, time.Time) (string, []news.Item, int, error) {
				return "Cyber security", []news.Item{{Story: "0000000000001", Headline: "Port closes", At: time.Now()}}, 0, nil
			},
		}
		s.mirror.Heard = func(map[string]bool) { s.notifier.Reread() }
		ctx, cancel := context.WithCancel(context.Background())
		var work sync.WaitGroup
		work.Go(func() { _ = s.mirror.Run(ctx) })
		s.stop = sync.OnceFunc(func() { cancel(); work.Wait() })
		t.Cleanup(func() {
			s.stop()
			if err := s.store.Close(); err != nil {
				t.Error(err)
			}
		})
		all = append(all, s)
	}
	return all
}

// run sends until cancel is called. wait returns when it has ended.
func (s *sender) run() (cancel, wait func()) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), awaits)
	if err := s.mirror.CatchUp(ctx); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.notifier.Run(ctx) }()
	return cancel, func() {
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	}
}

// A node is lost while it sends an issue. Its successor, which heard of each mail through the
// table alone, sends what was left, and repeats at most what was under way.
func TestSuccessorSendsWhatIsLeft(t *testing.T) {
	const readers = 60
	server := new(mailServer)
	half, lost := make(chan struct{}), make(chan struct{})
	reached := sync.OnceFunc(func() { close(half) })
	server.beforeAccept = func() {
		if len(server.got) >= readers/2 {
			reached()
			<-lost
		}
	}
	p := startPipes(t, server)
	at := time.Now().UTC()
	midnight := at.Truncate(24 * time.Hour)
	set := &notify.Settings{
		Site:        news.Site{Title: "Arab Press", URL: "https://press.example", ID: "press.example", Language: "en", Zone: "UTC"},
		Mail:        &notify.Mail{SMTP: "smtp://mail.example", From: "news@press.example"},
		Newsletters: []notify.Newsletter{{Name: "morning", Topic: "cyber", At: at.Sub(midnight).Truncate(time.Minute), Days: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}},
	}
	nodes := startSenders(t, 2, set, p.dial)
	first, second := nodes[0], nodes[1]
	l := set.Newsletters[0]
	due := midnight.Add(l.At)
	err := second.store.Update(func(tx *store.Tx) error { // readers come on any node
		err := tx.Schedules.Put(&news.NewsletterSchedule{Newsletter: l.Name, ScheduleHash: fmt.Sprint(l.Topic, l.At, l.Days, "UTC"), Next: due})
		for k := range readers {
			err = errors.Join(err, tx.Recipients.Put(&news.Recipient{Newsletter: l.Name, ID: fmt.Sprintf("%013d", k), Address: fmt.Sprintf("r%d@mail.example", k), Confirmed: at, Asked: at}))
		}
		return errors.Join(err, tx.Secrets.Put("letters", []byte("a key of thirty-two bytes, more or less")))
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), awaits)
	defer stop()
	if err := second.mirror.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	cancel, wait := first.run()
	<-half
	first.stop() // nothing more of it reaches the table
	cancel()
	close(lost)
	wait()
	before := len(server.mails())
	cancel, wait = second.run()
	left := func() (n int) {
		err := second.store.View(func(tx *store.Tx) error {
			all, err := tx.Mails.All()
			for _, m := range all {
				if m.Sent.IsZero() {
					n++
				}
			}
			if len(all) != readers {
				t.Errorf("%d mails, want %d", len(all), readers)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for left() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d mails are not sent", left())
		}
	}
	cancel()
	wait()
	times := map[string]int{}
	for _, m := range server.mails() {
		times[m.to]++
	}
	twice := 0
	for _, n := range times {
		twice += n - 1
	}
	const connections = 4
	if len(times) != readers || twice > connections || before < readers/2 || before == readers {
		t.Errorf("%d of %d readers got the issue, %d twice; %d mails came from the first node", len(times), readers, twice, before)
	}
	t.Logf("%d mails from the first node, %d twice", before, twice)
}
