package posting

import (
	"bytes"
	"context"
	"io"
	"slices"
)

// merge writes one segment with all documents of some, without those that are deleted. It
// returns the new number of each document by its old one, none for those deleted.
func merge(ctx context.Context, w io.Writer, parts []part) (numbers [][]uint32, size int64, err error) {
	out, err := newSegmentWriter(w)
	if err != nil {
		return nil, 0, err
	}
	if numbers, err = mergeKeys(ctx, out, parts); err != nil {
		return nil, 0, err
	}
	if err := mergeTerms(ctx, out, parts, numbers); err != nil {
		return nil, 0, err
	}
	err = out.finish()
	return numbers, out.blocks.off, err
}

// keysOfPart goes through the keys of a part that are not deleted.
type keysOfPart struct {
	part
	keys keyReader
	doc  uint32
	key  storedKey
}

func (k *keysOfPart) skipDeleted() (err error) {
	for k.doc < k.docs && k.deleted.has(k.doc) {
		k.doc++
	}
	if k.doc < k.docs {
		k.key, err = k.keys.key(k.segment, k.doc)
	}
	return err
}

func mergeKeys(ctx context.Context, out *segmentWriter, parts []part) ([][]uint32, error) {
	numbers := make([][]uint32, len(parts))
	all := make([]keysOfPart, len(parts))
	for i, p := range parts {
		numbers[i] = slices.Repeat([]uint32{none}, int(p.docs))
		all[i].part = p
		if err := all[i].skipDeleted(); err != nil {
			return nil, err
		}
	}
	for n := uint32(0); ; n++ {
		first := -1
		for i := range all {
			if all[i].doc < all[i].docs && (first < 0 || all[i].key.compare(all[first].key) < 0) {
				first = i
			}
		}
		if first < 0 {
			return numbers, ctx.Err()
		}
		k := &all[first]
		if err := out.addKey(k.key); err != nil {
			return nil, err
		}
		numbers[first][k.doc] = n
		k.doc++
		if err := k.skipDeleted(); err != nil {
			return nil, err
		}
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

func mergeTerms(ctx context.Context, out *segmentWriter, parts []part, numbers [][]uint32) error {
	var all []*termReader // those that have a term
	byReader := map[*termReader][]uint32{}
	for i, p := range parts {
		t := newTermReader(p.segment)
		ok, err := t.next()
		if err != nil {
			return err
		}
		if ok {
			all = append(all, t)
			byReader[t] = numbers[i]
		}
	}
	var term []byte
	var strong, weak, old []uint32
	for n := 0; len(all) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		first := all[0]
		for _, t := range all[1:] {
			if bytes.Compare(t.term, first.term) < 0 {
				first = t
			}
		}
		term, strong, weak = append(term[:0], first.term...), strong[:0], weak[:0]
		for i := 0; i < len(all); i++ {
			t := all[i]
			if !bytes.Equal(t.term, term) {
				continue
			}
			var err error
			if old, err = appendDocs(old[:0], t.s, &t.entry.strong); err != nil {
				return err
			}
			strong = appendNumbers(strong, old, byReader[t])
			if old, err = appendDocs(old[:0], t.s, &t.entry.weak); err != nil {
				return err
			}
			weak = appendNumbers(weak, old, byReader[t])
			ok, err := t.next()
			if err != nil {
				return err
			}
			if !ok {
				all = slices.Delete(all, i, i+1)
				i--
			}
		}
		if len(strong)+len(weak) == 0 {
			continue
		}
		for _, docs := range [][]uint32{strong, weak} {
			if !slices.IsSorted(docs) {
				slices.Sort(docs)
			}
		}
		if err := out.addTerm(term, strong, weak); err != nil {
			return err
		}
	}
	return nil
}

// appendNumbers appends the new numbers of documents that are not deleted.
func appendNumbers(docs, old, numbers []uint32) []uint32 {
	for _, d := range old {
		if n := numbers[d]; n != none {
			docs = append(docs, n)
		}
	}
	return docs
}
