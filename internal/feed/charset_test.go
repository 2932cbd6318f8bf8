package feed

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// What Windows, Python, Java and PHP call charsets.
func TestCharsetNames(t *testing.T) {
	for e, labels := range map[encoding.Encoding]string{
		charmap.Windows1250:       "cp1250 windows1250 win1250 ms1250 x-cp1250 windows_1250",
		charmap.Windows1251:       "cp1251 windows1251 win-1251 cp-1251 1251 windows_1251 x-windows-1251 WINDOWS1251 ansi-1251",
		charmap.Windows1252:       "cp1252 latin1 latin-1 iso8859-1 iso8859_1 8859_1 iso_8859_1 ansi ascii us-ascii cp819 ibm819 l1 'iso-8859-1'",
		charmap.Windows1256:       "windows1256 cp1256 win1256 ms-1256",
		charmap.Windows874:        "cp874 tis620 tis-620 iso-8859-11 ms874 x-windows-874",
		charmap.ISO8859_15:        "iso8859-15 latin9 latin-9 iso8859_15 28605",
		charmap.ISO8859_2:         "iso8859-2 latin-2 iso88592",
		charmap.CodePage437:       "cp437 ibm437",
		charmap.CodePage850:       "cp850 ibm-850 850",
		charmap.CodePage866:       "cp866 ibm866",
		charmap.KOI8R:             "koi8-r koi8r koi8_r cp20866",
		charmap.KOI8U:             "koi8-u koi8u",
		charmap.Macintosh:         "macroman mac-roman x-mac-roman cp10000",
		charmap.MacintoshCyrillic: "x-mac-cyrillic mac-cyrillic maccyrillic",
		japanese.ShiftJIS:         "cp932 ms932 x-sjis sjis shift-jis shiftjis windows-932 windows-31j sjis-win ms_kanji x-ms-cp932 cp943",
		japanese.EUCJP:            "eucjp euc_jp ujis eucjp-win cp51932 x-euc-jp",
		japanese.ISO2022JP:        "iso2022jp cp50220 cp50221",
		korean.EUCKR:              "cp949 ms949 windows-949 windows949 uhc euckr euc_kr ks_c_5601-1987 ksc5601 x-windows-949 cp51949",
		simplifiedchinese.GBK:     "cp936 ms936 windows-936 gb2312 x-gbk euc-cn euc_cn gb-2312",
		simplifiedchinese.GB18030: "gb18030 gb-18030 cp54936",
		traditionalchinese.Big5:   "cp950 ms950 big5 big5-eten windows-950 x-windows-950 big5_hkscs",
		charmap.ISO8859_8:         "cp28598 iso8859-8",
		nil:                       "utf8 utf-8 unicode-1-1-utf-8 cp65001 65001 utf8mb4 utf_8 utf-16 utf-16le ucs-2 unicode klingon x-none iso-8859-99 cp99999 -",
	} {
		for label := range strings.FieldsSeq(labels) {
			if got := lookupCharset(label); got != e {
				t.Errorf("lookupCharset(%q) = %v, want %v", label, got, e)
			}
		}
	}
	if lookupCharset("ISO-8859-8-I") == nil {
		t.Error("lookupCharset does not know ISO-8859-8-I")
	}
}

// Broken parameters of Content-Type (MIME Sniffing section 4.4).
func TestHeaderCharsets(t *testing.T) {
	const title = "Паром снова ходит"
	body := encoded(t, charmap.Windows1251, cyrillicTitle(title))
	for _, header := range []string{
		"text/xml; charset=windows-1251", "text/xml;charset=WINDOWS-1251", "text/xml charset=windows-1251", `text/xml; charset="windows-1251`,
		`text/xml; charset="windows-1251"`, "text/xml; charset='windows-1251'", "text/xml; charset = windows-1251", "text/xml; charset: windows-1251",
		"text/xml; charset:windows-1251;", "text/xml; charset=; charset=windows-1251", "text/xml; charset=utf-8; charset=windows-1251",
		"text/xml; charset=windows-1251; charset=windows-1251", "text/xml; charset=windows-1251; charset=utf-8", "text/xml, text/xml; charset=windows-1251",
		"text/xml; charset=windows-1251, text/xml", "text/xml; Charset=cp1251", "charset=windows-1251", "; charset=windows-1251", "text/xml; charset=windows1251",
		`text/xml; charset="windows-1251; version=2"`, "text/xml; version=\"2; charset=windows-1251", "text/xml; charset==windows-1251",
		"text/xml; charset=\twindows-1251 ", "text/xml; windows-1251", "text/xml; content=\"text/xml; charset=windows-1251\"", `text/xml; charset=\"windows-1251\"`,
		"text/xml; charset=windows-1251 ; q=1", "application/rss+xml; charset=none; charset=windows-1251",
	} {
		doc, err := Read(body, Hints{ContentType: header})
		if err != nil || doc.Title != title {
			t.Errorf("Content-Type %s: got %v, %v, want %q", header, doc, err, title)
		}
	}
}

func TestWhichCharset(t *testing.T) {
	declare := func(label, s string) string { return `<?xml version="1.0" encoding="` + label + `"?>` + s }
	const danish, latin = "Brændt græs ved åen, Sønderby", "caf\xe9 d\xe9j\xe0 vu"
	le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	feed := cyrillicTitle
	for _, c := range []struct {
		name, header string
		body         []byte
		want         string
	}{
		{"a stray byte in UTF-8", "", []byte(declare("ISO-8859-1", feed(danish+" afg\xf8res"))), danish + " afgøres"},
		{"the same declared by the header", "text/xml; charset=iso-8859-1", []byte(feed(danish + " afg\xf8res")), danish + " afgøres"},
		{"the same declared GBK", "text/xml; charset=gbk", []byte(feed("渡轮恢复通航，市场也重新开放\xe6\xb8")), "渡轮恢复通航，市场也重新开放\ufffd"},
		{"an item in Latin-1", "", []byte(declare("utf-8", feed(danish+danish+" "+latin))), danish + danish + " café déjà vu"},
		{"an item in windows-1251", "", []byte(declare("windows-1251", feed("Паром снова ходит. \xcf\xe0\xf0\xee\xec"))), "Паром снова ходит. Паром"},
		{"quotes of windows-1252", "", []byte(feed(danish + danish + " “caf\xe9\x94 l\x92\xe9t\xe9")), danish + danish + " “café” l’été"},
		{"a character cut off", "", []byte(feed("Паром снова ходи\xd1...")), "Паром снова ходи\ufffd..."},
		{"surrogates in UTF-8", "", []byte(feed("one \xed\xa0\xbd\xed\xb8\x80 two \xed\xa0\xbd\xed\xb8\x80 caf\xe9")), "one 😀 two 😀 café"},
		{"Latin-1 that has a pair of UTF-8", "", []byte(declare("iso-8859-1", feed("\xabCAF\xc9\xbb d\xe9j\xe0 vu"))), "«CAFÉ» déjà vu"},
		{"windows-1252 declared ISO-8859-1", "", []byte(declare("iso-8859-1", feed("\x93it\x92s\x94 \x96 \x80 5"))), "“it’s” – € 5"},
		{"windows-1252 declared US-ASCII", "", []byte(declare("us-ascii", feed("\x93it\x92s\x94 caf\xe9"))), "“it’s” café"},
		{"windows-1250 declared ISO-8859-2", "", encoded(t, charmap.Windows1250, declare("iso-8859-2", feed("Łódź świętuje żółć"))), "Łódź świętuje żółć"},
		{"ISO-8859-2", "", encoded(t, charmap.ISO8859_2, declare("iso-8859-2", feed("Łódź świętuje żółć"))), "Łódź świętuje żółć"},
		{"the header's default", "text/xml; charset=ISO-8859-1", encoded(t, charmap.Windows1251, declare("windows-1251", feed("Паром"))), "Паром"},
		{"the header", "text/xml; charset=windows-1251", encoded(t, charmap.Windows1251, declare("koi8-r", feed("Паром"))), "Паром"},
		{"the header, for a declaration of UTF-8", "text/xml; charset=windows-1251", encoded(t, charmap.Windows1251, declare("utf-8", feed("Паром"))), "Паром"},
		{"a mark of UTF-8 in windows-1251", "text/xml; charset=windows-1251", append([]byte("\xef\xbb\xbf"), encoded(t, charmap.Windows1251, feed("Паром снова"))...), "Паром снова"},
		{"a mark of UTF-16 in UTF-8", "", append([]byte("\xff\xfe"), feed("Паром")...), "Паром"},
		{"declared UTF-16, is UTF-8", "text/xml; charset=utf-16", []byte(declare("utf-16", feed("Паром"))), "Паром"},
		{"declared UTF-16, is nearly UTF-8", "text/xml; charset=utf-16", []byte(declare("utf-16", feed("Паром caf\xe9"))), "Паром café"},
		{"declared UTF-8, is UTF-16", "text/xml; charset=utf-8", encoded(t, le, declare("utf-8", feed("Паром"))), "Паром"},
		{"UTF-16 behind blank lines", "", encoded(t, le, "\r\n\r\n"+feed("Паром")), "Паром"},
		{"behind blank lines and a comment", "", encoded(t, charmap.Windows1251, "\n\n<!-- x -->\n"+declare("windows-1251", feed("Паром"))), "Паром"},
		{"apostrophes", "", encoded(t, charmap.Windows1251, "<?xml version='1.0' encoding = 'windows-1251' ?>"+feed("Паром")), "Паром"},
		{"cp949", "", encoded(t, korean.EUCKR, declare("cp949", feed("연락선이 다시 항구를 떠난다"))), "연락선이 다시 항구를 떠난다"},
		{"cp932", "", encoded(t, japanese.ShiftJIS, declare("cp932", feed("連絡船が再開、市場も開く"))), "連絡船が再開、市場も開く"},
		{"windows1256", "", encoded(t, charmap.Windows1256, declare("windows1256", feed("العبارة تعود إلى الخدمة"))), "العبارة تعود إلى الخدمة"},
		{"TIS-620", "", encoded(t, charmap.Windows874, declare("tis620", feed("เรือข้ามฟากกลับมาให้บริการอีกครั้ง"))), "เรือข้ามฟากกลับมาให้บริการอีกครั้ง"},
		{"ISO-2022-JP without a name", "", encoded(t, japanese.ISO2022JP, feed("日本の新聞")), "日本の新聞"},
		{"Korean by its language", "", encoded(t, korean.EUCKR, "<rss><channel><language>ko-KR</language><title>연락선이 다시</title></channel></rss>"), "연락선이 다시"},
		{"Taiwan by its language", "", encoded(t, traditionalchinese.Big5, "<rss><channel><language>zh-tw</language><title>渡輪恢復通航</title></channel></rss>"), "渡輪恢復通航"},
		{"Japanese by its language", "", encoded(t, japanese.EUCJP, "<rss><channel><language>ja</language><title>連絡船が再開</title></channel></rss>"), "連絡船が再開"},
		{"Shift JIS by its language", "", encoded(t, japanese.ShiftJIS, "<rss><channel><language>ja</language><title>連絡船が再開</title></channel></rss>"), "連絡船が再開"},
	} {
		doc, err := Read(c.body, Hints{ContentType: c.header})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if doc.Title != c.want {
			t.Errorf("%s: got %q, want %q", c.name, doc.Title, c.want)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add([]byte("<?xml encoding='cp949'?>\xed\xa0\xbd\xed\xb8\x80 caf\xe9\x94 \xe6\xb8"), "text/xml; charset=\"windows-1251")
	f.Add([]byte("\xff\xfe<\x00r\x00"), "charset=; charset:x charset='big5")
	f.Add([]byte("<language>ja</language>\x1b$B\xa4\xa2"), "text/xml; shift_jis")
	f.Add(bytes.Repeat([]byte("\xc3\xe9\x80"), 3000), strings.Repeat("charset=big5;", 1000))
	f.Fuzz(func(t *testing.T, b []byte, header string) {
		var out []byte
		bounded(t, len(b)+len(header), func() { out = toUTF8(b, header) })
		if !utf8.Valid(out) {
			t.Errorf("toUTF8(%q, %q) = %q: not UTF-8", b, header, out)
		}
	})
}

func BenchmarkUTF8(b *testing.B) {
	for name, body := range map[string][]byte{
		"ASCII":    benchBody(),
		"Cyrillic": []byte(strings.Repeat(cyrillic, 200)),
		"Latin-1":  bytes.Repeat([]byte("<title>d\xe9j\xe0 vu, caf\xe9 and so on</title>"), 1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				toUTF8(body, "text/xml; charset=iso-8859-1")
			}
		})
	}
}
