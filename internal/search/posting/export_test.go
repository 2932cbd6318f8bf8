package posting

// WaitForMerge returns when no merge goes on.
func (ix *Index) WaitForMerge() { ix.waitForMerge() }

// Docs returns how many documents there are.
func (r *Reader) Docs() (n int) {
	for _, p := range r.snap.parts {
		n += int(p.live())
	}
	return n
}
