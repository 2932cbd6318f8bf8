package feed

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// toUTF8 converts a document to UTF-8. It goes by the byte-order mark, by whether the
// document is valid UTF-8, by the charset that the server or the document names, and
// by the document's language, in this order. It never fails: what can't be decoded
// becomes U+FFFD.
func toUTF8(b []byte, contentType string) []byte {
	if e, n := detectWide(b); e != nil {
		return convert(e, b[n:])
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	named := declaredCharset(b)
	if utf8.Valid(b) && named != "iso-2022-jp" {
		return b
	}
	for _, label := range []string{headerCharset(contentType), named} {
		if e, name := charset.Lookup(label); e != nil && name != "utf-8" {
			if out := convert(e, b); !isGarbled(out, len(b)) {
				return out
			}
		}
	}
	if mostlyUTF8(b) {
		return repairUTF8(b)
	}
	return convert(byLanguage(b), b)
}

// detectWide detects UTF-16 and UTF-32 by their byte-order mark, or by the zero bytes in
// the first characters. mark is the length of the byte-order mark.
func detectWide(b []byte) (e encoding.Encoding, mark int) {
	be, le := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	be32, le32 := utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	for _, c := range []struct {
		start string
		e     encoding.Encoding
		mark  int
	}{
		{"\xff\xfe\x00\x00", le32, 4}, {"\x00\x00\xfe\xff", be32, 4},
		{"\xff\xfe", le, 2}, {"\xfe\xff", be, 2},
		{"<\x00\x00\x00", le32, 0}, {"\x00\x00\x00<", be32, 0}, {"{\x00\x00\x00", le32, 0}, {"\x00\x00\x00{", be32, 0},
		{"<\x00", le, 0}, {"\x00<", be, 0}, {"{\x00", le, 0}, {"\x00{", be, 0},
	} {
		if bytes.HasPrefix(b, []byte(c.start)) {
			return c.e, c.mark
		}
	}
	return nil, 0
}

// convert decodes b, or repairs it if that fails.
func convert(e encoding.Encoding, b []byte) []byte {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return repairUTF8(b)
	}
	return out
}

// headerCharset returns the charset of a Content-Type header.
func headerCharset(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

// declaredCharset returns the encoding of the XML declaration, in lower case.
func declaredCharset(b []byte) string {
	b = b[:min(len(b), 1024)]
	i := bytes.Index(b, []byte("<?xml"))
	if i < 0 {
		return ""
	}
	b = b[i+5:]
	if n := bytes.Index(b, []byte("?>")); n >= 0 {
		b = b[:n]
	}
	for a, rest, ok := nextAttribute(b); ok; a, rest, ok = nextAttribute(rest) {
		if string(a.name) == "encoding" {
			return strings.ToLower(strings.TrimSpace(string(a.value)))
		}
	}
	return ""
}

// isGarbled reports whether out, converted from n bytes, has lost so many characters
// (one for 50 bytes) that the charset must be wrong.
func isGarbled(out []byte, n int) bool { return bytes.Count(out, []byte("\ufffd"))*50 > n }

// mostlyUTF8 reports whether most characters outside of ASCII are valid UTF-8.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := utf8.DecodeRune(b[i:])
		if n > 1 {
			good++
		} else {
			bad++
		}
		i += n
	}
	return good > bad
}

// repairUTF8 converts a document that is mostly UTF-8. It reads a lone byte as
// windows-1252 and replaces an incomplete character by U+FFFD.
func repairUTF8(b []byte) []byte {
	out := make([]byte, 0, len(b)+16)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			out = append(out, b[i:i+n]...)
		case i+1 < len(b) && b[i] >= 0xc2 && b[i+1]&0xc0 == 0x80:
			out = append(out, "\ufffd"...)
			for i+1 < len(b) && b[i+1]&0xc0 == 0x80 {
				i++
			}
		default:
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(b[i]))
		}
		i += n
	}
	return out
}

// byLanguage guesses the encoding of a document that names only its language.
func byLanguage(b []byte) encoding.Encoding {
	b = bytes.ToLower(b[:min(len(b), 4096)])
	for _, before := range []string{"<language>", "<dc:language>", "xml:lang=\"", "xml:lang='"} {
		if _, rest, ok := bytes.Cut(b, []byte(before)); ok && len(rest) > 1 {
			if e := legacyEncodings[string(rest[:2])]; e != nil {
				return e
			}
		}
	}
	return charmap.Windows1252
}

// legacyEncodings are the usual 8-bit encodings by language.
var legacyEncodings = map[string]encoding.Encoding{
	"ar": charmap.Windows1256, "fa": charmap.Windows1256, "ur": charmap.Windows1256,
	"ru": charmap.Windows1251, "uk": charmap.Windows1251, "bg": charmap.Windows1251, "sr": charmap.Windows1251,
	"he": charmap.Windows1255, "el": charmap.Windows1253, "tr": charmap.Windows1254, "vi": charmap.Windows1258,
	"pl": charmap.Windows1250, "cs": charmap.Windows1250, "hu": charmap.Windows1250, "ro": charmap.Windows1250,
	"lt": charmap.Windows1257, "lv": charmap.Windows1257, "et": charmap.Windows1257, "th": charmap.Windows874,
}
