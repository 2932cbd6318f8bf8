package story

import (
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

const (
	minScaled   = 7  // digits of a whole number that is written with a word: 2.5 million
	maxMantissa = 4  // significant digits of such a number
	maxNumber   = 24 // digits of a number that is read as one
)

// scaleWords are the words with which large numbers are compared, by their zeros.
var scaleWords = map[int]string{6: "million", 9: "billion", 12: "trillion"}

// appendNumber appends to dst the number that w begins with, in one form for all ways to
// write it: 40,000 and 40 thousand, 2,500,000 and 2.5m. It returns how many words it has
// read.
func (l *lexicon) appendNumber(dst, w []string) ([]string, int) {
	digits, unit := l.splitUnit(w[0])
	zeros, used, rest := l.scales[unit], 1, ""
	if sum, n, behind := compoundNumber(w); n > 0 {
		digits, used, rest = sum, n, behind
	} else if unit == "" && len(w) > 1 {
		zeros, used, rest = l.scaleAfter(w)
	}
	switch {
	case zeros > 0 || unit == "" && len(digits) >= minScaled:
		n, scale := scaled(digits, zeros)
		if dst = append(dst, n); scale != "" {
			dst = append(dst, scale)
		}
	case unit != "":
		dst = append(dst, digits, unit)
	case used > 1:
		dst = append(dst, digits)
	default:
		dst = append(dst, w[0])
	}
	if rest == "" && used < len(w) {
		for _, p := range percents {
			if after, ok := strings.CutPrefix(w[used], p); ok {
				return appendDense(append(dst, "%"), after), used + 1
			}
		}
	}
	return appendDense(dst, rest), used
}

// percents are the words for per cent that scripts without spaces write on to a number.
var percents = [...]string{"パーセント", "퍼센트", "프로"}

// scaleAfter returns the zeros that the word or words behind the number w[0] add to it;
// 0 when they add none. used is how many words are read, and rest what is left of the
// last of them, a run of characters that begins with a scale word.
func (l *lexicon) scaleAfter(w []string) (zeros, used int, rest string) {
	if !isPlainNumber(w[0]) {
		return 0, 1, ""
	}
	if len(w) > 2 && w[1] == "mil" { // mil millones
		if z := l.scales[w[1]+" "+w[2]]; z > 0 {
			return z, 3, ""
		}
	}
	if z := l.scales[w[1]]; z > 0 {
		return z, 2, ""
	}
	if !words.Unspaced(w[1]) {
		return 0, 1, ""
	}
	for _, r := range [...]string{"百万", "万", "亿", "兆", "千", "만", "억", "조", "천"} {
		if rest, ok := strings.CutPrefix(w[1], r); ok {
			return l.scales[r], 2, rest
		}
	}
	return 0, 1, ""
}

// isScale tells whether the first of these words multiplies a number word before it, as
// in "one million".
func (l *lexicon) isScale(w []string) bool {
	return len(w) > 0 && len(w[0]) > len("mil") && l.scales[w[0]] > 0
}

// isPlainNumber tells whether w is digits with at most one point.
func isPlainNumber(w string) bool {
	points := 0
	for i := range len(w) {
		switch c := w[i]; {
		case c == '.':
			points++
		case c < '0' || c > '9':
			return false
		}
	}
	return points <= 1 && len(w) <= maxNumber
}

// scaled returns a number with more zeros. One of at least a million with few significant
// digits gets a scale word.
func scaled(w string, zeros int) (n, scale string) {
	if !isPlainNumber(w) {
		return w, ""
	}
	whole, decimals, _ := strings.Cut(w, ".")
	digits := strings.TrimLeft(whole+decimals, "0")
	if digits == "" {
		return "0", ""
	}
	after := zeros - len(decimals) // zeros behind digits; negative for decimals
	short := strings.TrimRight(digits, "0")
	length := len(digits) + after // of the whole part
	if length >= minScaled && len(short) <= maxMantissa {
		k := min((length-1)/3*3, 12)
		return withPoint(short, length-k), scaleWords[k]
	}
	return withPoint(digits, length), ""
}

// withPoint returns digits with a point behind the first n of them, or as many zeros
// behind them as are lacking.
func withPoint(digits string, n int) string {
	switch {
	case n >= len(digits):
		return digits + strings.Repeat("0", n-len(digits))
	case n <= 0:
		return "0." + strings.Repeat("0", -n) + digits
	}
	return digits[:n] + "." + digits[n:]
}

// ordinalEndings stand behind the digits of ordinal numbers, and for hours.
var ordinalEndings = map[string]bool{"st": true, "nd": true, "rd": true, "th": true, "er": true, "re": true, "eme": true, "ieme": true, "nde": true, "h": true}

// exactNumber returns what must be equal for two words with digits to be the same: 5th and
// 5, 737s and 737, 2.0 and 2. A letter otherwise makes another thing: 5G, iPhone 5s.
func exactNumber(w string) string {
	end := strings.LastIndexAny(w, "0123456789") + 1
	ending := w[end:]
	if ordinalEndings[ending] || ending == "s" && end > 2 {
		w = w[:end]
	}
	return strings.TrimSuffix(w, ".0")
}

// hasDigit tells whether a word has an ASCII digit.
func hasDigit(w string) bool {
	for i := range len(w) {
		if c := w[i]; c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}

// partBehind returns the number that the first word behind w is, if w is a word such as
// part; empty for none.
func (l *lexicon) partBehind(w string, rest []string) string {
	if len(rest) == 0 || len(rest[0]) > len("xviii") {
		return ""
	}
	next, n := rest[0], 0
	letter := len(next) == 1 && next[0] >= 'a' && next[0] <= 'h'
	if !letter && next != "one" {
		if n = romanNumber(next); n == 0 {
			return "" // nearly always
		}
	}
	switch {
	case !l.partWords[w], letter && !l.groupWords[w]:
		return ""
	case letter:
		return "0" + next
	}
	return strconv.Itoa(max(n, 1))
}

var romans = [...]string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx"}

// romanNumber reads a Roman numeral up to 20; 0 for anything else.
func romanNumber(w string) int {
	if w[0] != 'i' && w[0] != 'v' && w[0] != 'x' {
		return 0
	}
	for n, r := range romans {
		if r == w {
			return n + 1
		}
	}
	return 0
}
