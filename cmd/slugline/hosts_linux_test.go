package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/cluster"
	"github.com/slugline/slugline/internal/origin"
	"github.com/slugline/slugline/internal/view"
)

// Three nodes visit hosts, some of which lead to a host of another node: it never has two
// requests at once. A host that asks for no requests gets none from the node that takes over
// when the one is killed which it asked.
func TestHostsOfSeveralNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	n := newHostNodes(t)
	n.settled(t)
	n.leadElsewhere(t)
	n.askForNone(t)
}

// hostNodes are three nodes and the hosts that they visit, one source each.
type hostNodes struct {
	*nodes
	hosts []*visitedHost
}

// visitedHost is a server of sources. All have the same documents.
type visitedHost struct {
	address  string
	origin   *origin.Origin
	under    atomic.Int64 // requests under way
	overlaps atomic.Int64 // requests that had another one under way

	mu       sync.Mutex       // guards the fields below
	instead  http.HandlerFunc // answers in place of the origin; nil: nothing does
	requests map[string]int   // by path
}

// hostTakes is for how long a host that others lead to is asked.
const hostTakes = 300 * time.Millisecond

func (h *visitedHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.under.Add(1) > 1 {
		h.overlaps.Add(1)
	}
	defer h.under.Add(-1)
	h.mu.Lock()
	h.requests[r.URL.Path]++
	answer := h.instead
	h.mu.Unlock()
	if answer == nil {
		answer = h.origin.ServeHTTP
	}
	answer(w, r)
}

// answer has the host answer in another way.
func (h *visitedHost) answer(by http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.instead = by
}

// asked returns how many requests the host got, of one path if that is not empty.
func (h *visitedHost) asked(path string) (requests int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p, k := range h.requests {
		if path == "" || p == path {
			requests += k
		}
	}
	return requests
}

// newHostNodes starts the nodes. With 24 hosts each node surely has several.
func newHostNodes(t *testing.T) *hostNodes {
	n := &hostNodes{nodes: configureNodes(t, 24)}
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	t.Cleanup(func() { stop(); serving.Wait() })
	for i := range n.feeds {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", i+2))
		if err != nil {
			t.Fatal(err)
		}
		h := &visitedHost{address: l.Addr().String(), origin: n.origin, requests: map[string]int{}}
		n.hosts = append(n.hosts, h)
		serving.Go(func() {
			if err := origin.Serve(ctx, l, h); err != nil {
				t.Error(err)
			}
		})
	}
	for _, td := range n.all {
		n.toHosts(t, td)
		n.running = append(n.running, td.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	return n
}

// toHosts has the feeds.yaml of a node name the hosts in place of the one origin.
func (n *hostNodes) toHosts(t *testing.T, td *testDaemon) {
	t.Helper()
	path := filepath.Join(td.dir, "feeds.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, all := string(b), make([]string, len(n.hosts))
	for i, h := range n.hosts {
		text = strings.Replace(text, fmt.Sprintf("http://%s/%d.xml", td.source, i), fmt.Sprintf("http://%s/%d.xml", h.address, i), 1)
		all[i] = h.address
	}
	text = strings.Replace(text, fmt.Sprintf("allow: [%q]", td.source), "allow: ['"+strings.Join(all, "', '")+"']", 1)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// owners returns the hosts of each node by their numbers, as a node says.
func (n *hostNodes) owners(t *testing.T, of *testDaemon) (hosts map[string][]int) {
	t.Helper()
	var s cluster.ClusterState
	if err := json.Unmarshal([]byte(of.deskBody(t, "/api/cluster")), &s); err != nil {
		t.Fatal(err)
	}
	hosts = map[string][]int{}
	for _, node := range s.Nodes {
		for i, h := range n.hosts {
			if !node.Late && slices.Contains(node.Partitions, int(cluster.PartitionOf("http://"+h.address+"/"))) {
				hosts[node.Name] = append(hosts[node.Name], i)
			}
		}
	}
	return hosts
}

// until waits until met returns true.
func (n *hostNodes) until(t *testing.T, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !met(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s; the logs: %s", what, n.keep(t, nil))
		}
	}
}

// leadElsewhere has two hosts each of n2 and n3 lead to one host of n1, which that visits too.
func (n *hostNodes) leadElsewhere(t *testing.T) {
	owners := n.owners(t, n.all[0])
	if len(owners["n1"]) < 1 || len(owners["n2"]) < 2 || len(owners["n3"]) < 2 {
		t.Fatalf("the nodes have the hosts %v", owners)
	}
	goal := owners["n1"][0]
	shared := n.hosts[goal]
	shared.answer(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(hostTakes):
			n.origin.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
	leading := slices.Concat(owners["n2"][:2], owners["n3"][:2])
	for _, i := range leading {
		n.hosts[i].answer(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+shared.address+r.URL.Path, http.StatusFound)
		})
	}
	n.until(t, "the host was asked through all redirects", func() bool {
		for _, i := range append(leading, goal) {
			if shared.asked(fmt.Sprintf("/%d.xml", i)) < 4 {
				return false
			}
		}
		return true
	})
	if k := shared.overlaps.Load(); k > 0 {
		t.Errorf("%d of %d requests at a host met another one", k, shared.asked(""))
	}
	before := make([]int, len(leading))
	for k, i := range leading {
		n.hosts[i].answer(nil)
		before[k] = n.hosts[i].asked(fmt.Sprintf("/%d.xml", i))
	}
	// A visit that was led on may still wait for its turn at the host: what that answers
	// from now on would be filed for the visit's own source. The next visit shows its end.
	n.until(t, "no visit is led on any more", func() bool {
		for k, i := range leading {
			if n.hosts[i].asked(fmt.Sprintf("/%d.xml", i)) == before[k] {
				return false
			}
		}
		return true
	})
	shared.answer(nil)
}

// askForNone has a host ask for no requests, and kills the node that was told so.
func (n *hostNodes) askForNone(t *testing.T) {
	owners := n.owners(t, n.all[0])
	killed := slices.IndexFunc(n.all, func(td *testDaemon) bool {
		return len(owners[nodeName(n.all, td)]) >= 2
	})
	mine := owners[nodeName(n.all, n.all[killed])]
	silent, other := n.hosts[mine[0]], n.hosts[mine[1]]
	var refused atomic.Int64
	silent.answer(func(w http.ResponseWriter, _ *http.Request) {
		refused.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	successors := slices.Delete(slices.Clone(n.all), killed, killed+1)
	n.until(t, "the other nodes know that a host asked for no requests", func() bool {
		return !slices.ContainsFunc(successors, func(td *testDaemon) bool { return td.statusOf(t, mine[0]) != http.StatusTooManyRequests })
	})
	n.running[killed].kill(t)
	before := other.asked("")
	n.until(t, "the other nodes have the sources of the one that was killed, and visit them", func() bool {
		owners := n.owners(t, successors[0])
		count := 0
		for _, td := range successors {
			count += len(owners[nodeName(n.all, td)])
		}
		return count == len(n.hosts) && other.asked("") >= before+5
	})
	if k := refused.Load(); k != 1 {
		t.Errorf("a host that asked for no requests for an hour got %d", k)
	}
	for _, td := range successors {
		if src := td.sourceNumber(t, mine[0]); src.Status != http.StatusTooManyRequests || time.Until(src.Due) < 50*time.Minute {
			t.Errorf("%s will visit the host at %v, after status %d", nodeName(n.all, td), src.Due, src.Status)
		}
	}
}

// nodeName returns the name of a node.
func nodeName(all []*testDaemon, td *testDaemon) string {
	return fmt.Sprint("n", slices.Index(all, td)+1)
}

// sourceNumber returns what a desk says of the source si.
func (td *testDaemon) sourceNumber(t *testing.T, i int) *view.Source {
	t.Helper()
	var all []view.Source
	body := td.deskBody(t, "/api/sources")
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for k := range all {
		if all[k].Name == fmt.Sprint("s", i) {
			return &all[k]
		}
	}
	t.Fatalf("there is no source s%d", i)
	return nil
}

func (td *testDaemon) statusOf(t *testing.T, i int) int {
	t.Helper()
	return td.sourceNumber(t, i).Status
}
