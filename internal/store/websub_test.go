package store_test

import (
	"errors"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func TestSubscriptionsAndPushes(t *testing.T) {
	st := open(t)
	here := &news.Subscription{Feed: "cyber.atom", Callback: "https://a.example/?x=1", Secret: "s", Until: minute(9), Seq: 4}
	there := &news.Subscription{Feed: "cyber.atom", Callback: "https://b.example/", Until: minute(9)}
	other := &news.Subscription{Feed: "cyber.rss", Callback: "https://a.example/?x=1", Until: minute(9)}
	asked := &news.Push{Source: "bbc", Hub: "https://hub.example/", Topic: "https://bbc.example/rss", Token: "t", Verified: minute(1), Until: minute(5)}
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.Subscriptions.Put(other), tx.Subscriptions.Put(there), tx.Subscriptions.Put(here), tx.Pushes.Put(asked))
	})
	here.Seq = 5
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.Subscriptions.Put(here), tx.Subscriptions.Delete(there.Feed, there.Callback), tx.Subscriptions.Delete("none", "none"), tx.Pushes.Delete("none"))
	})
	view(t, st, func(tx *store.Tx) error {
		subs, err := tx.Subscriptions.All()
		checkEqual(t, "subscriptions", []*news.Subscription{here, other}, subs)
		push, err2 := tx.Pushes.Get("bbc")
		checkEqual(t, "push", asked, push)
		return errors.Join(err, err2)
	})
	verify(t, st)
}

func TestSubscriptionsAreNotInTheDigest(t *testing.T) {
	st := open(t)
	before, err := st.Digest()
	if err != nil {
		t.Fatal(err)
	}
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.Subscriptions.Put(&news.Subscription{Feed: "a.rss", Callback: "https://a.example/"}), tx.Pushes.Put(&news.Push{Source: "a"}))
	})
	after, err := st.Digest()
	if err != nil || before != after {
		t.Errorf("digest %s, then %s (%v): want the same", before, after, err)
	}
}
