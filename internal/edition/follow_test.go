package edition

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/feed"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// Each outlet and each changed headline of the public stories of an event is an item,
// newest first.
func TestFollow(t *testing.T) {
	s := newEnv(t)
	s.update(func(tx *store.Tx) error {
		locked := news.TopicState{Topic: news.Topic{Name: "inside", Keyed: true, Stories: 5}, Seq: 7, Changed: noon}
		return errors.Join(tx.Sources.Put(newSource("post")), tx.Topics.Put(&locked))
	})
	first := s.addStory(1, "Port reopens", "wire", "post")
	second := s.addStory(2, "Ships leave the port", "wire")
	hidden := s.addStory(3, "What the vault says", "wire")
	s.update(func(tx *store.Tx) error {
		first.Takes[0].Earlier = []news.EarlierHeadline{{Headline: "Port <may> reopen", Until: first.First.Add(30 * time.Minute)}}
		hidden.Places = map[string]news.Place{"inside": hidden.Places["world"]}
		err := tx.Events.Put(&news.Event{ID: first.ID, Stories: []string{first.ID, second.ID, hidden.ID}})
		for _, st := range []*news.Story{first, second, hidden} {
			st.Event = first.ID
			err = errors.Join(err, tx.Stories.Put(st))
		}
		return err
	})
	e, err := s.Follow(second.ID)
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Read(e.Body, feed.Hints{})
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ ID, Title, Link string }
	var got []row
	for _, i := range f.Items {
		got = append(got, row{strings.TrimPrefix(i.ID, "tag:press.example,2026:entries/"), i.Title, i.Link})
	}
	want := []row{
		{"0000000001000/1", "Port reopens", "https://wire.example/1"},
		{"0000000002000", "Ships leave the port", "https://wire.example/2"},
		{"0000000001001", "Port reopens", "https://post.example/1"},
		{"0000000001000", "Port &lt;may&gt; reopen", "https://wire.example/1"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("items (-want +got):\n%s", d)
	}
	if f.Feed.Self != "https://press.example/stories/"+second.ID+".atom" || f.Feed.Title != "Ships leave the port" {
		t.Errorf("the feed of %q is at %s", f.Feed.Title, f.Feed.Self)
	}
	if _, err := s.Follow(hidden.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("a story in a keyed topic: %v, want unknown", err)
	}
	s.update(func(tx *store.Tx) error { second.Killed = noon; return tx.Stories.Put(second) })
	if _, err := s.Follow(second.ID); !errors.Is(err, ErrGone) {
		t.Errorf("a withdrawn story: %v, want gone", err)
	}
	validate(t, "follow.atom", e)
}

// validate runs the W3C feed validator on one document.
func validate(t *testing.T, name string, e *Edition) {
	t.Helper()
	dir := os.Getenv("FEEDVALIDATOR")
	if dir == "" {
		return
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, e.Body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/usr/bin/python3", filepath.Join("..", "feed", "testdata", "validate.py"), dir, path, e.Self).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("the validator complains: %v\n%s", err, out)
	}
}
