package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The encoding of sources, entries, stories and changes, which are most of what is written and read:
// JSON would take several times the space and the time. A value is a byte that is not '{',
// with which JSON begins, and then a set of fields: a mask of the fields that are not zero, and
// those fields in the order of the description in coder_types.go, which serves for both
// directions. Numbers are varints as in package encoding/binary. New fields are added at an
// set's end; a field that is no longer used keeps its place.

// encoded is the first byte of values in this encoding.
const encoded = 1

// coder writes a value, or reads one. The first error ends reading.
type coder struct {
	b       []byte // what is written, or what is left to read
	reading bool
	err     error
}

var errEncoding = errors.New("cut off or malformed")

func (c *coder) fail() {
	if c.err == nil {
		c.err = errEncoding
	}
	c.b = nil
}

// encodeValue appends a value that describe describes.
func encodeValue(to []byte, describe func(*coder)) []byte {
	c := coder{b: append(to, encoded)}
	describe(&c)
	return c.b
}

// decodeValue reads a value. describe sets the fields that are not zero.
func decodeValue(payload []byte, describe func(*coder)) error {
	if len(payload) == 0 || payload[0] != encoded {
		return errEncoding
	}
	c := coder{b: payload[1:], reading: true}
	describe(&c)
	if c.err == nil && len(c.b) > 0 {
		return fmt.Errorf("%d bytes too many", len(c.b))
	}
	return c.err
}

// decodeStart reads the first fields of a value, which is one set of fields whose mask has size
// bytes. describe sets those that are not zero.
func decodeStart(payload []byte, size int, describe func(*fieldSet)) error {
	if len(payload) == 0 || payload[0] != encoded {
		return errEncoding
	}
	c := coder{b: payload[1:], reading: true}
	o := c.fieldSet(size)
	describe(&o)
	return c.err
}

// isEncoded reports whether a payload is in this encoding.
func isEncoded(payload []byte) bool { return len(payload) > 0 && payload[0] == encoded }

// fieldSet is the mask of a set of fields that follow.
type fieldSet struct {
	*coder
	at   int    // where the mask is; writing only
	size int    // bytes of the mask
	mask uint64 // which fields are there
	next int    // the number of the next field
}

// fieldSet begins a set of fields whose mask has size bytes, for 8 fields each.
func (c *coder) fieldSet(size int) fieldSet {
	o := fieldSet{coder: c, at: len(c.b), size: size}
	if !c.reading {
		c.b = append(c.b, make([]byte, size)...)
		return o
	}
	if len(c.b) < size {
		c.fail()
		return o
	}
	for i := range size {
		o.mask |= uint64(c.b[i]) << (8 * i)
	}
	c.b = c.b[size:]
	return o
}

// has reports whether the next field follows. Writing, is says whether it is not zero.
func (o *fieldSet) has(is bool) bool {
	bit := uint64(1) << o.next
	if o.next++; o.reading {
		return o.mask&bit != 0 && o.err == nil
	}
	if is {
		o.mask |= bit
	}
	return is
}

// end ends the set. It fails for fields that this version does not know.
func (o *fieldSet) end() {
	if o.reading {
		if o.mask>>o.next != 0 {
			o.fail()
		}
		return
	}
	if o.next > 8*o.size {
		panic("more fields than the mask has")
	}
	for i := range o.size {
		o.b[o.at+i] = byte(o.mask >> (8 * i))
	}
}

func (o *fieldSet) flag(v *bool) {
	if o.has(*v) {
		*v = true
	}
}

func (o *fieldSet) text(v *string) {
	if o.has(*v != "") {
		o.string(v)
	}
}

// textOr is text for what often is the same as another text.
func (o *fieldSet) textOr(v *string, same string) {
	if o.has(*v == same && same != "") {
		*v = same
		o.next++
		return
	}
	o.text(v)
}

// textEnd is text for what often is the end of another text.
func (o *fieldSet) textEnd(v *string, of string) {
	if !o.has(*v != "" && strings.HasSuffix(of, *v)) {
		o.text(v)
		return
	}
	cut := uint64(len(of) - len(*v))
	o.uvarint(&cut)
	if o.reading {
		if cut > uint64(len(of)) {
			o.fail()
			return
		}
		*v = of[cut:]
	}
	o.next++
}

// textStart is text for what often has another text as its end.
func (o *fieldSet) textStart(v *string, end string) {
	if !o.has(end != "" && strings.HasSuffix(*v, end)) {
		o.text(v)
		return
	}
	start := strings.TrimSuffix(*v, end)
	o.string(&start)
	*v = start + end
	o.next++
}

func (o *fieldSet) uint(v *uint64) {
	if o.has(*v != 0) {
		o.uvarint(v)
	}
}

// hash is uint for numbers of any size.
func (o *fieldSet) hash(v *uint64) {
	if o.has(*v != 0) {
		o.fixed(v)
	}
}

func (o *fieldSet) int(v *int64) {
	if o.has(*v != 0) {
		o.varint(v)
	}
}

func (o *fieldSet) number(v *int) {
	if o.has(*v != 0) {
		o.coder.number(v)
	}
}

func (o *fieldSet) time(v *time.Time) {
	if o.has(!v.IsZero()) {
		o.instant(v)
	}
}

// timeFrom is time for what is often near another time.
func (o *fieldSet) timeFrom(v *time.Time, from time.Time) {
	near := !v.IsZero() && !from.IsZero() && v.Sub(from).Abs() < 24*time.Hour && v.Sub(from)%time.Millisecond == 0
	if !o.has(near) {
		o.time(v)
		return
	}
	ms := v.Sub(from).Milliseconds()
	o.varint(&ms)
	*v = from.Add(time.Duration(ms) * time.Millisecond)
	o.next++
}

func (o *fieldSet) id(v *string) {
	if o.has(*v != "") {
		o.identifier(v)
	}
}

// idOr is id for what often is the same as another id.
func (o *fieldSet) idOr(v *string, same string) {
	if o.has(*v == same && same != "") {
		*v = same
		o.next++
		return
	}
	o.id(v)
}

// list describes a list, whose elements are described by each.
func list[T any](o *fieldSet, v *[]T, each func(*coder, *T)) {
	if !o.has(len(*v) > 0) {
		return
	}
	n := uint64(len(*v))
	o.uvarint(&n)
	if !o.reading {
		for i := range *v {
			each(o.coder, &(*v)[i])
		}
		return
	}
	if n > uint64(len(o.b)) { // an element has a byte at least
		o.fail()
		return
	}
	*v = make([]T, n)
	for i := range *v {
		each(o.coder, &(*v)[i])
	}
}

// table describes a map, in the order of its keys.
func table[T any](o *fieldSet, v *map[string]T, each func(*coder, *T)) {
	if !o.has(len(*v) > 0) {
		return
	}
	n := uint64(len(*v))
	o.uvarint(&n)
	if !o.reading {
		for _, key := range slices.Sorted(maps.Keys(*v)) {
			value := (*v)[key]
			o.string(&key)
			each(o.coder, &value)
		}
		return
	}
	if n > uint64(len(o.b)) {
		o.fail()
		return
	}
	*v = make(map[string]T, n)
	for range n {
		var key string
		var value T
		o.string(&key)
		each(o.coder, &value)
		(*v)[key] = value
	}
}

// optional describes what a pointer may lead to.
func optional[T any](o *fieldSet, v **T, each func(*coder, *T)) {
	if !o.has(*v != nil) {
		return
	}
	if o.reading {
		*v = new(T)
	}
	each(o.coder, *v)
}

func (c *coder) uvarint(v *uint64) {
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, *v)
		return
	}
	n, size := binary.Uvarint(c.b)
	if size <= 0 {
		c.fail()
		return
	}
	*v, c.b = n, c.b[size:]
}

func (c *coder) varint(v *int64) {
	if !c.reading {
		c.b = binary.AppendVarint(c.b, *v)
		return
	}
	n, size := binary.Varint(c.b)
	if size <= 0 {
		c.fail()
		return
	}
	*v, c.b = n, c.b[size:]
}

func (c *coder) number(v *int) {
	n := int64(*v)
	c.varint(&n)
	*v = int(n)
}

func (c *coder) fixed(v *uint64) {
	if !c.reading {
		c.b = binary.BigEndian.AppendUint64(c.b, *v)
		return
	}
	if len(c.b) < 8 {
		c.fail()
		return
	}
	*v, c.b = binary.BigEndian.Uint64(c.b), c.b[8:]
}

func (c *coder) string(v *string) {
	n := uint64(len(*v))
	c.uvarint(&n)
	if !c.reading {
		c.b = append(c.b, *v...)
		return
	}
	if n > uint64(len(c.b)) {
		c.fail()
		return
	}
	*v, c.b = string(c.b[:n]), c.b[n:]
}

// instant describes a time: seconds, doubled, and one more if there is a fraction; that is
// in milliseconds, doubled, or in nanoseconds, doubled, and one more. The zone is UTC.
func (c *coder) instant(v *time.Time) {
	sec, ns := v.Unix(), int64(v.Nanosecond())
	n := 2 * sec
	if ns > 0 {
		n++
	}
	if c.varint(&n); c.reading {
		sec = n >> 1
	}
	if n&1 != 0 {
		c.fraction(&ns)
	}
	if c.reading {
		*v = time.Unix(sec, ns).UTC()
	}
}

func (c *coder) fraction(ns *int64) {
	n := uint64(2**ns + 1)
	if *ns%1e6 == 0 {
		n = uint64(2 * (*ns / 1e6))
	}
	if c.uvarint(&n); !c.reading {
		return
	}
	if *ns = int64(n >> 1 % 1e9); n&1 == 0 {
		*ns = *ns % 1000 * 1e6
	}
}

// Ids are 13 characters of 5 bits (see news.Crockford): 65 bits, in 9 bytes. Their first
// byte has the top bit set, which the length of another text has not.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

func (c *coder) identifier(v *string) {
	if !c.reading {
		c.b = appendIdentifier(c.b, *v)
		return
	}
	if len(c.b) > 0 && c.b[0]&0x80 != 0 {
		c.readIdentifier(v)
		return
	}
	if len(c.b) > 0 && c.b[0] == longID {
		c.b = c.b[1:]
	}
	c.string(v)
}

// longID is the byte before the length of an id that is as long or longer.
const longID = 127

func appendIdentifier(b []byte, id string) []byte {
	if high, low, ok := packIdentifier(id); ok {
		return binary.BigEndian.AppendUint64(append(b, 0x80|high), low)
	}
	if len(id) >= longID {
		b = append(b, longID)
	}
	return append(binary.AppendUvarint(b, uint64(len(id))), id...)
}

func packIdentifier(id string) (high byte, low uint64, ok bool) {
	if len(id) != idSize {
		return 0, 0, false
	}
	for i := range len(id) {
		n := digits[id[i]]
		if n == noDigit {
			return 0, 0, false
		}
		high, low = high<<5|byte(low>>59), low<<5|uint64(n)
	}
	return high & 1, low, true
}

const noDigit = 0xff

var digits = func() (d [256]byte) {
	for i := range d {
		d[i] = noDigit
	}
	for i := range len(alphabet) {
		d[alphabet[i]] = byte(i)
	}
	return d
}()

func (c *coder) readIdentifier(v *string) {
	if len(c.b) < 9 || c.b[0]&0x7e != 0 {
		c.fail()
		return
	}
	high, low := uint64(c.b[0]&1), binary.BigEndian.Uint64(c.b[1:])
	c.b = c.b[9:]
	var id [idSize]byte
	for i := idSize - 1; i >= 0; i-- {
		id[i] = alphabet[low&31]
		low, high = low>>5|high<<59, high>>5
	}
	*v = string(id[:])
}
