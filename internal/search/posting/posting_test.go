package posting_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/slugline/slugline/internal/search/posting"
)

// model is what an index should hold.
type model struct {
	docs   map[string]document // by ID
	values map[string]string
}

type document struct {
	key    posting.Key
	terms  []string
	strong []string // those of terms that the document uses strongly
}

func (m *model) clone() *model {
	return &model{maps.Clone(m.docs), maps.Clone(m.values)}
}

// find returns the keys of the documents that a query asks for, the newest first.
func (m *model) find(q *posting.Query, below *posting.Key) (keys []posting.Key) {
	for _, d := range m.docs {
		if matches(q, d) && (below == nil || below.Compare(d.key) < 0) {
			keys = append(keys, d.key)
		}
	}
	slices.SortFunc(keys, posting.Key.Compare)
	return keys
}

func matches(q *posting.Query, d document) bool {
	part := func(p *posting.Query) bool { return matches(p, d) }
	not := func(p *posting.Query) bool { return !matches(p, d) }
	switch q.Op {
	case posting.Terms:
		terms := d.terms
		if q.Strong {
			terms = d.strong
		}
		return slices.ContainsFunc(q.Terms, func(t string) bool { return slices.Contains(terms, t) })
	case posting.Keys:
		return slices.ContainsFunc(q.Keys, func(k posting.Key) bool { return k.Compare(d.key) == 0 })
	case posting.All:
		return !slices.ContainsFunc(q.Parts, not)
	case posting.Any:
		return slices.ContainsFunc(q.Parts, part)
	case posting.Not:
		return !matches(q.Parts[0], d)
	}
	return true
}

// drawDocument draws a document that has many terms or few. Its key depends on its number
// alone.
func drawDocument(t *rapid.T, number int) document {
	d := document{key: posting.Key{At: uint64(number / 3), Seq: uint64(number % 2), ID: fmt.Sprintf("%013d", number)}}
	if number%5 == 0 {
		d.key.ID = fmt.Sprintf("other %d", number)
	}
	d.key.Flag = rapid.Bool().Draw(t, "flag")
	for range rapid.IntRange(0, 6).Draw(t, "terms") {
		term := drawTerm(t)
		if d.terms = append(d.terms, term); rapid.Bool().Draw(t, "strong") {
			d.strong = append(d.strong, term)
		}
	}
	return d
}

func drawTerm(t *rapid.T) string {
	return strings.Repeat("é", rapid.IntRange(0, 2).Draw(t, "é")) + fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "term"))
}

func drawQuery(t *rapid.T, depth int) *posting.Query {
	ops := []posting.Op{posting.Every, posting.Terms, posting.Terms, posting.Keys, posting.All, posting.Any, posting.Not}
	q := &posting.Query{Op: rapid.SampledFrom(ops).Draw(t, "op")}
	parts := 0
	switch {
	case q.Op == posting.Terms || depth == 0:
		q.Op, q.Strong = posting.Terms, rapid.Bool().Draw(t, "strong")
		for range rapid.IntRange(0, 3).Draw(t, "terms") {
			q.Terms = append(q.Terms, drawTerm(t))
		}
	case q.Op == posting.Keys:
		for range rapid.IntRange(0, 3).Draw(t, "keys") {
			q.Keys = append(q.Keys, drawDocument(t, rapid.IntRange(0, 500).Draw(t, "number")).key)
		}
	case q.Op == posting.Not:
		parts = 1
	case q.Op != posting.Every:
		parts = rapid.IntRange(0, 3).Draw(t, "parts")
	}
	for range parts {
		q.Parts = append(q.Parts, drawQuery(t, depth-1))
	}
	return q
}

// mustAgree compares what queries find in an index and in a model.
func mustAgree(t *rapid.T, ix *posting.Index, m *model) {
	r, err := ix.Reader(context.Background())
	must(t, err)
	defer r.Close()
	if r.Docs() != len(m.docs) {
		t.Fatalf("the index has %d documents, want %d", r.Docs(), len(m.docs))
	}
	for range 4 {
		q := drawQuery(t, 3)
		var below *posting.Key
		if rapid.Bool().Draw(t, "below") {
			key := drawDocument(t, rapid.IntRange(0, 500).Draw(t, "number")).key
			below = &key
		}
		hits, err := r.Search(q, below)
		must(t, err)
		var keys []posting.Key
		for {
			k, ok, err := hits.Next()
			must(t, err)
			if !ok {
				break
			}
			keys = append(keys, k)
		}
		if diff := cmp.Diff(m.find(q, below), keys); diff != "" {
			t.Fatalf("%+v (-model +index):\n%s", q, diff)
		}
	}
	for name, want := range m.values {
		if got := string(r.Value(name)); got != want {
			t.Errorf("value %s: got %q, want %q", name, got, want)
		}
	}
	var terms, strong []string
	must(t, r.Terms("é", func(term []byte, isStrong bool) bool {
		if terms = append(terms, string(term)); isStrong {
			strong = append(strong, string(term))
		}
		return true
	}))
	for _, d := range m.docs {
		for _, term := range d.strong {
			if _, found := slices.BinarySearch(strong, term); strings.HasPrefix(term, "é") && !found {
				t.Errorf("the index does not say that a document uses term %q strongly", term)
			}
		}
		for _, term := range d.terms {
			if _, found := slices.BinarySearch(terms, term); strings.HasPrefix(term, "é") && !found {
				t.Errorf("the index does not list term %q", term)
			}
		}
	}
	if !slices.IsSorted(terms) || len(slices.Compact(slices.Clone(terms))) != len(terms) {
		t.Errorf("the terms are not in order or not different: %q", terms)
	}
}

type tester interface {
	Helper()
	Fatal(...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// change applies a random batch to an index and a model.
func change(t *rapid.T, ix *posting.Index, m *model) {
	var b posting.Batch
	if rapid.Bool().Draw(t, "value") {
		v := rapid.StringMatching("[a-z]{0,9}").Draw(t, "value")
		b.Set("state", []byte(v))
		m.values["state"] = v
	}
	for range rapid.IntRange(0, 3).Draw(t, "deletions") {
		d := drawDocument(t, rapid.IntRange(0, 500).Draw(t, "number"))
		if rapid.Bool().Draw(t, "by id") {
			b.DeleteID(d.key.ID)
		} else {
			b.Delete(d.key)
		}
		delete(m.docs, d.key.ID)
	}
	from, n := rapid.IntRange(0, 480).Draw(t, "from"), rapid.IntRange(0, 20).Draw(t, "documents")
	for number := from; number < from+n; number++ {
		d := drawDocument(t, number)
		b.Delete(d.key)
		b.Add(d.key)
		for _, term := range d.terms {
			b.Term([]byte(term), slices.Contains(d.strong, term))
		}
		m.docs[d.key.ID] = d
	}
	must(t, ix.Apply(&b))
}

// copyOf returns a copy of an index as a crash would leave it.
func copyOf(t *rapid.T, tt *testing.T, dir string) string {
	to := tt.TempDir()
	must(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// An index finds what its documents say, whatever is added, deleted, merged or closed between.
// After a crash it is what it was at the last flush.
func TestIndexAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := filepath.Join(t.TempDir(), "index")
		ix, err := posting.Open(dir)
		must(rt, err)
		defer func() { must(rt, ix.Close()) }()
		m := &model{map[string]document{}, map[string]string{}}
		saved := m.clone()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			for range rapid.IntRange(1, 5).Draw(rt, "batches") {
				change(rt, ix, m)
			}
			mustAgree(rt, ix, m)
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0, 1:
				must(rt, ix.Flush())
				ix.WaitForMerge()
				saved = m.clone()
			case 2:
				must(rt, ix.MergeAll(context.Background()))
				saved = m.clone()
				mustAgree(rt, ix, m)
			case 3:
				must(rt, ix.Close())
				saved = m.clone()
				ix, err = posting.Open(dir)
				must(rt, err)
				must(rt, ix.Check(context.Background()))
				mustAgree(rt, ix, m)
			}
		}
		saved.check(rt, copyOf(rt, t, dir))
	})
}

// check compares a closed index with the model.
func (m *model) check(t *rapid.T, dir string) {
	ix, err := posting.Open(dir)
	must(t, err)
	mustAgree(t, ix, m)
	must(t, ix.Close())
}
