package topic

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/slugline/slugline/internal/news"
	"github.com/slugline/slugline/internal/words"
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

// What a word finds in a text, the index finds too: the word itself, a word with the
// same stem, or one that Finds and that begins with one of Beginnings.
func FuzzForms(f *testing.F) {
	for _, s := range []struct{ word, headline, lang string }{
		{"غزة", "وبغزة والمدارس", "ar"}, {"מדינה", "ומדינות בעולם", "he"}, {"рынок", "На рынке", "ru"}, {"київ", "У Києві", "uk"},
		{"çin", "Çin’e ve ABD'nin", "tr"}, {"eleição", "Eleições", "pt"}, {"خانه", "خانه\u200cها", "fa"}, {"authority", "Authorities", "en"},
		{"الشرع", "دعوة وللشرع", "ar"}, {"وزير", "للوزراء", "ar"}, {"زن", "زنان", "fa"}, {"שר", "והשרים", "he"}, {"посол", "Послы", "ru"}, {"\xff'", "'a'\u0301", "tr"},
	} {
		f.Add(s.word, s.headline, s.lang)
	}
	f.Fuzz(func(t *testing.T, query, headline, lang string) {
		n := newTextNode(Anywhere, query, false)
		if n == nil || n.op != Word || len(headline) > 1<<12 {
			return
		}
		text, w := newText(lang, headline), n.words[0]
		if text.hasWord(w) && !slices.ContainsFunc(text.words, func(got words.Word) bool { return isIndexed(Part{n}, got, lang) }) &&
			!slices.ContainsFunc(text.joined, func(j joint) bool { return isIndexed(Part{n}, j.word, lang) }) {
			t.Errorf("%q finds %q in %q, and no word of it does", query, headline, lang)
		}
	})
}

func isIndexed(p Part, got words.Word, lang string) bool {
	stem := p.Stem(0, lang)
	found, _ := p.Finds(0, got.Text, lang)
	begins := slices.ContainsFunc(p.Beginnings(0, lang), func(b string) bool { return strings.HasPrefix(got.Text, b) })
	return got.Text != "" && (got.Text == p.Words()[0] || stem != "" && got.Stem == stem || found && begins)
}
