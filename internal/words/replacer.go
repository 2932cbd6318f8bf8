package words

import "strings"

// replacer replaces words of a list that few texts have. It looks at three letters of two
// bytes at a time to find out that a text has none, which takes a small part of the time.
type replacer struct {
	*strings.Replacer
	begins [32]uint64 // has a bit for the beginning of each word of the list
}

const beginning = 6 // bytes

// newReplacer makes a replacer of pairs: a word of at least three letters, and what it
// becomes.
func newReplacer(pairs ...string) *replacer {
	r := &replacer{Replacer: strings.NewReplacer(pairs...)}
	for i := 0; i < len(pairs); i += 2 {
		bit := beginningBit(pairs[i])
		r.begins[bit>>6] |= 1 << (bit & 63)
	}
	return r
}

// Replace returns s with all words of the list replaced.
func (r *replacer) Replace(s string) string {
	for i := 0; i+beginning <= len(s); i++ {
		if s[i] < 0xd7 {
			continue
		}
		if bit := beginningBit(s[i:]); r.begins[bit>>6]>>(bit&63)&1 != 0 {
			return r.Replacer.Replace(s)
		}
	}
	return s
}

func beginningBit(s string) uint32 {
	a := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
	b := uint32(s[4]) | uint32(s[5])<<8
	return (a*2654435761 ^ b*2246822519) >> 21
}
