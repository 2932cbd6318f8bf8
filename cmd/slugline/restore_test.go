package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/clock"
	"github.com/slugline/slugline/internal/store"
)

// restoreTest is a newsroom with one source, which commands work on.
type restoreTest struct {
	t    *testing.T
	dir  string
	mu   sync.Mutex // guards the fields below
	feed []string   // headlines, the newest first
	born map[string]time.Time
}

func newRestoreTest(t *testing.T, topic string) *restoreTest {
	r := &restoreTest{t: t, dir: t.TempDir(), born: map[string]time.Time{}}
	server := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(server.Close)
	config := fmt.Sprintf("site: {url: 'https://press.example'}\nfetch: {allow: ['%s']}\nsources: [{feed: '%s/feed', name: a}]\ntopics: [%s]\n",
		strings.TrimPrefix(server.URL, "http://"), server.URL, topic)
	r.write("feeds.yaml", []byte(config))
	return r
}

func (r *restoreTest) serve(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprint(w, `<rss version="2.0"><channel><title>A</title><link>https://a.example/</link>`)
	for _, h := range r.feed {
		slug := strings.ReplaceAll(strings.ToLower(h), " ", "-")
		fmt.Fprintf(w, `<item><title>%s</title><link>https://a.example/news/%s.html</link><guid>%s</guid><pubDate>%s</pubDate><description>About %s.</description></item>`,
			h, slug, slug, r.born[h].Format(time.RFC1123Z), h)
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// publish puts headlines on top of the feed, and visits it.
func (r *restoreTest) publish(headlines ...string) {
	r.t.Helper()
	r.mu.Lock()
	for _, h := range headlines {
		r.feed = append([]string{h}, r.feed...)
		r.born[h] = time.Now().Add(-time.Minute)
	}
	r.mu.Unlock()
	r.run("poll", "--all")
}

func (r *restoreTest) path(name string) string { return filepath.Join(r.dir, name) }

func (r *restoreTest) write(name string, b []byte) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), b, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *restoreTest) read(name string) []byte {
	r.t.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *restoreTest) try(args ...string) (string, error) {
	var out bytes.Buffer
	err := run(r.t.Context(), append([]string{"--config", r.path("feeds.yaml")}, args...), nil, &out, io.Discard)
	return out.String(), err
}

func (r *restoreTest) run(args ...string) string {
	r.t.Helper()
	out, err := r.try(args...)
	if err != nil {
		r.t.Fatalf("slugline %s: %v", strings.Join(args, " "), err)
	}
	return out
}

var entryParts = regexp.MustCompile(`(?s)<entry.*?<title[^>]*>(.*?)</title>.*?</entry>`)
var sourceParts = regexp.MustCompile(`(?s)<source>.*?</source>`) // the source has news of its own
var stableParts = regexp.MustCompile(`<(?:id|published|updated)>(.*?)</(?:id|published|updated)>`)

// items returns id, published and updated by headline, as the topic's feed has them.
func (r *restoreTest) items() map[string][]string {
	r.t.Helper()
	dir := r.t.TempDir()
	r.run("export", dir)
	b, err := os.ReadFile(filepath.Join(dir, "topics", "x.atom"))
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[string][]string{}
	for _, m := range entryParts.FindAllStringSubmatch(string(b), -1) {
		var parts []string
		for _, p := range stableParts.FindAllStringSubmatch(sourceParts.ReplaceAllString(m[0], ""), -1) {
			parts = append(parts, p[1])
		}
		slices.Sort(parts) // the id is the last
		all[m[1]] = parts
	}
	return all
}

// TestRestoreKeepsIds restores a backup after more was published. What readers have keeps
// its id, whatever told of it.
func TestRestoreKeepsIds(t *testing.T) {
	const topic = "{name: x}"
	for _, tt := range []struct {
		name, topic string
		damage      func(*restoreTest)
		args        []string
		gone        bool // what was published since is no longer in the source's feed
		want        string
		again       bool // with new ids
		idsOnly     bool // the times of an RSS document are in whole seconds
	}{
		{name: "the present database", topic: topic, want: "2 items published since the backup keep their ids"},
		{name: "the present database, items gone from the source", topic: topic, gone: true, want: "2 items published since the backup keep their ids"},
		{name: "without folding", topic: "{name: x, fold: none}", want: "keep their ids"},
		{name: "events", topic: "{name: x, fold: event}", want: "keep their ids"},
		{name: "an export beside feeds.yaml", topic: topic, damage: func(r *restoreTest) {
			r.run("export", r.path("public"))
			r.write("slugline.db", bytes.Repeat([]byte("lost"), 1<<15))
		}, want: "2 items published since the backup keep their ids"},
		{name: "an export without folding", topic: "{name: x, fold: none}", damage: func(r *restoreTest) {
			r.run("export", r.path("public"))
			r.write("slugline.db", bytes.Repeat([]byte("lost"), 1<<15))
		}, want: "keep their ids"},
		{name: "a feed that somebody kept", topic: topic, damage: func(r *restoreTest) {
			out := r.t.TempDir()
			r.run("export", out)
			if err := errors.Join(os.Rename(filepath.Join(out, "topics", "x.rss"), r.path("x.rss")), os.Remove(r.path("slugline.db"))); err != nil {
				r.t.Fatal(err)
			}
		}, args: []string{"--from", "x.rss"}, idsOnly: true, want: "2 items published since the backup keep their ids"},
		{name: "nothing", topic: topic, damage: func(r *restoreTest) { r.write("slugline.db", bytes.Repeat([]byte("lost"), 1<<15)) },
			want: "2 items will be published again, with new ids", again: true},
		{name: "no database", topic: topic, damage: func(r *restoreTest) {
			if err := os.Remove(r.path("slugline.db")); err != nil {
				r.t.Fatal(err)
			}
		}, want: "2 items will be published again, with new ids", again: true},
		{name: "an empty database", topic: topic, damage: func(r *restoreTest) { r.write("slugline.db", nil) },
			want: "It could not be read: SLUGLINE.DB is empty.\n", again: true},
		{name: "a folder", topic: topic, damage: func(r *restoreTest) {
			if err := errors.Join(os.Remove(r.path("slugline.db")), os.Mkdir(r.path("slugline.db"), 0o700)); err != nil {
				r.t.Fatal(err)
			}
		}, want: "It could not be read: open SLUGLINE.DB: invalid database: database damaged.\n", again: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRestoreTest(t, tt.topic)
			r.publish("Parliament adopts budget after long night")
			r.run("backup", r.path("backup.db"))
			r.publish("Storm closes ports along northern coast", "Museum returns stolen manuscripts to Timbuktu")
			want := r.items()
			if tt.damage != nil {
				tt.damage(r)
			}
			if tt.gone {
				r.mu.Lock()
				r.feed = r.feed[2:]
				r.mu.Unlock()
			}
			t.Chdir(r.dir)
			for range 2 { // it is safe to repeat
				out := r.run(append([]string{"restore", "backup.db"}, tt.args...)...)
				if want := strings.ReplaceAll(tt.want, "SLUGLINE.DB", r.path("slugline.db")); !strings.Contains(out, want) {
					t.Errorf("restore printed\n%s\nwant\n%s", out, want)
				}
				got := r.items()
				if tt.idsOnly {
					for h := range got {
						want[h], got[h] = want[h][2:], got[h][2:]
					}
				}
				if !tt.again {
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("items (-before +after):\n%s", diff)
					}
				} else if len(got) != 3 || got["Storm closes ports along northern coast"][2] == want["Storm closes ports along northern coast"][2] {
					t.Errorf("items: %v", got)
				}
				if tt.again || tt.damage != nil {
					break // the second time, the present database is the one that was restored
				}
			}
			r.run("verify")
		})
	}
}

func TestRestoreSetsThePresentDatabaseAside(t *testing.T) {
	r := newRestoreTest(t, "{name: x}")
	r.publish("Parliament adopts budget after long night")
	r.run("backup", r.path("backup.db"))
	r.publish("Storm closes ports along northern coast")
	was := r.read("slugline.db")
	var done struct {
		Aside string
		Kept  int
	}
	if err := json.Unmarshal([]byte(r.run("restore", "--json", r.path("backup.db"))), &done); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(done.Aside)
	if err != nil || !bytes.Equal(got, was) || done.Kept != 1 {
		t.Errorf("%+v, %v: the database that was there is not kept as it was", done, err)
	}
}

// TestRestoreRefuses leaves the database as it is.
func TestRestoreRefuses(t *testing.T) {
	r := newRestoreTest(t, "{name: x}")
	r.publish("Parliament adopts budget after long night")
	r.run("backup", r.path("backup.db"))
	bad := bytes.Clone(r.read("backup.db"))
	for i := 2 * 8192; i < len(bad); i++ {
		bad[i] ^= 1
	}
	r.write("bad.db", bad)
	r.write("empty.db", nil)
	was := r.read("slugline.db")
	for _, tt := range []struct {
		args []string
		want string
		exit int
	}{
		{[]string{"bad.db"}, "bad.db: ", exitFailed},
		{[]string{"bad.db"}, ": this backup is damaged, and nothing has changed; restore an earlier one", exitFailed},
		{[]string{os.DevNull}, "is no regular file", exitFailed},
		{[]string{"empty.db"}, "empty.db is empty", exitFailed},
		{[]string{"none.db"}, "none.db: no such file", exitFailed},
		{[]string{"."}, "is a directory", exitFailed},
		{[]string{"slugline.db"}, "is the database itself", exitUsage},
		{[]string{"backup.db", "--from", "feeds.yaml"}, "--from feeds.yaml: ", exitUsage},
	} {
		t.Chdir(r.dir)
		_, err := r.try(append([]string{"restore", "--no-visit"}, tt.args...)...)
		if code := reportError(io.Discard, err); code != tt.exit || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("restore %q: exit %d, %v; want exit %d, %q", tt.args, code, err, tt.exit, tt.want)
		}
	}
	st, err := store.Open(r.path("slugline.db"), store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.try("restore", r.path("backup.db"))
	if code := reportError(io.Discard, err); code != exitFailed || !strings.Contains(fmt.Sprint(err), "is in use: stop the daemon first") {
		t.Errorf("restore of an open database: exit %d, %v", code, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(was, r.read("slugline.db")) {
		t.Error("the database changed")
	}
	left, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(left, func(f os.DirEntry) bool {
		return strings.HasPrefix(f.Name(), ".slugline-") || strings.Contains(f.Name(), "before-restore")
	}) {
		t.Errorf("files are left over: %v", left)
	}
}

// newBackedUpMachine returns a machine that has visited its source, and a backup of its database.
func newBackedUpMachine(t *testing.T) (*movedMachine, string) {
	t.Helper()
	m := newMovedMachine(t, 1)
	m.publish()
	if err := m.poll(t); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := (&backupCommand{File: backup}).Run(m.shell(t, io.Discard)); err != nil {
		t.Fatal(err)
	}
	return m, backup
}

// TestRestoreByAWrongClock changes nothing, because what it adopts would be of a wrong time.
func TestRestoreByAWrongClock(t *testing.T) {
	const year = 365 * 24 * time.Hour
	m, backup := newBackedUpMachine(t)
	for _, ahead := range []time.Duration{10 * year, 24 * time.Hour, -10 * year, -56*year - 300*24*time.Hour} {
		m.move(ahead)
		if err := (&restoreCommand{File: backup, NoVisit: true}).Run(m.shell(t, io.Discard)); !errors.As(err, new(*clock.Error)) || !strings.Contains(fmt.Sprint(err), "nothing has changed") {
			t.Errorf("with a clock ahead by %v: %v", ahead, err)
		}
	}
	m.move(0)
	if left, err := filepath.Glob(filepath.Join(m.dir, "*before-restore*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v: the database was replaced", left, err)
	}
	if err := (&restoreCommand{File: backup, NoVisit: true}).Run(m.shell(t, io.Discard)); err != nil {
		t.Fatal(err)
	}
	if err := m.poll(t); err != nil {
		t.Error(err)
	}
}

// TestRestoreWithoutNetwork goes on by a clock that nobody can be asked about, and says so.
func TestRestoreWithoutNetwork(t *testing.T) {
	m, backup := newBackedUpMachine(t)
	const settings = "database: slugline.db\nfetch: {allow: [127.0.0.1]}\nsources: [http://127.0.0.1:1/feed]\n"
	if err := os.WriteFile(filepath.Join(m.dir, "feeds.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	m.move(10 * 365 * 24 * time.Hour)
	var out bytes.Buffer
	if err := (&restoreCommand{File: backup, NoVisit: true}).Run(m.shell(t, &out)); err != nil {
		t.Fatal(err)
	}
	want := m.wall().UTC().Format("No source could be asked whether it is 2006-01-02 15")
	if !strings.Contains(out.String(), want) {
		t.Errorf("restore printed\n%s\nwant\n%s", &out, want)
	}
	m.move(0)
	if err := (&healCommand{Force: true}).Run(m.shell(t, io.Discard)); err != nil {
		t.Fatal(err)
	}
	if _, at := m.stories(t); at.After(time.Now()) {
		t.Errorf("after heal the newest record is of %v", at)
	}
}
