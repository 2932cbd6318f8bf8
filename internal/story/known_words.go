package story

import "github.com/cespare/xxhash/v2"

// knownWords holds what is known of words that were read lately: most words of a headline
// are common ones. A word has one place, and replaces the one that was there.
type knownWords [1 << 13]knownWord

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
	known := &k[xxhash.Sum64String(w)%uint64(len(k))]
	if string(known.text[:known.size]) != w {
		known.size, known.token, known.place = uint8(copy(known.text[:], w)), lex().token(w), unknownStart
	}
	return known
}
