package main

import (
	"io"
	"net/http"
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
	for deadline := time.Now().Add(time.Minute); !so(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not after a minute: %s", what)
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
	n.all[1].run(t, "token", "anna", "--revoke")
	soon(t, "n1 has no token", lists(n.all[0], false))
	if status, _ := n.all[0].seat(t, token, ""); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: status %d, want 401", status)
	}
	for _, p := range n.running {
		p.terminate(t)
	}
}
