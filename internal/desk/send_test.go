package desk

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/journal"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// An editor sends a story to a target: one notice each time, none for a second click, none
// of what must not be published, and none any more when the order is undone in time.
func TestSend(t *testing.T) {
	r := open(t, "one")
	r.rules.Targets = []news.NamedTarget{{Name: "cms", Title: "Our CMS", Target: news.Target{ID: "webhook-1", Kind: news.TargetWebhook, Label: "cms.example"}}}
	r.enforce()
	r.visit("one", fresh("1", "Ferry service resumes across the strait", time.Minute))
	id := r.top("all")[0].ID
	send := func(who, target string, after time.Duration) (uint64, error) {
		r.pass(after)
		return r.journal.Order(context.Background(), news.Order{Verb: "send", Args: []string{id, target}, Who: who, Why: "for the front"}, r.now)
	}
	notices := func() (all []*news.Notice) {
		t.Helper()
		if err := r.store.View(func(tx *store.Tx) (err error) { all, err = tx.Notices.After(0); return err }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	first, err := send("anna", "cms", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := send("anna", "cms", 3*time.Second); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("a second click: %v, want refused", err)
	}
	if _, err := send("omar", "cms", time.Second); err != nil {
		t.Errorf("a colleague sends it too: %v", err)
	}
	if _, err := send("anna", "cms", 10*time.Second); err != nil {
		t.Errorf("anna sends it again: %v", err)
	}
	if _, err := send("anna", "crm", time.Minute); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("an unknown target: %v, want refused", err)
	}
	r.restart()
	all := notices()
	if len(all) != 3 || all[0].By != "anna" || all[0].Note != "for the front" || all[0].Target != "webhook-1" || all[0].Headline == "" || all[0].When != news.WhenSend {
		t.Fatalf("notices: %d, the first %+v", len(all), all[0])
	}
	if _, err := r.journal.Order(context.Background(), news.Order{Verb: "undo", Args: []string{fmt.Sprint(first)}}, r.now); err != nil {
		t.Fatal(err)
	}
	if !notices()[0].Cancelled {
		t.Error("the undone order's notice is not cancelled")
	}
	r.pass(time.Minute)
	if err := r.journal.File(context.Background(), news.Record{At: r.now, Sent: &news.Sent{Notices: []string{all[1].ID}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.journal.Order(context.Background(), news.Order{Verb: "undo", Args: []string{fmt.Sprint(all[1].Seq)}}, r.now); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("undoing what was sent: %v, want refused", err)
	}
	if _, err := r.journal.Order(context.Background(), news.Order{Verb: "hide", Args: []string{id}}, r.now); err != nil {
		t.Fatal(err)
	}
	if _, err := send("anna", "cms", time.Hour); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("sending a hidden story: %v, want refused", err)
	}
}
