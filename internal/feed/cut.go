package feed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Of a document with more than maxItems items the newest are read, wherever they stand.
// The scanner arrives at the item after those only in such a document. It then scans the
// document once more for where its items are and what dates they have, and reads the
// chosen ones in a third scan.

// maxSurveyed is how many items of a document are counted. Those behind are not read.
const maxSurveyed = 1 << 20

// surveyed is an item of a document with too many.
type surveyed struct {
	start, end int32 // in the input
	at         int64 // its date in Unix seconds; 0 when it has none
}

// survey is what is known about the items of such a document.
type survey struct {
	items              []surveyed
	published, updated int64 // of the current item

	keep []bool // the chosen items, by their place in items; nil as long as they are counted
	next int    // in items: the first that was not reached
}

// counts reports whether the items are being counted.
func (v *survey) counts() bool { return v != nil && v.keep == nil }

// date notes a date of the current item.
func (v *survey) date(name string, at time.Time) {
	switch name {
	case "pubDate", "published", "atom:published", "dcterms:issued", "dcterms:created":
		v.published = at.Unix()
	default:
		v.updated = max(v.updated, at.Unix())
	}
}

// end notes an item.
func (v *survey) end(start, end int) {
	v.items = append(v.items, surveyed{int32(start), int32(end), cmp.Or(v.published, v.updated)})
	v.published, v.updated = 0, 0
}

// skips reports whether the item that begins at start is not a chosen one, and where it
// ends.
func (v *survey) skips(start int) (end int, ok bool) {
	for v.next < len(v.items) && int(v.items[v.next].start) < start {
		v.next++
	}
	if v.next == len(v.items) || int(v.items[v.next].start) != start {
		return 0, false
	}
	return int(v.items[v.next].end), !v.keep[v.next]
}

// choose chooses the newest items by date. If most have none, or all have the same, the
// document may begin or end with the newest: then items from both ends are chosen.
func (v *survey) choose() (byDate bool) {
	v.keep = make([]bool, len(v.items))
	if !v.fillDates() {
		for i := range v.keep {
			v.keep[i] = i < maxItems/2 || i >= len(v.keep)-maxItems/2
		}
		return false
	}
	order := make([]int32, len(v.items))
	for i := range order {
		order[i] = int32(i)
	}
	direction := 1
	if v.items[0].at < v.items[len(v.items)-1].at {
		direction = -1 // the newest are last
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(v.items[b].at, v.items[a].at), direction*cmp.Compare(a, b))
	})
	for _, i := range order[:min(maxItems, len(order))] {
		v.keep[i] = true
	}
	return true
}

// fillDates gives items without a date that of the item before them. It reports whether
// the dates tell which items are the newest.
func (v *survey) fillDates() bool {
	dated, last := 0, int64(0)
	for _, it := range v.items {
		if it.at != 0 {
			dated++
			last = cmp.Or(last, it.at)
		}
	}
	first, differ := last, false
	for i := range v.items {
		it := &v.items[i]
		it.at = cmp.Or(it.at, last)
		last = it.at
		differ = differ || last != first
	}
	return differ && dated > len(v.items)/2
}

// describe says what is not read.
func (v *survey) describe(byDate bool) string {
	if len(v.items) <= maxItems { // the last one was incomplete
		return ""
	}
	n := grouped(len(v.items))
	if len(v.items) == maxSurveyed {
		n = "more than " + n
	}
	if byDate {
		return fmt.Sprintf("the document has %s items; the newest %s by date are read", n, grouped(maxItems))
	}
	return fmt.Sprintf("the document has %s items; the first %[2]s and the last %[2]s are read, because no dates tell which are the newest", n, grouped(maxItems/2))
}

// readNewest is read for a document with too many items.
func (s *scanner) readNewest(src []byte, h Hints, lenient bool) error {
	v := &survey{}
	s.prepare(src, h, lenient)
	s.survey, s.known = v, nil
	if err := s.findRoot(); err != nil {
		return err
	}
	if err := s.scan(); err != nil {
		return err
	}
	byDate := v.choose()
	s.prepare(src, h, lenient)
	s.survey = v
	if err := s.findRoot(); err != nil {
		return err
	}
	if err := s.scan(); err != nil {
		return err
	}
	s.finish()
	s.digest.cut = v.describe(byDate)
	s.digest.truncated = s.digest.truncated || !byDate
	return nil
}

// describeCut completes Cut for a document that broke off or was too long.
func (d *Document) describeCut(size, limit int) {
	if !d.Truncated || d.Cut != "" && size < limit {
		return
	}
	why := "the document breaks off: only the items before that place are read"
	if size >= limit {
		why = fmt.Sprintf("the document is longer than %s: only the items before that place are read", sizeText(limit))
	}
	d.Cut = strings.TrimPrefix(d.Cut+"; "+why, "; ")
}

// sizeText writes a number of bytes as feeds.yaml would, in MB or KB.
func sizeText(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", n>>10)
}
