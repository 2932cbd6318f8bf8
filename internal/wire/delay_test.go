package wire_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// TestDelay measures how long a record takes from its filing until it is stored on all of three
// nodes, at 20 records a second for half a minute. It is run by hand, with SLUGLINE_DELAY=1.
func TestDelay(t *testing.T) {
	if os.Getenv("SLUGLINE_DELAY") == "" {
		t.Skip("takes half a minute; SLUGLINE_DELAY=1 runs it")
	}
	nodes := newNodes(t, 3)
	stored := &storedTimes{at: map[string][]time.Time{}}
	for _, n := range nodes {
		n.stored = stored.add
	}
	startAll(t, nodes)
	nodes[0].file(news.Record{At: noon, Rules: rules()})
	same(t, nodes)
	stored.clear()
	const records, each = 600, 50 * time.Millisecond
	filed := map[string]time.Time{}
	var answers []time.Duration
	var mu sync.Mutex // guards filed and answers
	var g errgroup.Group
	tick := time.NewTicker(each)
	defer tick.Stop()
	for k := range records {
		<-tick.C
		g.Go(func() error {
			r := news.Record{ID: fmt.Sprintf("%032x", k+1), At: noon.Add(time.Duration(k) * time.Second), Visit: visit(fmt.Sprintf("s%d", k%9), fmt.Sprintf("Ferry %d resumes service on line %d", k, k%7))}
			began := time.Now()
			err := nodes[k%3].journal.Commit(t.Context(), r)
			mu.Lock()
			defer mu.Unlock()
			filed[r.ID], answers = began, append(answers, time.Since(began))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	same(t, nodes)
	var everywhere []time.Duration
	for id, began := range filed {
		times := stored.of(id)
		if len(times) != len(nodes) {
			t.Fatalf("record %s was stored %d times", id, len(times))
		}
		everywhere = append(everywhere, slices.MaxFunc(times, time.Time.Compare).Sub(began))
	}
	for what, all := range map[string][]time.Duration{"answered": answers, "on all nodes": everywhere} {
		slices.Sort(all)
		t.Logf("%s after p50 %v, p90 %v, p99 %v, at most %v", what, all[len(all)/2], all[len(all)*9/10], all[len(all)*99/100], all[len(all)-1])
	}
}

// storedTimes are when records were stored on nodes.
type storedTimes struct {
	mu sync.Mutex
	at map[string][]time.Time // by record
}

func (s *storedTimes) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[id] = append(s.at[id], time.Now())
}

func (s *storedTimes) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.at)
}

func (s *storedTimes) of(id string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[id]
}

// submit queues records at the desk and says when they are stored.
func (n *node) submit(ctx context.Context, r news.Record, note func(*store.Tx) error) (func(context.Context) error, error) {
	wait, err := n.desk.Submit(ctx, r, note)
	if err != nil || n.stored == nil {
		return wait, err
	}
	return func(ctx context.Context) error {
		err := wait(ctx)
		if err == nil {
			n.stored(r.ID)
		}
		return err
	}, nil
}
