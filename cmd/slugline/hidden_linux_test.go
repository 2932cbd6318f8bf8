package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHiddenRowsWhileServing hides rows of one topic in a database that was closed well, as a
// flipped bit does. The daemon serves everything but that topic, also on the front page, and
// says what is wrong where people look.
func TestHiddenRowsWhileServing(t *testing.T) {
	td := newTestDaemon(t, 2)
	td.configure(t, "backup: {to: copies, every: 24h}\n")
	td.rewrite(t, "{name: all, stories: 5000}", "{name: all, stories: 5000}, {name: zz, stories: 5000}")
	for range 200 {
		td.publish()
	}
	td.run(t, "poll")
	path := filepath.Join(td.dir, "slugline.db")
	emptyLog(t, path)
	if err := hideLastRows(path, "zz"); err != nil {
		t.Fatal(err)
	}
	d := td.start(t)
	d.wait(t)
	for _, format := range []string{"atom", "rss", "json"} {
		if got := td.status(t, "/topics/zz."+format); got != http.StatusServiceUnavailable {
			t.Errorf("the damaged topic as %s: %d, want 503", format, got)
		}
		if got := td.status(t, "/topics/all."+format); got != http.StatusOK {
			t.Errorf("another topic as %s: %d, want 200", format, got)
		}
	}
	if got := td.status(t, "/topics/zz"); got != http.StatusServiceUnavailable {
		t.Errorf("the page of the damaged topic: %d, want 503", got)
	}
	front := bodyAt(t, "http://"+td.public+"/")
	for _, want := range []string{`role="status"><bdi dir="ltr">Stories of <bdi>zz</bdi> can’t be shown at the moment.`, "<article"} {
		if !strings.Contains(front, want) {
			t.Errorf("the front page has no %q:\n%s", want, front)
		}
	}
	for at, want := range map[string]string{
		"/readyz":     "places of zz: has ",
		"/api/status": `"damage":"`,
		"/":           `id="damage" role="alert"><h2>The database is damaged</h2>`,
	} {
		if body := td.deskBody(t, at); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q:\n%s", at, want, body)
		}
	}
	if got := td.deskStatus(t, "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d, want 503", got)
	}
	d.terminate(t)
	if log := d.log(); strings.Count(log, "places of zz: has ") != 1 || !strings.Contains(log, "repair=") {
		t.Errorf("the log says\n%s", log)
	}
	if said := td.runFails(t, "verify"); !strings.Contains(said, "damaged; restore the last backup with `") {
		t.Errorf("verify says %q", said)
	}
}

// deskBody returns what the desk answers to a GET.
func (td *testDaemon) deskBody(t *testing.T, path string) string {
	t.Helper()
	return bodyAt(t, "http://"+td.desk+path)
}

// bodyAt returns what an address answers to a GET.
func bodyAt(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// hideLastRows hides the last row of each page of rows that places of a topic begin, and
// keeps the file's time. A page of bbolt has 8 KB: flags at 8, the number of rows at 10, and
// for each row from 16 on its flags, the distance to its key, and the sizes of key and value.
func hideLastRows(path, topic string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	hidden := 0
	for at := 0; at+flipPage <= len(b); at += flipPage {
		page := b[at : at+flipPage]
		rows, key := binary.NativeEndian.Uint16(page[10:]), int(binary.NativeEndian.Uint32(page[16+4:]))
		size := int(binary.NativeEndian.Uint32(page[16+8:]))
		if page[8] != 2 || rows < 2 || size != len(topic)+1+29 || 16+key+size > len(page) || !strings.HasPrefix(string(page[16+key:]), topic+"\x00") {
			continue
		}
		binary.NativeEndian.PutUint16(page[10:], rows-1)
		hidden++
	}
	if hidden == 0 {
		return errors.New("no page begins with places of the topic")
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	return errors.Join(err, f.Close(), os.Chtimes(path, info.ModTime(), info.ModTime()))
}
