package story_test

import (
	"cmp"
	"strconv"
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

// Headlines about others in the same place, office or court are several events. The
// first letters say which headlines tell one happening.
func TestOthersAreOtherEvents(t *testing.T) {
	for _, c := range []struct {
		name, language string
		headlines      []string
	}{
		{"a visitor at the same place", "ru", []string{
			"a Каримбаев прибыл в Астану на переговоры с президентом Казахстана",
			"a Президент Казахстана принял главу Узбекистана Каримбаева в Астане",
			"b Президент Казахстана принял главу Киргизии Асанова в Астане",
			"b Асанов провёл переговоры в Астане с президентом Казахстана",
		}},
		{"the same sentence with other numbers, and a name that is a word", "fa", []string{
			"a زلزله ۵.۱ ریشتری راور کرمان را لرزاند",
			"b زلزله ۴.۶ ریشتری خوی را لرزاند",
		}},
		{"a country that is a state too", "es", []string{
			"a El partido gobernante gana las elecciones en Georgia",
			"b El partido gobernante gana las elecciones en Namibia con holgura",
		}},
		{"a bank named by a phrase", "en", []string{
			"a Estonia's central bank cuts key rate by a quarter point in surprise move",
			"b Morocco's central bank raises key rate by a quarter point in surprise move",
		}},
		{"a convict before the same court", "de", []string{
			"a Bundesgerichtshof bestätigt Urteil gegen früheren Bankchef Hollerbach",
			"b Bundesgerichtshof hebt Urteil gegen Bauunternehmer Kranich auf",
			"b Prozess gegen Bauunternehmer Kranich muss neu beginnen, urteilt BGH",
			"a Früherer Bankchef Hollerbach muss ins Gefängnis, BGH bestätigt Urteil",
		}},
	} {
		t.Run(c.name, func(t *testing.T) { checkEvents(t, c.language, c.headlines) })
	}
}

// checkEvents checks that those of the headlines are in one event that begin with the same
// letter.
func checkEvents(t *testing.T, language string, headlines []string) {
	f, event, into := story.New(), map[string]string{}, map[string]string{}
	for i, h := range headlines {
		v := f.Judge(story.Headline{Entry: strconv.Itoa(i), Seq: uint64(i + 1), Language: language, Text: h[2:], At: noon})
		for _, j := range v.Joined {
			into[j] = v.Event
		}
		event[h] = v.Event
	}
	last := func(h string) string { return cmp.Or(into[event[h]], event[h]) }
	for i, a := range headlines {
		for _, b := range headlines[:i] {
			if got, want := last(a) == last(b), a[0] == b[0]; got != want {
				t.Errorf("%q and %q are one event: %t, want %t", a[2:], b[2:], got, want)
			}
		}
	}
}
