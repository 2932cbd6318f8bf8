package feed

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// parseDate reads a date and time in any form that feeds are known to use, and returns
// it in UTC. A time without a zone is UTC. It does not guess which number is the day
// and which the month: 02/01/2026 is no date.
func parseDate(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), isPlausibleYear(t)
	}
	s = normalizeDigits.Replace(strings.Trim(strings.TrimSpace(s), `"'`))
	if len(s) > 100 {
		return time.Time{}, false
	}
	if t, ok := parseDigits(s); ok {
		return t, isPlausibleYear(t)
	}
	var d dateParser
	for rest := s; rest != ""; {
		rest = d.step(rest)
	}
	t, ok := d.time()
	return t, ok && isPlausibleYear(t)
}

// isPlausibleYear reports whether RFC 3339 can write the year.
func isPlausibleYear(t time.Time) bool { return t.Year() > 0 && t.Year() < 10000 }

// normalizeDigits replaces digits and signs of other scripts by ASCII, and Arabic names
// of months that consist of two words by one.
var normalizeDigits = strings.NewReplacer(
	"كانون الثاني", "يناير", "كانون الأول", "ديسمبر", "تشرين الأول", "أكتوبر", "تشرين الثاني", "نوفمبر",
	"٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9",
	"۰", "0", "۱", "1", "۲", "2", "۳", "3", "۴", "4", "۵", "5", "۶", "6", "۷", "7", "۸", "8", "۹", "9",
	"年", "-", "月", "-", "日", " ", "년", "-", "월", "-", "일", " ", "時", ":", "时", ":", "分", " ", "−", "-", "\u00a0", " ", "\u202f", " ",
)

// parseDigits reads a date of digits only: seconds or milliseconds since 1970, a year,
// 20060102 or 20060102150405.
func parseDigits(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || s[0] == '+' {
		return time.Time{}, false
	}
	switch len(s) {
	case 4:
		return time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC), true
	case 8:
		t, err := time.Parse("20060102", s)
		return t, err == nil
	case 9, 10:
		return time.Unix(n, 0).UTC(), true
	case 13:
		return time.UnixMilli(n).UTC(), true
	case 14:
		t, err := time.Parse("20060102150405", s)
		return t, err == nil
	}
	return time.Time{}, false
}

// dateParser collects the parts of a date, in any order.
type dateParser struct {
	nums       [3]int  // day, month and year, in the order of the text
	fourDigits [3]bool // whether the number has three or four digits: it is a year
	count      int
	sep        byte // last separator between nums: - / or .
	month      time.Month
	first      bool // month was the first word: it may be the name of a weekday (mar.)
	words      int
	clock      bool // the time of day was read
	h, m       int
	sec        int
	nano       int
	meridiem   int // 1 for AM, 2 for PM
	offset     int // seconds east of UTC
}

// step reads one number, word or sign, and returns the rest of s.
func (d *dateParser) step(s string) string {
	c := s[0]
	switch {
	case c >= '0' && c <= '9':
		return d.number(s)
	case (c == '+' || c == '-') && d.clock && len(s) > 1 && isDigit(s[1]):
		return d.zone(s)
	case c == '(':
		if i := strings.IndexByte(s, ')'); i > 0 {
			return s[i+1:]
		}
	case c == '-' || c == '/' || c == '.':
		if d.count > 0 && d.count < 3 && len(s) > 1 && isDigit(s[1]) {
			d.sep = c
		}
	}
	r, n := utf8.DecodeRuneInString(s)
	if unicode.IsLetter(r) {
		return d.word(s)
	}
	return s[n:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// leadingInt reads the digits that s begins with. It ignores all but the first nine.
func leadingInt(s string) (n, width int) {
	for width < len(s) && isDigit(s[width]) {
		if width < 9 {
			n = n*10 + int(s[width]-'0')
		}
		width++
	}
	return n, width
}

// number reads a number: the time of day, or a part of the date.
func (d *dateParser) number(s string) string {
	n, w := leadingInt(s)
	rest := s[w:]
	switch {
	case strings.HasPrefix(rest, ":") && len(rest) > 1 && isDigit(rest[1]) && w <= 2 && !d.clock:
		return d.timeOfDay(n, rest[1:])
	case w == 8 && d.count == 0:
		d.nums, d.fourDigits[0], d.count, d.sep = [3]int{n / 10000, n / 100 % 100, n % 100}, true, 3, '-'
		return rest
	case w <= 2 && d.count > 0 && !d.clock && isMeridiem(rest):
		d.clock, d.h = true, n
		return rest
	case d.count == 3 && !d.clock && (w == 4 || w == 6) && d.sep != 0:
		d.clock, d.h, d.m = true, n/100, n%100
		if w == 6 {
			d.h, d.m, d.sec = n/10000, n/100%100, n%100
		}
		return rest
	}
	if d.count < 3 && w <= 4 {
		d.nums[d.count], d.fourDigits[d.count] = n, w > 2
		d.count++
	}
	return rest
}

// isMeridiem reports whether s begins with AM or PM, as after an hour without minutes.
func isMeridiem(s string) bool {
	s = strings.TrimLeft(s, " ")
	return len(s) >= 2 && (s[0]|32 == 'a' || s[0]|32 == 'p') && (s[1]|32 == 'm' || s[1] == '.')
}

// timeOfDay reads minutes, seconds and fractions behind the hour h and its colon.
func (d *dateParser) timeOfDay(h int, s string) string {
	d.clock, d.h = true, h
	m, w := leadingInt(s)
	d.m, s = m, s[w:]
	if len(s) < 2 || s[0] != ':' || !isDigit(s[1]) {
		return s
	}
	sec, w := leadingInt(s[1:])
	d.sec, s = sec, s[w+1:]
	if len(s) > 1 && (s[0] == '.' || s[0] == ',') && isDigit(s[1]) {
		n, w := leadingInt(s[1:])
		for range 9 - min(w, 9) {
			n *= 10
		}
		d.nano, s = n, s[w+1:]
	}
	return s
}

// zone reads +hhmm, +hh:mm, +hmm or +hh.
func (d *dateParser) zone(s string) string {
	n, w := leadingInt(s[1:])
	rest := s[w+1:]
	secs := n * 3600
	if w > 2 {
		secs = n/100*3600 + n%100*60
	} else if len(rest) > 1 && rest[0] == ':' && isDigit(rest[1]) {
		m, w := leadingInt(rest[1:])
		secs, rest = secs+m*60, rest[w+1:]
	}
	if s[0] == '-' {
		secs = -secs
	}
	if secs > -15*3600 && secs < 15*3600 {
		d.offset += secs
	}
	return rest
}

// word reads the name of a month or of a time zone, or AM or PM, and skips any other.
func (d *dateParser) word(s string) string {
	n := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) })
	if n < 0 {
		n = len(s)
	}
	w := s[:n]
	rest := s[n:]
	d.words++
	if m := month(w); m != 0 && (d.month == 0 || d.first) {
		d.month, d.first = m, d.words == 1 && d.count == 0
		return rest
	}
	if strings.HasPrefix(rest, ".") && len(w) == 1 && len(rest) > 1 && rest[1]|32 == 'm' {
		w, rest = w+"m", strings.TrimPrefix(rest[2:], ".")
	}
	switch up := strings.ToUpper(w); {
	case up == "AM" || w == "ص" || w == "上午" || w == "오전":
		d.meridiem = 1
	case up == "PM" || w == "م" || w == "下午" || w == "오후":
		d.meridiem = 2
	case d.clock:
		d.offset += zones[up]
	}
	return rest
}

// time returns the time that the parts make.
func (d *dateParser) time() (t time.Time, ok bool) {
	y, mo, day, ok := d.date()
	if !ok || d.h > 24 || d.m > 59 || d.sec > 60 || d.meridiem != 0 && d.h > 12 && d.h != 0 && d.meridiem == 1 {
		return t, false
	}
	switch {
	case d.meridiem == 1 && d.h == 12:
		d.h = 0
	case d.meridiem == 2 && d.h < 12:
		d.h += 12
	}
	if mo < 1 || mo > 12 || day < 1 || day > time.Date(y, mo+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return t, false
	}
	t = time.Date(y, mo, day, d.h, d.m, d.sec, d.nano, time.UTC)
	return t.Add(-time.Duration(d.offset) * time.Second), true
}

// date returns the day that the numbers and the month make.
func (d *dateParser) date() (y int, mo time.Month, day int, ok bool) {
	switch n := d.nums; {
	case d.month != 0 && d.count >= 2 && d.fourDigits[0]:
		return n[0], d.month, n[1], true
	case d.month != 0 && d.count >= 2:
		return century(n[1], d.fourDigits[1]), d.month, n[0], true
	case d.month != 0:
		return 0, 0, 0, false
	case d.fourDigits[0] && d.count == 3:
		return n[0], time.Month(n[1]), n[2], true
	case d.fourDigits[0] && d.count == 2 && d.sep == '-' && !d.clock:
		return n[0], time.Month(n[1]), 1, true
	case d.count < 3:
		return 0, 0, 0, false
	}
	return d.numeric()
}

// numeric orders the three numbers of a date like 22/11/2026.
func (d *dateParser) numeric() (y int, mo time.Month, day int, ok bool) {
	a, b, y := d.nums[0], d.nums[1], century(d.nums[2], d.fourDigits[2])
	switch {
	case b > 12 || d.meridiem != 0 && a <= 12 && d.sep == '/':
		return y, time.Month(a), b, true
	case a > 12 || a == b || d.sep != '/':
		return y, time.Month(b), a, true
	}
	return 0, 0, 0, false
}

// century completes a year of two digits: 70 to 99 are of the 20th century.
func century(y int, wide bool) int {
	switch {
	case wide:
		return y
	case y < 70:
		return 2000 + y
	}
	return 1900 + y
}
