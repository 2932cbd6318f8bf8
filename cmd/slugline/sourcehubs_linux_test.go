package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
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
)

// pushedNodes are three nodes that visit sources at addresses of their own, which have one hub.
type pushedNodes struct {
	*nodes
	docs     []*origin.Doc
	asked    chan url.Values
	overlaps atomic.Int64          // requests to the hub that met another one there
	forms    map[string]url.Values // what the hub was asked, by topic
	title    int
}

func newPushedNodes(t *testing.T, sources int) *pushedNodes {
	n := &pushedNodes{nodes: configureNodes(t, sources), asked: make(chan url.Values, 1000), forms: map[string]url.Values{}}
	var under atomic.Int64
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if under.Add(1) > 1 {
			n.overlaps.Add(1)
		}
		defer under.Add(-1)
		_ = r.ParseForm()
		select {
		case <-time.After(visitTakes):
			n.asked <- r.PostForm
			w.WriteHeader(http.StatusAccepted)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(hub.Close)
	hosts := n.serveSources(t)
	var list strings.Builder
	for i, f := range n.feeds {
		doc := &origin.Doc{Format: origin.Atom, Title: fmt.Sprint("Source ", i), Self: fmt.Sprintf("http://%s/%d.xml", hosts[i], i)}
		doc.Items = []origin.Item{n.item(i)}
		f.Set(*doc)
		n.docs = append(n.docs, doc)
		fmt.Fprintf(&list, "  - {feed: '%s', name: s%d, every: 1s}\n", doc.Self, i)
	}
	for _, td := range n.all {
		path := filepath.Join(td.dir, "feeds.yaml")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, _ := strings.Cut(string(b), "sources:\n")
		_, after, _ := strings.Cut(rest, "site:")
		before = strings.Replace(before, fmt.Sprintf("%q", td.source), "'"+strings.Join(hosts, "', '")+"'", 1)
		text := before + "sources:\n" + list.String() + "site:" + after + fmt.Sprintf("websub: {allow: [%q]}\n", address(hub))
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		n.running = append(n.running, td.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	n.settled(t) // a turn at the hub's host is lost when the nodes divide the work anew
	for i, f := range n.feeds {
		n.docs[i].Hub = hub.URL
		f.Set(*n.docs[i])
	}
	return n
}

// serveSources serves each source at an address of its own.
func (n *pushedNodes) serveSources(t *testing.T) (hosts []string) {
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	t.Cleanup(func() { stop(); serving.Wait() })
	for i := range n.feeds {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", i+2))
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, l.Addr().String())
		serving.Go(func() {
			if err := origin.Serve(ctx, l, n.origin); err != nil {
				t.Error(err)
			}
		})
	}
	return hosts
}

// item makes a new item of a source.
func (n *pushedNodes) item(source int) origin.Item {
	n.title++
	title := nonsense(n.title)
	n.published[title] = true
	return origin.Item{ID: fmt.Sprint("item-", n.title), Title: title, Link: fmt.Sprintf("http://press.example/%d/%d", source, n.title), Published: time.Now()}
}

// at returns a form whose callback is one node's.
func (n *pushedNodes) at(form url.Values, node int) url.Values {
	return url.Values{
		"hub.callback": {strings.Replace(form.Get("hub.callback"), "http://press.example", "http://"+n.all[node].public, 1)},
		"hub.secret":   {form.Get("hub.secret")}, "hub.topic": {form.Get("hub.topic")},
	}
}

// push has the hub send a new item of a source to nodes, until one accepts it. It returns how
// often it was told to come again.
func (n *pushedNodes) push(t *testing.T, source int, nodes ...int) (refused int) {
	t.Helper()
	doc := n.docs[source]
	doc.Items = append([]origin.Item{n.item(source)}, doc.Items...)
	n.feeds[source].Set(*doc)
	body := doc.Bytes()
	soon(t, fmt.Sprintf("the push of source %d is accepted", source), func() bool {
		status, retry := sendPush(t, n.at(n.forms[doc.Self], nodes[refused%len(nodes)]), doc.ContentType(), body)
		if status/100 == 2 {
			return true
		}
		if status != http.StatusServiceUnavailable || retry == "" {
			t.Errorf("the push of source %d was answered %d, Retry-After %q", source, status, retry)
		}
		refused++
		return false
	})
	return refused
}

// once waits until nodes show each item, and expects that none shows one twice.
func (n *pushedNodes) once(t *testing.T, nodes ...*testDaemon) {
	t.Helper()
	n.agree(t, nodes...)
	seen := map[string]string{}
	nodes[0].read(t, seen)
	if len(seen) != len(n.published) {
		t.Errorf("%d items for %d that were published", len(seen), len(n.published))
	}
}

// visitor returns the node that visits most sources; not but, unless that one visits all.
func (n *pushedNodes) visitor(t *testing.T, but int) (most int) {
	t.Helper()
	var visits []int // by node
	soon(t, "each source has a node that visits it", func() bool {
		var state cluster.ClusterState
		if err := json.Unmarshal([]byte(n.all[0].run(t, "--json", "cluster", "status")), &state); err != nil {
			t.Fatal(err)
		}
		visits = make([]int, len(n.all))
		visited := 0
		for _, doc := range n.docs {
			at := slices.IndexFunc(state.Nodes, func(s cluster.NodeState) bool {
				return !s.Late && slices.Contains(s.Partitions, int(cluster.PartitionOf(doc.Self)))
			})
			if at >= 0 {
				visits[at]++
				visited++
			}
		}
		return visited == len(n.docs) && len(state.Nodes) == len(n.all)
	})
	most = but
	for i, count := range visits {
		if i != but && count > 0 && (most == but || count > visits[most]) {
			most = i
		}
	}
	t.Logf("the nodes visit %v sources; n%d is chosen", visits, most+1)
	return most
}

// without returns the nodes but one, by number and as daemons.
func (n *pushedNodes) without(one int) (rest []int, others []*testDaemon) {
	for i, td := range n.all {
		if i != one {
			rest, others = append(rest, i), append(others, td)
		}
	}
	return rest, others
}

// stop has a node give back what it visits, and waits for its end.
func (n *pushedNodes) stop(t *testing.T, i int) {
	t.Helper()
	if err := n.running[i].cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := n.running[i].end(); err != nil {
		t.Errorf("stop: %v\n%s", err, n.running[i].log())
	}
}

// A hub calls back whichever node a load balancer picks. What it sends is filed once, by the node
// that visits the source; when that one is killed or stopped, its successor goes on without asking
// the hub again.
func TestNodesAreCalledBackByHubs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	const sources = 6
	n := newPushedNodes(t, sources)
	for len(n.forms) < sources {
		var form url.Values
		select {
		case form = <-n.asked:
		case <-time.After(awaits):
			t.Fatalf("only the hubs of %d sources were asked; the logs: %s", len(n.forms), n.keep(t, nil))
		}
		n.forms[form.Get("hub.topic")] = form
		at := n.at(form, len(n.forms)%3)
		soon(t, "a node confirms what was asked for", func() bool { return confirms(t, at) })
	}
	const relied = "its hub sends what is new"
	soon(t, "all hubs are relied on", func() bool {
		pushed := map[string]bool{}
		for _, td := range n.all {
			for line := range strings.Lines(td.run(t, "sources")) {
				if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(line, relied) {
					pushed[name] = true
				}
			}
		}
		return len(pushed) == sources
	})
	visits := len(n.origin.Requests())
	for i := range sources {
		if refused := n.push(t, i, i%3); refused > 0 {
			t.Logf("the push of source %d was refused %d times", i, refused)
		}
	}
	n.once(t, n.all...)

	killed := n.visitor(t, -1)
	rest, others := n.without(killed)
	n.running[killed].kill(t)
	refused := 0
	for i := range sources {
		refused += n.push(t, i, rest...)
	}
	n.once(t, others...)
	t.Logf("%d times a hub was told to come again; %d visits since hubs are relied on", refused, len(n.origin.Requests())-visits)
	n.running[killed] = n.all[killed].start(t)
	n.running[killed].wait(t)
	n.settled(t)
	for i := range sources {
		n.push(t, i, killed)
	}
	n.once(t, n.all...)
	stopped := n.visitor(t, killed)
	rest, others = n.without(stopped)
	n.stop(t, stopped)
	for i := range sources {
		n.push(t, i, rest...)
	}
	n.once(t, others...)
	if again := len(n.asked); again > 0 || n.overlaps.Load() > 0 {
		t.Errorf("the hub was asked %d times again, and %d requests met another one", again, n.overlaps.Load())
	}
}
