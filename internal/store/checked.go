package store

import (
	"fmt"
	"os"
)

// checkedFile is the note beside the file at path: a line that stands for a state
// of it in which all was sound.
func checkedFile(path string) string { return path + ".checked" }

// fileState tells a state of a file from all others. The transaction alone would not
// do: what others write into the file, or put in its place, shows in the rest.
func fileState(fi os.FileInfo, txid uint64) string {
	return fmt.Sprintf("slugline checked 1: size %d, mtime %d, inode %d, transaction %d\n", fi.Size(), fi.ModTime().UnixNano(), inode(fi), txid)
}

// checked says that the file at path was sound in this state. Without a note that
// can be read it was not.
func checked(path, state string) bool {
	b, err := os.ReadFile(checkedFile(path))
	return err == nil && string(b) == state
}

func noteChecked(path, state string) error {
	next := checkedFile(path) + ".new"
	if err := os.WriteFile(next, []byte(state), 0o600); err != nil {
		return err
	}
	return os.Rename(next, checkedFile(path))
}

// settle leaves the list of free pages in the file, and the note beside it: with
// both the next Open does not read the whole file. Commits between leave no list,
// which spares them a write.
func (s *Store) settle() error {
	b, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	// After a commit there is nothing left to roll back.
	defer func() { _ = b.Rollback() }()
	txid := uint64(b.ID())
	if txid == s.settled+1 {
		return nil
	}
	s.db.NoFreelistSync = false
	if err := guard(b.Commit); err != nil {
		return err
	}
	fi, err := s.file.Stat()
	if err != nil {
		return err
	}
	return noteChecked(s.path, fileState(fi, txid))
}

// doubt passes an error on. Whoever met damage leaves no word that all is sound.
func (s *Store) doubt(err error) error {
	if isDamage(err) {
		s.doubted.Store(true)
		_ = os.Remove(checkedFile(s.path)) // where it can't be removed, reading meets the damage again
	}
	return err
}
