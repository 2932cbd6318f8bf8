package feed

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// maxCharsets is how many charsets are tried that a header names.
const maxCharsets = 4

// namedCharsets returns the charsets that a Content-Type header and a declaration name,
// the most trustworthy first. It leaves out those of Unicode: they need no name to be
// recognized. The header comes first (RFC 7303 section 3), unless it says Latin-1, which
// servers add on their own.
func namedCharsets(contentType, declared string) (all []encoding.Encoding) {
	labels := headerCharsets(contentType)
	for _, label := range append(labels[:min(len(labels), maxCharsets)], declared) {
		if e := lookupCharset(label); e != nil && !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	if len(all) > 1 && all[0] == charmap.Windows1252 {
		all = append(all[1:], all[0])
	}
	return all
}

// headerCharsets returns the charsets that a Content-Type header names, however the
// parameter is written: without its semicolon, with one quote, with a colon, or without
// its name.
func headerCharsets(contentType string) (labels []string) {
	for rest := strings.ToLower(contentType); ; {
		_, after, ok := strings.Cut(rest, "charset")
		if !ok {
			break
		}
		rest = strings.TrimLeft(after, " \t")
		value := strings.TrimLeft(rest, " \t=:\"'\\")
		if value == rest {
			continue
		}
		if n := strings.IndexAny(value, " \t;,\"'\\"); n >= 0 {
			value = value[:n]
		}
		if value != "" {
			labels = append(labels, value)
		}
	}
	if labels == nil {
		for param := range strings.FieldsFuncSeq(contentType, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			if !strings.ContainsAny(param, "=/") {
				labels = append(labels, param)
			}
		}
	}
	return labels
}

// lookupCharset returns the encoding that a label names: one of those in the Encoding
// Standard, or one that Windows, Python, Java or PHP call it. It is nil for those of
// Unicode, and for unknown labels.
func lookupCharset(label string) encoding.Encoding {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'"))
	e, err := htmlindex.Get(label)
	if err != nil {
		if e = charsetAlias(label); e == nil {
			return nil
		}
	}
	switch name, _ := htmlindex.Name(e); name {
	case "utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined":
		return nil
	}
	return e
}

// charsetAlias returns the encoding of a label that the Encoding Standard does not have.
func charsetAlias(label string) encoding.Encoding {
	key := strings.TrimPrefix(strings.Map(letterOrDigit, label), "x")
	if e := charsetNames[key]; e != nil {
		return e
	}
	for _, prefix := range []string{"iso8859", "8859"} {
		if part, ok := strings.CutPrefix(key, prefix); ok {
			if e, err := htmlindex.Get("iso-8859-" + part); err == nil {
				return e
			}
		}
	}
	for _, prefix := range []string{"cp", "windows", "win", "ms", "ibm", "dos", "codepage", "mswin", "mscp", "microsoftcp", "ansi", ""} {
		if n, err := strconv.Atoi(strings.TrimPrefix(key, prefix)); err == nil {
			return codePages[n]
		}
	}
	return nil
}

func letterOrDigit(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// codePages are the encodings by the numbers that Windows and DOS give them.
var codePages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 858: charmap.CodePage858,
	860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863, 865: charmap.CodePage865, 866: charmap.CodePage866,
	819: charmap.Windows1252, 874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
	942: japanese.ShiftJIS, 943: japanese.ShiftJIS, 970: korean.EUCKR, 1383: simplifiedchinese.GBK, 1386: simplifiedchinese.GBK,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253, 1254: charmap.Windows1254,
	1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	10000: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 20127: charmap.Windows1252, 20866: charmap.KOI8R, 21866: charmap.KOI8U,
	20932: japanese.EUCJP, 50220: japanese.ISO2022JP, 50221: japanese.ISO2022JP, 50222: japanese.ISO2022JP, 51932: japanese.EUCJP,
	20936: simplifiedchinese.GBK, 51936: simplifiedchinese.GBK, 54936: simplifiedchinese.GB18030, 20949: korean.EUCKR, 51949: korean.EUCKR,
	28591: charmap.Windows1252, 28592: charmap.ISO8859_2, 28593: charmap.ISO8859_3, 28594: charmap.ISO8859_4, 28595: charmap.ISO8859_5,
	28596: charmap.ISO8859_6, 28597: charmap.ISO8859_7, 28598: charmap.ISO8859_8, 38598: charmap.ISO8859_8, 28599: charmap.Windows1254,
	28603: charmap.ISO8859_13, 28605: charmap.ISO8859_15, 65001: unicode.UTF8,
}

// charsetNames are other names of encodings, without hyphens and the like.
var charsetNames = map[string]encoding.Encoding{
	"ansi": charmap.Windows1252, "us": charmap.Windows1252, "ascii": charmap.Windows1252, "usascii": charmap.Windows1252, "western": charmap.Windows1252,
	"latin": charmap.Windows1252, "latin1": charmap.Windows1252, "latin2": charmap.ISO8859_2, "latin3": charmap.ISO8859_3, "latin4": charmap.ISO8859_4,
	"latin5": charmap.Windows1254, "latin6": charmap.ISO8859_10, "latin7": charmap.ISO8859_13, "latin8": charmap.ISO8859_14, "latin9": charmap.ISO8859_15, "latin10": charmap.ISO8859_16,
	"cyrillic": charmap.Windows1251, "greek": charmap.ISO8859_7, "hebrew": charmap.ISO8859_8, "arabic": charmap.ISO8859_6, "asmo708": charmap.ISO8859_6,
	"thai": charmap.Windows874, "tis620": charmap.Windows874, "tis6202533": charmap.Windows874, "iso885911": charmap.Windows874, "tis11": charmap.Windows874,
	"koi": charmap.KOI8R, "koi8": charmap.KOI8R, "koi8r": charmap.KOI8R, "koi8u": charmap.KOI8U, "koi8ru": charmap.KOI8U,
	"mac": charmap.Macintosh, "macroman": charmap.Macintosh, "macintosh": charmap.Macintosh, "maccyrillic": charmap.MacintoshCyrillic,
	"sjis": japanese.ShiftJIS, "shiftjis": japanese.ShiftJIS, "sjiswin": japanese.ShiftJIS, "shiftjis2004": japanese.ShiftJIS, "shiftjisx0213": japanese.ShiftJIS, "sjis0213": japanese.ShiftJIS, "mskanji": japanese.ShiftJIS, "pck": japanese.ShiftJIS,
	"windows31j": japanese.ShiftJIS, "eucjp": japanese.EUCJP, "ujis": japanese.EUCJP, "eucjpwin": japanese.EUCJP, "eucjpms": japanese.EUCJP, "eucjis2004": japanese.EUCJP,
	"jis": japanese.ISO2022JP, "iso2022jp": japanese.ISO2022JP,
	"euckr": korean.EUCKR, "uhc": korean.EUCKR, "ksc5601": korean.EUCKR, "ksc56011987": korean.EUCKR, "ksx1001": korean.EUCKR, "korean": korean.EUCKR, "mswansung": korean.EUCKR,
	"gb": simplifiedchinese.GBK, "gbk": simplifiedchinese.GBK, "gb2312": simplifiedchinese.GBK, "gb23121980": simplifiedchinese.GBK, "euccn": simplifiedchinese.GBK, "eucgb2312cn": simplifiedchinese.GBK,
	"gb18030": simplifiedchinese.GB18030, "gb180302000": simplifiedchinese.GB18030, "gb180302022": simplifiedchinese.GB18030, "gb2312gbk": simplifiedchinese.GBK,
	"big5": traditionalchinese.Big5, "big5tw": traditionalchinese.Big5, "big5eten": traditionalchinese.Big5, "big5hkscs": traditionalchinese.Big5, "big52003": traditionalchinese.Big5, "ms950hkscs": traditionalchinese.Big5,
	"utf8": unicode.UTF8, "utf8sig": unicode.UTF8, "utf8bom": unicode.UTF8, "utf8mb3": unicode.UTF8, "utf8mb4": unicode.UTF8,
}
