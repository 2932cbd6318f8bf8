package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// burstTest is a newsroom with many sources, of which the first some carry one headline.
type burstTest struct {
	restoreTest
	carry int // changed between visits only
	began time.Time
}

const burstOutlets, burstLater = 12, 3

func newBurstTest(t *testing.T) *burstTest {
	r := &burstTest{restoreTest: restoreTest{t: t, dir: t.TempDir()}, began: time.Now().Add(-time.Minute)}
	server := httptest.NewServer(http.HandlerFunc(r.serveOutlet))
	t.Cleanup(server.Close)
	config := fmt.Sprintf("site: {url: 'https://press.example'}\nfetch: {allow: ['%s']}\ntopics: [{name: x}]\n", strings.TrimPrefix(server.URL, "http://"))
	config += "alerts: [{name: loud, match: ferry, when: breaking, to: {webhook: 'https://hook.example/x'}}]\nsources:\n"
	for i := range burstOutlets + burstLater {
		config += fmt.Sprintf("  - {feed: '%s/%d', name: outlet-%d}\n", server.URL, i, i)
	}
	r.write("feeds.yaml", []byte(config))
	return r
}

// serveOutlet serves the feed of the outlet whose number is the path.
func (r *burstTest) serveOutlet(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	_, _ = fmt.Sscanf(req.URL.Path, "/%d", &n)
	fmt.Fprintf(w, `<rss version="2.0"><channel><title>Outlet %d</title><link>https://outlet%d.example/</link>`, n, n)
	item := func(title string, at time.Time) {
		fmt.Fprintf(w, `<item><title>%s</title><link>https://outlet%d.example/news/%s.html</link><pubDate>%s</pubDate></item>`, title, n, strings.ReplaceAll(strings.ToLower(title), " ", "-"), at.Format(time.RFC1123Z))
	}
	if n < r.carry {
		item("Ferry sinks off Marseille with 21 aboard", r.began)
	}
	item(fmt.Sprintf("Mayor %d opens bridge number %d in spring", n, n), r.began.Add(-time.Hour))
	fmt.Fprint(w, `</channel></rss>`)
}

func (r *burstTest) visit(carry int) {
	r.t.Helper()
	r.mu.Lock()
	r.carry = carry
	r.mu.Unlock()
	r.run("poll", "--all")
}

// change changes the database while no command uses it.
func (r *burstTest) change(fn func(tx *store.Tx) error) {
	r.t.Helper()
	st, err := store.Open(r.path("slugline.db"), store.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := st.Update(fn); err != nil {
		r.t.Error(err)
	}
	if err := st.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *burstTest) rang() (n int) {
	r.t.Helper()
	r.change(func(tx *store.Tx) error {
		all, err := tx.Notices.After(0)
		n = len(all)
		return err
	})
	return n
}

// TestRestoreFromFeedsRingsNothingAgain loses a database in which a breaking alert rang. After a
// restore from an older backup and an export, more outlets have the story.
func TestRestoreFromFeedsRingsNothingAgain(t *testing.T) {
	for _, published := range []bool{true, false} {
		t.Run(fmt.Sprint("published ", published), func(t *testing.T) {
			r := newBurstTest(t)
			r.visit(0)
			r.change(func(tx *store.Tx) error {
				var usual news.Rhythm // of many events with two or three outlets
				for i := range usual.Growth {
					usual.Growth[i] = news.Growth{Times: 4000, Mean: 5 << 15, Square: 29 << 14}
				}
				return tx.Events.PutRhythm(&usual)
			})
			r.run("backup", r.path("backup.db"))
			args := []string{"restore", r.path("backup.db")}
			dir := filepath.Join(t.TempDir(), "export")
			if !published {
				r.run("export", dir)
			}
			r.visit(burstOutlets)
			if n := r.rang(); n != 1 {
				t.Fatalf("%d notices, want one of the event that broke", n)
			}
			if published {
				r.run("export", dir)
			}
			r.lose()
			r.run(append(args, "--from", dir)...)
			if n := r.rang(); n != 0 {
				t.Errorf("%d notices made by the restore, want none", n)
			}
			r.visit(burstOutlets + burstLater)
			if rang := r.rang() > 0; rang == published {
				t.Errorf("rang after the restore: %v, want %v", rang, !published)
			}
		})
	}
}
