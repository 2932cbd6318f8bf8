package store

import (
	"math/bits"
	"os"
	"runtime"
)

// A View that is open for minutes makes the file grow, because until it ends bbolt uses almost no
// page again: 24 KB for a commit of one record, see MEASURED.md. Later commits use what is free
// then. And if the file outgrows its map, the writer waits for the View, and everyone who begins
// one waits for the writer.
const (
	maxBeside = 256 << 20 // by how much a file may grow beside such a View
	maxCommit = 128 << 20 // more than one commit adds to a file
)

// initialMap is address space, not memory, beyond the end of the file. A file that outgrows it
// makes the writer wait for all open View transactions.
const initialMap = 1 << 30

// mapFor returns how much address space a file of size bytes gets when it is opened. Windows
// makes the file as long as its map.
func mapFor(size int64) int {
	if runtime.GOOS == "windows" || bits.UintSize < 64 {
		return initialMap
	}
	return initialMap + int(size)
}

// RoomBeside reports whether the file has room for more commits while a View is open that
// began when the file had size bytes. If not, the caller makes no commits until it has ended.
func (s *Store) RoomBeside(size int64) bool { return hasRoom(size, s.Size(), s.initialMap) }

// hasRoom is RoomBeside for a file that had began bytes and has now ones, and a map of initial
// when it was opened.
func hasRoom(began, now, initial int64) bool {
	return now-began < maxBeside && now+maxCommit < mapped(now, initial)
}

// mapped returns how much of a file of size bytes bbolt has mapped, which grows by GBs.
func mapped(size, initial int64) int64 {
	const step = 1 << 30
	return (max(size, initial) + step - 1) / step * step
}

// sizeAt returns the size of the file at path, 0 when there is none.
func sizeAt(path string) int64 {
	fi, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return fi.Size()
}
