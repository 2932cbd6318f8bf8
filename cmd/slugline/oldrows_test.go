package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/slugline/slugline/internal/newsroom"
	"github.com/slugline/slugline/internal/store"
)

// TestOldRows opens a file of the first schema. That its rows are rewritten, and how far, stands
// where people look.
func TestOldRows(t *testing.T) {
	td := newTestDaemon(t, 1)
	td.configure(t, "")
	td.publish()
	path := filepath.Join(td.dir, "slugline.db")
	if err := createOld(path, "../../internal/store/testdata/schema1.txt"); err != nil {
		t.Fatal(err)
	}
	const says = "15 rows have the form of an earlier release."
	td.run(t, "poll") // a command that ends soon does not begin
	if out := td.run(t, "verify"); !strings.Contains(out, says) {
		t.Errorf("verify does not say %q:\n%s", says, out)
	}
	if want, got := `{"status":"ready","oldRows":{"left":15,"of":15}}`, readyzOf(t, path); got != want {
		t.Errorf("/readyz says %s, want %s", got, want)
	}
	d := td.start(t)
	d.wait(t)
	td.until(t, "the rows are rewritten", func() bool { return td.metric(t, "slugline_store_old_rows 0") })
	if body := strings.TrimSpace(td.deskBody(t, "/readyz")); body != `{"status":"ready"}` {
		t.Errorf("/readyz says %s", body)
	}
	if body := bodyAt(t, "http://"+td.public+"/"); !strings.Contains(body, "Port &lt;reopens&gt;") {
		t.Errorf("the front page does not show the old story:\n%s", body)
	}
	for _, want := range []string{`msg="rows of an earlier release are rewritten from now on" rows=15`, `msg="all rows of an earlier release are rewritten`} {
		td.until(t, "the log says "+want, func() bool { return strings.Contains(d.log(), want) })
	}
	d.terminate(t)
	if out := td.run(t, "verify"); !strings.Contains(out, "No damage found") || strings.Contains(out, "earlier release") {
		t.Errorf("verify says:\n%s", out)
	}
}

// createOld creates a database from the rows in a text file of package store.
func createOld(path, from string) error {
	lines, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(b *bolt.Tx) error {
		for line := range strings.Lines(string(lines)) {
			var name, k, v string
			if _, err := fmt.Sscanf(line, "%s\t%q\t%q", &name, &k, &v); err != nil {
				return err
			}
			if err := putRow(b, name, k, v); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

func putRow(b *bolt.Tx, bucket, k, v string) error {
	top, name, nested := strings.Cut(bucket, "/")
	in, err := b.CreateBucketIfNotExists([]byte(top))
	if err == nil && nested {
		in, err = in.CreateBucketIfNotExists([]byte(name))
	}
	if err != nil || k == "fold" || name == "signatures" { // these values are no more than names
		return err
	}
	return in.Put([]byte(k), []byte(v))
}

// readyzOf returns what /readyz says about a database that no daemon has open.
func readyzOf(t *testing.T, path string) string {
	t.Helper()
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "http://127.0.0.1/readyz", nil)
	r.RemoteAddr = "127.0.0.1:9"
	(&newsroom.Desk{Store: s}).ServeHTTP(w, r)
	return strings.TrimSpace(w.Body.String())
}
