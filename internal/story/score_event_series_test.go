package story_test

import (
	"testing"
	"time"

	"github.com/slugline/slugline/internal/story"
)

// Headlines that share the frame of a column, a digest or a ticker are no event; those
// that share a subject behind a frame, or words of columns in it, are.
func TestSeriesFrames(t *testing.T) {
	const outlet, other = "a.example", "b.example"
	for _, c := range []struct {
		language, first, second, owner string
		together                       bool
	}{
		{"en", "Market wrap: leading shares drift lower", "Market wrap: leading shares gain ground on chips", outlet, false},
		{"en", "Ferries cancelled on the eastern route (click for the full list)", "Bridges closed during the regatta (click for the full list)", outlet, false},
		{"en", "Weather outlook: storms ahead of the long weekend", "Weather outlook: dry spell to last until Sunday", other, false},
		{"de", "Lottozahlen am Samstag: 3, 9, 12, 24, 31 und 40", "Lottozahlen am Mittwoch: 1, 8, 17, 22, 35 und 49", outlet, false},
		{"fr", "Cours de bourse de lundi : les banques reculent", "Cours de bourse de mardi : le luxe rebondit", outlet, false},
		{"es", "Horóscopo del lunes: Aries recibe una sorpresa", "Horóscopo del martes: Tauro debe descansar", outlet, false},
		{"ru", "Курсы валют на понедельник: юань подорожал", "Курсы валют на пятницу: доллар подешевел", outlet, false},
		{"uk", "Гороскоп на середу: Терезам варто відпочити", "Гороскоп на неділю: Рибам пощастить удома", outlet, false},
		{"ar", "أسعار العملات اليوم الأحد: صعود طفيف", "أسعار العملات اليوم الخميس: هبوط حاد", outlet, false},
		{"fa", "قیمت سکه امروز شنبه: افزایش در بازار", "قیمت سکه امروز یکشنبه: افت در بازار", outlet, false},
		{"he", "תחזית מזג האוויר: גשם בצפון", "תחזית מזג האוויר: שרב בדרום", outlet, false},
		{"tr", "Döviz kuru pazartesi: lira geriledi", "Döviz kuru perşembe: euro yükseldi", outlet, false},
		{"es", "Santoral del martes: qué santo se celebra", "Santoral del miércoles: qué santo se celebra", outlet, false},
		{"zh", "早间新闻汇总：大桥通车与秋收", "早间新闻汇总：台风登陆与展览", outlet, false},

		{"en", "Markets plunge after Zentrabank defaults on its bonds", "Markets tumble as Zentrabank defaults on bonds", other, true},
		{"en", "Markets plunge after Zentrabank defaults on its bonds", "Markets tumble as Zentrabank defaults on bonds", outlet, true},
		{"en", "Crews fight huge blaze at sawmill in orchard district", "Owner blames wiring for huge blaze at sawmill in orchard district", outlet, true},
		{"en", "Analysis: Zentrabank default leaves savers out of pocket", "Analysis: savers lose out after the Zentrabank default", outlet, true},
		{"de", "Börse bricht nach Pleite der Zentrabank ein", "Pleite der Zentrabank: Börse bricht ein", other, true},
	} {
		f := story.New()
		at := time.Date(2026, 3, 10, 6, 0, 0, 0, time.UTC)
		a := f.Judge(story.Headline{Entry: "1", Seq: 1, Source: "1", Owner: outlet, Language: c.language, Text: c.first, At: at})
		b := f.Judge(story.Headline{Entry: "2", Seq: 2, Source: "2", Owner: c.owner, Language: c.language, Text: c.second, At: at.Add(20 * time.Hour)})
		if together := a.Event == b.Event; together != c.together {
			t.Errorf("%s: %q and %q: one event: %t, want %t", c.language, c.first, c.second, together, c.together)
		}
	}
}
