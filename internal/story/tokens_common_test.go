package story

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// ordinary are words of headlines that each language's list has, in several forms.
var ordinary = map[string]string{
	"en": "talks necessary uniform minister ministers police market markets harbour school schools said government fire killed court judge vote budget workers hospital storm prices december football higher rise rises growth climbs soar",
	"de": "verliert verloren gespräche notwendig polizei minister markt regierung schule schulen feuer gericht streik haushalt krankenhaus preise straße januar mann frau kinder wahl länge",
	"fr": "ministre police marché négociations nécessaire école écoles gouvernement incendie tribunal grève budget hôpital prix état cœur réunion janvier",
	"es": "ministro policía mercado negociaciones necesario escuela escuelas gobierno incendio tribunal huelga presupuesto hospital precios reunión enero",
	"it": "ministro polizia mercato trattative necessario scuola scuole governo incendio tribunale sciopero bilancio ospedale prezzi gennaio",
	"pt": "ministro polícia mercado negociações necessário escola escolas governo incêndio tribunal greve orçamento hospital preços reunião janeiro",
	"nl": "minister politie markt gesprekken nodig school scholen regering brand rechtbank staking begroting ziekenhuis prijzen januari",
	"pl": "minister policja rynek rozmowy szkoła szkoły rząd pożar sąd strajk budżet szpital ceny stycznia",
	"tr": "bakan polis piyasa görüşme gerekli okul okullar hükümet yangın mahkeme grev bütçe hastane fiyat ocak",
	"id": "menteri polisi pasar pembicaraan sekolah pemerintah kebakaran pengadilan anggaran harga januari senin",
	"vi": "bộ trưởng thị trường chính phủ trường học bệnh viện",
	"ru": "министр министра полиция рынок переговоры необходимо школа школы правительство пожар суд бюджет больница цены января",
	"uk": "міністр поліція ринок переговори необхідно школа школи уряд пожежа суд бюджет лікарня ціни січня",
	"el": "υπουργός αστυνομία αγορά συνομιλίες σχολείο κυβέρνηση φωτιά δικαστήριο απεργία νοσοκομείο τιμές ιανουαρίου",
	"ar": "وزير الوزير شرطة الشرطة السوق محادثات مدرسة حكومة الحكومة حريق محكمة إضراب ميزانية مستشفى أسعار أخبار",
	"fa": "وزیر پلیس بازار مذاکرات لازم مدرسه دولت آتش دادگاه بودجه بیمارستان قیمت مالی",
	"he": "שר השר משטרה המשטרה שוק שיחות בית ספר ממשלה הממשלה שריפה משפט שביתה תקציב מחירים",
	"hi": "मंत्री पुलिस बाजार बातचीत स्कूल सरकार आग अदालत बजट अस्पताल",
	"zh": "警察 市场 谈判 学校 政府 法院 预算 医院 价格 部长",
	"ja": "警察 市場 交渉 学校 政府 裁判 予算 病院 価格 大臣 時代",
	"ko": "경찰 시장 협상 학교 정부 화재 법원 예산 병원 가격 장관",
}

// known are names that no list has.
var known = map[string]string{
	"en": "trump macron putin merkel obama zelensky netanyahu beyonce chicago paris glasgow toronto mumbai nairobi johnson sánchez google john smith frankfurt manchester",
	"de": "frankfurt müller dresden trump merkel scholz habeck macron berlin hamburg köln leipzig düsseldorf zürich",
	"fr": "jean louis trump macron mélenchon sarkozy lyon marseille bordeaux toulouse poutine",
	"es": "pedro garcía valencia trump sánchez feijóo rajoy madrid barcelona sevilla bogotá putin",
	"it": "trump meloni salvini berlusconi roma milano napoli torino putin",
	"pt": "pedro ferreira silva joão trump bolsonaro lula lisboa coimbra brasília putin",
	"nl": "trump rutte wilders amsterdam rotterdam utrecht poetin",
	"pl": "trump tusk kaczyński duda warszawa kraków gdańsk putin",
	"tr": "trump erdoğan imamoğlu ankara istanbul izmir putin",
	"id": "trump jokowi prabowo jakarta surabaya bandung putin",
	"ru": "трамп путин меркель зеленский навальный москва лондон казань берлин",
	"uk": "трамп путін зеленський порошенко київ львів харків лондон",
	"el": "τσίπρας μητσοτάκης αθήνα θεσσαλονίκη τραμπ",
	"ar": "ترامب بوتين السيسي القاهرة بغداد دمشق لندن نتنياهو",
	"fa": "ترامپ پوتین روحانی تهران مشهد اصفهان لندن نتانیاهو",
	"he": "טראמפ פוטין נתניהו ירושלים חיפה לונדון",
	"hi": "मोदी राहुल ट्रंप दिल्ली मुंबई लंदन",
	"zh": "特朗普 习近平",
	"ja": "東京 大阪",
	"ko": "트럼프 문재인 서울",
}

// classOf returns the least class of the tokens of a word that the fold compares.
func classOf(lang, word string) uint8 {
	s := localForm(foldHeadline(word, lang), word, lang)
	c, least := commonByLanguage[lang](), uint8(maxCommonClass)
	for _, p := range pieces(headlineWords(nil, s), nil) {
		tok := lex().token(p)
		if tok.kind == entity {
			return 0
		}
		least = min(least, c.class(tok.root))
	}
	return least
}

func TestCommonWords(t *testing.T) {
	for lang := range commonLanguages {
		for w := range strings.FieldsSeq(ordinary[lang]) {
			if classOf(lang, w) == 0 {
				t.Errorf("%s: %s is not in the list", lang, w)
			}
		}
		for w := range strings.FieldsSeq(known[lang]) {
			if c := classOf(lang, w); c > 0 {
				t.Errorf("%s: %s is a name, but in class %d", lang, w, c)
			}
		}
	}
}

// The lists were made again after the last change of names.txt.
func TestCommonHasNoNames(t *testing.T) {
	b := commonBuilder{t: t}
	for lang := range commonLanguages {
		words, c := b.ownList("words", lang), commonByLanguage[lang]()
		for w := range b.ownList("names", lang) {
			root := lex().token(w).root
			if class := c.class(root); class > 0 && !words[w] && root == rootOf(lex().stem(w)) && !isDense(lang) {
				t.Errorf("%s: %s is in class %d", lang, w, class)
			}
		}
	}
}

// Classes are powers of two of a word's share of headlines.
func TestCommonClasses(t *testing.T) {
	for _, test := range []struct {
		commoner, rarer string
	}{{"the", "say"}, {"say", "minister"}, {"minister", "harbour"}, {"people", "necessary"}, {"necessary", "spinach"}} {
		if a, b := classOf("en", test.commoner), classOf("en", test.rarer); a <= b {
			t.Errorf("%s is in class %d, %s in class %d", test.commoner, a, test.rarer, b)
		}
	}
	if got := classOf("en", "the"); got != maxCommonClass {
		t.Errorf("the is in class %d, want %d", got, maxCommonClass)
	}
}

func TestPriorOfCommonWords(t *testing.T) {
	for class, want := range map[uint8]uint64{0: 0, 1: 1, 7: 75, 11: 1200, 15: 19200} {
		if got := prior(class); got != want {
			t.Errorf("prior(%d) = %d, want %d", class, got, want)
		}
	}
}

// The lists agree with the stemmer, and are neither large nor cut.
func TestCommonFiles(t *testing.T) {
	size := 0
	for _, lang := range slices.Sorted(maps.Keys(commonLanguages)) {
		packed, err := commonFiles.ReadFile("common/" + lang + ".br")
		if err != nil {
			t.Fatal(err)
		}
		size += len(packed)
		classes, _, _ := strings.Cut(unpackCommon(lang), "\n")
		if n := commonByLanguage[lang]().count(); n < len(classes)*999/1000 {
			t.Errorf("%s: %d words have %d roots; make the lists again", lang, len(classes), n)
		}
		if lang != "vi" && len(classes) < 8000 {
			t.Errorf("%s: %d words", lang, len(classes))
		}
	}
	if size > 400<<10 {
		t.Errorf("the lists have %d bytes", size)
	}
}

func (c *commonWords) count() int {
	n := 0
	for _, slot := range c.slots {
		if slot != 0 {
			n++
		}
	}
	return n
}

func TestCommonLanguage(t *testing.T) {
	for _, test := range []struct{ tag, text, want string }{
		{"en", "Harbour talks remain necessary", "en"},
		{"en-GB", "Harbour talks remain necessary", "en"},
		{"", "Harbour talks remain necessary", "en"},
		{"", "Hafen und Fähre werden nach dem Sturm wieder geöffnet", "de"},
		{"en", "Hafen und Fähre werden nach dem Sturm wieder geöffnet", "de"},
		{"de", "Hafen und Fähre", "de"},
		{"sv", "Hamnen och färjan", "sv"},
		{"", "2026: порт открыт", "ru"},
		{"en", "Порт відкрито після шторму", "uk"},
		{"ru", "Порт открыт", "ru"},
		{"bg", "Порт открыт", "bg"},
		{"", "افتتاح الميناء", "ar"},
		{"", "بندر پس از توفان باز شد", "fa"},
		{"iw", "הנמל נפתח", "he"},
		{"", "港口重新开放", "zh"},
		{"", "港が再開した", "ja"},
		{"ja", "港再開", "ja"},
		{"", "항구 재개", "ko"},
		{"", "Το λιμάνι άνοιξε", "el"},
		{"", "बंदरगाह खुला", "hi"},
		{"", "2026", ""},
		{"", "", ""},
	} {
		if got := commonLanguage(test.tag, headlineWords(nil, foldHeadline(test.text, test.tag))); got != test.want {
			t.Errorf("commonLanguage(%q, %q) = %q, want %q", test.tag, test.text, got, test.want)
		}
	}
	if c := commonIn("sv", []string{"hamnen"}); c.class(rootOf("hamnen")) != 0 {
		t.Error("a language without a list has a class")
	}
}

func BenchmarkReadCommon(b *testing.B) {
	lex()
	for b.Loop() {
		readCommon("en")
	}
}
