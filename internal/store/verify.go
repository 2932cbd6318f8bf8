package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/store/pagecheck"
)

// Verify reads the whole file at path and returns the first fault: in its pages, its
// checksums, or rows that should refer to each other and don't. No process may have the
// file open for writing: verify a copy. Nothing that Verify reads should end the process;
// but bbolt reads the file too, so a caller that must not end runs Verify in a child
// process.
func Verify(path string) error {
	_, err := Examine(path)
	return err
}

// Examine is Verify, and returns how many rows are still to get the form of this release; see
// Store.OldRows.
func Examine(path string) (oldRows int64, err error) {
	if err := verifyPages(path); err != nil {
		return 0, fmt.Errorf("verify %s: %w", path, err)
	}
	s, err := Open(path, Options{Temporary: true})
	if err != nil {
		return 0, err
	}
	oldRows, _ = s.OldRows()
	err = errors.Join(cmp.Or(s.View(checkSums), s.View(checkRows), s.View(checkReferences)), s.Close())
	if err != nil {
		return 0, fmt.Errorf("verify %s: %w", path, err)
	}
	return oldRows, nil
}

func verifyPages(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lock(f, false, time.Second); err != nil {
		return err
	}
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := pagecheck.Read(f, fi.Size())
	if err != nil {
		return err
	}
	if p.Torn() {
		return fmt.Errorf("one of the two meta pages is broken: %w", ErrDamaged)
	}
	return p.Check(layout)
}

func checkSums(tx *Tx) error { return tx.checkSums() }

// checkRows runs bbolt's own check and decodes every row.
func checkRows(tx *Tx) error {
	for err := range tx.b.Check() {
		return fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	for _, err := range []error{
		checkDecodes[news.SourceState](tx, sources), checkDecodes[news.TopicState](tx, topics), checkDecodes[news.Entry](tx, entries),
		checkDecodes[news.Story](tx, stories), checkDecodes[news.Change](tx, changes), checkDecodes[news.Record](tx, orders),
		checkDecodes[news.Event](tx, events), checkDecodes[news.ArchivePage](tx, archives), checkDecodes[news.Notice](tx, notices),
		checkDecodes[news.Subscription](tx, subscriptions), checkDecodes[news.Push](tx, pushes), checkDecodes[news.FeedReader](tx, feedReaders),
		checkDecodes[news.Notice](tx, localNotices), checkDecodes[news.Dispatch](tx, dispatches), checkDecodes[news.ClosedTarget](tx, closedTargets),
		checkDecodes[news.Trouble](tx, troubles), checkDecodes[news.Recipient](tx, recipients), checkDecodes[news.Issue](tx, issues), checkDecodes[news.Mail](tx, mails),
		checkDecodes[news.NewsletterSchedule](tx, schedules), checkDecodes[news.Token](tx, tokens), checkDecodes[news.ReadState](tx, readStates),
		checkDecodes[news.AlertWindow](tx, alertWindows), checkDecodes[news.Star](tx, stars), checkDecodes[news.StarredStory](tx, starred), checkDecodes[news.HeldStory](tx, held), checkDecodes[news.WirePosition](tx, wirePosition),
		checkDecodes[news.AdoptedStory](tx, adoptedStories), checkDecodes[news.AdoptedEntry](tx, adoptedEntries),
	} {
		if err != nil {
			return err
		}
	}
	if _, err := tx.Visits.All(); err != nil {
		return err
	}
	if _, err := tx.Events.Rhythm(); err != nil {
		return err
	}
	_, err := tx.Rules()
	return err
}

func checkDecodes[T any](tx *Tx, b bucket) error {
	return tx.ascend(b, nil, nil, func(k, p []byte) (bool, error) {
		_, err := decodeRow[T](b, k, p)
		return true, err
	})
}
