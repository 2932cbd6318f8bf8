package words

import "unicode/utf8"

// hebrewVowels are words that are written with and without a letter for a vowel.
var hebrewVowels = newReplacer(
	"תכנית", "תוכנית", "תכניות", "תוכניות", "בטחון", "ביטחון", "נסיון", "ניסיון", "זכרון", "זיכרון", "חסכון", "חיסכון",
	"פיתרון", "פתרון", "אירגון", "ארגון", "ארוע", "אירוע", "עירית", "עיריית", "קרית", "קריית", "צהרים", "צהריים",
	"מנין", "מניין", "בנין", "בניין", "ענין", "עניין", "סניגור", "סנגור", "דוגמא", "דוגמה", "משכנתה", "משכנתא",
	"וועד", "ועד", "בין לאומי", "בינלאומי", "בין-לאומי", "בינלאומי", "תורכי", "טורקי", "סודאן", "סודן", "אירן", "איראן",
	"אימא", "אמא", "גירס", "גרס", "מישרד", "משרד", "מיספר", "מספר", "מימשל", "ממשל", "מיפלג", "מפלג", "מיבצע", "מבצע",
	"מישפט", "משפט", "מיזרח", "מזרח", "מליון", "מיליון", "מליארד", "מיליארד", "עתונ", "עיתונ", "פלשתינ", "פלסטינ", "שיוויון", "שוויון",
	"מוסקווה", "מוסקבה", "אוקריינ", "אוקראינ", "עירק", "עיראק", "בטוח לאומי", "ביטוח לאומי", "לעתים", "לעיתים",
	"חזבאללה", "חיזבאללה", "טרמפ", "טראמפ", "מסויי", "מסוי", "אמריקאי", "אמריקני",
)

// unifyHebrew removes the marks of abbreviations (צה"ל is צהל), the second of two letters
// that begin a word where one does (וועדה is ועדה), and the choices of hebrewVowels.
func unifyHebrew(s string) string {
	out := make([]byte, 0, len(s))
	before := rune(0) // the character before, as it is written
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		if !isAbbreviating(before, r, next) && !isDoubled(out, before, r) {
			out = append(out, s[i:i+size]...)
		}
		before = r
		i += size
	}
	return hebrewVowels.Replace(string(out))
}

// isAbbreviating tells whether r is the mark of an abbreviation or of a foreign sound: a
// quote between two letters, or an apostrophe behind one.
func isAbbreviating(before, r, next rune) bool {
	if !isHebrew(before) {
		return false
	}
	switch r {
	case '"', '״', '”', '“', '″':
		return isHebrew(next)
	case '\'', '׳', '’', '‘', '′', '`', '´':
		return true
	}
	return false
}

// isDoubled tells whether r is the second vav or yod at the beginning of a word.
func isDoubled(out []byte, before, r rune) bool {
	if r != before || r != 'ו' && r != 'י' {
		return false
	}
	start := len(out) - utf8.RuneLen(before)
	last, _ := utf8.DecodeLastRune(out[:start])
	return start == 0 || !isHebrew(last)
}

func isHebrew(r rune) bool { return r >= 'א' && r <= 'ת' }
