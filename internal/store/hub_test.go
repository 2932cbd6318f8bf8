package store_test

import (
	"errors"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

func TestSubscriptionsAndPushesAreKept(t *testing.T) {
	st := open(t)
	here := &news.Subscription{Feed: "cyber.atom", Callback: "https://a.example/?x=1", Secret: "s", Until: minute(9), Seq: 4}
	there := &news.Subscription{Feed: "cyber.atom", Callback: "https://b.example/", Until: minute(9)}
	other := &news.Subscription{Feed: "cyber.rss", Callback: "https://a.example/?x=1", Until: minute(9)}
	asked := &news.Push{Source: "bbc", Hub: "https://hub.example/", Topic: "https://bbc.example/rss", Token: "t", Verified: minute(1), Until: minute(5)}
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.PutSubscription(other), tx.PutSubscription(there), tx.PutSubscription(here), tx.PutPush(asked))
	})
	here.Seq = 5
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.PutSubscription(here), tx.DropSubscription(there.Feed, there.Callback), tx.DropSubscription("none", "none"), tx.DropPush("none"))
	})
	view(t, st, func(tx *store.Tx) error {
		subs, err := tx.Subscriptions()
		same(t, "subscriptions", []*news.Subscription{here, other}, subs)
		push, err2 := tx.Push("bbc")
		same(t, "push", asked, push)
		return errors.Join(err, err2)
	})
	verify(t, st)
}

// They are this node's own.
func TestSubscriptionsAreNoPartOfTheDigest(t *testing.T) {
	st := open(t)
	before, err := st.Digest()
	if err != nil {
		t.Fatal(err)
	}
	update(t, st, func(tx *store.Tx) error {
		return errors.Join(tx.PutSubscription(&news.Subscription{Feed: "a.rss", Callback: "https://a.example/"}), tx.PutPush(&news.Push{Source: "a"}))
	})
	after, err := st.Digest()
	if err != nil || before != after {
		t.Errorf("digest %s, then %s (%v): want the same", before, after, err)
	}
}
