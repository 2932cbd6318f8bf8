package words_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/quota"
	"github.com/slugline/slugline/internal/words"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to do", "oil falls 5%", "oil falls 5%"},
		{"case and spaces", "  Oil\tFALLS \u00a0 again ", "oil falls again"},
		{"entities twice", "AT&amp;amp;T &#8217;s", "at&t 's"},
		{"accents", "Café Zürich Malmö ÇA Łódź Øre", "cafe zurich malmo ca lodz ore"},
		{"decomposed", "Cafe\u0301", "cafe"},
		{"full width", "ＡＰ１２", "ap12"},
		{"ligatures", "ﬁnal straße", "final strasse"},
		{"cyrillic yo loses its marks, short i keeps them", "Ёлка й Й и\u0306", "елка й й й"},
		{"greek", "Έλληνας ΕΛΛΗΝΑΣ", "ελληνασ ελληνασ"},
		{"hebrew points", "שָׁלוֹם", "שלום"},
		{"arabic letters", "أحمد إلى آخر مدرسة مسؤول رئيس", "احمد الي اخر مدرسه مسوول رييس"},
		{"arabic vowels and tatweel", "مُحَمَّد العـــربية", "محمد العربيه"},
		{"presentation forms", "ﻻ ﷲ", "لا الله"},
		{"persian", "کتاب\u200cهای ایران", "كتابهاي ايران"},
		{"urdu", "ہے", "هي"},
		{"digits", "٢٠٢٦ ۲۰۲۶ २०२६ ٫٬", "2026 2026 2026 .,"},
		{"quotes and dashes", "“a” ‘b’ «c» – — ―", `"a" 'b' "c" - - -`},
		{"hindi keeps its marks", "हिन्दी", "हिन्दी"},
		{"thai keeps its marks", "เที่ยว", "เที่ยว"},
		{"japanese composes again", "ガギ ｶﾞ", "ガギ ガ"},
		{"korean composes again", "한국", "한국"},
		{"format characters", "\u200fa\u200bb\u2066c\u2069\ufeff", "abc"},
		{"bad bytes", "a\xffb", "ab"},
		{"emoji variation", "❤\ufe0f", "❤"},
		{"empty", "", ""},
	} {
		if got := words.Fold(c.in); got != c.want {
			t.Errorf("%s: Fold(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Trump's U.S. plan isn't 'new'", "trump us plan isnt new"},
		{"U.S.-China talks, a.m. news.", "us china talks am news"},
		{"1,000 dead; 1.5 million, 0,5 % and 1.234.567", "1000 dead 1.5 million 0.5 % and 1234567"},
		{"Rate falls to -0.5%", "rate falls to -0.5 %"},
		{"2020-21: G20 and 5G on 12th", "2020 21 g20 and 5g on 12th"},
		{"C++ and C# and $5", "c++ and c# and $ 5"},
		{"L’Avion d'Air qu'il", "l avion d air qu il"},
		{"سعر ٢٫٥ دولار، والنفط", "سعر 2.5 دولار والنفط"},
		{"東京オリンピック2020", "东京オリンピック 2020"},
		{"---", ""},
		{"council backs ferry", "council backs ferry"},
		{" council  backs ferry ", "council backs ferry"},
		{" ", ""},
	} {
		if got := words.Key(c.in); got != c.want {
			t.Errorf("Key(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		in, lang string
		want     []words.Word
	}{
		{"Attacks stopped", "en-US", []words.Word{{"attacks", "attack"}, {"stopped", "stop"}}},
		{"Attacks", "", []words.Word{{"attacks", "attacks"}}},
		{"новостями", "ru", []words.Word{{"новостями", "новост"}}},
		{"والحكومة الصحفيين", "ar", []words.Word{{"والحكومه", "حكوم"}, {"الصحفيين", "صحف"}}},
		{"کتابهای", "fa", []words.Word{{"كتابهاي", "كتاب"}}},
		{"日本語", "ja", []words.Word{{"日本", "日本"}, {"本语", "本语"}}},
		{"水", "zh", []words.Word{{"水", "水"}}},
	} {
		if diff := cmp.Diff(c.want, words.Words(c.in, c.lang)); diff != "" {
			t.Errorf("Words(%q, %q) (-want +got):\n%s", c.in, c.lang, diff)
		}
	}
}

// A ligature, a byte order mark or a full-width sign makes no text East Asian.
func TestSpellingWithOtherSigns(t *testing.T) {
	for _, c := range []struct{ one, other string }{
		{"نتانياهو يصل ﷺ", "نتنياهو يصل ﷺ"},
		{"\ufeffترمب يعلن", "ترامب يعلن"},
		{"ﺗﺮﻣﺐ ﻳﻌﻠﻦ ﺷﺌﻮﻥ اﻟﻬﻴﺄﺓ", "ترامب يعلن شؤون الهيئة"},
		{"ﻗﻤﺔ ﺍﻷﺭﺽ ﻓﻲ ﺃﻭﺭﺑﺎ", "قمة الأرض في أوروبا"},
		{"ترمب：يعلن", "ترامب：يعلن"},
		{"תכנית חדשה \ufffd", "תוכנית חדשה \ufffd"},
		{"ｻｰﾊﾞ", "サーバー"},
		{"\ufa11", "崎"},
	} {
		if a, b := words.Key(c.one), words.Key(c.other); a != b {
			t.Errorf("%s and %s have the keys %q and %q, want one", c.one, c.other, a, b)
		}
	}
}

// Spellings of one word give the same words, in the scripts of East Asia.
func TestEastAsianSpelling(t *testing.T) {
	for _, c := range []struct{ one, other string }{
		{"サーバー", "ｻｰﾊﾞ"},
		{"ウイルス", "ウィルス"},
		{"ヴェネツィア", "ベネツイア"},
		{"三か月", "三ヶ月"},
		{"2ヵ国", "2カ国"},
		{"霞ヶ浦", "霞ケ浦"},
		{"受け付け", "受付"},
		{"澤", "沢"},
		{"齊藤", "斉藤"},
		{"民眾遊湖", "民众游湖"},
		{"二〇二六", "二零二六"},
		{"美 의회", "미국 의회"},
		{"美의회", "미 의회"},
		{"北·中 회담", "북한·중국 회담"},
		{"與野 합의", "여야 합의"},
		{"컨텐츠", "콘텐츠"},
	} {
		if a, b := words.Key(c.one), words.Key(c.other); a != b {
			t.Errorf("%s and %s have the keys %q and %q, want one", c.one, c.other, a, b)
		}
	}
	for _, c := range []struct{ one, other string }{
		{"カバー", "カバ"}, // a short word keeps its long vowel
		{"일", "일본"},   // a syllable alone may mean anything
		{"훈련 중 사고", "훈련 중국 사고"},
	} {
		if a := words.Key(c.one); a == words.Key(c.other) {
			t.Errorf("%s and %s have the same key %q", c.one, c.other, a)
		}
	}
}

func TestDir(t *testing.T) {
	for in, want := range map[string]string{
		"Hello": "ltr", "مرحبا": "rtl", "שלום": "rtl", "123 – ": "auto", "": "auto", "«2026» عام": "rtl", "2026 год": "ltr",
	} {
		if got := words.Dir(in); got != want {
			t.Errorf("Dir(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name, in string
		n        int
		want     string
	}{
		{"fits", "Short.", 6, "Short."},
		{"sentence", "One is here. Two follows it", 20, "One is here."},
		{"word", "alpha beta gamma delta", 12, "alpha beta…"},
		{"a full stop inside", "Version 1.26 of the language", 16, "Version 1.26 of…"},
		{"characters, not bytes", "é\u0301e\u0301e\u0301e\u0301", 3, "é\u0301e\u0301…"},
		{"no spaces", "日本語の長い見出しです", 5, "日本語の…"},
		{"nothing", "abc", 0, ""},
		{"one", "abc", 1, "…"},
		{"arabic sentence", "هذا خبر. وهذا خبر آخر طويل", 12, "هذا خبر."},
	} {
		if got := words.Cut(c.in, c.n); got != c.want {
			t.Errorf("%s: Cut(%q, %d) = %q, want %q", c.name, c.in, c.n, got, c.want)
		}
	}
}

// flood is text that some algorithms are slow with: many combining marks, bidirectional
// and zero-width characters, letters that decompose into many.
var flood = strings.Repeat("a"+strings.Repeat("\u0301\u0323", 500)+"\u202e\u2067\u200d"+"ﷺ"+"क"+strings.Repeat("\u093c\u094d", 500), 20)

func TestFloodIsBounded(t *testing.T) {
	ordinary := strings.Repeat("عادت العبارة إلى الميناء بعد ليلة في البحر. ", len(flood)/len("عادت العبارة إلى الميناء بعد ليلة في البحر. "))
	read := func(text, marks string) {
		words.Words(text, "ar")
		words.Cut(text, 300)
		words.Dir(marks)
	}
	most := quota.Measure(func() {
		for range 10 {
			read(ordinary, strings.Repeat("1", 2e5))
		}
	})
	if used := quota.Measure(func() { read(flood, strings.Repeat("\u0301", 1e5)) }); used > most {
		t.Errorf("%d bytes of marks took %v of processor time, and ten ordinary texts of that length %v", len(flood), used, most)
	}
	if n := len(words.Cut(flood, 10)); n > 10*16+3 {
		t.Errorf("Cut to ten characters returns %d bytes", n)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"Мiстo X", "U.S. 1,000 l'a", flood[:200], "\u202eabc\u2066", "لا 0,5 ２٣", "&amp;&#x202e;", "日本a", "\xff\xfe", "ﻫﻴﺄﺓ ﷺ \ufeff"} {
		for _, lang := range []string{"en", "ar", "tr", "ru", ""} {
			f.Add(s, lang, 5)
		}
	}
	f.Fuzz(func(t *testing.T, s, lang string, n int) {
		folded := words.Fold(s)
		if !utf8.ValidString(folded) {
			t.Fatalf("Fold(%q) = %q is not UTF-8", s, folded)
		}
		if strings.ContainsAny(folded, "\n\t\u200b\u202e") || strings.Contains(folded, "  ") {
			t.Fatalf("Fold(%q) = %q", s, folded)
		}
		for _, w := range words.Words(s, lang) {
			if w.Text == "" || strings.Contains(w.Text, " ") || !utf8.ValidString(w.Stem) {
				t.Fatalf("Words(%q, %q) has %q", s, lang, w)
			}
		}
		if n %= 50; n > 0 && utf8.ValidString(s) {
			checkCut(t, s, n)
		}
	})
}

func checkCut(t *testing.T, s string, n int) {
	got, count := words.Cut(s, n), 0
	for it := graphemes.FromString(got); it.Next(); {
		count++
	}
	if count > n || !utf8.ValidString(got) || got != s && !strings.HasPrefix(s, strings.TrimSuffix(got, "…")) && strings.TrimSpace(s) == s {
		t.Fatalf("Cut(%q, %d) = %q of %d characters", s, n, got, count)
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"plain":  "oil prices fall for a third day as supply worries ease",
		"ascii":  "Oil prices fall for a third day as U.S. supply worries ease",
		"arabic": "أسعار النفط تتراجع لليوم الثالث مع انحسار المخاوف بشأن الإمدادات",
		"latin":  "Les prix du pétrole reculent pour la troisième journée d’affilée",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				words.Fold(s)
			}
		})
	}
}

func BenchmarkWords(b *testing.B) {
	for lang, s := range map[string]string{
		"en": "Oil prices fall for a third day as U.S. supply worries ease",
		"ar": "أسعار النفط تتراجع لليوم الثالث مع انحسار المخاوف بشأن الإمدادات",
		"ja": "原油価格、供給懸念の後退で3日続落",
	} {
		b.Run(lang, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				words.Words(s, lang)
			}
		})
	}
}

// Languages that StemmedLanguages does not list share the same rules.
func TestStemmed(t *testing.T) {
	if got := words.StemmedLanguages(); !slices.Contains(got, "en") || !slices.Contains(got, "fa") || !slices.IsSorted(got) {
		t.Errorf("stemmed languages %v", got)
	}
	for _, w := range []string{"running", "maisons", "المستشفيات", "больницы", "1000"} {
		if a, b := words.Stem(w, "xx"), words.Stem(w, "el"); a != b {
			t.Errorf("the stem of %s is %s and %s in two languages without rules of their own", w, a, b)
		}
	}
}

func TestSpellingOfScripts(t *testing.T) {
	for _, tt := range [...]struct{ lang, one, other string }{
		{"ar", "القوات الأميركية", "القوات الأمريكية"},
		{"ar", "خرائط جوجل", "خرائط غوغل"},
		{"ar", "مسئول أمریکی", "مسؤول أميركي"}, // with the letters of a Persian keyboard
		{"fa", "گفت\u200cوگو", "گفت و گو"},
		{"fa", "املاء", "املا"},
		{"fa", "۳/۵ درصد", "3.5 درصد"},
		{"he", "צה״ל", "צהל"},
		{"he", `ה"שלום"`, "השלום"},
		{"he", "חות'ים", "חות׳ים"},
		{"he", "וועדה", "ועדה"},
		{"he", "תכנית", "תוכנית"},
		{"he", "שני מליון", "שני מיליון"},
		{"ar", "ڤيروس", "فيروس"},
		{"ar", "الهيأة", "الهيئة"},
		{"fa", "کتابخانه\u200cی تازه", "کتابخانه تازه"},
		{"fa", "هيأت", "هیئت"},
		{"uk", "Мiсто Oдеса", "Місто Одеса"}, // with a Latin i and O
		{"ru", "Cнег в Caратове", "Снег в Саратове"},
	} {
		if got, want := words.Words(tt.one, tt.lang), words.Words(tt.other, tt.lang); !slices.Equal(got, want) {
			t.Errorf("%s: %s is %q, and %s is %q", tt.lang, tt.one, got, tt.other, want)
		}
	}
	if got := words.Words("نتیجه ۳/۵ بازی", "fa"); len(got) != 4 {
		t.Errorf("a score is %q", got)
	}
}

// Latin letters in a Latin word stay, and so do those of a word of both scripts.
func TestSpellingKeepsLatinWords(t *testing.T) {
	for _, s := range []string{"COVID в Орле", "SMSка", "IT-отдел", "Xи", "VKонтакте", "цех X"} {
		if got := words.Spelling(s, "ru"); got != s {
			t.Errorf("Spelling(%q) = %q, want it unchanged", s, got)
		}
	}
}
