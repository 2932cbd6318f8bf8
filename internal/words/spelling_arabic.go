package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// hamzas are ways to write one hamza, and what they become.
var hamzas = strings.NewReplacer("ئو", "ؤو", "ءو", "ؤو", "يء", "ئ", "یء", "ئ", "مسئله", "مسأله", "جرئت", "جرأت")

// arabicNames are names and words that outlets of several countries spell differently,
// such as a foreign g. What they become never has an ending that Persian lacks, because
// words typed in Arabic letters may be Persian.
var arabicNames = newReplacer(
	"أميرك", "أمريك", "اميرك", "أمريك",
	"إنكليز", "إنجليز", "انكليز", "إنجليز", "إنكلترا", "إنجلترا", "انكلترا", "إنجلترا", "إنكلتره", "إنجلترا",
	"أورب", "أوروب", "اورب", "أوروب",
	"نتانياهو", "نتنياهو", "ترمب", "ترامب", "زيلنسك", "زيلينسك", "استنبول", "إسطنبول", "إستنبول", "إسطنبول",
	"جوجل", "غوغل", "قوقل", "غوغل", "سنجافور", "سنغافور", "شنجهاي", "شنغهاي", "هونج كونج", "هونغ كونغ",
	"الكونجو", "الكونغو", "بيونج يانج", "بيونغ يانغ", "بيونجيانج", "بيونغيانغ", "جرينلاند", "غرينلاند", "غرينلند", "غرينلاند",
	"جوتيريش", "غوتيريش", "جالانت", "غالانت", "بن جفير", "بن غفير", "جوارديولا", "غوارديولا",
	"فيس بوك", "فيسبوك", "تيليجرام", "تلغرام", "تيليغرام", "تلغرام", "تليجرام", "تلغرام", "تليغرام", "تلغرام",
	"إنستجرام", "إنستغرام", "انستجرام", "إنستغرام", "انستقرام", "إنستغرام", "إنستقرام", "إنستغرام", "تيك توك", "تيكتوك",
	"هيأة", "هيئة", "هيأه", "هيئة", "ميليشي", "مليشي", "تليفزيون", "تلفزيون", "صحافي", "صحفي",
)

// persianJoined are words that Persian writes as one, with half-spaces, or apart. All
// letters are those of Arabic keyboards.
var persianJoined = newReplacer(
	"گفت\u200cوگو", "گفتگو", "گفت\u200cو\u200cگو", "گفتگو", "گفت و گو", "گفتگو", "گفت وگو", "گفتگو", "گفت\u200cو گو", "گفتگو",
	"جست\u200cوجو", "جستجو", "جست\u200cو\u200cجو", "جستجو", "جست و جو", "جستجو", "جست وجو", "جستجو",
	"شست\u200cوشو", "شستشو", "شست و شو", "شستشو", "پرس\u200cوجو", "پرسجو", "پرس و جو", "پرسجو",
	"ساخت\u200cوساز", "ساخت و ساز", "رفت\u200cوآمد", "رفت و آمد", "خريد\u200cوفروش", "خريد و فروش",
	"زد\u200cوخورد", "زد و خورد", "كسب\u200cوكار", "كسب و كار", "سمت\u200cوسو", "سمت و سو", "آب\u200cوهوا", "آب و هوا",
	"ه\u200cي ", "ه ", "ه ي ", "ه ", "هيأت", "هيئت", "طهران", "تهران", "اطاق", "اتاق", "بليط", "بليت", "طوفان", "توفان", "امپراطور", "امپراتور", "باطري", "باتري",
)

// arabicKeyboard gives the letters of Arabic keyboards for those of Persian ones, which
// Fold makes equal.
var arabicKeyboard = strings.NewReplacer("ی", "ي", "ک", "ك")

// unifyArabic unifies spellings in Arabic letters. A text is Persian if its language or
// its letters say so.
func unifyArabic(s, lang string) string {
	if strings.IndexByte(s, 0xef) >= 0 {
		s = plainLetters(s)
	}
	hamza, keyboard, foreign, persian := arabicLetters(s)
	if hamza {
		s = hamzas.Replace(s)
	}
	if foreign {
		s = strings.ReplaceAll(s, "ڤ", "ف") // for the v of foreign names
	}
	if keyboard {
		s = arabicKeyboard.Replace(s)
	}
	if lang != "fa" && !persian {
		return arabicNames.Replace(s)
	}
	return withoutFinalHamza(slashDecimals(persianJoined.Replace(s)))
}

// isArabicForm tells whether the bytes behind 0xef are those of an Arabic letter as old
// software writes it, in the form that it has at its place in a word. The byte order mark
// is none.
func isArabicForm(b, c byte) bool {
	switch {
	case b == 0xad:
		return c >= 0x90
	case b == 0xb9:
		return c >= 0xb0
	case b == 0xbb:
		return c < 0xbd
	}
	return b >= 0xae && b <= 0xb7 || b == 0xba
}

// plainLetters writes such letters as others are.
func plainLetters(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		if t := s[i : i+size]; size == 3 && t[0] == 0xef && isArabicForm(t[1], t[2]) {
			_, _ = out.Write(norm.NFKC.AppendString(nil, t))
		} else {
			out.WriteString(t)
		}
		i += size
	}
	return out.String()
}

// arabicLetters tells whether s has ئ or ء, whether it has the ی or ک of Persian
// keyboards, whether it has ڤ, and whether it has letters that only Persian has: پ چ ژ گ.
func arabicLetters(s string) (hamza, keyboard, foreign, persian bool) {
	for i := range len(s) - 1 {
		next := s[i+1]
		switch s[i] {
		case 0xd8:
			hamza = hamza || next == 0xa1 || next == 0xa6
		case 0xd9:
			persian = persian || next == 0xbe
		case 0xda:
			keyboard = keyboard || next == 0xa9
			foreign = foreign || next == 0xa4
			persian = persian || next == 0x86 || next == 0x98 || next == 0xaf
		case 0xdb:
			keyboard = keyboard || next == 0x8c
		}
	}
	return hamza, keyboard, foreign, persian
}

// withoutFinalHamza removes the hamza behind an alef at the end of words, which Persian
// may leave out.
func withoutFinalHamza(s string) string {
	const ending = "اء"
	if !strings.Contains(s, ending) {
		return s
	}
	var out strings.Builder
	for {
		i := strings.Index(s, ending)
		if i < 0 {
			break
		}
		end := i + len(ending)
		out.WriteString(s[:i])
		if r, _ := utf8.DecodeRuneInString(s[end:]); end == len(s) || kindOf(r) == gap {
			out.WriteString("ا")
		} else {
			out.WriteString(ending)
		}
		s = s[end:]
	}
	out.WriteString(s)
	return out.String()
}

// persianMeasures begin the words behind a number that may have decimals.
var persianMeasures = [...]string{"درصد", "ميليون", "ميليارد", "هزار", "ريشتر", "متر", "كيلو", "تن"}

// slashDecimals writes a point for the slash with which Persian also marks decimals, as in
// ۳/۵ درصد. Between other digits it is a fraction, a date or a score.
func slashDecimals(s string) string {
	from := strings.IndexByte(s, '/')
	if from < 0 {
		return s
	}
	out := []byte(s)
	for i := from; i < len(s); i++ {
		if s[i] != '/' {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		rest := strings.TrimLeftFunc(s[i+1:], unicode.IsDigit)
		if unicode.IsDigit(before) && len(rest) < len(s)-i-1 && beginsMeasure(strings.TrimLeft(rest, " \u200c")) {
			out[i] = '.'
		}
	}
	return string(out)
}

func beginsMeasure(s string) bool {
	for _, m := range persianMeasures {
		if strings.HasPrefix(s, m) {
			return true
		}
	}
	return false
}
