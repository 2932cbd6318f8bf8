package topic

import (
	"os"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/news"
)

// testdata/forms.txt has blocks of a language and a query, each followed by headlines
// that the query finds (+) and that it does not find (-).
func TestForms(t *testing.T) {
	b, err := os.ReadFile("testdata/forms.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lang, query string
	count := map[byte]int{}
	for line := range strings.Lines(string(b)) {
		line = strings.ReplaceAll(strings.TrimSpace(line), "~", "\u200c")
		if line == "" || line[0] == '#' {
			continue
		}
		mark, headline := line[0], strings.TrimSpace(line[1:])
		if mark != '+' && mark != '-' {
			lang, query, _ = strings.Cut(line, " ")
			continue
		}
		count[mark]++
		checkForm(t, strings.TrimPrefix(lang, "??"), query, headline, mark == '+')
	}
	if count['+'] < 100 || count['-'] < 100 {
		t.Errorf("%d headlines are found and %d are not, want a hundred of each", count['+'], count['-'])
	}
}

func checkForm(t *testing.T, lang, query, headline string, want bool) {
	t.Helper()
	q, err := Parse(query)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return
	}
	e := news.Entry{Headline: headline, Language: lang}
	if got := q.Match(NewDoc(&e, &news.Source{}), 1); got != want {
		t.Errorf("%s %s on %q: got %v, want %v", lang, query, headline, got, want)
	}
}

// A hundred topics against headlines in several languages, each a new doc as on the desk.
func BenchmarkHundredTopics(b *testing.B) {
	names := strings.Fields(`Iran hospital election flood Berlin university غزة العراق انتخابات مستشفى السودان حكومة Иран Газпром выборы санкции Москва Киев
		İstanbul deprem seçim eleição hospital avião prefeito Wahl Krankenhaus Haus équipe grève journal banca parco elezione ירושלים ממשלה ایران دولت`)
	rules := make([]*Rule, 100)
	for i := range rules {
		m := names[i%len(names)] + " OR " + names[(3*i+1)%len(names)] + " OR (" + names[(5*i+2)%len(names)] + " -" + names[(7*i+3)%len(names)] + ")"
		r, err := Compile(news.Topic{Match: []string{m}})
		if err != nil {
			b.Fatal(err)
		}
		rules[i] = r
	}
	for lang, headline := range map[string]string{
		"en": "Oil prices fall for a third day as supply worries ease in the Gulf, ministers say after talks",
		"ar": "أسعار النفط تتراجع لليوم الثالث مع انحسار المخاوف بشأن الإمدادات وتوقعات باجتماع الوزراء في فيينا",
		"ru": "Цены на нефть снижаются третий день подряд на фоне ослабления опасений по поводу поставок",
		"tr": "Petrol fiyatları arz endişelerinin azalmasıyla üçüncü gün de geriledi, bakanlar Viyana'da toplanıyor",
		"pt": "Preços do petróleo caem pelo terceiro dia com menos temor sobre a oferta, dizem ministros em Viena",
	} {
		e := news.Entry{Headline: headline, Summary: headline + ". " + headline, Language: lang}
		b.Run(lang, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d := NewDoc(&e, &bbc)
				for _, r := range rules {
					r.Match(d, 2)
				}
			}
		})
	}
}
