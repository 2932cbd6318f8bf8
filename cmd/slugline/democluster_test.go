package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/cluster"
)

// runningDemo is `slugline demo --nodes 3`.
type runningDemo struct {
	cmd *exec.Cmd
	dir string // for temporary files

	mu  sync.Mutex // guards out
	out bytes.Buffer
}

func (d *runningDemo) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.Write(b)
}

func (d *runningDemo) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

// awaits is how long a test waits for what other processes do.
const awaits = 3 * time.Minute

// until waits until met returns true.
func (d *runningDemo) until(t *testing.T, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !met(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s:\n%s", what, d.said())
		}
	}
}

// startDemo starts the demo and waits until it has said where its nodes are.
func startDemo(t *testing.T) (d *runningDemo, nodes [][]string) {
	t.Helper()
	d = &runningDemo{dir: t.TempDir()}
	d.cmd = exec.Command("slugline", "--log-level", "warn", "demo", "--nodes", "3", "--listen", "127.0.0.1:0", "--desk", "127.0.0.1:0", "--restart", "45s")
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.dir)
	d.cmd.Stdout, d.cmd.Stderr = d, d
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() }) // fails if the test has ended it
	node := regexp.MustCompile(`(?s)(n\d)   pages and feeds   (http://\S+/)\n +the wire, live +(http://\S+/)\n +the cluster +http://\S+/cluster\n +to end it +kill -9 (\d+)\n`)
	d.until(t, "the demo says where its nodes are", func() bool {
		nodes = node.FindAllStringSubmatch(d.said(), -1)
		return len(nodes) == 3
	})
	return d, nodes
}

// fetched returns the validator and the body of a page, empty if there is none.
func fetched(address string) string {
	resp, err := http.Get(address)
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return resp.Header.Get("ETag") + "\n" + string(b)
}

// nodesOf returns how many partitions each node has that runs, as a desk says.
func nodesOf(desk string) (owned map[string]int, unowned int) {
	var s cluster.ClusterState
	_, body, _ := strings.Cut(fetched(desk+"api/cluster"), "\n")
	if json.Unmarshal([]byte(body), &s) != nil {
		return nil, cluster.Partitions
	}
	owned = map[string]int{}
	for _, n := range s.Nodes {
		if !n.Late {
			owned[n.Name] = len(n.Partitions)
		}
	}
	return owned, s.Unowned
}

// killNode does what the demo suggests.
func killNode(t *testing.T, node []string) {
	t.Helper()
	pid, err := strconv.Atoi(node[4])
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The three nodes of the demo have the same feeds and share the sources. When one is killed,
// the others take over, and the feed goes on; it comes back. Nothing is left of the demo.
func TestDemoOfThreeNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	d, nodes := startDemo(t)
	const feed = "topics/latest.atom"
	same := func(among ...int) func() bool {
		return func() bool {
			first := fetched(nodes[among[0]][2] + feed)
			for _, i := range among[1:] {
				if first == "" || fetched(nodes[i][2]+feed) != first {
					return false
				}
			}
			return strings.Contains(first, "<entry")
		}
	}
	shared := func(want int) func() bool {
		return func() bool {
			owned, unowned := nodesOf(nodes[0][3])
			for _, n := range owned {
				if n == 0 {
					return false
				}
			}
			return len(owned) == want && unowned == 0
		}
	}
	d.until(t, "all nodes share the sources", shared(3))
	d.until(t, "all nodes have the same feed", same(0, 1, 2))
	if !strings.Contains(fetched(nodes[0][3]+"cluster"), "All nodes are well") {
		t.Error("the page of the cluster does not say that all is well")
	}
	killNode(t, nodes[1])
	d.until(t, "the demo says that a node has ended", func() bool { return strings.Contains(d.said(), "n2 has ended") })
	d.until(t, "the others have its sources", func() bool { return shared(2)() || strings.Contains(d.said(), "n2 runs again") })
	before := fetched(nodes[0][2] + feed)
	d.until(t, "the feed goes on", func() bool { return fetched(nodes[0][2]+feed) != before })
	d.until(t, "the others have the same feed", same(0, 2))
	d.until(t, "the node is back", shared(3))
	d.until(t, "all nodes have the same feed again", same(0, 1, 2))
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("stop: %v\n%s", err, d.said())
	}
	if left, err := filepath.Glob(filepath.Join(d.dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("the demo leaves %q, %v", left, err)
	}
	for _, n := range nodes {
		if fetched(n[2]) != "" {
			t.Errorf("%s still runs", n[1])
		}
	}
}

// The nodes of a demo that is killed end too.
func TestKilledDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	d, nodes := startDemo(t)
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Wait() // it was killed
	d.until(t, "all nodes have ended", func() bool {
		for _, n := range nodes {
			if _, err := os.Readlink("/proc/" + n[4] + "/exe"); err == nil || fetched(n[2]+"healthz") != "" {
				return false // it runs, or serves where there is no /proc
			}
		}
		return true
	})
}

func TestDemoRefusesOtherNumbersOfNodes(t *testing.T) {
	for _, n := range []int{-1, 0, 2, 4} {
		err := demoCommand{Listen: "127.0.0.1:0", Desk: "127.0.0.1:0", Nodes: n}.Run(&shell{ctx: t.Context()})
		if wrong := new(usageError); !errors.As(err, wrong) || !strings.Contains(err.Error(), "--nodes is 1 or 3") {
			t.Errorf("%d nodes: %v", n, err)
		}
	}
}
