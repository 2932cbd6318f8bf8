package feed

import (
	"strings"
	"time"
)

// month returns the month that a word names, in full or abbreviated, in the languages
// that feeds write dates in. It is 0 when the word names none.
func month(word string) time.Month {
	w := strings.ToLower(word)
	if m, ok := wholeMonths[w]; ok {
		return m
	}
	for _, p := range longMonths {
		if strings.HasPrefix(w, p.name) {
			return p.month
		}
	}
	n := 0
	for i := range w {
		if n++; n == 4 {
			w = w[:i]
			break
		}
	}
	if n < 3 {
		return 0
	}
	return shortMonths[w]
}

// longMonths share their first three letters with another month of their language.
var longMonths = []struct {
	name  string
	month time.Month
}{
	{"juil", 7}, {"juin", 6}, {"marras", 11}, {"maalis", 3}, {"červen", 6}, {"červenc", 7},
}

// shortMonths are recognized by their first three letters.
var shortMonths = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12,
	"fév": 2, "fev": 2, "avr": 4, "aoû": 8, "aou": 8, "déc": 12,
	"ene": 1, "abr": 4, "ago": 8, "dic": 12,
	"gen": 1, "mag": 5, "giu": 6, "lug": 7, "set": 9, "ott": 10,
	"out": 10, "mrt": 3, "maa": 3, "mei": 5, "maj": 5, "des": 12, "agu": 8, "agt": 8,
	"sty": 1, "lut": 2, "kwi": 4, "cze": 6, "lip": 7, "sie": 8, "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
	"янв": 1, "фев": 2, "мар": 3, "апр": 4, "май": 5, "мая": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11, "дек": 12,
	"січ": 1, "лют": 2, "бер": 3, "кві": 4, "тра": 5, "чер": 6, "лип": 7, "сер": 8, "вер": 9, "жов": 10, "лис": 11, "гру": 12,
	"oca": 1, "şub": 2, "nis": 4, "haz": 6, "tem": 7, "ağu": 8, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,
	"ιαν": 1, "φεβ": 2, "μαρ": 3, "μάρ": 3, "απρ": 4, "μαΐ": 5, "μαι": 5, "μάι": 5, "ιού": 6, "αυγ": 8, "αύγ": 8, "σεπ": 9, "οκτ": 10, "νοε": 11, "νοέ": 11, "δεκ": 12,
	"ian": 1, "iun": 6, "iul": 7, "noi": 11,
	"tam": 1, "hel": 2, "huh": 4, "tou": 5, "kes": 6, "hei": 7, "elo": 8, "syy": 9, "lok": 10, "jou": 12,
}

// wholeMonths are recognized by the whole word only.
var wholeMonths = map[string]time.Month{
	"يناير": 1, "فبراير": 2, "مارس": 3, "أبريل": 4, "ابريل": 4, "إبريل": 4, "مايو": 5, "يونيو": 6, "يونيه": 6, "يوليو": 7, "يوليه": 7,
	"أغسطس": 8, "اغسطس": 8, "سبتمبر": 9, "أكتوبر": 10, "اكتوبر": 10, "نوفمبر": 11, "ديسمبر": 12,
	"جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5, "جوان": 6, "جويلية": 7, "أوت": 8,
	"شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9,
	"ινουαρίου": 1, "ιουνίου": 6, "ιουλίου": 7, "ιουν": 6, "ιουλ": 7,
	"ژانویه": 1, "فوریه": 2, "آوریل": 4, "مه": 5, "ژوئن": 6, "ژوئیه": 7, "اوت": 8, "سپتامبر": 9, "اکتبر": 10, "نوامبر": 11, "دسامبر": 12,
}

// zones are the offsets of time zones in seconds. A name with two meanings has the one
// that is more frequent in feeds.
var zones = map[string]int{
	"EST": -5 * 3600, "EDT": -4 * 3600, "CST": -6 * 3600, "CDT": -5 * 3600, "MST": -7 * 3600, "MDT": -6 * 3600,
	"PST": -8 * 3600, "PDT": -7 * 3600, "AKST": -9 * 3600, "AKDT": -8 * 3600, "HST": -10 * 3600, "AST": -4 * 3600, "ADT": -3 * 3600,
	"NST": -12600, "NDT": -9000, "BRT": -3 * 3600, "ART": -3 * 3600, "CLT": -4 * 3600, "CLST": -3 * 3600, "COT": -5 * 3600, "PET": -5 * 3600,
	"BST": 3600, "IST": 19800, "WEST": 3600, "CET": 3600, "CEST": 7200, "MEZ": 3600, "MESZ": 7200, "MET": 3600, "MEST": 7200,
	"EET": 7200, "EEST": 10800, "MSK": 10800, "MSD": 14400, "TRT": 10800, "IDT": 10800, "IRST": 12600, "GST": 14400, "PKT": 18000, "NPT": 20700,
	"WIB": 7 * 3600, "ICT": 7 * 3600, "SGT": 8 * 3600, "HKT": 8 * 3600, "PHT": 8 * 3600, "MYT": 8 * 3600, "AWST": 8 * 3600,
	"JST": 9 * 3600, "KST": 9 * 3600, "ACST": 34200, "ACDT": 37800, "AEST": 10 * 3600, "AEDT": 11 * 3600, "NZST": 12 * 3600, "NZDT": 13 * 3600,
	"WAT": 3600, "CAT": 7200, "SAST": 7200, "EAT": 10800,
}
