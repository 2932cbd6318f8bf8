package site_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/site/export"
	"github.com/slugline/slugline/internal/store"
	"github.com/slugline/slugline/internal/webtest"
)

// archiveFiles returns the files of days, months, outlets and sitemaps below dir, by name.
func archiveFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range exportedFiles(t, dir) {
		rest, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(rest, "topics/") && !strings.HasPrefix(rest, "outlets") && !strings.HasPrefix(rest, "sitemap") {
			continue
		}
		if all[rest], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Whatever changes between two exports, the archive is as in an export to an empty folder.
func TestExportedArchivesFollow(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	n := webtest.Open(t)
	n.Rules.Sources[1].Owner = "gulf.example" // nile
	n.ApplyRules()
	var all []*news.Story
	add := func() {
		day := 1 + rnd.IntN(26)
		at := time.Date(2026, time.Month(10+day%2), day, rnd.IntN(24), rnd.IntN(60), len(all)%60, 0, time.UTC)
		topics := []string{"world", "trade"}[rnd.IntN(2):]
		source := n.Rules.Sources[rnd.IntN(4)].ID
		all = append(all, n.AddStory(webtest.Story{Headline: fmt.Sprintf("Telegram %d", len(all)), Language: "en", Sources: []string{source}, Topics: topics, Change: func(s *news.Story) {
			s.First, s.Last = at, at
			s.Takes[0].At, s.Takes[0].Owner = at, map[string]string{"nile": "gulf.example"}[source]
			for name, p := range s.Places {
				p.At = at
				s.Places[name] = p
			}
		}}))
	}
	change := func() {
		i := rnd.IntN(len(all))
		s := all[i]
		n.Apply(func(tx *store.Tx) news.Change {
			c := news.Change{Stories: []string{s.ID}, Topics: []string{"world", "trade"}}
			switch rnd.IntN(4) {
			case 0:
				s.Killed, s.Takes[0].Killed = n.At, n.At
			case 1:
				for name, p := range s.Places {
					p.Out = !p.Out
					s.Places[name] = p
				}
			case 2:
				s.Headline += "!"
				s.Takes[0].Headline = s.Headline
			case 3:
				n.Must(tx.Stories.Delete(s))
				all = append(all[:i], all[i+1:]...)
				return news.Change{TextChanged: []string{s.ID}}
			}
			n.Must(tx.Stories.Put(s))
			return c
		})
	}
	for range 30 {
		add()
	}
	newSite := func() *site.Site {
		s := newSite(n)
		s.Now = func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) }
		return s
	}
	dir := t.TempDir()
	exportTo(n, newSite(), dir)
	for round := range 15 {
		for range 1 + rnd.IntN(3) {
			if rnd.IntN(2) == 0 {
				add()
			} else {
				change()
			}
		}
		exportTo(n, newSite(), dir)
		fresh := t.TempDir()
		exportTo(n, newSite(), fresh)
		want, got := archiveFiles(t, fresh), archiveFiles(t, dir)
		for name := range want {
			if !bytes.Equal(got[name], want[name]) {
				t.Errorf("round %d: %s is\n%s\nwant\n%s", round, name, got[name], want[name])
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok && !bytes.Contains(got[name], []byte("There are no stories from this ")) {
				t.Errorf("round %d: %s is left", round, name)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// An export does not make the pages of days, outlets and stories again that nothing changed.
func TestExportMakesFewPages(t *testing.T) {
	n := webtest.Open(t)
	for i := range 60 {
		addAt(n, time.Date(2026, 10, 1+i%28, 10, i, 0, 0, time.UTC).Format(time.RFC3339), fmt.Sprintf("Telegram %d", i))
	}
	dir := t.TempDir()
	made := func() int {
		t.Helper()
		r, err := export.Write(newSite(n), dir, export.Options{})
		n.Must(err)
		return r.Made
	}
	whole, same := made(), made()
	n.AddStory(webtest.Story{Headline: "One more", Language: "en", Sources: []string{"north"}, Topics: []string{"world"}})
	one := made()
	if whole < 200 || same > 45 || one > 60 {
		t.Errorf("the first export made %d files, the second %d, one after a new story %d", whole, same, one)
	}
}
