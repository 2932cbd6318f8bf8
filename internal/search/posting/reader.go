package posting

import (
	"bytes"
	"context"
	"slices"
)

// Reader reads one state of the index. Only one goroutine may use it at a time.
type Reader struct {
	ctx  context.Context
	ix   *Index
	snap *snapshot
	keys keyReader

	dict []*termReader // one for each part; nil: not used yet
}

// Reader returns a reader of the current state, whose methods end when ctx does. The caller
// closes it. The error is ErrClosed or nil.
func (ix *Index) Reader(ctx context.Context) (*Reader, error) {
	s, err := ix.acquire()
	if err != nil {
		return nil, err
	}
	return &Reader{ctx: ctx, ix: ix, snap: s, dict: make([]*termReader, len(s.parts))}, nil
}

// Close releases the state.
func (r *Reader) Close() { r.ix.release(r.snap) }

// Value returns a value that a batch set, nil if none did.
func (r *Reader) Value(name string) []byte { return r.snap.values[name] }

func (r *Reader) terms(part int) *termReader {
	if r.dict[part] == nil {
		r.dict[part] = newTermReader(r.snap.parts[part].segment)
	}
	return r.dict[part]
}

// Terms calls visit with each term that begins with a prefix, in order, until it returns
// false. strong says whether a document uses it strongly. The term is valid until visit
// returns. Terms of documents that are deleted may be among them.
func (r *Reader) Terms(prefix string, visit func(term []byte, strong bool) bool) error {
	begin := []byte(prefix)
	var all []*termReader // those that are at a term with the prefix
	for i := range r.snap.parts {
		t := r.terms(i)
		ok, err := t.seek(begin)
		if err != nil {
			return err
		}
		if ok && bytes.HasPrefix(t.term, begin) {
			all = append(all, t)
		}
	}
	var term []byte
	for n := 0; len(all) > 0; n++ {
		if n%256 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		first := all[0]
		for _, t := range all[1:] {
			if bytes.Compare(t.term, first.term) < 0 {
				first = t
			}
		}
		term = append(term[:0], first.term...)
		strong := slices.ContainsFunc(all, func(t *termReader) bool {
			return t.entry.strong.n > 0 && bytes.Equal(t.term, term)
		})
		if !visit(term, strong) {
			return nil
		}
		kept := all[:0]
		for _, t := range all {
			ok := true
			if bytes.Equal(t.term, term) {
				var err error
				if ok, err = t.next(); err != nil {
					return err
				}
				ok = ok && bytes.HasPrefix(t.term, begin)
			}
			if ok {
				kept = append(kept, t)
			}
		}
		all = kept
	}
	return nil
}

// Hits goes through the documents that a query asks for, the newest first.
type Hits struct {
	r     *Reader
	parts []*hitsOfPart // those that have more
}

type hitsOfPart struct {
	searcher
	part
	it   iterator
	keys keyReader
	doc  uint32
	key  storedKey // of doc
}

// Search starts a query. With below, only documents after it in order are found.
func (r *Reader) Search(q *Query, below *Key) (*Hits, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	h := &Hits{r: r}
	for i, p := range r.snap.parts {
		hp := &hitsOfPart{searcher: searcher{r: r, s: p.segment, terms: r.terms(i)}, part: p}
		var err error
		if hp.it, _, err = hp.open(q); err != nil {
			return nil, err
		}
		from := uint32(0)
		if below != nil {
			if from, err = p.firstBelow(below.stored(), &hp.keys); err != nil {
				return nil, err
			}
		}
		ok, err := hp.goTo(from)
		if err != nil {
			return nil, err
		}
		if ok {
			h.parts = append(h.parts, hp)
		}
	}
	return h, nil
}

// firstBelow returns the number of the first document after a key.
func (s *segment) firstBelow(k storedKey, r *keyReader) (uint32, error) {
	block := s.blockOfKey(k)
	if block < 0 {
		return 0, nil
	}
	keys, err := r.read(s, block)
	if err != nil {
		return 0, err
	}
	n := 0
	for n < len(keys) && keys[n].compare(k) <= 0 {
		n++
	}
	return uint32(block*keysPerBlock + n), nil
}

// goTo goes to the first hit from a document on, and reports whether there is one.
func (h *hitsOfPart) goTo(doc uint32) (ok bool, err error) {
	for {
		if doc = h.it.advance(doc); doc == none || h.err != nil {
			return false, h.err
		}
		if !h.deleted.has(doc) {
			break
		}
		doc++
	}
	h.doc = doc
	h.key, err = h.keys.key(h.part.segment, doc)
	return err == nil, err
}

// Next returns the key of the next hit; ok is false at the end.
func (h *Hits) Next() (k Key, ok bool, err error) {
	if len(h.parts) == 0 {
		return k, false, nil
	}
	first := 0
	for i, p := range h.parts {
		if p.key.compare(h.parts[first].key) < 0 {
			first = i
		}
	}
	p := h.parts[first]
	k = p.key.key()
	ok, err = p.goTo(p.doc + 1)
	if err != nil {
		return k, false, err
	}
	if !ok {
		h.parts = append(h.parts[:first:first], h.parts[first+1:]...)
	}
	return k, true, nil
}
