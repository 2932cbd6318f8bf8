package site

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Subscribers counts subscribers as aggregators report them in their User-Agent. Other
// readers are not counted. Run writes the counts to the store.
type Subscribers struct {
	Store *store.Store
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // of Run

	mu      sync.Mutex                 // guards the field below
	pending map[string]news.FeedReader // not yet written, by feed and agent
}

const (
	subscriberTTL      = 14 * 24 * time.Hour // how long a count is kept after the aggregator's last request
	maxSubscribers     = 2000                // counts in the store
	maxPending         = 500                 // counts in memory
	maxSubscriberCount = 50_000_000          // the largest number that is believed
	writeEvery         = time.Minute
)

var (
	subscriberCount = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)\b([0-9]{1,8})[ ]+(?:subscriber|reader)s?\b`) })
	productName     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^/(;,:0-9]{2,40}`) })
)

// Count counts the subscribers of a topic's feed in a User-Agent of the form "Name/1.0
// (+address; 12 subscribers)". It ignores others.
func (a *Subscribers) Count(topic string, f edition.Format, agent string, at time.Time) {
	m := subscriberCount().FindStringSubmatch(agent)
	name := strings.Trim(strings.ToValidUTF8(productName().FindString(agent), ""), " -")
	if m == nil || name == "" {
		return
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > maxSubscriberCount {
		return
	}
	r := news.FeedReader{Feed: topic + "." + string(f), Agent: name, Count: n, At: news.Instant(at)}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		a.pending = map[string]news.FeedReader{}
	}
	if _, known := a.pending[r.Feed+"\x00"+r.Agent]; known || len(a.pending) < maxPending {
		a.pending[r.Feed+"\x00"+r.Agent] = r
	}
}

// Run writes the counts every minute until ctx ends, then those left. Counts that can't be
// written are written later. It returns an error only if the database is damaged.
func (a *Subscribers) Run(ctx context.Context) error {
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-time.After(writeEvery):
		}
		if err := a.flush(a.now()); errors.Is(err, store.ErrDamaged) {
			return err
		} else if err != nil {
			a.Log.Error("subscriber counts not written, will retry", "err", err)
		}
	}
	return nil
}

func (a *Subscribers) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

// flush writes the pending counts and deletes those older than subscriberTTL. After an error
// the counts are pending again.
func (a *Subscribers) flush(now time.Time) error {
	a.mu.Lock()
	pending := a.pending
	a.pending = nil
	a.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	if err := a.write(pending, now); err != nil {
		a.restore(pending)
		return fmt.Errorf("write subscriber counts: %w", err)
	}
	return nil
}

// restore makes counts pending again, but for those with a newer one.
func (a *Subscribers) restore(counts map[string]news.FeedReader) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, r := range a.pending {
		if _, known := counts[key]; known || len(counts) < maxPending {
			counts[key] = r
		}
	}
	a.pending = counts
}

// write writes counts in one transaction.
func (a *Subscribers) write(counts map[string]news.FeedReader, now time.Time) error {
	return a.Store.Update(func(tx *store.Tx) error {
		all, err := tx.FeedReaders.All()
		if err != nil {
			return err
		}
		kept := 0
		for _, r := range all {
			if now.Sub(r.At).Abs() <= subscriberTTL { // a clock that was ahead once can't keep it longer
				kept++
			} else if err := tx.FeedReaders.Delete(r); err != nil {
				return err
			}
		}
		for _, r := range counts {
			if kept++; kept > maxSubscribers {
				break
			}
			if err := tx.FeedReaders.Put(&r); err != nil {
				return err
			}
		}
		return nil
	})
}
