package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

// TestEdits tells light edits from other news, by language. None of the headlines is
// from the shared sets.
func TestEdits(t *testing.T) {
	for _, c := range []struct {
		lang, a, b string
		same       bool
	}{
		{"en", "Premier of Belgium resigns after budget vote fails", "Belgian prime minister resigns after budget vote fails", true},
		{"en", "Harbour pilots end strike after pay deal", "Harbour pilots end strike after pay deal: union sources", true},
		{"en", "Harbour pilots end strike after pay deal", "Harbour pilots end strike after pay deal: report", true},
		{"en", "Police: Harbour pilots end strike after pay deal", "Harbour pilots end strike after pay deal", true},
		{"en", "Rouhmani sworn in for third term in office", "Rowhmani sworn in for third term in office", true},
		{"en", "Steelmaker Kobert to buy rival for $2.5bn", "Steelmaker Kobert to buy rival for $2.5 billion", true},
		{"en", "Ferry fire kills 12 off Greek island", "Ferry fire kills 12 off Turkish island", false},
		{"en", "Ferry fire kills 12 off Greek island", "Ferry fire kills 14 off Greek island", false},
		{"en", "Boeing recalls two thousand brake units", "Airbus recalls two thousand brake units", false},
		{"en", "Mayor of Harbourtown opens tram line", "Mayor of Harbourtown closes tram line", false},
		{"en", "Senate approves pension plan", "Senate fails to approve pension plan", false},
		{"en", "Kerwin Dolle sues Amber Tossel over garden wall", "Amber Tossel feeds swans while Kerwin Dolle watches", false},
		{"en", "Union calls off rail strike - confirmed", "Union calls off rail strike - denied", false},
		{"ar", "رئيس الوزراء الأردني يفتتح مستشفى في إربد", "رئيس الحكومة الأردنية يفتتح مستشفى في إربد", true},
		{"ar", "عاجل | زلزال يضرب شرق تركيا ومقتل تسعة", "زلزال يضرب شرق تركيا ومقتل تسعة", true},
		{"ar", "زلزال يضرب شرق تركيا ومقتل تسعة أشخاص", "زلزال يضرب شرق اليونان ومقتل تسعة أشخاص", false},
		{"ar", "البرلمان يوافق على قانون الضرائب الجديد", "البرلمان يرفض قانون الضرائب الجديد", false},
		{"ru", "Премьер Польши ушёл в отставку после голосования", "Премьер-министр Польши ушел в отставку после голосования", true},
		{"ru", "СРОЧНО: Госдума приняла закон о каршеринге", "Госдума приняла закон о каршеринге", true},
		{"ru", "Госдума приняла закон о каршеринге", "Госдума не приняла закон о каршеринге", false},
		{"ru", "Поезд сошёл с рельсов под Тулой, пострадали 8 человек", "Поезд сошёл с рельсов под Тулой, пострадали 11 человек", false},
		{"fr", "ALERTE - Le Sénat adopte la loi sur l'eau", "Le Sénat adopte la loi sur l’eau", true},
		{"fr", "La Belgique rejette le projet de pont sur la Meuse", "La France rejette le projet de pont sur la Meuse", false},
		{"de", "EILMELDUNG: Bahn stellt Verkehr im Norden ein", "Bahn stellt Verkehr im Norden ein", true},
		{"de", "Arbeitslosenzahl in Österreich steigt weiter", "Arbeitslosenzahl in Österreich sinkt weiter", false},
		{"es", "Última hora: el Senado aprueba la ley del agua", "El Senado aprueba la ley del agua", true},
		{"es", "El Senado aprueba la ley del agua", "El Senado no aprueba la ley del agua", false},
		{"zh", "【快讯】央行宣布下调存款准备金率0.5个百分点", "央行宣布下调存款准备金率0.5个百分点", true},
		{"zh", "台风登陆广东沿海，三万人紧急转移", "台风登陆广东沿海 三万人已紧急转移", true},
		{"zh", "央行宣布下调存款准备金率0.5个百分点", "央行宣布上调存款准备金率0.5个百分点", false},
		{"zh", "法国总理宣布辞职", "德国总理宣布辞职", false},
		{"zh", "台风登陆广东沿海，三万人紧急转移", "暴雨袭击湖南多地，学校停课一天", false},
		{"ja", "〔速報〕北海道で震度5強の地震、津波の心配なし", "北海道で震度5強の地震 津波の心配なし", true},
		{"ja", "台風10号が九州に接近、空の便欠航相次ぐ", "台風10号が九州に接近 空の便の欠航相次ぐ", true},
		{"ja", "北海道で震度5強の地震、津波の心配なし", "北海道で震度4の地震、津波の心配なし", false},
		{"ja", "東京株式市場、続伸して終わる", "東京株式市場、続落して終わる", false},
		{"ko", "[속보] 서울 지하철 2호선 운행 중단", "서울 지하철 2호선 운행 중단", true},
		{"ko", "태풍 북상에 제주 항공편 무더기 결항", "태풍 북상에 제주 항공편 무더기로 결항", true},
		{"ko", "서울 지하철 2호선 운행 중단", "서울 지하철 3호선 운행 중단", false},
		{"ko", "한국은행 기준금리 인상", "한국은행 기준금리 인하", false},
	} {
		got := judge(story.New(), story.Headline{Text: c.a, Language: c.lang}, story.Headline{Text: c.b, Language: c.lang})
		if same := got[1] == 0; same != c.same {
			t.Errorf("%s: %q and %q are one story: %v, want %v", c.lang, c.a, c.b, same, c.same)
		}
	}
}

// TestWireTakes checks that takes of one story with the tags of news agencies are one
// story.
func TestWireTakes(t *testing.T) {
	const head = "Grain ship leaves port after week of talks"
	for _, take := range []string{
		"UPDATE 1-" + head, "UPDATE 12 - " + head, "WRAPUP 3-" + head, "REFILE-" + head, "CORRECTED-" + head, "CORRECTED-(OFFICIAL)-" + head,
		"REFILE-UPDATE 2-" + head, "RPT-" + head, "RPT-UPDATE 1-" + head, "RECASTS-" + head, "BREAKING NEWS: " + head, "JUST IN: " + head,
		"URGENT: " + head, "EXCLUSIVE-" + head, "LIVE: " + head, "Correction: " + head, "Update - " + head, head + " (update)", head + " (updated 2)",
		head + " [VIDEO]", "(LEAD) " + head, "2ND LEAD " + head, "(2nd LD) " + head, head + " - sources", "Minister: " + head,
	} {
		if got := judge(story.New(), story.Headline{Text: head}, story.Headline{Text: take}); got[1] != 0 {
			t.Errorf("%q and %q are two stories", head, take)
		}
	}
}
