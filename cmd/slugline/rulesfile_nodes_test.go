package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Three daemons of which one gets another feeds.yaml: its rules are in force on all, the
// others say that they differ, also after a start, and all is well once the files are equal.
func TestThreeFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	n := newNodes(t, 2)
	n.settled(t)
	n.all[0].addToFile(t, "not: ['nothing says this']\n")
	n.differing(t, "n2", "n3")
	if body := n.all[1].readyz(t); !strings.Contains(body, "feeds.yaml of this node differs from the rules in force (alerts, the site or other settings)") {
		t.Errorf("/readyz of n2: %s", body)
	}
	if body := n.all[0].readyz(t); strings.Contains(body, "differs") {
		t.Errorf("/readyz of n1: %s", body)
	}
	n.running[1].terminate(t)
	n.running[1] = n.all[1].start(t)
	n.running[1].wait(t)
	n.differing(t, "n2", "n3")
	for range 4 {
		n.publish()
	}
	n.agree(t, n.all...)
	n.all[1].addToFile(t, "not: ['nothing says this']\n")
	n.differing(t, "n3")
	n.all[2].addToFile(t, "not: ['nothing says that']\n") // an edit, which is put in force
	n.differing(t, "n1", "n2")
	n.differsInSources(t)
}

// differsInSources gives a source of n1 another title. All nodes
// say which it is, and what to do.
func (n *nodes) differsInSources(t *testing.T) {
	t.Helper()
	n.all[0].rewrite(t, "name: s1, every: 1s", "name: s1, title: Another")
	n.differing(t, "n2", "n3")
	want := "the rules in force (source s1)"
	for _, td := range n.all { // a node may be known to differ from the rules that were in force before
		soon(t, "cluster status says twice "+want+", and once what to do", func() bool {
			out := td.run(t, "cluster", "status")
			return strings.Count(out, want) == 2 && strings.Count(out, sayDiffers) == 1
		})
	}
	if body := n.all[1].readyz(t); !strings.Contains(body, want) || !strings.Contains(body, sayDiffers) {
		t.Errorf("/readyz of n2: %s", body)
	}
	if log := n.running[1].log(); !strings.Contains(log, `differs_in="source s1"`) {
		t.Errorf("n2 logs\n%s", log)
	}
}

// addToFile adds lines to feeds.yaml.
func (td *testDaemon) addToFile(t *testing.T, lines string) {
	t.Helper()
	path := filepath.Join(td.dir, "feeds.yaml")
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(b, lines...), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// differing waits until all nodes say that the files of these nodes differ, and of no others.
func (n *nodes) differing(t *testing.T, names ...string) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); ; <-tick.C {
		all, want := "", ""
		for _, td := range n.all {
			out := td.run(t, "cluster", "status")
			for line := range strings.Lines(out) {
				if strings.HasPrefix(line, "n") && strings.Contains(line, "its feeds.yaml differs") {
					all += strings.Fields(line)[0] + " "
				}
			}
			want += strings.Join(names, " ") + " "
		}
		if all == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the nodes say that these differ: %q, want %q", all, want)
		}
	}
}

// readyz returns what /readyz answers, with status 200.
func (td *testDaemon) readyz(t *testing.T) string {
	t.Helper()
	resp, err := http.Get("http://" + td.desk + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("/readyz: %s %s %v", resp.Status, b, err)
	}
	return string(b)
}
