package story

// knownWords holds what is known of words that were read lately: most words of a headline
// are common ones. A word has one place, and replaces the one that was there.
type knownWords [1 << bitsOfKnown]knownWord

const bitsOfKnown = 15

type knownWord struct {
	size  uint8 // of text, which is not shorter than most words of any script
	text  [22]byte
	place placeStart
	token token
}

// placeStart says whether the name of a place may begin with a word.
type placeStart uint8

const (
	unknownStart placeStart = iota
	noPlaceStarts
	placeStarts
)

// token returns what the lexicon knows of a folded word or phrase.
func (k *knownWords) token(w string) token {
	if len(w) > len(knownWord{}.text) {
		return lex().token(w)
	}
	return k.of(w).token
}

// startsPlace tells whether the name of a place may begin with a folded word.
func (k *knownWords) startsPlace(w string) bool {
	if len(w) > len(knownWord{}.text) {
		return gaz().starts(w)
	}
	known := k.of(w)
	if known.place == unknownStart {
		known.place = noPlaceStarts
		if gaz().starts(w) {
			known.place = placeStarts
		}
	}
	return known.place == placeStarts
}

func (k *knownWords) of(w string) *knownWord {
	known := &k[placeOfWord(w)>>(64-bitsOfKnown)]
	if string(known.text[:known.size]) != w {
		known.size, known.token, known.place = uint8(copy(known.text[:], w)), lex().token(w), unknownStart
	}
	return known
}

// placeOfWord is a hash of a word of at most 24 bytes, in the high bits.
func placeOfWord(w string) uint64 {
	const a, b, c = 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9
	n := len(w)
	if n < 8 {
		var x uint64
		for i := range n {
			x = x<<8 | uint64(w[i])
		}
		x = (x ^ uint64(n)) * a
		return (x ^ x>>32) * b
	}
	x := eightBytes(w)*a + eightBytes(w[n-8:])*b + eightBytes(w[(n-8)/2:])*c + uint64(n)
	return (x ^ x>>32) * b
}

// eightBytes returns the first eight bytes of s in one load.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
