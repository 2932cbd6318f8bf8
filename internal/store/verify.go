package store

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/slugline/slugline/internal/news"
)

// Verify reads the whole file at path and says what is wrong with it: pages,
// checksums, and rows that should name each other. The file must not be open for
// writing anywhere: verify a copy. Nothing that it reads should end the process,
// but bbolt reads it too: whoever can't afford that lets a child process do it.
func Verify(path string) error {
	if err := verifyPages(path); err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	s, err := Open(path, Options{Temporary: true})
	if err != nil {
		return err
	}
	err = errors.Join(s.View(check), s.View(crossCheck), s.Close())
	if err != nil {
		return fmt.Errorf("verify %s: %w", path, err)
	}
	return nil
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
	p, err := readPages(f, fi.Size())
	if err != nil {
		return err
	}
	if p.torn {
		return fmt.Errorf("one of the two meta pages is broken: %w", ErrDamaged)
	}
	return p.walk()
}

// check lets bbolt check its own pages and every row be decoded.
func check(tx *Tx) error {
	for err := range tx.b.Check() {
		return fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	for _, err := range []error{
		decodes[news.SourceState](tx, sources), decodes[news.TopicState](tx, topics), decodes[news.Entry](tx, entries),
		decodes[news.Story](tx, stories), decodes[news.Change](tx, changes), decodes[news.Record](tx, orders),
		decodes[news.Subscription](tx, subscriptions), decodes[news.Push](tx, pushes),
		decodes[news.Notice](tx, notices), decodes[news.Notice](tx, bells), decodes[news.Dispatch](tx, dispatches), decodes[news.ClosedTarget](tx, closed),
		decodes[news.Trouble](tx, troubles), decodes[news.Recipient](tx, recipients), decodes[news.Issue](tx, issues), decodes[news.Mail](tx, mails),
		decodes[news.NewsletterSchedule](tx, rounds),
	} {
		if err != nil {
			return err
		}
	}
	if _, err := tx.Visits.All(); err != nil {
		return err
	}
	_, err := tx.Rules()
	return err
}

func decodes[T any](tx *Tx, b bucket) error {
	return tx.up(b, nil, nil, func(k, p []byte) (bool, error) {
		return true, decode(b, k, p, new(T))
	})
}
