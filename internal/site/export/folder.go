package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// StateFile is the file in the folder of an export that holds its state and the names of
// its files: the state in the first line, then a name in each.
const StateFile = ".slugline"

// state is the state of the store that an export shows.
type state struct {
	Seq        uint64 // of the last record
	Rules      string // hash of the rules
	Program    string // version of Slugline
	Listed     bool   // whether the names of the files follow
	Unfinished bool   // whether an export was interrupted: the files may show a later state
}

// folder is the folder of an export. It changes only files that an export wrote. A name is
// in the state file before its file is written, so an interrupted export loses none.
type folder struct {
	dir     string
	replace bool // also files that no export wrote

	last    state // zero before the first export
	files   map[string]bool
	log     *os.File
	locked  *os.File // the folder, which keeps other exports away while it is open
	foreign []string // files in the way that no export wrote
	written int
}

// openFolder locks a folder and reads its state. The caller closes it. isOurs tells of a file in a folder without the
// names of files whether an export wrote it, and gets whether there was an export at all.
func openFolder(dir string, replace bool, isOurs func(name string, exported bool) bool) (*folder, error) {
	f := &folder{dir: dir, replace: replace, files: map[string]bool{}}
	if err := f.lock(); err != nil {
		return nil, err
	}
	if err := f.readState(isOurs); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

var errLocked = errors.New("another export is writing into it")

// lock keeps other exports away until close. It makes the folder.
func (f *folder) lock() error {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	if err := lock(dir); err != nil {
		return errors.Join(fmt.Errorf("%s: %w; run this one again when that has ended", f.dir, err), dir.Close())
	}
	f.locked = dir
	return nil
}

// readState reads the state file.
func (f *folder) readState(isOurs func(name string, exported bool) bool) error {
	b, err := os.ReadFile(f.path(StateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	first, names, _ := strings.Cut(string(b), "\n")
	if json.Unmarshal([]byte(first), &f.last) != nil {
		f.last = state{}
	}
	if f.last.Listed {
		for name := range strings.SplitSeq(names, "\n") {
			if fs.ValidPath(name) && name != "." && name != StateFile {
				f.files[name] = true
			}
		}
		return nil
	}
	return f.adopt(isOurs)
}

// adopt takes over the files that an export without a list of names wrote.
func (f *folder) adopt(isOurs func(name string, exported bool) bool) error {
	err := filepath.WalkDir(f.dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(f.dir, at)
		if name = filepath.ToSlash(name); err == nil && isOurs(name, f.last.Rules != "") {
			f.files[name] = true
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// begin notes, before the first change, that an export is unfinished.
func (f *folder) begin() error {
	if f.log != nil {
		return nil
	}
	begun := f.last
	begun.Unfinished = true
	if err := f.writeState(begun); err != nil {
		return err
	}
	var err error
	f.log, err = os.OpenFile(f.path(StateFile), os.O_WRONLY|os.O_APPEND, 0o644)
	return err
}

// finish notes that the files show a state.
func (f *folder) finish(s state) error {
	if f.log == nil && s.Seq == f.last.Seq && s.Rules == f.last.Rules && s.Program == f.last.Program && !f.last.Unfinished {
		return nil
	}
	return errors.Join(f.begin(), f.writeState(s))
}

// close closes the list of names and unlocks the folder.
func (f *folder) close() error {
	var err error
	if f.log != nil {
		err = f.log.Close()
	}
	return errors.Join(err, f.locked.Close())
}

func (f *folder) writeState(s state) error {
	s.Listed = true
	first, err := json.Marshal(s)
	if err != nil {
		return err
	}
	lines := append([]string{string(first)}, slices.Sorted(maps.Keys(f.files))...)
	return replaceFile(f.path(StateFile), []byte(strings.Join(lines, "\n")+"\n"))
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// has tells whether an export wrote a file that is still there.
func (f *folder) has(name string) bool {
	if !f.files[name] {
		return false
	}
	return exists(f.path(name))
}

// read returns a file that an export wrote, nil if there is none.
func (f *folder) read(name string) []byte {
	if !f.files[name] {
		return nil
	}
	b, err := os.ReadFile(f.path(name))
	if err != nil {
		return nil
	}
	return b
}

// write writes a file unless it has the content already, or is in the way.
func (f *folder) write(name string, body []byte) error {
	same := isSame(f.path(name), body)
	switch {
	case same && f.files[name]:
		return nil
	case !same && !f.files[name] && !f.replace && exists(f.path(name)):
		f.foreign = append(f.foreign, name)
		return nil
	}
	if err := f.list(name); err != nil || same {
		return err
	}
	f.written++
	return replaceFile(f.path(name), body)
}

// list adds a name to the list of files.
func (f *folder) list(name string) error {
	if err := f.begin(); err != nil || f.files[name] {
		return err
	}
	f.files[name] = true
	_, err := fmt.Fprintln(f.log, name)
	return err
}

func exists(at string) bool {
	_, err := os.Lstat(at)
	return !errors.Is(err, fs.ErrNotExist)
}

// remove deletes a file that an export wrote, if it exists, and the folders that it leaves
// empty.
func (f *folder) remove(name string) error {
	if !f.files[name] {
		return nil
	}
	if err := f.begin(); err != nil {
		return err
	}
	at := f.path(name)
	for _, p := range []string{at, temporary(at)} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	delete(f.files, name)
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if os.Remove(f.path(dir)) != nil { // it is not empty
			break
		}
	}
	return nil
}

// temporary returns the path of the file that will replace another. Its name begins with a
// dot: most web servers hide such files.
func temporary(at string) string {
	dir, name := filepath.Split(at)
	return filepath.Join(dir, "."+strings.TrimPrefix(name, ".")+".new")
}

// isSame tells whether a file has a content. If so, it removes what a killed export may
// have left beside it.
func isSame(at string, body []byte) bool {
	old, err := os.ReadFile(at)
	if err != nil || !bytes.Equal(old, body) {
		return false
	}
	_ = os.Remove(temporary(at))
	return true
}

// replaceFile writes a file atomically. It makes the folders above it.
func replaceFile(at string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	tmp := temporary(at)
	if err := os.WriteFile(tmp, body, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, at)
}

// earlierFile is the form of the names that exports had before they listed them.
var earlierFile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(index|404)\.html|style\.css|embed\.js|player\.js|robots\.txt|sitemap\.xml|topics\.opml|icon\.\w+|` +
		`topics/([a-z0-9-]+)(?:\.(?:rss|atom|json)|/index\.html|/embed/index\.html|/archive/\d+\.atom)|embed/([a-z0-9-]+)/index\.html|` +
		`stories/([0-9a-hjkmnp-tv-z]{13})(?:\.atom|/index\.html|/player/\d+/index\.html))$`)
})
