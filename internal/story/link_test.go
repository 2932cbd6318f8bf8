package story

import (
	"slices"
	"testing"
	"time"
)

var linkStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// linked tells whether two headlines of the same hour are linked.
func linked(langA, a, langB, b string) bool {
	x, y := NewGist(a, langA, linkStart), NewGist(b, langB, linkStart.Add(time.Hour))
	there, back := len(NewLinks([]*Gist{y}).Of(x)) > 0, len(NewLinks([]*Gist{x}).Of(y)) > 0
	return there && back
}

func TestLinks(t *testing.T) {
	for _, c := range [...][4]string{
		{"en", "Magnitude 6.4 quake kills 27 in Arequipa, Peru", "ru", "В перуанской Арекипе при землетрясении магнитудой 6,4 погибли 27 человек"},
		{"en", "Magnitude 6.4 quake kills 27 in Arequipa, Peru", "zh", "秘鲁阿雷基帕发生6.4级地震 27人遇难"},
		{"es", "Terremoto de magnitud 6,4 sacude Perú y deja 27 muertos", "de", "Peru: 27 Tote bei Erdbeben der Stärke 6,4"},
		{"ar", "زلزال بقوة 6.4 درجات يضرب بيرو ومقتل 27 شخصا", "fa", "زلزله ۶٫۴ ریشتری پرو ۲۷ کشته بر جا گذاشت"},
		{"fr", "Incendie dans un hôtel de Tbilissi : 14 morts", "ru", "Пожар в гостинице в Тбилиси: 14 погибших"},
		{"de", "Brand in Hotel in Tiflis: 14 Tote", "en", "Fourteen dead in Tbilisi hotel fire"},
		{"en", "Ferry sinks off Mombasa, 19 dead", "fr", "Naufrage d'un ferry au large de Mombasa : 19 morts"},
		{"ru", "В Бишкеке арестован мэр города Талант Орозбеков", "de", "Bürgermeister von Bischkek, Talant Orosbekow, verhaftet"},
		{"fa", "سیل در کویته پاکستان ۳۲ کشته داشت", "ar", "مقتل 32 شخصا في فيضانات بمدينة كويتا الباكستانية"},
		{"zh", "巴基斯坦奎达洪水致32人死亡", "en", "Floods kill 32 in Pakistan's Quetta"},
		{"en", "Nokia to cut 4,500 jobs in Finland", "de", "Nokia streicht in Finnland 4500 Stellen"},
		{"ru", "Суд в Минске приговорил журналиста Степана Ракицкого к девяти годам", "en", "Minsk court jails journalist Stepan Rakitsky for nine years"},
		{"fa", "انفجار در کارخانه مواد شیمیایی آنکارا ۱۱ زخمی بر جا گذاشت", "de", "Elf Verletzte nach Explosion in Chemiefabrik in Ankara"},
		{"zh", "挪威大使馆在内罗毕遭袭", "ru", "В Найроби совершено нападение на посольство Норвегии"},
		{"fr", "Séisme de magnitude 5,8 près de Kaboul", "fa", "زلزله ۵٫۸ ریشتری کابل را لرزاند"},
		{"en", "Volkswagen recalls 310,000 cars over airbags", "zh", "大众汽车因气囊召回31万辆汽车"},
	} {
		if !linked(c[0], c[1], c[2], c[3]) {
			t.Errorf("not linked:\n\t%s\n\t%s", c[1], c[3])
		}
	}
}

func TestNoLinks(t *testing.T) {
	for _, c := range [...][4]string{
		{"en", "Magnitude 6.4 quake kills 27 in Arequipa, Peru", "zh", "台湾花莲发生6.4级地震 27人受伤"},
		{"en", "Magnitude 6.4 quake hits Peru", "de", "Peru: Präsident tritt zurück"},
		{"es", "Terremoto de magnitud 6,4 sacude Perú", "fr", "Séisme de magnitude 6,4 au Népal"},
		{"fr", "Incendie dans un hôtel de Tbilissi : 14 morts", "ru", "Пожар в гостинице в Ереване: 14 погибших"},
		{"de", "Brand in Hotel in Tiflis: 14 Tote", "en", "Hotel opens in Tbilisi after 14 years"},
		{"en", "French prime minister resigns", "ar", "رئيس وزراء نيبال يستقيل"},
		{"ru", "Французский премьер подал в отставку", "zh", "尼泊尔总理辞职"},
		{"en", "Drones hit Odesa, five hurt", "ru", "Беспилотники атаковали Харьков, пять пострадавших"},
		{"de", "Drohnen treffen Sumy: drei Tote", "fr", "Poltava : trois morts dans une attaque de drones"},
		{"ar", "شي يستقبل رئيس كازاخستان في بكين", "zh", "习近平在北京会见巴西总统"},
		{"fr", "Macron reçoit le président polonais", "de", "Macron empfängt Premier aus Kanada"},
		{"en", "Nokia to cut 4,500 jobs in Finland", "de", "Siemens streicht in Finnland 4500 Stellen"},
		{"fa", "سیل در کویته پاکستان ۳۲ کشته داشت", "ar", "مقتل 32 شخصا في فيضانات في نيجيريا"},
		{"en", "Flood warning for Quetta", "fa", "انفجار بمب در کویته پاکستان ۳ کشته داشت"},
		{"ru", "В Бишкеке арестован мэр города Талант Орозбеков", "de", "Bürgermeister von Izmir verhaftet"},
		{"fr", "Une grève paralyse l'aéroport de Lisbonne", "de", "Streik legt Flughafen Porto lahm"},
		{"zh", "巴西总统卢拉赢得大选", "es", "Kast gana las elecciones en Chile"},
		{"en", "Oslo court jails former minister for four years", "ar", "محكمة في عمان تقضي بسجن وزير سابق أربع سنوات"},
		{"en", "A headline of no place", "de", "Eine Schlagzeile ohne Ort"},
		{"en", "", "de", ""},
	} {
		if linked(c[0], c[1], c[2], c[3]) {
			t.Errorf("linked:\n\t%s\n\t%s", c[1], c[3])
		}
	}
}

// Of each language the best headline is linked, and none of another time, of the same
// language, or of no language.
func TestLinksOfEvents(t *testing.T) {
	at := func(h string, lang string, d time.Duration) *Gist { return NewGist(h, lang, linkStart.Add(d)) }
	l := NewLinks([]*Gist{
		at("В Перу при землетрясении погибли 27 человек", "ru", time.Hour),
		at("В перуанской Арекипе при землетрясении магнитудой 6,4 погибли 27 человек", "ru-RU", time.Hour),
		at("Peru: 27 Tote bei Erdbeben der Stärke 6,4", "de", 60*time.Hour),
		at("Quake in Peru kills 27", "en-GB", time.Hour),
		at("秘鲁阿雷基帕发生6.4级地震 27人遇难", "zh", -time.Hour),
		at("秘鲁阿雷基帕发生6.4级地震 27人遇难", "", -time.Hour),
	})
	want := []int{1, 4}
	if got := l.Of(at("Magnitude 6.4 quake kills 27 in Arequipa, Peru", "en", 0)); !slices.Equal(got, want) {
		t.Errorf("linked to %v, want %v", got, want)
	}
}

// In a week of games, that two headlines name the host and a medal says little.
func TestLinksOfCommonThings(t *testing.T) {
	ours := NewGist("Gold medal for Norway's Haaland at the Turin games", "en", linkStart)
	other := NewGist("Norwegens zweite Goldmedaille bei den Spielen in Turin", "de", linkStart)
	events := []*Gist{other}
	if got := NewLinks(events).Of(ours); len(got) != 1 {
		t.Fatalf("alone, they are linked to %v", got)
	}
	for range 300 {
		events = append(events, NewGist("Norwegian team wins gold medal in Turin", "en", linkStart))
	}
	if got := NewLinks(events).Of(ours); len(got) != 0 {
		t.Errorf("among 300 of the games, it is linked to %v", got)
	}
}

func TestSounds(t *testing.T) {
	for _, names := range [][]string{
		{"gorbatschow", "горбачев", "غورباتشوف"}, {"rastegar", "رستگار"}, {"hussain", "حسين", "侯赛因"}, {"ragulin", "рагулин"}, {"tamara", "тамара", "塔玛拉"},
	} {
		want := soundOf(names[0])
		for _, name := range names[1:] {
			if got := soundOf(withHanEndings(name)); got != want {
				t.Errorf("%s sounds like %d, and %s like %d", name, got, names[0], want)
			}
		}
	}
	if soundOf("kalmar") == soundOf("oster") {
		t.Error("kalmar sounds like oster")
	}
}

func TestHappeningsNameMistakes(t *testing.T) {
	if _, err := readHappenings(&lexiconReader{fsys: lexiconFiles}); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"quake\n":             "lexicon/happenings.txt:1: there is no section ",
		"[kinds]\nquake, *\n": `lexicon/happenings.txt:2: "*" holds no word`,
	} {
		if _, err := readHappenings(&lexiconReader{fsys: edited(t, "happenings", text)}); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

// Any two headlines can be compared, in both ways with the same result.
func FuzzLinks(f *testing.F) {
	f.Add("Quake kills 27 in Peru", "В Перу при землетрясении погибли 27 человек")
	f.Add("秘鲁发生6.4级地震 侯赛因", "زلزال في بيرو حسين")
	f.Add("", "*")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := NewGist(a, "en", linkStart), NewGist(b, "ru", linkStart)
		l := NewLinks([]*Gist{x, y})
		if there, back := l.common.compare(x, y), l.common.compare(y, x); there != back {
			t.Errorf("%q and %q: %d one way, %d the other", a, b, there, back)
		}
	})
}

func BenchmarkGist(b *testing.B) {
	for b.Loop() {
		NewGist("В перуанской Арекипе при землетрясении магнитудой 6,4 погибли 27 человек", "ru", linkStart)
	}
}

func BenchmarkLinks(b *testing.B) {
	var events []*Gist
	for range 1000 {
		events = append(events, NewGist("В перуанской Арекипе при землетрясении магнитудой 6,4 погибли 27 человек", "ru", linkStart))
	}
	l, g := NewLinks(events), NewGist("Quake kills 27 in Peru", "en", linkStart)
	for b.Loop() {
		l.Of(g)
	}
}
