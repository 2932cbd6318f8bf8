package store

import "github.com/slugline/slugline/internal/news"

// Subscriptions is the table of the subscribers of our hub.
type Subscriptions struct{ *rows }

// All returns all subscriptions, by feed.
func (t Subscriptions) All() ([]*news.Subscription, error) {
	return allJSON[news.Subscription](t.rows, subscriptions, nil)
}

// Put stores a subscription under its Feed and Callback.
func (t Subscriptions) Put(s *news.Subscription) error {
	return t.putJSON(subscriptions, subscriptionKey(s.Feed, s.Callback), s)
}

// Delete deletes a subscription.
func (t Subscriptions) Delete(feed, callback string) error {
	return t.delete(subscriptions, subscriptionKey(feed, callback))
}

// Pushes is the table of our subscriptions at the hubs of sources.
type Pushes struct{ *rows }

// Get returns the subscription at a source's hub, nil when none was requested.
func (t Pushes) Get(source string) (*news.Push, error) {
	return getJSON[news.Push](t.rows, pushes, []byte(source))
}

// All returns all of them, by source id.
func (t Pushes) All() ([]*news.Push, error) { return allJSON[news.Push](t.rows, pushes, nil) }

// Put stores a subscription at a source's hub, under its Source.
func (t Pushes) Put(p *news.Push) error { return t.putJSON(pushes, []byte(p.Source), p) }

// Delete deletes the subscription at a source's hub.
func (t Pushes) Delete(source string) error { return t.delete(pushes, []byte(source)) }
