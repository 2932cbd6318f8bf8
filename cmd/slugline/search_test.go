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

// A daemon finds what it took in, across a kill and with its index removed; a pass by
// hand leaves the index alone.
func TestDaemonSearches(t *testing.T) {
	p := newPress(t, 2)
	p.configure(t, "")
	for range 6 {
		p.publish()
	}
	p.says(t, "poll")
	index, err := filepath.Glob(filepath.Join(p.dir, "*.search")) // the pattern is right
	if err != nil || len(index) != 0 {
		t.Errorf("a pass made %v", index)
	}
	d := p.start(t)
	d.wait(t)
	p.findAll(t)
	p.publish()
	p.readAll(t, map[string]string{})
	p.findAll(t)
	p.until(t, "the index has caught up", func() bool { return p.metric(t, "slugline_search_behind 0") })
	d.kill(t)
	d = p.start(t)
	d.wait(t)
	p.findAll(t)
	d.terminate(t)
	if index, _ = filepath.Glob(filepath.Join(p.dir, "*.search")); len(index) != 1 {
		t.Fatalf("indexes %v, want one beside the database", index)
	}
	if err := os.RemoveAll(index[0]); err != nil {
		t.Fatal(err)
	}
	d = p.start(t)
	d.wait(t)
	p.findAll(t)
	d.terminate(t)
}

// findAll searches for each published headline and for all of them.
func (p *press) findAll(t *testing.T) {
	t.Helper()
	var queries []string
	for title := range p.published {
		queries = append(queries, `"`+title+`"`)
	}
	for _, q := range append(queries, strings.Join(queries, " OR ")) {
		resp, err := http.Get("http://" + p.desk + "/api/search?" + url.Values{"q": {q}}.Encode())
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
