package story

import (
	"strconv"
	"strings"

	"github.com/slugline/slugline/internal/words"
)

// smallScales and largeScales are the scale words that stand side by side in a number
// such as 5천만, 1만2천 or 1億5000万, by their zeros. The larger of two is behind the
// smaller when they multiply one number.
var (
	smallScales = [...]scaleWord{{"천", 3}, {"千", 3}, {"백", 2}, {"百", 2}, {"십", 1}}
	largeScales = [...]scaleWord{{"만", 4}, {"万", 4}, {"억", 8}, {"亿", 8}, {"조", 12}, {"兆", 12}}
)

type scaleWord struct {
	word  string
	zeros int
}

const (
	maxCompound = 12 // digits of a part of such a number
	minRest     = 3  // digits behind the last scale word
)

// compoundNumber reads a whole number that is written with several scale words, or with
// digits behind one. used is how many words it reads, 0 when there is no such number; rest
// is what is left of the last of them.
func compoundNumber(w []string) (digits string, used int, rest string) {
	sum, section, parts, last := 0, 0, 0, 16
	for used < len(w) && len(w[used]) <= maxCompound {
		n, err := strconv.Atoi(w[used])
		if err != nil || n < 0 || parts > 0 && n >= pow10(last) {
			break
		}
		run := ""
		if used+1 < len(w) && words.Unspaced(w[used+1]) {
			run = w[used+1]
		}
		small, run := cutScale(run, smallScales[:])
		large, run := cutScale(run, largeScales[:])
		if small+large == 0 && (len(w[used]) < minRest || strings.HasPrefix(run, "年") || strings.HasPrefix(run, "년")) {
			break // another number
		}
		used, parts, rest = used+1, parts+1, ""
		section += n * pow10(small)
		if small+large == 0 {
			break
		}
		if large > 0 {
			sum, section = sum+section*pow10(large), 0
		}
		if small > 0 && large > 0 {
			parts++
		}
		last, rest, used = max(large, small), run, used+1
		if rest != "" {
			break
		}
	}
	if parts < 2 {
		return "", 0, ""
	}
	return strconv.Itoa(sum + section), used, rest
}

// cutScale cuts a scale word off the beginning of a run, and returns its zeros.
func cutScale(run string, scales []scaleWord) (zeros int, rest string) {
	for _, s := range scales {
		if rest, ok := strings.CutPrefix(run, s.word); ok {
			return s.zeros, rest
		}
	}
	return 0, run
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
