package story

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slugline/slugline/internal/words"
)

// hanDigits are the numerals from 0, and those of powers of ten behind them.
const hanDigits = "零一二三四五六七八九"

var hanPowers = map[rune]int{'十': 10, '百': 100, '千': 1000, '万': 10000}

// hanCounters stand behind a numeral that counts something, in simplified characters.
// Behind the others, 一 is an article.
const (
	hanCounters    = "人月日号年歳岁亿兆"
	hanCountersToo = "名时件家个台架艘只头社度次回位票张级层部集期章话段届轮元圆座辆栋吨枚倍成割款项场局球天周宗起席块隻胎所歩票间点米户戸条支首封番本列校县村里幅口盏床公平英亩"
)

// appendDense appends a run of characters in a script without spaces as pairs, and the
// numerals in it as digits: 三人 is 3 and 人.
func appendDense(dst []string, run string) []string {
	if run == "" {
		return dst
	}
	if !strings.ContainsAny(run, hanDigits+"十百千两") {
		return words.Bigrams(dst, []string{run})
	}
	for run != "" {
		before, n, rest := splitNumeral(run)
		before, percent := strings.CutSuffix(before, "百分之")
		if before != "" {
			dst = words.Bigrams(dst, []string{before})
		}
		if n != "" {
			dst, rest = appendNumeral(dst, n, rest)
		}
		if percent && n != "" {
			dst = append(dst, "%")
		}
		run = rest
	}
	return dst
}

// appendNumeral appends a number and the scale word that begins rest, in the form of
// appendNumber. It returns what is left of rest.
func appendNumeral(dst []string, n, rest string) ([]string, string) {
	zeros := 0
	for _, s := range [...]string{"亿", "兆"} {
		if behind, ok := strings.CutPrefix(rest, s); ok {
			zeros, rest = lex().scales[s], behind
		}
	}
	if zeros == 0 && len(n) < minScaled {
		return append(dst, n), rest
	}
	n, scale := scaled(n, zeros)
	if dst = append(dst, n); scale != "" {
		dst = append(dst, scale)
	}
	return dst, rest
}

// splitNumeral splits a run at its first numeral that counts something.
func splitNumeral(run string) (before, n, after string) {
	for i := 0; i < len(run); {
		r, size := utf8.DecodeRuneInString(run[i:])
		if !isNumeral(r) {
			i += size
			continue
		}
		end := i
		for end < len(run) && isNumeral(r) {
			end += size
			r, size = utf8.DecodeRuneInString(run[end:])
		}
		ordinal := strings.HasSuffix(run[:i], "第") || strings.HasSuffix(run[:i], "百分之")
		n := readNumeral(run[i:end])
		if n == "" && ordinal {
			n = readNumeral("一" + run[i:end]) // 第百
		}
		counts := end < len(run) && (strings.ContainsRune(hanCounters, r) || n != "1" && strings.ContainsRune(hanCountersToo, r) || countsInKana(run[end:]))
		if n != "" && (ordinal || counts) {
			return run[:i], n, run[end:]
		}
		i = end
	}
	return run, "", ""
}

// countsInKana tells whether a run begins with the Kana that counts, as in 三カ月.
func countsInKana(run string) bool {
	rest, ok := strings.CutPrefix(run, "カ")
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && strings.ContainsRune("月国所年条村町店", r)
}

func isNumeral(r rune) bool {
	return r == '两' || r == '〇' || hanPowers[r] > 0 || strings.ContainsRune(hanDigits, r)
}

// readNumeral returns the digits of a Han numeral below 100 million, empty when it is
// none.
func readNumeral(s string) string {
	total, section, digit, digits, powers := 0, 0, 0, 0, false
	var positional strings.Builder
	for _, r := range s {
		if p := hanPowers[r]; p > 0 {
			powers = true
			if p == 10000 {
				total, section, digit = (total+section+digit)*p, 0, 0
				continue
			}
			section, digit = section+max(digit, 1)*p, 0
			continue
		}
		digit = hanDigit(r)
		positional.WriteByte(byte('0' + digit))
		digits++
	}
	switch {
	case !powers && digits < 5:
		return strings.TrimLeft(positional.String(), "0")
	case utf8.RuneCountInString(s) > 9 || digits == 0 && !strings.Contains(s, "十"):
		return ""
	}
	return strconv.Itoa(total + section + digit)
}

func hanDigit(r rune) int {
	switch r {
	case '两':
		return 2
	case '〇':
		return 0
	}
	return utf8.RuneCountInString(hanDigits[:strings.IndexRune(hanDigits, r)])
}

// koreanNumbers are the Korean numerals before words that count.
var koreanNumbers = map[string]string{
	"한": "1", "두": "2", "세": "3", "네": "4", "다섯": "5", "여섯": "6", "일곱": "7", "여덟": "8", "아홉": "9", "열": "10",
}

// koreanNumber returns the digits of a Korean numeral that stands before a counter;
// empty when w[0] is none.
func koreanNumber(w []string) string {
	if len(w) < 2 || len(w[0]) > len("다섯") {
		return ""
	}
	for _, counter := range [...]string{"명", "건", "곳", "대", "개", "척", "번째", "마리", "차례"} {
		if strings.HasPrefix(w[1], counter) {
			return koreanNumbers[w[0]]
		}
	}
	return ""
}

// koreanScale returns the zeros of a Korean numeral that is one power of ten, when it
// begins a run and a counter or nothing follows: 백만명. rest is the counter.
func koreanScale(run string) (zeros int, rest string) {
	for i, power := range [...]string{"십만", "백만", "천만"} {
		rest, ok := strings.CutPrefix(run, power)
		if !ok {
			continue
		}
		if rest == "" {
			return i + 5, ""
		}
		for _, counter := range [...]string{"명", "원", "대", "달러", "개", "건", "가구", "톤", "관객", "시대", "회원", "가입자", "팔로워", "부", "장", "호", "평"} {
			if strings.HasPrefix(rest, counter) {
				return i + 5, rest
			}
		}
	}
	return 0, run
}

// joinPersian joins the parts of Persian words that may be written apart: a verb's
// prefix, and the endings of plurals and comparatives. It leaves w as it is.
func joinPersian(w []string) []string {
	if !slices.ContainsFunc(w, isPersianPart) {
		return w
	}
	out := make([]string, 0, len(w))
	for i := 0; i < len(w); i++ {
		t := w[i]
		switch {
		case i+1 < len(w) && (t == "مي" || t == "نمي") && isArabicLetter(w[i+1]):
			i++
			out = append(out, t+w[i])
		case len(out) > 0 && isPersianPart(t) && isArabicLetter(out[len(out)-1]):
			out[len(out)-1] += t
		default:
			out = append(out, t)
		}
	}
	return out
}

func isArabicLetter(w string) bool { return w[0] >= 0xd8 && w[0] <= 0xdb }

// isPersianPart tells whether a folded word is a prefix or an ending that is written
// apart.
func isPersianPart(w string) bool {
	if !isArabicLetter(w) {
		return false
	}
	switch w {
	case "مي", "نمي", "ها", "هاي", "هايي", "هايش", "هايشان", "تر", "ترين", "تري":
		return true
	}
	return false
}
