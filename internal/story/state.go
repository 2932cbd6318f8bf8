package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

const stateVersion = 1

// Sweep forgets what is too old at that time and returns the state that Restore
// takes: what the fold knows beyond the signatures of the headlines still live.
func (f *Fold) Sweep(at time.Time) []byte {
	f.horizon = max(f.horizon, at.Add(-life).UnixMilli())
	f.drop()
	f.tails.sweep()
	b := []byte{stateVersion}
	b = binary.AppendUvarint(b, f.n)
	b = binary.AppendVarint(b, f.horizon)
	return f.tails.encode(b)
}

// Restore gives the fold as it was after the sweep that returned state, without
// its headlines: Load brings back those filed after that sweep and those still
// live. Nil is the state of a fold that was never swept.
func Restore(state []byte) (*Fold, error) {
	f := New()
	if len(state) == 0 {
		return f, nil
	}
	r := reader{b: state}
	if v := r.byte(); v != stateVersion {
		return nil, fmt.Errorf("restore the fold: state of version %d, not %d", v, stateVersion)
	}
	f.n, f.horizon = r.uvarint(), r.varint()
	f.tails.decode(&r)
	if r.bad || len(r.b) > 0 {
		return nil, errors.New("restore the fold: state is damaged")
	}
	return f, nil
}

// drop forgets the stories that began before the horizon, and their pages.
func (f *Fold) drop() {
	old, pages := f.stories, f.pages
	f.clear(len(old))
	for i := range old {
		if old[i].at >= f.horizon {
			f.bear(&signature{story: old[i].id, key: old[i].key, alt: old[i].alt, at: old[i].at})
		}
	}
	for key, p := range pages {
		if i, ok := f.byID[old[p.story].id]; ok {
			f.pages[key] = page{i, p.n}
		}
	}
}
