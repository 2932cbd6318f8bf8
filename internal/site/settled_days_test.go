package site_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// The index of sitemaps of a site that runs has the days that one has which was just
// started, whatever happens to stories and whenever: they leave topics, are merged, are
// deleted, come to old days, and time passes.
func TestSitemapIndexFollows(t *testing.T) {
	n := webtest.Open(t)
	r := rand.New(rand.NewPCG(3, 4))
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	running := newSite(n)
	running.Now = func() time.Time { return now }
	at := webtest.Serve(t, running)
	var all []*news.Story
	add := func() {
		topic := []string{"world", "trade", "inside"}[r.IntN(3)]
		placed := now.Add(-time.Duration(r.IntN(60*24)) * time.Hour)
		all = append(all, addAt(n, placed.Format(time.RFC3339), fmt.Sprintf("Story %d", len(all)), topic))
	}
	change := func(do func(tx *store.Tx, s *news.Story)) {
		i := r.IntN(len(all))
		s := all[i]
		n.Apply(func(tx *store.Tx) news.Change {
			do(tx, s)
			return news.Change{Stories: []string{s.ID}, Topics: []string{"world", "trade"}}
		})
		if s.Places == nil {
			all = append(all[:i], all[i+1:]...)
		}
	}
	for range 20 {
		add()
	}
	for i := range 150 {
		switch r.IntN(7) {
		case 0, 1:
			add()
		case 2, 3:
			change(func(tx *store.Tx, s *news.Story) {
				for name, p := range s.Places {
					p.Out = !p.Out
					s.Places[name] = p
				}
				n.Must(tx.Stories.Put(s))
			})
		case 4:
			change(func(tx *store.Tx, s *news.Story) { n.Must(tx.Stories.Delete(s)); s.Places = nil })
		case 5:
			into := all[r.IntN(len(all))].ID
			change(func(tx *store.Tx, s *news.Story) {
				if s.ID != into {
					s.MergedInto = into
					n.Must(tx.Stories.Put(s))
				}
			})
		default:
			now = now.Add(time.Duration(r.IntN(50)-10) * time.Hour)
			add() // pages change with records only
		}
		if i%40 == 39 {
			n.DeleteChanges(n.At.Add(time.Hour))
		}
		started := newSite(n)
		started.Now = running.Now
		_, want := readSitemap(n, t, webtest.Serve(t, started), "/sitemap.xml")
		if _, got := readSitemap(n, t, at, "/sitemap.xml"); cmp.Diff(want, got) != "" {
			t.Fatalf("after change %d (-just started +running):\n%s", i, cmp.Diff(want, got))
		}
	}
}
