package feed

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxDate is the longest text that is read as a date, in bytes.
const maxDate = 200

// parseDate reads a date and time in any form that feeds are known to use, and returns
// it in UTC. A time without a zone is UTC. It does not guess which number is the day
// and which the month: 02/01/2026 is no date. A year before 1990 is what programs write
// who have no date, or of another calendar: it is no date either.
func parseDate(s string) (time.Time, bool) {
	if s != "" && isDigit(s[0]) {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t.UTC(), isPlausibleYear(t)
		}
	}
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	if len(s) > maxDate {
		return time.Time{}, false
	}
	if t, ok := parseDigits(s); ok {
		return t, isPlausibleYear(t)
	}
	var d dateParser
	if !isASCII(s) {
		d.buddhist = strings.ContainsFunc(s, isThai)
		s = asciiDate(s)
	}
	for rest := s; rest != ""; {
		next := d.step(rest)
		d.before = rest[len(rest)-len(next)-1]
		rest = next
	}
	t, ok := d.time()
	return t, ok && isPlausibleYear(t)
}

// isPlausibleYear reports whether something can have been published in the year.
func isPlausibleYear(t time.Time) bool { return t.Year() >= 1990 && t.Year() < 2100 }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// parseDigits reads a date of digits only: seconds, milliseconds, microseconds or
// nanoseconds since 1970, a year, 20060102, 200601021504 or 20060102150405. Of seconds
// it ignores the fraction, and what ASP.NET writes around milliseconds: /Date(0)/.
func parseDigits(s string) (time.Time, bool) {
	if digits, ok := strings.CutPrefix(s, "/Date("); ok {
		s = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
	}
	if i := strings.IndexByte(s, '.'); i == 10 && strings.Trim(s[i+1:], "0123456789") == "" {
		s = s[:i]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || s[0] == '+' {
		return time.Time{}, false
	}
	switch len(s) {
	case 4:
		return time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC), true
	case 9, 10:
		return time.Unix(n, 0).UTC(), true
	case 13:
		return time.UnixMilli(n).UTC(), true
	case 16:
		return time.UnixMicro(n).UTC(), true
	case 19:
		return time.Unix(0, n).UTC(), true
	case 8, 12, 14:
		t, err := time.Parse("20060102150405"[:len(s)], s)
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
	before     byte // the last byte that was read
	month      time.Month
	first      bool // month stands before all numbers: it may be the name of a weekday (mar.)
	persian    bool // month is of the Persian calendar
	buddhist   bool // the years are those of the Thai calendar
	negative   bool // the year has a minus sign
	clock      bool // the time of day was read
	h, m       int
	sec        int
	nano       int
	meridiem   int // 1 for AM, 2 for PM
	zone       zone
}

// step reads one number, word or sign, and returns the rest of s.
func (d *dateParser) step(s string) string {
	c := s[0]
	signed := len(s) > 1 && isDigit(s[1]) // if c is a sign
	switch {
	case isDigit(c):
		return d.number(s)
	case (c == '+' || c == '-') && signed && d.clock && (d.isComplete() || !isDigit(d.before)):
		return d.zone.readOffset(s)
	case c == '+' && d.clock && strings.HasPrefix(s, "+ ") && len(s) > 2 && isDigit(s[2]):
		return d.zone.readOffset("+" + s[2:])
	case c == '(':
		if i := strings.IndexByte(s, ')'); i > 0 {
			if d.clock {
				d.zone.readAll(s[1:i])
			}
			return s[i+1:]
		}
	case c == '-' || c == '/' || c == '.':
		if d.count > 0 && d.count < 3 && signed {
			d.sep = c
		}
		d.negative = d.negative || c == '-' && signed && d.before == ' ' && d.month != 0 && d.count == 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if unicode.IsLetter(r) {
		return d.word(s)
	}
	return s[n:]
}

// isComplete reports whether day, month and year were read.
func (d *dateParser) isComplete() bool { return d.count == 3 || d.month != 0 && d.count == 2 }

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
	if after, ok := d.counted(n, rest); ok {
		return after
	}
	switch {
	case strings.HasPrefix(rest, ":") && len(rest) > 1 && isDigit(rest[1]) && w <= 2 && !d.clock:
		return d.timeOfDay(n, rest[1:])
	case w <= 2 && !d.clock && d.isComplete() && isMinutes(rest):
		return d.timeOfDay(n, rest[1:])
	case w == 8 && d.count == 0:
		d.nums, d.fourDigits[0], d.count, d.sep = [3]int{n / 10000, n / 100 % 100, n % 100}, true, 3, '-'
		return rest
	case w <= 2 && d.count > 0 && !d.clock && (isMeridiem(rest) || d.isComplete() && isOffset(rest)):
		d.clock, d.h = true, n
		return rest
	case d.clock && d.before == ' ' && d.isComplete() && d.zone.rank == noZone && isOffset(" +"+s) && len(s) <= len("00:00"):
		return d.zone.readOffset("+" + s) // the plus sign was read as a space on its way
	case (w == 4 || w == 6) && !d.clock && d.hasYearBeforeTime():
		d.clock, d.h, d.m = true, n/100, n%100
		if w == 6 {
			d.h, d.m, d.sec = n/10000, n/100%100, n%100
		}
		return rest
	}
	if w <= 4 {
		d.add(n, w > 2)
	}
	return rest
}

// add adds a part of the date.
func (d *dateParser) add(n int, wide bool) {
	if d.count < 3 {
		d.nums[d.count], d.fourDigits[d.count] = n, wide
		d.count++
	}
}

// hasYearBeforeTime reports whether digits without a colon are the time of day, as in
// 20261122T1000 and 22 Nov 2026 1000.
func (d *dateParser) hasYearBeforeTime() bool {
	if d.count == 3 {
		return d.sep != 0
	}
	return d.isComplete() && (d.fourDigits[0] || d.fourDigits[1])
}

// counted reads the sign behind the number n that says what it counts, as in 2026年5月,
// 10時5分 and 10h05.
func (d *dateParser) counted(n int, s string) (rest string, ok bool) {
	s = strings.TrimPrefix(s, " ")
	if s == "" {
		return "", false
	}
	r, w := utf8.DecodeRuneInString(s)
	switch rest = s[w:]; r {
	case '年', '년':
		d.add(n, true)
	case '月', '월':
		d.month = time.Month(n)
	case '日', '일', '号', '號':
		d.add(n, false)
	case '時', '时', '시', '點', '点':
		d.clock, d.h = true, n
	case '分', '분':
		d.m = n
	case '秒', '초':
		d.sec = n
	case 'h', 'H', 'u', 'U':
		return d.hour(n, s)
	default:
		return "", false
	}
	return rest, true
}

// hour reads a time of day like 10h, 10h05, 10 h 05, 10u05 and 10 Uhr, behind its hour.
func (d *dateParser) hour(n int, s string) (rest string, ok bool) {
	w, rest := leadingWord(s)
	if d.clock || !d.isComplete() || len(w) > 1 && !strings.EqualFold(w, "Uhr") {
		return "", false
	}
	d.clock, d.h = true, n
	minutes := strings.TrimPrefix(rest, " ")
	if m, width := leadingInt(minutes); width == 2 {
		d.m, rest = m, minutes[width:]
	}
	return rest, true
}

// isMinutes reports whether s begins with a period and two digits, as in 10.30.
func isMinutes(s string) bool {
	if len(s) < 3 || s[0] != '.' {
		return false
	}
	_, w := leadingInt(s[1:])
	return w == 2
}

// isMeridiem reports whether s begins with AM or PM, as after an hour without minutes.
func isMeridiem(s string) bool {
	s = strings.TrimLeft(s, " ")
	return len(s) >= 2 && (s[0]|32 == 'a' || s[0]|32 == 'p') && (s[1]|32 == 'm' || s[1] == '.')
}

// isOffset reports whether s is a space and an offset of four digits: " -0400".
func isOffset(s string) bool {
	if len(s) < 6 || s[0] != ' ' || s[1] != '+' && s[1] != '-' {
		return false
	}
	_, w := leadingInt(s[2:])
	return w == 4 || w == 2 && s[4] == ':'
}

// timeOfDay reads minutes, seconds and fractions behind the hour h and its colon.
func (d *dateParser) timeOfDay(h int, s string) string {
	d.clock, d.h = true, h
	m, w := leadingInt(s)
	d.m, s = m, s[w:]
	if len(s) < 2 || s[0] != ':' && !isMinutes(s) || !isDigit(s[1]) {
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

// leadingWord returns the letters that s begins with, and the rest.
func leadingWord(s string) (word, rest string) {
	n := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if n < 0 {
		n = len(s)
	}
	return s[:n], s[n:]
}

// word reads the name of a month or of a time zone, or AM or PM, and skips any other.
func (d *dateParser) word(s string) string {
	w, rest := leadingWord(s)
	if d.month == 0 || d.first && d.count < 2 {
		if m, persian := month(w); m != 0 {
			d.month, d.first, d.persian = m, d.count == 0 && !d.clock, persian
			return rest
		}
	}
	if m, after := meridiem(w, rest); m != 0 && (d.clock || w != "م") { // "م" behind a year means that it is of our calendar
		d.meridiem = m
		return after
	}
	if d.clock {
		return d.zone.readName(s)
	}
	return rest
}

// meridiem returns 1 if a word, with what follows it, means AM, 2 for PM, and 0 otherwise.
func meridiem(w, after string) (m int, rest string) {
	if len(w) == 1 && strings.HasPrefix(after, ".") { // a.m. and a. m.
		if m := strings.TrimLeft(after[1:], " "); m != "" && m[0]|32 == 'm' {
			w, after = w+"m", strings.TrimPrefix(m[1:], ".")
		}
	}
	switch strings.ToUpper(w) {
	case "AM", "ص", "صباحا", "صباحًا", "上午", "午前", "오전", "ÖÖ", "पूर्वाह्न":
		return 1, after
	case "PM", "م", "مساء", "مساءً", "下午", "午後", "오후", "ÖS", "अपराह्न":
		return 2, after
	}
	return 0, after
}

// time returns the time that the parts make.
func (d *dateParser) time() (t time.Time, ok bool) {
	y, mo, day, ok := d.date()
	if !ok || d.negative || d.h > 24 || d.m > 59 || d.sec > 60 || d.h > 12 && d.meridiem == 1 {
		return t, false
	}
	switch {
	case d.meridiem == 1 && d.h == 12:
		d.h = 0
	case d.meridiem == 2 && d.h < 12:
		d.h += 12
	}
	if d.persian {
		if y, mo, day, ok = fromPersian(y, mo, day); !ok {
			return t, false
		}
	}
	if mo < 1 || mo > 12 || day < 1 || day > time.Date(y, mo+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return t, false
	}
	return d.zone.time(time.Date(y, mo, day, d.h, d.m, d.sec, d.nano, time.UTC)), true
}

// date returns the day that the numbers and the month make.
func (d *dateParser) date() (y int, mo time.Month, day int, ok bool) {
	if d.first && d.count == 3 && !d.fourDigits[1] {
		d.month = 0 // it was a weekday: mardi 05/05/2026
	}
	switch n := d.nums; {
	case d.month != 0 && d.count >= 2 && d.fourDigits[0]:
		return d.year(0), d.month, n[1], true
	case d.month != 0 && d.count >= 2:
		return d.year(1), d.month, n[0], true
	case d.month != 0 && d.count == 1 && n[0] > 999:
		return d.year(0), d.month, 1, true
	case d.month != 0:
		return 0, 0, 0, false
	case d.fourDigits[0] && d.count == 3:
		return d.year(0), time.Month(n[1]), n[2], true
	case d.fourDigits[0] && d.count == 2 && d.sep == '-' && !d.clock:
		return d.year(0), time.Month(n[1]), 1, true
	case d.count < 3:
		return 0, 0, 0, false
	}
	return d.numeric()
}

// numeric orders the three numbers of a date like 22/11/2026.
func (d *dateParser) numeric() (y int, mo time.Month, day int, ok bool) {
	a, b, y := d.nums[0], d.nums[1], d.year(2)
	switch {
	case b > 12 || d.meridiem != 0 && a <= 12 && d.sep == '/':
		return y, time.Month(a), b, true
	case a > 12 || a == b || d.sep != '/':
		return y, time.Month(b), a, true
	}
	return 0, 0, 0, false
}

// year returns the number as a year of the Gregorian calendar. Of two digits, 70 to 99
// are of the 20th century. A year of three digits behind the day counts from 1900 (RFC
// 5322 section 4.3).
func (d *dateParser) year(i int) int {
	switch y := d.nums[i]; {
	case d.buddhist && !d.fourDigits[i]:
		return y + 2500 - buddhistYears
	case d.buddhist && y > 2400:
		return y - buddhistYears
	case i > 0 && y >= 100 && y <= 199:
		return 1900 + y
	case d.fourDigits[i]:
		return y
	case y < 70:
		return 2000 + y
	default:
		return 1900 + y
	}
}
