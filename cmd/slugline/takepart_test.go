package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// A node that is alone serves what it has, says what it waits for and can be stopped, at the
// very first start too. It takes part once a second voter is there.
func TestStartWithoutQuorum(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	n := configureNodes(t, 2)
	first := n.all[0].startAlone(t, http.StatusServiceUnavailable)   // it has no rules yet
	if err := first.cmd.Process.Signal(syscall.SIGHUP); err != nil { // does not end it
		t.Fatal(err)
	}
	first.terminate(t)
	for _, td := range n.all {
		n.running = append(n.running, td.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	for range 4 {
		n.publish()
	}
	n.agree(t, n.all...)
	before := n.all[0].feed(t)
	for _, p := range n.running {
		p.terminate(t)
	}
	n.running[0] = n.all[0].startAlone(t, http.StatusOK)
	if got := n.all[0].feed(t); got != before {
		t.Errorf("alone the node serves\n%s\nand not, as before,\n%s", got, before)
	}
	if said := n.all[0].runFails(t, "pin", "0000000000000", "all"); !strings.Contains(said, "other voters") {
		t.Errorf("an order is answered with %q", said)
	}
	n.running[1] = n.all[1].start(t)
	n.running[1].wait(t)
	for range 4 {
		n.publish()
	}
	n.agree(t, n.all[:2]...)
	n.all[0].until(t, "the node is ready", func() bool { return n.all[0].deskStatus(t, "/readyz") == http.StatusOK })
	for _, p := range n.running[:2] {
		p.terminate(t)
	}
}

// startAlone starts a node whose peers are down, and expects that it serves pages and says why
// it is not ready. front is what the public front page answers.
func (td *testDaemon) startAlone(t *testing.T, front int) *process {
	t.Helper()
	d := td.start(t)
	d.wait(t)
	td.until(t, "the node says what it waits for", func() bool {
		return td.deskStatus(t, "/readyz") == http.StatusServiceUnavailable && strings.Contains(td.deskBody(t, "/readyz"), "connected to 0 of the 2 other voters")
	})
	if page := td.page(t, "/"); !strings.Contains(page, "connected to 0 of the 2 other voters") {
		t.Error("the monitor does not say what it waits for")
	}
	if got := td.publicStatus(t, "/"); got != front {
		t.Errorf("the public front page answers %d, want %d", got, front)
	}
	return d
}
