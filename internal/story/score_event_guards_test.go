package story_test

import (
	"testing"

	"github.com/slugline/slugline/internal/story"
)

func TestMenAndWomenAreTwoEvents(t *testing.T) {
	for _, c := range []struct {
		language, first, women, men string
	}{
		{"en", "Norland win women's curling title in Harbourtown", "Harbourtown: a curling title for Norland's women", "Harbourtown: a curling title for Norland's men"},
		{"es", "Norlandia gana el título femenino de curling en Puertolargo", "Puertolargo: título de curling para el equipo femenino de Norlandia", "Puertolargo: título de curling para el equipo masculino de Norlandia"},
		{"de", "Norland holt Curling-Titel der Frauen in Hafenstadt", "Hafenstadt: Curling-Frauen aus Norland feiern Titel", "Hafenstadt: Curling-Männer aus Norland feiern Titel"},
		{"ru", "Норландия взяла титул по керлингу среди женщин в Портограде", "Портоград: женская сборная Норландии празднует титул в керлинге", "Портоград: мужская сборная Норландии празднует титул в керлинге"},
		{"ar", "نورلاند تحصد لقب السيدات في الكيرلنغ بمدينة هاربورتاون", "هاربورتاون: سيدات نورلاند يحتفلن بلقب الكيرلنغ", "هاربورتاون: رجال نورلاند يحتفلون بلقب الكيرلنغ"},
		{"zh", "诺兰德夺得女子冰壶锦标赛冠军", "冰壶锦标赛：诺兰德女子队夺冠", "冰壶锦标赛：诺兰德男子队夺冠"},
	} {
		for second, want := range map[string]bool{c.women: true, c.men: false} {
			f := story.New()
			a := f.Judge(story.Headline{Entry: "a", Seq: 1, Language: c.language, Text: c.first, At: noon})
			b := f.Judge(story.Headline{Entry: "b", Seq: 2, Language: c.language, Text: second, At: noon})
			if got := a.Event == b.Event; got != want {
				t.Errorf("%q and %q are one event: %t, want %t", c.first, second, got, want)
			}
		}
	}
}
