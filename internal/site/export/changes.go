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

// StateFile is the file in the folder of an export that holds its exportState.
const StateFile = ".slugline"

// maxChanges is the number of records from which an export writes everything again.
const maxChanges = 100_000

// exportState is the state of the store that an export shows.
type exportState struct {
	Seq   uint64 // of the last record
	Rules string // hash of the rules
}

// changeSet is what changed since the last export.
type changeSet struct {
	state   exportState
	all     bool            // too much to list, or the rules changed
	stories map[string]bool // ids of changed stories, unless all is set
}

// readState reads what changed since the last export.
func (e *export) readState() error {
	var last exportState
	b, err := os.ReadFile(e.path(StateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known := json.Unmarshal(b, &last) == nil
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
		if !known || last.Rules != e.changes.state.Rules || last.Seq > tx.Seq() {
			e.changes.all = true
			return nil
		}
		return e.changes.read(tx, last.Seq)
	})
}

// read reads the changes of records after seq.
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

// writeState writes the state file. It is the last step, so that an interrupted export is
// repeated.
func (e *export) writeState() error {
	b, err := json.Marshal(e.changes.state)
	if err != nil {
		return err
	}
	return e.write(StateFile, append(b, '\n'))
}

// updateEarlier updates the stories that an earlier export wrote and no page links to any
// more.
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

// isStale tells whether the story changed since its page was written.
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

// removeStory deletes the pages of a story. Its feed has its own step.
func (e *export) removeStory(id string) error {
	return errors.Join(e.remove("stories/"+id+"/index.html"), e.removePlayers(id, 1))
}

// removePlayers deletes the player pages of a story from a number on.
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
