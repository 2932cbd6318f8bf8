package reply

import (
	"container/list"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits limits how much each client may do, whatever K is that tells clients apart. Set
// the exported fields before the first use.
//
// It remembers at most Most clients. One more replaces the client that was seen longest
// ago, whose budget is then full again. So many clients never use up the budget of others.
type Limits[K comparable] struct {
	Every time.Duration // in which a client's budget grows by one
	Burst int           // the most that a budget holds
	Most  int           // clients to remember; 0 means 4096

	mu     sync.Mutex // guards the fields below
	byKey  map[K]*list.Element
	recent list.List // of *limited[K], the client seen last first
}

// limited is a client with its budget.
type limited[K comparable] struct {
	key    K
	budget *rate.Limiter
}

const defaultMost = 4096

// Take takes cost from a client's budget and returns 0. If the budget is too small, it
// takes nothing and returns how long it will be.
func (l *Limits[K]) Take(key K, cost int, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.budget(key)
	if b.AllowN(now, cost) {
		return 0
	}
	missing := float64(min(cost, l.Burst)) - b.TokensAt(now)
	return max(time.Duration(math.Ceil(missing*float64(l.Every))), 1)
}

// Wait returns how long a client's budget will be too small for a cost of one, 0 if it
// is not.
func (l *Limits[K]) Wait(key K, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byKey[key]
	if e == nil {
		return 0
	}
	missing := 1 - e.Value.(*limited[K]).budget.TokensAt(now)
	return max(time.Duration(math.Ceil(missing*float64(l.Every))), 0)
}

// Knows tells whether a client is remembered.
func (l *Limits[K]) Knows(key K) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byKey[key] != nil
}

// budget returns a client's budget, a full one for a client that is not remembered.
func (l *Limits[K]) budget(key K) *rate.Limiter {
	if e := l.byKey[key]; e != nil {
		l.recent.MoveToFront(e)
		return e.Value.(*limited[K]).budget
	}
	most := l.Most
	if most == 0 {
		most = defaultMost
	}
	if l.byKey == nil {
		l.byKey = map[K]*list.Element{}
	}
	if len(l.byKey) >= most {
		last := l.recent.Back()
		delete(l.byKey, l.recent.Remove(last).(*limited[K]).key)
	}
	c := &limited[K]{key, rate.NewLimiter(rate.Every(l.Every), l.Burst)}
	l.byKey[key] = l.recent.PushFront(c)
	return c.budget
}

// SetRetryAfter tells a client when to come back, in seconds rounded up.
func SetRetryAfter(h http.Header, wait time.Duration) {
	h.Set("Retry-After", strconv.Itoa(max(int(math.Ceil(wait.Seconds())), 1)))
}
