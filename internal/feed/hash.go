package feed

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// maxPeek is the longest item that peekKnown hashes. Without it, a document with
// many start tags of items and no end tag would have them all hashed to its end.
const maxPeek = 256 << 10

// peekKnown reports whether the item that begins with t is a known one, and where
// it ends. It tries only the first end tag of that name. If the item ends at a
// later one, the bytes up to the first are no item, and no known hash is theirs.
func (s *scanner) peekKnown(t token, contextHash uint64) (rawHash uint64, end int, ok bool) {
	if s.known == nil || t.kind == empty {
		return 0, 0, false
	}
	if s.itemEnd < t.end || !bytes.Equal(s.itemName, t.name) {
		s.itemEnd, s.itemName = s.nextEndTag(t), t.name
	}
	n := bytes.IndexByte(s.src[s.itemEnd:], '>')
	if end = s.itemEnd + n + 1; n < 0 || end-t.start > maxPeek || !isBlank(s.src[s.itemEnd+len("</")+len(t.name):end-1]) {
		return 0, 0, false
	}
	rawHash = itemHash(contextHash, s.src[t.start:end])
	return rawHash, end, s.known(rawHash)
}

// nextEndTag returns where the next end tag for t begins, or the end of the input.
func (s *scanner) nextEndTag(t token) int {
	if n := bytes.Index(s.src[t.end:], append([]byte("</"), t.name...)); n >= 0 {
		return t.end + n
	}
	return len(s.src)
}

// contextHash returns the hash of everything around an item that begins now and
// that affects how its bytes are read. It is not needed while items are counted.
func (s *scanner) contextHash() uint64 {
	if s.survey.counts() {
		return 0
	}
	b := s.names.appendRoot(s.scratch[:0])
	b = append(append(b, s.base...), 0)
	b = append(append(b, s.site...), 0)
	if s.lenient {
		b = append(b, "lenient\x00"...)
	}
	if s.unclosed > maxUnclosed {
		b = append(b, "unclosed\x00"...)
	}
	for i := range s.stack {
		e := &s.stack[i]
		b = append(append(b, e.name...), 0)
		b = append(append(b, e.base...), 0)
		b = append(append(b, e.lang...), 0)
	}
	b = s.names.appendBindings(b)
	s.scratch = b
	return xxhash.Sum64(b)
}

// withoutEndTag tells the hashes of items that the next item ends from those of items with
// an end tag: peekKnown must not find them.
const withoutEndTag = 1 << 63

// itemHash returns the hash of an item in its context. It is never 0.
func itemHash(contextHash uint64, item []byte) uint64 {
	return max(xxhash.Sum64(item)^contextHash, 1)
}

// endItem ends the current item, whose bytes end before at, and gives it its hash.
// If the hash is known, the item is taken out of the digest again. An item that was
// read with the help of bytes behind it, or that changed the carried state, gets no hash:
// in another document the same bytes may mean something else.
func (s *scanner) endItem(at int) {
	info := &s.digest.items[len(s.digest.items)-1]
	s.inItem = false
	if v := s.survey; v.counts() {
		v.end(info.start, at)
		s.discardItem()
		s.digest.items, s.elements = s.digest.items[:0], 0
		s.digest.truncated = len(v.items) == maxSurveyed
		return
	}
	if s.looked > at || info.before != s.carriedState() {
		return
	}
	if info.rawHash = itemHash(info.contextHash, s.src[info.start:at]); s.known != nil && s.known(info.rawHash) {
		info.known = true
		s.discardItem()
	}
}

// carriedState is the part of the scanner's state that goes from one item to the
// next and affects how the next is read.
type carriedState struct {
	unclosed int
	xhtml    int  // number of prefixes
	hasSite  bool // the channel's link is known
}

func (s *scanner) carriedState() carriedState {
	return carriedState{unclosed: s.unclosed, xhtml: len(s.names.xhtml), hasSite: s.site != ""}
}

// discardItem takes the current item out of the digest.
func (s *scanner) discardItem() {
	s.digest.xml = s.digest.xml[:s.itemStart]
	s.digest.truncateTexts(s.itemTexts)
	s.digest.composed = s.digest.composed[:s.itemMade]
}

// clearUnsafeHashes clears all hashes if a prefix for XHTML was declared, or the
// channel's link was found, after an item began: both apply to earlier items too. It
// reports whether the document must be read again, because known items were skipped.
func (s *scanner) clearUnsafeHashes() (readAgain bool) {
	unsafe, skipped := false, false
	for i := range s.digest.items {
		info := &s.digest.items[i]
		unsafe, skipped = unsafe || info.before.xhtml != len(s.names.xhtml) || info.before.hasSite != (s.site != ""), skipped || info.known
	}
	for i := range s.digest.items {
		if unsafe {
			s.digest.items[i].rawHash = 0
		}
	}
	return unsafe && skipped
}
