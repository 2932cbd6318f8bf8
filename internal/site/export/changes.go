package export

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
)

// stateFile is where an export notes in its folder what it was made of.
const stateFile = ".slugline"

// maxChanges is how many records an export looks back before it makes all anew.
const maxChanges = 100_000

// exportState is what an export was made of.
type exportState struct {
	Seq   uint64 // of the last record
	Rules string // their hash
}

// changeSet is what happened since the last export.
type changeSet struct {
	state   exportState
	all     bool // too much to name, or the rules are others
	stories map[string]bool
}

// readState finds out what happened since the last export.
func (e *export) readState() error {
	var had exportState
	b, err := os.ReadFile(e.path(stateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known := json.Unmarshal(b, &had) == nil
	return e.site.Store.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		b, err := json.Marshal(rules)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		e.changes = changeSet{state: exportState{tx.Seq(), fmt.Sprintf("%x", sum[:12])}, stories: map[string]bool{}}
		if !known || had.Rules != e.changes.state.Rules || had.Seq > tx.Seq() {
			e.changes.all = true
			return nil
		}
		return e.changes.read(tx, had.Seq)
	})
}

func (s *changeSet) read(tx *store.Tx, seq uint64) error {
	all, err := tx.Changes.After(seq, maxChanges)
	if err != nil {
		return err
	}
	s.all = len(all) == maxChanges || len(all) == 0 && tx.Seq() > seq
	for _, c := range all {
		for _, id := range c.Stories {
			s.stories[id] = true
		}
	}
	return nil
}

// writeState comes last: an export that did not end is not noted.
func (e *export) writeState() error {
	b, err := json.Marshal(e.changes.state)
	if err != nil {
		return err
	}
	return e.write(stateFile, append(b, '\n'))
}

// updateEarlier brings stories up to date that an earlier export wrote and no page links
// to any more.
func (e *export) updateEarlier() error {
	found, err := os.ReadDir(filepath.Join(e.dir, "stories"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range found {
		if e.done[f.Name()] || !site.IsStoryID(f.Name()) || !e.isStale(f.Name()) {
			continue
		}
		if err := e.story(f.Name()); err != nil {
			return err
		}
	}
	return nil
}

// isStale tells whether something happened to the story since its page was written.
func (e *export) isStale(id string) bool {
	if e.changes.all || e.changes.stories[id] {
		return true
	}
	var s *news.Story
	err := e.site.Store.View(func(tx *store.Tx) (err error) {
		s, err = tx.Stories.Get(id)
		return err
	})
	return err != nil || s == nil
}

// removeStory takes away all that was written of a story, but for the feed that
// follows it.
func (e *export) removeStory(id string) error {
	return errors.Join(e.remove("stories/"+id+"/index.html"), e.removePlayers(id, 1))
}

// removePlayers takes away a story's windows from a number on.
func (e *export) removePlayers(id string, from int) error {
	for n := from; n <= site.MaxPlayers; n++ {
		if err := e.remove(playerFile(id, n)); err != nil {
			return err
		}
	}
	return nil
}

func playerFile(id string, n int) string {
	return "stories/" + id + "/player/" + strconv.Itoa(n) + "/index.html"
}
