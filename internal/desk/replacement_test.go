package desk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slugline/slugline/internal/canon"
	"github.com/slugline/slugline/internal/news"
)

func TestWhatReplacesAnArticle(t *testing.T) {
	slug := func(id, title, path string, age time.Duration) item {
		return dated("https://one.example/"+path, title, "https://one.example/"+path, age)
	}
	other := slug("", "Bakery wins the bread prize", "news/bakery-7100", 3*time.Hour)
	playAll(t, []playCase{
		{"the number in the slug", [][]item{
			{slug("", "Dockers strike in Mereda", "news/dockers-strike-81723", time.Hour), other},
			{slug("", "Pay deal ends walkout at the port", "news/pay-deal-81723", time.Minute), other},
		}, []string{"Pay deal ends walkout at the port", other.title}},
		{"the number above the slug, with another date", [][]item{
			{slug("", "Dockers strike in Mereda", "81723/dockers-strike", time.Hour)},
			{slug("", "Dockers end strike in Mereda", "81723/dockers-end-strike", time.Minute)},
		}, []string{"Dockers end strike in Mereda"}},
		{"the number of a section", [][]item{
			{slug("", "Dockers strike in Mereda", "1234/dockers-strike", time.Hour)},
			{slug("", "Bakery wins prize", "1234/bakery", time.Minute)},
		}, []string{"Dockers strike in Mereda", "Bakery wins prize"}},
		{"the number of a section, dated to the day", [][]item{
			{slug("", "Dockers strike in Mereda", "1234/dockers-strike", 370*time.Minute)},
			{slug("", "Bakery wins prize", "1234/bakery", 370*time.Minute)},
		}, []string{"Bakery wins prize", "Dockers strike in Mereda"}},
		{"the number above the slug, with the same date", [][]item{
			{slug("", "Dockers strike in Mereda", "81723/dockers-strike", 65*time.Minute)},
			{slug("", "Pay deal ends walkout at the port", "81723/pay-deal", 65*time.Minute)},
		}, []string{"Pay deal ends walkout at the port"}},
		{"the number of a section in the slug", [][]item{
			{slug("", "Dockers strike in Mereda", "dockers-strike-c1234", time.Hour), slug("", "Moss sells well", "moss-c1234", 2*time.Hour)},
			{slug("", "Bakery wins prize", "bakery-c1234", time.Minute), slug("", "Dockers strike in Mereda", "dockers-strike-c1234", time.Hour)},
		}, []string{"Dockers strike in Mereda", "Bakery wins prize", "Moss sells well"}},
		{"a year in the slug", [][]item{
			{slug("", "Budget talks begin", "budget-2026", time.Hour)},
			{slug("", "Election called", "election-2026", time.Minute)},
		}, []string{"Budget talks begin", "Election called"}},
		{"a number of the headline", [][]item{
			{slug("", "10,000 march in Mereda", "10000-march", time.Hour)},
			{slug("", "10,000 homes lose power", "10000-homes", time.Minute)},
		}, []string{"10,000 march in Mereda", "10,000 homes lose power"}},
		{"date and words", [][]item{
			{slug("", "Two dead in Mereda train crash", "a/two-dead", 65*time.Minute)},
			{slug("", "Five dead in Mereda train crash", "a/five-dead", 65*time.Minute)},
		}, []string{"Five dead in Mereda train crash"}},
		{"date and words in Arabic", [][]item{
			{slug("", "مقتل شخصين في حادث قطار في فالدورا", "a/x", 65*time.Minute)},
			{slug("", "مقتل خمسة في حادث قطار في فالدورا", "a/y", 65*time.Minute)},
		}, []string{"مقتل خمسة في حادث قطار في فالدورا"}},
		{"date and words in German", [][]item{
			{slug("", "Zwei Tote bei Zugunglück in Mereda", "a/x", 65*time.Minute)},
			{slug("", "Fünf Tote bei Zugunglück in Mereda", "a/y", 65*time.Minute)},
		}, []string{"Fünf Tote bei Zugunglück in Mereda"}},
		{"a template of one minute", [][]item{
			{slug("", "Weather for the coming week in Torvik", "a/salis", 65*time.Minute)},
			{slug("", "Weather for the coming week in Sundvik", "a/norvik", 65*time.Minute)},
		}, []string{"Weather for the coming week in Torvik", "Weather for the coming week in Sundvik"}},
		{"a template of one minute in Arabic", [][]item{
			{slug("", "درجات الحرارة المتوقعة في نورفيك غدا", "a/x", 65*time.Minute)},
			{slug("", "درجات الحرارة المتوقعة في ساليس غدا", "a/y", 65*time.Minute)},
		}, []string{"درجات الحرارة المتوقعة في نورفيك غدا", "درجات الحرارة المتوقعة في ساليس غدا"}},
		{"a template of one minute in Chinese", [][]item{
			{slug("", "桂林周末天气预报", "a/x", 65*time.Minute)},
			{slug("", "洛阳周末天气预报", "a/y", 65*time.Minute)},
		}, []string{"桂林周末天气预报", "洛阳周末天气预报"}},
		{"a template with another subject", [][]item{
			{slug("", "Crown rises to 1.25 florins", "a/crown", 65*time.Minute)},
			{slug("", "Ducat rises to 1.08 florins", "a/ducat", 65*time.Minute)},
		}, []string{"Crown rises to 1.25 florins", "Ducat rises to 1.08 florins"}},
		{"the parts of a series", [][]item{
			{slug("", "The long road to Sundvik, part 1", "a/one", 65*time.Minute)},
			{slug("", "The long road to Sundvik, part 2", "a/two", 65*time.Minute)},
		}, []string{"The long road to Sundvik, part 1", "The long road to Sundvik, part 2"}},
		{"the number of a section above a daily page", [][]item{
			{slug("", "Rates: crown at 0.91", "rates/7788/monday", 25*time.Hour)},
			{slug("", "Rates: crown at 0.93", "rates/7788/tuesday", time.Hour)},
		}, []string{"Rates: crown at 0.91", "Rates: crown at 0.93"}},
		{"a template of one minute without capitals", [][]item{
			{slug("", "pollen forecast for oak and grass", "a/oak", 65*time.Minute)},
			{slug("", "pollen forecast for birch and grass", "a/birch", 65*time.Minute)},
		}, []string{"pollen forecast for oak and grass", "pollen forecast for birch and grass"}},
		{"the number of a model, days later", [][]item{
			{slug("", "New firmware 8.1 to download", "box-7590-v1", 60*time.Hour)},
			{slug("", "New firmware 8.2 to download", "box-7590-v2", time.Hour)},
		}, []string{"New firmware 8.1 to download", "New firmware 8.2 to download"}},
		{"two of a template for one", [][]item{
			{slug("", "Results of the first division", "a/first", 65*time.Minute)},
			{slug("", "Results of the third division", "a/third", 65*time.Minute), slug("", "Results of the second division", "a/second", 65*time.Minute)},
		}, []string{"Results of the first division", "Results of the second division", "Results of the third division"}},
		{"rolled off the end", [][]item{
			{other, slug("", "Dockers strike in Mereda", "news/dockers-strike", 90*time.Minute)},
			{slug("", "Dockers in Mereda want pay rise", "news/pay-rise", time.Minute), other},
		}, []string{"Dockers in Mereda want pay rise", "Dockers strike in Mereda", other.title}},
		{"another recording", [][]item{
			{slug("", "The evening programme", "p/evening-5001", 2*time.Hour).with("", "https://one.example/1.mp3")},
			{slug("", "The late programme", "p/late-5001", time.Hour).with("", "https://one.example/2.mp3")},
		}, []string{"The evening programme", "The late programme"}},
	})
}

// The versions of one article are one story under one id, and link and headline are the
// newest.
func TestAChainOfVersions(t *testing.T) {
	var docs [][]item
	for _, title := range []string{"Minister Hollen to resign", "Minister Hollen resigns over mill deal", "Hollen quits, denies wrongdoing", "Hollen denies she will quit"} {
		docs = append(docs, []item{dated(title, title, "https://one.example/"+slugOf(title)+"-5512", time.Hour)})
	}
	r := open(t, "one")
	var id string
	for _, doc := range docs {
		r.visit("one", doc...)
		s := r.top("all")
		if len(s) != 1 || id != "" && s[0].ID != id || s[0].Headline != doc[0].title || s[0].Link != doc[0].link {
			t.Fatalf("after %q: %d stories, the first %q at %s", doc[0].title, len(s), s[0].Headline, s[0].Link)
		}
		id = s[0].ID
		r.pass(20 * time.Minute)
		r.restart()
	}
	if s := r.top("all")[0]; len(s.Takes) != 1 || len(s.Takes[0].Earlier) != 3 {
		t.Errorf("takes %+v", s.Takes)
	}
}

// A large document comes in several batches. What the first one no longer lists may stand
// in a later one under other keys, also after a restart or a visit that broke off.
func TestALargeDocumentComesInBatches(t *testing.T) {
	link := func(slug string) string { return "https://one.example/n/" + slug }
	old := []item{
		dated("a", "Dockers walk out at Mereda", link("dockers-walk-out-81731"), time.Hour), dated("b", "Judge to rule on the dam", link("judge-to-rule-on-the-dam"), 2*time.Hour),
		dated("c", "Hail ruins plums in Altburg", link("hail-ruins-plums"), 3*time.Hour),
	}
	versions := []item{
		dated("n", "Otters seen in the mill race", link("otters-seen-81740"), 0),
		dated("a2", "Dockers return to work at Mereda", link("dockers-return-to-work-81731"), time.Hour), dated("b2", "Judge to rule on the dam on Friday", link("judge-to-rule-on-the-dam-on-friday"), 2*time.Hour),
		dated("c2", "Hail ruins plums in Altburg", link("hail-ruins-plums-in-altburg"), 3*time.Hour),
	}
	for _, broken := range []bool{false, true} {
		r := open(t, "one")
		r.visit("one", old...)
		before := r.ids("all")
		r.visitInParts("one", 1, broken, versions...)
		top := r.top("all")
		if len(top) != 4 {
			t.Fatalf("broken off %v: the topic has %q, want the old stories with one new", broken, r.headlines("all"))
		}
		for _, s := range top {
			if _, known := before[s.ID]; !known && s.Headline != versions[0].title {
				t.Errorf("broken off %v: %q is a new story", broken, s.Headline)
			}
		}
	}
}

// A large document that was re-issued under other guids and dates has nothing new.
func TestALargeDocumentIsReissued(t *testing.T) {
	r := open(t, "one")
	var old, again []item
	for i := range 6 {
		it := dated(fmt.Sprint("a", i), fmt.Sprintf("Report %d on %s", i, word(i)), fmt.Sprintf("https://one.example/r/%s-%d", word(i), i), time.Duration(30+i)*time.Hour)
		old = append(old, it)
		it.id, it.age = fmt.Sprint("z", i), time.Duration(i)*time.Minute
		again = append(again, it)
	}
	r.visit("one", old...)
	before := r.ids("all")
	r.visitInParts("one", 2, false, again...)
	if d := cmp.Diff(before, r.ids("all")); d != "" {
		t.Errorf("the topic (-before +after):\n%s", d)
	}
}

// visitInParts files the items of a document in batches of a size, with restarts. If the
// visit broke off, its last batches come with the next visit.
func (r *env) visitInParts(source string, size int, broken bool, items ...item) {
	r.t.Helper()
	doc := r.document(source, items...)
	parts := canon.Entries(doc, news.Source{ID: source})
	var listed []uint64
	for _, en := range parts {
		listed = append(listed, en.Keys.First())
	}
	for i := 0; i < len(parts); i += size {
		v := &news.Visit{Source: source, Prev: r.prev[source], Entries: parts[i : i+size], Final: i+size == len(parts)}
		if i == 0 || broken && i == 2 {
			v.Listed = listed
		}
		r.pass(time.Second)
		r.file(news.Record{Visit: v})
		r.restart()
	}
	r.prev[source] = news.Instant(r.now)
}

func slugOf(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") }

// The correction of an outlet that does not lead is part of the story for all to see,
// whether the outlet says so or edits its headline into the opposite.
func TestCorrectionsOfOutletsThatDoNotLead(t *testing.T) {
	link := func(n string) string { return "https://two.example/p/" + n }
	for _, tc := range []struct{ name, first, then, guid, want string }{
		{"a notice", "Council sells two barges to Sundvik", "CORRECTED-Council sells three barges to Sundvik", "b", "CORRECTED-Council sells three barges to Sundvik"},
		{"an edit into the opposite", "Central bank raises key rate again", "Central bank cuts key rate again", "a", "Central bank cuts key rate again"},
		{"another number", "Two dead in Mereda train crash", "Five dead in Mereda train crash", "a", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, "one", "two")
			r.visit("two")
			r.visit("one", fresh("x", tc.first, time.Minute))
			r.visit("two", dated("a", tc.first, link("a"), time.Minute))
			r.pass(10 * time.Minute)
			r.restart()
			r.visit("two", dated(tc.guid, tc.then, link(tc.guid), time.Minute))
			s := r.top("all")
			if len(s) != 1 || s[0].Headline != tc.first {
				t.Fatalf("got %q, want the story under the headline of its lead", r.headlines("all"))
			}
			got := ""
			for _, c := range s[0].Corrections() {
				got = c.Headline
			}
			if got != tc.want {
				t.Errorf("corrected %q, want %q", got, tc.want)
			}
		})
	}
}

// An article with another headline and address under its guid is shown with both. Another
// address alone may be made at each visit: the published one stays.
func TestTheLinkOfAnEditedHeadline(t *testing.T) {
	for _, tc := range []struct{ then, link, want string }{
		{"Old mill saved from fire", "https://one.example/mill-saved", "https://one.example/mill-saved"},
		{"Old mill burns", "https://one.example/mill-burns-2", "https://one.example/mill-burns"},
	} {
		r := play(t, [][]item{
			{dated("m", "Old mill burns", "https://one.example/mill-burns", time.Hour)}, {dated("m", tc.then, tc.link, time.Hour)},
		})
		if s := r.top("all"); len(s) != 1 || s[0].Headline != tc.then || s[0].Link != tc.want {
			t.Errorf("got %q at %s, want %q at %s", s[0].Headline, s[0].Link, tc.then, tc.want)
		}
	}
}

// A headline that grew, with the date of the one that vanished, is the same article in
// any script.
func TestEditedHeadlinesInManyLanguages(t *testing.T) {
	for _, tc := range []struct{ language, first, then string }{
		{"uk", "Портовий кран упав у старій гавані", "Портовий кран упав у старій гавані, ніхто не постраждав"},
		{"he", "מנוף קרס בנמל הישן", "מנוף קרס בנמל הישן, אין נפגעים"},
		{"tr", "Eski limanda vinç devrildi", "Eski limanda vinç devrildi, yaralanan yok"},
		{"fa", "جرثقیل در بندر قدیمی سقوط کرد", "جرثقیل در بندر قدیمی سقوط کرد و کسی آسیب ندید"},
		{"zh", "老港口起重机倒塌", "老港口起重机倒塌无人受伤"},
		{"ja", "旧港でクレーンが倒れる", "旧港でクレーンが倒れる けが人なし"},
		{"ko", "옛 항구에서 크레인이 넘어졌다", "옛 항구에서 크레인이 넘어졌다 부상자 없음"},
		{"fr", "Une grue tombe dans le vieux port", "Une grue tombe dans le vieux port, aucun blessé"},
		{"es", "Una grúa cae en el puerto viejo", "Una grúa cae en el puerto viejo, sin heridos"},
		{"it", "Una gru cade nel porto vecchio", "Una gru cade nel porto vecchio, nessun ferito"},
		{"pt", "Guindaste cai no porto velho", "Guindaste cai no porto velho, sem feridos"},
	} {
		t.Run(tc.language, func(t *testing.T) {
			r := play(t, [][]item{
				{dated("a", tc.first, "https://one.example/p/a", 65*time.Minute)}, {dated("b", tc.then, "https://one.example/p/b", 65*time.Minute)},
			})
			if s := r.top("all"); len(s) != 1 || s[0].Headline != tc.then || s[0].Link != "https://one.example/p/b" || len(s[0].Takes) != 1 {
				t.Errorf("got %q", r.headlines("all"))
			}
		})
	}
}
