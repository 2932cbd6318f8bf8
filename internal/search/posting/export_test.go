package posting

// WaitForMerge returns when no merge goes on.
func (ix *Index) WaitForMerge() { ix.waitForMerge() }

// IsMerging tells whether a merge goes on.
func (ix *Index) IsMerging() bool {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	return ix.merging != nil
}

// Segments returns how many segments in files there are.
func (ix *Index) Segments() (n int) {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	for _, p := range ix.current.parts {
		if !p.inMemory() {
			n++
		}
	}
	return n
}

// Docs returns how many documents there are.
func (r *Reader) Docs() (n int) {
	for _, p := range r.snap.parts {
		n += int(p.live())
	}
	return n
}
