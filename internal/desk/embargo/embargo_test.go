package embargo

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// noonOfFriday is when the texts of the tests were published.
var noonOfFriday = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		lang, headline string
		until          string // RFC 3339; "-": a sign without a time; "": no sign
	}{
		{"en", "EMBARGO: Central bank cuts rates", "-"},
		{"en", "EMBARGOED: Central bank cuts rates", "-"},
		{"en", "EMBARGO - Central bank cuts rates", "-"},
		{"en", "[Embargoed] Central bank cuts rates", "-"},
		{"en", "(embargo) Central bank cuts rates", "-"},
		{"en", "***EMBARGO*** Central bank cuts rates", "-"},
		{"en", "STRICT EMBARGO | Central bank cuts rates", "-"},
		{"en", "EMBARGO: BANK CUTS RATES", "-"},
		{"en", "EMBARGOED UNTIL 18:00 GMT: Central bank cuts rates", "2026-11-27T18:00:00Z"},
		{"en", "Embargoed until 6pm GMT - Central bank cuts rates", "2026-11-27T18:00:00Z"},
		{"en", "Embargoed until 6 p.m. GMT: Central bank cuts rates", "2026-11-27T18:00:00Z"},
		{"en", "EMBARGO 1800 GMT: Central bank cuts rates", "2026-11-27T18:00:00Z"},
		{"en", "EMBARGOED UNTIL 00.01 GMT MONDAY 30 NOVEMBER: Hospitals short of nurses", "2026-11-30T00:01:00Z"},
		{"en", "EMBARGO: 0001 GMT, Monday, Nov. 30 - Hospitals short of nurses", "2026-11-30T00:01:00Z"},
		{"en", "EMBARGOED UNTIL 18:00: Central bank cuts rates", "2026-11-28T12:00:00Z"}, // whose clock? all had it within a day
		{"en", "EMBARGOED UNTIL DELIVERY: The speech of the prime minister", "-"},
		{"en", "Under embargo until Monday: Hospitals short of nurses", "2026-11-30T12:00:00Z"},
		{"en", "Not for publication before 18:00 UTC: Central bank cuts rates", "2026-11-27T18:00:00Z"},
		{"en", "Central bank cuts rates (not for publication before 18:00 UTC)", "2026-11-27T18:00:00Z"},
		{"en", "Central bank cuts rates [EMBARGO 2026-11-28 09:00 UTC]", "2026-11-28T09:00:00Z"},
		{"en", "Central bank cuts rates - EMBARGO 18:00 GMT", "2026-11-27T18:00:00Z"},
		{"en", "FOR RELEASE 9 AM ET, Dec. 1: Jobs report", "2026-12-01T14:00:00Z"},
		{"en", "EMBARGO 13:00 GMT+4: Palace announces visit", "2026-11-27T09:00:00Z"},
		{"de", "SPERRFRIST: Kanzlerin kündigt Rücktritt an", "-"},
		{"de", "Sperrfrist 18.00 Uhr: Kanzlerin kündigt Rücktritt an", "2026-11-27T17:00:00Z"},
		{"de", "Sperrfrist: 28.11., 7 Uhr - Kanzlerin kündigt Rücktritt an", "2026-11-28T06:00:00Z"},
		{"de", "ACHTUNG SPERRFRIST 28.11.2026 7:30 Uhr: Kanzlerin kündigt Rücktritt an", "2026-11-28T06:30:00Z"},
		{"de", "(Sperrfrist bis Montag, 9 Uhr) Kanzlerin kündigt Rücktritt an", "2026-11-30T08:00:00Z"},
		{"fr", "Embargo jusqu’à 18h00 GMT : la banque centrale baisse ses taux", "2026-11-27T18:00:00Z"},
		{"fr", "SOUS EMBARGO : la banque centrale baisse ses taux", "-"},
		{"fr", "Embargo jusqu'au 30 novembre à 18h30 GMT - la banque centrale baisse ses taux", "2026-11-30T18:30:00Z"},
		{"fr", "Ne pas publier avant 18h : la banque centrale baisse ses taux", "2026-11-28T12:00:00Z"},
		{"es", "EMBARGADO hasta las 18:00 GMT: el banco central baja los tipos", "2026-11-27T18:00:00Z"},
		{"es", "No publicar antes de las 18:00: el banco central baja los tipos", "2026-11-28T12:00:00Z"},
		{"pt", "EMBARGO até as 18:00 GMT: banco central corta juros", "2026-11-27T18:00:00Z"},
		{"it", "EMBARGO fino alle 18: la banca centrale taglia i tassi", "-"},
		{"it", "Embargo fino alle ore 18:00: la banca centrale taglia i tassi", "2026-11-27T17:00:00Z"},
		{"ru", "ЭМБАРГО до 18:00 мск: Центробанк снизил ставку", "2026-11-27T15:00:00Z"},
		{"ru", "Не публиковать до 30 ноября 10:00 мск: Центробанк снизил ставку", "2026-11-30T07:00:00Z"},
		{"uk", "ЕМБАРГО до 18:00: Нацбанк знизив ставку", "2026-11-27T16:00:00Z"},
		{"tr", "AMBARGOLU: Merkez Bankası faizi indirdi", "-"},
		{"ar", "حظر النشر حتى الساعة 18:00 بتوقيت غرينتش: البنك المركزي يخفض الفائدة", "2026-11-27T18:00:00Z"},
		{"ar", "حظر النشر حتى السادسة مساء | البنك المركزي يخفض الفائدة", "2026-11-28T12:00:00Z"},
		{"ar", "[حظر نشر] البنك المركزي يخفض الفائدة", "-"},
		{"ar", "غير قابل للنشر قبل ١٨:٠٠ غرينتش - البنك المركزي يخفض الفائدة", "2026-11-27T18:00:00Z"},
		{"he", "אמברגו עד 18:00: בנק ישראל הוריד את הריבית", "2026-11-27T16:00:00Z"},
		{"ja", "【解禁：11月28日18時】中央銀行が利下げ", "2026-11-28T09:00:00Z"},
		{"ko", "[엠바고 18:00] 중앙은행 금리 인하", "2026-11-27T09:00:00Z"},

		{"en", "NOT FOR PUBLICATION: Central bank cuts rates", "-"},
		{"en", "HOLD FOR RELEASE until Monday 0600 GMT: Central bank cuts rates", "2026-11-30T06:00:00Z"},
		{"en", "Do not use before 18:00 GMT: Central bank cuts rates", "2026-11-27T18:00:00Z"},
		{"en", "EMBARGO 10:00 GMT on the 30th: Central bank cuts rates", "2026-11-30T10:00:00Z"},
		{"en", "EMBARGO 10:00 GMT on the 2nd: Central bank cuts rates", "2026-12-02T10:00:00Z"},
		{"en", "EMBARGO 10:00 GMT on the 31st: Central bank cuts rates", "-"},
		{"pt", "Sob embargo até segunda-feira às 10h: banco central corta juros", "2026-11-30T22:00:00Z"},
		{"it", "EMBARGO ore 18: la banca centrale taglia i tassi", "2026-11-27T17:00:00Z"},
		{"nl", "EMBARGO tot 18.00 uur: de bank verlaagt de rente", "2026-11-28T12:00:00Z"},
		{"ru", "ЭМБАРГО! Центробанк снизил ставку", "-"},
		{"tr", "Saat 18.00'a kadar ambargolu: Merkez Bankası faizi indirdi", "2026-11-27T15:00:00Z"},
		{"fa", "ممنوع\u200cالانتشار تا ساعت ۱۸: بانک مرکزی نرخ را کاهش داد", "-"},
		{"he", "אמברגו עד יום ראשון בשעה 18:00: בנק ישראל הוריד את הריבית", "2026-11-29T16:00:00Z"},
		{"zh", "18:00前请勿发布：央行降息", "2026-11-28T12:00:00Z"},
		{"ja", "【30日10時解禁】中央銀行が利下げ", "2026-11-30T01:00:00Z"},
		{"ja", "【午後6時解禁】中央銀行が利下げ", "2026-11-27T09:00:00Z"},
		{"ko", "엠바고 30일 10시: 중앙은행 금리 인하", "2026-11-30T01:00:00Z"},
		{"ko", "30일 오전 10시까지 엠바고 - 중앙은행 금리 인하", "2026-11-30T01:00:00Z"},

		{"en", "DO NOT USE: Babies' milk recalled", ""},
		{"en", "Not for publication: what ministers say when nobody listens", ""},
		{"tr", "Saat 18.00'de ambargo kalktı", ""},
		{"ja", "6月1日解禁：アユ釣りの季節", ""},
		{"ja", "【6月1日解禁】アユ釣りの季節", ""},
		{"ko", "30일 엠바고 파기 논란", ""},
		{"en", "EU lifts arms embargo", ""},
		{"en", "Oil embargo: what it means for Europe", ""},
		{"en", "Embargo: what it means for Europe", ""},
		{"en", "Embargo on Russian oil until 2030, says minister", ""},
		{"en", "Embargo may end on Monday", ""},
		{"en", "EMBARGO ON OIL AGREED BY EU", ""},
		{"en", "Embargoed oil reaches India", ""},
		{"en", "Embargo lifted: ships leave port", ""},
		{"en", "Iran / oil embargo: prices up", ""},
		{"en", "For release: thousands of turtles", ""},
		{"en", "Released on Monday: the new album", ""},
		{"en", "UN extends arms embargo until 31 May 2027", ""},
		{"en", "For immediate release: firm opens plant", ""},
		{"de", "Sperrfrist: Was Arbeitslose wissen müssen", ""},
		{"de", "Sperrfrist beim Arbeitslosengeld verlängert", ""},
		{"de", "Waffenembargo bis Mai verlängert", ""},
		{"fr", "Sous embargo, l'Iran vend son pétrole", ""},
		{"fr", "L'embargo jusqu'à Noël ?", ""},
		{"es", "Embargado el piso de un ministro", ""},
		{"es", "Embargo a Cuba: la ONU vota", ""},
		{"ru", "Эмбарго на нефть: что дальше", ""},
		{"ar", "حظر النشر في قضية مقتل التاجر", ""},
		{"ar", "النائب العام يقرر حظر النشر في القضية", ""},
		{"ar", "للنشر ثقافته في العالم العربي", ""},
		{"he", "הותר לפרסום: שם החשוד", ""},
		{"ja", "アユ釣り解禁、6月1日から", ""},
		{"", "", ""},
	} {
		sign, ok := Read(c.headline, "", c.lang, noonOfFriday)
		got := ""
		switch {
		case ok && sign.Until.IsZero():
			got = "-"
		case ok:
			got = sign.Until.Format(time.RFC3339)
		}
		if got != c.until {
			t.Errorf("%s: got %q (%q), want %q", c.headline, got, sign.Text, c.until)
		}
	}
}

// A tag in capitals before a headline that is not needs no mark.
func TestUnmarked(t *testing.T) {
	for _, c := range []struct {
		lang, headline string
		left           string // the headline without the sign; empty: it is none
	}{
		{"en", "EMBARGO Minister to resign over budget leak", "Minister to resign over budget leak"},
		{"en", "EMBARGOED Report says minister knew", "Report says minister knew"},
		{"en", "STRICT EMBARGO Minister to resign", "Minister to resign"},
		{"en", "EMBARGO EU to lift tariffs", "EU to lift tariffs"},
		{"en", "EMBARGO PM: I will go", "PM: I will go"},
		{"en", "EMBARGO A minister resigns", "A minister resigns"},
		{"en", "EMBARGO... Minister to resign", "Minister to resign"},
		{"en", "NOT FOR PUBLICATION Minister to resign", "Minister to resign"},
		{"en", "HOLD FOR RELEASE Minister to resign", "Minister to resign"},
		{"en", "EMBARGO May to resign", "May to resign"},
		{"en", "EMBARGO 18:00 GMT The minister is to resign", "The minister is to resign"},
		{"en", "Embargoed until 18:00 GMT Minister to resign", "Minister to resign"},
		{"en", "EMBARGOED UNTIL 29 November 2026 10:00 Minister to resign: sources", "Minister to resign: sources"},
		{"de", "SPERRFRIST Minister tritt zurück", "Minister tritt zurück"},
		{"de", "SPERRVERMERK Minister tritt zurück", "Minister tritt zurück"},
		{"de", "Sperrvermerk: Minister tritt zurück", "Minister tritt zurück"},
		{"de", "Sperrvermerk bis 18 Uhr: Minister tritt zurück", "Minister tritt zurück"},
		{"de", "Sperrfrist 18 Uhr Minister tritt zurück", "Minister tritt zurück"},
		{"fr", "SOUS EMBARGO Le ministre démissionne", "Le ministre démissionne"},
		{"fr", "EMBARGO À Paris, le ministre démissionne", "À Paris, le ministre démissionne"},
		{"es", "EMBARGADO El ministro dimite", "El ministro dimite"},
		{"es", "BAJO EMBARGO El ministro dimite", "El ministro dimite"},
		{"pt", "SOB EMBARGO Ministro demite-se", "Ministro demite-se"},
		{"it", "SOTTO EMBARGO Il ministro si dimette", "Il ministro si dimette"},
		{"nl", "ONDER EMBARGO Minister treedt af", "Minister treedt af"},
		{"en", "EMBARGOED FOR RELEASE UNTIL 10:00 A.M. ET, MONDAY, NOVEMBER 30, 2026: Minister to resign", "Minister to resign"},
		{"en", "EMBARGOED COPY: Minister to resign", "Minister to resign"},
		{"en", "EMBARGO: for release 30 November 2026 at 00:01 - Minister to resign", "Minister to resign"},
		{"de", "Veröffentlichung erst ab 24.12.2026: Minister tritt zurück", "Minister tritt zurück"},
		{"de", "Veröffentlichung der Akten ab Montag: Minister unter Druck", ""},
		{"tr", "YAYIN AMBARGOSU Bakan istifa ediyor", "Bakan istifa ediyor"},
		{"tr", "AMBARGOLU Bakan istifa ediyor", "Bakan istifa ediyor"},
		{"ru", "ЭМБАРГО Министр уходит в отставку", "Министр уходит в отставку"},
		{"ru", "НЕ ПУБЛИКОВАТЬ Министр уходит в отставку", "Министр уходит в отставку"},
		{"uk", "ЕМБАРГО Міністр іде у відставку", "Міністр іде у відставку"},
		{"zh", "禁发 央行降息", "央行降息"},
		{"ja", "エンバーゴ　中央銀行が利下げ", "中央銀行が利下げ"},
		{"ja", "【エンバーゴ】中央銀行が利下げ", "中央銀行が利下げ"},
		{"ko", "[보도유예] 중앙은행 금리 인하", "중앙은행 금리 인하"},

		{"en", "Embargo on oil lifted", ""},
		{"en", "EMBARGO ON OIL LIFTED", ""},
		{"en", "EMBARGO LIFTED", ""},
		{"en", "EMBARGO on oil lifted", ""},
		{"en", "EMBARGO ON OIL: what it means", ""},
		{"en", "EMBARGO LIFTED - Reuters", ""},
		{"en", "EMBARGO ON OIL LIFTED (video)", ""},
		{"en", "Embargo Minister resigns", ""},
		{"en", "Oil EMBARGO Minister says", ""},
		{"en", "DO NOT USE Babies' milk recalled", ""},
		{"de", "EMBARGO GEGEN RUSSLAND: Was es heißt", ""},
		{"de", "Sperrvermerk im Haushalt aufgehoben", ""},
		{"fr", "EMBARGO RUSSE : les prix montent", ""},
		{"es", "EMBARGO A CUBA: la ONU vota", ""},
		{"es", "EMBARGO A CUBA La ONU vota", ""},
		{"ru", "ЭМБАРГО НА НЕФТЬ: что дальше", ""},
		{"ru", "Эмбарго Министр", ""},
		{"tr", "AMBARGO KARARI: ne olacak?", ""},
		{"nl", "EMBARGO-regeling verlengd", ""},
		{"ko", "엠바고 파기 논란", ""},
		{"he", "אמברגו נשק על ישראל", ""},
	} {
		if sign, ok := Read(c.headline, "", c.lang, noonOfFriday); ok != (c.left != "") {
			t.Errorf("%s: sign %v (%q)", c.headline, ok, sign.Text)
		}
		want := c.left
		if want == "" {
			want = c.headline
		}
		if got := Without(c.headline, c.lang); got != want {
			t.Errorf("%s: without its sign it is %q, want %q", c.headline, got, want)
		}
	}
	for summary, want := range map[string]bool{
		"EMBARGO The minister is to resign on Monday.":  true,
		"SPERRFRIST Der Minister tritt am Montag ab.":   true,
		"Embargo rules end on Monday, a minister says.": false,
		"The EMBARGO The minister spoke of ends.":       false,
	} {
		if _, ok := Read("Minister to resign", summary, "en", noonOfFriday); ok != want {
			t.Errorf("%s: sign %v, want %v", summary, ok, want)
		}
	}
}

// What a time leaves open is the latest that it can mean.
func TestLatest(t *testing.T) {
	for _, c := range []struct{ lang, headline, until string }{
		{"", "EMBARGOED UNTIL 29 November 2026 10:00", "2026-11-29T22:00:00Z"},
		{"", "EMBARGOED UNTIL 29 November 2026 10:00: Minister to resign", "2026-11-29T22:00:00Z"},
		{"", "EMBARGOED UNTIL 29 November 2026 10:00 Minister to resign", "2026-11-29T22:00:00Z"},
		{"", "SPERRFRIST 29.11.2026, 10:00 Uhr: Minister tritt zurück", "2026-11-29T22:00:00Z"},
		{"de", "SPERRFRIST 29.11.2026, 10:00 Uhr: Minister tritt zurück", "2026-11-29T09:00:00Z"},
		{"de", "SPERRFRIST 29.11.2026, 10:00 Uhr Ortszeit: Minister tritt zurück", "2026-11-29T22:00:00Z"},
		{"de", "Sperrfrist 29.11. 10 Uhr New Yorker Zeit: Minister tritt zurück", "2026-11-29T22:00:00Z"},
		{"en", "EMBARGO 23:59 - Minister to resign", "2026-11-28T12:00:00Z"},
		{"en", "EMBARGO 23:59 Minister to resign", "2026-11-28T12:00:00Z"},
		{"en", "Minister to resign (not for publication before 2026-12-24)", "2026-12-24T12:00:00Z"},
		{"en", "not for publication before 2026-12-24: Minister to resign", "2026-12-24T12:00:00Z"},
		{"en", "EMBARGO 2026/12/24: Minister to resign", "2026-12-24T12:00:00Z"},
		{"en", "EMBARGO 24-12-2026 10:00: Minister to resign", "2026-12-24T22:00:00Z"},
		{"en", "EMBARGO 01/12/2026 10:00: Minister to resign", "2026-12-01T22:00:00Z"}, // or 12 January
		{"en", "EMBARGO 03/12/2026 10:00 GMT: Minister to resign", "2026-12-03T10:00:00Z"},
		{"en", "EMBARGO today: Minister to resign", "2026-11-28T12:00:00Z"},
		{"en", "EMBARGO 27 November: Minister to resign", "2026-11-28T12:00:00Z"},
		{"en", "EMBARGO tomorrow 9am: Minister to resign", "2026-11-29T21:00:00Z"}, // it is Saturday in the east
		{"en", "EMBARGO Monday 10:00: Minister to resign", "2026-11-30T22:00:00Z"},
		{"en", "EMBARGO until midnight GMT Monday: Minister to resign", "2026-12-01T00:00:00Z"},
		{"en", "EMBARGO until Monday morning: Minister to resign", "2026-12-01T12:00:00Z"},
		{"en", "EMBARGO tonight: Minister to resign", "2026-11-29T12:00:00Z"},
		{"en", "EMBARGO 12 noon GMT, 30 November: Minister to resign", "2026-11-30T12:00:00Z"},
		{"en", "EMBARGO 10:00 local time, 30 November: Minister to resign", "2026-11-30T22:00:00Z"},
		{"en", "EMBARGOED FOR RELEASE UNTIL 10:00 A.M. ET, MONDAY, NOVEMBER 30, 2026", "2026-11-30T15:00:00Z"},
		{"en", "EMBARGO: for release 30 November 2026 at 00:01 - Minister to resign", "2026-11-30T12:01:00Z"},
		{"en", "EMBARGO 10:00 Eastern, 30 November: Minister to resign", "2026-11-30T15:00:00Z"},
		{"en", "EMBARGO 18:00 GMT/19:00 CET, 30 November: Minister to resign", "2026-11-30T18:00:00Z"},
		{"en", "EMBARGO 18:00 GMT/30 November: Minister to resign", "-"},
		{"ru", "ЭМБАРГО до 30 ноября 10:00 по московскому времени: Центробанк снизил ставку", "2026-11-30T07:00:00Z"},
		{"ru", "ЭМБАРГО до 30 ноября: Центробанк снизил ставку", "2026-11-30T12:00:00Z"},
		{"ar", "حظر النشر حتى 30 نوفمبر: البنك المركزي يخفض الفائدة", "2026-11-30T12:00:00Z"},
		{"zh", "【12月24日前禁发】央行降息", "2026-12-24T12:00:00Z"},
		{"en", "EMBARGOED UNTIL DELIVERY: The speech of the minister", "-"},
		{"en", "EMBARGOED UNTIL 18:00 GMT the following day: Minister to resign", "-"},
		{"en", "EMBARGO 32/13/2026 10:00: Minister to resign", "-"},
	} {
		sign, ok := Read(c.headline, "", c.lang, noonOfFriday)
		got := sign.Until.Format(time.RFC3339)
		if sign.Until.IsZero() {
			got = "-"
		}
		if !ok || got != c.until {
			t.Errorf("%s: got %v %s (%q), want %s", c.headline, ok, got, sign.Text, c.until)
		}
	}
}

func TestReadSummary(t *testing.T) {
	for _, c := range []struct {
		summary, until string
		want           bool
	}{
		{"EMBARGOED UNTIL 18:00 GMT. The central bank has cut its rate.", "2026-11-27T18:00:00Z", true},
		{"Press release. Not for publication before 18:00 GMT. The central bank has cut its rate.", "2026-11-27T18:00:00Z", true},
		{"The central bank has cut its rate, a report embargoed until Monday says.", "", false},
		{"An embargo on oil came into force. It holds until 18:00 GMT on Monday.", "", false},
		{strings.Repeat("Words of no weight. ", 40) + "EMBARGO: late", "", false},
	} {
		sign, ok := Read("Central bank cuts rates", c.summary, "en", noonOfFriday)
		if got := sign.Until.Format(time.RFC3339); ok != c.want || ok && got != c.until {
			t.Errorf("%.60s: got %v %s (%q), want %v %s", c.summary, ok, got, sign.Text, c.want, c.until)
		}
	}
}

// A time without a day is the next one, unless it is just over.
func TestUntilIsNext(t *testing.T) {
	for _, c := range []struct{ at, until string }{
		{"2026-11-28T00:30:00Z", "2026-11-28T18:00:00Z"},
		{"2026-11-27T19:00:00Z", "2026-11-27T18:00:00Z"},
		{"2026-11-27T03:00:00Z", "2026-11-27T18:00:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		sign, _ := Read("EMBARGO 18:00 GMT: Central bank cuts rates", "", "en", at)
		if got := sign.Until.Format(time.RFC3339); got != c.until {
			t.Errorf("at %s: until %s, want %s", c.at, got, c.until)
		}
	}
}

// mayHaveSign passes every phrase.
func TestStems(t *testing.T) {
	for _, p := range slices.Concat(phrases, behind) {
		if !newText(p.text, maxHeadline).mayHaveSign() {
			t.Errorf("%q has none of the stems", p.text)
		}
		if folded := string(newText(p.text, maxHeadline).folded); folded != p.text {
			t.Errorf("%q is %q when it is folded, and never found", p.text, folded)
		}
	}
	for _, w := range slices.Concat(untilWords, timeLeads, timeEnds, beforeTimes) {
		if folded := string(newText(w, maxHeadline).folded); folded != w {
			t.Errorf("%q is %q when it is folded, and never found", w, folded)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"EMBARGO 18:00 GMT: x", "(Sperrfrist 28.11., 7 Uhr) x", "حظر النشر حتى الساعة ١٨:٠٠", "【解禁：11月28日18時】", "【30日10時解禁】", "saat 10.00'a kadar ambargolu", "not for publication before 6 p.m.", "EMBARGO", "embargo até", "[", "EMBARGO Minister to resign", "EMBARGO 18:00 The minister", "EMBARGO 01/02/2026 tonight", "エンバーゴ　中央銀行", "EMBARGO 99:99 99/99/99 GMT+99"} {
		f.Add(s, "en")
		f.Add("x "+s+" y", "de-AT")
	}
	f.Fuzz(func(t *testing.T, text, lang string) {
		sign, ok := Read(text, text, lang, noonOfFriday)
		if !utf8.ValidString(sign.Text) || !ok && sign != (Sign{}) || utf8.RuneCountInString(sign.Text) > 3*maxTag {
			t.Errorf("%q: %v %+v", text, ok, sign)
		}
		if got := Without(text, lang); len(got) > len(text) || utf8.ValidString(text) && !utf8.ValidString(got) || text != "" && got == "" {
			t.Errorf("%q without its sign is %q", text, got)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		Read("Parliament passes the water budget after a long night", strings.Repeat("The vote came late, and the opposition left. ", 8), "en", noonOfFriday)
	}
}

func TestWithout(t *testing.T) {
	const rates = "Central bank cuts rates"
	for _, c := range []struct{ lang, headline, want string }{
		{"en", "EMBARGO: " + rates, rates}, {"en", "[Embargoed] " + rates, rates}, {"en", "***EMBARGO*** " + rates, rates},
		{"en", "EMBARGOED UNTIL 18:00 GMT: " + rates, rates}, {"en", "Embargoed until 6 p.m. GMT - " + rates, rates},
		{"en", "EMBARGO: 0001 GMT, Monday, Nov. 30 - " + rates, rates}, {"en", "EMBARGOED UNTIL DELIVERY: " + rates, rates},
		{"en", rates + " (not for publication before 18:00 UTC)", rates}, {"en", rates + " [EMBARGO 2026-11-28 09:00 UTC]", rates}, {"en", rates + " - EMBARGO 18:00 GMT", rates},
		{"en", "BREAKING | EMBARGO 18:00 GMT | " + rates, "BREAKING | " + rates}, {"en", "EMBARGO: “We cut rates”, says the bank", "“We cut rates”, says the bank"},
		{"en", "FOR RELEASE 9 AM ET, Dec. 1: Jobs report", "Jobs report"}, {"de", "(Sperrfrist bis Montag, 9 Uhr) Kanzlerin reist", "Kanzlerin reist"},
		{"de", "Sperrfrist: 28.11., 7 Uhr - Kanzlerin reist", "Kanzlerin reist"}, {"fr", "SOUS EMBARGO : la banque baisse ses taux", "la banque baisse ses taux"},
		{"ru", "Не публиковать до 30 ноября 10:00 мск: Центробанк снизил ставку", "Центробанк снизил ставку"},
		{"ar", "حظر النشر حتى الساعة 18:00 بتوقيت غرينتش: البنك المركزي يخفض الفائدة", "البنك المركزي يخفض الفائدة"},
		{"ar", "حَظر\u200f النشر: البنكُ المركزي يخفض الفائدة", "البنكُ المركزي يخفض الفائدة"},
		{"ja", "【解禁：11月28日18時】中央銀行が利下げ", "中央銀行が利下げ"}, {"ko", "[엠바고 18:00] 중앙은행 금리 인하", "중앙은행 금리 인하"},
		{"en", "EU lifts arms embargo", "EU lifts arms embargo"}, {"en", "EMBARGO 18:00 GMT", "EMBARGO 18:00 GMT"}, {"en", rates, rates}, {"en", "", ""},
	} {
		if got := Without(c.headline, c.lang); got != c.want {
			t.Errorf("Without(%q) = %q, want %q", c.headline, got, c.want)
		}
	}
}
