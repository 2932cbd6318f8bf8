package words

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes texts comparable. It unescapes entities twice, decomposes compatibility
// forms, removes case, combining marks, tatweel and invisible characters, unifies the
// letters that Arabic, Persian and Urdu keyboards write differently, converts digits to
// ASCII, and uses one form of quotes, dashes and spaces. It keeps marks that are letters:
// those of Indic scripts and Thai, and of the Cyrillic й.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(html.UnescapeString(s))
	}
	f := folder{out: make([]byte, 0, len(s)+8)}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			f.ascii(c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if t := foldCommon(r); t != 0 {
			f.dropMarks, f.afterCyrillicI = true, t == 'и'
			f.out = utf8.AppendRune(f.out, t)
		} else {
			f.decompose(s[i:i+size], r)
		}
		i += size
	}
	return f.text()
}

// isFolded is a fast test that is true when Fold returns s, as for most words.
func isFolded(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' && space, c < ' ', c == '&', c == '`', c >= 'A' && c <= 'Z', c >= 0x7f:
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

// foldCommon is a fast way to fold the most frequent Arabic and Russian letters. It is 0
// for all others. decompose gives the same result.
func foldCommon(r rune) rune {
	switch {
	case r >= 0x430 && r <= 0x44f && r != 'й':
		return r
	case r >= 0x410 && r <= 0x42f && r != 'Й':
		return r + 0x20
	case r >= 0x627 && r <= 0x648 && r != 0x629 && (r <= 0x63a || r >= 0x641), r == 'ي':
		return r
	}
	switch r {
	case 'أ', 'إ', 'آ':
		return 'ا'
	case 'ة':
		return 'ه'
	case 'ى', 'ئ', 'ی':
		return 'ي'
	}
	return 0
}

// folder folds one text.
type folder struct {
	out            []byte
	dropMarks      bool // the last letter loses its marks
	afterCyrillicI bool // the last letter was и
	compose        bool // out may not be in NFC
}

func (f *folder) text() string {
	out := f.out
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	if f.compose {
		out = norm.NFC.Bytes(out)
	}
	return string(out)
}

func (f *folder) ascii(c byte) {
	f.dropMarks, f.afterCyrillicI = true, false
	switch {
	case c >= 'A' && c <= 'Z':
		c += 'a' - 'A'
	case c <= ' ' || c == 0x7f:
		if n := len(f.out); n == 0 || f.out[n-1] == ' ' {
			return
		}
		c = ' '
	case c == '`':
		c = '\''
	}
	f.out = append(f.out, c)
}

func (f *folder) decompose(s string, r rune) {
	if r == utf8.RuneError || f.quote(r) {
		return
	}
	d := norm.NFKD.PropertiesString(s).Decomposition()
	if d == nil {
		f.add(r)
		return
	}
	for _, r := range string(d) {
		f.add(r)
	}
}

// quote writes r if it is a quote, a dash, or an accent in use as a quote.
func (f *folder) quote(r rune) bool {
	switch r {
	case '“', '”', '„', '‟', '«', '»', '‹', '›', '「', '」', '『', '』', '″', '〝', '〞', '＂', '❝', '❞':
		f.ascii('"')
	case '‘', '’', '‚', '‛', '´', '′', 'ʼ', 'ʹ', '＇':
		f.ascii('\'')
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹘', '﹣', '－', '⁃':
		f.ascii('-')
	default:
		return false
	}
	return true
}

func (f *folder) add(r rune) {
	switch {
	case r < utf8.RuneSelf:
		f.ascii(byte(r))
	case r == 0x306 && f.afterCyrillicI:
		f.out = append(f.out[:len(f.out)-2], "й"...)
		f.afterCyrillicI = false
	case unicode.Is(unicode.Mn, r):
		f.mark(r)
	case unicode.Is(unicode.Cf, r), r == 0x640:
	case unicode.IsSpace(r), unicode.IsControl(r):
		f.ascii(' ')
	default:
		f.letter(r)
	}
}

func (f *folder) mark(r rune) {
	if f.dropMarks || isVariationSelector(r) {
		return
	}
	f.out = utf8.AppendRune(f.out, r)
	f.compose = true
}

// isVariationSelector reports whether a mark selects one of the forms of a character.
func isVariationSelector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef || r == 0x34f
}

func (f *folder) letter(r rune) {
	if d, ok := digit(r); ok {
		f.ascii(d)
		return
	}
	r = unicode.ToLower(r)
	f.afterCyrillicI = r == 'и'
	f.dropMarks = losesMarks(r)
	if r >= 0x1100 && r <= 0x11ff || r == 0x3099 || r == 0x309a {
		f.compose = true
	}
	if s, ok := spellings[r]; ok {
		f.out = append(f.out, s...)
		return
	}
	f.out = utf8.AppendRune(f.out, r)
}

// losesMarks reports whether r is of a script whose marks are accents or vowel points.
// It is called for every letter, so it compares ranges and uses no table of scripts.
func losesMarks(r rune) bool {
	switch {
	case r < 0x700: // Latin, Greek, Cyrillic, Hebrew, Arabic and those between
		return true
	case r >= 0x900 && r < 0x1c80: // Indic to Mongolian
		return false
	case r >= 0x3000 && r < 0xa640: // Kana, Han
		return false
	case r >= 0xa800 && r < 0xfb00: // Indic, Thai's neighbours, Hangul
		return false
	}
	return true
}

// digits are the zeros of the decimal digits that news is written with.
var digits = [...]rune{
	0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
	0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810,
}

// digit returns the ASCII digit for a decimal digit of another script.
func digit(r rune) (byte, bool) {
	if r < 0x660 || r > 0x1819 {
		return 0, false
	}
	for _, zero := range digits {
		if r >= zero && r <= zero+9 {
			return byte('0' + r - zero), true
		}
	}
	return 0, false
}

// spellings are other spellings of letters that have no decomposition.
var spellings = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ς': "σ",
	'ٱ': "ا", 'ٲ': "ا", 'ٳ': "ا",
	'ى': "ي", 'ی': "ي", 'ې': "ي", 'ے': "ي", 'ۍ': "ي", 'ێ': "ي",
	'ة': "ه", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۃ': "ه", 'ک': "ك", 'ڪ': "ك", 'ۆ': "و", 'ۇ': "و",
	'٪': "%", '٫': ".", '٬': ",", '،': ",", '؛': ";", '؟': "?",
	'。': ".", '、': ",", '・': " ", '॥': ".", '।': ".",
}
