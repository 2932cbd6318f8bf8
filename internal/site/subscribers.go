package site

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slugline/slugline/internal/edition"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Subscribers takes note of how many subscribers those who fetch feeds for many say that
// they have. Nobody else is counted. Run keeps what was told.
type Subscribers struct {
	Store *store.Store

	mu      sync.Mutex // guards the field below
	pending map[string]news.FeedReader
}

const (
	subscriberTTL      = 14 * 24 * time.Hour // after who told of subscribers came last
	maxSubscribers     = 2000                // that are kept
	maxPending         = 500                 // that told since they were written
	maxSubscriberCount = 50_000_000          // subscribers that one is believed to have
	writeEvery         = time.Minute
)

var (
	subscriberCount = regexp.MustCompile(`(?i)\b([0-9]{1,8})[ ]+(?:subscriber|reader)s?\b`)
	productName     = regexp.MustCompile(`^[^/(;,:0-9]{2,40}`)
)

// Count reads a User-Agent as aggregators write it: "Name/1.0 (+address; 12
// subscribers)".
func (a *Subscribers) Count(topic string, f edition.Format, agent string, at time.Time) {
	m := subscriberCount.FindStringSubmatch(agent)
	name := strings.Trim(strings.ToValidUTF8(productName.FindString(agent), ""), " -")
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

// Run writes what was told once a minute, and what is left when ctx ends.
func (a *Subscribers) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return a.flush(time.Now())
		case <-time.After(writeEvery):
		}
		if err := a.flush(time.Now()); err != nil {
			return err
		}
	}
}

// flush writes what was told and forgets who has not come for long.
func (a *Subscribers) flush(now time.Time) error {
	a.mu.Lock()
	told := a.pending
	a.pending = nil
	a.mu.Unlock()
	if len(told) == 0 {
		return nil
	}
	err := a.Store.Update(func(tx *store.Tx) error {
		all, err := tx.FeedReaders.All()
		if err != nil {
			return err
		}
		kept := 0
		for _, r := range all {
			if now.Sub(r.At) <= subscriberTTL {
				kept++
			} else if err := tx.FeedReaders.Delete(r); err != nil {
				return err
			}
		}
		for _, r := range told {
			if kept++; kept > maxSubscribers {
				break
			}
			if err := tx.FeedReaders.Put(&r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note subscribers: %w", err)
	}
	return nil
}
