package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDaemonSearches finds what was published, after a kill and after the index was removed.
// A pass without a daemon makes no index.
func TestDaemonSearches(t *testing.T) {
	td := newTestDaemon(t, 2)
	td.configure(t, "")
	for range 6 {
		td.publish()
	}
	td.run(t, "poll")
	index, err := filepath.Glob(filepath.Join(td.dir, "*.search")) // the pattern is right
	if err != nil || len(index) != 0 {
		t.Errorf("a pass made %v", index)
	}
	d := td.start(t)
	d.wait(t)
	td.findAll(t)
	td.publish()
	td.readAll(t, map[string]string{})
	td.findAll(t)
	td.until(t, "the index has caught up", func() bool { return td.metric(t, "slugline_search_behind 0") })
	d.kill(t)
	d = td.start(t)
	d.wait(t)
	td.findAll(t)
	d.terminate(t)
	if index, _ = filepath.Glob(filepath.Join(td.dir, "*.search")); len(index) != 1 {
		t.Fatalf("indexes %v, want one beside the database", index)
	}
	if err := os.RemoveAll(index[0]); err != nil {
		t.Fatal(err)
	}
	d = td.start(t)
	d.wait(t)
	td.findAll(t)
	d.terminate(t)
}

// findAll searches for each published headline and for all of them.
func (td *testDaemon) findAll(t *testing.T) {
	t.Helper()
	var queries []string
	for title := range td.published {
		queries = append(queries, `"`+title+`"`)
	}
	for _, q := range append(queries, strings.Join(queries, " OR ")) {
		resp, err := http.Get("http://" + td.desk + "/api/search?" + url.Values{"q": {q}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		var found struct {
			Stories []struct{ Headline string }
		}
		err = json.NewDecoder(resp.Body).Decode(&found)
		_ = resp.Body.Close()
		want := 1
		if strings.Contains(q, " OR ") {
			want = len(queries)
		}
		if err != nil || resp.StatusCode != http.StatusOK || len(found.Stories) != want {
			t.Errorf("%s: %d, found %d (%v), want %d", q, resp.StatusCode, len(found.Stories), err, want)
		}
	}
}
