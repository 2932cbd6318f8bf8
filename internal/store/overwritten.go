package store

import "fmt"

// overwritten returns an error that wraps ErrDamaged if another program, such as cp, has written
// into the open file. Its rows are then not those that this process knows.
func (s *Store) overwritten() error {
	least := s.committed.Load()
	b, err := s.begin(false)
	switch {
	case isDamage(err):
		return s.foundOverwritten()
	case err != nil: // it is closed
		return nil
	}
	id := uint64(b.ID())
	_ = b.Rollback()
	return s.checkNumber(id, least)
}

// checkNumber compares the number of the newest transaction in the file, as a transaction found
// it, with least, what committed was before that one began. Any other number than those of our
// own commits was written by another program.
func (s *Store) checkNumber(id, least uint64) error {
	if id >= least && id <= s.begun.Load() {
		return nil
	}
	return s.foundOverwritten()
}

func (s *Store) foundOverwritten() error {
	s.unusable.Store(true)
	return s.noteDamage(fmt.Errorf("%s was overwritten by another program while it is in use: %w", s.path, ErrDamaged))
}
