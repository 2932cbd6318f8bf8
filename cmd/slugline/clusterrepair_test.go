package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/loopback"
)

// newSecureNodes starts three voters with certificates of `slugline cluster init`, and makes a
// reader that is not started.
func newSecureNodes(t *testing.T, feeds int) (n *nodes, reader *testDaemon) {
	n = configureNodes(t, feeds)
	certs := t.TempDir()
	n.all[0].run(t, "cluster", "init", "--to", certs, "n1=127.0.0.1", "n2=127.0.0.1", "n3=127.0.0.1", "n4")
	secure := func(td *testDaemon, name string) {
		td.rewrite(t, "cluster: {", fmt.Sprintf("cluster: {tls: {cert: '%[1]s/%[2]s.pem', key: '%[1]s/%[2]s.key', ca: '%[1]s/ca.pem'}, ", certs, name))
	}
	td := *n.testDaemon
	td.dir, td.public, td.desk = t.TempDir(), loopback.Address(t), loopback.Address(t)
	reader = &td
	b, err := os.ReadFile(filepath.Join(n.all[0].dir, "feeds.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	at := strings.Index(text, "peers: ")
	reader.configure(t, "site: {url: 'http://press.example', id: press.example, zone: UTC}\ncluster: {node: n4, role: reader, "+text[at:])
	for i, voter := range n.all {
		secure(voter, fmt.Sprint("n", i+1))
	}
	secure(reader, "n4")
	for _, voter := range n.all {
		n.running = append(n.running, voter.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	t.Cleanup(func() {
		for i, p := range n.running {
			if t.Failed() {
				_ = p.cmd.Process.Kill()
				_ = p.end()
				t.Logf("n%d:\n%s", i+1, p.log())
			}
		}
	})
	return n, reader
}

// waitReady waits until nodes are ready.
func waitReady(t *testing.T, all ...*testDaemon) {
	t.Helper()
	for _, td := range all {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.Now().Add(awaits); td.deskStatus(t, "/readyz") != http.StatusOK; <-tick.C {
			if time.Now().After(deadline) {
				t.Fatalf("not ready: %s", td.deskBody(t, "/readyz"))
			}
		}
	}
}

// verifySame expects that a node finds a number of nodes with the same digest.
func (td *testDaemon) verifySame(t *testing.T, nodes int) {
	t.Helper()
	if out := td.run(t, "cluster", "verify"); strings.Count(out, "same") != nodes {
		t.Errorf("verify finds\n%s\nwant %d nodes with the same digest", out, nodes)
	}
}

func (td *testDaemon) say(t *testing.T, want string, args ...string) {
	t.Helper()
	out, err := td.command(args...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("slugline %s: %v, it says\n%s\nand not %q", strings.Join(args, " "), err, out, want)
	}
}

// A reader joins by a copy; a replica is filled again, unless another one is not well; a
// database is replaced; and a log that was made anew is adopted.
func TestRepairAndJoin(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	n, reader := newSecureNodes(t, 3)
	publish := func() {
		for range 4 {
			n.publish()
		}
	}
	publish()
	n.agree(t, n.all...)
	waitReady(t, n.all...)
	from := "http://" + n.all[0].desk

	reader.say(t, "neither a file nor the address of a desk", "cluster", "join", "n1")
	if out := reader.run(t, "cluster", "join", from); !strings.Contains(out, "this node goes on with record") {
		t.Errorf("join says %q", out)
	}
	read := reader.start(t)
	read.wait(t)
	t.Cleanup(func() {
		if t.Failed() {
			_ = read.cmd.Process.Kill()
			_ = read.end()
			t.Logf("n4:\n%s", read.log())
		}
	})
	publish()
	all := append([]*testDaemon{reader}, n.all...)
	n.agree(t, all...)
	waitReady(t, reader)
	reader.verifySame(t, 4)
	if out := reader.run(t, "--json", "cluster", "status"); !strings.Contains(out, `"url":"`+from+`"`) {
		t.Errorf("the status does not have the address of the desk of n1:\n%s", out)
	}
	reader.say(t, "is in use: stop the daemon first", "cluster", "join", from)
	reader.say(t, "a reader and keeps nothing of the log", "cluster", "repair", "n4")

	second := n.all[1]
	second.say(t, "run `slugline cluster repair n1` on n1", "cluster", "repair", "n1")
	second.say(t, "stop it", "cluster", "repair", "n2", "--database", "--from", from)
	if out := second.run(t, "cluster", "repair", "n2"); !strings.Contains(out, "deleted and filled again") {
		t.Errorf("repair says %q", out)
	}
	waitReady(t, n.all...)
	second.verifySame(t, 4)

	n.running[2].terminate(t)
	third := n.all[2]
	second.say(t, "nothing is deleted", "cluster", "repair", "n2")
	if _, err := os.Stat(filepath.Join(second.dir, "slugline.wire", "jetstream")); err != nil {
		t.Error(err)
	}
	third.say(t, "--from", "cluster", "repair", "n3")
	if out := third.run(t, "cluster", "repair", "n3", "--database", "--from", from); !strings.Contains(out, "is kept as") || !strings.Contains(out, "is deleted") {
		t.Errorf("repair says %q", out)
	}
	if kept, _ := filepath.Glob(filepath.Join(third.dir, "slugline.db.before-join-*")); len(kept) != 1 {
		t.Errorf("the former database is kept as %v", kept)
	}
	n.running[2] = third.start(t)
	n.running[2].wait(t)
	publish()
	n.agree(t, all...)
	waitReady(t, n.all...)
	third.verifySame(t, 4)

	for i, p := range n.running {
		p.terminate(t)
		if err := os.RemoveAll(filepath.Join(n.all[i].dir, "slugline.wire")); err != nil {
			t.Fatal(err)
		}
	}
	for i, td := range n.all {
		n.running[i] = td.start(t)
	}
	for i, td := range all {
		if i > 0 {
			n.running[i-1].wait(t)
		}
		td.until(t, "the log is refused", func() bool { return strings.Contains(td.deskBody(t, "/readyz"), "this is another log") })
		td.say(t, "nothing has changed", "cluster", "adopt")
	}
	for _, td := range all {
		td.run(t, "cluster", "adopt", "--yes")
	}
	waitReady(t, all...)
	publish()
	n.agree(t, all...)
	reader.say(t, "there is nothing to adopt", "cluster", "adopt", "--yes")
	reader.verifySame(t, 4)
	for _, p := range append(n.running, read) {
		p.terminate(t)
	}
}
