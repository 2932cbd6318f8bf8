package export

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/slugline/slugline/internal/site"
	"github.com/slugline/slugline/internal/store"
)

// maxChanges is the number of records from which an export writes everything again.
const maxChanges = 100_000

// changeSet is what changed since the last export.
type changeSet struct {
	now     state
	all     bool                   // too much to list, or the rules or the program changed
	stories map[string]bool        // ids of changed stories, unless all is set
	deleted bool                   // one of them is no longer stored
	places  map[string][]time.Time // by topic: places of those that are
	sources map[string]bool        // ids of the sources of those that are
	owners  map[string]bool        // of these
}

// readChanges reads what changed in the store since the last export.
func readChanges(st *store.Store, last state) (c changeSet, err error) {
	err = st.View(func(tx *store.Tx) error {
		rules, err := tx.Rules()
		if err != nil {
			return err
		}
		b, err := json.Marshal(rules)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		c = changeSet{
			now:     state{Seq: tx.Seq(), Rules: fmt.Sprintf("%x", sum[:12]), Program: program()},
			stories: map[string]bool{}, places: map[string][]time.Time{}, sources: map[string]bool{}, owners: map[string]bool{},
		}
		if !last.Listed || last.Rules != c.now.Rules || last.Program != c.now.Program || last.Seq > tx.Seq() {
			c.all = true
			return nil
		}
		if err := c.read(tx, last.Seq); err != nil || c.all {
			return err
		}
		return c.readStories(tx)
	})
	return c, err
}

// program names the version of Slugline, whose pages may differ from those of another one.
func program() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			version += " " + s.Value
		}
	}
	return version
}

// readStories reads where the changed stories are.
func (c *changeSet) readStories(tx *store.Tx) error {
	for id := range c.stories {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s == nil {
			c.deleted = true
			continue
		}
		for topic, p := range s.Places {
			c.places[topic] = append(c.places[topic], p.At)
		}
		for i := range s.Takes {
			c.sources[s.Takes[i].Source], c.owners[s.Takes[i].Owner] = true, true
		}
	}
	return nil
}

// touch tells whether one of the changed stories may be in a scope.
func (c *changeSet) touch(s *site.Scope) bool {
	switch {
	case c.all || c.deleted:
		return true
	case s.Source != "":
		return c.sources[s.Source] || c.owners[s.Owner]
	}
	isIn := func(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }
	for topic, all := range c.places {
		if (s.Topic == "" || s.Topic == topic) && slices.ContainsFunc(all, isIn) {
			return true
		}
	}
	return false
}

// read reads the changes of records after seq.
func (c *changeSet) read(tx *store.Tx, seq uint64) error {
	if tx.Seq() == seq {
		return nil
	}
	list, err := tx.Changes.After(seq, maxChanges)
	if err != nil {
		return err
	}
	oldest := tx.Changes.Oldest() // earlier ones are deleted
	c.all = len(list) == maxChanges || oldest == 0 || oldest > seq+1
	for i := range list {
		for _, id := range list[i].Stories {
			c.stories[id] = true
		}
		for _, id := range list[i].TextChanged {
			c.stories[id] = true
		}
	}
	return nil
}
