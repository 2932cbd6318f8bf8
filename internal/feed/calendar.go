package feed

import (
	"strconv"
	"strings"
	"time"
)

// asciiDate replaces the digits and signs of other scripts in a date by ASCII, years of
// Japan's and Taiwan's calendars by ours, and names of months that are not one word.
func asciiDate(s string) string {
	s = strings.Map(asciiDigit, s)
	for _, era := range eras {
		if i := strings.Index(s, era.name); i >= 0 {
			s = s[:i] + gregorian(s[i+len(era.name):], era.before)
		}
	}
	return dateSigns.Replace(s)
}

// asciiDigit returns the digit that r is in its script, or else r.
func asciiDigit(r rune) rune {
	if r < 0x660 {
		return r
	}
	for _, zero := range zeros {
		if r >= zero && r < zero+10 {
			return '0' + r - zero
		}
	}
	return r
}

// zeros are the zeros of the scripts that dates are written in.
var zeros = []rune{'٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '༠', '၀', '០', '０'}

// eras are those in which Japan and Taiwan count years, with the year before the first.
var eras = []struct {
	name   string
	before int
}{
	{"令和", 2018}, {"平成", 1988}, {"民國", 1911}, {"民国", 1911},
}

// gregorian replaces the year of an era with which s begins.
func gregorian(s string, before int) string {
	s = strings.TrimLeft(s, " ")
	if rest, ok := strings.CutPrefix(s, "元"); ok { // the first year
		return strconv.Itoa(before+1) + rest
	}
	n, w := leadingInt(s)
	if w == 0 || w > 3 {
		return s
	}
	return strconv.Itoa(before+n) + s[w:]
}

var dateSigns = strings.NewReplacer(
	"كانون الثاني", "يناير", "كانون الأول", "ديسمبر", "تشرين الأول", "أكتوبر", "تشرين الثاني", "نوفمبر",
	"ม.ค", " jan ", "ก.พ", " feb ", "มี.ค", " mar ", "เม.ย", " apr ", "พ.ค", " may ", "มิ.ย", " jun ",
	"ก.ค", " jul ", "ส.ค", " aug ", "ก.ย", " sep ", "ต.ค", " oct ", "พ.ย", " nov ", "ธ.ค", " dec ",
	"十一月", " nov ", "十二月", " dec ", "十月", " oct ", "一月", " jan ", "二月", " feb ", "三月", " mar ", "四月", " apr ",
	"五月", " may ", "六月", " jun ", "七月", " jul ", "八月", " aug ", "九月", " sep ",
	"ق.ظ", "AM", "ب.ظ", "PM", "π.μ", "AM", "μ.μ", "PM",
	"−", "-", "‐", "-", "‑", "-", "－", "-", "／", "/", "：", ":", "\u00a0", " ", "\u202f", " ", "\u2009", " ", "\u3000", " ",
	"（", "(", "）", ")", "\u200e", "", "\u200f", "",
)

// buddhistYears is how many years the Thai calendar is ahead of ours.
const buddhistYears = 543

func isThai(r rune) bool { return r >= 0x0e00 && r <= 0x0e7f }

// fromPersian converts a day of the Persian calendar. ok is false when its year is not
// between 1300 and 1500, for which its leap years are those of a cycle of 33 years.
func fromPersian(y int, mo time.Month, day int) (_ int, _ time.Month, _ int, ok bool) {
	if y < 1300 || y > 1500 || day < 1 || day > 31 || mo > 6 && day > 30 {
		return 0, 0, 0, false
	}
	n := day + int(mo-1)*31 - max(int(mo)-7, 0)
	for leap := 1400; leap < y; leap++ {
		n += persianDays(leap)
	}
	for leap := y; leap < 1400; leap++ {
		n -= persianDays(leap)
	}
	y, mo, day = time.Date(2021, 3, 20+n, 0, 0, 0, 0, time.UTC).Date() // 1400 began on 21 March 2021
	return y, mo, day, true
}

// persianDays returns how many days a year of the Persian calendar has.
func persianDays(y int) int {
	if (y*8+29)%33 < 8 {
		return 366
	}
	return 365
}

// persianMonths are the names of the months in Iran and in Afghanistan.
var persianMonths = map[string]time.Month{
	"فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "امرداد": 5, "شهریور": 6, "مهر": 7, "آبان": 8, "آذر": 9, "دی": 10, "بهمن": 11, "اسفند": 12,
	"حمل": 1, "ثور": 2, "جوزا": 3, "سرطان": 4, "اسد": 5, "سنبله": 6, "میزان": 7, "عقرب": 8, "قوس": 9, "جدی": 10, "دلو": 11, "حوت": 12,
}
