package export

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/slugline/slugline/internal/store"
)

// maxChanges is the number of records from which an export writes everything again.
const maxChanges = 100_000

// changeSet is what changed since the last export.
type changeSet struct {
	now     state
	all     bool            // too much to list, or the rules changed
	stories map[string]bool // ids of changed stories, unless all is set
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
		c = changeSet{now: state{Seq: tx.Seq(), Rules: fmt.Sprintf("%x", sum[:12])}, stories: map[string]bool{}}
		if !last.Listed || last.Rules != c.now.Rules || last.Seq > tx.Seq() {
			c.all = true
			return nil
		}
		return c.read(tx, last.Seq)
	})
	return c, err
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
