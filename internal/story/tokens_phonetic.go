package story

import "unicode/utf8"

// minConsonants is how many consonants a word needs for a phonetic key. Short names
// that sound alike are often different names.
const minConsonants = 3

// nonLatin is the phonetic key of words in other scripts. It is not compared. Above it
// that of an Arabic word has its grammatical number: see countKey.
const nonLatin = 1

// isSound tells whether a phonetic key is that of a word in Latin letters.
func isSound(key uint16) bool { return key&2 != 0 }

// phoneticKey is a hash of the consonants of a word in Latin letters. It is equal for
// the spellings of a name in headlines: Morsi and Mursi, Rouhani and Rowhani. It is 0
// for words with too few consonants, and otherwise has the bit that isSound reads.
func phoneticKey(w string) uint16 {
	if !isLatin(w) {
		return nonLatin
	}
	var out [16]byte
	n := 0
	for i := 0; i < len(w); i++ {
		c := consonant(w, i)
		if c == 0 || n > 0 && out[n-1] == c {
			continue
		}
		if n == len(out) {
			break
		}
		out[n] = c
		n++
	}
	if n > 0 && n <= minConsonants && out[n-1] == 's' && w[len(w)-1] == 's' {
		return 0
	}
	if n < minConsonants {
		return 0
	}
	if v := lastVowel(w); n == minConsonants && v != 0 {
		out[n] = v
		n++
	}
	var h uint32 = 2166136261
	for _, c := range out[:n] {
		h = (h ^ uint32(c)) * 16777619
	}
	return uint16(h>>16^h) | 2
}

// lastVowel is the vowel that tells short names apart, as Conti, Conte and Carlo, Carla.
// It is 0 for e and a, which languages add (Poutine) or write in both ways (Haniya).
func lastVowel(w string) byte {
	switch w[len(w)-1] {
	case 'o', 'u':
		return 'o'
	case 'i', 'y':
		return 'i'
	}
	return 0
}

// isLatin tells whether a folded word begins with an ASCII or another Latin letter.
func isLatin(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return r < 0x250 || r >= 0x1e00 && r < 0x1f00
}

// consonant is the sound of the i-th letter, 0 for vowels and letters that are hardly
// heard.
func consonant(w string, i int) byte {
	next := byte(0)
	if i+1 < len(w) {
		next = w[i+1]
	}
	switch c := w[i]; c {
	case 'w':
		if i == 0 {
			return 'v' // not to take Westland for Ostland
		}
		return 0
	case 'a', 'e', 'i', 'o', 'u', 'y', 'h', '\'':
		return 0
	case 'c':
		if next == 'e' || next == 'i' || next == 'y' {
			return 's'
		}
		return 'k'
	case 'q':
		return 'k'
	case 'z':
		return 's'
	case 'p':
		if next == 'h' {
			return 'f'
		}
		return c
	default:
		return c
	}
}
