package main

import (
	"slices"
	"strings"
	"time"

	"github.com/slugline/slugline/internal/config"
	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store"
)

// maxListed is how many headlines a restore prints.
const maxListed = 20

// outcome is what became of the items that were published since the backup.
type outcome struct {
	*restored
	Kept     int      `json:"kept"`               // items that are here again, with their ids
	Awaited  int      `json:"awaited"`            // items that no source lists; they keep their ids if one does again
	New      []string `json:"new,omitempty"`      // headlines of items with new ids
	Visited  bool     `json:"visited"`            // the sources were asked
	Complete bool     `json:"complete,omitempty"` // all that was published is known, so that New are news
}

// printReplaced says what is in place now.
func (d *restored) printReplaced(s *shell) {
	if s.json {
		return
	}
	s.printf("%s is now the backup %s, as of %s.\n", d.Database, d.Backup, d.AsOf.Format("2006-01-02 15:04 UTC"))
	if d.Aside != "" {
		s.printf("The database that was there is kept as %s; delete it when you miss nothing.\n", d.Aside)
	}
	switch {
	case d.Partial != "" && len(d.adopted) == 0:
		s.printf("It could not be read: %s.\n", d.Partial)
	case d.Partial != "":
		s.printf("Not all of it could be read: %s.\n", d.Partial)
	}
	if len(d.Sources) > 0 {
		s.printf("What was published since the backup was read from %s.\n", strings.Join(d.Sources, ", "))
	}
}

// finish says what became of the items that were published since the backup, and what is
// lost.
func (d *restored) finish(s *shell, c *config.Config, visited bool) error {
	out := outcome{restored: d, Visited: visited, Complete: d.complete}
	st, err := openStore(c)
	if err == nil {
		err = st.View(out.count)
		if cerr := st.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(out)
	}
	out.print(s)
	return nil
}

// count counts what is here again, and lists what has a new id.
func (o *outcome) count(tx *store.Tx) error {
	for id := range o.adopted {
		s, err := tx.Stories.Get(id)
		if err != nil {
			return err
		}
		if s != nil {
			o.Kept++
		} else {
			o.Awaited++
		}
	}
	changes, err := tx.Changes.After(o.seq, 1<<20)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, c := range changes {
		for _, id := range c.Stories {
			if seen[id] || o.adopted[id] {
				continue
			}
			seen[id] = true
			s, err := tx.Stories.Get(id)
			if err != nil {
				return err
			}
			if s != nil && s.Seq > o.seq && isInFeeds(s) {
				o.New = append(o.New, s.Headline)
			}
		}
	}
	return nil
}

func isInFeeds(s *news.Story) bool {
	for topic := range s.Places {
		if _, in := s.Standing(topic); in {
			return true
		}
	}
	return false
}

func (o *outcome) print(s *shell) {
	if o.Kept > 0 {
		s.printf("%s published since the backup %s.\n", plural(o.Kept, "item"), choose(o.Kept, "keeps its id", "keep their ids"))
	}
	if o.Awaited > 0 {
		s.printf("%s published since the backup %s here: no source lists %s now. %s if one does again.\n", plural(o.Awaited, "item"),
			choose(o.Awaited, "is not", "are not"), choose(o.Awaited, "it", "them"), choose(o.Awaited, "It keeps its id", "They keep their ids"))
	}
	o.printHidden(s)
	switch n := len(o.New); {
	case !o.Visited:
		s.printf("The sources were not visited; the daemon visits them when it starts.")
		if !o.Complete {
			s.printf(" Items published since the backup that are not known here will be published again, with new ids.")
		}
		s.printf("\n")
	case n == 0:
		s.printf("No item will be published again.\n")
	case o.Complete:
		s.printf("%s %s new: nothing will be published again.\n", plural(n, "item"), choose(n, "is", "are"))
	default:
		s.printf("%s %s, for readers who had %s before the restore:\n", plural(n, "item"), choose(n, "will be published again, with a new id", "will be published again, with new ids"), choose(n, "it", "them"))
		o.printHeadlines(s)
	}
	s.printf("Lost is what changed since %s: what else editors ordered, marks and tokens of the desk, sign-ups to newsletters, and subscriptions to the hub, which subscribers renew.\n", o.AsOf.Format(time.DateTime))
	for _, line := range o.Orders {
		s.printf("  order lost: %s\n", line)
	}
}

// printHidden lists what stays hidden, and how an editor shows it again.
func (o *outcome) printHidden(s *shell) {
	n := len(o.Hidden)
	if n == 0 {
		return
	}
	s.printf("%s that readers no longer had %s hidden; `slugline undo NUMBER` shows one again:\n", plural(n, "story"), choose(n, "stays", "stay"))
	for i, h := range o.Hidden {
		if i == maxListed {
			s.printf("  and %d more; the desk lists them under decisions\n", n-maxListed)
			return
		}
		s.printf("  %s  %s: %s\n", h.Decision, h.Headline, h.Why)
	}
}

func (o *outcome) printHeadlines(s *shell) {
	slices.Reverse(o.New) // the newest first
	for i, headline := range o.New {
		if i == maxListed {
			s.printf("  and %d more\n", len(o.New)-maxListed)
			return
		}
		s.printf("  %s\n", headline)
	}
}

func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
