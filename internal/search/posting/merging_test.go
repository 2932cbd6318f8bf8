package posting_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/slugline/slugline/internal/search/posting"
)

// When a merge has ended, the files of what it merged are gone.
func TestMergeRemovesFilesBeforeItEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	ix, err := posting.Open(dir)
	must(t, err)
	defer func() { must(t, ix.Close()) }()
	for i := range 1000 {
		var b posting.Batch
		b.Add(posting.Key{ID: fmt.Sprint(i)})
		b.Term([]byte("term"), false)
		must(t, ix.Apply(&b))
		must(t, ix.Flush())
		for ix.IsMerging() {
			runtime.Gosched()
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
		must(t, err)
		if n := ix.Segments(); len(files) != n {
			t.Fatalf("files %q of %d segments after flush %d", files, n, i)
		}
	}
}
