package feed

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// maxGlance is the longest item that is looked for among the known ones before it
// is taken apart: whoever begins many and ends none must not have them all hashed.
const maxGlance = 256 << 10

// glance looks whether the item that begins with t is known to the byte: then none
// of it is taken apart. Only the first end tag is tried. Where that is not the
// item's end, no known item has those bytes.
func (d *digest) glance(t token, around uint64) (raw uint64, end int, ok bool) {
	if d.known == nil || t.kind == empty {
		return 0, 0, false
	}
	if d.ending < t.end {
		d.ending = d.nextEnd(t)
	}
	n := bytes.IndexByte(d.src[d.ending:], '>')
	if end = d.ending + n + 1; n < 0 || end-t.start > maxGlance || !d.blank(d.ending+len("</")+len(t.name), end-1) {
		return 0, 0, false
	}
	raw = print(around, d.src[t.start:end])
	return raw, end, d.known(raw)
}

// nextEnd is where the next end tag of t's name begins; the input's end where none does.
func (d *digest) nextEnd(t token) int {
	if n := bytes.Index(d.src[t.end:], append([]byte("</"), t.name...)); n >= 0 {
		return t.end + n
	}
	return len(d.src)
}

// around is the hash of all around an item that begins now that bears on how its
// bytes are read.
func (d *digest) around() uint64 {
	b := d.scratch[:0]
	b = append(append(b, d.format.space...), 0)
	b = append(append(b, d.home...), 0)
	b = append(append(b, d.own...), 0)
	for i := range d.stack {
		f := &d.stack[i]
		b = append(append(b, f.name...), 0)
		b = append(append(b, f.base...), 0)
		b = append(append(b, f.lang...), 0)
	}
	for i := range d.bindings {
		b = append(append(b, d.bindings[i].prefix...), 0)
		b = append(append(b, d.bindings[i].space...), 0)
	}
	for _, p := range d.html {
		b = append(append(b, p...), 0)
	}
	d.scratch = b
	return xxhash.Sum64(b)
}

// print is the hash of an item and of what is around it. It is never 0.
func print(around uint64, item []byte) uint64 {
	return max(xxhash.Sum64(item)^around, 1)
}

// sealItem ends an item. One that is known needs no parser. One that was read with
// a look at what follows it has no hash: the same bytes may say something else in
// another document.
func (d *digest) sealItem(at int) {
	h := &d.heads[len(d.heads)-1]
	d.inItem = false
	if h.before != d.before() {
		return
	}
	if h.raw = print(h.around, d.src[h.from:at]); d.known != nil && d.known(h.raw) {
		h.known = true
		d.takeBack()
	}
}

// before is what an item leaves as it was unless it bears on others.
type before struct {
	lone     [2]bool
	strayed  bool
	unclosed int
	html     int
}

func (d *digest) before() before {
	return before{lone: d.lexer.lone, strayed: d.strayed, unclosed: d.unclosed, html: len(d.html)}
}

// takeBack forgets what was made of the current item.
func (d *digest) takeBack() {
	d.out = d.out[:d.start]
	for n := range d.bases {
		if n >= d.kept {
			delete(d.bases, n)
		}
	}
	d.placeholders = d.placeholders[:d.kept]
}

// doubtful says that what is known of items does not count: a name for XHTML that
// was declared after an item holds for that too.
func (d *digest) doubtful() bool {
	late, some := false, false
	for i := range d.heads[1:] {
		h := &d.heads[i+1]
		late, some = late || h.before.html != len(d.html), some || h.known
	}
	for i := range d.heads {
		if late {
			d.heads[i].raw = 0
		}
	}
	return late && some
}
