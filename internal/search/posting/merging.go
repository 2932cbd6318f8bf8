package posting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// startMerging starts to merge parts in the background, unless that goes on already or no
// parts need it.
func (ix *Index) startMerging() {
	if ix.merging != nil || ix.ctx.Err() != nil {
		return
	}
	parts := chooseParts(ix.current.parts)
	if ix.all {
		parts, _ = splitParts(ix.current.parts)
		ix.all = len(parts) > 1
	}
	if len(parts) == 0 || len(parts) == 1 && parts[0].deleted == nil {
		return
	}
	s, err := ix.acquire() // keeps the parts open
	if err != nil {
		return
	}
	name, ended := ix.newName(), make(chan struct{})
	ix.merging = ended
	go func() {
		defer close(ended)
		p, numbers, err := mergeToFile(ix.ctx, ix.dir, name, parts)
		ix.writing.Lock()
		defer ix.writing.Unlock()
		ix.merging = nil
		if err == nil {
			err = ix.replace(parts, p, numbers)
		}
		ix.release(s) // removes the files of the parts before others see that the merge has ended
		if ix.ctx.Err() == nil {
			ix.failure = err
		}
	}()
}

// replace replaces parts by the one that was made of them, with what was deleted since.
func (ix *Index) replace(old []part, merged part, numbers [][]uint32) error {
	var parts []part
	for _, now := range ix.current.parts {
		i := slices.IndexFunc(old, func(p part) bool { return p.segment == now.segment })
		if i < 0 {
			parts = append(parts, now)
			continue
		}
		var docs []uint32
		for doc := now.deleted.advance(0); doc != none; doc = now.deleted.advance(doc + 1) {
			if n := numbers[i][doc]; n != none {
				docs = append(docs, n)
			}
		}
		merged.delete(docs)
	}
	if merged.segment != nil {
		parts = append(parts, merged)
	}
	ix.publish(parts, ix.current.values)
	if err := ix.flush(); err != nil {
		return err
	}
	for _, p := range old {
		p.obsolete.Store(true)
	}
	return nil
}

// waitForMerge returns when no merge goes on.
func (ix *Index) waitForMerge() {
	for {
		ix.writing.Lock()
		ended := ix.merging
		ix.writing.Unlock()
		if ended == nil {
			return
		}
		<-ended
	}
}

const (
	smallest = 4096 // documents; segments with fewer are all of one size
	atOnce   = 4    // segments of about the same size that are merged
)

// sizeClass returns the same number for segments of about the same size.
func sizeClass(p part) (class int) {
	for n := p.live(); n > smallest; n /= atOnce {
		class++
	}
	return class
}

// chooseParts returns the parts that are to be merged: as many of about the same size as
// there may be, or one with many deleted documents.
func chooseParts(parts []part) []part {
	byClass := map[int][]part{}
	for _, p := range parts {
		if p.inMemory() {
			continue
		}
		if p.deleted.count() > p.docs/3 {
			return []part{p}
		}
		c := sizeClass(p)
		byClass[c] = append(byClass[c], p)
	}
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		if len(byClass[class]) >= atOnce {
			return byClass[class]
		}
	}
	return nil
}

// MergeAll writes what is in memory, merges all segments into one, and returns when that is
// done or ctx ends.
func (ix *Index) MergeAll(ctx context.Context) error {
	ix.writing.Lock()
	ix.all = true
	err := ix.flush()
	ix.startMerging()
	ix.writing.Unlock()
	for err == nil {
		ix.writing.Lock()
		ended := ix.merging
		err, ix.failure = ix.failure, nil
		ix.writing.Unlock()
		if ended == nil {
			break
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// newName returns a name that no file had.
func (ix *Index) newName() string {
	ix.next++
	return fmt.Sprintf("%012x%s", ix.next, extension)
}

// mergeToFile merges parts into a new file. The part has no segment if all documents are
// deleted.
func mergeToFile(ctx context.Context, dir, name string, parts []part) (p part, numbers [][]uint32, err error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return p, nil, err
	}
	if len(parts) == 1 && parts[0].inMemory() && parts[0].deleted == nil {
		_, err = io.Copy(f, io.NewSectionReader(parts[0].r, 0, parts[0].size))
	} else {
		numbers, _, err = merge(ctx, f, parts)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		p.segment, err = openFile(path, name)
	}
	if err != nil {
		return p, nil, errors.Join(err, os.Remove(path))
	}
	if p.docs == 0 {
		p.obsolete.Store(true)
		p.retain()
		p.release()
		p.segment = nil
	}
	return p, numbers, nil
}
