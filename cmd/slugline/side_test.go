package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// seat asks a desk for what the owner of a token has read, or with a body changes it.
func (td *testDaemon) seat(t *testing.T, token, body string) (status int, answer string) {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+td.desk+"/api/seat", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// soon waits until something is so.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(awaits); !so(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", awaits, what)
		}
	}
}

// A token that one node made is good on the others, with what its owner has read and muted, until
// another node revokes it.
func TestNodesShareTokens(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	n := newNodes(t, 1)
	token := strings.TrimSpace(n.all[0].run(t, "token", "anna"))
	lists := func(td *testDaemon, want bool) func() bool {
		return func() bool { return strings.Contains(td.run(t, "token"), "anna") == want }
	}
	soon(t, "n3 lists the token", lists(n.all[2], true))
	if status, answer := n.all[2].seat(t, token, `{"mute": {"kind": "word", "what": "football", "for": "8h"}}`); status != http.StatusOK {
		t.Fatalf("n3 answers %d %s", status, answer)
	}
	soon(t, "n1 knows what was muted on n3", func() bool {
		_, answer := n.all[0].seat(t, token, "")
		return strings.Contains(answer, "football")
	})
	soon(t, "n2 lists the token", lists(n.all[1], true))
	n.all[1].run(t, "token", "anna", "--revoke")
	soon(t, "n1 has no token", lists(n.all[0], false))
	if status, _ := n.all[0].seat(t, token, ""); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: status %d, want 401", status)
	}
	for _, p := range n.running {
		p.terminate(t)
	}
}

// holder returns which node has a role.
func (n *nodes) holder(t *testing.T, role string) (at int) {
	t.Helper()
	at = -1
	soon(t, "a node has the role "+role, func() bool {
		for line := range strings.Lines(n.all[0].run(t, "cluster", "status")) {
			for i := range n.all {
				if strings.HasPrefix(line, fmt.Sprintf("n%d ", i+1)) && strings.Contains(line, role) {
					at = i
				}
			}
		}
		return at >= 0
	})
	return at
}

// An issue that one node had before it was one of several is sent by the node that has the role.
// That one is killed while the mail server holds its replies back; the next one sends what is
// left, and repeats at most what was under way.
func TestNodesSendAnIssueOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	const readers, lines = 200, 4
	box, smtpAt := startMailServer(t)
	n := configureNodes(t, 1)
	for _, td := range n.all {
		f, err := os.OpenFile(filepath.Join(td.dir, "feeds.yaml"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(f, "\nmail: {smtp: 'smtp://%s', from: news@press.example}\nnewsletters: [{name: morning, topic: all, at: '07:00'}]\n", smtpAt)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	n.all[0].queue(t, readers)
	box.holdReplies(readers / 2)
	for _, td := range n.all {
		n.running = append(n.running, td.start(t))
	}
	for _, p := range n.running {
		p.wait(t)
	}
	soon(t, "the mail server holds back its replies on all connections", func() bool { _, held := box.count(); return held == lines })
	first := n.holder(t, "post")
	n.running[first].kill(t)
	box.holdReplies(0)
	soon(t, "all mails came", func() bool { mails, _ := box.count(); return mails == readers })
	has := func(td *testDaemon, want bool) func() bool {
		return func() bool { return strings.Contains(td.run(t, "recipients"), "reader7@") == want }
	}
	other, third := n.all[(first+1)%3], n.all[(first+2)%3]
	soon(t, "the node that removes a reader knows it", has(other, true))
	soon(t, "the other node knows it", has(third, true))
	other.run(t, "recipients", "--remove", "reader7@reader.example")
	soon(t, "the removed reader is gone on the other node", has(third, false))
	if left := strings.Count(third.run(t, "recipients"), "\n"); left != readers-1 {
		t.Errorf("%d readers are left, want %d", left, readers-1)
	}
	for i, p := range n.running {
		if i != first {
			p.terminate(t)
		}
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	doubled, reached := 0, map[string]bool{}
	for id, copies := range box.copies {
		doubled += copies - 1
		reached[box.to[id]] = true
	}
	if len(reached) != readers || len(box.bodies) != readers || doubled > lines {
		t.Errorf("%d of %d readers got %d different mails, %d arrived twice", len(reached), readers, len(box.bodies), doubled)
	}
	for _, w := range box.problems {
		t.Error(w)
	}
	t.Logf("n%d was lost, %d mails arrived twice", first+1, doubled)
}
