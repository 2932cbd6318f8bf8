package store

import (
	"fmt"
	"os"

	"github.com/slugline/slugline/internal/store/pagecheck"
)

// notePath is the path of the note beside the file at path. The note is one line that
// describes a state of the file in which all of it was sound.
func notePath(path string) string { return path + ".checked" }

// describeState describes the state of a file. The transaction number alone isn't enough:
// the other values change when another program writes to the file or replaces it. bbolt
// trusts the list of free pages, and nothing else would find a fault in it.
func describeState(fi os.FileInfo, p *pagecheck.File) (string, error) {
	list, err := p.FreeListSum()
	return fmt.Sprintf("slugline checked 2: size %d, mtime %d, inode %d, transaction %d, free pages %016x\n", fi.Size(), fi.ModTime().UnixNano(), inode(fi), p.TxID(), list), err
}

// hasNote reports whether the note beside the file at path describes its state.
func hasNote(path string, fi os.FileInfo, p *pagecheck.File) bool {
	b, err := os.ReadFile(notePath(path))
	if err != nil {
		return false
	}
	state, err := describeState(fi, p)
	return err == nil && string(b) == state
}

func writeNote(path, state string) error {
	next := notePath(path) + ".new"
	if err := os.WriteFile(next, []byte(state), 0o600); err != nil {
		return err
	}
	return os.Rename(next, notePath(path))
}

// writeCleanNote writes the list of free pages into the file, and the note beside it. With
// both, the next Open need not read the whole file. Other commits write no list, which
// saves a write each.
func (s *Store) writeCleanNote() error {
	b, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	// After a commit there is nothing to roll back.
	defer func() { _ = b.Rollback() }()
	txid := uint64(b.ID())
	if txid == s.cleanTx+1 {
		return nil // nothing was committed since Open
	}
	s.db.NoFreelistSync = false
	s.begun.Store(txid)
	if err := catchDamage(b.Commit); err != nil {
		return err
	}
	fi, err := s.file.Stat()
	if err != nil {
		return err
	}
	p, err := pagecheck.Read(s.file, fi.Size())
	if err != nil {
		return err
	}
	state, err := describeState(fi, p)
	if err != nil || p.TxID() != txid {
		return err
	}
	return writeNote(s.path, state)
}

// noteDamage returns err. When err is damage, it is what Damage returns, and the note is
// removed, so that the next Open reads the whole file.
func (s *Store) noteDamage(err error) error {
	if isDamage(err) {
		s.damage.CompareAndSwap(nil, &err)
		_ = os.Remove(notePath(s.path)) // if this fails, a read finds the damage again
	}
	return err
}
