package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// checkMetrics checks what three nodes that are well measure of themselves.
func (n *nodes) checkMetrics(t *testing.T) {
	t.Helper()
	n.until(t, "the nodes measure that they own all partitions and have applied all records", func() bool {
		owned := 0.0
		for _, td := range n.all {
			m := td.wireMetrics(t)
			if m["gaps_total"] != 0 || m["behind_seconds"] != 0 || len(m) != 3 {
				return false
			}
			owned += m["partitions_owned"]
		}
		return owned == 64
	})
}

// wireMetrics returns the metrics that only a node of a cluster has.
func (td *testDaemon) wireMetrics(t *testing.T) map[string]float64 {
	t.Helper()
	resp, err := http.Get("http://" + td.desk + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for line := range strings.Lines(string(b)) {
		var value float64
		name, rest, _ := strings.Cut(line, " ")
		if name, ok := strings.CutPrefix(name, "slugline_wire_"); ok {
			if _, err := fmt.Sscan(rest, &value); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			found[name] = value
		}
	}
	return found
}
