package edition

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/news"
)

// exported lists the files of an export. A file that was written again has another
// identity.
func exported(t *testing.T, dir string) map[string]os.FileInfo {
	t.Helper()
	out := map[string]os.FileInfo{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)], err = d.Info()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *env) export(dir string) map[string]os.FileInfo {
	s.Helper()
	if err := s.Export(dir); err != nil {
		s.Fatal(err)
	}
	return exported(s.TB.(*testing.T), dir)
}

func TestExportWritesOnlyWhatChanged(t *testing.T) {
	s, dir := newEnv(t), t.TempDir()
	s.putTopic(&news.TopicState{Topic: news.Topic{Name: "tech", Title: "Tech", Stories: 50}, Seq: 7, Changed: noon})
	s.addStory(1, "Story", "wire")
	before := s.export(dir)
	if len(before) != 7 {
		t.Fatalf("exported %v, want two topics in three formats and the list of topics", before)
	}
	changed := worldTopic()
	changed.Seq = 8
	s.putTopic(changed)
	s.addStory(2, "Another", "wire")
	after := s.export(dir)
	for name := range before {
		if moved := !os.SameFile(before[name], after[name]); moved != (name == "topics/world.rss" || name == "topics/world.atom" || name == "topics/world.json") {
			t.Errorf("%s written again: %t", name, moved)
		}
	}
	for _, f := range Formats {
		got, err := os.ReadFile(filepath.Join(dir, "topics", "world."+string(f)))
		if err != nil || !bytes.Equal(got, s.edition(f).Body) {
			t.Errorf("world.%s is not the edition: %v", f, err)
		}
	}
}

func TestExportFollowsTheTopics(t *testing.T) {
	s, dir := newEnv(t), t.TempDir()
	add := func(st news.TopicState) {
		st.Seq, st.Stories, st.Changed = 7, 50, noon
		s.putTopic(&st)
	}
	for _, name := range []string{"ends", "locks", "old"} {
		add(news.TopicState{Topic: news.Topic{Name: name, Title: name}})
	}
	s.export(dir)
	add(news.TopicState{Topic: news.Topic{Name: "ends"}, Removed: true})
	add(news.TopicState{Topic: news.Topic{Name: "locks", Keyed: true}})
	add(news.TopicState{Topic: news.Topic{Name: "old"}, RenamedTo: "world"})
	var got []string
	after := s.export(dir)
	for _, name := range []string{"world", "ends", "locks", "old"} {
		for _, f := range Formats {
			if after["topics/"+name+"."+string(f)] != nil {
				got = append(got, fmt.Sprint(name, ".", f))
			}
		}
	}
	want := []string{"world.rss", "world.atom", "world.json", "old.rss", "old.atom", "old.json"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("exported (-want +got):\n%s", d)
	}
}

func TestExportReturnsWriteErrors(t *testing.T) {
	s, dir := newEnv(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "topics"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(dir); err == nil {
		t.Error("Export returned no error although topics is a file")
	}
}

// The archive of a removed topic is removed; other files beside it remain.
func TestExportRemovesOnlyItsOwnFiles(t *testing.T) {
	s, dir := newEnv(t), t.TempDir()
	few := worldTopic()
	few.Stories = 1
	s.putTopic(few)
	for i := range 3 {
		s.addStory(i, fmt.Sprint("Story ", i), "wire")
	}
	if after := s.export(dir); after["topics/world/archive/2.atom"] == nil {
		t.Fatalf("there is no archive page in %v", after)
	}
	other := filepath.Join(dir, "topics", "world", "archive", "notes.txt")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	few.Removed = true
	s.putTopic(few)
	after := s.export(dir)
	if after["topics/world/archive/notes.txt"] == nil || after["topics/world/archive/1.atom"] != nil || after["topics/world.atom"] != nil {
		t.Errorf("files after the topic was removed: %v", after)
	}
}
