package story

import (
	"testing"

	"github.com/slugline/slugline/internal/words"
)

// named returns the places that a headline names.
func named(headline string) []mention {
	return gaz().mentions(nil, headlineWords(nil, words.Fold(words.Spelling(headline, ""))))
}

// TestPlacesRead reads the lists. Its error names the file and the line of each mistake.
func TestPlacesRead(t *testing.T) {
	if _, err := readGazetteer(&lexiconReader{fsys: lexiconFiles}); err != nil {
		t.Error(err)
	}
}

// The names of a place are the same place in all languages and forms.
func TestPlacesInLanguages(t *testing.T) {
	for place, headlines := range map[string][]string{
		"Peru": {
			"Quake hits Peru", "Peru's president resigns", "Peruvian miners end strike", "زلزال يضرب البيرو", "زلزال في بيرو", "رئيس وزراء بيرو يستقيل",
			"Землетрясение в Перу", "Перуанский президент ушёл в отставку", "زلزله در پرو", "Séisme au Pérou", "Le président péruvien démissionne",
			"Erdbeben in Peru", "Peruanische Bergleute streiken", "Perus Präsident tritt zurück", "秘鲁发生地震", "Terremoto en Perú", "El presidente peruano dimite",
			"Землетрус у Перу", "Terremoto in Perù", "Terremoto no Peru", "ペルーで地震", "페루에서 지진", "רעידת אדמה בפרו",
		},
		"Taiwan": {
			"Taiwan shaken by quake", "Taiwanese fishermen rescued", "زلزال قوي في تايوان", "Землетрясение на Тайване", "У берегов Тайваня", "زلزله در تایوان",
			"Séisme à Taïwan", "Erdbeben erschüttert Taiwan", "Taiwanische Regierung warnt", "台湾发生强震", "台灣地震", "Terremoto en Taiwán", "台湾で強い地震", "대만 강진",
		},
		"France": {
			"French PM quits", "France strikes", "رئيس الوزراء الفرنسي يستقيل", "في فرنسا", "وفرنسا تنفي", "Французского премьера", "из Франции", "Во Франции бастуют",
			"نخست وزیر فرانسه", "دولت فرانسوی", "Grève en France", "La ministre française", "Frankreich streikt", "Französischer Premier tritt zurück",
			"法国总理辞职", "法國總理辭職", "Francia en huelga", "El primer ministro francés", "У Франції страйк", "французький прем'єр", "Fransa'da grev", "Fransız bakan",
			"Il premier francese", "O premiê francês", "Franse premier", "フランス首相が辞任", "프랑스 총리 사임", "ראש ממשלת צרפת",
		},
		"Nepal": {
			"Nepal's prime minister resigns", "Nepali climbers", "Nepalese police", "رئيس وزراء نيبال", "премьер Непала", "в Непале", "непальский премьер",
			"نپال", "Népal", "le Premier ministre népalais", "nepalesischer Regierungschef", "尼泊尔总理辞职", "primer ministro de Nepal", "nepalí", "ネパール", "네팔",
		},
		"Ukraine": {"Ukrainian drones", "Україна", "в Украине", "украинских", "українського", "أوكرانيا", "اوکراین", "乌克兰", "乌军", "ukrainische Drohnen", "Ukrayna'nın", "ウクライナ", "우크라이나"},
		"London":  {"London fire", "لندن", "بلندن", "в Лондоне", "лондонский суд", "Londres", "Londoner Polizei", "伦敦", "Londra'da", "ロンドン", "런던에서", "בלונדון"},
		"Moscow":  {"Moscow", "в Москве", "из Москвы", "московского", "у Москві", "موسكو", "مسکو", "Moscou", "Moskauer", "莫斯科", "Moscú"},
		"Kyiv":    {"Kyiv", "Kiev", "в Киеве", "київський", "у Києві", "كييف", "کی\u200cیف", "Kiew", "基辅", "キエフ", "키이우"},
		"Lima":    {"Lima", "в Лиме", "из Лимы", "ليما", "利马", "リマ"},
		"Athens":  {"Athens", "в Афинах", "из Афин", "Athen", "Athènes", "Atenas", "雅典", "أثينا", "آتن"},
		"Hualien": {"Hualien", "花莲", "花蓮", "Хуалянь"},
		"Kharkiv": {"Kharkiv", "Харьков", "в Харькове", "у Харкові", "خاركيف", "哈尔科夫", "Charkiw", "Járkov"},
		"Texas":   {"Texas", "в Техасе", "تكساس", "得克萨斯", "Teksas'ta"},
		"Gaza":    {"Gaza", "в Газе", "غزة", "加沙"},
		"United States": {"US", "U.S.", "American", "أميركا", "الولايات المتحدة", "بالولايات المتحدة", "США", "آمریکا", "آمریکایی", "États-Unis", "américaine", "amerikanischer",
			"美国", "Estados Unidos", "estadounidense", "ABD", "アメリカ", "미국"},
		"New York":    {"New York", "в Нью-Йорке", "نيويورك", "纽约", "Nueva York", "ニューヨーク"},
		"Kyrgyzstan":  {"Kyrgyz", "همتای قرقیز", "قرغيزي", "киргизский", "kirgisischer", "kirghize", "kirguís"},
		"Kazakhstan":  {"Kazakh", "قزاق", "الكازاخي", "казахский", "kasachisch", "kazajo"},
		"Chad":        {"Chadian", "التشادية", "чадский", "tchadien"},
		"Georgia":     {"georgiano", "georgiana"},
		"South Korea": {"South Korea", "Южной Корее", "Южная Корея", "كوريا الجنوبية", "韩国", "한국", "Südkorea", "Corée du Sud", "Corea del Sur"},
	} {
		want := named(place)
		if len(want) != 1 {
			t.Fatalf("%s is %d places", place, len(want))
		}
		for _, headline := range headlines {
			got := named(headline)
			if len(got) != 1 || !gaz().compatible(got[0], want[0]) || gaz().isCity(got[0].places[0]) != gaz().isCity(want[0].places[0]) {
				t.Errorf("%s: %q names %v, want one place like %v", place, headline, got, want[0])
			}
		}
	}
}

// Towns that headlines of their own country name are in that country, and in the province
// they are of.
func TestPlacesOfTowns(t *testing.T) {
	for _, pair := range [][2]string{
		{"云南地震", "大理余震"}, {"四川救援", "泸定县"}, {"广西洪水", "柳州"}, {"台湾", "屏东"},
		{"زلزله کرمان", "زرند"}, {"استان کرمان", "راور"}, {"خوزستان", "سیل در دزفول"}, {"ایران", "سنندج"}, {"ایران", "خرم\u200cآباد"},
		{"المغرب", "في طنجة"}, {"مصر", "أسيوط"}, {"اليمن", "تعز"}, {"الإمارات", "الشارقة"},
		{"ओडिशा", "कटक"}, {"경북", "경주서"}, {"Россия", "под Читой"}, {"Россия", "в Архангельске"}, {"France", "Gironde"}, {"España", "Huelva"}, {"Deutschland", "Thüringen"}, {"Österreich", "Wien"},
	} {
		a, b := named(pair[0]), named(pair[1])
		if len(a) != 1 || len(b) != 1 || !gaz().compatible(a[0], b[0]) {
			t.Errorf("%q names %v, and %q %v: want one place in the other", pair[0], a, pair[1], b)
		}
	}
	for _, pair := range [][2]string{{"زرند", "راور"}, {"大理", "柳州"}, {"四川", "大理"}, {"طنجة", "فاس"}, {"Чита", "Калуга"}} {
		if a, b := named(pair[0]), named(pair[1]); gaz().compatible(a[0], b[0]) {
			t.Errorf("%q and %q are one place", pair[0], pair[1])
		}
	}
}

// Words that are like names of places name none.
func TestPlacesOfOtherWords(t *testing.T) {
	for _, headline := range []string{
		"A nice reading of the split bath", "male mobile tours", "Das Essen war gut", "Männer essen", "la réunion des ministres", "el bar del puerto",
		"Того не будет", "роман о любви", "Клинтон", "Владимир ушёл", "орёл", "كان الرجل", "خبر هام", "صور من الحفل", "مالي",
		"大数据时代", "克林顿演讲", "今天天气不错", "プリマドンナ", "クリマ", "Chandler und Marco", "Francesco Rossi", "Ihr bleibt hier", "не дал бы", "в баке",
		"الحكومة تعلن", "دولت اعلام کرد", "המכה הגדולה", "la lame", "une grenade", "русский" + "ого", "детский сад", "городской совет",
	} {
		if got := named(headline); len(got) > 0 {
			t.Errorf("%q names %v", headline, got)
		}
	}
}

// Two places are apart unless one is inside the other.
func TestPlacesCompatible(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Peru", "秘鲁", true}, {"Lima", "Перу", true}, {"台北", "Taiwan", true}, {"Peru", "Taiwan", false}, {"Lima", "Cusco", false}, {"Lima", "Taipei", false},
		{"Kyiv", "Kharkiv", false}, {"Kyiv", "Украина", true}, {"Houston", "Texas", true}, {"Houston", "California", false}, {"Houston", "Dallas", false},
		{"Texas", "United States", true}, {"Texas", "California", false}, {"Georgia", "Tbilisi", true}, {"Georgia", "Atlanta", true}, {"Tripoli", "Lebanon", true},
		{"Tripoli", "Libya", true}, {"Crimea", "Russia", true}, {"Крым", "Ukraine", true}, {"London", "England", true}, {"Scotland", "England", false},
		{"Hong Kong", "China", true}, {"Taiwan", "China", false}, {"Gaza", "Israel", false}, {"Gaza", "Rafah", true}, {"West Bank", "Gaza Strip", false},
		{"France", "Nepal", false}, {"عمان", "Jordan", true}, {"عمان", "Oman", true}, {"Sichuan", "Chengdu", true}, {"North Korea", "South Korea", false},
	} {
		a, b := named(c.a), named(c.b)
		if len(a) != 1 || len(b) != 1 {
			t.Errorf("%s is %v, %s is %v, want one place each", c.a, a, c.b, b)
			continue
		}
		if got := gaz().compatible(a[0], b[0]); got != c.want || gaz().compatible(b[0], a[0]) != got {
			t.Errorf("%s and %s: compatible %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Mentions are of words that the headline has, in their order.
func FuzzPlaces(f *testing.F) {
	for _, s := range []string{"Quake in Peru, not in New York", "в Нью-Йорке и Лиме", "台北和秘鲁的利马", "للولايات المتحدة وبغداد", "בניו יורק"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, headline string) {
		w := headlineWords(nil, words.Fold(words.Spelling(headline, "")))
		last := uint8(0)
		for _, m := range gaz().mentions(nil, w) {
			if m.first >= m.end || m.first < last || int(m.end) > len(w) || m.places[0] == 0 {
				t.Fatalf("%q: %+v behind word %d of %d", headline, m, last, len(w))
			}
			if last = m.end; isUnspaced(w[m.first]) {
				last = m.first // a run may name several
			}
		}
	})
}

func BenchmarkReadGazetteer(b *testing.B) {
	for b.Loop() {
		_, _ = readGazetteer(&lexiconReader{fsys: lexiconFiles, checked: true})
	}
}

func BenchmarkPlaces(b *testing.B) {
	var heads [][]string
	for _, h := range []string{"Ten dead as ferry sinks off the coast of southern Norway, police say", "Власти Украины заявили о новых переговорах с представителями Международного валютного фонда",
		"الحكومة الفرنسية تعلن استقالة رئيس الوزراء بعد خسارة التصويت", "法国总理因议会不信任投票而宣布辞职"} {
		heads = append(heads, headlineWords(nil, words.Fold(words.Spelling(h, ""))))
	}
	var dst []mention
	gaz()
	for b.Loop() {
		for _, h := range heads {
			dst = gaz().mentions(dst[:0], h)
		}
	}
}
