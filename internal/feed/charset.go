package feed

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// toUTF8 converts a document to UTF-8. It goes by the byte-order mark, by whether the
// document is UTF-8 but for a few bytes, by the charset that the server or the document
// names, and by the document's language, in this order. It never fails: what can't be
// decoded becomes U+FFFD.
func toUTF8(b []byte, contentType string) []byte {
	if e, n := detectWide(b); e != nil {
		return convert(e, b[n:])
	}
	b = withoutMark(b)
	if utf8.Valid(b) {
		if bytes.Contains(b[:min(len(b), 16<<10)], []byte("\x1b$")) { // XML and JSON forbid ESC: this is no UTF-8
			return convert(japanese.ISO2022JP, b)
		}
		return b
	}
	return fromLegacy(b, namedCharsets(contentType, declaredCharset(b)))
}

// fromLegacy converts a document that is not UTF-8 throughout. named are the charsets
// that it may have, the most trustworthy first.
func fromLegacy(b []byte, named []encoding.Encoding) []byte {
	good, bad := weigh(b)
	if good > bad+2 {
		return repairUTF8(b, first(named, b))
	}
	for _, e := range named {
		if out := convert(preferWindows(e, b), b); !isGarbled(out, len(b)) {
			return out
		}
	}
	if good > bad {
		return repairUTF8(b, first(named, b))
	}
	return convert(byLanguage(b), b)
}

// first returns the first of the charsets named for b, or else that of its language.
func first(named []encoding.Encoding, b []byte) encoding.Encoding {
	if len(named) > 0 {
		return named[0]
	}
	return byLanguage(b)
}

// detectWide detects UTF-16 and UTF-32 by their byte-order mark, or by the zero bytes in
// the first two characters, which are ASCII in all formats. mark is the length of the
// byte-order mark.
func detectWide(b []byte) (e encoding.Encoding, mark int) {
	be, le := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	be32, le32 := utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	for _, c := range []struct {
		mark  string
		e     encoding.Encoding
		ascii string // the pattern of an ASCII character: x stands for it
	}{
		{"\xff\xfe\x00\x00", le32, "x\x00\x00\x00"}, {"\x00\x00\xfe\xff", be32, "\x00\x00\x00x"},
		{"\xff\xfe", le, "x\x00"}, {"\xfe\xff", be, "\x00x"},
	} {
		rest, marked := bytes.CutPrefix(b, []byte(c.mark))
		if n := len(c.ascii); matches(rest, c.ascii) && (marked || len(rest) < 2*n || matches(rest[n:], c.ascii)) {
			return c.e, len(b) - len(rest)
		}
	}
	return nil, 0
}

// matches reports whether b begins like pattern, where x stands for an ASCII character
// other than NUL.
func matches(b []byte, pattern string) bool {
	if len(b) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if (pattern[i] == 0) != (b[i] == 0) || b[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// withoutMark removes a byte-order mark, also one of UTF-16 before a document that is not.
func withoutMark(b []byte) []byte {
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		b = bytes.TrimPrefix(b, []byte(mark))
	}
	return b
}

// convert decodes b, or repairs it if that fails.
func convert(e encoding.Encoding, b []byte) []byte {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return repairUTF8(b, charmap.Windows1252)
	}
	return out
}

// preferWindows returns the code page of Windows that a document really has if it is
// declared with the charset of ISO but has letters that only the code page has.
func preferWindows(e encoding.Encoding, b []byte) encoding.Encoding {
	switch {
	case e == charmap.ISO8859_2 && containsByte(b, "\x8a\x8c\x8d\x8e\x8f\x9a\x9c\x9d\x9e\x9f"):
		return charmap.Windows1250
	case e == charmap.ISO8859_6 && containsByte(b, "\x81\x8d\x8e\x8f\x90\x98\x9a\x9f"):
		return charmap.Windows1256
	}
	return e
}

// containsByte reports whether b contains a byte of set.
func containsByte(b []byte, set string) bool {
	for i := range len(set) {
		if bytes.IndexByte(b, set[i]) >= 0 {
			return true
		}
	}
	return false
}

// declaredCharset returns the encoding of the XML declaration, which may stand behind
// something else.
func declaredCharset(b []byte) string {
	b = b[:min(len(b), 1024)]
	i := bytes.Index(b, []byte("<?xml "))
	if i < 0 {
		return ""
	}
	b = b[i+5:]
	if n := bytes.IndexByte(b, '>'); n >= 0 {
		b = bytes.TrimSuffix(b[:n], []byte("?"))
	}
	for a, rest, ok := nextAttribute(b); ok; a, rest, ok = nextAttribute(rest) {
		if name := strings.ToLower(string(a.name)); name == "encoding" || name == "charset" {
			return string(a.value)
		}
	}
	return ""
}

// isGarbled reports whether out, converted from n bytes, has lost so many characters
// (one for 50 bytes) that the charset must be wrong.
func isGarbled(out []byte, n int) bool { return bytes.Count(out, []byte("\ufffd"))*50 > n }

// weigh counts the characters outside of ASCII that are UTF-8, and the bytes that are
// not. In a text of any other charset at least twice as many bytes are not.
func weigh(b []byte) (good, bad int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := decodeRune(b[i:])
		if n > 1 {
			good++
		} else {
			bad++
		}
		i += n
	}
	return good, bad
}

// decodeRune decodes a character of UTF-8, or one that is two surrogates in UTF-8, as
// Java and old databases write it. n is 1 when there is none.
func decodeRune(b []byte) (r rune, n int) {
	r, n = utf8.DecodeRune(b)
	if n > 1 || len(b) < 6 || b[0] != 0xed || b[3] != 0xed {
		return r, n
	}
	high := 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f)
	low := 0xd000 | rune(b[4]&0x3f)<<6 | rune(b[5]&0x3f)
	if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
		return r, 6
	}
	return utf8.RuneError, 1
}

// repairUTF8 converts a document that is mostly UTF-8. It reads a lone byte as one of
// the charset stray if that has one byte for each character, or of windows-1252, and
// replaces an incomplete character by U+FFFD.
func repairUTF8(b []byte, stray encoding.Encoding) []byte {
	legacy, ok := stray.(*charmap.Charmap)
	if !ok {
		legacy = charmap.Windows1252
	}
	out := make([]byte, 0, len(b)+16)
	before := rune(0) // the character before, if it is UTF-8
	for i := 0; i < len(b); {
		r, n := decodeRune(b[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			out = utf8.AppendRune(out, r)
			before = r
		case isIncomplete(b[i:], before):
			out = append(out, "\ufffd"...)
			for i+1 < len(b) && b[i+1]&0xc0 == 0x80 {
				i++
			}
			before = utf8.RuneError
		default:
			out = utf8.AppendRune(out, legacy.DecodeByte(b[i]))
			before = 0
		}
		i += n
	}
	return out
}

// isIncomplete reports whether b begins with a part of a character of UTF-8, and not
// with one that belongs to another charset. before is the character before it.
func isIncomplete(b []byte, before rune) bool {
	if b[0] < 0xc2 || b[0] > 0xf4 {
		return b[0] < 0xc0 && before == utf8.RuneError
	}
	if len(b) < 2 || b[1]&0xc0 != 0x80 {
		return before >= 0x370 // cut off inside a word of another script
	}
	isLetter := before|0x20 >= 'a' && before|0x20 <= 'z'
	return !isLetter || bytes.IndexByte([]byte("\x85\x91\x92\x93\x94\x96\x97\xa0\xbb"), b[1]) < 0 // café” in windows-1252
}

// byLanguage guesses the encoding of a document that names only its language.
func byLanguage(b []byte) encoding.Encoding {
	start := bytes.ToLower(b[:min(len(b), 4096)])
	for _, before := range []string{"<language>", "<dc:language>", "xml:lang=\"", "xml:lang='"} {
		if _, rest, ok := bytes.Cut(start, []byte(before)); ok && len(rest) > 5 {
			if e := legacyEncodings[string(rest[:5])]; e != nil {
				return e
			}
			if e := legacyEncodings[string(rest[:2])]; e != nil {
				return japaneseEncoding(e, b)
			}
		}
	}
	return charmap.Windows1252
}

// japaneseEncoding returns e, or the other encoding of Japanese if b is not in e.
func japaneseEncoding(e encoding.Encoding, b []byte) encoding.Encoding {
	if e == japanese.EUCJP && isGarbled(convert(e, b), len(b)) {
		return japanese.ShiftJIS
	}
	return e
}

// legacyEncodings are the usual encodings by language, from before UTF-8.
var legacyEncodings = map[string]encoding.Encoding{
	"ar": charmap.Windows1256, "fa": charmap.Windows1256, "ur": charmap.Windows1256,
	"ru": charmap.Windows1251, "uk": charmap.Windows1251, "bg": charmap.Windows1251, "sr": charmap.Windows1251, "be": charmap.Windows1251, "mk": charmap.Windows1251,
	"he": charmap.Windows1255, "el": charmap.Windows1253, "tr": charmap.Windows1254, "vi": charmap.Windows1258,
	"pl": charmap.Windows1250, "cs": charmap.Windows1250, "hu": charmap.Windows1250, "ro": charmap.Windows1250,
	"sk": charmap.Windows1250, "sl": charmap.Windows1250, "hr": charmap.Windows1250,
	"lt": charmap.Windows1257, "lv": charmap.Windows1257, "et": charmap.Windows1257, "th": charmap.Windows874,
	"ja": japanese.EUCJP, "ko": korean.EUCKR, "zh": simplifiedchinese.GB18030, "zh-tw": traditionalchinese.Big5, "zh-hk": traditionalchinese.Big5,
}
