package words

import "strings"

// maxGroups limits the groups of three digits in one number.
const maxGroups = 8

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// scanNumber reads digits with the separators of thousands and decimals between them, and
// the letters of an ordinal or a unit directly behind them. It returns where it ends.
func scanNumber(s string, i int) (string, int) {
	end := numberEnd(s, i)
	t := s[i:end]
	if strings.IndexByte(t, ' ') >= 0 {
		t = strings.ReplaceAll(t, " ", "")
	}
	if strings.ContainsAny(t, ",.'") {
		t = plainNumber(t)
	}
	tail := runEnd(s, end, letter)
	if tail > end {
		t += s[end:tail]
	}
	return t, tail
}

// numberEnd returns where the digits end that begin at i, with points, commas and
// apostrophes between them, or spaces before groups of three digits.
func numberEnd(s string, i int) int {
	end := i + 1
	for end < len(s) {
		c := s[end]
		switch {
		case isDigit(c):
			end++
		case (c == ',' || c == '.') && isDigit(s[end-1]) && end+1 < len(s) && isDigit(s[end+1]):
			end += 2
		case c == '\'' && isGroup(s, end+1):
			end += 4
		case c == ' ' && isSpaced(s, i, end):
			return spacedEnd(s, end)
		default:
			return end
		}
	}
	return end
}

// isGroup tells whether exactly three digits are at i.
func isGroup(s string, i int) bool {
	return i+3 <= len(s) && isDigit(s[i]) && isDigit(s[i+1]) && isDigit(s[i+2]) && (i+3 == len(s) || !isDigit(s[i+3]))
}

// isSpaced tells whether the space at end separates thousands of the number at i: before
// it are one to three digits, behind it a group that is no number of its own. A day
// behind the name of its month is followed by another number, unless the group begins
// with a zero.
func isSpaced(s string, i, end int) bool {
	digits := s[i:end]
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 3 || digits[0] == '0' || strings.ContainsAny(digits, ",.'") || !isGroup(s, end+1) {
		return false
	}
	return s[end+1] == '0' || len(digits) > 2 || !endsInMonth(s[:i])
}

// spacedEnd returns where the groups of three digits that follow the space at end are
// over, with the decimals behind them.
func spacedEnd(s string, end int) int {
	for n := 0; n < maxGroups && end < len(s) && s[end] == ' ' && isGroup(s, end+1); n++ {
		end += 4
	}
	if end+1 < len(s) && (s[end] == ',' || s[end] == '.') && isDigit(s[end+1]) {
		for end++; end < len(s) && isDigit(s[end]); end++ {
		}
	}
	return end
}

// endsInMonth tells whether the last word of s is an English month or its abbreviation.
func endsInMonth(s string) bool {
	s = strings.TrimRight(s, " .")
	word := s[strings.LastIndexByte(s, ' ')+1:]
	if len(word) < 3 || len(word) > len("september") {
		return false
	}
	for _, month := range [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"} {
		if strings.HasPrefix(month, word) {
			return true
		}
	}
	return word == "sept"
}

// plainNumber removes the separators of thousands and makes the decimal separator a
// point. Separators of thousands are all the same and stand before groups of three
// digits; one alone is one if it is a comma or an apostrophe, or a point before a group
// that ends in a zero: few write the last zero of decimals. With other groups, as in
// versions and dates, a number stays as it is.
func plainNumber(t string) string {
	last := strings.LastIndexAny(t, ",.'")
	mark, whole, rest := t[last], t[:last], t[last+1:]
	switch {
	case strings.IndexByte(whole, mark) >= 0:
		if !isGrouped(t, mark) {
			return t
		}
		return strings.ReplaceAll(t, string(mark), "")
	case !strings.ContainsAny(whole, ",.'"):
		if len(rest) == 3 && whole != "0" && (mark != '.' || rest[2] == '0' && len(whole) <= 3) {
			return whole + rest
		}
		return whole + "." + rest
	case mark == '\'' || !isGrouped(whole, whole[strings.IndexAny(whole, ",.'")]):
		return t
	}
	return strings.NewReplacer(",", "", ".", "", "'", "").Replace(whole) + "." + rest
}

// isGrouped tells whether every mark in t is the same and stands before three digits.
func isGrouped(t string, mark byte) bool {
	for i, group := range strings.Split(t, string(mark)) {
		if strings.ContainsAny(group, ",.'") || i > 0 && len(group) != 3 || i == 0 && (group == "" || len(group) > 3) {
			return false
		}
	}
	return true
}
